"""Heights over a rectangle in a file: filled contours, with the gradient as arrows."""

from collections.abc import Sequence
from importlib import import_module
from math import hypot, isnan, nan
from typing import Any

from autodiff_cli.plots.fields import Arrow, Field, longest
from autodiff_cli.views.plots.axes import Names, Window, ticks
from autodiff_cli.views.plots.curves_file import Sheet, canvas, caption, frame

# From a light one to Okabe and Ito's bluish green; arrows in a dark vermilion, which differs from all
# of these by its lightness, too.
_LOW, _HIGH = (0.88, 0.96, 0.92), (0.0, 0.62, 0.45)
_ARROW = "#8A2A00"
_LINE = "#1F5C49"
_GAP = "#808080"
# Heights are cut off so far beyond the window: lines within it are not moved by that.
_FAR = 50.0
WIDTH, HEIGHT = 640, 560
_MOST_LEVELS = 11
# The longest arrow, in widths of the picture.
_LENGTH = 0.055
# Axes with units of the same length, unless one range is longer by more than that.
_SIMILAR = 4.0


def drawing(
    field: Field, names: Names, arrows: Sequence[Arrow], height: Window | None, sheet: Sheet
) -> bytes:
    """The field as a file; without arrows where there are none."""
    window = height or Window(*field.window)
    if not window.low < window.high:
        half = abs(window.low) / 2 or 1.0
        window = Window(window.low - half, window.high + half)
    across, up = Window(*field.across), Window(*field.up)
    with canvas(sheet, "compressed") as (figure, saved):
        axes = figure.add_subplot()
        _heights(figure, axes, field, window)
        frame(axes, across, up, 7, 7)
        ratio = (up.high - up.low) / (across.high - across.low)
        if 1 / _SIMILAR <= ratio <= _SIMILAR:
            axes.set_box_aspect(ratio)
        axes.set_xlabel(names.variables[0], parse_math=False)
        axes.set_ylabel(names.variables[1], parse_math=False)
        axes.set_title(names.curve(0), fontsize=11, parse_math=False)
        lines = [names.fixed] if names.fixed else []
        if arrows:
            lines.append(_arrows(axes, arrows, across, up))
        if field.gaps:
            lines.append("gray: jumps or poles")
        caption(figure, ["; ".join([*lines, *field.notes])] if lines or field.notes else [], sheet)
    return saved()


def _heights(figure: Any, axes: Any, field: Field, window: Window) -> None:
    """Filled contours between round heights, their lines, and a bar that tells the heights."""
    found = ticks(window, _MOST_LEVELS)
    levels = [tick.place for tick in found]
    values = _places(field, window)
    columns, rows = len(values[0]), len(values)
    xs = [i / (columns - 1) for i in range(columns)]
    ys = [j / (rows - 1) for j in range(rows)]
    bounds = [-2 * _FAR, *levels, 2 * _FAR]
    colors = [_blended(i / (len(bounds) - 2)) for i in range(len(bounds) - 1)]
    filled = axes.contourf(xs, ys, values, levels=bounds, colors=colors)
    axes.contour(xs, ys, values, levels=levels, colors=_LINE, linewidths=0.7, linestyles="-")
    for column, row in sorted(field.gaps):
        corner = (xs[column], ys[row])
        axes.add_patch(_rectangle(corner, xs[column + 1] - corner[0], ys[row + 1] - corner[1]))
    bar = figure.colorbar(filled, ax=axes, ticks=levels, drawedges=True, shrink=0.9, pad=0.02)
    bar.ax.set_yticklabels([tick.label for tick in found])
    bar.outline.set_linewidth(0.6)
    bar.dividers.set_linewidth(0.7)
    bar.dividers.set_edgecolor(_LINE)


def _rectangle(corner: tuple[float, float], width: float, height: float) -> Any:
    patches: Any = import_module("matplotlib.patches")
    return patches.Rectangle(corner, width, height, color=_GAP, linewidth=0.3, zorder=3)


def _places(field: Field, window: Window) -> list[list[float]]:
    """The heights in the window from 0 to 1, or not too far beyond; NaN where there are none."""
    return [
        [nan if isnan(s.value) else min(max(window.place(s.value), -_FAR), _FAR) for s in row]
        for row in field.rows
    ]


def _blended(share: float) -> tuple[float, ...]:
    return tuple(low + share * (high - low) for low, high in zip(_LOW, _HIGH, strict=True))


def _arrows(axes: Any, arrows: Sequence[Arrow], across: Window, up: Window) -> str:
    """Draw the gradients, as long as they are steep up to a limit; returns what has to be told."""
    most = longest(arrows)
    width, height = across.high - across.low, up.high - up.low
    shown: list[tuple[float, float, float, float]] = []
    for arrow in arrows:
        u, v = arrow.slopes[0] / width, arrow.slopes[1] / height
        size = hypot(u, v)
        if size and most:
            scale = _LENGTH * min(arrow.length / most, 1.0) / size
            shown.append((across.place(arrow.x), up.place(arrow.y), u * scale, v * scale))
    if not shown:
        return "the gradient is 0"
    xs, ys, us, vs = (list(column) for column in zip(*shown, strict=True))
    looks = {
        "color": _ARROW,
        "width": 0.003,
        "headwidth": 4.5,
        "headlength": 5,
        "headaxislength": 4.5,
        "zorder": 4,
    }
    axes.quiver(xs, ys, us, vs, angles="xy", pivot="mid", scale=1, scale_units="width", **looks)
    return f"arrows: the gradient to scale, the longest {most:.3g} and more"
