"""Rows for other programs and documents: tab-separated, CSV and Markdown; never cut."""

from collections.abc import Iterator
from io import StringIO
from itertools import chain

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.views.numbers import exact, rounded
from autodiff_cli.views.rows import Row, has_hessian_columns, headings, rows


def plain(evaluation: Evaluation) -> Iterator[str]:
    """Tab-separated rows under a heading, with shortest round-trip numbers."""
    yield "\t".join(_titles(evaluation)) + "\n"
    for row in rows(evaluation):
        yield "\t".join(_cells(row)) + "\n"


def csv(evaluation: Evaluation) -> Iterator[str]:
    """The same rows as CSV (RFC 4180, but lines end with a line feed)."""
    import csv as library

    line = StringIO()
    writer = library.writer(line, lineterminator="\n")
    for cells in chain([_titles(evaluation)], map(_cells, rows(evaluation))):
        writer.writerow(cells)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def markdown(evaluation: Evaluation, digits: int) -> Iterator[str]:
    """The same rows as a Markdown table, with numbers for people."""
    titles = _titles(evaluation)
    yield f"| {' | '.join(titles)} |\n"
    yield f"|{'|'.join([' --- ', ' --- ', *[' ---: '] * (len(titles) - 2)])}|\n"
    for row in rows(evaluation):
        expression = f"`{row.expression}`" if row.expression else ""
        numbers = ["" if n is None else rounded(n, digits) for n in (row.value, *row.adjoints)]
        cells = [f"`{row.name}`", expression, *numbers]
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _titles(evaluation: Evaluation) -> list[str]:
    return headings(evaluation, has_hessian_columns(evaluation))


def _cells(row: Row) -> list[str]:
    numbers = ["" if n is None else exact(n) for n in (row.value, *row.adjoints)]
    return [row.name, row.expression, *numbers]
