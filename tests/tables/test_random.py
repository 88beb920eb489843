"""Random points: the same for a seed, however they are cut, and distributed as they should be."""

from math import exp, pi, sqrt

import numpy as np
import pytest

from autodiff_cli.errors import UsageError
from autodiff_cli.tables.points import Sample
from autodiff_cli.tables.random import DISTRIBUTIONS, Distribution, distribution
from tests.cli.command import quick

COUNT = 200_000

# A distribution, its mean and its standard deviation.
MOMENTS = [
    ("uniform", (2.0, 5.0), 3.5, 3 / sqrt(12)),
    ("normal", (-1.0, 2.0), -1.0, 2.0),
    ("lognormal", (0.5, 0.25), exp(0.53125), exp(0.53125) * sqrt(exp(0.0625) - 1)),
    ("exponential", (4.0,), 0.25, 0.25),
    ("integers", (1.0, 6.0), 3.5, sqrt(35 / 12)),
]


def drawn(one: Distribution, count: int = COUNT, seed: int = 1) -> np.ndarray:
    return next(Sample({"x": one}, count, seed).blocks(count))["x"]


@pytest.mark.parametrize(("kind", "parameters", "mean", "deviation"), MOMENTS)
def test_moments(kind: str, parameters: tuple[float, ...], mean: float, deviation: float) -> None:
    """Within 5 standard errors of what they should be."""
    found = drawn(distribution(kind, parameters))
    assert found.dtype == np.float64
    assert abs(found.mean() - mean) < 5 * deviation / sqrt(COUNT)
    assert abs(found.std() - deviation) < 0.02 * deviation


def test_every_distribution_has_its_moments_tested() -> None:
    assert {kind for kind, *_ in MOMENTS} == set(DISTRIBUTIONS)


def test_whole_numbers_are_all_there_and_whole() -> None:
    found = drawn(distribution("integers", (1, 6)))
    assert sorted(set(found.tolist())) == [1, 2, 3, 4, 5, 6]
    assert drawn(distribution("integers", (3, 3)), 10).tolist() == [3] * 10


def test_a_deviation_of_0_is_a_number() -> None:
    assert drawn(distribution("normal", (2, 0)), 3).tolist() == [2] * 3


def test_the_same_seed_gives_the_same_points_however_they_are_cut() -> None:
    kinds = {kind: distribution(kind, parameters) for kind, parameters, _, _ in MOMENTS}
    whole = next(Sample(kinds, 1000, 7).blocks(1000))
    for size in (1, 7, 64, 999):
        blocks = list(Sample(kinds, 1000, 7).blocks(size))
        for kind in kinds:
            assert np.array_equal(np.concatenate([block[kind] for block in blocks]), whole[kind]), kind


def test_more_points_begin_with_the_same() -> None:
    one = distribution("normal", (0, 1))
    assert np.array_equal(drawn(one, 1000)[:10], drawn(one, 10))


def test_other_seeds_and_other_names_give_other_points() -> None:
    one = distribution("normal", (0, 1))
    assert not np.array_equal(drawn(one, 100, 1), drawn(one, 100, 2))
    both = next(Sample({"x": one, "y": one}, COUNT, 1).blocks(COUNT))
    assert abs(np.corrcoef(both["x"], both["y"])[0, 1]) < 5 / sqrt(COUNT)


@pytest.mark.parametrize(
    ("kind", "parameters", "part"),
    [
        ("uniform", (1, 1), "a < b"),
        ("uniform", (2, 1), "a < b"),
        ("uniform", (-1e308, 1e308), "a < b"),
        ("uniform", (0, float("inf")), "a < b"),
        ("normal", (0, -1), "sd >= 0"),
        ("normal", (0, float("nan")), "sd >= 0"),
        ("lognormal", (0, -1), "sd >= 0"),
        ("exponential", (0,), "rate > 0"),
        ("exponential", (-2,), "rate > 0"),
        ("integers", (0.5, 2), "whole"),
        ("integers", (2, 1), "whole"),
        ("integers", (0, 2**53), "whole"),
        ("normal", (1,), "2 numbers"),
        ("exponential", (1, 2), "1 number"),
        ("gauss", (0, 1), "no distribution gauss"),
    ],
)
def test_parameters_that_are_none(kind: str, parameters: tuple[float, ...], part: str) -> None:
    with pytest.raises(UsageError, match=part):
        distribution(kind, parameters)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (("--random", "x=0:1"), "--n is missing"),
        (("--n", "3"), "--n is for random points"),
        (("--seed", "3"), "--seed is for random points"),
        (("--random", "x", "--n", "3"), "is not name=distribution"),
        (("--random", "x=0:1,x=0:1", "--n", "3"), "given twice"),
        (("--random", "x=normal(0", "--n", "3"), "no distribution"),
        (("--random", "x=0:1:2", "--n", "3"), "no distribution"),
        (("--random", "x=normal()", "--n", "3"), "is empty"),
        (("--random", "x=normal(a,1)", "--n", "3"), "a is not a number"),
        (("--random", "x=nomal(0,1)", "--n", "3"), "did you mean normal"),
        (("--random", "z=0:1", "--n", "3"), "z"),
        (("--random", "x=0:1", "x=2", "--n", "3"), "x has a value, and is to vary too"),
        (("--random", "x=0:1", "--y", "0:1:3n", "--n", "3"), "y is a range"),
        (("--random", "x=0:1", "--n", "-3"), "--n"),
    ],
)
def test_what_is_no_random_point(options: tuple[str, ...], part: str) -> None:
    formula = "x*y" if "--y" in options else "x"
    ran = quick("batch", formula, *options)
    assert (ran.code, ran.out) == (2, "")
    assert part in ran.err


def test_parameters_are_constant_expressions() -> None:
    options = ("--random", "x = -pi : max(1, pi), y=normal(sqrt(4), 0)", "--n", "50", "--seed", "1")
    ran = quick("batch", "x*y", *options, "--only", "x,y")
    assert ran.code == 0, ran.err
    rows = [[float(cell) for cell in line.split(",")] for line in ran.out.splitlines()[1:]]
    assert len(rows) == 50
    assert all(-pi <= x <= pi and y == 2 for x, y in rows)


def test_a_seed_that_was_not_given_is_told_and_gives_the_same_again() -> None:
    options = ("batch", "x^2", "--random", "x=normal(0,1)", "--n", "5")
    ran = quick(*options)
    words = ran.err.split()
    seed = words[words.index("--seed") + 1]
    assert quick(*options, "--seed", seed).out == ran.out
    assert quick(*options).out != ran.out
