"""diff, sum and prod as they are read: which names belong to them, and what is refused."""

import pytest

from autodiff_cli.errors import FormulaError
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse

VARIABLES = [
    ("sum(i, 1, 3, x^i)", ["x"]),
    ("prod(i, 1, 3, x^i) + i", ["x", "i"]),
    ("i + sum(i, 1, 3, x^i)", ["i", "x"]),
    ("sum(i, 1, 3, sum(j, 1, i, i*j*y))", ["y"]),
    ("sum(x, 1, 3, sum(x, 1, 2, x))", []),
    ("sum(x, 1, 3, x) + sum(y, 1, x*0 + 2, 1)", None),
    ("diff(y*x, x)", ["y", "x"]),
    ("diff(3, x) + x", ["x"]),
    ("f(k) = sum(i, 1, 3, k*i*c); f(b)", ["c", "b"]),
    ("g(x, z) = diff(x*z, x); g(a, b)", ["a", "b"]),
    ("sum*2 + prod(i, 1, 2, diff)", ["sum", "diff"]),
    ("sum(e, 1, 3, x*e)", ["x"]),
]


@pytest.mark.parametrize(("text", "names"), [case for case in VARIABLES if case[1] is not None])
def test_an_index_is_no_variable_and_no_placeholder_is_one(text, names):
    assert list(lower(parse(text)).graph.variables) == names


# (text, the part of it that is blamed, part of the message, part of the hint)
MISTAKES = [
    # Along what
    ("diff(x^2, y)", "y", "the formula has no y", "it has x"),
    ("diff(speed^2, sped)", "sped", "no sped", "did you mean speed?"),
    ("q = x^2; diff(q, qq)", "qq", "no qq", "did you mean q?"),
    ("f(side) = diff(side^2, sid); 1", "sid", "no sid", "did you mean side?"),
    ("diff(1, y)", "y", "no y", "no variables"),
    ("diff(sin, t)", "t", "no t", "diff(sin(t), t)"),
    ("diff(x^2, pi)", "pi", "pi is a constant", "diff(f, x)"),
    ("n = 2; diff(x^n, n)", (17, 18), "n is a constant", "leave the definition of n out"),
    ("sum(i, 1, 3, diff(x^i, i))", (23, 24), "i is a constant", "index"),
    ("f(x) = x; diff(x^2, f)", (20, 21), "f is a function", "variable"),
    ("diff(x^2, 2*x)", "2*x", "along a name", "u = 2*x; diff(f, u)"),
    ("diff(x^2, 2)", (10, 11), "along a name", "diff(f, x, 2)"),
    ("diff(x^2, x, 1, 2)", (16, 17), "along a name", "diff(f, x, 2)"),
    # Of what
    ("f(x) = x^2; diff(f, x)", (17, 18), "f is a function", "write diff(f(x), x)"),
    ("f(x, y) = x*y; diff(f, x, 2)", (20, 21), "f is a function", "diff(f(x, y), x, 2)"),
    ("diff()", "diff()", "not 0 arguments", "diff(f, x)"),
    ("diff(x^2)", "diff(x^2)", "not 1 argument", "diff(f, x)"),
    ("f(x) = diff(x); 1", "diff(x)", "not 1 argument", "diff(f, x)"),
    ("diff + diff(x)", "diff(x)", "not 1 argument", "diff*(...)"),
    # Orders
    ("diff(x^2, x, -1)", "-1", "not negative", "diff(f, x, 0)"),
    ("diff(x^2, x, 1.5)", "1.5", "a whole number, not 1.5", "write a whole number"),
    ("diff(x^2, x, y + 1)", "y + 1", "depends on y", "n = 2; diff(f, x, n)"),
    ("diff(x^2, x, 2.0000000000000000001)", "2.0000000000000000001", "whole number", "whole"),
    ("diff(sin(x), x, 1e9)", "diff(sin(x), x, 1e9)", "more than 2,000,000", "--max-op"),
    # Bounds
    ("sum(i, 1, n, i)", (10, 11), "upper bound of a sum is a constant, and this depends on n", "n = 10"),
    ("prod(i, 2 y, 3, i)", "2 y", "lower bound of a product is a constant", "n = 10"),
    ("f(n) = sum(i, 1, n, i); f(x)", (17, 18), "depends on n", "n = 10"),
    ("sum(i, 1, 2.5, i)", "2.5", "a whole number, not 2.5", "write a whole number"),
    ("sum(i, 1, 5/2, i)", "5/2", "a whole number, not 2.5", "floor(...)"),
    ("sum(i, 1, pi, i)", "pi", "a whole number, not 3.14", "floor(...)"),
    ("sum(i, 1, inf, i)", "inf", "a whole number, not inf", "finite"),
    ("sum(i, nan, 3, i)", "nan", "a whole number, not nan", "finite"),
    ("sum(i, 1, 1e18, x)", "sum(i, 1, 1e18, x)", "more than 2,000,000", "--max-operations"),
    ("sum(i, -1e300, 1e300, x)", "sum(i, -1e300, 1e300, x)", "more than 2,000,000", "--max-op"),
    ("sum(i, 1e300, 1e300, x)", (7, 12), "not exact", "2^53"),
    # Shape
    ("sum(x)", "sum(x)", "takes 4 arguments, not 1", "sum(i, 1, n, body)"),
    ("sum(a, b, c)", "sum(a, b, c)", "takes 4 arguments, not 3", "a + b"),
    ("prod(a, b)", "prod(a, b)", "takes 4 arguments, not 2", "a*b"),
    ("sum + sum(x)", "sum(x)", "takes 4 arguments, not 1", "sum*(...)"),
    ("sum(2*i, 1, 3, i)", "2*i", "the index of a sum is a name", "sum(i, 1, n, body)"),
    ("f(x) = prod(1, 1, 3, x); 1", (12, 13), "the index of a product is a name", "prod(i"),
    # Circles
    ("f = diff(f, x) + x", (0, 1), "f is defined by itself", "before"),
    ("u = diff(x, u); x*u", (0, 1), "u is defined by itself", "before"),
    # What is meant
    ("dif(x^2, x)", "dif", "no function dif", "diff(...)"),
    ("Sum(i, 1, 3, x)", "Sum", "no function Sum", "sum(...)"),
    ("derivative(x^2, x)", "derivative", "no function", "diff(f, x)"),
    ("∂x", "∂", "no meaning", "diff(f, x)"),
    ("∑x", "∑", "no meaning", "sum(i, 1, n"),
    ("∫x", "∫", "no meaning", "out of scope"),
    ("1 + integrate(x^2, x)", "integrate", "integrals are out of scope", "diff(f, x)"),
    ("integral(x)", "integral", "integrals are out of scope", "sum(i, 1, n"),
    ("int(x)", "int", "integrals are out of scope", "trunc(x)"),
    ("dsolve(x)", "dsolve", "differential equations is out of scope", "diff(u, t)"),
    ("ode(x)", "ode", "differential equations is out of scope", "diff(u, t)"),
    ("odesolve(x)", "odesolve", "differential equations is out of scope", "diff(u, t)"),
    ("solve(x)", "solve", "out of scope", "f/diff(f, x)"),
    ("limit(x)", "limit", "limits are out of scope", "--certify"),
]


@pytest.mark.parametrize(("text", "place", "message", "hint"), MISTAKES)
def test_a_mistake(text, place, message, hint):
    with pytest.raises(FormulaError) as caught:
        lower(parse(text))
    error = caught.value
    if isinstance(place, str):
        place = (text.rindex(place), text.rindex(place) + len(place))
    assert (error.text, error.span) == (text, place)
    assert message in error.message
    assert hint in (error.hint or "")


OWN = [
    ("sum(a, b) = a - b; sum(3, x)", ["const", "sub", "var"]),
    ("diff(a, b) = a - b; diff(x, 3)", ["const", "sub", "var"]),
    ("integrate(a) = a - 1; integrate(x)", ["const", "sub", "var"]),
    ("prod = x - 1; prod", ["const", "sub", "var"]),
]


@pytest.mark.parametrize(("text", "operators"), OWN)
def test_names_of_the_users_own_come_first(text, operators):
    lowered = lower(parse(text))
    graph = lowered.graph
    used = sorted(graph.operators[node].name for node in graph.reachable([lowered.output]))
    assert used == operators
