"""Taylor coefficients of which every digit is right: the same propagation, in balls."""

from collections.abc import Mapping
from math import factorial
from time import monotonic
from typing import Any

from flint import arb, ctx

from autodiff_cli.derivatives.certified import (
    BITS_FOR_NAN,
    FEWEST_BITS,
    Limits,
    balls,
    bits_for,
    digits_text,
    is_decided,
    undecided_error,
)
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.expansions import Expansion
from autodiff_cli.derivatives.series import Coefficients, expand
from autodiff_cli.numbers.balls import from_float, nearest_float


def certified_expansion(
    evaluation: Evaluation, along: int, order: int, decimal: bool, digits: int | None, limits: Limits
) -> Expansion:
    """The coefficients and derivatives as the float64 nearest to the truth, or with more digits.

    Raises MathError where they cannot be told within the limits.
    """
    system = balls(decimal)
    outputs = {output.node: output.name for output in evaluation.outputs}
    variables, velocities = evaluation.variables(), evaluation.velocities(along)
    start, last, bits = monotonic(), 0.0, FEWEST_BITS
    while True:
        before = monotonic()
        with ctx.workprec(bits):
            series = expand(
                evaluation.graph,
                outputs,
                order,
                {node: from_float(value) for node, value in variables.items()},
                {node: from_float(value) for node, value in velocities.items()},
                system,
            )
            found = {node: _with_derivatives(series[node], order) for node in outputs}
        undecided = _undecided(found, digits, bits)
        if undecided is None and bits >= bits_for(digits):
            break
        growth = max((monotonic() - before) / last, 2.0) if last else 2.0
        last = monotonic() - before
        late = monotonic() - start + min(growth, 8.0) * last > limits.seconds
        node, k, ball = undecided or (evaluation.outputs[0].node, 0, arb(0))
        is_hopeless = bits >= BITS_FOR_NAN and ball.is_nan()
        if late or is_hopeless or 2 * bits > limits.bits:
            of = f" of {outputs[node]}" if len(outputs) > 1 else ""
            raise undecided_error(f"the coefficient{of} of order {k}", ball, bits, late)
        bits *= 2
    texts = {node: _texts(both, digits, bits) for node, both in found.items()} if digits else {}
    coefficients = {node: _floats(both[0]) for node, both in found.items()}
    derivatives = {node: _floats(both[1]) for node, both in found.items()}
    return Expansion(order, along, coefficients, derivatives, texts)


# The balls of coefficients, and those of derivatives.
_Balls = tuple[list[Any], list[Any]]


def _with_derivatives(series: Coefficients, order: int) -> _Balls:
    coefficients = [arb(0) if c is None else c for c in series]
    coefficients += [arb(0)] * (order + 1 - len(series))
    return coefficients, [c * factorial(k) for k, c in enumerate(coefficients)]


def _undecided(
    found: Mapping[int, _Balls], digits: int | None, bits: int
) -> tuple[int, int, Any] | None:
    """The first number that its ball does not tell: of which output, of which order."""
    for node, both in found.items():
        for numbers in both:
            for k, ball in enumerate(numbers):
                if not is_decided(ball, digits, bits):
                    return node, k, ball
    return None


def _floats(decided: list[Any]) -> list[float]:
    """The nearest floats of balls that are decided."""
    return [nearest_float(ball) or 0.0 for ball in decided]


def _texts(decided: _Balls, digits: int, bits: int) -> tuple[list[str], list[str]]:
    numbers, multiples = decided
    return (
        [digits_text(ball, digits, bits) or "" for ball in numbers],
        [digits_text(ball, digits, bits) or "" for ball in multiples],
    )
