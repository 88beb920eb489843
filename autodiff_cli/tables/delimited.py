"""CSV and TSV: every cell is text, and stays as it is written."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from autodiff_cli.errors import DataError, UsageError
from autodiff_cli.tables.ahead import Ahead
from autodiff_cli.tables.formats import SEPARATORS, TableFormat
from autodiff_cli.tables.pieces import BOM, PIECE, Pieces
from autodiff_cli.tables.quotes import after_first_record, after_last_record, is_open, is_regular
from autodiff_cli.tables.source import Block, Cells, Source

if TYPE_CHECKING:
    import polars as pl

# A cell may be as long as a record.
csv.field_size_limit(2**31 - 1)


class Delimited(Source):
    """A table of delimited text with a header, from a file or standard input."""

    cells = Cells.TEXT

    def __init__(self, path: str, form: TableFormat, piece: int = PIECE) -> None:
        """Read the header. Raises UsageError for an empty table and for columns of one name."""
        self.form, self._separator = form, SEPARATORS[form]
        self._pieces = Pieces(path, lambda data: after_last_record(data, self._separator), piece)
        self.size = self._pieces.size
        self._ahead: Ahead | None = None
        # The number of the row to come; the header is row 0.
        self._next = 0
        try:
            self.columns = self._header()
        except BaseException:
            self.close()
            raise
        self._next = 1

    @property
    def position(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Bytes read so far."""
        return self._pieces.position

    def close(self) -> None:
        """Close the file."""
        if self._ahead is not None:
            self._ahead.close()
        self._pieces.close()

    def _header(self) -> list[str]:
        name, record = self._pieces.name, b"\n"
        while record and not record.strip(b"\r\n"):
            record = self._pieces.record(lambda data: after_first_record(data, self._separator))
        if not record:
            raise UsageError(f"{name} is empty", hint="the first line names the columns")
        self._check_closed(record)
        columns = next(self._rows(record))
        twice = next((column for column, times in Counter(columns).items() if times > 1), None)
        if twice is not None:
            raise UsageError(f"{name} has two columns {twice!r}", hint="rename one of them")
        return columns

    def blocks(self) -> Iterator[Block]:
        """The rows, as they come; those of a file are read ahead."""
        if self.size is None:
            return self._read()
        self._ahead = Ahead(self._read())
        return iter(self._ahead)

    def _read(self) -> Iterator[Block]:
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
        frame = self._quickly(data)
        return self._carefully(data) if frame is None else Block(frame, self._next, {})

    def _quickly(self, data: bytes) -> "pl.DataFrame | None":
        """The rows of a piece; None where something is wrong with it, or blank."""
        import polars as pl

        # Line ends of \r alone are none, and polars takes a byte order mark away anywhere.
        if data.startswith(BOM) or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n")):
            return None
        if b'"' in data and (data.count(b'"') % 2 or not is_regular(data, self._separator)):
            return None
        schema = dict.fromkeys(self.columns, pl.String)
        try:
            frame = pl.read_csv(data, has_header=False, separator=self._separator, schema=schema)
        except pl.exceptions.PolarsError:
            return None
        return frame if self._is_full(frame, data) else None

    def _is_full(self, frame: "pl.DataFrame", data: bytes) -> bool:
        """Whether no row has too few cells, for which polars has nulls."""
        import polars as pl

        if not len(frame) or not frame[self.columns[-1]].null_count():
            return not frame.is_empty()
        separators = data.count(self._separator.encode())
        if b'"' in data:
            inside = pl.all().str.count_matches(self._separator, literal=True).sum()
            separators -= sum(frame.select(inside).row(0))
        return separators == len(frame) * (len(self.columns) - 1)

    def _carefully(self, data: bytes) -> Block:
        """The same where rows differ in length, are blank, or cannot be read at all."""
        self._check_closed(data)
        width = len(self.columns)
        faults: dict[int, str] = {}
        rows: list[list[str | None]] = []
        for row in self._rows(data):
            if not row and width > 1:
                continue
            # In a table of one column a blank line is an empty cell.
            if len(row) != width and row:
                faults[len(rows)] = f"has {_cells(len(row))}, and there are {width} columns"
            cells = [cell or None for cell in row[:width]]
            rows.append(cells + [None] * (width - len(cells)))
        return Block(self._frame(rows), self._next, faults)

    def _rows(self, data: bytes) -> Iterator[list[str]]:
        """The cells of each record. Raises DataError for what cannot be read."""
        try:
            lines = io.StringIO(data.decode(), newline="\n")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start)
            hint = "convert it, for example with iconv"
            raise self._unreadable(line, "is not UTF-8 text", hint) from None
        rows = csv.reader(lines, delimiter=self._separator)
        try:
            yield from rows
        except csv.Error:
            hint = "lines end with \\n or \\r\\n; a cell with \\r in it stands in quotes"
            line = max(rows.line_num - 1, 0)
            raise self._unreadable(line, "has a carriage return within a line", hint) from None

    def _check_closed(self, data: bytes) -> None:
        if is_open(data, self._separator):
            line = data.count(b"\n", 0, after_last_record(data, self._separator))
            raise self._unreadable(line, "has a quote that is not closed")

    def _unreadable(self, lines: int, what: str, hint: str | None = None) -> DataError:
        """An error in a piece, after so many lines of it."""
        row = self._next + lines
        place = "the header" if row == 0 else f"row {row}" if lines == 0 else f"about row {row}"
        return DataError(f"{self._pieces.name}: {place} {what}", hint=hint)

    def _frame(self, rows: Sequence[Sequence[str | None]]) -> "pl.DataFrame":
        import polars as pl

        schema = dict.fromkeys(self.columns, pl.String)
        return pl.DataFrame(rows, schema=schema, orient="row") if rows else pl.DataFrame(schema=schema)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
