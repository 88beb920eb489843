"""Why a result is not finite: the node where it began, in the value or in a derivative."""

from collections.abc import Callable, Iterator
from math import isfinite, isinf, isnan
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation, Output
from autodiff_cli.derivatives.wording import operands_said, underflow, underflow_said, value_said
from autodiff_cli.errors import MathError
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.language.notation import number_text

_CHOICES = frozenset({BY_NAME["where"], BY_NAME["gate"]})

_ALLOW = "--allow-nonfinite prints the result all the same"
_CERTIFY = "with --certify nothing overflows or underflows on the way"


class Failure(NamedTuple):
    """Where a result that is not finite comes from: the node to blame, and a sentence.

    It `underflows` or `overflows` where larger or smaller numbers would have had a result.
    """

    node: int
    message: str
    underflows: bool = False
    overflows: bool = False


def failure(evaluation: Evaluation) -> MathError | None:
    """The error for the first value or derivative that is not finite, or None."""
    found = origin(evaluation)
    if found is None:
        return None
    lowered = evaluation.lowered
    span = lowered.span(found.node)
    hint = f"{_CERTIFY}; {_ALLOW}" if found.underflows or found.overflows else _ALLOW
    return MathError(found.message, text=lowered.tree.text, span=span, hint=hint)


def origin(evaluation: Evaluation) -> Failure | None:
    """Where the first value or derivative that is not finite comes from, if there is one."""
    for output in evaluation.outputs:
        if not isfinite(evaluation.value(output.node)):
            return _value_failure(evaluation, output)
    return _derivative_origin(evaluation, _is_not_finite) or _second_origin(evaluation)


def _second_origin(evaluation: Evaluation) -> Failure | None:
    for output in evaluation.outputs:
        for name, row in evaluation.hessian(output).items():
            for other, second in row.items():
                if not isfinite(second):
                    what = f"the second derivative along {name} and {other} is {number_text(second)}"
                    return Failure(evaluation.wrt_nodes[name], what)
    return None


def undefined(evaluation: Evaluation) -> Failure | None:
    """Where a derivative that is NaN at a finite value comes from, if there is one."""
    if not all(isfinite(evaluation.value(output.node)) for output in evaluation.outputs):
        return None
    return _derivative_origin(evaluation, isnan)


def overflow(evaluation: Evaluation) -> Failure | None:
    """Where a derivative that is infinite at a finite value has overflowed, if one has."""
    if not all(isfinite(evaluation.value(output.node)) for output in evaluation.outputs):
        return None
    found = _derivative_origin(evaluation, isinf)
    return found if found is not None and found.overflows else None


def _derivative_origin(evaluation: Evaluation, is_bad: Callable[[float], bool]) -> Failure | None:
    for output in evaluation.outputs:
        for name, derivative in evaluation.gradient(output).items():
            if is_bad(derivative):
                return _derivative_failure(evaluation, output, name, derivative)
    return None


def _value_failure(evaluation: Evaluation, output: Output) -> Failure:
    """Blame the node where the result's infinity or NaN began."""
    graph, names = evaluation.lowered.graph, evaluation.names
    node = _birth(evaluation, output.node)
    if not graph.arguments[node]:
        result = number_text(evaluation.value(output.node))
        return Failure(node, f"the result is {result}, from {names[node]}")
    infinite = [a for a in graph.arguments[node] if not isfinite(evaluation.value(a))]
    if infinite:
        # A NaN, born of an infinity that has an origin of its own.
        behind = _birth(evaluation, infinite[0])
        if graph.arguments[behind]:
            message = f"{value_said(evaluation, node)}; {value_said(evaluation, behind)}"
            return Failure(behind, message)
    vanished = underflow(evaluation, node)
    message = underflow_said(evaluation, node) + value_said(evaluation, node)
    return Failure(node if vanished is None else vanished, message, vanished is not None)


def _birth(evaluation: Evaluation, node: int) -> int:
    """Back from a NaN to the first one, or from an infinity to the first number not finite."""
    graph = evaluation.lowered.graph
    while True:
        arguments = graph.arguments[node]
        if graph.operators[node] in _CHOICES:
            condition = evaluation.value(arguments[0])
            arguments = arguments[:1] if isnan(condition) else arguments[1 if condition else 2 :][:1]
        is_like = isnan if isnan(evaluation.value(node)) else _is_not_finite
        culprits = [a for a in arguments if is_like(evaluation.value(a))]
        if not culprits:
            return node
        node = culprits[0]


def _is_not_finite(value: float) -> bool:
    return not isfinite(value)


def _derivative_failure(evaluation: Evaluation, output: Output, name: str, derivative: float) -> Failure:
    """Blame the edge over which the first number that is not finite arrived.

    A NaN is born where an infinity meets a zero, or another infinity: then that is told, too.
    """
    what = f"the derivative along {name} is {number_text(derivative)}"
    target = evaluation.wrt_nodes[name]
    edges = list(_edges_to(evaluation, output, target))
    first = next((edge for edge in edges if not isfinite(edge.passed)), None)
    if first is None:
        return Failure(target, f"{what}: it overflows", overflows=True)
    if first.overflows:
        product = f"{number_text(first.arrived)}*{number_text(first.partial)}"
        where = evaluation.names.expression(first.node)
        reason = f"behind {where}, {product} overflows on the way"
        return Failure(first.node, f"{what}: {reason}", overflows=True)
    vanished = underflow_said(evaluation, first.node)
    reason = vanished + first.said(evaluation)
    if isnan(derivative):
        born = next((edge for edge in edges if isnan(edge.passed)), None)
        if born is None:
            reason += f", and infinities of both signs meet in {name}"
        elif not isnan(born.partial):
            factor = "" if born is first else f"; {born.said(evaluation)}"
            meeting = f"{number_text(born.arrived)}*{number_text(born.partial)}"
            reason += f"{factor}, and {meeting} has no value"
    return Failure(first.node, f"{what}: {reason}", bool(vanished))


class _Edge(NamedTuple):
    """An edge of the backward pass: what arrives at a node, and its partial along an argument."""

    node: int
    argument: int
    arrived: float
    partial: float

    @property
    def passed(self) -> float:
        return self.arrived * self.partial

    @property
    def overflows(self) -> bool:
        """Whether a product of two finite numbers is none."""
        return isfinite(self.arrived) and isfinite(self.partial) and not isfinite(self.passed)

    def said(self, evaluation: Evaluation) -> str:
        names = evaluation.names
        return (
            f"{names.expression(self.node)} has the partial {number_text(self.partial)}"
            f" along {names[self.argument]} at {operands_said(evaluation, self.node)}"
        )


def _edges_to(evaluation: Evaluation, output: Output, target: int) -> Iterator[_Edge]:
    """The edges on the ways from `output` to `target`, in the order of the backward pass.

    Only edges at which a number arrives, and none that a gate has shut.
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
        if arrived is None or isnan(arrived):
            continue
        for argument, partial in zip(graph.arguments[node], evaluation.partials(node), strict=True):
            if argument in leads and partial is not None:
                yield _Edge(node, argument, arrived, partial)
