"""Error-free sums and products, and what is made of them."""

import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from autodiff_cli.numbers.double_double import log_quotient, quotient, root, two_product, two_sum

sizes = st.floats(1e-100, 1e100)
numbers = sizes | sizes.map(lambda x: -x)


@given(numbers, numbers)
def test_a_sum_and_its_error_are_exact(a: float, b: float) -> None:
    total, error = two_sum(a, b)
    assert total == a + b
    assert Fraction(total) + Fraction(error) == Fraction(a) + Fraction(b)


@given(st.floats(1e-60, 1e60), numbers.filter(lambda x: 1e-60 < abs(x) < 1e60))
def test_a_product_and_its_error_are_exact(a: float, b: float) -> None:
    product, error = two_product(a, b)
    assert product == a * b
    assert Fraction(product) + Fraction(error) == Fraction(a) * Fraction(b)


near_one = st.floats(0.5, 2.0)
low = st.floats(-(2.0**-54), 2.0**-54)


@given(near_one, low, near_one, low)
def test_quotients_and_roots_have_twice_the_digits(
    a: float, a_low: float, b: float, b_low: float
) -> None:
    above, below = (Fraction(high) + Fraction(rest) for high, rest in ((a, a_low), (b, b_low)))
    found = sum(map(Fraction, quotient(a, a_low, b, b_low)))
    assert abs(found / (above / below) - 1) < Fraction(1, 2**100)
    square = sum(map(Fraction, root(a, a_low))) ** 2
    assert abs(square / above - 1) < Fraction(1, 2**100)


@given(near_one, low, near_one, low)
def test_the_logarithm_of_a_quotient(a: float, a_low: float, b: float, b_low: float) -> None:
    with mp.workprec(300):
        truth = mp.log((mpf(a) + mpf(a_low)) / (mpf(b) + mpf(b_low)))
        allowed = max(1.2 * math.ulp(float(truth)), 2.0**-100)
        assert abs(mpf(log_quotient(a, a_low, b, b_low)) - truth) <= allowed
