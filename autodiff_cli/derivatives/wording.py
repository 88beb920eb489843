"""How a node's value and operands are told in a sentence."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.graph.rules import rule, value
from autodiff_cli.language.notation import ATOM, applied, number_text

if TYPE_CHECKING:
    from autodiff_cli.derivatives.differentiability import Along

# What is 0 for no number, and what is 0 only if one of its operands is.
_NEVER_ZERO = frozenset(
    BY_NAME[name]
    for name in (
        "exp",
        "exp2",
        "sigmoid",
        "softplus",
        "softshare",
        "sech",
        "csch",
        "erfc",
        "gaussian",
        "normpdf",
        "normcdf",
        "gamma",
        "beta",
        "besselk",
    )
)
_ZERO_FROM_ZERO = frozenset({BY_NAME["mul"], BY_NAME["div"], BY_NAME["pow"]})


def sides_said(along: Along) -> str:
    """The one-sided derivatives: `-1 from the left, 1 from the right`."""
    sides = ((along.left, "left"), (along.right, "right"))
    told = [
        f"unknown from the {side}" if slope is None else f"{number_text(slope)} from the {side}"
        for slope, side in sides
        if slope is None or not isnan(slope)
    ]
    told += [
        f"outside the domain to the {side}"
        for slope, side in sides
        if slope is not None and isnan(slope)
    ]
    return ", ".join(told)


def operands_said(evaluation: Evaluation, node: int) -> str:
    """`x = 0, y = 2`: the arguments that are not constants."""
    graph = evaluation.lowered.graph
    return ", ".join(
        f"{evaluation.names[argument]} = {number_text(evaluation.value(argument))}"
        for argument in dict.fromkeys(graph.arguments[node])
        if argument not in graph.constants
    )


def is_inside(operator: Operator, values: tuple[float, ...]) -> bool:
    """Whether arguments are in an operator's domain."""
    return not operator.domain or value(rule(operator, operator.domain, len(values)), values, 0.0) == 1.0


def value_said(evaluation: Evaluation, node: int) -> str:
    """What a node's value is, or that it has none: `sqrt(x) at x = -1 is outside the domain`."""
    operator = evaluation.lowered.graph.operators[node]
    values = tuple(evaluation.value(a) for a in evaluation.lowered.graph.arguments[node])
    operands = operands_said(evaluation, node)
    where = evaluation.names.expression(node) + (f" at {operands}" if operands else "")
    if not is_inside(operator, values):
        return outside_said(where, operator)
    return f"{where} is {number_text(evaluation.value(node))}"


def outside_said(where: str, operator: Operator) -> str:
    """That a node is outside the domain, and what the domain is."""
    usage, _ = applied(operator.name, [(name, ATOM) for name in operator.parameters])
    return f"{where} is outside the domain: {usage} needs {operator.domain}"


def underflow(evaluation: Evaluation, node: int) -> int | None:
    """The node behind `node` that is 0 only because the number is too small for a float64."""
    graph = evaluation.lowered.graph
    pending, seen = [node], {node}
    while pending:
        for argument in graph.arguments[pending.pop()]:
            if evaluation.value(argument) != 0 or argument in seen:
                continue
            operands = [evaluation.value(operand) for operand in graph.arguments[argument]]
            operator = graph.operators[argument]
            if operator in _NEVER_ZERO or (operator in _ZERO_FROM_ZERO and all(operands)):
                return argument
            seen.add(argument)
            pending.append(argument)
    return None


def underflow_said(evaluation: Evaluation, node: int) -> str:
    """`x^2 at x = 1e-200 underflows to 0; `, or nothing, before what is said of a node."""
    vanished = underflow(evaluation, node)
    if vanished is None:
        return ""
    where = evaluation.names.expression(vanished)
    return f"{where} at {operands_said(evaluation, vanished)} underflows to 0; "
