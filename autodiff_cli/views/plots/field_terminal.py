"""Heights over a rectangle in a terminal: the denser the dots, the higher; arrows point uphill."""

from collections.abc import Sequence
from math import atan2, hypot, isfinite, pi

from autodiff_cli.plots.fields import Ends, Field, Spot
from autodiff_cli.views.plots import curves_terminal as plot_terminal
from autodiff_cli.views.plots.axes import Names, Tick, Window, fitting, ticks
from autodiff_cli.views.plots.curves_terminal import LEAST_HEIGHT, LEAST_WIDTH, Screen, wrapped

_RAMP = "⠂⠒⠶⠿⣿▓█"
_GAP, _FLAT = "┊", "·"
# Counterclockwise from the right.
_ARROWS = "→↗↑↖←↙↓↘"
# One arrow for so many columns and rows.
_ARROW_COLUMNS, _ARROW_ROWS = 8, 3
# What is not the picture itself: the frame with labels, and lines below.
_FRAME, _BELOW, _NARROW = 2, 5, 60


# The ramp where there are no such characters.
_ASCII = str.maketrans(_RAMP, ".-=+*%#")


def in_ascii(text: str) -> str:
    """The same map for a terminal that has no other characters."""
    return plot_terminal.in_ascii(text.translate(_ASCII))


def room(screen: Screen, up: Ends) -> tuple[int, int]:
    """Columns and rows of the picture itself."""
    below = _BELOW if screen.width >= _NARROW else _BELOW + 1
    rows = max(max(screen.height, LEAST_HEIGHT) - below, 2)
    margin = _margin(_labels(Window(*up), rows), screen)
    return max(screen.width, LEAST_WIDTH) - margin - _FRAME, rows


def _labels(up: Window, rows: int) -> dict[int, str]:
    """What is written beside rows."""
    return {min(int(tick.place * rows), rows - 1): tick.label for tick in ticks(up, max(2, rows // 3))}


def _margin(labels: dict[int, str], screen: Screen) -> int:
    """Columns of the labels at the left."""
    return min(max(map(len, labels.values()), default=1), max(screen.width, LEAST_WIDTH) // 3)


def centred(ends: Ends, count: int) -> Ends:
    """The middles of the first and of the last of so many cells."""
    low, high = ends
    half = 0.5 / count
    return low * (1 - half) + high * half, low * half + high * (1 - half)


def drawing(field: Field, names: Names, height: Window | None, screen: Screen, has_arrows: bool) -> str:
    """The heights as characters in a frame, the last row at the bottom, and a legend below."""
    window = height or Window(*field.window)
    heights = ticks(window, len(_RAMP) - 1) if window.low < window.high else []
    rows, columns = len(field.rows), len(field.rows[0])
    labels = _labels(Window(*field.up), rows)
    margin = _margin(labels, screen)
    lines = [" " * margin + "┌" + "─" * columns + "┐"]
    for row in range(rows - 1, -1, -1):
        label = labels.get(row, "")
        edge = "┤" if label else "│"
        cells = [_cell(field, column, row, window, heights, has_arrows) for column in range(columns)]
        lines.append(f"{label[:margin]:>{margin}}{edge}{_painted(cells, screen.color)}│")
    lines += _bottom(Window(*field.across), columns, margin)
    legend = [(f"{names.curve(0)}:", None), *((text, "green") for text in _levels(heights))]
    lines += wrapped(legend, screen, " ")
    lines += wrapped(_told(field, names, has_arrows), screen)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _cell(
    field: Field, column: int, row: int, window: Window, heights: Sequence[Tick], has_arrows: bool
) -> str:
    """The character of a cell; a space where there is no value."""
    spot = field.rows[row][column]
    if (column, row) in field.gaps:
        return _GAP
    if not isfinite(spot.value):
        return " "
    beside = (column - _ARROW_COLUMNS // 2) % _ARROW_COLUMNS
    if has_arrows and row % _ARROW_ROWS == _ARROW_ROWS // 2 and beside in (0, 1, _ARROW_COLUMNS - 1):
        if beside:
            return " "
        if all(map(isfinite, spot.slopes)):
            return _arrow(spot, field)
    return _shade(sum(window.place(spot.value) >= tick.place for tick in heights), len(heights))


def _shade(level: int, count: int) -> str:
    """The character of a level from 0 to `count`."""
    return _RAMP[round(level * (len(_RAMP) - 1) / count)] if count else _RAMP[len(_RAMP) // 2]


def _arrow(spot: Spot, field: Field) -> str:
    """The direction of the gradient, as it is on the screen; a dot where there is none."""
    across, up = ((high / 2 - low / 2) for low, high in (field.across, field.up))
    rows, columns = len(field.rows), len(field.rows[0])
    # A row is about twice as high as a column is wide.
    x, y = spot.slopes[0] * (columns / across), spot.slopes[1] * (2 * rows / up)
    if not hypot(x, y):
        return _FLAT
    return _ARROWS[round(atan2(y, x) / (pi / 4)) % 8]


def _painted(cells: Sequence[str], color: bool) -> str:
    """Heights green, arrows red; each run of one colour is set off once."""
    if not color:
        return "".join(cells)
    painted, last = "", ""
    for cell in cells:
        code = "31" if cell in _ARROWS or cell == _FLAT else "32" if cell in _RAMP else "0"
        painted += cell if code == last else f"\x1b[{code}m{cell}"
        last = code
    return f"{painted}\x1b[0m"


def _bottom(across: Window, columns: int, margin: int) -> list[str]:
    """The lower edge of the frame and what is written below it."""
    edge, below = ["─"] * columns, [" "] * (margin + columns + 8)
    for tick in fitting(across, columns):
        place = min(int(tick.place * columns), columns - 1)
        edge[place] = "┬"
        start = max(0, margin + 1 + place - len(tick.label) // 2)
        below[start : start + len(tick.label)] = tick.label
    return [" " * margin + "└" + "".join(edge) + "┘", "".join(below)]


def _levels(heights: Sequence[Tick]) -> list[str]:
    """The characters with the heights between them."""
    count = len(heights)
    texts = [_shade(0, count)]
    for level, tick in enumerate(heights, 1):
        texts += [tick.label, _shade(level, count)]
    return texts


def _told(field: Field, names: Names, has_arrows: bool) -> list[tuple[str, str | None]]:
    axes = f"{names.variables[0]} across, {names.variables[1]} up"
    entries: list[tuple[str, str | None]] = [(axes, None)]
    if has_arrows:
        entries.append(("→ direction of the gradient", "red"))
    if field.gaps:
        entries.append((f"{_GAP} jump or pole", None))
    if names.fixed:
        entries.append((names.fixed, None))
    return [*entries, *((note, None) for note in field.notes)]
