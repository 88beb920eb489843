"""Derivatives as formulas: right, readable, and no longer than they need be."""

import json
import math
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from balls import agree, ball, is_known
from formulas import smooth
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_cli.algebra.terms import Sign
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.symbolic import Derivatives, Request, derivatives
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.operators import OPERATORS, Operator
from autodiff_cli.graph.reverse import reverse
from autodiff_cli.graph.rules import partial, textbook, value
from autodiff_cli.language.parser import parse
from autodiff_cli.language.printer import canonical
from autodiff_cli.views.derivative_views import condition_texts, python
from autodiff_cli.views.formula import Named, lengths, syntax

DATA = Path(__file__).parent.parent / "data"
CALCULUS: list[dict[str, Any]] = json.loads((DATA / "calculus.json").read_text("utf-8"))["cases"]
FEYNMAN: list[dict[str, Any]] = json.loads((DATA / "feynman.json").read_text("utf-8"))["cases"]


def derived(text: str, *names: str, **request: Any) -> Derivatives:
    lowered = lower(parse(text), shadowed=names)
    return derivatives(lowered, Request([names], {"": lowered.output}, **request))


def texts(found: Derivatives) -> list[str]:
    return [canonical(syntax(found.graph, [], [Named("", root)])) for root in found.roots]


def formula(text: str, *names: str, **request: Any) -> str:
    return texts(derived(text, *names, **request))[0]


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("x^2*sin(x)", "x", "2*x*sin(x) + x^2*cos(x)"),
        ("x^3 - 3*x + 1", "x", "3*x^2 - 3"),
        ("x^3", "xx", "6*x"),
        ("x^3", "xxxx", "0"),
        ("x^2*y^3", "xy", "6*x*y^2"),
        ("x^n", "x", "n*x^(n - 1)"),
        ("x^y", "y", "x^y*log(x)"),
        ("x^x", "x", "x^x*(log(x) + 1)"),
        ("2^x", "x", "log(2)*2^x"),
        ("log(x)*x", "x", "log(x) + 1"),
        ("sqrt(x)", "x", "1/(2*sqrt(x))"),
        ("1/x", "x", "-1/x^2"),
        ("1/(1 - x)", "x", "1/(1 - x)^2"),
        ("(1 - x)^3", "x", "-3*(x - 1)^2"),
        ("sqrt(1 - x^2)", "x", "-x/sqrt(1 - x^2)"),
        ("exp(-x^2/2)", "x", "-x*exp(-x^2/2)"),
        ("asin(x)", "x", "1/sqrt(1 - x^2)"),
        ("atan(x)", "x", "1/(x^2 + 1)"),
        ("tan(x)", "x", "sec(x)^2"),
        ("sin(x)*cos(x)", "x", "cos(x)^2 - sin(x)^2"),
        ("log(cosh(x))", "x", "tanh(x)"),
        ("erf(x)", "x", "2*exp(-x^2)/sqrt(pi)"),
        ("besselj(0, x)", "x", "-besselj(1, x)"),
        ("abs(x)^3", "x", "3*x*abs(x)"),
        ("max(x, 1)", "x", "where(x >= 1, 1, 0)"),
        ("relu(x)*y", "x", "where(x > 0, y, 0)"),
        ("x > 0 ? x^2 : -x", "x", "where(x > 0, 2*x, -1)"),
        ("hypot(x, y)", "x", "x/hypot(x, y)"),
        ("q = sin(x); f(a) = a^2; f(q)", "x", "2*sin(x)*cos(x)"),
        ("0*x + 3", "x", "0"),
    ],
)
def test_it_is_what_a_person_would_have_written(text: str, names: str, expected: str) -> None:
    found = formula(text, *names)
    assert found == expected or sorted(found) == sorted(expected), found


def test_numbers_are_written_like_those_of_the_formula() -> None:
    assert formula("0.5*x^2 + 0.1*x", "x", decimals=True) == "x + 0.1"
    assert formula("x^2/2 + x/10", "x") == "x + 1/10"
    assert formula("x/3.5", "x", decimals=True) == "2/7"


def test_an_intermediate_quantity() -> None:
    assert formula("q = sin(x)*y; q^2 + q", "q") == "2*y*sin(x) + 1"


def test_values_take_the_place_of_variables() -> None:
    assert formula("a*x^2", "x", values={"a": lower(parse("1/3"))}) == "2*x/3"


def test_what_does_not_occur() -> None:
    assert formula("x^2", "t") == "0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x^3/x", ["x != 0"]),
        ("exp(log(x))", ["x > 0"]),
        ("sqrt(x)^2", ["x > 0"]),
        ("log(x)*x", []),
        ("x^2/x^3", []),
        ("(x^2 - 1)/(x - 1)", ["x - 1 != 0"]),
        ("sqrt(x)*x", ["x != 0"]),
        ("abs(x)/x", ["x != 0"]),
    ],
)
def test_what_is_cancelled_is_told(text: str, expected: list[str]) -> None:
    assert condition_texts(derived(text, "x")) == expected


def test_what_may_be_assumed() -> None:
    assert formula("sqrt(x^2*y)", "x", assumed={"x": Sign.POSITIVE}) == "sqrt(y)"
    assert formula("sqrt(x^2)", "x", assumed={"x": Sign.POSITIVE}) == "1"
    assert condition_texts(derived("x^3/x", "x", assumed={"x": Sign.NONZERO})) == []


# -- Cases of others ---------------------------------------------------------------------------


def _points(case: dict[str, Any]) -> list[dict[str, float]]:
    """Points next to those of the case: where it is defined, and nobody has looked."""
    generator = random.Random(case["id"])
    return [
        {name: x * (1 + generator.uniform(-0.01, 0.01)) for name, x in point["point"].items()}
        for point in case["points"]
    ]


@pytest.mark.parametrize("case", CALCULUS, ids=lambda case: case["id"])
def test_calculus(case: dict[str, Any]) -> None:
    lowered = lower(parse(case["expr"]), shadowed=case["variables"])
    found = derivatives(lowered, Request([tuple(case["wrt"])], {"": lowered.output}))
    (text,) = texts(found)
    assert canonical(parse(text)) == text
    compared = 0
    for point in _points(case):
        expected = ball(case["expected"], point)
        if is_known(expected):
            compared += 1
            assert agree(expected, ball(text, point)), (text, point)
    assert compared


@pytest.mark.parametrize("case", CALCULUS, ids=lambda case: case["id"])
def test_it_is_never_longer_than_the_graph(case: dict[str, Any]) -> None:
    """Than what the sweep appends by the same rules, written out."""
    lowered = lower(parse(case["expr"]), shadowed=case["variables"])
    if len(case["wrt"]) > 1 or case["wrt"][0] not in lowered.graph.variables:
        return
    found = derivatives(lowered, Request([tuple(case["wrt"])], {"": lowered.output}))
    again = lower(parse(case["expr"]), shadowed=case["variables"])
    node = reverse(again.graph, again.output, rule_of=textbook).nodes[
        again.graph.variables[case["wrt"][0]]
    ]
    if node >= 0:
        written = lengths(again.graph, [node])[node]
        assert lengths(found.graph, found.roots)[found.roots[0]] <= written


@pytest.mark.parametrize("case", FEYNMAN, ids=lambda case: case["id"])
def test_feynman(case: dict[str, Any]) -> None:
    lowered = lower(parse(case["expr"]), shadowed=case["variables"])
    along = [(name,) for name in case["variables"]]
    found = texts(derivatives(lowered, Request(along, {"": lowered.output})))
    for point in case["points"]:
        for text, name in zip(found, case["variables"], strict=True):
            got = float(ball(text, point["point"]).mid())
            assert got == pytest.approx(point["grad"][name], rel=1e-13, abs=0), (name, text)


@pytest.mark.parametrize("case", FEYNMAN, ids=lambda case: case["id"])
def test_python_code_runs(case: dict[str, Any]) -> None:
    lowered = lower(parse(case["expr"]), shadowed=case["variables"])
    along = [(name,) for name in case["variables"]]
    found = derivatives(lowered, Request(along, {"": lowered.output}, in_python=True))
    (source,) = python(found, [], case["expr"])
    code: dict[str, Any] = {}
    exec(source, code)
    for point in case["points"]:
        gradient = (code.get("derivatives") or code["derivative"])(**point["point"])
        expected = [point["grad"][name] for name in case["variables"]]
        assert gradient == pytest.approx(expected, rel=1e-9)


# -- Rules as people write them ------------------------------------------------------------------

_TEXTBOOK = [record for record in OPERATORS if record.textbook]


@pytest.mark.parametrize("record", _TEXTBOOK, ids=lambda record: record.name)
def test_rules_for_people_are_those_for_digits(record: Operator) -> None:
    """Wherever neither is at one of its edges; to half the digits, as people's rules lose some."""
    count = len(record.parameters)
    generator = random.Random(record.name)
    for position, name in enumerate(record.parameters):
        if name not in record.textbook:
            continue
        theirs, ours = textbook(record, count, position), partial(record, count, position)
        assert theirs is not None
        assert ours is not None
        compared = 0
        for _ in range(60):
            point = tuple(
                generator.uniform(max(low, -3), min(high, 3)) for low, high in record.samples.values()
            )
            out = record.floats(*point)
            a, b = value(theirs, point, out), value(ours, point, out)
            if math.isfinite(a) and math.isfinite(b):
                compared += 1
                assert a == pytest.approx(b, rel=1e-6, abs=1e-12), point
        assert compared > 20


# -- Any formula -------------------------------------------------------------------------------


@settings(deadline=None, derandomize=True, max_examples=150)
@given(smooth(), st.floats(0.25, 2), st.floats(0.25, 2), st.floats(0.25, 2))
def test_it_is_the_gradient_of_eval(text: str, x: float, y: float, z: float) -> None:
    """The formula of the derivative, evaluated, and the derivative of the formula."""
    lowered = lower(parse(text))
    names = list(lowered.graph.variables)
    if not names:
        return
    point = {"x": x, "y": y, "z": z}
    evaluation = Evaluation(lowered, {name: point[name] for name in names})
    gradient = evaluation.gradient(evaluation.outputs[0])
    again = lower(parse(text))
    along = [(name,) for name in names]
    derived_texts = texts(derivatives(again, Request(along, {"": again.output})))
    for name, found in zip(names, derived_texts, strict=True):
        truth = ball(found, point)
        if is_known(truth) and math.isfinite(gradient[name]):
            size = max(abs(float(truth.mid())), 1.0)
            assert gradient[name] == pytest.approx(float(truth.mid()), rel=1e-6, abs=1e-6 * size), found


def test_mixed_derivatives_are_the_same_in_any_order() -> None:
    text = "x^2*exp(x*y)*sin(y)/(1 + x)"
    one, other = formula(text, "x", "y"), formula(text, "y", "x")
    point = {"x": 0.7, "y": 1.3}
    assert agree(ball(one, point), ball(other, point))


def test_constants_are_exact() -> None:
    assert formula("2^81*x", "x") == str(2**81)
    assert formula("x/3 + x/6", "x") == "1/2"
    assert Fraction(formula("0.1*x + 0.2*x", "x", decimals=True)) == Fraction(3, 10)


def test_long_formulas_take_linear_room() -> None:
    """A chain of a thousand functions, and a sum of a thousand terms of its own each."""
    chain = "sin(" * 1000 + "x" + ")" * 1000
    found = derived(chain, "x")
    assert len(found.graph) < 6000
    total = " + ".join(f"sin({k}*x)" for k in range(1, 1001))
    assert len(derived(total, "x").graph) < 8000
