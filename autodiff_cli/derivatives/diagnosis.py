"""What has to be said of a result: kinks, conditions, poles, singular points, lost digits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import copysign, isfinite, ulp
from typing import TYPE_CHECKING, NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation, Output
from autodiff_cli.derivatives.lost_digits import lost_in_derivatives, lost_in_values
from autodiff_cli.derivatives.rounding import RoundingError, rounding_errors

if TYPE_CHECKING:
    from autodiff_cli.derivatives.certified import Certificate
    from autodiff_cli.derivatives.differentiability import Along, Pair
    from autodiff_cli.derivatives.expansions import Expansion
    from autodiff_cli.errors import Span


class Warned(NamedTuple):
    """One warning: its code, the node it is about, where that stands, and a sentence."""

    code: str
    node: int
    span: Span | None
    message: str


class Diagnosis(NamedTuple):
    """All that is to be said of an evaluation.

    `warnings` in the order of evaluation, `sides` of the outputs and variables (by their nodes)
    that were looked at from both sides, `errors` by the nodes of the outputs, `certificate`
    where the numbers are certified, `expansion` where Taylor coefficients were asked for.
    """

    warnings: list[Warned]
    sides: Mapping[Pair, Along]
    errors: Mapping[int, RoundingError]
    certificate: Certificate | None = None
    expansion: Expansion | None = None

    def is_differentiable(self, evaluation: Evaluation, output: Output, variable: int) -> bool | None:
        """Whether an output has a derivative along a variable; None when that is not known."""
        if not isfinite(evaluation.value(output.node)):
            from autodiff_cli.derivatives.failure import is_outside_domain

            return False if is_outside_domain(evaluation, output) else None
        along = self.sides.get((output.node, variable))
        if along is not None:
            return along.is_differentiable
        # What is not finite all the same has overflowed.
        return True if isfinite(evaluation.adjoint(output, variable) or 0.0) else None


def diagnose(evaluation: Evaluation, certificate: Certificate | None = None) -> Diagnosis:
    """Look at everything that may be wrong with a result.

    Where a derivative exists that the conventions at kinks have missed, the evaluation takes it.
    """
    found: list[tuple[str, int, str]] = []
    known: Mapping[Pair, Along] = {}
    if not evaluation.is_regular():
        from autodiff_cli.derivatives.singular_points import look

        singular, known = look(evaluation, is_certified=certificate is not None)
        found += singular
    if certificate is None:
        imprecise: set[int] = set()
        errors = rounding_errors(evaluation, [o.node for o in evaluation.outputs], imprecise)
        lost = (*lost_in_values(evaluation, errors), *lost_in_derivatives(evaluation, imprecise))
        found += (("cancellation", node, message) for node, message in lost)
    else:
        errors = {
            o.node: RoundingError(ulp(evaluation.value(o.node)) / 2, None) for o in evaluation.outputs
        }
        found += _unsigned(evaluation)
    span = evaluation.lowered.span
    warnings = [Warned(code, node, span(node), message) for code, node, message in dict.fromkeys(found)]
    return Diagnosis(sorted(warnings, key=lambda warned: warned.node), known, errors, certificate)


def _unsigned(evaluation: Evaluation) -> Iterator[tuple[str, int, str]]:
    """Inputs that are -0, which is what floats have for a side of 0 and the truth has not."""
    for name, value in evaluation.point.items():
        if value == 0 and copysign(1.0, value) < 0:
            message = f"{name} = -0 is 0 where results are certified: the truth knows one zero"
            yield "signed_zero", evaluation.graph.variables[name], message
