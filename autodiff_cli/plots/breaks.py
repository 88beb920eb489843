"""Breaks of a function along a line: found to the last float, and told apart by their two sides.

Where the state of a line changes between two points, it is halved by floats until two neighbours are
left. Beside a break values are taken at distances that shrink geometrically; whether they converge
there, and whereto, tells a pole from a jump, a kink, an edge of the domain or a gap.
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from heapq import heapify, heappop, heappush
from itertools import pairwise
from math import ceil, copysign, inf, isfinite, isinf, isnan, log2, log10, nan, nextafter, ulp
from typing import NamedTuple

from autodiff_cli.plots.lines import Line, Sample

# The distances beside a break, each so much of the one before. Halves would meet the same rounding again
# and again, or the same place in an oscillation: sin(1/x) would stay near 0.
_STEPS, _RATIO = 16, 0.4817
# Where values differ by less, relatively, that is rounding and no jump.
_ROUNDING = 1e-9
# How far a value at the neighbouring float may be off what the others tend to, for what they vary.
_AGREEMENT = 1e-3
# Increments that do not shrink by that much from one half of the steps to the other do not converge.
_DIVERGENT = 0.9
# With an infinite value at the end, or where they go up and down, that much is enough.
_SLOW = 0.3

# Where a difference touches 0 it is less than that, relatively.
_TOUCHING = 1e-12
# Steps that grow by more are those of a power; they have to go on until they are so many times as large.
_POWER, _MOST_GROWTH = 1.9, 200.0
# Values that have converged before rounding takes over shrink by that much from step to step, and
# altogether.
_SHRINKING, _CONVERGED = 0.8, 0.02
# Oscillations that are smaller, relatively, are rounding.
_NOISE = 0.01
# How much of a steep change is between neighbouring floats where there is a break.
_OF_CHANGE = 0.1
# A limit that is so near to a number of few digits is that number.
_SHORT = 6
_FEW_DIGITS, _SAME = 12, 1e-14

_GOLDEN = 0.6180339887498949


Pair = tuple[float, float]


class Kind(StrEnum):
    """What a break is, by the function itself, or else by its derivatives."""

    POLE = "pole"
    JUMP = "jump"
    EDGE = "edge"
    GAP = "gap"
    POINT = "point"
    OSCILLATION = "oscillation"
    KINK = "kink"
    VERTICAL = "vertical tangent"
    BEND = "kink of the derivative"
    TREMOR = "oscillation of the derivative"


class Sides(NamedTuple):
    """The limits from the left and from the right, and the value between them.

    A limit may be infinite; NaN is a side outside the domain, None one without a limit. Of a value
    NaN says that there is none.
    """

    left: float | None
    at: float
    right: float | None

    @property
    def agree(self) -> bool:
        """Whether there is one finite limit; the limits of a break that agree are equal."""
        return self.left == self.right and self.left is not None and isfinite(self.left)

    @property
    def is_infinite(self) -> bool:
        """Whether there is an infinite limit."""
        return any(side is not None and isinf(side) for side in (self.left, self.right))


class Break(NamedTuple):
    """A place where something changes: `before` and `after` are the nearest samples clear of it.

    `sides` are of the value and the derivatives in their order. `kind` is None where nothing happens
    that can be seen.
    """

    x: float
    before: float
    after: float
    sides: tuple[Sides, ...]
    kind: Kind | None


class Place(NamedTuple):
    """Where states change: the floats on both sides, and what is between, if it is not adjacent."""

    before: float
    after: float
    between: tuple[float, ...] = ()

    @property
    def x(self) -> float:
        """The number it is at: of several the one with the fewest digits, or a short one amid them."""
        centre = self.before / 2 + self.after / 2
        short = float(f"{centre:.{_SHORT}g}")
        if len(self.between) > 1 and self.before < short < self.after:
            return short
        return min(self.between or (self.before, self.after), key=lambda x: (_digits(x), abs(x)))


def _digits(x: float) -> int:
    """How many significant digits a number is written with."""
    return len(repr(x).lstrip("-").partition("e")[0].replace(".", "").strip("0"))


# -- Locating ------------------------------------------------------------------------------------


def _ordinal(x: float) -> int:
    """The number of a float when all are counted from 0 on; neighbours differ by 1."""
    (bits,) = struct.unpack("<q", struct.pack("<d", x))
    return bits if bits >= 0 else -(bits & 0x7FFFFFFFFFFFFFFF)


def _of_ordinal(number: int) -> float:
    (x,) = struct.unpack("<d", struct.pack("<q", abs(number)))
    return copysign(x, number) if number else 0.0


def middle(low: float, high: float) -> float:
    """The float halfway between two floats, by counting them; one of the two if they are neighbours."""
    return _of_ordinal((_ordinal(low) + _ordinal(high)) // 2)


def changes(
    line: Line, pairs: Iterable[Pair], most: int, most_between: int
) -> tuple[list[Place], list[Pair]]:
    """Places where the state changes between two points of a pair, and the pairs that hold more.

    Up to `most` places, in the widest pairs first, and for each part of the state up to `most_between`
    in one pair. They are found by bisection (Burden and Faires, "Numerical Analysis", 2.1) that counts
    floats, so that a place at 0 takes 64 steps as any other. Changes that undo each other within a pair
    are not seen.
    """
    found: list[Place] = []
    cut: list[Pair] = []
    heap = [
        (low - high, low, high, part, 0) for low, high in pairs for part in _differing(line, low, high)
    ]
    heapify(heap)
    while heap:
        _, low, high, part, count = heappop(heap)
        if count == most_between or len(found) == most:
            cut.append((low, high))
            continue
        before, after = _change(line, low, high, part)
        if not _is_beside(line, (before, after), (low, high), part):
            found.append(Place(before, after))
        if line.state(after).parts[part] != line.state(high).parts[part]:
            heappush(heap, (after - high, after, high, part, count + 1))
    return found, cut


def _differing(line: Line, low: float, high: float) -> list[int]:
    """The parts of the state that are not the same at two points."""
    a, b = line.state(low).parts, line.state(high).parts
    if a == b:
        return []
    return [part for part, (here, there) in enumerate(zip(a, b, strict=True)) if here != there]


def _change(line: Line, low: float, high: float, part: int) -> Pair:
    """Neighbouring floats between which a part of the state changes."""
    start = line.state(low).parts[part]
    while True:
        between = middle(low, high)
        if between in (low, high):
            return low, high
        if line.state(between).parts[part] == start:
            low = between
        else:
            high = between


def _is_beside(line: Line, place: Pair, pair: Pair, part: int) -> bool:
    """Whether a difference changes its sign by a jump: it is another signal that breaks there."""
    here, around = ([abs(line.state(x).differences[part]) for x in both] for both in (place, pair))
    return min(here) > _ROUNDING * max(around)


def touches(line: Line, xs: Sequence[float], most: int) -> list[Place]:
    """Up to `most` places where a difference touches 0 without a change of its sign.

    They are looked for where the middle of three points is the least one.
    """
    found: list[Place] = []
    for low, x, high in zip(xs, xs[1:], xs[2:], strict=False):
        for signal, three in enumerate(
            zip(*(line.state(y).differences for y in (low, x, high)), strict=True)
        ):
            left, here, right = map(abs, three)
            is_least = 0 < here <= min(left, right) < inf
            if is_least and (three[0] > 0) == (three[1] > 0) == (three[2] > 0):
                place = _touch(line, signal, low, high, min(left, right))
                found += [] if place is None else [place]
        if len(found) >= most:
            break
    return found


def _touch(line: Line, signal: int, low: float, high: float, size: float) -> Place | None:
    """Where a difference is 0 in an interval, by golden sections (Kiefer 1953); None if nowhere."""

    def distance(x: float) -> float:
        return abs(line.state(x).differences[signal])

    start = low, high
    a, b = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    for step in range(100):
        if distance(a) <= distance(b):
            high, b = b, a
            a = high - _GOLDEN * (high - low)
        else:
            low, a = a, b
            b = low + _GOLDEN * (high - low)
        if step == 10 and min(distance(a), distance(b)) > 0.2 * size:
            return None
        if not low < a < b < high:
            break
    x = min((low, a, b, high), key=distance)
    if not distance(x) <= _TOUCHING * size:
        return None
    x = _centre(distance, x, *start)
    return Place(nextafter(x, -inf), nextafter(x, inf), (x,))


def _centre(distance: Callable[[float], float], x: float, low: float, high: float) -> float:
    """The middle of all points that are as near: flat minima are not found to the last float.

    Of those points one that is written with few digits is preferred.
    """
    least = distance(x)
    ends: list[float] = []
    for end in (low, high):
        inside, outside = x, end
        while (between := middle(inside, outside)) not in (inside, outside):
            if distance(between) <= least:
                inside = between
            else:
                outside = between
        ends.append(inside)
    centre = ends[0] / 2 + ends[1] / 2
    short = [0.0, *(float(f"{centre:.{digits}g}") for digits in range(1, _SHORT + 1))]
    return next((y for y in short if ends[0] <= y <= ends[1] or y == centre), centre)


def steepest(line: Line, low: float, high: float, number: int) -> Place | None:
    """The neighbouring floats between which a number of the samples changes most, by halving.

    None where they change by little: there it is only steep.
    """
    change = abs(line(high).numbers[number] - line(low).numbers[number])
    while True:
        between = middle(low, high)
        a, b, c = (line(x).numbers[number] for x in (low, between, high))
        if between in (low, high):
            return Place(low, high) if abs(c - a) > _OF_CHANGE * change else None
        if isnan(b):
            return Place(nextafter(between, -inf), nextafter(between, inf), (between,))
        low, high = (low, between) if abs(b - a) >= abs(c - b) else (between, high)


def merged(places: Iterable[Place], least: float) -> list[Place]:
    """The places in order, those nearer to each other than `least` as one."""
    found: list[Place] = []
    for place in sorted(places):
        if found and place.before <= max(found[-1].after, found[-1].before + least):
            before, after, between = found[-1]
            inner = {*between, *place.between, after, place.before}
            if not (between or place.between) and place.before > after:
                inner |= {after, place.before}
            after = max(after, place.after)
            inside = tuple(sorted(x for x in inner if before < x < after))
            found[-1] = Place(before, after, inside)
        else:
            found.append(place)
    return found


# -- The two sides -------------------------------------------------------------------------------


def look(line: Line, place: Place, room: tuple[float, float], is_known: bool) -> Break:
    """What happens at a place; `room` is how far to either side values may be taken.

    `is_known` says that an operator has a break there. Where none has, only what the nearest floats and
    those a little further off agree on is a break, and neither rounding nor a steep slope.
    """
    x = place.x
    left = _towards(line, x, -1.0, room[0])
    right = _towards(line, x, 1.0, room[1])
    at = line(x)
    before = line(min(place.before, nextafter(x, -inf)))
    after = line(max(place.after, nextafter(x, inf)))
    ends = [samples[-1] if samples else beside for samples, beside in ((left, before), (right, after))]
    further = [_further(x, end.x, beside.x) for end, beside in zip(ends, (before, after), strict=True)]
    sides: list[Sides] = []
    is_settled = True
    rough = [0, 0]
    for number, value in enumerate(at.numbers):
        limits = [
            _limit([s.numbers[number] for s in samples], beside.numbers[number], value, shrinkings)
            for samples, beside, shrinkings in ((left, before, further[0]), (right, after, further[1]))
        ]
        is_settled = is_settled and all(limit.is_consistent for limit in limits)
        rough = [max(most, limit.rough) for most, limit in zip(rough, limits, strict=True)]
        if sides:  # there is no derivative where there is no value
            limits = [
                _Limit(nan) if _is_nan(side) else limit
                for side, limit in zip((sides[0].left, sides[0].right), limits, strict=True)
            ]
        is_none = any(
            _is_of_pole(value, limits[side].value, limits[1 - side].value, end.numbers[number])
            for side, end in enumerate(ends)
        )
        sides.append(_sides(limits[0], limits[1], nan if is_none else value))
    kind = _kind(sides) if is_known or is_settled else None
    clear_before, clear_after = (
        samples[-1 - count].x if count else end.x
        for samples, count, end in zip((left, right), rough, ends, strict=True)
    )
    return Break(x, clear_before, clear_after, tuple(sides), kind)


def _is_of_pole(value: float, limit: float | None, other: float | None, end: float) -> bool:
    """Whether a value is that of the float next to a pole, which is as large as any there is.

    It is not where it is that of the other side, or less than at the last sample before the pole.
    """
    if limit is None or not isinf(limit):
        return False
    is_as_large = copysign(1.0, value) == copysign(1.0, end) and abs(value) >= abs(end)
    return isinf(value) or (is_as_large and value != other)


def _is_nan(side: float | None) -> bool:
    return side is not None and isnan(side)


def _towards(line: Line, x: float, sign: float, room: float) -> list[Sample]:
    """Samples at distances that shrink geometrically, as far as floats can tell them apart."""
    found: list[Sample] = []
    for step in range(_STEPS):
        distance = room * _RATIO**step
        if distance < 8 * abs(nextafter(x, sign * inf) - x):
            break
        found.append(line(x + sign * distance))
    return found


class _Limit(NamedTuple):
    """A limit, as in `Sides`; how far it may be off, and whether the nearest float agrees.

    The `rough` last samples are rounding.
    """

    value: float | None
    doubt: float = 0.0
    is_consistent: bool = True
    rough: int = 0


def _further(x: float, end: float, beside: float) -> float:
    """How often the distance to a point shrinks from the last sample to the nearest float."""
    last, least = (log2(max(abs(y - x), 5e-324)) for y in (end, beside))
    return (last - least) / -log2(_RATIO)


def _limit(values: Sequence[float], beside: float, at: float, shrinkings: float) -> _Limit:
    """What values tend to that are taken nearer and nearer, where the value is `at`.

    `beside` is the value of the nearest float, which is nearer by so many such steps than the last one.
    """
    if len(values) < 4:  # floats are too far apart
        return _Limit(copysign(inf, beside) if isinf(at) and not isnan(beside) else beside)
    if any(isnan(value) for value in values[-3:]):
        return _Limit(nan)
    last = max((i for i, value in enumerate(values[:-3]) if not isfinite(value)), default=-1)
    values = values[last + 1 :]
    if any(isinf(value) for value in values[-3:]):
        if isfinite(beside):
            return _Limit(beside, is_consistent=False)  # an overflow in between
        signs = {copysign(1.0, value) for value in values[-3:]}
        return _Limit(copysign(inf, values[-1]) if len(signs) == 1 else None)
    steps = [after - before for before, after in pairwise(values)]
    if (turn := _turn(steps)) is not None:
        return _rounded_limit(values[turn + 1], 4 * _widest(steps, turn), len(steps) - 1 - turn)
    half = len(steps) // 2
    far, near = (sum(map(abs, part)) for part in (steps[:half], steps[half:]))
    size = max(map(abs, values))
    is_monotonic = all(step > 0 for step in steps[half:]) or all(step < 0 for step in steps[half:])
    if is_monotonic and near > _SLOW * far and at * steps[-1] == inf:
        return _Limit(at)  # slower than a logarithm
    if near > (_DIVERGENT if is_monotonic else _SLOW) * far and near > _ROUNDING * size:
        if is_monotonic and _grows(steps) and _goes_on(beside - values[-1], steps, shrinkings):
            return _Limit(copysign(inf, steps[-1]))
        if is_monotonic and near > _NOISE * size:
            return _Limit(beside, _ROUNDING * size, is_consistent=False)
        if near > _NOISE * size:
            return _Limit(None, is_consistent=False)
    found, variation = _extrapolated(values, steps), max(abs(value - values[-1]) for value in values)
    doubt = max(abs(value - found) for value in values[-6:]) + 16 * ulp(size)
    if abs(beside - found) <= _AGREEMENT * variation + doubt:
        return _Limit(_short(beside, 1e-15 * variation), doubt)
    doubt += _AGREEMENT * variation
    return _Limit(_short(found, doubt), doubt, is_consistent=False)


def _turn(steps: Sequence[float]) -> int | None:
    """The step at which values have converged, before rounding takes over; None if it never does.

    Rounding is told from what the function does by steps that shrink and then grow, in both directions.
    """
    if len(steps) < 8:
        return None
    turn = min(range(3, len(steps) - 1), key=lambda i: _widest(steps, i))
    least, before, after = _widest(steps, turn), steps[: turn + 1], steps[turn + 2 :]
    is_steady = all(abs(b) < _SHRINKING * abs(a) for a, b in pairwise(before[-4:-1]))
    is_noise = min(after, default=0.0) < -4 * least and max(after, default=0.0) > 4 * least
    has_converged = 0 < least < _CONVERGED * sum(map(abs, before))
    return turn if is_steady and is_noise and has_converged else None


def _widest(steps: Sequence[float], i: int) -> float:
    """The widest of a step and its neighbours."""
    return max(map(abs, steps[i - 1 : i + 2]))


def _rounded_limit(limit: float, doubt: float, rough: int) -> _Limit:
    """A limit with the digits alone that are certain."""
    digits = -ceil(log10(max(doubt, 1e-300)))
    return _Limit(round(limit, digits) + 0.0, doubt, False, rough)


def _grows(steps: Sequence[float]) -> bool:
    """Whether the last steps grow, or at least go on, as those of a power or a logarithm do."""
    ratios = [after / before for before, after in pairwise(filter(None, steps[-5:]))]
    return bool(ratios) and max(ratios) < 2 * min(ratios)


def _goes_on(rest: float, steps: Sequence[float], shrinkings: float) -> bool:
    """Whether the nearest float is as much further as steps that grow so would be.

    A logarithm grows as much with each step, a power more, by a constant factor.
    """
    times = rest / (steps[-1] or 1.0)
    growth = steps[-1] / steps[-2] if steps[-2] else 1.0
    if times and growth > _POWER:  # rounding next to a double pole may turn the sign
        return not log2(abs(times)) < log2(growth) * min(shrinkings / 6, _MOST_GROWTH)
    return not times < max(shrinkings / 2, 1.0)


def _short(limit: float, doubt: float) -> float:
    """A limit without the digits that only tell of the distance to the point."""
    rounded = f"{limit:.{_FEW_DIGITS}g}"
    if abs(limit) <= doubt:
        return 0.0
    return float(rounded) if abs(float(rounded) - limit) <= _SAME * abs(limit) else limit


def _extrapolated(values: Sequence[float], steps: Sequence[float]) -> float:
    """The limit by Aitken's delta-squared process (1926); the best value where rounding begins."""
    least = min(range(len(steps)), key=lambda i: (abs(steps[i]), -i))
    if least < len(steps) - 1:
        return values[least + 1]
    bend = steps[-1] - steps[-2]
    ratio = steps[-1] / steps[-2] if steps[-2] else 0.0
    return values[-1] - steps[-1] * (steps[-1] / bend) if bend and 0 < ratio < 1 else values[-1]


def _sides(left: _Limit, right: _Limit, at: float) -> Sides:
    """Both limits and the value between, those equal that differ by rounding."""
    a, b = left.value, right.value
    if a is not None and b is not None and isfinite(a) and isfinite(b) and a != b:
        doubt = left.doubt + right.doubt
        if abs(a - b) <= doubt:
            is_there = min(abs(at - a), abs(at - b)) <= doubt
            a = b = at if is_there else min(a, b, key=_digits)
    a, b = (
        at if _is_close(side, at, limit.doubt + 4 * ulp(at)) else side
        for side, limit in ((a, left), (b, right))
    )
    return Sides(a, at, b)


def _is_close(side: float | None, at: float, doubt: float) -> bool:
    return side is not None and isfinite(at) and abs(side - at) <= doubt


def _kind(sides: Sequence[Sides]) -> Kind | None:
    left, at, right = sides[0]
    if sides[0].is_infinite:
        return Kind.POLE
    if left is None or right is None:
        return Kind.OSCILLATION
    outside = isnan(left) + isnan(right)
    if outside:
        return Kind.EDGE if outside == 1 else Kind.POINT if isfinite(at) else None
    if left != right:
        return Kind.JUMP
    if at != left:
        return Kind.POINT if isfinite(at) else Kind.GAP
    return _kind_of_derivatives(sides[1:])


def _kind_of_derivatives(sides: Sequence[Sides]) -> Kind | None:
    first, *others = sides
    if _is_nan(first.left) or _is_nan(first.right):
        return None  # an overflow on the way to it
    if first.left is None or first.right is None:
        return Kind.TREMOR  # there may be a derivative, as there is of x^2*sin(1/x)
    if first.left == first.right and first.is_infinite:
        return Kind.VERTICAL
    if not first.agree:
        return Kind.KINK
    return Kind.BEND if others and not others[0].agree else None
