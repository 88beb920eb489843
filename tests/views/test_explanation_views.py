"""How explanations read: the formats against golden files, and that KaTeX knows the equations.

`python tests/views/test_explanation_views.py` writes the golden files anew; read what has changed.
"""

import re
from pathlib import Path

import pytest
from command import quick, strict_json
from katex import compile_all

GOLDEN = Path(__file__).parent / "golden"
COMMANDS = {
    "explain-textbook.txt": ["(x+y)*z", "x=2", "y=5", "z=-4", "--format", "text"],
    "explain-shared.txt": ["q = sin(x)*y; q^2 + q", "x=0.5", "y=2", "--format", "text"],
    "explain-symbols.txt": ["q = sin(x)*y; q^2 + q", "--format", "text"],
    "explain-forward.txt": ["x*y^2", "x=3", "y=2", "--forward", "--format", "text"],
    "explain-direction.txt": ["x*y^2", "x=3", "y=2", "--direction", "x=1,y=-2", "--format", "plain"],
    "explain-kinks.txt": ["relu(x) - relu(-x) + abs(x)*y", "x=0", "y=2", "--format", "plain"],
    "explain-choice.txt": ["x > 1 ? x^2/y : max(x, y)", "x=0.5", "y=2", "--format", "plain"],
    "explain-node.txt": ["q = sin(x)*y; q^2 + q", "x=0.5", "y=2", "--node", "q", "--format", "plain"],
    "explain-outputs.txt": ["a = x*y; b = a/x", "x=2", "y=3", "--output", "a,b", "--format", "plain"],
    "explain-nonfinite.txt": ["log(x)*y", "x=0", "y=2", "--format", "plain", "--allow-nonfinite"],
    "explain-shared.md": ["q = sin(x)*y; q^2 + q", "x=0.5", "y=2", "--format", "markdown"],
    "explain-shared.tex": ["q = tanh(x_1)*y; q^2 + q", "x_1=0.5", "y=-2", "--format", "latex"],
    "explain-symbols.tex": ["alpha*sqrt(x)/(1 + x)", "--format", "latex"],
    "explain-textbook.json": ["(x+y)*z", "x=2", "y=5", "z=-4", "--json"],
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
