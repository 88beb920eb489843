"""The arena: equal nodes are made once, and the order of creation is an order of evaluation."""

import math
import struct

import pytest
from formulas import programs, syntax
from hypothesis import given, settings

from autodiff_cli.graph.arena import CONSTANT, VARIABLE, Graph, evaluate
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.graph.reverse import reverse
from autodiff_cli.language.parser import parse

ADD, MUL, SIN = BY_NAME["add"], BY_NAME["mul"], BY_NAME["sin"]
WHERE, NEG = BY_NAME["where"], BY_NAME["neg"]


def test_a_variable_is_made_once():
    graph = Graph()
    x, y = graph.variable("x"), graph.variable("y")
    assert x != y
    assert graph.variable("x") == x
    assert len(graph) == 2
    assert graph.operators == [VARIABLE, VARIABLE]


def test_constants_are_equal_by_their_bits():
    graph = Graph()
    values = [0.0, -0.0, 1.0, math.nan, math.inf, -math.inf, 5e-324, 0.1]
    nodes = [graph.constant(value) for value in values]
    assert len(set(nodes)) == len(values)
    assert [graph.constant(value) for value in values] == nodes
    assert graph.constant(float("nan")) == nodes[3]
    assert len(graph) == len(values)
    assert math.copysign(1, graph.constants[nodes[0]]) == 1
    assert math.copysign(1, graph.constants[nodes[1]]) == -1


def test_a_nan_of_other_bits_is_another_constant():
    graph = Graph()
    other = struct.unpack("<d", struct.pack("<Q", 0xFFF8000000000001))[0]
    assert graph.constant(other) != graph.constant(math.nan)


def test_an_application_is_made_once():
    graph = Graph()
    x, y = graph.variable("x"), graph.variable("y")
    total = graph.apply(ADD, (x, y))
    assert graph.apply(ADD, (x, y)) == total
    assert graph.apply(ADD, (y, x)) != total
    assert graph.apply(MUL, (x, y)) != total
    assert graph.apply(SIN, (total,)) == graph.apply(SIN, (graph.apply(ADD, (x, y)),))
    assert graph.arguments[total] == (x, y)
    assert graph.operators[total] is ADD


def test_apply_takes_what_it_is_given():
    graph = Graph()
    one = graph.constant(1.0)
    assert graph.operators[graph.apply(MUL, (one, one))] is MUL


def test_what_is_reachable_comes_in_order_and_nothing_else():
    graph = Graph()
    x, y, z = (graph.variable(name) for name in "xyz")
    product = graph.apply(MUL, (x, x))
    other = graph.apply(SIN, (y,))
    total = graph.apply(ADD, (product, z))
    assert graph.reachable([total]) == [x, z, product, total]
    assert graph.reachable([other]) == [y, other]
    assert graph.reachable([total, other]) == [x, y, z, product, other, total]
    assert graph.reachable([x]) == [x]
    assert graph.reachable([]) == []


def test_evaluation():
    graph = Graph()
    x, two = graph.variable("x"), graph.constant(2.0)
    product = graph.apply(MUL, (x, two))
    chosen = graph.apply(WHERE, (x, product, two))
    unasked = graph.apply(NEG, (x,))
    values = evaluate(graph, graph.reachable([chosen]), {x: 3.0})
    assert values[x] == 3.0
    assert values[two] == 2.0
    assert values[product] == 6.0
    assert values[chosen] == 6.0
    assert math.isnan(values[unasked])
    assert len(values) == len(graph)


def _check(graph: Graph) -> None:
    keys = set()
    for node, (operator, arguments) in enumerate(zip(graph.operators, graph.arguments, strict=True)):
        assert all(0 <= argument < node for argument in arguments)
        if operator is CONSTANT:
            key = ("const", struct.pack("<d", graph.constants[node]))
        elif operator is VARIABLE:
            (name,) = (name for name, found in graph.variables.items() if found == node)
            key = ("var", name)
        else:
            assert arguments or operator.variadic
            key = (operator.name, *arguments)
        assert key not in keys, "equal nodes are made once"
        keys.add(key)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(syntax())
def test_arguments_come_before_their_node_and_no_node_comes_twice(text):
    lowered = lower(parse(text))
    _check(lowered.graph)
    reverse(lowered.graph, lowered.output)
    _check(lowered.graph)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(programs())
def test_so_it_is_with_functions_and_definitions(text):
    lowered = lower(parse(text))
    _check(lowered.graph)
    assert len(lowered.sources) == len(lowered.graph)


@pytest.mark.parametrize(
    "text", ["sin(x) + sin(x)", "p = sin(x); p + sin(x)", "f(y) = sin(y); f(x) + sin(x)"]
)
def test_equal_parts_are_shared(text):
    names = [operator.name for operator in lower(parse(text)).graph.operators]
    assert names == ["var", "sin", "add"]
