"""The formats: the same numbers in each, and each as its readers expect it."""

import csv
import io
import json
import math
import re

import pytest
from command import at_terminal, evaluated, quick, refused, run, strict_json

POINT = ("x=2", "y=5", "z=-4", "w=0.1")
FORMULAS = [
    "(x+y)*z",
    "sin(x)^2 + cos(x*y)*exp(z)/3",
    "q = x + y; f = q*z + q; f",
    "a = x^2; b = a - y; c = a*b; c/w",
    "x",
    "7",
    "1/3",
    "pi*x^2",
    "max(x, y, z) + where(x < y, z, w)",
    "x < y and y > z or not (z == w)",
    "x*1e300*1e5*w + y*1e-310",
    "hypot(x, y) - atan2(y, x)! * 0 + z".replace("!", ""),
    "f(u, v) = u*v + u; f(x, f(y, z))",
    "-x - -y + +z",
]
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def used(formula):
    """The values for the names that a formula has."""
    return [value for value in POINT if re.search(rf"\b{value[0]}\b", formula)]


def numbers_of(result):
    """{node: (value, derivative)} of an evaluation's JSON, constants left out."""
    return {
        node["name"]: (node["value"], node["adjoint"])
        for node in result["nodes"]
        if node["op"] != "const" or node["id"] == len(result["nodes"]) - 1
    }


def as_number(text):
    return None if text == "" else float(text)


def to_15_digits(number):
    return None if number is None else float(f"{number:.15g}")


@pytest.mark.parametrize("formula", FORMULAS)
def test_formats_agree(formula):
    arguments = ["eval", formula, *used(formula), "--allow-nonfinite"]
    result = strict_json(quick(*arguments, "--json").out)
    wanted = numbers_of(result)

    plain = [line.split("\t") for line in quick(*arguments, "--format", "plain").out.splitlines()]
    rows = list(csv.reader(io.StringIO(quick(*arguments, "--format", "csv").out)))
    assert rows == plain
    assert rows[0] == ["node", "expression", "value", rows[0][3]]
    assert {row[0]: (as_number(row[2]), as_number(row[3])) for row in rows[1:]} == wanted

    people = {name: tuple(map(to_15_digits, numbers)) for name, numbers in wanted.items()}
    markdown = quick(*arguments, "--format", "markdown", "--digits", "15").out.splitlines()
    assert markdown[1] == "| --- | --- | ---: | ---: |"
    cells = [[cell.strip().strip("`") for cell in line.strip("|").split(" | ")] for line in markdown[2:]]
    assert {row[0]: (as_number(row[2]), as_number(row[3])) for row in cells} == people

    for form in ("table", "tree"):
        text = quick(*arguments, "--format", form, "--digits", "15", "--all").out
        found = {float(number) for number in re.findall(r"(?<![\w.])-?[\d.]+(?:e[+-]?\d+)?(?!\w)", text)}
        for value, derivative in people.values():
            assert value in found
            assert derivative is None or derivative in found


@pytest.mark.parametrize("formula", FORMULAS)
def test_json_schema(formula):
    result = evaluated(formula, *used(formula))
    assert list(result) == [
        "schema",
        "expression",
        "parsed",
        "inputs",
        "value",
        "error_estimate",
        "gradient",
        "differentiable",
        "one_sided",
        "nodes",
        "warnings",
    ]
    assert result["schema"] == "autodiff.eval/1"
    assert result["expression"] == formula
    assert isinstance(result["value"], float)
    assert isinstance(result["error_estimate"], float)
    assert result["error_estimate"] >= 0
    assert result["gradient"].keys() == result["inputs"].keys()
    assert list(result["gradient"]) == list(result["inputs"])
    assert list(result["differentiable"]) == list(result["inputs"])
    kinks = {
        name for name, is_differentiable in result["differentiable"].items() if not is_differentiable
    }
    assert result["one_sided"].keys() == kinks
    nodes = result["nodes"]
    for position, node in enumerate(nodes):
        assert list(node) == ["id", "name", "op", "args", "value", "adjoint", "partials", "span"]
        assert node["id"] == position
        assert all(argument < position for argument in node["args"])
        assert len(node["partials"]) == len(node["args"])
        assert (node["op"] in ("var", "const")) == (node["args"] == [])
        assert (node["adjoint"] is None) == (node["op"] == "const")
        start, end = node["span"]
        assert 0 <= start < end <= len(formula)
        for argument, partial in zip(node["args"], node["partials"], strict=True):
            assert (partial is None) == (nodes[argument]["op"] == "const")
        if node["op"] == "var":
            assert formula[start:end] == node["name"]
            assert result["inputs"][node["name"]] == node["value"]
            assert result["gradient"][node["name"]] == node["adjoint"]
    names = [node["name"] for node in nodes]
    assert len(set(names)) == len(names)
    keys = [(node["op"], tuple(node["args"]), node["name"]) for node in nodes]
    assert len(set(keys)) == len(keys)
    assert nodes[-1]["value"] == result["value"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_adjoints_follow_from_partials(formula):
    nodes = evaluated(formula, *used(formula))["nodes"]
    arrived = [0.0] * len(nodes)
    arrived[-1] = 1.0
    for node in reversed(nodes):
        for argument, partial in zip(node["args"], node["partials"], strict=True):
            if partial is not None:
                arrived[argument] += arrived[node["id"]] * partial
    for node in nodes:
        if node["adjoint"] is not None:
            assert math.isclose(node["adjoint"], arrived[node["id"]], rel_tol=1e-12, abs_tol=1e-300)


def test_json_of_the_textbook():
    result = evaluated("(x+y)*z", "x=2", "y=5", "z=-4")
    assert result["parsed"] == "(x + y)*z"
    assert result["inputs"] == {"x": 2, "y": 5, "z": -4}
    assert result["value"] == -28
    assert result["gradient"] == {"x": -4, "y": -4, "z": 7}
    assert result["nodes"][0] == {
        "id": 0,
        "name": "x",
        "op": "var",
        "args": [],
        "value": 2,
        "adjoint": -4,
        "partials": [],
        "span": [1, 2],
    }
    assert result["nodes"][3] == {
        "id": 3,
        "name": "v1",
        "op": "add",
        "args": [0, 1],
        "value": 7,
        "adjoint": -4,
        "partials": [1, 1],
        "span": [1, 4],
    }
    assert result["nodes"][4]["span"] == [0, 7]
    assert result["warnings"] == []


def test_json_shared_nodes_come_once():
    nodes = evaluated("(x+y)^2 + (x+y)*(x+y)", "x=2", "y=5")["nodes"]
    assert [node["op"] for node in nodes].count("add") == 2
    assert nodes[2]["args"] == [0, 1] or any(node["args"] == [0, 1] for node in nodes)


def test_json_warnings():
    ran = quick("eval", "abs(x) + abs(y)", "x=0", "y=1", "--json")
    assert ran.err == ""
    (warning,) = strict_json(ran.out)["warnings"]
    assert list(warning) == ["code", "node", "span", "message"]
    assert warning["code"] == "kink"
    assert warning["span"] == [0, 6]
    node = strict_json(ran.out)["nodes"][warning["node"]]
    assert node["op"] == "abs"
    assert node["span"] == [0, 6]


def test_json_has_no_bare_nonfinite():
    formula = "a = x*y; b = log(x); c = sqrt(-y); a + b*0 + c"
    for x, y in (("0", "inf"), ("nan", "1"), ("-inf", "0"), ("1e308", "1e308")):
        ran = quick("eval", formula, f"x={x}", f"y={y}", "--json", "--allow-nonfinite")
        assert ran.code == 0
        strict_json(ran.out)
    result = evaluated("x + y", "x=inf", "y=-inf", "--allow-nonfinite")
    assert result["inputs"] == {"x": "Infinity", "y": "-Infinity"}
    assert result["value"] == "NaN"


def test_json_keeps_what_was_typed():
    formula = 'θ·x²  # [red] :smile: "quoted" \\ \t end\n'
    result = evaluated(formula, "θ=2", "x=3")
    assert result["expression"] == formula
    assert result["parsed"] == "θ*x^2"
    assert result["value"] == 18


def test_json_parsed_reads_back():
    for formula in FORMULAS:
        values = used(formula)
        result = evaluated(formula, *values)
        again = evaluated(result["parsed"], *values)
        assert again["parsed"] == result["parsed"]
        for key in ("value", "gradient", "error_estimate"):
            assert again[key] == result[key]


@pytest.mark.parametrize("formula", FORMULAS)
def test_numbers_are_shortest_round_trip(formula):
    arguments = ["eval", formula, *used(formula), "--format"]
    for line in quick(*arguments, "plain").out.splitlines()[1:]:
        for number in line.split("\t")[2:]:
            assert number == "" or number == repr(float(number)).removesuffix(".0")
    text = quick(*arguments, "json").out
    for number in re.findall(r'"value": (-?[\d.e+-]+)', text):
        assert number == repr(float(number))


def test_plain():
    out = quick("eval", "q = x + y; f = q*z", "x=2", "y=5", "z=-4", "--format", "plain").out
    assert out == (
        "node\texpression\tvalue\td f\n"
        "x\t\t2\t-4\n"
        "y\t\t5\t-4\n"
        "z\t\t-4\t7\n"
        "q\tx + y\t7\t-4\n"
        "f\tq*z\t-28\t1\n"
    )


def test_plain_is_never_cut():
    name = "a_name_that_is_longer_than_any_terminal_is_wide_" * 5
    terms = "+".join(f"{name}{i}" for i in range(60))
    values = [f"{name}{i}={i}" for i in range(60)]
    ran = run("eval", f"max({terms.replace('+', ', ')})", *values, env={"COLUMNS": "40"})
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 62
    assert all(line.count("\t") == 3 for line in ran.out.splitlines())
    assert f"{name}0, {name}1" in ran.out
    many = "+".join(f"sin({i}*x)" for i in range(1, 400))
    for form in ("plain", "csv", "markdown"):
        lines = quick("eval", many, "x=1", "--format", form).out.splitlines()
        assert len(lines) > 1190


def test_plain_in_a_pipe_and_table_at_a_terminal():
    arguments = ["eval", "(x+y)*z", "--x", "2", "--y", "5", "--z", "-4"]
    assert run(*arguments) == run(*arguments, "--format", "plain")
    shown = at_terminal(*arguments, "--color", "never")
    assert shown.out == at_terminal(*arguments, "--color", "never", "--format", "table").out
    assert "\t" not in shown.out
    assert at_terminal(*arguments, "--format", "plain").out == run(*arguments).out


def test_markdown_escapes_bars():
    lines = quick("eval", "x || y", "x=1", "y=0", "--format", "markdown").out.splitlines()
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 5 for line in lines)


def test_csv_has_plain_line_ends():
    ran = run("eval", "max(x, y)", "x=1", "y=0", "--format", "csv")
    assert "\r" not in ran.out
    assert '"max(x, y)"' in ran.out


MARKUP = ["[red]", "[/red]", "[bold]x[/bold]", ":smile:", "[link=http://a]b[/link]", "[[1]]"]


@pytest.mark.parametrize("text", MARKUP)
def test_markup_in_a_comment_is_text(text):
    formula = f"x + y  # {text}"
    for form in ("table", "tree", "plain", "csv", "markdown"):
        assert quick("eval", formula, "x=1", "y=2", "--format", form).code == 0
    assert evaluated(formula, "x=1", "y=2")["expression"] == formula
    assert text in refused(formula, "x=1")  # the excerpt shows the line


@pytest.mark.parametrize("text", MARKUP)
def test_markup_in_errors_is_text(text):
    assert text in refused(text, code=3).splitlines()[1]
    assert text in refused("x", f"--x={text}").splitlines()[1]
    assert text in refused("x", "x=1", "--get", text)
    assert text in refused("x", "x=1", "--format", text)
    assert text in refused("x", "--set", text)
    assert text in refused(f"@{text}", code=1)


CONTROLS = ["\x1b[31m", "\x07", "\x08", "\x7f", "\r", "\x9b31m", "\u202e", "\x00", "\u2028", "\u200b"]


@pytest.mark.parametrize("text", CONTROLS)
def test_control_characters_are_not_shown_in_excerpts(text):
    for arguments in (
        [f"x + y # {text} comment", "x=1"],
        [f"x + % # {text} comment", "x=1"],
        ["x", f"--x=y # {text}"],
    ):
        said = quick("eval", *arguments).err
        assert said.startswith("error: ")
        assert text[0] not in said


@pytest.mark.parametrize("text", ["\x1b[31m", "\x07", "\x9b31m", "\u202e"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["eval", "x + {}"],
        ["eval", "x", "--x={}"],
        ["eval", "x", "--set", "{}"],
        ["eval", "x", "x=1", "--get", "{}"],
        ["eval", "x", "x=1", "y", "{}"],
        ["eval", "@{}"],
        ["eval", "x", "x=1", "--params", "{}"],
        ["eval", "x", "x=1", "--wrt", "{}"],
    ],
)
def test_control_characters_are_not_shown_in_messages(arguments, text):
    said = quick(*(argument.replace("{}", text) for argument in arguments)).err
    assert said.startswith("error: ")
    assert text[0] not in said


def test_control_characters_in_json_errors_are_escaped():
    err = quick("eval", "x + \x1b[31m\x07", "--json").err
    assert "\x1b" not in err
    assert "\x07" not in err
    assert json.loads(err)["error"]["span"] == [4, 5]


@pytest.mark.parametrize("form", ["plain", "json", "tree"])
def test_narrow_encoding(form):
    ran = run("eval", "θ^2 + é", "--θ", "2", "é=1", "--format", form, env={"PYTHONIOENCODING": "ascii"})
    assert ran.code in (0, 1)
    if ran.code == 0 and form == "json":
        assert strict_json(ran.out)["inputs"] == {"θ": 2, "é": 1}


def test_names_in_markup():
    # Names are letters, digits and underscores: what is left for Rich is the emoji code.
    out = run("eval", "q ? smile : x", "q=1", "smile=2", "x=3", "--format", "table", "--color", "always")
    assert "smile" in ANSI.sub("", out.out)
