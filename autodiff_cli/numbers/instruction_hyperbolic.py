"""Kernels as instructions: hyperbolic functions, their inverses, and the sides of a right triangle."""

import math

from autodiff_cli.numbers.instruction_exponential import (
    INFINITY,
    NAN,
    decay,
    expm1,
    half_exp,
    log,
    log_finite,
    log_quotient,
    twice_exp,
)
from autodiff_cli.numbers.instructions import (
    NoCodeError,
    Number,
    Parts,
    copysign,
    fma,
    library,
    or_nan,
    polynomial,
    product,
    quotient,
    root,
    routine,
    two_product,
    two_sum,
)
from autodiff_cli.numbers.polynomials import SINH, TANH

# Below it x + x^3/3 and the like are x; its inverse is where sqrt(x^2 + 1) is x.
_TINY, _HUGE = 2.0**-27, 2.0**28
_LOG_2 = math.log(2.0)


@routine
def sinh(x: Number) -> Number:
    """By its power series below 1, and by exponentials from there."""
    size, square = abs(x), x * x
    near = fma(x * square, polynomial(square, SINH), x)
    half = half_exp(size)
    far = copysign(half - 0.25 / half, x)
    return or_nan((size < 1.0).choose(near, far), x)


@routine
def cosh(x: Number) -> Number:
    half = half_exp(abs(x))
    return half + 0.25 / half


@routine
def tanh(x: Number) -> Number:
    """By its power series below 1, and by an exponential from there."""
    size, z = abs(x), x * x
    near = fma(x * z, polynomial(z, TANH), x)
    decayed = decay(size + size)
    far = copysign(1.0 - (decayed + decayed) / (1.0 + decayed), x)
    near = (size < _TINY).choose(x, near)
    return or_nan((size < 1.0).choose(near, far), x)


@routine
def sech(x: Number) -> Number:
    """2*t/(1 + t^2) with t = exp(-abs(x)); the divisor with what it lost."""
    t = decay(x)
    square = t * t
    below = 1.0 + square
    twice = t + t
    high = twice / below
    low = fma(-high, below, twice) - high * (square - (below - 1.0))
    near = high + low / below
    size = abs(x)
    return or_nan((size < 25.0).choose(near, twice_exp(-size)), x)


def sech_derivative(n: Number, x: Number) -> Number:
    if n.constant == 0.0:
        return sech(x)
    if n.constant == 1.0:
        return -(sech(x) * tanh(x))
    raise NoCodeError


@routine
def csch(x: Number) -> Number:
    """1/sinh(x); 2*t/(1 - t^2) with t = exp(-abs(x)) far from 0."""
    size, square = abs(x), x * x
    high, low = quotient((x.of(1.0), x.of(0.0)), two_sum(x, x * square * polynomial(square, SINH)))
    near = high + low
    t = decay(x)
    square = t * t
    below = 1.0 - square
    high, low = quotient((t + t, t.of(0.0)), (below, (1.0 - below) - square))
    far = copysign((size < 25.0).choose(high + low, twice_exp(-size)), x)
    found = (size < 1.0).choose(near, far)
    return (size < _TINY).choose(1.0 / x, or_nan(found, x))


@routine
def coth(x: Number) -> Number:
    size, square = abs(x), x * x
    high, low = quotient((x.of(1.0), x.of(0.0)), two_sum(x, x * square * polynomial(square, TANH)))
    near = high + low
    far = copysign(1.0 + 2.0 / expm1(size + size), x)
    found = (size < 1.0).choose(near, far)
    return (size < _TINY).choose(1.0 / x, or_nan(found, x))


@routine
def asinh(x: Number) -> Number:
    """log(x + sqrt(x^2 + 1)) of abs(x)."""
    size = abs(x)
    square, error = two_product(size, size)
    high, low = two_sum(square, 1.0)
    near = _log_plus(size, root((high, low + error)))
    found = copysign((size > _HUGE).choose(log(size) + _LOG_2, near), x)
    return (size < _TINY).choose(x, or_nan(found, x))


def _log_plus(x: Number, more: Parts) -> Number:
    """log(x + more), of finite numbers."""
    total, error = two_sum(x, more[0])
    return log_finite(total, (error + more[1]) / total)


@routine
def acosh(x: Number) -> Number:
    """log(x + sqrt(x^2 - 1))."""
    square, error = two_product(x, x)
    high, low = two_sum(square, -1.0)
    found = (x > _HUGE).choose(log(x) + _LOG_2, _log_plus(x, root((high, low + error))))
    found = x.equals(1.0).choose(0.0, found)
    return (x >= 1.0).choose(found, NAN)


@routine
def atanh(x: Number) -> Number:
    """log((1 + x)/(1 - x))/2 of abs(x)."""
    size = abs(x)
    one = x.of(1.0)
    found = copysign(0.5 * log_quotient(two_sum(one, size), two_sum(one, -size)), x)
    found = size.equals(1.0).choose(copysign(INFINITY, x), found)
    found = (size <= 1.0).choose(found, NAN)
    return (size < _TINY).choose(x, found)


# -- Right triangles -------------------------------------------------------------------------


def _scale(size: Number) -> tuple[Number, Number]:
    """A power of 2 that brings a size near 1, and its inverse, both normal."""
    exponent = (size.bits() & (2047 << 52)).number()
    exponent = (exponent < 2.0**-1022).choose(2.0**-1022, exponent)
    exponent = (exponent > 2.0**1021).choose(2.0**1021, exponent)
    return ((exponent.bits() ^ ((1 << 64) - 1)) + ((2046 << 52) + 1)).number(), exponent


def _hypotenuse(x: Number, y: Number) -> tuple[Parts, Parts, Parts, Number, Number]:
    """x and y scaled, the square of the hypotenuse in two parts, and the scale with its inverse."""
    a, b = abs(x), abs(y)
    scale, inverse = _scale((a > b).choose(a, b))
    x, y = x * scale, y * scale
    (a, a_low), (b, b_low) = two_product(x, x), two_product(y, y)
    high, low = two_sum(a, b)
    return (x, a_low), (y, b_low), (high, low + (a_low + b_low)), scale, inverse


@routine
def hypot(x: Number, y: Number) -> Number:
    _, _, square, _, inverse = _hypotenuse(x, y)
    high, low = root(square)
    found = square[0].equals(0.0).choose(0.0, (high + low) * inverse)
    found = (abs(x).equals(INFINITY) | abs(y).equals(INFINITY)).choose(INFINITY, found)
    return or_nan(found, x, y)


@routine
def cathetus(h: Number, x: Number) -> Number:
    """sqrt((h - x)*(h + x)), the other leg of a right triangle."""
    scale, inverse = _scale(h)
    a, b = h * scale, x * scale
    high, low = product(two_sum(a, b), two_sum(a, -b))
    high, low = root((high, low))
    size = abs(x)
    found = size.equals(h).choose(0.0, (high + low) * inverse)
    found = h.equals(INFINITY).choose(INFINITY, found)
    return ((size <= h) & (size < INFINITY)).choose(found, NAN)


@routine
def direction(x: Number, y: Number) -> Number:
    """x/hypot(x, y), the cosine of the angle of the point (x, y); 0 for (0, 0)."""
    (near, _), _, square, _, _ = _hypotenuse(x, y)
    high, low = root(square)
    found = near / (high + low)
    x_far, y_far = abs(x).equals(INFINITY), abs(y).equals(INFINITY)
    found = y_far.choose(copysign(0.0, x), x_far.choose(copysign(1.0, x), found))
    found = (x_far & y_far).choose(NAN, found)
    return or_nan(square[0].equals(0.0).choose(x * 0.0, found), x, y)


@routine
def inversion(x: Number, y: Number) -> Number:
    """x/(x^2 + y^2); 0 for (0, 0)."""
    (near, _), _, square, scale, _ = _hypotenuse(x, y)
    # Scaled up where the quotient alone would be subnormal.
    is_small = abs(near) < 2.0**-900
    near = is_small.choose(near * 2.0**120, near)
    high, low = quotient((near, near.of(0.0)), square)
    found = (high + low) * scale * is_small.choose(2.0**-120, 1.0)
    is_far = abs(x).equals(INFINITY) | abs(y).equals(INFINITY)
    found = is_far.choose(copysign(0.0, x), found)
    return or_nan(x.equals(0.0).choose(x, found), x, y)


# -- Inverse circular functions of 1/x -------------------------------------------------------


def asec(x: Number) -> Number:
    return library("atan2")(cathetus(abs(x), x.of(1.0)), copysign(1.0, x))


def acsc(x: Number) -> Number:
    found = copysign(library("atan2")(x.of(1.0), cathetus(abs(x), x.of(1.0))), x)
    return or_nan(found, x)


def acot(x: Number) -> Number:
    return or_nan(copysign(library("atan2")(x.of(1.0), abs(x)), x), x)
