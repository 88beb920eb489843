"""Why a result is not finite: the node where it began, in the value or in a derivative."""

from collections.abc import Iterator
from math import isfinite, isnan

from autodiff_cli.derivatives.evaluation import Evaluation, Output
from autodiff_cli.derivatives.wording import operands_said, value_said
from autodiff_cli.errors import MathError
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.language.notation import number_text

_CHOICES = frozenset({BY_NAME["where"], BY_NAME["gate"]})
_ALLOW = "--allow-nonfinite prints the result all the same"


def failure(evaluation: Evaluation) -> MathError | None:
    """The error for the first value or derivative that is not finite, or None."""
    for output in evaluation.outputs:
        if not isfinite(evaluation.value(output.node)):
            return _value_failure(evaluation, output)
    for output in evaluation.outputs:
        for name, derivative in evaluation.gradient(output).items():
            if not isfinite(derivative):
                return _derivative_failure(evaluation, output, name, derivative)
    return None


def _value_failure(evaluation: Evaluation, output: Output) -> MathError:
    """Blame the node where the result's infinity or NaN began."""
    graph, names = evaluation.lowered.graph, evaluation.names
    node = _origin(evaluation, output.node)
    if not graph.arguments[node]:
        result = number_text(evaluation.value(output.node))
        return _blame(evaluation, node, f"the result is {result}, from {names[node]}")
    return _blame(evaluation, node, value_said(evaluation, node))


def _origin(evaluation: Evaluation, node: int) -> int:
    """Back from a node that is not finite to the first one: its operands are finite."""
    graph = evaluation.lowered.graph
    while True:
        arguments = graph.arguments[node]
        if graph.operators[node] in _CHOICES:
            condition = evaluation.value(arguments[0])
            arguments = arguments[:1] if isnan(condition) else arguments[1 if condition else 2 :][:1]
        culprits = [a for a in arguments if not isfinite(evaluation.value(a))]
        if not culprits:
            return node
        node = culprits[0]


def _derivative_failure(
    evaluation: Evaluation, output: Output, name: str, derivative: float
) -> MathError:
    """Blame the edge over which the first number that is not finite arrived."""
    what = f"the derivative along {name} is {number_text(derivative)}"
    known = {**evaluation.lowered.definitions, **evaluation.lowered.graph.variables}
    for node, argument, arrived, partial in _edges_to(evaluation, output, known[name]):
        if isfinite(arrived * partial):
            continue
        names = evaluation.names
        reason = f"{names.expression(node)} has the partial {number_text(partial)}"
        if isnan(arrived * partial) and not isnan(partial):
            reason += f", times {number_text(arrived)} from behind"
        reason += f" along {names[argument]} at {operands_said(evaluation, node)}"
        return _blame(evaluation, node, f"{what}: {reason}")
    return _blame(evaluation, known[name], what)


def _edges_to(
    evaluation: Evaluation, output: Output, target: int
) -> Iterator[tuple[int, int, float, float]]:
    """The edges on the ways from `output` to `target`, in the order of the backward pass.

    Each is (node, argument, adjoint that arrives at the node, partial along the argument).
    Only edges with a finite adjoint, and none that a gate has shut.
    """
    graph = evaluation.lowered.graph
    leads = {target}
    for node in evaluation.nodes:
        if not leads.isdisjoint(graph.arguments[node]):
            leads.add(node)
    for node in sorted(leads - {target}, reverse=True):
        if node > output.node or evaluation.is_cut_off(output, node):
            continue
        arrived = evaluation.adjoint(output, node)
        if arrived is None or not isfinite(arrived):
            continue
        for argument, partial in zip(graph.arguments[node], evaluation.partials(node), strict=True):
            if argument in leads and partial is not None:
                yield node, argument, arrived, partial


def _blame(evaluation: Evaluation, node: int, message: str) -> MathError:
    lowered = evaluation.lowered
    return MathError(message, text=lowered.tree.text, span=lowered.span(node), hint=_ALLOW)
