"""Why a result is not finite: the node where it began, in the value or in a derivative."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from functools import cache
from math import isfinite, isinf, isnan
from typing import TYPE_CHECKING, NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation, Output
from autodiff_cli.derivatives.influence import CHOICES
from autodiff_cli.derivatives.wording import (
    is_inside,
    operands_said,
    sides_said,
    underflow,
    underflow_said,
    value_said,
)
from autodiff_cli.errors import MathError
from autodiff_cli.graph.arena import Graph, evaluate
from autodiff_cli.graph.forward import ahead, consumers
from autodiff_cli.graph.operators import Operator
from autodiff_cli.graph.reverse import ABSENT, derivative, reverse
from autodiff_cli.language.notation import number_text

if TYPE_CHECKING:
    from autodiff_cli.derivatives.differentiability import Along, Pair

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


def failure(evaluation: Evaluation, sides: Mapping[Pair, Along] | None = None) -> MathError | None:
    """The error for the first value or derivative that is not finite, or None.

    `sides` are one-sided derivatives, to be told where there is no other.
    """
    found = origin(evaluation, sides)
    if found is None:
        return None
    lowered = evaluation.lowered
    span = lowered.span(found.node)
    hint = f"{_CERTIFY}; {_ALLOW}" if found.underflows or found.overflows else _ALLOW
    return MathError(found.message, text=lowered.tree.text, span=span, hint=hint)


def origin(evaluation: Evaluation, sides: Mapping[Pair, Along] | None = None) -> Failure | None:
    """Where the first value or derivative that is not finite comes from, if there is one."""
    for output in evaluation.outputs:
        if not isfinite(evaluation.value(output.node)):
            return _value_failure(evaluation, output)
    return _derivative_origin(evaluation, _is_not_finite, sides or {}) or _second_origin(evaluation)


def undefined(evaluation: Evaluation) -> Failure | None:
    """Where a derivative that is NaN at a finite value comes from, if there is one."""
    if not all(isfinite(evaluation.value(output.node)) for output in evaluation.outputs):
        return None
    return _derivative_origin(evaluation, isnan, {})


def overflow(evaluation: Evaluation) -> Failure | None:
    """Where a derivative that is infinite at a finite value has overflowed, if one has."""
    if not all(isfinite(evaluation.value(output.node)) for output in evaluation.outputs):
        return None
    found = _derivative_origin(evaluation, isinf, {})
    return found if found is not None and found.overflows else None


def _derivative_origin(
    evaluation: Evaluation, is_bad: Callable[[float], bool], sides: Mapping[Pair, Along]
) -> Failure | None:
    for output in evaluation.outputs:
        for name, variable in evaluation.along.items():
            derivative = evaluation.adjoint(output, variable) or 0.0
            if is_bad(derivative):
                found = _derivative_failure(evaluation, output, name, derivative)
                along = sides.get((output.node, variable))
                if along is None or not isnan(derivative) or not along.is_told:
                    return found
                return found._replace(message=f"{found.message}; it is {sides_said(along)}")
    return None


def _value_failure(evaluation: Evaluation, output: Output) -> Failure:
    """Blame the node where the result's infinity or NaN began."""
    graph, names = evaluation.lowered.graph, evaluation.names
    node = _birth(evaluation, output.node)
    if not graph.arguments[node]:
        result = number_text(evaluation.value(output.node))
        return Failure(node, f"the result is {result}, from {names[node]}")
    behind = _infinity_behind(evaluation, node)
    if behind is not None:
        message = f"{value_said(evaluation, node)}; {value_said(evaluation, behind)}"
        return Failure(behind, message)
    vanished = underflow(evaluation, node)
    message = underflow_said(evaluation, node) + value_said(evaluation, node)
    return Failure(node if vanished is None else vanished, message, vanished is not None)


def is_outside_domain(evaluation: Evaluation, output: Output) -> bool:
    """Whether a value is not finite because there is none, and not because of an overflow."""
    node = _birth(evaluation, output.node)
    behind = _infinity_behind(evaluation, node)
    node = node if behind is None else behind
    graph = evaluation.lowered.graph
    values = tuple(evaluation.value(argument) for argument in graph.arguments[node])
    return not is_inside(graph.operators[node], values) and underflow(evaluation, node) is None


def _infinity_behind(evaluation: Evaluation, node: int) -> int | None:
    """The origin of an infinity that a NaN was born of, if it has one."""
    arguments = evaluation.lowered.graph.arguments
    infinite = [a for a in arguments[node] if not isfinite(evaluation.value(a))]
    behind = _birth(evaluation, infinite[0]) if infinite else node
    return behind if arguments[behind] and behind != node else None


def _birth(evaluation: Evaluation, node: int) -> int:
    """Back from a NaN to the first one, or from an infinity to the first number not finite."""
    graph = evaluation.lowered.graph
    while True:
        arguments = graph.arguments[node]
        if graph.operators[node] in CHOICES:
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
    targets = evaluation.velocities(evaluation.along[name]).keys()
    edges = list(_edges_to(evaluation, output, targets))
    bad = [edge for edge in edges if not isfinite(edge.passed)]
    if not bad:
        return Failure(min(targets), f"{what}: it overflows", overflows=True)
    # One that has been taken from a side may be infinite where only NaN arrives.
    first = next((edge for edge in bad if isnan(derivative) or isinf(edge.passed)), None)
    if first is None:
        names, node = evaluation.names, bad[0].node
        where = f"{names.expression(node)} at {operands_said(evaluation, node)}"
        return Failure(node, f"{what}: {where} has no finite derivative along {names[bad[0].argument]}")
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
        elif isnan(born.partial):
            reason += "" if born is first else f"; {born.said(evaluation)}"
        else:
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


def _edges_to(evaluation: Evaluation, output: Output, targets: Set[int]) -> Iterator[_Edge]:
    """The edges on the ways from `output` to `targets`, in the order of the backward pass.

    Only edges at which a number arrives, and none that a gate has shut.
    """
    graph = evaluation.lowered.graph
    leads = _leading_to(evaluation, targets)
    for node in sorted(leads - targets, reverse=True):
        if node > output.node or evaluation.is_cut_off(output, node):
            continue
        arrived = evaluation.adjoint(output, node)
        if arrived is None or isnan(arrived):
            continue
        for argument, partial in zip(graph.arguments[node], evaluation.partials(node), strict=True):
            if argument in leads and partial is not None:
                yield _Edge(node, argument, arrived, partial)


def _leading_to(evaluation: Evaluation, targets: Set[int]) -> set[int]:
    """The nodes that depend on others, themselves included."""
    return set(ahead(consumers(evaluation.graph, evaluation.nodes), targets))


# -- Second derivatives --------------------------------------------------------------------------


def _second_origin(evaluation: Evaluation) -> Failure | None:
    for output in evaluation.outputs:
        for name, other, node in evaluation.second_derivatives(output):
            second = evaluation.value(node)
            if not isfinite(second):
                return _second_failure(evaluation, output, (name, other), second)
    return None


def _second_failure(
    evaluation: Evaluation, output: Output, names: tuple[str, str], second: float
) -> Failure:
    """Blame the first node, from the output on, with a partial or a second one that is not finite."""
    what = f"the second derivative along {names[0]} and {names[1]} is {number_text(second)}"
    leads = [_leading_to(evaluation, {evaluation.wrt_nodes[name]}) for name in names]
    for node in sorted(leads[0] | leads[1], reverse=True):
        if node > output.node or evaluation.is_cut_off(output, node):
            continue
        for bend in _bends(evaluation, node, leads):
            reason = bend.said(evaluation)
            if isnan(second) and isinf(bend.partial):
                factors = [evaluation.adjoint(output, node) or 0.0]
                factors += [
                    _derivative(evaluation, argument, name)
                    for argument, name in zip(bend.arguments, names, strict=True)
                ]
                zero = next((factor for factor in factors if factor == 0), None)
                if zero is not None:
                    reason += f", and {number_text(bend.partial)}*{number_text(zero)} has no value"
            return Failure(node, f"{what}: {reason}")
    for name in names:
        for edge in _edges_to(evaluation, output, {evaluation.wrt_nodes[name]}):
            if not isfinite(edge.partial):
                return Failure(edge.node, f"{what}: {edge.said(evaluation)}")
    return Failure(evaluation.wrt_nodes[names[0]], what)


class _Bend(NamedTuple):
    """A second partial of a node, along two of its arguments."""

    node: int
    arguments: tuple[int, int]
    partial: float

    def said(self, evaluation: Evaluation) -> str:
        names = evaluation.names
        first, second = (names[argument] for argument in self.arguments)
        return (
            f"{names.expression(self.node)} has the second partial {number_text(self.partial)}"
            f" along {first} and {second} at {operands_said(evaluation, self.node)}"
        )


def _bends(evaluation: Evaluation, node: int, leads: list[set[int]]) -> Iterator[_Bend]:
    """The second partials of a node that are not finite, along arguments that lead to two variables."""
    graph = evaluation.lowered.graph
    arguments = graph.arguments[node]
    second = _second_partials(graph.operators[node], len(arguments))
    values = evaluate(
        second.graph, second.nodes, {i: evaluation.value(a) for i, a in enumerate(arguments)}
    )
    for (i, j), entry in second.entries.items():
        if arguments[i] not in leads[0] or arguments[j] not in leads[1]:
            continue
        if not isfinite(values[entry]) and evaluation.passes(node, i) and evaluation.passes(node, j):
            yield _Bend(node, (arguments[i], arguments[j]), values[entry])


class _SecondPartials(NamedTuple):
    """The second partials of an operator as a graph, whose first nodes are the operands."""

    graph: Graph
    nodes: list[int]
    entries: dict[tuple[int, int], int]


@cache
def _second_partials(operator: Operator, count: int) -> _SecondPartials:
    graph = Graph()
    variables = tuple(graph.variable(f"x{position}") for position in range(count))
    first = reverse(graph, graph.apply(operator, variables)).nodes
    entries: dict[tuple[int, int], int] = {}
    for i in variables:
        if first[i] != ABSENT:
            again = reverse(graph, first[i]).nodes
            entries.update(((i, j), again[j]) for j in variables if again[j] != ABSENT)
    return _SecondPartials(graph, graph.reachable([*variables, *entries.values()]), entries)


def _derivative(evaluation: Evaluation, node: int, name: str) -> float:
    """The derivative of any node along a name."""
    graph = evaluation.graph
    found = derivative(graph, node, evaluation.wrt_nodes[name])
    if found == ABSENT:
        return 0.0
    return evaluate(graph, graph.reachable([found]), evaluation.variables())[found]
