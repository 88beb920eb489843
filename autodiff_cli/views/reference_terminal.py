"""The list of operators at a terminal, and one of them in full."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap
from typing import NamedTuple

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autodiff_cli.graph.reference import FORM_FAMILY, Entry, LanguageForm, grouped, summary, usage
from autodiff_cli.views.columns import DERIVATIVE, NAME, QUIET
from autodiff_cli.views.layout import Layout
from autodiff_cli.views.reference import facts

_GAP = 2
_WIDEST_USAGE = 22
# A wider column would take the rules too far from their functions.
_WIDEST_SUMMARY = 60
# Below this many columns there is no room for a table.
_NARROW = 60
# A rule in the list may take so many lines; the whole rule is shown with the function alone.
_MOST_LINES = 2

_TITLES = ("function", "summary", "derivative")


class _Row(NamedTuple):
    """What the list says of an operator or a form: the rules come one below the other."""

    family: str
    usage: str
    summary: str
    rules: list[str]


def _row(entry: Entry | LanguageForm) -> _Row:
    if isinstance(entry, LanguageForm):
        return _Row(FORM_FAMILY, entry.usage, entry.summary, [entry.derivative])
    operator = entry.operator
    # Where there are several rules each is shown with the parameters it is of.
    rules = [f"{', '.join(names)}: {rule}" if names else rule for names, rule in grouped(operator)]
    return _Row(entry.family, usage(operator), summary(operator), rules)


def list_view(
    entries: Sequence[Entry | LanguageForm], searched: bool, layout: Layout
) -> Iterator[RenderableType]:
    """The functions by family: usage, summary, rules."""
    rows = [_row(entry) for entry in entries]
    widths = _widths(rows, layout.width)
    narrow = layout.width < _NARROW
    if not narrow:
        yield _table([[Text(title, style=QUIET) for title in _TITLES]], widths)
    for family, group in groupby(rows, key=lambda row: row.family):
        yield Text(f"\n{family}", style="underline")
        if narrow:
            yield from (_stacked(row, layout.width) for row in group)
        else:
            yield _table([_cells(row, widths) for row in group], widths)
    count = f"{len(rows)} function{'' if len(rows) == 1 else 's'}"
    found = f"{count} found" if searched else count
    yield Text(f"\n{found}; autodiff functions NAME shows one in full", style=QUIET)


def _widths(rows: Sequence[_Row], width: int) -> tuple[int, int, int]:
    """The widths of the columns: as wide as they need to be, or as the screen allows."""
    widest_usage = max(len(row.usage) for row in rows)
    widest_summary = min(_WIDEST_SUMMARY, max(len(row.summary) for row in rows))
    widest_rule = max(len(line) for row in rows for line in row.rules)
    roomy = widest_usage + widest_summary + widest_rule + 2 * _GAP <= width
    usages = widest_usage if roomy else min(widest_usage, _WIDEST_USAGE)
    rest = width - usages - 2 * _GAP
    rules = min(widest_rule, max(rest // 2, rest - widest_summary))
    return usages, min(widest_summary, rest - rules), rules


def _cells(row: _Row, widths: tuple[int, int, int]) -> list[Text]:
    return [
        Text(row.usage, style=NAME),
        Text(row.summary),
        Text("\n".join(_cut(rule, widths[2]) for rule in row.rules), style=DERIVATIVE),
    ]


def _cut(rule: str, width: int) -> str:
    lines = wrap(rule, width, max_lines=_MOST_LINES, placeholder=" ...", subsequent_indent="  ")
    return "\n".join(lines)


def _table(rows: Sequence[Sequence[Text]], widths: tuple[int, int, int]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), show_header=False)
    for width in widths:
        table.add_column(overflow="fold", width=width)
    for row in rows:
        table.add_row(*row)
    return table


def _stacked(row: _Row, width: int) -> RenderableType:
    """The same for a narrow screen: below each other."""
    usages, *texts = _cells(row, (width, width, max(width - _GAP, 10)))
    below = Padding(Text("\n").join(texts), (0, 0, 0, _GAP))
    table = Table.grid()
    table.add_row(usages)
    table.add_row(below)
    return table


def full_view(entries: Sequence[Entry | LanguageForm], asked: Sequence[str]) -> Iterator[RenderableType]:
    """All about each of a few operators and forms."""
    for position, entry in enumerate(entries):
        if position:
            yield Text()
        (_, written), (_, what), *others = facts(entry, asked)
        yield Text().append(written, style=NAME).append(f"   {what}\n")
        table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), show_header=False)
        table.add_column(no_wrap=True, style=QUIET)
        table.add_column(overflow="fold")
        for label, text in others:
            style = DERIVATIVE if label.startswith(("d/d", "derivative")) else ""
            table.add_row(Text(label), Text(text, style=style))
        yield table
