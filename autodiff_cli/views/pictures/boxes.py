"""A picture of a small graph in characters: boxes, and lines between them.

Where lines cross, the upright one goes over the level one, which goes on behind it; a sign
with three arms or four is a fork. So every line can be followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from unicodedata import east_asian_width

from autodiff_cli.errors import UsageError
from autodiff_cli.pictures.picture import Picture, PictureNode
from autodiff_cli.views.pictures.layers import Item, Layers, Trunk, layers
from autodiff_cli.views.pictures.text import Detail, Line, Role, node_lines

# More is no small graph.
MOST_NODES = 60

_STYLES = {Role.NAME: "1", Role.EXPRESSION: "", Role.VALUE: "32", Role.DERIVATIVE: "31"}
_QUIET = "2"
# Arms by side: 1 up, 2 right, 4 down, 8 left.
_UP, _RIGHT, _DOWN, _LEFT = 1, 2, 4, 8
_SIGNS = " ╵╶└╷│┌├╴┘─┴┐┤┬┼"
# Outlines of boxes: corners, level, upright; forks at the lower and the right side.
_PLAIN, _BOLD, _DASHED = "┌┐└┘─│┬├", "┏┓┗┛━┃┯┠", "┌┐└┘╌╎┬├"


class Cell(NamedTuple):
    """One character with its style, an ANSI code; a character that follows a wide one is empty."""

    character: str
    style: str = ""


def boxes(picture: Picture, detail: Detail, width: int, color: bool) -> Iterator[str]:
    """The lines of the picture, from left to right, or if the screen is too narrow downwards.

    Raises UsageError for what is too large, and where it does not fit the width.
    """
    hint = "eval --format tree shows any graph; graph -o graph.svg draws it"
    if len(picture.nodes) > MOST_NODES:
        raise UsageError(
            f"{len(picture.nodes)} nodes are too many to draw with characters (at most {MOST_NODES})",
            hint=hint,
        )
    narrowest = width
    for is_level in (True, False):
        canvas = _Canvas(picture, detail, is_level)
        if canvas.width <= width:
            return canvas.lines(color)
        narrowest = canvas.width if is_level else min(narrowest, canvas.width)
    raise UsageError(f"the graph is {narrowest} columns wide, and the terminal {width}", hint=hint)


class _Canvas:
    """A grid of cells with boxes in layers, from left to right (level) or downwards."""

    def __init__(self, picture: Picture, detail: Detail, is_level: bool) -> None:
        self._is_level = is_level
        self._nodes = {node.id: node for node in picture.nodes}
        self._texts = {
            node.id: [_Text(line) for line in node_lines(node._replace(edges=0), detail)]
            for node in picture.nodes
        }
        self._layout = self._laid_out([(edge.source, edge.target) for edge in picture.edges])
        depths = [self._depth(items) for items in self._layout.ranks]
        # A channel has room for its tracks, and for a line before and an arrow behind them.
        channels = [tracks + 2 + is_level for tracks in self._layout.tracks] + [0]
        length = sum(depths) + sum(channels)
        across = self._layout.extent()
        self.width = length if is_level else across
        self._height = across if is_level else length
        self._cells: dict[tuple[int, int], Cell] = {}
        self._arms: dict[tuple[int, int], int] = {}
        self._entries: list[tuple[int, int]] = []
        start = 0
        for rank, (items, depth, channel) in enumerate(
            zip(self._layout.ranks, depths, channels, strict=True)
        ):
            for item in items:
                self._draw_item(item, start, depth)
            for trunk in self._layout.trunks[rank] if channel else ():
                self._draw_trunk(trunk, start + depth, channel)
            start += depth + channel
        self._draw_arrows()

    def _laid_out(self, edges: list[tuple[int, int]]) -> Layers:
        extents = {node: self._size(node)[0 if self._is_level else 1] for node in self._nodes}
        return layers(extents, edges, gap=1 if self._is_level else 2)

    def _size(self, node: int) -> tuple[int, int]:
        """Height and width of a box."""
        texts = self._texts[node]
        return len(texts) + 2, max(text.width for text in texts) + 4

    def _depth(self, items: list[Item]) -> int:
        """How far a rank goes from the one before to the one behind."""
        along = 1 if self._is_level else 0
        return max(self._size(item.node)[along] for item in items if item.is_box)

    def _at(self, main: int, across: int) -> tuple[int, int]:
        """Row and column."""
        return (across, main) if self._is_level else (main, across)

    def _draw_item(self, item: Item, start: int, depth: int) -> None:
        if not item.is_box:
            self._draw_line(item.start, start, start + depth - 1)
            return
        node = self._nodes[item.node]
        size = self._size(item.node)
        thick = size[1 if self._is_level else 0]
        main = start + (depth - thick) // 2
        height, width = (item.extent, thick) if self._is_level else (thick, item.extent)
        row, column = self._at(main, item.start)
        self._draw_box(node, row, column, height, width)
        if item.is_used:
            outline = _outline(node)
            fork = outline[7] if self._is_level else outline[6]
            self._cells[self._at(main + thick - 1, item.exit())] = Cell(fork, _QUIET)
            self._draw_line(item.exit(), main + thick, start + depth - 1)
        for position in range(len(item.entries)):
            self._draw_line(item.entry(position), start, main - 1)
            self._entries.append(self._at(main - 1, item.entry(position)))

    def _draw_box(self, node: PictureNode, row: int, column: int, height: int, width: int) -> None:
        corners = _outline(node)
        level, upright = corners[4], corners[5]
        right, bottom = column + width - 1, row + height - 1
        for x in range(column + 1, right):
            self._cells[row, x] = self._cells[bottom, x] = Cell(level, _QUIET)
        for y in range(row + 1, bottom):
            self._cells[y, column] = self._cells[y, right] = Cell(upright, _QUIET)
        for sign, place in zip(
            corners[:4],
            ((row, column), (row, right), (bottom, column), (bottom, right)),
            strict=True,
        ):
            self._cells[place] = Cell(sign, _QUIET)
        texts = self._texts[node.id]
        top = row + 1 + (height - 2 - len(texts)) // 2
        for y, text in enumerate(texts, top):
            left = column + (width - text.width) // 2
            for x, character in enumerate(text.cells, left):
                self._cells[y, x] = Cell(character, text.style)

    def _draw_line(self, across: int, first: int, last: int) -> None:
        """A line from rank to rank, from one place up to another, both included."""
        before, after = (_LEFT, _RIGHT) if self._is_level else (_UP, _DOWN)
        for main in range(first, last + 1):
            self._add(main, across, before | after)

    def _draw_trunk(self, trunk: Trunk, start: int, channel: int) -> None:
        before, after = (_LEFT, _RIGHT) if self._is_level else (_UP, _DOWN)
        back, forth = (_UP, _DOWN) if self._is_level else (_LEFT, _RIGHT)
        end = start + channel - 1
        if trunk.track < 0:
            self._draw_line(trunk.pin, start, end)
            return
        track = start + 1 + trunk.track
        self._draw_line(trunk.pin, start, track - 1)
        low, high = min(trunk.pin, *trunk.ends), max(trunk.pin, *trunk.ends)
        arms: dict[int, int] = {}
        for across in range(low, high + 1):
            arms[across] = (back if across > low else 0) | (forth if across < high else 0)
        arms[trunk.pin] |= before
        for end_place in trunk.ends:
            arms[end_place] |= after
            self._draw_line(end_place, track + 1, end)
        for across, sides in arms.items():
            self._add(track, across, sides)

    def _add(self, main: int, across: int, arms: int) -> None:
        """Put a piece of a line in a cell; where two lines cross the upright one is seen."""
        place = self._at(main, across)
        known = self._arms.get(place)
        self._arms[place] = arms if known is None else _UP | _DOWN

    def _draw_arrows(self) -> None:
        for place in self._entries:
            self._cells[place] = Cell("►" if self._is_level else "▼", _QUIET)

    def lines(self, color: bool) -> Iterator[str]:
        """The rows of the grid as text."""
        for place, arms in self._arms.items():
            self._cells.setdefault(place, Cell(_SIGNS[arms], _QUIET))
        for row in range(self._height):
            cells = [self._cells.get((row, column), Cell(" ")) for column in range(self.width)]
            yield _written(cells, color).rstrip() + "\n"


def _outline(node: PictureNode) -> str:
    return _DASHED if node.warnings else _BOLD if node.is_output else _PLAIN


class _Text:
    """A line of text in cells: wide characters take two."""

    def __init__(self, line: Line) -> None:
        self.style = _STYLES.get(line.role, "")
        self.cells: list[str] = []
        for character in line.text:
            self.cells.append(character)
            if east_asian_width(character) in "WF":
                self.cells.append("")
        self.width = len(self.cells)


def _written(cells: list[Cell], color: bool) -> str:
    """A row as text, with ANSI codes around what has the same style."""
    text, style = "", ""
    for cell in cells:
        wanted = cell.style if color and cell.character != " " else ""
        if wanted != style and cell.character:
            text += ("\x1b[0m" if style else "") + (f"\x1b[{wanted}m" if wanted else "")
            style = wanted
        text += cell.character
    return text.rstrip() + ("\x1b[0m" if style else "")
