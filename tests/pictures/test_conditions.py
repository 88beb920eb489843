"""Conditions on points as nodes: they hold where the records say so."""

import pytest

from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse
from autodiff_cli.pictures.conditions import Matter, point_conditions


def held(text: str, x: float) -> list[tuple[Matter, float]]:
    """For each condition what it is about, and its value."""
    lowered = lower(parse(text))
    graph = lowered.graph
    found = list(point_conditions(graph, graph.reachable([lowered.output])))
    nodes = graph.reachable([condition.holds for condition in found])
    values = evaluate(graph, nodes, {graph.variables["x"]: x})
    return [(condition.matter, values[condition.holds]) for condition in found]


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("abs(x)", 0.0, [(Matter.KINK, 1.0)]),
        ("abs(x)", 2.0, [(Matter.KINK, 0.0)]),
        ("log(x)", 2.0, [(Matter.DOMAIN, 1.0)]),
        ("log(x)", -2.0, [(Matter.DOMAIN, 0.0)]),
        ("max(x, 2, 3)", 3.0, [(Matter.KINK, 1.0)]),
        ("max(x, x, 2)", 1.0, [(Matter.KINK, 0.0)]),
        ("mod(x, 2)", 4.0, [(Matter.JUMP, 1.0)]),
        ("x > 1", 1.0, [(Matter.BOUNDARY, 1.0)]),
        (
            "atan2(x, x)",
            0.0,
            [(Matter.DOMAIN, 0.0), (Matter.NO_DERIVATIVE, 1.0), (Matter.JUMP, 0.0)],
        ),
        ("clip(x, 0, 1)", 1.0, [(Matter.KINK, 0.0), (Matter.KINK, 1.0)]),
        ("sin(x) + x", 0.0, []),
    ],
)
def test_they_hold_where_the_records_say_so(
    text: str, x: float, expected: list[tuple[Matter, float]]
) -> None:
    assert held(text, x) == expected


def test_what_holds_everywhere_is_left_out() -> None:
    assert held("x/2 + floor(0.5)", 1.0) == []
