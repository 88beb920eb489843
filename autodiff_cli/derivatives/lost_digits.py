"""Results of which more than half of the digits are lost: values, and derivatives."""

from collections.abc import Iterator, Mapping, Sequence, Set
from math import isfinite
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.rounding import RoundingError, rounding_errors
from autodiff_cli.graph.arena import Graph, evaluate
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.graph.reverse import ABSENT, local_partials
from autodiff_cli.language.notation import number_text

_SUMS = frozenset({BY_NAME["add"], BY_NAME["sub"]})

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
            message = f"digits are lost in {where}: {result} may be off by {error.absolute:.1g}"
            yield error.culprit, message


def lost_in_derivatives(evaluation: Evaluation, imprecise: Set[int]) -> Iterator[Lost]:
    """The derivatives that have lost more than half of their digits.

    Their errors take a sweep of their own for each; so they are worked out where some sum in
    them cancels or a value they use is imprecise, and no further than a bound on the work.
    """
    suspected = list(_suspected(evaluation, imprecise))
    swept = swept_again(evaluation, [suspect.nodes for suspect in suspected])
    for suspect, derivative in zip(suspected, swept, strict=True):
        error = rounding_errors(derivative, [suspect.root])[suspect.root]
        if error.culprit is not None and isfinite(error.absolute):
            result = number_text(evaluation.value(suspect.root))
            message = f"digits are lost in the derivative along {suspect.along}"
            yield suspect.place, f"{message}: {result} may be off by {error.absolute:.1g}"


class _Suspect(NamedTuple):
    """A derivative: along what, the node to blame, its own node, and all it depends on."""

    along: str
    place: int
    root: int
    nodes: list[int]


def _suspected(evaluation: Evaluation, imprecise: Set[int]) -> Iterator[_Suspect]:
    """The derivatives worth a closer look."""
    visits = _MOST_VISITS
    for output in evaluation.outputs:
        for name, variable in evaluation.along.items():
            root = evaluation.derivative(output, variable)
            if root == ABSENT or evaluation.is_settled(output, variable):
                continue
            nodes = evaluation.graph.reachable([root])
            visits -= len(nodes)
            if visits < 0:
                return
            if not imprecise.isdisjoint(nodes) or any(_cancels(evaluation, n) for n in nodes):
                visits -= 5 * len(nodes)
                yield _Suspect(name, evaluation.place(output, variable), root, nodes)


def _cancels(evaluation: Evaluation, node: int) -> bool:
    graph = evaluation.graph
    if graph.operators[node] not in _SUMS:
        return False
    a, b = graph.arguments[node]
    largest = max(abs(evaluation.value(a)), abs(evaluation.value(b)))
    return abs(evaluation.value(node)) < _CANCELLED * largest


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
