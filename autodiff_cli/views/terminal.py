"""The table and the tree for people: values green, derivatives red, numbers aligned.

Everything from the user goes into Text objects, never through Rich's markup.
"""

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from math import isfinite
from typing import NamedTuple

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.rounding import rounding_error
from autodiff_cli.language.printer import canonical
from autodiff_cli.views.layout import Layout
from autodiff_cli.views.numbers import aligned, rounded
from autodiff_cli.views.rows import Row, headings, row, shown_nodes

VALUE, DERIVATIVE, QUIET, NAME = "green", "red", "dim", "bold"

# A formula longer than this is shown by its beginning.
LONGEST_FORMULA = 1000
# Beyond this depth a tree's lines tell the depth as a number: guides would fill the screen.
DEEPEST = 12
# With less room than this for text beside the numbers, a table becomes a list.
NARROWEST_TEXT = 24


def render(parts: Iterable[RenderableType], layout: Layout) -> Iterator[str]:
    """The text of what a view yields: as wide as the terminal, or as wide as it needs to be."""
    file = StringIO()
    console = Console(
        file=file,
        force_terminal=layout.color,
        no_color=not layout.color,
        color_system="standard" if layout.color else None,
        width=layout.width,
        markup=False,
        highlight=False,
        emoji=False,
    )
    for part in parts:
        console.print(part)
        yield "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())
        file.seek(0)
        file.truncate()


# A row that stands for rows left out.
_NOTHING = Row("", "", None, ())


def table_view(evaluation: Evaluation, layout: Layout) -> Iterator[RenderableType]:
    """A row for each node, inputs first."""
    head, left_out, tail = _split(shown_nodes(evaluation), layout.most_rows)
    rows = [row(evaluation, node) for node in (*head, *tail)]
    names = [Text(shown.name, style=NAME) for shown in rows]
    expressions = [
        Text(shown.expression) if shown.expression else Text("input", style=QUIET) for shown in rows
    ]
    if left_out:
        names.insert(len(head), Text("...", style=QUIET))
        expressions.insert(len(head), Text(_left_out(left_out), style=QUIET))
        rows.insert(len(head), _NOTHING)
    yield _heading(evaluation)
    yield _table(
        [
            _text_column("node", names),
            _text_column("expression", expressions),
            *_number_columns(evaluation, rows, layout.digits),
        ],
        layout.width,
    )
    yield from _summary(evaluation, layout.digits)


def tree_view(evaluation: Evaluation, layout: Layout) -> Iterator[RenderableType]:
    """Each output over what it is computed from; a shared node is spelt out once.

    The last column is the local partial of the node above along this one.
    """
    branches: list[_Branch] = []
    left_out = 0
    for branch in _branches(evaluation):
        if layout.most_rows is None or len(branches) < layout.most_rows:
            branches.append(branch)
        else:
            left_out += 1
    rows = [row(evaluation, branch.node) for branch in branches]
    local = [branch.local for branch in branches]
    yield _heading(evaluation)
    yield _table(
        [
            _text_column("node", [_tree_label(*pair) for pair in zip(rows, branches, strict=True)]),
            *_number_columns(evaluation, rows, layout.digits),
            _number_column("local", local, layout.digits, QUIET),
        ],
        layout.width,
    )
    if left_out:
        yield Text(_left_out(left_out), style=QUIET)
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
            partials = evaluation.partials(node)
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


def _tree_label(shown: Row, branch: _Branch) -> Text:
    text = Text().append(branch.guides, style=QUIET).append(shown.name, style=NAME)
    if branch.again:
        return text.append(" (above)", style=QUIET)
    return text.append(f" = {shown.expression}") if shown.expression else text


class _Column(NamedTuple):
    """The cells of a column, its title first; numbers are not to be broken over lines."""

    cells: list[Text]
    is_number: bool


def _text_column(title: str, cells: Sequence[Text]) -> _Column:
    return _Column([Text(title, style=QUIET), *cells], is_number=False)


def _number_column(title: str, numbers: Sequence[float | None], digits: int, style: str) -> _Column:
    """Numbers aligned at their decimal points, under a title that ends with them."""
    texts = aligned(["" if number is None else rounded(number, digits) for number in numbers])
    width = max(map(len, [title, *texts]))
    cells = [Text(text.rjust(width), style=style) for text in texts]
    return _Column([Text(title.rjust(width), style=QUIET), *cells], is_number=True)


def _number_columns(evaluation: Evaluation, rows: Sequence[Row], digits: int) -> list[_Column]:
    """The value's column and one for each output's derivatives."""
    value, *adjoints = headings(evaluation)[2:]
    columns = [_number_column(value, [shown.value for shown in rows], digits, VALUE)]
    for position, title in enumerate(adjoints):
        numbers = [shown.adjoints[position] if shown.adjoints else None for shown in rows]
        columns.append(_number_column(title, numbers, digits, DERIVATIVE))
    return columns


def _table(columns: Sequence[_Column], width: int) -> Table | Text:
    """The columns side by side; where numbers would have to be cut, a list instead."""
    numbers = sum(len(column.cells[0]) + 2 for column in columns if column.is_number)
    texts = sum(max(map(len, column.cells)) + 2 for column in columns if not column.is_number)
    if min(texts, NARROWEST_TEXT) + numbers > width:
        return _list(columns)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for column in columns:
        table.add_column(overflow="fold", no_wrap=column.is_number)
    for line in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*line)
    return table


def _list(columns: Sequence[_Column]) -> Text:
    """Each row as one line, its cells side by side but not aligned."""
    rows = zip(*(column.cells for column in columns), strict=True)
    lines: list[Text] = []
    for cells in rows:
        numbers = [Text(cell.plain.strip(), style=cell.style) for cell in cells[1:]]
        lines.append(Text("  ").join([cells[0], *(number for number in numbers if number)]))
    return Text("\n").join(lines)


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
        line = Text(f"\n{output.name or 'value'} = ", style=NAME)
        line.append(rounded(evaluation.value(output.node), digits), style=VALUE)
        yield line.append(f"   {_error_said(error)}", style=QUIET)


def _error_said(error: float) -> str:
    if not isfinite(error):
        return "rounding error unknown"
    return f"rounding error at most about {error:.1g}" if error else "no rounding error"
