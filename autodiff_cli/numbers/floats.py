"""Float64: total IEEE 754 kernels on Python floats.

Python's own functions raise where IEEE arithmetic has an answer (`math.exp(1000)`,
`math.log(0)`, `0.0**-1`) and turn complex where it has NaN (`(-8.0)**(1/3)`). The kernels
here never raise: overflow is infinity, a pole is infinity with its sign, and outside the
domain the answer is NaN. A NaN that goes in comes out, with one exception that follows
Kleene's three-valued logic: `or` and `and` are certain where the known side decides.
"""

import math
from collections.abc import Callable
from importlib import import_module
from typing import Any

# 2^27 + 1: it splits the 53 bits of a float in two halves.
_SPLITTER = 134217729.0

INFINITY = math.inf
NAN = math.nan

Unary = Callable[[float], float]


def partial_function(function: Unary) -> Unary:
    """`function` with NaN where it raises outside its domain."""

    def kernel(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return NAN

    return kernel


sin = partial_function(math.sin)
cos = partial_function(math.cos)
tan = partial_function(math.tan)
asin = partial_function(math.asin)
acos = partial_function(math.acos)
acosh = partial_function(math.acosh)


def sqrt(x: float) -> float:
    """The square root; of -0.0 it is 0.0, so that 0.5/sqrt(x) has its sign from the right."""
    return math.sqrt(x) + 0.0 if x >= 0 else NAN


def divide(a: float, b: float) -> float:
    try:
        return a / b
    except ZeroDivisionError:
        if a == 0 or a != a:
            return NAN
        return math.copysign(INFINITY, a) * math.copysign(1.0, b)


def power(x: float, y: float) -> float:
    if x != x or y != y:
        return NAN
    try:
        return math.pow(x, y)
    except OverflowError:
        return -INFINITY if x < 0 and math.fmod(y, 2.0) != 0 else INFINITY
    except ValueError:
        if x != 0:
            return NAN
        odd = math.fmod(y, 2.0) in (1.0, -1.0)
        return math.copysign(INFINITY, x) if odd else INFINITY


def cbrt(x: float) -> float:
    """The cube root to half a unit in the last place.

    The C library's may be off by three, so one Newton step with an exact residual follows. It
    is taken between 1/2 and 4, where nothing overflows or underflows.
    """
    if x == 0 or not math.isfinite(x):
        return x
    fraction, exponent = math.frexp(x)
    thirds = exponent // 3
    near = math.ldexp(fraction, exponent - 3 * thirds)
    root = math.cbrt(near)
    square, square_error = _two_product(root, root)
    cube, cube_error = _two_product(square, root)
    residual = (near - cube) - cube_error - square_error * root
    return math.ldexp(root + residual / (3 * square), thirds)


def _two_product(a: float, b: float) -> tuple[float, float]:
    """The product and its rounding error, exactly (Dekker 1971), by Veltkamp's splitting."""
    high_a = a * _SPLITTER - (a * _SPLITTER - a)
    high_b = b * _SPLITTER - (b * _SPLITTER - b)
    low_a, low_b = a - high_a, b - high_b
    product = a * b
    error = ((high_a * high_b - product) + high_a * low_b + low_a * high_b) + low_a * low_b
    return product, error


def mod(x: float, y: float) -> float:
    """The remainder with the sign of the divisor, as for Python and NumPy."""
    try:
        return x % y if abs(x) != INFINITY else NAN
    except ZeroDivisionError:
        return NAN


def exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return INFINITY


def exp2(x: float) -> float:
    try:
        return math.exp2(x)
    except OverflowError:
        return INFINITY


def expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return INFINITY


def _logarithm(function: Unary, pole: float) -> Unary:
    def kernel(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return -INFINITY if x == pole else NAN

    return kernel


log = _logarithm(math.log, 0.0)
log2 = _logarithm(math.log2, 0.0)
log10 = _logarithm(math.log10, 0.0)
log1p = _logarithm(math.log1p, -1.0)


def sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(INFINITY, x)


def cosh(x: float) -> float:
    try:
        return math.cosh(x)
    except OverflowError:
        return INFINITY


def atanh(x: float) -> float:
    try:
        return math.atanh(x)
    except ValueError:
        return math.copysign(INFINITY, x) if abs(x) == 1.0 else NAN


def hypot(x: float, y: float) -> float:
    return NAN if x != x or y != y else math.hypot(x, y)


def sigmoid(x: float) -> float:
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    t = math.exp(x)
    return t / (1.0 + t)


def softplus(x: float) -> float:
    return x + math.log1p(math.exp(-x)) if x > 0 else math.log1p(math.exp(x))


def sign(x: float) -> float:
    return x if x == 0 or x != x else math.copysign(1.0, x)


def _to_integer(function: Callable[[float], int]) -> Unary:
    """A rounding that keeps the sign of zero, and infinities and NaN as they are."""

    def kernel(x: float) -> float:
        return math.copysign(float(function(x)), x) if math.isfinite(x) else x

    return kernel


floor = _to_integer(math.floor)
ceil = _to_integer(math.ceil)
trunc = _to_integer(math.trunc)
nearest = _to_integer(round)


def maximum(*values: float) -> float:
    for value in values:
        if value != value:
            return NAN
    return max(values)


def minimum(*values: float) -> float:
    return -maximum(*[-value for value in values])


def ties(value: float, *values: float) -> float:
    """How many of `values` equal `value`."""
    if value != value or any(other != other for other in values):
        return NAN
    return float(values.count(value))


def clip(x: float, lower: float, upper: float) -> float:
    return minimum(maximum(x, lower), upper)


def relu(x: float) -> float:
    return 0.0 if x <= 0 else x


def step(x: float) -> float:
    return NAN if x != x else float(x >= 0)


def less(a: float, b: float) -> float:
    return float(a < b) if a == a and b == b else NAN


def less_equal(a: float, b: float) -> float:
    return float(a <= b) if a == a and b == b else NAN


def greater(a: float, b: float) -> float:
    return float(a > b) if a == a and b == b else NAN


def greater_equal(a: float, b: float) -> float:
    return float(a >= b) if a == a and b == b else NAN


def equal(a: float, b: float) -> float:
    return float(a == b) if a == a and b == b else NAN


def not_equal(a: float, b: float) -> float:
    return float(a != b) if a == a and b == b else NAN


def conjunction(a: float, b: float) -> float:
    if a == 0 or b == 0:
        return 0.0
    return NAN if a != a or b != b else 1.0


def disjunction(a: float, b: float) -> float:
    if (a == a and a != 0) or (b == b and b != 0):
        return 1.0
    return NAN if a != a or b != b else 0.0


def negation(a: float) -> float:
    return NAN if a != a else float(a == 0)


def where(condition: float, a: float, b: float) -> float:
    if condition != condition:
        return NAN
    return a if condition != 0 else b


def gate(condition: float, value: float) -> float:
    """`value` where the condition holds, else exactly zero, whatever `value` is there."""
    return where(condition, value, 0.0)


def factorial(x: float) -> float:
    """The product 1*2*...*x, and gamma(x + 1) between the whole numbers."""
    if 0 <= x <= 170 and x == math.floor(x):
        return float(math.factorial(int(x)))
    try:
        # x + 1 may round, which gamma magnifies; from 1 on a product avoids it.
        return x * math.gamma(x) if x >= 1 else math.gamma(x + 1.0)
    except OverflowError:
        return INFINITY
    except ValueError:
        return NAN


def _special() -> Any:
    """scipy.special, for what `math` lacks; loaded when it is used (it takes 0.2 s)."""
    return import_module("scipy.special")


def digamma(x: float) -> float:
    return float(_special().digamma(x))


def polygamma(n: float, x: float) -> float:
    if not 0 <= n < INFINITY or n != math.floor(n):
        return NAN
    if n == 0:
        return digamma(x)
    size = factorial(n) * float(_special().zeta(n + 1.0, x))
    return -size if n % 2 == 0 else size
