"""Special functions on Arb's balls.

Some are slow, or need memory without end, for extreme arguments; where that is so a bound says
from where on nothing is computed and the answer is NaN, which promises nothing.
"""

from collections.abc import Callable

from flint import acb, arb, ctx

from autodiff_cli.numbers.ball_arithmetic import (
    INFINITY,
    NAN,
    ONE,
    TWO,
    ZERO,
    UnaryBall,
    bounded,
    hull,
    increasing,
    infinite,
    multiply,
    square,
)

Kernel = Callable[..., arb]


def _at_infinity(function: UnaryBall, left: arb, right: arb) -> UnaryBall:
    """A function with its limits for infinite arguments."""

    def kernel(x: arb) -> arb:
        if infinite(x):
            return right if x > 0 else left
        return function(x)

    return kernel


def matched(function: Kernel) -> Kernel:
    """A kernel that works with no more bits than its operands are good for.

    Where an operand's radius leaves a result with few digits, Arb may look for better
    enclosures by integration, which lasts seconds and finds none.
    """

    def kernel(*operands: arb) -> arb:
        good = min(
            max(operand.rel_accuracy_bits(), operand.rel_one_accuracy_bits()) for operand in operands
        )
        with ctx.workprec(min(ctx.prec, max(good, 0) + 64)):
            return function(*operands)

    return kernel


def whole(n: arb) -> bool:
    """Whether `n` is exactly a whole number and not negative."""
    return n.is_integer() and n >= 0


# -- The exponential's relatives -------------------------------------------------------------


def expmoment(n: arb, x: arb) -> arb:
    """The integral of t^n*exp(x*t) for t from 0 to 1, Kummer's function of n + 1 and n + 2."""
    if not whole(n) or n > 100:
        return NAN
    if infinite(x):
        return INFINITY if x > 0 else ZERO
    return increasing(lambda end: end.hypgeom_1f1(n + 1, n + 2) / (n + 1), x)


def exprel(x: arb) -> arb:
    """(exp(x) - 1)/x, and 1 at 0."""
    return expmoment(ZERO, x) if x.contains(ZERO) or infinite(x) else bounded(x.expm1() / x)


# -- Gamma -----------------------------------------------------------------------------------


def factorial(x: arb) -> arb:
    return (x + 1).gamma()


def digamma1p(x: arb) -> arb:
    return (x + 1).digamma()


def lgamma(x: arb) -> arb:
    """log(abs(gamma(x)))"""
    return x.lgamma() if x > 0 else abs(x.gamma()).log()


def beta(a: arb, b: arb) -> arb:
    if not a > 0 or not b > 0:
        return NAN
    return bounded(a.gamma() * b.gamma() * (a + b).rgamma())


def lbeta(a: arb, b: arb) -> arb:
    """log(beta(a, b))"""
    if not a > 0 or not b > 0:
        return NAN
    return a.lgamma() + b.lgamma() - (a + b).lgamma()


# Beyond these, polygamma takes seconds, or has no digits to show for it.
_HIGHEST_ORDER = 1000
_LOWEST = arb(-10_000)


def polygamma(n: arb, x: arb) -> arb:
    """The n-th derivative of digamma, from Hurwitz' zeta function."""
    if not whole(n) or n > _HIGHEST_ORDER:
        return NAN
    if n.is_zero():
        return x.digamma()
    if not x > 0:
        return acb(x).polygamma(acb(n)).real if _LOWEST < x < 0 else NAN
    if infinite(x):
        return ZERO
    size = (n + 1).gamma() * (n + 1).zeta(x)
    return size if int(n.unique_fmpz() or 0) % 2 else -size


# -- Error functions and the normal distribution ---------------------------------------------

erf = _at_infinity(arb.erf, -ONE, ONE)
erfc = _at_infinity(arb.erfc, TWO, ZERO)
erfi = _at_infinity(arb.erfi, -INFINITY, INFINITY)


def erfinv(x: arb) -> arb:
    if abs(x) == ONE:
        return INFINITY if x > 0 else -INFINITY
    return x.erfinv()


def erfcx(x: arb) -> arb:
    """exp(x^2)*erfc(x), for positive x by Tricomi's function U, whose factors do not overflow."""
    if infinite(x):
        return ZERO if x > 0 else INFINITY
    if x > 1:
        return square(x).hypgeom_u(arb(0.5), arb(0.5)) / arb.const_sqrt_pi()
    return bounded(square(x).exp() * x.erfc())


def gaussian(x: arb) -> arb:
    return (-square(x)).exp()


def expsquare(x: arb) -> arb:
    return square(x).exp()


def normpdf(x: arb) -> arb:
    return (-square(x) / 2).exp() / (TWO * arb.pi()).sqrt()


def normcdf(x: arb) -> arb:
    return erfc(-x / TWO.sqrt()) / 2


def lognormcdf(x: arb) -> arb:
    if infinite(x):
        return ZERO if x > 0 else x
    if x < -1:
        return (erfcx(-x / TWO.sqrt()) / 2).log() - square(x) / 2
    return (-normcdf(-x)).log1p()


def gelu(x: arb) -> arb:
    if infinite(x):
        return x if x > 0 else ZERO
    return multiply(x, normcdf(x))


# -- Bessel functions ------------------------------------------------------------------------


# Order times precision; series of high orders with many bits take seconds.
_MOST_WORK, _MOST_OSCILLATING_WORK = 10**7, 10**8
# Up to this argument bits are added for what the power series loses.
_LARGEST_IN_SERIES = 200_000
_NEXT_TO_WHOLE = arb(0, arb((1, -64)))
_LEAST, _MOST = arb((1, -100_000)), arb((1, 100_000))


def _bessel(
    function: Callable[[arb, arb], arb], most_work: int = _MOST_WORK
) -> Callable[[arb, arb], arb]:
    """A kernel of order and argument.

    Next to a whole order, but not on it, Arb takes a limit that can last minutes; so can
    arguments with exponents of thousands of digits.
    """

    def kernel(n: arb, x: arb) -> arb:
        if not abs(n) * ctx.prec <= most_work:
            return NAN
        if not n.is_integer() and (n + _NEXT_TO_WHOLE).contains_integer():
            return NAN
        size = x.abs_upper()
        return function(x, n) if _LEAST < size < _MOST or x.is_zero() else NAN

    return kernel


def _bessel_k(x: arb, n: arb) -> arb:
    """It falls with x and grows with the size of n: the ends of both are enough."""
    if not x > 0:
        return NAN
    if x.is_exact() and n.is_exact():
        return _exact_bessel_k(x, n)
    order = abs(n)
    least = _exact_bessel_k(x.upper(), order.lower())
    return hull(least, _exact_bessel_k(x.lower(), order.upper()))


def _exact_bessel_k(x: arb, n: arb) -> arb:
    """With bits to spare for what series lose; without, Arb integrates, which takes seconds."""
    if x > ctx.prec:  # where there is an asymptotic series
        return x.bessel_k(n)
    size = int(float(x)) + 1
    with ctx.workprec(max(ctx.prec + 3 * size, 8 * size)):
        return x.bessel_k(n)


def _oscillating(function: Callable[[arb, arb], arb]) -> Callable[[arb, arb], arb]:
    """J or Y, where the argument is not far beyond a high order, with bits to spare.

    There is no asymptotic series there, and terms of the power series are as large as exp(x).
    """

    def kernel(x: arb, n: arb) -> arb:
        found = function(x, n)
        size = x.abs_upper()
        if found.rel_accuracy_bits() >= ctx.prec // 4 or not size < _LARGEST_IN_SERIES:
            return found
        with ctx.workprec(ctx.prec + 2 * int(float(size)) + 64):
            return function(x, n)

    return kernel


def _bessel_j(x: arb, n: arb) -> arb:
    """Of a whole order neither the function nor its slope is ever beyond 1."""
    if x.is_exact() or not x.is_finite() or not n.is_integer():
        return _precise_bessel_j(x, n)
    near = _precise_bessel_j(x.mid(), n) + arb(0, x.rad())
    by_series = x.bessel_j(n)
    return near if near.rad() < by_series.rad() else by_series


_precise_bessel_j = _oscillating(arb.bessel_j)

besselj = _bessel(_bessel_j, _MOST_OSCILLATING_WORK)
bessely = _bessel(_oscillating(arb.bessel_y), _MOST_OSCILLATING_WORK)
besseli = _bessel(arb.bessel_i)
besselk = _bessel(_bessel_k)


# -- Integrals -------------------------------------------------------------------------------


def lambertw1p(x: arb) -> arb:
    return 1 + x.lambertw()


def sinc(x: arb) -> arb:
    """sin(pi*x)/(pi*x), and 1 at 0."""
    return ZERO if infinite(x) else x.sinc_pi()


def fresnels(x: arb) -> arb:
    return NAN if x.is_nan() else _no_more_than_one(x.fresnel_s())


def fresnelc(x: arb) -> arb:
    return NAN if x.is_nan() else _no_more_than_one(x.fresnel_c())


def _no_more_than_one(value: arb) -> arb:
    return value if abs(value) < 1 else arb(0, 1)
