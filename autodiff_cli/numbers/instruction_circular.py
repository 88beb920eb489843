"""Kernels as instructions: circular functions and their inverses."""

import math
from functools import partial

from autodiff_cli.numbers.instruction_exponential import MAGIC
from autodiff_cli.numbers.instructions import (
    Kernel,
    Number,
    fma,
    library,
    polynomial,
    routine,
    select_far,
)
from autodiff_cli.numbers.polynomials import COS, SIN

# pi/2 in four parts; the first three have 33 bits, so that multiples by n < 2^20 are exact.
_HALF_PI = (1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32)
# Beyond it the C library is called.
_FAR = 1e6
_SIGN = 1 << 63


def _reduced(x: Number) -> tuple[Number, Number, Number]:
    """n + MAGIC, r and a rest with x = n*pi/2 + r + rest, abs(r) <= pi/4 and little more.

    Cody and Waite 1980, "Software Manual for the Elementary Functions", chapter 8.
    """
    shifted = fma(x, 2.0 / math.pi, MAGIC)
    n = shifted - MAGIC
    near = fma(n, -_HALF_PI[0], x)
    r, rest = _sum(near, n * -_HALF_PI[1])
    r, more = _sum(r, n * -_HALF_PI[2])
    rest = fma(n, -_HALF_PI[3], rest + more)
    total = r + rest
    return shifted, total, rest - (total - r)


def _sum(a: Number, b: Number) -> tuple[Number, Number]:
    """The sum and its rounding error."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _sine(r: Number, rest: Number) -> tuple[Number, Number]:
    """sin(r + rest) in two parts."""
    z = r * r
    return r, fma(z * r, polynomial(z, SIN), rest * fma(z, -0.5, 1.0))


def _cosine(r: Number, rest: Number) -> tuple[Number, Number]:
    """cos(r + rest) in two parts."""
    z = r * r
    half = 0.5 * z
    high = 1.0 - half
    return high, ((1.0 - high) - half) + fma(z * z, polynomial(z, COS), -(r * rest))


def _turned(x: Number, turns: int) -> Number:
    """sin(x + turns*pi/2) for x that is not far."""
    shifted, r, rest = _reduced(x)
    quarter = shifted.bits() + turns
    (sine, sine_low), (cosine, cosine_low) = _sine(r, rest), _cosine(r, rest)
    sine, cosine = sine + sine_low, cosine + cosine_low
    size = (quarter & 1).is_zero().choose(sine, cosine)
    return (size.bits() ^ ((quarter << 62) & _SIGN)).number()


def _near_or_far(x: Number, near: Kernel, far: Kernel) -> Number:
    return select_far(abs(x) > _FAR, partial(far, x), partial(near, x))


@routine
def sin(x: Number) -> Number:
    found = _near_or_far(x, partial(_turned, turns=0), library("sin"))
    # Of -0 it is -0.
    return x.equals(0.0).choose(x, found)


@routine
def cos(x: Number) -> Number:
    return _near_or_far(x, partial(_turned, turns=1), library("cos"))


def _tangent(x: Number) -> Number:
    """The quotient of sine and cosine, or less its inverse, each in two parts."""
    shifted, r, rest = _reduced(x)
    (sine, sine_low), (cosine, cosine_low) = _sine(r, rest), _cosine(r, rest)
    is_even = (shifted.bits() & 1).is_zero()
    above, above_low = is_even.choose(sine, -cosine), is_even.choose(sine_low, -cosine_low)
    below, below_low = is_even.choose(cosine, sine), is_even.choose(cosine_low, sine_low)
    total = below + below_low
    below_low = below_low - (total - below)
    high = above / total
    return high + (fma(-high, total, above) + (above_low - high * below_low)) / total


@routine
def tan(x: Number) -> Number:
    found = _near_or_far(x, _tangent, library("tan"))
    return x.equals(0.0).choose(x, found)
