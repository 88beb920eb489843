"""What has to be said of a point at which some node is at a kink or an edge, or is not finite.

Loaded only at such points.
"""

from collections.abc import Iterator
from math import isfinite, isnan
from typing import NamedTuple

from autodiff_cli.derivatives.differentiability import Along, Pair, sides
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.failure import overflow, undefined
from autodiff_cli.derivatives.influence import Influence
from autodiff_cli.derivatives.kinks import Suspect, said, suspects
from autodiff_cli.derivatives.wording import underflow_said, value_said


class Finding(NamedTuple):
    """One thing to be said: its code, the node it is about, a sentence."""

    code: str
    node: int
    message: str


def look(evaluation: Evaluation, is_certified: bool) -> tuple[list[Finding], dict[Pair, Along]]:
    """What is to be said, and what is known of outputs from both sides.

    Where a derivative exists that the conventions at kinks have missed, the evaluation takes it, and
    where they led to none (0 times infinity) the one-sided derivative of least size, or 0 between
    two signs; at an edge of the domain that of the one side. Of certified numbers it does not matter
    what has overflowed on the way.
    """
    influence = Influence(evaluation)
    suspected = suspects(evaluation, influence, is_certified)
    known = sides(evaluation, [suspect.node for suspect in suspected])
    evaluation.settle(dict(_settled(evaluation, known)))
    found = [Finding(s.code, s.node, message) for s, message in said(evaluation, suspected, known)]
    if evaluation.order > 1:
        found += _of_higher_order(evaluation, suspected, found)
    found += _uncertified(evaluation) if is_certified else _not_finite(evaluation, influence)
    return found, known


def _settled(evaluation: Evaluation, known: dict[Pair, Along]) -> Iterator[tuple[Pair, float]]:
    for output in evaluation.outputs:
        for variable in evaluation.along.values():
            pair = output.node, variable
            along = known.get(pair)
            if along is None or along.left is None or along.right is None:
                continue
            if along.is_differentiable:
                yield pair, along.right
            elif not isfinite(evaluation.adjoint(output, variable) or 0.0) and not along.jumps:
                inside = [side for side in (along.left, along.right) if not isnan(side)]
                if inside and (len(inside) == 1 or all(map(isfinite, inside)) or inside[0] == inside[1]):
                    is_between = min(inside) < 0 < max(inside)
                    yield pair, 0.0 if is_between else min(inside, key=abs)


def _of_higher_order(
    evaluation: Evaluation, suspected: list[Suspect], found: list[Finding]
) -> Iterator[Finding]:
    """Nodes of which nothing else is said, where higher derivatives follow conventions all the same."""
    told = {finding.node for finding in found}
    for suspect in suspected:
        if suspect.node not in told:
            which = "second" if evaluation.order == 2 else "higher"
            message = f"{suspect.here}; {which} derivatives are by convention there"
            yield Finding("kink", suspect.node, message)


def _uncertified(evaluation: Evaluation) -> Iterator[Finding]:
    """Derivatives that were taken from both sides of a kink, by floats."""
    for output in evaluation.outputs:
        for name, variable in evaluation.along.items():
            if evaluation.is_settled(output, variable):
                message = f"the derivative along {name} is that from both sides, and not certified"
                yield Finding("uncertified", evaluation.place(output, variable), message)


def _not_finite(evaluation: Evaluation, influence: Influence) -> Iterator[Finding]:
    """Where numbers that are not finite are born: poles, overflows, NaN, derivatives without a value."""
    graph = evaluation.graph
    for node in evaluation.nodes:
        value = evaluation.value(node)
        if isfinite(value) or not influence.is_open(node):
            continue
        operands = [evaluation.value(argument) for argument in graph.arguments[node]]
        is_inherited = any(isnan(o) if isnan(value) else not isfinite(o) for o in operands)
        if operands and not is_inherited:
            message = underflow_said(evaluation, node) + value_said(evaluation, node)
            yield Finding("pole", node, message)
    for code, blamed in (("undefined", undefined(evaluation)), ("overflow", overflow(evaluation))):
        if blamed is not None:
            yield Finding(code, blamed.node, blamed.message)
