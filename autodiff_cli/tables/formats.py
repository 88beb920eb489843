"""The formats of tables, and which one a file has."""

from enum import StrEnum
from pathlib import Path

from autodiff_cli.errors import UsageError


class TableFormat(StrEnum):
    """How a table is written."""

    CSV = "csv"
    TSV = "tsv"
    NDJSON = "ndjson"
    PARQUET = "parquet"
    ARROW = "arrow"


BINARY = frozenset({TableFormat.PARQUET, TableFormat.ARROW})
SEPARATORS = {TableFormat.CSV: ",", TableFormat.TSV: "\t"}

_ENDINGS = {
    ".csv": TableFormat.CSV,
    ".tsv": TableFormat.TSV,
    ".tab": TableFormat.TSV,
    ".ndjson": TableFormat.NDJSON,
    ".jsonl": TableFormat.NDJSON,
    ".parquet": TableFormat.PARQUET,
    ".pq": TableFormat.PARQUET,
    ".arrow": TableFormat.ARROW,
    ".feather": TableFormat.ARROW,
    ".ipc": TableFormat.ARROW,
}


def format_of(path: str, given: TableFormat | None, option: str) -> TableFormat:
    """The format of a file: the one given, or the one of its ending.

    `option` is what gives it. A pipe is CSV. Raises UsageError for an ending that is not known.
    """
    if given is not None:
        return given
    if path == "-" or path.startswith("/dev/"):
        return TableFormat.CSV
    ending = Path(path).suffix.lower()
    if ending not in _ENDINGS:
        known = ", ".join(TableFormat)
        raise UsageError(f"the format of {path} is not known by its ending", hint=f"{option} {known}")
    return _ENDINGS[ending]


def require_polars() -> None:
    """Raise UsageError where polars is not installed."""
    from importlib.util import find_spec

    if find_spec("polars") is None:
        hint = "pip install 'autodiff-cli[data]'"
        raise UsageError("tables need polars, which is not installed", hint=hint)
