"""Nodes at a kink, a step, a boundary or an edge of their domain, and what is said of them."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite, isinf
from typing import NamedTuple

from autodiff_cli.derivatives.differentiability import Along, Pair
from autodiff_cli.derivatives.evaluation import DIRECTION, Evaluation
from autodiff_cli.derivatives.influence import CHOICES, Influence
from autodiff_cli.derivatives.wording import operands_said, sides_said, underflow_said
from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.operators import BY_NAME, Kink, Operator
from autodiff_cli.graph.rules import rule, value
from autodiff_cli.language.notation import COMPARISON_SIGNS, number_text

_LOGIC = frozenset({BY_NAME["and"], BY_NAME["or"], BY_NAME["not"]})
COMPARISONS = frozenset({BY_NAME[name] for name in COMPARISON_SIGNS.values()})
_SIDE_TAKEN = "the derivative is that of the side taken"

# Along how many arguments or variables a kink is told.
_MOST_SIDES = 3


class Suspect(NamedTuple):
    """A node at which the sweep follows a convention.

    `here` says what is the matter, `alone` what is known of the node by itself, for want of
    better. `matters` is false where the convention has no influence, to first order.
    """

    code: str
    node: int
    here: str
    alone: str
    matters: bool


def suspects(evaluation: Evaluation, influence: Influence, is_certified: bool) -> list[Suspect]:
    """The nodes whose convention may have a say in an output.

    Of certified results it does not matter which partials are too large for a float64.
    """
    found = [*_kinks(evaluation, influence), *_zero_conditions(evaluation, influence)]
    return found if is_certified else [*found, *_singular(evaluation, influence)]


def said(
    evaluation: Evaluation, suspected: Sequence[Suspect], known: Mapping[Pair, Along]
) -> Iterator[tuple[Suspect, str]]:
    """What has to be said of suspects, given what is known of whole outputs.

    Nothing of those around which the outputs are differentiable, whatever the node is by itself.
    """
    around: dict[int, list[Pair]] = {}
    for pair, along in known.items():
        for node in along.suspects:
            around.setdefault(node, []).append(pair)
    all_known = all(along.suspects for along in known.values())
    for suspect in suspected:
        pairs = around.get(suspect.node, [])
        broken = [pair for pair in pairs if known[pair].is_differentiable is False]
        if broken:
            told = [_told(evaluation, pair, known[pair]) for pair in broken[:_MOST_SIDES]]
            if len(broken) > _MOST_SIDES:
                told.append(f"and along {len(broken) - _MOST_SIDES} more")
            yield suspect, f"{suspect.here}: {'; '.join(told)}"
        elif suspect.matters and not (all_known and all(known[p].is_differentiable for p in pairs)):
            yield suspect, suspect.here + suspect.alone


def _told(evaluation: Evaluation, pair: Pair, along: Along) -> str:
    """The one-sided derivatives of an output along a variable, and what is used."""
    node, variable = pair
    output = next(output for output in evaluation.outputs if output.node == node)
    of = f" of {output.name}" if len(evaluation.outputs) > 1 else ""
    name = "the direction" if variable == DIRECTION else evaluation.names[variable]
    used = number_text(evaluation.adjoint(output, variable) or 0.0)
    return f"along {name} the derivative{of} is {sides_said(along)}, and {used} is used"


def _matters(evaluation: Evaluation, node: int) -> bool:
    """Whether the node has any influence on an output, to first order."""
    return any(evaluation.adjoint(output, node) for output in evaluation.outputs)


def _kinks(evaluation: Evaluation, influence: Influence) -> Iterator[Suspect]:
    """Kinks at nodes that have a say in an output.

    A kink with two finite sides is without effect where the adjoint is 0, as in abs(x)*x. That
    does not excuse a jump: x*sign(x) has a kink at 0.
    """
    graph = evaluation.lowered.graph
    for node in evaluation.nodes:
        operator = graph.operators[node]
        if not operator.kinks or not influence.may_jump_in(node) or not influence.varies(node):
            continue
        arguments = distinct_arguments(graph, node)
        for kink in operator.kinks:
            if not evaluation.holds(operator, kink.when, arguments, node):
                continue
            if influence.is_open(node) or may_jump(kink):
                yield _at_kink(evaluation, influence, node, kink)


def may_jump(kink: Kink) -> bool:
    """Whether the value may jump at a kink: one side is infinite, or nothing is known of them."""
    return not kink.sides or any("inf" in side for pair in kink.sides.values() for side in pair)


def _at_kink(evaluation: Evaluation, influence: Influence, node: int, kink: Kink) -> Suspect:
    operator = evaluation.lowered.graph.operators[node]
    expression, operands = evaluation.names.expression(node), operands_said(evaluation, node)
    if operator in COMPARISONS:
        here = f"{expression} is at its boundary at {operands}"
        return Suspect("kink", node, here, f"; {_SIDE_TAKEN}", True)
    found = _sides(evaluation, influence, node, kink)
    jumps = any(isinf(slope) for side in found for slope in (side.left, side.right))
    matters = jumps or _matters(evaluation, node)
    if not found:
        here, alone = f"{expression} has no derivative at {operands}", "; 0 is used"
        return Suspect("kink", node, here, alone, matters)
    told = [
        f"along {side.name} the derivative is {number_text(side.left)} from the left,"
        f" {number_text(side.right)} from the right, and {number_text(side.used)} is used"
        for side in found[:_MOST_SIDES]
    ]
    if len(found) > _MOST_SIDES:
        told.append(f"and along {len(found) - _MOST_SIDES} more")
    here = f"{expression} {'jumps' if jumps else 'has a kink'} at {operands}"
    return Suspect("kink", node, here, ": " + "; ".join(dict.fromkeys(told)), matters)


def _zero_conditions(evaluation: Evaluation, influence: Influence) -> Iterator[Suspect]:
    """Numbers that are used as conditions, true when not 0, and are exactly 0."""
    graph = evaluation.lowered.graph
    for node in evaluation.nodes:
        operator, arguments = graph.operators[node], graph.arguments[node]
        if (operator not in _LOGIC and operator not in CHOICES) or not influence.may_jump_in(node):
            continue
        for condition in arguments if operator in _LOGIC else arguments[:1]:
            is_number = graph.operators[condition] not in COMPARISONS | _LOGIC
            if is_number and evaluation.value(condition) == 0 and influence.varies(condition):
                here = f"{evaluation.names[condition]} is a condition and exactly 0"
                yield Suspect("kink", node, here, f"; {_SIDE_TAKEN}", True)


def _singular(evaluation: Evaluation, influence: Influence) -> Iterator[Suspect]:
    """Finite values with a partial that is not."""
    graph = evaluation.lowered.graph
    for node in evaluation.nodes:
        if not isfinite(evaluation.value(node)) or not influence.may_jump_in(node):
            continue
        for argument, partial in zip(graph.arguments[node], evaluation.partials(node), strict=True):
            if partial is not None and not isfinite(partial) and influence.moves(argument):
                expression = evaluation.names.expression(node)
                here = underflow_said(evaluation, node) + (
                    f"{expression} has no finite derivative along {evaluation.names[argument]}"
                    f" at {operands_said(evaluation, node)}"
                )
                yield Suspect("singular", node, here, "", _matters(evaluation, node))


def distinct_arguments(graph: Graph, node: int) -> tuple[int, ...]:
    """The arguments of a node; of a variadic one each only once: max(x, x) has no tie."""
    arguments = graph.arguments[node]
    return tuple(dict.fromkeys(arguments)) if graph.operators[node].variadic else arguments


class _Side(NamedTuple):
    """Along one argument: the one-sided derivatives, and the one that is used."""

    name: str
    left: float
    right: float
    used: float


def _sides(evaluation: Evaluation, influence: Influence, node: int, kink: Kink) -> list[_Side]:
    """The arguments along which there is a kink."""
    graph, names = evaluation.lowered.graph, evaluation.names
    operator, arguments = graph.operators[node], distinct_arguments(graph, node)
    values = tuple(evaluation.value(argument) for argument in arguments)
    out = evaluation.value(node)
    shares = list(zip(graph.arguments[node], evaluation.partials(node), strict=True))
    found: list[_Side] = []
    for position, argument in enumerate(arguments):
        formulas = kink.sides.get("x" if operator.variadic else operator.parameters[position])
        if formulas is None or not influence.varies(argument):
            continue
        if operator.variadic and values[position] != out:
            continue
        left, right = (value(rule(operator, f, len(values)), values, out, position) for f in formulas)
        used = _used(operator, shares, position, argument)
        if left != right or isinf(left):
            found.append(_Side(names[argument], left, right, used))
    return found


def _used(
    operator: Operator, shares: Sequence[tuple[int, float | None]], position: int, argument: int
) -> float:
    """The partial along an argument; of a variadic operator's that comes twice, both shares."""
    if not operator.variadic:
        return shares[position][1] or 0.0
    return sum(share or 0.0 for other, share in shares if other == argument)
