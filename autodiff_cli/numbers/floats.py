"""Float64: total IEEE 754 kernels on Python floats.

Python's own functions raise where IEEE arithmetic has an answer (`math.exp(1000)`,
`math.log(0)`, `0.0**-1`) and turn complex where it has NaN (`(-8.0)**(1/3)`). The kernels
here never raise: overflow is infinity, a pole is infinity with its sign, and outside the
domain the answer is NaN. A NaN that goes in comes out, with one exception that follows
Kleene's three-valued logic: `or` and `and` are certain where the known side decides.
"""

import math
from collections.abc import Callable

from autodiff_cli.numbers.double_double import two_product

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
    square, square_error = two_product(root, root)
    cube, cube_error = two_product(square, root)
    residual = (near - cube) - cube_error - square_error * root
    return math.ldexp(root + residual / (3 * square), thirds)


def mod(x: float, y: float) -> float:
    """The remainder with the sign of the divisor, as for Python and NumPy."""
    try:
        return x % y if abs(x) != INFINITY else NAN
    except ZeroDivisionError:
        return NAN


def floordiv(x: float, y: float) -> float:
    """floor(x/y), where x/y may round across a whole number."""
    try:
        return x // y if abs(x) != INFINITY else NAN
    except ZeroDivisionError:
        return NAN


def reciprocal(function: Unary) -> Unary:
    """1/function(x)."""
    return lambda x: divide(1.0, function(x))


def exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return INFINITY


# ln(2) in two parts; the first has 32 bits, so that multiples by small whole numbers are exact.
_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10


def scaled_exp(x: float) -> tuple[float, int]:
    """exp(x) as a number near 1 and an exponent of 2, for results that have no float."""
    exponent = round(x / 0.6931471805599453)
    return math.exp((x - exponent * _LN2_HIGH) - exponent * _LN2_LOW), exponent


def ldexp(fraction: float, exponent: int) -> float:
    try:
        return math.ldexp(fraction, exponent)
    except OverflowError:
        return math.copysign(INFINITY, fraction)


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


def average(*values: float) -> float:
    """The sum, rounded once, over how many there are."""
    if not all(map(math.isfinite, values)):
        return sum(values) / len(values)
    try:
        return math.fsum(values) / len(values)
    except OverflowError:
        return _exact_average(values)


def _exact_average(values: tuple[float, ...]) -> float:
    # Loaded here: sums hardly ever overflow.
    from fractions import Fraction

    return float(sum(map(Fraction, values), Fraction(0)) / len(values))


def count(*values: float) -> float:
    """How many values there are."""
    return NAN if any(value != value for value in values) else float(len(values))


def ties(value: float, *values: float) -> float:
    """How many of `values` equal `value`."""
    if value != value or any(other != other for other in values):
        return NAN
    return float(values.count(value))


def clip(x: float, lower: float, upper: float) -> float:
    return minimum(maximum(x, lower), upper)


def relu(x: float) -> float:
    return 0.0 if x <= 0 else x


def relu6(x: float) -> float:
    return clip(x, 0.0, 6.0)


def hardtanh(x: float) -> float:
    return clip(x, -1.0, 1.0)


def leaky_relu(x: float) -> float:
    return 0.01 * x if x <= 0 else x


def elu(x: float) -> float:
    return x if x > 0 else math.expm1(x)


def selu(x: float) -> float:
    """Klambauer and others 2017, "Self-normalizing neural networks"."""
    return 1.0507009873554805 * x if x > 0 else 1.7580993408473768 * math.expm1(x)


def degrees(x: float) -> float:
    return x * 57.29577951308232


def radians(x: float) -> float:
    return x * 0.017453292519943295


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
