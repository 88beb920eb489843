"""Whether there is a derivative, from both sides, as a whole and not node by node."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from autodiff_cli.derivatives.diagnosis import diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.failure import failure
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse

DATA = Path(__file__).parent.parent / "data"
CASES: list[dict[str, Any]] = json.loads((DATA / "adtests.json").read_text("utf-8"))["cases"]

# Formulas of which plain floats lose all digits at these points: they must say so.
LOST = {"ad147", "ad160", "ad170", "ad172"}

# What the exact derivative may be off by, relatively.
TOLERANCE = {"ad149": 1e-13}


def evaluated(text: str, wrt: tuple[str, ...] = (), **point: float):
    evaluation = Evaluation(lower(parse(text)), point, wrt=wrt)
    return evaluation, diagnose(evaluation)


def found(text: str, **point: float) -> dict[str, tuple[float, bool | None]]:
    """For each variable the derivative, and whether there is one."""
    evaluation, diagnosis = evaluated(text, **point)
    (output,) = evaluation.outputs
    return {
        name: (derivative, diagnosis.is_differentiable(evaluation, output, evaluation.wrt_nodes[name]))
        for name, derivative in evaluation.gradient(output).items()
    }


def _number(told: float | str | None) -> float | None:
    return None if told is None else float(told)


# -- What other tools' tests look at -------------------------------------------------------------


@pytest.mark.parametrize("case", [c for c in CASES if c["id"] not in LOST], ids=lambda c: c["id"])
def test_edges(case: dict[str, Any]) -> None:
    """Where there is a derivative it is that number, silently; elsewhere that is said."""
    evaluation, diagnosis = evaluated(case["expr"].replace("x % y", "mod(x, y)"), **case["point"])
    (output,) = evaluation.outputs
    for name, node in evaluation.wrt_nodes.items():
        exists = case["math"]["differentiable"][name]
        left, right = map(_number, case["math"]["one_sided"][name])
        got = evaluation.gradient(output)[name]
        if exists:
            assert got == pytest.approx(right, rel=TOLERANCE.get(case["id"], 4e-15), abs=0)
            if math.isfinite(evaluation.value(output.node)):
                assert diagnosis.is_differentiable(evaluation, output, node) is True
            continue
        assert not diagnosis.is_differentiable(evaluation, output, node)
        along = diagnosis.sides.get((output.node, node))
        if along is None:
            assert not (math.isfinite(got) and math.isfinite(evaluation.value(output.node)))
        elif None not in (along.left, along.right):
            assert [None if d is None or math.isnan(d) else d for d in along[:2]] == [left, right]
            assert diagnosis.warnings


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_warnings_only_where_there_is_no_derivative(case: dict[str, Any]) -> None:
    _, diagnosis = evaluated(case["expr"].replace("x % y", "mod(x, y)"), **case["point"])
    kinks = [warned for warned in diagnosis.warnings if warned.code in ("kink", "singular")]
    if all(case["math"]["differentiable"].values()):
        assert kinks == []


@pytest.mark.parametrize("case", [c for c in CASES if c["id"] in LOST], ids=lambda c: c["id"])
def test_lost_digits_are_told(case: dict[str, Any]) -> None:
    """Where plain floats have no right digit there is a warning, or an error."""
    evaluation, diagnosis = evaluated(case["expr"], **case["point"])
    codes = {warned.code for warned in diagnosis.warnings}
    assert codes & {"cancellation", "underflow", "overflow"} or failure(evaluation) is not None


# -- Kinks that cancel ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "point", "derivative"),
    [
        ("abs(x)^2", 0, 0),
        ("relu(x) - relu(-x)", 0, 1),
        ("max(x, x)", 1, 1),
        ("x^2*sign(x)", 0, 0),
        ("max(x, 0) + min(x, 0)", 0, 1),
        ("clip(x, 0, 1) + relu(-x)*-1 + relu(x - 1)", 0, 1),
        ("where(x > 0, sin(x), x)", 0, 1),
        ("where(x > 0, x^2, 0)", 0, 0),
        ("(x > 1 ? x^2/2 : x - 0.5)", 1, 1),
        ("sign(x)*abs(x)", 0, 1),
        ("abs(x)*sign(x) + abs(x)^3", 0, 1),
        ("floor(x) + mod(x, 1)", 3, 1),
        ("hypot(x, x)^2", 0, 0),
        ("max(x, 2*x) + min(x, 2*x)", 0, 3),
        ("exp(relu(x))*exp(-relu(-x))", 0, 1),
        ("max(x^2, x^3)", 0, 0),
        ("where(x >= 0 and x <= 0, 0, x)", 0, 1),
        ("not (x > 0) ? x : sin(x)", 0, 1),
        ("(x ? x : 0)", 0, 1),
        # Second derivatives tell.
        ("floor(x^2)", 0, 0),
        ("where(x^2 > 0, sin(x), 0)", 0, 1),
        ("sign(x^2)*x", 0, 1),
        ("x == 0 ? 1 : sin(x)/x", 0, 0),
        ("where(x == 0, 1, (exp(x) - 1)/x)", 0, 0.5),
        ("where(x == 2, 4, (x^2 - 4)/(x - 2))", 2, 1),
        ("abs(x - sin(x))", 0, 0),
        ("sqrt(x^2)*x", 0, 0),
        ("max(cos(x), 1 - x^2)", 0, 0),
        # Only later ones do.
        ("floor(x^4)", 0, 0),
        ("abs(x - sin(x))*x", 0, 0),
        ("where(x == 0, 0.5, (1 - cos(x))/x^2)", 0, 0),
        ("where(x == 0, 0, (tan(x) - x)/x^2)", 0, 1 / 3),
        ("where(x == 0, 0, exp(-1/x^2))", 0, 0),
        # Infinite slopes that a power takes away again.
        ("sqrt(x^4)", 0, 0),
        ("sqrt(x^6)", 0, 0),
        ("sqrt(abs(x)^4)", 0, 0),
        ("sqrt(x^2*abs(x))", 0, 0),
        ("cbrt(x^3)", 0, 1),
        ("cbrt(x)^3", 0, 1),
        ("cbrt(x)*cbrt(x^2)", 0, 1),
        ("acosh(1 + x^4)", 0, 0),
        ("acos(1 - x^2)^2", 0, 0),
    ],
)
def test_right_and_silent(text: str, point: float, derivative: float) -> None:
    """A kink inside that is none of the whole: the derivative is right and nothing is said."""
    evaluation, diagnosis = evaluated(text, x=point)
    (output,) = evaluation.outputs
    assert evaluation.gradient(output) == {"x": derivative}
    assert diagnosis.is_differentiable(evaluation, output, evaluation.wrt_nodes["x"]) is True
    assert diagnosis.warnings == []


@pytest.mark.parametrize(
    ("text", "point", "sides", "used"),
    [
        ("abs(x)", 0, (-1, 1), 0),
        ("3*abs(x)", 0, (-3, 3), 0),
        ("abs(x) + x", 0, (0, 2), 1),
        ("abs(sin(x))*exp(x)", 0, (-1, 1), 0),
        ("max(x, 3*x)", 0, (1, 3), 2),
        ("min(x, min(x, 1))", 1, (1, 0), 0.75),
        ("sign(x)", 0, (math.inf, math.inf), 0),
        ("floor(x)", 2, (math.inf, 0), 0),
        ("ceil(x)*3", 2, (0, math.inf), 0),
        ("round(x)", 0.5, (0, math.inf), 0),
        ("mod(x, 2)*(x - 4)", 4, (2, 0), 0),
        ("where(x > 0, x + 1, x - 1)", 0, (1, math.inf), 1),
        ("where(x > 0, x^2 + 1, x - 1)*sin(x)", 0, (-1, 1), -1),
        ("hypot(x, 2*x)", 0, (-math.sqrt(5), math.sqrt(5)), 0),
        ("clip(x, 1, 2)", 1, (0, 1), 0),
        ("(x > 0) + (x < 0)", 0, (-math.inf, math.inf), 0),
        ("sqrt(abs(x))", 0, (-math.inf, math.inf), math.nan),
        ("sqrt(x^2)", 0, (-1, 1), 0),
        ("2*sqrt(x^2 + x^4) + 5*x", 0, (3, 7), 3),
        ("floor(cos(x))", 0, (math.inf, -math.inf), 0),
        ("where(x == 0, 2, sin(x)/x)", 0, (math.inf, -math.inf), 0),
        ("where(x^3 > 0, 1, 0)*x", 0, (0, 1), 0),
        ("sqrt(1 - cos(2*x))", 0, (-math.sqrt(2), math.sqrt(2)), 0),
        ("acos(cos(x))", 0, (-1, 1), 0),
        ("asin(cos(x))", 0, (1, -1), 0),
        ("atan2(2*x, x)", 0, (math.inf, math.inf), 0),
        ("where(x == 0, 0, x*atan(1/x))", 0, (-math.pi / 2, math.pi / 2), 0),
        ("where(x == 0, 0, tanh(1/x))", 0, (math.inf, math.inf), 0),
        ("(x^2)^0.5", 0, (-1, 1), 0),
        # A jump that wins on one side only.
        ("max(sign(x), 0.5)", 0, (0, math.inf), 0),
        ("relu(sign(x))*(1 + x)", 0, (0, math.inf), 0),
        ("min(0, where(x > 0, x - 1, 1))", 0, (0, -math.inf), 0),
        ("cbrt(x)", 0, (math.inf, math.inf), math.inf),
        ("cbrt(x)*sign(x)", 0, (-math.inf, math.inf), math.nan),
    ],
)
def test_both_sides_of_the_whole(
    text: str, point: float, sides: tuple[float, float], used: float
) -> None:
    evaluation, diagnosis = evaluated(text, x=point)
    (output,) = evaluation.outputs
    node = evaluation.wrt_nodes["x"]
    along = diagnosis.sides[output.node, node]
    assert (along.left, along.right) == sides
    assert along.is_differentiable is False
    got = evaluation.gradient(output)["x"]
    assert got == used or (math.isnan(got) and math.isnan(used))
    assert {warned.code for warned in diagnosis.warnings} & {"kink", "singular"}


def test_outside_the_domain_there_is_no_side() -> None:
    evaluation, diagnosis = evaluated("sqrt(x) + abs(x)", x=0.0)
    along = diagnosis.sides[evaluation.outputs[0].node, evaluation.wrt_nodes["x"]]
    assert along.left is not None
    assert math.isnan(along.left)
    assert along.right == math.inf
    assert "outside the domain to the left" in diagnosis.warnings[0].message


@pytest.mark.parametrize(
    ("text", "point", "sides", "used"),
    [
        ("sqrt(x)^2", 0, (math.nan, 1), 1),
        ("sqrt(x)*sqrt(x)", 0, (math.nan, 1), 1),
        ("sqrt(x)*x", 0, (math.nan, 0), 0),
        ("(x^3)^(1/3)", 0, (math.nan, 1), 1),
        ("sqrt(x) - x^0.5", 0, (math.nan, 0), 0),
        ("acos(x) + asin(x)", 1, (0, math.nan), 0),
        ("acosh(x)^2", 1, (math.nan, 2), 2),
        ("xlogy(x, x)", 0, (math.nan, -math.inf), -math.inf),
        ("x*xlogy(x, x)", 0, (math.nan, 0), 0),
        ("x^x", 0, (math.nan, -math.inf), -math.inf),
        ("besselj(0.5, x)", 0, (math.nan, math.inf), math.inf),
        ("besselj(0.5, x)*sqrt(pi*x/2)", 0, (math.nan, 1), 1),
        ("max(x*sqrt(-x), 2)", 0, (0, math.nan), 0),
        ("x*sqrt(sign(x))", 0, (math.nan, 1), 0),
        ("(1 + lambertw(x - 1/e))^2", 0, (math.nan, 2 * math.e), 2 * math.e),
    ],
)
def test_the_side_inside_the_domain(
    text: str, point: float, sides: tuple[float, float], used: float
) -> None:
    """At an edge the derivative from inside is told and used, where the sweep meets 0 times infinity."""
    evaluation, diagnosis = evaluated(text, x=float(point))
    (output,) = evaluation.outputs
    along = diagnosis.sides[output.node, evaluation.wrt_nodes["x"]]
    assert along[:2] == pytest.approx(sides, rel=1e-15, nan_ok=True)
    assert evaluation.gradient(output)["x"] == pytest.approx(used, rel=1e-15)
    assert any("outside the domain to the" in warned.message for warned in diagnosis.warnings)


@pytest.mark.parametrize(
    ("text", "point", "derivative"),
    [
        ("log(exp(x))", {"x": -740}, {"x": 1}),
        ("log10(exp(x))", {"x": -740}, {"x": 1 / math.log(10)}),
        ("log(exp(x) + exp(y))", {"x": -740, "y": -741}, {"x": 0.731, "y": 0.269}),
        ("log(x^2)", {"x": 1e-160}, {"x": 2e160}),
        ("lambertw(abs(x)^4 - 1/e)", {"x": 0}, {"x": 0}),
    ],
)
def test_a_partial_that_overflows_is_no_singularity(
    text: str, point: dict[str, float], derivative: dict[str, float]
) -> None:
    """A partial is too large for a float, next to one that is as small: only digits are lost."""
    evaluation, diagnosis = evaluated(text, **point)
    (output,) = evaluation.outputs
    assert evaluation.gradient(output) == pytest.approx(derivative, rel=0.01)
    assert all(exists for _, exists in found(text, **point).values())
    assert {warned.code for warned in diagnosis.warnings} <= {"cancellation"}


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("x^2", {"x": 1e200}),
        ("log1p(exp(x))", {"x": 1000}),
        ("log(exp(x) + exp(y))", {"x": -1000, "y": -1000}),
        ("exp(x) - exp(x + 1)", {"x": 1000}),
        ("1/x", {"x": 1e-308}),
        ("1e200*x*1e200", {"x": 1e-300}),
        ("2*x", {"x": math.nan}),
    ],
)
def test_an_overflow_is_no_singularity(text: str, point: dict[str, float]) -> None:
    """What floats cannot hold is not known to have no derivative."""
    assert {exists for _, exists in found(text, **point).values()} == {None}


@pytest.mark.parametrize("text", ["log(x)", "1/x", "sin(x)/x", "1/x - 1/x", "x^-0.3", "sqrt(x - 1)"])
def test_outside_the_domain_there_is_no_derivative(text: str) -> None:
    assert found(text, x=0.0)["x"][1] is False


def test_along_each_variable_by_itself() -> None:
    assert found("abs(x)*y + abs(y)*x", x=0.0, y=0.0) == {"x": (0.0, True), "y": (0.0, True)}
    assert found("abs(x) + y^2", x=0.0, y=1.0) == {"x": (0.0, False), "y": (2.0, True)}
    assert found("max(x, y) + min(x, y)", x=1.0, y=1.0) == {"x": (1.0, True), "y": (1.0, True)}


def test_each_output_by_itself() -> None:
    lowered = lower(parse("a = relu(x); b = relu(-x); f = a - b"))
    evaluation = Evaluation(lowered, {"x": 0.0}, ["f", "a"])
    diagnosis = diagnose(evaluation)
    f, a = evaluation.outputs
    x = evaluation.wrt_nodes["x"]
    assert evaluation.gradient(f) == {"x": 1.0}
    assert evaluation.gradient(a) == {"x": 0.0}
    assert diagnosis.is_differentiable(evaluation, f, x) is True
    assert diagnosis.is_differentiable(evaluation, a, x) is False
    (warned,) = diagnosis.warnings
    assert "derivative of a is 0 from the left, 1 from the right" in warned.message


@pytest.mark.parametrize(
    "text",
    [
        "floor(exp(-1/x^2))",
        "x*sign(sin(x) - x + x^3/6 - x^5/120 + x^7/5040)",
        "sqrt((1e-200*x)^2)",
        "cbrt(x/3)*cbrt(3) - cbrt(x)",
        "where(x == 0, 0, floor(1/x))",
    ],
)
def test_what_a_few_terms_do_not_tell_is_not_claimed(text: str) -> None:
    assert found(text, x=0.0)["x"][1] is None


@pytest.mark.slow
def test_many_variables_are_not_all_looked_at() -> None:
    """A result of 1000 kinks in as many variables ends, with what is known of each node."""
    names = [f"x{i}" for i in range(1000)]
    text = " + ".join(f"abs({name})" for name in names)
    _, diagnosis = evaluated(text, **dict.fromkeys(names, 0.0))
    assert len(diagnosis.warnings) == 1000
    assert "-1 from the left, 1 from the right" in diagnosis.warnings[-1].message


def test_variables_that_lead_to_no_kink_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kink along the last of many variables is told, and nothing is left open along the others."""
    monkeypatch.setattr("autodiff_cli.derivatives.differentiability._MOST_VISITS", 0)
    n = 50
    steps = "; ".join(f"s{i} = sin(s{i - 1})*x{i}" for i in range(1, n))
    derivatives = found(f"s0 = x0; {steps}; s{n - 1} + abs(y)", **{f"x{i}": 1.0 for i in range(n)}, y=0)
    assert derivatives.pop("y") == (0.0, False)
    assert all(is_differentiable for _, is_differentiable in derivatives.values())
