"""Bytes of files and pipes in pieces that end where a record ends.

A pipe gives what is there, so that a slow producer is answered at once; a file gives megabytes.
"""

import os
import select
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

from autodiff_cli.errors import DataError, InputOutputError

PIECE = 2**24
# How much a pipe is read before it is answered, if it is there already.
_DRAINED = 2**22
# How long a signal may be unheard, in seconds.
_PATIENCE = 0.5
# A quote that is not closed would have all of a file in memory.
LONGEST_RECORD = 2**26
BOM = b"\xef\xbb\xbf"

# Where the last record ends, in bytes that begin with a record; 0 where none does.
Cut = Callable[[bytes], int]


class Pieces:
    """The whole records of a file, or of standard input for `-`; `position` is in bytes."""

    def __init__(self, path: str, cut: Cut, piece: int = PIECE) -> None:
        """Open it. Raises InputOutputError."""
        self.name = "standard input" if path == "-" else path
        self._cut, self._piece = cut, piece
        self._rest = b""
        self.position = 0
        try:
            self._descriptor = _standard_input() if path == "-" else os.open(path, os.O_RDONLY)
            self._owns = path != "-"
            status = os.fstat(self._descriptor)
            if stat.S_ISDIR(status.st_mode):
                raise IsADirectoryError(21, "it is a directory")
        except OSError as error:
            raise InputOutputError(f"cannot read {self.name}: {error.strerror}") from None
        self._is_file = stat.S_ISREG(status.st_mode)
        self.size = status.st_size if self._is_file else None
        if not self._is_file:
            _widen(self._descriptor)

    def close(self) -> None:
        """Close the file; standard input is not ours."""
        if self._owns:
            os.close(self._descriptor)
            self._owns = False

    def record(self, end: Cut) -> bytes:
        """The next record, up to where `end` says; all there is where it says 0."""
        data, is_first = self._rest, self.position == 0
        length = end(data)
        while not length:
            more = self._read()
            if not more:
                break
            data += more
            if is_first and data.startswith(BOM):
                data, is_first = data[len(BOM) :], False
            length = end(data)
            self._check_length(data, length)
        length = length or len(data)
        self._rest = data[length:]
        return data[:length]

    def __iter__(self) -> Iterator[bytes]:
        while True:
            data = self._rest
            length = self._cut(data)
            while not length:
                more = self._read()
                if not more:
                    self._rest = b""
                    if data:
                        yield data
                    return
                data += more
                length = self._cut(data)
                self._check_length(data, length)
            self._rest = data[length:]
            yield data[:length]

    def _check_length(self, data: bytes, length: int) -> None:
        """Raise DataError for a record that has no end for long."""
        if not length and len(data) > LONGEST_RECORD:
            hint = "perhaps a quote is not closed, or it is no text"
            size = f"{LONGEST_RECORD >> 20} MB"
            raise DataError(f"{self.name} has a record of more than {size}", hint=hint)

    def _read(self) -> bytes:
        try:
            read = os.read if self._is_file else patient_read
            data = read(self._descriptor, self._piece)
            if data and not self._is_file:
                data = self._drained(data)
        except OSError as error:
            raise InputOutputError(f"cannot read {self.name}: {error.strerror}") from None
        self.position += len(data)
        return data

    def _drained(self, data: bytes) -> bytes:
        """What a pipe has given, and what is there without waiting."""
        parts, length = [data], len(data)
        while length < _DRAINED and select.select([self._descriptor], [], [], 0)[0]:
            more = os.read(self._descriptor, self._piece)
            if not more:
                break
            parts.append(more)
            length += len(more)
        return b"".join(parts)


def patient_read(descriptor: int, most: int) -> bytes:
    """What a pipe has, as soon as it has something; signals are heard meanwhile.

    Where polars is loaded the system goes on with a read after a signal, and with a `select` never. One
    that comes just before a `select` is heard after it: so that ends now and then.
    """
    while not select.select([descriptor], [], [], _PATIENCE)[0]:
        pass
    return os.read(descriptor, most)


def _standard_input() -> int:
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise InputOutputError("cannot read standard input: it is closed")
    return sys.stdin.buffer.fileno()


def _widen(descriptor: int) -> None:
    """Let a pipe hold more: fewer pieces, where there are many."""
    with suppress(ImportError, OSError, AttributeError):
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, 2**20)


def after_last_line(data: bytes) -> int:
    """Where the last line ends."""
    return data.rfind(b"\n") + 1
