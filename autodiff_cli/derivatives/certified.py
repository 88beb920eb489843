"""Results of which every digit is right, by balls: the precision rises until all is decided.

The same graph is evaluated, in the same order, in a number system whose every result contains
the truth (Johansson 2017, "Arb: efficient arbitrary-precision midpoint-radius interval
arithmetic"). When the ends of a ball round to the same float64, or to the same digits, so does the
truth.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from time import monotonic
from typing import Any, NamedTuple

from autodiff_cli.derivatives.evaluation import Condition, Evaluation
from autodiff_cli.errors import MathError, UsageError
from autodiff_cli.graph.arena import NumberSystem, evaluate
from autodiff_cli.graph.operators import Operator
from autodiff_cli.graph.reverse import ABSENT
from autodiff_cli.graph.rules import rule

FEWEST_BITS, MOST_BITS = 128, 2**18

# With so many bits a NaN is not one of a ball that is too wide.
BITS_FOR_NAN = 4096

# With so many a ball that does not decide may hold a number halfway between two floats.
_BITS_FOR_FRACTIONS = 1024

# What is smaller than 10 to that power is shown as 0.
_TINY = 1000

_BITS_A_DIGIT = 3.3219280948873626


class Limits(NamedTuple):
    """When to give up: after so many seconds, or when more bits than that would be needed."""

    seconds: float = 10.0
    bits: int = MOST_BITS


_LIMITS = Limits()


class Certificate(NamedTuple):
    """How numbers were certified: with so many bits, by which reading of a formula's numbers.

    `digits` holds texts by node, where more digits were asked for than a float64 has.
    """

    bits: int
    decimal: bool
    digits: Mapping[int, str]


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
    start, bits = monotonic(), FEWEST_BITS
    enough = bits_for(digits)
    last, fractions = 0.0, dict[int, float]()
    while True:
        before = monotonic()
        values = _balls(evaluation, system, bits)
        now = monotonic()
        undecided = list(wanted) if bits < enough else []
        undecided += [
            node
            for node in wanted
            if node not in fractions and not is_decided(values[node], digits, bits)
        ]
        if undecided and bits == _BITS_FOR_FRACTIONS and digits is None:
            fractions = _fractions(evaluation, undecided, decimal)
            undecided = [node for node in undecided if node not in fractions]
        if not undecided:
            break
        # The next step takes longer by as much as this one did, or by a little more.
        growth = min(max((now - before) / last, 2.0), 8.0) if last else 2.0
        last = now - before
        late = now - start + growth * last > limits.seconds
        if late or 2 * bits > limits.bits or _is_hopeless(evaluation, values, undecided, bits):
            raise undecided_error(wanted[undecided[0]], values[undecided[0]], bits, late)
        bits *= 2
    texts = {node: digits_text(values[node], digits, bits) or "" for node in wanted} if digits else {}
    rounded = [_float(ball, old) for ball, old in zip(values, _floats(evaluation), strict=True)]
    for node, value in fractions.items():
        rounded[node] = value
    conditions = _conditions(values, system, bits)
    return evaluation.with_values(rounded, conditions), Certificate(bits, decimal, texts)


def _fractions(evaluation: Evaluation, nodes: list[int], decimal: bool) -> dict[int, float]:
    """The float64 nearest to the exact fractions of nodes, of those that have one."""
    from autodiff_cli.derivatives.rationals import nearest_float, rational_value

    variables = evaluation.variables()
    found = {n: rational_value(evaluation.graph, n, variables, decimal) for n in nodes}
    return {node: nearest_float(value) for node, value in found.items() if value is not None}


def _conditions(values: list[Any], system: Any, bits: int) -> Condition:
    """Conditions of rules, decided by balls: what they leave open does not hold."""

    def holds(operator: Operator, condition: str, arguments: Sequence[int], node: int) -> bool:
        from flint import ctx

        formula = rule(operator, condition, len(arguments))
        slots = (*(values[argument] for argument in arguments), values[node])
        bound = {variable: slots[slot] for variable, slot in formula.slots}
        with ctx.workprec(bits):
            nodes = range(len(formula.graph))
            return evaluate(formula.graph, nodes, bound, system)[formula.root] == 1

    return holds


def most_digits(limits: Limits) -> int:
    """How many digits may be asked for with so many bits."""
    return int((limits.bits / 2 - FEWEST_BITS) / _BITS_A_DIGIT)


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


def bits_for(digits: int | None) -> int:
    """How many bits so many digits take at least."""
    return FEWEST_BITS + int((digits or 0) * _BITS_A_DIGIT)


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


def is_decided(ball: Any, digits: int | None, bits: int) -> bool:
    """Whether a ball tells the nearest float64, and so many digits if any are asked for."""
    from autodiff_cli.numbers.balls import nearest_float

    if nearest_float(ball) is None:
        return False
    return digits is None or digits_text(ball, digits, bits) is not None


def digits_text(ball: Any, digits: int, bits: int) -> str | None:
    """So many digits of the truth; "0" where it is smaller than any number one may mean."""
    from flint import arb, ctx

    from autodiff_cli.numbers.balls import decimal_digits

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
    return bits >= BITS_FOR_NAN and any(
        balls[node].is_nan() and not isfinite(evaluation.value(node)) for node in undecided
    )


def undecided_error(what: str, ball: Any, bits: int, late: bool) -> MathError:
    """The error for a number that so many bits, or so much time, have not told."""
    limit = "--time-limit allows more time" if late else "--max-bits allows more"
    if ball.is_finite():
        known = f"it is only known to lie in {ball.str(15)}"
        hint = f"at a step or a kink no precision is enough; elsewhere {limit}"
    else:
        known = "there is no number it is known to be near"
        hint = f"outside the domain no precision is enough; elsewhere {limit}"
    return MathError(f"{what} cannot be certified: with {bits} bits {known}", hint=hint)
