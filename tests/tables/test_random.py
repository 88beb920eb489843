"""Random points: reproducible, independent of how they are cut, of the right distribution."""

import math

import numpy as np
import pytest

from autodiff_cli.errors import UsageError
from autodiff_cli.tables.points import Sample
from autodiff_cli.tables.random import DISTRIBUTIONS, distribution

# Parameters, mean and standard deviation of one of each kind.
CASES = {
    "uniform": ((-1.0, 3.0), 1.0, 4 / math.sqrt(12)),
    "normal": ((2.0, 0.5), 2.0, 0.5),
    "lognormal": ((0.1, 0.4), math.exp(0.18), math.exp(0.18) * math.sqrt(math.exp(0.16) - 1)),
    "exponential": ((4.0,), 0.25, 0.25),
    "integers": ((1.0, 6.0), 3.5, math.sqrt(35 / 12)),
}
_ALL = {name: distribution(name, case[0]) for name, case in CASES.items()}


def drawn(count: int, seed: int, size: int = 10**6) -> dict[str, list[float]]:
    blocks = list(Sample(_ALL, count, seed).blocks(size))
    return {name: np.concatenate([block[name] for block in blocks]).tolist() for name in _ALL}


def test_every_kind_is_tested() -> None:
    assert CASES.keys() == DISTRIBUTIONS.keys()


@pytest.mark.parametrize("name", CASES)
def test_moments(name: str) -> None:
    _, mean, deviation = CASES[name]
    count = 100_000
    values = np.array(drawn(count, seed=1)[name])
    assert values.dtype == np.float64
    # Five standard errors; that of the deviation is larger where tails are heavy.
    assert abs(values.mean() - mean) < 5 * deviation / math.sqrt(count)
    assert abs(values.std() - deviation) < 0.02 * deviation


def test_bounds() -> None:
    found = drawn(10_000, seed=2)
    assert all(-1 <= value < 3 for value in found["uniform"])
    assert set(found["integers"]) == {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}
    assert min(found["exponential"]) >= 0
    assert min(found["lognormal"]) > 0


@pytest.mark.parametrize("size", [1, 7, 100, 333])
def test_the_same_however_they_are_cut(size: int) -> None:
    assert drawn(333, seed=3, size=size) == drawn(333, seed=3)


def test_more_points_begin_with_the_same() -> None:
    few, many = drawn(10, seed=4), drawn(1000, seed=4)
    assert all(many[name][:10] == few[name] for name in _ALL)


def test_seeds_and_names_give_streams_of_their_own() -> None:
    assert drawn(10, seed=5) != drawn(10, seed=6)
    twins = Sample({"x": _ALL["uniform"], "y": _ALL["uniform"]}, 10_000, 7)
    block = next(twins.blocks(10_000))
    assert abs(np.corrcoef(block["x"], block["y"])[0, 1]) < 0.05


def test_no_points() -> None:
    assert list(Sample(_ALL, 0, 1).blocks(10)) == []


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("normal", (0.0, -1.0)),
        ("normal", (0.0,)),
        ("normal", (0.0, math.nan)),
        ("uniform", (1.0, 1.0)),
        ("uniform", (2.0, 1.0)),
        ("uniform", (-1e308, 1e308)),
        ("exponential", (0.0,)),
        ("integers", (0.5, 2.0)),
        ("integers", (3.0, 2.0)),
        ("integers", (0.0, 2.0**53)),
        ("integers", (0.0, math.inf)),
        ("gamma", (1.0,)),
    ],
)
def test_parameters_that_are_none(kind: str, parameters: tuple[float, ...]) -> None:
    with pytest.raises(UsageError):
        distribution(kind, parameters)


def test_a_name_that_is_nearly_one() -> None:
    with pytest.raises(UsageError) as raised:
        distribution("norml", (0.0, 1.0))
    assert raised.value.hint == "did you mean normal?"
