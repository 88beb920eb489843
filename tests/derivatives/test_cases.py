"""Formulas that other people wrote, at points where 60 digits and more are the reference."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.errors import FormulaError
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.reverse import ABSENT, AdjointNodes, reverse
from autodiff_cli.language.parser import parse

Case = dict[str, Any]

DATA = Path(__file__).parent.parent / "data"
FEYNMAN: dict[str, Any] = json.loads((DATA / "feynman.json").read_text("utf-8"))
SHELL: dict[str, Any] = json.loads((DATA / "shellformulas.json").read_text("utf-8"))
CALCULUS: dict[str, Any] = json.loads((DATA / "calculus.json").read_text("utf-8"))
CASES: list[Case] = [*FEYNMAN["cases"], *SHELL["cases"]]

# The formulas are well conditioned at their points: off by more is a wrong rule.
RELATIVE = 1e-12
# Relative to the greatest entry.
HESSIAN = 1e-12

WITH_HESSIAN = [case for case in CASES if any("hessian" in point for point in case["points"])]

each = pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])


def texts(case: Case) -> Iterator[tuple[str, dict[str, str]]]:
    """Each way the formula is written, and how its variables are named there.

    `raw_names` is null where the author's language reads the text as another formula.
    """
    yield case["expr"], {}
    names = case.get("raw_names", {})
    if names is not None and case["raw"] != case["expr"]:
        yield case["raw"], names


def near(got: float, truth: float) -> bool:
    return abs(got - truth) <= RELATIVE * abs(truth)


@each
def test_value_and_gradient(case: Case) -> None:
    checked = 0
    for text, names in texts(case):
        known_as = {names.get(name, name): name for name in case["variables"]}
        for point in case["points"]:
            if "naive_f64_rel_err" in point:
                continue
            values = {names.get(name, name): value for name, value in point["point"].items()}
            evaluation = Evaluation(lower(parse(text)), values)
            output = evaluation.outputs[0]
            assert near(evaluation.value(output.node), point["value"])
            gradient = evaluation.gradient(output)
            assert set(gradient) == set(known_as)
            for name, derivative in gradient.items():
                truth = point["grad"][known_as[name]]
                assert near(derivative, truth), f"{text} along {name}: {truth!r}, not {derivative!r}"
            checked += 1
    assert checked


@pytest.mark.parametrize("case", WITH_HESSIAN, ids=lambda case: case["id"])
def test_hessian(case: Case) -> None:
    """Sweeps over the sweep: rows are the gradients of the gradient's entries."""
    lowered = lower(parse(case["expr"]))
    graph, variables = lowered.graph, case["variables"]
    nodes = [graph.variables[name] for name in variables]
    first = reverse(graph, lowered.output).nodes
    rows: list[list[int]] = []
    for node in nodes:
        entry = first[node]
        second = reverse(graph, entry).nodes if entry != ABSENT else AdjointNodes()
        rows.append([second[other] for other in nodes])
    wanted = graph.reachable([node for row in rows for node in row if node != ABSENT])
    for point in case["points"]:
        if "naive_f64_rel_err" in point or "hessian" not in point:
            continue
        values = evaluate(graph, wanted, {graph.variables[n]: v for n, v in point["point"].items()})
        greatest = max(abs(truth) for row in point["hessian"] for truth in row)
        for row, truths in zip(rows, point["hessian"], strict=True):
            for node, truth in zip(row, truths, strict=True):
                got = 0.0 if node == ABSENT else values[node]
                assert abs(got - truth) <= HESSIAN * greatest


@pytest.mark.parametrize("case", CALCULUS["cases"], ids=lambda case: case["id"])
def test_calculus(case: Case) -> None:
    """Values, gradients, and derivatives along several names, one sweep after the other.

    Two formulas are 0 everywhere, by identities that floats do not know.
    """
    lowered = lower(parse(case["expr"]))
    graph = lowered.graph
    node = lowered.output
    for name in case["wrt"]:
        swept = reverse(graph, node).nodes if node != ABSENT else AdjointNodes()
        node = swept[graph.variables.get(name, ABSENT)]
    wanted = graph.reachable([lowered.output, *([node] if node != ABSENT else [])])
    for point in case["points"]:
        bound = {graph.variables[n]: v for n, v in point["point"].items() if n in graph.variables}
        values = evaluate(graph, wanted, bound)
        value, truth = values[lowered.output], point["value"]
        assert near(value, truth) or (abs(value) < 4e-15 and not truth)
        derivative = 0.0 if node == ABSENT else values[node]
        assert near(derivative, point["derivative"]) or (
            abs(derivative) < 4e-15 and not point["derivative"]
        )
        evaluation = Evaluation(lowered, point["point"])
        gradient = evaluation.gradient(evaluation.outputs[0])
        for name, truth in point.get("grad", {}).items():
            assert near(gradient.get(name, 0.0), truth), f"along {name}"


@pytest.mark.parametrize(
    "text", [case["text"] for case in SHELL["parse_errors"] if not case.get("disputed")]
)
def test_refused(text: str) -> None:
    with pytest.raises(FormulaError) as refused:
        lower(parse(text))
    span = refused.value.span
    assert span is not None
    assert 0 <= span[0] <= span[1] <= len(text)


def test_the_disputed_text_has_a_unary_plus() -> None:
    (text,) = [case["text"] for case in SHELL["parse_errors"] if case.get("disputed")]
    evaluation = Evaluation(lower(parse(text)), {})
    assert evaluation.value(evaluation.outputs[0].node) == 9.0


@pytest.mark.parametrize("case", SHELL["parse_values"], ids=lambda case: case["text"])
def test_precedence(case: Case) -> None:
    evaluation = Evaluation(lower(parse(case["text"])), {"x": case.get("x", 0.0)})
    assert near(evaluation.value(evaluation.outputs[0].node), case["value"])
