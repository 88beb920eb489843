"""A formula made ready for many points."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from autodiff_cli.batches.engine import Engine, Rows, array_rows, compiled_rows
from autodiff_cli.batches.results import Result, positions
from autodiff_cli.batches.specialise import specialise
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.graph.reverse import ABSENT

# Rows that a thread takes at a time.
_SHARE = 65_536


def compiled_from(operations: int) -> int:
    """The row from which on rows of so many operations are computed by compiled code.

    With fewer, compiling takes longer than it saves (tests/benchmarks/batch.py compile). What counts
    is the row, so that results do not depend on how rows come.
    """
    return 150_000 + 45_000_000 // max(operations, 1)


class Program:
    """The results of a formula as functions of columns.

    `columns` are the names of the variables that vary and are needed.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        wanted: Sequence[Result],
        suspect: int,
        columns: Sequence[str],
        known: Mapping[str, float],
        engine: Engine = Engine.AUTO,
    ) -> None:
        """Specialise the graph for `columns`, with the values `known` of all other variables.

        `suspect` is the node of rows to look at (see `results.suspect`), or ABSENT. Raises
        UsageError where a compiled engine is asked for and there is none.
        """
        self._positions = positions(wanted)
        self._zeros = self._positions.pop(ABSENT, [])
        self._width = len(wanted)
        self._has_suspects = suspect != ABSENT
        nodes = [*self._positions, *([suspect] if self._has_suspects else [])]
        self._specialised = specialise(evaluation.graph, nodes, columns, known)
        self.columns = list(self._specialised.columns)
        self._arrays = array_rows(self._specialised)
        self._compiled = compiled_rows(self._specialised, True) if engine is Engine.COMPILED else None
        # How many rows are left to be computed by arrays; None is all.
        first = compiled_from(len(self._specialised.graph))
        self._left = {Engine.AUTO: first, Engine.COMPILED: 0}.get(engine)
        self._threads = _processors()
        self._pool: ThreadPoolExecutor | None = None

    def run(self, columns: Mapping[str, Any], count: int) -> tuple[list[Any], Any]:
        """The results of the next `count` rows, an array each; 1 where rows are to be looked at.

        `columns` gives a float64 array for each of the program's columns. The second is an array,
        or None where no row has to be.
        """
        import numpy as np

        inputs = [np.ascontiguousarray(columns[name], dtype=np.float64) for name in self.columns]
        distinct = [np.empty(count) for _ in self._positions]
        outputs = [*distinct, np.empty(count)] if self._has_suspects else distinct
        switch = count if self._left is None else min(count, self._left)
        self._share(self._arrays, inputs, outputs, 0, switch)
        if self._left is not None:
            self._left -= switch
        if switch < count:
            self._share(self._later(), inputs, outputs, switch, count)
        return self._spread(distinct, count), outputs[-1] if self._has_suspects else None

    def _later(self) -> Rows:
        """What computes the rows after the first ones."""
        if self._compiled is None:
            self._compiled = compiled_rows(self._specialised, False) or self._arrays
        return self._compiled

    def _share(
        self, rows: Rows, inputs: Sequence[Any], outputs: Sequence[Any], start: int, stop: int
    ) -> None:
        """Compute rows on all processors."""
        if stop - start <= _SHARE or self._threads == 1:
            rows(inputs, outputs, start, stop)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads)
        shares = [
            self._pool.submit(rows, inputs, outputs, first, min(first + _SHARE, stop))
            for first in range(start, stop, _SHARE)
        ]
        for share in shares:
            share.result()

    def _spread(self, distinct: Sequence[Any], count: int) -> list[Any]:
        """The arrays of all results; none is another's, since rows may be changed one by one."""
        import numpy as np

        found: list[Any] = [None] * self._width
        for array, places in zip(distinct, self._positions.values(), strict=True):
            found[places[0]] = array
            for place in places[1:]:
                found[place] = array.copy()
        for place in self._zeros:
            found[place] = np.zeros(count)
        return found


def _processors() -> int:
    """How many processors this run may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
