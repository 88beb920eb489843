"""What rounding took away: the exact error of one sum, product, quotient, remainder or root.

Such an error is a float64 itself, or next to one, and floats can tell it (Ogita, Rump and Oishi
2005). NaN where intermediate results overflow or underflow. Of other functions it is known where
they have no error at all.
"""

from collections.abc import Callable, Sequence
from math import fmod, frexp, ldexp, nan
from sys import float_info

from autodiff_cli.numbers.double_double import two_product, two_sum

# Products of factors within these bounds neither overflow nor lose their last bits.
_LARGE, _SMALL = 1e145, 1e-145


def sum_error(a: float, b: float, total: float) -> float:
    """a + b - total, exactly."""
    return two_sum(a, b)[1] if total == total else nan


def difference_error(a: float, b: float, difference: float) -> float:
    """a - b - difference, exactly."""
    return sum_error(a, -b, difference)


def product_error(a: float, b: float, product: float) -> float:
    """a*b - product, exactly."""
    if a == 0 or b == 0:
        return 0.0
    if not (_SMALL < abs(a) < _LARGE and _SMALL < abs(b) < _LARGE):
        return nan
    return two_product(a, b)[1] if product == product else nan


def quotient_error(a: float, b: float, quotient: float) -> float:
    """a/b - quotient, to a relative error of a few units."""
    if a == 0:
        return 0.0
    product = quotient * b
    return ((a - product) - product_error(quotient, b, product)) / b if b and quotient else nan


def square_error(x: float, power: float, square: float) -> float:
    """x^2 - square, exactly; NaN for other powers."""
    return product_error(x, x, square) if power == 2 else nan


def root_error(x: float, root: float) -> float:
    """sqrt(x) - root, to a relative error of a few units."""
    if x == 0:
        return 0.0
    square = root * root
    return ((x - square) - product_error(root, root, square)) / (2 * root)


def remainder_error(x: float, y: float, remainder: float) -> float:
    """mod(x, y) - remainder: fmod is exact, adding y to it is not."""
    if remainder != remainder:
        return nan
    exact = fmod(x, y)
    return 0.0 if exact == remainder else sum_error(exact, y, remainder)


def is_exact(name: str, values: Sequence[float], out: float) -> bool:
    """Whether the float `out` is exactly the value of a function, which is given by its name.

    A function of a few small numbers with few digits, such as 0, 1 or 1/2, whose float has few
    digits, too, has it exactly: by chance 40 bits would be 0. That holds for algebraic functions
    of larger numbers, too, and not for others: tanh(20) is 1.0, and is not 1.
    """
    if out == 0 and len(values) == 1:
        return abs(values[0]) in (0.0, 1.0, 2.0)
    known = _EXACT.get(name)
    if known is not None and known(*values):
        return True
    inverse = _INVERSES.get(name)
    if inverse is not None and inverse(out) == values[0]:
        return True
    if name == "pow":
        return _is_exact_power(values[0], values[1], out)
    return (
        out == out
        and _is_short(out)
        and all(_is_short(value) for value in values)
        and (name in _ALGEBRAIC or all(-4 <= value <= 4 for value in values))
    )


def _is_short(value: float) -> bool:
    """Whether a number has no more than 10 binary digits before and 10 after the point."""
    return -1024.0 <= value <= 1024.0 and (1024.0 * value).is_integer()


def _is_exact_power(x: float, y: float, out: float) -> bool:
    """A power that is 1, x, 0, a whole number that has a float, one of 2, or has few digits."""
    if y in (0.0, 1.0) or x in (0.0, 1.0):
        return True
    if not float_info.min <= abs(out) <= float_info.max:
        return False
    if y.is_integer() and (abs(frexp(x)[0]) == 0.5 or (y > 0 and x.is_integer() and abs(out) < 2.0**53)):
        return True
    return _is_short(x) and _is_short(y) and _is_short(out)


def _has_leg_0(x: float, y: float) -> bool:
    """Of right triangles."""
    return x == 0 or y == 0


def _is_first_0(x: float, y: float) -> bool:
    """Of what is 0 there, and of angles: those of negative y are pi, which is not exact."""
    return x == 0 and y >= 0


def _is_positive(x: float) -> bool:
    return x > 0


def _is_near_0(x: float, y: float) -> bool:
    """Of whole numbers next to x/y: whether that has few enough digits."""
    return y != 0 and abs(x / y) < 2.0**52


def _is_whole_exponent(x: float) -> bool:
    return -1022 <= x <= 1023 and x.is_integer()


def _has_factorial(x: float) -> bool:
    """22! is the last one that is a float."""
    return 0 <= x <= 22 and x.is_integer()


def _is_factorial(x: float) -> bool:
    return _has_factorial(x - 1.0)


def _power_of_2(exponent: float) -> float:
    return ldexp(1.0, int(exponent)) if _is_whole_exponent(exponent) else nan


def _power_of_10(exponent: float) -> float:
    return 10.0**exponent if 0 <= exponent <= 22 and exponent.is_integer() else nan


_ALGEBRAIC = frozenset({"cbrt", "hypot", "cathetus", "direction", "inversion", "avg"})

_EXACT: dict[str, Callable[..., bool]] = {
    "hypot": _has_leg_0,
    "cathetus": _has_leg_0,
    "direction": _has_leg_0,
    "xlogy": _is_first_0,
    "xlog1py": _is_first_0,
    "atan2": _is_first_0,
    "elu": _is_positive,
    "floordiv": _is_near_0,
    "exp2": _is_whole_exponent,
    "gamma": _is_factorial,
    "factorial": _has_factorial,
}
_INVERSES: dict[str, Callable[[float], float]] = {"log2": _power_of_2, "log10": _power_of_10}
