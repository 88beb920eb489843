"""One bare number of a result, by name, for scripts."""

from autodiff_cli.derivatives.evaluation import Evaluation, Output
from autodiff_cli.derivatives.rounding import rounding_error
from autodiff_cli.errors import UsageError, did_you_mean
from autodiff_cli.views.numbers import exact


def got(evaluation: Evaluation, what: str) -> str:
    """The number that `what` names.

    `value`, `error` and `d.NAME` are of the only output; `value.OUTPUT`, `error.OUTPUT` and
    `d.OUTPUT.NAME` of one among several; any other name is a node's, for its value. Raises
    UsageError when there is no such number.
    """
    head, _, rest = what.partition(".")
    if head == "d":
        output, name = _output(evaluation, rest, what)
        gradient = evaluation.gradient(output)
        if name in gradient:
            return exact(gradient[name])
        raise _no_such(what, [f"d.{known}" for known in gradient])
    if head in ("value", "error") and what not in evaluation.inputs:
        output, name = _output(evaluation, rest, what)
        if not name:
            if head == "value":
                return exact(evaluation.value(output.node))
            return exact(rounding_error(evaluation, output).absolute)
    for node in evaluation.nodes:
        if evaluation.names[node] == what:
            return exact(evaluation.value(node))
    raise _no_such(what, ["value", "error", *(f"d.{known}" for known in evaluation.wrt)])


def _output(evaluation: Evaluation, path: str, what: str) -> tuple[Output, str]:
    """The output that a path begins with, and the rest of the path."""
    head, _, rest = path.partition(".")
    for output in evaluation.outputs:
        if output.name and output.name == head and (rest or len(evaluation.outputs) > 1):
            return output, rest
    if len(evaluation.outputs) > 1:
        names = ", ".join(output.name for output in evaluation.outputs)
        raise UsageError(
            f"{what} does not say of which output", hint=f"for example d.OUTPUT.x; outputs: {names}"
        )
    return evaluation.outputs[0], path


def _no_such(what: str, known: list[str]) -> UsageError:
    guess = did_you_mean(what, known)
    hint = f"did you mean {guess}?" if guess else f"there is {', '.join(known[:12])}"
    return UsageError(f"there is no {what} to get", hint=hint)
