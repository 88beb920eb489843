"""Writing tables, block after block, to a file or standard output."""

import json
import os
import re
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

from autodiff_cli.errors import DataError, InputOutputError, UsageError
from autodiff_cli.tables.formats import BINARY, SEPARATORS, TableFormat
from autodiff_cli.tables.source import Cells

if TYPE_CHECKING:
    import polars as pl

Frames = Iterator["pl.DataFrame"]

# Pieces of text that rows become.
Texts = Iterator[bytes | memoryview]

# Rows that are made text at a time: it stays in the cache until it is written.
_SLICE = 16_384


def write_blocks(frames: Frames, target: Path | None, form: TableFormat, cells: Cells) -> None:
    """Write frames as they come, to a file that is there or to be made, or to standard output.

    `cells` says what the text in them is. There is at least one frame. Raises OSError where writing
    fails, InputOutputError where standard output is closed, DataError for a frame of other columns, and
    whatever the frames raise.
    """
    if target is None and sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise InputOutputError("cannot write the result: standard output is closed")
    if form in BINARY:
        _write_columns(frames, target, form)
    elif target is None:
        for text in _texts(frames, form, cells):
            _write_texts(text, sys.stdout.buffer)
    else:
        with target.open("wb") as file:
            _write_behind(_texts(frames, form, cells), file)


def _texts(frames: Frames, form: TableFormat, cells: Cells) -> Iterator[Texts]:
    """For each frame its rows as text, which is made as it is asked for."""
    first: pl.DataFrame | None = None
    for frame in frames:
        _check_types(frame, form)
        if form is TableFormat.NDJSON:
            yield _json_texts(frame, cells)
        else:
            aligned = _aligned(frame, frame if first is None else first)
            yield _delimited_texts(aligned, SEPARATORS[form], first is None)
            first = aligned.clear() if first is None else first


def _write_texts(texts: Texts, file: BinaryIO) -> None:
    for text in texts:
        _write_all(file, text)
    file.flush()


def _write_behind(frames: Iterator[Texts], file: BinaryIO) -> None:
    """Make text of rows and write it while the next rows are computed.

    Only to a file: a pipe may keep a thread waiting, and the run could not be ended.
    """
    with ThreadPoolExecutor(1) as writer:
        written = None
        for texts in frames:
            if written is not None:
                written.result()
            written = writer.submit(_write_texts, texts, file)
        if written is not None:
            written.result()


def _slices(frame: "pl.DataFrame") -> Iterator["pl.DataFrame"]:
    """The rows of a frame, few at a time; an empty frame is one slice."""
    return frame.iter_slices(_SLICE) if len(frame) > _SLICE else iter([frame])


def _json_texts(frame: "pl.DataFrame", cells: Cells) -> Texts:
    for rows in _slices(frame):
        yield json_lines(rows, cells).encode()


def _delimited_texts(frame: "pl.DataFrame", separator: str, has_header: bool) -> Texts:
    """The rows as text, not written by polars: it would not let a signal interrupt it."""
    for rows in _slices(frame):
        data = BytesIO()
        _plain_columns(rows).write_csv(
            data, separator=separator, include_header=has_header, null_value=""
        )
        has_header = False
        yield data.getbuffer()


def _write_all(file: BinaryIO, data: bytes | memoryview) -> None:
    """Write bytes; a file that is not buffered takes some at a time."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


@contextmanager
def _system_errors() -> Generator[None]:
    """A block in which polars writes: its errors as those of the system that they come from."""
    import polars as pl

    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        number = re.search(r"\(os error (\d+)\)", str(error))
        if number is None:
            raise OSError(0, str(error).partition("\n")[0]) from None
        code = int(number[1])
        raise OSError(code, os.strerror(code)) from None


def _aligned(frame: "pl.DataFrame", first: "pl.DataFrame") -> "pl.DataFrame":
    """A frame with the columns of the first one: objects may have fewer keys, or more.

    Raises DataError for more.
    """
    import polars as pl

    if frame.columns == first.columns:
        return frame
    new = next((name for name in frame.columns if name not in first.columns), None)
    if new is not None:
        hint = "--to ndjson keeps it; --only names the columns to write"
        raise DataError(f"{new!r} is a key that the first rows have not", hint=hint)
    missing = [n for n in first.columns if n not in frame.columns]
    return frame.with_columns(pl.lit(None, first.schema[n]).alias(n) for n in missing).select(
        first.columns
    )


def _plain_columns(frame: "pl.DataFrame") -> "pl.DataFrame":
    """The frame with lists and the like as JSON: delimited text has no such cells."""
    import polars as pl

    nested = [pl.col(c) for c, dtype in frame.schema.items() if dtype.is_nested()]
    spans = [pl.col(c) for c, dtype in frame.schema.items() if dtype == pl.Duration]
    return frame.with_columns(
        *(
            pl.when(column.is_not_null()).then(_json(column)).alias(column.meta.output_name())
            for column in nested
        ),
        *(_json(column).str.strip_chars('"').alias(column.meta.output_name()) for column in spans),
    )


def _check_types(frame: "pl.DataFrame", form: TableFormat) -> None:
    """Raise UsageError for a column of bytes or objects: text has no such cells."""
    import polars as pl

    for name, dtype in frame.schema.items():
        if "Binary" in str(dtype) or dtype == pl.Object:
            hint = "--to parquet keeps it; --only names the columns to write"
            raise UsageError(f"{form} has no cells for the bytes of {name!r}", hint=hint)


def _json(column: "pl.Expr") -> "pl.Expr":
    """The values of a column as JSON."""
    import polars as pl

    member = pl.struct(column.alias("_")).struct.json_encode()
    return member.str.slice(len('{"_":')).str.head(-1)


def json_lines(frame: "pl.DataFrame", cells: Cells) -> str:
    """The rows as JSON objects, a line each; NaN and infinities are strings.

    Text that is JSON stays as it is, and where there is none the key is left out.
    """
    import polars as pl

    if not frame.width:
        return "{}\n" * len(frame)
    members: list[pl.Expr] = []
    plain: list[str] = []
    for name, dtype in frame.schema.items():
        raw = cells is Cells.JSON and dtype == pl.String
        if not raw and not _has_nonfinite(frame[name]):
            plain.append(name)
            continue
        members += _plain_members(plain)
        plain = []
        key = pl.lit(f"{json.dumps(name, ensure_ascii=False)}:")
        members.append(pl.concat_str(key, pl.col(name) if raw else _float_json(name)))
    members += _plain_members(plain)
    joined = pl.concat_str(members, separator=",", ignore_nulls=True)
    lines = frame.select(pl.concat_str(pl.lit("{"), joined, pl.lit("}\n"))).to_series()
    return lines.str.join("").item()


def _has_nonfinite(column: "pl.Series") -> bool:
    return column.dtype.is_float() and not (
        column.is_finite().all() or column.null_count() == len(column)
    )


def _plain_members(names: Sequence[str]) -> "list[pl.Expr]":
    """The members of neighbouring columns together, as polars writes them."""
    import polars as pl

    members = pl.struct(names).struct.json_encode().str.slice(1).str.head(-1) if names else None
    return [] if members is None else [members]


def _float_json(name: str) -> "pl.Expr":
    import polars as pl

    column = pl.col(name)
    words = pl.when(column.is_nan()).then(pl.lit('"NaN"'))
    words = words.when(column == float("inf")).then(pl.lit('"Infinity"'))
    return words.when(column == -float("inf")).then(pl.lit('"-Infinity"')).otherwise(_json(column))


def _write_columns(frames: Frames, target: Path | None, form: TableFormat) -> None:
    if target is not None:
        _sink(frames, target, form)
        return
    # What is written from its end goes to standard output when it is whole.
    with TemporaryDirectory(prefix="autodiff-") as folder:
        path = Path(folder) / "table"
        _sink(frames, path, form)
        with path.open("rb") as file:
            while data := file.read(2**20):
                _write_all(sys.stdout.buffer, data)
    sys.stdout.buffer.flush()


def _sink(frames: Frames, path: Path, form: TableFormat) -> None:
    """Let polars pull the frames and write them."""
    from polars.io.plugins import register_io_source

    first = next(frames)
    raised: list[BaseException] = []

    def source(*_: object) -> Frames:
        try:
            yield first
            for frame in frames:
                yield _aligned(frame, first)
        except BaseException as error:
            # Polars wraps it, and what it is counts.
            raised.append(error)
            raise

    table = register_io_source(source, schema=first.schema)
    sink: Callable[..., object] = table.sink_parquet if form is TableFormat.PARQUET else table.sink_ipc
    try:
        with _system_errors():
            sink(path, maintain_order=True)
    except BaseException:
        if raised:
            raise raised[0] from None
        raise
