"""Parquet and Arrow files: read in batches of rows."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from autodiff_cli.errors import InputOutputError
from autodiff_cli.tables.formats import TableFormat
from autodiff_cli.tables.source import Block, Cells, Source

# Rows of a batch: some tens of megabytes with a few columns.
_ROWS = 500_000


class Columnar(Source):
    """A Parquet or Arrow file; standard input is copied to a temporary file first."""

    cells = Cells.TYPED

    def __init__(self, path: str, form: TableFormat) -> None:
        """Read the file's description. Raises InputOutputError."""
        import polars as pl

        self.form = form
        self.name = "standard input" if path == "-" else path
        self._copy: Path | None = None
        try:
            if path == "-":
                self._copy = _copied()
            place = self._copy or Path(path)
            with place.open("rb"):
                pass  # polars' own words for what is missing or forbidden are many
        except OSError as error:
            self.close()
            raise InputOutputError(f"cannot read {self.name}: {error.strerror or error}") from None
        scan = pl.scan_parquet if form is TableFormat.PARQUET else pl.scan_ipc
        try:
            self._table: pl.LazyFrame = scan(place, glob=False)
            self.columns = self._table.collect_schema().names()
            self.size = int(self._table.select(pl.len()).collect().item())
        except (OSError, pl.exceptions.PolarsError) as error:
            self.close()
            raise self._unreadable(error) from None

    def _unreadable(self, error: Exception) -> InputOutputError:
        reason = str(error).partition("\n")[0]
        return InputOutputError(f"{self.name} cannot be read as {self.form}: {reason}")

    def close(self) -> None:
        """Remove the copy of standard input."""
        if self._copy is not None:
            with suppress(OSError):
                self._copy.unlink()

    def blocks(self) -> Iterator[Block]:
        """The rows in batches."""
        import polars as pl

        try:
            for frame in self._table.collect_batches(chunk_size=_ROWS, maintain_order=True):
                if len(frame):
                    yield Block(frame, self.position + 1, {})
                    self.position += len(frame)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise self._unreadable(error) from None
        if not self.position:
            yield Block(self._table.head(0).collect(), 1, {})


def _copied() -> Path:
    """Standard input in a temporary file: these formats are read from their end."""
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise InputOutputError("cannot read standard input: it is closed")
    with NamedTemporaryFile(prefix="autodiff-", delete=False) as file:
        path = Path(file.name)
        try:
            shutil.copyfileobj(sys.stdin.buffer, file, 2**20)
        except BaseException:
            path.unlink()
            raise
    return path
