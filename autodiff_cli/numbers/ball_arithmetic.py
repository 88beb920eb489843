"""Arithmetic, powers, roots and elementary functions on Arb's balls.

A ball is a midpoint and a radius. A result contains the value for every point of the operands;
NaN says that nothing is known, or that some point is outside the domain. One object stands for
one number: what is the same object is equal, however wide its ball.
"""

from collections.abc import Callable

from flint import arb

UnaryBall = Callable[[arb], arb]

ZERO, ONE, TWO, HALF = arb(0), arb(1), arb(2), arb(0.5)
INFINITY, MINUS_INFINITY = arb.pos_inf(), arb.neg_inf()
NAN = arb.nan()

# Products of products could make exponents that fill the memory: beyond 2^(2^4096) all that
# is said of a number is that it is large, and below the inverse that it is small.
_HUGE = arb((1, 1 << 4096))
_TINY = arb((1, -1 << 4096))


def anything() -> arb:
    """A ball that contains every number."""
    return arb(0, INFINITY)


def hull(a: arb, b: arb) -> arb:
    """The least ball that contains both, NaN if one is."""
    return a if a is b else a.union(b)


def bounded(x: arb) -> arb:
    """`x`, or a wider ball where its exponent is astronomical."""
    size = x.abs_upper()
    if _TINY < size < _HUGE or not x.is_finite() or x.is_zero():
        return x
    return arb(0, _TINY) if size <= _TINY else anything()


def infinite(x: arb) -> bool:
    """Whether `x` is exactly an infinity."""
    return not x.is_finite() and x.is_exact() and not x.is_nan()


def straddles(x: arb) -> bool:
    """Whether a ball contains 0 without being 0."""
    return x.contains(ZERO) and not x.is_zero()


def increasing(function: UnaryBall, x: arb) -> arb:
    """A function that never decreases, from its values at the ends of a ball."""
    return function(x) if x.is_exact() else hull(function(x.lower()), function(x.upper()))


# -- Sums, products, quotients ---------------------------------------------------------------


def add(a: arb, b: arb) -> arb:
    return a + b


def subtract(a: arb, b: arb) -> arb:
    return ZERO if a is b and a.is_finite() else a - b


def multiply(a: arb, b: arb) -> arb:
    return square(a) if a is b else bounded(a * b)


def square(x: arb) -> arb:
    if straddles(x):
        size = x.abs_upper()
        return bounded(hull(ZERO, size * size))
    return bounded(x * x)


def divide(a: arb, b: arb) -> arb:
    if infinite(b):
        return ZERO if a.is_finite() else NAN
    if a is b:
        return ONE if a.is_finite() and not a.contains(ZERO) else NAN
    return bounded(a / b)


def negative(a: arb) -> arb:
    return -a


def average(*values: arb) -> arb:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total / len(values)


def count(*values: arb) -> arb:
    return NAN if any(value.is_nan() for value in values) else arb(len(values))


def floor_quotient(x: arb, y: arb) -> arb:
    """floor(x/y), as Python's `//`."""
    if x.is_finite() and infinite(y):
        return floor(x / y if x.is_zero() else arb(-0.5 if (x < 0) != (y < 0) else 0.5))
    return floor(divide(x, y)) if x.is_finite() else NAN


def mod(x: arb, y: arb) -> arb:
    """The remainder with the sign of the divisor; anything from 0 to it if undecided."""
    if not x.is_finite() or y.is_nan() or y.contains(ZERO):
        return NAN
    quotient = floor_quotient(x, y)
    if infinite(y):
        return x if quotient.is_zero() else y
    if quotient.is_exact():
        return x - quotient * y
    return hull(ZERO, y)


def floor(x: arb) -> arb:
    return x if infinite(x) else x.floor()


# -- Powers and roots ------------------------------------------------------------------------


def power(x: arb, y: arb) -> arb:
    """x^y; of a negative x only for a y that is exactly whole."""
    if x.is_nan() or y.is_nan():
        return NAN
    if y.is_zero():
        return ONE
    if infinite(x) or infinite(y):
        return _infinite_power(x, y)
    if x > 0:
        return _positive_power(x, y)
    if x.is_zero():
        return ZERO if y > 0 else NAN
    if y.is_integer():
        return _whole_power(x, y)
    return hull(ZERO, power(x.upper(), y)) if x >= 0 and y > 0 and y.is_exact() else NAN


def _positive_power(x: arb, y: arb) -> arb:
    if x.is_exact() and y.is_exact():
        # Square roots of squares are exact: 16^0.25 is 2.
        mantissa, exponent = y.man_exp()
        if -8 <= exponent < 0 and abs(mantissa) < 1024:
            for _ in range(-int(exponent)):
                x = x.sqrt()
            y = arb(mantissa)
    return bounded(x**y)


def is_odd(x: arb) -> bool:
    """Whether an exact whole number is odd; without writing out a huge one."""
    return not x.is_zero() and x.man_exp()[1] == 0


def _whole_power(x: arb, y: arb) -> arb:
    """x^y for a ball that is not positive and a whole y that is not 0."""
    odd = is_odd(y)
    if x < 0:
        size = _positive_power(-x, y)
        return -size if odd else size
    if y < 0:
        return NAN
    if odd:
        return hull(_whole_end(x.lower(), y), _whole_end(x.upper(), y))
    return hull(ZERO, _whole_end(x.abs_upper(), y))


def _whole_end(x: arb, y: arb) -> arb:
    return ZERO if x.is_zero() else power(x, y)


def _infinite_power(x: arb, y: arb) -> arb:
    """Powers with an infinity, as IEEE 754 has them."""
    if infinite(y):
        if abs(x) == ONE:
            return ONE
        if x.abs_lower() > 1:
            return INFINITY if y > 0 else ZERO
        return (ZERO if y > 0 else INFINITY) if x.abs_upper() < 1 else NAN
    if not y > 0:
        return ZERO if y < 0 else NAN
    odd = y.is_integer() and is_odd(y)
    return MINUS_INFINITY if x < 0 and odd else INFINITY


def sqrt(x: arb) -> arb:
    return x.sqrt()


def root_of_sum(x: arb) -> arb:
    """The square root of what cannot be negative, though its ball may be."""
    return hull(ZERO, x.abs_upper().sqrt()) if straddles(x) else x.sqrt()


def cbrt(x: arb) -> arb:
    return increasing(_exact_cbrt, x) if x.contains(ZERO) or x.is_exact() else _signed_cbrt(x)


def _signed_cbrt(x: arb) -> arb:
    return -((-x).root(3)) if x < 0 else x.root(3)


def _exact_cbrt(x: arb) -> arb:
    """The cube root of an exact number, exact where it can be."""
    if x.is_zero() or not x.is_finite():
        return x
    mantissa, exponent = x.man_exp()
    if exponent % 3 == 0:
        root = abs(mantissa).root(3)
        if root**3 == abs(mantissa):
            size = arb((root, exponent // 3))
            return -size if x < 0 else size
    return _signed_cbrt(x)


def hypot(x: arb, y: arb) -> arb:
    if infinite(x) or infinite(y):
        return NAN if x.is_nan() or y.is_nan() else INFINITY
    return root_of_sum(square(x) + square(y))


def cathetus(h: arb, x: arb) -> arb:
    """sqrt(h^2 - x^2) for h >= |x|."""
    if not h >= 0:
        return NAN
    if infinite(h):
        return INFINITY if x.is_finite() else NAN
    return ZERO if h is x else ((h - x) * (h + x)).sqrt()


def direction(x: arb, y: arb) -> arb:
    """x/hypot(x, y), and 0 for (0, 0)."""
    if x.is_nan() or y.is_nan() or (infinite(x) and infinite(y)):
        return NAN
    if x.is_zero():
        return ZERO
    if infinite(x):
        return ONE if x > 0 else -ONE
    if y.is_zero() and not x.contains(ZERO):
        return ONE if x > 0 else -ONE
    cosine = divide(x, hypot(x, y))
    return cosine if cosine.is_finite() else hull(-ONE, ONE)


def inversion(x: arb, y: arb) -> arb:
    """x/(x^2 + y^2), and 0 for (0, 0)."""
    if x.is_nan() or y.is_nan():
        return NAN
    if x.is_zero() or infinite(x) or infinite(y):
        return ZERO
    if y.is_zero() and not x.contains(ZERO):
        return divide(ONE, x)
    return divide(x, square(x) + square(y)) if not _around_origin(x, y) else anything()


def _around_origin(x: arb, y: arb) -> bool:
    return x.contains(ZERO) and y.contains(ZERO)


# -- Exponentials and logarithms -------------------------------------------------------------


def exp2(x: arb) -> arb:
    return power(TWO, x)


def _with_pole(function: UnaryBall, pole: arb, value: arb) -> UnaryBall:
    """A function with an infinite value at exactly one point."""
    return lambda x: value if x == pole else function(x)


log = _with_pole(arb.log, ZERO, MINUS_INFINITY)
log1p = _with_pole(arb.log1p, -ONE, MINUS_INFINITY)
log2 = _with_pole(lambda x: x.log_base(2), ZERO, MINUS_INFINITY)
log10 = _with_pole(lambda x: x.log_base(10), ZERO, MINUS_INFINITY)


def log1mexp(x: arb) -> arb:
    """log(1 - exp(x)) for x < 0."""
    if x.mid() < -1:
        return (-x.exp()).log1p()
    return log(-x.expm1())


def sigmoid(x: arb) -> arb:
    value = 1 / (1 + (-x).exp())
    if value.is_finite():
        return value
    grown = x.exp()
    return grown / (1 + grown)


def softplus(x: arb) -> arb:
    value = x.exp().log1p()
    return value if value.is_finite() or not x > 0 else x + (-x).exp().log1p()


def log_sigmoid(x: arb) -> arb:
    return -softplus(-x)


def silu(x: arb) -> arb:
    return ZERO if x == MINUS_INFINITY else x * sigmoid(x)


def mish(x: arb) -> arb:
    return ZERO if x == MINUS_INFINITY else x * softplus(x).tanh()


def logaddexp(x: arb, y: arb) -> arb:
    if x is y:
        return x + arb.const_log2()
    if infinite(x) or infinite(y):
        return x.max(y)
    first, second = (x, y) if x.mid() >= y.mid() else (y, x)
    return first + (second - first).exp().log1p()


def softshare(x: arb, y: arb) -> arb:
    """exp(x)/(exp(x) + exp(y))"""
    return sigmoid(subtract(x, y))


def logit(x: arb) -> arb:
    if x == ONE:
        return INFINITY
    return log(x / (1 - x)) if x < 1 else NAN


def xlogy(x: arb, y: arb) -> arb:
    """x*log(y), and 0 where x is 0 and y is not negative."""
    if x.is_zero():
        return ZERO if y >= 0 else NAN
    return bounded(x * log(y))


def xlog1py(x: arb, y: arb) -> arb:
    """x*log(1 + y), and 0 where x is 0 and y is not below -1."""
    if x.is_zero():
        return ZERO if y >= -1 else NAN
    return bounded(x * log1p(y))


# -- Circular and hyperbolic functions -------------------------------------------------------


def circular(function: UnaryBall) -> UnaryBall:
    """A periodic function, which has no value at infinity."""
    return lambda x: NAN if infinite(x) else function(x)


def reciprocal_of(function: UnaryBall) -> UnaryBall:
    """function(1/x)"""
    return lambda x: function(divide(ONE, x))


def asin(x: arb) -> arb:
    return NAN if x.is_nan() else x.asin()


def acos(x: arb) -> arb:
    return NAN if x.is_nan() else x.acos()


asec = reciprocal_of(acos)
acsc = reciprocal_of(asin)
acsch = reciprocal_of(arb.asinh)


def acot(x: arb) -> arb:
    """atan(1/x), from the right at 0; both sides of the jump for a ball around it."""
    if x.is_zero():
        return arb.pi() / 2
    if x.is_nan():
        return NAN
    if x.contains(ZERO):
        quarter = arb.pi() / 2
        return hull(-quarter, quarter)
    return divide(ONE, x).atan()


def atan2(y: arb, x: arb) -> arb:
    if y.is_nan() or x.is_nan():
        return NAN
    if infinite(y) and infinite(x):
        angle = arb.pi() * (1 if x > 0 else 3) / 4
        return angle if y > 0 else -angle
    return arb.atan2(y, x)


def atanh(x: arb) -> arb:
    if abs(x) == ONE:
        return INFINITY if x > 0 else MINUS_INFINITY
    return x.atanh()


def acoth(x: arb) -> arb:
    return atanh(divide(ONE, x))


def asech(x: arb) -> arb:
    return INFINITY if x.is_zero() else divide(ONE, x).acosh()


# -- Angles ----------------------------------------------------------------------------------


def degrees(x: arb) -> arb:
    return x * 180 / arb.pi()


def radians(x: arb) -> arb:
    return x * arb.pi() / 180
