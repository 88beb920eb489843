"""What has to be said of a result: kinks, conditions, poles, singular points, lost digits."""

from collections.abc import Iterator, Mapping
from math import isfinite, isnan
from typing import NamedTuple

from autodiff_cli.derivatives.differentiability import Along, Pair, sides
from autodiff_cli.derivatives.evaluation import Evaluation, Output
from autodiff_cli.derivatives.failure import undefined
from autodiff_cli.derivatives.influence import Influence
from autodiff_cli.derivatives.kinks import said, suspects
from autodiff_cli.derivatives.lost_digits import lost_in_derivatives, lost_in_values
from autodiff_cli.derivatives.rounding import RoundingError, rounding_errors
from autodiff_cli.derivatives.wording import value_said
from autodiff_cli.errors import Span


class Warned(NamedTuple):
    """One warning: its code, the node it is about, where that stands, and a sentence."""

    code: str
    node: int
    span: Span | None
    message: str


class Diagnosis(NamedTuple):
    """All that is to be said of an evaluation.

    `warnings` in the order of evaluation, `sides` of the pairs that were looked at from both
    sides, `errors` by the nodes of the outputs.
    """

    warnings: list[Warned]
    sides: Mapping[Pair, Along]
    errors: Mapping[int, RoundingError]

    def is_differentiable(self, evaluation: Evaluation, output: Output, variable: int) -> bool | None:
        """Whether an output has a derivative along a variable; None when that is not known."""
        derivative = evaluation.adjoint(output, variable)
        if not isfinite(evaluation.value(output.node)) or not isfinite(derivative or 0.0):
            return False
        along = self.sides.get(Pair(output.node, variable))
        return True if along is None else along.is_differentiable


def diagnose(evaluation: Evaluation) -> Diagnosis:
    """Look at everything that may be wrong with a result.

    Where a derivative exists that the conventions at kinks have missed, the evaluation takes it.
    """
    influence = Influence(evaluation)
    suspected = suspects(evaluation, influence)
    known = sides(evaluation, [suspect.node for suspect in suspected])
    evaluation.settle(
        {pair: along.right or 0.0 for pair, along in known.items() if along.is_differentiable}
    )
    errors = rounding_errors(evaluation, [output.node for output in evaluation.outputs])
    found = list(_poles(evaluation, influence))
    for lost in (*lost_in_values(evaluation, errors), *lost_in_derivatives(evaluation)):
        found.append(_warned(evaluation, "cancellation", lost.node, lost.message))
    blamed = undefined(evaluation)
    if blamed is not None:
        found.append(_warned(evaluation, "undefined", blamed.node, blamed.message))
    for suspect, message in said(evaluation, suspected, known):
        found.append(_warned(evaluation, suspect.code, suspect.node, message))
    return Diagnosis(sorted(dict.fromkeys(found), key=lambda warned: warned.node), known, errors)


def _warned(evaluation: Evaluation, code: str, node: int, message: str) -> Warned:
    return Warned(code, node, evaluation.lowered.span(node), message)


def _poles(evaluation: Evaluation, influence: Influence) -> Iterator[Warned]:
    """Where numbers that are not finite are born: poles, overflows, and NaN."""
    graph = evaluation.lowered.graph
    for node in evaluation.nodes:
        if isfinite(evaluation.value(node)) or not influence.is_open(node):
            continue
        operands = [evaluation.value(argument) for argument in graph.arguments[node]]
        is_first = not any(map(isnan if isnan(evaluation.value(node)) else _is_not_finite, operands))
        if operands and is_first:
            yield _warned(evaluation, "pole", node, value_said(evaluation, node))


def _is_not_finite(value: float) -> bool:
    return not isfinite(value)
