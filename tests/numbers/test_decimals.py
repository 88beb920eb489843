"""Decimal numbers as written: exact, and told from float64 numbers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff_cli.numbers.decimals import Decimal, add, multiply, negative, of_float, subtract, written

# Numbers as they are written, up to thirty places.
numbers = st.builds(
    "{}.{:0{}}".format, st.integers(0, 10**9), st.integers(0, 10**20), st.integers(1, 30)
)


def fraction(decimal: Decimal) -> Fraction:
    return decimal.digits * Fraction(10) ** decimal.exponent


@pytest.mark.parametrize(
    ("text", "digits", "exponent"),
    [("0.1", 1, -1), ("0.10", 1, -1), ("1e-1", 1, -1), ("1_000", 1, 3), (".5", 5, -1), ("2.", 2, 0),
     ("0.000", 0, 0), ("12.5E+2", 125, 1)],
)  # fmt: skip
def test_written(text: str, digits: int, exponent: int) -> None:
    assert written(text) == (digits, exponent)


@given(numbers)
def test_written_is_the_number(text: str) -> None:
    assert fraction(written(text)) == Fraction(text)
    assert written(text).is_float(float(text)) == (Fraction(float(text)) == Fraction(text))


@given(numbers, numbers)
def test_arithmetic_is_exact(a: str, b: str) -> None:
    x, y = Fraction(a), -Fraction(b)
    p, q = written(a), negative(written(b))
    assert fraction(add(p, q)) == x + y
    assert fraction(subtract(p, q)) == x - y
    assert fraction(multiply(p, q)) == x * y


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_decimals(value: float) -> None:
    assert fraction(of_float(value)) == Fraction(value)
    assert of_float(value).is_float(value)
