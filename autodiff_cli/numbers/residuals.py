"""What rounding took away: the exact error of one sum, product, quotient or root.

Such an error is a float64 itself, or next to one, and floats can tell it (Ogita, Rump and Oishi
2005). NaN where intermediate results overflow or underflow.
"""

from math import nan

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
