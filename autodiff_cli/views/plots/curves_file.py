"""Curves in a file, drawn by matplotlib: PNG, SVG or PDF. The same picture has the same bytes.

No state of matplotlib's is used or left behind, neither a display nor a style of the user's. Text is
text and never a formula in TeX's language.
"""

import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from logging import ERROR, getLogger
from math import isfinite
from typing import Any, NamedTuple

from autodiff_cli.plots.breaks import Kind
from autodiff_cli.plots.curves import Circle, Curve, Picture, seen
from autodiff_cli.views.plots.axes import Names, Window, clipped, in_square, panels, ticks, told

ENDINGS = ("png", "svg", "pdf")
WIDTH, HEIGHT = 800, 500
_DOTS_PER_INCH = 100.0

# Okabe and Ito's colours for all kinds of colour vision (2008): bluish green for values, vermilion and
# reddish purple for derivatives, which differ by their dashes, too.
_COLORS = ("#009E73", "#D55E00", "#CC79A7")
_DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (1, 1.5)))
# More ends of curves would only hide these.
_MOST_CIRCLES = 100
_WIDTHS = (2.2, 1.8, 1.8)
# A gray that can be read on white and on black, for pictures without a background, and one for white.
_GRAY, _DARK_GRAY = "#808080", "#505050"

# The first one comes with matplotlib; the others are for letters that it lacks and for other viewers.
_FONTS = ["DejaVu Sans", "Verdana", "Noto Sans CJK SC", "Noto Sans", "PingFang SC", "Microsoft YaHei"]

_SETTINGS = {
    "svg.hashsalt": "autodiff",
    "svg.fonttype": "none",  # text that can be read, searched and shown in any script
    "pdf.fonttype": 42,
    "font.family": ["sans-serif"],
    "font.sans-serif": _FONTS,
    "font.size": 11.0,
    "text.usetex": False,
    "text.parse_math": False,
    "axes.unicode_minus": False,
    "path.simplify": True,
}


_GRAYS = ("axes.edgecolor", "axes.labelcolor", "text.color", "xtick.color", "ytick.color", "grid.color")

# What is left out: neither a date nor a version, so that the same picture is the same file.
_METADATA = {
    "png": ("Software",),
    "svg": ("Date", "Creator"),
    "pdf": ("CreationDate", "Creator", "Producer"),
}


class Sheet(NamedTuple):
    """The kind of file by its ending, and its size in pixels of 1/100 inch."""

    ending: str
    width: int
    height: int


def drawing(picture: Picture, names: Names, height: Window | None, sheet: Sheet) -> bytes:
    """The curves as a file; `height` is what to see of them, if that was asked for."""
    with canvas(sheet) as (figure, saved):
        groups = panels(picture.curves, height, sheet.height // 150)
        for row, group in enumerate(groups):
            axes = figure.add_subplot(len(groups), 1, row + 1)
            up = height or Window(*seen(group))
            _panel(axes, picture, group, names, up)
            if row < len(groups) - 1:
                axes.tick_params(labelbottom=False)
            else:
                axes.set_xlabel(names.variables[0], parse_math=False)
        _legend(figure, sheet)
        below = [*told(picture.marks, names.variables[0]), *picture.notes]
        caption(figure, [line for line in (names.fixed, "; ".join(below)) if line], sheet)
    return saved()


@contextmanager
def canvas(sheet: Sheet, layout: str = "constrained") -> Generator[tuple[Any, Any]]:
    """A figure, and what gives its bytes once it is drawn: with the block's settings alone."""
    getLogger("matplotlib").setLevel(ERROR)  # a font cache, or no place for one, is nobody's concern
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a font without some letter
        matplotlib: Any = import_module("matplotlib")
        figures: Any = import_module("matplotlib.figure")
        defaults = {k: v for k, v in matplotlib.rcParamsDefault.items() if "backend" not in k}
        is_clear = sheet.ending == "svg"
        gray = dict.fromkeys(_GRAYS, _GRAY if is_clear else _DARK_GRAY)
        data = BytesIO()
        with matplotlib.rc_context({**defaults, **_SETTINGS, **gray}):
            size = (sheet.width / _DOTS_PER_INCH, sheet.height / _DOTS_PER_INCH)
            figure = figures.Figure(figsize=size, dpi=_DOTS_PER_INCH, layout=layout)
            yield figure, data.getvalue
            _canvas(figure, sheet.ending)
            figure.savefig(
                data,
                format=sheet.ending,
                dpi=2 * _DOTS_PER_INCH if sheet.ending == "png" else _DOTS_PER_INCH,
                metadata=dict.fromkeys(_METADATA[sheet.ending]),
                facecolor="none" if is_clear else "white",
                transparent=is_clear,
            )


def _canvas(figure: Any, ending: str) -> None:
    """The backend for a kind of file, whatever backends the environment names."""
    name, kind = {"png": ("agg", "Agg"), "svg": ("svg", "SVG"), "pdf": ("pdf", "Pdf")}[ending]
    module: Any = import_module(f"matplotlib.backends.backend_{name}")
    getattr(module, f"FigureCanvas{kind}")(figure)


def caption(figure: Any, lines: Sequence[str], sheet: Sheet) -> None:
    """Lines below the picture, broken to its width."""
    from textwrap import wrap

    wrapped = [part for line in lines for part in wrap(line, sheet.width // 8)]
    if wrapped:
        figure.supxlabel("\n".join(wrapped), fontsize=9, parse_math=False)


def frame(axes: Any, across: Window, up: Window, width: int, height: int) -> None:
    """The edges of the picture, with ticks at round numbers."""
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    for axis, window, most in ((axes.xaxis, across, width), (axes.yaxis, up, height)):
        found = ticks(window, most)
        axis.set_ticks([tick.place for tick in found], [tick.label for tick in found])
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _panel(axes: Any, picture: Picture, curves: Sequence[Curve], names: Names, up: Window) -> None:
    across = Window(picture.low, picture.high)
    frame(axes, across, up, 7, 7)
    for line, window in ((axes.axhline, up), (axes.axvline, across)):
        if window.low < 0 < window.high:
            line(window.place(0.0), color=_GRAY, linewidth=0.6, zorder=1)
    for x in sorted({x for curve in curves for x in curve.asymptotes}):
        place, label = across.place(x), "asymptote"
        axes.axvline(place, color=_GRAY, linewidth=1.3, linestyle=":", zorder=2, label=label)
    for curve in curves:
        _curve(axes, curve, across, up, names.curve(curve.order))
    if curves[0].order == 0:
        kinks = [m for m in picture.marks if m.kind in (Kind.KINK, Kind.VERTICAL)]
        places = [(across.place(m.x), up.place(m.sides[0].at)) for m in kinks]
        _dots(axes, places, marker="D", s=26, zorder=9, color=_COLORS[0], label="kink")


def _legend(figure: Any, sheet: Sheet) -> None:
    """One legend above all, the curves first."""
    entries: dict[str, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    labels = sorted(entries, key=lambda label: label in ("asymptote", "kink"))
    handles = [entries[label] for label in labels]
    length = sum(7 * len(label) + 60 for label in labels)
    columns = len(labels) if length < sheet.width else 1
    looks = {"frameon": False, "handlelength": 2.6, "ncols": columns}
    legend = figure.legend(handles, labels, loc="outside upper left", **looks)
    for text in legend.get_texts():
        text.set_parse_math(False)


def _curve(axes: Any, curve: Curve, across: Window, up: Window, name: str) -> None:
    """One curve, with gaps between its parts: a single line with one entry in the legend."""
    xs: list[float] = []
    ys: list[float] = []
    for segment in curve.segments:
        for part in clipped(in_square(segment, across, up), -0.02, 1.02):
            xs += [x for x, _ in part] + [float("nan")]
            ys += [y for _, y in part] + [float("nan")]
    axes.plot(
        xs,
        ys,
        color=_COLORS[curve.order],
        linestyle=_DASHES[curve.order],
        linewidth=_WIDTHS[curve.order],
        label=name if not name.startswith("_") else f"\u200b{name}",
        zorder=5 - curve.order,
    )
    color = _COLORS[curve.order]
    # Where ends meet, the function's lies upon the derivative's, which shows around it.
    size, layer = 34 + 30 * curve.order, 9 - curve.order
    for is_filled in (False, True) if len(curve.circles) <= _MOST_CIRCLES else ():
        places = _places(curve.circles, is_filled, across, up)
        face = color if is_filled else "white"
        _dots(axes, places, s=size, zorder=layer, edgecolors=color, facecolors=face)


def _places(
    circles: Sequence[Circle], is_filled: bool, across: Window, up: Window
) -> list[tuple[float, float]]:
    return [(across.place(c.x), up.place(c.y)) for c in circles if c.is_filled is is_filled]


def _dots(axes: Any, places: Sequence[tuple[float, float]], **looks: object) -> None:
    inside = [(x, y) for x, y in places if isfinite(y) and 0 <= y <= 1]
    if inside:
        xs, ys = zip(*inside, strict=True)
        axes.scatter(xs, ys, clip_on=False, **looks)
