"""Opening tables: one file, several, or standard input."""

from collections.abc import Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path

from autodiff_cli.errors import UsageError
from autodiff_cli.tables.formats import BINARY, TableFormat, format_of, require_polars
from autodiff_cli.tables.source import Block, Source


def open_tables(paths: Sequence[str], form: TableFormat | None) -> Source:
    """The rows of all files, one after the other; `-` is standard input.

    Patterns are expanded. Raises UsageError where nothing fits, for formats that are not known, and
    for files whose columns differ; InputOutputError for what cannot be read.
    """
    require_polars()
    files = [file for path in paths for file in _expanded(path)]
    if files.count("-") > 1:
        raise UsageError("standard input can be read once")
    first = _open(files[0], form)
    return first if len(files) == 1 else _Several(files, form, first)


def _expanded(path: str) -> list[str]:
    if path == "-" or not has_magic(path) or Path(path).exists():
        return [path]
    found = sorted(glob(path, recursive=True))
    if not found:
        raise UsageError(f"no file fits {path}")
    return found


def _open(path: str, form: TableFormat | None) -> Source:
    chosen = format_of(path, form, "--from")
    if chosen in BINARY:
        from autodiff_cli.tables.columnar import Columnar

        return Columnar(path, chosen)
    if chosen is TableFormat.NDJSON:
        from autodiff_cli.tables.ndjson import Ndjson

        return Ndjson(path)
    from autodiff_cli.tables.delimited import Delimited

    return Delimited(path, chosen)


class _Several(Source):
    """Files of the same columns, one after the other."""

    def __init__(self, files: Sequence[str], form: TableFormat | None, first: Source) -> None:
        """Look at all of them, so that nothing is written before it is known that they fit."""
        self._files, self._given, self._open = files, form, first
        self.form, self.cells, self.columns = first.form, first.cells, first.columns
        sizes = [first.size]
        for file in files[1:]:
            other = _open(file, form) if file != "-" else None
            if other is not None:
                self._check(file, other)
                sizes.append(other.size)
                other.close()
        known = [size for size in sizes if size is not None]
        self.size = sum(known) if len(known) == len(files) else None
        self._before = 0

    def _check(self, file: str, other: Source) -> None:
        if other.form is not self.form:
            raise UsageError(f"{file} is {other.form}, and {self._files[0]} is {self.form}")
        if list(other.columns) != list(self.columns) and self.form is not TableFormat.NDJSON:
            odd = set(other.columns) ^ set(self.columns)
            hint = f"only one of them has {', '.join(sorted(odd)[:5])}" if odd else "their order differs"
            raise UsageError(f"{file} and {self._files[0]} have different columns", hint=hint)

    @property
    def position(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """How much of all files has been read."""
        return self._before + self._open.position

    def close(self) -> None:
        """Close the file at hand."""
        self._open.close()

    def blocks(self) -> Iterator[Block]:
        """The rows of all files; their numbers go on."""
        rows = 0
        for number, file in enumerate(self._files):
            if number:
                self._before += self._open.position
                self._open.close()
                self._open = _open(file, self._given)
                self._check(file, self._open)
            for block in self._open.blocks():
                yield block._replace(first=rows + 1)
                rows += len(block.frame)
