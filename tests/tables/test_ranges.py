"""Ranges and grids: how many points there are, and where."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff_cli.errors import UsageError
from autodiff_cli.tables.made import Made
from autodiff_cli.tables.points import Grid
from autodiff_cli.tables.ranges import Range, in_steps, of_points


def points(one: Range) -> list[float]:
    return one.at(np.arange(one.size)).tolist()


@pytest.mark.parametrize(
    ("start", "stop", "step", "size"),
    [
        (0, 1, 0.1, 11),
        (0, 1, 0.3, 4),
        (1, 0, -0.1, 11),
        (-1, 1, 0.2, 11),
        (0.1, 0.7, 0.1, 7),
        (0, 3, 1e-3, 3001),
        (0, 1, 1e-6, 1_000_001),
        (5, 5, 1, 1),
        (5, 5, -1, 1),
        (0, 1, 2, 1),
        (1e9, 1e9 + 1, 0.1, 11),
        (0, 1, 1 / 3, 4),
        (0, 100, 0.7, 143),
    ],
)
def test_how_many_steps_there_are(start: float, stop: float, step: float, size: int) -> None:
    one = in_steps(start, stop, step)
    assert one.size == size
    found = points(one)
    assert found[0] == start
    assert len(found) == size
    last = abs(found[-1] - stop)
    assert last < abs(step)


@given(
    st.integers(-1000, 1000),
    st.integers(0, 3000),
    st.integers(1, 1000),
    st.sampled_from([1, 10, 100, 1000]),
    st.sampled_from([1, -1]),
)
def test_decimal_ranges_have_the_points_that_they_say(
    start: int, steps: int, step: int, scale: int, sign: int
) -> None:
    """What the decimals say, not what their float64 do: the end is met where it is meant to be."""
    step *= sign
    stop = start + steps * step
    one = in_steps(start / scale, stop / scale, step / scale)
    assert one.size == steps + 1
    # A step short of one more: not met.
    short = in_steps(start / scale, (stop + step / 2) / scale, step / scale)
    assert short.size == steps + 1
    for i, found in enumerate(points(one)[:50]):
        exact = Fraction(start / scale) + i * Fraction(step / scale)
        unit = Fraction(math.ulp(max(abs(start / scale), abs(i * step / scale), abs(found))))
        assert abs(Fraction(found) - exact) <= unit


@given(
    st.floats(-1e6, 1e6),
    st.floats(-1e6, 1e6),
    st.integers(2, 300),
)
def test_so_many_points_with_both_ends(start: float, stop: float, size: int) -> None:
    one = of_points(start, stop, size)
    found = points(one)
    assert len(found) == one.size == size
    assert (found[0], found[-1]) == (start, stop)
    pairs = list(pairwise(found))
    assert all(a <= b for a, b in pairs) or all(a >= b for a, b in pairs)
    for i, point in enumerate(found):
        exact = Fraction(start) + (Fraction(stop) - Fraction(start)) * i / (size - 1)
        # The width, the place in it and their product and sum are rounded.
        assert abs(Fraction(point) - exact) <= 3 * Fraction(math.ulp(max(abs(start), abs(stop), 1e-300)))


def test_a_range_that_overflows_in_between() -> None:
    found = points(of_points(-1.7e308, 1.7e308, 3))
    assert found == [-1.7e308, 0.0, 1.7e308]


@pytest.mark.parametrize(
    ("start", "stop", "step"),
    [
        (0, 1, 0),
        (0, 1, -1),
        (1, 0, 1),
        (0, math.inf, 1),
        (math.nan, 1, 1),
        (0, 1, 1e-300),
        (0, 1e300, 1),
    ],
)
def test_steps_that_lead_nowhere(start: float, stop: float, step: float) -> None:
    with pytest.raises(UsageError):
        in_steps(start, stop, step)


@pytest.mark.parametrize("count", [0, -1, 1.5, math.nan, math.inf, 1e300, 1])
def test_counts_that_are_none(count: float) -> None:
    with pytest.raises(UsageError):
        of_points(0, 1, count)


def test_one_point_at_both_ends() -> None:
    assert points(of_points(2, 2, 1)) == [2.0]
    assert points(of_points(2, 2, 3)) == [2.0, 2.0, 2.0]


@pytest.mark.parametrize("size", [1, 2, 5, 7, 100])
def test_a_grid_varies_the_last_fastest_however_it_is_cut(size: int) -> None:
    grid = Grid({"x": in_steps(0, 2, 1), "y": of_points(0, 1, 2), "z": of_points(5, 7, 3)})
    assert (grid.names, grid.count) == (["x", "y", "z"], 18)
    blocks = list(grid.blocks(size))
    assert all(len(block["x"]) <= size for block in blocks)
    found = [row for block in blocks for row in zip(*block.values(), strict=True)]
    assert found == [(x, y, z) for x in (0, 1, 2) for y in (0, 1) for z in (5, 6, 7)]


def test_a_huge_grid_is_only_counted() -> None:
    grid = Grid({name: of_points(0, 1, 10**6) for name in "xyz"})
    assert grid.count == 10**18
    assert next(grid.blocks(3))["z"].tolist() == [0.0, 1 / 999_999, 2 / 999_999]


def test_a_table_of_points() -> None:
    made = Made(Grid({"x": in_steps(0, 1, 0.5)}))
    assert (made.columns, made.size) == (["x"], 3)
    blocks = list(made.blocks())
    assert [(block.first, block.frame["x"].to_list()) for block in blocks] == [(1, [0.0, 0.5, 1.0])]
    assert made.position == 3
