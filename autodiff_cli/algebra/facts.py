"""What a user takes for granted of variables: `x > 0`, `positive x,y`."""

import re
from unicodedata import normalize

from autodiff_cli.algebra.terms import Sign
from autodiff_cli.errors import UsageError

_COMPARISON = re.compile(r"\s*([^\W\d]\w*)\s*(>=|≥|>|!=|≠)\s*0\s*")
_WORD = re.compile(r"\s*([a-z]+)\s+([^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\s*")
_SIGNS = {
    ">": Sign.POSITIVE,
    ">=": Sign.NONNEGATIVE,
    "≥": Sign.NONNEGATIVE,
    "!=": Sign.NONZERO,
    "≠": Sign.NONZERO,
    "positive": Sign.POSITIVE,
    "nonnegative": Sign.NONNEGATIVE,
    "nonzero": Sign.NONZERO,
    # All variables are.
    "real": Sign.UNKNOWN,
}


def fact(text: str) -> tuple[list[str], int]:
    """The names that a fact is about, and the sign that they have.

    Raises UsageError for what is no such fact.
    """
    comparison, word = _COMPARISON.fullmatch(text), _WORD.fullmatch(text)
    if comparison is not None:
        return [normalize("NFKC", comparison[1])], _SIGNS[comparison[2]]
    if word is not None and word[1] in _SIGNS:
        return [normalize("NFKC", name.strip()) for name in word[2].split(",")], _SIGNS[word[1]]
    raise UsageError(
        f"{text} is nothing that can be assumed",
        hint="for example: --assume 'x > 0', --assume 'positive x,y'; also >= 0, != 0",
    )
