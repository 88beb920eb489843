"""Standard streams and files: reading a formula, writing a result, choosing colours."""

import codecs
import io
import os
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from shutil import get_terminal_size
from typing import BinaryIO

from autodiff_cli.errors import InputOutputError, UsageError

UNLIMITED = 1_000_000

# Megabytes of a formula's text.
LARGEST_FORMULA = 10.0
_PIECE = 2**24


class Color(StrEnum):
    """When to use colours."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class ReaderGoneError(Exception):
    """The reader of the pipe went away: the run ends, silently."""


def prepare() -> None:
    """Let the standard streams write any text: what their encoding lacks as `\\uXXXX`.

    That is how JSON writes it too, so that JSON stays JSON.
    """
    codecs.register_error("escape", _escaped)
    _buffer()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="escape")


def _buffer() -> None:
    """Let standard output have a buffer: without one, what a full disk cuts off is not told of."""
    buffer = getattr(sys.stdout, "buffer", None)
    if isinstance(buffer, io.RawIOBase):
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(buffer), sys.stdout.encoding, sys.stdout.errors, write_through=True
        )


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = (units[i : i + 2].hex() for i in range(0, len(units), 2))
    return "".join(f"\\u{pair}" for pair in pairs), error.end


def at_terminal() -> bool:
    """Whether the result goes to a terminal."""
    # A stream that was closed before the start is None.
    return sys.stdout is not None and sys.stdout.isatty()  # pyright: ignore[reportUnnecessaryComparison]


def can_write(text: str) -> bool:
    """Whether standard output has these characters."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def use_color(color: Color) -> bool:
    """NO_COLOR wins (no-color.org); else the option; else whether a terminal listens."""
    if os.environ.get("NO_COLOR"):
        return False
    if color is Color.AUTO:
        return at_terminal() and os.environ.get("TERM") != "dumb"
    return color is Color.ALWAYS


def screen_width() -> int:
    """The terminal's columns; without a terminal so many that nothing is ever broken."""
    return get_terminal_size().columns if at_terminal() else UNLIMITED


def read_formula(formula: str, most: float = LARGEST_FORMULA) -> str:
    """The formula's text: as given, from `@file`, or from standard input for `-`.

    Line ends of files become line feeds. Raises InputOutputError for what cannot be read,
    UsageError for an argument that is no text or names no file, and for more than `most`
    megabytes.
    """
    if not most > 0:
        raise UsageError(f"--max-size {most:g} is not greater than 0")
    if formula != "-" and not formula.startswith("@"):
        if any("\ud800" <= character <= "\udfff" for character in formula):
            raise UsageError("the formula is not UTF-8 text")
        return formula
    if formula == "@":
        raise UsageError("@ stands before the name of a file", hint="for example: @formula.txt")
    name = "standard input" if formula == "-" else formula[1:]
    try:
        data = _read(formula, most * 1e6)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise InputOutputError(f"cannot read {name}: {error.strerror}") from None
    except ValueError as error:
        place = f", at byte {error.start}" if isinstance(error, UnicodeDecodeError) else ""
        raise InputOutputError(f"{name} is not UTF-8 text{place}") from None
    if len(data) > most * 1e6:
        raise UsageError(f"{name} is larger than {most:g} MB", hint="--max-size MB allows more")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read(formula: str, most: float) -> bytes:
    if formula != "-":
        with Path(formula[1:]).open("rb") as file:
            return _beginning(file, most)
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise InputOutputError("cannot read standard input: it is closed")
    return _beginning(sys.stdin.buffer, most)


def _beginning(file: BinaryIO, most: float) -> bytes:
    """All that a file holds, or a little more than so many bytes."""
    data = bytearray()
    while len(data) <= most and (piece := file.read(_PIECE)):
        data += piece
    return bytes(data)


def write(pieces: Iterable[str]) -> None:
    """Write to standard output and flush.

    Raises InputOutputError when that fails, ReaderGoneError when nobody reads any more.
    """
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise InputOutputError("cannot write the result: standard output is closed")
    try:
        sys.stdout.writelines(pieces)
        sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderGoneError from None
    except OSError as error:
        raise InputOutputError(f"cannot write the result: {error.strerror}") from None
