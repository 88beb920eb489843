"""Rows for other programs and documents: tab-separated, CSV and Markdown; never cut.

They are of nodes, or of orders where there is a Taylor expansion.
"""

from collections.abc import Callable, Iterator
from io import StringIO

from autodiff_cli.derivatives.diagnosis import Diagnosis
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.views.numbers import exact, rounded
from autodiff_cli.views.rows import has_hessian_columns, headings, rows


def plain(evaluation: Evaluation, diagnosis: Diagnosis) -> Iterator[str]:
    """Tab-separated rows under a heading, with shortest round-trip numbers."""
    for cells in _lines(evaluation, diagnosis, exact):
        yield "\t".join(cells) + "\n"


def csv(evaluation: Evaluation, diagnosis: Diagnosis) -> Iterator[str]:
    """The same rows as CSV (RFC 4180, but lines end with a line feed)."""
    import csv as library

    line = StringIO()
    writer = library.writer(line, lineterminator="\n")
    for cells in _lines(evaluation, diagnosis, exact):
        writer.writerow(cells)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def markdown(evaluation: Evaluation, diagnosis: Diagnosis, digits: int) -> Iterator[str]:
    """The same rows as a Markdown table, with numbers for people."""
    lines = _lines(evaluation, diagnosis, lambda number: rounded(number, digits), "`{}`".format)
    titles = next(lines)
    texts = 2 if diagnosis.expansion is None else 0
    yield f"| {' | '.join(titles)} |\n"
    yield f"|{'|'.join([' --- '] * texts + [' ---: '] * (len(titles) - texts))}|\n"
    for cells in lines:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _lines(
    evaluation: Evaluation,
    diagnosis: Diagnosis,
    written: Callable[[float], str],
    quoted: Callable[[str], str] = str,
) -> Iterator[list[str]]:
    """The titles, and then the cells of each row."""
    if diagnosis.expansion is not None:
        from autodiff_cli.views.expansion_rows import expansion_headings, expansion_rows

        yield expansion_headings(evaluation)
        for order, numbers in expansion_rows(evaluation, diagnosis.expansion):
            yield [str(order), *("" if n is None else written(n) for n in numbers)]
        return
    yield headings(evaluation, has_hessian_columns(evaluation))
    for row in rows(evaluation):
        texts = [quoted(row.name), quoted(row.expression) if row.expression else ""]
        numbers = ["" if n is None else written(n) for n in (row.value, *row.adjoints)]
        yield [*texts, *numbers]
