"""Float64 kernels: derivatives of any order of quotients, rounded once.

Quotients of polynomials in x, or in exp(x), have derivatives of the same form. The coefficients
are whole numbers, found once for each order. Values are computed in decimals: beside a zero,
where the terms cancel, sixteen digits are left.
"""

import math
from decimal import Decimal
from functools import cache
from itertools import zip_longest
from typing import NamedTuple

from autodiff_cli.numbers.many_digits import DIGITS, EXACT, ONE, ZERO, digits, is_order

INFINITY, NAN = math.inf, math.nan

# Coefficients, that of the lowest power first.
Polynomial = tuple[int, ...]

# Beyond, exp(x) or exp(-x) is nothing beside 1, whatever it is multiplied with here.
_FAR = 2000.0
# Of two arguments, which are exact numbers of 53 bits, more digits may cancel.
_DIGITS_OF_TWO = 2 * DIGITS


# -- Polynomials -----------------------------------------------------------------------------


def _sum(*polynomials: Polynomial) -> Polynomial:
    return tuple(map(sum, zip_longest(*polynomials, fillvalue=0)))


def _product(a: Polynomial, b: Polynomial, scale: int = 1) -> Polynomial:
    found = [0] * (len(a) + len(b) - 1)
    for i, left in enumerate(a):
        for j, right in enumerate(b):
            found[i + j] += scale * left * right
    return tuple(found)


def _slope(a: Polynomial) -> Polynomial:
    return tuple(k * c for k, c in enumerate(a))[1:] or (0,)


def _at(a: Polynomial, x: Decimal) -> Decimal:
    total = ZERO
    for coefficient in reversed(a):
        total = total * x + coefficient
    return total


# -- Quotients of exponentials ---------------------------------------------------------------


class Quotient(NamedTuple):
    """(a(t) + x*b(t))/below(t)^power, where t = exp(x)."""

    a: Polynomial
    b: Polynomial
    below: Polynomial
    power: int = 1


SOFTSHARE = Quotient((0, 1), (0,), (1, 1))
SILU = Quotient((0,), (0, 1), (1, 1))
MISH = Quotient((0,), (0, 2, 1), (2, 2, 1))
SECH = Quotient((0, 2), (0,), (1, 0, 1))


@cache
def _derived(quotient: Quotient, order: int) -> Quotient:
    """The derivative of that order: d/dx is t*d/dt, and x*b(t) leaves a b(t) as well."""
    if order == 0:
        return quotient
    a, b, below, power = _derived(quotient, order - 1)
    growth, rate = _product((0, 1), _slope(below), -power), (0, 1)
    return Quotient(
        _sum(_product(_sum(_product(rate, _slope(a)), b), below), _product(growth, a)),
        _sum(_product(_product(rate, _slope(b)), below), _product(growth, b)),
        below,
        power + 1,
    )


def _quotient(quotient: Quotient, order: int, x: Decimal) -> float:
    """A derivative, in a context that has digits for it."""
    a, b, below, power = _derived(quotient, order)
    t = x.exp()
    return float((_at(a, t) + x * _at(b, t)) / _at(below, t) ** power)


def _of_one(quotient: Quotient, n: float, x: float) -> float:
    if not is_order(n):
        return NAN
    with digits(DIGITS + 2.0 * n + _small(x)):
        return _quotient(quotient, int(n), Decimal(min(max(x, -_FAR), _FAR)))


def _small(x: float) -> float:
    """How many zeros a number has behind the point: digits that exp(x) needs to tell it from 1."""
    return max(0.0, -math.log10(abs(x))) if x != 0.0 else 0.0


def silu_derivative(n: float, x: float) -> float:
    """The n-th derivative of x/(1 + exp(-x)), for n >= 1."""
    return _of_one(SILU, n, x)


def mish_derivative(n: float, x: float) -> float:
    """The n-th derivative of x*tanh(log(1 + exp(x))), for n >= 1."""
    return _of_one(MISH, n, x)


def sech_derivative(n: float, x: float) -> float:
    """The n-th derivative of 1/cosh(x)."""
    return _of_one(SECH, n, x)


def softshare_derivative(n: float, x: float, y: float) -> float:
    """The n-th derivative of 1/(1 + exp(y - x)) along x."""
    if not is_order(n):
        return NAN
    if not abs(x - y) < _FAR:
        return NAN if x == y else _of_one(SOFTSHARE, n, math.copysign(_FAR, x - y))
    with digits(EXACT):
        difference = Decimal(x) - Decimal(y)
    with digits(_DIGITS_OF_TWO + 2.0 * n + _small(x - y)):
        return _quotient(SOFTSHARE, int(n), difference)


# -- The inverse hyperbolic secant -----------------------------------------------------------


@cache
def _asech_numerator(order: int) -> Polynomial:
    """That of the derivative with x^order*(1 - x^2)^(order - 1/2) below it."""
    if order == 1:
        return (-1,)
    before, k = _asech_numerator(order - 1), order - 1
    rest = _sum(_product((0, 1), _slope(before)), _product((-k,), before))
    return _sum(_product((1, 0, -1), rest), _product((0, 0, 2 * k - 1), before))


def asech_derivative(n: float, x: float) -> float:
    """The n-th derivative of acosh(1/x), for n >= 1."""
    if not is_order(n) or not 0.0 <= x <= 1.0:
        return NAN
    order = int(n)
    with digits(DIGITS + 2.0 * n):
        at = Decimal(x)
        rest = (1 - at) * (1 + at)
        below = at**order * rest ** (order - 1) * rest.sqrt()
        return float(_at(_asech_numerator(order), at) / below)


# -- Of a point of the plane -----------------------------------------------------------------


@cache
def hypot_numerator(m: int, n: int) -> Polynomial:
    """That of the derivative m times along x and n times along y, for m + n >= 1.

    Below it is (x^2 + y^2)^(m + n - 1/2). It is homogeneous of degree m + n; the coefficients are
    those of the powers of x.
    """
    if m == 0:
        return hypot_numerator(n, m)[::-1]
    if m + n == 1:
        return (0, 1)
    before, power = hypot_numerator(m - 1, n), 2 * (m + n) - 3
    return _sum(_product((1, 0, 1), _slope(before)), _product((0, -power), before))


def hypot_derivative(m: float, n: float, x: float, y: float) -> float:
    """That of sqrt(x^2 + y^2), m times along x and n times along y, for m + n >= 1; 0 at (0, 0)."""
    degree = _total(m, n)
    if degree is None or abs(x) == abs(y) == INFINITY:
        return NAN
    if INFINITY in (abs(x), abs(y)) or x == y == 0.0:
        return 0.0
    with digits(_DIGITS_OF_TWO + 2.0 * degree):
        a, b = Decimal(x), Decimal(y)
        square = a * a + b * b
        above, power = ZERO, ONE
        for coefficient in hypot_numerator(int(m), int(n)):
            above = above * b + coefficient * power
            power *= a
        return float(above / square**degree * square.sqrt())


def inversion_derivative(m: float, n: float, x: float, y: float) -> float:
    """That of x/(x^2 + y^2), m times along x and n times along y; 0 at (0, 0).

    It is the real part of 1/z for z = x + i*y, whose derivatives are powers of 1/z.
    """
    degree = _total(m, n)
    if degree is None:
        return NAN
    if INFINITY in (abs(x), abs(y)) or x == y == 0.0:
        return 0.0
    with digits(_DIGITS_OF_TWO + 2.0 * degree):
        a, b = Decimal(x), Decimal(y)
        square = a * a + b * b
        real, imaginary = a, -b
        for k in range(1, degree + 1):
            # Times -k and the conjugate of z.
            real, imaginary = -k * (real * a + imaginary * b), -k * (imaginary * a - real * b)
        return float((real, -imaginary, -real, imaginary)[int(n) % 4] / square ** (degree + 1))


def _total(m: float, n: float) -> int | None:
    """The order of a mixed derivative; None where there is none."""
    return int(m + n) if is_order(m) and is_order(n) and is_order(m + n) else None
