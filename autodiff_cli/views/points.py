"""Results at several points: a row for each point."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from autodiff_cli.language.printer import canonical
from autodiff_cli.language.syntax import SyntaxTree
from autodiff_cli.views.layout import Layout
from autodiff_cli.views.numbers import exact, rounded

if TYPE_CHECKING:
    from rich.console import RenderableType

POINTS_SCHEMA = "autodiff.points/1"


class PointRow(NamedTuple):
    """One point: what varies, the results (None where there is none), and the answer in JSON."""

    varying: list[float]
    results: list[float | None]
    answer: str


class Points(NamedTuple):
    """What the columns are: names of what varies, and names of results."""

    varying: list[str]
    results: list[str]


def separated(shown: Points, rows: Iterable[PointRow], separator: str) -> Iterator[str]:
    """Rows under a heading, with shortest round-trip numbers."""
    yield separator.join([*shown.varying, *shown.results]) + "\n"
    for row in rows:
        yield separator.join(_cells(row, exact)) + "\n"


def markdown(shown: Points, rows: Iterable[PointRow], digits: int) -> Iterator[str]:
    """The same as a Markdown table, with numbers for people."""
    titles = [*shown.varying, *shown.results]
    yield f"| {' | '.join(titles)} |\n|{' ---: |' * len(titles)}\n"
    for row in rows:
        yield f"| {' | '.join(_cells(row, lambda number: rounded(number, digits)))} |\n"


def bare(shown: Points, rows: Iterable[PointRow], names: Sequence[str]) -> Iterator[str]:
    """The numbers of these names, a line for each point; names of what varies are among them."""
    titles = [*shown.varying, *shown.results]
    places = [titles.index(name) for name in names]
    for row in rows:
        cells = _cells(row, exact)
        yield "\t".join(cells[place] for place in places) + "\n"


def _cells(row: PointRow, written: Callable[[float], str]) -> list[str]:
    return ["" if number is None else written(number) for number in (*row.varying, *row.results)]


def points_json(
    tree: SyntaxTree, fixed: Mapping[str, float], shown: Points, rows: Iterable[PointRow]
) -> Iterator[str]:
    """One object: the formula, and the answer for each point on a line of its own."""
    from autodiff_cli.views.json_view import json_number

    head = {
        "schema": POINTS_SCHEMA,
        "expression": tree.text,
        "parsed": canonical(tree),
        "inputs": {name: json_number(value) for name, value in fixed.items()},
        "varying": shown.varying,
    }
    text = json.dumps(head, ensure_ascii=False)
    yield f'{text[:-1]},\n "points": ['
    separator = "\n  "
    for row in rows:
        yield separator + row.answer.rstrip("\n")
        separator = ",\n  "
    yield "]}\n"


def points_view(
    tree: SyntaxTree, shown: Points, rows: Sequence[PointRow], layout: Layout
) -> Iterator[RenderableType]:
    """A table: what varies, values green, derivatives red."""
    from rich.text import Text

    from autodiff_cli.views.columns import (
        DERIVATIVE,
        NAME,
        QUIET,
        VALUE,
        Numbers,
        fitted,
        left_out_said,
        split,
    )
    from autodiff_cli.views.terminal import heading

    head, missing, tail = split(rows, layout.most_rows)
    kept = [*head, *tail]
    columns = [
        *(Numbers(name, [row.varying[i] for row in kept], NAME) for i, name in enumerate(shown.varying)),
        *(
            Numbers(name, [row.results[i] for row in kept], VALUE if name[:5] == "value" else DERIVATIVE)
            for i, name in enumerate(shown.results)
        ),
    ]
    yield heading(tree)
    yield fitted(columns, layout)
    if missing:
        yield Text(f"\n{left_out_said(missing)}", style=QUIET)
