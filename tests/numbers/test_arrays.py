"""Kernels on arrays are those on floats, within 2 units in the last place."""

import math
import random
from collections.abc import Sequence
from itertools import product
from math import inf, isfinite, isnan, nan, nextafter, ulp
from typing import Any

import numpy as np
import pytest

from autodiff_cli.graph.arena import evaluate, last_uses
from autodiff_cli.graph.array_system import ARRAYS
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.operators import BY_NAME, OPERATORS, Operator
from autodiff_cli.language.parser import parse
from autodiff_cli.numbers.arrays import KERNELS

SPECIAL = [0.0, 1.0, 0.5, 5e-324, 1e-310, 1e-300, 1e300, 1.7e308, inf, 2.0**53, 1.5, 2.5, 2.0, 3.0]
SPECIAL += [6.0, 30.0, 40.0, 0.01, 710.0, 746.0, nextafter(1, 0), nextafter(1, 2), 5e5]
SPECIAL += [nan, *(-x for x in SPECIAL)]
VECTORISED = [operator for operator in OPERATORS if operator.name in KERNELS]


def count_of(operator: Operator) -> int:
    return 3 if operator.variadic else len(operator.parameters)


def drawn(operator: Operator, count: int) -> list[list[float]]:
    """Columns of points in the samples of an operator, many of them near its ends and near 0."""
    draw = random.Random(operator.name)
    columns: list[list[float]] = []
    for position in range(count_of(operator)):
        parameter = operator.parameters[0 if operator.variadic else position].removesuffix("...")
        low, high = operator.samples.get(parameter, (-10.0, 10.0))
        columns.append([_one(draw, low, high) for _ in range(count)])
    return columns


def _one(draw: random.Random, low: float, high: float) -> float:
    end = draw.choice([low, high])
    if draw.random() < 0.5 or end == 0:
        return draw.uniform(low, high)
    size = 10.0 ** draw.uniform(-15 if low < 0 < high else math.log10(max(abs(low), 1e-300)), 0)
    return min(max(end * size if low < 0 < high else end * size ** draw.choice([0.01, 1]), low), high)


def special(operator: Operator) -> list[list[float]]:
    """Every combination of special values, of the first two arguments."""
    count = count_of(operator)
    rows = list(product(SPECIAL, repeat=min(count, 2)))
    return [[row[i] if i < len(row) else 0.5 for row in rows] for i in range(count)]


def check(operator: Operator, columns: Sequence[Sequence[float]]) -> None:
    arrays = [np.array(column) for column in columns]
    kept = [array.copy() for array in arrays]
    with np.errstate(all="ignore"):
        found: Any = ARRAYS.kernels[operator](*arrays)
    assert found.dtype == np.float64
    for array, before in zip(arrays, kept, strict=True):
        assert np.array_equal(array, before, equal_nan=True), "an argument was written to"
        assert not np.shares_memory(array, found)
    for mine, *row in zip(found.tolist(), *columns, strict=True):
        theirs = operator.floats(*row)
        if isnan(theirs) or not isfinite(theirs):
            assert mine == theirs or (isnan(mine) and isnan(theirs)), (operator, row, mine, theirs)
        else:
            assert abs(mine - theirs) <= 2 * ulp(theirs), (operator, row, mine, theirs)
        if theirs == 0 and not operator.variadic:
            assert math.copysign(1, mine) == math.copysign(1, theirs), (operator, row)


@pytest.mark.parametrize("operator", VECTORISED, ids=lambda o: o.name)
def test_special_values(operator: Operator) -> None:
    check(operator, special(operator))


@pytest.mark.parametrize("operator", VECTORISED, ids=lambda o: o.name)
def test_points_in_the_samples(operator: Operator) -> None:
    check(operator, drawn(operator, 300))


@pytest.mark.slow
@pytest.mark.parametrize("operator", VECTORISED, ids=lambda o: o.name)
def test_many_points_in_the_samples(operator: Operator) -> None:
    check(operator, drawn(operator, 10_000))


@pytest.mark.parametrize("operator", [o for o in VECTORISED if count_of(o) > 1], ids=lambda o: o.name)
def test_floats_beside_arrays(operator: Operator) -> None:
    """An argument that is the same in all rows may come as a float."""
    count = count_of(operator)
    for position in range(count):
        arguments: list[Any] = [1.0] * count
        arguments[position] = np.array([0.25, -3.0, nan])
        with np.errstate(all="ignore"):
            found = ARRAYS.kernels[operator](*arguments)
        for row in range(3):
            point = [a if isinstance(a, float) else float(a[row]) for a in arguments]
            theirs = operator.floats(*point)
            mine = float(found[row])
            assert (
                mine == theirs
                or (isnan(mine) and isnan(theirs))
                or abs(mine - theirs) <= 2 * ulp(theirs)
            )


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("name", ["max", "min", "avg", "count"])
def test_any_number_of_operands(name: str, count: int) -> None:
    columns = [np.array([3.0 - i, -1.0 * i, 2.0]) for i in range(count)]
    found = ARRAYS.kernels[BY_NAME[name]](*columns)
    theirs = [BY_NAME[name].floats(*[float(c[row]) for c in columns]) for row in range(3)]
    assert found.tolist() == theirs


def test_operators_without_a_kernel_are_computed_one_by_one() -> None:
    operator = BY_NAME["besselj"]
    found = ARRAYS.kernels[operator](0.0, np.array([1.0, 2.0]))
    assert found.tolist() == [operator.floats(0.0, 1.0), operator.floats(0.0, 2.0)]


def test_dead_values_are_dropped() -> None:
    made = lower(parse("exp(x)*sin(x) + x"))
    nodes = made.graph.reachable([made.output])
    spent = last_uses(made.graph, nodes, [made.output])
    point = {made.graph.variables["x"]: np.array([1.0, 2.0])}
    values = evaluate(made.graph, nodes, point, ARRAYS, last_uses=spent)
    kept = evaluate(made.graph, nodes, point, ARRAYS)
    assert np.array_equal(values[made.output], kept[made.output])
    alive = [node for node in nodes if isinstance(values[node], np.ndarray)]
    assert alive == [made.graph.variables["x"], made.output]
