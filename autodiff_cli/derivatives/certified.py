"""Results of which every digit is right, by balls: the precision rises until all is decided.

The same graph is evaluated, in the same order, in a number system whose every result contains
the truth (Johansson 2017, "Arb: efficient arbitrary-precision midpoint-radius interval
arithmetic"). When the ends of a ball round to the same float64, or to the same digits, so does the
truth.
"""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, NamedTuple

from autodiff_cli.derivatives.enclosures import Balls, undecided_node_error
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.limits import FEWEST_BITS, Clock, Limits, bits_for, digits_within
from autodiff_cli.errors import MathError, UsageError
from autodiff_cli.graph.arena import NumberSystem, evaluate
from autodiff_cli.graph.reverse import ABSENT

# With so many bits it is not because a ball is too wide that there is no number.
BITS_FOR_NUMBERS = 4096

# With so many a ball that does not decide may hold a number halfway between two floats.
_BITS_FOR_FRACTIONS = 1024

# What is smaller than 10 to that power is shown as 0.
_TINY = 1000

_LIMITS = Limits()


class Certificate(NamedTuple):
    """How numbers were certified: with so many bits, by which reading of a formula's numbers.

    `digits` holds texts by node, where more digits were asked for than a float64 has.
    """

    bits: int
    decimal: bool
    digits: Mapping[int, str]

    @property
    def reading(self) -> str:
        """How numbers in the formula were read, in words."""
        return f"numbers in the formula are {'decimal as written' if self.decimal else 'float64'}"


def certified(
    evaluation: Evaluation, decimal: bool = True, digits: int | None = None, limits: Limits = _LIMITS
) -> tuple[Evaluation, Certificate]:
    """The value, the derivatives and the second ones, as the float64 nearest to the truth.

    With `digits` also as texts of so many significant digits. `decimal` tells whether numbers in
    the formula are what is written or its float64. Raises MathError where the truth cannot be
    told within the limits, as at a step, and UsageError without python-flint.
    """
    system = balls(decimal)
    wanted = dict(_results(evaluation))
    clock, bits = Clock(limits.seconds), FEWEST_BITS
    fractions: dict[int, float] = {}
    while True:
        values = _balls(evaluation, system, bits)
        asked = digits_within(digits, bits)
        texts = {node: certain(values[node], asked, bits) for node in wanted}
        undecided = [node for node in wanted if texts[node] is None and node not in fractions]
        if bits < bits_for(digits):
            undecided = list(wanted)
        if undecided and bits == _BITS_FOR_FRACTIONS and digits is None:
            fractions = _fractions(evaluation, undecided, decimal)
            undecided = [node for node in undecided if node not in fractions]
        if not undecided:
            break
        node = undecided[0]
        if clock.is_late():
            raise too_late(wanted[node], limits.seconds, bits, bits_for(digits))
        if 2 * bits > limits.bits or _is_hopeless(evaluation, values, undecided, bits):
            raise undecided_node_error(evaluation, wanted[node], node, Balls(values, system, bits))
        bits *= 2
    rounded = [_float(ball, old) for ball, old in zip(values, _floats(evaluation), strict=True)]
    for node, value in fractions.items():
        rounded[node] = value
    conditions = Balls(values, system, bits).holds
    shown = {node: text for node, text in texts.items() if text}
    return evaluation.with_values(rounded, conditions), Certificate(bits, decimal, shown)


def _fractions(evaluation: Evaluation, nodes: list[int], decimal: bool) -> dict[int, float]:
    """The float64 nearest to the exact fractions of nodes, of those that have one."""
    from autodiff_cli.derivatives.rationals import nearest_float, rational_value

    variables = evaluation.variables()
    found = {n: rational_value(evaluation.graph, n, variables, decimal) for n in nodes}
    return {node: nearest_float(value) for node, value in found.items() if value is not None}


def _results(evaluation: Evaluation) -> Iterator[tuple[int, str]]:
    """The nodes to be certified, each with what it is called."""
    for output in evaluation.outputs:
        of = f" of {output.name}" if len(evaluation.outputs) > 1 else ""
        yield output.node, f"the value{of}"
        for name, variable in evaluation.along.items():
            node = evaluation.derivative(output, variable)
            if node != ABSENT:
                yield node, f"the derivative{of} along {name}"
        for name, other, node in evaluation.second_derivatives(output):
            yield node, f"the second derivative{of} along {name} and {other}"


def balls(decimal: bool) -> NumberSystem:
    """The number system; raises UsageError without python-flint."""
    try:
        from autodiff_cli.graph.ball_system import ball_system
    except ImportError as error:
        if error.name != "flint":
            raise
        raise UsageError(
            "certified digits need python-flint", hint="pip install 'autodiff-cli[exact]'"
        ) from None
    return ball_system(decimal)


def _balls(evaluation: Evaluation, system: Any, bits: int) -> list[Any]:
    from flint import ctx

    from autodiff_cli.numbers.balls import from_float

    with ctx.workprec(bits):
        variables = {node: from_float(value) for node, value in evaluation.variables().items()}
        return evaluate(evaluation.graph, evaluation.evaluated, variables, system)


def certain(ball: Any, digits: int | None, bits: int) -> str | None:
    """So many digits of the truth, or none if only its float64 matters; None if it is not certain.

    "0" stands for what is smaller than any number one may mean.
    """
    from flint import arb, ctx

    from autodiff_cli.numbers.balls import decimal_digits, nearest_float

    if nearest_float(ball) is None:
        return None
    if digits is None:
        return ""
    with ctx.workprec(bits):
        text = decimal_digits(ball, digits)
        if text is None and ball.is_finite() and abs(ball) < arb(10) ** -_TINY:
            return "0"
    return text


def _floats(evaluation: Evaluation) -> list[float]:
    return [evaluation.value(node) for node in range(len(evaluation.graph))]


def _float(ball: Any, computed: float) -> float:
    """The float64 nearest to the middle of a ball; what floats have where it has none."""
    from autodiff_cli.numbers.balls import nearest_float

    nearest = nearest_float(ball)
    if nearest is None and ball.is_finite():
        nearest = nearest_float(ball.mid())
    return computed if nearest is None else nearest


def _is_hopeless(evaluation: Evaluation, balls: list[Any], undecided: list[int], bits: int) -> bool:
    """Whether something is no number for good: floats say so, and so do precise balls."""
    return bits >= BITS_FOR_NUMBERS and any(
        not (balls[node].is_finite() or isfinite(evaluation.value(node))) for node in undecided
    )


def too_late(what: str, seconds: float, bits: int, enough: int) -> MathError:
    """The error for a result that so many bits do not decide, when there is no time for more."""
    hint = "--time-limit allows more time"
    if bits >= enough:
        hint = f"at a step or a kink no precision is enough; elsewhere {hint}"
    message = f"{what} cannot be certified in {seconds:g} seconds: {bits} bits are not enough"
    return MathError(message, hint=hint)
