"""What plots in terminals and in files have in common: ticks, names, what is told beside them.

Both draw in a unit square, so that ranges far from 0, tiny ones and huge ones are all alike.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from autodiff_cli.plots.breaks import Kind
from autodiff_cli.plots.curves import Curve, Mark, Point, seen
from autodiff_cli.views.numbers import rounded

# Beyond so many names in a row the rest is counted.
_MOST_TOLD = 5
_LONGEST_NAME = 48
# Curves whose heights differ by more than that have a picture each, where there is room.
_UNLIKE = 8.0

_PLURALS = {
    Kind.EDGE: "edges of the domain",
    Kind.GAP: "gaps",
    Kind.OSCILLATION: "oscillations",
    Kind.VERTICAL: "vertical tangents",
    Kind.BEND: "kinks of the derivative",
    Kind.TREMOR: "oscillations of the derivative",
    Kind.POINT: "single points",
}
_SINGULARS = {Kind.EDGE: "edge of the domain", Kind.POINT: "single point"}


class Window(NamedTuple):
    """A range of numbers that an axis shows."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Where a number is, from 0 to 1; nothing overflows on the way."""
        return (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)


class Tick(NamedTuple):
    """A place on an axis, from 0 to 1, and what is written there."""

    place: float
    label: str


class Names(NamedTuple):
    """What the function, its variables and the other variables with their values are called."""

    function: str
    variables: tuple[str, ...]
    fixed: str

    def curve(self, order: int) -> str:
        """The name of a curve: the function or a derivative."""
        if order == 0:
            return shortened(self.function)
        return f"d/d{self.variables[0]}" if order == 1 else f"d²/d{self.variables[0]}²"


def shortened(text: str, most: int = _LONGEST_NAME) -> str:
    """The beginning of a text that is too long, on one line."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= most else f"{text[: most - 3]}..."


def ticks(window: Window, most: int) -> list[Tick]:
    """Up to `most` ticks at round numbers.

    Steps are 1, 2 or 5 times a power of 10 (Heckbert, "Nice numbers for graph labels", Graphics Gems,
    1990). They are counted in decimals, so that labels are exact.
    """
    low, high = Decimal(window.low), Decimal(window.high)
    span = high - low
    exponent = span.adjusted() - 3
    for factor, power in ((f, exponent + shift) for shift in range(6) for f in (1, 2, 5)):
        step = Decimal(factor).scaleb(power)
        if span / step > 10 * most + 10:
            continue
        multiples = list(_multiples(step, low, high))
        if len(multiples) <= most:
            labels = _labels(multiples, step)
            places = (window.place(float(number)) for number in multiples)
            return [Tick(*pair) for pair in zip(places, labels, strict=True)]
    return []


def _multiples(step: Decimal, low: Decimal, high: Decimal) -> Iterator[Decimal]:
    number = (low // step - 1) * step
    while number <= high:
        if number >= low:
            yield number
        number += step


def _labels(numbers: Sequence[Decimal], step: Decimal) -> list[str]:
    """Decimal numbers, all with exponents or all without, as takes less room."""
    size = max(map(abs, numbers), default=step) or step
    is_long = size.adjusted() - step.adjusted() > 5 and size.adjusted() < 17
    is_plain = -4 <= size.adjusted() <= 6 and (is_long or step.adjusted() > -8)
    is_plain = is_plain or (is_long and step.adjusted() >= -4)
    return [_label(number, is_plain) for number in numbers]


def _label(number: Decimal, is_plain: bool) -> str:
    """A decimal number without trailing zeros."""
    number = number.normalize()
    if is_plain or not number:
        return f"{number:f}" if number else "0"
    sign, digits, _ = number.as_tuple()
    text = "".join(map(str, digits))
    mantissa = text[0] + (f".{text[1:]}" if len(text) > 1 else "")
    return f"{'-' if sign else ''}{mantissa}e{number.adjusted()}"


def fitting(window: Window, width: int) -> list[Tick]:
    """As many ticks as have room beside each other in so many columns."""
    for count in range(9, 0, -1):
        found = ticks(window, count)
        if sum(len(tick.label) + 3 for tick in found) <= width:
            return found
    return []


def clipped(points: Sequence[Point], low: float, high: float) -> list[list[Point]]:
    """The parts of a polyline between two heights, each with its ends on the edge."""
    found: list[list[Point]] = [[]]
    for before, after in pairwise(points):
        piece = _clipped_line(before, after, low, high)
        if piece is None:
            continue
        if found[-1] and found[-1][-1] != piece[0]:
            found.append([])
        if not found[-1]:
            found[-1].append(piece[0])
        found[-1].append(piece[1])
    return [part for part in found if part]


def _clipped_line(a: Point, b: Point, low: float, high: float) -> tuple[Point, Point] | None:
    if max(a[1], b[1]) < low or min(a[1], b[1]) > high:
        return None
    return _moved(a, b, low, high), _moved(b, a, low, high)


def _moved(point: Point, towards: Point, low: float, high: float) -> Point:
    """A point, or where the line from it to another enters between two heights."""
    x, y = point
    edge = min(max(y, low), high)
    if edge == y:
        return point
    share = (edge - y) / (towards[1] - y)
    return (x + share * (towards[0] - x), edge)


def in_square(points: Iterable[Point], across: Window, up: Window) -> list[Point]:
    """Points in the unit square; heights far outside are only just outside."""
    return [(across.place(x), min(max(up.place(y), -50.0), 50.0)) for x, y in points]


def told(marks: Sequence[Mark], variable: str) -> list[str]:
    """The breaks by kind: "kinks at x = 0, 1"."""
    lines: list[str] = []
    for kind in Kind:
        places = [rounded(mark.x, 6) for mark in marks if mark.kind is kind]
        if not places:
            continue
        several = _PLURALS.get(kind, f"{kind}s")
        name = several if len(places) > 1 else _SINGULARS.get(kind, str(kind))
        listed = ", ".join(places[:_MOST_TOLD])
        if len(places) > _MOST_TOLD:
            listed += f" and {len(places) - _MOST_TOLD} more"
        lines.append(f"{name} at {variable} = {listed}")
    return lines


def panels(curves: Sequence[Curve], height: Window | None, most: int) -> list[list[Curve]]:
    """The curves in groups that share a picture: all in one, or each by itself if too unlike.

    They are where one would be too small to be seen in the picture of all. There is room for `most`.
    """
    low, high = seen(curves)
    heights = [b / 2 - a / 2 for a, b in (curve.window for curve in curves)]
    least = min((h for h in heights if h > 0), default=0.0)
    if height is not None or most < len(curves) or not 0 < least * _UNLIKE < high / 2 - low / 2:
        return [list(curves)]
    return [[curve] for curve in curves]
