"""The curves of a function and its derivatives over a range, as data that only has to be drawn.

Breaks are found first, and curves are never joined across one. Between them points are added where a
curve is not straight, the worst place first (adaptive sampling as in de Figueiredo, "Adaptive sampling
of parametric curves", Graphics Gems V, 1995): in each interval a probe off the middle tells how far
the curve is from its chord.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise
from math import isfinite, isinf, isnan, nan, ulp
from sys import float_info
from typing import NamedTuple

from autodiff_cli.errors import MathError
from autodiff_cli.plots.breaks import (
    Break,
    Kind,
    Pair,
    Place,
    Sides,
    changes,
    look,
    merged,
    steepest,
    touches,
)
from autodiff_cli.plots.lines import Line, Sample

# How many breaks are told at most, and how many steep places are looked at.
MOST_BREAKS = 200
_MOST_STEEP = 20
_MOST_BETWEEN = 10
# Samples, as a multiple of those that were asked for, and operations in all of them.
_MOST_SAMPLES = 20
_MOST_OPERATIONS = 6_000_000
# How far from its chord a curve may be, in heights of the window; the probe then quarters that.
_FLATNESS = 0.003
_STRAIGHT = 0.0002
_STEEP = 0.05
# What varies less, relatively, is not looked at more closely.
_FLAT = 1e-12
# The narrowest interval that is divided, in widths of the range.
_NARROWEST = 2.0**-15
_NEAREST_BREAKS = 2.0**-26

# Breaks of derivatives alone.
_CONTINUOUS = frozenset({Kind.KINK, Kind.VERTICAL, Kind.BEND, Kind.TREMOR})

Point = tuple[float, float]


class Circle(NamedTuple):
    """The end of a curve at a break, filled where the function has this value there."""

    x: float
    y: float
    is_filled: bool


class Curve(NamedTuple):
    """The function (order 0) or a derivative: pieces to be drawn each without a gap.

    `asymptotes` are where it is infinite; `window` is what has to be seen of it, from below to above.
    """

    order: int
    segments: list[list[Point]]
    circles: list[Circle]
    asymptotes: list[float]
    window: tuple[float, float]


class Mark(NamedTuple):
    """A break, with what the function and the derivatives that are drawn do there."""

    x: float
    kind: Kind
    sides: tuple[Sides, ...]


class Picture(NamedTuple):
    """Curves over a range, and their breaks in order; `notes` say what is left out."""

    low: float
    high: float
    curves: list[Curve]
    marks: list[Mark]
    notes: list[str]


def picture(line: Line, low: float, high: float, order: int, points: int) -> Picture:
    """The curves of a function and of its derivatives up to an order, sampled at `points` or more.

    Raises MathError where there is nothing to draw.
    """
    sampling = _Sampling(line, low, high, order, points)
    sampling.find_breaks()
    sampling.refine()
    sampling.find_breaks()
    sampling.look_at_steep_places()
    sampling.note_overflow()
    curves = [sampling.curve(number) for number in range(order + 1)]
    if not curves[0].segments and not curves[0].circles:
        raise MathError(
            "there is nothing to draw: the formula has no finite value in the range",
            hint="another range may be in its domain",
        )
    marks = [Mark(b.x, b.kind, b.sides[: max(order, 1) + 1]) for b in sampling.breaks if b.kind]
    return Picture(low, high, curves, marks, sampling.notes)


class _Sampling:
    """Samples and breaks of a line in a range, which both become more."""

    def __init__(self, line: Line, low: float, high: float, order: int, points: int) -> None:
        self._line, self._low, self._high, self._order = line, low, high, order
        self._span = high - low
        affordable = _MOST_OPERATIONS // line.cost
        self._first = max(8, min(points, affordable // 4))
        self._most = min(_MOST_SAMPLES * self._first, affordable // 2)
        self._most_breaks = max(4, min(MOST_BREAKS, affordable // 20))
        self._most_steep = min(_MOST_STEEP, affordable // 200)
        self.notes: list[str] = []
        if self._first < points:
            self.notes.append(f"only {self._first} points were taken at first: more would take too long")
        fractions = [i / (self._first - 1) for i in range(self._first)]
        self._grid = sorted({low * (1 - t) + high * t for t in fractions} | {low, high})
        self._grid = [x for x in self._grid if low <= x <= high]
        self._xs = self._grid
        self._steep: list[Pair] = []
        self._places: list[Place] = []
        self._cut: list[Pair] = []
        self._all: list[Break] = []
        self.breaks: list[Break] = []

    # -- Breaks

    def find_breaks(self) -> None:
        """Look for places where the state changes or a difference touches 0, and tell them apart."""
        is_first = not self._places
        xs = [_beyond(self._low, -1.0), *self._xs, _beyond(self._high, 1.0)]
        known = [place.x for place in self._places]
        found: list[Place] = []
        pairs = [pair for pair in pairwise(xs) if not self._is_known(pair, known)]
        found, cut = changes(self._line, pairs, self._most_breaks - len(known), _MOST_BETWEEN)
        self._cut += cut
        if is_first:
            found += touches(self._line, self._xs, self._most_breaks)
        self._take(found, is_known=True)
        if cut:
            self._note("there are more breaks than are marked: the curves have gaps there")

    def _is_known(self, pair: Pair, known: Sequence[float]) -> bool:
        """Whether there is a known place between two points."""
        return bisect_left(known, pair[0]) < bisect_right(known, pair[1])

    def _take(self, places: Iterable[Place], is_known: bool) -> None:
        """Look at both sides of places that are new."""
        new = list(places)
        if not new:
            return
        self._places = merged([*self._places, *new], self._span * _NEAREST_BREAKS)
        old = {(b.x, is_known) for b in self._all}
        xs = [place.x for place in self._places]
        rooms = [self._span / 64, *((b - a) / 4 for a, b in pairwise(xs)), self._span / 64]
        looked = {b.x: b for b in self._all}
        self._all = []
        for place, before, after in zip(self._places, rooms, rooms[1:], strict=False):
            if (place.x, is_known) in old:
                self._all.append(looked[place.x])
                continue
            room = min(before, self._span / 64), min(after, self._span / 64)
            self._all.append(look(self._line, place, room, is_known))
        self.breaks = [b for b in self._all if b.kind is not None and self._low <= b.x <= self._high]

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    # -- Samples

    def _pieces(self) -> Iterator[tuple[Break | None, list[float], Break | None]]:
        """The samples between breaks, with the breaks on both sides."""
        ends: list[Break | None] = [None, *self.breaks, None]
        for left, right in pairwise(ends):
            low = self._low if left is None else left.after
            high = self._high if right is None else right.before
            inside = self._xs[bisect_left(self._xs, low) : bisect_right(self._xs, high)]
            both = [x for x in (low, high) if self._low <= x <= self._high and low <= high]
            yield left, sorted({*inside, *both}), right

    def refine(self) -> None:
        """Add points where a curve is not straight, the worst place first."""
        windows = [_unless_flat(self._window(number)) for number in range(self._order + 1)]
        heap: list[tuple[float, float, float, float]] = []
        xs = set(self._xs)
        for _, piece, _ in self._pieces():
            xs.update(piece)
            for a, m, b in map(_probed, pairwise(piece)):
                heap.append((-self._bend(a, m, b, windows), a, m, b))
        heapify(heap)
        left = self._most
        while heap and left > 0:
            bend, a, m, b = heappop(heap)
            if not a < m < b:
                continue
            if -bend > _STRAIGHT:
                xs.add(m)  # the probe is there, and halves what is left
            if -bend < _FLATNESS:
                continue
            left -= 1
            for pair in ((a, m), (m, b)):
                narrow = pair[1] - pair[0] < self._span * _NARROWEST
                _, probe, _ = _probed(pair)
                bend = self._bend(pair[0], probe, pair[1], windows)
                if narrow and bend > _STEEP:
                    self._steep.append(pair)
                elif not narrow:
                    heappush(heap, (-bend, pair[0], probe, pair[1]))
        if left == 0 and heap and -heap[0][0] > _STEEP:
            self._note(f"details are lost: more than {self._most} points would be needed")
        self._xs = sorted(xs)

    def _bend(self, a: float, m: float, b: float, windows: Sequence[tuple[float, float]]) -> float:
        """How far curves are from their chords at a probe, in heights of their windows."""
        first, probe, last = self._line(a), self._line(m), self._line(b)
        share = (m - a) / (b - a) if b > a else 0.0
        worst = 0.0
        for number, window in enumerate(windows):
            heights = [_height(s.numbers[number], window) for s in (first, probe, last)]
            if any(map(isnan, heights)):
                if not all(map(isnan, heights)):
                    worst = 1.0
            else:
                worst = max(worst, abs(heights[1] - heights[0] * (1 - share) - heights[2] * share))
        return worst

    def look_at_steep_places(self) -> None:
        """Look for breaks that no operator is known to have, where a curve is still steep."""
        found: list[Place] = []
        for low, high in self._steep[: self._most_steep]:
            a, b = self._line(low), self._line(high)
            for number in range(self._order + 1):
                if isfinite(a.numbers[number]) and isfinite(b.numbers[number]):
                    place = steepest(self._line, low, high, number)
                    found += [] if place is None else [place]
        known = [b.x for b in self._all]
        near = self._span * _NARROWEST
        fresh = [p for p in found if bisect_left(known, p.x - near) == bisect_right(known, p.x + near)]
        self._take(fresh, is_known=False)

    def note_overflow(self) -> None:
        """Say that values are too large for a float64, if that is not next to a pole."""
        poles = [b.x for b in self.breaks if b.sides[0].is_infinite]
        room = self._span / 16
        if any(
            isinf(self._line(x).numbers[0]) and all(abs(x - pole) > room for pole in poles)
            for x in self._grid
        ):
            self._note("where values are too large for a float64 nothing is drawn")

    # -- What is drawn

    def _window(self, number: int) -> tuple[float, float]:
        """The least and the greatest value; where there are poles, within Tukey's fences.

        The outer fences, for the function, are three times the distance of the quartiles beyond these,
        the inner ones, for derivatives, half of that (Tukey, "Exploratory Data Analysis", 1977).
        """
        is_unbounded = any(_is_unbounded(found, number) for found in self.breaks)
        limits: list[float] = []
        if not is_unbounded:
            limits = [y for b in self.breaks for y in self._within(b, number) if y is not None]
        xs = self._clear_of_breaks(self._grid if is_unbounded else self._xs)
        values = [*limits, *(self._line(x).numbers[number] for x in xs)]
        values = sorted(filter(isfinite, values))
        if not values:
            return 0.0, 0.0
        if not is_unbounded or len(values) < 8:
            return values[0], values[-1]
        quarter = len(values) // 4
        low, high = values[quarter], values[-1 - quarter]
        fence = (3 if number == 0 else 1.5) * 2 * (high / 2 - low / 2)
        if fence == 0 or isinf(fence):
            return values[len(values) // 20], values[-1 - len(values) // 20]
        return max(values[0], low - fence), min(values[-1], high + fence)

    def _clear_of_breaks(self, xs: Iterable[float]) -> Iterator[float]:
        """The samples that are not next to a break, where there may be only rounding."""
        starts = [b.before for b in self.breaks]
        for x in xs:
            position = bisect_left(starts, x)
            if not position or x >= self.breaks[position - 1].after:
                yield x

    def _within(self, found: Break, number: int) -> Sides:
        """What a function does at a break, as far as that is in the range."""
        left, at, right = found.sides[number]
        is_first, is_last = found.x == self._low, found.x == self._high
        return Sides(None if is_first else left, at, None if is_last else right)

    def curve(self, number: int) -> Curve:
        """The function or a derivative as what is drawn of it."""
        segments: list[list[Point]] = [[]]
        circles: list[Circle] = []
        asymptotes: list[float] = []
        for left, xs, right in self._pieces():
            start = None if left is None else left.sides[number].right
            if left is not None and start is not None and isfinite(start):
                segments[-1].append((left.x, start))
            samples = [self._line(x) for x in xs]
            for points in _runs(samples, number, self._cut):
                if len(segments[-1]) > 1 and points[0][0] > samples[0].x:
                    segments.append([])
                segments[-1] += points
            if right is None:
                break
            sides = right.sides[number]
            if _is_infinite(right, number):
                asymptotes.append(right.x)
            if sides.left is not None and isfinite(sides.left):
                segments[-1].append((right.x, sides.left))
            if not _is_joined(right, number):
                circles += _circles(right.x, self._within(right, number), number)
                segments.append([])
        window = self._window(number)
        drawn = [_inside(segment, self._low, self._high) for segment in segments]
        return Curve(number, [s for s in drawn if len(s) > 1], circles, asymptotes, window)


def _beyond(end: float, sign: float) -> float:
    """A few floats outside of the range: an edge at its very end may show but there, as of asin(x/2)."""
    return min(max(end + sign * 8 * ulp(end), -float_info.max), float_info.max)


def _probed(pair: Pair) -> tuple[float, float, float]:
    """An interval with a point off its middle, which no period of the curve hides from."""
    a, b = pair
    share = 0.45 + 0.1 * ((a * 0.6180339887498949 / (b - a)) % 1.0 if isfinite(a / (b - a)) else 0.5)
    return a, a + share * (b - a), b


def _height(y: float, window: tuple[float, float]) -> float:
    """Where a value is in a window, from 0 to 1; what is far outside is next to it."""
    low, high = window
    height = high / 2 - low / 2
    if not height > 0:
        return 0.0 if y == y else y
    return min(max((y / 2 - low / 2) / height, -1.0), 2.0) if y == y else y


def _runs(samples: Sequence[Sample], number: int, cut: Sequence[Pair]) -> Iterator[list[Point]]:
    """The finite points in a row; a single one that is not finite, amid others, is passed over.

    Between the points of the pairs in `cut` there is no way.
    """
    run: list[Point] = []
    missing = 0
    for sample in samples:
        y = sample.numbers[number]
        if not isfinite(y):
            missing += 1
            continue
        if run and (missing > 1 or any(run[-1][0] <= a and b <= sample.x for a, b in cut)):
            yield run
            run = []
        missing = 0
        run.append((sample.x, y))
    if run:
        yield run


def _is_joined(found: Break, number: int) -> bool:
    """Whether a curve goes on through a break."""
    is_continuous = found.kind in _CONTINUOUS
    return is_continuous and all(found.sides[order].agree for order in range(1, number + 1))


def _circles(x: float, sides: Sides, number: int) -> list[Circle]:
    """The ends of a curve at a break, and the value there where the function has one."""
    left, at, right = sides
    at = at if number == 0 else nan
    ends = dict.fromkeys(y for y in (left, right) if y is not None and isfinite(y))
    circles = [Circle(x, y, y == at) for y in ends]
    if isfinite(at) and at not in ends:
        circles.append(Circle(x, at, True))
    return circles


def _is_infinite(found: Break, number: int) -> bool:
    """Whether a curve has an infinite limit at a break: at a pole all derivatives are unbounded, too.

    Theirs may overflow on the way, so that no limit is found.
    """
    return any(sides.is_infinite for sides in (found.sides[0], found.sides[number]))


def _is_unbounded(found: Break, number: int) -> bool:
    """Whether a curve has no bounds at a break, or none that are known."""
    sides = found.sides[number]
    return _is_infinite(found, number) or sides.left is None or sides.right is None


def _unless_flat(window: tuple[float, float]) -> tuple[float, float]:
    """A window, without height where that is only rounding."""
    low, high = window
    return (low, low) if high - low <= _FLAT * max(abs(low), abs(high)) else window


def _inside(segment: Sequence[Point], low: float, high: float) -> list[Point]:
    """The points in the range, each once."""
    return list(dict.fromkeys(point for point in segment if low <= point[0] <= high))


def seen(curves: Sequence[Curve]) -> tuple[float, float]:
    """The window for several curves together, with a margin; of a constant one around it.

    A derivative with poles may not make the function small: it has half of its height on each side.
    """
    low, high = curves[0].window
    for curve in curves[1:]:
        least, greatest = curve.window
        if curve.asymptotes and high > low:
            room = high / 2 - low / 2
            least, greatest = max(least, low - room), min(greatest, high + room)
        low, high = min(low, least), max(high, greatest)
    size = max(abs(low), abs(high))
    if high - low <= 16 * ulp(size):
        half = size / 2 or 1.0
        return low - half, high + half
    margin = (high / 2 - low / 2) * 0.08
    return max(low - margin, -1.7e308), min(high + margin, 1.7e308)
