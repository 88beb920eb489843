"""Every error the project raises on purpose, each kind with its exit code."""

from collections.abc import Iterable
from typing import ClassVar

Span = tuple[int, int]


class AutodiffError(Exception):
    """One clear message, the place in the text it is about, and a hint.

    `span` is a half-open range of character positions in `text`; both are None where no
    text is to blame. `code` is the machine-readable name used by `--json`.
    """

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        span: Span | None = None,
        text: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.text = text
        self.hint = hint


class InputOutputError(AutodiffError):
    """A file or a stream could not be read or written."""

    exit_code = 1
    code = "io"


class UsageError(AutodiffError):
    """Options, missing or unknown names, values that do not fit."""

    exit_code = 2
    code = "usage"


class FormulaError(AutodiffError):
    """The formula cannot be read."""

    exit_code = 3
    code = "formula"


class MathError(AutodiffError):
    """Outside the domain, or a value that is not finite."""

    exit_code = 4
    code = "math"


class DataError(AutodiffError):
    """Bad rows in the data."""

    exit_code = 5
    code = "data"


class CheckError(AutodiffError):
    """A check did not hold."""

    exit_code = 7
    code = "check"


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like `name`, or None when nothing is close."""
    best, least = None, 2 if len(name) < 5 else 3
    for candidate in candidates:
        if candidate.lower() == name.lower():
            return candidate
        mistakes = _typing_mistakes(name, candidate, least)
        if mistakes < least and len(name) > 1:
            best, least = candidate, mistakes
    return best


def _typing_mistakes(typed: str, meant: str, most: int) -> int:
    """Letters left out, added, changed or swapped (optimal string alignment), up to `most`."""
    if abs(len(typed) - len(meant)) >= most:
        return most
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for i, letter in enumerate(typed, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(meant, 1):
            fewest = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == meant[j - 2] and typed[i - 2] == other:
                fewest = min(fewest, older[j - 2] + 1)
            row.append(fewest)
    return row[-1]
