"""A function of two variables over a rectangle, with its gradient, as data that only has to be drawn.

Values are taken on a grid. Where the state changes along an edge of a cell, the place is found by
bisection, and a cell whose edge the function jumps on is a gap: nothing is interpolated across it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import hypot, isfinite, isinf, isnan, nan
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.errors import MathError
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import Lowered
from autodiff_cli.graph.reverse import ABSENT
from autodiff_cli.plots.signals import Part, signals, watched
from autodiff_cli.plots.work import work

# Steps of a bisection on the edge of a cell.
_HALVINGS = 30
# A change on such a small piece of an edge that is a jump, in heights of what is seen.
_JUMP = 0.05
# Operations in all points together.
_MOST_OPERATIONS = 6_000_000
_FEWEST = 8

Ends = tuple[float, float]


class Spot(NamedTuple):
    """A point of the plane with the value, the gradient, and what is in force there.

    Where there is no value there is no gradient: all are NaN.
    """

    x: float
    y: float
    value: float
    slopes: tuple[float, float]
    parts: tuple[Part, ...]


class Field(NamedTuple):
    """Values on a grid, `rows` from below to above, and what to see of them.

    `gaps` are the cells, by column and row of their lower left corner, that a jump or a pole crosses.
    """

    across: Ends
    up: Ends
    rows: list[list[Spot]]
    gaps: set[tuple[int, int]]
    window: Ends
    notes: list[str]


class Plane:
    """The output of a formula as a function of two variables; the others have values."""

    def __init__(
        self, lowered: Lowered, point: Mapping[str, float], output: str, along: tuple[str, str]
    ) -> None:
        """Sweep for the gradient.

        Raises UsageError for an output that the formula does not have, and for variables without a
        value.
        """
        evaluation = Evaluation(lowered, point, [output] if output else [], along)
        graph = self._graph = lowered.graph
        (root,) = evaluation.outputs
        self._along = [graph.variables[name] for name in along]
        slopes = [evaluation.derivative(root, variable) for variable in self._along]
        zero = graph.constant(0.0)
        self._value = root.node
        self._slopes = [zero if node == ABSENT else node for node in slopes]
        self._signals = signals(graph, self._along, root.node)
        self._nodes = graph.reachable([root.node, *self._slopes, *watched(self._signals)])
        self._work = work(graph, self._nodes)
        self._variables = {**evaluation.variables(), **dict.fromkeys(self._along, 0.0)}

    @property
    def cost(self) -> int:
        """How much work a point is, in operations."""
        return self._work

    def __call__(self, x: float, y: float) -> Spot:
        """The formula at a point."""
        self._variables.update(zip(self._along, (x, y), strict=True))
        values: list[float] = evaluate(self._graph, self._nodes, self._variables)
        value = values[self._value]
        first, second = (nan if isnan(value) else values[node] for node in self._slopes)
        parts = tuple([signal.part(values) for signal in self._signals])
        return Spot(x, y, value, (first, second), parts)


def field(plane: Plane, across: Ends, up: Ends, columns: int, rows: int) -> Field:
    """The function on a grid that has its points on the edges of the rectangle, too.

    Raises MathError where there is nothing to draw.
    """
    notes: list[str] = []
    while columns * rows * plane.cost > _MOST_OPERATIONS and min(columns, rows) > _FEWEST:
        columns, rows = max(columns // 2, _FEWEST), max(rows // 2, _FEWEST)
        notes = [f"only {columns} by {rows} points were taken: more would take too long"]
    xs, ys = spread(across, columns), spread(up, rows)
    grid = [[plane(x, y) for x in xs] for y in ys]
    values = sorted(spot.value for row in grid for spot in row if isfinite(spot.value))
    if not values:
        raise MathError(
            "there is nothing to draw: the formula has no finite value in the ranges",
            hint="other ranges may be in its domain",
        )
    window = _seen(values)
    return Field(across, up, grid, set(_gaps(plane, grid, window)), window, notes)


def spread(ends: Ends, count: int) -> list[float]:
    """Numbers from one end to the other, both included, all as far apart."""
    low, high = ends
    inside = (low * (1 - t) + high * t for t in (i / (count - 1) for i in range(1, count - 1)))
    return [low, *inside, high]


def _seen(values: Sequence[float]) -> Ends:
    """The least and the greatest value, within Tukey's outer fences (as for curves) if far beyond."""
    quarter = len(values) // 4
    low, high = values[quarter], values[-1 - quarter]
    fence = 3 * (high - low)
    if not isfinite(fence) or fence == 0:
        return values[0], values[-1]
    least, most = values[0], values[-1]
    # What is a little beyond a fence is no outlier of a pole.
    return (
        least if least > low - 2 * fence else low - fence,
        most if most < high + 2 * fence else high + fence,
    )


def _gaps(plane: Plane, grid: Sequence[Sequence[Spot]], window: Ends) -> Iterator[tuple[int, int]]:
    """The cells with a jump on one of their edges; each edge is looked at once."""
    broken: dict[tuple[Spot, Spot], bool] = {}
    for row, (lower, upper) in enumerate(pairwise(grid)):
        for column in range(len(lower) - 1):
            a, b = lower[column : column + 2]
            c, d = upper[column : column + 2]
            if any(isinf(spot.value) for spot in (a, b, c, d)):
                yield column, row
                continue
            if a.parts == b.parts == c.parts == d.parts:
                continue
            edges = ((a, b), (c, d), (a, c), (b, d))
            for edge in edges:
                if edge not in broken:
                    broken[edge] = _jumps(plane, *edge, window)
            if any(broken[edge] for edge in edges):
                yield column, row


def _jumps(plane: Plane, a: Spot, b: Spot, window: Ends) -> bool:
    """Whether the function jumps between two points, where a part of the state changes first."""
    if a.parts == b.parts or not (isfinite(a.value) and isfinite(b.value)):
        return False
    start = a.parts
    for _ in range(_HALVINGS):
        middle = plane(a.x / 2 + b.x / 2, a.y / 2 + b.y / 2)
        a, b = (middle, b) if middle.parts == start else (a, middle)
    heights = [min(max(spot.value, window[0]), window[1]) for spot in (a, b)]
    return abs(heights[1] - heights[0]) > _JUMP * (window[1] - window[0])


class Arrow(NamedTuple):
    """The gradient at a point, and its length."""

    x: float
    y: float
    slopes: tuple[float, float]
    length: float


def arrows(plane: Plane, across: Ends, up: Ends, columns: int, rows: int) -> list[Arrow]:
    """Gradients in the middles of so many by so many equal parts, where they are finite."""
    found: list[Arrow] = []
    for y in middles(up, rows):
        for x in middles(across, columns):
            spot = plane(x, y)
            length = hypot(*spot.slopes) if isfinite(spot.value) else nan
            if isfinite(length):
                found.append(Arrow(x, y, spot.slopes, length))
    return found


def middles(ends: Ends, count: int) -> list[float]:
    """The middles of so many equal parts."""
    low, high = ends
    return [low * (1 - t) + high * t for t in ((2 * i + 1) / (2 * count) for i in range(count))]


def longest(found: Iterable[Arrow]) -> float:
    """The length that nine of ten arrows do not exceed: those that do are drawn as long."""
    lengths = sorted(arrow.length for arrow in found)
    return lengths[(9 * len(lengths)) // 10] if lengths else 0.0
