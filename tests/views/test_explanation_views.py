"""How explanations read: the formats against golden files, and that KaTeX knows the equations.

`python tests/views/test_explanation_views.py` writes the golden files anew; read what has changed.
"""

import math
import re
from pathlib import Path

import pytest
from command import quick, strict_json
from formulas import programs
from hypothesis import given, settings
from hypothesis import strategies as st
from katex import compile_all

from autodiff_cli.derivatives.diagnosis import diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.errors import AutodiffError
from autodiff_cli.explanations.explanation import explain_point, explain_symbols
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse
from autodiff_cli.views.explanations.equations import LATEX
from autodiff_cli.views.explanations.json_view import explanation_json
from autodiff_cli.views.explanations.steps import passes
from autodiff_cli.views.explanations.text import latex, plain
from autodiff_cli.views.numbers import exact

GOLDEN = Path(__file__).parents[1] / "data/explain"
COMMANDS = {
    "textbook.txt": ["(x+y)*z", "x=2", "y=5", "z=-4", "--format", "text"],
    "shared.txt": ["q = sin(x)*y; q^2 + q", "x=0.5", "y=2", "--format", "text"],
    "symbols.txt": ["q = sin(x)*y; q^2 + q", "--format", "text"],
    "forward.txt": ["x*y^2", "x=3", "y=2", "--forward", "--format", "text"],
    "direction.txt": ["x*y^2", "x=3", "y=2", "--direction", "x=1,y=-2", "--format", "plain"],
    "kinks.txt": ["relu(x) - relu(-x) + abs(x)*y", "x=0", "y=2", "--format", "plain"],
    "choice.txt": ["x > 1 ? x^2/y : max(x, y)", "x=0.5", "y=2", "--format", "plain"],
    "node.txt": ["q = sin(x)*y; q^2 + q", "x=0.5", "y=2", "--node", "q", "--format", "plain"],
    "outputs.txt": ["a = x*y; b = a/x", "x=2", "y=3", "--output", "a,b", "--format", "plain"],
    "nonfinite.txt": ["log(x)*y", "x=0", "y=2", "--format", "plain", "--allow-nonfinite"],
    "shared.md": ["q = sin(x)*y; q^2 + q", "x=0.5", "y=2", "--format", "markdown"],
    "shared.tex": ["q = tanh(x_1)*y; q^2 + q", "x_1=0.5", "y=-2", "--format", "latex"],
    "symbols.tex": ["alpha*sqrt(x)/(1 + x)", "--format", "latex"],
    "textbook.json": ["(x+y)*z", "x=2", "y=5", "z=-4", "--json"],
}


def explained(*arguments: str) -> str:
    ran = quick("explain", *arguments)
    assert ran.code == 0, ran.err
    return ran.out


@pytest.mark.parametrize("name", COMMANDS)
def test_golden(name: str) -> None:
    assert explained(*COMMANDS[name]) == (GOLDEN / name).read_text("utf-8")


def test_numbers_of_steps_are_those_of_eval() -> None:
    arguments = ["q = sin(x)*y; exp(-q^2) + max(q, x)/y", "x=0.5", "y=2"]
    found = strict_json(explained(*arguments, "--json"))
    evaluated = strict_json(quick("eval", *arguments, "--json").out)
    nodes = {node["id"]: node for node in evaluated["nodes"]}
    for step in found["values"]:
        assert (step["name"], step["value"]) == (
            nodes[step["node"]]["name"],
            nodes[step["node"]]["value"],
        )
    (sweep,) = found["sweeps"]
    assert sweep["derivatives"] == evaluated["gradient"]
    assert {step["node"] for step in sweep["steps"]} <= nodes.keys()
    for step in sweep["steps"]:
        assert step["derivative"] == nodes[step["node"]]["adjoint"]
        for passage in step["departures"]:
            assert passage["partial"] == nodes[passage["node"]]["partials"][passage["position"]]


def test_numbers_in_the_text_are_the_values() -> None:
    """Every line of the forward pass: its last side is the value, to the last digit."""
    found = strict_json(explained("sin(x)*y/(x - 3)", "x=0.1", "y=-2.5", "--json"))
    for step in found["values"]:
        assert float(step["text"][0].rpartition(" = ")[2]) == step["value"]
    for step in found["sweeps"][0]["steps"]:
        (arrives,) = [line for line in step["text"] if line.startswith("  arrives")]
        assert float(arrives.rpartition(" = ")[2]) == step["derivative"]


_anything = (
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, math.inf, math.nan, 1e300, 1e-310]) | st.floats()
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(programs(), st.lists(_anything, min_size=4, max_size=4), st.booleans())
def test_any_formula_is_told_in_every_format(text, values, is_forward):
    """At points of all kinds and in symbols; the last line of a pass is what `eval` answers."""
    try:
        lowered = lower(parse(text))
        point = dict(zip(lowered.graph.variables, values * 9, strict=False))
        evaluation = Evaluation(lowered, point, is_forward=is_forward)
    except AutodiffError:
        return
    at_point = explain_point(evaluation, diagnose(evaluation))
    symbols = lower(parse(text))
    variables = dict(symbols.graph.variables)
    in_symbols = explain_symbols(symbols, {symbols.output_name: symbols.output}, variables, is_forward)
    for explanation in (at_point, in_symbols):
        strict_json("".join(explanation_json(explanation, passes(explanation))))
        told = "".join(plain(explanation, passes(explanation)))
        assert "\0" not in told
        assert "gate(" not in told
        assert "\0" not in "".join(latex(explanation, passes(explanation, LATEX), 7))
    (output,) = evaluation.outputs
    for name, derivative in evaluation.gradient(output).items():
        tangents = f"d{at_point.names[output.node]}/d{name} = {exact(derivative)}\n"
        adjoints = f"/d{name} = {exact(derivative)}\n"
        assert (tangents if is_forward else adjoints) in "".join(plain(at_point, passes(at_point)))


@pytest.mark.slow
def test_the_equations_compile(node: Path) -> None:
    equations = []
    for name, arguments in COMMANDS.items():
        if "--format" in arguments and not name.endswith("direction.txt"):
            text = explained(
                *arguments[: arguments.index("--format")], "--format", "latex", "--allow-nonfinite"
            )
            equations += re.findall(r"\$(.*?)\$|\\\[(.*?)\\\]", text)
    compile_all([inline or displayed for inline, displayed in equations], node)


if __name__ == "__main__":
    for name, arguments in COMMANDS.items():
        (GOLDEN / name).write_text(explained(*arguments), "utf-8")
