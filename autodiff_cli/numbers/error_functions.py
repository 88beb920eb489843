"""Float64 kernels: error functions and the normal distribution, rounded once.

By the power series near 0, and further out by the continued fraction of the scaled
complement, exp(x^2)*erfc(x) (Abramowitz and Stegun, 7.1.6 and 7.1.14).
"""

import math
from decimal import Decimal

from autodiff_cli.numbers.many_digits import (
    DIGITS,
    HALF,
    ONE,
    ZERO,
    digits,
    is_order,
    magnitude,
    negligible,
    pi,
    precision,
)

INFINITY, NAN = math.inf, math.nan
# Below it the power series, above it the continued fraction.
_NEAR = Decimal("2.5")
# From here on the asymptotic series of derivatives have all digits.
_FAR = 1000.0
# From here on exp(-x^2/2) is 0, times any power of x that derivatives have.
_NOTHING = 60.0


# -- On decimals ------------------------------------------------------------------------------


def _series(square: Decimal) -> Decimal:
    """The sum of square^k*2^k/(1*3*...*(2*k + 1)) over k >= 0."""
    total, term, k = ZERO, ONE, 1
    while not negligible(term, total):
        total += term
        k += 2
        term *= 2 * square / k
    return total


def _erf(x: Decimal) -> Decimal:
    square = x * x
    return 2 / pi().sqrt() * (-square).exp() * x * _series(square)


def _erfcx(x: Decimal) -> Decimal:
    """exp(x^2)*erfc(x)."""
    if x < 0:
        return 2 * (x * x).exp() - _erfcx(-x)
    if x < _NEAR:
        return (x * x).exp() * (1 - _erf(x))
    # So many that the error is exp(-2*x*sqrt(2*terms)), or each of them gives three digits.
    terms = int((Decimal(precision()) * Decimal("1.1513") / x) ** 2 / 2) + precision() // 3 + 5
    below = x
    for k in range(terms, 0, -1):
        below = x + k * HALF / below
    return 1 / (below * pi().sqrt())


def _erfc(x: Decimal) -> Decimal:
    return 1 - _erf(x) if x < _NEAR else (-x * x).exp() * _erfcx(x)


def _normpdf(x: Decimal) -> Decimal:
    return (-x * x / 2).exp() / (2 * pi()).sqrt()


def _normcdf(x: Decimal) -> Decimal:
    return _erfc(-x / Decimal(2).sqrt()) / 2


def _hermite(order: int, x: Decimal, rate: int) -> Decimal:
    """The derivative of exp(-rate*x^2/2), over itself, by the recurrence of Hermite's polynomials."""
    before, here = ZERO, ONE
    for k in range(order):
        before, here = here, -rate * (x * here + k * before)
    return here


def _hazard(x: Decimal) -> Decimal:
    """normpdf(x)/normcdf(x)."""
    return (2 / pi()).sqrt() / _erfcx(-x / Decimal(2).sqrt())


# -- Kernels ----------------------------------------------------------------------------------


def erfcx_decimal(x: Decimal) -> Decimal:
    """exp(x^2)*erfc(x) of a decimal, to the digits of the context that `digits` gives."""
    return _erfcx(x)


def erfc(x: float) -> float:
    if abs(x) > 30.0:
        return 0.0 if x > 0.0 else 2.0
    with digits(DIGITS):
        return float(_erfc(Decimal(x)))


def erfcx(x: float) -> float:
    """exp(x^2)*erfc(x)."""
    return erfcx_derivative(0.0, x)


def erfcx_derivative(n: float, x: float) -> float:
    """The n-th derivative of erfcx, by recurrence; cancellation takes 2*log10(x) digits a step."""
    if not is_order(n):
        return NAN
    sign = -1.0 if n % 2.0 else 1.0
    if abs(x) == INFINITY:
        return sign * (0.0 if x > 0.0 else INFINITY)
    if x < -60.0:
        return sign * INFINITY
    order = int(n)
    if x > _FAR:
        with digits(DIGITS):
            return float(_erfcx_derivative_far(order, Decimal(x)))
    with digits(DIGITS + order * (2.0 * magnitude(x) + 1.0)):
        at = Decimal(x)
        before, here = ZERO, _erfcx(at)
        for k in range(order):
            before, here = here, 2 * (at * here + (k * before if k else -1 / pi().sqrt()))
        return float(here)


def _erfcx_derivative_far(order: int, x: Decimal) -> Decimal:
    """By the derivatives of its asymptotic series in 1/x."""
    term = math.factorial(order) * (-1 / x) ** order / (x * pi().sqrt())
    total, k = ZERO, 0
    while not negligible(term, total):
        total += term
        term *= -Decimal((2 * k + 1 + order) * (2 * k + 2 + order)) / ((k + 1) * 4) / x / x
        k += 1
    return total


def erfi(x: float) -> float:
    if abs(x) > 27.0:
        return math.copysign(INFINITY, x)
    with digits(DIGITS):
        at = Decimal(x)
        square = at * at
        total, term, k = ZERO, ONE, 0
        while not negligible(term, total):
            total += term / (2 * k + 1)
            k += 1
            term *= square / k
        return float(2 / pi().sqrt() * at * total)


def gaussian(x: float) -> float:
    """exp(-x^2), without rounding x^2."""
    return _exp_square(x, -1)


def gaussian_derivative(n: float, x: float) -> float:
    """The n-th derivative of exp(-x^2)."""
    if not is_order(n) or abs(x) > _NOTHING:
        return 0.0 if is_order(n) else NAN
    with digits(DIGITS + 2.0 * n):
        at = Decimal(x)
        return float(_hermite(int(n), at, 2) * (-at * at).exp())


def expsquare(x: float) -> float:
    """exp(x^2), without rounding x^2."""
    return _exp_square(x, 1)


def _exp_square(x: float, sign: int) -> float:
    if abs(x) > 30.0:
        return 0.0 if sign < 0 else INFINITY
    with digits(DIGITS):
        return float((sign * Decimal(x) * Decimal(x)).exp())


def erfinv(p: float) -> float:
    if not abs(p) < 1.0:
        return math.copysign(INFINITY, p) if abs(p) == 1.0 else NAN
    if p == 0.0:
        return p
    with digits(DIGITS):
        size = abs(Decimal(p))
        root = _erfinv_near_0(size) if size < HALF else _erfcinv(1 - size)
        return math.copysign(float(root), p)


def _erfinv_near_0(p: Decimal) -> Decimal:
    """Halley's steps, which triple the right digits, for erf(y) = p."""
    slope = pi().sqrt() / 2
    y = p * slope
    for _ in range(5):
        step = (_erf(y) - p) * slope * (y * y).exp()
        y -= step / (1 + y * step)
    return y


def _erfcinv(q: Decimal) -> Decimal:
    """Newton's steps for log(erfc(y)) = log(q), from the left of the root of a concave function."""
    target = q.ln()
    log = float(-target)
    y = Decimal(math.sqrt(max(log - 0.5 * math.log(3.2 * log), 0.05)))
    for _ in range(8):
        scaled = _erfcx(y)
        step = (scaled.ln() - y * y - target) * scaled * pi().sqrt() / 2
        y += step
        if abs(step) < Decimal("1e-20"):
            break
    return y


def normpdf(x: float) -> float:
    if abs(x) > 40.0:
        return 0.0
    with digits(DIGITS):
        return float(_normpdf(Decimal(x)))


def normpdf_derivative(n: float, x: float) -> float:
    """The n-th derivative of normpdf."""
    if not is_order(n) or abs(x) > _NOTHING:
        return 0.0 if is_order(n) else NAN
    with digits(DIGITS + 2.0 * n):
        at = Decimal(x)
        return float(_hermite(int(n), at, 1) * _normpdf(at))


def normcdf(x: float) -> float:
    if abs(x) > 40.0:
        return 0.0 if x < 0.0 else 1.0
    with digits(DIGITS):
        return float(_normcdf(Decimal(x)))


def gelu(x: float) -> float:
    """x*normcdf(x)."""
    if abs(x) > 40.0:
        return -0.0 if x < 0.0 else x
    with digits(DIGITS):
        return float(Decimal(x) * _normcdf(Decimal(x)))


def gelu_derivative(n: float, x: float) -> float:
    """The n-th derivative of x*normcdf(x), by Leibniz's rule."""
    if not is_order(n):
        return NAN
    if n == 0.0:
        return gelu(x)
    if abs(x) > _NOTHING:
        return 1.0 if n == 1.0 and x > 0.0 else 0.0
    order = int(n)
    with digits(DIGITS + 2.0 * n):
        at = Decimal(x)
        if order == 1:
            return float(at * _normpdf(at) + _normcdf(at))
        above = at * _hermite(order - 1, at, 1) + order * _hermite(order - 2, at, 1)
        return float(above * _normpdf(at))


def lognormcdf(x: float) -> float:
    """log(normcdf(x))."""
    if abs(x) > 1e154:
        return -INFINITY if x < 0.0 else 0.0
    with digits(DIGITS + (0.25 * min(x, 40.0) ** 2 if x > 0.0 else 0.0)):
        at = Decimal(min(x, 40.0))
        if at > -3:
            return float(_normcdf(at).ln()) if x < 40.0 else -0.0
        return float((_erfcx(-at / Decimal(2).sqrt()) / 2).ln() - at * at / 2)


def lognormcdf_derivative(n: float, x: float) -> float:
    """The n-th derivative of lognormcdf, by the power series of its slope m: m' = -m*(m + x)."""
    if not is_order(n):
        return NAN
    if n == 0.0:
        return lognormcdf(x)
    if x > 60.0:
        return 0.0
    order = int(n)
    if x < -1e20:
        return _lognormcdf_derivative_far(order, x)
    extra = order * (2.0 * magnitude(x) + 1.0) if x < 0.0 else 0.0
    with digits(DIGITS + extra):
        at = Decimal(x)
        slopes = [_hazard(at)]
        sums = [slopes[0] + at]
        for k in range(1, order):
            slopes.append(-sum((slopes[j] * sums[k - 1 - j] for j in range(k)), ZERO) / k)
            sums.append(slopes[k] + (1 if k == 1 else 0))
        return float(slopes[-1] * math.factorial(order - 1))


def _lognormcdf_derivative_far(order: int, x: float) -> float:
    """Those of -x^2/2 - log(-x)."""
    if order < 3:
        return -x if order == 1 else -1.0
    return math.factorial(order - 1) * (1.0 / -x) ** order
