"""What is said of a result: kinks, singular points, lost digits, and what was to blame."""

import math

import pytest

from autodiff_cli.derivatives.diagnosis import Warned, diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.failure import failure
from autodiff_cli.errors import MathError
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.operators import OPERATORS
from autodiff_cli.language.parser import parse


def _evaluation(text: str, outputs: tuple[str, ...] = (), **point: float) -> Evaluation:
    return Evaluation(lower(parse(text)), point, outputs)


def _said(text: str, **point: float) -> list[Warned]:
    return diagnose(_evaluation(text, **point)).warnings


def _failure(text: str, **point: float) -> MathError:
    error = failure(_evaluation(text, **point))
    assert error is not None
    return error


# (text, point, what is blamed, parts of the sentence)
KINKS = [
    ("acot(x)", {"x": 0}, "acot(x)", ["jumps at x = 0", "inf from the left", "-1 is used"]),
    ("direction(x, y)", {"x": 0, "y": 0}, "direction(x, y)", ["no derivative", "0 is used"]),
    ("inversion(x, y)", {"x": 0, "y": 0}, "inversion(x, y)", ["no derivative", "0 is used"]),
    ("hypot_derivative(2, 0, x, y)", {"x": 0, "y": 0}, "hypot_derivative(2, 0, x, y)", ["0 is used"]),
    (
        "inversion_derivative(1, 0, x, y)",
        {"x": 0, "y": 0},
        "inversion_derivative(1, 0, x, y)",
        ["0 is used"],
    ),
    ("floordiv(x, 2)", {"x": 4}, "floordiv(x, 2)", ["jumps at x = 4", "0 is used"]),
    ("hardtanh(x)", {"x": 1}, "hardtanh(x)", ["1 from the left", "0 from the right", "0 is used"]),
    ("relu6(x)", {"x": 6}, "relu6(x)", ["1 from the left", "0 from the right", "0 is used"]),
    ("selu(x)", {"x": 0}, "selu(x)", ["1.758", "1.0507009873554805 is used"]),
    ("leaky_relu(x)", {"x": 0}, "leaky_relu(x)", ["0.01 from the left", "0.01 is used"]),
    (
        "1 + abs(x)",
        {"x": 0},
        "abs(x)",
        ["kink at x = 0", "-1 from the left", "1 from the right", "0 is used"],
    ),
    ("abs(x)", {"x": -0.0}, "abs(x)", ["-1 from the left"]),
    ("x*sign(y)", {"x": 2, "y": 0}, "sign(y)", ["jumps at y = 0"]),
    (
        "x*floor(y)",
        {"x": 2, "y": 3},
        "floor(y)",
        ["jumps at y = 3", "inf from the left", "0 from the right"],
    ),
    ("x*ceil(y)", {"x": 2, "y": 3}, "ceil(y)", ["0 from the left", "inf from the right"]),
    ("x + round(y)", {"x": 2, "y": 2.5}, "round(y)", ["jumps", "0 from the left", "inf from the right"]),
    ("x + round(y)", {"x": 2, "y": 3.5}, "round(y)", ["jumps", "inf from the left", "0 from the right"]),
    ("x + trunc(y)", {"x": 2, "y": 2}, "trunc(y)", ["inf from the left", "0 from the right"]),
    ("x + trunc(y)", {"x": 2, "y": -2}, "trunc(y)", ["0 from the left", "inf from the right"]),
    ("x*step(y)", {"x": 2, "y": 0}, "step(y)", ["jumps at y = 0"]),
    (
        "max(x, y)",
        {"x": 1, "y": 1},
        "max(x, y)",
        ["along x", "along y", "0 from the left", "0.5 is used"],
    ),
    (
        "max(x, y, z)",
        {"x": 1, "y": 1, "z": 1},
        "max(x, y, z)",
        ["along z", "0.3333333333333333 is used"],
    ),
    ("max(x, 1)", {"x": 1}, "max(x, 1)", ["kink at x = 1", "0.5 is used"]),
    ("max(0, -0 + x)", {"x": 0}, "max(0, -0 + x)", ["0.5 is used"]),
    ("min(x, y)", {"x": 1, "y": 1}, "min(x, y)", ["1 from the left", "0 from the right", "0.5 is used"]),
    ("2*clip(x, 1, 3)", {"x": 1}, "clip(x, 1, 3)", ["0 from the left", "2 from the right", "0 is used"]),
    ("2*clip(x, 1, 3)", {"x": 3}, "clip(x, 1, 3)", ["2 from the left", "0 from the right", "0 is used"]),
    ("clip(x, y, 3)", {"x": 1, "y": 1}, "clip(x, y, 3)", ["along x"]),
    ("relu(x - 1)", {"x": 1}, "relu(x - 1)", ["0 from the left", "1 from the right", "0 is used"]),
    (
        "x*mod(y, 2)",
        {"x": 3, "y": 4},
        "mod(y, 2)",
        ["jumps at y = 4", "-inf from the left", "3 is used"],
    ),
    (
        "hypot(x, y)",
        {"x": 0, "y": 0},
        "hypot(x, y)",
        ["-1 from the left", "1 from the right", "0 is used"],
    ),
    ("atan2(y, x)", {"x": 0, "y": 0}, "atan2(y, x)", ["no derivative", "0 is used"]),
    ("atan2(y, x)", {"x": -2, "y": 0}, "atan2(y, x)", ["jumps", "along y", "-0.5 is used"]),
    (
        "where(x < 1, x, 2*x)",
        {"x": 1},
        "x < 1",
        ["boundary at x = 1", "inf from the left"],
    ),
    ("where(x <= 1, x, 2*x)", {"x": 1}, "x <= 1", ["boundary"]),
    ("where(x > 1, x, 2*x)", {"x": 1}, "x > 1", ["boundary"]),
    ("where(1 >= x, x, 2*x)", {"x": 1}, "1 >= x", ["boundary"]),
    ("where(x == 1, x, 2*x)", {"x": 1}, "x == 1", ["boundary"]),
    ("where(x != 1, x, 2*x)", {"x": 1}, "x != 1", ["boundary"]),
    ("where(not x > 1, x, 2*x)", {"x": 1}, "x > 1", ["boundary"]),
    ("where(x > 1 and y > 0, x, 2*x)", {"x": 1, "y": 1}, "x > 1", ["boundary"]),
    ("where(y > 0 or x > 1, x, 2*x)", {"x": 1, "y": -1}, "x > 1", ["boundary"]),
    ("x > 1 ? x : 2*x", {"x": 1}, "x > 1", ["boundary"]),
    ("f(a) = abs(a); 3*f(x)", {"x": 0}, "abs(a)", ["kink"]),
]


@pytest.mark.parametrize(("text", "point", "place", "parts"), KINKS)
def test_kinks(text, point, place, parts):
    (warned,) = _said(text, **{name: float(value) for name, value in point.items()})
    assert warned.code == "kink"
    assert warned.span is not None
    assert text[slice(*warned.span)] == place
    for part in parts:
        assert part in warned.message


def test_every_record_with_a_kink_is_tried():
    tried = {text.split("(")[0].rsplit("*")[-1].rsplit(" ")[-1] for text, *_ in KINKS}
    signs = {"lt", "le", "gt", "ge", "eq", "ne"}
    assert {operator.name for operator in OPERATORS if operator.kinks} - signs <= tried


SILENT = [
    ("abs(x)", {"x": 1e-300}),
    ("abs(x)^2", {"x": 0}),
    ("abs(x)*x", {"x": 0}),
    ("0*abs(x)", {"x": 0}),
    ("x + abs(0)", {"x": 1}),
    ("x*floor(2)", {"x": 1}),
    ("floor(x)", {"x": 2.5}),
    ("round(x)", {"x": 2}),
    ("trunc(x)", {"x": 0}),
    ("max(x, y)", {"x": 1, "y": 2}),
    ("max(x, y, z)", {"x": 1, "y": 1, "z": 2}),
    ("clip(x, 0, 1)", {"x": 0.5}),
    ("clip(x, 0, 1)", {"x": 7}),
    ("relu(x)", {"x": -1}),
    ("mod(x, 2)", {"x": 3}),
    ("atan2(y, x)", {"x": 1, "y": 0}),
    ("where(x > 1, x, 2*x)", {"x": 1.5}),
    ("where(x > 0, abs(y), y^2)", {"x": -1, "y": 0}),
    ("where(x > 0, x, where(y > 0, 1, 2))", {"x": 1, "y": 0}),
    ("where(x > 0, where(y == 0, 1, 2), x)", {"x": -1, "y": 0}),
    ("p = abs(x); x", {"x": 0}),
    ("sqrt(x)", {"x": 1}),
    ("where(x > 0, sqrt(x), 1)", {"x": -1}),
    ("x^2", {"x": 0}),
    ("x^1.5", {"x": 0}),
    ("cbrt(x)^3", {"x": 1}),
    ("x - y", {"x": 1, "y": 1}),
    ("x + y", {"x": 1e10, "y": -1}),
]


@pytest.mark.parametrize(("text", "point"), SILENT)
def test_nothing_is_said_without_need(text, point):
    assert _said(text, **{name: float(value) for name, value in point.items()}) == []


def test_the_same_tie_twice_is_no_kink():
    assert _said("max(x, x)", x=1.0) == []


SINGULAR = [
    ("sqrt(x)", {"x": 0}, "sqrt(x)", "along x at x = 0"),
    ("2 + cbrt(x)", {"x": 0}, "cbrt(x)", "along x at x = 0"),
    ("x^0.5", {"x": 0}, "x^0.5", "along x at x = 0"),
    ("asin(x)", {"x": 1}, "asin(x)", "along x at x = 1"),
    ("acosh(x)", {"x": 1}, "acosh(x)", "along x at x = 1"),
    ("y + sqrt(x*y)", {"x": 0, "y": 2}, "sqrt(x*y)", "at"),
]


@pytest.mark.parametrize(("text", "point", "place", "part"), SINGULAR)
def test_singular_points(text, point, place, part):
    found = _said(text, **{name: float(value) for name, value in point.items()})
    (warned,) = [warned for warned in found if warned.code == "singular"]
    assert warned.span is not None
    assert text[slice(*warned.span)] == place
    assert "no finite derivative" in warned.message
    assert part in warned.message


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sqrt(abs(x))", ["sqrt(v1) has the partial inf along v1", "abs(x) has the partial 0", "inf*0"]),
        ("sqrt(x/3)*sqrt(3) - sqrt(x)", ["partial inf along x", "infinities of both signs meet in x"]),
    ],
)
def test_a_derivative_that_is_nan_is_told_between_which_factors(text, parts):
    (warned,) = [warned for warned in _said(text, x=0.0) if warned.code == "undefined"]
    assert all(part in warned.message for part in parts)
    assert _failure(text, x=0.0).message == warned.message


@pytest.mark.parametrize(
    ("text", "point", "place", "parts"),
    [
        ("x*y", {"x": 0, "y": math.inf}, "x*y", ["x = 0, y = inf is nan"]),
        ("1/x - 1/x", {"x": 0}, "1/x", ["v1 - v1 at v1 = inf is nan", "1/x at x = 0 is outside"]),
        ("log(exp(x) + exp(y))", {"x": -1000, "y": -1000}, "exp(x)", ["underflows to 0", "log(v3)"]),
        ("1/(x*y)", {"x": 1e-200, "y": 1e-200}, "x*y", ["underflows to 0"]),
    ],
)
def test_where_a_number_that_is_not_finite_was_born(text, point, place, parts):
    error = _failure(text, **{name: float(value) for name, value in point.items()})
    assert error.span is not None
    assert text[slice(*error.span)] == place
    assert all(part in error.message for part in parts)


RANGES = [
    ("sqrt(x^2)", {"x": 1e-200}, ["x^2 at x = 1e-200 underflows to 0; sqrt(v1)", "inf"]),
    ("sqrt(x^2 + y^2)", {"x": 1e-170, "y": 1e-170}, ["x^2 at x = 1e-170 underflows to 0; sqrt(v3)"]),
    ("log(exp(x) + exp(y))", {"x": -1000, "y": -1000}, ["exp(x) at x = -1000 underflows to 0; log"]),
    ("x^2*1e300*1e20", {"x": 2e-160}, ["along x is inf", "1e+20*1e+300 overflows on the way"]),
]


@pytest.mark.parametrize(("text", "point", "parts"), RANGES)
def test_what_is_for_want_of_range_is_said_to_be(text, point, parts):
    """By the error, whose hint knows a way, and by the warning if the result is printed."""
    point = {name: float(value) for name, value in point.items()}
    error = _failure(text, **point)
    assert "--certify" in (error.hint or "")
    assert all(part in error.message for part in parts)
    assert any(all(part in warned.message for part in parts) for warned in _said(text, **point))


def test_what_has_no_value_is_not_for_want_of_range():
    assert "--certify" not in (_failure("log(x)", x=0.0).hint or "")


# Exact values of functions, at a step or a kink.
EXACT = [
    *((f"floor({name}(x))", 0.0) for name in ("sin", "tan", "cbrt", "tanh", "asinh", "erf", "expm1")),
    *((f"floor({name}(x))", 0.0) for name in ("cos", "exp", "cosh", "sinc", "exprel", "erfc", "sech")),
    *((f"floor({name}(x))", 1.0) for name in ("log", "acosh", "acos", "asech", "gamma", "lgamma")),
    ("sign(sin(x))", 0.0),
    ("step(tanh(x))", 0.0),
    ("abs(sin(x))", 0.0),
    ("floor(2*sigmoid(x))", 0.0),
    ("floor(x^0.5)", 4.0),
    ("floor(x^2.5)", 4.0),
    ("floor(x^-1)", 0.5),
    ("floor(8*x^-3)", 2.0),
    ("floor(cbrt(x))", 1000.0),
    ("floor(gamma(x))", 23.0),
    ("floor(factorial(x)/2)", 22.0),
    ("floor(lgamma(x))", 2.0),
    ("floor(log2(x))", 2.0**-70),
    ("floor(log10(x))", 1e22),
    ("floor(exp2(x))", 50.0),
    ("floor(hypot(x, 4))", 3.0),
    ("floor(mod(x, 0.25)*4)", 7.25),
    ("floor(floordiv(x, 0.125))", 8.0),
    ("floor(avg(x, 2, 4))", 3.0),
    ("floor(elu(x))", 3e10),
    ("floor(besselj(0, x))", 0.0),
    ("floor(beta(1, x)*2)", 2.0),
]


@pytest.mark.parametrize(("text", "x"), EXACT)
def test_exact_values_have_lost_nothing(text, x):
    assert [warned for warned in _said(text, x=x) if warned.code == "cancellation"] == []


@pytest.mark.parametrize(
    ("text", "x"),
    [("floor(tanh(x))", 20.0), ("floor(cos(x))", 1e-9), ("floor(x^(1/3))", 8.0), ("floor(erf(x))", 9.0)],
)
def test_what_only_rounds_to_a_whole_number_is_not_exact(text, x):
    assert "cancellation" in {warned.code for warned in _said(text, x=x)}


CANCELLATIONS = [
    ("(1 + x) - 1", {"x": 1e-12}, "(1 + x) - 1"),
    ("3*((1 + x) - 1)", {"x": 1e-12}, "(1 + x) - 1"),
    ("1 - cos(x)", {"x": 1e-6}, "1 - cos(x)"),
    ("(x^2 - y^2)/z", {"x": 1 / 3, "y": 0.333333333333, "z": 7}, "x^2 - y^2"),
    ("sqrt(x + 1) - sqrt(x)", {"x": 1e14}, "sqrt(x + 1) - sqrt(x)"),
]


@pytest.mark.parametrize(("text", "point", "place"), CANCELLATIONS)
def test_lost_digits_and_where_they_went(text, point, place):
    found = _said(text, **{name: float(value) for name, value in point.items()})
    (warned,) = [warned for warned in found if "the derivative" not in warned.message]
    assert warned.code == "cancellation"
    assert warned.span is not None
    assert text[slice(*warned.span)].strip("()") == place.strip("()")
    assert "may be off by" in warned.message


@pytest.mark.parametrize(
    ("text", "x"), [("(exp(x) - 1)/x", 1e-8), ("sin(x)/x", 1e-8), ("(1 - cos(x))/x^2", 1e-7)]
)
def test_digits_of_derivatives_that_are_lost(text, x):
    lost = [warned for warned in _said(text, x=x) if "the derivative along x" in warned.message]
    (warned,) = lost
    assert warned.code == "cancellation"
    assert "may be off by" in warned.message


@pytest.mark.parametrize(
    ("text", "point"),
    [
        # Values, partials, and products with adjoints that underflow.
        ("x^3/x^2", {"x": 1e-120}),
        ("x^5/x^4*y", {"x": 1e-70, "y": 1.0}),
        ("y/exp(1.1*x)", {"x": 400.1, "y": 1e-100}),
        ("(x/y)/(x*y)", {"x": 3e-96, "y": 1.3e184}),
        # Functions of the partials cancel in themselves.
        ("acoth(y/x)", {"x": 0.006400080914317202, "y": 0.006400080919841494}),
        ("acos(x/y)", {"x": 0.0510, "y": 0.0510 * (1 + 2**-50)}),
        ("atanh(1 - 1.7*x)", {"x": 5.7e-14}),
        ("asin((x/3)/(y/3))", {"x": 0.3, "y": 0.3 * (1 + 2**-51)}),
        ("fresnelc(x/7)", {"x": 4.3485144970439016e16}),
        ("1/lgamma(-(x + 0.1))", {"x": 2652668900685898.5}),
    ],
)
def test_a_derivative_is_not_wrong_in_silence(text, point):
    """Not by more than half of its digits."""
    pytest.importorskip("flint")
    from autodiff_cli.derivatives.certified import certified

    floats = Evaluation(lower(parse(text)), point)
    exact, _ = certified(Evaluation(lower(parse(text)), point))
    truth, found = exact.gradient(exact.outputs[0])["x"], floats.gradient(floats.outputs[0])["x"]
    assert abs(found - truth) > 2**-26 * abs(truth)
    warned = [warned.message for warned in diagnose(floats).warnings]
    assert any("lost in the derivative along x" in message for message in warned)


@pytest.mark.parametrize("text", ["x^3 - x", "sin(x)*cos(x)", "x - x", "(x - 1)^2", "x^2/x"])
def test_digits_of_derivatives_that_are_there(text):
    assert _said(text, x=1.0) == []


def test_the_loss_of_all_digits_is_said():
    (warned,) = _said("(1 + x) - 1", x=1e-17)
    assert warned.code == "cancellation"


def test_warnings_come_in_the_order_of_evaluation():
    found = _said("abs(x) + sqrt(y) + max(x, 0)", x=0.0, y=0.0)
    assert [warned.code for warned in found] == ["kink", "singular", "kink"]
    assert [warned.node for warned in found] == sorted(warned.node for warned in found)


TWO_OUTPUTS = "a = x + 1; b = max(x, y)"


def test_a_kink_of_the_second_output_names_the_share_that_is_used():
    (warned,) = diagnose(_evaluation(TWO_OUTPUTS, ("a", "b"), x=1.0, y=1.0)).warnings
    assert "0.5 is used" in warned.message


def test_a_warning_for_two_outputs_is_given_once():
    found = diagnose(_evaluation("r = sqrt(x); a = r + 1; b = 2*r", ("a", "b"), x=0.0)).warnings
    assert len(found) == 1


# (text, point, what is blamed, parts of the message)
VALUES = [
    ("1 + sqrt(x)", {"x": -1}, "sqrt(x)", ["sqrt(x) at x = -1", "outside the domain", "x >= 0"]),
    ("2*log(x)", {"x": 0}, "log(x)", ["log(x) at x = 0", "x > 0"]),
    ("2*log(x)", {"x": -1}, "log(x)", ["log(x) at x = -1", "x > 0"]),
    ("y/x", {"x": 0, "y": 1}, "y/x", ["x = 0", "outside the domain"]),
    ("y/x", {"x": 0, "y": 0}, "y/x", ["x = 0", "outside the domain"]),
    ("3 + 1/0", {}, "1/0", ["1/0"]),
    ("sqrt(-2)", {}, "sqrt(-2)", ["sqrt(-2)", "x >= 0"]),
    ("2*exp(x)", {"x": 1000}, "exp(x)", ["exp(x) at x = 1000 is inf"]),
    ("y + exp(x^3)", {"x": 20, "y": 1}, "exp(x^3)", ["is inf"]),
    ("x*y", {"x": 1e200, "y": 1e200}, "x*y", ["is inf"]),
    ("x^y", {"x": -8, "y": 0.5}, "x^y", ["outside the domain"]),
    ("asin(x) + 1", {"x": 2}, "asin(x)", ["-1 <= x <= 1"]),
    ("mod(x, y)", {"x": 2, "y": 0}, "mod(x, y)", ["y != 0"]),
    ("1 + x*y", {"x": math.nan, "y": 1}, "x", ["nan, from x"]),
    ("1 + x*y", {"x": 1, "y": math.inf}, "y", ["inf, from y"]),
    ("1 + x*inf", {"x": 1}, "inf", ["inf, from inf"]),
    ("q = log(x); p = sqrt(q); p + 1", {"x": 0.5}, "sqrt(q)", ["x >= 0"]),
    ("f(a) = log(a); 1 + f(x)", {"x": 0}, "log(a)", ["x > 0"]),
    ("sqrt(x) + log(y)", {"x": -1, "y": -1}, "sqrt(x)", ["sqrt(x)"]),
]


@pytest.mark.parametrize(("text", "point", "place", "parts"), VALUES)
def test_who_is_to_blame_for_a_value(text, point, place, parts):
    error = _failure(text, **{name: float(value) for name, value in point.items()})
    assert error.exit_code == 4
    assert error.text == text
    assert error.span is not None
    assert text[slice(*error.span)] == place
    assert error.hint is not None
    for part in parts:
        assert part in error.message


DERIVATIVES = [
    ("1 + sqrt(x)", {"x": 0}, "sqrt(x)", ["derivative along x is inf", "partial inf"]),
    ("sqrt(x)^2", {"x": 0}, "sqrt(x)", ["derivative along x is nan", "partial inf", "0*inf"]),
    ("x^0.5", {"x": 0}, "x^0.5", ["derivative along x is inf"]),
    ("y*cbrt(x)", {"x": 0, "y": 3}, "cbrt(x)", ["along x is inf"]),
    ("asin(x)/2", {"x": 1}, "asin(x)", ["along x is inf"]),
    ("f(a) = sqrt(a); 3*f(x)", {"x": 0}, "sqrt(a)", ["along x is inf"]),
    ("atan(y)/x", {"x": 1e-200, "y": 1}, "atan(y)/x", ["along x is -inf"]),
]


@pytest.mark.parametrize(("text", "point", "place", "parts"), DERIVATIVES)
def test_who_is_to_blame_for_a_derivative(text, point, place, parts):
    error = _failure(text, **{name: float(value) for name, value in point.items()})
    assert error.exit_code == 4
    assert error.span is not None
    assert text[slice(*error.span)] == place
    for part in parts:
        assert part in error.message


@pytest.mark.parametrize(
    ("text", "point", "place", "parts"),
    [
        ("abs(x)^1.5", {"x": 0}, "abs(x)^1.5", ["is nan", "v1^1.5", "inf along v1 and v1", "inf*0"]),
        ("besselj(1.5, x)", {"x": 0}, "besselj(1.5, x)", ["is nan", "second partial nan along x and x"]),
        ("2*x^1.5", {"x": 0}, "x^1.5", ["is inf", "second partial inf along x and x at x = 0"]),
        ("y*x^1.5", {"x": 0, "y": 0}, "x^1.5", ["is nan", "second partial inf along x", "inf*0"]),
        ("where(y > 0, 1, x^1.5) + 2*x^1.25", {"x": 0, "y": 1}, "x^1.25", ["second partial inf"]),
        ("sqrt(x^4)", {"x": 0}, "sqrt(x^4)", ["is nan", "sqrt(v1) has the second partial"]),
    ],
)
def test_who_is_to_blame_for_a_second_derivative(text, point, place, parts):
    point = {name: float(value) for name, value in point.items()}
    evaluation = Evaluation(lower(parse(text)), point, order=2)
    diagnose(evaluation)
    error = failure(evaluation)
    assert error is not None
    assert text[slice(*error.span or ())] == place
    assert "the second derivative along" in error.message
    for part in parts:
        assert part in error.message


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("xlogy(x, x)", ["is -inf", "partial -inf along x"]),
        ("besselj(0.5, x)", ["is inf", "no finite derivative along x"]),
        ("sqrt(abs(x))", ["is nan", "inf*0", "it is -inf from the left, inf from the right"]),
    ],
)
def test_what_is_known_of_the_sides_is_told_with_a_failure(text, parts):
    evaluation = _evaluation(text, x=0.0)
    error = failure(evaluation, diagnose(evaluation).sides)
    assert error is not None
    for part in parts:
        assert part in error.message


def test_a_partial_without_a_value_is_told_next_to_one_that_is_infinite():
    message = _failure("xlogy(x, x)", x=0.0).message
    assert "the partial -inf along x" in message
    assert "the partial nan along x" in message


def test_a_branch_not_taken_is_not_to_blame_for_a_value():
    text = "where(x > 0, log(x), 0) + sqrt(y)"
    error = _failure(text, x=-1.0, y=-1.0)
    assert text[slice(*error.span or (0, 0))] == "sqrt(y)"


def test_an_infinity_that_was_overcome_is_not_to_blame_for_a_value():
    text = "exp(-1/x) + sqrt(y)"
    error = _failure(text, x=0.0, y=-1.0)
    assert text[slice(*error.span or (0, 0))] == "sqrt(y)"


def test_another_variable_is_not_to_blame_for_a_derivative():
    text = "sqrt(y) + sqrt(a)"
    error = _failure(text, y=0.0, a=0.0)
    assert "along y" in error.message
    assert text[slice(*error.span or (0, 0))] == "sqrt(y)"


def test_a_branch_not_taken_is_not_to_blame_for_a_derivative():
    text = "sqrt(y) + where(x > 0, sqrt(x), 0)"
    error = _failure(text, x=0.0, y=0.0)
    assert text[slice(*error.span or (0, 0))] == "sqrt(y)"


FINE = [
    ("x", {"x": 1}),
    ("where(x > 0, log(x), 0)", {"x": -1}),
    ("where(x > 0, sqrt(x), 0)", {"x": 0}),
    ("exp(-1/x)", {"x": 1e-3}),
    ("max(x, -inf)", {"x": 1}),
    ("x < inf", {"x": 1}),
    ("atan(1/x)*0 + y", {"x": 1, "y": 2}),
    ("3", {}),
]


@pytest.mark.parametrize(("text", "point"), FINE)
def test_a_finite_result_is_no_failure(text, point):
    assert failure(_evaluation(text, **{name: float(value) for name, value in point.items()})) is None


def test_only_the_outputs_asked_for_can_fail():
    text = "a = x + 1; b = log(x)"
    assert failure(_evaluation(text, ("a",), x=-1.0)) is None
    error = failure(_evaluation(text, ("a", "b"), x=-1.0))
    assert error is not None
    assert text[slice(*error.span or (0, 0))] == "log(x)"


def test_only_the_derivatives_asked_for_can_fail():
    lowered = lower(parse("sqrt(x) + y"))
    assert failure(Evaluation(lowered, {"x": 0.0, "y": 1.0}, (), ("y",))) is None


# Jumps and boundaries whose adjoint happens to be 0, or that only decide.
HIDDEN = [
    ("x*sign(x)", {"x": 0}, "sign(x)"),
    ("x*step(x)", {"x": 0}, "step(x)"),
    ("x*where(x > 0, 1, -1)", {"x": 0}, "x > 0"),
    ("ceil(x)*(3 - x)", {"x": 3}, "ceil(x)"),
    ("cosh(sign(x))", {"x": 0}, "sign(x)"),
    ("(x - 2)*(x >= 2)", {"x": 2}, "x >= 2"),
    ("y*where(x == y, 0, 2)", {"x": 1, "y": 1}, "x == y"),
    ("(x > 1 and x < 3)*x", {"x": 1}, "x > 1"),
    ("not (x > 1)", {"x": 1}, "x > 1"),
    ("1 - (x > 1 or 0)", {"x": 1}, "x > 1"),
    ("where(floor(x) > 0.5, x, 5)", {"x": 1}, "floor(x)"),
    ("where(x, 1 + x, 2)", {"x": 0}, "where(x, 1 + x, 2)"),
    ("x and 1", {"x": 0}, "x and 1"),
    ("step(1/x)", {"x": 0}, "1/x"),
    ("y*atan(1/x)", {"x": 0, "y": 1}, "1/x"),
]


@pytest.mark.parametrize(("text", "point", "blamed"), HIDDEN)
def test_a_decision_is_never_silent(text, point, blamed):
    spans = [text[slice(*warned.span)] for warned in _said(text, **point) if warned.span]
    assert blamed in spans


@pytest.mark.parametrize("text", ["sqrt(relu(x))", "sqrt(max(x, 0))", "sqrt(clip(x, 0, 1))"])
def test_what_a_bound_shuts_out_does_not_leak(text):
    evaluation = _evaluation(text, x=-1.0)
    (output,) = evaluation.outputs
    assert evaluation.gradient(output) == {"x": 0.0}
    assert failure(evaluation) is None
    assert diagnose(evaluation).warnings == []


@pytest.mark.parametrize(
    ("text", "x", "blamed"), [("cos(exp(x))", 40.0, "cos(exp(x))"), ("sin(x*1e15)", 0.1, "sin(x*1e15)")]
)
def test_digits_are_lost_in_other_ways_than_by_cancellation(text, x, blamed):
    found = _said(text, x=x)
    (warned,) = [warned for warned in found if "the derivative" not in warned.message]
    assert {warned.code for warned in found} == {"cancellation"}
    assert text[slice(*warned.span or ())] == blamed


def test_partials_are_local_even_where_nothing_arrives():
    evaluation = _evaluation("floor(x^2)", x=1.5)
    x_squared = evaluation.lowered.graph.arguments[evaluation.outputs[0].node][0]
    assert evaluation.partials(x_squared) == [3.0, None]


def test_an_exact_power_of_a_negative_number_has_an_error_estimate():
    evaluation = _evaluation("x*(-1)^(k + 1)", x=2.0, k=3.0)
    assert diagnose(evaluation).errors[evaluation.outputs[0].node].absolute == 0


def test_what_is_not_asked_for_is_not_warned_of():
    lowered = lower(parse("abs(y)*x"))
    assert diagnose(Evaluation(lowered, {"x": 2.0, "y": 0.0}, wrt=["x"])).warnings == []
    assert diagnose(Evaluation(lowered, {"x": 2.0, "y": 0.0}, wrt=["y"])).warnings != []
