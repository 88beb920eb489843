"""Float64 kernels: integrals of exponentials and sines, sin(x)/x, Lambert's function; rounded once.

By power series near 0, with as many more digits as their terms cancel, and by asymptotic
series from where those have all digits (Abramowitz and Stegun, 5.1, 5.2, 7.3).
"""

import math
from collections.abc import Callable
from decimal import Decimal

from autodiff_cli.numbers.gamma import euler
from autodiff_cli.numbers.many_digits import (
    DIGITS,
    EXACT,
    ONE,
    ZERO,
    digits,
    is_order,
    magnitude,
    negligible,
    pi,
    sin_cos,
    sinpi_cospi,
)

INFINITY, NAN = math.inf, math.nan
# Where asymptotic series have a smallest term of exp(-110), 48 digits.
_FAR = 110.0
# Digits that a power series with terms of up to exp(x) may lose, for each unit of x.
_LOST = 0.4343


# -- Series on decimals -----------------------------------------------------------------------


def _power_series(x: Decimal, first: int, step: int, sign: int) -> Decimal:
    """The sum of sign^j*x^k/(k*k!) over k = first + j*step."""
    total = ZERO
    term, k = (x if first == 1 else sign * x * x / 2 if first == 2 else ONE), first
    while True:
        total += term / k
        for _ in range(step):
            k += 1
            term *= x / k
        term *= sign
        if negligible(term, total) and k > x:
            return total


def _asymptotic(x: Decimal, first: int, step: int, sign: int) -> Decimal:
    """The sum of sign^j*k!/x^k over k = first + j*step."""
    total = ZERO
    term, k = (1 / x if first else ONE), first
    while not negligible(term, total) and k < abs(x):
        total += term
        for _ in range(step):
            k += 1
            term *= k / x
        term *= sign
    return total


def _ei(x: Decimal) -> Decimal:
    if abs(x) > _FAR:
        return x.exp() / x * _asymptotic(x, 0, 1, 1)
    return euler() + abs(x).ln() + _power_series(x, 1, 1, 1)


def _auxiliary(x: Decimal) -> tuple[Decimal, Decimal]:
    """f and g of the sine and cosine integrals, for a large x."""
    return _asymptotic(x, 0, 2, -1) / x, _asymptotic(x, 1, 2, -1) / x


def _digits_for(x: float) -> float:
    """Digits for a power series with terms of up to exp(abs(x)), where it is used."""
    return DIGITS + (2.0 * _LOST * abs(x) + 5.0 if abs(x) <= _FAR else 0.0)


# -- Exponential, sine and cosine integrals ---------------------------------------------------


def ei(x: float) -> float:
    if x == 0.0:
        return -INFINITY
    if abs(x) > 800.0:
        return INFINITY if x > 0.0 else -0.0
    with digits(_digits_for(x)):
        return float(_ei(Decimal(x)))


def li(x: float) -> float:
    """The integral of 1/log(t) from 0 to x, ei(log(x))."""
    if not 0.0 < x < INFINITY:
        return NAN if x < 0.0 else x
    if x == 1.0:
        return -INFINITY
    with digits(_digits_for(math.log(x))):
        return float(_ei(Decimal(x).ln()))


def si(x: float) -> float:
    if abs(x) == INFINITY:
        return math.copysign(math.pi / 2.0, x)
    with digits(_digits_for(x)):
        size = abs(Decimal(x))
        if size > _FAR:
            sine, cosine = sin_cos(size)
            f, g = _auxiliary(size)
            found = pi() / 2 - f * cosine - g * sine
        else:
            found = _power_series(size, 1, 2, -1)
        return math.copysign(float(found), x)


def ci(x: float) -> float:
    if not 0.0 < x < INFINITY:
        return -INFINITY if x == 0.0 else 0.0 if x == INFINITY else NAN
    with digits(_digits_for(x)):
        at = Decimal(x)
        if x > _FAR:
            sine, cosine = sin_cos(at)
            f, g = _auxiliary(at)
            return float(f * sine - g * cosine)
        return float(euler() + at.ln() + _power_series(at, 2, 2, -1))


def shi(x: float) -> float:
    if abs(x) > 800.0:
        return math.copysign(INFINITY, x)
    with digits(DIGITS):
        size = abs(Decimal(x))
        # Beyond, the share of exp(-x) is too small to count.
        found = _ei(size) / 2 if size > _FAR else _power_series(size, 1, 2, 1)
        return math.copysign(float(found), x)


def chi(x: float) -> float:
    if not 0.0 < x < 800.0:
        return -INFINITY if x == 0.0 else NAN if x < 0.0 else INFINITY
    with digits(DIGITS):
        at = Decimal(x)
        if x > _FAR:
            return float(_ei(at) / 2)
        return float(euler() + at.ln() + _power_series(at, 2, 2, 1))


# -- Derivatives of quotients by x ------------------------------------------------------------


def _quotient_derivative(order: int, x: Decimal, derivatives: list[Decimal]) -> Decimal:
    """The derivative of f(x)/x, from those of f: x*(f/x)' + f/x = f', and so on."""
    found = derivatives[0] / x
    for k in range(1, order + 1):
        found = (derivatives[k] - k * found) / x
    return found


def _derivative_near_0(order: int, x: Decimal, sign: int, scale: Decimal) -> Decimal:
    """That of the sum of sign^j*(scale*x)^(2*j)/(2*j + 1)!, term by term."""
    j = (order + 1) // 2
    k = 2 * j
    term = sign**j * scale**k * Decimal(math.factorial(k)) / math.factorial(k + 1)
    term *= (x if k > order else ONE) / math.factorial(k - order)
    total, square = ZERO, sign * scale * scale * x * x
    while not negligible(term, total):
        total += term
        k += 2
        term *= square * (k - 1) / (Decimal((k + 1) * (k - order)) * (k - order - 1))
    return total


def _quotient_digits(order: int, x: float) -> float:
    """Digits for `_quotient_derivative`, whose terms cancel where x is small."""
    return DIGITS + 2.0 * order + order * max(0.0, math.log10((order + 1) / abs(x)))


def sinc(x: float) -> float:
    """sin(pi*x)/(pi*x), and 1 for x = 0."""
    return sinc_derivative(0.0, x)


def sinc_derivative(n: float, x: float) -> float:
    """The n-th derivative of sin(pi*x)/(pi*x)."""
    if not is_order(n):
        return NAN
    if abs(x) == INFINITY:
        return 0.0
    order = int(n)
    if abs(x) < 1.0:
        with digits(DIGITS + order):
            return _signed_zero(float(_derivative_near_0(order, Decimal(x), -1, pi())), order, x)
    with digits(_quotient_digits(order, x)):
        at = Decimal(x)
        sine, cosine = sinpi_cospi(at)
        cycle = (sine, cosine, -sine, -cosine)
        rates = [cycle[k % 4] * pi() ** (k - 1) for k in range(order + 1)]
        return float(_quotient_derivative(order, at, rates))


def _signed_zero(value: float, order: int, x: float) -> float:
    """Of odd functions, a zero with the sign that goes with x."""
    if value != 0.0 or order % 2 == 0:
        return value
    return -x if order % 4 == 1 else x


def si_derivative(n: float, x: float) -> float:
    """The n-th derivative of the sine integral; from n = 1 on, that of sin(x)/x."""
    if not is_order(n):
        return NAN
    if n == 0.0:
        return si(x)
    if abs(x) == INFINITY:
        return 0.0
    order = int(n) - 1
    if abs(x) < 1.0:
        with digits(DIGITS + order):
            return _signed_zero(float(_derivative_near_0(order, Decimal(x), -1, ONE)), order, x)
    with digits(_quotient_digits(order, x)):
        at = Decimal(x)
        sine, cosine = sin_cos(at)
        cycle = (sine, cosine, -sine, -cosine)
        return float(_quotient_derivative(order, at, [cycle[k % 4] for k in range(order + 1)]))


def shi_derivative(n: float, x: float) -> float:
    """The n-th derivative of the integral of sinh(t)/t; from n = 1 on, that of sinh(x)/x."""
    if not is_order(n):
        return NAN
    if n == 0.0:
        return shi(x)
    if abs(x) > 1000.0:
        return INFINITY if n % 2.0 else math.copysign(INFINITY, x)
    order = int(n) - 1
    if abs(x) < 1.0:
        with digits(DIGITS + order):
            return float(_derivative_near_0(order, Decimal(x), 1, ONE))
    with digits(_quotient_digits(order, x)):
        at = Decimal(x)
        grown = at.exp()
        sinh, cosh = (grown - 1 / grown) / 2, (grown + 1 / grown) / 2
        rates = [cosh if k % 2 else sinh for k in range(order + 1)]
        return float(_quotient_derivative(order, at, rates))


# -- Derivatives of quotients by x with a pole at 0 -------------------------------------------


def ei_derivative(n: float, x: float) -> float:
    """The n-th derivative of ei; from n = 1 on, that of exp(x)/x."""
    if not is_order(n):
        return NAN
    if n == 0.0 or abs(x) > 1000.0:
        return ei(x)
    return _of_pole(n, x, lambda at: (at.exp(),))


def chi_derivative(n: float, x: float) -> float:
    """The n-th derivative of chi; from n = 1 on, that of cosh(x)/x."""
    if not is_order(n) or n == 0.0 or not 0.0 <= x < 1000.0:
        return chi(x) if is_order(n) else NAN
    return _of_pole(n, x, lambda at: ((at.exp() + (-at).exp()) / 2, (at.exp() - (-at).exp()) / 2))


def ci_derivative(n: float, x: float) -> float:
    """The n-th derivative of ci; from n = 1 on, that of cos(x)/x."""
    if not is_order(n) or n == 0.0 or not 0.0 <= x < INFINITY:
        return ci(x) if is_order(n) else NAN

    def rates(x: Decimal) -> tuple[Decimal, ...]:
        sine, cosine = sin_cos(x)
        return cosine, -sine, -cosine, sine

    return _of_pole(n, x, rates)


def _of_pole(n: float, x: float, rates: Callable[[Decimal], tuple[Decimal, ...]]) -> float:
    """The derivative of f(x)/x of one order less, where those of f come round again."""
    order = int(n) - 1
    with digits(DIGITS + 2.0 * n):
        at = Decimal(x)
        cycle = rates(at)
        return float(_quotient_derivative(order, at, [cycle[k % len(cycle)] for k in range(order + 1)]))


# -- Fresnel integrals ------------------------------------------------------------------------


def _fresnel(x: float) -> tuple[float, float]:
    """The integrals of sin and of cos of pi*t^2/2 from 0 to a finite x."""
    if x == 0.0:
        return x, x
    if abs(x) > 8.6:
        return _fresnel_far(x)
    with digits(DIGITS + 2.0 * _LOST * 1.5708 * x * x):
        at = Decimal(x)
        angle = pi() * at * at / 2
        sums = [ZERO, ZERO]
        term, k = at, 0
        while True:
            part = term / (2 * k + 1)
            sums[k % 2] += part if k % 4 < 2 else -part
            k += 1
            term *= angle / k
            if k > max(angle, 1) and negligible(term, sums[k % 2]):
                break
        cosines, sines = sums
        return float(sines), float(cosines)


def _fresnel_far(x: float) -> tuple[float, float]:
    with digits(DIGITS):
        size = abs(Decimal(x))
        sine, cosine = _half_square_turns(size)
        angle = pi() * size * size
        f, g = ZERO, ZERO
        term, k = ONE, 0
        while not negligible(term, ONE):
            f += term
            term *= (4 * k + 1) / angle
            g += term
            term *= -(4 * k + 3) / angle
            k += 1
        f, g = f / (pi() * size), g / (pi() * size)
        half = ONE / 2
        sines, cosines = half - f * cosine - g * sine, half + f * sine - g * cosine
        return math.copysign(float(sines), x), math.copysign(float(cosines), x)


def _half_square_turns(x: Decimal) -> tuple[Decimal, Decimal]:
    """sin and cos of pi*x^2/2."""
    with digits(EXACT):
        half_square = x * x / 2
    return sinpi_cospi(half_square)


def fresnels(x: float) -> float:
    return math.copysign(0.5, x) if abs(x) == INFINITY else _fresnel(x)[0]


def fresnelc(x: float) -> float:
    return math.copysign(0.5, x) if abs(x) == INFINITY else _fresnel(x)[1]


def _fresnel_derivatives(order: int, x: float) -> tuple[float, float]:
    """Derivatives of sin and cos of pi*x^2/2, by the coefficients of their Taylor series.

    They rotate: the slope of either is pi*x times the other.
    """
    extra = order * (magnitude(1.0 / x) if 0.0 < abs(x) < 1.0 else 0.0)
    with digits(DIGITS + 2 * order + min(extra, 1000.0)):
        at = Decimal(x)
        sine, cosine = _half_square_turns(at)
        sines, cosines = [sine], [cosine]
        for k in range(order):
            before = (sines[k - 1], cosines[k - 1]) if k else (ZERO, ZERO)
            sines.append(pi() * (at * cosines[k] + before[1]) / (k + 1))
            cosines.append(-pi() * (at * sines[k] + before[0]) / (k + 1))
        scale = math.factorial(order)
        return float(sines[order] * scale), float(cosines[order] * scale)


def fresnels_derivative(n: float, x: float) -> float:
    """The n-th derivative of fresnels; from n = 1 on, that of sin(pi*x^2/2)."""
    if not is_order(n) or abs(x) == INFINITY:
        return fresnels(x) if n == 0.0 else NAN
    return _fresnel_derivatives(int(n) - 1, x)[0] if n else fresnels(x)


def fresnelc_derivative(n: float, x: float) -> float:
    """The n-th derivative of fresnelc; from n = 1 on, that of cos(pi*x^2/2)."""
    if not is_order(n) or abs(x) == INFINITY:
        return fresnelc(x) if n == 0.0 else NAN
    return _fresnel_derivatives(int(n) - 1, x)[1] if n else fresnelc(x)


# -- Lambert's function -----------------------------------------------------------------------

# The float next to the branch point -1/e, which is not a float, is taken for it.
BRANCH_POINT = -0.36787944117144233


def _lambertw(x: Decimal) -> Decimal:
    """1 + w for w*exp(w) = x, the principal branch."""
    e = ONE.exp()
    distance = 1 + e * x
    if distance < Decimal("1e-3"):
        root = (2 * distance).sqrt()
        above = root - root * root / 3 + 11 * root**3 / 72
    elif x < 3:
        above = 1 + Decimal(math.log1p(float(x))) * (1 if x > 0 else distance.sqrt())
        above = max(above, distance.sqrt())
    else:
        log = math.log(float(x))
        above = 1 + Decimal(log - math.log(log))
    # Halley's steps.
    for _ in range(12):
        w = above - 1
        grown = w.exp()
        residual = w * grown - x
        if not residual:
            break
        step = residual / (grown * above - (above + 1) * residual / (2 * above))
        above -= step
        if abs(step) < abs(above) * Decimal("1e-16"):
            break
    return above


def lambertw(x: float) -> float:
    """w for w*exp(w) = x, the principal branch."""
    if x <= BRANCH_POINT or x == INFINITY:
        return -1.0 if x == BRANCH_POINT else x if x == INFINITY else NAN
    if abs(x) < 1e-20:
        return x
    with digits(2 * DIGITS):
        return float(_lambertw(Decimal(x)) - 1)


def lambertw1p(x: float) -> float:
    """1 + lambertw(x), exact next to the branch point."""
    if x <= BRANCH_POINT or x == INFINITY:
        return 0.0 if x == BRANCH_POINT else x if x == INFINITY else NAN
    if abs(x) < 1e-20:
        return 1.0
    with digits(2 * DIGITS):
        return float(_lambertw(Decimal(x)))
