"""Derivatives of special functions, to any order, on Arb's balls.

A derivative is a coefficient of a power series around the ball, which contains the truth for each
of its points, or an integral that has a closed form.
"""

import math
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from flint import acb, acb_series, arb, arb_series, ctx

from autodiff_cli.numbers.ball_arithmetic import (
    MINUS_INFINITY,
    NAN,
    ONE,
    TWO,
    ZERO,
    UnaryBall,
    asech,
    bounded,
    direction,
    hull,
    hypot,
    infinite,
    is_odd,
    mish,
    root_of_sum,
    sigmoid,
    silu,
    square,
    subtract,
)
from autodiff_cli.numbers.ball_special import (
    besseli,
    besselj,
    besselk,
    bessely,
    erfcx,
    expmoment,
    fresnelc,
    fresnels,
    gaussian,
    gelu,
    lognormcdf,
    normpdf,
    polygamma,
    whole,
)
from autodiff_cli.numbers.quotients import hypot_numerator

BinaryBall = Callable[[arb, arb], arb]

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


def _of_series(
    value: UnaryBall, series: Callable[[Any], Any], least: arb = MINUS_INFINITY
) -> BinaryBall:
    """A family from a function's value, and from its slope as a power series in x > `least`."""

    def derivative(n: int, x: arb) -> arb:
        if n == 0:
            return value(x)
        if not x > least:
            return NAN
        with _terms(n):
            try:
                around = series(_real_series([x, ONE], n))
            except ValueError:  # a divisor that may be 0
                return NAN
        return _coefficient(around, n - 1) * _factorial(n - 1)

    return _family(derivative)


# -- Logistic and hyperbolic functions -------------------------------------------------------


def _share(x: Any) -> Any:
    """The series of 1/(1 + exp(-x)), with the exponential that is not large."""
    t = (-x).exp() if _coefficient(x, 0).mid() >= 0 else x.exp()
    return 1 / (1 + t) if _coefficient(x, 0).mid() >= 0 else t / (1 + t)


def _shares_slope(x: Any) -> Any:
    return _share(x) * _share(-x)


def _silu_slope(x: Any) -> Any:
    return _share(x) * (1 + x * _share(-x))


def _mish_slope(x: Any) -> Any:
    """tanh(log(1 + t)) is n/(n + 2) with n = t*(t + 2); of a large x it is written with 1/t."""
    large = _coefficient(x, 0).mid() >= 0
    t = (-x).exp() if large else x.exp()
    above, below = (1 + 2 * t, 1 + 2 * t + 2 * t * t) if large else (t * (t + 2), t * (t + 2) + 2)
    density = 4 * t * (1 + t) / below
    return above / below + x * (density * t if large else density) / below


def _sech_slope(x: Any) -> Any:
    t = x.exp() if _coefficient(x, 0).mid() < 0 else (-x).exp()
    slope = 2 * t * (1 - t * t) / ((1 + t * t) * (1 + t * t))
    return slope if _coefficient(x, 0).mid() < 0 else -slope


def _asech_slope(x: Any) -> Any:
    return -1 / (x * ((1 - x) * (1 + x)).sqrt())


silu_derivative = _of_series(silu, _silu_slope)
mish_derivative = _of_series(mish, _mish_slope)
sech_derivative = _of_series(arb.sech, _sech_slope)
asech_derivative = _of_series(asech, _asech_slope, least=ZERO)
_sigmoid_derivative = _of_series(sigmoid, _shares_slope)


def softshare_derivative(n: arb, x: arb, y: arb) -> arb:
    """That of 1/(1 + exp(y - x)) along x."""
    return _sigmoid_derivative(n, subtract(x, y))


# -- Points of the plane ---------------------------------------------------------------------


def hypot_derivative(m: arb, n: arb, x: arb, y: arb) -> arb:
    """That of hypot, by the polynomial above the power of x^2 + y^2; 0 at (0, 0)."""
    along_x, along_y = _orders(m, n)
    if 0 <= along_x + along_y < 2:
        return (hypot(x, y), direction(x, y), direction(y, x))[along_x + 2 * along_y]
    if along_x < 0 or not x.is_finite() or not y.is_finite():
        return NAN
    if x.is_zero() and y.is_zero():
        return ZERO
    degree, r = along_x + along_y, square(x) + square(y)
    terms = zip(hypot_numerator(along_x, along_y), range(degree + 1), strict=True)
    above = sum((c * x**i * y ** (degree - i) for c, i in terms if c), ZERO)
    return bounded(above / r**degree * root_of_sum(r))


def inversion_derivative(m: arb, n: arb, x: arb, y: arb) -> arb:
    """That of the real part of 1/z for z = x + i*y; 0 at (0, 0)."""
    along_x, along_y = _orders(m, n)
    if along_x < 0 or not x.is_finite() or not y.is_finite():
        return NAN
    if x.is_zero() and y.is_zero():
        return ZERO
    k = along_x + along_y
    power = 1 / acb(x, y) ** (k + 1)
    turned = (power.real, -power.imag, -power.real, power.imag)[along_y % 4]
    return bounded((-turned if k % 2 else turned) * _factorial(k))


def _orders(m: arb, n: arb) -> tuple[int, int]:
    """The orders of a mixed derivative; -1 where there is none."""
    a, b = order_of(m), order_of(n)
    return (-1, -1) if a is None or b is None or a + b > _MOST_ORDERS else (a, b)


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


def _normal_density(x: Any) -> Any:
    return (-(x * x) / 2).exp() / (TWO * arb.pi()).sqrt()


def _gelu_slope(x: Any) -> Any:
    return (-x / TWO.sqrt()).erfc() / 2 + x * _normal_density(x)


normpdf_derivative = _of_series(normpdf, lambda x: -x * _normal_density(x))
gaussian_derivative = _of_series(gaussian, lambda x: -2 * x * (-(x * x)).exp())
gelu_derivative = _of_series(gelu, _gelu_slope)


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


ei_derivative = _of_series(arb.ei, lambda x: x.exp() / x)
ci_derivative = _of_series(arb.ci, lambda x: x.cos() / x, least=ZERO)
chi_derivative = _of_series(arb.chi, lambda x: (x.exp() + (-x).exp()) / (2 * x), least=ZERO)
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


# -- Bessel functions along their order and argument -----------------------------------------


def _neighbours(
    value: BinaryBall, series: Callable[[int, arb, arb], list[arb]], sign: int, turn: int
) -> Callable[[arb, arb, arb, arb], arb]:
    """A kernel from values, and from the coefficients of a function's power series in its order.

    The derivative along x is sign/2 times the function of order n - 1 and turn times that of n + 1.
    """
    along = _along_order(series)

    def kernel(i: arb, j: arb, n: arb, x: arb) -> arb:
        along_n, along_x = order_of(i, 12), order_of(j, 12)
        if along_n is None or along_x is None or along_n + along_x > 12:
            return NAN
        total = ZERO
        for k in range(along_x + 1):
            order = n - along_x + 2 * k
            term = value(order, x) if along_n == 0 else along(along_n, order, x)
            total += term * (turn**k * math.comb(along_x, k))
        return bounded(total * sign**along_x / 2**along_x)

    return kernel


def _along_order(series: Callable[[int, arb, arb], list[arb]]) -> Callable[[int, arb, arb], arb]:
    """The series in x loses bits with its size, and takes time: beyond a bound nothing is said."""

    def derivative(order: int, n: arb, x: arb) -> arb:
        if not _SMALLEST < x < _LARGEST_ARGUMENT or not abs(n) < _LARGEST_ARGUMENT:
            return NAN
        if not n.is_integer() and (n + _NEXT_TO_WHOLE).contains_integer():
            return NAN
        with ctx.workprec(ctx.prec + 4 * int(float(x.upper())) + 128), _terms(order + 2):
            return series(order + 2, n, x)[order] * _factorial(order)

    return derivative


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
    return [c * arb.pi() / 2 for c in _by_sine(count, n, difference)]


besselj_derivative = _neighbours(besselj, _j, 1, -1)
bessely_derivative = _neighbours(bessely, _y, 1, -1)
besseli_derivative = _neighbours(besseli, _i, 1, 1)
_any_besselk_derivative = _neighbours(besselk, _k, -1, 1)


def besselk_derivative(i: arb, j: arb, n: arb, x: arb) -> arb:
    """K is even in its order."""
    found = _any_besselk_derivative(i, j, n, x)
    return ZERO if n.is_zero() and found.is_finite() and is_odd(i) else found
