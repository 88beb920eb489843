"""Explanations: the steps say what the sweeps do, and their numbers are those of `eval`."""

import json
from math import fsum, isclose, isfinite, isnan
from pathlib import Path

import pytest

from autodiff_cli.derivatives.diagnosis import diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.errors import UsageError
from autodiff_cli.explanations.explanation import Explanation, explain_point, explain_symbols
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.operators import OPERATORS
from autodiff_cli.graph.reverse import ABSENT
from autodiff_cli.language.parser import parse

DATA = Path(__file__).parent.parent / "data"
CASES = [
    (case["expr"], point["point"])
    for name in ("feynman", "calculus", "shellformulas")
    for case in json.loads((DATA / f"{name}.json").read_text("utf-8"))["cases"]
    for point in case["points"][:1]
    if lower(parse(case["expr"])).graph.variables.keys() <= point["point"].keys()
]
KINKS = [
    ("abs(x)*y", {"x": 0.0, "y": 2.0}),
    ("relu(x) - relu(-x)", {"x": 0.0}),
    ("x > 1 ? x^2 : 2x - 1", {"x": 1.0}),
    ("max(x, y, 3)*x", {"x": 3.0, "y": 3.0}),
    ("where(x > 0, log(x), x^2)", {"x": -1.0}),
    ("sqrt(x)^2", {"x": 0.0}),
    ("floor(x)*x", {"x": 1.5}),
    ("clip(x, 0, 1)*x", {"x": 2.0}),
    ("x*x + x^x", {"x": 2.0}),
]


def explained(text: str, point: dict[str, float], **options) -> tuple[Evaluation, Explanation]:
    evaluation = Evaluation(lower(parse(text)), point, **options)
    return evaluation, explain_point(evaluation, diagnose(evaluation))


def close(a: float, b: float) -> bool:
    """Equal but for the rounding of products that are put in another order."""
    return a == b or (isnan(a) and isnan(b)) or isclose(a, b, rel_tol=1e-14, abs_tol=1e-300)


def is_sum(total: float, terms: list[float]) -> bool:
    """Whether a number is the sum of others, but for rounding; what is not finite is let pass."""
    if not all(map(isfinite, terms)):
        return not isfinite(total)
    return abs(total - fsum(terms)) <= 1e-14 * fsum(map(abs, terms))


@pytest.mark.parametrize(("text", "point"), [*CASES, *KINKS])
def test_steps_of_the_backward_pass_hold(text, point):
    evaluation, explanation = explained(text, point)
    values = explanation.values
    assert all(repr(values[node]) == repr(evaluation.value(node)) for node in evaluation.nodes)
    (sweep,), (output,) = explanation.sweeps, evaluation.outputs
    derivatives = {step.node: values[step.derivative] for step in sweep.steps}
    for step in sweep.steps:
        if step.node != output.node:
            arrived = [values[passage.passed] for passage in step.arrivals]
            assert is_sum(derivatives[step.node], arrived)
        for passage in step.departures:
            if passage.passed != ABSENT and not passage.is_shut:
                product = derivatives[passage.node] * values[passage.partial]
                assert close(product, values[passage.passed])
    for name, node in sweep.answers.items():
        told = 0.0 if node == ABSENT else values[node]
        assert told == evaluation.gradient(output)[name]


@pytest.mark.parametrize(("text", "point"), [*CASES[::4], *KINKS])
def test_steps_of_tangents_hold(text, point):
    evaluation, explanation = explained(text, point, is_forward=True)
    values = explanation.values
    (output,) = evaluation.outputs
    assert len(explanation.sweeps) == len(point)
    for sweep in explanation.sweeps:
        tangents = {step.node: values[step.derivative] for step in sweep.steps}
        for step in sweep.steps:
            terms = [tangents[p.argument] * values[p.partial] for p in step.arrivals]
            assert not terms or is_sum(tangents[step.node], terms)
        (answer,) = sweep.answers.values()
        told = 0.0 if answer == ABSENT else values[answer]
        assert told == evaluation.gradient(output)[sweep.name]


@pytest.mark.parametrize("record", OPERATORS, ids=lambda record: record.name)
def test_the_formula_that_is_read_has_the_value_that_is_told(record):
    """Of every operator, between and at the edges of its samples: choices are decided as they are."""
    names = [f"a{k}" for k in range(3 if record.variadic else len(record.parameters))]
    intervals = [record.samples.get(p) or (0.5, 1.5) for p in record.parameters]
    intervals = intervals * 3 if record.variadic else intervals
    for share in (0.0, 0.3, 0.5, 1.0):
        point = {
            name: low if low == high else low + share * (high - low)
            for name, (low, high) in zip(names, intervals, strict=True)
        }
        lowered = lower(parse(f"{record.name}({', '.join(names)})"))
        evaluation = Evaluation(lowered, point)
        explanation = explain_point(evaluation, diagnose(evaluation))
        graph = explanation.graph
        for passage in explanation.sweeps[0].steps[0].departures:
            if passage.partial == ABSENT:
                continue
            live = graph.reachable([passage.formula])
            read = evaluate(graph, live, evaluation.variables())[passage.formula]
            told = explanation.values[passage.partial]
            assert read == told or (isnan(read) and isnan(told))


@pytest.mark.parametrize(("text", "point"), [*KINKS, ("sqrt(1 + x) - 1", {"x": 1e-14})])
def test_every_warning_is_told_once_where_it_belongs(text, point):
    evaluation = Evaluation(lower(parse(text)), point)
    diagnosis = diagnose(evaluation)
    notes = explain_point(evaluation, diagnosis).notes
    told = [n for of in (notes.about_values, notes.about_derivatives) for ns in of.values() for n in ns]
    assert sorted([*told, *notes.remarks]) == sorted(warned.message for warned in diagnosis.warnings)
    assert not notes.remarks


def test_what_is_made_of_constants_alone_is_told_too():
    for text, wrt, told in [
        ("sqrt(2)*x + 1/3", [], {"x", "v1", "v2", "v3", "v4"}),
        ("pi + 2", [], {"v1"}),
        ("sqrt(2)*x + y", ["x"], {"x", "v2", "v3"}),
    ]:
        lowered = lower(parse(text))
        evaluation = Evaluation(lowered, dict.fromkeys(lowered.graph.variables, 1.0), wrt=wrt)
        explanation = explain_point(evaluation, diagnose(evaluation))
        assert {explanation.names[node] for node in explanation.nodes} == told


def test_what_a_choice_shuts_out_is_left_out():
    _, explanation = explained("where(x > 0, log(x)*sin(x), x^2)", {"x": -1.0})
    names = [explanation.names.expression(step.node) for step in explanation.sweeps[0].steps]
    assert not any(name.startswith(("log", "sin")) for name in names)
    (x,) = [step for step in explanation.sweeps[0].steps if not explanation.names.expression(step.node)]
    assert len(x.arrivals) == 1


def test_a_derivative_that_conventions_miss_is_the_answer():
    _, explanation = explained("relu(x) - relu(-x)", {"x": 0.0})
    (sweep,) = explanation.sweeps
    (x,) = [step for step in sweep.steps if step.settled != ABSENT]
    assert explanation.values[x.derivative] == 0.0
    assert explanation.values[x.settled] == 1.0 == explanation.values[sweep.answers["x"]]


def test_only_what_leads_to_a_name():
    evaluation = Evaluation(lower(parse("sin(x)*y + cos(y)")), {"x": 1.0, "y": 2.0}, wrt=["x"])
    explanation = explain_point(evaluation, diagnose(evaluation))
    names = {explanation.names.expression(node) or explanation.names[node] for node in explanation.nodes}
    assert names == {"x", "sin(x)", "v1*y", "v2 + v3"}
    assert [len(step.departures) for step in explanation.sweeps[0].steps] == [1, 1, 1, 0]


def test_symbols_are_textbook_derivatives():
    lowered = lower(parse("exp(x)*tan(y) + x/y"))
    variables = dict(lowered.graph.variables)
    explanation = explain_symbols(lowered, {"": lowered.output}, variables)
    graph, point = explanation.graph, {"x": 0.7, "y": 0.4}
    reference = Evaluation(lower(parse("exp(x)*tan(y) + x/y")), point)
    answers = explanation.sweeps[0].answers
    values = evaluate(
        graph, graph.reachable(answers.values()), {variables[name]: v for name, v in point.items()}
    )
    for name, derivative in reference.gradient(reference.outputs[0]).items():
        assert values[answers[name]] == pytest.approx(derivative, rel=1e-14)


def test_long_chains_and_wide_sums_cost_in_proportion():
    for text in (
        "sin(" * 3000 + "x" + ")" * 3000,
        "+".join(["x*x"] * 3000),
        f"max({','.join(['x'] * 300)})",
    ):
        lowered = lower(parse(text))
        explanation = explain_symbols(lowered, {"": lowered.output}, {"x": lowered.graph.variables["x"]})
        assert len(explanation.graph) < 20 * len(lowered.sources) + 3000


def test_tangents_of_many_variables_are_refused():
    lowered = lower(parse("*".join(f"x{k}" for k in range(600))))
    with pytest.raises(UsageError, match="more than 100,000 tangents"):
        explain_symbols(lowered, {"": lowered.output}, lowered.graph.variables, is_forward=True)
