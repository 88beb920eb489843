"""Cells of a frame as numbers, and columns as another format has them."""

import json
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from autodiff_cli.tables.formats import SEPARATORS, TableFormat
from autodiff_cli.tables.source import Cells

if TYPE_CHECKING:
    import polars as pl


def numbers(frame: "pl.DataFrame", columns: Iterable[str]) -> dict[str, tuple[Any, Any]]:
    """Columns as arrays of float64, and the cells that are no number, or None where all are.

    Text is read as decimals, with blanks around, and as inf, Infinity and NaN; it is rounded
    correctly. Where there is no number the array has NaN.
    """
    import numpy as np

    there = [column for column in dict.fromkeys(columns) if column in frame.columns]
    none = np.full(len(frame), np.nan), np.ones(len(frame), dtype=bool)
    found: dict[str, tuple[Any, Any]] = dict.fromkeys(columns, none)
    for cells in _float64(frame, there).iter_columns():
        mask = cells.is_null().to_numpy() if cells.null_count() else None
        found[cells.name] = cells.to_numpy(), mask
    return found


def _float64(frame: "pl.DataFrame", columns: Iterable[str]) -> "pl.DataFrame":
    """Columns as numbers, null where there is none; all processors take part."""
    import polars as pl

    found = frame.select(_as_float64(column, frame.schema[column]) for column in columns)
    # What is no number may have blanks around it; and JSON has strings for what it has no number for.
    doubtful = [
        column
        for column in found.columns
        if frame.schema[column] == pl.String and found[column].null_count() > frame[column].null_count()
    ]
    if not doubtful:
        return found
    stripped = pl.col(doubtful).str.strip_chars(' \t"').cast(pl.Float64, strict=False)
    return found.with_columns(frame.select(stripped))


def _as_float64(column: str, dtype: "pl.DataType") -> "pl.Expr":
    import polars as pl

    if dtype == pl.Decimal:
        return pl.col(column).cast(pl.String).cast(pl.Float64)  # rounded once
    if dtype.is_numeric() or dtype == pl.String:
        return pl.col(column).cast(pl.Float64, strict=False)
    # Dates, truth values and the like are no numbers.
    return pl.when(pl.col(column).is_null() & pl.lit(False)).then(0.0).alias(column)


def converted(
    frame: "pl.DataFrame", cells: Cells, form: TableFormat, fed: Collection[str]
) -> "pl.DataFrame":
    """A frame as it is written in another format.

    Text stays text, but for the columns `fed` to variables, which are numbers in a format that has
    numbers.
    """
    if cells is Cells.TYPED or (cells is Cells.JSON and form is TableFormat.NDJSON):
        return frame
    has_numbers = form not in SEPARATORS
    if cells is Cells.TEXT:
        return frame.with_columns(_float64(frame, fed)) if has_numbers else frame
    plain = frame.with_columns(_plain(cells) for cells in frame.iter_columns())
    return plain.with_columns(_float64(frame, fed)) if has_numbers else plain


def _plain(cells: "pl.Series") -> "pl.Series":
    """JSON values as text: strings without quotes, nothing for null."""
    import polars as pl

    return pl.Series(cells.name, [_plain_value(cell) for cell in cells.to_list()], dtype=pl.String)


def _plain_value(cell: str | None) -> str | None:
    if cell is None or cell == "null":
        return None
    return json.loads(cell) if cell[0] == '"' else cell
