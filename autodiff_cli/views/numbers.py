"""How numbers are written, for programs and for people."""

from collections.abc import Sequence
from math import isfinite

from autodiff_cli.language.notation import number_text


def exact(value: float) -> str:
    """The shortest text that reads back as the same float64."""
    return number_text(value)


def rounded(value: float, digits: int) -> str:
    """`digits` significant digits, without trailing zeros."""
    if not isfinite(value):
        return repr(value)
    return f"{value:.{digits}g}"


def aligned(texts: Sequence[str]) -> list[str]:
    """The numbers of a column, padded on both sides so that their decimal points meet."""
    heads = [len(text.partition(".")[0].partition("e")[0]) for text in texts]
    before = max(heads, default=0)
    after = max((len(text) - head for text, head in zip(texts, heads, strict=True)), default=0)
    return [
        (" " * (before - head) + text).ljust(before + after) if text else ""
        for text, head in zip(texts, heads, strict=True)
    ]
