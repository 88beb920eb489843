"""Values of a formula's names: every way to give one, and what is said when it goes wrong."""

import itertools
import json
import math

import pytest
from command import carets, evaluated, failed, get, quick, refused, run

VALUES = {
    "2": 2.0,
    "-1e-3": -1e-3,
    "-.5": -0.5,
    "1_000": 1000.0,
    "-sqrt(2)": -math.sqrt(2),
    "pi/2": math.pi / 2,
    "2*pi - 1": 2 * math.pi - 1,
    "-2^2": -4.0,
    "1e-320": 1e-320,
    "0.1": 0.1,
    "-0": -0.0,
    "√2": math.sqrt(2),
    "  3  ": 3.0,
    "+4": 4.0,
    "9007199254740993": 9007199254740992.0,
    "a = 1; a + 1": 2.0,
    "--5": 5.0,
}


@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_value_forms(text, value):
    forms = [["--x", text], [f"--x={text}"], [f"x={text}"], ["--set", f"x={text}"], [f"--set=x={text}"]]
    for form in forms:
        for arguments in (["x", *form], [*form, "x"]):
            (got,) = get(*arguments, "--get", "value")
            assert got == value
            assert math.copysign(1, got) == math.copysign(1, value)


def test_values_in_a_process():
    ran = run("eval", "--z", "-4", "(x+y)*z", "--x", "-1e-3", "y=5", "--get", "value,d.z")
    assert ran == (0, f"{(-1e-3 + 5) * -4!r}\n{-1e-3 + 5!r}\n", "")


@pytest.mark.parametrize("form", [["--x", "-inf"], ["--x=-inf"], ["x=-inf"], ["--set", "x=-inf"]])
def test_infinite_value(form):
    assert get("x", *form, "--allow-nonfinite", "--get", "value") == [-math.inf]
    assert "the result is -inf" in refused("x", *form, code=4)
    assert get("exp(x)", *form, "--get", "value") == [0]


def test_nan_value():
    (value,) = get("x", "--x", "nan", "--allow-nonfinite", "--get", "value")
    assert math.isnan(value)


def test_formula_that_begins_with_a_sign():
    assert get("-x", "--x", "2", "--get", "value,d.x") == [-2, -1]
    assert get("--x", "2", "-x+y", "y=3", "--get", "value") == [1]
    assert get("-3", "--get", "value") == [-3]
    assert get("--x", "2", "--get", "value", "--", "-x") == [-2]
    assert get("--get", "value", "--", "--x", "x=3") == [3]  # minus minus x


def test_two_dashes_end_the_options():
    assert "there is no option --all" in refused("x", "--", "--all", "x=2")
    ran = quick("eval", "--get", "value", "--", "x", "x=2")
    assert ran == (0, "2\n", "")


def test_formula_may_be_a_definition():
    assert get("y = 3", "--get", "value") == [3]
    assert get("y = 3*x", "x=4", "--get", "value") == [12]
    assert "x is defined in the formula" in refused("--x", "4", "x=3")


def test_words_that_are_values_before_a_formula():
    assert get("x=4", "3*x", "--get", "value") == [12]
    assert get("x = 4", "y= 5", "x*y", "--get", "value") == [20]


def test_comparison_is_no_value():
    assert get("x==4", "x=4", "--get", "value") == [1]


@pytest.mark.parametrize(
    "name", ["json", "format", "wrt", "set", "help", "all", "color", "get", "params"]
)
def test_variables_named_like_options(name):
    assert get(f"{name}^2", f"{name}=3", "--get", f"value,d.{name}") == [9, 6]
    assert get(f"{name}^2", "--set", f"{name}=3", "--get", f"value,d.{name}") == [9, 6]


def test_help_for_a_variable_named_like_an_option():
    error = failed("json + 1", "--json")
    assert error["code"] == "usage"
    assert "json=VALUE" in error["hint"]


@pytest.mark.parametrize("name", ["pi", "e", "tau", "inf", "nan", "π"])
def test_reserved_constant_shadowed(name):
    ran = quick("eval", f"{name}*x", f"--{name}", "3", "x=2", "--get", f"value,d.{name}")
    assert (ran.code, ran.out) == (0, "6\n2\n")
    assert ran.err.startswith(f"warning: {name} is the value given")
    assert carets(ran.err) == name
    (warning,) = evaluated(f"{name}*x", f"--{name}", "3", "x=2")["warnings"]
    assert warning["code"] == "shadowed"
    assert warning["span"] == [0, len(name)]
    assert warning["node"] == 0


def test_reserved_constant_that_is_not_used():
    assert "no variable pi" in refused("x", "--pi", "3", "x=2")


def test_unknown_name():
    assert "did you mean alpha?" in refused("alpha*x", "--x", "2", "--alpah", "3")
    assert "did you mean x?" in refused("x", "--X", "2")
    assert "did you mean --format?" in refused("x", "--x", "2", "--formt", "json")
    assert "did you mean --json?" in refused("x", "--x", "2", "--jso", "1")
    assert "did you mean --allow-nonfinite?" in refused("x", "--x", "2", "--allow-nonfinit")
    assert "its variables are x, y" in refused("x*y", "--x", "2", "--y", "3", "--blimp", "4")
    assert "no variables" in refused("3", "--blimp", "4")
    assert "no variable foo" in refused("x", "x=1", "foo=2")


@pytest.mark.parametrize("name", ["foo", "fog", "doll"])
def test_unknown_name_unlike_any_option(name):
    assert "did you mean --" not in refused("x", "--x", "2", f"--{name}", "4")


def test_unknown_name_before_a_missing_one():
    assert "did you mean alpha?" in refused("alpha*x", "--x", "2", "--alhpa", "3")


def test_missing_names():
    said = refused("(x+y)*z", "--x", "2")
    assert said.startswith("error: no value for y, z\n")
    assert carets(said) == "y"
    assert failed("(x+y)*z", "--x", "2")["span"] == [3, 4]
    assert failed("(x+y)*z", "--x", "2")["hint"].startswith("give it as --y VALUE")


@pytest.mark.parametrize(
    ("formula", "place", "hint"),
    [
        ("2 + cosx", "cosx", "cos(x)"),
        ("sin x", "sin", "sin("),
        ("expx*2", "expx", "exp(x)"),
        ("lnx", "lnx", "ln(x)"),
    ],
)
def test_missing_name_that_is_a_function(formula, place, hint):
    said = refused(formula)
    assert carets(said) == place
    assert hint in said
    start, end = failed(formula)["span"]
    assert formula[start:end] == place


FORMS = [["--x", "1"], ["--x=1"], ["x=1"], ["--set", "x=1"], ["--set=x=1"]]


@pytest.mark.parametrize(("first", "second"), list(itertools.product(FORMS, FORMS)))
def test_name_given_twice(first, second):
    for arguments in (["x", *first, *second], [*first, "x", *second], [*first, *second, "x"]):
        assert refused(*arguments).startswith("error: x is given twice")


def test_value_missing():
    assert refused("x", "--x").startswith("error: --x has no value")
    assert refused("x+y", "--x", "--y", "5").startswith("error: --x has no value")
    assert refused("x+y", "--y=5", "--x").startswith("error: --x has no value")
    assert refused("x", "--jsn").splitlines()[-1] == "hint: did you mean --json?"


@pytest.mark.parametrize("form", [["--x", ""], ["--x="], ["x="], ["--set", "x="], ["x=  "]])
def test_value_empty(form):
    assert "the value of x" in refused("x", *form)


@pytest.mark.parametrize("option", ["--set", "--params", "--digits", "--format", "--wrt", "--get"])
def test_option_without_its_value(option):
    said = refused("x", "--x", "1", option)
    assert option in said.splitlines()[0]
    assert "--" not in said.splitlines()[0].replace(option, "").replace("'", " ").split()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("y", "y"),
        ("2*", ""),
        ("2 + foo(3)", "foo"),
        ("1e999", "1e999"),
        ("1/0", "1/0"),
        ("sqrt(-1)", "sqrt(-1)"),
        ("1 %", "%"),
        ("[1,2]", "["),
        ("1;2", "2"),
        ("true", "true"),
        ("-y", "y"),
    ],
)
def test_value_that_cannot_be_read(text, place):
    said = refused("x", f"--x={text}")
    assert said.startswith("error: the value of x cannot be read: ")
    assert carets(said) == place
    start, end = failed("x", f"--x={text}")["span"]
    assert text[start:end] == place


def test_value_too_large_in_digits_only():
    # With an exponent, 1e999, it is refused.
    assert "too large" in refused("x", "--x", "1" * 400)


def test_value_from_a_file_is_to_come():
    assert "--params" in refused("x", "--x", "@x.npy")


def test_unicode_names():
    assert get("θ*λ", "--θ", "2", "λ=3", "--get", "value,d.θ,d.λ") == [6, 3, 2]
    assert get("漢字^2", "--漢字=3", "--get", "d.漢字") == [6]
    assert run("eval", "θ*λ", "--θ", "2", "λ=3", "--get", "d.λ") == (0, "2\n", "")
    assert "θ is given twice" in refused("θ", "--θ", "2", "θ=3")


@pytest.mark.parametrize("form", [["--µ", "2"], ["--µ=2"], ["µ=2"], ["--set", "µ=2"]])
def test_unicode_names_are_normalized(form):
    # U+00B5, the micro sign of keyboards, is U+03BC in NFKC.
    assert get("µ + 1", *form, "--get", "value") == [3]


def test_unicode_names_are_normalized_in_options():
    assert get("µ^2", "--μ", "3", "--wrt", "µ", "--get", "d.µ") == [6]


def test_definition_given_as_a_value():
    said = refused("f = x; g = f + 1", "--f", "2", "--x", "2")
    assert said.startswith("error: f is defined in the formula")
    assert "f(x)" not in said
    said = refused("f(x) = x; f(y)", "--f", "2", "--y", "2")
    assert said.startswith("error: ")


def test_definition_given_as_a_value_points_at_the_name():
    assert carets(refused("f = x + 1; g = f + 1", "--f", "2", "--x", "2")) == "f"


class TestParameterFile:
    """Values in a JSON file."""

    @pytest.fixture
    def write(self, tmp_path):
        def write(text: str | bytes) -> str:
            path = tmp_path / "params.json"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            return str(path)

        return write

    def test_numbers_and_expressions(self, write):
        path = write('{"x": 2, "y": -1.5e0, "z": "pi/2", "unused": 7}')
        assert get("x*y*z", "--params", path, "--get", "value") == [2 * -1.5 * (math.pi / 2)]

    def test_command_line_wins(self, write):
        path = write('{"x": 2, "y": 3}')
        for form in FORMS:
            assert get("x*y", "--params", path, *form, "--get", "value") == [3]
            assert get(*form, "--params", path, "x*y", "--get", "value") == [3]

    @pytest.mark.parametrize(
        ("spelled", "value"),
        [
            ('"Infinity"', math.inf),
            ('"-Infinity"', -math.inf),
            ('"inf"', math.inf),
            ('"-inf"', -math.inf),
        ],
    )
    def test_infinities(self, write, spelled, value):
        path = write(f'{{"x": {spelled}}}')
        assert get("x", "--params", path, "--get", "value", "--allow-nonfinite") == [value]

    def test_numbers_are_read_as_on_the_command_line(self, write):
        assert "too large" in refused("x", "--params", write('{"x": 1e999}'))

    def test_nan(self, write):
        path = write('{"x": "NaN"}')
        assert evaluated("x", "--params", path, "--allow-nonfinite")["value"] == "NaN"

    def test_own_output_reads_back(self, write):
        result = evaluated("x*y*z", "x=0.1", "y=-inf", "z=1e-320", "--allow-nonfinite")
        again = write(json.dumps(result["inputs"]))
        assert evaluated("x*y*z", "--params", again, "--allow-nonfinite") == result

    @pytest.mark.parametrize("text", ["", "{", '{"x": 2,}', "x=2", "{x: 2}", "\x00", "[" * 100_000])
    def test_not_json(self, write, text):
        said = refused("x", "--params", write(text))
        assert "is not JSON" in said
        assert said.count("\n") == 2

    @pytest.mark.parametrize("text", ["[1, 2]", "2", '"x"', "null", "true"])
    def test_no_object(self, write, text):
        assert "holds no object" in refused("x", "--params", write(text))

    @pytest.mark.parametrize("text", ["true", "false", "null", "[1]", "{}"])
    def test_no_number(self, write, text):
        assert "x in" in refused("x", "--params", write(f'{{"x": {text}}}'))

    @pytest.mark.parametrize("text", ["pi/", "y", "", "hello world"])
    def test_no_constant_expression(self, write, text):
        assert "the value of x" in refused("x", "--params", write(json.dumps({"x": text})))

    def test_byte_order_mark(self, write):
        assert get("x", "--params", write(b'\xef\xbb\xbf{"x": 2}'), "--get", "value") == [2]

    def test_not_utf8(self, write, tmp_path, monkeypatch):
        write(b'{"x": "\xff"}')
        monkeypatch.chdir(tmp_path)
        assert "params.json is not JSON" in refused("x", "--params", "params.json")

    def test_missing_file_and_directory(self, tmp_path):
        assert "cannot read" in refused("x", "--params", str(tmp_path / "none"), code=1)
        assert "cannot read" in refused("x", "--params", str(tmp_path), code=1)

    def test_reserved_constant(self, write):
        ran = quick("eval", "e*x", "--params", write('{"e": 3, "x": 2}'), "--get", "value")
        assert (ran.code, ran.out) == (0, "6\n")
        assert ran.err.startswith("warning: e is the value given")

    def test_reserved_constant_that_is_not_used(self, write):
        ran = quick("eval", "x", "--params", write('{"e": 3, "x": 2}'), "--get", "value")
        assert ran == (0, "2\n", "")

    def test_whole_number_of_many_digits(self, write):
        assert refused("x", "--params", write(f'{{"x": {"1" * 5000}}}'))

    def test_whole_number_beyond_the_floats(self, write):
        ran = quick("eval", "x", "--params", write(f'{{"x": {"1" * 400}}}'), "--get", "value")
        assert ran.code in (2, 4)

    def test_what_is_not_asked_for_need_not_be_a_number(self, write):
        path = write('{"x": 2, "comment": "measured on Monday", "flags": [true]}')
        assert get("x", "--params", path, "--get", "value") == [2]

    def test_names_are_normalized(self, write):
        assert get("µ", "--params", write('{"µ": 2}'), "--get", "value") == [2]


class TestFormulaFromElsewhere:
    """`@file` and `-`."""

    @pytest.mark.parametrize(
        ("content", "value"),
        [
            (b"x^2", 9),
            (b"x^2\n", 9),
            (b"\xef\xbb\xbfx^2\n", 9),
            (b"a = x^2\r\nb = a*\r\n   2\r\n", 18),
            (b"# a comment\n\n\na = x^2 # more\na\n", 9),
            ("θ = x; θ²".encode(), 9),
            (b"-x", -3),
        ],
    )
    def test_reads(self, tmp_path, content, value):
        path = tmp_path / "formula.txt"
        path.write_bytes(content)
        assert get(f"@{path}", "x=3", "--get", "value") == [value]
        ran = quick("eval", "-", "x=3", "--get", "value", stdin=content)
        assert (ran.code, float(ran.out)) == (0, value)

    def test_in_a_process(self, tmp_path):
        path = tmp_path / "die Formel.txt"
        path.write_bytes(b"\xef\xbb\xbfx*2\r\n")
        assert run("eval", "@die Formel.txt", "x=3", "--get", "value", cwd=tmp_path) == (0, "6\n", "")
        assert run("eval", "--x", "3", "-", "--get", "value", stdin=b"x*2\n") == (0, "6\n", "")

    def test_byte_order_mark_does_not_shift_spans(self, tmp_path):
        path = tmp_path / "formula.txt"
        path.write_bytes(b"\xef\xbb\xbfx + %")
        assert failed(f"@{path}", "x=3")["span"] == [4, 5]

    def test_standard_input_keeps_line_ends(self):
        ran = quick("eval", "-", "x=3", stdin=b"a = x\r\nb = a +\r\n %")
        assert ran.code == 3
        assert "line 3:" in ran.err
        assert carets(ran.err) == "%"

    @pytest.mark.parametrize("content", [b"a = 2\r\na*x", b"a = 2\r\n\r\nb = a*x\r\n", b"a = 2\ra*x"])
    def test_file_and_standard_input_are_read_alike(self, tmp_path, content):
        path = tmp_path / "formula.txt"
        path.write_bytes(content)
        file = quick("eval", f"@{path}", "x=3", "--json")
        assert quick("eval", "-", "x=3", "--json", stdin=content) == file

    @pytest.mark.parametrize("content", [b"x + \xff", b"\xff\xfex\x00", b"\xc3"])
    def test_not_utf8(self, tmp_path, content):
        path = tmp_path / "formula.txt"
        path.write_bytes(content)
        assert "UTF-8" in refused(f"@{path}", code=1)
        ran = quick("eval", "-", stdin=content)
        assert ran.code == 1
        assert "standard input is not UTF-8" in ran.err

    def test_missing_file_and_directory(self, tmp_path):
        assert "No such file" in refused(f"@{tmp_path / 'none'}", code=1)
        assert "directory" in refused(f"@{tmp_path}", code=1)

    def test_empty(self, tmp_path):
        path = tmp_path / "formula.txt"
        for content in (b"", b"\n", b"# only a comment\n"):
            path.write_bytes(content)
            assert "the formula is empty" in refused(f"@{path}", code=3)
            assert quick("eval", "-", stdin=content).code == 3

    def test_no_file_name(self):
        said = refused("@", code=2)
        assert "standard input" not in said
        assert "directory" not in said

    def test_not_utf8_on_the_command_line(self):
        assert run("eval", b"x + \xff", "x=1").code == 2
        assert run("eval", "x", b"--x=\xff").code == 2
        assert run("eval", "x", b"--\xff=1", "x=1").code == 2
        assert run("eval", b"@\xff").code == 1


def test_no_value_needed():
    assert get("2 + 3", "--get", "value") == [5]


def test_several_formulas():
    said = refused("x", "+", "y", "x=1", "y=2")
    assert said.startswith("error: there are 3 formulas: x and + and y")
    assert "quotes" in said
