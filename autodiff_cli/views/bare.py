"""Bare numbers of a result, by name, for scripts."""

from collections.abc import Iterator, Sequence

from autodiff_cli.derivatives.diagnosis import Diagnosis
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.errors import UsageError, did_you_mean
from autodiff_cli.views.numbers import exact


def got(evaluation: Evaluation, diagnosis: Diagnosis, names: Sequence[str]) -> Iterator[str]:
    """The numbers that `names` name.

    `value`, `error` and `d.NAME` are of the only output; `value.OUTPUT`, `error.OUTPUT` and
    `d.OUTPUT.NAME` of a named one; any other name is a variable's, a definition's or a node's,
    for its value. Raises UsageError when there is no such number.
    """
    nodes = {evaluation.names[node]: node for node in evaluation.nodes}
    nodes |= evaluation.named_nodes()
    numbers = _of_outputs(evaluation, diagnosis)
    for name in names:
        if name in numbers and name not in evaluation.inputs:
            yield exact(numbers[name])
        elif name in nodes:
            yield exact(evaluation.value(nodes[name]))
        else:
            guess = did_you_mean(name, numbers)
            hint = f"did you mean {guess}?" if guess else f"there is {', '.join(list(numbers)[:12])}"
            raise UsageError(f"there is no {name} to get", hint=hint)


def _of_outputs(evaluation: Evaluation, diagnosis: Diagnosis) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for output in evaluation.outputs:
        ends = [""] if len(evaluation.outputs) == 1 else []
        ends += [f".{output.name}"] if output.name else []
        for end in ends:
            numbers[f"value{end}"] = evaluation.value(output.node)
            numbers[f"error{end}"] = diagnosis.errors[output.node].absolute
            for name, derivative in evaluation.gradient(output).items():
                numbers[f"d{end}.{name}"] = derivative
    return numbers
