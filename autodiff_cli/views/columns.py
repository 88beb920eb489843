"""Columns of a table for people: aligned numbers that are never cut, beside texts that may be broken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import NamedTuple, TypeVar

from rich.table import Table
from rich.text import Text

from autodiff_cli.views.layout import Layout
from autodiff_cli.views.numbers import aligned, rounded

T = TypeVar("T")

VALUE, DERIVATIVE, QUIET, NAME = "green", "red", "dim", "bold"

# What the text needs at least beside the numbers; it may be broken over lines.
NARROWEST_TEXT = 24


class Column(NamedTuple):
    """Texts under a title; they may be broken over lines."""

    title: str
    cells: Sequence[Text]


class Numbers(NamedTuple):
    """Numbers under a title; they are never broken or cut."""

    title: str
    numbers: Sequence[float | None]
    style: str

    def cells(self, digits: int, align: Callable[[Sequence[str]], list[str]]) -> list[Text]:
        """The title and the numbers, equally wide.

        Over decimal points that meet, the title begins with the numbers; else it ends with them.
        """
        plain = ["" if number is None else rounded(number, digits) for number in self.numbers]
        texts = align(plain)
        width = max(map(len, [self.title, *texts]))
        begins = align is aligned and any("." in text for text in plain)
        title = self.title.ljust(width) if begins else self.title.rjust(width)
        lines = [Text(text.rjust(width), style=self.style) for text in texts]
        return [Text(title, style=QUIET), *lines]


def fitted(columns: Sequence[Column | Numbers], layout: Layout) -> Table | Text:
    """The columns side by side, or where numbers would have to be cut, as a list."""
    table = side_by_side(columns, layout)
    return table if table is not None else _list(columns, layout)


def side_by_side(columns: Sequence[Column | Numbers], layout: Layout) -> Table | None:
    """The columns side by side, as well as the screen allows; None where they do not fit.

    Aligned at the decimal points, or else on the right, or else with fewer digits, or else
    with the text broken over lines.
    """
    texts, numbers = _parted(columns)
    natural = sum(max(map(len, [c.title, *map(str, c.cells)])) + 2 for c in texts)
    for text_width in (natural, min(natural, NARROWEST_TEXT)):
        for digits, align in product((layout.digits, layout.fewest_digits), (aligned, list)):
            cells = [column.cells(digits, align) for column in numbers]
            if text_width + sum(len(column[0]) + 2 for column in cells) <= layout.width:
                return _table(texts, cells)
    return None


def _parted(columns: Sequence[Column | Numbers]) -> tuple[list[Column], list[Numbers]]:
    texts = [column for column in columns if isinstance(column, Column)]
    return texts, [column for column in columns if isinstance(column, Numbers)]


def _table(texts: Sequence[Column], numbers: Sequence[list[Text]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for _ in texts:
        table.add_column(overflow="fold")
    for _ in numbers:
        table.add_column(no_wrap=True)
    for line in zip(*(_titled(column) for column in texts), *numbers, strict=True):
        table.add_row(*line)
    return table


def _titled(column: Column) -> list[Text]:
    return [Text(column.title, style=QUIET), *column.cells]


def _list(columns: Sequence[Column | Numbers], layout: Layout) -> Text:
    """Each row as one line, its cells side by side but not aligned."""
    texts, numbers = _parted(columns)
    lines: list[Text] = []
    digits = [column.cells(layout.digits, list) for column in numbers]
    for cells in zip(*(_titled(column) for column in texts), *digits, strict=True):
        others = [Text(cell.plain.strip(), style=cell.style) for cell in cells[1:]]
        lines.append(Text("  ").join([cells[0], *(other for other in others if other)]))
    return Text("\n").join(lines)


def split(nodes: Sequence[T], most: int | None) -> tuple[Sequence[T], int, Sequence[T]]:
    """The first and the last nodes, and how many between them are left out."""
    if most is None or len(nodes) <= most:
        return nodes, 0, ()
    tail = most // 2
    return nodes[: most - tail], len(nodes) - most, nodes[len(nodes) - tail :]


def left_out_said(count: int) -> str:
    return f"{count} more {'row' if count == 1 else 'rows'}; --all shows them"
