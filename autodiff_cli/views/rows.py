"""The rows that every tabular view shows: a node, its expression, its value, its adjoints."""

from collections.abc import Iterator
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import DIRECTION, Evaluation, Output


class Row(NamedTuple):
    """One node; `adjoints` has one entry for each output, None along constants.

    In forward mode they are tangents, one for each sweep; the tangent of a direction follows
    adjoints. Where second derivatives were asked for they follow: for each output those along the
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


def row(evaluation: Evaluation, node: int) -> Row:
    """The row of one node; inputs that no derivative was asked for have none."""
    name = evaluation.names[node]
    expression = evaluation.names.expression(node)
    outputs = () if evaluation.is_forward else evaluation.outputs
    adjoints = [evaluation.adjoint(output, node) for output in outputs]
    if not expression and not evaluation.is_wrt(node):
        adjoints = [None] * len(adjoints)
    tangents = [evaluation.tangent(along, node) for along in evaluation.tangents]
    derivatives = (*adjoints, *tangents, *_seconds(evaluation, node))
    return Row(name, expression, evaluation.value(node), derivatives)


def _seconds(evaluation: Evaluation, node: int) -> Iterator[float | None]:
    """The row of each output's Hessian for a node."""
    if evaluation.order != 2:
        return
    name = next((name for name, n in evaluation.wrt_nodes.items() if n == node), None)
    for output in evaluation.outputs:
        found = evaluation.hessian_row(output, name) if name is not None else {}
        yield from (found.get(other) for other in evaluation.wrt)


def rows(evaluation: Evaluation) -> Iterator[Row]:
    """A row for each node that is worth one."""
    return (row(evaluation, node) for node in shown_nodes(evaluation))


def output_label(output: Output) -> str:
    """What an output is called where it needs a name."""
    return output.name or "f"


def headings(evaluation: Evaluation) -> list[str]:
    """The titles of the columns of a row."""
    outputs = () if evaluation.is_forward else evaluation.outputs
    adjoints = [f"d {output.name}" if output.name else "derivative" for output in outputs]
    tangents = [
        "tangent" if along == DIRECTION else f"tangent {name}"
        for name, along in evaluation.along.items()
        if along in evaluation.tangents
    ]
    seconds = [
        f"d2 {output.name} {name}" if output.name else f"d2 {name}"
        for output in evaluation.outputs
        for name in (evaluation.wrt if evaluation.order == 2 else ())
    ]
    return ["node", "expression", "value", *adjoints, *tangents, *seconds]
