"""CSV and TSV: every cell is text, and stays as it is written."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from autodiff_cli.errors import DataError, UsageError
from autodiff_cli.tables.formats import SEPARATORS, TableFormat
from autodiff_cli.tables.pieces import PIECE, Pieces, after_first_record, after_last_record
from autodiff_cli.tables.source import Block, Cells, Source

if TYPE_CHECKING:
    import polars as pl


def _has_blank_rows(frame: "pl.DataFrame") -> bool:
    """Whether every cell of some row is empty, as in a blank line."""
    import polars as pl

    if not all(frame[column].null_count() for column in frame.columns):
        return False
    return bool(frame.select(pl.all_horizontal(pl.all().is_null()).any()).item())


class Delimited(Source):
    """A table of delimited text with a header, from a file or standard input."""

    cells = Cells.TEXT

    def __init__(self, path: str, form: TableFormat, piece: int = PIECE) -> None:
        """Read the header. Raises UsageError for an empty table and for columns of one name."""
        self.form, self._separator = form, SEPARATORS[form]
        csv.field_size_limit(2**31 - 1)
        self._pieces = Pieces(path, after_last_record, piece)
        self.size = self._pieces.size
        self.columns = self._header()
        self._next = 1

    @property
    def position(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Bytes read so far."""
        return self._pieces.position

    def close(self) -> None:
        """Close the file."""
        self._pieces.close()

    def _header(self) -> list[str]:
        record = self._pieces.record(after_first_record)
        while record and not record.strip():
            record = self._pieces.record(after_first_record)
        name = self._pieces.name
        if not record:
            raise UsageError(f"{name} is empty", hint="the first line names the columns")
        columns = next(self._rows(record))
        twice = next((c for i, c in enumerate(columns) if c in columns[:i]), None)
        if twice is not None:
            raise UsageError(f"{name} has two columns {twice!r}", hint="rename one of them")
        return columns

    def _rows(self, data: bytes) -> Iterator[list[str]]:
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise self._not_text(data[: error.start].count(b"\n")) from None
        return csv.reader(io.StringIO(text, newline=""), delimiter=self._separator)

    def _not_text(self, lines: int) -> DataError:
        row = getattr(self, "_next", 0) + lines
        return DataError(f"{self._pieces.name} is not UTF-8 text, about row {row}")

    def blocks(self) -> Iterator[Block]:
        """The rows, as they come."""
        is_empty = True
        for piece in self._pieces:
            block = self._block(piece)
            if len(block.frame):
                self._next += len(block.frame)
                is_empty = False
                yield block
        if is_empty:
            yield Block(self._frame([]), 1, {})

    def _block(self, data: bytes) -> Block:
        import polars as pl

        schema = dict.fromkeys(self.columns, pl.String)
        try:
            frame = pl.read_csv(data, has_header=False, separator=self._separator, schema=schema)
        except pl.exceptions.PolarsError:
            return self._carefully(data)
        # In a table of one column a blank line is an empty cell.
        if len(self.columns) > 1 and _has_blank_rows(frame):
            return self._carefully(data)
        return Block(frame, self._next, {})

    def _carefully(self, data: bytes) -> Block:
        """The same where rows differ in length, or cannot be read at all."""
        width = len(self.columns)
        faults: dict[int, str] = {}
        rows: list[list[str | None]] = []
        for row in self._rows(data):
            if not row and width > 1:
                continue
            if len(row) > width:
                faults[len(rows)] = f"has {len(row)} cells, and there are {width} columns"
            cells = [cell or None for cell in row[:width]]
            rows.append(cells + [None] * (width - len(cells)))
        return Block(self._frame(rows), self._next, faults)

    def _frame(self, rows: Sequence[Sequence[str | None]]) -> "pl.DataFrame":
        import polars as pl

        schema = dict.fromkeys(self.columns, pl.String)
        return pl.DataFrame(rows, schema=schema, orient="row") if rows else pl.DataFrame(schema=schema)
