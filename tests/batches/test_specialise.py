"""Partial evaluation: what is the same in all rows is computed once, and nothing else changes."""

from math import copysign, inf, isnan, nan, ulp

import pytest

from autodiff_cli.batches.specialise import POWERS, specialise
from autodiff_cli.graph.arena import Graph, evaluate
from autodiff_cli.graph.lower import Lowered, lower
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.language.parser import parse
from autodiff_cli.numbers import floats


def lowered(text: str) -> Lowered:
    return lower(parse(text))


def operators(graph: Graph, root: int) -> list[str]:
    """The names of what a root is computed with, leaves aside."""
    return [graph.operators[node].name for node in graph.reachable([root]) if graph.arguments[node]]


def test_what_depends_on_no_column_is_a_constant() -> None:
    made = lowered("sin(a)*cos(b)*x + exp(a)")
    found = specialise(made.graph, [made.output], ["x"], {"a": 0.5, "b": 2.0})
    assert operators(found.graph, found.roots[0]) == ["mul", "add"]
    assert list(found.columns) == ["x"]
    point = {"a": 0.5, "b": 2.0, "x": 3.0}
    bound = {made.graph.variables[name]: value for name, value in point.items()}
    expected = evaluate(made.graph, range(len(made.graph)), bound)[made.output]
    nodes = found.graph.reachable(found.roots)
    assert evaluate(found.graph, nodes, {found.columns["x"]: 3.0})[found.roots[0]] == expected


def test_a_settled_choice_is_taken_and_the_other_branch_gone() -> None:
    made = lowered("where(k > 0, x + 1, besselj(0, x))")
    found = specialise(made.graph, [made.output], ["x"], {"k": 1.0})
    assert operators(found.graph, found.roots[0]) == ["add"]


def test_without_columns_everything_is_constant() -> None:
    made = lowered("x*y")
    found = specialise(made.graph, [made.output], [], {"x": 3.0, "y": 4.0})
    assert found.graph.constants[found.roots[0]] == 12.0
    assert found.columns == {}


@pytest.mark.parametrize("exponent", POWERS)
def test_powers_are_within_two_units_of_pow(exponent: float) -> None:
    graph = Graph()
    x = graph.variable("x")
    root = POWERS[exponent](graph, x)
    magnitudes = [10.0**k * digits for k in range(-323, 309, 7) for digits in (1.0, 1.7, 3.3)]
    for value in [0.0, -0.0, inf, -inf, nan, *magnitudes, *(-m for m in magnitudes)]:
        mine = evaluate(graph, graph.reachable([root]), {x: value})[root]
        theirs = floats.power(value, exponent)
        if isnan(theirs):
            assert isnan(mine)
        else:
            assert mine == theirs or abs(mine - theirs) <= 2 * ulp(theirs), (value, mine, theirs)
            assert copysign(1, mine) == copysign(1, theirs), value


@pytest.mark.parametrize("divisor", [2.0, -0.25, 1024.0, 2.0**-900])
def test_division_by_a_power_of_two_is_a_product_to_the_last_bit(divisor: float) -> None:
    made = lowered(f"x/({divisor!r})")
    found = specialise(made.graph, [made.output], ["x"], {})
    assert operators(found.graph, found.roots[0]) == ["mul"]
    for value in (0.1, -3.7, 5e-324, 1.7e308, inf, -0.0):
        got = evaluate(found.graph, found.graph.reachable(found.roots), {found.columns["x"]: value})
        assert str(got[found.roots[0]]) == str(floats.divide(value, divisor))


def test_division_by_anything_else_stays() -> None:
    made = lowered("x/3")
    found = specialise(made.graph, [made.output], ["x"], {})
    assert operators(found.graph, found.roots[0]) == ["div"]


def test_numbers_that_a_settled_choice_leaves_are_computed_with() -> None:
    made = lowered("normcdf(where(k > 0, x, 2)) + x")
    found = specialise(made.graph, [made.output], ["x"], {"k": -1.0})
    assert operators(found.graph, found.roots[0]) == ["add"]
    assert BY_NAME["normcdf"].floats(2.0) in found.graph.constants.values()
