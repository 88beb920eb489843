"""Results of which more than half of the digits are lost: values, and derivatives."""

from collections.abc import Iterator, Mapping, Set
from math import isfinite
from sys import float_info

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
            yield error.culprit, f"digits are lost in {where}: {result} {_off(error)}"


def lost_in_derivatives(evaluation: Evaluation, imprecise: Set[int]) -> Iterator[Lost]:
    """The derivatives that have lost more than half of their digits.

    Their errors take a sweep of their own for each; so they are worked out where some sum in
    them cancels, some number underflows or a value they use is imprecise, and no further than a
    bound on the work.
    """
    visits = _MOST_VISITS
    for output in evaluation.outputs:
        for name, variable in evaluation.wrt_nodes.items():
            root = evaluation.derivative(output, variable)
            if root == ABSENT or evaluation.is_settled(output, variable):
                continue
            nodes = evaluation.graph.reachable([root])
            visits -= len(nodes)
            if visits < 0:
                return
            if imprecise.isdisjoint(nodes) and not any(_is_suspect(evaluation, n) for n in nodes):
                continue
            visits -= 5 * len(nodes)
            derivative = SweptDerivative(evaluation, root, nodes)
            error = rounding_errors(derivative, [root])[root]
            if error.culprit is not None:
                result = number_text(evaluation.value(root))
                message = f"digits are lost in the derivative along {name}"
                yield variable, f"{message}: {result} {_off(error)}"


def _off(error: RoundingError) -> str:
    if isfinite(error.absolute):
        return f"may be off by {error.absolute:.1g}"
    return "may be off by any amount"


def _is_suspect(evaluation: Evaluation, node: int) -> bool:
    """Whether a sum cancels, or a number is too small for all of its digits."""
    graph, size = evaluation.graph, abs(evaluation.value(node))
    operator, arguments = graph.operators[node], graph.arguments[node]
    if operator in _SUMS:
        a, b = arguments
        return size < _CANCELLED * max(abs(evaluation.value(a)), abs(evaluation.value(b)))
    is_tiny = size < float_info.min and operator.rounding > 0 and bool(arguments)
    return is_tiny and all(evaluation.value(argument) for argument in arguments)


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
