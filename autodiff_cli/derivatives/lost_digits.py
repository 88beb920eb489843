"""Results of which more than half of the digits are lost: values, and derivatives."""

from collections.abc import Iterator, Mapping, Set
from math import isfinite

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
            if imprecise.isdisjoint(nodes) and not any(_cancels(evaluation, n) for n in nodes):
                continue
            visits -= 5 * len(nodes)
            derivative = SweptDerivative(evaluation, root, nodes)
            error = rounding_errors(derivative, [root])[root]
            if error.culprit is not None and isfinite(error.absolute):
                result = number_text(evaluation.value(root))
                message = f"digits are lost in the derivative along {name}"
                blamed = evaluation.place(output, variable)
                yield blamed, f"{message}: {result} may be off by {error.absolute:.1g}"


def _cancels(evaluation: Evaluation, node: int) -> bool:
    graph = evaluation.graph
    if graph.operators[node] not in _SUMS:
        return False
    a, b = graph.arguments[node]
    largest = max(abs(evaluation.value(a)), abs(evaluation.value(b)))
    return abs(evaluation.value(node)) < _CANCELLED * largest


class SweptDerivative:
    """A derivative, swept once more: the values and partials of all nodes it depends on."""

    def __init__(self, evaluation: Evaluation, root: int, nodes: list[int]) -> None:
        self.graph: Graph = evaluation.graph
        self.nodes = nodes
        self._partials = {node: local_partials(self.graph, node) for node in nodes}
        wanted = [p for partials in self._partials.values() for p in partials if p != ABSENT]
        self._values = evaluate(
            self.graph, self.graph.reachable([root, *wanted]), evaluation.variables()
        )

    def value(self, node: int) -> float:
        return self._values[node]

    def partials(self, node: int) -> list[float | None]:
        return [None if p == ABSENT else self._values[p] for p in self._partials[node]]
