"""The grammar has no conflicts, its stored tables are its own, and our driver reads as Lark does."""

import json
import shutil

import lark
import pytest

from autodiff_cli.errors import FormulaError
from autodiff_cli.language import tables as tables_module
from autodiff_cli.language.builder import Builder
from autodiff_cli.language.parser import parse
from autodiff_cli.language.syntax import Form, Kind, SyntaxTree
from autodiff_cli.language.tables import compile_grammar, grammar_text, tables

_INFIX = {"or", "and", "add", "sub", "mul", "div", "pow"}
_PREFIX = {"not": "not", "neg": "neg", "root": "sqrt"}


# Texts on which the rules about context (line breaks, `or` as a name) have no say.
ACCEPTED = """
x
2
2.5
.5
2.
1e-3
1_000.5_0e1_0
x + y*z - 2
-2^2
2^-x
2^3^2
x**2
2x
2(x + 1)
2 sin(x)
(a)(b)
(a + b)3.3
(a)2(b)
(a)2^3
x y z
x (y)^2 (z)!
a*b c
a/b
a/b/c
a/b*c
a/b*c d
-x y
+x
--x
-+-x
a*-b
a/-b
a - -b
x!
x! y!
(x!)!
x²
x⁻¹y
2x³!
√x
√2x
√√x
√(x + 1)!
f(x) = x^2; f(3)
f() = 3; f()
f(x, y) = x + y; f(f(1, 2), 3) f(4, 5)
max(1, 2, 3)
x < y
x <= y >= z != w == v
0 < x < 1
a < b and c or not d
not not x
not x == y
a && b || c
a and b and c
where(x > 0, x, -x)
c ? a : b
c ? a : d ? e : f
c ? a ? 1 : 2 : 3
(c ? a : b) ? 1 : 2
x = 1; y = 2; x + y
x = 1;; y = 2;
; x
x = 1\ny = 2\n\nx*y
x ≤ y ≥ z ≠ w
a·b×c÷d−e
α + β_1*ﬁ
x # a comment
# a comment\nx = 1 # another\nx
x\t +\r y
notx + nota
order + android
x=y==z
x!=y
""".strip().split("\n")

REJECTED = """
x +
* x
x 2
2 3
1.2.3
1/2x
a/b c
a/2(c)
a/b²c
x^
x^^2
(x
x)
()
f(
f(,)
f(x,)
f(,x)
x,y
(x, y)
x = 
x = y = z
2 = x
x + 1 = 2
(f(x)) = 2
x == 
x < 
not
x not y
x + not y
-not x
x ? 1
x ? 1 :
x : 2
? 1 : 2
(a ? b)
!x
²
x ^ ²
= 2
(x; y)
(x = 2)
x y 3
x & y
x % y
x | y
[x]
{x}
x'
$x
1..2
√
""".strip("\n").split("\n")


def _texts(lines: list[str]) -> list[str]:
    return [line.replace("\\n", "\n") for line in lines]


@pytest.fixture(scope="module")
def reference() -> lark.Lark:
    """Lark's own parser; its basic lexer tries all terminals everywhere, as ours does."""
    return lark.Lark(grammar_text(), parser="lalr", lexer="basic")


def test_the_grammar_has_no_conflicts():
    lark.Lark(grammar_text(), parser="lalr", strict=True)


def test_a_conflict_would_be_seen():
    ambiguous = 'start: a | b\na: "x"\nb: "x"\n'
    with pytest.raises(lark.exceptions.GrammarError):
        lark.Lark(ambiguous, parser="lalr", strict=True)


def test_stored_tables_are_those_of_the_grammar():
    stored = json.loads(tables_module.STORED.read_bytes())
    assert stored == compile_grammar(grammar_text())


def test_the_tables_do_not_depend_on_the_run():
    assert compile_grammar(grammar_text()) == compile_grammar(grammar_text())


def test_every_action_of_the_grammar_has_a_builder():
    actions = {rule.action for rule in tables().rules if rule.action is not None}
    assert actions == set(Builder("").actions)


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A copy of the stored tables that a test may spoil."""
    copy = tmp_path / "tables.json"
    shutil.copy(tables_module.STORED, copy)
    monkeypatch.setattr(tables_module, "STORED", copy)
    tables.cache_clear()
    yield copy
    tables.cache_clear()


def _counted(monkeypatch) -> list[str]:
    compiled: list[str] = []

    def compile_and_count(grammar: str):
        compiled.append(grammar)
        return compile_grammar(grammar)

    monkeypatch.setattr(tables_module, "compile_grammar", compile_and_count)
    return compiled


def test_tables_of_this_grammar_are_used(file, monkeypatch):
    assert file.exists()
    compiled = _counted(monkeypatch)
    tables()
    assert compiled == []


@pytest.mark.parametrize("content", [None, "", "{", "[1", "\x00", '{"grammar": "start: NAME"}', "{}"])
def test_other_tables_are_not_used(file, monkeypatch, content):
    before = tables()
    tables.cache_clear()
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    compiled = _counted(monkeypatch)
    assert tables() == before
    assert compiled == [grammar_text()]


def test_stale_tables_are_not_used(file, monkeypatch):
    before = tables()
    tables.cache_clear()
    stale = json.loads(file.read_bytes())
    stale["grammar"] += "// changed\n"
    stale["actions"] = []
    file.write_text(json.dumps(stale))
    compiled = _counted(monkeypatch)
    assert tables() == before
    assert compiled == [grammar_text()]


@pytest.mark.parametrize(
    "content",
    [
        "null",
        "\udcff",
        "[]",
        '"text"',
        "7",
    ],
)
def test_corrupt_tables_that_are_json_are_not_used(file, content):
    before = tables()
    tables.cache_clear()
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert tables() == before


@pytest.mark.parametrize("text", _texts(ACCEPTED))
def test_accepts_with_the_shape_that_lark_gives(text, reference):
    assert _our_shape(parse(text)) == _lark_shape(reference.parse(text))


@pytest.mark.parametrize("text", _texts(REJECTED))
def test_rejects_what_lark_rejects(text, reference):
    with pytest.raises(lark.exceptions.UnexpectedInput):
        reference.parse(text)
    with pytest.raises(FormulaError):
        parse(text)


def _our_shape(tree: SyntaxTree) -> list:
    shapes: list = []
    for kind, label, children in zip(tree.kinds, tree.labels, tree.children, strict=True):
        operands = [shapes[child] for child in children]
        if kind is Kind.NUMBER:
            shapes.append(float(label))
        elif kind is Kind.NAME:
            shapes.append(label)
        elif kind is Kind.COMPARISON:
            shapes.append(["compare", label.split(), *operands])
        else:
            shapes.append([label, *operands])
    statements: list = []
    for s in tree.statements:
        if s.form is Form.RESULT:
            statements.append(shapes[s.root])
        elif s.form is Form.DEFINITION:
            statements.append(["=", s.name, shapes[s.root]])
        else:
            statements.append(["=", [s.name, *s.parameters], shapes[s.root]])
    return statements


def _lark_shape(tree: lark.Tree) -> list:
    (lines,) = tree.children
    pending, statements = [lines], []
    while pending:
        node = pending.pop()
        if node.data == "lines":
            pending += [node.children[2], node.children[0]]
        elif node.data == "result":
            statements.append(_expression(node.children[0]))
        elif node.data in ("definition", "function"):
            name = node.children[0]
            left = _name(name) if node.data == "definition" else _expression(name)
            statements.append(["=", left, _expression(node.children[2])])
        else:
            assert node.data == "blank"
    return statements


def _expression(node):  # the reference is written to be read, case by case
    data, children = node.data, node.children
    if data == "number":
        return float(children[0].replace("_", ""))
    if data == "name":
        return _name(children[0])
    if data in _INFIX:
        return [str(data), _expression(children[0]), _expression(children[2])]
    if data in _PREFIX:
        return [_PREFIX[data], _expression(children[1])]
    if data == "juxtaposition":
        return ["mul", *map(_expression, children)]
    if data in ("group", "pos"):
        return _expression(children[1])
    if data == "factorial":
        return ["factorial", _expression(children[0])]
    if data == "superscript":
        digits = children[1].translate(str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789"))
        power = float(digits.lstrip("+-"))
        return ["pow", _expression(children[0]), ["neg", power] if digits[0] == "-" else power]
    if data == "ternary":
        return ["where", *(_expression(children[place]) for place in (0, 2, 4))]
    if data == "comparison":
        operands, signs = _chain(children[0])
        return ["compare", signs, *operands]
    if data == "empty_call":
        return [_name(children[0])]
    assert data == "call", data
    return [_name(children[0]), *_arguments(children[2])]


def _chain(node) -> tuple[list, list]:
    sign = {"≤": "<=", "≥": ">=", "≠": "!="}.get(str(node.children[1]), str(node.children[1]))
    if node.data == "chain_start":
        return [_expression(node.children[0]), _expression(node.children[2])], [sign]
    operands, signs = _chain(node.children[0])
    return [*operands, _expression(node.children[2])], [*signs, sign]


def _arguments(node) -> list:
    if node.data == "first":
        return [_expression(node.children[0])]
    return [*_arguments(node.children[0]), _expression(node.children[2])]


def _name(token) -> str:
    from unicodedata import normalize

    return normalize("NFKC", str(token))
