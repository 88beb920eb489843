"""Kernels as instructions: the normal distribution and the error functions.

A tail is an exponential of the square, whose rounding error is carried along, times a ratio that is
w*p(w) with w = 1/(t + c) and a polynomial p, one for all t (the idea of Shepherd and Laframboise 1981,
"Chebyshev approximation of (1 + 2x)exp(x^2)erfc x"). Both factors are in two parts.
"""

from typing import NamedTuple

from autodiff_cli.numbers import polynomials
from autodiff_cli.numbers.instruction_exponential import INFINITY, reduced, scaled, series
from autodiff_cli.numbers.instructions import (
    Kernel,
    NoCodeError,
    Number,
    copysign,
    fma,
    horner,
    or_nan,
    polynomial,
    product,
    routine,
)


class _Tail(NamedTuple):
    """exp(-rate*t^2) times a ratio; it is 0 from `reach` on."""

    rate: float
    reach: float
    shift: float
    coefficients: tuple[float, ...]
    low: tuple[float, float]


_NORMAL = _Tail(
    0.5, 40.0, polynomials.NORMAL_SHIFT, polynomials.NORMAL_TAIL, polynomials.NORMAL_TAIL_LOW
)
_ERFC = _Tail(1.0, 28.0, polynomials.ERFC_SHIFT, polynomials.ERFC_TAIL, polynomials.ERFC_TAIL_LOW)
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


def _ratio(t: Number, kind: _Tail) -> tuple[Number, Number]:
    """exp(rate*t^2) times the tail in two parts, for t >= 0, as w times a polynomial of u."""
    below = t + kind.shift
    lost = _lost(t, kind.shift, below)
    w = 1.0 / below
    w_low = w * (fma(-w, below, 1.0) - w * lost)
    u = fma(w, 2.0 * kind.shift, -1.0)
    u_low = (2.0 * kind.shift) * w_low
    *above, first = kind.coefficients
    part = polynomial(u, above)
    slope = horner(u, (3.0 * above[-3], 2.0 * above[-2], above[-1]))
    step = u * part
    step_low = fma(u, part, -step) + fma(u_low, slope, fma(u, kind.low[0], kind.low[1]))
    ratio = first + step
    ratio_low = (step - (ratio - first)) + step_low
    return product((w, w_low), (ratio, ratio_low))


def _lost(t: Number, shift: float, total: Number) -> Number:
    """What rounding took from total = t + shift, where one is not much smaller than the other."""
    return t - (total - shift)


def _tail(t: Number, kind: _Tail) -> tuple[Number, Number]:
    """n + MAGIC, and the tail over 2^n."""
    shifted, *power = _square_exp(t, -kind.rate)
    high, low = product((power[0], power[1]), _ratio(t, kind))
    return shifted, high + low


@routine
def _normal_tail(t: Number) -> Number:
    shifted, fraction = _tail(t, _NORMAL)
    return scaled(fraction, shifted)


@routine
def _erfc_tail(t: Number) -> Number:
    shifted, fraction = _tail(t, _ERFC)
    return scaled(fraction, shifted)


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


def _gaussian(x: Number) -> tuple[Number, Number]:
    """n + MAGIC, and exp(-x^2)/2^n, without rounding x^2."""
    shifted, high, low = _square_exp(_bounded(x, 30.0), -1.0)
    return shifted, high + low


@routine
def gaussian(x: Number) -> Number:
    shifted, fraction = _gaussian(x)
    return scaled(fraction, shifted)


@routine
def expsquare(x: Number) -> Number:
    """exp(x^2), without rounding x^2."""
    shifted, high, low = _square_exp(_bounded(x, 27.5), 1.0)
    return scaled(high + low, shifted)


def _density(x: Number) -> tuple[Number, Number]:
    """n + MAGIC, and exp(-x^2/2)/sqrt(2*pi)/2^n."""
    shifted, high, low = _square_exp(_bounded(x, 40.0), -0.5)
    rate, rate_low = 0.3989422804014327, -2.49232720227773e-17
    found = high * rate
    found_low = fma(high, rate, -found) + fma(low, rate, high * rate_low)
    return shifted, found + found_low


@routine
def normpdf(x: Number) -> Number:
    shifted, fraction = _density(x)
    return scaled(fraction, shifted)


@routine
def _normpdf_first(x: Number) -> Number:
    shifted, fraction = _density(x)
    return scaled(-_bounded_to(x, 40.0) * fraction, shifted)


@routine
def _normpdf_second(x: Number) -> Number:
    """x^2 - 1 is rounded once, and so is x^2 - 3 below: they have all digits beside their zeros."""
    shifted, fraction = _density(x)
    near = _bounded_to(x, 40.0)
    return scaled(fma(near, near, -1.0) * fraction, shifted)


@routine
def _normpdf_third(x: Number) -> Number:
    shifted, fraction = _density(x)
    near = _bounded_to(x, 40.0)
    return scaled(-near * fma(near, near, -3.0) * fraction, shifted)


@routine
def _gaussian_first(x: Number) -> Number:
    shifted, fraction = _gaussian(x)
    return scaled(-2.0 * _bounded_to(x, 30.0) * fraction, shifted)


@routine
def _gaussian_second(x: Number) -> Number:
    shifted, fraction = _gaussian(x)
    twice = 2.0 * _bounded_to(x, 30.0)
    return scaled(fma(twice, twice, -2.0) * fraction, shifted)


@routine
def _gaussian_third(x: Number) -> Number:
    shifted, fraction = _gaussian(x)
    twice = 2.0 * _bounded_to(x, 30.0)
    return scaled(-twice * fma(twice, twice, -6.0) * fraction, shifted)


def _bounded_to(x: Number, reach: float) -> Number:
    """x, between -reach and reach."""
    return copysign(_bounded(x, reach), x)


def _of_order(*kernels: Kernel) -> Kernel:
    """A derivative of an order that is a constant, by the kernels of the orders 0, 1, ..."""

    def kernel(n: Number, x: Number) -> Number:
        for order, found in enumerate(kernels):
            if n.constant == order:
                return found(x)
        raise NoCodeError

    return kernel


normpdf_derivative = _of_order(normpdf, _normpdf_first, _normpdf_second, _normpdf_third)
gaussian_derivative = _of_order(gaussian, _gaussian_first, _gaussian_second, _gaussian_third)


@routine
def gelu(x: Number) -> Number:
    """x*normcdf(x): for a negative x scaled once, at the end."""
    size = _bounded(x, _NORMAL.reach)
    shifted, fraction = _tail(size, _NORMAL)
    below = scaled(size * fraction, shifted)
    return (x >= 0.0).choose(x - below, -below)


@routine
def erfcx(x: Number) -> Number:
    """The ratio alone; of a negative x it is 2*exp(x^2) less the one of -x."""
    high, low = _ratio(_bounded(x, 1.7976931348623157e308), _ERFC)
    shifted, power, power_low = _square_exp(_bounded(x, 27.5), 1.0)
    # Half of it comes first, since twice the power overflows before the difference does.
    difference = scaled(power, shifted) - 0.5 * high
    lost = (scaled(power, shifted) - difference) - 0.5 * high
    left = 2.0 * (difference + (lost + (scaled(power_low, shifted) - 0.5 * low)))
    left = difference.equals(INFINITY).choose(INFINITY, left)
    right = x.equals(INFINITY).choose(0.0, high + low)
    return or_nan((x < 0.0).choose(left, right), x)
