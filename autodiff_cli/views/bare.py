"""One bare number of a result, by name, for scripts."""

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.rounding import rounding_error
from autodiff_cli.errors import UsageError, did_you_mean
from autodiff_cli.views.numbers import exact


def got(evaluation: Evaluation, what: str) -> str:
    """The number that `what` names.

    `value`, `error` and `d.NAME` are of the only output; `value.OUTPUT`, `error.OUTPUT` and
    `d.OUTPUT.NAME` of a named one; any other name is a node's, for its value. Raises
    UsageError when there is no such number.
    """
    numbers = _of_outputs(evaluation)
    if what in numbers and what not in evaluation.inputs:
        return exact(numbers[what])
    for node in evaluation.nodes:
        if evaluation.names[node] == what:
            return exact(evaluation.value(node))
    guess = did_you_mean(what, numbers)
    hint = f"did you mean {guess}?" if guess else f"there is {', '.join(list(numbers)[:12])}"
    raise UsageError(f"there is no {what} to get", hint=hint)


def _of_outputs(evaluation: Evaluation) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for output in evaluation.outputs:
        ends = [""] if len(evaluation.outputs) == 1 else []
        ends += [f".{output.name}"] if output.name else []
        for end in ends:
            numbers[f"value{end}"] = evaluation.value(output.node)
            numbers[f"error{end}"] = rounding_error(evaluation, output).absolute
            for name, derivative in evaluation.gradient(output).items():
                numbers[f"d{end}.{name}"] = derivative
    return numbers
