"""What each rule of the grammar builds: the syntax tree grows as the parser reduces.

A value on the parser's stack is a node's number, the text of a token, or the list of an
argument list's nodes. An action takes the values of a rule's right side and the positions
it covers, parentheses included, and returns the value of the left side.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from unicodedata import decomposition, normalize

from autodiff_cli.errors import FormulaError, Span
from autodiff_cli.language.syntax import Form, Kind, Statement, SyntaxTree

Action = Callable[[list[Any], int, int], Any]

_SUPERSCRIPTS = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_IN_ANOTHER_BASE = re.compile("[xX][0-9a-fA-F]+|[bB][01]+|[oO][0-7]+")
_SIGNS = {"≤": "<=", "≥": ">=", "≠": "!="}


class Builder:
    """Builds one syntax tree; `actions` maps the grammar's aliases to what they do."""

    def __init__(self, text: str) -> None:
        self.tree = SyntaxTree(text)
        self._statement_start = 0
        self.actions: dict[str, Action] = {
            "result": self._result,
            "definition": self._definition,
            "function": self._function,
            "ternary": self._ternary,
            "comparison": self._comparison,
            "juxtaposition": self._juxtaposition,
            "factorial": self._factorial,
            "superscript": self._superscript,
            "number": self._number,
            "name": self._name,
            "call": self._call,
            "empty_call": self._empty_call,
            **_SHAPES,
        }
        for operator in ("or", "and", "add", "sub", "mul", "div", "pow"):
            self.actions[operator] = partial(self._infix, operator)
        for alias, operator in (("not", "not"), ("neg", "neg"), ("root", "sqrt")):
            self.actions[alias] = partial(self._prefix, operator)

    # Statements

    def _result(self, values: list[Any], start: int, end: int) -> None:
        self._state(Form.RESULT, "", (), values[0], (start, end))

    def _definition(self, values: list[Any], start: int, _end: int) -> None:
        span = (start, start + len(values[0]))
        self._state(Form.DEFINITION, self._identifier(*span), (), values[2], span)

    def _function(self, values: list[Any], _start: int, _end: int) -> None:
        tree = self.tree
        call: int = values[0]
        names: dict[str, None] = {}
        for parameter in tree.children[call]:
            name = tree.labels[parameter]
            if tree.kinds[parameter] is not Kind.NAME:
                message = "a parameter of a function is a name"
                hint = "a definition reads f(x, y) = x^2 + y; == compares two values"
                raise self._error(message, tree.span(parameter), hint)
            if name in names:
                raise self._error(f"{name} is a parameter twice", tree.span(parameter), "rename one")
            names[name] = None
        name = tree.labels[call]
        self._statement_start = call + 1
        self._state(Form.FUNCTION, name, tuple(names), values[2], tree.name_span(call))

    def _state(self, form: Form, name: str, parameters: tuple[str, ...], root: int, span: Span) -> None:
        statement = Statement(form, name, parameters, self._statement_start, root, span)
        self.tree.statements.append(statement)
        self._statement_start = len(self.tree.kinds)

    # Operators

    def _infix(self, operator: str, values: list[Any], start: int, end: int) -> int:
        return self.tree.add(Kind.CALL, operator, (values[0], values[2]), start, end)

    def _prefix(self, operator: str, values: list[Any], start: int, end: int) -> int:
        return self.tree.add(Kind.CALL, operator, (values[1],), start, end)

    def _ternary(self, values: list[Any], start: int, end: int) -> int:
        return self.tree.add(Kind.CALL, "where", (values[0], values[2], values[4]), start, end)

    def _comparison(self, values: list[Any], start: int, end: int) -> int:
        chain: list[Any] = values[0]
        signs: list[str] = [_SIGNS.get(str(sign), str(sign)) for sign in chain[1::2]]
        return self.tree.add(Kind.COMPARISON, " ".join(signs), tuple(chain[::2]), start, end)

    def _juxtaposition(self, values: list[Any], start: int, end: int) -> int:
        left: int = values[0]
        right: int = values[1]
        tree = self.tree
        number = tree.children[left][-1] if tree.labels[left] == "mul" else left
        if tree.kinds[number] is Kind.NUMBER and tree.ends[number] == tree.starts[right]:
            self._check_number(tree.labels[number], tree.labels[right], (tree.starts[number], end))
        return tree.add(Kind.CALL, "mul", (left, right), start, end)

    def _check_number(self, number: str, word: str, span: Span) -> None:
        """Refuse what looks like one number but would be read as a product."""
        if word in ("e", "E"):
            hint = f"write {number}*{word} for a product"
            if "e" not in number.lower():
                hint += f", {number}e3 for {number} thousand"
            raise self._error(f"the number {number}{word} has no exponent", span, hint)
        if word[0] == "_":
            raise self._error(f"{number}{word} is not a number", span, "a large number reads 1_000")
        if number == "0" and _IN_ANOTHER_BASE.fullmatch(word):
            hint = f"numbers are decimal: write {int(number + word, 0)}"
            raise self._error(f"{number}{word} is not a number", span, hint)

    def _factorial(self, values: list[Any], start: int, end: int) -> int:
        tree = self.tree
        operand: int = values[0]
        if tree.labels[operand] == "factorial" and tree.text[tree.ends[operand] : end].strip() == "!":
            hint = "write (x!)! for the factorial of a factorial; there is no double factorial"
            raise self._error("x!! can be read in two ways", (start, end), hint)
        return tree.add(Kind.CALL, "factorial", (operand,), start, end)

    def _superscript(self, values: list[Any], start: int, end: int) -> int:
        digits: str = values[1].translate(_SUPERSCRIPTS)
        place = (end - len(digits), end)
        exponent = self.tree.add(Kind.NUMBER, digits.lstrip("+-"), (), *place)
        if digits[0] == "-":
            exponent = self.tree.add(Kind.CALL, "neg", (exponent,), *place)
        return self.tree.add(Kind.CALL, "pow", (values[0], exponent), start, end)

    # Operands

    def _number(self, values: list[Any], start: int, end: int) -> int:
        return self.tree.add(Kind.NUMBER, values[0].replace("_", ""), (), start, end)

    def _name(self, values: list[Any], start: int, end: int) -> int:
        name: str = values[0]
        label = name if name.isascii() else self._identifier(start, end)
        return self.tree.add(Kind.NAME, label, (), start, end)

    def _call(self, values: list[Any], start: int, end: int) -> int:
        name = self._identifier(start, start + len(values[0]))
        return self.tree.add(Kind.CALL, name, tuple(values[2]), start, end)

    def _empty_call(self, values: list[Any], start: int, end: int) -> int:
        return self._call([*values[:2], ()], start, end)

    def _identifier(self, start: int, end: int) -> str:
        """The name in its compatibility form (NFKC), so that equal-looking names are equal."""
        text = self.tree.text[start:end]
        raised = [letter for letter in text if decomposition(letter).startswith("<super>")]
        if raised:
            hint = f"an exponent reads ^{normalize('NFKC', raised[0])}; only digits may be raised"
            raise self._error(f"{raised[0]} is a raised letter", (start, end), hint)
        name = normalize("NFKC", text)
        if name == "not" or not name.isidentifier():
            plain = name.replace("⁄", "/")  # what the compatibility form makes of ½
            hint = f"names are letters, digits and _; write {plain} for {text}"
            raise self._error(f"{text} is not a name", (start, end), hint)
        return name

    def _error(self, message: str, span: Span, hint: str | None = None) -> FormulaError:
        return FormulaError(message, text=self.tree.text, span=span, hint=hint)


def _extended(values: list[Any], more: list[Any]) -> list[Any]:
    values[0].extend(more)
    return values[0]


# The rules that only arrange values.
_SHAPES: dict[str, Action] = {
    "start": lambda values, start, end: None,
    "lines": lambda values, start, end: None,
    "blank": lambda values, start, end: None,
    "group": lambda values, start, end: values[1],
    "pos": lambda values, start, end: values[1],
    "chain_start": lambda values, start, end: values,
    "chain_link": lambda values, start, end: _extended(values, values[1:]),
    "first": lambda values, start, end: values,
    "following": lambda values, start, end: _extended(values, values[2:]),
}
