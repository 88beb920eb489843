"""NDJSON: an object a line; every value stays as it is written.

The columns are the keys of the first objects; a key that comes later is told of.
"""

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from autodiff_cli.errors import DataError, UsageError
from autodiff_cli.tables.formats import TableFormat
from autodiff_cli.tables.pieces import PIECE, Pieces, after_last_line
from autodiff_cli.tables.source import Block, Cells, Source

_DECODER = json.JSONDecoder()
# The decoder's own reader of strings; its module does not declare it.
_scan: Any = vars(import_module("json.decoder"))["scanstring"]


class Ndjson(Source):
    """A table of JSON objects, from a file or standard input."""

    form, cells = TableFormat.NDJSON, Cells.JSON

    def __init__(self, path: str, piece: int = PIECE) -> None:
        """Read the first objects, for their keys. Raises UsageError for an empty table."""
        self._pieces = Pieces(path, after_last_line, piece)
        self.size = self._pieces.size
        self._next = 1
        self._blocks = self._read()
        self._first = next(self._blocks, None)
        if self._first is None:
            raise UsageError(f"{self._pieces.name} is empty", hint="each line is a JSON object")
        self.columns = self._first.frame.columns

    @property
    def position(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Bytes read so far."""
        return self._pieces.position

    def close(self) -> None:
        """Close the file."""
        self._pieces.close()

    def blocks(self) -> Iterator[Block]:
        """The rows, as they come; a later block may have more columns, of keys that are new."""
        if self._first is not None:
            yield self._first
        yield from self._blocks

    def _read(self) -> Iterator[Block]:
        for piece in self._pieces:
            try:
                lines = piece.decode().split("\n")
            except UnicodeDecodeError as error:
                row = self._next + piece[: error.start].count(b"\n")
                raise DataError(f"{self._pieces.name} is not UTF-8 text, about row {row}") from None
            block = self._block([line for line in lines if line.strip()])
            if len(block.frame):
                self._next += len(block.frame)
                yield block

    def _block(self, lines: list[str]) -> Block:
        import polars as pl

        faults: dict[int, str] = {}
        columns: dict[str, list[str | None]] = {}
        for row, line in enumerate(lines):
            try:
                members = raw_members(line.strip())
            except ValueError as error:
                faults[row] = f"is no JSON object: {error}"
                continue
            for key, value in members.items():
                column = columns.get(key)
                if column is None:
                    column = columns[key] = [None] * len(lines)
                column[row] = value
        names = columns if self._next == 1 else [*self.columns, *columns]
        none = [None] * len(lines)
        frame = pl.DataFrame(
            {name: columns.get(name, none) for name in names},
            schema_overrides=dict.fromkeys(names, pl.String),
        )
        return Block(frame, self._next, faults)


def raw_members(line: str) -> dict[str, str]:
    """The members of a JSON object, values as they are written.

    Raises ValueError for what is no object, and for a key that comes twice.
    """
    if line[:1] != "{":
        raise ValueError("it does not begin with {")
    members: dict[str, str] = {}
    end = _blank(line, 1)
    if line[end : end + 1] != "}":
        while True:
            if line[end : end + 1] != '"':
                raise ValueError(f"a key is due at character {end + 1}")
            key, end = _string(line, end + 1)
            end = _after(line, _blank(line, end), ":")
            start = _blank(line, end)
            _, end = _DECODER.raw_decode(line, start)
            if key in members:
                raise ValueError(f"the key {key!r} comes twice")
            members[key] = line[start:end]
            end = _blank(line, end)
            if line[end : end + 1] != ",":
                break
            end = _blank(line, end + 1)
        if line[end : end + 1] != "}":
            raise ValueError(f"a comma or }} is due at character {end + 1}")
    if _blank(line, end + 1) != len(line):
        raise ValueError(f"there is more after it, at character {end + 2}")
    return members


def _string(line: str, start: int) -> tuple[str, int]:
    return _scan(line, start, True)


def _after(line: str, position: int, sign: str) -> int:
    if line[position : position + 1] != sign:
        raise ValueError(f"a {sign} is due at character {position + 1}")
    return position + 1


def _blank(line: str, position: int) -> int:
    while line[position : position + 1] in (" ", "\t", "\r"):
        position += 1
    return position
