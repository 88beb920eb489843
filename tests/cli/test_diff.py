"""`autodiff diff` at the command line."""

import json
import math
from typing import Any

import pytest
from command import get, quick, run


def out(*arguments: str) -> str:
    ran = quick("diff", *arguments)
    assert ran.code == 0, ran.err
    return ran.out


def test_one_derivative_is_a_formula() -> None:
    assert out("x^2*sin(x)", "--wrt", "x") == "2*x*sin(x) + x^2*cos(x)\n"
    assert out("x^2*sin(x)") == "2*x*sin(x) + x^2*cos(x)\n"


def test_several_are_a_program_by_names() -> None:
    assert out("x^2*y") == "d_x = 2*x*y\nd_y = x^2\n"
    assert out("x^2*y", "--wrt", "y", "--wrt", "x") == "d_y = x^2\nd_x = 2*x*y\n"
    assert out("f = x*y; g = f^2", "--output", "f,g", "--wrt", "x") == "d_f_x = y\nd_g_x = 2*x*y^2\n"
    assert out("d_x*x*y").startswith("d_d_x = x*y\n")


def test_higher_orders() -> None:
    assert out("x^3", "--wrt", "x,x") == "6*x\n"
    assert out("x^2*y", "--order", "2") == "d_x_x = 2*y\nd_x_y = 2*x\nd_y_y = 0\n"
    assert out("x^5*y", "--wrt", "x", "--order", "5") == "120*y\n"


def test_what_it_prints_is_read_again() -> None:
    program = out("exp(x*y)*sin(x)^2/(1 + y^2)")
    ran = run("eval", "-", "x=0.5", "y=2", "--output", "d_x,d_y", "--get", "value.d_x,value.d_y",
              stdin=program.encode())  # fmt: skip
    expected = run("eval", "exp(x*y)*sin(x)^2/(1 + y^2)", "x=0.5", "y=2", "--get", "d.x,d.y")
    got = [float(line) for line in ran.out.split()]
    assert got == pytest.approx([float(line) for line in expected.out.split()], rel=1e-14)


def test_values_and_assumptions() -> None:
    assert out("a*x^2", "--wrt", "x", "a=1/3") == "2*x/3\n"
    assert out("a*x^2", "--wrt", "x", "--set", "a=pi") == "2*pi*x\n"
    assert out("sqrt(x^2*y)", "--wrt", "x", "--assume", "x > 0", "--assume", "positive y") == "sqrt(y)\n"


def test_what_has_been_cancelled_is_said() -> None:
    ran = quick("diff", "x^3/x", "--wrt", "x")
    assert (ran.code, ran.out, ran.err) == (0, "2*x\n", "note: simplified for x != 0\n")
    assert quick("diff", "x^3/x", "--wrt", "x", "--assume", "nonzero x").err == ""
    found = json.loads(quick("diff", "x^3/x", "--json").out)
    assert found["conditions"] == ["x != 0"]


def test_latex() -> None:
    assert out("x_1^2/alpha", "--wrt", "x_1", "--format", "latex") == "\\frac{2\\,x_{1}}{\\alpha}\n"
    lines = out("x*y", "--format", "latex").splitlines()
    assert lines[0] == r"\frac{\partial f}{\partial x} = y"
    assert r"\partial^{2} f" in out("x^2*y", "--order", "2", "--format", "latex")


def python(*arguments: str) -> Any:
    code: dict[str, Any] = {}
    exec(out(*arguments, "--format", "python"), code)
    return code.get("derivative") or code["derivatives"]


def test_python() -> None:
    expected = math.sin(0.5) + 0.25 * math.cos(0.5)
    assert python("x^2*sin(x)", "--wrt", "x")(0.5) == pytest.approx(expected)
    assert python("lambda*x^2", "--wrt", "x")(3.0, 2.0) == 12.0
    assert python("max(x, 1)*y")(2.0, 5.0) == (5.0, 2.0)
    assert python("relu(x)^2", "--wrt", "x")(-1.0) == 0.0
    assert python("x^3", "--wrt", "x,x,x,x")(1.0) == 0


@pytest.mark.parametrize("text", ["x! + besselj(1, x)", "log(sin(x) + 1)^3*exp(x)", "(x + 2)^(1/3)"])
def test_python_code_is_the_second_derivative(text: str) -> None:
    function = python(text, "--cse", "--wrt", "x,x")
    (expected,) = get(f"diff({text}, x, 2)", "x=0.5", "--get", "value")
    assert function(0.5) == pytest.approx(expected, rel=1e-12)


def test_functions_that_python_lacks_are_an_error() -> None:
    ran = quick("diff", "besselj(x, 2)", "--format", "python")
    assert ran.code == 2
    assert "besselj_derivative" in ran.err


def test_json() -> None:
    found = json.loads(out("f = x^2*y", "--json"))
    assert found["schema"] == "autodiff.diff/1"
    assert found["parsed"] == "f = x^2*y"
    assert found["derivatives"] == [
        {"output": "f", "along": ["x"], "formula": "2*x*y", "length": 5},
        {"output": "f", "along": ["y"], "formula": "x^2", "length": 3},
    ]
    assert found["definitions"] == {}


def test_tree() -> None:
    assert out("x*sin(x)", "--wrt", "x", "--format", "tree").splitlines() == [
        "+",
        "├─ sin",
        "│  └─ x",
        "└─ *",
        "   ├─ x",
        "   └─ cos",
        "      └─ x",
    ]


def test_shared_parts_get_names() -> None:
    named = out("exp(sin(x)*y)^2 + exp(sin(x)*y)", "--wrt", "x", "--cse")
    assert named.splitlines()[0].startswith("v1 = ")
    assert "v1" not in out("exp(sin(x)*y)^2 + exp(sin(x)*y)", "--wrt", "x")
    definitions = json.loads(out("exp(sin(x)*y)^2 + exp(sin(x)*y)", "--wrt", "x", "--cse", "--json"))
    assert definitions["definitions"]["v1"] == named.splitlines()[0].removeprefix("v1 = ")
    # Of long formulas by themselves, and in linear size.
    chain = "x"
    for _ in range(60):
        chain = f"sin({chain})"
    assert len(out(chain)) < 60 * 60
    assert len(out(chain, "--no-cse")) > 60 * 60 * 2


def test_a_formula_without_end_is_refused() -> None:
    program = "; ".join(f"v{k} = sin(v{k - 1})*cos(v{k - 1})" for k in range(1, 60))
    ran = quick("diff", f"v0 = x; {program}", "--no-cse")
    assert ran.code == 2
    assert "--no-cse" in ran.err
    assert quick("diff", f"v0 = x; {program}").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["x^2", "--wrt", "x,"], 2, "a name is missing in --wrt x,"),
        (["3"], 2, "no variable"),
        ([], 2, "there is no formula"),
        (["x^2", "--order", "2", "--wrt", "x,x"], 2, "contradict"),
        (["x^2", "--order", "99"], 2, "--order"),
        (["a*x", "a=2", "--wrt", "a"], 2, "a is a constant"),
        (["x", "y=2"], 2, "no variable y"),
        (["x*y", "x=z"], 2, "z is not a number"),
        (["x", "--assume", "x < 0"], 2, "nothing that can be assumed"),
        (["x", "--assume", "y > 0"], 2, "no variable y"),
        (["x +", "--wrt", "x"], 3, "error"),
        (["x", "--output", "g"], 2, "no g"),
        (["x", "--format", "tree", "--json"], 2, "contradict"),
        (["@missing.txt"], 1, "cannot read"),
    ],
)
def test_mistakes_are_told(arguments: list[str], code: int, said: str) -> None:
    ran = quick("diff", *arguments)
    assert ran.code == code
    assert said in ran.err
    assert ran.out == ""


def test_along_what_does_not_occur() -> None:
    ran = quick("diff", "speed^2", "--wrt", "sped")
    assert (ran.code, ran.out) == (0, "0\n")
    assert "did you mean speed?" in ran.err


def test_the_rules_are_listed() -> None:
    lines = out("--rules").splitlines()
    assert lines[0] == "rule\tformula\tbecomes\tdomain"
    assert any(line.startswith("circle\t") for line in lines)


def test_a_large_formula_takes_linear_time() -> None:
    """Two thousand terms; what is quadratic would take minutes."""
    text = " + ".join(f"x{k}*sin(x{k + 1})" for k in range(2000))
    found = out(text, "--cse").splitlines()
    assert len(found) >= 2001
