"""Sums, products and quotients with their rounding errors: numbers of twice the precision.

A number is the unevaluated sum of a float and a much smaller one. Nothing here is guarded
against overflow, or against errors that underflow; callers stay between 1e-140 and 1e150.
"""

import math

# 2^27 + 1: it splits the 53 bits of a float in two halves.
_SPLITTER = 134217729.0


def two_sum(a: float, b: float) -> tuple[float, float]:
    """The sum and its rounding error, exactly (Knuth, TAOCP volume 2, section 4.2.2)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def two_product(a: float, b: float) -> tuple[float, float]:
    """The product and its rounding error, exactly (Dekker 1971), by Veltkamp's splitting."""
    split_a, split_b = a * _SPLITTER, b * _SPLITTER
    high_a = split_a - (split_a - a)
    high_b = split_b - (split_b - b)
    low_a, low_b = a - high_a, b - high_b
    product = a * b
    return product, ((high_a * high_b - product) + high_a * low_b + low_a * high_b) + low_a * low_b


def quotient(a: float, a_low: float, b: float, b_low: float) -> tuple[float, float]:
    """(a + a_low)/(b + b_low) to about twice the precision."""
    high = a / b
    product, error = two_product(high, b)
    return high, (((a - product) - error) + a_low - high * b_low) / b


def root(a: float, a_low: float) -> tuple[float, float]:
    """sqrt(a + a_low) to about twice the precision, for a > 0."""
    high = math.sqrt(a)
    square, error = two_product(high, high)
    return high, (((a - square) - error) + a_low) / (2.0 * high)


def log_quotient(a: float, a_low: float, b: float, b_low: float) -> float:
    """log((a + a_low)/(b + b_low)) to one unit in the last place, near 1 as well."""
    high, low = quotient(a, a_low, b, b_low)
    return math.log(high) + low / high
