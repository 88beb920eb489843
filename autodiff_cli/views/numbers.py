"""How numbers are written, for programs and for people."""

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
