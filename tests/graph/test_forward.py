"""The forward sweep: its tangents, and that they are what the reverse sweep says."""

import json
from pathlib import Path

import pytest

from autodiff_cli.derivatives.evaluation import DIRECTION, Evaluation
from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.forward import ahead, consumers, forward
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.reverse import local_partials
from autodiff_cli.language.parser import parse

DATA = Path(__file__).parent.parent / "data"
CASES = [
    case
    for name in ("feynman", "calculus", "shellformulas")
    for case in json.loads((DATA / f"{name}.json").read_text("utf-8"))["cases"]
]

# Units in the last place of what a derivative is a sum of; both modes round each product and sum.
MODES_AGREE = 8


def swept(text: str, point: dict[str, float], **options) -> Evaluation:
    return Evaluation(lower(parse(text)), point, **options)


def sizes(evaluation: Evaluation, start: int) -> float:
    """The sum, over all ways, of the sizes of products of partials: the derivative's conditioning."""
    size = {start: 1.0}
    for node in evaluation.nodes:
        if node != start:
            edges = zip(evaluation.graph.arguments[node], evaluation.partials(node), strict=True)
            size[node] = sum(abs(p or 0.0) * size.get(argument, 0.0) for argument, p in edges)
    return size[evaluation.outputs[0].node]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_both_modes_agree(case):
    for point in case["points"]:
        values = point["point"]
        names = lower(parse(case["expr"])).graph.variables
        if not names.keys() <= values.keys():
            continue
        reverse, ahead = swept(case["expr"], values), swept(case["expr"], values, is_forward=True)
        backwards = reverse.gradient(reverse.outputs[0])
        forwards = ahead.gradient(ahead.outputs[0])
        assert list(forwards) == list(backwards)
        for name, derivative in forwards.items():
            bound = MODES_AGREE * 2.0**-53 * sizes(reverse, reverse.wrt_nodes[name])
            assert derivative == backwards[name] or abs(derivative - backwards[name]) <= bound


def test_direction_is_the_gradient_times_it():
    point = {"x": 1.25, "y": 0.5, "z": -3.0}
    text = "sin(x*y) + z^3/exp(y) + max(x, y)"
    velocities = {"x": 2.0, "y": -1.5, "z": 0.25}
    along = swept(text, point, is_forward=True, direction=velocities)
    gradient = swept(text, point)
    expected = sum(d * velocities[n] for n, d in gradient.gradient(gradient.outputs[0]).items())
    assert along.adjoint(along.outputs[0], DIRECTION) == pytest.approx(expected, rel=1e-14)


def test_tangents_of_every_node():
    found = swept("q = x*y; q^2 + q", {"x": 2.0, "y": 3.0}, direction={"x": 1.0, "y": 10.0})
    tangents = {found.names[n]: found.tangent(DIRECTION, n) for n in found.nodes}
    assert tangents == {"x": 1, "y": 10, "q": 23, "2": None, "v1": 276, "v2": 299}


@pytest.mark.parametrize(
    ("text", "point", "derivative"),
    [
        ("where(x > 0, x^2, sqrt(x))", 3.0, 6.0),
        ("where(x > 0, sqrt(x), x^2)", -3.0, -6.0),
        ("where(x > 0, log(x), 0)*sqrt(x + 1)", 0.0, 0.0),
        ("where(x > 0, 1/x, 1)/x^2", -1.0, 2.0),
        ("relu(x)*log(x)", -1.0, None),
        ("clip(x, 1, 2)", 5.0, 0.0),
    ],
)
def test_branches_not_taken_do_not_leak(text, point, derivative):
    """Where the adjoint is a number the tangent is the same, with gates between."""
    found = swept(text, {"x": point}, is_forward=True)
    backwards = swept(text, {"x": point})
    got = found.gradient(found.outputs[0])["x"]
    assert got == backwards.gradient(backwards.outputs[0])["x"] or got != got
    if derivative is not None:
        assert got == derivative


def test_seeds_are_moved_whatever_they_depend_on():
    found = swept("q = x^2; q*x", {"x": 3.0}, wrt=["q", "x"], is_forward=True)
    assert found.gradient(found.outputs[0]) == {"q": 3, "x": 27}


def test_what_is_at_rest_has_no_tangent():
    lowered = lower(parse("(x + 1)*(y + 1)"))
    graph = lowered.graph
    nodes = list(range(len(graph)))
    partials = {node: local_partials(graph, node) for node in nodes}
    tangents = forward(graph, nodes, {graph.variables["x"]: 1.0}, partials)
    assert graph.variables["y"] not in tangents
    assert tangents[lowered.output] == graph.arguments[lowered.output][1]


def test_a_sweep_visits_only_what_depends():
    text = " + ".join(f"x{i}^2" for i in range(100))
    lowered = lower(parse(text))
    graph = lowered.graph
    consumed_by = consumers(graph, graph.reachable([lowered.output]))
    assert len(ahead(consumed_by, [graph.variables["x99"]])) == 3
    assert len(ahead(consumed_by, [graph.variables["x98"]])) == 4


def test_cost_of_a_direction_does_not_depend_on_the_number_of_variables():
    """A few nodes for each of the formula, however many variables move."""
    counts = []
    for n in (10, 1000):
        text = " + ".join(f"sin(x{i})*x{i}" for i in range(n))
        lowered = lower(parse(text))
        before = len(lowered.graph)
        point = {f"x{i}": 1.0 + i for i in range(n)}
        Evaluation(lowered, point, is_forward=True, direction=dict.fromkeys(point, 1.5))
        counts.append((len(lowered.graph) - before) / before)
    assert counts[1] < counts[0] + 1


def test_graphs_without_partials():
    graph = Graph()
    x = graph.variable("x")
    assert forward(graph, [x], {x: 2.0}, {x: ()}) == {x: graph.constant(2.0)}
