"""Taylor expansions of formulas: beyond float64, at kinks, certified, and what cannot be expanded."""

import math
from fractions import Fraction

import pytest
from flint import arb, arb_series, ctx

from autodiff_cli.derivatives.certified import Limits
from autodiff_cli.derivatives.certified_series import certified_expansion
from autodiff_cli.derivatives.diagnosis import diagnose
from autodiff_cli.derivatives.evaluation import DIRECTION, Evaluation
from autodiff_cli.derivatives.expansions import (
    Expansion,
    expanded_along,
    expansion,
    failure,
    settled,
    without_overflow,
)
from autodiff_cli.errors import MathError, UsageError
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse


def evaluated(text: str, order: int, point: dict[str, float], **options) -> Evaluation:
    return Evaluation(lower(parse(text)), point, order=order, **options)


def expanded(text: str, order: int, **point: float) -> tuple[list[float], list[float | None]]:
    evaluation = evaluated(text, order, point)
    found = expansion(evaluation, expanded_along(evaluation), order)
    node = evaluation.outputs[0].node
    return found.coefficients[node], list(found.derivatives[node])


def certified(text: str, order: int, digits: int | None = None, **point: float) -> Expansion:
    evaluation = evaluated(text, order, point)
    along = expanded_along(evaluation)
    return certified_expansion(evaluation, along, order, True, digits, Limits())


class TestScale:
    """Numbers at the ends of float64's range."""

    def test_derivatives_of_small_coefficients(self):
        """1/200! is no float64; the derivative is 1 all the same."""
        coefficients, derivatives = expanded("exp(x)", 200, x=0.0)
        assert derivatives == pytest.approx([1.0] * 201, rel=1e-13)
        for k in range(171):
            assert coefficients[k] == pytest.approx(float(Fraction(1, math.factorial(k))), rel=1e-13)
        assert coefficients[180] == 0

    def test_slow_functions(self):
        _, derivatives = expanded("exp(x/1e10)", 30, x=0.0)
        assert derivatives == pytest.approx([float(f"1e-{10 * k}") for k in range(31)], rel=1e-12)

    def test_fast_functions(self):
        coefficients, derivatives = expanded("sin(1e10*x)", 40, x=0.0)
        expected = [0.0 if k % 2 == 0 else (-1) ** (k // 2) * 10.0 ** (10 * k) for k in range(31)]
        assert derivatives[:31] == pytest.approx(expected, rel=1e-12)
        assert derivatives[31] == -math.inf
        assert coefficients[33] == pytest.approx(float(Fraction(10**330, math.factorial(33))))

    def test_what_k_factorial_makes_too_large_is_left_out(self):
        evaluation = evaluated("1/(1 - x)", 175, {"x": 0.0})
        found = expansion(evaluation, evaluation.wrt_nodes["x"], 175)
        kept, said = without_overflow(evaluation, found)
        node = evaluation.outputs[0].node
        assert kept.coefficients[node] == [1.0] * 176
        assert kept.derivatives[node][170] == float(math.factorial(170))
        assert list(kept.derivatives[node][171:]) == [None] * 5
        assert [warned.code for warned in said] == ["overflow"]
        assert failure(evaluation, kept) is None

    def test_coefficients_too_large(self):
        evaluation = evaluated("1/x", 40, {"x": 1e-10})
        found = expansion(evaluation, evaluation.wrt_nodes["x"], 40)
        failed = failure(evaluation, found)
        assert failed is not None
        assert "order 30" in failed.message


class TestAlong:
    """What an expansion is along."""

    def test_one_variable(self):
        assert expanded_along(evaluated("x*3", 3, {"x": 1.0})) == 0

    def test_several(self):
        evaluation = evaluated("x*y", 3, {"x": 1.0, "y": 2.0})
        with pytest.raises(UsageError) as failed:
            expanded_along(evaluation)
        assert failed.value.hint == "--wrt x picks one, --direction x=1,y=1 a line through the point"

    def test_none(self):
        with pytest.raises(UsageError):
            expanded_along(evaluated("3", 3, {}))

    def test_definition(self):
        evaluation = evaluated("q = x^2; exp(q)", 3, {"x": 0.0}, wrt=["q"])
        found = expansion(evaluation, expanded_along(evaluation), 3)
        assert found.coefficients[evaluation.outputs[0].node] == [1, 1, 0.5, 1 / 6]

    def test_direction(self):
        point, direction = {"x": 1.0, "y": 2.0}, {"x": 1.0, "y": -1.0}
        evaluation = evaluated("x^2*y", 3, point, is_forward=True, direction=direction)
        assert expanded_along(evaluation) == DIRECTION
        found = expansion(evaluation, DIRECTION, 3)
        assert found.coefficients[evaluation.outputs[0].node] == [2, 3, 0, -1]

    def test_several_outputs(self):
        evaluation = evaluated("f = x^2; g = 1/f", 3, {"x": 1.0}, outputs=["f", "g"])
        found = expansion(evaluation, expanded_along(evaluation), 3)
        assert [found.coefficients[o.node] for o in evaluation.outputs] == [[1, 2, 1, 0], [1, -2, 3, -4]]


class TestKinks:
    """Points without a derivative, or without a series."""

    def test_first_derivative_from_both_sides(self):
        evaluation = evaluated("relu(x) - relu(-x)", 3, {"x": 0.0})
        found = expansion(evaluation, evaluation.wrt_nodes["x"], 3)
        warnings = diagnose(evaluation).warnings
        assert settled(evaluation, found).coefficients[evaluation.outputs[0].node] == [0, 1, 0, 0]
        assert {w.message.partition("; ")[2] for w in warnings} == {
            "higher derivatives are by convention there"
        }

    def test_kink_is_told(self):
        (warned,) = diagnose(evaluated("abs(x)", 5, {"x": 0.0})).warnings
        assert warned.code == "kink"

    def test_infinite_first_derivative(self):
        evaluation = evaluated("sqrt(x)", 3, {"x": 0.0})
        found = expansion(evaluation, evaluation.wrt_nodes["x"], 3)
        got = settled(evaluation, found).coefficients[evaluation.outputs[0].node]
        assert got[:2] == [0, math.inf]

    @pytest.mark.parametrize(("text", "order"), [("x^2.5", 3), ("1 + x^4.5", 5), ("cbrt(x)*x^2", 1)])
    def test_no_series(self, text, order):
        evaluation = evaluated(text, 8, {"x": 0.0})
        failed = failure(evaluation, expansion(evaluation, evaluation.wrt_nodes["x"], 8))
        assert failed is not None
        assert f"the coefficient of order {order} is nan" in failed.message


def rounded(series: arb_series, order: int) -> list[float]:
    return [float(series[k].mid()) for k in range(order + 1)]


class TestCertified:
    """Every coefficient the float64 nearest to the truth."""

    @pytest.mark.parametrize("x", [0.0, 0.1, -0.6])
    @pytest.mark.parametrize(
        ("text", "truth"),
        [
            ("exp(sin(x))", lambda x: x.sin().exp()),
            ("lgamma(x + 3)", lambda x: (x + 3).lgamma()),
            ("erf(x)", lambda x: x.erf()),
            ("(1 + x)^-1.5", lambda x: (x + 1).rsqrt() / (x + 1)),
            ("tan(x)^3", lambda x: x.tan() * x.tan() * x.tan()),
            ("(2 + x)^x", lambda x: ((x + 2).log() * x).exp()),
            ("cbrt(x + 2)", lambda x: ((x + 2).log() / 3).exp()),
            ("lambertw(x + 2)", lambda x: (x + 2).lambertw()),
        ],
    )
    def test_against_arb(self, text, truth, x):
        kept = ctx.cap
        with ctx.workprec(600):
            try:
                ctx.cap = 21
                found = truth(arb_series([arb(x), 1]))
                expected = rounded(found, 20)
                times = [float((found[k] * math.factorial(k)).mid()) for k in range(21)]
            finally:
                ctx.cap = kept
        got = certified(text, 20, x=x)
        (coefficients,), (derivatives,) = got.coefficients.values(), got.derivatives.values()
        assert coefficients == pytest.approx(expected, rel=0, abs=1e-150)
        assert list(derivatives) == pytest.approx(times, rel=0, abs=1e-130)

    def test_what_floats_lose(self):
        """(1 - cos(x))/x^2 at 1e-7 has no right digit in float64."""
        (coefficients,) = certified("(1 - cos(x))/x^2", 4, x=1e-7).coefficients.values()
        assert coefficients == pytest.approx([0.5, -1e-7 / 12, -1 / 24, 1e-7 / 180, 1 / 720], rel=1e-9)
        floats, _ = expanded("(1 - cos(x))/x^2", 4, x=1e-7)
        assert floats != pytest.approx(coefficients, rel=1e-3)

    def test_numbers_are_decimal(self):
        (coefficients,) = certified("0.1*exp(x)", 3, x=0.0).coefficients.values()
        assert coefficients == [0.1, 0.1, 0.05, float(Fraction(1, 60))]

    def test_many_digits(self):
        found = certified("exp(x)", 4, 30, x=0.0)
        ((coefficients, derivatives),) = found.texts.values()
        assert coefficients[3] == "0.166666666666666666666666666667"
        assert derivatives == ["1.00000000000000000000000000000"] * 5

    def test_order_50(self):
        (coefficients,) = certified("exp(sin(x))", 50, x=0.0).coefficients.values()
        assert coefficients[50] == 7.571292886202204e-24
        assert coefficients[3] == 0

    @pytest.mark.parametrize("text", ["x^2.5", "sqrt(x)"])
    def test_no_series(self, text):
        with pytest.raises(MathError):
            certified(text, 5, x=0.0)
