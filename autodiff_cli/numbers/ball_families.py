"""Derivatives of special functions, to any order, on Arb's balls.

A derivative is a coefficient of a power series around the ball, which contains the truth for each
of its points, or an integral that has a closed form.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from flint import acb, acb_series, arb, arb_series, ctx

from autodiff_cli.numbers.ball_arithmetic import NAN, ONE, TWO, ZERO, hull, infinite, square
from autodiff_cli.numbers.ball_special import (
    erfcx,
    expmoment,
    fresnelc,
    fresnels,
    lognormcdf,
    polygamma,
    whole,
)

_MOST_ORDERS = 64

# Arguments times bits lost by series whose terms grow before they fall.
_LARGEST_ARGUMENT = 1000


def order_of(n: arb, most: int = _MOST_ORDERS) -> int | None:
    """An order of differentiation, or None if it is not a whole number from 0 to `most`."""
    return int(n.unique_fmpz() or 0) if whole(n) and n <= most else None


@contextmanager
def _terms(count: int) -> Generator[None]:
    """Power series of that many terms."""
    before = ctx.cap
    ctx.cap = count
    try:
        yield
    finally:
        ctx.cap = before


def _real_series(coefficients: list[arb], count: int) -> Any:
    return arb_series(coefficients, count)  # pyright: ignore[reportArgumentType]


def _complex_series(coefficients: list[arb], count: int) -> Any:
    return acb_series([acb(c) for c in coefficients], count)


def _coefficient(series: Any, k: int) -> arb:
    return series[k]


def _factorial(k: int) -> arb:
    return arb(k).fac()


def _family(derivative: Callable[[int, arb], arb]) -> Callable[[arb, arb], arb]:
    """A kernel of an order and an argument."""

    def kernel(n: arb, x: arb) -> arb:
        order = order_of(n)
        return NAN if order is None or not x.is_finite() else derivative(order, x)

    return kernel


# -- Error functions -------------------------------------------------------------------------


def _erfcx_derivative(n: int, x: arb) -> arb:
    if n == 0:
        return erfcx(x)
    if x > 1:
        # Repeated integrals of erfc are Tricomi's function U as well.
        sign = -1 if n % 2 else 1
        tricomi = square(x).hypgeom_u(arb(n + 1) / 2, arb(0.5))
        return sign * _factorial(n) * tricomi / arb.const_sqrt_pi()
    with _terms(n + 1):
        around = _real_series([x, ONE], n + 1)
        product = (around * around).exp() * around.erfc()
    return _coefficient(product, n) * _factorial(n)


def _lognormcdf_derivative(n: int, x: arb) -> arb:
    """The first is sqrt(2/pi)/erfcx(-x/sqrt(2))."""
    if n == 0:
        return lognormcdf(x)
    if n > 12:  # each order takes a value of Tricomi's function
        return NAN
    root = TWO.sqrt()
    scaled = -x / root
    coefficients: list[arb] = []
    power = ONE
    for k in range(n):
        coefficients.append(_erfcx_derivative(k, scaled) / _factorial(k) * power)
        power = -power / root
    if coefficients[0].contains(ZERO):
        return NAN
    with _terms(n):
        inverse = _real_series([ONE], n) / _real_series(coefficients, n)
    return (TWO / arb.pi()).sqrt() * _coefficient(inverse, n - 1) * _factorial(n - 1)


# -- sin(x)/x, sinh(x)/x and their integrals -------------------------------------------------


def _sine_quotient(n: int, x: arb) -> arb:
    """The n-th derivative of sin(x)/x: the integral of t^n*cos(x*t + n*pi/2), t from 0 to 1."""
    moment = acb(0, x).hypgeom_1f1(acb(n + 1), acb(n + 2)) / (n + 1)
    value = (moment.real, -moment.imag, -moment.real, moment.imag)[n % 4]
    size = ONE / (n + 1)
    return value if abs(value) < 2 * size else hull(-size, size)


def _si_derivative(n: int, x: arb) -> arb:
    return x.si() if n == 0 else _sine_quotient(n - 1, x)


def _shi_derivative(n: int, x: arb) -> arb:
    """From the second on, (exp(x*t) +- exp(-x*t))/2 is integrated with powers of t."""
    if n == 0:
        return x.shi()
    order = arb(n - 1)
    mirrored = expmoment(order, -x)
    return (expmoment(order, x) + (mirrored if n % 2 else -mirrored)) / 2


def _sinc_derivative(n: int, x: arb) -> arb:
    if n == 0:
        return x.sinc_pi()
    return _sine_quotient(n, x * arb.pi()) * arb.pi() ** n


def _fresnels_derivative(n: int, x: arb) -> arb:
    if n == 0:
        return fresnels(x)
    with _terms(n):
        wave = _turns(n, x).sin_pi()
    return _coefficient(wave, n - 1) * _factorial(n - 1)


def _fresnelc_derivative(n: int, x: arb) -> arb:
    if n == 0:
        return fresnelc(x)
    with _terms(n):
        wave = _turns(n, x).cos_pi()
    return _coefficient(wave, n - 1) * _factorial(n - 1)


def _turns(count: int, x: arb) -> Any:
    """The series of t^2/2 around x."""
    return _real_series([square(x) / 2, x, arb(0.5)], count)


erfcx_derivative = _family(_erfcx_derivative)
lognormcdf_derivative = _family(_lognormcdf_derivative)
si_derivative = _family(_si_derivative)
shi_derivative = _family(_shi_derivative)
sinc_derivative = _family(_sinc_derivative)
fresnels_derivative = _family(_fresnels_derivative)
fresnelc_derivative = _family(_fresnelc_derivative)


# -- Gamma -----------------------------------------------------------------------------------


def polygamma_difference(n: arb, x: arb, d: arb) -> arb:
    """polygamma(n, x + d) - polygamma(n, x), for tiny d by the mean value theorem."""
    if not whole(n) or not x > 0 or not d >= 0 or infinite(x) or infinite(d):
        return NAN
    if d.is_zero():
        return ZERO
    near = (d / x).abs_upper() < arb((1, -ctx.prec // 2))
    with ctx.workprec(2 * ctx.prec):
        moved = x + d
    if near:
        return d * polygamma(n + 1, hull(x, moved))
    with ctx.workprec(2 * ctx.prec):
        return polygamma(n, moved) - polygamma(n, x)


def beta_derivative(m: arb, n: arb, a: arb, b: arb) -> arb:
    """The derivative m times along a and n times along b, from the series of three gammas."""
    along_a, along_b = order_of(m, 16), order_of(n, 16)
    if along_a is None or along_b is None or not a > 0 or not b > 0 or infinite(a) or infinite(b):
        return NAN
    count = along_a + along_b + 1
    with _terms(count):
        first = _real_series([a, ONE], count).gamma()
        second = _real_series([b, ONE], count).gamma()
        both = _real_series([a + b, ONE], count).rgamma()
    total = ZERO
    for i in range(along_a + 1):
        for j in range(along_b + 1):
            rest_a, rest_b = along_a - i, along_b - j
            ways = arb.bin_uiui(rest_a + rest_b, rest_a)
            total += first[i] * second[j] * both[rest_a + rest_b] * ways
    return total * _factorial(along_a) * _factorial(along_b)


# -- Bessel functions along their order ------------------------------------------------------


def _along_order(series: Callable[[int, arb, arb], list[arb]]) -> Callable[[arb, arb, arb], arb]:
    """A kernel from the coefficients of a function's power series in its order.

    The series in x loses bits with its size, and takes time: beyond a bound nothing is said.
    """

    def kernel(k: arb, n: arb, x: arb) -> arb:
        order = order_of(k, 12)
        if order is None or not _SMALLEST < x < _LARGEST_ARGUMENT or not abs(n) < _LARGEST_ARGUMENT:
            return NAN
        if not n.is_integer() and (n + _NEXT_TO_WHOLE).contains_integer():
            return NAN
        with ctx.workprec(ctx.prec + 4 * int(float(x.upper())) + 128), _terms(order + 2):
            return series(order + 2, n, x)[order] * _factorial(order)

    return kernel


_NEXT_TO_WHOLE = arb(0, arb((1, -64)))
_SMALLEST = arb((1, -10_000))


def _first_kind(count: int, n: arb, x: arb, sign: int, turn: int = 1) -> Any:
    """The series of J (sign -1) or I (sign 1) of the order turn*(n + s), in s."""
    order = _complex_series([turn * n, arb(turn)], count)
    argument = _complex_series([sign * square(x) / 4], count)
    sums = acb_series.hypgeom([], [order + 1], argument, regularized=True)
    return sums * (order * acb((x / 2).log())).exp()


def _reals(series: Any, count: int) -> list[arb]:
    return [series[k].real for k in range(count)]


def _by_sine(count: int, n: arb, numerator: Any) -> list[arb]:
    """A series over sin(pi*(n + s)); for a whole n both begin with 0, and s is cancelled."""
    below = _complex_series([n, ONE], count).sin_pi()
    over, under = _reals(numerator, count), _reals(below, count)
    if n.is_integer():
        over, under = over[1:], under[1:]
    length = len(over)
    if under[0].contains(ZERO):
        return [NAN] * length
    return _reals(_complex_series(over, length) / _complex_series(under, length), length)


def _j(count: int, n: arb, x: arb) -> list[arb]:
    return _reals(_first_kind(count, n, x, -1), count)


def _i(count: int, n: arb, x: arb) -> list[arb]:
    return _reals(_first_kind(count, n, x, 1), count)


def _y(count: int, n: arb, x: arb) -> list[arb]:
    turned = _first_kind(count, n, x, -1) * _complex_series([n, ONE], count).cos_pi()
    return _by_sine(count, n, turned - _first_kind(count, n, x, -1, turn=-1))


def _k(count: int, n: arb, x: arb) -> list[arb]:
    difference = _first_kind(count, n, x, 1, turn=-1) - _first_kind(count, n, x, 1)
    found = [c * arb.pi() / 2 for c in _by_sine(count, n, difference)]
    if n.is_zero():  # K is even in its order
        found[1::2] = [ZERO] * len(found[1::2])
    return found


besselj_order = _along_order(_j)
bessely_order = _along_order(_y)
besseli_order = _along_order(_i)
besselk_order = _along_order(_k)
