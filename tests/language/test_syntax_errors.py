"""Mistakes that people make: each is an error with its place, a sentence and a way out."""

import pytest

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.errors import AutodiffError, FormulaError
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse

# (text, the part of it that is blamed, part of the message, part of the hint)
MISTAKES = [
    # Parentheses
    ("(x", (2, 2), "ends inside parentheses", "opens at column 1"),
    ("((x + y)", (8, 8), "ends inside parentheses", "opens at column 1"),
    ("x + ((y", (7, 7), "ends inside parentheses", "2 parentheses"),
    ("sin(x", (5, 5), "ends inside parentheses", "column 4"),
    ("(x\ny", (4, 4), "ends inside parentheses", "column 1"),
    ("f(x y", (5, 5), "ends inside parentheses", "column 2"),
    ("x)", (1, 2), "no parenthesis is open", "remove it"),
    ("(x))", (3, 4), "no parenthesis is open", "remove it"),
    ("sin(x))", (6, 7), "no parenthesis is open", "remove it"),
    ("(x; y)", (2, 3), "ends inside parentheses", "column 1"),
    ("max(x; y)", (5, 6), "ends inside parentheses", "column 4"),
    ("[1, 2]", (0, 1), "[", "( and )"),
    ("{x}", (0, 1), "{", "( and )"),
    ("x[0]", (1, 2), "[", "arrays"),
    # Numbers
    ("2e", (0, 2), "2e has no exponent", "2e3"),
    ("2e+", (0, 2), "2e has no exponent", "2e3"),
    ("2E x", (0, 2), "2E has no exponent", "2*E"),
    ("2.5e", (0, 4), "2.5e has no exponent", "2.5*e"),
    ("2e1.5", (3, 5), "two numbers", "*"),
    ("1.2.3", (3, 5), "two numbers", "one point"),
    ("2 3", (2, 3), "two numbers", "*"),
    ("5..", (2, 3), ".", "2.5"),
    ("..5", (0, 1), ".", ".5"),
    (".", (0, 1), ".", "2."),
    ("1_", (0, 2), "1_ is not a number", "1_000"),
    ("1__0", (0, 4), "1__0 is not a number", "1_000"),
    ("0x1F", (0, 4), "0x1F is not a number", "decimal"),
    ("0b11", (0, 4), "0b11 is not a number", "decimal"),
    ("1e400", (0, 5), "too large", "inf"),
    ("x + 1e-400", (4, 10), "too small", "0"),
    ("1,5", (1, 2), "comma", "3.5"),
    ("3,5 + x", (1, 2), "comma", "point"),
    # Products
    ("x 2", (2, 3), "without an operator", "x*2"),
    ("x2 3", (3, 4), "without an operator", "x2*3"),
    ("(x) 2", (4, 5), "without an operator", "*2"),
    ("x! 2", (3, 4), "without an operator", "*2"),
    ("1/2x", (3, 4), "two ways", "1/(2*x)"),
    ("1/x y", (4, 5), "two ways", "(1/x)*y"),
    ("1/2(x)", (3, 4), "two ways", "*"),
    ("a/2 sin(x)", (4, 7), "two ways", "*"),
    ("x(y+1)", (0, 1), "no function x", "x*(...)"),
    ("pi(2)", (0, 2), "pi is not a function", "pi*(...)"),
    ("e(2)", (0, 1), "e is not a function", "e*(...)"),
    ("q = 2; q(3)", (7, 8), "q is not a function", "q*(...)"),
    # Operators of other languages
    ("x^^2", (2, 3), "missing", "x^2"),
    ("x***2", (3, 4), "missing", "x**2"),
    ("x//y", (2, 3), "missing", "floor(a/b)"),
    ("x % 2", (2, 3), "%", "mod(a, b)"),
    ("x & y", (2, 3), "&", "and"),
    ("x | y", (2, 3), "|", "or"),
    ("|x|", (0, 1), "|", "abs(x)"),
    ("x @ y", (2, 3), "@", "*"),
    ("x => 2", (3, 4), "missing", ">="),
    ("x =< 2", (3, 4), "missing", "<="),
    ("x === 2", (4, 5), "missing", "=="),
    ("x <> 2", (3, 4), "missing", "!="),
    ("x – 1", (2, 3), "–", "-"),
    ("x — 1", (2, 3), "—", "-"),
    ("x'", (1, 2), "'", "derivative"),
    ("f'(x)", (1, 2), "'", "derivative"),
    ("\\sqrt{x}", (0, 1), "\\", "LaTeX"),
    ("$x", (0, 1), "$", "shell"),
    ('"x"', (0, 1), '"', "quotes"),
    ("x.y", (1, 2), ".", "2.5"),
    ("x.^2", (1, 2), ".", "write ^"),
    ("5!!", (0, 3), "two ways", "(x!)!"),
    ("x ! !", (0, 5), "two ways", "(x!)!"),
    # Choices
    ("x ? 1", (5, 5), "has no :", "condition ? a : b"),
    ("x : 2", (2, 3), ":", "condition ? a : b"),
    ("f(x): x", (4, 5), ":", "condition ? a : b"),
    # Calls
    ("sin()", (0, 5), "takes 1 argument, not 0", "sin(x)"),
    ("sin(x,y)", (0, 8), "takes 1 argument, not 2", "sin(x)"),
    ("2*atan2(x)", (2, 10), "takes 2 arguments, not 1", "atan2(y, x)"),
    ("max()", (0, 5), "at least one", "max(a, b, ...)"),
    ("clip(x)", (0, 7), "takes 3 arguments, not 1", "clip(x, lower, upper)"),
    ("where(x>0, 1)", (0, 13), "takes 3 arguments, not 2", "where(condition, a, b)"),
    ("log(x, 2)", (0, 9), "takes 1 argument, not 2", "log(x)"),
    ("f(x) = x; f(1, 2)", (10, 17), "takes 1 argument, not 2", "f(x)"),
    ("f() = 3; f(1)", (9, 13), "takes 0 arguments, not 1", "f()"),
    ("f(x, y) = x; 2 f(1)", (15, 19), "takes 2 arguments, not 1", "f(x, y)"),
    ("EXP(x)", (0, 3), "no function EXP", "exp(...)"),
    ("Sin(x)", (0, 3), "no function Sin", "sin(...)"),
    ("sni(x)", (0, 3), "no function sni", "sin(...)"),
    ("1 + sqrtt(x)", (4, 9), "no function sqrtt", "sqrt(...)"),
    ("maxx(x, y)", (0, 4), "no function maxx", "max(...)"),
    ("log_2(x)", (0, 5), "no function log_2", "log2(...)"),
    ("sgn(x)", (0, 3), "no function sgn", "sign(x)"),
    ("area(r) = r^2; aera(2)", (15, 19), "no function aera", "area(...)"),
    ("qqq(x)", (0, 3), "no function qqq", "defines one"),
    # Definitions
    ("x = 2 = 3", (6, 7), "= defines a name", "=="),
    ("2 = x", (2, 3), "= defines a name", "=="),
    ("x + 1 = 3", (6, 7), "= defines a name", "=="),
    ("where(x = 2, 1, 0)", (8, 9), "= defines a name", "=="),
    ("f(x) = x = 2", (9, 10), "= defines a name", "=="),
    ("f(2) = 3", (2, 3), "parameter", "f(x, y) = "),
    ("f(x+1) = x", (2, 5), "parameter", "f(x, y) = "),
    ("sin(x) = 3", (0, 3), "built-in", "another name"),
    ("x = 1; x = 2; x", (7, 8), "x is defined twice", "once"),
    ("f(x) = x; f(x) = 2; f(1)", (10, 11), "f is defined twice", "once"),
    ("f = 1; f(x) = 2; f(1)", (7, 8), "f is defined twice", "once"),
    ("x; y", (3, 4), "second bare expression", "a = ..."),
    ("x\n+ y", (2, 5), "second bare expression", "a = ..."),
    ("x = x + 1", (0, 1), "x is defined by itself", "before"),
    ("x = y; y = x", (0, 1), "x -> y -> x", "before"),
    ("1; p = q; q = r; r = p", (3, 4), "p -> q -> r -> p", "before"),
    ("f(x) = f(x-1); f(2)", (0, 1), "f is defined by itself", "before"),
    ("f(x) = g(x); g(x) = f(x); f(2)", (0, 1), "f -> g -> f", "before"),
    ("f(x) = x", (8, 8), "nothing to compute", "f(3)"),
    ("", (0, 0), "empty", "x^2 + 1"),
    ("   ", (3, 3), "empty", "x^2 + 1"),
    ("# a comment", (11, 11), "empty", "x^2 + 1"),
    (";", (1, 1), "empty", "x^2 + 1"),
    # Names
    ("½", (0, 1), "½ is not a name", "letters"),
    ("x¼", (0, 2), "x¼ is not a name", "letters"),
]


def _error(text: str) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        lower(parse(text))
    return caught.value


@pytest.mark.parametrize(("text", "span", "message", "hint"), MISTAKES)
def test_a_mistake(text, span, message, hint):
    error = _error(text)
    assert error.exit_code == 3
    assert error.text == text
    assert error.span == span
    assert message in error.message
    assert error.hint is not None
    assert hint in error.hint


# Mistakes that have a hint, whatever it says.
PLACES = [
    ("x + ", (4, 4), "ends after +"),
    ("2 ^", (3, 3), "ends after ^"),
    ("x and", (5, 5), "ends after and"),
    ("x = ", (4, 4), "ends after ="),
    ("x ? 1 : ", (8, 8), "ends after :"),
    ("√", (1, 1), "ends after √"),
    ("x +* y", (3, 4), "between + and *"),
    ("x + / y", (4, 5), "between + and /"),
    ("* x", (0, 1), "before *"),
    ("= 3", (0, 1), "before ="),
    ("!x", (0, 1), "before !"),
    ("x !== y", (4, 5), "between != and ="),
    ("x += 1", (3, 4), "between + and ="),
    ("x + not y", (4, 7), "between + and not"),
    ("a not b", (2, 5), "not"),
    ("²", (0, 1), "before ²"),
    ("()", (1, 2), "nothing between the parentheses"),
    ("max(1,,2)", (6, 7), "an argument is missing"),
    ("max(,1)", (4, 5), "an argument is missing"),
    ("max(1,)", (6, 7), "an argument is missing"),
    ("f(x, x) = x", (5, 6), "x is a parameter twice"),
    ("a ? b; c", (5, 6), "has no :"),
    ("∞", (0, 1), "∞"),
    ("x → y", (2, 3), "→"),
    ("x ∧ y", (2, 3), "∧"),
    ("¬x", (0, 1), "¬"),
    ("~x", (0, 1), "~"),
    ("x`", (1, 2), "`"),
    ("x‘", (1, 2), "‘"),
    ("x\u200b + 1", (1, 2), "no meaning"),
]


@pytest.mark.parametrize(("text", "span", "message"), PLACES)
def test_the_place_of_a_mistake(text, span, message):
    error = _error(text)
    assert error.span == span
    assert message in error.message


@pytest.mark.parametrize(
    "text",
    [text for text, _, _ in PLACES],
)
def test_a_mistake_has_a_hint(text):
    assert _error(text).hint


# What the message has to mention, and what it must not say.
MISLEADING = [
    ("(a ? b)", ":", "open"),
    ("max(a ? b, c)", ":", "comma"),
    ("sin 2x", "a call sin(2)", "did you mean"),
    ("x := 3", "=", "condition"),
    ("ctg(x)", "ctg", "cos(...)"),
    ("norm(x)", "norm", "or(...)"),
    ("cos2x", "cos(2x)", "--cos2x"),
    ("h(x)", "h(a) = ... defines one", "is not a function"),
    ("ⅷ()", "function", "product"),
    ("2ⁿ", "^n", "product"),
]


@pytest.mark.parametrize(("text", "wanted", "unwanted"), MISLEADING)
def test_what_is_said_is_not_misleading(text, wanted, unwanted):
    with pytest.raises(AutodiffError) as caught:
        Evaluation(lower(parse(text)), {"a": 1.0, "b": 1.0, "c": 1.0, "x": 1.0})
    error = caught.value
    said = f"{error.message} {error.hint}"
    assert wanted in said
    assert unwanted not in said
    assert error.span is not None
    assert error.span[1] <= len(text)


UNSEEN = [
    "(x)2e",
    "0xFF",
    "f(x) = foo(x); 3",
    "f(x) = sin(x, x); 3",
    "not²",
]


@pytest.mark.parametrize("text", UNSEEN)
def test_a_mistake_is_seen(text):
    _error(text)


# These read as variables, and are mistakes all the same once there are no values for them.
READ_AS_NAMES = [
    ("sin", (0, 3), "no value for sin", "sin(...)"),
    ("sin x", (0, 3), "no value for sin", "sin(...)"),
    ("2 + ln x", (4, 6), "no value for ln", "ln(...)"),
    ("sin^2(x)", (0, 3), "no value for sin", "sin(...)"),
    ("cosx", (0, 4), "no value for cosx", "cos(x)"),
    ("cos2", (0, 4), "no value for cos2", "cos(2)"),
    ("f(a) = a; f + 1", (10, 11), "no value for f", "f(...)"),
    ("EXP x", (0, 3), "no value for EXP", "exp(...)"),
    ("xy", (0, 2), "no value for xy", "xy=VALUE"),
]


@pytest.mark.parametrize(("text", "span", "message", "hint"), READ_AS_NAMES)
def test_a_name_without_a_value(text, span, message, hint):
    with pytest.raises(AutodiffError) as caught:
        Evaluation(lower(parse(text)), {"x": 1.0})
    error = caught.value
    assert (error.exit_code, error.span, error.text) == (2, span, text)
    assert message in error.message
    assert error.hint is not None
    assert hint in error.hint


_WHOLE_TEXTS = ("empty", "nothing to compute")
_MOVABLE = [mistake[0] for mistake in [*MISTAKES, *PLACES] if not mistake[2].startswith(_WHOLE_TEXTS)]


@pytest.mark.parametrize("text", _MOVABLE)
@pytest.mark.parametrize("before", ["  ", "other = 1\n", "# a comment\n; "])
def test_the_place_moves_with_the_text(text, before):
    start, end = _error(text).span or (-1, -1)
    assert _error(before + text).span == (start + len(before), end + len(before))


def test_an_error_at_the_end_of_a_long_text_is_found_in_time():
    text = "(" * 50_000 + "x + " + "x + " * 50_000
    assert _error(text).span == (len(text), len(text))
