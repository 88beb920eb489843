"""The reverse sweep: what it appends, what it leaves alone, and that it is the gradient."""

import math
from array import array
from itertools import product

import pytest

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import Lowered, lower
from autodiff_cli.graph.reverse import ABSENT, reverse
from autodiff_cli.language.parser import parse


def _gradient(text: str, **point: float) -> dict[str, float]:
    evaluation = Evaluation(lower(parse(text)), point)
    return evaluation.gradient(evaluation.outputs[0])


def _at(lowered: Lowered, nodes: list[int], **point: float) -> list[float]:
    graph = lowered.graph
    bound = {graph.variables[name]: value for name, value in point.items()}
    values = evaluate(graph, graph.reachable(nodes), bound)
    return [values[node] for node in nodes]


GRADIENTS = [
    ("(x + y)*z", {"x": 2, "y": 5, "z": -4}, {"x": -4, "y": -4, "z": 7}),
    ("x", {"x": 3}, {"x": 1}),
    ("-x", {"x": 3}, {"x": -1}),
    ("x - y", {"x": 3, "y": 4}, {"x": 1, "y": -1}),
    ("x/y", {"x": 3, "y": 4}, {"x": 0.25, "y": -0.1875}),
    ("x*x", {"x": 3}, {"x": 6}),
    ("x + x", {"x": 3}, {"x": 2}),
    ("x - x", {"x": 3}, {"x": 0}),
    ("x^3", {"x": 2}, {"x": 12}),
    ("x^3", {"x": -2}, {"x": 12}),
    ("x^0", {"x": 0}, {"x": 0}),
    ("x^1", {"x": 0}, {"x": 1}),
    ("x^2", {"x": 0}, {"x": 0}),
    ("x^-1", {"x": 2}, {"x": -0.25}),
    ("2^x", {"x": 3}, {"x": 8 * math.log(2)}),
    ("x^y", {"x": 2, "y": 3}, {"x": 12, "y": 8 * math.log(2)}),
    ("exp(x)*y", {"x": 0, "y": 5}, {"x": 5, "y": 1}),
    ("sin(x*y)", {"x": 0, "y": 5}, {"x": 5, "y": 0}),
    ("log(x)", {"x": 4}, {"x": 0.25}),
    ("sqrt(x)", {"x": 4}, {"x": 0.25}),
    ("max(x, y)", {"x": 4, "y": 3}, {"x": 1, "y": 0}),
    ("max(x, y, 2)", {"x": 1, "y": 1}, {"x": 0, "y": 0}),
    ("max(x, y)", {"x": 1, "y": 1}, {"x": 0.5, "y": 0.5}),
    ("where(x > 0, x^2, y)", {"x": 3, "y": 7}, {"x": 6, "y": 0}),
    ("where(x > 0, x^2, y)", {"x": -3, "y": 7}, {"x": 0, "y": 1}),
    ("where(x > 0, sqrt(x), y)", {"x": -1, "y": 7}, {"x": 0, "y": 1}),
    ("where(x > 0, log(x), 0)", {"x": 0}, {"x": 0}),
    ("q = x*y; q^2 + q", {"x": 2, "y": 3}, {"x": 39, "y": 26}),
    ("f(a) = a*a; f(f(x))", {"x": 2}, {"x": 32}),
    ("floor(x)*y", {"x": 2.5, "y": 3}, {"x": 0, "y": 2}),
    ("3", {}, {}),
    ("x < y", {"x": 1, "y": 2}, {"x": 0, "y": 0}),
    ("sigmoid(x)", {"x": 0}, {"x": 0.25}),
    ("atan2(y, x)", {"y": 1, "x": 1}, {"y": 0.5, "x": -0.5}),
    ("hypot(x, y)", {"x": 3, "y": 4}, {"x": 0.6, "y": 0.8}),
    ("f(u) = u > 0 ? u : -u; f(x) f(y)", {"x": -2, "y": 3}, {"x": -3, "y": 2}),
]


@pytest.mark.parametrize(("text", "point", "gradient"), GRADIENTS)
def test_known_gradients(text, point, gradient):
    got = _gradient(text, **{name: float(value) for name, value in point.items()})
    assert got == pytest.approx(gradient, rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("text", [text for text, _, _ in GRADIENTS])
def test_the_sweep_only_appends(text):
    lowered = lower(parse(text))
    graph = lowered.graph
    operators, arguments = list(graph.operators), list(graph.arguments)
    constants, variables = dict(graph.constants), dict(graph.variables)
    sources = array("q", lowered.sources)
    adjoints = reverse(graph, lowered.output)
    assert graph.operators[: len(operators)] == operators
    assert graph.arguments[: len(arguments)] == arguments
    assert {node: graph.constants[node] for node in constants} == constants
    assert graph.variables == variables
    assert lowered.sources == sources
    assert max(adjoints.nodes) == lowered.output
    assert all(0 <= node < len(graph) for node in adjoints.nodes.values())
    assert adjoints.partials.keys() == {node for node in adjoints.nodes if graph.arguments[node]}
    for node, partials in adjoints.partials.items():
        assert len(partials) in (0, len(graph.arguments[node]))


def test_the_sweep_again_appends_nothing():
    lowered = lower(parse("sin(x*y)/exp(x)"))
    first = reverse(lowered.graph, lowered.output)
    size = len(lowered.graph)
    assert reverse(lowered.graph, lowered.output) == first
    assert len(lowered.graph) == size


def test_the_adjoint_of_the_output_is_one():
    lowered = lower(parse("x*y"))
    adjoints = reverse(lowered.graph, lowered.output)
    assert lowered.graph.constants[adjoints.nodes[lowered.output]] == 1.0


def test_a_shared_node_sums_over_all_paths():
    evaluation = Evaluation(lower(parse("s = sin(x); s*s + 3*s + exp(s)")), {"x": 0.5})
    (output,) = evaluation.outputs
    s = math.sin(0.5)
    adjoint = evaluation.adjoint(output, evaluation.lowered.definitions["s"])
    assert adjoint == pytest.approx(2 * s + 3 + math.exp(s), rel=1e-15)
    assert evaluation.gradient(output)["x"] == pytest.approx(adjoint * math.cos(0.5), rel=1e-15)


def test_as_many_paths_as_grains_of_wheat():
    text = "f0(x) = x; " + "; ".join(f"f{k}(x) = f{k - 1}(x) + f{k - 1}(x)" for k in range(1, 61))
    assert _gradient(f"{text}; f60(x)", x=1.0) == {"x": 2.0**60}


STRUCTURAL_ZEROS = [
    "floor(x)",
    "x < 2",
    "not x",
    "sign(x)*2",
    "where(x, 1, 2)",
    "ties(x, 1)",
    "round(x) + 1",
]


@pytest.mark.parametrize("text", STRUCTURAL_ZEROS)
def test_a_structural_zero_is_absent(text):
    lowered = lower(parse(text))
    adjoints = reverse(lowered.graph, lowered.output)
    assert adjoints.nodes[lowered.graph.variables["x"]] == ABSENT


def test_what_has_no_part_in_the_output_is_absent():
    lowered = lower(parse("p = sin(x); q = y*2; p"))
    adjoints = reverse(lowered.graph, lowered.output)
    assert adjoints.nodes[lowered.graph.variables["x"]] != ABSENT
    assert adjoints.nodes[lowered.graph.variables["y"]] == ABSENT


def test_constants_have_neither_adjoints_nor_partials():
    lowered = lower(parse("2*x + 3"))
    adjoints = reverse(lowered.graph, lowered.output)
    assert all(
        adjoints.nodes[node] == ABSENT for node in lowered.graph.constants if node <= lowered.output
    )
    assert adjoints.partials[lowered.output][1] == ABSENT


def test_a_structural_zero_stops_infinities():
    # The derivative along x is absent behind floor, and not 0 times what is infinite there.
    assert _gradient("floor(sqrt(x)) + y", x=0.0, y=1.0) == {"x": 0.0, "y": 1.0}


def test_zero_times_infinity_is_not_swept_away():
    assert math.isnan(_gradient("sqrt(x)^2", x=0.0)["x"])


NEEDLESS = [("x*y", 3), ("x + y", 3), ("3*x", 3), ("x*y*z", 7)]


@pytest.mark.parametrize(("text", "size"), NEEDLESS)
def test_no_needless_nodes(text, size):
    lowered = lower(parse(text))
    reverse(lowered.graph, lowered.output)
    new_constants = sum(node > lowered.output for node in lowered.graph.constants)
    assert len(lowered.graph) - new_constants <= size


MIXED = [
    "x^2*y^3",
    "sin(x*y) + exp(x - y)",
    "x/y + y/x",
    "x^y",
    "atan2(x, y)*hypot(x, y)",
    "log(x + y^2)/sqrt(x)",
    "f(a, b) = a*b + sin(a); f(f(x, y), x)",
    "where(x > 1, x*y^2, x^2*y)",
    "sigmoid(x*y)*tanh(x + y)",
    "cbrt(x*y) + log1p(x^2*y)",
]


@pytest.mark.parametrize("text", MIXED)
@pytest.mark.parametrize("point", [{"x": 0.7, "y": 1.3}, {"x": 2.5, "y": 0.4}])
def test_the_sweep_of_a_sweep_has_symmetric_mixed_partials(text, point):
    lowered = lower(parse(text))
    graph = lowered.graph
    first = reverse(graph, lowered.output)
    names = sorted(graph.variables)
    gradient = {name: first.nodes[graph.variables[name]] for name in names}
    second = {name: reverse(graph, node) for name, node in gradient.items()}
    hessian = {}
    for row, column in product(names, names):
        found = second[row].nodes[graph.variables[column]]
        hessian[row, column] = _at(lowered, [found], **point)[0]
    assert hessian["x", "y"] == pytest.approx(hessian["y", "x"], rel=1e-12)
    # And it is the slope of the gradient, as central differences have it.
    step = 1e-5
    for row, column in product(names, names):
        ahead, behind = (
            _at(lowered, [gradient[row]], **{**point, column: point[column] + shift})[0]
            for shift in (step, -step)
        )
        assert hessian[row, column] == pytest.approx((ahead - behind) / (2 * step), rel=1e-5, abs=1e-7)


def test_third_and_fourth_order():
    lowered = lower(parse("x^4"))
    node, values = lowered.output, []
    for _ in range(5):
        node = reverse(lowered.graph, node).nodes[lowered.graph.variables["x"]]
        if node == ABSENT:
            break
        values.append(_at(lowered, [node], x=2.0)[0])
    assert values == [32.0, 48.0, 48.0, 24.0]


def test_a_branch_not_taken_does_not_leak_at_any_order():
    lowered = lower(parse("where(x > 0, x^1.5, 2*x)"))
    node, values = lowered.output, []
    for _ in range(3):
        node = reverse(lowered.graph, node).nodes[lowered.graph.variables["x"]]
        values.append(_at(lowered, [node], x=-1.0)[0])
    assert values == [2.0, 0.0, 0.0]


DEEP = 30_000
DEEP_TEXTS = [
    ("sin(" * DEEP + "x" + ")" * DEEP, 0.0, 1.0),
    ("+".join(["x"] * DEEP), 1.0, float(DEEP)),
    ("*".join(["x"] * DEEP), 1.0, float(DEEP)),
    ("(" * DEEP + "x" + ")" * DEEP, 1.0, 1.0),
    ("-" * DEEP + "x", 1.0, 1.0),
]


@pytest.mark.parametrize(
    ("text", "x", "slope"), DEEP_TEXTS, ids=["calls", "sum", "product", "group", "signs"]
)
def test_nothing_is_too_deep(text, x, slope):
    assert _gradient(text, x=x) == {"x": slope}


def test_a_gradient_in_many_variables():
    count = 5_000
    names = [f"x{k}" for k in range(count)]
    gradient = _gradient(
        " + ".join(f"{k}*{name}" for k, name in enumerate(names)), **dict.fromkeys(names, 1.0)
    )
    assert gradient == {name: float(k) for k, name in enumerate(names)}
