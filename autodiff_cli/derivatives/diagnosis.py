"""What has to be said of a result: kinks, conditions, poles, singular points, lost digits."""

from collections.abc import Iterator, Sequence
from math import isfinite, isinf
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.influence import Influence
from autodiff_cli.derivatives.rounding import rounding_error
from autodiff_cli.derivatives.wording import operands_said, value_said
from autodiff_cli.errors import Span
from autodiff_cli.graph.operators import BY_NAME, Kink
from autodiff_cli.graph.rules import rule, value
from autodiff_cli.language.notation import COMPARISON_SIGNS, number_text

_CHOICES = frozenset({BY_NAME["where"], BY_NAME["gate"]})
_LOGIC = frozenset({BY_NAME["and"], BY_NAME["or"], BY_NAME["not"]})
_COMPARISONS = frozenset({BY_NAME[name] for name in COMPARISON_SIGNS.values()})
_SIDE_TAKEN = "the derivative is that of the side taken"

# Along how many arguments a kink is told.
_MOST_SIDES = 3


class Warned(NamedTuple):
    """One warning: its code, the node it is about, where that stands, and a sentence."""

    code: str
    node: int
    span: Span | None
    message: str


def warnings(evaluation: Evaluation) -> list[Warned]:
    """All warnings, in the order of evaluation of the nodes they are about."""
    influence = Influence(evaluation)
    found = [
        *_kinks(evaluation, influence),
        *_zero_conditions(evaluation, influence),
        *_poles(evaluation, influence),
        *_singular(evaluation, influence),
        *_lost_digits(evaluation),
    ]
    return sorted(dict.fromkeys(found), key=lambda warned: warned.node)


def _warned(evaluation: Evaluation, code: str, node: int, message: str) -> Warned:
    return Warned(code, node, evaluation.lowered.span(node), message)


def _matters(evaluation: Evaluation, node: int) -> bool:
    """Whether the node has any influence on an output, to first order."""
    return any(evaluation.adjoint(output, node) for output in evaluation.outputs)


def _kinks(evaluation: Evaluation, influence: Influence) -> Iterator[Warned]:
    """Kinks at nodes that have a say in an output.

    A kink with two finite sides is without effect where the adjoint is 0, as in abs(x)*x. That
    does not excuse a jump: x*sign(x) has a kink at 0.
    """
    graph = evaluation.lowered.graph
    for node in evaluation.nodes:
        operator = graph.operators[node]
        if not operator.kinks or not influence.is_open(node) or not influence.varies(node):
            continue
        values = tuple(evaluation.value(a) for a in _distinct(evaluation, node))
        for kink in operator.kinks:
            if value(rule(operator, kink.when, len(values)), values, evaluation.value(node)) != 1.0:
                continue
            sides = _sides(evaluation, influence, node, kink)
            if _jumps(sides) or operator in _COMPARISONS or _matters(evaluation, node):
                yield _warned(evaluation, "kink", node, _kink_message(evaluation, node, sides))


def _zero_conditions(evaluation: Evaluation, influence: Influence) -> Iterator[Warned]:
    """Numbers that are used as conditions, true when not 0, and are exactly 0."""
    graph = evaluation.lowered.graph
    for node in evaluation.nodes:
        operator, arguments = graph.operators[node], graph.arguments[node]
        if (operator not in _LOGIC and operator not in _CHOICES) or not influence.is_open(node):
            continue
        for condition in arguments if operator in _LOGIC else arguments[:1]:
            is_number = graph.operators[condition] not in _COMPARISONS | _LOGIC
            if is_number and evaluation.value(condition) == 0 and influence.varies(condition):
                message = f"{evaluation.names[condition]} is a condition and exactly 0; {_SIDE_TAKEN}"
                yield _warned(evaluation, "kink", node, message)


def _poles(evaluation: Evaluation, influence: Influence) -> Iterator[Warned]:
    """Where a finite result comes by way of something that is not finite."""
    graph = evaluation.lowered.graph
    for node in evaluation.nodes:
        if isfinite(evaluation.value(node)) or not influence.is_open(node):
            continue
        operands = [evaluation.value(argument) for argument in graph.arguments[node]]
        if operands and all(map(isfinite, operands)):
            yield _warned(evaluation, "pole", node, value_said(evaluation, node))


def _distinct(evaluation: Evaluation, node: int) -> tuple[int, ...]:
    """The arguments of a node; of a variadic one each only once: max(x, x) has no tie."""
    graph = evaluation.lowered.graph
    arguments = graph.arguments[node]
    return tuple(dict.fromkeys(arguments)) if graph.operators[node].variadic else arguments


class _Side(NamedTuple):
    """Along one argument: the one-sided derivatives, and the one that is used."""

    name: str
    left: float
    right: float
    used: float


def _jumps(sides: Sequence[_Side]) -> bool:
    return any(isinf(derivative) for side in sides for derivative in (side.left, side.right))


def _kink_message(evaluation: Evaluation, node: int, sides: Sequence[_Side]) -> str:
    operator = evaluation.lowered.graph.operators[node]
    here = f"{evaluation.names.expression(node)} {{}} at {operands_said(evaluation, node)}"
    if operator in _COMPARISONS:
        return here.format("is at its boundary") + f"; {_SIDE_TAKEN}"
    if not sides:
        return here.format("has no derivative") + "; 0 is used"
    said = [
        f"along {side.name} the derivative is {number_text(side.left)} from the left,"
        f" {number_text(side.right)} from the right, and {number_text(side.used)} is used"
        for side in sides[:_MOST_SIDES]
    ]
    if len(sides) > _MOST_SIDES:
        said.append(f"and along {len(sides) - _MOST_SIDES} more")
    kind = "jumps" if _jumps(sides) else "has a kink"
    return here.format(kind) + ": " + "; ".join(dict.fromkeys(said))


def _sides(evaluation: Evaluation, influence: Influence, node: int, kink: Kink) -> list[_Side]:
    """The arguments along which there is a kink."""
    graph, names = evaluation.lowered.graph, evaluation.names
    operator, arguments = graph.operators[node], _distinct(evaluation, node)
    values = tuple(evaluation.value(argument) for argument in arguments)
    out = evaluation.value(node)
    shares = list(zip(graph.arguments[node], evaluation.partials(node), strict=True))
    sides: list[_Side] = []
    for position, argument in enumerate(arguments):
        formulas = kink.sides.get("x" if operator.variadic else operator.parameters[position])
        if formulas is None or not influence.varies(argument):
            continue
        if operator.variadic and values[position] != out:
            continue
        left, right = (value(rule(operator, f, len(values)), values, out, position) for f in formulas)
        used = shares[position][1] or 0.0
        if operator.variadic:
            used = sum(share or 0.0 for other, share in shares if other == argument)
        if left != right or isinf(left):
            sides.append(_Side(names[argument], left, right, used))
    return sides


def _singular(evaluation: Evaluation, influence: Influence) -> Iterator[Warned]:
    graph = evaluation.lowered.graph
    for output in evaluation.outputs:
        for node in evaluation.nodes:
            if not isfinite(evaluation.value(node)) or not evaluation.adjoint(output, node):
                continue
            for argument, partial in zip(graph.arguments[node], evaluation.partials(node), strict=True):
                if partial is not None and not isfinite(partial) and influence.moves(argument):
                    yield _warned(
                        evaluation,
                        "singular",
                        node,
                        f"{evaluation.names.expression(node)} has no finite derivative along"
                        f" {evaluation.names[argument]} at {operands_said(evaluation, node)}",
                    )


def _lost_digits(evaluation: Evaluation) -> Iterator[Warned]:
    for output in evaluation.outputs:
        error = rounding_error(evaluation, output)
        if error.culprit is not None:
            result = number_text(evaluation.value(output.node))
            where = evaluation.names.expression(error.culprit)
            message = f"digits are lost in {where}: {result} may be off by {error.absolute:.1g}"
            yield _warned(evaluation, "cancellation", error.culprit, message)
