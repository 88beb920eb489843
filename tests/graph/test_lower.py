"""From the syntax tree to the graph: names, definitions, functions, and what is folded."""

from time import process_time

import pytest

from autodiff_cli.errors import FormulaError
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import Lowered, lower
from autodiff_cli.language.parser import parse


def _lowered(text: str) -> Lowered:
    return lower(parse(text))


def _output(lowered: Lowered, **point: float) -> float:
    graph = lowered.graph
    bound = {graph.variables[name]: value for name, value in point.items()}
    return evaluate(graph, graph.reachable([lowered.output]), bound)[lowered.output]


def _operators(text: str) -> list[str]:
    lowered = _lowered(text)
    graph = lowered.graph
    return [graph.operators[node].name for node in graph.reachable([lowered.output])]


FOLDED = [
    ("1/2", 0.5),
    ("3/4", 0.75),
    ("1 + 2", 3.0),
    ("0.5 - 2", -1.5),
    ("3*4", 12.0),
    ("-2", -2.0),
    ("--2", 2.0),
    ("-0", -0.0),
    ("1 + 2*3 - 4/8", 6.5),
    ("1 < 2", 1.0),
    ("1 == 2", 0.0),
    ("0 < 1 < 2", 1.0),
    ("not 0", 1.0),
    ("1 and 2", 1.0),
    ("abs(-3)", 3.0),
    ("floor(2.5)", 2.0),
    ("max(1, 7, 3)", 7.0),
    ("where(1, 2, 3)", 2.0),
    ("1 ? 2 : 3", 2.0),
    ("-inf", float("-inf")),
    ("2^53 - 0", None),
]


@pytest.mark.parametrize(("text", "value"), FOLDED)
def test_what_is_exact_is_folded(text, value):
    lowered = _lowered(text)
    constant = lowered.graph.constants.get(lowered.output)
    assert repr(constant) == repr(value)


KEPT = [
    "1/3",
    "0.1 + 0.2",
    "0.1*3",
    "1e16 + 1",
    "1e308 + 1e308",
    "1e308*10",
    "1e-320/1e10",
    "1/0",
    "-1/0",
    "0/0",
    "0*inf",
    "inf - inf",
    "inf + 1",
    "nan + 1",
    "5e-324/2",
    "sqrt(4)",
    "sin(0)",
    "2^2",
    "exp(0)",
    "3!",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_rounded_or_not_finite_is_kept(text):
    lowered = _lowered(text)
    assert lowered.output not in lowered.graph.constants


def test_a_kept_quotient_still_has_its_value():
    assert _output(_lowered("1/3")) == 1 / 3


NOT_REWRITTEN = [
    ("x*0", ["var", "const", "mul"]),
    ("0*x", ["const", "var", "mul"]),
    ("x - x", ["var", "sub"]),
    ("x/x", ["var", "div"]),
    ("x*1", ["const", "mul", "var"]),
    ("1*x", ["const", "mul", "var"]),
    ("x + 0", ["add", "const", "var"]),
    ("--x", ["neg", "neg", "var"]),
    ("x^0", ["const", "pow", "var"]),
    ("x^1", ["const", "pow", "var"]),
    ("where(x, y, y)", ["var", "var", "where"]),
]


@pytest.mark.parametrize(("text", "operators"), NOT_REWRITTEN)
def test_the_formula_is_kept_as_it_was_written(text, operators):
    assert sorted(_operators(text)) == sorted(operators)


def test_variables_come_first_in_the_order_of_the_text():
    lowered = _lowered("p = sin(b) + 2; f(k) = k*c; a + p*f(b)")
    assert lowered.graph.variables == {"b": 0, "c": 1, "a": 2}


def test_what_is_not_used_stays_out_of_the_output():
    lowered = _lowered("p = sin(b); q = cos(c); p")
    assert _operators("p = sin(b); q = cos(c); p") == ["var", "sin"]
    assert set(lowered.definitions) == {"p", "q"}


def test_definitions_know_their_nodes():
    lowered = _lowered("p = x + y; q = p*z; q^2")
    graph = lowered.graph
    assert graph.operators[lowered.definitions["p"]].name == "add"
    assert graph.arguments[lowered.definitions["q"]] == (lowered.definitions["p"], graph.variables["z"])
    assert lowered.output_name == ""
    assert graph.arguments[lowered.output][0] == lowered.definitions["q"]


def test_a_definition_of_a_name_is_that_node():
    lowered = _lowered("p = x; q = p; q*p")
    assert lowered.definitions == {"p": 0, "q": 0}


SOURCES = [
    ("x + sin(y)", "sin", "sin(y)"),
    ("(x + y) * z", "add", "x + y"),
    ("(x + y) * z", "mul", "(x + y) * z"),
    ("sin(x) + sin(x)", "sin", "sin(x)"),
    ("f(a) = a*a; 1 + f(x)", "mul", "a*a"),
    ("p = x y; p + 1", "mul", "x y"),
    ("0 < x < 2", "and", "0 < x < 2"),
    ("x ? y : 2", "where", "x ? y : 2"),
    ("2 + x²", "pow", "x²"),
]


@pytest.mark.parametrize(("text", "operator", "place"), SOURCES)
def test_nodes_know_where_they_come_from(text, operator, place):
    lowered = _lowered(text)
    (node,) = (n for n, o in enumerate(lowered.graph.operators) if o.name == operator)
    start, end = lowered.span(node) or (0, 0)
    assert text[start:end] == place


def test_every_node_of_a_formula_has_a_place():
    lowered = _lowered("f(a, b) = a^2 + pi b; p = f(x, 3); p > 0 ? p : f(1/3, y)")
    assert all(lowered.span(node) is not None for node in range(len(lowered.graph)))
    assert lowered.span(len(lowered.graph)) is None


def test_variables_stand_where_they_are_first_written():
    lowered = _lowered("f(x) = x + 1; f(x) + x")
    assert lowered.span(lowered.graph.variables["x"]) == (16, 17)


# More about these errors is in test_syntax_errors.
WRONG = [
    ("x = x", "defined by itself"),
    ("a = b; b = c; c = a; a", "a -> b -> c -> a"),
    ("f(x) = f(x); 1", "defined by itself"),
    ("f(x) = p; p = f(1)", "f -> p -> f"),
    ("a = 1; a = 1", "defined twice"),
    ("f(x) = 1; f(x) = 2; 1", "defined twice"),
    ("f(x) = 1; f = 2", "defined twice"),
    ("x; y", "second bare expression"),
    ("exp(x) = 2; 1", "built-in"),
    ("ln(x) = 2; 1", "built-in"),
    ("sine(x)", "no function sine"),
    ("sin(1, 2)", "takes 1 argument, not 2"),
    ("f(x) = x; f()", "takes 1 argument, not 0"),
    ("where(1, 2)", "takes 3 arguments, not 2"),
    ("", "empty"),
    ("f(x) = x", "nothing to compute"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_cannot_be_lowered(text, message):
    with pytest.raises(FormulaError, match=message):
        _lowered(text)


def test_unknown_functions_get_a_guess():
    with pytest.raises(FormulaError) as caught:
        _lowered("area(r) = pi r^2; araea(2)")
    assert caught.value.hint is not None
    assert "did you mean area(...)" in caught.value.hint


def test_a_function_named_like_its_parameter_is_a_circle_too():
    # Three calls deep, so that a lowering without end would show as a wrong message at most.
    with pytest.raises(FormulaError, match="defined by itself"):
        _lowered("f(f) = f + f(f - 1, 2); 1")


def test_definitions_behind_a_function_named_like_a_parameter_are_in_order():
    lowered = _lowered("out = h(2); h(b) = b(1) + b; b(x) = d*x; d = 3; out")
    assert _output(lowered) == 5


def test_doubling_functions_share_their_work():
    chain = "; ".join(f"f{k}(x) = f{k - 1}(x) + f{k - 1}(x)" for k in range(1, 61))
    lowered = _lowered(f"f0(x) = x; {chain}; f60(x)")
    assert len(lowered.graph) == 61
    assert _output(lowered, x=3.0) == 3.0 * 2**60


def test_calls_with_the_same_arguments_are_lowered_once():
    chain = "; ".join(f"f{k}(x) = f{k - 1}(f{k - 1}(x)) - f{k - 1}(x)" for k in range(1, 11))
    lowered = _lowered(f"f0(x) = x + 1; {chain}; f10(x)")
    assert len(lowered.graph) < 5000


COMPOSED = "; ".join(f"f{k}(a) = f{k - 1}(f{k - 1}(a))" for k in range(1, 60))
BRANCHING = "; ".join(f"f{k}(a) = f{k - 1}(a + 1)*f{k - 1}(2*a)" for k in range(1, 60))


def _too_many(text: str, **limit: int) -> bool:
    try:
        lower(parse(text), **limit)
    except FormulaError as error:
        return "operations" in error.message and error.span is not None
    return False


def test_functions_of_functions_are_refused_without_expanding_them():
    start = process_time()
    assert _too_many(f"f0(a) = a*1.01 + 1; {COMPOSED}; f59(x)")
    assert _too_many(f"f0(a) = a*1.01 + 1; {COMPOSED}; y = x + 1; z = f59(y); z + 1")
    assert _too_many(f"f0(a) = sin(a); {COMPOSED}; g(a, b) = b + f59(a); g(x, 1)")
    assert process_time() - start < 1


def test_what_is_shared_or_unused_does_not_count():
    # Sizes of calls, each counted by itself, would grow like Fibonacci's numbers.
    chebyshev = "; ".join(f"t{k}(x) = 2*x*t{k - 1}(x) - t{k - 2}(x)" for k in range(2, 81))
    assert len(_lowered(f"t0(x) = 1; t1(x) = x; {chebyshev}; t80(x)").graph) < 500
    assert len(_lowered(f"f0(a) = a; {COMPOSED}; f59(x)").graph) == 1
    assert len(_lowered(f"f0(a) = a + 1; {COMPOSED}; f5(x)").graph) == 34
    assert len(_lowered(f"f0(a) = a + 1; {COMPOSED}; g(a, b) = b; g(x, x)").graph) == 1


@pytest.mark.parametrize("argument", ["x", "2"])
def test_the_limit_of_operations_holds_while_functions_are_expanded(argument: str):
    assert _too_many(f"f0(a) = a; {BRANCHING}; f59({argument})", most_operations=10_000)
    assert _too_many("+".join(f"x*{k}" for k in range(100)), most_operations=100)
    assert not _too_many("+".join(f"x*{k}" for k in range(100)), most_operations=300)


def test_definitions_in_the_order_of_use_are_many():
    count = 20_000
    text = "\n".join(["a0 = x", *(f"a{k} = a{k - 1} + x" for k in range(1, count))])
    assert _output(_lowered(text), x=1.0) == count


def test_definitions_in_reverse_order_are_many():
    # Looking through the whole path at every step would take a minute here.
    count = 20_000
    lines = ["a0 = x", *(f"a{k} = a{k - 1} + x" for k in range(1, count))]
    assert _output(_lowered("\n".join([*reversed(lines), f"a{count - 1}"])), x=1.0) == count


def test_long_circles_are_found():
    count = 2_000
    lines = [f"a{k} = a{(k + 1) % count}" for k in range(count)]
    with pytest.raises(FormulaError, match="a0 is defined by itself"):
        _lowered("\n".join(lines))


def test_deep_calls_need_no_recursion():
    count = 5_000
    chain = "; ".join(f"f{k}(x) = 1 + f{k - 1}(x)" for k in range(1, count))
    assert _output(_lowered(f"f0(x) = x; {chain}; f{count - 1}(x)"), x=1.0) == count


def _parts(text: str) -> list[tuple[str, list[str]]]:
    """What each part stands for in the text, and the operators of its nodes."""
    lowered = _lowered(text)
    graph, found = lowered.graph, []
    for part in lowered.parts:
        start, end = lowered.tree.span(part.source)
        label = "statement" if part.is_statement else lowered.tree.text[start:end]
        made = range(part.first, part.end)
        found.append((label, [graph.operators[node].name for node in made if graph.arguments[node]]))
    return found


def test_parts_are_what_calls_and_statements_have_made():
    assert _parts("f(a) = sin(a)*a; q = f(x) + 1; q*f(y)") == [
        ("f(x)", ["sin", "mul"]),
        ("statement", ["sin", "mul", "add"]),
        ("f(y)", ["sin", "mul"]),
        ("statement", ["sin", "mul", "mul"]),
    ]
    assert _parts("x + y") == []
    assert _parts("f(a) = a; f(x)*f(x)") == []


def test_a_call_that_is_there_already_makes_no_part():
    assert [label for label, _ in _parts("f(a) = sin(a)*a; f(x) + f(x)^2")] == ["f(x)", "statement"]


def test_parts_of_forms():
    labels = [label for label, _ in _parts("f(a) = diff(a^3, a); sum(i, 1, 3, x^i) + f(x) + f(y)")]
    assert labels[0] == "sum(i, 1, 3, x^i)"
    assert labels[-3:] == ["f(x)", "f(y)", "statement"]


def test_parts_lie_inside_each_other_or_apart():
    text = (
        "g(a) = a^2 + a; f(a, b) = g(a)*g(b) + 3*a; q = f(x, y); r = sum(i, 1, 3, g(q*i)); f(q, r) + r"
    )
    lowered = _lowered(text)
    graph, parts = lowered.graph, lowered.parts
    for position, part in enumerate(parts):
        assert 0 <= part.first < part.end - 1 < len(graph)
        for later in parts[position + 1 :]:
            inside = later.first <= part.first and part.end <= later.end
            assert inside or part.end <= later.first
        for node in range(part.first, part.end):
            assert all(argument < part.end for argument in graph.arguments[node])
