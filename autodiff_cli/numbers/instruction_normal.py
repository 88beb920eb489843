"""Kernels as instructions: the normal distribution and the error functions.

A tail is an exponential of the square, whose rounding error is carried along, times a ratio that is
w*p(w) with w = 1/(t + c) and a polynomial p, one for all t (the idea of Shepherd and Laframboise 1981,
"Chebyshev approximation of (1 + 2x)exp(x^2)erfc x"). Both factors are in two parts.
"""

from typing import NamedTuple

from autodiff_cli.numbers import polynomials
from autodiff_cli.numbers.instruction_exponential import reduced, scaled, series
from autodiff_cli.numbers.instructions import Number, copysign, fma, horner, or_nan, polynomial, routine


class _Tail(NamedTuple):
    """exp(-rate*t^2) times a ratio, for t up to `reach`, where it is 0."""

    rate: float
    shift: float
    reach: float
    scale: tuple[float, float]
    coefficients: tuple[float, ...]
    low: tuple[float, float]


_NORMAL = _Tail(
    0.5,
    polynomials.NORMAL_SHIFT,
    polynomials.NORMAL_REACH,
    polynomials.NORMAL_SCALE,
    polynomials.NORMAL_TAIL,
    polynomials.NORMAL_TAIL_LOW,
)
_ERFC = _Tail(
    1.0,
    polynomials.ERFC_SHIFT,
    polynomials.ERFC_REACH,
    polynomials.ERFC_SCALE,
    polynomials.ERFC_TAIL,
    polynomials.ERFC_TAIL_LOW,
)
_TWO_OVER_ROOT_PI = (1.1283791670955126, 1.533545961316588e-17)


def _square_exp(t: Number, rate: float) -> tuple[Number, Number, Number]:
    """n + MAGIC, and exp(rate*t^2)/2^n in two parts, for t^2 that does not overflow."""
    square = t * t
    error = fma(t, t, -square)
    shifted, near, rest = reduced(rate * square)
    lost = fma(error, rate, rest)
    r = near + lost
    rest = lost - (r - near)
    high = 1.0 + r
    return shifted, high, (r - (high - 1.0)) + series(r, rest)


def _bounded(x: Number, reach: float) -> Number:
    """abs(x), at most `reach`; a NaN is NaN."""
    size = abs(x)
    return (size.of(reach) < size).choose(reach, size)


def _tail(t: Number, kind: _Tail) -> Number:
    shifted, high, low = _square_exp(t, -kind.rate)
    # The ratio: w*(first + u*p(u)), w with what its rounding and that of t + shift took.
    below = t + kind.shift
    lost = t - (below - kind.shift)
    w = 1.0 / below
    w_low = w * (fma(-w, below, 1.0) - w * lost)
    u = fma(w, kind.scale[0], kind.scale[1])
    u_low = kind.scale[0] * w_low
    *above, first = kind.coefficients
    part = polynomial(u, above)
    slope = horner(u, (3.0 * above[-3], 2.0 * above[-2], above[-1]))
    step = u * part
    step_low = fma(u, part, -step) + fma(u_low, slope, fma(u, kind.low[0], kind.low[1]))
    ratio = first + step
    ratio_low = (step - (ratio - first)) + step_low
    product = high * w
    product_low = fma(high, w, -product) + fma(low, w, high * w_low)
    found = product * ratio
    found_low = fma(product, ratio, -found) + fma(product_low, ratio, product * ratio_low)
    return scaled(found + found_low, shifted)


@routine
def _normal_tail(t: Number) -> Number:
    return _tail(t, _NORMAL)


@routine
def _erfc_tail(t: Number) -> Number:
    return _tail(t, _ERFC)


def normcdf(x: Number) -> Number:
    below = _normal_tail(_bounded(x, _NORMAL.reach))
    return (x > 0.0).choose(1.0 - below, below)


def erfc(x: Number) -> Number:
    below = _erfc_tail(_bounded(x, _ERFC.reach))
    return (x < 0.0).choose(2.0 - below, below)


@routine
def erf(x: Number) -> Number:
    """By its power series below 1, and by the complement from there."""
    square = x * x
    high, low = _TWO_OVER_ROOT_PI
    near = fma(x, high, x * fma(square, polynomial(square, polynomials.ERF), low))
    far = copysign(1.0 - _erfc_tail(_bounded(x, _ERFC.reach)), x)
    return or_nan((abs(x) < 1.0).choose(near, far), x)


@routine
def gaussian(x: Number) -> Number:
    """exp(-x^2), without rounding x^2."""
    shifted, high, low = _square_exp(_bounded(x, 30.0), -1.0)
    return scaled(high + low, shifted)


@routine
def expsquare(x: Number) -> Number:
    """exp(x^2), without rounding x^2."""
    shifted, high, low = _square_exp(_bounded(x, 27.5), 1.0)
    return scaled(high + low, shifted)


@routine
def normpdf(x: Number) -> Number:
    """exp(-x^2/2)/sqrt(2*pi)."""
    shifted, high, low = _square_exp(_bounded(x, 40.0), -0.5)
    rate, rate_low = 0.3989422804014327, -2.49232720227773e-17
    found = high * rate
    found_low = fma(high, rate, -found) + fma(low, rate, high * rate_low)
    return scaled(found + found_low, shifted)
