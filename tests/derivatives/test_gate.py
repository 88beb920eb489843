"""The branch not taken contributes nothing, at any order, and the branch taken loses nothing."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.reverse import ABSENT, AdjointNodes, reverse
from autodiff_cli.language.parser import parse


def value_and_gradient(text: str, **point: float) -> tuple[float, dict[str, float]]:
    evaluation = Evaluation(lower(parse(text)), point)
    output = evaluation.outputs[0]
    return evaluation.value(output.node), evaluation.gradient(output)


def orders(text: str, x: float, order: int) -> list[float]:
    """The value and the derivatives along x up to an order, by sweeps over sweeps."""
    lowered = lower(parse(text))
    graph = lowered.graph
    variable = graph.variables["x"]
    nodes = [lowered.output]
    for _ in range(order):
        swept = reverse(graph, nodes[-1]).nodes if nodes[-1] != ABSENT else AdjointNodes()
        nodes.append(swept[variable])
    found = [node for node in nodes if node != ABSENT]
    values = evaluate(graph, graph.reachable(found), {variable: x})
    return [values[node] if node != ABSENT else 0.0 for node in nodes]


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        # The branch not taken is NaN, infinite, or has an infinite derivative.
        ("where(x > 0, sqrt(x), x^2)", -1.0, [1.0, -2.0, 2.0, 0.0]),
        ("where(x > 0, sqrt(x), x^2)", 4.0, [2.0, 0.25, -1 / 32, 3 / 256]),
        ("where(x > 0, sqrt(x), x^2)", 0.0, [0.0, 0.0, 2.0, 0.0]),
        ("where(x > 0, log(x), 3*x)", 0.0, [0.0, 3.0, 0.0, 0.0]),
        ("where(x > 0, 1/x, x)", 0.0, [0.0, 1.0, 0.0, 0.0]),
        ("where(x == 0, 1, sin(x)/x)", 0.0, [1.0, 0.0, 0.0, 0.0]),
        ("where(x < 1, x^3, exp(1000*x))", 0.5, [0.125, 0.75, 3.0, 6.0]),
        ("x > 0 ? sqrt(x) : x^2", -1.0, [1.0, -2.0, 2.0, 0.0]),
        ("select(x > 0, sqrt(x), x^2)", -1.0, [1.0, -2.0, 2.0, 0.0]),
        ("where(not (x <= 0), sqrt(x), x^2)", -1.0, [1.0, -2.0, 2.0, 0.0]),
        ("where(x > 0 and sqrt(x) > 1, sqrt(x), x^2)", -1.0, [1.0, -2.0, 2.0, 0.0]),
        # Nested, on either side, and within the arguments of functions.
        ("where(x > 0, where(x > 1, log(x - 1), sqrt(x)), x^2)", -1.0, [1.0, -2.0, 2.0, 0.0]),
        ("where(x > 0, where(x > 1, log(x - 1), sqrt(x)), x^2)", 0.25, [0.5, 1.0, -2.0, 12.0]),
        ("where(x > 0, where(x > 1, log(x - 1), sqrt(x)), x^2)", 3.0, [math.log(2), 0.5, -0.25, 0.25]),
        ("where(x < 0, x^2, where(x < 1, sqrt(-1 - x), sqrt(-2 - x)))", -1.0, [1.0, -2.0, 2.0, 0.0]),
        ("sqrt(where(x > 0, x, x^4))", -1.0, [1.0, -2.0, 2.0, 0.0]),
        ("sqrt(where(x > 0, log(x), x^4))^2", -1.0, [1.0, -4.0, 12.0, -24.0]),
        # Two choices whose conditions are both false.
        ("where(x > 0, sqrt(x), 1) + where(x > 1, log(x), 3)", -1.0, [4.0, 0.0, 0.0, 0.0]),
        ("where(x > 0, sqrt(x), x) + where(x > 1, log(x), x^2)", -1.0, [0.0, -1.0, 2.0, 0.0]),
        ("where(x > 0, sqrt(x), x) - where(x > 1, log(x), x^2)", -1.0, [-2.0, 3.0, -2.0, 0.0]),
        ("x*(where(x > 0, sqrt(x), 1) + where(x > 1, log(x), 3))", -1.0, [-4.0, 4.0, 0.0, 0.0]),
        # One branch of one choice and the other of another, of one condition and of its contrary.
        ("where(x > 0, sqrt(x), x^2) + where(x <= 0, x^3, log(x))", -1.0, [0.0, 1.0, -4.0, 6.0]),
        ("where(x > 0, sqrt(x), x^2) + where(x > 0, log(x), x^3)", -1.0, [0.0, 1.0, -4.0, 6.0]),
        # Within products, quotients, powers.
        ("where(x > 0, sqrt(x), x^2)*x^3", -1.0, [-1.0, 5.0, -20.0, 60.0]),
        ("x^3*where(x > 0, sqrt(x), x^2)", -1.0, [-1.0, 5.0, -20.0, 60.0]),
        ("where(x > 0, sqrt(x), x^2)*where(x > 1, log(x), x^3)", -1.0, [-1.0, 5.0, -20.0, 60.0]),
        ("where(x > 0, sqrt(x), x^2)/x", -1.0, [-1.0, 1.0, 0.0, 0.0]),
        ("x^4/where(x > 0, sqrt(x), x^2)", -1.0, [1.0, -2.0, 2.0, 0.0]),
        ("1/where(x > 0, sqrt(x), x^2)", -1.0, [1.0, 2.0, 6.0, 24.0]),
        ("where(x > 0, sqrt(x), x^2)^2", -1.0, [1.0, -4.0, 12.0, -24.0]),
        ("-where(x > 0, sqrt(x), x^2)", -1.0, [-1.0, 2.0, -2.0, 0.0]),
        # One subexpression used in both branches, or in a branch and outside.
        ("where(x < 0, s, 2*s); s = x^2", -1.0, [1.0, -2.0, 2.0, 0.0]),
        ("where(x < 0, x^2, s) + where(x < 0, x^3, s^2); s = sqrt(x)", -1.0, [0.0, 1.0, -4.0, 6.0]),
        # No choice, and nothing that "0 times anything is 0" would get right.
        ("sqrt(x)^2", 4.0, [4.0, 1.0, 0.0, 0.0]),
        ("x*abs(x)", -2.0, [-4.0, 4.0, -2.0, 0.0]),
    ],
)
def test_orders(text: str, x: float, expected: list[float]) -> None:
    found = orders(text, x, 3)
    assert found == pytest.approx(expected, rel=1e-14, abs=1e-14)


@pytest.mark.parametrize("text", ["where(x > 0, sqrt(x), x^2)", "where(x <= 0, x^2, sqrt(x))"])
def test_the_first_order_is_clean(text: str) -> None:
    assert value_and_gradient(text, x=-1.0) == (1.0, {"x": -2.0})


def test_branches_of_other_variables() -> None:
    text = "where(x > 0, sqrt(x)*y, z/w)"
    assert value_and_gradient(text, x=-1.0, y=math.inf, z=3.0, w=2.0) == (
        1.5,
        {"x": 0.0, "y": 0.0, "z": 0.5, "w": -0.75},
    )
    assert value_and_gradient(text, x=4.0, y=3.0, z=3.0, w=0.0) == (
        6.0,
        {"x": 0.75, "y": 2.0, "z": 0.0, "w": 0.0},
    )


def test_an_unknown_condition_is_not_hidden() -> None:
    found, gradient = value_and_gradient("where(c > 0, x, x^2)", c=math.nan, x=2.0)
    assert math.isnan(found)
    assert math.isnan(gradient["x"])


def test_nothing_is_masked_outside_of_choices() -> None:
    """At 0 the derivative of sqrt(x)^2 is 0 times infinity: it is not made up."""
    assert math.isnan(orders("sqrt(x)^2", 0.0, 1)[1])
    assert math.isnan(orders("0*log(x)", -1.0, 1)[0])


@pytest.mark.parametrize(
    ("exponent", "expected"),
    [
        ("0", [1.0, 0.0, 0.0, 0.0]),
        ("1", [0.0, 1.0, 0.0, 0.0]),
        ("2", [0.0, 0.0, 2.0, 0.0]),
        ("3", [0.0, 0.0, 0.0, 6.0]),
        ("0.5", [0.0, math.inf, -math.inf, math.inf]),
        ("1.5", [0.0, 0.0, math.inf, -math.inf]),
    ],
)
@pytest.mark.parametrize("x", [0.0, -0.0])
def test_powers_at_zero(exponent: str, expected: list[float], x: float) -> None:
    found = orders(f"x^{exponent}", x, 3)
    if math.isinf(expected[-1]) and math.copysign(1.0, x) < 0:
        found = [
            math.copysign(a, b) if math.isinf(a) else a for a, b in zip(found, expected, strict=True)
        ]
    assert found == expected


@pytest.mark.parametrize("n", [0.0, 1.0, 2.0, 3.0])
def test_powers_at_zero_with_a_variable_exponent(n: float) -> None:
    found, gradient = value_and_gradient("x^n", x=0.0, n=n)
    assert found == (1.0 if n == 0 else 0.0)
    assert gradient["x"] == (1.0 if n == 1 else 0.0)


@pytest.mark.parametrize("n", range(8))
@pytest.mark.parametrize("x", [0.0, -0.0, -1.0, -2.0, 3.0])
def test_whole_powers(n: int, x: float) -> None:
    """Exact in floats, negative bases and zero included, at every order."""
    expected, factor = [], 1
    for order in range(4):
        expected.append(factor * x ** (n - order) if factor else 0.0)
        factor *= n - order
    assert orders(f"x^{n}", x, 3) == expected


# -- Any two branches ------------------------------------------------------------------------

SAFE = st.recursive(
    st.sampled_from(["x", "2", "-3", "0.5", "x^2", "x^3", "sin(x)", "exp(-x^2)", "tanh(x)"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        inner.map(lambda a: f"cos({a})"),
        inner.map(lambda a: f"atan({a})"),
        inner.map(lambda a: f"({a})/(1 + x^2)"),
    ),
    max_leaves=5,
)
BROKEN = st.sampled_from(
    [
        "log(-1 - x^2)",
        "sqrt(-1 - x^2)*x",
        "1/(x - x)",
        "(x - x)/(x - x)",
        "exp(1e300)*x",
        "asin(2 + x^2)^3",
        "where(x > x, x, log(-1 - x^2))",
        "acosh(-x^2)/0",
        "log(-1 - x^2) + where(x < 0, 1/(x - x), sqrt(-1 - x^2))",
    ]
)
NUMBERS = st.floats(-3, 3).map(lambda x: x + 0.0)


def choice(taken: str, other: str, threshold: float, x: float) -> str:
    """A choice that takes `taken` at x."""
    branches = (taken, other) if x < threshold else (other, taken)
    return f"where(x < {threshold!r}, {branches[0]}, {branches[1]})"


def apart(text: str) -> str:
    """The text as a function of x + 1/4: it shares nothing but x with another one.

    Where branches share more, the sums of the adjoints may be taken in another order.
    """
    return re.sub(r"\bx\b", "(x + 0.25)", text)


@given(taken=SAFE, other=st.one_of(SAFE, BROKEN).map(apart), threshold=NUMBERS, x=NUMBERS)
def test_the_gradient_is_that_of_the_branch_taken(
    taken: str, other: str, threshold: float, x: float
) -> None:
    alone = f"{taken}; unused = x"
    assert orders(choice(taken, other, threshold, x), x, 1) == orders(alone, x, 1)


@given(taken=SAFE, other=st.one_of(SAFE, BROKEN), threshold=NUMBERS, x=NUMBERS)
def test_higher_orders_are_those_of_the_branch_taken(
    taken: str, other: str, threshold: float, x: float
) -> None:
    found = orders(f"x*{choice(taken, other, threshold, x)}", x, 3)
    assert found == pytest.approx(orders(f"x*({taken})", x, 3), rel=1e-9, abs=1e-6)
