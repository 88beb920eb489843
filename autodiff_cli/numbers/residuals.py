"""What rounding took away: the exact error of one sum, product, quotient or root.

Such an error is a float64 itself, or next to one, and floats can tell it (Knuth 1969, two-sum;
Dekker 1971, two-product; Ogita, Rump and Oishi 2005). NaN where intermediate results overflow or
underflow.
"""

from math import nan

# 2^27 + 1: it splits the 53 bits of a float in two halves.
_SPLITTER = 134217729.0

# Products of factors within these bounds neither overflow nor lose their last bits.
_LARGE, _SMALL = 1e145, 1e-145


def sum_error(a: float, b: float, total: float) -> float:
    """a + b - total, exactly."""
    rest = total - a
    return (a - (total - rest)) + (b - rest)


def difference_error(a: float, b: float, difference: float) -> float:
    """a - b - difference, exactly."""
    return sum_error(a, -b, difference)


def product_error(a: float, b: float, product: float) -> float:
    """a*b - product, exactly."""
    if a == 0 or b == 0:
        return 0.0
    if not (_SMALL < abs(a) < _LARGE and _SMALL < abs(b) < _LARGE):
        return nan
    high_a = a * _SPLITTER - (a * _SPLITTER - a)
    high_b = b * _SPLITTER - (b * _SPLITTER - b)
    low_a, low_b = a - high_a, b - high_b
    return ((high_a * high_b - product) + high_a * low_b + low_a * high_b) + low_a * low_b


def quotient_error(a: float, b: float, quotient: float) -> float:
    """a/b - quotient, to a relative error of a few units."""
    if a == 0:
        return 0.0
    product = quotient * b
    return ((a - product) - product_error(quotient, b, product)) / b if b else nan


def square_error(x: float, power: float, square: float) -> float:
    """x^2 - square, exactly; NaN for other powers."""
    return product_error(x, x, square) if power == 2 else nan


def root_error(x: float, root: float) -> float:
    """sqrt(x) - root, to a relative error of a few units."""
    if x == 0:
        return 0.0
    square = root * root
    return ((x - square) - product_error(root, root, square)) / (2 * root)
