"""Float64 kernels: Bessel functions of real order, rounded once.

By power series with as many more digits as their terms cancel, and by Hankel's asymptotic
series (Abramowitz and Stegun, 9.1.10, 9.2.5 and 9.7). Where neither is short, for arguments
above 2000 and orders not far from them, by SciPy, to about 12 digits.
"""

import math
from collections.abc import Callable
from decimal import Decimal
from importlib import import_module
from typing import Any, NamedTuple

from autodiff_cli.numbers.gamma import one_over_gamma
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
    sin_cos,
    sinpi_cospi,
)

INFINITY, NAN = math.inf, math.nan

OnDecimals = Callable[[Decimal, Decimal], Decimal]

# Digits lost for each unit of x where terms of up to exp(x) cancel.
_LOST = 0.4343
# Up to here power series are short enough.
_FAR = 2000.0
# How many terms or digits a kernel may take.
_LONG = 2000.0
# Beyond, orders are whole numbers, and so far from arguments that have short series that a
# Bessel function is 0 or infinite.
_LARGEST_ORDER = 2.0**53
_MOST_DERIVATIVES = 12.0
# From here on I of the orders n and -n differs by less than their last digits.
_ALIKE = 40.0
# Digits of the step of differences along the order; its square is their error.
_STEP = 20


class _Function(NamedTuple):
    """A Bessel function by power series, and for large arguments by Hankel's series.

    What `far` gives is to be multiplied by exp(growth*x). `lost` is how many times _LOST*x
    digits may cancel in power series. The derivative along x is sign/2 times the function of order
    n - 1 and turn times that of order n + 1.
    """

    name: str
    near: OnDecimals
    far: OnDecimals
    growth: int
    lost: float
    sign: int
    turn: int


# -- On decimals ------------------------------------------------------------------------------


def _series(n: Decimal, x: Decimal, sign: int) -> Decimal:
    """(x/2)^n times the sum of (sign*x^2/4)^k/(k!*gamma(n + k + 1))."""
    if n < 0 and n == n.to_integral_value():
        odd = sign < 0 and n % 2 != 0
        return -_series(-n, x, sign) if odd else _series(-n, x, sign)
    square = sign * x * x / 4
    last = -n if n < 0 and _grows_again(float(-n), float(x)) else 0
    total, term, k = ZERO, ONE, 0
    while k <= last or k * abs(n + k) < abs(square) or not negligible(term, total):
        total += term
        k += 1
        term *= square / (k * (n + k))
    return _power(x / 2, n) * one_over_gamma(n + 1) * total


def _grows_again(n: float, x: float) -> bool:
    """Whether the terms of the order -n that divide by -n + k for k near n may count."""
    return 2.0 * (n * (math.log(x) - 0.7) - math.lgamma(n)) > -7.0 * precision()


def _power(x: Decimal, n: Decimal) -> Decimal:
    with digits(precision() + 25):
        return (n * x.ln()).exp()


def _hankel(n: Decimal, x: Decimal, sign: int) -> tuple[Decimal, Decimal]:
    """The sums of every other term of Hankel's series; `sign` alternates in each."""
    sums = [ZERO, ZERO]
    term, k, four = ONE, 0, 4 * n * n
    while not negligible(term, ONE):
        sums[k % 2] += term
        term *= (four - (2 * k + 1) ** 2) / (8 * (k + 1) * x)
        k += 1
        if k % 2 == 0:
            term *= sign
    return sums[0], sums[1]


def _circular(n: Decimal, x: Decimal) -> tuple[Decimal, Decimal]:
    """J and Y for a large x."""
    even, odd = _hankel(n, x, -1)
    sine, cosine = sin_cos(x)
    turn, base = sinpi_cospi(n / 2 + HALF / 2)
    sine, cosine = sine * base - cosine * turn, cosine * base + sine * turn
    root = (2 / (pi() * x)).sqrt()
    return root * (even * cosine - odd * sine), root * (even * sine + odd * cosine)


def _j_far(n: Decimal, x: Decimal) -> Decimal:
    return _circular(n, x)[0]


def _y_far(n: Decimal, x: Decimal) -> Decimal:
    return _circular(n, x)[1]


def _i_far(n: Decimal, x: Decimal) -> Decimal:
    # Without sin(n*pi)/pi*K, which is too small to count where this does not vanish.
    even, odd = _hankel(n, x, 1)
    return (even - odd) / (2 * pi() * x).sqrt()


def _k_far(n: Decimal, x: Decimal) -> Decimal:
    even, odd = _hankel(n, x, 1)
    return (pi() / (2 * x)).sqrt() * (even + odd)


def _beside(function: OnDecimals, n: Decimal, x: Decimal) -> Decimal:
    """The average of two orders beside a whole one, right to the square of their distance."""
    apart = precision() // 2
    with digits(precision() + apart):
        step = ONE.scaleb(-apart)
        return (function(n - step, x) + function(n + step, x)) / 2


def _j_near(n: Decimal, x: Decimal) -> Decimal:
    return _series(n, x, -1)


def _i_near(n: Decimal, x: Decimal) -> Decimal:
    return _series(n, x, 1)


def _y_near(n: Decimal, x: Decimal) -> Decimal:
    if n == n.to_integral_value():
        return _beside(_y_near, n, x)
    sine, cosine = sinpi_cospi(n)
    return (_series(n, x, -1) * cosine - _series(-n, x, -1)) / sine


def _k_near(n: Decimal, x: Decimal) -> Decimal:
    if n == n.to_integral_value():
        return _beside(_k_near, n, x)
    sine, _ = sinpi_cospi(n)
    return pi() / 2 * (_series(-n, x, 1) - _series(n, x, 1)) / sine


_J = _Function("jv", _j_near, _j_far, 0, 1.0, 1, -1)
_Y = _Function("yv", _y_near, _y_far, 0, 2.0, 1, -1)
_I = _Function("iv", _i_near, _i_far, 1, 0.0, 1, 1)
_K = _Function("kv", _k_near, _k_far, -1, 2.0, -1, 1)


def _derivative(
    function: _Function, at: OnDecimals, orders: tuple[int, int], n: Decimal, x: Decimal
) -> Decimal:
    """Along n by a central difference, along x by half a sum of neighbouring orders for each time.

    `at` is the function by one of its series, in a context with digits for the difference.
    """
    along_n, along_x = orders
    step = ONE.scaleb(-_STEP)
    total = ZERO
    for j in range(along_x + 1):
        order = n - along_x + 2 * j
        weight = function.turn**j * math.comb(along_x, j)
        for k in range(along_n + 1):
            moved = at(order + (along_n - 2 * k) * step / 2, x)
            total += (-1) ** k * math.comb(along_n, k) * weight * moved
    return function.sign**along_x * total / step**along_n / 2**along_x


# -- Kernels ----------------------------------------------------------------------------------


def _value(function: _Function, orders: tuple[int, int], n: float, x: float) -> float:
    """A derivative at x > 0."""
    along_n, along_x = orders
    places = DIGITS + _STEP * along_n + 2 * along_x
    size = abs(n) + along_x
    if x > 1.2 * places + 10.0 and size < x / 2.0 and size * size < 2.0 * _LONG * x:
        # Of I and K, orders far below x change but little.
        alike = along_n * magnitude(x) if function.growth else 0.0
        with digits(places + _LOST * size * size / (2.0 * x) + alike):
            at = Decimal(x)
            scaled = _derivative(function, function.far, orders, Decimal(n), at)
            return float(scaled * (function.growth * at).exp()) if scaled else 0.0
    if size < _LARGEST_ORDER and (x <= _FAR or x * x < 4.0 * _LONG * size):
        apart = abs(n - round(n)) or 1.0
        close = max(-math.log10(apart), float(_STEP if along_n else 0))
        lost = function.lost * _LOST * min(x, x * x / (size + 1.0))
        with digits(places + 30.0 + lost + close):
            return float(_derivative(function, function.near, orders, Decimal(n), Decimal(x)))
    return _beyond(function, along_x, n, x) if along_n == 0 else NAN


def _beyond(function: _Function, along_x: int, n: float, x: float) -> float:
    """Where no series is short."""
    if abs(n) >= _LARGEST_ORDER and x < 0.1 * abs(n):
        odd = -1.0 if n < 0.0 and n % 2.0 else 1.0
        return {"jv": 0.0 * odd, "yv": -INFINITY * odd, "iv": 0.0, "kv": INFINITY}[function.name]
    # Loaded here: it takes 0.2 s, and is hardly ever used.
    special: Any = import_module("scipy.special")
    return float(getattr(special, f"{function.name}p")(n, x, along_x))


def _first_kind(function: _Function, i: float, j: float, n: float, x: float) -> float:
    """J and I: on the negative axis for whole orders, with their parity."""
    if not _are_orders(i, j) or abs(n) == INFINITY:
        return NAN
    whole = n == math.floor(n)
    if x <= 0.0 and (i > 0.0 or not (whole or (x == 0.0 and n > 0.0))):
        return NAN
    if x == 0.0:
        return _at_0(function, int(j), n) or (x if abs(n) == 1.0 else 0.0)
    if abs(x) == INFINITY and function is _J:
        return 0.0
    sign = -1.0 if x < 0.0 and (n + j) % 2.0 else 1.0
    if abs(x) == INFINITY:
        return sign * INFINITY
    if function is _I and n == 0.0 and i % 2.0 and x > _ALIKE:
        # The orders on both sides of 0 differ by K.
        return -_value(_K, (0, int(j)), 0.0, x) if i == 1.0 else NAN
    return sign * _value(function, (int(i), int(j)), n, abs(x))


def _at_0(function: _Function, along_x: int, n: float) -> float:
    """The derivative at 0, from the coefficient of x^along_x; NaN where a fraction is left of x."""
    if n != math.floor(n):
        return 0.0 if n > along_x else NAN
    order, k = abs(n), (along_x - abs(n)) / 2.0
    if k < 0.0 or k != math.floor(k):
        return 0.0
    size = math.comb(along_x, int(k)) / 2.0**along_x
    odd = k % 2.0 != 0.0
    if function is _I:
        return size
    return -size if odd != (n < 0.0 and order % 2.0 != 0.0) else size


def _second_kind(function: _Function, i: float, j: float, n: float, x: float) -> float:
    """Y and K, for x > 0 and next to their pole at 0."""
    if not _are_orders(i, j) or abs(n) == INFINITY or not x >= 0.0:
        return NAN
    if x == 0.0:
        if i > 0.0 or n < 0.0:
            return NAN
        return INFINITY if (function is _K) == (j % 2.0 == 0.0) else -INFINITY
    if x == INFINITY or (function is _K and n == 0.0 and i % 2.0):
        return 0.0  # K is even in its order
    return _value(function, (int(i), int(j)), n, x)


def _are_orders(i: float, j: float) -> bool:
    """Whether there is a derivative of these orders, as far as orders go."""
    return is_order(i) and is_order(j) and i + j <= _MOST_DERIVATIVES


def besselj(n: float, x: float) -> float:
    return _first_kind(_J, 0.0, 0.0, n, x)


def bessely(n: float, x: float) -> float:
    return _second_kind(_Y, 0.0, 0.0, n, x)


def besseli(n: float, x: float) -> float:
    return _first_kind(_I, 0.0, 0.0, n, x)


def besselk(n: float, x: float) -> float:
    return _second_kind(_K, 0.0, 0.0, n, x)


def besselj_derivative(i: float, j: float, n: float, x: float) -> float:
    """The derivative of besselj, i times along its order and j times along x."""
    return _first_kind(_J, i, j, n, x)


def bessely_derivative(i: float, j: float, n: float, x: float) -> float:
    return _second_kind(_Y, i, j, n, x)


def besseli_derivative(i: float, j: float, n: float, x: float) -> float:
    return _first_kind(_I, i, j, n, x)


def besselk_derivative(i: float, j: float, n: float, x: float) -> float:
    return _second_kind(_K, i, j, n, x)
