"""Second derivatives: symmetric, sparse where the formula is, and no more work than there are."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from operations import BLACK_SCHOLES, chain, operations

from autodiff_cli.derivatives.diagnosis import diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.graph import reverse as sweep
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.reverse import ABSENT, AdjointNodes, reverse
from autodiff_cli.language.parser import parse

FEYNMAN: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "data" / "feynman.json").read_text("utf-8")
)
MIXED = [
    "x^2*y^3*z",
    "sin(x*y) + exp(x - z)*y",
    "x/y + y/z + z/x",
    "x^y + y^z",
    "atan2(x, y)*hypot(y, z)",
    "log(x + y^2)/sqrt(x*z)",
    "f(a, b) = a*b + sin(a); f(f(x, y), z)",
    "where(x > 1, x*y^2, x^2*y)*z",
    "sigmoid(x*y)*tanh(x + z)",
    "normcdf(x/(y*z))/y",
    "x*y + z^2",
    "floor(x)*y + max(x, z)*y",
    "x + 2*y",
]
POINTS = [{"x": 0.7, "y": 1.3, "z": 0.9}, {"x": 2.5, "y": 0.4, "z": 1.1}]


def at(text: str, point: dict[str, float], wrt: tuple[str, ...] = ()) -> Evaluation:
    lowered = lower(parse(text))
    known = {name: value for name, value in point.items() if name in lowered.graph.variables}
    return Evaluation(lowered, known, wrt=wrt, order=2)


def hessian(
    text: str, point: dict[str, float], wrt: tuple[str, ...] = ()
) -> dict[str, dict[str, float]]:
    evaluation = at(text, point, wrt)
    return evaluation.hessian(evaluation.outputs[0])


def dense(text: str, point: dict[str, float]) -> dict[str, dict[str, float]]:
    """Each entry of the gradient swept through all it depends on: a whole row each, twice a pair."""
    lowered = lower(parse(text))
    graph, variables = lowered.graph, lowered.graph.variables
    first = reverse(graph, lowered.output).nodes
    rows = {
        name: reverse(graph, first[v]).nodes if first[v] != ABSENT else AdjointNodes()
        for name, v in variables.items()
    }
    wanted = [row[v] for row in rows.values() for v in variables.values() if row[v] != ABSENT]
    values = evaluate(graph, graph.reachable(wanted), {v: point[n] for n, v in variables.items()})
    return {
        name: {n: values[row[v]] if row[v] != ABSENT else 0.0 for n, v in variables.items()}
        for name, row in rows.items()
    }


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("text", MIXED)
def test_sparse_is_dense_and_symmetric(text: str, point: dict[str, float]) -> None:
    found, truth = hessian(text, point), dense(text, point)
    assert found.keys() == truth.keys()
    for row, column in ((a, b) for a in found for b in found):
        assert found[row][column] == found[column][row]
        assert found[row][column] == pytest.approx(truth[row][column], rel=1e-12, abs=1e-14)
        assert truth[row][column] == pytest.approx(truth[column][row], rel=1e-12, abs=1e-14)


_TERMS = ("x{0}*x{1}", "x{0}^2", "sin(x{0}*x{1})", "exp(x{0})/x{1}", "hypot(x{0}, x{1})", "3*x{0}")


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(_TERMS), st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=10
    )
)
def test_sums_of_terms_in_few_variables_have_second_derivatives_within_terms(terms) -> None:
    text = " + ".join(term.format(i, j) for term, i, j in terms)
    point = {f"x{k}": 0.5 + 0.25 * k for k in range(8)}
    evaluation = at(text, point)
    output, truth = evaluation.outputs[0], dense(text, point)
    found = {(a, b): evaluation.value(n) for a, b, n in evaluation.second_derivatives(output)}
    together = {frozenset((f"x{i}", f"x{j if '{1}' in term else i}")) for term, i, j in terms}
    together |= {frozenset((name,)) for pair in together for name in pair}
    assert {frozenset(pair) for pair in found} <= together
    for a, row in truth.items():
        for b, entry in row.items():
            sparse = found.get((a, b), found.get((b, a), 0.0))
            assert sparse == pytest.approx(entry, rel=1e-12, abs=1e-14)


def test_pairs_come_once_in_the_order_of_the_names() -> None:
    evaluation = at("c*(b^2 + a*b) + a", {"a": 1.0, "b": 2.0, "c": 3.0}, ("c", "a", "b"))
    pairs = [(a, b) for a, b, _ in evaluation.second_derivatives(evaluation.outputs[0])]
    assert pairs == [("c", "a"), ("c", "b"), ("a", "b"), ("b", "b")]


def test_of_first_order_there_are_none() -> None:
    evaluation = Evaluation(lower(parse("x^2")), {"x": 3.0})
    assert list(evaluation.second_derivatives(evaluation.outputs[0])) == []
    assert evaluation.hessian(evaluation.outputs[0]) == {}


@pytest.mark.parametrize("names", [("x", "q"), ("q", "x")])
def test_a_definition_and_what_it_is_made_of(names: tuple[str, ...]) -> None:
    """The derivative along q is 2*q, which along x is 2*exp(x): also where q' is q itself."""
    found = hessian("q = exp(x); q^2", {"x": 0.5}, names)
    assert found["x"]["q"] == found["q"]["x"] == pytest.approx(2 * math.exp(0.5), rel=1e-15)
    assert found["q"]["q"] == 2.0
    assert found["x"]["x"] == pytest.approx(4 * math.e, rel=1e-15)


def test_two_names_of_one_node() -> None:
    evaluation = at("a = x; a^2*y", {"x": 3.0, "y": 2.0}, ("a", "y", "x"))
    (output,) = evaluation.outputs
    found = {(m, n): evaluation.value(k) for m, n, k in evaluation.second_derivatives(output)}
    assert found == {
        ("a", "a"): 4.0,
        ("a", "x"): 4.0,
        ("x", "x"): 4.0,
        ("a", "y"): 6.0,
        ("y", "x"): 6.0,
    }


def test_several_outputs_have_their_own() -> None:
    evaluation = Evaluation(
        lower(parse("f = x*y; g = f + z^2")), dict.fromkeys("xyz", 2.0), ["f", "g"], order=2
    )
    f, g = ([pair[:2] for pair in evaluation.second_derivatives(o)] for o in evaluation.outputs)
    assert f == [("x", "y")]
    assert g == [("x", "y"), ("z", "z")]


# -- Cost --------------------------------------------------------------------------------------


def work(count: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """What a chain's Hessian takes: nodes made and evaluated, products and sums asked for."""
    asked, simplified = [0], sweep.simplified

    def counting(*arguments: Any) -> int:
        asked[0] += 1
        return simplified(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(sweep, "simplified", counting)
        evaluation = at(chain(count), {f"x{k}": 1 + k / count for k in range(1, count + 1)})
    diagnose(evaluation)
    pairs = list(evaluation.second_derivatives(evaluation.outputs[0]))
    assert len(pairs) == 2 * count - 1
    return {
        "nodes": len(evaluation.graph),
        "evaluated": len(evaluation.evaluated),
        "asked": asked[0],
        "touched": sum(len(evaluation.graph.reachable([node])) for _, _, node in pairs),
    }


def test_the_hessian_of_a_chain_grows_with_its_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable more costs the same, however many there are."""
    some, more, most = (work(count, monkeypatch) for count in (20, 40, 80))
    for what in some:
        assert most[what] - more[what] == 2 * (more[what] - some[what])


def test_a_sweep_touches_what_its_output_depends_on() -> None:
    lowered = lower(parse(chain(500)))
    first = reverse(lowered.graph, lowered.output).nodes
    for node in lowered.graph.variables.values():
        again = reverse(lowered.graph, first[node])
        assert len(again.nodes) < 30
        assert set(again.nodes) <= set(lowered.graph.reachable([first[node]]))


def test_a_sweep_enters_what_it_is_let_into() -> None:
    lowered = lower(parse("sin(x)*cos(y)"))
    graph = lowered.graph
    x, y = graph.variables["x"], graph.variables["y"]
    only_x = set(graph.arguments[lowered.output][:1]) | {x}
    found, partials = reverse(graph, lowered.output, enters=only_x.__contains__)
    assert partials[lowered.output][1] == ABSENT
    assert found[x] == reverse(graph, lowered.output).nodes[x]
    assert found[y] == ABSENT


def test_partials_that_sweeps_share_are_those_along_all_arguments() -> None:
    lowered = lower(parse("sin(x)*cos(y)"))
    graph = lowered.graph
    only_x = set(graph.arguments[lowered.output][:1]) | {graph.variables["x"]}
    known: dict[int, tuple[int, ...]] = {}
    reverse(graph, lowered.output, known, only_x.__contains__)
    assert known[lowered.output] == reverse(graph, lowered.output).partials[lowered.output]


@pytest.mark.parametrize("text", BLACK_SCHOLES.values(), ids=BLACK_SCHOLES)
def test_five_greeks_cost_at_most_two_and_a_half_prices(text: str) -> None:
    """And all second derivatives at most so many gradients as there are inputs, and one."""
    found = operations(text)
    assert found.inputs == 5
    assert found.gradient <= 2.5 * found.value
    assert found.hessian <= (found.inputs + 1) * found.gradient


def test_the_operations_of_formulas_of_physics() -> None:
    """None costs more than it did: the sums over all of them, and the most of one."""
    found = [operations(case["expr"]) for case in FEYNMAN["cases"]]
    assert sum(o.gradient for o in found) <= 2.58 * sum(o.value for o in found)
    assert sum(o.hessian for o in found) <= 0.6 * sum((o.inputs + 1) * o.gradient for o in found)
    assert max(o.hessian_ratio for o in found) < 1.16


# -- Accuracy ----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", FEYNMAN["cases"], ids=lambda case: case["id"])
def test_hessians_of_formulas_of_physics(case: dict[str, Any]) -> None:
    """Each entry to 1e-11 of itself."""
    for point in case["points"]:
        if "naive_f64_rel_err" in point:
            continue
        found = hessian(case["expr"], point["point"], tuple(case["variables"]))
        for row, truths in zip(case["variables"], point["hessian"], strict=True):
            for column, truth in zip(case["variables"], truths, strict=True):
                assert found[row][column] == pytest.approx(truth, rel=1e-11, abs=0.0), (row, column)


@pytest.mark.parametrize(("a", "b"), [(1e-200, 1e-160), (3.0, 1e-100), (1e200, 1e150)])
def test_a_quotient_overflows_no_sooner_than_its_second_derivative(a: float, b: float) -> None:
    found = hessian("a/b", {"a": a, "b": b}, ("b",))
    assert found["b"]["b"] == pytest.approx(2 * (a / b) / b / b, rel=1e-15)
