"""Curves in a terminal, drawn by plotext: braille for the function, blocks for the derivative.

So they can be told apart without colours, too.
"""

from collections.abc import Sequence
from importlib import import_module
from math import isfinite
from typing import Any, NamedTuple

from autodiff_cli.errors import UsageError
from autodiff_cli.plots.breaks import Kind
from autodiff_cli.plots.curves import Curve, Picture, seen
from autodiff_cli.views.plots.axes import (
    Names,
    Tick,
    Window,
    clipped,
    fitting,
    in_square,
    panels,
    ticks,
    told,
)

# The least room there is a picture in.
LEAST_WIDTH, LEAST_HEIGHT = 20, 8
# So many rows are room for a picture of one curve.
_PANEL = 9

_BLOCKS = "▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
_ASCII = {
    **dict.fromkeys(range(10241, 10496), "*"),
    **str.maketrans(_BLOCKS, "#" * len(_BLOCKS)),
    **str.maketrans("┌┐└┘┤┬─│┊•●○◆", "++++++-|:.@oX"),
    **str.maketrans("→↗↑↖←↙↓↘·▓²", ">/^\\</v\\.%2"),
    0x2800: " ",
}

# More ends of curves would only hide these.
_MOST_CIRCLES = 40

_STYLES = (("braille", "green"), ("hd", "red"), ("•", "magenta"))
_SAMPLES = ("⠒⠒", "▀▀", "••")
_CODES = {"green": 32, "red": 31, "magenta": 35}
_ASYMPTOTE, _KINK, _OPEN, _FILLED = "┊", "◆", "○", "●"


class Screen(NamedTuple):
    """Columns and rows, and whether there are colours."""

    width: int
    height: int
    color: bool


def drawing(picture: Picture, names: Names, height: Window | None, screen: Screen) -> str:
    """The curves with a legend below; `height` is what to see of them, if that was asked for."""
    width = max(screen.width, LEAST_WIDTH)
    below = _legend(picture, names, screen._replace(width=width))
    rows = max(screen.height - len(below), LEAST_HEIGHT)
    groups = panels(picture.curves, height, rows // _PANEL)
    windows = [height or Window(*seen(group)) for group in groups]
    each = rows // len(groups)
    labels = [ticks(window, max(2, each // 3)) for window in windows]
    margin = max((len(tick.label) for group in labels for tick in group), default=1)
    lines: list[str] = []
    for group, window, heights in zip(groups, windows, labels, strict=True):
        padded = [Tick(tick.place, tick.label.rjust(margin)) for tick in heights]
        size = Screen(width, each, screen.color)
        lines += _panel(picture, group, window, padded, size)
    return "\n".join([*lines, *below]) + "\n"


def in_ascii(text: str) -> str:
    """The same picture for a terminal that has no other characters."""
    return text.translate(_ASCII)


def _library() -> Any:
    """plotext, whose interface of version 5 is used. Raises UsageError for another one."""
    plot: Any = import_module("plotext")
    if not hasattr(plot, "clear_figure"):
        raise UsageError("plots need version 5 of plotext", hint="pip install 'autodiff-cli[plot]'")
    return plot


def _panel(
    picture: Picture, curves: Sequence[Curve], up: Window, heights: Sequence[Tick], size: Screen
) -> list[str]:
    """The lines of one picture."""
    plot = _library()
    across = Window(picture.low, picture.high)
    plot.clear_figure()
    try:
        plot.theme("clear")
        plot.limit_size(False, False)
        plot.plotsize(size.width, size.height)
        plot.xlim(0, 1)
        plot.ylim(0, 1)
        margin = len(heights[0].label) if heights else 1
        widths = fitting(across, size.width - margin - 2)
        plot.xticks([tick.place for tick in widths], [tick.label for tick in widths])
        plot.yticks([tick.place for tick in heights], [tick.label for tick in heights])
        _draw(plot, picture, curves, across, up)
        text = str(plot.build())
        lines = (text if size.color else str(plot.uncolorize(text))).rstrip("\n").split("\n")
    finally:
        plot.clear_figure()
    return [line.rstrip() for line in lines]


def _draw(plot: Any, picture: Picture, curves: Sequence[Curve], across: Window, up: Window) -> None:
    """What comes last lies on top: the function and its marks."""
    for x in sorted({x for curve in curves for x in curve.asymptotes}):
        plot.plot([across.place(x)] * 2, [0, 1], marker=_ASYMPTOTE)
    for curve in reversed(curves):
        marker, color = _STYLES[curve.order]
        for segment in curve.segments:
            for part in clipped(in_square(segment, across, up), 0.0, 1.0):
                plot.plot([x for x, _ in part], [y for _, y in part], marker=marker, color=color)
    for curve in reversed(curves):
        color = _STYLES[curve.order][1]
        for x, y, is_filled in curve.circles if len(curve.circles) <= _MOST_CIRCLES else ():
            _mark(plot, across.place(x), up.place(y), _FILLED if is_filled else _OPEN, color)
    if curves[0].order == 0:
        for mark in picture.marks:
            if mark.kind in (Kind.KINK, Kind.VERTICAL):
                _mark(plot, across.place(mark.x), up.place(mark.sides[0].at), _KINK, _STYLES[0][1])


def _mark(plot: Any, x: float, y: float, marker: str, color: str) -> None:
    if isfinite(y) and 0 <= y <= 1 and 0 <= x <= 1:
        plot.scatter([x], [y], marker=marker, color=color)


def _legend(picture: Picture, names: Names, screen: Screen) -> list[str]:
    """Which curve is which, what the marks are, and where breaks are; broken to the width."""
    entries: list[tuple[str, str | None]] = []
    for curve in picture.curves:
        entries.append((f"{_SAMPLES[curve.order]} {names.curve(curve.order)}", _STYLES[curve.order][1]))
    if any(curve.asymptotes for curve in picture.curves):
        entries.append((f"{_ASYMPTOTE} asymptote", None))
    if any(mark.kind in (Kind.KINK, Kind.VERTICAL) for mark in picture.marks):
        entries.append((f"{_KINK} kink", None))
    few = [curve.circles for curve in picture.curves if len(curve.circles) <= _MOST_CIRCLES]
    circles = [circle for circles in few for circle in circles]
    if any(circle.is_filled for circle in circles):
        entries.append((f"{_FILLED} value", None))
    if any(not circle.is_filled for circle in circles):
        entries.append((f"{_OPEN} limit, no value", None))
    if names.fixed:
        entries.append((names.fixed, None))
    lines = wrapped(entries, screen)
    for text in (*told(picture.marks, names.variables[0]), *picture.notes):
        lines += wrapped([(word, None) for word in text.split(" ")], screen, " ")
    return lines


def wrapped(
    entries: Sequence[tuple[str, str | None]], screen: Screen, between: str = "   "
) -> list[str]:
    """Entries side by side, as many as fit in a line, each in its colour."""
    lines: list[list[str]] = [[]]
    length = 0
    for text, color in entries:
        if lines[-1] and length + len(between) + len(text) > screen.width - 2:
            lines.append([])
            length = 0
        length += len(text) + (len(between) if lines[-1] else 0)
        is_colored = screen.color and color is not None
        lines[-1].append(f"\x1b[{_CODES[color or '']}m{text}\x1b[0m" if is_colored else text)
    return ["  " + between.join(line) for line in lines]
