"""The page's kernels have the numbers of the command line: over sample ranges, and at edges."""

import math
import random
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from javascript import decoded, encoded, javascript, ulps

from autodiff_cli.graph.operators import BY_NAME, OPERATORS, Operator

PROGRAM = """
const compute = ([name, xs]) => {
  try {
    return encoded(KERNELS[name](...xs.map(decoded)));
  } catch (error) {
    if (error instanceof NotKnownHere) return "";
    throw error;
  }
};
console.log(JSON.stringify(given.map(compute)));
"""

EDGES = (
    *(0.0, 5e-324, 1e-310, 1e-300, 1e-20, 1e-9, 0.1, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 30.5, 745.2),
    *(1e16, 9007199254740993.0, 1e300, 1.7976931348623157e308, math.inf),
)
ALL_EDGES = (*EDGES, *(-x for x in EDGES), math.nan)

# In IEEE arithmetic there is one answer.
EXACT = {"add", "sub", "mul", "div", "sqrt", "mod", "floordiv", "deg", "rad", "leaky_relu"} | {
    record.name for record in OPERATORS if record.rounding == 0
}
# Zeros of the second and higher derivatives may have another sign, which nobody asks for.
LAX_ZEROS = {record.name for record in OPERATORS if record.name.endswith("_derivative")}
# Here orders and arguments are left to the command line that take too long.
PARTIAL = {record.name for record in OPERATORS if record.name.startswith(("polygamma", "bessel"))}


class Case(NamedTuple):
    operator: Operator
    xs: tuple[float, ...]


def points(record: Operator, count: int, rng: random.Random) -> Iterator[tuple[float, ...]]:
    ranges = [*record.samples.values()] * (3 if record.variadic else 1)
    for _ in range(count):
        yield tuple(drawn(least, most, rng) for least, most in ranges)
    middle = tuple(drawn(least, most, rng) for least, most in ranges)
    for position in range(len(ranges)):
        for edge in ALL_EDGES:
            yield (*middle[:position], edge, *middle[position + 1 :])
    if len(ranges) > 1:
        for _ in range(count):
            yield tuple(rng.choice(ALL_EDGES) for _ in ranges)


def drawn(least: float, most: float, rng: random.Random) -> float:
    """Of the range, evenly or by magnitude."""
    if least == most or rng.random() < 0.5:
        return rng.uniform(least, most)
    largest = max(abs(least), abs(most))
    smallest = 1e-12 * largest if least <= 0 <= most else min(abs(least), abs(most))
    size = math.exp(rng.uniform(math.log(smallest), math.log(largest)))
    return min(max(size if rng.random() < 0.5 else -size, least), most)


def differences(count: int, seed: int) -> dict[str, list[tuple[Case, float, str]]]:
    """For each operator its cases, with how far the page is off and what it has."""
    rng = random.Random(seed)
    cases = [Case(record, xs) for record in OPERATORS for xs in points(record, count, rng)]
    given = [(case.operator.name, list(map(encoded, case.xs))) for case in cases]
    found: dict[str, list[tuple[Case, float, str]]] = {}
    for case, text in zip(cases, javascript(PROGRAM, given), strict=True):
        expected = case.operator.floats(*case.xs)
        off = ulps(expected, decoded(text)) if text else math.inf
        found.setdefault(case.operator.name, []).append((case, off, text))
    return found


def wrong(name: str, found: list[tuple[Case, float, str]]) -> list[object]:
    """The cases in which an operator of the page is off by more than it may."""
    allowed = 0 if name in EXACT else 2
    return [
        (case.xs, case.operator.floats(*case.xs), decoded(text) if text else "left out")
        for case, off, text in found
        if off > allowed
        and not (not text and name in PARTIAL)
        and not (text and name in LAX_ZEROS and decoded(text) == case.operator.floats(*case.xs) == 0.0)
    ]


def test_kernels_have_the_command_lines_numbers() -> None:
    found = differences(4, seed=5)
    assert {name: off for name, cases in found.items() if (off := wrong(name, cases))} == {}


@pytest.mark.slow
def test_so_it_is_over_many_points() -> None:
    """Within two units in the last place everywhere, and mostly the same number."""
    found = differences(300, seed=6)
    assert {name: off for name, cases in found.items() if (off := wrong(name, cases))} == {}
    offs = [off for cases in found.values() for _, off, text in cases if text]
    assert sum(off == 0 for off in offs) > 0.998 * len(offs)


def test_every_operator_has_a_kernel() -> None:
    names = javascript("console.log(JSON.stringify(Object.keys(KERNELS)));", None)
    assert sorted(names) == sorted(record.name for record in OPERATORS)


def test_what_takes_too_long_is_left_out_and_not_made_up() -> None:
    given = [
        ("polygamma", list(map(encoded, (1e4, 1.5)))),
        ("besselj", list(map(encoded, (2600.0, 5100.0)))),
    ]
    assert javascript(PROGRAM, given) == ["", ""]
    assert math.isfinite(BY_NAME["besselj"].floats(2600.0, 5100.0))
