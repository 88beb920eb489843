"""The estimate of the rounding error: its parts, what it is blamed on, and that it holds."""

import json
import math
import statistics
from fractions import Fraction
from math import ulp
from pathlib import Path

import pytest
from formulas import OutsideTheDomainError, arithmetic, smooth, true_value
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.rounding import HALF_THE_DIGITS, RoundingError, rounding_errors
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse

DATA = Path(__file__).parent.parent / "data"

# A bound is computed in floats, too, and takes a little more than it must.
NEARLY = 1e-5


def _evaluation(text: str, **point: float) -> Evaluation:
    return Evaluation(lower(parse(text)), point)


def _error(text: str, **point: float) -> RoundingError:
    evaluation = _evaluation(text, **point)
    node = evaluation.outputs[0].node
    return rounding_errors(evaluation, [node])[node]


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("x", {"x": 0.1}),
        ("0.5", {}),
        ("-abs(x)", {"x": 0.1}),
        ("max(x, 3)", {"x": 0.1}),
        ("(x + y)*z", {"x": 2.0, "y": 5.0, "z": -4.0}),
        ("x^2 + x^3", {"x": 3.0}),
        ("x/4 + sqrt(x)", {"x": 4.0}),
        ("exp(x) + cos(x)", {"x": 0.0}),
        ("1e9 + 1 - 1e9", {}),
        ("where(x > 0, x, exp(x)*1e9)", {"x": 1.0}),
    ],
)
def test_what_is_exact_has_no_error(text, point):
    assert _error(text, **point).absolute == 0


@pytest.mark.parametrize(
    ("text", "point", "exact"),
    [
        ("x + y", {"x": 0.1, "y": 0.2}, Fraction(0.1) + Fraction(0.2)),
        ("x*y", {"x": 0.1, "y": 0.3}, Fraction(0.1) * Fraction(0.3)),
        ("1/3", {}, Fraction(1, 3)),
        ("x^2", {"x": 0.1}, Fraction(0.1) ** 2),
        ("0.1", {}, Fraction(1, 10)),
        ("0.1*x", {"x": 1.0}, Fraction(1, 10)),
        ("x - 0.3", {"x": 0.3}, Fraction(0.3) - Fraction(3, 10)),
    ],
)
def test_of_arithmetic_the_error_is_known(text, point, exact):
    """Not only bounded: what one operation has lost is a float itself."""
    evaluation = _evaluation(text, **point)
    value = evaluation.value(evaluation.outputs[0].node)
    assert _error(text, **point).absolute == pytest.approx(
        float(abs(exact - Fraction(value))), rel=NEARLY
    )


def test_other_kernels_may_be_off_by_what_their_records_say():
    for name in ("sin", "tanh", "log1p"):
        evaluation = _evaluation(f"{name}(x)", x=0.7)
        node = evaluation.outputs[0].node
        units = evaluation.graph.operators[node].rounding
        assert units > 0
        found = rounding_errors(evaluation, [node])[node].absolute
        assert found == pytest.approx(units * ulp(evaluation.value(node)), rel=NEARLY, abs=0)


def test_errors_are_carried_by_the_adjoints():
    s = ulp(math.sin(0.3))
    assert _error("sin(x)*1024", x=0.3).absolute == pytest.approx(s * 1024, rel=NEARLY, abs=0)
    # A shared node counts once, with the sum of what it passes on.
    assert _error("s = sin(x); s + s", x=0.3).absolute == pytest.approx(2 * s, rel=NEARLY, abs=0)
    assert _error("s = sin(x); s - s", x=0.3).absolute == 0


def test_an_error_is_carried_along_a_partial_that_underflows():
    # The partial along exp(v), 7e-292/1e191, is 0 in floats; the rounding of v makes 1e-14 there.
    text, point = "y/exp(v); v = 1.1*x", {"x": 400.1, "y": 1e-100}
    value = _evaluation(text, **point)
    assert 1e-14 * value.value(value.outputs[0].node) < _error(text, **point).absolute < 1e-300


def test_what_is_not_finite_has_no_finite_error():
    assert math.isnan(_error("sqrt(x)*2", x=-1.0).absolute)
    assert not math.isfinite(_error("exp(x)*2", x=1000.0).absolute)
    assert _error("exp(x) - exp(x)", x=1000.0).culprit is None


@pytest.mark.parametrize(
    ("text", "point", "least"),
    [
        # Off by a whole step: log(243)/log(3) rounds below 5.
        ("floor(log(x)/log(3))", {"x": 243.0}, 1.0),
        ("where(log(x)/log(3) >= 5, 1, 10)", {"x": 243.0}, 9.0),
        ("not (log(x)/log(3) < 5)", {"x": 243.0}, 1.0),
        ("mod(log(x)/log(3), 1)", {"x": 243.0}, 0.9),
        # The same where the operand's error is too small to show in a sum with it.
        ("mod(x, x^2)", {"x": 0.001}, 9e-7),
        # The adjoint is 0 where the operand's error is all there is.
        ("(x + y - z)^2", {"x": 0.1, "y": 0.2, "z": 0.3 + 2**-54}, 7e-34),
        ("abs((x + 1e-17) - x)", {"x": 1.0}, 1e-17),
        # The partial is infinite, the error is not.
        ("sqrt((x + 1e-17) - x)", {"x": 1.0}, 3e-9),
        ("sin(1e17*x)", {"x": 1.1}, 0.1),
    ],
)
def test_beyond_first_order(text, point, least):
    error = _error(text, **point)
    assert least <= error.absolute < math.inf
    assert error.culprit is not None


@pytest.mark.parametrize(
    ("text", "point", "most"),
    [
        # A function turns where the operand is least known: the error is of second order.
        ("cos((x + 1e-9) - x)", {"x": 1.0}, 1e-15),
        # The error of the operand is much less than the way to the next float.
        ("asin(1 - x^2)", {"x": 1e-12}, 1e-11),
        # Waves of large numbers have bounds.
        ("sinc(x*0.1)", {"x": 1e17}, 1e-15),
        ("sin(x*0.1)", {"x": 1e30}, 2.0),
        # Adjoints overflow or underflow, the error does not.
        ("x^2*1e300*1e20", {"x": 2e-160}, 1e-3),
        ("x*1e200*1e200*1e-200*1e-200", {"x": 1e-300}, 1e-315),
    ],
)
def test_beyond_first_order_is_not_too_much(text, point, most):
    assert 0 < _error(text, **point).absolute <= most


CULPRITS = [
    ("(1 + x) - 1", {"x": 1e-12}, "(1 + x) - 1"),
    ("1000*((1 + x) - 1) + 1e-9", {"x": 1e-12}, "(1 + x) - 1"),
    ("(x + 1e8) - 1e8 + (y - 1)", {"x": 1e-4, "y": 4.0}, None),
    ("(x - y)*(x + y)", {"x": 1.0, "y": 1 - 1e-13}, None),
    ("x*x - y*y", {"x": 1.0, "y": 1 - 1e-13}, None),
    ("x*x - y*y", {"x": 1.1, "y": 1.1 - 1e-13}, "x*x - y*y"),
    ("sin(x)^2 - sin(y)^2", {"x": 1.1, "y": 1.1 - 1e-13}, "sin(x)^2 - sin(y)^2"),
    ("exp(x) - 1", {"x": 1e-9}, "exp(x) - 1"),
    ("expm1(x)", {"x": 1e-9}, None),
    ("sin(x)", {"x": 1e10}, None),
    ("(exp(2*x)-1)/(exp(2*x)+1)", {"x": 1e-10}, "exp(2*x)-1"),
    ("sqrt(1+x)-1", {"x": 1e-14}, "sqrt(1+x)-1"),
    ("3*0.1 - 0.3", {}, "3*0.1 - 0.3"),
]


@pytest.mark.parametrize(("text", "point", "place"), CULPRITS)
def test_the_culprit_is_where_the_digits_cancel(text, point, place):
    evaluation = _evaluation(text, **point)
    node = evaluation.outputs[0].node
    error = rounding_errors(evaluation, [node])[node]
    if place is None:
        assert error.culprit is None
    else:
        assert error.culprit is not None
        start, end = evaluation.lowered.span(error.culprit) or (0, 0)
        assert text[start:end].strip("()") == place.strip("()")


@pytest.mark.parametrize(("x", "lost"), [(1e-6, False), (2e-8, False), (3e-10, True), (1e-10, True)])
def test_more_than_half_of_the_digits(x, lost):
    error = _error("exp(x) - 1", x=x)
    assert (error.culprit is not None) == lost
    assert lost == (error.absolute > HALF_THE_DIGITS * x)


# -- The truth -----------------------------------------------------------------------------------


def _off(evaluation: Evaluation, node: int, point: dict[str, float]) -> float | None:
    """The true error; None where the formula has no real value."""
    try:
        truth = true_value(evaluation.graph, node, point)
    except OutsideTheDomainError:
        return None
    return float(abs(mp.mpf(evaluation.value(node)) - truth))


def _checked(text: str, point: dict[str, float]) -> float | None:
    """The estimate as a multiple of the true error, after the check that it covers it."""
    evaluation = _evaluation(text, **point)
    node = evaluation.outputs[0].node
    if not math.isfinite(evaluation.value(node)):
        return None
    error = rounding_errors(evaluation, [node])[node].absolute
    off = _off(evaluation, node, point)
    if off is None or not math.isfinite(error):
        return None
    # Below the smallest floats an error is one of underflow.
    assert off <= error * (1 + NEARLY) + 5e-324, f"{text} at {point}: off by {off}, not {error}"
    return error / off if off > 1e-300 else None


@pytest.mark.parametrize("formulas", [arithmetic(leaves=12), smooth(leaves=6)], ids=["+-*/", "smooth"])
def test_the_estimate_covers_the_true_error_and_is_not_idle(formulas):
    ratios = []
    coordinate = st.one_of(
        st.integers(1, 4000).map(lambda n: n / 1000), st.floats(-12, 3).map(lambda e: 10.0**e)
    )

    @settings(deadline=None, derandomize=True, max_examples=400)
    @given(formulas, coordinate, coordinate, coordinate)
    def check(text, x, y, z):
        ratio = _checked(text, {"x": x, "y": y, "z": z})
        if ratio is not None:
            ratios.append(ratio)

    with mp.workdps(120):
        check()
    assert len(ratios) > 100
    assert statistics.median(ratios) < 10
    assert sum(ratio < 100 for ratio in ratios) > 0.9 * len(ratios)


@pytest.mark.parametrize("file", ["feynman.json", "shellformulas.json", "calculus.json"])
def test_the_estimate_covers_the_error_of_real_formulas(file):
    """Formulas and references of others; references are rounded themselves."""
    ratios = []
    for case in json.loads((DATA / file).read_text("utf-8"))["cases"]:
        for point in case.get("points", []):
            evaluation = _evaluation(case["expr"], **point["point"])
            node = evaluation.outputs[0].node
            error = rounding_errors(evaluation, [node])[node].absolute
            off, rounded = abs(evaluation.value(node) - point["value"]), ulp(point["value"]) / 2
            assert off <= error * (1 + NEARLY) + rounded, case["id"]
            if max(off, rounded) > 0:
                ratios.append(error / max(off, rounded))
    assert statistics.median(ratios) < 10
    assert max(ratios) < 1000


@pytest.mark.parametrize("text", ["(y - x)^0", "relu(y - x)", "normcdf(min(y - x, 2*y))"])
def test_an_error_may_be_nothing_beside_the_next_float(text):
    """The difference has lost 5e-324, and the next float is 1e284 away: their quotient underflows."""
    assert 0 <= _error(text, y=1e300, x=5e-324).absolute < math.inf
