"""Engines: a specialised graph as a function that computes rows.

Both are the evaluator's one loop: over arrays, where each step computes a block of rows, or over
instructions, where it makes the body of a loop over rows that is compiled.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from importlib.util import find_spec
from typing import Any

from autodiff_cli.batches.specialise import Specialised
from autodiff_cli.errors import UsageError
from autodiff_cli.graph.arena import evaluate, last_uses

# A function of columns and results, both lists of float64 arrays, and the rows to compute.
Rows = Callable[[Sequence[Any], Sequence[Any], int, int], None]

# Rows of a block of arrays: its values stay in the cache from one step to the next.
BLOCK = 8_192


class Engine(StrEnum):
    """What computes rows."""

    AUTO = "auto"
    ARRAYS = "arrays"
    COMPILED = "compiled"


def array_rows(specialised: Specialised) -> Rows:
    """What computes rows of the roots from the columns, both in their order, by NumPy."""
    from autodiff_cli.graph.array_system import ARRAYS

    graph, roots = specialised.graph, specialised.roots
    nodes = graph.reachable(roots)
    spent = last_uses(graph, nodes, roots)
    columns = list(specialised.columns.values())

    def run(inputs: Sequence[Any], outputs: Sequence[Any], start: int, stop: int) -> None:
        import numpy as np

        with np.errstate(all="ignore"):
            for first in range(start, stop, BLOCK):
                block = slice(first, min(first + BLOCK, stop))
                point = {node: column[block] for node, column in zip(columns, inputs, strict=True)}
                values = evaluate(graph, nodes, point, ARRAYS, last_uses=spent)
                for root, output in zip(roots, outputs, strict=True):
                    output[block] = values[root]

    return run


def compiled_rows(specialised: Specialised, is_required: bool) -> Rows | None:
    """The same as compiled code; None where there is no compiler, or code for some operator.

    Raises UsageError then, if it `is_required`.
    """
    if find_spec("llvmlite") is None:
        if is_required:
            hint = "pip install 'autodiff-cli[fast]'"
            raise UsageError("--engine compiled needs llvmlite, which is not installed", hint=hint)
        return None
    from autodiff_cli.graph.compiled_system import compile_rows

    columns = list(specialised.columns.values())
    compiled = compile_rows(specialised.graph, specialised.roots, columns)
    if compiled is None and is_required:
        raise UsageError("there is no compiled code for this formula", hint="leave --engine out")
    return None if compiled is None else compiled.run
