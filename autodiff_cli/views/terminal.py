"""The table and the tree for people: values green, derivatives red, numbers aligned.

Everything from the user goes into Text objects, never through Rich's markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from io import StringIO
from itertools import product
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from autodiff_cli.derivatives.diagnosis import Diagnosis
from autodiff_cli.derivatives.evaluation import DIRECTION, Evaluation, Output
from autodiff_cli.graph.reverse import ABSENT
from autodiff_cli.language.printer import canonical
from autodiff_cli.language.syntax import SyntaxTree
from autodiff_cli.views.layout import Layout
from autodiff_cli.views.numbers import aligned, rounded
from autodiff_cli.views.rows import Row, has_hessian_columns, headings, row, shown_nodes

T = TypeVar("T")

if TYPE_CHECKING:
    from autodiff_cli.derivatives.certified import Certificate
    from autodiff_cli.derivatives.expansions import Expansion

VALUE, DERIVATIVE, QUIET, NAME = "green", "red", "dim", "bold"

# A formula longer than this is shown by its beginning.
LONGEST_FORMULA = 1000
# Beyond this depth a tree's lines tell the depth as a number: guides would fill the screen.
DEEPEST = 12
# What the text needs at least beside the numbers; it may be broken over lines.
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


def table_view(evaluation: Evaluation, diagnosis: Diagnosis, layout: Layout) -> Iterator[RenderableType]:
    """A row for each node, inputs first."""
    head, left_out, tail = _split(shown_nodes(evaluation), layout.most_rows)
    rows = [row(evaluation, node, has_hessian_columns(evaluation)) for node in (*head, *tail)]
    names = [Text(shown.name, style=NAME) for shown in rows]
    expressions = [
        Text(shown.expression) if shown.expression else Text("input", style=QUIET) for shown in rows
    ]
    if left_out:
        names.insert(len(head), Text("...", style=QUIET))
        expressions.insert(len(head), Text(_left_out(left_out), style=QUIET))
        rows.insert(len(head), _NOTHING)
    texts = [_Column("node", names), _Column("expression", expressions)]
    yield heading(evaluation.lowered.tree)
    yield from _with_hessian(evaluation, texts, rows, [], layout)
    yield from _summary(evaluation, diagnosis, layout.digits)


def expansion_view(
    evaluation: Evaluation, expansion: Expansion, diagnosis: Diagnosis, layout: Layout
) -> Iterator[RenderableType]:
    """A row for each order of a Taylor expansion."""
    from autodiff_cli.views.expansion_rows import ExpansionRow, expansion_headings, expansion_rows

    rows = list(expansion_rows(evaluation, expansion))
    head, left_out, tail = _split(range(len(rows)), layout.most_rows)
    shown = [rows[k] for k in (*head, *tail)]
    orders = [Text(str(row.order), style=NAME) for row in shown]
    if left_out:
        orders.insert(len(head), Text(_left_out(left_out), style=QUIET))
        shown.insert(len(head), ExpansionRow(0, (None,) * len(rows[0].numbers)))
    title, *titles = expansion_headings(evaluation)
    columns = [
        _Numbers(name, [row.numbers[position] for row in shown], DERIVATIVE if position % 2 else VALUE)
        for position, name in enumerate(titles)
    ]
    yield heading(evaluation.lowered.tree)
    yield _fitted([_Column(title, orders), *columns], layout)
    yield from _summary(evaluation, diagnosis, layout.digits)


def tree_view(evaluation: Evaluation, diagnosis: Diagnosis, layout: Layout) -> Iterator[RenderableType]:
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
    with_hessian = has_hessian_columns(evaluation)
    rows = [row(evaluation, branch.node, with_hessian) for branch in branches]
    local = [branch.local for branch in branches]
    labels = [_tree_label(*pair) for pair in zip(rows, branches, strict=True)]
    cut = [Text(_left_out(left_out), style=QUIET)] if left_out else []
    columns = [_Numbers("local", local, QUIET)]
    yield heading(evaluation.lowered.tree)
    yield from _with_hessian(evaluation, [_Column("node", labels)], rows, columns, layout, cut)
    yield from _summary(evaluation, diagnosis, layout.digits)


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
    """Texts under a title; they may be broken over lines."""

    title: str
    cells: Sequence[Text]


class _Numbers(NamedTuple):
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


def _with_hessian(
    evaluation: Evaluation,
    texts: Sequence[_Column],
    rows: Sequence[Row],
    last: Sequence[_Numbers],
    layout: Layout,
    cut: Sequence[Text] = (),
) -> Iterator[RenderableType]:
    """The columns of rows, with second derivatives among them, or below where they do not fit.

    `cut` is what is said right below the columns.
    """
    numbers = _number_columns(evaluation, rows, has_hessian_columns(evaluation))
    first = _number_columns(evaluation, rows, with_hessian=False)
    whole = _side_by_side([*texts, *numbers, *last], layout)
    yield whole if whole is not None else _fitted([*texts, *first, *last], layout)
    yield from cut
    if evaluation.order == 2 and (whole is None or len(numbers) == len(first)):
        yield from _hessian_list(evaluation, layout)


def _hessian_list(evaluation: Evaluation, layout: Layout) -> Iterator[RenderableType]:
    """The second derivatives that are not 0 by structure, a line for each pair of names."""
    pairs = dict.fromkeys(
        (first, second)
        for output in evaluation.outputs
        for first, second, _ in evaluation.second_derivatives(output)
    )
    head, left_out, tail = _split(list(pairs), layout.most_rows)
    shown = [*head, *([None] if left_out else []), *tail]
    names = [_pair_label(pair, left_out) for pair in shown]
    columns: list[_Column | _Numbers] = [_Column("along", names)]
    for output in evaluation.outputs:
        numbers = [None if pair is None else _second(evaluation, output, *pair) for pair in shown]
        title = f"d2 {output.name}" if output.name else "second derivative"
        columns.append(_Numbers(title, numbers, DERIVATIVE))
    if not pairs:
        yield Text("\nall second derivatives are 0", style=QUIET)
        return
    yield Text("\nsecond derivatives; those that are not here are 0", style=QUIET)
    yield _fitted(columns, layout)


def _pair_label(pair: tuple[str, str] | None, left_out: int) -> Text:
    if pair is None:
        return Text(f"... {_left_out(left_out)}", style=QUIET)
    return Text(", ".join(pair), style=NAME)


def _second(evaluation: Evaluation, output: Output, first: str, second: str) -> float | None:
    """A second derivative; None where it is 0 by structure."""
    nodes = evaluation.wrt_nodes
    node = evaluation.second_derivative(output, nodes[first], nodes[second])
    return None if node == ABSENT else evaluation.value(node)


def _number_columns(evaluation: Evaluation, rows: Sequence[Row], with_hessian: bool) -> list[_Numbers]:
    """The value's column and one for each output's derivatives."""
    value, *adjoints = headings(evaluation, with_hessian)[2:]
    columns = [_Numbers(value, [shown.value for shown in rows], VALUE)]
    for position, title in enumerate(adjoints):
        numbers = [shown.adjoints[position] if shown.adjoints else None for shown in rows]
        columns.append(_Numbers(title, numbers, DERIVATIVE))
    return columns


def _fitted(columns: Sequence[_Column | _Numbers], layout: Layout) -> Table | Text:
    """The columns side by side, or where numbers would have to be cut, as a list."""
    table = _side_by_side(columns, layout)
    return table if table is not None else _list(columns, layout)


def _side_by_side(columns: Sequence[_Column | _Numbers], layout: Layout) -> Table | None:
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


def _parted(columns: Sequence[_Column | _Numbers]) -> tuple[list[_Column], list[_Numbers]]:
    texts = [column for column in columns if isinstance(column, _Column)]
    return texts, [column for column in columns if isinstance(column, _Numbers)]


def _table(texts: Sequence[_Column], numbers: Sequence[list[Text]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for _ in texts:
        table.add_column(overflow="fold")
    for _ in numbers:
        table.add_column(no_wrap=True)
    for line in zip(*(_titled(column) for column in texts), *numbers, strict=True):
        table.add_row(*line)
    return table


def _titled(column: _Column) -> list[Text]:
    return [Text(column.title, style=QUIET), *column.cells]


def _list(columns: Sequence[_Column | _Numbers], layout: Layout) -> Text:
    """Each row as one line, its cells side by side but not aligned."""
    texts, numbers = _parted(columns)
    lines: list[Text] = []
    digits = [column.cells(layout.digits, list) for column in numbers]
    for cells in zip(*(_titled(column) for column in texts), *digits, strict=True):
        others = [Text(cell.plain.strip(), style=cell.style) for cell in cells[1:]]
        lines.append(Text("  ").join([cells[0], *(other for other in others if other)]))
    return Text("\n").join(lines)


def _split(nodes: Sequence[T], most: int | None) -> tuple[Sequence[T], int, Sequence[T]]:
    """The first and the last nodes, and how many between them are left out."""
    if most is None or len(nodes) <= most:
        return nodes, 0, ()
    tail = most // 2
    return nodes[: most - tail], len(nodes) - most, nodes[len(nodes) - tail :]


def _left_out(count: int) -> str:
    return f"{count} more {'row' if count == 1 else 'rows'}; --all shows them"


def heading(tree: SyntaxTree) -> Text:
    """The formula in its canonical form; a long one by its beginning."""
    formula = canonical(tree)
    if len(formula) > LONGEST_FORMULA:
        formula = f"{formula[:LONGEST_FORMULA]} ... ({len(formula)} characters)"
    return Text(f"{formula}\n", style=NAME)


def _summary(evaluation: Evaluation, diagnosis: Diagnosis, digits: int) -> Iterator[Text]:
    for output in evaluation.outputs:
        error = diagnosis.errors[output.node].absolute
        line = Text().append(f"\n{output.name or 'value'} = ", style=NAME)
        line.append(rounded(evaluation.value(output.node), digits), style=VALUE)
        said = (
            _error_said(error)
            if diagnosis.certificate is None
            else _certified_said(diagnosis.certificate)
        )
        yield line.append(f"   {said}", style=QUIET)
    if evaluation.direction is not None:
        for output in evaluation.outputs:
            of = f" of {output.name}" if output.name else ""
            line = Text().append(f"directional derivative{of} = ", style=NAME)
            derivative = evaluation.adjoint(output, DIRECTION) or 0.0
            yield line.append(rounded(derivative, digits), style=DERIVATIVE)


def _error_said(error: float) -> str:
    if not isfinite(error):
        return "rounding error unknown"
    return f"rounding error at most about {error:.1g}" if error else "no rounding error"


def _certified_said(certificate: Certificate) -> str:
    return f"certified: every digit is right ({certificate.reading})"
