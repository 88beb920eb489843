"""Float64 kernels: hyperbolic functions, their inverses, and the sides of a right triangle.

The C library's may be off by two units in the last place or more (Innocente and Zimmermann,
"Accuracy of Mathematical Functions"). Here what is rounded first is small beside what it is
added to, or its rounding error is carried along; one unit and a little is the most.
"""

import math

from autodiff_cli.numbers.double_double import log_quotient, quotient, root, two_product, two_sum
from autodiff_cli.numbers.floats import INFINITY, NAN, divide, ldexp, scaled_exp
from autodiff_cli.numbers.special import kernel

# Below it x + x^3/3 and the like are x; its inverse is where sqrt(x^2 + 1) is x.
_TINY = 2.0**-27
_HUGE = 2.0**28
_LOG_2 = 0.6931471805599453
# Coefficients of (sinh(x) - x)/x^3 in powers of x^2, the highest first.
_SINH = tuple(1.0 / math.factorial(n) for n in range(19, 2, -2))

# Derivatives of any order, loaded when used.
_any_sech_derivative = kernel("quotients", "sech_derivative")
_any_hypot_derivative = kernel("quotients", "hypot_derivative")
_any_asech_derivative = kernel("quotients", "asech_derivative")


def _sinh_tail(x: float) -> float:
    """sinh(x) - x for -1 < x < 1."""
    square, tail = x * x, 0.0
    for coefficient in _SINH:
        tail = tail * square + coefficient
    return x * (square * tail)


def _tanh_tail(x: float) -> float:
    """tanh(x) - x for -1 < x < 1, by Lambert's continued fraction."""
    z = x * x
    below = 9.0 + z / (11.0 + z / (13.0 + z / (15.0 + z / 17.0)))
    return -x * (z / (z + (3.0 + z / (5.0 + z / (7.0 + z / below)))))


def _half_exp(x: float) -> float:
    """exp(x)/2, which overflows later than exp(x)."""
    if x < 700.0:
        return 0.5 * math.exp(x)
    if x > 1500.0:
        return INFINITY
    fraction, exponent = scaled_exp(x)
    return ldexp(fraction, exponent - 1)


def sinh(x: float) -> float:
    size = abs(x)
    if size < 1.0:
        return x + _sinh_tail(x)
    if size < 25.0:
        grown = math.exp(size)
        return math.copysign(0.5 * (grown - 1.0 / grown), x)
    return math.copysign(_half_exp(size), x) if x == x else NAN


def cosh(x: float) -> float:
    size = abs(x)
    if size < 25.0:
        grown = math.exp(size)
        return 0.5 * (grown + 1.0 / grown)
    return _half_exp(size) if x == x else NAN


def tanh(x: float) -> float:
    size = abs(x)
    if size < _TINY:
        return x
    if size < 1.0:
        return x + _tanh_tail(x)
    if size < 20.0:
        return math.copysign(1.0 - 2.0 / (math.exp(2.0 * size) + 1.0), x)
    return math.copysign(1.0, x) if x == x else NAN


def sech(x: float) -> float:
    """2*t/(1 + t^2) with t = exp(-abs(x))."""
    size = abs(x)
    if size < 25.0:
        t = math.exp(-size)
        square = t * t
        below = 1.0 + square
        high, low = quotient(2.0 * t, 0.0, below, square - (below - 1.0))
        return high + low
    return _twice_exp(-size)


def sech_derivative(n: float, x: float) -> float:
    """The n-th derivative of sech; the first is -sech(x)*tanh(x)."""
    if n == 0.0:
        return sech(x)
    return -(sech(x) * tanh(x)) if n == 1.0 else _any_sech_derivative(n, x)


def _twice_exp(x: float) -> float:
    """2*exp(x) for x < 0, rounded once where it is subnormal."""
    if x > -700.0:
        return 2.0 * math.exp(x)
    if x < -800.0:
        return 0.0
    if x != x:
        return NAN
    fraction, exponent = scaled_exp(x)
    return math.ldexp(fraction, exponent + 1)


def csch(x: float) -> float:
    """1/sinh(x); 2*t/(1 - t^2) with t = exp(-abs(x)) far from 0."""
    size = abs(x)
    if size < _TINY:
        return divide(1.0, x)
    if size < 1.0:
        high, low = quotient(1.0, 0.0, *two_sum(x, _sinh_tail(x)))
        return high + low
    if size < 25.0:
        t = math.exp(-size)
        square = t * t
        below = 1.0 - square
        high, low = quotient(2.0 * t, 0.0, below, (1.0 - below) - square)
        return math.copysign(high + low, x)
    return math.copysign(_twice_exp(-size), x) if x == x else NAN


def coth(x: float) -> float:
    size = abs(x)
    if size < _TINY:
        return divide(1.0, x)
    if size < 1.0:
        high, low = quotient(1.0, 0.0, *two_sum(x, _tanh_tail(x)))
        return high + low
    if size < 20.0:
        return math.copysign(1.0 + 2.0 / math.expm1(2.0 * size), x)
    return math.copysign(1.0, x) if x == x else NAN


def asinh(x: float) -> float:
    """log(x + sqrt(x^2 + 1)) of abs(x)."""
    size = abs(x)
    if size < _TINY or not math.isfinite(x):
        return x
    if size > _HUGE:
        return math.copysign(math.log(size) + _LOG_2, x)
    square, error = two_product(size, size)
    high, low = two_sum(square, 1.0)
    return math.copysign(_log_plus(size, *root(high, low + error)), x)


def _log_plus(x: float, high: float, low: float) -> float:
    """log(x + high + low)."""
    total, error = two_sum(x, high)
    return math.log(total) + (error + low) / total


def acosh(x: float) -> float:
    """log(x + sqrt(x^2 - 1))."""
    if x <= 1.0:
        return 0.0 if x == 1.0 else NAN
    if not x <= _HUGE:
        return math.log(x) + _LOG_2
    square, error = two_product(x, x)
    high, low = two_sum(square, -1.0)
    return _log_plus(x, *root(high, low + error))


def atanh(x: float) -> float:
    """log((1 + x)/(1 - x))/2 of abs(x)."""
    size = abs(x)
    if size < _TINY:
        return x
    if size < 1.0:
        return math.copysign(0.5 * log_quotient(*two_sum(1.0, size), *two_sum(1.0, -size)), x)
    return math.copysign(INFINITY, x) if size == 1.0 else NAN


def asech(x: float) -> float:
    """log((1 + sqrt(1 - x^2))/x)."""
    if not 0.0 <= x <= 1.0:
        return NAN
    if x < _TINY:
        return _LOG_2 - math.log(x) if x > 0.0 else INFINITY
    if x == 1.0:
        return 0.0
    high, low = _leg(1.0, x)
    total, error = two_sum(1.0, high)
    return log_quotient(total, error + low, x, 0.0)


def asech_derivative(n: float, x: float) -> float:
    """The n-th derivative of asech; the first is -1/(x*sqrt(1 - x^2))."""
    if n == 0.0:
        return asech(x)
    return -divide(divide(1.0, x), cathetus(1.0, x)) if n == 1.0 else _any_asech_derivative(n, x)


def acsch(x: float) -> float:
    """log((1 + sqrt(1 + x^2))/x) of abs(x)."""
    size = abs(x)
    if size > _HUGE or x != x:
        return 1.0 / x
    if size < _TINY:
        return math.copysign(_LOG_2 - math.log(size) if size > 0.0 else INFINITY, x)
    square, error = two_product(size, size)
    high, low = two_sum(square, 1.0)
    high, low = root(high, low + error)
    total, rest = two_sum(1.0, high)
    return math.copysign(log_quotient(total, rest + low, size, 0.0), x)


def acoth(x: float) -> float:
    """log((x + 1)/(x - 1))/2 of abs(x)."""
    size = abs(x)
    if size > _HUGE or x != x:
        return 1.0 / x
    if size > 1.0:
        return math.copysign(0.5 * log_quotient(*two_sum(size, 1.0), *two_sum(size, -1.0)), x)
    return math.copysign(INFINITY, x) if size == 1.0 else NAN


# -- Right triangles -------------------------------------------------------------------------


def hypot(x: float, y: float) -> float:
    return NAN if x != x or y != y else math.hypot(x, y)


def hypot_derivative(m: float, n: float, x: float, y: float) -> float:
    """That of hypot, m times along x and n times along y; the first ones are `direction`."""
    if m + n > 1.0 or m + n != m + n:
        return _any_hypot_derivative(m, n, x, y)
    if (m, n) == (0.0, 0.0):
        return hypot(x, y)
    if (m, n) == (1.0, 0.0):
        return direction(x, y)
    return direction(y, x) if (m, n) == (0.0, 1.0) else NAN


def cathetus(h: float, x: float) -> float:
    """sqrt(h^2 - x^2), the other leg of a right triangle."""
    if not abs(x) <= h or x == h == INFINITY or -x == h == INFINITY:
        return NAN
    if abs(x) == h:
        return 0.0
    if 1e-120 < h < 1e150:
        high, low = _leg(h, x)
        return high + low
    if h == INFINITY:
        return INFINITY
    exponent = math.frexp(h)[1]
    high, low = _leg(math.ldexp(h, -exponent), math.ldexp(x, -exponent))
    return math.ldexp(high + low, exponent)


def _leg(h: float, x: float) -> tuple[float, float]:
    """sqrt((h - x)*(h + x)) to twice the precision."""
    total, total_error = two_sum(h, x)
    difference, difference_error = two_sum(h, -x)
    product, error = two_product(difference, total)
    return root(product, error + difference * total_error + total * difference_error)


def direction(x: float, y: float) -> float:
    """x/hypot(x, y), the cosine of the angle of the point (x, y); 0 for (0, 0)."""
    h = hypot(x, y)
    if 1e-290 < h < INFINITY:
        return x / h
    if h == 0.0 or h != h:
        return x * h if h == 0.0 else NAN
    if abs(y) == INFINITY:
        return NAN if abs(x) == INFINITY else math.copysign(0.0, x)
    if abs(x) == INFINITY:
        return math.copysign(1.0, x)
    scale = 0.25 if h == INFINITY else 2.0**200
    return (x * scale) / math.hypot(x * scale, y * scale)


def inversion(x: float, y: float) -> float:
    """x/(x^2 + y^2), the first coordinate of (x, y) inverted in the unit circle; 0 for (0, 0)."""
    h = hypot(x, y)
    if h == 0.0 or h != h:
        return x * h
    if h == INFINITY and not (abs(x) == INFINITY or abs(y) == INFINITY):
        h = math.hypot(x * 0.25, y * 0.25)
        return (x * 0.25 / h) / h * 0.25
    if h < 1e-290:
        h = math.hypot(x * 2.0**100, y * 2.0**100)
        return (x * 2.0**100 / h) / h * 2.0**100
    if h < 1e150:
        return x / (x * x + y * y) if h > 1e-120 else (x / h) / h
    return (x / h) / h if h < INFINITY else math.copysign(0.0, x)


# -- Inverse circular functions of 1/x -------------------------------------------------------


def asec(x: float) -> float:
    """acos(1/x), without rounding 1/x."""
    return math.atan2(cathetus(abs(x), 1.0), math.copysign(1.0, x))


def acsc(x: float) -> float:
    """asin(1/x), without rounding 1/x."""
    return math.copysign(math.atan2(1.0, cathetus(abs(x), 1.0)), x) if x == x else NAN


def acot(x: float) -> float:
    """atan(1/x), without rounding 1/x."""
    return math.copysign(math.atan2(1.0, abs(x)), x) if x == x else NAN
