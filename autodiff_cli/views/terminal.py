"""The table and the tree for people: values green, derivatives red, numbers aligned.

Everything from the user goes into Text objects, never through Rich's markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console, RenderableType
from rich.text import Text

from autodiff_cli.derivatives.diagnosis import Diagnosis
from autodiff_cli.derivatives.evaluation import DIRECTION, Evaluation, Output
from autodiff_cli.graph.reverse import ABSENT
from autodiff_cli.language.printer import canonical
from autodiff_cli.language.syntax import SyntaxTree
from autodiff_cli.views.columns import (
    DERIVATIVE,
    NAME,
    QUIET,
    VALUE,
    Column,
    Numbers,
    fitted,
    left_out_said,
    side_by_side,
    split,
)
from autodiff_cli.views.layout import Layout
from autodiff_cli.views.numbers import rounded
from autodiff_cli.views.rows import Row, has_hessian_columns, headings, row, shown_nodes

if TYPE_CHECKING:
    from autodiff_cli.derivatives.certified import Certificate
    from autodiff_cli.derivatives.expansions import Expansion

# A formula longer than this is shown by its beginning.
LONGEST_FORMULA = 1000
# Beyond this depth a tree's lines tell the depth as a number: guides would fill the screen.
DEEPEST = 12


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
    head, left_out, tail = split(shown_nodes(evaluation), layout.most_rows)
    rows = [row(evaluation, node, has_hessian_columns(evaluation)) for node in (*head, *tail)]
    names = [Text(shown.name, style=NAME) for shown in rows]
    expressions = [
        Text(shown.expression) if shown.expression else Text("input", style=QUIET) for shown in rows
    ]
    if left_out:
        names.insert(len(head), Text("...", style=QUIET))
        expressions.insert(len(head), Text(left_out_said(left_out), style=QUIET))
        rows.insert(len(head), _NOTHING)
    texts = [Column("node", names), Column("expression", expressions)]
    yield heading(evaluation.lowered.tree)
    yield from _with_hessian(evaluation, texts, rows, [], layout)
    yield from _summary(evaluation, diagnosis, layout.digits)


def expansion_view(
    evaluation: Evaluation, expansion: Expansion, diagnosis: Diagnosis, layout: Layout
) -> Iterator[RenderableType]:
    """A row for each order of a Taylor expansion."""
    from autodiff_cli.views.expansion_rows import ExpansionRow, expansion_headings, expansion_rows

    rows = list(expansion_rows(evaluation, expansion))
    head, left_out, tail = split(range(len(rows)), layout.most_rows)
    shown = [rows[k] for k in (*head, *tail)]
    orders = [Text(str(row.order), style=NAME) for row in shown]
    if left_out:
        orders.insert(len(head), Text(left_out_said(left_out), style=QUIET))
        shown.insert(len(head), ExpansionRow(0, (None,) * len(rows[0].numbers)))
    title, *titles = expansion_headings(evaluation)
    columns = [
        Numbers(name, [row.numbers[position] for row in shown], DERIVATIVE if position % 2 else VALUE)
        for position, name in enumerate(titles)
    ]
    yield heading(evaluation.lowered.tree)
    yield fitted([Column(title, orders), *columns], layout)
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
    cut = [Text(left_out_said(left_out), style=QUIET)] if left_out else []
    columns = [Numbers("local", local, QUIET)]
    yield heading(evaluation.lowered.tree)
    yield from _with_hessian(evaluation, [Column("node", labels)], rows, columns, layout, cut)
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


def _with_hessian(
    evaluation: Evaluation,
    texts: Sequence[Column],
    rows: Sequence[Row],
    last: Sequence[Numbers],
    layout: Layout,
    cut: Sequence[Text] = (),
) -> Iterator[RenderableType]:
    """The columns of rows, with second derivatives among them, or below where they do not fit.

    `cut` is what is said right below the columns.
    """
    numbers = _number_columns(evaluation, rows, has_hessian_columns(evaluation))
    first = _number_columns(evaluation, rows, with_hessian=False)
    whole = side_by_side([*texts, *numbers, *last], layout)
    yield whole if whole is not None else fitted([*texts, *first, *last], layout)
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
    head, left_out, tail = split(list(pairs), layout.most_rows)
    shown = [*head, *([None] if left_out else []), *tail]
    names = [_pair_label(pair, left_out) for pair in shown]
    columns: list[Column | Numbers] = [Column("along", names)]
    for output in evaluation.outputs:
        numbers = [None if pair is None else _second(evaluation, output, *pair) for pair in shown]
        title = f"d2 {output.name}" if output.name else "second derivative"
        columns.append(Numbers(title, numbers, DERIVATIVE))
    if not pairs:
        yield Text("\nall second derivatives are 0", style=QUIET)
        return
    yield Text("\nsecond derivatives; those that are not here are 0", style=QUIET)
    yield fitted(columns, layout)


def _pair_label(pair: tuple[str, str] | None, left_out: int) -> Text:
    if pair is None:
        return Text(f"... {left_out_said(left_out)}", style=QUIET)
    return Text(", ".join(pair), style=NAME)


def _second(evaluation: Evaluation, output: Output, first: str, second: str) -> float | None:
    """A second derivative; None where it is 0 by structure."""
    nodes = evaluation.wrt_nodes
    node = evaluation.second_derivative(output, nodes[first], nodes[second])
    return None if node == ABSENT else evaluation.value(node)


def _number_columns(evaluation: Evaluation, rows: Sequence[Row], with_hessian: bool) -> list[Numbers]:
    """The value's column and one for each output's derivatives."""
    value, *adjoints = headings(evaluation, with_hessian)[2:]
    columns = [Numbers(value, [shown.value for shown in rows], VALUE)]
    for position, title in enumerate(adjoints):
        numbers = [shown.adjoints[position] if shown.adjoints else None for shown in rows]
        columns.append(Numbers(title, numbers, DERIVATIVE))
    return columns


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
