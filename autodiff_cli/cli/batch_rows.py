"""The rows of a batch on their way: read, computed, looked at, written."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from autodiff_cli.batches.program import Program
from autodiff_cli.batches.rows import Block, Examiner, first_bad
from autodiff_cli.cli.batch_columns import Columns
from autodiff_cli.cli.interruption import Interruption
from autodiff_cli.cli.progress import Progress
from autodiff_cli.errors import DataError
from autodiff_cli.tables.cells import converted, numbers
from autodiff_cli.tables.formats import TableFormat
from autodiff_cli.tables.source import Block as Rows
from autodiff_cli.tables.source import Cells, Source

if TYPE_CHECKING:
    import polars as pl


class OnError(StrEnum):
    """What is done with rows that have no result."""

    FAIL = "fail"
    NULL = "null"
    SKIP = "skip"


class Batch:
    """One run: a source of rows, a program, what becomes of bad rows.

    `columns` gives the columns of variables by their names, `chosen` those that are written.
    """

    def __init__(
        self,
        source: Source,
        program: Program,
        examiner: Examiner,
        columns: Mapping[str, str],
        chosen: Columns,
        on_error: OnError,
    ) -> None:
        self._source, self._program, self._examiner = source, program, examiner
        self._columns, self._chosen = columns, chosen
        self.on_error, self.tally, self.written = on_error, examiner.tally, 0

    @property
    def size(self) -> int | None:
        """That of the source."""
        return self._source.size

    @property
    def cells(self) -> Cells:
        """What the text in the frames is."""
        return self._source.cells

    def frames(
        self, interruption: Interruption, progress: Progress, form: TableFormat
    ) -> Iterator["pl.DataFrame"]:
        """The frames to write in a format, one after the other.

        Raises DataError at a bad row if that is to end the run, when the rows before it are written,
        and KeyboardInterrupt after the rows at hand.
        """
        blocks = self._source.blocks()
        while True:
            interruption.is_waiting = True
            interruption.check()
            rows = next(blocks, None)
            interruption.is_waiting = False
            if rows is None:
                return
            yield from self._answered(rows, form)
            progress.advance(self.tally.rows, self._source.position)

    def _answered(self, rows: Rows, form: TableFormat) -> Iterator["pl.DataFrame"]:
        """The rows with their results; those that are bad filled, left out, or the end."""
        found = self._computed(rows)
        table = converted(rows.frame, self.cells, form, self._columns.values())
        frame = self._with_results(table, found)
        if not found.bad.any() or self.on_error is OnError.NULL:
            yield from self._counted(frame)
        elif self.on_error is OnError.SKIP:
            import polars as pl

            yield from self._counted(frame.filter(pl.Series(~found.bad)))
        else:
            yield from self._counted(frame.head(int(found.bad.argmax())))
            bad = next(first_bad(self.tally))
            hint = "--on-error null leaves its cells empty, --on-error skip leaves it out"
            raise DataError(f"row {bad.row}: {bad.message}", hint=hint)

    def _counted(self, frame: "pl.DataFrame") -> Iterator["pl.DataFrame"]:
        yield frame
        # Here it has been written.
        self.written += len(frame)

    def _computed(self, rows: Rows) -> Block:
        import numpy as np

        count = len(rows.frame)
        values: dict[str, Any] = {}
        lacking = np.zeros(count, dtype=bool)
        lacking[list(rows.faults)] = True
        masks: dict[str, Any] = {}
        read = numbers(rows.frame, self._columns.values())
        for name, column in self._columns.items():
            values[name], mask = read[column]
            if mask is not None:
                masks[column] = mask
                lacking |= mask
        results, suspect = self._program.run(values, count)

        def lack(offset: int) -> str:
            if offset in rows.faults:
                return rows.faults[offset]
            column = next(column for column, mask in masks.items() if mask[offset])
            cell = rows.frame[column][offset]
            return f"{column} is empty" if cell in (None, "") else f"{column} is {cell!r}, not a number"

        return self._examiner.block(values, lacking, lack, results, suspect, rows.first)

    def _with_results(self, frame: "pl.DataFrame", found: Block) -> "pl.DataFrame":
        import polars as pl

        series: list[pl.Series] = []
        for name, position in self._chosen.added.items():
            column = pl.Series(name, found.results[position])
            absent = found.absent[position]
            if absent is not None and absent.any():
                column = pl.select(pl.when(~pl.Series(absent)).then(column).alias(name)).to_series()
            series.append(column)
        frame = frame.with_columns(series)
        return frame if self._chosen.kept is None else frame.select(self._chosen.kept)
