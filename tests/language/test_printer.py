"""The canonical form: one way to write each formula, and it is the same formula."""

import struct

import pytest
from formulas import programs, syntax
from hypothesis import given, settings

from autodiff_cli.errors import FormulaError
from autodiff_cli.graph.lower import Lowered, lower
from autodiff_cli.language.parser import parse
from autodiff_cli.language.printer import canonical

FORMS = [
    ("x", "x"),
    ("((x))", "x"),
    ("(x+y)*z", "(x + y)*z"),
    ("x+(y*z)", "x + y*z"),
    ("(x+y)+z", "x + y + z"),
    ("x+(y+z)", "x + (y + z)"),
    ("x-(y-z)", "x - (y - z)"),
    ("x-(y+z)", "x - (y + z)"),
    ("(x*y)*z", "x*y*z"),
    ("x*(y*z)", "x*(y*z)"),
    ("x/(y*z)", "x/(y*z)"),
    ("x/(y/z)", "x/(y/z)"),
    ("(x/y)/z", "x/y/z"),
    ("(1/2)x", "1/2*x"),
    ("x^(y^z)", "x^y^z"),
    ("(x^y)^z", "(x^y)^z"),
    ("(-x)^2", "(-x)^2"),
    ("-(x^2)", "-x^2"),
    ("x^(-y)", "x^-y"),
    ("x^(y*z)", "x^(y*z)"),
    ("x^(y!)", "x^y!"),
    ("(x^y)!", "(x^y)!"),
    ("(-x)*y", "-x*y"),
    ("-(x*y)", "-(x*y)"),
    ("x*(-y)", "x*-y"),
    ("-(-x)", "--x"),
    ("x - (-y)", "x - -y"),
    ("(x - y)!", "(x - y)!"),
    ("sin((x))", "sin(x)"),
    ("f((x))", "f(x)"),
    ("(a < b) < c", "(a < b) < c"),
    ("a < (b < c)", "a < (b < c)"),
    ("a < b < c", "a < b < c"),
    ("(a < b) + 1", "(a < b) + 1"),
    ("a < (b + 1)", "a < b + 1"),
    ("not (a and b)", "not (a and b)"),
    ("(not a) and b", "not a and b"),
    ("not (a < b)", "not a < b"),
    ("(not a) < b", "(not a) < b"),
    ("(a or b) and c", "(a or b) and c"),
    ("a or (b and c)", "a or b and c"),
    ("a or (b or c)", "a or (b or c)"),
    ("(a ? b : c) + 1", "where(a, b, c) + 1"),
    ("-(a ? b : c)", "-where(a, b, c)"),
    ("add(x, y)*2", "(x + y)*2"),
    ("lt(lt(a, b), c)", "(a < b) < c"),
    ("pow(x, y)", "x^y"),
    ("power(x, y)", "power(x, y)"),
    ("neg(x)^2", "(-x)^2"),
    ("factorial(x + 1)", "(x + 1)!"),
    ("2.0", "2"),
    ("1e3", "1000"),
    ("1e300", "1e+300"),
    ("1E-9", "1e-09"),
    (".1", "0.1"),
    ("1_000", "1000"),
    ("1e16", "1e+16"),
    ("123456789012345680", "1.2345678901234568e+17"),
    ("√x²", "sqrt(x)^2"),
    ("x⁻²", "x^-2"),
    ("a=1;b=2\nf(x,y)=x", "a = 1; b = 2; f(x, y) = x"),
    ("f() = 3 # three\n\nf()", "f() = 3; f()"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "form"), FORMS)
def test_canonical_form(text, form):
    assert canonical(parse(text)) == form
    assert canonical(parse(form)) == form


def test_a_factorial_of_a_factorial_reads_back():
    form = canonical(parse("(x!)!"))
    assert _graph(lower(parse(form))) == _graph(lower(parse("(x!)!")))


def test_a_name_that_becomes_a_word_is_not_read_back_as_the_word():
    with pytest.raises(FormulaError):
        parse("ｎｏｔ - 1")


def _graph(lowered: Lowered):
    """All there is to a graph, node by node, ready to be compared."""
    graph = lowered.graph
    return (
        [operator.name for operator in graph.operators],
        graph.arguments,
        {node: struct.pack("<d", value) for node, value in graph.constants.items()},
        graph.variables,
        lowered.output,
        lowered.output_name,
        lowered.definitions,
    )


def _check(text: str) -> None:
    tree = parse(text)
    form = canonical(tree)
    again = parse(form)
    assert canonical(again) == form
    assert _graph(lower(again)) == _graph(lower(tree))


@settings(deadline=None, derandomize=True, max_examples=500)
@given(syntax())
def test_an_expression_reads_back_as_itself(text):
    _check(text)


@pytest.mark.slow
@settings(deadline=None, derandomize=True, max_examples=300)
@given(programs())
def test_a_program_reads_back_as_itself(text):
    _check(text)
