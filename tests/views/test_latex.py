"""LaTeX: names, brackets, and that KaTeX compiles it."""

import json
from pathlib import Path

import pytest
from katex import compile_all

from autodiff_cli.graph.operators import OPERATORS
from autodiff_cli.language.parser import parse
from autodiff_cli.views.latex import latex_name, latex_statements

DATA = Path(__file__).parent.parent / "data"


def latex(text: str) -> str:
    return [expression for _, expression in latex_statements(parse(text))][-1]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x", "x"),
        ("x_1", "x_{1}"),
        ("x12", "x_{12}"),
        ("alpha", r"\alpha"),
        ("α", r"\alpha"),
        ("alpha_max", r"\alpha_{\mathrm{max}}"),
        ("k_B", "k_{B}"),
        ("theta_0", r"\theta_{0}"),
        ("speed", r"\mathrm{speed}"),
        ("m_rest_mass", r"m_{\mathrm{rest\_mass}}"),
        ("_x", r"\mathrm{\_x}"),
        ("é", "é"),
    ],
)
def test_names(name: str, expected: str) -> None:
    assert latex_name(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/b", r"\frac{a}{b}"),
        ("-a*b/c", r"-\frac{a\,b}{c}"),
        ("(-a)/b + 1", r"-\frac{a}{b} + 1"),
        ("x*(-a/b)", r"x\,\left(-\frac{a}{b}\right)"),
        ("(a/b)^2", r"\left(\frac{a}{b}\right)^{2}"),
        ("(a + b)*c", r"\left(a + b\right)\,c"),
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("2*3*x", r"2 \cdot 3\,x"),
        ("x*2^n", r"x \cdot 2^{n}"),
        ("2^3^n", r"2^{3^{n}}"),
        ("(2^3)^n", r"\left(2^{3}\right)^{n}"),
        ("sin(x)^2", r"\sin^{2}\left(x\right)"),
        ("exp(x)^2", r"\left(e^{x}\right)^{2}"),
        ("sqrt(x)^3", r"\left(\sqrt{x}\right)^{3}"),
        ("abs(x)^3", r"\left(\left|x\right|\right)^{3}"),
        ("beta(a, b)^2", r"\mathrm{B}^{2}\left(a, b\right)"),
        ("log2(x)", r"\log_{2}\left(x\right)"),
        ("1e-7*x", r"10^{-7}\,x"),
        ("1.5e20*x", r"1.5 \cdot 10^{20}\,x"),
        ("x > 0 and y != 1", r"x > 0 \land y \ne 1"),
        ("0 < x <= 1", r"0 < x \le 1"),
        ("x!", "x!"),
        ("(x + 1)!", r"\left(x + 1\right)!"),
        ("besselj(0, x)", r"J_{0}\left(x\right)"),
        ("normcdf(x)", r"\operatorname{normcdf}\left(x\right)"),
    ],
)
def test_expressions(text: str, expected: str) -> None:
    assert latex(text) == expected


@pytest.mark.slow
def test_it_compiles(node: Path) -> None:
    """The formulas of others, and every operator of the table."""
    texts = [latex(case["expr"]) for case in json.loads((DATA / "feynman.json").read_text())["cases"]]
    texts += [latex(case["expr"]) for case in json.loads((DATA / "calculus.json").read_text())["cases"]]
    for record in OPERATORS:
        count = 3 if record.variadic else len(record.parameters)
        if record.name not in ("add", "sub", "mul", "div", "neg", "not", "pow", "and", "or", "lt"):
            call = f"{record.name}({', '.join('abc'[:count])})"
            texts += [latex(f"{call}^2*x/{call}"), latex(f"x*{call}")]
    compile_all(texts, node)
