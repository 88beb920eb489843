"""What every table that is read has: columns, and rows in blocks."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from autodiff_cli.tables.formats import TableFormat

if TYPE_CHECKING:
    import polars as pl


class Cells(Enum):
    """What the cells of a frame are: text, JSON as it was written, or values of the column's type."""

    TEXT = "text"
    JSON = "json"
    TYPED = "typed"


class Block(NamedTuple):
    """Some rows of a table.

    `first` is the number of the first one, from 1 over all files, and `faults` says of rows, by
    their offsets in the frame, what is wrong with their form.
    """

    frame: "pl.DataFrame"
    first: int
    faults: Mapping[int, str]


class Source(ABC):
    """A table to be read once, from its beginning to its end.

    `size` is that of all the input and `position` how much of it has been read, in bytes or rows;
    the size is None where it is not known.
    """

    form: TableFormat
    cells: Cells
    columns: Sequence[str]
    size: int | None = None
    position: int = 0

    @abstractmethod
    def blocks(self) -> Iterator[Block]:
        """The rows, in order; at least one block, which may be empty.

        Raises InputOutputError for what cannot be read, DataError for what is no such table.
        """

    def close(self) -> None:  # noqa: B027
        """Let go of files."""
