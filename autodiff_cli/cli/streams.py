"""Standard streams and files: reading a formula, writing a result, choosing colours."""

import os
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from shutil import get_terminal_size

from autodiff_cli.errors import InputOutputError, UsageError


class Color(StrEnum):
    """When to use colours."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


UNLIMITED = 1_000_000


class ReaderGoneError(Exception):
    """The reader of the pipe went away: the run ends, silently."""


def use_color(color: Color) -> bool:
    """NO_COLOR wins (no-color.org); else the option; else whether a terminal listens."""
    if os.environ.get("NO_COLOR"):
        return False
    if color is Color.AUTO:
        return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    return color is Color.ALWAYS


def screen_width() -> int:
    """The terminal's columns; without a terminal so many that nothing is ever broken."""
    return get_terminal_size().columns if sys.stdout.isatty() else UNLIMITED


def read_formula(formula: str) -> str:
    """The formula's text: as given, from `@file`, or from standard input for `-`."""
    try:
        if formula == "-":
            return sys.stdin.buffer.read().decode("utf-8-sig")
        if formula.startswith("@"):
            return Path(formula[1:]).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputOutputError(
            f"cannot read {formula[1:] or 'standard input'}: {error.strerror}"
        ) from None
    except UnicodeDecodeError as error:
        name = formula[1:] or "standard input"
        raise InputOutputError(f"{name} is not UTF-8 text, at byte {error.start}") from None
    if "\udcff" >= max(formula, default="") >= "\udc80":
        raise UsageError("the formula is not UTF-8 text")
    return formula


def write(pieces: Iterable[str]) -> None:
    """Write to standard output and flush.

    Raises InputOutputError when that fails, ReaderGoneError when nobody reads any more.
    """
    try:
        sys.stdout.writelines(pieces)
        sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderGoneError from None
    except OSError as error:
        raise InputOutputError(f"cannot write the result: {error.strerror}") from None
