"""Float64 kernels on arrays: the normal distribution and the error functions of its kind.

The tail is exp(-u^2/2) times Mills' ratio, or exp(-x^2) times erfcx(x): the exponential with the
rounding error of the square, the ratio by a Taylor series about the nearest of many centres. Its
coefficients follow from the differential equation, in decimals, when the first array comes.
"""

import math
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from autodiff_cli.numbers.arrays_series import near_root
from autodiff_cli.numbers.double_double import quotient, two_product, two_sum
from autodiff_cli.numbers.error_functions import erfcx_decimal
from autodiff_cli.numbers.many_digits import digits, pi

# Its types say less than is done here.
np: Any = import_module("numpy")

# Centres lie so many to a unit, from 0 to where exp(-x^2) is 0; so many coefficients each have all
# digits within half the distance of two.
PER_UNIT = 16
TERMS = 11
# Beyond it the tails are 0.
_REACH = 40

# Of erf(x)/x - 1 in powers of x^2, the highest first; the first one is 2/sqrt(pi) - 1.
_SCALE = 2.0 / math.sqrt(math.pi)
_ERF = [_SCALE * (-1.0) ** k / (math.factorial(k) * (2 * k + 1)) for k in range(13, 0, -1)]
_ERF.append(0.1283791670955126)

# 1/sqrt(2*pi) as a sum.
_DENSITY, _DENSITY_LOW = 0.3989422804014327, -2.49232720227773e-17

_SPLIT = 134217729.0  # 2^27 + 1 (Dekker 1971)


@cache
def tail(is_normal: bool, is_slope: bool = False) -> Any:
    """The series of normcdf(-x)*exp(x^2/2), or of erfc(x)*exp(x^2), about k/PER_UNIT for all k.

    An array of a row for each power and a column for each centre. The slope of gelu at -x is the
    first less x/sqrt(2*pi), times exp(-x^2/2).
    """
    rate = 1 if is_normal else 2
    table = np.empty((TERMS, _REACH * PER_UNIT + 1))
    with digits(30):
        slope = 1 / (2 * pi()).sqrt() if is_normal else 2 / pi().sqrt()
        for k in range(table.shape[1]):
            centre = Decimal(k) / PER_UNIT
            start = erfcx_decimal(centre / Decimal(2).sqrt()) / 2 if is_normal else erfcx_decimal(centre)
            found = _series(rate, slope, centre, start)
            if is_slope:
                found[0] -= slope * centre
                found[1] -= slope
            table[:, k] = list(map(float, found))
    return table


def _series(rate: int, slope: Decimal, centre: Decimal, start: Decimal) -> list[Decimal]:
    """Taylor coefficients of w about a centre, as w' = rate*x*w - slope."""
    found = [start, rate * centre * start - slope]
    for k in range(1, TERMS - 1):
        found.append(rate * (centre * found[k] + found[k - 1]) / (k + 1))
    return found


def _square(x: Any) -> tuple[Any, Any]:
    """x^2 and what it lost by rounding (Dekker 1971); no error far out, where splitting overflows."""
    big = x * _SPLIT
    high = big - (big - x)
    low = x - high
    square = x * x
    error = ((high * high - square) + 2.0 * high * low) + low * low
    return square, np.where(square < 1600.0, error, 0.0)


def _density(x: Any, half: float, scale: float, scale_low: float) -> Any:
    """scale*exp(-half*x^2), the scale in two parts; its corrections are small beside it."""
    square, error = _square(x)
    return np.exp(-half * square) * (scale + (scale_low - (scale * half) * error))


def _ratio(size: Any, table: Any) -> tuple[Any, Any]:
    """A series of the table about the centre that is nearest, as a sum, at x >= 0."""
    nearest = np.rint(size * PER_UNIT)
    # What is beyond the last centre, or NaN, is clipped to a centre that is there.
    index = nearest.astype(np.intp)
    step = size - nearest * (1.0 / PER_UNIT)
    total = table[TERMS - 1].take(index, mode="clip")
    total *= step
    coefficient = np.empty_like(total)
    for k in range(TERMS - 2, 0, -1):
        total += table[k].take(index, mode="clip", out=coefficient)
        total *= step
    return table[0].take(index, mode="clip", out=coefficient), total


def _tail(size: Any, half: float, table: Any) -> Any:
    """exp(-half*x^2) times the ratio, at x >= 0."""
    start, total = _ratio(size, table)
    square, error = _square(size)
    error *= half
    error *= start + total
    total -= error
    total += start
    square *= -half
    total *= np.exp(square, out=square)
    return np.where(size >= _REACH, 0.0, total)


def normcdf(x: Any) -> Any:
    below = _tail(np.abs(x), 0.5, tail(True))
    return np.where(x > 0.0, 1.0 - below, below)


def erfc(x: Any) -> Any:
    below = _tail(np.abs(x), 1.0, tail(False))
    return np.where(x < 0.0, 2.0 - below, below)


def erf(x: Any) -> Any:
    """By its power series near 0, and as 1 - erfc(x) further out."""
    square = x * x
    total = np.full_like(x, _ERF[0])
    for coefficient in _ERF[1:]:
        total *= square
        total += coefficient
    far = np.copysign(1.0 - _tail(np.abs(x), 1.0, tail(False)), x)
    return np.where(square < 0.25, x + x * total, far)


def gaussian(x: Any) -> Any:
    """exp(-x^2)."""
    return _density(x, 1.0, 1.0, 0.0)


def normpdf(x: Any) -> Any:
    return _density(x, 0.5, _DENSITY, _DENSITY_LOW)


def normpdf_derivative(x: Any) -> Any:
    """The first derivative of normpdf."""
    square, error = _square(x)
    scale, rest = two_product(x, -_DENSITY)
    found = np.exp(-0.5 * square) * (scale + (rest - x * _DENSITY_LOW - 0.5 * error * scale))
    # Where the errors underflow, the product alone is rounded well, and keeps its sign.
    found = np.where(np.abs(x) < 1e-280, scale, found)
    return _near(x, np.where(x == 0.0, -0.0, found))


def gaussian_derivative(x: Any) -> Any:
    """The first derivative of gaussian."""
    square, error = _square(x)
    scale = -2.0 * x
    found = np.where(x == 0.0, -0.0, np.exp(-square) * (scale - scale * error))
    return np.where(square < 700.0, found, np.nan)


def erfcx(x: Any) -> Any:
    """exp(x^2)*erfc(x), with its asymptotic series from 39 on (Abramowitz and Stegun, 7.1.23)."""
    start, total = _ratio(np.abs(x), tail(False))
    z = 0.5 / (x * x)
    series = z * (-1.0 + z * (3.0 + z * (-15.0 + z * (105.0 - 945.0 * z))))
    far = 0.5641895835477563 / x
    square, error = _square(x)
    near = start + total
    grown = 2.0 * np.exp(square)
    below = (grown - near) + grown * error
    found = np.where(x >= 39.0, far + far * series, np.where(x >= 0.0, near, below))
    # Deeper it overflows, or soon does.
    return np.where(x > -26.0, found, np.nan)


class _Parts(NamedTuple):
    """exp(-x^2/2) as exp(-square/2)*(1 - half_error), and normcdf(-x), and its ratio, as sums."""

    exponential: Any
    half_error: Any
    half_square: Any
    ratio: Any
    ratio_low: Any
    below: Any
    below_low: Any


def _parts(x: Any) -> _Parts:
    """For x >= 0; good up to where the square's error counts, well below _REACH."""
    start, total = _ratio(x, tail(True))
    ratio = start + total
    low = total - (ratio - start)
    square, error = _square(x)
    half, error = 0.5 * square, 0.5 * error
    exponential = np.exp(-half)
    below, rest = two_product(exponential, ratio)
    return _Parts(
        exponential, error, half, ratio, low, below, rest + exponential * (low - error * ratio)
    )


def _near(x: Any, found: Any) -> Any:
    """NaN where a tail is nearly subnormal, or nothing."""
    return np.where(np.abs(x) < 36.0, found, np.nan)


def lognormcdf(x: Any) -> Any:
    """By the logarithm of the ratio below 0, and of 1 less the tail above."""
    p = _parts(np.abs(x))
    below = (np.log(p.ratio) - p.half_square) + (p.ratio_low / p.ratio - p.half_error)
    rest, error = two_sum(1.0, -p.below)
    error = error - p.below_low
    # The logarithm is the more accurate one, where it is not near 0.
    above = np.where(p.below > 0.1, np.log(rest) + error / rest, np.log1p(-p.below) - p.below_low / rest)
    return _near(x, np.where(x < 0.0, below, above))


def lognormcdf_derivative(x: Any) -> Any:
    """The first derivative of lognormcdf, normpdf(x)/normcdf(x)."""
    p = _parts(np.abs(x))
    above, rest = two_product(p.exponential, _DENSITY)
    above_low = rest + p.exponential * (_DENSITY_LOW - _DENSITY * p.half_error)
    under, error = two_sum(1.0, -p.below)
    high, low = quotient(above, above_low, under, error - p.below_low)
    return _near(x, np.where(x < 0.0, _DENSITY / p.ratio, high + low))


def gelu(x: Any) -> Any:
    """x*normcdf(x)."""
    p = _parts(np.abs(x))
    rest, error = two_sum(1.0, -p.below)
    is_above = x > 0.0
    product, low = two_product(x, np.where(is_above, rest, p.below))
    found = product + (low + x * np.where(is_above, error - p.below_low, p.below_low))
    return _near(x, np.where(np.abs(x) < 1e-290, 0.5 * x, found))


def gelu_derivative(x: Any) -> Any:
    """The first derivative of gelu: at x it is 1 less that at -x."""
    size = np.abs(x)
    below = near_root("gelu", -size, _tail(size, 0.5, tail(True, is_slope=True)))
    return _near(x, np.where(x > 0.0, 1.0 - below, below))
