"""Conditions on points as nodes: they hold where the records say so."""

import pytest

from autodiff_cli.derivatives.conditions import point_conditions
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse


def held(text: str, x: float) -> list[tuple[bool, float]]:
    """For each condition whether it is of a kink, and its value."""
    lowered = lower(parse(text))
    graph = lowered.graph
    found = list(point_conditions(graph, graph.reachable([lowered.output])))
    nodes = graph.reachable([condition.holds for condition in found])
    values = evaluate(graph, nodes, {graph.variables["x"]: x})
    return [(condition.is_kink, values[condition.holds]) for condition in found]


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("abs(x)", 0.0, [(True, 1.0)]),
        ("abs(x)", 2.0, [(True, 0.0)]),
        ("log(x)", 2.0, [(False, 1.0)]),
        ("log(x)", -2.0, [(False, 0.0)]),
        ("max(x, 2, 3)", 3.0, [(True, 1.0)]),
        ("mod(x, 2)", 4.0, [(True, 1.0)]),
        ("clip(x, 0, 1)", 1.0, [(True, 0.0), (True, 1.0)]),
        ("sin(x) + x", 0.0, []),
    ],
)
def test_they_hold_where_the_records_say_so(
    text: str, x: float, expected: list[tuple[bool, float]]
) -> None:
    assert held(text, x) == expected


def test_what_holds_everywhere_is_left_out() -> None:
    assert held("x/2 + floor(0.5)", 1.0) == []
