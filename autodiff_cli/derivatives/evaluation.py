"""A formula evaluated at a point: values, adjoints and partials of every node, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from autodiff_cli.errors import UsageError, did_you_mean
from autodiff_cli.graph.arena import Graph, evaluate
from autodiff_cli.graph.lower import Lowered
from autodiff_cli.graph.naming import Names
from autodiff_cli.graph.operators import BY_NAME, OPERATORS, Operator
from autodiff_cli.graph.reverse import ABSENT, Adjoints, local_partials, reverse
from autodiff_cli.graph.rewrite import GATE
from autodiff_cli.graph.rules import rule, value

if TYPE_CHECKING:
    from autodiff_cli.derivatives.second_order import NodePair

_OF_PIECES = frozenset(
    {operator for operator in OPERATORS if operator.kinks}
    | {BY_NAME[name] for name in ("where", "gate", "and", "or", "not")}
)


# What a direction is called where a node is due: it counts as a variable of its own.
DIRECTION = -2

# More tangents than that would be no use, and no end.
_MOST_TANGENTS = 10_000_000

# Whether a condition of a record holds: operator, condition, arguments, node.
Condition = Callable[[Operator, str, Sequence[int], int], bool]


class Output(NamedTuple):
    """One output: its name (empty for a bare expression), its node and its sweep."""

    name: str
    node: int
    adjoints: Adjoints


class Evaluation:
    """Outputs of a formula at a point, with gradients along `wrt`.

    `nodes` are the nodes the outputs depend on, in order of evaluation; the nodes that the
    sweeps appended are not among them. `inputs` and `wrt` are names of variables and
    definitions, in the order they are shown, and `wrt_nodes` the nodes of the latter. `tangents`
    has the forward sweeps that were made, each by what it is along: DIRECTION, or a node of
    `wrt`.
    """

    def __init__(
        self,
        lowered: Lowered,
        point: Mapping[str, float],
        outputs: Sequence[str] = (),
        wrt: Sequence[str] = (),
        order: int = 1,
        is_forward: bool = False,
        direction: Mapping[str, float] | None = None,
    ) -> None:
        """Sweep from each output and evaluate everything at `point`.

        With `order` 2 each derivative is swept once more, for the Hessian. `is_forward` takes the
        derivatives from forward sweeps, one for each name of `wrt`; a `direction` has one of its own,
        and then `wrt` is no name by default. Raises UsageError for outputs or variables that the
        formula does not have, and for variables without a value.
        """
        self.lowered = lowered
        graph = lowered.graph
        roots = output_nodes(lowered, outputs)
        self.nodes = graph.reachable(roots.values())
        variables = {node: name for name, node in graph.variables.items()}
        self.inputs = [variables[node] for node in self.nodes if node in variables]
        _check_values(lowered, self.inputs, point)
        self.point = {name: point[name] for name in self.inputs}
        self.is_forward, self.direction = is_forward, direction
        default = [] if is_forward and direction is not None else self.inputs
        self.wrt = checked_wrt(lowered, wrt) or default
        known = lowered.named()
        self.wrt_nodes = {name: known[name] for name in self.wrt}
        self._settled: dict[tuple[int, int], float] = {}
        self._decide: Condition | None = None
        self.outputs = [Output(name, node, reverse(graph, node)) for name, node in roots.items()]
        self.order = order
        self._partials = self._all_partials()
        self.tangents = self._sweep_forward() if is_forward or direction is not None else {}
        self._second: dict[int, dict[NodePair, int]] = self._sweep_again() if order == 2 else {}
        self.evaluated = graph.reachable(self._wanted())
        self._values: list[float] = evaluate(graph, self.evaluated, self.variables())

    def at(self, point: Mapping[str, float]) -> Evaluation:
        """The same formula and derivatives at another point; nothing is swept again.

        `point` gives the value of each of `inputs`.
        """
        other = copy(self)
        other.point = {name: float(point[name]) for name in self.inputs}
        other._settled, other._decide = {}, None
        other._values = evaluate(self.graph, self.evaluated, other.variables())
        return other

    def variables(self) -> dict[int, float]:
        """The values of the variables, by their nodes."""
        return {self.graph.variables[name]: float(value) for name, value in self.point.items()}

    def is_regular(self) -> bool:
        """Whether nothing is at a kink, at an edge or out of bounds.

        So it is where all numbers are finite and no operator is made of pieces.
        """
        operators = self.graph.operators
        return _OF_PIECES.isdisjoint(operators[node] for node in self.nodes) and self.is_finite()

    def is_finite(self) -> bool:
        """Whether all values and derivatives are finite, those of intermediate steps included."""
        return all(isfinite(self._values[node]) for node in self.evaluated)

    def with_values(self, values: list[float], holds: Condition) -> Evaluation:
        """The same formula at the same point, with values of its nodes from another computation.

        `holds` decides the conditions of rules there.
        """
        other = copy(self)
        other._values = values
        other._settled = {}
        other._decide = holds
        return other

    def holds(self, operator: Operator, condition: str, arguments: Sequence[int], node: int) -> bool:
        """Whether a condition of an operator's record holds at a node, with these arguments."""
        if self._decide is not None:
            return self._decide(operator, condition, arguments, node)
        values = tuple(self._values[argument] for argument in arguments)
        return value(rule(operator, condition, len(values)), values, self._values[node]) == 1.0

    def velocities(self, along: int) -> dict[int, float]:
        """What moves, and how fast, along a node or the direction."""
        if along != DIRECTION:
            return {along: 1.0}
        variables, live = self.graph.variables, set(self.inputs)
        return {variables[name]: v for name, v in (self.direction or {}).items() if v and name in live}

    @property
    def along(self) -> dict[str, int]:
        """What derivatives are taken along, by its name: the direction, and the nodes of `wrt`."""
        direction = {} if self.direction is None else {"the direction": DIRECTION}
        return {**direction, **self.wrt_nodes}

    def place(self, output: Output, along: int) -> int:
        """The node that a derivative is about: what it is along, or the output."""
        return output.node if along == DIRECTION else along

    def _sweep_forward(self) -> dict[int, dict[int, int]]:
        """The nodes of tangents, by what they are along and what they are of."""
        from autodiff_cli.graph.forward import ahead, consumers, forward

        consumed_by = consumers(self.graph, self.nodes)
        starts = self.along.values() if self.is_forward else (DIRECTION,)
        found: dict[int, dict[int, int]] = {}
        count = 0
        for start in starts:
            moving = self.velocities(start)
            after = ahead(consumed_by, moving)
            count += len(after)
            if count > _MOST_TANGENTS:
                hint = "--mode reverse takes one sweep for all; or name fewer with --wrt"
                raise UsageError(f"there are more than {_MOST_TANGENTS} tangents", hint=hint)
            found[start] = forward(self.graph, after, moving, self._partials)
        return found

    def _sweep_again(self) -> dict[int, dict[NodePair, int]]:
        """The nodes of the second derivatives, by output and by the pair of nodes they are along."""
        from autodiff_cli.derivatives.second_order import second_derivatives

        gradients = [
            {v: first for v in self._wrt_set if (first := self.derivative(output, v)) != ABSENT}
            for output in self.outputs
        ]
        found = second_derivatives(self.graph, gradients, self._partials)
        return {output.node: pairs for output, pairs in zip(self.outputs, found, strict=True)}

    def _all_partials(self) -> dict[int, tuple[int, ...]]:
        """The partials of every node: what a sweep has found, or would have found."""
        partials: dict[int, tuple[int, ...]] = {}
        for output in self.outputs:
            partials.update(output.adjoints.partials)
        for node in self.nodes:
            if node not in partials:
                partials[node] = local_partials(self.lowered.graph, node)
        return partials

    def _wanted(self) -> Iterator[int]:
        """All nodes that a result may show, and what is in between."""
        for output in self.outputs:
            yield output.node
            yield from output.adjoints.nodes.values()
        for partials in self._partials.values():
            yield from (node for node in partials if node != ABSENT)
        for tangents in self.tangents.values():
            yield from tangents.values()
        for pairs in self._second.values():
            yield from pairs.values()

    @property
    def graph(self) -> Graph:
        """The formula's graph, with all that the sweeps have appended."""
        return self.lowered.graph

    @cached_property
    def names(self) -> Names:
        """Names of the nodes."""
        return Names(self.lowered, self.nodes)

    def named_nodes(self) -> dict[str, int]:
        """The nodes of variables and definitions that the outputs depend on, by name."""
        live = set(self.nodes)
        return {name: node for name, node in self.lowered.named().items() if node in live}

    def is_wrt(self, node: int) -> bool:
        """Whether derivatives along this node were asked for."""
        return node in self._wrt_set

    def is_moved(self, node: int) -> bool:
        """Whether derivatives along this node or along a direction that moves it were asked for."""
        return node in self._moved

    @cached_property
    def _moved(self) -> set[int]:
        return self._wrt_set | self.velocities(DIRECTION).keys()

    @cached_property
    def _wrt_set(self) -> set[int]:
        return set(self.wrt_nodes.values())

    def value(self, node: int) -> float:
        """The value of a node."""
        return self._values[node]

    def derivative(self, output: Output, variable: int) -> int:
        """The node of an output's derivative along a node or DIRECTION; ABSENT: 0 by structure."""
        if variable in self.tangents:
            return self.tangents[variable].get(output.node, ABSENT)
        return output.adjoints.nodes[variable]

    def second_derivative(self, output: Output, first: int, second: int) -> int:
        """The node of an output's second derivative; ABSENT where it is 0 by structure.

        Whichever comes first: the two are equal but for rounding, and one serves both.
        """
        pairs = self._second.get(output.node, {})
        return pairs.get((min(first, second), max(first, second)), ABSENT)

    def second_derivatives(self, output: Output) -> Iterator[tuple[str, str, int]]:
        """The second derivatives that are not 0 by structure: two names, and the node.

        Each pair of names once, in the order of `wrt`.
        """
        names: dict[int, list[int]] = {}
        for position, node in enumerate(self.wrt_nodes.values()):
            names.setdefault(node, []).append(position)
        found = [
            (min(i, j), max(i, j), node)
            for (first, second), node in self._second.get(output.node, {}).items()
            for i in names[first]
            for j in names[second]
            if first != second or i <= j
        ]
        return ((self.wrt[i], self.wrt[j], node) for i, j, node in sorted(found))

    def hessian(self, output: Output) -> dict[str, dict[str, float]]:
        """The second derivatives along each pair of names; empty if they were not asked for."""
        nodes = self.wrt_nodes if self.order == 2 else {}
        return {
            name: dict(zip(nodes, self.hessian_row(output, node), strict=True))
            for name, node in nodes.items()
        }

    def hessian_row(self, output: Output, node: int) -> list[float]:
        """The second derivatives along a node of `wrt` and each of them."""
        return [
            self._number(self.second_derivative(output, node, other))
            for other in self.wrt_nodes.values()
        ]

    def _number(self, node: int) -> float:
        return 0.0 if node == ABSENT else self._values[node]

    def adjoint(self, output: Output, node: int) -> float | None:
        """d output / d node, or along DIRECTION; None for constants."""
        if node in self.lowered.graph.constants:
            return None
        settled = self._settled.get((output.node, node))
        if settled is not None:
            return settled
        return self._number(self.derivative(output, node))

    def tangent(self, along: int, node: int) -> float | None:
        """d node / d along, or along DIRECTION; None for constants."""
        if node in self.graph.constants:
            return None
        settled = self._settled.get((node, along))
        return self._number(self.tangents[along].get(node, ABSENT)) if settled is None else settled

    def settle(self, derivatives: Mapping[tuple[int, int], float]) -> None:
        """Take derivatives, by output and variable, that conventions at kinks have missed.

        relu(x) - relu(-x) has the derivative 1 at 0, where each term by itself has none.
        """
        self._settled = dict(derivatives)

    def settled(self, output: int, along: int) -> float | None:
        """The derivative of a node, where it was taken from elsewhere than the sweep."""
        return self._settled.get((output, along))

    def is_settled(self, output: Output, node: int) -> bool:
        """Whether the derivative along a node was taken from elsewhere than the sweep."""
        return (output.node, node) in self._settled

    def partials(self, node: int) -> list[float | None]:
        """The local partials of a node along its arguments; None along constants."""
        graph = self.lowered.graph
        return [
            None if argument in graph.constants else 0.0 if found == ABSENT else self._values[found]
            for argument, found in zip(graph.arguments[node], self._partials[node], strict=True)
        ]

    def passes(self, node: int, position: int) -> bool:
        """Whether a derivative can pass along an argument: there is a partial, and no shut gate."""
        partial = self._partials[node][position]
        return partial != ABSENT and not self._is_shut_gate(partial)

    def is_shut(self, node: int, position: int) -> bool:
        """Whether a gate here shuts an argument out of a node."""
        return self._is_shut_gate(self._partials[node][position])

    def is_cut_off(self, output: Output, node: int) -> bool:
        """Whether nothing of a node's arguments reaches an output, by structure."""
        adjoint = output.adjoints.nodes[node]
        return adjoint == ABSENT or self._is_shut_gate(adjoint)

    def _is_shut_gate(self, node: int) -> bool:
        graph = self.lowered.graph
        if node == ABSENT or graph.operators[node] is not GATE:
            return False
        return self._values[graph.arguments[node][0]] == 0.0

    def gradient(self, output: Output) -> dict[str, float]:
        """d output / d name for each name of `wrt`."""
        return {name: self.adjoint(output, node) or 0.0 for name, node in self.wrt_nodes.items()}


def output_nodes(lowered: Lowered, outputs: Sequence[str]) -> dict[str, int]:
    """The nodes of outputs by their names; without names that of the formula's own output."""
    if not outputs:
        return {lowered.output_name: lowered.output}
    known = lowered.named()
    for name in outputs:
        if name not in known:
            raise unknown(name, known, "--output names definitions of the formula")
    return {name: known[name] for name in outputs}


def checked_wrt(lowered: Lowered, wrt: Sequence[str]) -> list[str]:
    """Names that derivatives are asked for along; raises UsageError for what there are none along."""
    known = lowered.named()
    for name in wrt:
        if name not in known:
            raise unknown(name, known, "--wrt names variables and definitions of the formula")
        if known[name] in lowered.graph.constants:
            hint = f"leave its definition out and give it a value: --{name} VALUE"
            raise UsageError(f"{name} is a constant, and there is no derivative along it", hint=hint)
    return list(wrt)


def unknown(name: str, known: Mapping[str, int], otherwise: str) -> UsageError:
    """The error of a name that the formula does not have."""
    guess = did_you_mean(name, known)
    hint = f"did you mean {guess}?" if guess else otherwise
    return UsageError(f"the formula has no {name}", hint=hint)


def _check_values(lowered: Lowered, inputs: Sequence[str], point: Mapping[str, float]) -> None:
    missing = [name for name in inputs if name not in point]
    if not missing:
        return
    node = lowered.graph.variables[missing[0]]
    first = missing[:10]
    hints = (lowered.meant(name) for name in first)
    listed = ", ".join(first) + (f" and {len(missing) - 10} more" if len(missing) > 10 else "")
    raise UsageError(
        f"no value for {listed}",
        text=lowered.tree.text,
        span=lowered.span(node),
        hint=next(filter(None, hints), f"give it as --{missing[0]} VALUE or {missing[0]}=VALUE"),
    )
