"""Truths from values alone, the Taylor test, verdicts, and what wrong derivatives look like."""

from collections import Counter
from math import exp, isclose, pi

import pytest
from formulas import smooth
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_cli.checking import differences
from autodiff_cli.checking.checking import RTOL, Question, check, random_points
from autodiff_cli.checking.claims import read_claim
from autodiff_cli.checking.differences import BallTruth, FloatTruth
from autodiff_cli.checking.verdicts import Check, Partial, Verdict
from autodiff_cli.errors import MathError, UsageError
from autodiff_cli.graph import reverse
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.operators import OPERATORS
from autodiff_cli.graph.operators.record import Operator
from autodiff_cli.graph.rules import rule
from autodiff_cli.language.notation import ATOM, applied
from autodiff_cli.language.parser import parse


def checked(
    formula: str, point: dict[str, float] | list[dict[str, float]], *wrt: str, **claims: str
) -> Check:
    """The check of a formula at a point or at several, with claims by name."""
    lowered = lower(parse(formula))
    read = {name: read_claim(name, text, lowered, ()) for name, text in claims.items()}
    points = point if isinstance(point, list) else [point]
    return check(Question(lowered, read, (), wrt, RTOL, 0), points)


def partial(found: Check, name: str = "x") -> Partial:
    """The partial along a name at the worst point."""
    return next(p for p in found.worst.partials if p.name == name)


def explanation(formula: str, claim: str, **point: float) -> str:
    """What is said of a wrong claim for x."""
    told = partial(checked(formula, point, x=claim))
    assert told.verdict is Verdict.WRONG, told
    return told.explanation


@pytest.fixture
def without_balls(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_balls() -> BallTruth:
        raise ImportError("no flint", name="flint")

    monkeypatch.setattr(differences, "BallTruth", no_balls)


class TestTheTruth:
    @pytest.mark.parametrize(
        ("formula", "point", "truth"),
        [
            ("sin(x)", {"x": 0.0}, 1.0),
            ("exp(x)", {"x": 1.0}, 2.718281828459045),
            ("x^3", {"x": 0.0}, 0.0),
            ("x^3", {"x": 1e-200}, 0.0),
            ("log(x)", {"x": 1e-300}, 1e300),
            ("log(1e-300 + x)", {"x": 0.0}, 1e300),
            ("(1 + x)^2", {"x": 1e-300}, 2.0),
            ("1e-200*x^2", {"x": 3.0}, 6e-200),
            ("sin(x)", {"x": 1e300}, -0.5753861119575491),
            ("sin(x)^2 + cos(x)^2", {"x": 0.7}, 0.0),
            ("(exp(x) - 1)/x", {"x": 1e-8}, 0.5000000033333334),
        ],
    )
    def test_by_balls_every_digit_is_right(
        self, formula: str, point: dict[str, float], truth: float
    ) -> None:
        found = partial(checked(formula, point))
        assert found.truth is not None
        assert isclose(found.truth, truth, rel_tol=3e-16)

    @pytest.mark.usefixtures("without_balls")
    @pytest.mark.parametrize(
        ("formula", "point"),
        [
            ("sin(x)", {"x": 0.0}),
            ("exp(x)*cos(3*x)", {"x": 1.0}),
            ("log(x)", {"x": 1e-300}),
            ("x^3", {"x": 0.0}),
            ("x^y", {"x": 1.0, "y": 2.5}),
            ("sin(1000*x)*exp(-x)", {"x": 1.0}),
            ("1e-200*x^2", {"x": 3.0}),
            ("sin(x)^2 + cos(x)^2", {"x": 0.7}),
        ],
    )
    def test_by_floats_it_is_within_the_error_that_is_told(
        self, formula: str, point: dict[str, float]
    ) -> None:
        found = checked(formula, point)
        assert found.method == "differences of floats"
        for told in found.worst.partials:
            assert told.verdict is Verdict.RIGHT, told
            assert told.truth is not None
            assert abs(told.truth - told.sweep) <= told.tolerance <= 1e-6 * max(1.0, abs(told.truth))

    @pytest.mark.usefixtures("without_balls")
    @pytest.mark.parametrize(
        ("formula", "x"),
        [
            ("sqrt(x^2 + 1e-20)", 0.0),
            ("sin(x) - x", 1e16),
            ("tanh(abs(x)^x)", -1e-300),
            ("where(y^2 > 0.3, y^4, y^2); y = x", -1e-300),
            ("tanh(x)", 20.0),
            ("tanh(x)", 300.0),
            ("1e-20*tanh(x)", 300.0),
            ("1 + 1e-30*sin(x)", 1.0),
        ],
    )
    def test_floats_say_when_they_cannot_tell(self, formula: str, x: float) -> None:
        told = partial(checked(formula, {"x": x}))
        assert told.verdict is Verdict.UNSETTLED
        assert told.truth is None
        assert told.explanation

    @pytest.mark.usefixtures("without_balls")
    @pytest.mark.parametrize("claim", ["0", "-1.8e-17", "1.7e-17", "1e-16", "-1e-15"])
    def test_floats_accept_no_claim_that_they_cannot_tell_from_others(self, claim: str) -> None:
        told = partial(checked("tanh(x)", {"x": 20.0}, x=claim))
        assert told.verdict is Verdict.UNSETTLED
        assert "only to within" in told.explanation

    @pytest.mark.usefixtures("without_balls")
    @pytest.mark.parametrize(
        ("formula", "x", "claim", "verdict"),
        [
            ("x^2 + 1", 0.0, "0", Verdict.RIGHT),
            ("x^2 + 1", 0.0, "2*x", Verdict.RIGHT),
            ("x^2 + 1", 1e-15, "2*x", Verdict.RIGHT),
            ("x^2 + 1", 1e-15, "0", Verdict.UNSETTLED),
            ("x^2 + 1", 1e-15, "-2*x", Verdict.UNSETTLED),
            ("x^2 + 1", 0.0, "1e-12", Verdict.WRONG),
            ("cos(x)", pi, "-sin(x)", Verdict.RIGHT),
            ("cos(x)", pi, "sin(x)", Verdict.UNSETTLED),
            ("sin(x)^2 + cos(x)^2", 0.7, "0", Verdict.RIGHT),
            ("sin(x)^2 + cos(x)^2", 0.7, "1e-14", Verdict.UNSETTLED),
            ("round(x)", 0.7, "0", Verdict.RIGHT),
        ],
    )
    def test_by_floats_the_sweep_and_the_scale_of_slopes_bear_witness(
        self, formula: str, x: float, claim: str, verdict: Verdict
    ) -> None:
        assert partial(checked(formula, {"x": x}, x=claim)).verdict is verdict

    @pytest.mark.usefixtures("without_balls")
    def test_at_a_stationary_point_floats_tell_a_right_sweep(self) -> None:
        for formula, x in (("cos(x)", pi), ("x^2 + 1", 0.0), ("cosh(x)", 0.0)):
            assert partial(checked(formula, {"x": x})).verdict is Verdict.RIGHT

    @pytest.mark.usefixtures("without_balls")
    def test_floats_tell_lost_digits_from_a_wrong_rule(self) -> None:
        assert partial(checked("(exp(x) - 1)/x", {"x": 1e-8})).verdict is Verdict.LOST_DIGITS

    def test_the_error_of_floats_covers_the_truth(self) -> None:
        from autodiff_cli.derivatives.evaluation import Evaluation

        for formula in ("sin(x)*exp(x)", "log(x) + sqrt(x)", "x^7 - 3*x", "atan(10*x)"):
            for x in (0.3, 1.0, 17.5):
                evaluation = Evaluation(lower(parse(formula)), {"x": x})
                output, node = evaluation.outputs[0], evaluation.wrt_nodes["x"]
                truths = [
                    truth.along(truth.function(evaluation, output), node, 1.0, told=False)
                    for truth in (BallTruth(), FloatTruth())
                ]
                assert abs(truths[0].derivative - truths[1].derivative) <= truths[1].error

    def test_definitions_are_moved_by_themselves(self) -> None:
        found = checked("a = x^2; a*x + a", {"x": 3.0}, "a", "x")
        assert partial(found, "a").truth == 4.0
        assert partial(found, "x").truth == 33.0
        assert found.verdict is Verdict.RIGHT


def cases() -> list[tuple[Operator, str]]:
    """Every function with a rule, and a parameter that the rule is along."""
    found = [(o, p) for o in OPERATORS for p, text in o.partials.items() if text != "nan"]
    return [(o, "a" if o.variadic else p) for o, p in found]


@pytest.mark.parametrize(("operator", "along"), cases())
def test_every_rule_against_values(operator: Operator, along: str) -> None:
    names = ["a", "b", "c"] if operator.variadic else list(operator.parameters)
    formula = applied(operator.name, [(name, ATOM) for name in names])[0]
    samples = {n: operator.samples["xs" if operator.variadic else n] for n in names}
    near = {n: (max(low, -9.0), min(high, 9.0)) for n, (low, high) in samples.items()}
    ranges = {n: ends if ends[0] <= ends[1] else samples[n] for n, ends in near.items()}
    try:
        found = checked(formula, random_points({}, ranges, 3, 1), along)
    except MathError:
        pytest.skip("no value at these points")
    assert found.verdict.holds, found.worst


@pytest.mark.parametrize("balls", [True, False])
def test_a_wrong_rule_is_found(monkeypatch: pytest.MonkeyPatch, balls: bool) -> None:
    real = reverse._rules  # pyright: ignore[reportPrivateUsage]

    def broken(operator: Operator, count: int, rule_of: reverse.RuleOf) -> object:
        if operator.name == "sin":
            return (rule(operator, "-cos(x)", 1),)
        return real(operator, count, rule_of)

    monkeypatch.setattr(reverse, "_rules", broken)
    if not balls:
        monkeypatch.setattr(differences, "best_truth", FloatTruth)
        monkeypatch.setattr("autodiff_cli.checking.checking.best_truth", FloatTruth)
    found = checked("y*sin(x)", {"x": 1.3, "y": 2.0})
    assert partial(found).verdict is Verdict.WRONG
    assert "a rule of autodiff's own is wrong" in partial(found).explanation
    assert partial(found, "y").verdict is Verdict.RIGHT
    taylor = found.worst.taylor
    assert taylor is not None
    assert taylor.is_right is False
    assert taylor.slope == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("truth", [BallTruth, FloatTruth])
def test_no_right_gradient_is_called_wrong(
    monkeypatch: pytest.MonkeyPatch, truth: type[BallTruth] | type[FloatTruth]
) -> None:
    monkeypatch.setattr("autodiff_cli.checking.checking.best_truth", truth)
    seen: Counter[str] = Counter()
    special = st.sampled_from([0.0, 1.0, -1.0, 2.0, 0.3, 1e-8, 1e8, -1e-300])
    coordinate = special | st.integers(-2500, 2500).map(lambda n: n / 1000 + 0.0003)

    @settings(deadline=None, derandomize=True, max_examples=300)
    @given(smooth(), coordinate, coordinate)
    def never_wrong(text: str, x: float, y: float) -> None:
        try:
            found = checked(text, {"x": x, "y": y})
        except (MathError, UsageError):
            seen["nothing to check"] += 1
            return
        seen[found.verdict] += 1
        assert found.verdict is not Verdict.WRONG, found.worst
        if truth is BallTruth:
            assert found.verdict is not Verdict.UNSETTLED, found.worst

    never_wrong()
    assert seen[Verdict.RIGHT] > 150, seen


class TestTheTaylorTest:
    def test_right_has_slope_two(self) -> None:
        taylor = checked("exp(x)*sin(y)", {"x": 1.0, "y": 2.0}).worst.taylor
        assert taylor is not None
        assert taylor.is_right
        assert taylor.slope == pytest.approx(2.0, abs=1e-6)
        assert [step.h for step in taylor.steps] == [float(f"1e-{k}") for k in range(1, 11)]

    @pytest.mark.usefixtures("without_balls")
    @pytest.mark.parametrize(
        ("formula", "x"), [("exp(x)", 1.0), ("sin(1000*x)", 1.0), ("x^2", 1e8), ("log(x)", 1e-9)]
    )
    def test_rounding_is_kept_out(self, formula: str, x: float) -> None:
        taylor = checked(formula, {"x": x}).worst.taylor
        assert taylor is not None
        assert taylor.slope == pytest.approx(2.0, abs=0.1)

    def test_without_curvature(self) -> None:
        taylor = checked("3*x - y/7", {"x": 1.0, "y": 2.0}).worst.taylor
        assert taylor is not None
        assert taylor.slope is None
        assert taylor.is_right

    def test_where_float64_loses_digits_the_rule_is_still_right(self) -> None:
        taylor = checked("(exp(x) - 1)/x", {"x": 1e-8}).worst.taylor
        assert taylor is not None
        assert taylor.slope == pytest.approx(2.0, abs=1e-6)

    def test_remainders_that_are_less_than_any_float(self) -> None:
        right, wrong = (checked("x^2", {"x": 1e-300}, x=c).worst.taylor for c in ("2*x", "x"))
        assert right is not None
        assert right.slope == pytest.approx(2.0)
        assert wrong is not None
        assert wrong.slope == pytest.approx(1.0)

    @pytest.mark.usefixtures("without_balls")
    def test_a_remainder_that_is_rounding_has_no_slope(self) -> None:
        taylor = checked("cos(x)", {"x": pi}).worst.taylor
        assert taylor is not None
        slopes = [step.order for step in taylor.steps if step.order is not None]
        assert slopes == pytest.approx([2.0] * 6, abs=0.01)

    def test_higher_slopes_are_right(self) -> None:
        taylor = checked("x^3", {"x": 0.0}).worst.taylor
        assert taylor is not None
        assert taylor.slope == pytest.approx(3.0)
        assert taylor.is_right

    def test_of_a_claim(self) -> None:
        taylor = checked("x^2*y", {"x": 1.5, "y": 2.0}, x="2*x*y + 1e-6").worst.taylor
        assert taylor is not None
        assert taylor.slope == pytest.approx(1.0, abs=0.01)
        assert taylor.is_right is False

    def test_of_a_number_that_is_rounded(self) -> None:
        taylor = checked("sin(x)", {"x": 1.5}, x="0.0707372016677029").worst.taylor
        assert taylor is not None
        assert taylor.slope == pytest.approx(2.0, abs=0.05)

    def test_a_step_out_of_the_domain(self) -> None:
        taylor = checked("log(x - 1)", {"x": 1.0 + 1e-6}).worst.taylor
        assert taylor is not None
        assert taylor.is_right
        assert taylor.steps[-1].order == pytest.approx(2.0, abs=0.01)


class TestClaims:
    @pytest.mark.parametrize(
        ("formula", "claim"),
        [
            ("sin(x^2)", "2*x*cos(x^2)"),
            ("sin(x^2)", "u = x^2; 2*x*cos(u)"),
            ("q = x^2; sin(q)", "2*x*cos(q)"),
            ("f(t) = t^2; f(x)*y", "2*x*y"),
            ("f(t) = t^2; f(x)*f(y)", "2*x*f(y)"),
            ("sin(x)/10", "0.1*cos(x)"),
        ],
    )
    def test_right(self, formula: str, claim: str) -> None:
        found = partial(checked(formula, {"x": 1.3, "y": 2.0}, x=claim))
        assert found.verdict is Verdict.RIGHT

    def test_right_without_influence(self) -> None:
        assert checked("f = x; x + 0*1", {"x": 1.0}, x="1").verdict is Verdict.RIGHT

    def test_rounding_of_a_number_is_no_error(self) -> None:
        assert checked("x/3", {"x": 1.0}, x="0.333333333333").verdict is Verdict.RIGHT
        assert checked("sin(x)^2 + cos(x)^2", {"x": 0.7}, x="1e-17").verdict is Verdict.RIGHT
        assert checked("sin(x)^2 + cos(x)^2", {"x": 0.7}, x="1e-9").verdict is Verdict.WRONG

    def test_lost_digits_are_no_wrong_rule(self) -> None:
        swept = partial(checked("(exp(x) - 1)/x", {"x": 1e-8}))
        assert swept.verdict is Verdict.LOST_DIGITS
        assert swept.error is not None
        assert swept.error > 0.1
        claimed = checked("(exp(x) - 1)/x", {"x": 1e-8}, x=repr(swept.sweep))
        assert claimed.verdict is Verdict.LOST_DIGITS
        # A formula is computed with all digits: there it is no excuse.
        wrong = checked("(exp(x) - 1)/x", {"x": 1e-8}, x="0.6 + 0*x")
        assert wrong.verdict is Verdict.WRONG

    def test_unknown_names(self) -> None:
        with pytest.raises(UsageError, match="uses t, which") as caught:
            checked("f(u) = u; f(x)", {"x": 1.0}, x="2*t")
        assert caught.value.text is not None
        assert caught.value.span is not None
        assert caught.value.text[slice(*caught.value.span)] == "t"

    def test_errors_point_into_the_claim(self) -> None:
        with pytest.raises(UsageError, match="cannot be read") as caught:
            checked("f(u) = u; f(x)", {"x": 1.0}, x="2*sine(x)")
        assert caught.value.text == "2*sine(x)"
        assert caught.value.span is not None
        assert caught.value.text[slice(*caught.value.span)] == "sine"

    def test_constants_have_no_derivative(self) -> None:
        with pytest.raises(UsageError, match="a is a constant"):
            checked("a = 2; a*x", {"x": 3.0}, "a")


class TestLikeMistakes:
    @pytest.mark.parametrize(
        ("formula", "claim", "said"),
        [
            ("x*sin(x)", "-sin(x) - x*cos(x)", "the sign is wrong"),
            ("exp(-x^2)", "exp(-x^2)", "it is the value of the formula"),
            ("sin(x)", "0", "0 is claimed, but x has an influence"),
            ("sin(x)", "nan", "no finite number"),
            ("sin(x)", "cos(x)*pi/180", "the truth times pi/180: degrees for radians?"),
            ("log10(x)", "1/x", "the truth times log(10)"),
            ("x^2", "x", "the truth times 1/2"),
            ("x^2", "6*x", "the truth times 3"),
            ("x^2", "-6*x", "the truth times -3"),
            ("x*sin(x)", "x*cos(x)", "it is the part through v1 = sin(x) alone; x is used 2 times"),
            ("exp(sin(x)) + x", "1", "the part through v1 = sin(x) is missing"),
            ("sin(x^2)", "cos(x^2)", "the derivative along v1 = x^2; the step from there to x, 2.6"),
            ("x*y", "x", "it is the derivative along y"),
            ("exp(x*y)", "exp(x*y)*y^2", "there twice: 0.7, the partial of v1 = x*y along x"),
            ("sqrt(x^2 + y^2)", "x", "the truth times v4 = sqrt(v3)"),
            ("tanh(x)", "1 - x^2", "like no mistake known here"),
        ],
    )
    def test_formulas(self, formula: str, claim: str, said: str) -> None:
        assert said in explanation(formula, claim, x=1.3, y=0.7)

    @pytest.mark.parametrize(
        ("claim", "said"),
        [
            (repr(-pi), "the sign is wrong"),
            ("3.1416", "it is the truth, rounded to 5 digits; --rtol 1e-4 accepts it"),
            ("3.1415927410125732", "as near as single precision gets"),
            ("0.054831135561607547", "degrees for radians?"),
            ("inf", "inf: it is no finite number"),
        ],
    )
    def test_numbers(self, claim: str, said: str) -> None:
        assert said in explanation("pi*x", claim, x=2.0)

    @pytest.mark.parametrize("h", [1e-2, 1e-5])
    def test_difference_quotients(self, h: float) -> None:
        forward = (exp(1 + h) - exp(1)) / h
        assert f"forward difference with the step {h:g}" in explanation("exp(x)", repr(forward), x=1.0)
        central = (exp(1.1) - exp(0.9)) / 0.2
        assert "central difference with the step 0.1" in explanation("exp(x)", repr(central), x=1.0)

    @pytest.mark.parametrize(
        ("formula", "x", "claim", "said"),
        [
            # A difference quotient is 0, too.
            ("x^2", 1e-300, "0", "0 is claimed, but x has an influence"),
            ("x^2", 1.5, "-3", "the sign is wrong"),
            ("x^2", 1.5, "2.25", "it is the value of the formula"),
            # A forward difference with a step as large as x.
            ("x^2", 0.1, "0.3", "it is the truth times 3/2"),
            ("x^2", 0.5, "1.1", "it is a forward difference with the step 0.1"),
            ("x^2", 0.0, "0.1", "it is a forward difference with the step 0.1"),
            ("x*abs(x)", 0.0, "0.7", "the truth is 0"),
            # The value is as near as the truth.
            ("pi*x", 1.0, "3.1416", "rounded to 5 digits"),
            ("pi*x", 1.0, "3.14", "rounded to 3 digits; --rtol 1e-2 accepts it"),
            ("pi*x", 1.0, "3", "like no mistake known here"),
            ("exp(x)", 1.0, "2.7182818218562943", "it has 8 right digits; --rtol 1e-8 accepts it"),
            ("exp(x)", 1.0, "2.718281832989611", "central difference with the step 0.0001"),
            ("sin(x)", 1000.0, "0.5623786614172843", "forward difference with the step 1e-06"),
            ("1e300*x", 1.0, "1.0000001e300", "it has 7 right digits"),
            ("x^2", 1.5, "6", "the truth times 2"),
        ],
    )
    def test_the_simplest_explanation_is_told(
        self, formula: str, x: float, claim: str, said: str
    ) -> None:
        told = explanation(formula, claim, x=x)
        assert said in told
        # What --rtol is said to accept is accepted.
        if "--rtol" in told:
            rtol = float(told.split("--rtol ")[1].split(" ")[0])
            lowered = lower(parse(formula))
            question = Question(lowered, {"x": read_claim("x", claim, lowered, ())}, (), (), rtol, 0)
            assert check(question, [{"x": x}]).verdict is Verdict.RIGHT

    def test_noise_is_no_difference_quotient(self) -> None:
        assert "like no mistake" in explanation("exp(x)", "2.71831", x=1.0)

    def test_a_part_that_is_not_added(self) -> None:
        # Of a program that assigns gradients where it should add them.
        said = explanation("exp(x) + x^2 + sin(x)", "cos(x)", x=1.3)
        assert "= sin(x) alone" in said
        assert "x is used 3 times" in said

    def test_swapped(self) -> None:
        found = checked("x^2*y^3", {"x": 1.3, "y": 0.7}, x="3*x^2*y^2", y="2*x*y^3")
        assert "x and y are swapped" in partial(found).explanation
        assert "y and x are swapped" in partial(found, "y").explanation

    def test_chance_is_told_from_mistakes_by_points_nearby(self) -> None:
        # At 2 also the value, and the missing factor x.
        assert "the truth times 1/2" in explanation("x^2", "x", x=2.0)
        assert "like no mistake" in explanation("x^2", "x^3 - 6", x=2.0)

    def test_only_what_is_found_at_every_point_is_told(self) -> None:
        points = [{"x": x, "y": 0.7} for x in (0.5, 1.0, 2.0)]
        found = checked("x^2*y", points, x="x^2*y")
        assert found.failed == 2  # at 2 it is right by chance
        assert "it is the value" in found.worst.partials[0].explanation


class TestKinks:
    @pytest.mark.parametrize(
        ("formula", "claim", "verdict", "said"),
        [
            ("abs(x)", "0", Verdict.NO_DERIVATIVE, "the convention"),
            ("abs(x)", "1", Verdict.NO_DERIVATIVE, "one of the two"),
            ("abs(x)", "0.3", Verdict.NO_DERIVATIVE, "lies between, a subgradient"),
            ("-abs(x)", "0.3", Verdict.NO_DERIVATIVE, "lies between, a supergradient"),
            ("abs(x)", "1.01", Verdict.WRONG, "neither of them nor between"),
            ("relu(3*x)", "3", Verdict.NO_DERIVATIVE, "0 from the left, 3 from the right"),
            ("floor(x)", "5", Verdict.WRONG, "inf from the left, 0 from the right"),
            ("floor(x)", "0", Verdict.NO_DERIVATIVE, "the convention"),
            ("x^1.5", "0", Verdict.NO_DERIVATIVE, "outside the domain to the left, 0 from the right"),
            ("x^1.5", "1", Verdict.WRONG, "neither"),
            ("x*abs(x)", "0", Verdict.RIGHT, ""),
            ("relu(x) - relu(-x)", "1", Verdict.RIGHT, ""),
            ("relu(x) - relu(-x)", "0", Verdict.WRONG, "0 is claimed"),
        ],
    )
    def test_claims(self, formula: str, claim: str, verdict: Verdict, said: str) -> None:
        found = partial(checked(formula, {"x": 0.0}, x=claim))
        assert found.verdict is verdict
        assert said in found.explanation

    def test_no_claim(self) -> None:
        found = checked("max(x, y)*z", {"x": 1.0, "y": 1.0, "z": 2.0})
        assert partial(found).verdict is Verdict.NO_DERIVATIVE
        assert (partial(found).left, partial(found).right) == (0.0, 2.0)
        assert partial(found, "z").verdict is Verdict.RIGHT
        taylor = found.worst.taylor
        assert taylor is not None
        assert list(taylor.direction) == ["z"]

    def test_a_kink_that_no_record_tells_of_is_seen_in_the_values(self) -> None:
        bent = partial(checked("where(x > 0, 2*x, x)", {"x": 0.0}))
        assert bent.verdict is Verdict.NO_DERIVATIVE
        assert (bent.left, bent.right) == (1.0, 2.0)

    def test_a_kink_that_is_told_needs_no_more_bits(self) -> None:
        assert checked("abs(x)*exp(y)", {"x": 0.0, "y": 1.0}).method == "balls, 400 bits"

    def test_a_bend_is_no_kink(self) -> None:
        # sqrt(x^2 + e^2) bends within 1e-60 of 0.
        found = partial(checked("sqrt(x^2 + 1e-120)", {"x": 0.0}))
        assert (found.truth, found.verdict) == (0.0, Verdict.RIGHT)


class TestSeveralPoints:
    def test_points_are_reproducible_and_in_range(self) -> None:
        drawn = random_points({"y": 3.0}, {"x": (1.0, 2.0)}, 20, 5)
        assert drawn == random_points({"y": 3.0}, {"x": (1.0, 2.0)}, 20, 5)
        assert drawn != random_points({"y": 3.0}, {"x": (1.0, 2.0)}, 20, 6)
        assert all(1.0 <= point["x"] <= 2.0 and point["y"] == 3.0 for point in drawn)

    def test_what_is_outside_the_domain_is_left_out_and_counted(self) -> None:
        found = checked("log(x)", [{"x": -1.0}, {"x": 2.0}, {"x": 0.0}])
        assert [point.inputs for point in found.points] == [{"x": 2.0}]
        assert [point.inputs for point in found.left_out] == [{"x": -1.0}, {"x": 0.0}]
        assert all("is outside the domain" in point.reason for point in found.left_out)
        with pytest.raises(MathError, match="outside the domain"):
            checked("log(x)", [{"x": -1.0}, {"x": -2.0}])

    def test_the_worst_is_shown(self) -> None:
        found = checked("x^2", [{"x": 0.5}, {"x": 2.0}, {"x": 5.0}], x="x^2")
        assert found.verdict is Verdict.WRONG
        assert found.failed == 2
        assert found.worst.inputs in ({"x": 0.5}, {"x": 5.0})


def test_too_large_a_check_is_refused() -> None:
    formula = " + ".join(f"sin(x{i})" for i in range(3000))
    with pytest.raises(UsageError, match="too much"):
        checked(formula, {f"x{i}": 0.5 for i in range(3000)})


def test_no_finite_derivative_is_no_verdict() -> None:
    with pytest.raises(MathError, match="inf"):
        checked("sqrt(x)", {"x": 0.0})
