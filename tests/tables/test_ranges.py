"""Ranges: how many points, where they are, what is refused."""

import itertools
from fractions import Fraction
from math import isfinite, ulp
from pathlib import Path

import numpy as np
import pytest
from command import quick
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autodiff_cli.errors import UsageError
from autodiff_cli.tables.points import Grid
from autodiff_cli.tables.ranges import Range, in_steps, of_points

FINITE = st.floats(-1e300, 1e300, allow_nan=False)
COUNTS = st.integers(2, 1000)


def points(one: Range) -> list[float]:
    return one.at(np.arange(one.size)).tolist()


@pytest.mark.parametrize(
    ("start", "stop", "step", "count", "last"),
    [
        (0, 1, 0.1, 11, 1.0),
        (0, 0.3, 0.1, 4, 0.3),
        (0, 1, 0.3, 4, 0.9),
        (1, 0, -0.25, 5, 0.0),
        (0.1, 0.7, 0.2, 4, 0.7),
        (5, 5, 1, 1, 5.0),
        (5, 5, -1, 1, 5.0),
        (0, 1, 2, 1, 0.0),
        (-1, 1, 1e-3, 2001, 1.0),
        (1e16, 1e16 + 8, 2, 5, 1e16 + 8),
        (0, 1e6, 0.1, 10_000_001, 1e6),
        (100_000.1, 100_000.5, 0.1, 5, 100_000.5),
        (-1e15, -1e15 + 0.5, 0.125, 5, -1e15 + 0.5),
    ],
)
def test_the_stop_is_there_where_whole_steps_reach_it(
    start: float, stop: float, step: float, count: int, last: float
) -> None:
    found = in_steps(start, stop, step)
    assert found.size == count
    assert float(found.at(np.array([count - 1]))[0]) == pytest.approx(last, rel=1e-15, abs=1e-15)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), COUNTS, st.booleans())
def test_steps_are_counted_as_they_are_meant(
    start: float, step: float, count: int, is_down: bool
) -> None:
    """A stop computed from whole steps is the last point; one half a step short of it is not."""
    step = -step if is_down else step
    assume(abs(step) > 1e-6 * abs(start))
    assert in_steps(start, start + (count - 1) * step, step).size == count
    assert in_steps(start, start + (count - 1.5) * step, step).size == count - 1


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3), st.integers(1, 200))
@settings(max_examples=50)
def test_points_are_start_and_whole_steps(start: float, step: float, count: int) -> None:
    """Each is rounded by itself: the product, then the sum."""
    found = points(in_steps(start, start + (count - 0.5) * step, step))
    for i, number in enumerate(found):
        exact = Fraction(start) + i * Fraction(step)
        assert abs(Fraction(number) - exact) <= Fraction(ulp(i * step) + ulp(number))


@given(FINITE, FINITE, COUNTS)
def test_so_many_points_have_exact_ends_and_an_order(start: float, stop: float, count: int) -> None:
    found = points(of_points(start, stop, count))
    assert len(found) == count
    assert (found[0], found[-1]) == (start, stop)
    assert all(map(isfinite, found))
    low, high = min(start, stop), max(start, stop)
    assert all(low <= number <= high for number in found)
    if high - low > 8 * count * ulp(max(high, -low)):
        pairs = itertools.pairwise(found if start <= stop else found[::-1])
        assert all(a < b for a, b in pairs)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.integers(2, 200))
@settings(max_examples=50)
def test_so_many_points_are_even(start: float, stop: float, count: int) -> None:
    size = ulp(max(abs(start), abs(stop)))
    for i, number in enumerate(points(of_points(start, stop, count))):
        exact = Fraction(start) + (Fraction(stop) - Fraction(start)) * i / (count - 1)
        assert abs(Fraction(number) - exact) <= 4 * Fraction(size)


def test_a_range_of_one_number() -> None:
    assert points(of_points(2.5, 2.5, 1)) == [2.5]
    assert points(of_points(2.5, 2.5, 3)) == [2.5] * 3
    assert points(of_points(3.0, 3.0, 15)) == [3.0] * 15


def test_decimals_are_those_that_people_write() -> None:
    assert points(of_points(0.0, 1.0, 11)) == [i / 10 for i in range(11)]
    assert points(of_points(-1.0, 1.0, 11)) == [i / 5 for i in range(-5, 6)]


def test_ranges_are_symmetric() -> None:
    """The middle of -1:1 is 0, and points come in pairs."""
    found = points(of_points(-1, 1, 11))
    assert found[5] == 0
    assert found == [-number for number in reversed(found)]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("0:1:0", "the step is 0"),
        ("0:1:-0.1", "do not lead from 0 to 1"),
        ("1:0:0.1", "do not lead from 1 to 0"),
        ("0:inf:1", "has no inf"),
        ("nan:1:1", "has no nan"),
        ("0:1:1e-300", "too many steps"),
        ("-1e308:1e308:1e300", "too many steps"),
        ("0:1:0n", "no number of points"),
        ("0:1:-3n", "no number of points"),
        ("0:1:2.5n", "no number of points"),
        ("0:1:1n", "both ends"),
        ("0:1:1e300n", "no number of points"),
        ("0:1", "is no range"),
        ("0:1:2:3", "is no range"),
        ("0::1", "is empty"),
        ("0:1:n", "is empty"),
        ("0:a:1", "a is not a number"),
        (":", "is no range"),
        ("0:1:", "is empty"),
    ],
)
def test_what_is_no_range(text: str, part: str) -> None:
    ran = quick("batch", "x", f"x={text}")
    assert (ran.code, ran.out) == (2, "")
    assert part in ran.err


def test_parts_are_constant_expressions() -> None:
    ran = quick("batch", "x", "--x", "-pi/2 : pi/2 : 3n", "--only", "x")
    assert ran.out == "x\n-1.5707963267948966\n0.0\n1.5707963267948966\n", ran.err


def test_a_choice_is_no_range() -> None:
    assert quick("batch", "x*y", "--x", "1 < 2 ? 3 : 4", "--y", "0:1:1").out.splitlines()[1:] == [
        "0.0,0.0,0.0,3.0",
        "1.0,3.0,1.0,3.0",
    ]


def test_a_grid_is_every_combination_however_it_is_cut() -> None:
    grid = Grid(
        {"x": in_steps(0.0, 2.0, 1.0), "y": of_points(0.0, 1.0, 2), "z": in_steps(5.0, 6.0, 0.5)}
    )
    assert (grid.names, grid.count) == (["x", "y", "z"], 18)
    expected = list(itertools.product([0, 1, 2], [0, 1], [5, 5.5, 6]))
    for size in (1, 2, 5, 18, 100):
        blocks = list(grid.blocks(size))
        assert [len(block["x"]) for block in blocks[:-1]] == [size] * (len(blocks) - 1)
        rows = [row for b in blocks for row in zip(*map(np.ndarray.tolist, b.values()), strict=True)]
        assert rows == expected
        assert all(column.dtype == np.float64 for block in blocks for column in block.values())


def test_a_grid_of_any_size_costs_no_memory() -> None:
    grid = Grid({name: of_points(0, 1, 10**5) for name in "xyz"})
    assert grid.count == 10**15
    first = next(grid.blocks(4))
    assert first["z"].tolist() == pytest.approx([0, 1e-5, 2e-5, 3e-5], rel=1e-4)
    assert first["x"].tolist() == [0] * 4


def test_grids_beyond_all_counting_are_refused() -> None:
    ranges = [f"{name}=0:1:1000000000n" for name in "abc"]
    ran = quick("batch", "a*b*c", *ranges)
    assert (ran.code, ran.out) == (2, "")
    assert "points" in ran.err


def test_a_range_wins_over_a_file_of_values(tmp_path: Path) -> None:
    params = tmp_path / "values.json"
    params.write_text('{"x": 7, "y": 5}')
    ran = quick("batch", "x*y", "--x", "0:1:1", "--params", str(params), "--only", "x,value")
    assert (ran.code, ran.out, ran.err) == (0, "x,value\n0.0,0.0\n1.0,5.0\n", "")


def test_errors_name_the_range() -> None:
    with pytest.raises(UsageError, match="the step is 0"):
        in_steps(0, 1, 0)
    assert "the range of x cannot be read: the step is 0" in quick("batch", "x", "--x", "0:1:0").err
