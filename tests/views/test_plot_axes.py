"""Ticks, and polylines that are cut off at the edges."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff_cli.views.plots.axes import Window, clipped, shortened, ticks


@pytest.mark.parametrize(
    ("window", "labels"),
    [
        ((-3, 3), ["-3", "-2", "-1", "0", "1", "2", "3"]),
        ((0, 1), ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        ((1e15, 1e15 + 10), [str(10**15 + k) for k in range(0, 11, 2)]),
        ((0, 1e-310), ["0", "2e-311", "4e-311", "6e-311", "8e-311"]),
        ((-1e308, 1e308), ["-1e308", "-5e307", "0", "5e307", "1e308"]),
        ((1, 1 + 1e-7), ["1", "1.00000002", "1.00000004", "1.00000006", "1.00000008", "1.0000001"]),
    ],
)
def test_ticks_are_round(window: tuple[float, float], labels: list[str]) -> None:
    assert [tick.label for tick in ticks(Window(*window), 7)] == labels


finite = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(finite, finite, st.integers(1, 12))
def test_ticks_are_where_they_say(a: float, b: float, most: int) -> None:
    window = Window(min(a, b), max(a, b))
    height = Decimal(window.high) - Decimal(window.low)
    if not window.low < window.high or window.high / 2 - window.low / 2 == 0:
        return
    found = ticks(window, most)
    assert len(found) <= most
    assert all(before.place <= after.place for before, after in pairwise(found))
    for tick in found:
        assert 0 <= tick.place <= 1
        exactly = (Decimal(tick.label) - Decimal(window.low)) / height
        step = Decimal(abs(window.high)).max(Decimal(abs(window.low))) * Decimal(2) ** -50
        assert abs(Decimal(tick.place) - exactly) <= Decimal("1e-12") + 4 * step / height


def test_polylines_end_at_the_edges() -> None:
    line = [(0.0, -1.0), (1.0, 1.0), (2.0, -1.0), (3.0, -2.0), (4.0, 0.5)]
    assert clipped(line, 0.0, 1.0) == [[(0.5, 0.0), (1.0, 1.0), (1.5, 0.0)], [(3.8, 0.0), (4.0, 0.5)]]
    assert clipped(line, 5.0, 6.0) == []
    assert clipped([(0.0, -9.0), (1.0, 9.0)], -1.0, 1.0) == [
        [(pytest.approx(4 / 9), -1.0), (pytest.approx(5 / 9), 1.0)]
    ]


def test_long_names_are_shortened() -> None:
    assert shortened("x + y") == "x + y"
    assert shortened("a" * 100).endswith("...")
    assert shortened("x\n+ \x1b[31m y") == "x + [31m y"
