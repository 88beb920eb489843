"""Kernels of elementary functions where they are difficult, and their conventions."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf
from operator_truth import ulps

from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.numbers import floats, hyperbolic, logistic


@given(st.floats(allow_nan=False, allow_infinity=False).filter(bool))
def test_the_inverse_cotangent_is_that_of_the_reciprocal(x: float) -> None:
    """acot(x) = atan(1/x): odd, between -pi/2 and pi/2, not the one between 0 and pi."""
    with mp.workprec(200):
        assert ulps(hyperbolic.acot(x), mp.atan(1 / mpf(x))) <= 1
    assert hyperbolic.acot(-x) == -hyperbolic.acot(x)


def test_the_inverse_cotangent_jumps_at_0() -> None:
    assert hyperbolic.acot(0.0) == math.pi / 2
    assert hyperbolic.acot(-0.0) == -math.pi / 2


@pytest.mark.parametrize(
    ("name", "point", "value"),
    [
        ("xlogy", (0.0, 0.0), 0.0),
        ("xlogy", (0.0, math.inf), 0.0),
        ("xlogy", (0.0, -1.0), math.nan),
        ("xlogy", (0.0, math.nan), math.nan),
        ("xlog1py", (0.0, -1.0), 0.0),
        ("logit", (0.0,), -math.inf),
        ("logit", (1.0,), math.inf),
        ("asec", (math.inf,), math.pi / 2),
        ("asec", (-math.inf,), math.pi / 2),
        ("asec", (0.5,), math.nan),
        ("acsch", (-0.0,), -math.inf),
        ("asech", (0.0,), math.inf),
        ("acoth", (-1.0,), -math.inf),
        ("acoth", (0.5,), math.nan),
        ("csch", (-0.0,), -math.inf),
        ("sech", (math.inf,), 0.0),
        ("tanh", (-math.inf,), -1.0),
        ("sinh", (-math.inf,), -math.inf),
        ("elu", (-math.inf,), -1.0),
        ("silu", (-math.inf,), 0.0),
        ("mish", (math.inf,), math.inf),
        ("exprel", (-math.inf,), 0.0),
        ("expmoment", (1.0, 0.0), 0.5),
        ("expmoment", (0.5, 1.0), math.nan),
        ("logaddexp", (-math.inf, -math.inf), -math.inf),
        ("logaddexp", (math.inf, -math.inf), math.inf),
        ("cathetus", (math.inf, math.inf), math.nan),
        ("cathetus", (1.0, 2.0), math.nan),
        ("direction", (-math.inf, 3.0), -1.0),
        ("avg", (1e308, 1e308), 1e308),
        ("avg", (1e308, 1e308, -1e308, -1e308, 1.0), 0.2),
        ("avg", (math.inf, -math.inf), math.nan),
        ("floordiv", (-1.0, math.inf), -1.0),
        ("floordiv", (1.0, 0.1), 9.0),
        ("hardtanh", (5.0,), 1.0),
        ("relu6", (7.0,), 6.0),
        ("deg", (math.pi,), 180.0),
        ("rad", (180.0,), math.pi),
    ],
)
def test_values_at_the_edges(name: str, point: tuple[float, ...], value: float) -> None:
    got = BY_NAME[name].floats(*point)
    assert got == value or (math.isnan(got) and math.isnan(value))


def test_logaddexp_beside_its_zeros() -> None:
    """log(exp(x) + exp(y)) where the two add up to nearly 1: all digits are there."""
    generator = random.Random("zeros")
    for _ in range(300):
        y = -(10.0 ** generator.uniform(-12, 2))
        x = float(mp.log1p(-mp.exp(y))) * (
            1 + generator.choice((0, 1, -1)) * 10.0 ** generator.uniform(-16, 0)
        )
        with mp.workprec(700):
            truth = mp.log(mp.exp(mpf(x)) + mp.exp(mpf(y)))
            assert ulps(logistic.logaddexp(x, y), truth) <= 2, (x, y)


@given(st.floats(-745, 800))
def test_exponentials_of_any_size(x: float) -> None:
    """A number near 1 and an exponent, exact to one unit even beyond the range of floats."""
    fraction, exponent = floats.scaled_exp(x)
    assert 0.7 < fraction < 1.42
    with mp.workprec(200):
        assert ulps(fraction, mp.exp(mpf(x)) / mpf(2) ** exponent) <= 1


@given(st.integers(0, 12), st.floats(-900, 715))
def test_moments_of_the_exponential(n: int, x: float) -> None:
    with mp.workprec(1200):
        truth = mp.hyp1f1(n + 1, n + 2, mpf(x)) / (n + 1)
        assert ulps(logistic.expmoment(float(n), x), truth) <= BY_NAME["expmoment"].rounding
