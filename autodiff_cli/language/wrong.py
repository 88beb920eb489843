"""What to say of a token that does not fit: the likely mistake, and a way out of it."""

from itertools import takewhile

from autodiff_cli.errors import FormulaError
from autodiff_cli.language.lexer import END, OPERAND_ENDS, UNKNOWN, Token, lex

_OPERAND_STARTS = frozenset({"NUMBER", "FACTOR", "NAME", "FUNCTION", "LPAR", "ROOT"})
_FOREIGN = {
    "%": "the remainder is mod(a, b)",
    "&": "logic is `and`, `or`, `not`, or && and ||",
    "|": "logic is `and`, `or`, `not`, or && and ||; the absolute value is abs(x)",
    "[": "arrays are not known here; parentheses are ( and )",
    "]": "arrays are not known here; parentheses are ( and )",
    "{": "parentheses are ( and )",
    "}": "parentheses are ( and )",
    "@": "there is no matrix product here; * multiplies numbers",
    "–": "the minus sign is -",
    "—": "the minus sign is -",
    "'": "a derivative is what the command computes; write the function alone",
    "\\": "formulas are plain text, not LaTeX: write sqrt(x), a/b, x*y",
    "$": "a shell replaces $name inside double quotes; a variable is just its name",
    ".": "a number reads 2.5, .5 or 2.",
    '"': "formulas hold no text in quotes",
}


def unexpected(text: str, token: Token) -> FormulaError:
    """The error for the first token that no rule allows where it stands."""
    _, start, end = token
    before = list(takewhile(lambda seen: seen != token, lex(text)))
    message, hint = _explain(text, token, before)
    return FormulaError(message, text=text, span=(start, max(end, start)), hint=hint)


def _explain(text: str, token: Token, before: list[Token]) -> tuple[str, str | None]:
    terminal, start, end = token
    found = text[start:end]
    previous, previous_start, previous_end = before[-1] if before else (END, 0, 0)
    previous_text = text[previous_start:previous_end]
    if terminal == UNKNOWN:
        return f"{found} has no meaning here", _FOREIGN.get(found)
    if terminal == END:
        return _too_short(text, before)
    if previous not in OPERAND_ENDS:
        return _operand_missing(found, terminal, previous_text)
    if terminal in _OPERAND_STARTS:
        return _side_by_side(previous, previous_text, found, terminal)
    if terminal == "RPAR":
        return "no parenthesis is open here", "remove it, or open one before"
    if terminal == "ASSIGN":
        return "= defines a name at the start of a statement", "== compares two values"
    if terminal == "COMMA":
        return (
            "a comma stands only between the arguments of a function",
            "a decimal number has a point: 3.5",
        )
    if terminal == "SEPARATOR" and _open_parentheses(before):
        return "the statement ends inside parentheses", _unclosed(before)
    if terminal == "COLON":
        return "a : without its ?", "a choice reads condition ? a : b"
    return f"{found} does not fit here", None


def _too_short(text: str, before: list[Token]) -> tuple[str, str | None]:
    if not before:
        return "the formula is empty", "for example: x^2 + 1"
    terminal, start, end = before[-1]
    if terminal not in OPERAND_ENDS:
        return f"the formula ends after {text[start:end]}, where an operand is due", None
    if _open_parentheses(before):
        return "the formula ends inside parentheses", _unclosed(before)
    return "the formula ends too early", "a choice reads condition ? a : b"


def _operand_missing(found: str, terminal: str, previous: str) -> tuple[str, str | None]:
    if terminal == "RPAR" and previous == "(":
        return "there is nothing between the parentheses", None
    if terminal in ("COMMA", "RPAR") and previous in ("(", ","):
        return "an argument is missing here", None
    pair = previous + found
    hint = {
        "//": "the whole part of a quotient is floor(a/b)",
        "^^": "a power is x^2 or x**2",
        "***": "a power is x^2 or x**2",
        "=>": "greater or equal is >=",
        "=<": "less or equal is <=",
        "===": "equality is ==",
        "<>": "inequality is !=",
    }.get(pair)
    what = f"between {previous} and {found}" if previous.strip() else f"before {found}"
    if not found.strip():
        what = f"after {previous}"
    return f"an operand is missing {what}", hint


def _side_by_side(previous: str, left: str, right: str, terminal: str) -> tuple[str, str | None]:
    if terminal in ("NUMBER", "FACTOR") and previous in ("NUMBER", "FACTOR"):
        return "two numbers stand side by side", "a number has one point; a product has a *"
    if terminal == "NUMBER":
        hint = f"write {left}*{right} or {left}^{right}" if previous == "NAME" else f"write *{right}"
        return "a number cannot stand behind a factor without an operator", hint
    return (
        "a product without * right after a division can be read in two ways",
        "write (1/2)*x or 1/(2*x) for 1/2x",
    )


def _open_parentheses(before: list[Token]) -> list[int]:
    """Positions of the parentheses that are open, the innermost last."""
    positions: list[int] = []
    for terminal, start, _ in before:
        if terminal == "LPAR":
            positions.append(start)
        elif terminal == "RPAR" and positions:
            positions.pop()
    return positions


def _unclosed(before: list[Token]) -> str:
    positions = _open_parentheses(before)
    count = f"{len(positions)} parentheses are" if len(positions) > 1 else "a parenthesis is"
    return f"{count} not closed; the innermost opens at column {positions[-1] + 1}"
