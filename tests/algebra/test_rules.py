"""Every rule of simplification: it is applied, and both sides are the same number."""

import random

import pytest
from balls import agree, ball, is_known
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_cli.algebra.functions import new_terms
from autodiff_cli.algebra.reading import terms_of
from autodiff_cli.algebra.rules import RULES, Rule, rule_lines
from autodiff_cli.algebra.simplify import simplified
from autodiff_cli.algebra.writing import written
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse
from autodiff_cli.language.printer import canonical
from autodiff_cli.views.formula import Named, syntax

ids = [f"{rule.name}: {rule.left}" for rule in RULES]


def short(text: str) -> str:
    """A formula in its short form."""
    lowered = lower(parse(text))
    terms = new_terms()
    roots = simplified(terms, terms_of(terms, lowered.graph, [lowered.output]))
    graph, (root,) = written(terms, roots, list(lowered.graph.variables), decimals=False)
    return canonical(syntax(graph, [], [Named("", root)]))


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_rule_does_what_it_says(rule: Rule) -> None:
    assert short(rule.left) == short(rule.right)
    assert short(rule.left) != canonical(parse(rule.left))


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_both_sides_are_the_same_number(rule: Rule) -> None:
    """Of random numbers, wherever the left side is defined."""
    generator = random.Random(rule.left)
    compared = 0
    for _ in range(60):
        point = {name: generator.choice((1, -1)) * 2 ** generator.uniform(-3, 3) for name in "xyzt"}
        left = ball(rule.left, point)
        if not is_known(left):
            continue
        compared += 1
        assert agree(left, ball(rule.right, point)), (rule, point)
        assert agree(left, ball(short(rule.left), point)), (rule, point)
    assert compared >= 5


LEAVES = ["x", "y", "2", "3", "(1/2)", "(-1)", "x", "y", "pi"]
UNARY = [
    "sin",
    "cos",
    "tan",
    "exp",
    "log",
    "sqrt",
    "abs",
    "sign",
    "sinh",
    "cosh",
    "tanh",
    "asin",
    "atan",
    "cbrt",
    "sec",
    "csc",
    "cot",
    "sech",
    "erf",
    "log1p",
    "sigmoid",
    "acosh",
    "asinh",
    "atanh",
]


@st.composite
def formulas(draw: st.DrawFn, depth: int = 4) -> str:
    kind = draw(st.integers(0, 9)) if depth else 0
    if kind <= 1:
        return draw(st.sampled_from(LEAVES))
    if kind <= 6:
        sign = draw(st.sampled_from("+-**/"))
        return f"({draw(formulas(depth=depth - 1))}{sign}{draw(formulas(depth=depth - 1))})"
    if kind == 7:
        exponent = draw(st.sampled_from(["2", "3", "(-1)", "(-2)", "(1/2)", "(3/2)", "(1/3)", "x"]))
        return f"({draw(formulas(depth=depth - 1))})^{exponent}"
    if kind == 8:
        sides = [draw(formulas(depth=1)) for _ in range(2)]
        condition = f"{sides[0]} {draw(st.sampled_from(['<', '<=', '>', '>=']))} {sides[1]}"
        a, b = draw(formulas(depth=depth - 1)), draw(formulas(depth=depth - 1))
        return f"where({condition}, {a}, {b})"
    return f"{draw(st.sampled_from(UNARY))}({draw(formulas(depth=depth - 1))})"


points = st.tuples(st.floats(-3, 3), st.floats(-3, 3))


def _is_equal(text: str, x: float, y: float) -> None:
    point = {"x": x, "y": y}
    before = ball(text, point)
    if is_known(before):
        assert agree(before, ball(short(text), point)), f"{text} became {short(text)}"


@settings(deadline=None, derandomize=True, max_examples=400)
@given(formulas(), points)
def test_a_short_form_is_equal_wherever_the_formula_is_defined(
    text: str, at: tuple[float, float]
) -> None:
    _is_equal(text, *at)


@pytest.mark.slow
def test_a_short_form_is_equal_at_length(request: pytest.FixtureRequest) -> None:
    """`--hypothesis-seed random` looks for new formulas."""
    chosen = request.config.getoption("hypothesis_seed")

    @settings(deadline=None, derandomize=chosen is None, max_examples=10_000)
    @given(formulas(), points)
    def check(text: str, at: tuple[float, float]) -> None:
        _is_equal(text, *at)

    check()


@settings(deadline=None, derandomize=True, max_examples=300)
@given(formulas())
def test_a_short_form_stays_as_it_is(text: str) -> None:
    once = short(text)
    assert short(once) == once


@settings(deadline=None, derandomize=True, max_examples=300)
@given(formulas())
def test_a_short_form_is_not_longer(text: str) -> None:
    """Than the formula with like terms and factors collected, which is where it begins."""
    lowered = lower(parse(text))
    terms = new_terms()
    roots = terms_of(terms, lowered.graph, [lowered.output])
    assert terms.sizes[simplified(terms, roots)[0]] <= terms.sizes[roots[0]]


def test_the_rules_are_listed() -> None:
    lines = list(rule_lines())
    assert len(lines) == len(RULES) + 1
    assert all(line.count("\t") == 3 for line in lines)
