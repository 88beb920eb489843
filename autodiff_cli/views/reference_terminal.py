"""The list of operators at a terminal, and one of them in full."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autodiff_cli.graph.operators import Operator
from autodiff_cli.graph.reference import Entry, grouped, summary, usage
from autodiff_cli.views.layout import Layout
from autodiff_cli.views.reference import facts
from autodiff_cli.views.terminal import DERIVATIVE, NAME, QUIET

_GAP = 2
_WIDEST_USAGE = 22
# A wider column would take the rules too far from their functions.
_WIDEST_SUMMARY = 60
# Below this many columns there is no room for a table.
_NARROW = 60
# A rule in the list may take so many lines; the whole rule is shown with the function alone.
_MOST_LINES = 2

_TITLES = ("function", "summary", "derivative")


def list_view(entries: Sequence[Entry], searched: bool, layout: Layout) -> Iterator[RenderableType]:
    """The operators by family: usage, summary, rules."""
    widths = _widths([entry.operator for entry in entries], layout.width)
    narrow = layout.width < _NARROW
    if not narrow:
        yield _table([[Text(title, style=QUIET) for title in _TITLES]], widths)
    for family, group in groupby(entries, key=lambda entry: entry.family):
        operators = [operator for operator, _ in group]
        yield Text(f"\n{family}", style="underline")
        if narrow:
            yield from (_stacked(operator, layout.width) for operator in operators)
        else:
            yield _table([_cells(operator, widths) for operator in operators], widths)
    count = f"{len(entries)} function{'' if len(entries) == 1 else 's'}"
    found = f"{count} found" if searched else count
    yield Text(f"\n{found}; autodiff functions NAME shows one in full", style=QUIET)


def _widths(operators: Sequence[Operator], width: int) -> tuple[int, int, int]:
    """The widths of the columns: as wide as they need to be, or as the screen allows."""
    widest_usage = max(len(usage(operator)) for operator in operators)
    widest_summary = min(_WIDEST_SUMMARY, max(len(summary(operator)) for operator in operators))
    widest_rule = max(len(line) for operator in operators for line in _rules(operator))
    roomy = widest_usage + widest_summary + widest_rule + 2 * _GAP <= width
    usages = widest_usage if roomy else min(widest_usage, _WIDEST_USAGE)
    rest = width - usages - 2 * _GAP
    rules = min(widest_rule, max(rest // 2, rest - widest_summary))
    return usages, min(widest_summary, rest - rules), rules


def _rules(operator: Operator) -> list[str]:
    """The rules, each with the parameters it is of where there are several."""
    return [f"{', '.join(names)}: {rule}" if names else rule for names, rule in grouped(operator)]


def _cells(operator: Operator, widths: tuple[int, int, int]) -> list[Text]:
    return [
        Text(usage(operator), style=NAME),
        Text(summary(operator)),
        Text("\n".join(_cut(rule, widths[2]) for rule in _rules(operator)), style=DERIVATIVE),
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


def _stacked(operator: Operator, width: int) -> RenderableType:
    """The same for a narrow screen: below each other."""
    usages, *texts = _cells(operator, (width, width, max(width - _GAP, 10)))
    below = Padding(Text("\n").join(texts), (0, 0, 0, _GAP))
    table = Table.grid()
    table.add_row(usages)
    table.add_row(below)
    return table


def full_view(entries: Sequence[Entry], asked: Sequence[str]) -> Iterator[RenderableType]:
    """All about each of a few operators."""
    for position, entry in enumerate(entries):
        if position:
            yield Text()
        (_, written), (_, what), *others = facts(entry, asked)
        yield Text().append(written, style=NAME).append(f"   {what}\n")
        table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), show_header=False)
        table.add_column(no_wrap=True, style=QUIET)
        table.add_column(overflow="fold")
        for label, text in others:
            style = DERIVATIVE if label.startswith("d/d") else ""
            table.add_row(Text(label), Text(text, style=style))
        yield table
