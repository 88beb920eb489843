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


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like `name`, or None when nothing is close."""
    from difflib import get_close_matches

    known = list(candidates)
    lowered = {candidate.lower(): candidate for candidate in known}
    if name.lower() in lowered:
        return lowered[name.lower()]
    matches = get_close_matches(name, known, n=1, cutoff=0.6) if len(name) > 1 else []
    return matches[0] if matches else None
