"""What has to be said of a result: kinks, singular points, lost digits, and where NaN began."""

from collections.abc import Iterator
from math import isfinite, isinf, isnan
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation, Output
from autodiff_cli.derivatives.rounding import rounding_error
from autodiff_cli.errors import MathError, Span
from autodiff_cli.graph.operators import BY_NAME, Kink
from autodiff_cli.graph.rules import rule, value
from autodiff_cli.language.notation import COMPARISON_SIGNS, number_text

_CHOICES = frozenset({BY_NAME["where"], BY_NAME["gate"]})
_LOGIC = frozenset({BY_NAME["and"], BY_NAME["or"], BY_NAME["not"]})
_COMPARISONS = frozenset({BY_NAME[name] for name in COMPARISON_SIGNS.values()})


class Warned(NamedTuple):
    """One warning: its code, the node it is about, where that stands, and a sentence."""

    code: str
    node: int
    span: Span | None
    message: str


def warnings(evaluation: Evaluation) -> list[Warned]:
    """All warnings, in the order of evaluation of the nodes they are about."""
    found = [*_kinks(evaluation), *_singular(evaluation), *_lost_digits(evaluation)]
    return sorted(found, key=lambda warned: warned.node)


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


def _warned(evaluation: Evaluation, code: str, node: int, message: str) -> Warned:
    return Warned(code, node, evaluation.lowered.span(node), message)


def _matters(evaluation: Evaluation, node: int) -> bool:
    """Whether the node has any influence on an output, to first order."""
    return any(evaluation.adjoint(output, node) for output in evaluation.outputs)


def _kinks(evaluation: Evaluation) -> Iterator[Warned]:
    graph = evaluation.lowered.graph
    deciding = _deciding(evaluation)
    for node in evaluation.nodes:
        operator = graph.operators[node]
        if not operator.kinks or not evaluation.varies(node):
            continue
        if not (_matters(evaluation, node) or node in deciding):
            continue
        values = tuple(evaluation.value(a) for a in graph.arguments[node])
        for kink in operator.kinks:
            if value(rule(operator, kink.when, len(values)), values, evaluation.value(node)) == 1.0:
                yield _warned(evaluation, "kink", node, _kink_message(evaluation, node, kink))


def _deciding(evaluation: Evaluation) -> set[int]:
    """The comparisons that decide a choice which matters."""
    graph = evaluation.lowered.graph
    deciding: set[int] = set()
    for node in reversed(evaluation.nodes):
        operator, arguments = graph.operators[node], graph.arguments[node]
        if operator in _CHOICES and _matters(evaluation, node):
            deciding.add(arguments[0])
        elif operator in _LOGIC and node in deciding:
            deciding.update(arguments)
    return deciding


def _kink_message(evaluation: Evaluation, node: int, kink: Kink) -> str:
    operator = evaluation.lowered.graph.operators[node]
    here = f"{evaluation.names.expression(node)} {{}} at {_operands(evaluation, node)}"
    if operator in _COMPARISONS:
        return here.format("is at its boundary") + "; the derivative is that of the side taken"
    sides = _sides(evaluation, node, kink)
    if not sides:
        return here.format("has no derivative") + "; 0 is used"
    jumps = any(isinf(side) for _, left, right, _ in sides for side in (left, right))
    said = [
        f"along {name} the derivative is {number_text(left)} from the left,"
        f" {number_text(right)} from the right, and {number_text(used)} is used"
        for name, left, right, used in sides
    ]
    return here.format("jumps" if jumps else "has a kink") + ": " + "; ".join(said)


def _sides(evaluation: Evaluation, node: int, kink: Kink) -> list[tuple[str, float, float, float]]:
    """Along each argument with a kink: its name, the one-sided derivatives, the one used."""
    graph, names = evaluation.lowered.graph, evaluation.names
    operator, arguments = graph.operators[node], graph.arguments[node]
    values = tuple(evaluation.value(argument) for argument in arguments)
    out = evaluation.value(node)
    used = evaluation.partials(evaluation.outputs[0], node)
    sides: list[tuple[str, float, float, float]] = []
    for position, argument in enumerate(arguments):
        formulas = kink.sides.get("x" if operator.variadic else operator.parameters[position])
        share = used[position]
        if formulas is None or share is None or (operator.variadic and values[position] != out):
            continue
        left, right = (value(rule(operator, f, len(values)), values, out, position) for f in formulas)
        sides.append((names[argument], left, right, share))
    return sides


def _operands(evaluation: Evaluation, node: int) -> str:
    """`x = 0, y = 2`: the arguments that are not constants."""
    graph = evaluation.lowered.graph
    return ", ".join(
        f"{evaluation.names[argument]} = {number_text(evaluation.value(argument))}"
        for argument in dict.fromkeys(graph.arguments[node])
        if argument not in graph.constants
    )


def _singular(evaluation: Evaluation) -> Iterator[Warned]:
    graph = evaluation.lowered.graph
    for output in evaluation.outputs:
        for node in evaluation.nodes:
            if not isfinite(evaluation.value(node)) or not evaluation.adjoint(output, node):
                continue
            for argument, partial in zip(
                graph.arguments[node], evaluation.partials(output, node), strict=True
            ):
                if partial is not None and not isfinite(partial) and evaluation.varies(argument):
                    yield _warned(
                        evaluation,
                        "singular",
                        node,
                        f"{evaluation.names.expression(node)} has no finite derivative along"
                        f" {evaluation.names[argument]} at {_operands(evaluation, node)}",
                    )


def _lost_digits(evaluation: Evaluation) -> Iterator[Warned]:
    for output in evaluation.outputs:
        error = rounding_error(evaluation, output)
        if error.culprit is not None:
            result = evaluation.value(output.node)
            yield _warned(
                evaluation,
                "cancellation",
                error.culprit,
                f"digits cancel in {evaluation.names.expression(error.culprit)}:"
                f" {number_text(result)} may be off by {error.absolute:.1g}",
            )


def _value_failure(evaluation: Evaluation, output: Output) -> MathError:
    """The first node, in order of evaluation, that is not finite though its operands are."""
    graph, lowered = evaluation.lowered.graph, evaluation.lowered
    result = evaluation.value(output.node)
    needed = graph.reachable([output.node])
    node = next(
        (
            n
            for n in needed
            if not isfinite(evaluation.value(n))
            and all(isfinite(evaluation.value(a)) for a in graph.arguments[n])
        ),
        output.node,
    )
    operator, arguments = graph.operators[node], graph.arguments[node]
    if not arguments:
        message = f"the result is {number_text(result)}, from {evaluation.names[node]}"
        return MathError(message, text=lowered.tree.text, span=lowered.span(node), hint=_ALLOW)
    values = tuple(evaluation.value(a) for a in arguments)
    where = f"{evaluation.names.expression(node)} at {_operands(evaluation, node)}"
    where = where.removesuffix(" at ")
    hint = _ALLOW
    if operator.domain and value(rule(operator, operator.domain, len(values)), values, 0.0) != 1.0:
        usage = f"{operator.name}({', '.join(operator.parameters)})"
        message = f"{where} is outside the domain: {usage} needs {operator.domain}"
    else:
        message = f"{where} is {number_text(evaluation.value(node))}"
    return MathError(message, text=lowered.tree.text, span=lowered.span(node), hint=hint)


_ALLOW = "--allow-nonfinite prints the result all the same"


def _derivative_failure(
    evaluation: Evaluation, output: Output, name: str, derivative: float
) -> MathError:
    """The first node of the backward pass that passes on something that is not finite."""
    graph, lowered, names = evaluation.lowered.graph, evaluation.lowered, evaluation.names
    what = f"the derivative along {name} is {number_text(derivative)}"
    for node in range(output.node, -1, -1):
        arrived = evaluation.adjoint(output, node)
        if arrived is None or not isfinite(arrived):
            continue
        partials = evaluation.partials(output, node) if graph.arguments[node] else []
        for argument, partial in zip(graph.arguments[node], partials, strict=True):
            if partial is None or isfinite(arrived * partial):
                continue
            reason = f"{names.expression(node)} has the partial {number_text(partial)}"
            if isnan(arrived * partial) and not isnan(partial):
                reason = f"{reason}, times {number_text(arrived)} from behind"
            message = f"{what}: {reason} along {names[argument]} at {_operands(evaluation, node)}"
            return MathError(message, text=lowered.tree.text, span=lowered.span(node), hint=_ALLOW)
    return MathError(what, text=lowered.tree.text, hint=_ALLOW)
