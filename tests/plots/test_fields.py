"""Heights over a rectangle: values, gradients, and gaps where the function jumps."""

from math import hypot, isfinite, isnan

import pytest

from autodiff_cli.errors import MathError
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse
from autodiff_cli.plots.fields import Field, Plane, arrows, field, longest, middles, spread


def plane_of(formula: str) -> Plane:
    lowered = lower(parse(formula))
    for name in "xy":
        lowered.graph.variable(name)
    return Plane(lowered, {"x": 0.0, "y": 0.0}, "", ("x", "y"))


def taken(formula: str, size: float = 2.0, count: int = 21) -> Field:
    ends = (-size, size)
    return field(plane_of(formula), ends, ends, count, count)


def test_values_and_gradients() -> None:
    found = taken("x^2*y")
    assert [spot.x for spot in found.rows[0]] == spread((-2, 2), 21)
    assert [row[0].y for row in found.rows] == spread((-2, 2), 21)
    for row in found.rows:
        for spot in row:
            assert spot.value == spot.x**2 * spot.y
            assert spot.slopes == (2 * spot.x * spot.y, spot.x**2)
    assert found.window == (-8.0, 8.0)
    assert not found.gaps


def test_no_gradient_where_there_is_no_value() -> None:
    """As of log(x) left of 0, where its derivative's formula 1/x has values."""
    for row in taken("log(x)*y").rows:
        assert all(isnan(slope) == isnan(spot.value) for spot in row for slope in spot.slopes if spot.x)


@pytest.mark.parametrize(
    "formula", ["1/(x - y + 0.01)", "floor(x + y + 0.03)", "atan(1/(x + 0.01))", "x > y + 0.01 ? 1 : 0"]
)
def test_jumps_and_poles_are_gaps(formula: str) -> None:
    """Between neighbours that no gap keeps apart, halving the way halves the difference."""
    plane, found = plane_of(formula), taken(formula)
    assert found.gaps
    low, high = found.window
    for j, row in enumerate(found.rows):
        for i in range(len(row) - 1):
            if (i, min(j, 19)) in found.gaps or (i, max(j - 1, 0)) in found.gaps:
                continue
            a, b = row[i], row[i + 1]
            middle = plane((a.x + b.x) / 2, a.y).value
            seen = [min(max(v, low), high) for v in (a.value, middle, b.value)]
            assert abs(seen[1] - (seen[0] + seen[2]) / 2) < 0.2 * (high - low)


@pytest.mark.parametrize(
    "formula", ["abs(x) + y", "max(x, y)", "x*y", "1/(x^2 + y^2 + 1)", "hypot(x, y)"]
)
def test_what_is_continuous_has_no_gaps(formula: str) -> None:
    assert not taken(formula).gaps


def test_a_pole_does_not_squash_the_heights() -> None:
    low, high = taken("1/(x - y + 0.01)").window
    assert -20 < low < high < 20


def test_where_there_is_nothing_to_draw() -> None:
    with pytest.raises(MathError, match="nothing to draw"):
        taken("sqrt(-1 - x^2)")


def test_outside_the_domain_there_is_no_value() -> None:
    found = taken("sqrt(1 - x^2 - y^2)")
    for row in found.rows:
        for spot in row:
            assert isfinite(spot.value) == (spot.x**2 + spot.y**2 <= 1)


def test_arrows_are_gradients() -> None:
    plane = plane_of("x^2 - y")
    found = arrows(plane, (0.0, 1.0), (0.0, 1.0), 4, 2)
    assert [(a.x, a.y) for a in found] == [
        (x, y) for y in middles((0, 1), 2) for x in middles((0, 1), 4)
    ]
    assert all(a.slopes == (2 * a.x, -1.0) and a.length == hypot(2 * a.x, 1.0) for a in found)
    assert longest(found) == hypot(2 * 0.875, 1.0)
    assert longest([]) == 0.0


def test_large_formulas_get_fewer_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autodiff_cli.plots.fields._MOST_OPERATIONS", 3000)
    found = taken("x*y", count=161)
    assert len(found.rows) < 30
    assert found.notes
