"""Float64 kernels on arrays: the normal distribution and the error functions of its kind.

The tail is exp(-u^2/2) times Mills' ratio, or exp(-x^2) times erfcx(x): the exponential with the
rounding error of the square, the ratio by a Taylor series about the nearest of many centres. Its
coefficients follow from the differential equation, in decimals, when the first array comes.
"""

import math
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any

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

_SPLIT = 134217729.0  # 2^27 + 1 (Dekker 1971)


@cache
def tail(is_normal: bool) -> Any:
    """The series of normcdf(-x)*exp(x^2/2), or of erfc(x)*exp(x^2), about k/PER_UNIT for all k.

    An array of a row for each power and a column for each centre.
    """
    rate = 1 if is_normal else 2
    table = np.empty((TERMS, _REACH * PER_UNIT + 1))
    with digits(30):
        slope = 1 / (2 * pi()).sqrt() if is_normal else 2 / pi().sqrt()
        for k in range(table.shape[1]):
            centre = Decimal(k) / PER_UNIT
            start = erfcx_decimal(centre / Decimal(2).sqrt()) / 2 if is_normal else erfcx_decimal(centre)
            table[:, k] = _series(rate, slope, centre, start)
    return table


def _series(rate: int, slope: Decimal, centre: Decimal, start: Decimal) -> list[float]:
    """Taylor coefficients of w about a centre, as w' = rate*x*w - slope."""
    found = [start, rate * centre * start - slope]
    for k in range(1, TERMS - 1):
        found.append(rate * (centre * found[k] + found[k - 1]) / (k + 1))
    return [float(coefficient) for coefficient in found]


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


def _tail(size: Any, half: float, table: Any) -> Any:
    """exp(-half*x^2) times the ratio, at x >= 0."""
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
    start = table[0].take(index, mode="clip", out=coefficient)
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
    return _density(x, 0.5, 0.3989422804014327, -2.49232720227773e-17)
