"""Float64 kernels: the gamma function and its kin, rounded once.

By Stirling's series and that of Euler and Maclaurin, far enough to the right; reflection gives
the negative axis.
"""

import math
from decimal import Decimal
from functools import cache

from autodiff_cli.numbers.many_digits import (
    DIGITS,
    EXACT,
    HALF,
    ONE,
    ZERO,
    bernoulli,
    digits,
    magnitude,
    negligible,
    pi,
    precision,
    sinpi_cospi,
)

INFINITY, NAN = math.inf, math.nan


# -- On decimals ------------------------------------------------------------------------------


def _far() -> int:
    """From where on the asymptotic series have all digits; of many digits, few terms give them."""
    return precision() // 2 + 5 if precision() < 200 else precision()


def _shift(x: Decimal) -> int:
    """How many steps of 1 there are from x to where asymptotic series hold."""
    return max(0, _far() - int(x)) if x < _far() else 0


def _stirling(x: Decimal) -> Decimal:
    """log(gamma(x)) for a large x."""
    total = (x - HALF) * x.ln() - x + (2 * pi()).ln() / 2
    square, power, k = x * x, x, 1
    while True:
        term = bernoulli(k) / (2 * k * (2 * k - 1) * power)
        if negligible(term, total):
            return total
        total += term
        power *= square
        k += 1


def log_gamma(x: Decimal) -> Decimal:
    """log(gamma(x)) for x > 0, to an absolute error of its last digits near 1 and 2."""
    steps = _shift(x)
    product = ONE
    for k in range(steps):
        product *= x + k
    return _stirling(x + steps) - product.ln()


def gamma_of(x: Decimal) -> Decimal:
    """gamma(x), for any x but a pole."""
    if x < HALF:
        sine, _ = sinpi_cospi(x)
        with digits(precision() + 20):
            other = 1 - x
        return pi() / (sine * gamma_of(other))
    places = precision()
    with digits(places + 5 + 2 * max(x.adjusted(), 1)):
        steps = _shift(x)
        product = ONE
        for k in range(steps):
            product *= x + k
        return _stirling(x + steps).exp() / product


def one_over_gamma(x: Decimal) -> Decimal:
    return ZERO if x <= 0 and x == x.to_integral_value() else 1 / gamma_of(x)


def _hurwitz(s: int, x: Decimal) -> Decimal:
    """The sum of 1/(x + k)^s over k >= 0, for s >= 2 and x > 0, by Euler and Maclaurin."""
    total, k = ZERO, 0
    far = s + _far()
    while x + k < far:
        term = (x + k) ** -s
        total += term
        if negligible(term * (x + k), total):
            return total
        k += 1
    x += k
    power = x**-s
    total += power * x / (s - 1) + power / 2
    term, square, k = power * s / x, x * x, 1
    while True:
        # bernoulli(k)*s*(s + 1)*...*(s + 2*k - 2)/(2*k)!/x^(s + 2*k - 1)
        part = bernoulli(k) * term / 2
        if negligible(part, total):
            return total
        total += part
        term *= Decimal((s + 2 * k - 1) * (s + 2 * k)) / ((2 * k + 1) * (2 * k + 2)) / square
        k += 1


def _digamma_right(x: Decimal) -> Decimal:
    steps = _shift(x)
    total = ZERO
    for k in range(steps):
        total -= 1 / (x + k)
    x += steps
    total += x.ln() - 1 / (2 * x)
    square, k = x * x, 1
    power = square
    while True:
        term = bernoulli(k) / (2 * k * power)
        if negligible(term, total):
            return total
        total -= term
        power *= square
        k += 1


def polygamma_of(n: int, x: Decimal) -> Decimal:
    """The n-th derivative of digamma, at any x but a pole.

    On the negative axis by reflection: what it adds has period 1, and follows from the
    reflection of a point between 0 and 1.
    """
    if x > 0:
        if n == 0:
            return _digamma_right(x)
        size = _factorial(n) * _hurwitz(n + 1, x)
        return size if n % 2 else -size
    with digits(EXACT):
        between = x - x.to_integral_value(rounding="ROUND_FLOOR")
        opposite, mirrored = 1 - between, 1 - x
    sign = -1 if n % 2 else 1
    return sign * (polygamma_of(n, mirrored) - polygamma_of(n, opposite)) + polygamma_of(n, between)


def _factorial(n: int) -> Decimal:
    return Decimal(math.factorial(n)) if n < 2000 else gamma_of(Decimal(n) + 1)


@cache
def _euler(places: int) -> Decimal:
    with digits(places):
        return -_digamma_right(ONE)


def euler() -> Decimal:
    """Euler's constant, 0.5772..."""
    return +_euler(50 * (precision() // 50 + 1))


# -- Kernels ----------------------------------------------------------------------------------


def _is_whole(x: float) -> bool:
    return x == math.floor(x)


def gamma(x: float) -> float:
    if x == 0.0:
        return math.copysign(INFINITY, x)
    if x > 171.9 or x == -INFINITY:
        return INFINITY if x > 0.0 else NAN
    if _is_whole(x):
        return float(math.factorial(int(x) - 1)) if x > 0.0 else NAN
    if x < -190.0:
        # Too small for a float, of either sign.
        return 0.0 if math.floor(x) % 2 == 0 else -0.0
    with digits(DIGITS):
        return float(gamma_of(Decimal(x)))


def factorial(x: float) -> float:
    """gamma(x + 1), without rounding x + 1."""
    if x > 170.9 or x == -INFINITY:
        return INFINITY if x > 0.0 else NAN
    if _is_whole(x):
        return float(math.factorial(int(x))) if x >= 0.0 else NAN
    if x < -190.0:
        return gamma(x)
    with digits(DIGITS):
        return float(gamma_of(_one_more(x)))


def _one_more(x: float) -> Decimal:
    with digits(EXACT if abs(x) < 1e-20 else 400):
        return Decimal(x) + 1


def lgamma(x: float) -> float:
    if abs(x) == INFINITY or (x <= 0.0 and _is_whole(x)):
        return INFINITY
    with digits(DIGITS + 2 * magnitude(x)):
        argument = Decimal(x)
        if x > 0.0:
            return float(log_gamma(argument)) if x not in (1.0, 2.0) else 0.0
        sine, _ = sinpi_cospi(argument)
        return float((pi() / abs(sine * argument)).ln() - log_gamma(-argument))


def digamma(x: float) -> float:
    return polygamma(0.0, x)


def digamma1p(x: float) -> float:
    """digamma(x + 1), without rounding x + 1."""
    if abs(x) > 1e20 or x + 1.0 == 0.0:
        return polygamma(0.0, x + 1.0)
    if x < 0.0 and _is_whole(x):
        return _at_pole(0.0, x + 1.0)
    with digits(DIGITS + magnitude(x)):
        return float(polygamma_of(0, _one_more(x)))


def _at_pole(n: float, x: float) -> float:
    """polygamma of 0 or a negative whole number: a pole of order n + 1."""
    if n % 2.0:
        return INFINITY
    return -math.copysign(INFINITY, x) if x == 0.0 else NAN


def polygamma(n: float, x: float) -> float:
    if not 0.0 <= n < INFINITY or not _is_whole(n) or x == -INFINITY:
        return NAN
    if x <= 0.0 and _is_whole(x):
        return _at_pole(n, x)
    sign = 1.0 if n % 2.0 else -1.0
    if x == INFINITY:
        return INFINITY if n == 0.0 else sign * 0.0
    if n > 1e6:
        return _polygamma_of_large_order(n, x, sign)
    with digits(DIGITS + magnitude(x) + 2.0 * magnitude(n)):
        return float(polygamma_of(int(n), Decimal(x)))


def _polygamma_of_large_order(n: float, x: float, sign: float) -> float:
    """n!/x^(n + 1) with sign, which is either too large or too small for a float.

    It is neither only for x next to n/e, where it is left open.
    """
    nearest = x if x > 0.0 else x - round(x)
    size = math.log(n) - 1.0 - math.log(abs(nearest))
    if x < 0.0 and n % 2.0 == 0.0 and nearest < 0.0:
        sign = -sign
    if abs(size) * n < 2000.0:
        return NAN
    return sign * (INFINITY if size > 0.0 else 0.0)


def polygamma_difference(n: float, x: float, d: float) -> float:
    """polygamma(n, x + d) - polygamma(n, x) for x > 0 and d >= 0."""
    if not 0.0 <= n <= 1e6 or not _is_whole(n) or not x >= 0.0 or not d >= 0.0:
        return NAN
    sign = 1.0 if n % 2.0 else -1.0
    if x == 0.0:
        return -sign * INFINITY if d > 0.0 else NAN
    if x == INFINITY:
        return NAN if d == INFINITY and n == 0.0 else 0.0
    if d == INFINITY:
        return INFINITY if n == 0.0 else -polygamma(n, x)
    with digits(DIGITS + 30.0 + 2.0 * magnitude(n)):
        return float(_difference(int(n), Decimal(x), Decimal(d)))


def _difference(order: int, x: Decimal, d: Decimal) -> Decimal:
    """polygamma(order, x + d) - polygamma(order, x), with half of the digits or more."""
    if d * (order + 1) < x.scaleb(-precision() // 3):
        # The next term is smaller by the square of that.
        first = polygamma_of(order + 1, x) * d
        return first + polygamma_of(order + 2, x) * d * d / 2
    return polygamma_of(order, x + d) - polygamma_of(order, x)


def _log_beta(a: float, b: float) -> Decimal:
    """The logarithm of beta(a, b) in the context of the caller."""
    first, second = Decimal(a), Decimal(b)
    if min(a, b) < 1e-20 * max(a, b):
        return _log_beta_of_unequals(*((first, second) if a < b else (second, first)))
    return log_gamma(first) + log_gamma(second) - log_gamma(first + second)


def _log_beta_of_unequals(small: Decimal, large: Decimal) -> Decimal:
    """log(gamma(small)) - small*digamma(large) - small^2*polygamma(1, large)/2."""
    slope, bend = polygamma_of(0, large), polygamma_of(1, large)
    return log_gamma(small) - small * slope - small * small * bend / 2


def _beta_digits(a: float, b: float) -> float:
    """Digits for the exponential of a logarithm that may be as large as a or b."""
    return DIGITS + 30 + max(magnitude(a), magnitude(b))


def beta(a: float, b: float) -> float:
    if not a >= 0.0 or not b >= 0.0:
        return NAN
    if a == 0.0 or b == 0.0:
        return NAN if INFINITY in (a, b) else INFINITY
    if INFINITY in (a, b):
        return 0.0
    with digits(_beta_digits(a, b)):
        return float(_log_beta(a, b).exp())


def lbeta(a: float, b: float) -> float:
    if not a >= 0.0 or not b >= 0.0:
        return NAN
    if a == 0.0 or b == 0.0:
        return NAN if INFINITY in (a, b) else INFINITY
    if INFINITY in (a, b):
        return -INFINITY
    if a == b == 1.0:
        # The only zero at a float: what is left of the terms there is no digit of it.
        return 0.0
    with digits(_beta_digits(a, b)):
        return float(_log_beta(a, b))


def beta_derivative(m: float, n: float, a: float, b: float) -> float:
    """The derivative of beta(a, b), m times along a and n times along b.

    By Leibniz's rule from those of its logarithm.
    """
    if not (0.0 <= min(m, n) <= m + n <= 16.0 and _is_whole(m) and _is_whole(n)):
        return NAN
    if not a > 0.0 or not b > 0.0:
        return beta(a, b) if m == n == 0.0 else NAN
    if INFINITY in (a, b):
        return 0.0
    # Along both, what grows as 1/a and 1/b cancels, and what does as their ratio.
    lost = abs(math.log10(a) - math.log10(b)) + 2.0
    lost -= 3.0 * min(math.log10(min(a, b)), 0.0) if m and n else 0.0
    with digits(_beta_digits(a, b) + max(m + n - 1.0, 0.0) * lost):
        rows = [[ZERO] * (int(n) + 1) for _ in range(int(m) + 1)]
        rows[0][0] = _log_beta(a, b).exp()
        slopes = _LogBetaSlopes(a, b)
        for i in range(int(m) + 1):
            for j in range(int(n) + 1):
                if i or j:
                    rows[i][j] = _leibniz(rows, slopes, i, j)
        return float(rows[-1][-1])


class _LogBetaSlopes:
    """Derivatives of the logarithm of the beta function, each computed once."""

    def __init__(self, a: float, b: float) -> None:
        self._a, self._b = Decimal(a), Decimal(b)
        self._known: dict[tuple[int, int], Decimal] = {}

    def along(self, m: int, n: int) -> Decimal:
        """m times along a and n times along b."""
        key = (m, n) if m == 0 or n == 0 else (m + n, -1)
        if key not in self._known:
            self._known[key] = self._slope(m, n)
        return self._known[key]

    def _slope(self, m: int, n: int) -> Decimal:
        if n == 0:
            return -_difference(m - 1, self._a, self._b)
        if m == 0:
            return -_difference(n - 1, self._b, self._a)
        return -polygamma_of(m + n - 1, self._a + self._b)


def _leibniz(rows: list[list[Decimal]], slopes: _LogBetaSlopes, m: int, n: int) -> Decimal:
    """The derivative of B*log(B)', one time less along a, or where m is 0 along b."""
    along_a = 1 if m else 0
    total = ZERO
    for i in range(m + 1 - along_a):
        for j in range(n + along_a):
            weight = math.comb(m - along_a, i) * math.comb(n - 1 + along_a, j)
            total += weight * rows[i][j] * slopes.along(m - i, n - j)
    return total
