"""Tables that are text: read in pieces, those of a file ahead of what is computed."""

from abc import abstractmethod
from collections.abc import Iterator

from autodiff_cli.tables.ahead import Ahead
from autodiff_cli.tables.pieces import Pieces
from autodiff_cli.tables.source import Block, Source


class TextSource(Source):
    """A table from the pieces of a file or of standard input; sizes are in bytes."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self.size = pieces.size
        self._ahead: Ahead | None = None

    @property
    def position(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Bytes read so far."""
        return self._pieces.position

    def close(self) -> None:
        """Close the file."""
        if self._ahead is not None:
            self._ahead.close()
        self._pieces.close()

    def blocks(self) -> Iterator[Block]:
        """The rows, as they come."""
        # A pipe may keep a thread waiting, and its producer works by itself.
        if self.size is None:
            return self._rows()
        self._ahead = Ahead(self._rows())
        return iter(self._ahead)

    @abstractmethod
    def _rows(self) -> Iterator[Block]:
        """The rows in blocks."""
