"""Second derivatives as every view shows them: as a matrix, or listed one by one."""

from collections.abc import Iterator
from itertools import product

from autodiff_cli.derivatives.evaluation import Evaluation, Output

# With up to so many variables a Hessian is shown whole.
MOST_WHOLE = 20


def is_listed(evaluation: Evaluation) -> bool:
    """Whether second derivatives are listed, without those that are 0 by structure.

    So it is with many variables, where most pairs of them have none.
    """
    count = len(evaluation.wrt)
    if evaluation.order != 2 or count <= MOST_WHOLE:
        return False
    there = sum(1 for output in evaluation.outputs for _ in evaluation.second_derivatives(output))
    return 2 * there < len(evaluation.outputs) * count * (count + 1) // 2


def shown_pairs(evaluation: Evaluation, output: Output) -> Iterator[tuple[str, str, int]]:
    """The pairs of names that are shown, and the node; ABSENT where that is 0 by structure.

    Of a whole Hessian these are all pairs, in both orders; of one that is listed each pair once.
    """
    if evaluation.order != 2 or is_listed(evaluation):
        return evaluation.second_derivatives(output)
    pairs = product(evaluation.wrt_nodes.items(), repeat=2)
    return ((a, b, evaluation.second_derivative(output, m, n)) for (a, m), (b, n) in pairs)


def second_name(evaluation: Evaluation, output: Output, first: str, second: str) -> str:
    """What `--get` calls a second derivative."""
    of = f".{output.name}" if len(evaluation.outputs) > 1 else ""
    return f"h{of}.{first}.{second}"
