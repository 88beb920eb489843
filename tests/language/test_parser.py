"""What a formula means: the language, row by row."""

import math

import pytest

from autodiff_cli.errors import FormulaError
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse
from autodiff_cli.language.printer import canonical
from autodiff_cli.language.syntax import Form, Kind, SyntaxTree

_POINT = {"x": 3.0, "y": 5.0, "z": 7.0, "a": 2.0, "b": 11.0, "c": 13.0}


def _value(text: str, **point: float) -> float:
    lowered = lower(parse(text))
    values = {**_POINT, **point}
    bound = {node: values.get(name, math.nan) for name, node in lowered.graph.variables.items()}
    return evaluate(lowered.graph, range(len(lowered.graph)), bound)[lowered.output]


NUMBERS = [
    ("2", 2.0),
    ("2.5", 2.5),
    (".5", 0.5),
    ("2.", 2.0),
    ("2.e2", 200.0),
    (".5e1", 5.0),
    ("1e-3", 0.001),
    ("1E3", 1000.0),
    ("1e+3", 1000.0),
    ("1_000", 1000.0),
    ("1_000.000_5", 1000.0005),
    ("1_0e1_0", 1e11),
    ("007", 7.0),
    ("0", 0.0),
    ("0e5", 0.0),
    ("0.0e-999", 0.0),
    ("9007199254740993", 9007199254740992.0),
    ("1.7976931348623157e308", 1.7976931348623157e308),
    ("5e-324", 5e-324),
    ("0.1", 0.1),
]


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_numbers(text, value):
    assert _value(text) == value


def test_numbers_are_float64():
    assert _value("1/10") == 0.1
    assert _value("0.1 + 0.2") == 0.30000000000000004


PRECEDENCE = [
    ("-2^2", -4),
    ("(-2)^2", 4),
    ("2^-1", 0.5),
    ("2^3^2", 512),
    ("(2^3)^2", 64),
    ("2**3**2", 512),
    ("2^3**2", 512),
    ("2**3^2", 512),
    ("2^-x", 0.125),
    ("2^--3", 8),
    ("2^+3", 8),
    ("-x^-2", -1 / 9),
    ("2^-x^2", 2.0**-9),
    ("2^3x", 24),
    ("2x^2", 18),
    ("-x^2", -9),
    ("--x", 3),
    ("-+-x", 3),
    ("+x", 3),
    ("x - -y", 8),
    ("x--y", 8),
    ("x+-y", -2),
    ("2*-x", -6),
    ("2/-x*y", 2 / -3 * 5),
    ("1 - 2 - 3", -4),
    ("1 - (2 - 3)", 2),
    ("24/4/2", 3),
    ("24/(4/2)", 12),
    ("24/4*2", 12),
    ("2 + 3*4", 14),
    ("(2 + 3)*4", 20),
    ("2*3 + 4", 10),
    ("3!", 6),
    ("-3!", -6),
    ("2^3!", 64),
    ("2*3!", 12),
    ("3!^2", 36),
    ("(3!)!", 720),
    ("0!", 1),
    ("(x)!", 6),
    ("f(x) = x; f(4)!", 24),
]


@pytest.mark.parametrize(("text", "value"), PRECEDENCE)
def test_precedence_and_associativity(text, value):
    assert _value(text) == value


IMPLICIT = [
    ("2x", "2*x"),
    ("2 x", "2*x"),
    ("2(x+1)", "2*(x + 1)"),
    ("2 (x+1)", "2*(x + 1)"),
    ("2sin(x)", "2*sin(x)"),
    ("2 sin(x)", "2*sin(x)"),
    ("(a)(b)", "a*b"),
    ("(a + b)(c - x)", "(a + b)*(c - x)"),
    ("(x+y)3.3", "(x + y)*3.3"),
    ("(x)2", "x*2"),
    ("sin(x)2", "sin(x)*2"),
    ("x y", "x*y"),
    ("x y z", "x*y*z"),
    ("xy", "xy"),
    ("x2", "x2"),
    ("A0 exp(-t/λ) cos(ω t)", "A0*exp(-t/λ)*cos(ω*t)"),
    ("sin(x) cos(y)", "sin(x)*cos(y)"),
    ("sin(x)cos(y)", "sin(x)*cos(y)"),
    ("(x) y", "x*y"),
    ("(x)y", "x*y"),
    ("2^3x", "2^3*x"),
    ("2x^2", "2*x^2"),
    ("2x^2y", "2*x^2*y"),
    ("x^2 y^2", "x^2*y^2"),
    ("-2x", "-2*x"),
    ("-x y", "-x*y"),
    ("x -y", "x - y"),
    ("2x/3", "2*x/3"),
    ("2x/3*y", "2*x/3*y"),
    ("x/y*z a", "x/y*z*a"),
    ("x/(2y)", "x/(2*y)"),
    ("x/(2)y", None),
    ("1/2x", None),
    ("1/2 x", None),
    ("1/2(x)", None),
    ("1/x y", None),
    ("x/y sin(x)", None),
    ("x/2√y", None),
    ("x÷y z", None),
    ("x/-y z", None),
    ("x/y^2z", None),
    ("(1/2)x", "1/2*x"),
    ("x!y!", "x!*y!"),
    ("2π", "2*π"),
    ("3e x", None),
    ("2 e", "2*e"),
    ("2e3x", "2e3*x"),
    ("x 2", None),
    ("2 3", None),
    ("(x) 2", None),
    ("x! 2", None),
    ("2^x 3", None),
]


@pytest.mark.parametrize(("text", "meaning"), IMPLICIT)
def test_implicit_products(text, meaning):
    if meaning is None:
        with pytest.raises(FormulaError):
            parse(text)
    else:
        assert _shape(parse(text)) == _shape(parse(meaning))


def _shape(tree: SyntaxTree):
    return tree.kinds, [float(n) if n[0].isdigit() else n for n in tree.labels], tree.children


def test_an_implicit_product_binds_like_a_product():
    assert _value("2x^2") == 18
    assert _value("2x y/z") == pytest.approx(30 / 7)
    assert _value("-2x") == -6
    assert _value("1 + 2x") == 7


NAMES = ["x", "_", "_x1", "x_1", "X", "θ", "Ω", "größe", "速度", "x1", "orx", "nota", "e1", "Pi"]


@pytest.mark.parametrize("name", NAMES)
def test_names(name):
    lowered = lower(parse(f"{name} + 1"))
    assert list(lowered.graph.variables) == [name]


def test_case_matters():
    assert list(lower(parse("x + X")).graph.variables) == ["x", "X"]


EQUAL_NAMES = [
    ("ﬁ", "fi"),
    ("ｘ", "x"),
    ("x₁", "x1"),
    ("𝑥", "x"),
    ("ℏ", "ħ"),
    ("µ", "μ"),
    ("Ω", "Ω"),
    ("é", "\u00e9"),
    ("Ⅷ", "VIII"),
]


@pytest.mark.parametrize(("written", "name"), EQUAL_NAMES)
def test_names_are_compared_in_their_compatibility_form(written, name):
    assert list(lower(parse(written)).graph.variables) == [name]
    assert list(lower(parse(f"{written} + {name}")).graph.variables) == [name]
    assert _value(f"{written} = 7; {name} + 1") == 8
    assert _value(f"g({written}) = {name}; g(3)") == 3
    assert _value(f"{written}(k) = k + 1; {name}(3)") == 4


def test_decomposed_letters_are_the_composed_ones():
    assert list(lower(parse("e\u0301 + 1")).graph.variables) == ["\u00e9"]


CONSTANTS = [
    ("pi", math.pi),
    ("π", math.pi),
    ("e", math.e),
    ("tau", math.tau),
    ("inf", math.inf),
    ("-inf", -math.inf),
    ("cos(pi)", -1.0),
    ("2pi", 2 * math.pi),
    ("e^0", 1.0),
    ("f(e) = e + 1; f(2)", 3.0),
    ("f(pi) = 2pi; f(2)", 4.0),
    ("e = 2; e^2", 4.0),
    ("f(x) = x e; f(1)", math.e),
]


@pytest.mark.parametrize(("text", "value"), CONSTANTS)
def test_reserved_constants(text, value):
    assert _value(text) == value


def test_the_reserved_nan():
    assert math.isnan(_value("nan"))


@pytest.mark.parametrize("name", ["pi", "e", "tau", "inf", "nan"])
def test_a_value_shadows_a_reserved_constant(name):
    assert list(lower(parse(f"{name} + x"), {name}).graph.variables) == [name, "x"]
    assert list(lower(parse(f"{name} + x")).graph.variables) == ["x"]


CALLS = [
    ("sin(0)", 0.0),
    ("sin (0)", 0.0),
    ("sin\t(0)", 0.0),
    ("atan2(1, 1)", math.pi / 4),
    ("max(1, 3, 2)", 3.0),
    ("max(1)", 1.0),
    ("min(1, 3, 2)", 1.0),
    ("pow(2, 3)", 8.0),
    ("ln(e)", 1.0),
    ("log(e)", 1.0),
    ("fabs(-2)", 2.0),
    ("clamp(5, 0, 1)", 1.0),
    ("clip(5, 0, 1)", 1.0),
    ("arcsin(1)", math.pi / 2),
    ("asin(1)", math.pi / 2),
    ("expit(0)", 0.5),
    ("logistic(0)", 0.5),
    ("add(1, 2)", 3.0),
    ("neg(1)", -1.0),
    ("factorial(4)", 24.0),
    ("sin(cos(tan(0)))", math.sin(1)),
]


@pytest.mark.parametrize(("text", "value"), CALLS)
def test_calls(text, value):
    assert _value(text) == value


@pytest.mark.parametrize("gap", ["\u00a0", "\r", "\u2003", "\f"])
def test_any_blank_may_stand_before_the_parenthesis_of_a_call(gap):
    assert _value(f"sin{gap}(0)") == 0


@pytest.mark.parametrize("name", ["x", "or", "and"])
def test_outside_parentheses_a_name_at_the_end_of_a_line_is_no_call(name):
    tree = parse(f"d = {name}\n(1 + 0)")
    assert [tree.labels[s.root] for s in tree.statements] == [name, "add"]


def test_a_line_may_break_before_the_parenthesis_of_a_call_inside_parentheses():
    assert _value("(sin\n(0))") == 0


COMPARISONS = [
    ("1 < 2", 1),
    ("2 < 2", 0),
    ("2 <= 2", 1),
    ("3 > 2", 1),
    ("2 >= 3", 0),
    ("2 == 2", 1),
    ("2 != 2", 0),
    ("2 ≤ 2", 1),
    ("2 ≥ 3", 0),
    ("2 ≠ 3", 1),
    ("0 < x < 5", 1),
    ("0 < x < 2", 0),
    ("5 < x < 9", 0),
    ("1 < x <= 3 < y != 4", 1),
    ("3 > x > 1", 0),
    ("(0 < x) < 2", 1),
    ("0 < (x < 2)", 0),
    ("(3 > 2) > 1", 0),
    ("1 + 1 == 2", 1),
    ("x + 1 < y*2", 1),
    ("2x == 6", 1),
    ("-1 < 0", 1),
]


@pytest.mark.parametrize(("text", "value"), COMPARISONS)
def test_comparisons(text, value):
    assert _value(text) == value


def test_a_chain_computes_its_middle_once():
    operators = [o.name for o in lower(parse("0 < sin(x) < 1")).graph.operators]
    assert operators.count("sin") == 1


LOGIC = [
    ("1 and 1", 1),
    ("1 and 0", 0),
    ("0 or 2", 1),
    ("0 or 0", 0),
    ("not 0", 1),
    ("not 3", 0),
    ("not not 3", 1),
    ("1 && 0", 0),
    ("0 || 1", 1),
    ("1 or 0 and 0", 1),
    ("(1 or 0) and 0", 0),
    ("not 0 and 0", 0),
    ("not (0 and 0)", 1),
    ("not 1 == 2", 1),
    ("x < 5 and y > 4", 1),
    ("x > 5 or not y > 4", 0),
    ("1 && 1 and 0 || 1 or 0", 1),
    ("where(x > 2, 10, 20)", 10),
    ("if(x > 3, 10, 20)", 20),
    ("select(2, 10, 20)", 10),
    ("where(0, nan, 20)", 20),
]


@pytest.mark.parametrize(("text", "value"), LOGIC)
def test_logic(text, value):
    assert _value(text) == value


WORDS = [
    ("or + offset", ["or", "offset"], "or + offset"),
    ("and", ["and"], "and"),
    ("or or or", ["or"], "or or or"),
    ("and and and", ["and"], "and and and"),
    ("or or and and or", ["or", "and"], "or or and and or"),
    ("2 or", None, None),
    ("2*or", ["or"], "2*or"),
    ("(or)(and)", ["or", "and"], "or*and"),
    ("x + or", ["x", "or"], "x + or"),
    ("-and^or", ["and", "or"], "-and^or"),
    ("max(or, and)", ["or", "and"], "max(or, and)"),
    ("or = 3; 2*or", [], "or = 3; 2*or"),
    ("f(or, and) = or - and; f(1, 2)", [], "f(or, and) = or - and; f(1, 2)"),
    ("x ? or : and", ["x", "or", "and"], "where(x, or, and)"),
    ("x\nand = 2", ["x"], "x; and = 2"),
    ("or(x, y)", ["x", "y"], "x or y"),
    ("and(x, or(y, z))", ["x", "y", "z"], "x and (y or z)"),
    ("not(x)", ["x"], "not x"),
]


@pytest.mark.parametrize(("text", "variables", "form"), WORDS)
def test_words_are_operators_only_between_operands(text, variables, form):
    if variables is None:
        with pytest.raises(FormulaError):
            parse(text)
    else:
        tree = parse(text)
        assert list(lower(tree).graph.variables) == variables
        assert canonical(tree) == form


TERNARIES = [
    ("1 ? 2 : 3", 2),
    ("0 ? 2 : 3", 3),
    ("0 ? 1 : 0 ? 2 : 3", 3),
    ("0 ? 1 : 1 ? 2 : 3", 2),
    ("1 ? 0 ? 1 : 2 : 3", 2),
    ("(0 ? 1 : 0) ? 2 : 3", 3),
    ("x > 2 ? y : z", 5),
    ("x > 2 and y > 9 ? y : z", 7),
    ("1 + (0 ? 2 : 3)", 4),
    ("1 ? 2 : 3 + 4", 2),
    ("1 ? x < 2 : 7", 0),
    ("q = x > 2 ? 1 : 0; q", 1),
    ("max(1 ? 2 : 3, 1)", 2),
]


@pytest.mark.parametrize(("text", "value"), TERNARIES)
def test_ternaries(text, value):
    assert _value(text) == value


def test_a_ternary_is_right_associative():
    assert canonical(parse("a ? b : c ? x : y")) == "where(a, b, where(c, x, y))"


STATEMENTS = [
    ("q = x + y; f = q*z", 56),
    ("q = x + y\nf = q*z", 56),
    ("q = x + y\r\nf = q*z\r\n", 56),
    ("f = q*z; q = x + y; f", 56),
    ("a + b^2; a = x - b; b = 3*y", 3 - 15 + 225),
    ("b = 3*y; a = x - b; a + b^2", 3 - 15 + 225),
    ("x + 1; q = 7", 4),
    ("q = 7; x + 1", 4),
    ("p = 7; q = 8", 8),
    (";;x;;\n\n;", 3),
    ("\n\n  x  \n", 3),
    ("# a comment\nx # another\n# a third", 3),
    ("x + # a comment\n1", 4),
    ("(x # ) a comment\n+ 1)", 4),
    ("x # ; y", 3),
    ("q = # nothing\n 5; q", 5),
    ("x +\ny", 8),
    ("x *\n\n\ny", 15),
    ("x ^\ny", 243),
    ("x <\ny", 1),
    ("x and\ny", 1),
    ("not\nx", 0),
    ("x ?\n y\n : z", None),
    ("(x ?\n y\n : z)", 5),
    ("(x\n+ y)", 8),
    ("((x)\n+ (y\n))", 8),
    ("max(\nx,\ny\n)", 5),
    ("max(x\n,y)", 5),
    ("(2\nx)", 6),
    ("(x\ny)", 15),
    ("q =\n x\nq", 3),
    ("x!\n= 3", None),
    ("-\nx", -3),
    ("√\nx", math.sqrt(3)),
]


@pytest.mark.parametrize(("text", "value"), STATEMENTS)
def test_statements_and_lines(text, value):
    if value is None:
        with pytest.raises(FormulaError):
            parse(text)
    else:
        assert _value(text) == value


def test_the_output_is_the_bare_expression_or_the_last_definition():
    assert lower(parse("p = 1; x; q = 2")).output_name == ""
    assert lower(parse("p = 1; q = 2")).output_name == "q"
    assert lower(parse("p = 1; q = 2; f(x) = x")).output_name == "q"


FUNCTIONS = [
    ("f(x, y) = x^2 + y; f(2, 3)", 7),
    ("f(2, 3); f(x, y) = x^2 + y", 7),
    ("f(y) = y + x; f(10)", 13),
    ("f(x) = x + 1; f(x)", 4),
    ("f(x) = x + 1; x + f(10)", 14),
    ("f(x) = g(x) + 1; g(x) = 2*x; f(10)", 21),
    ("g(x) = 2*x; f(x) = g(x) + 1; f(10)", 21),
    ("f(10); f(x) = g(x) + 1; g(x) = h() x; h() = 2", 21),
    ("f() = 3; f()", 3),
    ("f() = 3; 2 f() + f( )", 9),
    ("f() = x; f()", 3),
    ("f(x) = x^2; f(f(f(2)))", 256),
    ("f(x) = x + q; q = 4; f(1)", 5),
    ("q = f(1); f(x) = x + p; p = 4; q", 5),
    ("f(x) = q x; q = g(2); g(y) = y + z; f(10)", 90),
    ("x = 100; f(x) = x + 1; f(1)", 2),
    ("f(a, b) = a - b; g(b, a) = f(b, a); g(10, 1)", 9),
    ("f(a, b) = a - b; g(a, b) = f(b, a); g(10, 1)", -9),
    ("f(x) = x\ng(x) = f(x) f(x)\n\ng(3)", 9),
    ("f(x) = x > 0 ? x : -x; f(-2)", 2),
    ("f (x) = x; f (2)", 2),
    ("f(e) = e; f(2)", 2),
    ("f(α) = 2α; f(3)", 6),
    ("d(x) = 2x; d(d(1)) d(1)", 8),
]


@pytest.mark.parametrize(("text", "value"), FUNCTIONS)
def test_functions(text, value):
    assert _value(text) == value


def test_parameters_are_not_variables():
    assert list(lower(parse("f(p, q) = p*q + r; f(x, 2)")).graph.variables) == ["r", "x"]


UNICODE = [
    ("x²", "x^2"),
    ("x³y", "x^3*y"),
    ("x⁻¹", "x^-1"),
    ("x⁺²", "x^2"),
    ("x¹⁰", "x^10"),
    ("2x²", "2*x^2"),
    ("-x²", "-x^2"),
    ("2^x²", "2^x^2"),
    ("x²^y", "(x^2)^y"),
    ("(x + 1)²", "(x + 1)^2"),
    ("sin(x)²", "sin(x)^2"),
    ("x²!", "(x^2)!"),
    ("x!²", "x!^2"),
    ("a·b", "a*b"),
    ("a⋅b", "a*b"),
    ("a×b", "a*b"),
    ("a÷b", "a/b"),
    ("a − b", "a - b"),
    ("−a", "-a"),
    ("√x", "sqrt(x)"),
    ("√2x", "sqrt(2)*x"),
    ("√(2x)", "sqrt(2*x)"),
    ("√x²", "sqrt(x)^2"),
    ("√√x", "sqrt(sqrt(x))"),
    ("√x!", "sqrt(x)!"),
    ("√f(2); f(x) = x", "sqrt(f(2)); f(x) = x"),
    ("2√x", "2*sqrt(x)"),
    ("x √y", "x*sqrt(y)"),
    ("-√x", "-sqrt(x)"),
    ("2^√x", "2^sqrt(x)"),
    ("a ≤ b ≥ c ≠ x", "a <= b >= c != x"),
    ("σ(λ) = λ²; σ(3)", "σ(λ) = λ^2; σ(3)"),
]


@pytest.mark.parametrize(("text", "form"), UNICODE)
def test_unicode(text, form):
    assert canonical(parse(text)) == form


SPANS = [
    ("x", "x", [(0, 1)]),
    ("  x  ", "x", [(2, 3)]),
    ("(x)", "x", [(1, 2)]),
    ("x + y", "add", [(0, 5)]),
    ("(x + y)", "add", [(1, 6)]),
    ("(x + y)*z", "mul", [(0, 9)]),
    ("z * (x + y)", "mul", [(0, 11)]),
    ("((x)) + ((y))", "add", [(0, 13)]),
    ("((x) + (y))", "add", [(1, 10)]),
    ("(x)(y)", "mul", [(0, 6)]),
    ("2 (x)", "mul", [(0, 5)]),
    ("(x)3", "mul", [(0, 4)]),
    ("( x )^2", "pow", [(0, 7)]),
    ("-(x)", "neg", [(0, 4)]),
    ("+(x*y)", "mul", [(2, 5)]),
    (" sin( x ) ", "sin", [(1, 9)]),
    ("2*(sin(x) + 1)", "sin", [(3, 9)]),
    ("f(x) = x; 1 + f( )", "f", [(0, 4), (14, 18)]),
    ("(x)!", "factorial", [(0, 4)]),
    ("x²", "2", [(1, 2)]),
    ("x⁻²³", "neg", [(1, 4)]),
    ("x²", "pow", [(0, 2)]),
    ("√(x)", "sqrt", [(0, 4)]),
    ("(a < b) + 1", "<", [(1, 6)]),
    ("a < b < c", "< <", [(0, 9)]),
    ("c ? a : (b)", "where", [(0, 11)]),
    ("q = x + y; r = (q)*2", "mul", [(15, 20)]),
    ("x*x + x", "x", [(0, 1), (2, 3), (6, 7)]),
    ("x\n# comment\n; (y)", "y", [(15, 16)]),
    ("1_000", "1000", [(0, 5)]),
    ("not (x)", "not", [(0, 7)]),
]


@pytest.mark.parametrize(("text", "label", "spans"), SPANS)
def test_spans(text, label, spans):
    tree = parse(text)
    assert [tree.span(node) for node, found in enumerate(tree.labels) if found == label] == spans


@pytest.mark.parametrize("text", [text for text, _ in [*STATEMENTS, *FUNCTIONS] if _ is not None])
def test_every_span_lies_in_the_text_and_holds_those_of_its_operands(text):
    tree = parse(text)
    assert len(tree.kinds) == len(tree.starts) == len(tree.ends) == len(tree.children)
    for node, children in enumerate(tree.children):
        start, end = tree.span(node)
        assert 0 <= start < end <= len(text)
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
        for child in children:
            assert child < node
            assert start <= tree.starts[child]
            assert tree.ends[child] <= end


def test_statements_know_their_nodes():
    text = "f(x, y) = x + y; q = f(1, 2); q^2"
    function, definition, result = parse(text).statements
    assert (function.form, function.name, function.parameters) == (Form.FUNCTION, "f", ("x", "y"))
    assert (definition.form, definition.name) == (Form.DEFINITION, "q")
    assert (result.form, result.name) == (Form.RESULT, "")
    assert text[slice(*function.name_span)] == "f"
    assert text[slice(*definition.name_span)] == "q"
    tree = parse(text)
    assert tree.labels[function.first : function.root + 1] == ["x", "y", "add"]
    assert tree.labels[definition.first : definition.root + 1] == ["1", "2", "f"]
    assert tree.kinds[result.root] is Kind.CALL


@pytest.mark.parametrize("piece", ["(", "sin(", "-", "not ", "2^", "1+", "1?2:", "√"])
def test_no_text_is_too_deep(piece):
    closers = ")" if "(" in piece else ""
    tree = parse(piece * 20_000 + "x" + closers * 20_000)
    assert canonical(tree)
