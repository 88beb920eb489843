"""The rows of a Taylor expansion: an order, its coefficients, its derivatives."""

from collections.abc import Iterator
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.expansions import Expansion


class ExpansionRow(NamedTuple):
    """One order; for each output the coefficient and the derivative, None if that is left out."""

    order: int
    numbers: tuple[float | None, ...]


def expansion_headings(evaluation: Evaluation) -> list[str]:
    """The titles of the columns of a row."""
    ends = [f" {output.name}" if output.name else "" for output in evaluation.outputs]
    return ["order", *(f"{what}{end}" for end in ends for what in ("coefficient", "derivative"))]


def expansion_rows(evaluation: Evaluation, expansion: Expansion) -> Iterator[ExpansionRow]:
    """A row for each order."""
    nodes = [output.node for output in evaluation.outputs]
    for k in range(expansion.order + 1):
        numbers = (
            numbers[k]
            for node in nodes
            for numbers in (expansion.coefficients[node], expansion.derivatives[node])
        )
        yield ExpansionRow(k, tuple(numbers))
