"""The rows that every tabular view shows: a node, its expression, its value, its adjoints."""

from collections.abc import Iterator
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import DIRECTION, Evaluation, Output
from autodiff_cli.views.hessian import is_listed, second_name


class Row(NamedTuple):
    """One node; `adjoints` has one entry for each output, None along constants.

    In forward mode they are tangents, one for each sweep; the tangent of a direction follows
    adjoints. Where the Hessian is shown in columns it follows: for each output the derivatives along the
    node and each name, None for nodes that none were asked for.
    """

    name: str
    expression: str
    value: float | None
    adjoints: tuple[float | None, ...]


def shown_nodes(evaluation: Evaluation) -> list[int]:
    """The nodes worth a row: inputs first, then what is computed; bare constants are not."""
    graph = evaluation.lowered.graph
    outputs = {output.node for output in evaluation.outputs}
    inputs = [graph.variables[name] for name in evaluation.inputs]
    computed = [n for n in evaluation.nodes if graph.arguments[n] or n in outputs]
    return list(dict.fromkeys([*inputs, *computed]))


def row(evaluation: Evaluation, node: int, with_hessian: bool) -> Row:
    """The row of one node; inputs that no derivative was asked for have none."""
    name = evaluation.names[node]
    expression = evaluation.names.expression(node)
    outputs = () if evaluation.is_forward else evaluation.outputs
    adjoints = [evaluation.adjoint(output, node) for output in outputs]
    if not expression and not evaluation.is_wrt(node):
        adjoints = [None] * len(adjoints)
    tangents = [evaluation.tangent(along, node) for along in evaluation.tangents]
    seconds = _seconds(evaluation, node) if with_hessian else ()
    return Row(name, expression, evaluation.value(node), (*adjoints, *tangents, *seconds))


def _seconds(evaluation: Evaluation, node: int) -> Iterator[float | None]:
    """The row of each output's Hessian for a node."""
    for output in evaluation.outputs:
        if evaluation.is_wrt(node):
            yield from evaluation.hessian_row(output, node)
        else:
            yield from [None] * len(evaluation.wrt)


def has_hessian_columns(evaluation: Evaluation) -> bool:
    """Whether second derivatives are columns of the rows, as they are unless they are listed."""
    return evaluation.order == 2 and not is_listed(evaluation)


def rows(evaluation: Evaluation) -> Iterator[Row]:
    """A row for each node that is worth one, and for each second derivative that is listed."""
    with_hessian = has_hessian_columns(evaluation)
    for node in shown_nodes(evaluation):
        yield row(evaluation, node, with_hessian)
    if not with_hessian:
        blank = (None,) * len(_first_headings(evaluation))
        for output in evaluation.outputs:
            for first, second, node in evaluation.second_derivatives(output):
                name = second_name(evaluation, output, first, second)
                yield Row(name, "", evaluation.value(node), blank)


def output_label(output: Output) -> str:
    """What an output is called where it needs a name."""
    return output.name or "f"


def headings(evaluation: Evaluation, with_hessian: bool) -> list[str]:
    """The titles of the columns of a row."""
    seconds = [
        f"d2 {output.name} {name}" if output.name else f"d2 {name}"
        for output in evaluation.outputs
        for name in (evaluation.wrt if with_hessian else ())
    ]
    return ["node", "expression", "value", *_first_headings(evaluation), *seconds]


def _first_headings(evaluation: Evaluation) -> list[str]:
    """The titles of adjoints and tangents."""
    outputs = () if evaluation.is_forward else evaluation.outputs
    adjoints = [f"d {output.name}" if output.name else "derivative" for output in outputs]
    tangents = [
        "tangent" if along == DIRECTION else f"tangent {name}"
        for name, along in evaluation.along.items()
        if along in evaluation.tangents
    ]
    return [*adjoints, *tangents]
