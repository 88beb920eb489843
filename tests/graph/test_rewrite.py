"""Rewrites preserve the value, on every kind of float; and what would not is not done."""

import math
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.graph.arena import Graph, evaluate
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.graph.rewrite import folded, simplified
from autodiff_cli.language.parser import parse

TINY, HUGE = 5e-324, 1.7976931348623157e308
SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.5, -0.1, TINY, -TINY, HUGE, -HUGE, math.inf, -math.inf, math.nan]
CONDITIONS = [0.0, -0.0, 1.0, -2.0, math.nan]


def _build(graph: Graph, tree, make) -> int:
    """The node of a tree of (operator, operands...), names and numbers; `make` applies."""
    if isinstance(tree, float):
        return graph.constant(tree)
    if isinstance(tree, str):
        return graph.variable(tree)
    name, *operands = tree
    return make(BY_NAME[name], tuple(_build(graph, operand, make) for operand in operands))


def _values(tree, points):
    """The tree's value at each point, as it stands and rewritten."""
    graph = Graph()
    raw = _build(graph, tree, graph.apply)
    rewritten = _build(graph, tree, lambda operator, arguments: simplified(graph, operator, arguments))
    assert rewritten != raw, "a rewrite is expected"
    order = graph.reachable([raw, rewritten])
    for point in points:
        bound = {node: point[name] for name, node in graph.variables.items()}
        values = evaluate(graph, order, bound)
        yield point, values[raw], values[rewritten]


def _points(tree):
    names = sorted(_names(tree))
    for values in product(*(CONDITIONS if name in "cd" else SPECIAL for name in names)):
        yield dict(zip(names, values, strict=True))


def _names(tree) -> set[str]:
    if isinstance(tree, tuple):
        return {name for operand in tree[1:] for name in _names(operand)}
    return {tree} if isinstance(tree, str) else set()


def _same(a: float, b: float) -> bool:
    """Equal to the bit, but for what kind of NaN."""
    return repr(a) == repr(b)


ALWAYS_THE_SAME = [
    ("mul", "x", 1.0),
    ("mul", 1.0, "x"),
    ("mul", "x", -1.0),
    ("mul", -1.0, "x"),
    ("mul", 1.0, -1.0),
    ("div", "x", 1.0),
    ("neg", ("neg", "x")),
    ("add", "x", ("neg", "y")),
    ("add", "x", ("neg", "x")),
    ("add", ("neg", "x"), "y"),
    ("add", ("neg", "x"), ("neg", "y")),
    ("sub", "x", ("neg", "y")),
    ("sub", ("neg", "x"), ("neg", "y")),
    ("mul", ("neg", "x"), "y"),
    ("mul", "x", ("neg", "y")),
    ("mul", ("neg", "x"), ("neg", "y")),
    ("mul", ("neg", "x"), 3.0),
    ("div", ("neg", "x"), "y"),
    ("div", "x", ("neg", "y")),
    ("div", ("neg", "x"), ("neg", "y")),
    ("div", 1.0, ("neg", "x")),
    ("pow", "x", 1.0),
    ("and", 0.0, "x"),
    ("and", "x", -0.0),
    ("or", 2.0, "x"),
    ("or", "x", math.inf),
    ("where", 1.0, "x", "y"),
    ("where", 0.0, "x", "y"),
    ("where", -0.0, "x", "y"),
    ("gate", 1.0, "x"),
    ("gate", -0.0, "x"),
    ("gate", math.inf, "x"),
    ("add", 0.5, 0.25),
    ("add", -0.0, -0.0),
    ("add", 0.0, -0.0),
    ("sub", 0.5, 0.5),
    ("sub", -0.0, 0.0),
    ("mul", 3.0, -0.0),
    ("mul", -1.0, 0.0),
    ("div", 1.0, -4.0),
    ("div", -0.0, 2.0),
    ("neg", 0.0),
    ("abs", -2.0),
    ("where", ("lt", 1.0, 2.0), "x", "y"),
    ("max", 1.0, -0.0, 0.5),
    ("mul", ("mul", "x", 1.0), ("neg", ("neg", "y"))),
    ("add", ("gate", "c", "x"), ("gate", "c", "y")),
    ("add", ("gate", "c", "x"), ("gate", "d", "y")),
    ("add", ("gate", "c", ("mul", 1.0, "x")), ("gate", ("not", "c"), "y")),
    ("gate", "c", ("gate", "c", "x")),
]


@pytest.mark.parametrize("tree", ALWAYS_THE_SAME, ids=str)
def test_a_rewrite_preserves_the_value(tree):
    checked = 0
    for point, raw, rewritten in _values(tree, _points(tree)):
        assert _same(raw, rewritten), point
        checked += 1
    assert checked == math.prod(len(CONDITIONS if n in "cd" else SPECIAL) for n in _names(tree))


# What is behind a shut gate is zero by structure: raw, it would be 0*inf.
GATED = [
    ("mul", ("gate", "c", "x"), "y"),
    ("mul", "y", ("gate", "c", "x")),
    ("div", ("gate", "c", "x"), "y"),
    ("neg", ("gate", "c", "x")),
    ("sub", ("gate", "c", "x"), ("gate", "c", "y")),
    ("mul", ("gate", "c", ("gate", "c", "x")), "y"),
]


@pytest.mark.parametrize("tree", GATED, ids=str)
def test_a_gate_shuts_out_whatever_it_is_multiplied_with(tree):
    for point, raw, rewritten in _values(tree, _points(tree)):
        if point["c"] == 0:
            assert rewritten == 0, point
        else:
            assert _same(raw, rewritten), point


def test_a_gate_times_a_gate_is_open_where_both_are():
    tree = ("mul", ("gate", "c", "x"), ("gate", "d", "y"))
    for point, raw, rewritten in _values(tree, _points(tree)):
        if point["c"] == 0 or point["d"] == 0:
            assert rewritten == 0 or math.isnan(point["c"]) or math.isnan(point["d"]), point
        else:
            assert _same(raw, rewritten), point


def test_a_sum_of_shut_gates_is_zero_whatever_it_is_multiplied_with():
    tree = ("mul", ("add", ("gate", "c", "x"), ("gate", "d", "y")), "z")
    for point, raw, rewritten in _values(tree, _points(tree)):
        if point["c"] == 0 and point["d"] == 0:
            assert rewritten == 0, point
        elif not (math.isnan(raw) and math.isnan(rewritten)):
            assert raw == rewritten, point


def test_a_difference_of_gates():
    tree = ("sub", ("gate", "c", "x"), ("gate", "d", "y"))
    for point, raw, rewritten in _values(tree, _points(tree)):
        assert raw == rewritten or _same(raw, rewritten), point


def test_a_gate_behind_a_gate():
    tree = ("gate", "c", ("gate", "d", "x"))
    for point, raw, rewritten in _values(tree, _points(tree)):
        if point["c"] != point["c"] and point["d"] == 0:
            # A shut gate is shut, whatever the other condition: Kleene's `and`.
            assert rewritten == 0
        else:
            assert _same(raw, rewritten), point


def test_a_product_with_a_reciprocal_is_a_quotient():
    tree = ("mul", "x", ("div", 1.0, "y"))
    kept = 0
    for point, raw, rewritten in _values(tree, _points(tree)):
        assert rewritten == BY_NAME["div"].floats(point["x"], point["y"]) or math.isnan(rewritten)
        # Where 1/y neither overflows nor underflows, the two differ by a rounding at most.
        if 1e-300 < abs(point["y"]) < 1e300 and math.isfinite(raw) and abs(raw) > 1e-300:
            assert rewritten == pytest.approx(raw, rel=5e-16), point
            kept += 1
        elif math.isnan(point["x"] + point["y"]):
            assert math.isnan(raw)
            assert math.isnan(rewritten)
    assert kept > 10


ROUNDED_LESS = [
    ("mul", 3.0, ("mul", 5.0, "x")),
    ("mul", ("mul", "x", 0.5), 3.0),
    ("mul", 0.5, ("mul", 2.0, "x")),
    ("mul", 2.0, ("mul", "x", 0.5)),
    ("mul", ("mul", 0.5, "x"), ("mul", 2.0, "y")),
    ("mul", ("mul", "x", -4.0), ("mul", "y", -0.25)),
    ("mul", ("mul", 2.0, "x"), ("div", 0.5, "y")),
    ("mul", ("div", -0.25, "y"), ("mul", "x", -4.0)),
]


def _exactly(tree, point) -> Fraction:
    if isinstance(tree, tuple):
        a, b = (_exactly(operand, point) for operand in tree[1:])
        return a * b if tree[0] == "mul" else a / b
    return Fraction(point.get(tree, tree))


@pytest.mark.parametrize("tree", ROUNDED_LESS, ids=str)
def test_constant_factors_that_meet_round_less(tree):
    """Never further from the truth, whatever overflows or underflows on the way."""
    names = sorted(_names(tree))
    numbers = product([*SPECIAL, 0.3, -1e200, 7e-309], repeat=len(names))
    points = [dict(zip(names, values, strict=True)) for values in numbers]
    compared = 0
    for point, raw, rewritten in _values(tree, points):
        if not all(map(math.isfinite, point.values())) or point.get("y") == 0:
            # A NaN that only an overflow or an underflow had made is gone.
            extreme = {TINY, HUGE}.intersection(map(abs, point.values()))
            assert _same(raw, rewritten) or (math.isnan(raw) and extreme)
            continue
        truth = _exactly(tree, point)
        if abs(truth) <= Fraction(HUGE):
            assert math.isfinite(rewritten)
            off = abs(Fraction(rewritten) - truth)
            assert not math.isfinite(raw) or off <= abs(Fraction(raw) - truth)
            compared += 1
    assert compared


FORBIDDEN = [
    ("mul", "x", 0.0),
    ("mul", 0.0, "x"),
    ("mul", "x", -0.0),
    ("sub", "x", "x"),
    ("div", "x", "x"),
    ("div", 0.0, "x"),
    ("add", "x", 0.0),
    ("add", 0.0, "x"),
    ("sub", "x", 0.0),
    ("sub", 0.0, "x"),
    ("pow", "x", 0.0),
    ("pow", 1.0, "x"),
    ("and", 1.0, "x"),
    ("or", 0.0, "x"),
    ("and", math.nan, "x"),
    ("or", math.nan, "x"),
    ("where", math.nan, "x", "y"),
    ("gate", math.nan, "x"),
    ("where", "c", "x", "x"),
    ("eq", "x", "x"),
    ("le", "x", "x"),
    ("max", "x", "x"),
    ("add", ("gate", "c", "x"), "y"),
    ("neg", ("sub", "x", "y")),
    ("neg", ("add", "x", "y")),
    ("mul", ("mul", 0.1, "x"), ("mul", 10.0, "y")),
    ("mul", 3.0, ("mul", 0.1, "x")),
    ("mul", ("mul", 2.0, "x"), ("mul", 2.0, "y")),
    ("mul", ("mul", 2.0, "x"), ("div", 2.0, "y")),
    ("mul", ("div", "x", "y"), ("div", "y", "x")),
    ("mul", 0.0, math.inf),
    ("sub", math.inf, math.inf),
    ("div", 0.0, 0.0),
    ("div", 1.0, 3.0),
    ("add", 0.1, 0.2),
]


@pytest.mark.parametrize("tree", FORBIDDEN, ids=str)
def test_what_floats_do_not_obey_is_not_rewritten(tree):
    graph = Graph()
    raw = _build(graph, tree, graph.apply)
    assert _build(graph, tree, lambda operator, arguments: simplified(graph, operator, arguments)) == raw


@pytest.mark.parametrize("text", ["x*0", "0*x", "x - x", "x/x", "0/x", "(y - y)*x"])
def test_so_nan_and_infinity_come_through(text):
    for x in (math.inf, -math.inf, math.nan):
        lowered = lower(parse(text))
        evaluation = Evaluation(lowered, {"x": x, "y": 1.0})
        value = evaluation.value(lowered.output)
        assert math.isnan(value) or (text == "0/x" and value == 0)


def test_a_constant_exponent_of_nan_gives_no_derivative():
    evaluation = Evaluation(lower(parse("x^nan")), {"x": 2.0})
    assert math.isnan(evaluation.gradient(evaluation.outputs[0])["x"])


_constants = (
    st.sampled_from(SPECIAL) | st.floats(width=16) | st.fractions(-9, 9, max_denominator=64).map(float)
)


@settings(deadline=None, derandomize=True, max_examples=400)
@given(st.sampled_from(["add", "sub", "mul", "div"]), _constants, _constants)
def test_arithmetic_on_constants_is_folded_only_where_it_is_exact(name, a, b):
    graph = Graph()
    operator = BY_NAME[name]
    node = folded(graph, operator, (graph.constant(a), graph.constant(b)))
    value = evaluate(graph, graph.reachable([node]), {})[node]
    assert _same(value, operator.floats(a, b))
    exact = False
    if all(map(math.isfinite, (a, b, value))):
        left, right = Fraction(a), Fraction(b)
        truth = {"add": left + right, "sub": left - right, "mul": left * right}
        exact = (truth[name] if name in truth else left / right) == Fraction(value)
    assert (node in graph.constants) == exact


# Without constants that round less where they meet.
_leaves = st.sampled_from(["x", "y", 1.0, -1.0, 0.0, math.inf, math.nan])
_plain = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.tuples(
            st.sampled_from(["add", "sub", "mul", "div", "pow", "and", "or", "max", "lt"]), inner, inner
        ),
        st.tuples(st.sampled_from(["neg", "not", "abs", "sin"]), inner),
        st.tuples(st.just("where"), inner, inner, inner),
    ),
    max_leaves=8,
)


def _has_reciprocal(tree) -> bool:
    return isinstance(tree, tuple) and (
        (tree[0] == "div" and tree[1] == 1.0) or any(map(_has_reciprocal, tree[1:]))
    )


@settings(deadline=None, derandomize=True, max_examples=300)
@given(_plain.filter(lambda tree: not _has_reciprocal(tree)))
def test_rewriting_a_whole_formula_preserves_its_value(tree):
    graph = Graph()
    raw = _build(graph, tree, graph.apply)
    rewritten = _build(graph, tree, lambda operator, arguments: simplified(graph, operator, arguments))
    order = graph.reachable([raw, rewritten])
    for x, y in product(SPECIAL[::2], SPECIAL[1::2]):
        bound = {node: {"x": x, "y": y}[name] for name, node in graph.variables.items()}
        values = evaluate(graph, order, bound)
        # A constant that was folded may be 1, and then a reciprocal appears.
        assert _same(values[raw], values[rewritten]) or values[raw] == pytest.approx(
            values[rewritten], rel=1e-15
        )


# -- Constants that are no float64 -------------------------------------------------------------


def meanings(text: str) -> tuple[Graph, int]:
    lowered = lower(parse(text))
    return lowered.graph, lowered.output


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("0.1", "1e-1"),
        ("2*0.1", "2e-1"),
        ("1.1 - 1", "1e-1"),
        ("-0.1", "-1e-1"),
        ("pi", "pi"),
        ("0.10*1", "1e-1"),
    ],
)
def test_constants_keep_their_meaning(text: str, meaning: str) -> None:
    graph, node = meanings(text)
    assert str(graph.meanings[node]) == meaning


@pytest.mark.parametrize(
    "text", ["0.5", "2", "1e3", "0.1 + 0.4 - 0.5 > 1", "0.3 == 0", "round(2.7)", "0.3 < 0.4"]
)
def test_constants_that_are_floats_have_no_other_meaning(text: str) -> None:
    graph, node = meanings(text)
    assert node not in graph.meanings


@pytest.mark.parametrize(
    "text", ["2*pi", "0.1 + 0.2", "-pi", "0.1*0.1", "1/3", "0.1 == 0.1000000000000000055511151231257827"]
)
def test_not_folded_where_the_exact_number_is_another(text: str) -> None:
    """What a float64 cannot hold stays an operation: another number system knows better."""
    graph, node = meanings(text)
    assert node not in graph.constants


def test_equal_numbers_are_one_node() -> None:
    graph, node = meanings("0.1*x + 1e-1*x")
    left, right = graph.arguments[node]
    assert left == right


def test_almost_one_is_no_factor_one() -> None:
    """1.00000000000000000001 is 1 as a float64 and not the number 1."""
    graph, node = meanings("1.00000000000000000001*x")
    assert graph.operators[node].name == "mul"


def test_a_number_of_many_digits() -> None:
    graph, node = meanings("0." + "1" * 5000)
    assert graph.constants[node] == 0.1111111111111111
    assert len(str(graph.meanings[node])) == 5002
