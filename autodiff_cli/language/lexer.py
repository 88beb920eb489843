"""From text to tokens, by the terminals of the grammar and its rules about context."""

import re
from collections.abc import Iterator
from functools import cache

from autodiff_cli.language.tables import tables

END = "$END"
UNKNOWN = "UNKNOWN"

# After one of these an operand is complete: what follows is an operator or stands beside it.
OPERAND_ENDS = frozenset({"NUMBER", "FACTOR", "NAME", "RPAR", "BANG", "SUPERSCRIPT"})
_WORD_OPERATORS = frozenset({"AND", "OR"})
_CALL_AHEAD = re.compile(r"\s*\(")
_CALL_ON_THIS_LINE = re.compile(r"[^\S\n]*\(")

Token = tuple[str, int, int]


@cache
def _scanner() -> re.Pattern[str]:
    patterns = [f"(?P<{name}>{pattern})" for name, pattern in tables().terminals]
    return re.compile("|".join([*patterns, f"(?P<{UNKNOWN}>.)"]), re.DOTALL)


def lex(text: str) -> Iterator[Token]:
    """The tokens of `text` as (terminal, start, end), closed by an END of no width.

    A character that begins no token comes as UNKNOWN.
    """
    ignored = tables().ignored
    depth = 0
    after_operand = False
    for match in _scanner().finditer(text):
        terminal = match.lastgroup or UNKNOWN
        if terminal in ignored:
            continue
        start, end = match.span()
        if terminal == "LPAR":
            depth += 1
        elif terminal == "RPAR":
            depth -= 1
        elif terminal == "SEPARATOR":
            if text[start] == "\n" and (depth > 0 or not after_operand):
                continue
        else:
            is_name = terminal in _WORD_OPERATORS and not after_operand and text[start].isalpha()
            if is_name or terminal == "FUNCTION":
                terminal = _called(text, end, depth)
        yield terminal, start, end
        after_operand = terminal in OPERAND_ENDS
    yield END, len(text), len(text)


def _called(text: str, end: int, depth: int) -> str:
    """What a name is that ends here: outside parentheses a call stands on one line."""
    ahead = _CALL_AHEAD if depth > 0 else _CALL_ON_THIS_LINE
    return "FUNCTION" if ahead.match(text, end) else "NAME"
