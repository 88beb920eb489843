"""What to say of a token that does not fit: the likely mistake, and a way out of it."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple
from unicodedata import category

from autodiff_cli.errors import FormulaError
from autodiff_cli.language.lexer import END, OPERAND_ENDS, UNKNOWN, Token, lex

_OPERAND_STARTS = frozenset({"NUMBER", "FACTOR", "NAME", "FUNCTION", "LPAR", "ROOT"})
_CHOICE = "a choice reads condition ? a : b"
_LOGIC = "logic is `and`, `or`, `not`, or && and ||"
_MINUS = "the minus sign is -"
_PARENTHESES = "parentheses are ( and )"
_QUOTES = "formulas hold no quotes"

# Characters without a meaning here, and what is written instead.
_FOREIGN = {
    "%": "the remainder is mod(a, b)",
    "&": _LOGIC,
    "|": f"{_LOGIC}; the absolute value is abs(x)",
    "∧": _LOGIC,
    "∨": _LOGIC,
    "¬": _LOGIC,
    "~": _LOGIC,
    "[": f"arrays are not known here; {_PARENTHESES}",
    "]": f"arrays are not known here; {_PARENTHESES}",
    "{": _PARENTHESES,
    "}": _PARENTHESES,
    "@": "there is no matrix product here; * multiplies numbers",
    "–": _MINUS,
    "—": _MINUS,
    "'": "a derivative reads diff(f, x)",
    "∂": "a derivative reads diff(f, x)",
    "∑": "a sum reads sum(i, 1, n, x^i)",
    "∏": "a product reads prod(i, 1, n, x + i)",
    "∫": "integrals are out of scope; there are derivatives, diff(f, x), and sums, sum(i, 1, n, x^i)",
    "\\": "formulas are plain text, not LaTeX: write sqrt(x), a/b, x*y",
    "$": "a shell replaces $name inside double quotes; a variable is just its name",
    "∞": "infinity is inf",
    "→": "a definition reads x = 2",
    '"': _QUOTES,
    "`": _QUOTES,
    "‘": _QUOTES,
    "’": _QUOTES,
}

# Pairs of signs that are one operator elsewhere.
_PAIRS = {
    "//": "the whole part of a quotient is floor(a/b)",
    "^^": "a power is x^2 or x**2",
    "***": "a power is x^2 or x**2",
    "=>": "greater or equal is >=",
    "=<": "less or equal is <=",
    "===": "equality is ==",
    "!==": "inequality is !=",
    "<>": "inequality is !=",
}


# How many tokens before the one that does not fit tell what was meant.
_LOOK_BACK = 4


class _Place(NamedTuple):
    """The token that does not fit, and the last ones that were read before it."""

    text: str
    terminal: str
    start: int
    end: int
    before: Sequence[Token]

    @property
    def found(self) -> str:
        return self.text[self.start : self.end]

    def word(self, back: int) -> str:
        """The text of the token `back` places before the one that does not fit."""
        if len(self.before) < back:
            return ""
        _, start, end = self.before[-back]
        return self.text[start:end]

    def kind(self, back: int) -> str:
        """The terminal of that token."""
        return self.before[-back][0] if len(self.before) >= back else END


def unexpected(text: str, token: Token) -> FormulaError:
    """The error for the first token that no rule allows where it stands."""
    terminal, start, end = token
    place = _Place(text, terminal, start, end, deque(_read_before(text, token), _LOOK_BACK))
    message, hint = _explain(place)
    return FormulaError(message, text=text, span=(start, end), hint=hint)


def _read_before(text: str, token: Token) -> Iterator[Token]:
    """The tokens once more; there may be more of them than fit into memory at once."""
    return takewhile(lambda other: other != token, lex(text))


def _explain(place: _Place) -> tuple[str, str | None]:
    terminal, found = place.terminal, place.found
    if terminal == UNKNOWN:
        return _unknown(place)
    if terminal == END and not place.before:
        return "the formula is empty", "for example: x^2 + 1"
    if place.kind(1) not in OPERAND_ENDS:
        return _operand_missing(place)
    if terminal in _OPERAND_STARTS:
        return _side_by_side(place)
    opened = _opened(_read_before(place.text, (terminal, place.start, place.end)))
    if terminal in (END, "SEPARATOR", "RPAR", "COMMA") and opened and opened[-1][0] == "QUESTION":
        return "this choice has no :", _CHOICE
    if terminal in (END, "SEPARATOR"):
        what = "formula" if terminal == END else "statement"
        count = f"{len(opened)} parentheses are" if len(opened) > 1 else "a parenthesis is"
        hint = f"{count} not closed; the innermost opens at column {opened[-1][1] + 1}"
        return f"the {what} ends inside parentheses", hint
    if terminal == "COLON" and place.text.startswith("=", place.end):
        return "there is no := here", "a definition reads x = 3"
    return _OTHERWISE.get(terminal, (f"{found} does not fit here", None))


_OTHERWISE = {
    "RPAR": ("no parenthesis is open here", "remove it, or open one before"),
    "ASSIGN": ("= defines a name at the start of a statement", "== compares two values"),
    "COMMA": (
        "a comma stands only between the arguments of a function",
        "a decimal number has a point: 3.5",
    ),
    "COLON": ("a : without its ?", _CHOICE),
    "NOT": ("not stands before a condition, not behind one", "write a and not b, or a != b"),
}


def _unknown(place: _Place) -> tuple[str, str | None]:
    found, after = place.found, place.text[place.end : place.end + 1]
    if category(found).startswith("C"):
        return f"an invisible character, U+{ord(found):04X}, has no meaning here", "delete it"
    if found == ".":
        if after and after in "^*/":
            hint = f"operators act on numbers: write {after} without the dot"
        elif place.kind(1) == "NAME" and after.isalpha():
            hint = "a name has no dots: write x_y; a number reads 2.5"
        else:
            hint = "a number reads 2.5, .5 or 2."
        return ". has no meaning here", hint
    return f"{found} has no meaning here", _FOREIGN.get(found)


def _operand_missing(place: _Place) -> tuple[str, str | None]:
    terminal, found, previous = place.terminal, place.found, place.word(1)
    if terminal == END:
        message = f"the formula ends after {previous}, where an operand is due"
        return message, f"add what {previous} applies to, or remove it"
    if terminal == "RPAR" and previous == "(":
        return "there is nothing between the parentheses", "put an expression inside"
    if terminal in ("COMMA", "RPAR") and previous in ("(", ","):
        return "an argument is missing here", "add it, or remove the comma"
    if not found.strip():
        return f"an operand is missing after {previous}", "put it on the same line"
    where = f"between {previous} and {found}" if previous.strip() else f"before {found}"
    return f"an operand is missing {where}", _PAIRS.get(previous + found) or _missing_hint(place)


def _missing_hint(place: _Place) -> str:
    match place.terminal:
        case "NOT":
            return "put the condition in parentheses: (not x)"
        case "BANG":
            return "the opposite of a condition is `not x`; x! is a factorial"
        case "SUPERSCRIPT":
            return "an exponent follows its base: x²"
        case "ASSIGN":
            return "a definition reads x = 2, each name once"
        case _:
            return f"write something before {place.found}, or remove it"


def _side_by_side(place: _Place) -> tuple[str, str | None]:
    left, right = place.word(1), place.found
    if place.terminal in ("NUMBER", "FACTOR") and place.kind(1) in ("NUMBER", "FACTOR"):
        joined = f"{left}_{right}" if len(right) == 3 and right.isdigit() else ""
        hint = f"a large number reads {joined}" if joined else "a number has one point"
        return "two numbers stand side by side", f"{hint}; a product has a *"
    if left == "then":
        return "words do not make a choice here", "write x > 0 ? 1 : 2, or where(x > 0, 1, 2)"
    if place.terminal == "NUMBER":
        hint = f"write *{right}"
        if place.kind(1) == "NAME":
            hint = f"a product reads {left}*{right}, a power {left}^{right}, a call {left}({right})"
        return "a number cannot stand behind a factor without an operator", hint
    hint = "write (a/b)*c or a/(b*c) for a/b c"
    simple = {"NUMBER", "NAME"}
    alone = place.kind(4) in (END, "LPAR", "PLUS", "MINUS", "COMMA", "SEPARATOR", "ASSIGN")
    if alone and place.kind(2) == "SLASH" and {place.kind(1), place.kind(3), place.terminal} <= simple:
        top = place.word(3)
        hint = f"write ({top}/{left})*{right} or {top}/({left}*{right})"
    return "a product without * right after a division can be read in two ways", hint


def _opened(before: Iterable[Token]) -> list[tuple[str, int]]:
    """Parentheses without their end and choices without their `:`, the innermost last."""
    opened: list[tuple[str, int]] = []
    for terminal, start, _ in before:
        if terminal in ("LPAR", "QUESTION"):
            opened.append((terminal, start))
        elif terminal == "COLON" and opened and opened[-1][0] == "QUESTION":
            opened.pop()
        elif terminal == "RPAR":
            while opened and opened.pop()[0] == "QUESTION":
                pass
    return opened
