"""Elementary functions with as many digits as it takes, on the standard library's decimals.

Kernels of special functions sum their series in decimals and round once, at the end: then
cancellation only costs digits that are there to be lost. Each function here works in the
context of its caller, to within a few units of its last digit.
"""

import math
from contextlib import AbstractContextManager
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, getcontext, localcontext
from functools import cache

# What kernels work with: 16 digits to give, as many to lose near a zero between two floats.
DIGITS = 45
# Exact sums and squares of floats that are not extremely small have fewer digits.
EXACT = 800

ZERO, ONE, HALF = Decimal(0), Decimal(1), Decimal("0.5")

# To any order, but within reason.
MOST_DERIVATIVES = 64.0


def is_order(n: float) -> bool:
    """Whether there is a derivative of that order, as far as orders go."""
    return 0.0 <= n <= MOST_DERIVATIVES and n == math.floor(n)


def digits(number: float) -> AbstractContextManager[Context]:
    """A context of so many digits in which nothing raises, overflows or underflows early."""
    return localcontext(Context(prec=math.ceil(number), Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[]))


def precision() -> int:
    return getcontext().prec


def negligible(term: Decimal, total: Decimal) -> bool:
    """Whether a term of a series no longer counts."""
    return not term or (bool(total) and term.adjusted() < total.adjusted() - precision() - 1)


@cache
def _pi(places: int) -> Decimal:
    """By Machin's formula, in whole numbers."""
    one = 10 ** (places + 10)

    def inverse_tangent(n: int) -> int:
        """atan(1/n)"""
        power = total = one // n
        k = 1
        while power:
            power //= -n * n
            k += 2
            total += power // k
        return total

    with digits(places):
        return Decimal(4 * (4 * inverse_tangent(5) - inverse_tangent(239))) / one


def pi() -> Decimal:
    # Few precisions are stored.
    return +_pi(50 * (precision() // 50 + 1))


def _quarter_turn(x: Decimal) -> tuple[Decimal, Decimal]:
    """sin(x) and cos(x) for abs(x) <= 1."""
    square = x * x
    sine, cosine, term, k = ZERO, ZERO, ONE, 0
    while not negligible(term, ONE):
        cosine += term
        term /= k + 1
        sine += term
        term *= -square / (k + 2)
        k += 2
    return x * sine, cosine


def _turned(quarters: int, x: Decimal) -> tuple[Decimal, Decimal]:
    sine, cosine = _quarter_turn(x)
    return ((sine, cosine), (cosine, -sine), (-sine, -cosine), (-cosine, sine))[quarters % 4]


def sin_cos(x: Decimal) -> tuple[Decimal, Decimal]:
    with digits(precision() + max(x.adjusted(), 0) + 5):
        quarters = int((x / (pi() / 2)).to_integral_value())
        rest = x - quarters * (pi() / 2)
    return _turned(quarters, +rest)


def sinpi_cospi(x: Decimal) -> tuple[Decimal, Decimal]:
    """sin(pi*x) and cos(pi*x)."""
    with digits(EXACT):
        quarters = int((2 * x).to_integral_value())
        rest = x - quarters * HALF
    return _turned(quarters, pi() * rest)


@cache
def _tangent_numbers(count: int) -> tuple[int, ...]:
    """Brent and Harvey 2011, "Fast computation of Bernoulli, Tangent and Secant numbers"."""
    numbers = [0, *(math.factorial(k) for k in range(count))]
    for k in range(2, count + 1):
        for j in range(k, count + 1):
            numbers[j] = (j - k) * numbers[j - 1] + (j - k + 2) * numbers[j]
    return tuple(numbers)


@cache
def _bernoulli(k: int, places: int) -> Decimal:
    count = 32
    while count < k:
        count *= 2
    tangent = _tangent_numbers(count)[k]
    with digits(places):
        size = Decimal(2 * k * tangent) / (4**k * (4**k - 1))
    return size if k % 2 else -size


def bernoulli(k: int) -> Decimal:
    """The Bernoulli number of index 2*k, for k >= 1."""
    return _bernoulli(k, 50 * (precision() // 50 + 1))


def magnitude(x: float) -> float:
    """How many digits a number has before the point."""
    return math.log10(abs(x) + 1.0) if abs(x) < math.inf else 0.0
