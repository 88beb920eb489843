"""How many digits are right: rounding errors, carried to the result by the adjoints.

Each operation may be off by some units in the last place of its value; the adjoint says how
much of that reaches the result. The sum bounds the result's error to first order (Linnainmaa
1976, "Taylor expansion of the accumulated rounding error"). Inputs and constants count as
exact.
"""

from math import isfinite, ulp
from sys import float_info
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation, Output
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.graph.rewrite import is_exact

_CANCELLING = frozenset({BY_NAME["add"], BY_NAME["sub"]})

# Half of the 53 bits of a float64.
HALF_THE_DIGITS = 2.0**-26


class RoundingError(NamedTuple):
    """The estimate of an output's absolute error.

    `culprit` is the sum or difference that lost most digits to cancellation, where the
    result has lost more than half of them; else None.
    """

    absolute: float
    culprit: int | None


def rounding_error(evaluation: Evaluation, output: Output) -> RoundingError:
    """The rounding error of an output; NaN or infinite where its value is."""
    operators = evaluation.lowered.graph.operators
    total = 0.0
    for node in evaluation.nodes:
        units = operators[node].rounding
        if units:
            adjoint = evaluation.adjoint(output, node)
            if adjoint:
                total += units * ulp(evaluation.value(node)) * abs(adjoint)
    value = evaluation.value(output.node)
    lost = isfinite(total) and total > max(HALF_THE_DIGITS * abs(value), float_info.min)
    culprit = _culprit(evaluation, output) if lost and _is_rounded(evaluation) else None
    return RoundingError(total, culprit)


def _is_rounded(evaluation: Evaluation) -> bool:
    """Whether any operation really was rounded: 1e9 + 1 - 1e9 is not."""
    graph = evaluation.lowered.graph
    return any(
        graph.operators[node].rounding
        and not is_exact(
            graph.operators[node],
            [evaluation.value(argument) for argument in graph.arguments[node]],
            evaluation.value(node),
        )
        for node in evaluation.nodes
    )


def _culprit(evaluation: Evaluation, output: Output) -> int | None:
    """The sum or difference whose operands exceed its value most."""
    graph = evaluation.lowered.graph
    worst, culprit = 1.0, None
    for node in evaluation.nodes:
        if graph.operators[node] in _CANCELLING and evaluation.adjoint(output, node):
            size = max(abs(evaluation.value(a)) for a in graph.arguments[node])
            left = abs(evaluation.value(node))
            if size > worst * left:
                worst, culprit = (size / left if left else size), node
    return culprit
