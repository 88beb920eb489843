"""Cells of a frame as numbers, and columns as another format has them."""

import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from autodiff_cli.tables.formats import SEPARATORS, TableFormat
from autodiff_cli.tables.source import Cells

if TYPE_CHECKING:
    import polars as pl


def numbers(frame: "pl.DataFrame", column: str) -> tuple[Any, Any]:
    """A column as an array of float64, and the cells that are no number, or None where all are.

    Text is read as decimals, with blanks around, and as inf, Infinity and NaN; it is rounded
    correctly. Where there is no number the array has NaN.
    """
    import numpy as np

    if column not in frame.columns:
        return np.full(len(frame), np.nan), np.ones(len(frame), dtype=bool)
    found = _float64(frame[column])
    if found.null_count() == 0:
        return found.to_numpy(), None
    return found.to_numpy(), found.is_null().to_numpy()


def _float64(cells: "pl.Series") -> "pl.Series":
    import polars as pl

    if cells.dtype.is_numeric():
        return cells.cast(pl.Float64)
    if cells.dtype != pl.String:
        return pl.Series(cells.name, [None] * len(cells), dtype=pl.Float64)
    found = cells.cast(pl.Float64, strict=False)
    if found.null_count() > cells.null_count():
        # A JSON string holds a number that JSON has no number for.
        found = cells.str.strip_chars(' \t"').cast(pl.Float64, strict=False)
    return found


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
        return frame.with_columns(_float64(frame[c]) for c in fed) if has_numbers else frame
    return frame.with_columns(
        _float64(frame[c]) if has_numbers and c in fed else _plain(frame[c]) for c in frame.columns
    )


def _plain(cells: "pl.Series") -> "pl.Series":
    """JSON values as text: strings without quotes, nothing for null."""
    import polars as pl

    return pl.Series(cells.name, [_plain_value(cell) for cell in cells.to_list()], dtype=pl.String)


def _plain_value(cell: str | None) -> str | None:
    if cell is None or cell == "null":
        return None
    return json.loads(cell) if cell[0] == '"' else cell
