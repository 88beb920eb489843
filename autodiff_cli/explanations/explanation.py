"""How a derivative comes about, step by step, as data: the sweep that makes it, told node by node.

The steps are read off the sweep itself, and their numbers are values of its nodes. So what is told
and what is answered cannot disagree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from autodiff_cli.derivatives.diagnosis import Diagnosis
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.errors import UsageError
from autodiff_cli.graph.arena import Graph, evaluate
from autodiff_cli.graph.forward import forward
from autodiff_cli.graph.lower import Lowered
from autodiff_cli.graph.naming import Names
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.graph.reverse import ABSENT, Passing, RuleOf, local_partials, reverse
from autodiff_cli.graph.rewrite import GATE, simplified
from autodiff_cli.graph.rules import partial, textbook

_WHERE, _TIES = BY_NAME["where"], BY_NAME["ties"]

# Each variable has tangents of its own: many variables have more than can be waited for.
_MOST_TANGENTS = 100_000

# Warnings that are about derivatives; the others are about values.
_OF_DERIVATIVES = frozenset({"kink", "singular", "undefined", "overflow"})


class Passage(NamedTuple):
    """A way that a derivative takes between a node and one of its arguments.

    All but `position` are nodes of the graph: `partial` is the local partial and `formula` the same
    as it is to be read, without choices that are decided at the point; both ABSENT where it is 0 by
    structure. `passed` is what is passed on: by a reverse sweep from the node to the argument, by a
    forward sweep from the argument to the node; ABSENT if nothing is. `is_shut` tells that a choice
    shuts the argument out.
    """

    node: int
    position: int
    argument: int
    partial: int
    formula: int
    passed: int
    is_shut: bool = False

    def beyond(self, node: int) -> int:
        """The other end, seen from one of the two."""
        return self.argument if node == self.node else self.node


class Step(NamedTuple):
    """What a sweep does at a node.

    `derivative` is the node of d output / d node or, in a forward sweep, of d node / d variable.
    It is the sum of what `arrivals` pass. `departures` are the ways on to the node's own arguments;
    a forward sweep has none. `settled` is a node with the derivative where it is not taken from the
    sweep, but from both sides of the point; else ABSENT.
    """

    node: int
    derivative: int
    arrivals: Sequence[Passage]
    departures: Sequence[Passage] = ()
    settled: int = ABSENT


class Sweep(NamedTuple):
    """A sweep from an output, or along a variable or a direction; `name` is empty for a bare output.

    `node` is that of the output or the variable, or DIRECTION. `answers` are the nodes of
    the derivatives, ABSENT where they are 0 by structure: along variables by their names, or of
    outputs by theirs.
    """

    name: str
    node: int
    steps: Sequence[Step]
    answers: Mapping[str, int]


class Notes(NamedTuple):
    """What is to be said beside the steps: sentences by node, and those that no step is about."""

    about_values: dict[int, list[str]]
    about_derivatives: dict[int, list[str]]
    remarks: list[str]


class Explanation(NamedTuple):
    """All steps to values and derivatives.

    `nodes` are those that the pass of values tells of, in order of evaluation. `values` has the
    values of all nodes of the graph, and is None where there is no point.
    """

    lowered: Lowered
    names: Names
    outputs: Mapping[str, int]
    nodes: Sequence[int]
    values: Sequence[float] | None
    is_forward: bool
    sweeps: Sequence[Sweep]
    notes: Notes

    @property
    def graph(self) -> Graph:
        """The graph, with all that the sweeps have appended."""
        return self.lowered.graph


def explain_symbols(
    lowered: Lowered, outputs: Mapping[str, int], along: Mapping[str, int], is_forward: bool = False
) -> Explanation:
    """The steps without numbers, by the rules of textbooks, from outputs to what they are along.

    `outputs` and `along` are nodes by their names.
    """
    graph = lowered.graph
    nodes = graph.reachable(outputs.values())
    told = _depending(graph, nodes, along.values())
    starts = {name: {node: 1.0} for name, node in along.items()} if is_forward else {}
    tour = _Tour(graph, nodes, told, outputs, textbook)
    sweeps = _forward_sweeps(tour, starts, along) if is_forward else _reverse_sweeps(tour, along)
    return Explanation(
        lowered=lowered,
        names=Names(lowered, nodes),
        outputs=outputs,
        nodes=_valued(graph, nodes, told),
        values=None,
        is_forward=is_forward,
        sweeps=list(sweeps),
        notes=Notes({}, {}, []),
    )


def explain_point(evaluation: Evaluation, diagnosis: Diagnosis, decided: bool = True) -> Explanation:
    """The steps at the evaluation's point.

    With `decided` choices are taken as they are there: partials are told without the branches that
    are not taken, and what these shut out is left out.
    """
    graph, along = evaluation.graph, evaluation.along
    outputs = {output.name: output.node for output in evaluation.outputs}
    starts = {name: evaluation.velocities(node) for name, node in along.items()}
    moved = [node for velocities in starts.values() for node in velocities]
    told = _depending(graph, evaluation.nodes, moved)
    tour = _Tour(graph, evaluation.nodes, told, outputs, partial)
    if evaluation.is_forward:
        sweeps = _forward_sweeps(tour, starts, along)
    else:
        sweeps = _reverse_sweeps(tour, evaluation.wrt_nodes)
    settled = [_settled(sweep, evaluation) for sweep in sweeps]
    live = graph.reachable([*evaluation.nodes, *_nodes_of(settled)])
    values = evaluate(graph, live, evaluation.variables())
    finished = [_finished(sweep, graph, values) for sweep in settled] if decided else settled
    shown = _valued(graph, evaluation.nodes, told)
    return Explanation(
        lowered=evaluation.lowered,
        names=evaluation.names,
        outputs=outputs,
        nodes=shown,
        values=values,
        is_forward=evaluation.is_forward,
        sweeps=finished,
        notes=_notes(graph, diagnosis, shown, finished),
    )


class _Tour(NamedTuple):
    """What sweeps go over: a graph's nodes, and those of them that are told of."""

    graph: Graph
    nodes: Sequence[int]
    told: Collection[int]
    outputs: Mapping[str, int]
    rule_of: RuleOf

    def passage(self, node: int, position: int, factor: int, passing: Passing) -> Passage:
        """The way between a node and an argument."""
        argument = self.graph.arguments[node][position]
        passed = passing.get((node, position), ABSENT)
        return Passage(node, position, argument, factor, factor, passed)


def _depending(graph: Graph, nodes: Sequence[int], leaves: Collection[int]) -> set[int]:
    """Those of `nodes`, which come in order, that depend on a leaf, or are one."""
    found = set(leaves)
    for node in nodes:
        if not found.isdisjoint(graph.arguments[node]):
            found.add(node)
    return found.intersection(nodes)


def _valued(graph: Graph, nodes: Sequence[int], told: Collection[int]) -> list[int]:
    """The nodes that the pass of values tells of: all, or what depends on a choice of variables."""
    live = set(nodes)
    is_choice = any(node in live and node not in told for node in graph.variables.values())
    return [node for node in nodes if node in told or (graph.arguments[node] and not is_choice)]


def _reverse_sweeps(tour: _Tour, along: Mapping[str, int]) -> Iterator[Sweep]:
    """A sweep from each output: the output first, and each node after all that pass to it."""
    graph = tour.graph
    for name, output in tour.outputs.items():
        passing: Passing = {}
        adjoints, partials = reverse(graph, output, rule_of=tour.rule_of, passing=passing)
        arrivals: dict[int, list[Passage]] = {}
        steps: list[Step] = []
        for node in reversed(graph.reachable([output])):
            if node not in tour.told or adjoints[node] == ABSENT:
                continue
            departures = [
                tour.passage(node, position, factor, passing)
                for position, factor in enumerate(partials.get(node, ()))
                if graph.arguments[node][position] in tour.told
            ]
            for passage in departures:
                if passage.passed != ABSENT:
                    arrivals.setdefault(passage.argument, []).append(passage)
            steps.append(Step(node, adjoints[node], arrivals.pop(node, []), departures))
        yield Sweep(name, output, steps, {name: adjoints[node] for name, node in along.items()})


def _forward_sweeps(
    tour: _Tour, starts: Mapping[str, Mapping[int, float]], along: Mapping[str, int]
) -> Iterator[Sweep]:
    """A sweep along each start, which is the velocities of nodes, in order of evaluation.

    Raises UsageError for more tangents than anybody reads.
    """
    graph = tour.graph
    partials = {node: local_partials(graph, node, rule_of=tour.rule_of) for node in tour.nodes}
    count = 0
    for name, velocities in starts.items():
        passing: Passing = {}
        tangents = forward(graph, tour.nodes, velocities, partials, passing)
        count += len(tangents)
        if count > _MOST_TANGENTS:
            hint = "leave --forward out: one backward pass serves all; or name fewer with --wrt"
            raise UsageError(f"there are more than {_MOST_TANGENTS:,} tangents to tell of", hint=hint)
        steps = [
            Step(node, tangents[node], _arrivals(tour, node, partials[node], passing))
            for node in tour.nodes
            if node in tangents
        ]
        answers = {output: tangents.get(node, ABSENT) for output, node in tour.outputs.items()}
        yield Sweep(name, along[name], steps, answers)


def _arrivals(tour: _Tour, node: int, partials: Sequence[int], passing: Passing) -> list[Passage]:
    """What a node gets from its arguments in a forward sweep."""
    return [
        tour.passage(node, position, factor, passing)
        for position, factor in enumerate(partials)
        if (node, position) in passing
    ]


def _nodes_of(sweeps: Sequence[Sweep]) -> Iterator[int]:
    """All nodes of numbers that are told."""
    for sweep in sweeps:
        yield from (node for node in sweep.answers.values() if node != ABSENT)
        for step in sweep.steps:
            yield step.derivative
            if step.settled != ABSENT:
                yield step.settled
            for passage in (*step.arrivals, *step.departures):
                yield from (node for node in (passage.partial, passage.passed) if node != ABSENT)


def _settled(sweep: Sweep, evaluation: Evaluation) -> Sweep:
    """A sweep with the derivatives that are taken from elsewhere."""

    def known(output: int, along: int) -> int:
        derivative = evaluation.settled(output, along)
        return ABSENT if derivative is None else evaluation.graph.constant(derivative)

    is_forward, outputs = evaluation.is_forward, {o.name: o.node for o in evaluation.outputs}
    steps = [
        step._replace(
            settled=known(*((step.node, sweep.node) if is_forward else (sweep.node, step.node)))
        )
        for step in sweep.steps
    ]
    ends = outputs if is_forward else evaluation.wrt_nodes
    answers = {
        name: known(*((ends[name], sweep.node) if is_forward else (sweep.node, ends[name])))
        for name in sweep.answers
    }
    chosen = {
        name: node if answers[name] == ABSENT else answers[name] for name, node in sweep.answers.items()
    }
    return sweep._replace(steps=steps, answers=chosen)


def _finished(sweep: Sweep, graph: Graph, values: Sequence[float]) -> Sweep:
    """A sweep with choices decided: without the ways, and the steps, that are shut at the point."""

    @cache
    def stops(node: int) -> frozenset[int]:
        return frozenset((*graph.arguments[node], node))

    def finished(passage: Passage) -> Passage:
        if passage.partial == ABSENT:
            return passage
        return passage._replace(
            formula=_decided(graph, passage.partial, stops(passage.node), values),
            is_shut=_is_shut_gate(graph, passage.partial, values),
        )

    def is_cut_off(node: int) -> bool:
        return node in derivatives and _is_shut_gate(graph, derivatives[node], values)

    def is_news(step: Step) -> bool:
        return step.settled != ABSENT and values[step.settled] != values[step.derivative]

    derivatives = {step.node: step.derivative for step in sweep.steps}
    steps = [
        step._replace(
            arrivals=[
                passage
                for passage in map(finished, step.arrivals)
                if not (passage.is_shut or is_cut_off(passage.beyond(step.node)))
            ],
            departures=[finished(passage) for passage in step.departures],
            settled=step.settled if is_news(step) else ABSENT,
        )
        for step in sweep.steps
        if not is_cut_off(step.node) or is_news(step)
    ]
    return sweep._replace(steps=steps)


def _is_shut_gate(graph: Graph, node: int, values: Sequence[float]) -> bool:
    return graph.operators[node] is GATE and values[graph.arguments[node][0]] == 0.0


def _decided(graph: Graph, node: int, stops: Collection[int], values: Sequence[float]) -> int:
    """A partial with the branches alone that are taken, and with the number of those that are equal.

    The recursion is no deeper than a rule.
    """
    arguments = graph.arguments[node]
    if node in stops or not arguments:
        return node
    operator = graph.operators[node]
    if operator is _TIES:
        return graph.constant(values[node])
    if operator in (_WHERE, GATE):
        condition = values[arguments[0]]
        if condition == condition:
            taken = arguments[1] if condition else arguments[2] if operator is _WHERE else ABSENT
            return graph.constant(0.0) if taken == ABSENT else _decided(graph, taken, stops, values)
    decided = tuple(_decided(graph, argument, stops, values) for argument in arguments)
    return node if decided == arguments else simplified(graph, operator, decided)


def _notes(graph: Graph, diagnosis: Diagnosis, shown: Collection[int], sweeps: Sequence[Sweep]) -> Notes:
    """The warnings, each where the step is that it is about."""
    with_value = set(shown)
    with_derivative = {step.node for sweep in sweeps for step in sweep.steps}
    found = Notes({}, {}, [])
    for warned in diagnosis.warnings:
        # The value of an input loses no digits: its derivative does.
        is_lost = warned.code == "cancellation" and not graph.arguments[warned.node]
        is_of_derivative = warned.code in _OF_DERIVATIVES or is_lost
        if is_of_derivative and warned.node in with_derivative:
            found.about_derivatives.setdefault(warned.node, []).append(warned.message)
        elif warned.node in with_value:  # also a condition at its boundary, which has no derivative
            found.about_values.setdefault(warned.node, []).append(warned.message)
        else:
            found.remarks.append(warned.message)
    return found
