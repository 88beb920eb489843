"""How errors and warnings look on standard error."""

import sys
from contextlib import suppress

from autodiff_cli.errors import AutodiffError, Span

# How much of a long line is shown around the place of an error.
_WINDOW = 72
# How much of a word is shown: a message may repeat the user's.
_LONGEST_WORD = 60


def report(error: AutodiffError, as_json: bool) -> None:
    """Write an error to standard error: a line, the place, a hint; or one JSON object."""
    if as_json:
        from autodiff_cli.views.json_view import error_json

        text = error_json(error)
    else:
        text = "\n".join(_lines(error))
    _say(text)


def warn(message: str, span: Span | None, formula: str) -> None:
    """Write a warning to standard error, with the place it is about."""
    _say("\n".join([f"warning: {_harmless(message)}", *excerpt(formula, span)]))


def note(message: str) -> None:
    """Write a note to standard error: what a result rests on, or what is worth knowing."""
    _say(f"note: {_harmless(message)}")


def tell(line: str) -> None:
    """Write a line to standard error: what a run has come to."""
    _say(_harmless(line))


def _say(text: str) -> None:
    # A standard error that is closed (None) or full is no reason to fail.
    if sys.stderr is not None:  # pyright: ignore[reportUnnecessaryComparison]
        with suppress(OSError, ValueError):
            sys.stderr.write(text + "\n")
            sys.stderr.flush()


def _lines(error: AutodiffError) -> list[str]:
    lines = [f"error: {_harmless(error.message)}"]
    if error.text is not None:
        lines += excerpt(error.text, error.span)
    if error.hint is not None:
        lines.append(f"hint: {_harmless(error.hint)}")
    return lines


def _harmless(text: str) -> str:
    """Text from the user as a terminal may see it: no control characters, no endless words."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return " ".join(
        word if len(word) <= _LONGEST_WORD else f"{word[: _LONGEST_WORD // 2]}...{word[-9:]}"
        for word in shown.split(" ")
    )


def excerpt(text: str, span: Span | None) -> list[str]:
    """The line of a span, with carets under it; long lines by the part around it."""
    if span is None or not text.strip():
        return []
    start, end = span
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line_end = len(text) if line_end < 0 else line_end
    line = text[line_start:line_end].rstrip("\r")
    start, end = start - line_start, min(end - line_start, len(line))
    if len(line) > _WINDOW:
        left = max(0, min(start - _WINDOW // 3, len(line) - _WINDOW))
        right = min(len(line), left + _WINDOW)
        before, after = "..." if left else "", "..." if right < len(line) else ""
        line = before + line[left:right] + after
        start, end = start - left + len(before), min(end, right) - left + len(before)
    shown = "".join(c if c.isprintable() else " " for c in line)
    number = text.count("\n", 0, line_start) + 1
    prefix = f"  line {number}: " if "\n" in text.strip() else "  "
    blank = " " * (len(prefix) + _width(shown[:start]))
    return [prefix + shown, blank + "^" * max(1, _width(shown[start:end]))]


def _width(text: str) -> int:
    """How many columns the text takes at a terminal."""
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
