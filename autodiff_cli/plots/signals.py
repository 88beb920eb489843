"""Where a formula may break: what its operators' records say of kinks, steps and edges, as signals.

A signal is a difference of two nodes, whose sign tells the sides of a break apart: `x` and 0 for
`abs(x)`, the denominator and 0 for a quotient, the two sides of a comparison. Or it is a step, whose
value does, or a maximum, where it is which argument that is. As long as no signal changes along a
line, the same smooth pieces are in force.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import isnan, nan
from typing import NamedTuple

from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.operators import BY_NAME, OPERATORS
from autodiff_cli.graph.rules import instantiate, rule
from autodiff_cli.language.notation import COMPARISON_SIGNS

_COMPARISONS = frozenset(BY_NAME[name] for name in COMPARISON_SIGNS.values())
_AND, _OR, _NOT = (BY_NAME[name] for name in ("and", "or", "not"))
_LOGIC = frozenset({_AND, _OR, _NOT})
_CHOICES = frozenset(BY_NAME[name] for name in ("where", "gate"))
_EXTREMES = frozenset({BY_NAME["max"], BY_NAME["min"]})
_STEPS = frozenset(
    operator
    for operator in OPERATORS
    if operator.kinks and not operator.partials and operator not in _COMPARISONS
)

# A sign, a step's value or a position; None where there is none.
Part = float | None

# A node, and whether it has to be true.
Guard = tuple[int, bool]


class Signal(NamedTuple):
    """A node, and what it is compared with; `guards` tell where it counts.

    With one node in `others` the sign of the difference is meant, with several which of them equals
    the node, with none the node's own value.
    """

    node: int
    others: tuple[int, ...] = ()
    guards: tuple[Guard, ...] = ()

    def difference(self, values: Sequence[float]) -> float:
        """How far the two nodes of a difference are apart; NaN where that is not what counts."""
        if len(self.others) != 1 or not self._counts(values):
            return nan
        return values[self.node] - values[self.others[0]]

    def part(self, values: Sequence[float]) -> Part:
        """What does not change along a smooth piece."""
        value = values[self.node]
        if isnan(value) or not self._counts(values):
            return None
        match self.others:
            case ():
                return value
            case (other,):
                other = values[other]
                return None if isnan(other) else float(value > other) - float(value < other)
            case _:
                return next((float(i) for i, n in enumerate(self.others) if values[n] == value), None)

    def _counts(self, values: Sequence[float]) -> bool:
        return all((values[node] != 0) == wanted for node, wanted in self.guards)


def signals(graph: Graph, variables: Iterable[int], output: int) -> list[Signal]:
    """The signals of all that lies between variables and an output; their nodes are appended."""
    return list(dict.fromkeys(_Search(graph, variables).all_below(output)))


def watched(found: Iterable[Signal]) -> list[int]:
    """The nodes that signals need values of."""
    return [n for s in found for n in (s.node, *s.others, *(guard for guard, _ in s.guards))]


class _Search:
    """The walk through a graph that grows while conditions are copied into it."""

    def __init__(self, graph: Graph, variables: Iterable[int]) -> None:
        self._graph = graph
        self._known = 0
        self._moving = set(variables)

    def _moves(self, node: int) -> bool:
        """Whether a node depends on the variables."""
        arguments, moving = self._graph.arguments, self._moving
        for new in range(self._known, len(arguments)):
            if not moving.isdisjoint(arguments[new]):
                moving.add(new)
        self._known = len(arguments)
        return node in moving

    def all_below(self, output: int) -> Iterator[Signal]:
        """The signals of the nodes an output depends on, and of those in their definitions."""
        graph = self._graph
        pending, seen = [output], {output}
        while pending:
            node = pending.pop()
            if not self._moves(node):
                continue
            yield from self._of_node(node)
            operator, arguments = graph.operators[node], graph.arguments[node]
            below = list(arguments)
            if operator.definition:
                below.append(self._copied(node, operator.definition))
            for argument in below:
                if argument not in seen:
                    seen.add(argument)
                    pending.append(argument)

    def _copied(self, node: int, text: str) -> int:
        """A formula of a node's record, over its arguments."""
        graph = self._graph
        arguments = graph.arguments[node]
        formula = rule(graph.operators[node], text, len(arguments))
        return instantiate(graph, formula, (*arguments, node))

    def _of_node(self, node: int) -> Iterator[Signal]:
        operator, arguments = self._graph.operators[node], self._graph.arguments[node]
        if operator in _STEPS:
            yield Signal(node)
        elif operator in _EXTREMES:
            yield Signal(node, tuple(dict.fromkeys(arguments)))
        elif operator in _COMPARISONS:
            yield Signal(arguments[0], arguments[1:])
        elif operator in _LOGIC or operator in _CHOICES:
            yield from self._of_truths(arguments if operator in _LOGIC else arguments[:1])
        else:
            for text in (operator.domain, *(kink.when for kink in operator.kinks)):
                if text:
                    yield from self._of_condition(self._copied(node, text))

    def _of_truths(self, conditions: Sequence[int]) -> Iterator[Signal]:
        """Numbers that are used as conditions, true where they are not 0."""
        for condition in conditions:
            is_number = self._graph.operators[condition] not in _COMPARISONS | _LOGIC
            if is_number and self._moves(condition):
                yield Signal(condition, (self._graph.constant(0.0),))

    def _of_condition(self, root: int) -> Iterator[Signal]:
        """The differences in a condition of a record.

        What follows a part that decides an `and` or an `or` by itself does not count.
        """
        graph = self._graph
        pending: list[tuple[int, tuple[Guard, ...]]] = [(root, ())]
        while pending:
            node, guards = pending.pop()
            if not self._moves(node):
                continue
            operator, arguments = graph.operators[node], graph.arguments[node]
            if operator is _AND or operator is _OR:
                first, second = arguments
                pending += [(first, guards), (second, (*guards, (first, operator is _AND)))]
            elif operator is _NOT:
                pending.append((arguments[0], guards))
            elif operator in _COMPARISONS:
                yield Signal(arguments[0], arguments[1:], guards)
            else:
                yield Signal(node, (graph.constant(0.0),), guards)
