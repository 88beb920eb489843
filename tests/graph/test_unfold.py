"""Sums and derivatives inside formulas: they are the nodes of what they stand for."""

import math
import time

import pytest
from formulas import smooth
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from autodiff_cli.errors import FormulaError
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import Lowered, lower
from autodiff_cli.graph.naming import Names
from autodiff_cli.graph.operators import OPERATORS
from autodiff_cli.graph.reverse import ABSENT, derivative, reverse
from autodiff_cli.language.parser import parse
from autodiff_cli.language.printer import canonical


def _lowered(text: str) -> Lowered:
    return lower(parse(text))


def _value(text: str, **point: float) -> float:
    lowered = _lowered(text)
    graph = lowered.graph
    bound = {graph.variables[name]: value for name, value in point.items()}
    return evaluate(graph, graph.reachable([lowered.output]), bound)[lowered.output]


def _written(text: str):
    """The output as a nested expression, without the numbers of its nodes."""
    lowered = _lowered(text)
    graph = lowered.graph
    variables = {node: name for name, node in graph.variables.items()}
    said: dict[int, object] = {}
    for node in graph.reachable([lowered.output]):
        leaf = variables.get(node, repr(graph.constants.get(node)))
        operands = [said[argument] for argument in graph.arguments[node]]
        said[node] = (graph.operators[node].name, *operands) if operands else leaf
    return said[lowered.output]


# -- The same as what it stands for ------------------------------------------------------------

WRITTEN_OUT = [
    ("sum(i, 1, 3, x^i)", "x^1 + x^2 + x^3"),
    ("prod(i, 1, 3, x - i)", "(x - 1)*(x - 2)*(x - 3)"),
    ("sum(i, -1, 1, x*i)", "x*-1 + x*0 + x*1"),
    ("sum(i, 3, 3, x + i)", "x + 3"),
    ("sum(i, 1, 0, x)", "0"),
    ("prod(i, 5, 1, x)", "1"),
    ("n = 10/5; sum(i, 1, n, x^i)", "x^1 + x^2"),
    ("sum(i, 1, 2^2 - 1, x*i)", "x*1 + x*2 + x*3"),
    ("sum(i, 1, 2, sum(j, i, 2, x^i*y^j))", "(x^1*y^1 + x^1*y^2) + x^2*y^2"),
    ("sum(i, 1, 2, sum(i, 1, i, x^i))", "x^1 + (x^1 + x^2)"),
    ("i = y; sum(i, 1, 2, x*i) + i", "x*1 + x*2 + y"),
    ("f(a) = a*i; sum(i, 1, 2, f(i))", "1*i + 2*i"),
    ("f(i, k) = sum(i, 1, 2, i*k) + i; f(x, y)", "1*y + 2*y + x"),
    ("f(n) = sum(i, 1, n, x^i); f(2) - f(3)", "(x^1 + x^2) - (x^1 + x^2 + x^3)"),
    ("sum(i, 1, 2, i > 1 ? x : y)", "(1 > 1 ? x : y) + (2 > 1 ? x : y)"),
    ("sum(pi, 1, 2, pi*x)", "1*x + 2*x"),
    ("diff(x^3, x)", "3*x^2"),
    ("diff(x^3, x, 0)", "x^3"),
    ("diff(x^3, x, 4)", "0"),
    ("diff(x*y, x)", "y"),
    ("diff(x, x)", "1"),
    ("diff(y^2, x) + x", "0 + x"),
    ("diff(diff(x*y, x), y)", "1"),
    ("diff(x^2*y^3, x, y)", "diff(diff(x^2*y^3, x), y)"),
    ("diff(x^2*y^3, x, 2, y)", "diff(diff(diff(x^2*y^3, x), x), y)"),
    ("diff(x^2*y^3, x, 2, y, 3)", "diff(diff(x^2*y^3, x, 2), y, 3)"),
    ("n = 2; diff(x^5, x, n)", "diff(x^5, x, 2)"),
    ("sum(k, 0, 2, diff(exp(2*x), x, k)*y^k)", "exp(2 x)*y^0 + exp(2 x)*2*y^1 + 4*exp(2 x)*y^2"),
    ("q = x*y; diff(q^2, q)", "q = x*y; 2*q"),
    ("q = x*y; diff(sin(x), q)", "0"),
    ("diff(f, x); f = x*z; z = x + y", "z + x; z = x + y"),
    # Parameters
    ("g(x, z) = diff(x*z, x); g(a, a)", "a"),
    ("g(x, z) = diff(x*z, x); g(3, 4)", "4"),
    ("g(x, z) = diff(x*z, x); g(2*y, 1)", "1"),
    ("g(x, z) = diff(x*z, x); g(z, x)", "x"),
    ("g(x) = diff(x^2, x); g(sin(t))", "2*sin(t)"),
    ("g(x) = diff(x^2, x); g(3)", "6"),
    ("g(x) = diff(x^2, x); g(g(g(a)))", "8*a"),
    ("g(x) = diff(x*q, x); q = x^2; g(x)", "q; q = x^2"),
    ("g(t) = diff(t*y, y); g(y^2)", "y^2"),
    ("f(t) = t*y; g(t) = diff(f(t), t); g(y)", "y"),
    ("h(t) = diff(t^3, t); g(t) = diff(h(t), t); g(a)", "6*a"),
    ("p(x, n) = diff(x^n, x); p(a, 3)", "3*a^2"),
    ("s(x, n) = diff(sum(i, 1, n, i*x), x); s(a, 3)", "1 + 2 + 3"),
    ("d(n) = diff(x^5, x, n); d(2)", "diff(x^5, x, 2)"),
    ("f(x, u) = diff(x*u, x, u); f(3, 4)", "1"),
    ("f(x) = x*1 + diff(x^2, x); f(a)", "a*1 + 2*a"),
    ("sum(k, 1, 2, g(y, k)); g(x, k) = diff(k*x, x)", "1 + 2"),
]


@pytest.mark.parametrize(("text", "same"), WRITTEN_OUT)
def test_it_is_what_it_stands_for(text, same):
    assert _written(text) == _written(same)


@pytest.mark.parametrize("text", [text for text, _ in WRITTEN_OUT])
def test_the_canonical_form_reads_back(text):
    form = canonical(parse(text))
    assert canonical(parse(form)) == form
    assert _written(form) == _written(text)


@pytest.mark.parametrize("text", [text for text, _ in WRITTEN_OUT])
def test_every_node_has_a_place_and_only_variables_are_leaves(text):
    lowered = _lowered(text)
    graph = lowered.graph
    nodes = graph.reachable([lowered.output])
    assert all(lowered.span(node) is not None for node in range(len(graph)))
    leaves = {node for node in nodes if not graph.arguments[node]}
    assert leaves <= {*graph.variables.values(), *graph.constants}
    assert all(Names(lowered, nodes)[node] for node in nodes)


PLACES = [
    ("1 + diff(x^2*y, x)", "diff(x^2*y, x)", "x^2"),
    ("sum(i, 1, 3, sin(x*i))", "sum(i, 1, 3, sin(x*i))", "sin(x*i)"),
    ("g(t) = diff(sin(t)*t, t); g(x + 1)", "diff(sin(t)*t, t)", "sin(t)"),
]


@pytest.mark.parametrize(("text", "form", "part"), PLACES)
def test_places(text, form, part):
    lowered = _lowered(text)
    nodes = lowered.graph.reachable([lowered.output])
    places = {text[slice(*(lowered.span(node) or (0, 0)))] for node in nodes}
    assert form in places
    if part != "x^2":  # which the derivative does not need
        assert part in places


def test_an_index_shows_as_its_number():
    lowered = _lowered("sum(i, 2, 3, i*x)")
    names = Names(lowered, lowered.graph.reachable([lowered.output]))
    assert {names[node] for node in lowered.graph.constants} >= {"2", "3"}
    assert "i" not in {names[node] for node in lowered.graph.constants}


# -- The same as the gradient ------------------------------------------------------------------

_coordinate = st.integers(-2500, 2500).map(lambda n: n / 1000 + 0.0003)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(smooth(), _coordinate, _coordinate)
def test_a_derivative_is_the_gradient_of_eval(text, x, y):
    point = {"x": x, "y": y}
    whole = _lowered(f"({text}) + 0*(x + y)")
    graph = whole.graph
    root = graph.arguments[whole.output][0]
    adjoints = reverse(graph, root).nodes
    bound = {node: point[name] for name, node in graph.variables.items()}
    for name, variable in graph.variables.items():
        node = adjoints[variable]
        assert derivative(graph, root, variable) == node
        gradient = 0.0 if node == ABSENT else evaluate(graph, graph.reachable([node]), bound)[node]
        for formula in (
            f"diff({text}, {name}) + 0*(x + y)",
            f"g({name}) = diff({text}, {name}); g({name}) + 0*(x + y)",
        ):
            got = _lowered(formula)
            inner = got.graph.arguments[got.output][0]
            here = {got.graph.variables[n]: value for n, value in point.items()}
            value = evaluate(got.graph, got.graph.reachable([inner]), here)[inner]
            assert value == gradient or math.isnan(value) == math.isnan(gradient) is True, formula


ARGUMENTS = [("p", "q"), ("q", "q"), ("p*q", "p"), ("1.25", "q"), ("0.75", "-2")]


@settings(deadline=None, derandomize=True, max_examples=200)
@given(smooth(), _coordinate, _coordinate, st.sampled_from(ARGUMENTS), st.sampled_from(["x", "y"]))
def test_a_function_of_a_derivative_takes_any_arguments(text, p, q, arguments, along):
    """The derivative is along the parameter at the place of the arguments, whatever they are."""
    x, y = (_second_term(f"0*(p + q) + {argument}", {"p": p, "q": q}) for argument in arguments)
    whole = f"0*(x + y) + diff({text}, {along})"
    expected = _second_term(whole, {"x": x, "y": y})
    called = f"g(x, y) = 0*(x + y) + diff({text}, {along}); 0*(p + q) + g({', '.join(arguments)})"
    got = _second_term(called, {"p": p, "q": q})
    if math.isfinite(expected):
        assert got == expected + 0 * (x + y)
    else:
        assert not math.isfinite(got)


def _second_term(text: str, point: dict[str, float]) -> float:
    lowered = _lowered(text)
    graph = lowered.graph
    term = graph.arguments[lowered.output][1]
    bound = {graph.variables[name]: value for name, value in point.items()}
    return evaluate(graph, graph.reachable([term]), bound)[term]


HIGHER = [
    ("exp(x*y)*sin(x)", lambda x, y: mp.exp(x * y) * mp.sin(x)),
    ("log(x^2 + y)/(1 + x)", lambda x, y: mp.log(x**2 + y) / (1 + x)),
    ("tanh(x*y + y^2)", lambda x, y: mp.tanh(x * y + y**2)),
    ("x^y + atan2(x, y)", lambda x, y: x**y + mp.atan2(x, y)),
    ("sqrt(x^2 + y^2)*erf(x)", lambda x, y: mp.hypot(x, y) * mp.erf(x)),
    ("gamma(x + y)", lambda x, y: mp.gamma(x + y)),
    ("besselj(1, x*y)", lambda x, y: mp.besselj(1, x * y)),
]
ORDERS = [
    ("x, 3", (3, 0)),
    ("y, 3", (0, 3)),
    ("x, 2, y", (2, 1)),
    ("y, x, 2", (2, 1)),
    ("x, y, x", (2, 1)),
    ("x, y, 2", (1, 2)),
    ("y, x, y", (1, 2)),
]


@pytest.mark.parametrize(("along", "orders"), ORDERS)
@pytest.mark.parametrize(("text", "truth"), HIGHER, ids=[text for text, _ in HIGHER])
def test_third_derivatives_in_any_order(text, truth, along, orders):
    got = _value(f"diff({text}, {along})", x=0.75, y=1.25)
    with mp.workdps(40):
        expected = mp.diff(truth, (mpf("0.75"), mpf("1.25")), orders)
        assert abs(got - expected) <= mpf("1e-12") * (1 + abs(expected))


def test_a_step_of_newtons_method():
    assert _value("f = x^2 - 2; x - f/diff(f, x)", x=1.5) == 1.5 - 0.25 / 3


def test_taylors_sum():
    text = "sum(k, 0, 20, diff(sin(x), x, k)*h^k/k!)"
    assert _value(text, x=0.3, h=0.5) == pytest.approx(math.sin(0.8), rel=1e-15)


def test_a_branch_not_taken_contributes_nothing():
    assert _value("diff(x > 0 ? sqrt(x) : x^2, x, 2)", x=-3.0) == 2.0
    assert _value("g(t) = diff(t > 0 ? log(t) : t, t); g(x)", x=0.0) == 1.0


@pytest.mark.parametrize(
    "operator", [o for o in OPERATORS if o.partials and not o.variadic], ids=lambda o: o.name
)
def test_through_a_function_a_derivative_is_the_same(operator):
    """The general rules of a template, with constants put in, are those of the constants."""
    names = operator.parameters
    for position, along in enumerate(names):
        if operator.partials.get(along) in (None, "nan"):
            continue
        numbers = [str(_inside(operator, name)) for name in names]
        called = ["t" if k == position else number for k, number in enumerate(numbers)]
        direct = f"t = x + 0; diff({operator.name}({', '.join(called)}), t)"
        body = f"{operator.name}({', '.join(f'{name}_' for name in names)})"
        passed = ["x" if k == position else number for k, number in enumerate(numbers)]
        through = f"g({', '.join(f'{name}_' for name in names)}) = diff({body}, {along}_)"
        through += f"; g({', '.join(passed)})"
        x = float(numbers[position])
        a, b = _value(f"{direct} + 0*x", x=x), _value(f"{through} + 0*x", x=x)
        assert a == b or (math.isnan(a) and math.isnan(b))


def _inside(operator, name):
    low, high = operator.samples[name]
    nice = [number for number in (2, 1, 0.5, 3, 0.25, 10) if low < number < high]
    return nice[0] if nice else low + (high - low) / 2


# -- What it costs -----------------------------------------------------------------------------


def test_a_long_sum_is_linear_and_shares():
    lowered = _lowered("sum(i, 1, 20000, sin(x)*x^i/i)")
    # For each term: a number, a power, a product, a quotient, a sum.
    assert len(lowered.graph) <= 5 * 20_000 + 10
    assert [o.name for o in lowered.graph.operators].count("sin") == 1


def test_what_does_not_depend_on_the_index_is_lowered_once():
    body = "+".join(f"sin({k}*x)" for k in range(3000))
    start = time.process_time()
    lowered = _lowered(f"sum(i, 1, 20000, i*({body}))")
    assert len(lowered.graph) < 70_000
    assert time.process_time() - start < 20  # lowering it every time would take minutes


def test_derivatives_of_many_terms_look_at_their_term_only():
    start = time.process_time()
    assert len(_lowered("sum(i, 1, 5000, diff(x^i, x))").graph) < 30_000
    assert len(_lowered("g(t, k) = diff(t^k, t); sum(i, 1, 5000, g(x, i))").graph) < 50_000
    assert time.process_time() - start < 20


ENDLESS = [
    "sum(i, 1, 1e18, x)",
    "sum(i, 1, 400, sum(j, 1, 400, i*0 + 1))",  # which makes hardly any node
    "sum(i, 1, 400, sum(j, 1, 400, x^i + x^j))",
    "diff(sin(x), x, 1e15)",  # nor does this
    "diff(x/(1 + x^2), x, 40)",
    "; ".join(["g0(t) = diff(t^2, t)", *(f"g{k}(t) = diff(g{k - 1}(t)*t, t)" for k in range(1, 60))])
    + "; g59(x)",
]


@pytest.mark.parametrize("text", ENDLESS, ids=range(len(ENDLESS)))
def test_growth_has_an_end(text):
    with pytest.raises(FormulaError, match="more than 30,000 operations"):
        lower(parse(text), most_operations=30_000)


COMPOSED = "; ".join(f"f{k}(a) = f{k - 1}(f{k - 1}(a))" for k in range(1, 60))

# Functions of functions with forms, by whether they are sure to grow beyond any limit.
GROWING = [
    (f"f0(a) = sum(i, 1, 2, sin(a)*i); {COMPOSED}; f59(x)", True),
    (f"f0(a) = sin(a); {COMPOSED}; diff(f59(x), x)", True),
    (f"f0(a) = sin(a); {COMPOSED}; prod(i, 1, 3, f59(i*x))", True),
    (f"f0(a) = sin(a); {COMPOSED}; y = sum(i, 0, 0, f59(x)); y + 1", True),
    (f"f0(a) = sin(a); {COMPOSED}; sum(i, 1, 0, f59(x))", False),
    (f"f0(a) = sin(a); {COMPOSED}; n = 0; sum(i, 1, n, f59(x))", False),
    (f"f0(a) = sum(i, 1, 2, i); {COMPOSED}; f59(x)", False),
    (f"f0(a) = diff(2*a, a); {COMPOSED}; f59(x)", False),
    (f"f0(a) = sum(a, 1, 2, sin(a)); {COMPOSED}; f59(x)", False),
]


@pytest.mark.parametrize(("text", "is_refused"), GROWING, ids=range(len(GROWING)))
def test_functions_of_functions_are_refused_only_if_they_are_sure_to_grow(text, is_refused):
    start = time.process_time()
    if is_refused:
        with pytest.raises(FormulaError, match="more than 2,000,000 operations"):
            _lowered(text)
    else:
        assert len(_lowered(text).graph) < 1000
    assert time.process_time() - start < 1


def test_terms_count_as_operations_and_a_few_are_within_a_small_limit():
    assert lower(parse("sum(i, 1, 3, x)"), most_operations=10)
    assert lower(parse("diff(x^2, x)"), most_operations=10)
    with pytest.raises(FormulaError, match="more than 10 operations"):
        lower(parse("sum(i, 1, 11, 1)"), most_operations=10)


DEEP = [
    ("diff(" * 1000 + "exp(2*x)" + ", x)" * 1000, 1000),
    ("diff(" * 1000 + "x" + ", x)" * 1000, 0),
    ("diff(" + "(" * 20_000 + "x" + ")" * 20_000 + ", x)", 1),
    ("diff(" + "sin(" * 5000 + "x" + ")" * 5000 + ", x)", 5000),
    ("".join(f"sum(i{k}, 1, 1, " for k in range(1000)) + "x + i0" + ")" * 1000, 1),
    ("; ".join(["g0(t) = diff(t^2, t)", *(f"g{k}(t) = diff(t, t)*g{k - 1}(t)" for k in range(1, 1000))])
     + "; g999(x)", 1),
]  # fmt: skip


@pytest.mark.parametrize(("text", "nodes"), DEEP, ids=range(len(DEEP)))
def test_depth_needs_no_recursion(text, nodes):
    assert len(_lowered(text).graph) >= nodes


def test_functions_that_double_share_their_work():
    chain = "; ".join(f"f{k}(t) = diff(t^2, t) + f{k - 1}(t) + f{k - 1}(t)" for k in range(1, 60))
    assert len(_lowered(f"f0(t) = diff(t^3, t); {chain}; f59(x)").graph) < 10_000
