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
from autodiff_cli.graph.rewrite import is_exact

# Half of the 53 bits of a float64.
HALF_THE_DIGITS = 2.0**-26


class RoundingError(NamedTuple):
    """The estimate of an output's absolute error.

    `culprit` is the node in which most digits were lost, where the result has lost more than
    half of them; else None.
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
            # What was not rounded has no share, even where there is no derivative along it.
            if adjoint and (adjoint == adjoint or not _is_exact(evaluation, node)):
                total += units * ulp(evaluation.value(node)) * abs(adjoint)
    value = evaluation.value(output.node)
    lost = isfinite(total) and total > max(HALF_THE_DIGITS * abs(value), float_info.min)
    culprit = _culprit(evaluation, output) if lost and _is_rounded(evaluation) else None
    return RoundingError(total, culprit)


def _is_rounded(evaluation: Evaluation) -> bool:
    """Whether any operation really was rounded: 1e9 + 1 - 1e9 is not."""
    return not all(_is_exact(evaluation, node) for node in evaluation.nodes)


def _is_exact(evaluation: Evaluation, node: int) -> bool:
    graph = evaluation.lowered.graph
    operator = graph.operators[node]
    operands = [evaluation.value(argument) for argument in graph.arguments[node]]
    return not operator.rounding or is_exact(operator, operands, evaluation.value(node))


def _culprit(evaluation: Evaluation, output: Output) -> int | None:
    """The node that magnifies the relative error of an operand most."""
    graph = evaluation.lowered.graph
    worst, culprit = 1.0, None
    for node in evaluation.nodes:
        if not evaluation.adjoint(output, node):
            continue
        left = abs(evaluation.value(node))
        for argument, partial in zip(graph.arguments[node], evaluation.partials(node), strict=True):
            size = abs((partial or 0.0) * evaluation.value(argument))
            if size > worst * left:
                worst, culprit = (size / left if left else size), node
    return culprit
