"""Steps, bounds, comparisons, logic and choices on Arb's balls.

A condition is exactly 1 or exactly 0 where the balls decide it, else a ball that contains
both, and a choice that is not decided is the hull of what there is to choose from. A branch that is
certainly not taken has no part in the result, whatever it is.
"""

from flint import arb

from autodiff_cli.numbers.ball_arithmetic import (
    HALF,
    NAN,
    ONE,
    ZERO,
    UnaryBall,
    hull,
    increasing,
    infinite,
    is_odd,
)


def undecided() -> arb:
    """A ball that contains 0 and 1; a new one each time, since it is another unknown."""
    return arb(0.5, 0.5)


# -- Steps -----------------------------------------------------------------------------------


def _step_function(function: UnaryBall) -> UnaryBall:
    """A kernel from a function that never decreases and is exact on exact numbers."""

    def kernel(x: arb) -> arb:
        if x.is_nan() or infinite(x):
            return x
        low, high = function(x.lower()), function(x.upper())
        return low if low == high else hull(low, high)

    return kernel


def _trunc(x: arb) -> arb:
    return x.floor() if x >= 0 else x.ceil()


def _nearest(x: arb) -> arb:
    """The nearest whole number, halves to even."""
    if x.is_integer() or not x.is_finite():
        return x
    above = (x + HALF).floor()
    return above - 1 if above - x == HALF and is_odd(above) else above


ceil = _step_function(arb.ceil)
trunc = _step_function(_trunc)
nearest = _step_function(_nearest)


def sign(x: arb) -> arb:
    return NAN if x.is_nan() else increasing(arb.sgn, x)


def step(x: arb) -> arb:
    return greater_equal(x, ZERO)


def absolute(x: arb) -> arb:
    if x >= 0 or x.is_nan():
        return x
    return -x if x <= 0 else hull(ZERO, x.abs_upper())


# -- Bounds ----------------------------------------------------------------------------------


def _larger(a: arb, b: arb) -> arb:
    """The greater of two; itself where that is decided, so that it can be told from the other."""
    if a.is_nan() or b.is_nan():
        return NAN
    if a is b or a >= b:
        return a
    return b if b >= a else a.max(b)


def _smaller(a: arb, b: arb) -> arb:
    if a.is_nan() or b.is_nan():
        return NAN
    if a is b or a <= b:
        return a
    return b if b <= a else a.min(b)


def maximum(*values: arb) -> arb:
    greatest = values[0]
    for value in values[1:]:
        greatest = _larger(greatest, value)
    return greatest


def minimum(*values: arb) -> arb:
    least = values[0]
    for value in values[1:]:
        least = _smaller(least, value)
    return least


def ties(value: arb, *values: arb) -> arb:
    """How many of `values` equal `value`."""
    total = ZERO
    for other in values:
        total = total + equal(value, other)
    return NAN if value.is_nan() else total


def clip(x: arb, lower: arb, upper: arb) -> arb:
    return minimum(maximum(x, lower), upper)


def relu(x: arb) -> arb:
    return _larger(x, ZERO)


def relu6(x: arb) -> arb:
    return clip(x, ZERO, arb(6))


def hardtanh(x: arb) -> arb:
    return clip(x, -ONE, ONE)


def leaky_relu(x: arb) -> arb:
    return where(greater(x, ZERO), x, x / 100)


def elu(x: arb) -> arb:
    return where(greater(x, ZERO), x, x.expm1())


def selu(x: arb) -> arb:
    """With the constants of Klambauer and others 2017, "Self-normalizing neural networks"."""
    scale = arb("1.0507009873554804934193349852946")
    below = arb("1.6732632423543772848170429916717") * x.expm1()
    return scale * where(greater(x, ZERO), x, below)


# -- Comparisons -----------------------------------------------------------------------------


def less(a: arb, b: arb) -> arb:
    if a.is_nan() or b.is_nan():
        return NAN
    if a is b or a >= b:
        return ZERO
    return ONE if a < b else undecided()


def less_equal(a: arb, b: arb) -> arb:
    if a.is_nan() or b.is_nan():
        return NAN
    if a is b or a <= b:
        return ONE
    return ZERO if a > b else undecided()


def greater(a: arb, b: arb) -> arb:
    return less(b, a)


def greater_equal(a: arb, b: arb) -> arb:
    return less_equal(b, a)


def equal(a: arb, b: arb) -> arb:
    if a.is_nan() or b.is_nan():
        return NAN
    if a is b or a == b:
        return ONE
    return undecided() if a.overlaps(b) else ZERO


def not_equal(a: arb, b: arb) -> arb:
    return negation(equal(a, b))


# -- Logic -----------------------------------------------------------------------------------


def _is_true(a: arb) -> bool:
    return not a.is_nan() and not a.contains(ZERO)


def conjunction(a: arb, b: arb) -> arb:
    if a.is_zero() or b.is_zero():
        return ZERO
    if a.is_nan() or b.is_nan():
        return NAN
    return ONE if _is_true(a) and _is_true(b) else undecided()


def disjunction(a: arb, b: arb) -> arb:
    if _is_true(a) or _is_true(b):
        return ONE
    if a.is_nan() or b.is_nan():
        return NAN
    return ZERO if a.is_zero() and b.is_zero() else undecided()


def negation(a: arb) -> arb:
    if a.is_nan():
        return NAN
    if a.is_zero():
        return ONE
    return undecided() if a.contains(ZERO) else ZERO


def where(condition: arb, a: arb, b: arb) -> arb:
    if condition.is_nan():
        return NAN
    if condition.is_zero():
        return b
    return hull(a, b) if condition.contains(ZERO) else a


def gate(condition: arb, value: arb) -> arb:
    """`value` where the condition holds, else exactly zero."""
    return where(condition, value, ZERO)
