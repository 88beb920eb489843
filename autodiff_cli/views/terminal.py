"""The table and the tree for people: values green, derivatives red, numbers aligned.

Everything from the user goes into Text objects, never through Rich's markup.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from shutil import get_terminal_size
from typing import NamedTuple

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.rounding import rounding_error
from autodiff_cli.language.printer import canonical
from autodiff_cli.views.layout import Layout
from autodiff_cli.views.numbers import rounded
from autodiff_cli.views.rows import Row, headings, output_label, row, shown_nodes

VALUE, DERIVATIVE, QUIET, NAME = "green", "red", "dim", "bold"

# A formula longer than this is shown by its beginning.
LONGEST_FORMULA = 1000
# Deeper than this a tree is wider than any terminal.
DEEPEST = 30
# The width of a table that is not shown at a terminal: nothing is cut.
UNCUT = 100_000


def render(parts: Iterable[RenderableType], layout: Layout) -> Iterator[str]:
    """The text of what a view yields: as wide as the terminal, or as wide as it needs to be."""
    file = StringIO()
    console = Console(
        file=file,
        force_terminal=layout.color,
        no_color=not layout.color,
        color_system="standard" if layout.color else None,
        width=_terminal_width(),
        markup=False,
        highlight=False,
        emoji=False,
    )
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, Text))
        yield "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())
        file.seek(0)
        file.truncate()


def _terminal_width() -> int:
    return get_terminal_size().columns if sys.stdout.isatty() else UNCUT


def table_view(evaluation: Evaluation, layout: Layout) -> Iterator[RenderableType]:
    """A row for each node, inputs first."""
    yield _heading(evaluation)
    table = _grid()
    table.add_column("node", style=NAME, no_wrap=True)
    table.add_column("expression", overflow="fold")
    _add_number_columns(table, evaluation)
    head, left_out, tail = _split(shown_nodes(evaluation), layout.most_rows)
    for node in head:
        table.add_row(*_table_cells(row(evaluation, node), layout.digits))
    if left_out:
        table.add_row(Text("...", style=QUIET), Text(_left_out(left_out), style=QUIET))
    for node in tail:
        table.add_row(*_table_cells(row(evaluation, node), layout.digits))
    yield table
    yield from _summary(evaluation, layout.digits)


def tree_view(evaluation: Evaluation, layout: Layout) -> Iterator[RenderableType]:
    """Each output over what it is computed from; a shared node is spelt out once.

    The last column is the local partial of the node above along this one.
    """
    yield _heading(evaluation)
    table = _grid()
    table.add_column("node", overflow="fold")
    _add_number_columns(table, evaluation)
    table.add_column("local", justify="right", style=QUIET, no_wrap=True)
    left_out = 0
    for number, branch in enumerate(_branches(evaluation)):
        if layout.most_rows is not None and number >= layout.most_rows:
            left_out += 1
        else:
            table.add_row(*_tree_cells(evaluation, branch, layout.digits))
    if left_out:
        table.add_row(Text(_left_out(left_out), style=QUIET))
    yield table
    yield from _summary(evaluation, layout.digits)


class _Branch(NamedTuple):
    """One line of a tree: the guides before the node, and the guides of what is below it."""

    node: int
    local: float | None
    depth: int
    guides: str
    below: str
    again: bool


def _branches(evaluation: Evaluation) -> Iterator[_Branch]:
    """The lines of all trees, depth first, with a stack of their own."""
    graph = evaluation.lowered.graph
    spelt_out: set[int] = set()
    for output in evaluation.outputs:
        pending = [_Branch(output.node, None, 0, "", "", output.node in spelt_out)]
        while pending:
            branch = pending.pop()
            node = branch.node
            again = node in spelt_out and bool(graph.arguments[node])
            yield branch._replace(again=again)
            if again:
                continue
            spelt_out.add(node)
            partials = evaluation.partials(output, node)
            edges = [
                (argument, partial)
                for argument, partial in zip(graph.arguments[node], partials, strict=True)
                if argument not in graph.constants
            ]
            for position in range(len(edges) - 1, -1, -1):
                pending.append(_child(branch, *edges[position], position == len(edges) - 1))


def _child(parent: _Branch, node: int, local: float | None, last: bool) -> _Branch:
    depth = parent.depth + 1
    if depth > DEEPEST:
        return _Branch(node, local, depth, f"{depth:>{3 * DEEPEST - 1}} ", "", False)
    guides, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
    return _Branch(node, local, depth, parent.below + guides, parent.below + below, False)


def _tree_cells(evaluation: Evaluation, branch: _Branch, digits: int) -> list[Text | str]:
    shown = row(evaluation, branch.node)
    text = Text().append(branch.guides, style=QUIET).append(shown.name, style=NAME)
    if branch.again:
        text.append(" (above)", style=QUIET)
    elif shown.expression:
        text.append(f" = {shown.expression}")
    local = "" if branch.local is None else rounded(branch.local, digits)
    return [text, *_number_cells(shown, digits), local]


def _grid() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=QUIET)


def _add_number_columns(table: Table, evaluation: Evaluation) -> None:
    _, _, value, *adjoints = headings(evaluation)
    table.add_column(value, justify="right", style=VALUE, no_wrap=True)
    for adjoint in adjoints:
        table.add_column(adjoint, justify="right", style=DERIVATIVE, no_wrap=True)


def _table_cells(shown: Row, digits: int) -> list[Text]:
    name = Text(shown.name)
    expression = Text(shown.expression) if shown.expression else Text("input", style=QUIET)
    return [name, expression, *_number_cells(shown, digits)]


def _number_cells(shown: Row, digits: int) -> list[Text]:
    return [Text("" if n is None else rounded(n, digits)) for n in (shown.value, *shown.adjoints)]


def _split(nodes: Sequence[int], most: int | None) -> tuple[Sequence[int], int, Sequence[int]]:
    """The first and the last nodes, and how many between them are left out."""
    if most is None or len(nodes) <= most:
        return nodes, 0, ()
    tail = most // 2
    return nodes[: most - tail], len(nodes) - most, nodes[len(nodes) - tail :]


def _left_out(count: int) -> str:
    return f"{count} more {'row' if count == 1 else 'rows'}; --all shows them"


def _heading(evaluation: Evaluation) -> Text:
    formula = canonical(evaluation.lowered.tree)
    if len(formula) > LONGEST_FORMULA:
        formula = f"{formula[:LONGEST_FORMULA]} ... ({len(formula)} characters)"
    return Text(f"{formula}\n", style=NAME)


def _summary(evaluation: Evaluation, digits: int) -> Iterator[Text]:
    for output in evaluation.outputs:
        error = rounding_error(evaluation, output).absolute
        line = Text(f"\n{output_label(output)} = ")
        line.append(rounded(evaluation.value(output.node), digits), style=VALUE)
        line.append(f"   rounding error below {error:.1g}" if error else "   exact", style=QUIET)
        yield line
