"""Results of which more than half of the digits are lost: values, and derivatives."""

from collections.abc import Iterator, Mapping, Sequence, Set
from math import isfinite
from sys import float_info
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.rounding import HALF_THE_DIGITS, SUSPECT, RoundingError, rounding_errors
from autodiff_cli.graph.arena import Graph, evaluate
from autodiff_cli.graph.operators import BY_NAME, FAMILIES, Operator
from autodiff_cli.graph.reverse import ABSENT, local_partials
from autodiff_cli.language.notation import number_text

_SUMS = frozenset({BY_NAME["add"], BY_NAME["sub"]})
_LARGE = 1 / HALF_THE_DIGITS

# Of relative errors these make no more than a few times as much.
_TAME = frozenset(
    {BY_NAME[name] for name in ("mul", "div", "sqrt", "cbrt", "hypot", "exp", "deg", "rad")}
)
_MOST_ASKED = 300
_COSTLY = frozenset(
    operator
    for family in ("gamma functions", "error functions, normal distribution", "Bessel functions")
    for operator in (*FAMILIES[family], *FAMILIES["integrals, inverses"])
)

# A sum that is so much smaller than its terms is worth a closer look.
_CANCELLED = 2.0**-10

# How many nodes the closer look may visit, over all derivatives.
_MOST_VISITS = 200_000


# A node to blame, and a sentence.
Lost = tuple[int, str]


def lost_in_values(evaluation: Evaluation, errors: Mapping[int, RoundingError]) -> Iterator[Lost]:
    """The outputs that have lost more than half of their digits."""
    for output in evaluation.outputs:
        error = errors[output.node]
        if error.culprit is not None:
            result = number_text(evaluation.value(output.node))
            where = evaluation.names.expression(error.culprit)
            yield error.culprit, f"digits are lost in {where}: {result} {_off(error)}"


def lost_in_derivatives(evaluation: Evaluation, imprecise: Set[int]) -> Iterator[Lost]:
    """The derivatives that have lost more than half of their digits.

    Their errors take a sweep of their own for each; so they are worked out where digits may
    be lost in them or a value they use is imprecise, and no further than a bound on the work.
    """
    suspected = list(_suspected(evaluation, imprecise))
    swept = swept_again(evaluation, [suspect.nodes for suspect in suspected])
    for suspect, derivative in zip(suspected, swept, strict=True):
        error = rounding_errors(derivative, [suspect.root])[suspect.root]
        if error.culprit is not None:
            result = number_text(evaluation.value(suspect.root))
            message = f"digits are lost in the derivative along {suspect.along}"
            yield suspect.place, f"{message}: {result} {_off(error)}"


class _Suspect(NamedTuple):
    """A derivative: along what, the node to blame, its own node, and all it depends on."""

    along: str
    place: int
    root: int
    nodes: list[int]


def _suspected(evaluation: Evaluation, imprecise: Set[int]) -> Iterator[_Suspect]:
    """The derivatives worth a closer look."""
    visits, known = _MOST_VISITS, set(evaluation.nodes)
    for output in evaluation.outputs:
        for name, variable in evaluation.along.items():
            root = evaluation.derivative(output, variable)
            if root == ABSENT or evaluation.is_settled(output, variable):
                continue
            nodes = evaluation.graph.reachable([root])
            visits -= len(nodes)
            if visits < 0:
                return
            new = [node for node in nodes if node not in known]
            if not imprecise.isdisjoint(nodes) or _is_suspect(evaluation, new):
                visits -= 5 * len(nodes)
                yield _Suspect(name, evaluation.place(output, variable), root, nodes)


def _off(error: RoundingError) -> str:
    if isfinite(error.absolute):
        return f"may be off by {error.absolute:.1g}"
    return "may be off by any amount"


def _is_suspect(evaluation: Evaluation, nodes: Sequence[int]) -> bool:
    """Whether digits may be lost at nodes whose operands have almost all of theirs.

    A sum cancels, a number is too small for all of its digits, or a function magnifies much what
    its operands have lost; costly functions are not asked where there are very many.
    """
    operators = evaluation.graph.operators
    costly = sum(operators[node] in _COSTLY for node in nodes)
    spared = _TAME if costly <= _MOST_ASKED else _TAME | _COSTLY
    return any(_may_lose_digits(evaluation, node, spared) for node in nodes)


def _may_lose_digits(evaluation: Evaluation, node: int, spared: Set[Operator]) -> bool:
    graph, out = evaluation.graph, evaluation.value(node)
    operator, arguments = graph.operators[node], graph.arguments[node]
    values = [evaluation.value(argument) for argument in arguments]
    if operator in _SUMS:
        return abs(out) < _CANCELLED * max(abs(values[0]), abs(values[1]))
    if not operator.rounding or not arguments:
        return False
    if abs(out) < float_info.min and all(values):
        return True
    if operator in spared:
        return False
    return any(
        _magnifies(operator, values, out, position)
        for position, argument in enumerate(arguments)
        if graph.arguments[argument]
    )


def _magnifies(operator: Operator, values: list[float], out: float, position: int) -> bool:
    """Whether half of the digits go where an operand loses a few; large angles are hardly known."""
    value = values[position]
    if abs(value) > _LARGE:
        return True
    moved = value + SUSPECT * abs(value)
    there = operator.floats(*values[:position], moved, *values[position + 1 :])
    return not abs(there - out) <= HALF_THE_DIGITS * abs(out)  # nor beyond the domain


class SweptDerivative(NamedTuple):
    """A derivative, swept once more: the values and partials of all nodes it depends on."""

    graph: Graph
    nodes: Sequence[int]
    values: Sequence[float]
    partial_nodes: Mapping[int, tuple[int, ...]]

    def value(self, node: int) -> float:
        return self.values[node]

    def partials(self, node: int) -> list[float | None]:
        return [None if p == ABSENT else self.values[p] for p in self.partial_nodes[node]]


def swept_again(evaluation: Evaluation, derivatives: Sequence[Sequence[int]]) -> list[SweptDerivative]:
    """Derivatives, each given by all nodes it depends on, evaluated together with their partials."""
    graph = evaluation.graph
    partials = {n: local_partials(graph, n) for n in {n for nodes in derivatives for n in nodes}}
    wanted = [*partials, *(p for found in partials.values() for p in found if p != ABSENT)]
    values = evaluate(graph, graph.reachable(wanted), evaluation.variables()) if wanted else ()
    return [SweptDerivative(graph, nodes, values, partials) for nodes in derivatives]
