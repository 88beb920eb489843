"""Bare numbers of a result, by name, for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from autodiff_cli.derivatives.diagnosis import Diagnosis
from autodiff_cli.derivatives.evaluation import DIRECTION, Evaluation, Output
from autodiff_cli.errors import UsageError, did_you_mean
from autodiff_cli.graph.reverse import ABSENT
from autodiff_cli.views.hessian import second_name, shown_pairs
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
    texts = _certified_texts(diagnosis)
    numbers: dict[str, str] = {}
    for output in evaluation.outputs:
        numbers |= _first_order(evaluation, diagnosis, texts, output, by_all_names=True)
    for name in names:
        if name in numbers and name not in evaluation.inputs:
            yield numbers[name]
        elif name in nodes:
            yield exact(evaluation.value(nodes[name]))
        elif name.startswith("h."):
            yield _second(evaluation, texts, name)
        else:
            guess = did_you_mean(name, numbers)
            hint = f"did you mean {guess}?" if guess else f"there is {', '.join(list(numbers)[:12])}"
            raise _nothing(name, hint)


def results(evaluation: Evaluation, diagnosis: Diagnosis) -> dict[str, str]:
    """The results by what they are called: shortest round-trip, or with all digits asked for."""
    texts = _certified_texts(diagnosis)
    found: dict[str, str] = {}
    for output in evaluation.outputs:
        found |= _first_order(evaluation, diagnosis, texts, output, by_all_names=False)
        for first, second, node in shown_pairs(evaluation, output):
            found[second_name(evaluation, output, first, second)] = _text(evaluation, texts, node)
    return found


def _certified_texts(diagnosis: Diagnosis) -> Mapping[int, str]:
    return diagnosis.certificate.digits if diagnosis.certificate else {}


def _first_order(
    evaluation: Evaluation,
    diagnosis: Diagnosis,
    texts: Mapping[int, str],
    output: Output,
    by_all_names: bool,
) -> dict[str, str]:
    """An output's value, error and derivatives, by name.

    Those of a single output have two names, if it has one; the short one comes first.
    """
    is_single = len(evaluation.outputs) == 1
    ends = [""] if is_single else []
    ends += [f".{output.name}"] if output.name and (by_all_names or not is_single) else []
    found: dict[str, str] = {}
    for end in ends:
        found[f"value{end}"] = texts.get(output.node) or exact(evaluation.value(output.node))
        found[f"error{end}"] = exact(diagnosis.errors[output.node].absolute)
        for name, variable in evaluation.wrt_nodes.items():
            found[f"d{end}.{name}"] = _first(evaluation, texts, output, variable)
        if evaluation.direction is not None:
            found[f"direction{end}"] = _first(evaluation, texts, output, DIRECTION)
        if diagnosis.expansion is not None:
            found |= _of_orders(diagnosis.expansion, output.node, end)
    return found


def _first(evaluation: Evaluation, texts: Mapping[int, str], output: Output, along: int) -> str:
    """A first derivative, along a node or the direction."""
    # One from both sides of a kink is no node's: it has no certified digits.
    is_settled = evaluation.is_settled(output, along)
    text = None if is_settled else texts.get(evaluation.derivative(output, along))
    return text or exact(evaluation.adjoint(output, along) or 0.0)


def _of_orders(expansion: Expansion, node: int, end: str) -> Iterator[tuple[str, str]]:
    """Taylor coefficients and derivatives of an output; without those that are left out."""
    series = expansion.coefficients[node], expansion.derivatives[node]
    texts = expansion.texts.get(node)
    for position, letter in enumerate("cd"):
        for k, number in enumerate(series[position]):
            if number is not None:
                yield f"{letter}{end}.{k}", texts[position][k] if texts else exact(number)


def _second(evaluation: Evaluation, texts: Mapping[int, str], asked: str) -> str:
    """A second derivative, looked up: of many variables there are too many to name them all."""
    if evaluation.order != 2:
        raise _nothing(asked, "--order 2 gives second derivatives")
    of, names = asked.split(".")[1:-2], asked.split(".")[-2:]
    outputs: dict[tuple[str, ...], Output] = {(o.name,): o for o in evaluation.outputs if o.name}
    if len(evaluation.outputs) == 1:
        outputs[()] = evaluation.outputs[0]
    output, along = outputs.get(tuple(of)), evaluation.wrt_nodes
    if output is None or not all(name in along for name in names):
        raise _nothing(asked, _second_meant(evaluation, [] if output is None else of, names))
    first, second = (along[name] for name in names)
    return _text(evaluation, texts, evaluation.second_derivative(output, first, second))


def _second_meant(evaluation: Evaluation, of: Sequence[str], names: Sequence[str]) -> str:
    """A hint for the name of a second derivative that there is not."""
    wrt = evaluation.wrt
    if not wrt:
        is_left_out = bool(evaluation.inputs)
        return "--wrt names variables" if is_left_out else "the formula has no variables"
    likely = [name if name in wrt else did_you_mean(name, wrt) or "" for name in names]
    if all(likely):
        return f"did you mean {'.'.join(['h', *of, *likely])}?"
    return f"for example: {second_name(evaluation, evaluation.outputs[0], wrt[0], wrt[-1])}"


def _text(evaluation: Evaluation, texts: Mapping[int, str], node: int) -> str:
    return texts.get(node) or exact(0.0 if node == ABSENT else evaluation.value(node))


def _nothing(name: str, hint: str) -> UsageError:
    return UsageError(f"there is no {name} to get", hint=hint)
