"""What has to be said of a result: kinks, conditions, poles, singular points, lost digits."""

from collections.abc import Iterator, Mapping
from math import isfinite, isnan, ulp
from typing import NamedTuple

from autodiff_cli.derivatives.certified import Certificate
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
    sides, `errors` by the nodes of the outputs, `certificate` where the numbers are certified.
    """

    warnings: list[Warned]
    sides: Mapping[Pair, Along]
    errors: Mapping[int, RoundingError]
    certificate: Certificate | None = None

    def is_differentiable(self, evaluation: Evaluation, output: Output, variable: int) -> bool | None:
        """Whether an output has a derivative along a variable; None when that is not known."""
        derivative = evaluation.adjoint(output, variable)
        if not isfinite(evaluation.value(output.node)) or not isfinite(derivative or 0.0):
            return False
        along = self.sides.get(Pair(output.node, variable))
        return True if along is None else along.is_differentiable


def diagnose(evaluation: Evaluation, certificate: Certificate | None = None) -> Diagnosis:
    """Look at everything that may be wrong with a result.

    Where a derivative exists that the conventions at kinks have missed, the evaluation takes it.
    Numbers that are certified have lost no digits, and what overflowed on the way did no harm.
    """
    influence = Influence(evaluation)
    suspected = suspects(evaluation, influence)
    known = sides(evaluation, [suspect.node for suspect in suspected])
    evaluation.settle(
        {pair: along.right or 0.0 for pair, along in known.items() if along.is_differentiable}
    )
    found = [
        _warned(evaluation, suspect.code, suspect.node, message)
        for suspect, message in said(evaluation, suspected, known)
    ]
    if certificate is None:
        errors = rounding_errors(evaluation, [output.node for output in evaluation.outputs])
        found += _of_floats(evaluation, influence, errors)
    else:
        errors = {o.node: _rounded(evaluation.value(o.node)) for o in evaluation.outputs}
        found += _uncertified(evaluation)
    warnings = sorted(dict.fromkeys(found), key=lambda warned: warned.node)
    return Diagnosis(warnings, known, errors, certificate)


def _rounded(value: float) -> RoundingError:
    return RoundingError(ulp(value) / 2, None)


def _of_floats(
    evaluation: Evaluation, influence: Influence, errors: Mapping[int, RoundingError]
) -> Iterator[Warned]:
    """What float64 has overflowed, lost or left without a value."""
    yield from _poles(evaluation, influence)
    for lost in (*lost_in_values(evaluation, errors), *lost_in_derivatives(evaluation)):
        yield _warned(evaluation, "cancellation", lost.node, lost.message)
    blamed = undefined(evaluation)
    if blamed is not None:
        yield _warned(evaluation, "undefined", blamed.node, blamed.message)


def _uncertified(evaluation: Evaluation) -> Iterator[Warned]:
    """Derivatives that were taken from both sides of a kink, by floats."""
    for output in evaluation.outputs:
        for name, variable in evaluation.wrt_nodes.items():
            if evaluation.is_settled(output, variable):
                message = f"the derivative along {name} is that from both sides, and not certified"
                yield _warned(evaluation, "uncertified", variable, message)


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
