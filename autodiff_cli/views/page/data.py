"""What the page knows of a formula, as data: the graph to compute, what stands where, and the steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite, nan
from typing import Any, NamedTuple

from autodiff_cli.derivatives.diagnosis import Diagnosis
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.explanations.explanation import Explanation, Passage, Step, Sweep
from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.operators import Operator
from autodiff_cli.graph.reverse import ABSENT
from autodiff_cli.graph.rewrite import GATE
from autodiff_cli.language.printer import canonical
from autodiff_cli.pictures.conditions import PointCondition
from autodiff_cli.pictures.picture import Picture, PictureEdge
from autodiff_cli.views.explanations.equations import Equation, Slot
from autodiff_cli.views.explanations.steps import Line, Pass, TextStep, passes
from autodiff_cli.views.pictures.dot import edge_id
from autodiff_cli.views.rows import output_label

# A view's data is JSON: lists, objects, texts and numbers.
Json = Any


class Subject(NamedTuple):
    """All that a page is about.

    `explanation` has the steps at any point: with all branches of choices, and without what is to be
    said of one point alone. `options` are those that the command line needs to give the same.
    """

    evaluation: Evaluation
    diagnosis: Diagnosis
    explanation: Explanation
    conditions: Sequence[PointCondition]
    picture: Picture
    options: Sequence[str] = ()


def page_data(subject: Subject, digits: int) -> Json:
    """Everything that the script reads."""
    evaluation, picture = subject.evaluation, subject.picture
    told, names = [*passes(subject.explanation)], list(subject.explanation.outputs)
    program = _Program(evaluation.graph, _roots(subject, told))
    numbers = {node: number for number, node in enumerate(evaluation.nodes)}
    # The node of the picture that stands for each.
    places = {node: picture.places.get(number, number) for node, number in numbers.items()}
    writer, standing = _Writer(evaluation, program.index, places), _Places(subject, program.index)
    return {
        "formula": evaluation.lowered.tree.text,
        "parsed": canonical(evaluation.lowered.tree),
        "digits": digits,
        "options": list(subject.options),
        "program": program.json(subject.explanation.values or ()),
        "inputs": [
            {
                "name": name,
                "node": program.index(evaluation.graph.variables[name]),
                "place": places[evaluation.graph.variables[name]],
            }
            for name in evaluation.inputs
        ],
        "outputs": [
            {"name": output_label(output), "node": program.index(output.node)}
            for output in evaluation.outputs
        ],
        "nodes": [standing.node(node.id) for node in picture.nodes],
        "computed": [
            {"place": place, "node": program.index(node), "name": evaluation.names[node]}
            for node, place in places.items()
            if node not in evaluation.graph.constants
        ],
        "edges": [standing.edge(edge) for edge in picture.edges],
        "passes": [
            writer.passage(each, names.index(each.name) if number else -1, sweep)
            for number, (each, sweep) in enumerate(
                zip(told, (None, *subject.explanation.sweeps), strict=True)
            )
        ],
        "settled": _settled(evaluation),
        "warnings": [
            {"place": places.get(warned.node, -1), "message": warned.message}
            for warned in subject.diagnosis.warnings
        ],
        "conditions": [
            {
                "place": places[condition.node],
                "node": program.index(condition.node),
                "text": evaluation.names.expression(condition.node),
                "matter": condition.matter,
                "holds": program.index(condition.holds),
                "derivatives": standing.derivatives(condition.node),
            }
            for condition in subject.conditions
        ],
        "slopes": [
            {
                "place": places[slope.node],
                "node": program.index(slope.node),
                "text": evaluation.names.expression(slope.node),
                "along": evaluation.names[slope.argument],
                "partial": program.index(slope.partial),
            }
            for slope in _slopes(subject)
        ],
    }


def _slopes(subject: Subject) -> Iterator[Passage]:
    """The local partials that depend on the point, each once."""
    graph = subject.evaluation.graph
    seen: set[tuple[int, int]] = set()
    for sweep in subject.explanation.sweeps:
        for passage in (passage for step in sweep.steps for passage in step.departures):
            way, partial = (passage.node, passage.position), passage.partial
            if way not in seen and partial != ABSENT and partial not in graph.constants:
                seen.add(way)
                yield passage


def _roots(subject: Subject, told: Sequence[Pass]) -> Iterator[int]:
    """All nodes whose numbers the page may show or ask for."""
    evaluation = subject.evaluation
    yield from evaluation.nodes
    for each in told:
        for line in _lines(each):
            yield from (slot.node for slot in _slots(line))
    for sweep in subject.explanation.sweeps:
        for step in sweep.steps:
            yield step.derivative
            for passage in step.departures:
                yield from (n for n in (passage.partial, passage.passed) if n != ABSENT)
    yield from (condition.holds for condition in subject.conditions)


def _lines(told: Pass) -> Iterator[Line]:
    yield told.about
    yield from ([answer] for answer in told.answers.values())
    for step in told.steps:
        yield [step.title]
        for part in step.told:
            yield from part.lines


def _slots(line: Line) -> Iterator[Slot]:
    for piece in line:
        for side in piece.sides if isinstance(piece, Equation) else ():
            yield from (part for part in side if isinstance(part, Slot))


class _Program:
    """The nodes that are computed, numbered anew in their order."""

    def __init__(self, graph: Graph, roots: Iterator[int]) -> None:
        self._graph = graph
        self._nodes = graph.reachable(roots)
        self._numbers = {node: number for number, node in enumerate(self._nodes)}

    def index(self, node: int) -> int:
        """A node's number; ABSENT of none."""
        return ABSENT if node == ABSENT else self._numbers[node]

    def json(self, values: Sequence[float]) -> Json:
        """Operators by name, arguments by number, and the values that the command line has.

        Leaves have no operator: the values of constants stay, those of variables are put in. Conditions
        have no values, since what is to be said at the first point is known.
        """
        graph = self._graph
        known: dict[Operator, int] = {}
        return {
            "code": [
                known.setdefault(graph.operators[node], len(known)) if graph.arguments[node] else -1
                for node in self._nodes
            ],
            "arguments": [
                [self._numbers[argument] for argument in graph.arguments[node]] for node in self._nodes
            ],
            "operators": [operator.name for operator in known],
            "values": [
                _number(graph.constants.get(n, values[n] if n < len(values) else nan))
                for n in self._nodes
            ],
        }


def _number(value: float) -> float | str:
    if isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


class _Places:
    """What stands at nodes and edges of the picture."""

    def __init__(self, subject: Subject, index: Callable[[int], int]) -> None:
        self._evaluation = subject.evaluation
        self._index = index
        sweeps = subject.explanation.sweeps
        self._told = set(subject.explanation.nodes)
        self._derivatives = [{step.node: step.derivative for step in sweep.steps} for sweep in sweeps]
        self._partials = {
            (p.node, p.position): p.partial
            for sweep in sweeps
            for step in sweep.steps
            for p in step.departures
        }
        self._passed = [
            {(p.node, p.position): p.passed for step in sweep.steps for p in step.departures}
            for sweep in sweeps
        ]

    def node(self, number: int) -> Json:
        node = self._evaluation.nodes[number]
        return {
            "id": number,
            "name": self._evaluation.names[node],
            "expression": self._evaluation.names.expression(node),
            "node": self._index(node),
            "derivatives": self.derivatives(node),
        }

    def derivatives(self, node: int) -> list[int]:
        """The nodes of the derivatives of the outputs; none off the ways to variables."""
        if node not in self._told:
            return []
        return [self._index(found.get(node, ABSENT)) for found in self._derivatives]

    def edge(self, edge: PictureEdge) -> Json:
        """`passed` has for each output the nodes whose sum flows back along the edge."""
        arguments = self._evaluation.graph.arguments
        user, position = edge.uses[0]
        source = arguments[user][position]
        passed = [
            [self._index(node) for use in edge.uses if (node := found.get(use, ABSENT)) != ABSENT]
            for found in self._passed
        ]
        return {
            "id": edge_id(edge),
            "source": edge.source,
            "target": edge.target,
            "node": self._index(source),
            "passed": passed if source in self._told else [],
            "partial": self._index(self._partials.get(edge.uses[0], ABSENT)),
        }


def _settled(evaluation: Evaluation) -> list[Json]:
    """Derivatives at the first point that are taken from both sides of it, not from a sweep."""
    return [
        {"output": number, "id": position, "value": _number(value)}
        for number, output in enumerate(evaluation.outputs)
        for position, node in enumerate(evaluation.nodes)
        if (value := evaluation.settled(output.node, node)) is not None
    ]


class _Writer:
    """Steps as JSON: a line is a list of texts and of numbers' places, [node, role, is bracketed]."""

    def __init__(
        self, evaluation: Evaluation, index: Callable[[int], int], places: Mapping[int, int]
    ) -> None:
        self._evaluation = evaluation
        self._index = index
        self._places = places

    def passage(self, told: Pass, output: int, sweep: Sweep | None) -> Json:
        """A pass with its steps; `output` is the number of the output it comes from, or -1."""
        steps = {step.node: step for step in sweep.steps} if sweep is not None else {}
        return {
            "title": told.title,
            "about": self.line(told.about),
            "output": output,
            "steps": [self._step(step) | self._gates(steps.get(step.node)) for step in told.steps],
            "answers": [
                {"line": self.line([answer]), "settled": self._settled(told.name, name)}
                for name, answer in told.answers.items()
            ],
        }

    def _settled(self, output: str, along: str) -> float | str | None:
        """The derivative at the first point, where it is not taken from the sweep."""
        evaluation = self._evaluation
        node = next(o.node for o in evaluation.outputs if o.name == output)
        found = evaluation.settled(node, evaluation.wrt_nodes[along])
        return None if found is None else _number(found)

    def _step(self, step: TextStep) -> Json:
        return {
            "place": self._places[step.node],
            "title": self.line([step.title]),
            "told": [
                {"label": told.label, "lines": [self.line(line) for line in told.lines]}
                for told in step.told
            ],
        }

    def _gates(self, step: Step | None) -> Json:
        """The conditions without which nothing arrives, and nothing is passed on along each way.

        Where such a choice is shut there is no product, whatever the numbers are.
        """
        if step is None:
            return {}
        return {
            "gate": self._condition(step.derivative),
            "departures": [
                {
                    "gate": self._condition(passage.partial),
                    "name": self._evaluation.names[passage.argument],
                }
                for passage in step.departures
            ],
        }

    def _condition(self, node: int) -> int:
        graph = self._evaluation.graph
        is_gate = node != ABSENT and graph.operators[node] is GATE
        return self._index(graph.arguments[node][0]) if is_gate else ABSENT

    def line(self, line: Line) -> Json:
        """Neighbouring texts are joined."""
        pieces: list[Json] = []
        for piece in line:
            for part in _parts(piece) if isinstance(piece, Equation) else [piece]:
                if isinstance(part, Slot):
                    pieces.append([self._index(part.node), part.role, int(part.bracketed)])
                elif pieces and isinstance(pieces[-1], str):
                    pieces[-1] += part
                else:
                    pieces.append(part)
        return pieces


def _parts(equation: Equation) -> Iterator[str | Slot]:
    for position, side in enumerate(equation.sides):
        if position:
            yield " = "
        yield from side
