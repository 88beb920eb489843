"""Taylor coefficients of which every digit is right: the same propagation, in balls."""

from collections.abc import Mapping
from math import factorial
from typing import Any, NamedTuple

from flint import arb, ctx

from autodiff_cli.derivatives.certified import BITS_FOR_NUMBERS, balls, certain, too_late
from autodiff_cli.derivatives.enclosures import undecided_error
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.expansions import Expansion, expansion, failure
from autodiff_cli.derivatives.limits import FEWEST_BITS, Clock, Limits, bits_for, digits_within
from autodiff_cli.derivatives.series import Coefficients, expand
from autodiff_cli.errors import MathError
from autodiff_cli.numbers.balls import from_float, nearest_float


class _Numbers(NamedTuple):
    """The balls of one output's coefficients and derivatives, from order 0 on, and their texts.

    A text is None where the ball is not certain, and empty if only its float64 matters.
    """

    coefficients: list[Any]
    derivatives: list[Any]
    texts: tuple[list[str | None], list[str | None]]


def certified_expansion(
    evaluation: Evaluation, along: int, order: int, decimal: bool, digits: int | None, limits: Limits
) -> Expansion:
    """The coefficients and derivatives as the float64 nearest to the truth, or with more digits.

    Raises MathError where they cannot be told within the limits.
    """
    system = balls(decimal)
    outputs = {output.node: output.name for output in evaluation.outputs}
    variables, velocities = evaluation.variables(), evaluation.velocities(along)
    clock, bits = Clock(limits.seconds), FEWEST_BITS
    while True:
        with ctx.workprec(bits):
            series = expand(
                evaluation.graph,
                outputs,
                order,
                {node: from_float(value) for node, value in variables.items()},
                {node: from_float(value) for node, value in velocities.items()},
                system,
            )
        asked = digits_within(digits, bits)
        found = {node: _numbers(series[node], order, asked, bits) for node in outputs}
        undecided = _undecided(found)
        if undecided is None and bits >= bits_for(digits):
            break
        node, k, ball = undecided or (
            evaluation.outputs[0].node,
            0,
            series[evaluation.outputs[0].node][0],
        )
        of = f" of {outputs[node]}" if len(outputs) > 1 else ""
        what = f"the coefficient{of} of order {k}"
        if clock.is_late():
            raise too_late(what, limits.seconds, bits, bits_for(digits))
        is_hopeless = bits >= BITS_FOR_NUMBERS and not ball.is_finite()
        if is_hopeless or 2 * bits > limits.bits:
            known = None if ball.is_finite() else _known_to_floats(evaluation, along, order)
            raise known or undecided_error(what, ball, bits)
        bits *= 2
    coefficients = {node: _floats(numbers.coefficients) for node, numbers in found.items()}
    derivatives = {node: _floats(numbers.derivatives) for node, numbers in found.items()}
    texts = {node: _shown(numbers) for node, numbers in found.items()} if digits else {}
    return Expansion(order, along, coefficients, derivatives, texts)


def _numbers(series: Coefficients, order: int, digits: int | None, bits: int) -> _Numbers:
    """The balls of coefficients, and k! times as much, with as many digits as are certain."""
    coefficients = [arb(0) if c is None else c for c in series]
    coefficients += [arb(0)] * (order + 1 - len(series))
    with ctx.workprec(bits):
        derivatives = [c * factorial(k) for k, c in enumerate(coefficients)]
    texts = (
        [certain(ball, digits, bits) for ball in coefficients],
        [certain(ball, digits, bits) for ball in derivatives],
    )
    return _Numbers(coefficients, derivatives, texts)


def _undecided(found: Mapping[int, _Numbers]) -> tuple[int, int, Any] | None:
    """The first number that is not certain: of which output, of which order, and its ball."""
    for node, numbers in found.items():
        for balls_of, texts in zip(numbers[:2], numbers.texts, strict=True):
            if None in texts:
                k = texts.index(None)
                return node, k, balls_of[k]
    return None


def _known_to_floats(evaluation: Evaluation, along: int, order: int) -> MathError | None:
    """What floats tell where a coefficient is no number in them, either."""
    known = failure(evaluation, expansion(evaluation, along, order))
    if known is not None:
        # What is not finite is not certified if it is allowed, either.
        known.hint = None
    return known


def _floats(decided: list[Any]) -> list[float]:
    """The nearest floats of balls that are decided."""
    return [nearest_float(ball) or 0.0 for ball in decided]


def _shown(numbers: _Numbers) -> tuple[list[str], list[str]]:
    """The texts of numbers that are certain."""
    coefficients, derivatives = numbers.texts
    return [text or "" for text in coefficients], [text or "" for text in derivatives]
