"""Compiled rows are what the evaluator gives on floats: 2 units in the last place for each operation."""

import math
import random
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from math import inf, nan, nextafter
from pathlib import Path

import mpmath
import numpy as np
import pytest
from mpmath import mpf

pytest.importorskip("llvmlite")

from autodiff_cli.graph import compiled_system
from autodiff_cli.graph.arena import Graph, evaluate
from autodiff_cli.graph.compiled_system import CompiledRows, compile_rows
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.operators import BY_NAME, OPERATORS, Operator
from autodiff_cli.graph.reverse import reverse
from autodiff_cli.language.parser import parse
from autodiff_cli.numbers import polynomials
from autodiff_cli.numbers.instruction_kernels import KERNELS

sys.path.insert(0, str(Path(__file__).parents[1] / "numbers"))
import make_polynomials

EDGES = [0.0, 1.0, 0.5, 5e-324, 1e-310, 1e-300, 1e300, sys.float_info.max, sys.float_info.min, inf]
EDGES += [2.0, 3.0, 1.5, 2.5, 6.0, 40.0, 0.01, 1e-8, 1e-20, 1e16, 1e22, 5e5, 2e6, math.pi, math.pi / 2]
EDGES += [26.6, 28.0, 37.5, 38.5, 60.0, 700.0, 709.78, 709.79, 710.5, 720.0, 745.1, 745.2, 1075.0]
EDGES += [nextafter(1, 0), nextafter(1, 2), nextafter(0.5, 0), 2.0**-27, 2.0**-54, 2.0**53]
SPECIAL = [nan, *EDGES, *(-x for x in EDGES)]
SHORT = [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, 5e-324, -1e-310, 1e300, -1e300, 0.1, inf, -inf, nan]

COMPILED = [operator for operator in OPERATORS if operator.name in KERNELS]
# Of the order of a derivative there is code where it is a constant.
ORDERS = {
    "normpdf_derivative": (0, 1, 2, 3),
    "gaussian_derivative": (0, 1, 2, 3),
    "sech_derivative": (0, 1),
    "asech_derivative": (0, 1),
}


def ordered(values: np.ndarray) -> np.ndarray:
    """Whole numbers in the order of floats: neighbours differ by 1."""
    bits = np.ascontiguousarray(values, dtype=np.float64).view(np.int64)
    return np.where(bits < 0, np.int64(-(2**63)) - bits, bits)


def ulps(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """How many floats lie between; infinite where only one is NaN."""
    mine, theirs = ordered(found), ordered(expected)
    about = np.abs(mine.astype(float) - theirs.astype(float))
    with np.errstate(over="ignore"):
        apart = np.where(about > 1e6, about, np.abs(mine - theirs).astype(float))
    both, one = np.isnan(found) & np.isnan(expected), np.isnan(found) | np.isnan(expected)
    return np.where(both, 0.0, np.where(one, inf, apart))


def compiled(graph: Graph, roots: Sequence[int], columns: Sequence[int]) -> CompiledRows:
    found = compile_rows(graph, roots, columns)
    assert found is not None
    return found


def applied(operator: Operator, count: int, constants: dict[int, float]) -> CompiledRows:
    """An operator on variables, some arguments constant."""
    graph = Graph()
    arguments = [
        graph.constant(constants[i]) if i in constants else graph.variable(f"x{i}") for i in range(count)
    ]
    root = graph.apply(operator, tuple(arguments))
    return compiled(graph, [root], [a for i, a in enumerate(arguments) if i not in constants])


def run(rows: CompiledRows, columns: Sequence[np.ndarray], width: int = 1) -> list[np.ndarray]:
    inputs = [np.ascontiguousarray(column, dtype=float) for column in columns]
    outputs = [np.full(len(inputs[0]), 7.0) for _ in range(width)]
    rows.run(inputs, outputs, 0, len(inputs[0]))
    return outputs


def drawn(operator: Operator, position: int, count: int) -> list[float]:
    """Points of the samples: some near 0, some near the ends, of all sizes."""
    draw = random.Random(f"{operator.name} {position}")
    parameter = operator.parameters[0 if operator.variadic else position].removesuffix("...")
    low, high = operator.samples.get(parameter, (-10.0, 10.0))
    top = math.log10(max(abs(low), abs(high), 1e-3))
    found = []
    for _ in range(count):
        x = draw.choice(
            [
                draw.uniform(low, high),
                draw.uniform(max(low, -4), min(high, 4)) if low < 4 and high > -4 else low,
                draw.choice([-1, 1]) * 10.0 ** draw.uniform(-20, top),
            ]
        )
        found.append(min(max(x, low), high))
    return found


def check(operator: Operator, rows: list[tuple[float, ...]], constants: dict[int, float]) -> None:
    count = len(rows[0])
    columns = [np.array([row[i] for row in rows]) for i in range(count)]
    moving = [column for i, column in enumerate(columns) if i not in constants]
    (found,) = run(applied(operator, count, constants), moving)
    expected = np.array([operator.floats(*row) for row in rows], dtype=float)
    apart = ulps(found, expected)
    worst = int(np.argmax(apart))
    assert apart[worst] <= 2, (operator, rows[worst], found[worst], expected[worst])
    if operator.rounding == 0 or operator.name in ("add", "sub", "mul", "div", "sqrt"):
        same = (found == expected) & (np.signbit(found) == np.signbit(expected))
        assert np.all(same | np.isnan(expected)), operator


def rows_of(operator: Operator, count: int) -> list[tuple[float, ...]]:
    sizes = {1: SPECIAL, 2: SHORT}
    edges = list(product(sizes.get(count, [*SHORT[:12:2], inf, nan]), repeat=count))
    columns = [drawn(operator, position, 500) for position in range(count)]
    return [*edges, *zip(*columns, strict=True)]


@pytest.mark.parametrize("operator", COMPILED, ids=lambda operator: operator.name)
def test_kernels_are_those_on_floats(operator: Operator) -> None:
    if operator.name in ORDERS:
        points = [*SPECIAL, *drawn(operator, 1, 500)]
        for order in map(float, ORDERS[operator.name]):
            check(operator, [(order, x) for x in points], {0: order})
    elif operator.variadic:
        for count in (
            (1, 2) if operator.name == "avg" else (2, 3) if operator.name == "ties" else (1, 2, 3)
        ):
            check(operator, rows_of(operator, count), {})
    else:
        check(operator, rows_of(operator, len(operator.parameters)), {})


# -- The truth --------------------------------------------------------------------------------

Truth = Callable[[mpf], mpf]
HOT: dict[str, tuple[Truth, list[tuple[float, float]], float]] = {
    "exp": (mpmath.exp, [(-708, 709), (-1, 1)], 0.75),
    "expm1": (mpmath.expm1, [(-2, 2), (-40, 60)], 1.4),
    "log": (mpmath.log, [(0.5, 2), (0, 100)], 0.85),
    "log1p": (mpmath.log1p, [(-0.9, 3), (-0.1, 0.1)], 0.85),
    "log2": (lambda x: mpmath.log(x) / mpmath.log(2), [(0.5, 2)], 0.85),
    "log10": (lambda x: mpmath.log(x) / mpmath.log(10), [(0.5, 2)], 0.85),
    "sin": (mpmath.sin, [(-4, 4), (-1e6, 1e6)], 0.85),
    "cos": (mpmath.cos, [(-4, 4), (-1e6, 1e6)], 0.85),
    "tan": (mpmath.tan, [(-4, 4), (-1e6, 1e6)], 1.2),
    "tanh": (mpmath.tanh, [(-3, 3)], 1.2),
    "normcdf": (lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2, [(-38, 8), (-5, 5), (-1, 1)], 1.6),
    "normpdf": (lambda x: mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi), [(-37, 37)], 0.9),
    "erfc": (mpmath.erfc, [(-6, 26.5), (-1, 1)], 1.6),
    "erf": (mpmath.erf, [(-6, 6), (-1, 1)], 1.6),
}


def worst_error(name: str, count: int) -> float:
    """In units in the last place of the truth."""
    truth, spans, _ = HOT[name]
    rows, generator, worst = applied(BY_NAME[name], 1, {}), np.random.default_rng(5), 0.0
    with mpmath.workprec(200):
        for low, high in spans:
            points = generator.uniform(low, high, count)
            for x, found in zip(points.tolist(), run(rows, [points])[0].tolist(), strict=True):
                exact = truth(mpf(x))
                worst = max(worst, float(abs(found - exact) / mpf(math.ulp(float(abs(exact))))))
    return worst


@pytest.mark.parametrize("name", HOT)
def test_hot_functions_are_near_the_truth(name: str) -> None:
    assert worst_error(name, 1000) <= HOT[name][2]


@pytest.mark.slow
@pytest.mark.parametrize("name", HOT)
def test_hot_functions_are_near_the_truth_everywhere(name: str) -> None:
    assert worst_error(name, 8_000) <= HOT[name][2]


def test_sines_beside_multiples_of_pi() -> None:
    """The worst case for the reduction: of all digits of x few are left."""
    points = np.array(
        [n * math.pi / 2 for n in range(-2000, 2000)] + [n * math.pi for n in range(10**5, 10**5 + 500)]
    )
    for name in ("sin", "cos", "tan"):
        (found,) = run(applied(BY_NAME[name], 1, {}), [points])
        expected = np.array([BY_NAME[name].floats(x) for x in points.tolist()])
        assert np.max(ulps(found, expected)) <= 2


@pytest.mark.slow
@pytest.mark.parametrize("name", make_polynomials.WANTED)
def test_polynomials_are_those_that_the_script_makes(name: str) -> None:
    assert list(getattr(polynomials, name)) == [float(c) for c in make_polynomials.polynomial(name)]


# -- Graphs -----------------------------------------------------------------------------------

FORMULAS = [
    "S*normcdf(d1) - K*exp(-r*T)*normcdf(d2); d1 = (log(S/K) + (r + v^2/2)*T)/(v*sqrt(T));"
    " d2 = d1 - v*sqrt(T); S = 80 + a; K = 90 + b; r = 0.03*c; v = 0.1 + 0.2*a; T = 1 + c",
    "sin(a*b)*exp(-c) + log(1 + a^2)/hypot(b, c)",
    "where(a > b, a*c, b/c) + max(a, b, c) - min(a, c)",
    "tanh(a*b + c) + softplus(a - b)*sigmoid(c)",
    "a^b + atan2(b, c) + abs(a - b)*erf(c)",
]


def gradient(text: str) -> tuple[Graph, list[int], list[int]]:
    lowered = lower(parse(text))
    graph = lowered.graph
    columns = list(graph.variables.values())
    adjoints = reverse(graph, lowered.output)
    return graph, [lowered.output, *(adjoints.nodes[column] for column in columns)], columns


def points(count: int, width: int, seed: int = 3) -> list[np.ndarray]:
    generator = np.random.default_rng(seed)
    return [generator.uniform(0.2, 1.8, count) for _ in range(width)]


@pytest.mark.parametrize("is_inlined", [True, False])
@pytest.mark.parametrize("text", FORMULAS)
def test_gradients_are_those_on_floats(
    text: str, is_inlined: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled_system, "MOST_INLINED", 10**6 if is_inlined else 0)
    graph, roots, columns = gradient(text)
    arrays = points(100, len(columns))
    found = run(compiled(graph, roots, columns), arrays, len(roots))
    nodes = graph.reachable(roots)
    for row in range(100):
        point = {node: float(array[row]) for node, array in zip(columns, arrays, strict=True)}
        values = evaluate(graph, nodes, point)
        scale = max(abs(values[root]) for root in roots)
        for root, column in zip(roots, found, strict=True):
            assert abs(column[row] - values[root]) <= 1e-14 * scale


def test_arithmetic_is_that_of_floats_to_the_last_bit() -> None:
    """Above all, no product and sum become one operation that rounds once."""
    graph, roots, columns = gradient("(a*b + c)*a - b*c/(a - sqrt(b)) + a*a - b*b")
    arrays = points(2000, 3)
    found = run(compiled(graph, roots, columns), arrays, len(roots))
    nodes = graph.reachable(roots)
    for row in range(2000):
        point = {node: float(array[row]) for node, array in zip(columns, arrays, strict=True)}
        values = evaluate(graph, nodes, point)
        assert [float(column[row]) for column in found] == [values[root] for root in roots]


def test_rows_are_those_asked_for() -> None:
    """However few, wherever they begin; no other row is touched, and a row's result is its own."""
    graph, roots, columns = gradient(FORMULAS[1])
    rows = compiled(graph, roots, columns)
    arrays = points(100, 3)
    whole = run(rows, arrays, len(roots))
    for start in (0, 1, 3, 8, 17, 95):
        for count in (0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 64):
            stop = min(start + count, 100)
            outputs = [np.full(100, 7.0) for _ in roots]
            rows.run(arrays, outputs, start, stop)
            for output, expected in zip(outputs, whole, strict=True):
                assert np.array_equal(output[start:stop], expected[start:stop])
                assert np.all(output[:start] == 7.0)
                assert np.all(output[stop:] == 7.0)


def test_a_row_has_the_same_result_whatever_stands_beside_it() -> None:
    x = np.array([0.3, 1e7, 2.5, -3e300, 1.1, 0.7, inf, 5.0, 6.0, nan, 1e-300, 4.0])
    for name in ("sin", "cos", "tan", "normcdf", "exp", "tanh"):
        rows = applied(BY_NAME[name], 1, {})
        (together,) = run(rows, [x])
        alone = [run(rows, [np.full(9, value)])[0][4] for value in x]
        assert np.array_equal(together, alone, equal_nan=True)


def test_roots_may_be_columns_and_constants() -> None:
    graph = Graph()
    x = graph.variable("x")
    rows = compiled(graph, [x, graph.constant(2.5)], [x])
    column = np.arange(11.0)
    same, constant = run(rows, [column], 2)
    assert np.array_equal(same, column)
    assert np.all(constant == 2.5)


def test_threads_compute_rows_at_the_same_time() -> None:
    graph, roots, columns = gradient(FORMULAS[0])
    rows = compiled(graph, roots, columns)
    arrays = points(50_001, 3)
    whole = run(rows, arrays, len(roots))
    outputs = [np.empty(50_001) for _ in roots]
    with ThreadPoolExecutor(4) as pool:
        shares = range(0, 50_001, 1_003)
        list(
            pool.map(lambda first: rows.run(arrays, outputs, first, min(first + 1_003, 50_001)), shares)
        )
    for output, expected in zip(outputs, whole, strict=True):
        assert np.array_equal(output, expected)


def test_several_functions_live_side_by_side() -> None:
    """Each has machine code of its own, and takes it along when it goes."""
    x = np.linspace(0.1, 1, 20)
    for _ in range(3):
        kept = [applied(BY_NAME[name], 1, {}) for name in ("exp", "log", "sin")]
        for rows, function in zip(kept, (np.exp, np.log, np.sin), strict=True):
            assert np.allclose(run(rows, [x])[0], function(x), rtol=1e-14)
        del kept


def test_names_in_a_formula_are_no_names_in_the_code() -> None:
    graph, roots, columns = gradient("exp + pow*rows^2 + ζ")
    assert run(compiled(graph, roots, columns), points(9, len(columns)), len(roots))


@pytest.mark.parametrize("text", ["besselj(0, x)", "gamma(x)", "avg(x, 1, 2)", "lgamma(x) + exp(x)"])
def test_what_has_no_code_is_refused(text: str) -> None:
    graph, roots, columns = gradient(text)
    assert compile_rows(graph, roots, columns) is None


def test_the_order_of_a_derivative_must_be_a_constant() -> None:
    graph = Graph()
    n, x = graph.variable("n"), graph.variable("x")
    root = graph.apply(BY_NAME["normpdf_derivative"], (n, x))
    assert compile_rows(graph, [root], [n, x]) is None


def test_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, roots, columns = gradient(FORMULAS[1])
    monkeypatch.setattr(compiled_system, "MOST_NODES", len(graph.reachable(roots)) - 1)
    assert compile_rows(graph, roots, columns) is None


def test_a_processor_that_cannot_multiply_and_add_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, roots, columns = gradient(FORMULAS[1])
    monkeypatch.setattr(compiled_system, "_has_fma", lambda: False)
    assert compile_rows(graph, roots, columns) is None
