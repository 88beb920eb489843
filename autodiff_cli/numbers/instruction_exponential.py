"""Kernels as instructions: exponentials and logarithms, and what is made of them.

Without branches, so that all lanes do the same. Sums that round are kept in two parts where the
result would show it; each kernel is within 2 units in the last place of the one on floats.
"""

import math

from autodiff_cli.numbers.instructions import (
    Number,
    Parts,
    copysign,
    fma,
    or_nan,
    polynomial,
    quotient,
    routine,
    two_product,
    two_sum,
)
from autodiff_cli.numbers.polynomials import EXP, LOG

INFINITY, NAN = math.inf, math.nan

# Adding it to a number rounds that to a whole one, which then stands in the lowest bits.
MAGIC = 1.5 * 2.0**52
_MAGIC_BITS = 0x4338000000000000
# log(2) in two parts; the first has 32 bits, so that multiples by exponents are exact.
_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10
_LN2 = 0.6931471805599453


# -- Exponentials -----------------------------------------------------------------------------


def bounded(x: Number, low: float, high: float) -> Number:
    """x between two bounds; NaN stays NaN."""
    above = (x.of(low) > x).choose(low, x)
    return (above.of(high) < above).choose(high, above)


def reduced(x: Number) -> tuple[Number, Number, Number]:
    """n + MAGIC, r and a rest with x = n*log(2) + r + rest, abs(r) <= log(2)/2.

    Cody and Waite 1980, "Software Manual for the Elementary Functions", chapter 6.
    """
    shifted = fma(x, 1.0 / _LN2, MAGIC)
    n = shifted - MAGIC
    near = fma(n, -_LN2_HIGH, x)
    r = fma(n, -_LN2_LOW, near)
    return shifted, r, fma(n, -_LN2_LOW, near - r)


def series(r: Number, rest: Number) -> Number:
    """exp(r + rest) - 1 - r."""
    return fma(r * r, polynomial(r, EXP), rest)


def scaled(fraction: Number, shifted: Number) -> Number:
    """fraction*2^n from n + MAGIC, n from -1100 to 1100: rounded once where it is subnormal."""
    exponent = shifted.bits() - (_MAGIC_BITS - 2046)
    half = exponent >> 1
    return fraction * (half << 52).number() * ((exponent - half) << 52).number()


def times_power(fraction: Number, shifted: Number) -> Number:
    """fraction*2^n from n + MAGIC, where neither 2^n nor the result is beyond normal numbers."""
    return fraction * ((shifted.bits() << 52) + 0x3FF0000000000000).number()


def grown(r: Number, rest: Number) -> Number:
    """exp(r + rest), rounded about once."""
    high = 1.0 + r
    return high + ((r - (high - 1.0)) + series(r, rest))


@routine
def exp(x: Number) -> Number:
    shifted, r, rest = reduced(bounded(x, -750.0, 720.0))
    return scaled(grown(r, rest), shifted)


@routine
def decay(x: Number) -> Number:
    """exp(-abs(x)), and 0 from 700 on: for sums with 1."""
    shifted, r, rest = reduced(-bounded(abs(x), 0.0, 700.0))
    return times_power(grown(r, rest), shifted)


def exp_shifted(x: Number, power: int) -> Number:
    """exp(x)*2^power, which overflows or underflows only if the product does."""
    shifted, r, rest = reduced(bounded(x, -1000.0, 720.0))
    return scaled(grown(r, rest), shifted + float(power))


@routine
def half_exp(x: Number) -> Number:
    return exp_shifted(x, -1)


@routine
def twice_exp(x: Number) -> Number:
    return exp_shifted(x, 1)


@routine
def expm1(x: Number) -> Number:
    """2^n*(exp(r) - 1) + (2^n - 1), what is large first, its rounding error carried along."""
    shifted, r, rest = reduced(bounded(x, -60.0, 720.0))
    power = ((shifted.bits() << 52) + 0x3FF0000000000000).number()
    start, step = power - 1.0, power * r
    total = start + step
    lost = step - (total - start)
    near = total + fma(power, series(r, rest), lost)
    near = (x > 40.0).choose(exp(x), near)
    return (abs(x) < 1e-290).choose(x, near)


@routine
def exp2(x: Number) -> Number:
    """The exponent is x rounded to a whole number; what is left times log(2) is r."""
    near = bounded(x, -1080.0, 1030.0)
    shifted = near + MAGIC
    part = near - (shifted - MAGIC)
    r = part * _LN2
    rest = fma(part, _LN2, -r) + part * 2.3190468138462996e-17
    return scaled(grown(r, rest), shifted)


# -- Logarithms -------------------------------------------------------------------------------

_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
_SHIFT = (1024 << 52) - _SQRT_HALF_BITS


def parted(x: Number) -> tuple[Number, Number]:
    """An exponent of 2 and a number between sqrt(1/2) and sqrt(2), of a positive x."""
    is_small = x < 2.0**-1022
    bits = is_small.choose(x * 2.0**54, x).bits()
    moved = bits + _SHIFT
    exponent = ((moved >> 52) | 0x4330000000000000).number()
    near = ((bits - (moved & 0xFFF0000000000000)) + (1024 << 52)).number()
    return exponent - is_small.choose(2.0**52 + 1024 + 54, 2.0**52 + 1024), near


def log_parts(f: Number) -> tuple[Number, Number]:
    """log(1 + f) is the sum of f and the second less the first, for 1 + f as `parted` gives it.

    With s = f/(2 + f) it is 2*s + s^3*p(s^2), and 2*s is f - s*f.
    """
    s = f / (2.0 + f)
    z = s * s
    half = 0.5 * (f * f)
    return half, s * fma(z, polynomial(z, LOG), half)


def log_finite(x: Number, low: Number | float) -> Number:
    """log(x*(1 + low)) of a positive, finite x."""
    exponent, near = parted(x)
    f = near - 1.0
    half, rest = log_parts(f)
    return _summed(exponent, f, (half - fma(exponent, _LN2_LOW, rest)) - low)


def _summed(exponent: Number, f: Number, small: Number) -> Number:
    """exponent*log(2) + f - small, to half a unit and little more."""
    large = exponent * _LN2_HIGH
    total = large + f
    return total + ((f - (total - large)) - small)


def log_edges(x: Number, found: Number) -> Number:
    """A logarithm of x where x is 0, infinite, negative or NaN."""
    found = x.equals(INFINITY).choose(x, found)
    found = x.equals(0.0).choose(-INFINITY, found)
    return (x >= 0.0).choose(found, NAN)


@routine
def log(x: Number) -> Number:
    return log_edges(x, log_finite(x, 0.0))


@routine
def log1p(x: Number) -> Number:
    """The logarithm of u = 1 + x, and what rounding took from u."""
    u = 1.0 + x
    part = u - x
    lost = (x - (u - part)) + (1.0 - part)
    found = log_edges(u, log_finite(u, lost / u))
    found = x.equals(INFINITY).choose(x, found)
    return (abs(x) < 2.0**-54).choose(x, found)


@routine
def log2(x: Number) -> Number:
    return log_edges(x, _log_to_base(x, 1.4426950408889634, 2.0355273740931033e-17, 1.0, 0.0))


@routine
def log10(x: Number) -> Number:
    found = _log_to_base(
        x, 0.4342944819032518, 1.098319650216765e-17, 0.30102999560767785, 5.630334806675098e-11
    )
    return log_edges(x, found)


def _log_to_base(x: Number, rate: float, rate_low: float, step: float, step_low: float) -> Number:
    """exponent*step + rate*log(near), the logarithm and its factors in two parts."""
    exponent, near = parted(x)
    f = near - 1.0
    half, rest = log_parts(f)
    high = f - half
    low = ((f - high) - half) + rest
    product = high * rate
    product_low = fma(high, rate, -product) + fma(high, rate_low, low * rate)
    large = exponent * step
    total = large + product
    return total + ((product - (total - large)) + fma(exponent, step_low, product_low))


def log_quotient(a: Parts, b: Parts) -> Number:
    """log(a/b), near 1 as well, of a quotient that is positive and finite."""
    high, low = quotient(a, b)
    return log_finite(high, low / high)


# -- Logistic functions -----------------------------------------------------------------------


@routine
def sigmoid(x: Number) -> Number:
    """1/(1 + t) or t/(1 + t) with t = exp(-abs(x)); the second with what its divisor lost."""
    t = decay(x)
    below = 1.0 + t
    high = t / below
    low = fma(-high, below, t) - high * (t - (below - 1.0))
    small = high + low / below
    small = (x < -40.0).choose(exp(x), small)
    large = (1.0 - high) - low
    return or_nan((x > 0.0).choose(large, small), x)


@routine
def softplus(x: Number) -> Number:
    """As on floats: max(x, 0) and the logarithm of 1 + exp(-abs(x)), with what the sum loses."""
    t = decay(x)
    total = 1.0 + t
    rest = log_finite(total, (t - (total - 1.0)) / total)
    rest = (x < -40.0).choose(exp(x), rest)
    return or_nan((x > 0.0).choose(x + rest, rest), x)


def log_sigmoid(x: Number) -> Number:
    return -softplus(-x)


@routine
def logit(x: Number) -> Number:
    """log(x/(1 - x))."""
    near = log_quotient((x, x.of(0.0)), two_sum(x.of(1.0), -x))
    found = (x > 1e-8).choose(near, log(x) + x)
    found = x.equals(1.0).choose(INFINITY, found)
    return (x > 1.0).choose(NAN, found)


@routine
def log1mexp(x: Number) -> Number:
    """log(1 - exp(x)) (Maechler 2012, "Accurately computing log(1 - exp(-abs(a)))")."""
    return (x > -_LN2).choose(log(-expm1(x)), log1p(-exp(x)))


@routine
def xlogy(x: Number, y: Number) -> Number:
    return (x.equals(0.0) & (y >= 0.0)).choose(0.0, x * log(y))


@routine
def xlog1py(x: Number, y: Number) -> Number:
    return (x.equals(0.0) & (y >= -1.0)).choose(0.0, x * (log1p(y) + 0.0))


@routine
def exprel(x: Number) -> Number:
    """(exp(x) - 1)/x, scaled where exp(x) overflows."""
    far = exp_shifted(x, -20) / x * 2.0**20
    found = (x > 700.0).choose(far, expm1(x) / x)
    found = (x > 720.0).choose(INFINITY, found)
    return x.equals(0.0).choose(1.0, found)


@routine
def silu(x: Number) -> Number:
    """x*sigmoid(x): for a negative x scaled once, at the end."""
    shifted, r, rest = reduced(bounded(-abs(x), -800.0, 0.0))
    t = decay(x)
    below = 1.0 + t
    near = x * grown(r, rest) / below
    left = scaled(near - near * (t - (below - 1.0)) / below, shifted)
    high, low = quotient((t, t.of(0.0)), (below, t - (below - 1.0)))
    right = x - (x * high + x * low)
    right = (x > 40.0).choose(x, right)
    found = x.equals(0.0).choose(x, (x > 0.0).choose(right, left))
    return (x < -800.0).choose(-0.0, found)


def elu(x: Number) -> Number:
    return (x > 0.0).choose(x, expm1(x))


def selu(x: Number) -> Number:
    """Klambauer and others 2017, "Self-normalizing neural networks"."""
    return (x > 0.0).choose(1.0507009873554805 * x, 1.7580993408473768 * expm1(x))


@routine
def cbrt(x: Number) -> Number:
    """By the logarithm, and one Newton step with an exact residual, as on floats."""
    exponent, near = parted(abs(x))
    thirds = x.code.intrinsic("floor", (exponent + 0.5) * (1.0 / 3.0))
    rest = exponent - 3.0 * thirds
    near = near * rest.equals(1.0).choose(2.0, rest.equals(2.0).choose(4.0, 1.0))
    guess = exp(log(near) * (1.0 / 3.0))
    square, square_error = two_product(guess, guess)
    cube, cube_error = two_product(square, guess)
    residual = ((near - cube) - cube_error) - square_error * guess
    found = copysign(times_power(guess + residual / (3.0 * square), thirds + MAGIC), x)
    return (abs(x).equals(INFINITY) | x.equals(0.0) | x.is_nan()).choose(x, found)
