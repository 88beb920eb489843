"""The estimate of the rounding error: its formula, what it is blamed on, and that it holds."""

import math
from collections import Counter
from math import ulp

import pytest
from formulas import OutsideTheDomainError, arithmetic, true_value
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.rounding import HALF_THE_DIGITS, RoundingError, rounding_error
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse


def _evaluation(text: str, **point: float) -> Evaluation:
    return Evaluation(lower(parse(text)), point)


def _error(text: str, **point: float) -> RoundingError:
    evaluation = _evaluation(text, **point)
    return rounding_error(evaluation, evaluation.outputs[0])


def test_inputs_and_constants_are_exact():
    assert _error("x", x=0.1).absolute == 0
    assert _error("0.1").absolute == 0
    assert _error("-abs(x)", x=0.1).absolute == 0
    assert _error("max(x, 3)", x=0.1).absolute == 0


def test_one_operation_is_off_by_a_unit():
    assert _error("x + y", x=0.1, y=0.2).absolute == ulp(0.1 + 0.2)
    assert _error("x*y", x=3.0, y=7.0).absolute == ulp(21.0)
    assert _error("1/3").absolute == ulp(1 / 3)
    assert _error("sin(x)", x=2.0).absolute == ulp(math.sin(2.0))
    assert _error("sinh(x)", x=2.0).absolute == 2 * ulp(math.sinh(2.0))


def test_errors_are_carried_by_the_adjoints():
    total, result = 2.0 + 5.0, (2.0 + 5.0) * -4.0
    assert _error("(x + y)*z", x=2.0, y=5.0, z=-4.0).absolute == ulp(total) * 4 + ulp(result)
    s = math.sin(0.3)
    assert _error("sin(x)*1000", x=0.3).absolute == pytest.approx(
        ulp(s) * 1000 + ulp(s * 1000), rel=1e-15
    )
    # A shared node counts once, with the sum of what it passes on.
    assert _error("s = sin(x); s*s", x=0.3).absolute == pytest.approx(
        ulp(s) * 2 * s + ulp(s * s), rel=1e-15
    )


def test_a_branch_not_taken_does_not_count():
    taken = _error("where(x > 0, x*3, exp(x)*1e9)", x=1.0).absolute
    assert taken == ulp(3.0)


def test_what_is_not_finite_has_no_finite_error():
    assert math.isnan(_error("sqrt(x)*2", x=-1.0).absolute)
    assert not math.isfinite(_error("exp(x)*2", x=1000.0).absolute)
    assert _error("exp(x) - exp(x)", x=1000.0).culprit is None


def _summed(evaluation: Evaluation) -> float:
    graph = evaluation.lowered.graph
    (output,) = evaluation.outputs
    return math.fsum(
        graph.operators[node].rounding
        * ulp(evaluation.value(node))
        * abs(evaluation.adjoint(output, node) or 0.0)
        for node in evaluation.nodes
        if graph.arguments[node]
    )


CULPRITS = [
    ("(1 + x) - 1", {"x": 1e-12}, "(1 + x) - 1"),
    ("1000*((1 + x) - 1) + 1e-9", {"x": 1e-12}, "(1 + x) - 1"),
    ("(x + 1e8) - 1e8 + (y - 1)", {"x": 1e-4, "y": 4.0}, None),
    ("(x - y)*(x + y)", {"x": 1.0, "y": 1 - 1e-13}, None),
    ("x*x - y*y", {"x": 1.0, "y": 1 - 1e-13}, "x*x - y*y"),
    ("exp(x) - 1", {"x": 1e-9}, "exp(x) - 1"),
    ("expm1(x)", {"x": 1e-9}, None),
    ("sin(x)", {"x": 1e10}, None),
]


@pytest.mark.parametrize(("text", "point", "place"), CULPRITS)
def test_the_culprit_is_where_the_digits_cancel(text, point, place):
    evaluation = _evaluation(text, **point)
    error = rounding_error(evaluation, evaluation.outputs[0])
    assert error.absolute == pytest.approx(_summed(evaluation), rel=1e-12)
    if place is None:
        assert error.culprit is None
    else:
        assert error.culprit is not None
        start, end = evaluation.lowered.span(error.culprit) or (0, 0)
        assert text[start:end].strip("()") == place.strip("()")


@pytest.mark.parametrize(
    ("x", "lost"), [(1e-7, False), (2e-8, False), (1e-8, True), (3e-9, True), (1e-9, True)]
)
def test_more_than_half_of_the_digits(x, lost):
    evaluation = _evaluation("(1 + x) - 1", x=x)
    error = rounding_error(evaluation, evaluation.outputs[0])
    assert (error.culprit is not None) == lost
    assert lost == (error.absolute > HALF_THE_DIGITS * evaluation.value(evaluation.outputs[0].node))


def test_the_estimate_covers_the_true_error_and_is_not_idle():
    seen, tightest = Counter(), 0.0
    coordinate = st.integers(1, 4000).map(lambda n: n / 1000)

    @settings(deadline=None, derandomize=True, max_examples=250)
    @given(arithmetic(leaves=12), coordinate, coordinate, coordinate)
    def check(text, x, y, z):
        nonlocal tightest
        point = {"x": x, "y": y, "z": z}
        evaluation = _evaluation(text, **point)
        (output,) = evaluation.outputs
        value, error = evaluation.value(output.node), rounding_error(evaluation, output).absolute
        seen["all"] += 1
        # To first order: where half of the digits are gone, the rest is not said to be small.
        if not (math.isfinite(error) and error <= HALF_THE_DIGITS * abs(value)):
            return
        try:
            truth = true_value(evaluation.lowered.graph, output.node, point)
        except OutsideTheDomainError:
            return
        seen["checked"] += 1
        off = abs(mp.mpf(value) - truth)
        assert error == pytest.approx(_summed(evaluation), rel=1e-12)
        assert off <= error * (1 + 1e-6), f"{text} at {point} is off by {off}, not {error}"
        if error:
            tightest = max(tightest, float(off / error))

    with mp.workdps(60):
        check()
    assert seen["checked"] >= 150
    assert seen["checked"] >= 0.6 * seen["all"]
    assert tightest > 0.1
