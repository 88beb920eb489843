"""What holds for every text: no surprises from the outside, and the gradient is the gradient."""

import math
from collections import Counter

import pytest
from formulas import OutsideTheDomainError, garbage, programs, smooth, true_value
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from autodiff_cli.derivatives.diagnosis import diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.failure import failure
from autodiff_cli.derivatives.rounding import rounding_errors
from autodiff_cli.errors import AutodiffError, FormulaError
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse
from autodiff_cli.language.printer import canonical

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 1e-300, 5e-324, 1e300, math.inf, -math.inf, math.nan]


def _all_of_it(text: str, values: list[float]) -> None:
    """Everything that is done with a formula at a point, except for showing it."""
    tree = parse(text)
    canonical(tree)
    lowered = lower(tree)
    point = {name: values[k % len(values)] for k, name in enumerate(lowered.graph.variables)}
    evaluation = Evaluation(lowered, point)
    for output in evaluation.outputs:
        assert isinstance(evaluation.value(output.node), float)
        assert all(isinstance(d, float) for d in evaluation.gradient(output).values())
    diagnose(evaluation)
    failed = failure(evaluation)
    if failed is not None:
        assert failed.span is None or 0 <= failed.span[0] <= failed.span[1] <= len(text)


_values = st.lists(st.sampled_from(SPECIAL) | st.floats(), min_size=1, max_size=4)


@settings(deadline=None, derandomize=True, max_examples=1000)
@given(garbage, _values)
def test_any_text_is_read_or_refused(text, values):
    try:
        _all_of_it(text, values)
    except AutodiffError as error:
        _check_error(error, text)


def _check_error(error: AutodiffError, text: str) -> None:
    assert error.message
    if isinstance(error, FormulaError):
        assert error.span is not None
        assert error.text == text
    if error.span is not None:
        assert 0 <= error.span[0] <= error.span[1] <= len(text)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(programs(), _values)
def test_any_formula_has_a_value_everywhere(text, values):
    _all_of_it(text, values)


CRASHES = ["inf!", "x!", "polygamma(inf, 2)", "polygamma(x, 2)"]


@pytest.mark.parametrize("text", CRASHES)
def test_functions_of_whole_numbers_at_infinity(text):
    _all_of_it(text, [math.inf])


def _slope(graph, root: int, point: dict[str, float], name: str):
    """The derivative at a point, by a central difference with half of mpmath's digits."""
    step = mpf(10) ** (-mp.dps // 3)
    sides = ({**point, name: mpf(point[name]) + shift} for shift in (step, -step))
    ahead, behind = (true_value(graph, root, moved) for moved in sides)
    return (ahead - behind) / (2 * step)


def test_the_gradient_of_a_smooth_formula_is_right():
    """To first order in the rounding errors of the gradient itself, as the tool estimates them."""
    seen = Counter()
    coordinate = st.integers(-2500, 2500).map(lambda n: n / 1000 + 0.0003)

    @settings(deadline=None, derandomize=True, max_examples=700)
    @given(smooth(), coordinate, coordinate)
    def check(text, x, y):
        lowered = lower(parse(text))
        point = {name: {"x": x, "y": y}[name] for name in lowered.graph.variables}
        evaluation = Evaluation(lowered, point)
        (output,) = evaluation.outputs
        if not math.isfinite(evaluation.value(output.node)):
            seen["outside"] += 1
            return
        for name in evaluation.inputs:
            try:
                truth = _slope(lowered.graph, output.node, point, name)
            except OutsideTheDomainError:
                seen["outside"] += 1
                continue
            got = evaluation.gradient(output)[name]
            node = output.adjoints.nodes[lowered.graph.variables[name]]
            error = 0.0
            if node >= 0:
                derivative = Evaluation(lowered._replace(output=node), point)
                error = rounding_errors(derivative, [node])[node].absolute
            size = max(abs(got), abs(evaluation.value(output.node) / point[name]))
            if not error <= 1e-6 * size:
                seen["ill-conditioned"] += 1
                continue
            seen["checked"] += 1
            off = abs(mpf(got) - truth)
            # The last term is what the central difference itself may be off.
            assert off <= 2 * error + 1e-50 * (1 + abs(truth) + abs(evaluation.value(output.node))), (
                f"d/d{name} of {text} at {point} is {mp.nstr(truth, 20)}, not {got!r} +- {error:.1g}"
            )

    with mp.workdps(90):
        check()
    assert seen["checked"] >= 500
    assert seen["ill-conditioned"] <= 0.1 * seen["checked"]
    assert seen["outside"] <= seen["checked"]


def _relative_slope(evaluation: Evaluation, x: float):
    """A central difference with a step that is small beside x and beside its distance from 1."""
    graph, root = evaluation.lowered.graph, evaluation.outputs[0].node
    step = abs(mpf(x)) * mpf(10) ** -300
    ahead, behind = (true_value(graph, root, {"x": mpf(x) + shift}) for shift in (step, -step))
    return (ahead - behind) / (2 * step)


HARD = [
    ("tanh(x)", 25.0),
    ("tanh(x)^2", -30.0),
    ("sigmoid(x)", 40.0),
    ("asin(x)", 1 - 2.0**-50),
    ("atan(x)", 1e150),
    ("atanh(x)", 1 - 2.0**-50),
    ("acosh(x)", 1 + 2.0**-50),
    ("log1p(x)", -1 + 2.0**-50),
    ("cbrt(x)", 1e-200),
    ("x^-3", 1e-60),
    ("x^0.1", 1e-300),
    ("exp(x)/(1 + exp(x))", -50.0),
]


@pytest.mark.parametrize(("text", "x"), HARD)
def test_the_gradient_is_right_where_the_obvious_rule_is_not(text, x):
    evaluation = Evaluation(lower(parse(text)), {"x": x})
    with mp.workdps(1000):
        truth = _relative_slope(evaluation, x)
        off = abs(mpf(evaluation.gradient(evaluation.outputs[0])["x"]) / truth - 1)
    assert off < 2e-14
