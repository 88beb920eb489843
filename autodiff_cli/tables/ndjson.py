"""NDJSON: an object a line; every value stays as it is written.

The columns are the keys of the first objects; a key that comes later is told of.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from autodiff_cli.errors import DataError, UsageError
from autodiff_cli.tables.formats import TableFormat
from autodiff_cli.tables.pieces import PIECE, Pieces, after_last_line
from autodiff_cli.tables.source import Block, Cells, Source

if TYPE_CHECKING:
    import polars as pl

# Numbers are not converted: they stay as they are written.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_CONSTANTS = frozenset({"NaN", "Infinity", "-Infinity"})
_SPACE = " \t\r"
_BLANKS = r"[ \t\r]*"
_VALUE = (
    r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null"
    r'|"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"'
)
_NONE = b"\x01"
# More would make a large pattern.
_MOST_MEMBERS = 100
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
        # Those of the first line.
        self._keys: list[str] = []
        self.columns = []
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
            block = self._block(self._lines(piece))
            if len(block.frame):
                self._next += len(block.frame)
                yield block

    def _lines(self, piece: bytes) -> "pl.Series":
        import polars as pl

        # A sign that JSON has not separates nothing: each line is a cell.
        if _NONE not in piece:
            options: Any = {"separator": _NONE.decode(), "quote_char": None, "has_header": False}
            with suppress(pl.exceptions.PolarsError):
                lines = pl.read_csv(piece, schema={"line": pl.String}, **options).to_series()
                return lines.filter(lines.str.contains(r"[^ \t\r]"))
        try:
            text = piece.decode()
        except UnicodeDecodeError as error:
            row = self._next + piece.count(b"\n", 0, error.start)
            what = f"{self._pieces.name}: about row {row} is not UTF-8 text"
            raise DataError(what, hint="convert it, for example with iconv") from None
        return pl.Series("line", [line for line in text.split("\n") if line.strip(" \t\r")])

    def _block(self, lines: "pl.Series") -> Block:
        """The members of each line: at once where they are those of the first, else one by one."""
        import polars as pl

        if self._next == 1 and len(lines):
            self._keys = _keys(lines[0])
        if not self._keys:
            return self._one_by_one(lines)
        same = lines.str.extract_groups(_pattern(self._keys)).struct.unnest()
        same.columns = self._keys
        is_other = same.to_series(0).is_null()
        if not is_other.any():
            return Block(same, self._next, {})
        others = self._one_by_one(lines.filter(is_other))
        rows = is_other.arg_true()
        faults = {rows[offset]: said for offset, said in others.faults.items()}
        order = pl.Series("", [*(~is_other).arg_true(), *rows], dtype=pl.Int64).arg_sort()
        joined = pl.concat([same.filter(~is_other), others.frame], how="diagonal")
        return Block(joined[order], self._next, faults)

    def _one_by_one(self, lines: "pl.Series") -> Block:
        import polars as pl

        faults: dict[int, str] = {}
        columns: dict[str, list[str | None]] = {name: [None] * len(lines) for name in self.columns}
        for row, line in enumerate(lines):
            try:
                members = raw_members(line.strip(_SPACE))
            except ValueError as error:
                faults[row] = f"is no JSON object: {error}"
                continue
            for key, value in members.items():
                column = columns.get(key)
                if column is None:
                    column = columns[key] = [None] * len(lines)
                column[row] = value
        frame = pl.DataFrame(columns, schema_overrides=dict.fromkeys(columns, pl.String))
        return Block(frame if columns else pl.DataFrame(height=len(lines)), self._next, faults)


def _keys(line: str) -> list[str]:
    """The keys of an object; none where it is no object, or has too many."""
    try:
        keys = list(raw_members(line.strip(_SPACE)))
    except ValueError:
        return []
    return keys if len(keys) <= _MOST_MEMBERS else []


def _pattern(keys: Sequence[str]) -> str:
    """A pattern of lines with just these keys in this order; groups are values, not nested."""
    members = [
        f"{re.escape(json.dumps(key, ensure_ascii=False))}{_BLANKS}:{_BLANKS}({_VALUE}){_BLANKS}"
        for key in keys
    ]
    return rf"^{_BLANKS}\{{{_BLANKS}{f',{_BLANKS}'.join(members)}\}}{_BLANKS}$"


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
            try:
                _, end = _DECODER.raw_decode(line, start)
            except RecursionError:
                raise ValueError("it is nested too deeply") from None
            if key in members:
                raise ValueError(f"the key {key!r} comes twice")
            value = line[start:end]
            # JSON has no such numbers, and they are strings here.
            members[key] = f'"{value}"' if value in _CONSTANTS else value
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
