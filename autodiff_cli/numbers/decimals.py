"""Decimal numbers as they are written: a whole number times a power of ten, exactly.

(The standard library's `decimal` would do, and takes longer to load than a formula takes.)
"""

from typing import NamedTuple


class Decimal(NamedTuple):
    """`digits` times 10 to the `exponent`; `digits` does not end in 0."""

    digits: int
    exponent: int

    def __str__(self) -> str:
        return f"{self.digits}e{self.exponent}"

    def is_float(self, value: float) -> bool:
        """Whether a finite float is exactly this number."""
        numerator, denominator = value.as_integer_ratio()
        power = 10 ** abs(self.exponent)
        if self.exponent < 0:
            return numerator * power == self.digits * denominator
        return numerator == self.digits * power * denominator


def normal(digits: int, exponent: int) -> Decimal:
    """The number `digits` times 10 to the `exponent`."""
    if digits == 0:
        return Decimal(0, 0)
    while digits % 10 == 0:
        digits //= 10
        exponent += 1
    return Decimal(digits, exponent)


def written(text: str) -> Decimal:
    """The number that a token like `1_000`, `2.50` or `1e-3` stands for."""
    mantissa, _, power = text.replace("_", "").lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    return normal(int(whole + fraction), int(power or 0) - len(fraction))


def of_float(value: float) -> Decimal:
    """A finite float, exactly: every dyadic number is a decimal one."""
    numerator, denominator = value.as_integer_ratio()
    twos = denominator.bit_length() - 1
    return normal(numerator * 5**twos, -twos)


def add(a: Decimal, b: Decimal) -> Decimal:
    """The sum, exactly."""
    exponent = min(a.exponent, b.exponent)
    return normal(
        a.digits * 10 ** (a.exponent - exponent) + b.digits * 10 ** (b.exponent - exponent), exponent
    )


def subtract(a: Decimal, b: Decimal) -> Decimal:
    """The difference, exactly."""
    return add(a, negative(b))


def multiply(a: Decimal, b: Decimal) -> Decimal:
    """The product, exactly."""
    return normal(a.digits * b.digits, a.exponent + b.exponent)


def negative(a: Decimal) -> Decimal:
    """The negative."""
    return Decimal(-a.digits, a.exponent)
