"""What has to be said of a result: kinks, conditions, poles, singular points, lost digits."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import NamedTuple

from autodiff_cli.derivatives.differentiability import Along, Pair, sides
from autodiff_cli.derivatives.evaluation import Evaluation, Output
from autodiff_cli.derivatives.influence import Influence
from autodiff_cli.derivatives.kinks import said, suspects
from autodiff_cli.derivatives.rounding import rounding_error
from autodiff_cli.derivatives.wording import value_said
from autodiff_cli.errors import Span
from autodiff_cli.language.notation import number_text


class Warned(NamedTuple):
    """One warning: its code, the node it is about, where that stands, and a sentence."""

    code: str
    node: int
    span: Span | None
    message: str


class Diagnosis(NamedTuple):
    """All warnings, in the order of evaluation, and the pairs that were looked at from both sides."""

    warnings: list[Warned]
    sides: Mapping[Pair, Along]

    def is_differentiable(self, evaluation: Evaluation, output: Output, variable: int) -> bool | None:
        """Whether an output has a derivative along a variable; None when that is not known."""
        derivative = evaluation.adjoint(output, variable)
        if not isfinite(evaluation.value(output.node)) or not isfinite(derivative or 0.0):
            return False
        along = self.sides.get(Pair(output.node, variable))
        return True if along is None else along.is_differentiable


def diagnose(evaluation: Evaluation) -> Diagnosis:
    """Look at everything that may be wrong with a result.

    Where a derivative exists that the conventions at kinks have missed, the evaluation takes it.
    """
    influence = Influence(evaluation)
    suspected = suspects(evaluation, influence)
    known = sides(evaluation, [suspect.node for suspect in suspected])
    evaluation.settle(
        {pair: along.right or 0.0 for pair, along in known.items() if along.is_differentiable}
    )
    found = [*_poles(evaluation, influence), *_lost_digits(evaluation)]
    for suspect, message in said(evaluation, suspected, known):
        found.append(_warned(evaluation, suspect.code, suspect.node, message))
    return Diagnosis(sorted(dict.fromkeys(found), key=lambda warned: warned.node), known)


def _warned(evaluation: Evaluation, code: str, node: int, message: str) -> Warned:
    return Warned(code, node, evaluation.lowered.span(node), message)


def _poles(evaluation: Evaluation, influence: Influence) -> Iterator[Warned]:
    """Where a finite result comes by way of something that is not finite."""
    graph = evaluation.lowered.graph
    for node in evaluation.nodes:
        if isfinite(evaluation.value(node)) or not influence.is_open(node):
            continue
        operands = [evaluation.value(argument) for argument in graph.arguments[node]]
        if operands and all(map(isfinite, operands)):
            yield _warned(evaluation, "pole", node, value_said(evaluation, node))


def _lost_digits(evaluation: Evaluation) -> Iterator[Warned]:
    for output in evaluation.outputs:
        error = rounding_error(evaluation, output)
        if error.culprit is not None:
            result = number_text(evaluation.value(output.node))
            where = evaluation.names.expression(error.culprit)
            message = f"digits are lost in {where}: {result} may be off by {error.absolute:.1g}"
            yield _warned(evaluation, "cancellation", error.culprit, message)
