"""Bare numbers of a result, by name, for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from autodiff_cli.derivatives.diagnosis import Diagnosis
from autodiff_cli.derivatives.evaluation import DIRECTION, Evaluation
from autodiff_cli.errors import UsageError, did_you_mean
from autodiff_cli.views.numbers import exact

if TYPE_CHECKING:
    from autodiff_cli.derivatives.expansions import Expansion


def got(evaluation: Evaluation, diagnosis: Diagnosis, names: Sequence[str]) -> Iterator[str]:
    """The numbers that `names` name.

    `value`, `error` and `d.NAME` are of the only output; `value.OUTPUT`, `error.OUTPUT` and
    `d.OUTPUT.NAME` of a named one, `h.NAME.NAME` and `h.OUTPUT.NAME.NAME` second derivatives,
    `direction` and `direction.OUTPUT` the one along a direction, `c.3` and `c.OUTPUT.3` Taylor
    coefficients, `d.3` and `d.OUTPUT.3` derivatives of higher order; any other name is a variable's,
    a definition's or a node's, for its value. Raises UsageError when there is no such number.
    """
    nodes = {evaluation.names[node]: node for node in evaluation.nodes}
    nodes |= evaluation.named_nodes()
    numbers = results(evaluation, diagnosis)
    for name in names:
        if name in numbers and name not in evaluation.inputs:
            yield numbers[name]
        elif name in nodes:
            yield exact(evaluation.value(nodes[name]))
        else:
            guess = did_you_mean(name, numbers)
            hint = f"did you mean {guess}?" if guess else f"there is {', '.join(list(numbers)[:12])}"
            raise UsageError(f"there is no {name} to get", hint=hint)


def results(evaluation: Evaluation, diagnosis: Diagnosis, by_all_names: bool = True) -> dict[str, str]:
    """The results by what they are called: shortest round-trip, or with all digits asked for.

    Those of a single output have two names, if it has one; the short one comes first.
    """
    texts: Mapping[int, str] = diagnosis.certificate.digits if diagnosis.certificate else {}
    found: dict[str, str] = {}
    for output in evaluation.outputs:
        is_single = len(evaluation.outputs) == 1
        ends = [""] if is_single else []
        ends += [f".{output.name}"] if output.name and (by_all_names or not is_single) else []
        gradient, hessian = evaluation.gradient(output), evaluation.hessian(output)
        for end in ends:
            found[f"value{end}"] = texts.get(output.node) or exact(evaluation.value(output.node))
            found[f"error{end}"] = exact(diagnosis.errors[output.node].absolute)
            for name, variable in evaluation.wrt_nodes.items():
                node = evaluation.derivative(output, variable)
                # One from both sides of a kink is no node's: it has no certified digits.
                text = None if evaluation.is_settled(output, variable) else texts.get(node)
                found[f"d{end}.{name}"] = text or exact(gradient[name])
            for name, row in hessian.items():
                for other, second in row.items():
                    pair = evaluation.wrt_nodes[name], evaluation.wrt_nodes[other]
                    node = evaluation.second_derivative(output, *pair)
                    found[f"h{end}.{name}.{other}"] = texts.get(node) or exact(second)
            if evaluation.direction is not None:
                text = (
                    None
                    if evaluation.is_settled(output, DIRECTION)
                    else texts.get(evaluation.derivative(output, DIRECTION))
                )
                found[f"direction{end}"] = text or exact(evaluation.adjoint(output, DIRECTION) or 0.0)
            if diagnosis.expansion is not None:
                found |= _of_orders(diagnosis.expansion, output.node, end)
    return found


def _of_orders(expansion: Expansion, node: int, end: str) -> Iterator[tuple[str, str]]:
    """Taylor coefficients and derivatives of an output; without those that are left out."""
    series = expansion.coefficients[node], expansion.derivatives[node]
    texts = expansion.texts.get(node)
    for position, letter in enumerate("cd"):
        for k, number in enumerate(series[position]):
            if number is not None:
                yield f"{letter}{end}.{k}", texts[position][k] if texts else exact(number)
