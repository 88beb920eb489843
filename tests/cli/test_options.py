"""Every option, alone and together with others."""

import re

import pytest
from command import at_terminal, carets, evaluated, failed, get, quick, refused, run

Q = ("q = x + y; f = q*z", "--x", "2", "--y", "5", "--z", "-4")
OPTIONS = (
    "--set",
    "--params",
    "--wrt",
    "--output",
    "--format",
    "--json",
    "--get",
    "--order",
    "--direction",
    "--mode",
    "--certify",
    "--constants",
    "--digits",
    "--time-limit",
    "--max-bits",
    "--max-size",
    "--max-operations",
    "--all",
    "--color",
    "--allow-nonfinite",
    "--help",
)


class TestWrt:
    """Along which names there are derivatives."""

    def test_default_is_every_variable(self):
        assert evaluated(*Q)["gradient"] == {"x": -4, "y": -4, "z": 7}

    def test_several(self):
        for arguments in (
            ["--wrt", "z,x"],
            ["--wrt", " z , x "],
            ["--wrt", "z", "--wrt", "x"],
            ["--wrt=z,x"],
            ["--wrt", "z,x,z"],
        ):
            gradient = evaluated(*Q, *arguments)["gradient"]
            assert list(gradient.items()) == [("z", 7), ("x", -4)]

    def test_definition(self):
        assert evaluated(*Q, "--wrt", "q,f")["gradient"] == {"q": -4, "f": 1}
        assert get(*Q, "--wrt", "q", "--get", "d.q") == [-4]

    def test_name_the_output_does_not_depend_on(self):
        assert evaluated("f = x; g = y; f", "x=1", "y=2", "--wrt", "x")["gradient"] == {"x": 1}
        result = quick("eval", "y; f = x", "x=1", "y=2", "--wrt", "x,y", "--json")
        assert result.code == 0
        assert evaluated("y; f = x", "x=1", "y=2", "--wrt", "x,y")["gradient"] == {"x": 0, "y": 1}

    def test_inputs_left_out_have_no_derivative_in_rows(self):
        rows = [line.split("\t") for line in quick("eval", *Q, "--wrt", "x").out.splitlines()]
        derivatives = {row[0]: row[3] for row in rows}
        assert derivatives["x"] == "-4"
        assert derivatives["y"] == derivatives["z"] == ""

    def test_unknown(self):
        assert "the formula has no w" in refused(*Q, "--wrt", "x,w")
        assert "did you mean x?" in refused(*Q, "--wrt", "X")
        assert failed(*Q, "--wrt", "v1")["code"] == "usage"
        assert "no pi" in refused("pi*x", "x=1", "--wrt", "pi")

    @pytest.mark.parametrize("option", ["--wrt", "--output", "--get"])
    @pytest.mark.parametrize("names", ["", ",", " "])
    def test_no_name(self, option, names):
        assert option in refused(*Q, option, names)


class TestOutput:
    """Definitions as outputs."""

    def test_one(self):
        result = evaluated(*Q, "--output", "q")
        assert result["value"] == 7
        assert result["gradient"] == {"x": 1, "y": 1}
        assert result["inputs"] == {"x": 2, "y": 5}
        assert [node["name"] for node in result["nodes"]] == ["x", "y", "q"]

    def test_values_that_an_output_does_not_need(self):
        assert get("q = x + y; f = q*z", "x=2", "y=5", "--output", "q", "--get", "value") == [7]

    @pytest.mark.parametrize("form", [["--output", "q,f"], ["--output", "q", "--output", "f"]])
    def test_several(self, form):
        result = evaluated(*Q, *form)
        assert result["value"] == {"q": 7, "f": -28}
        assert result["gradient"] == {"q": {"x": 1, "y": 1, "z": 0}, "f": {"x": -4, "y": -4, "z": 7}}
        assert result["error_estimate"].keys() == {"q", "f"}
        assert list(result["value"]) == ["q", "f"]
        x = result["nodes"][0]
        assert x["adjoint"] == {"q": 1, "f": -4}

    def test_several_in_rows(self):
        lines = quick("eval", *Q, "--output", "f,q").out.splitlines()
        assert lines[0].split("\t") == ["node", "expression", "value", "d f", "d q"]
        assert lines[1].split("\t") == ["x", "", "2", "-4", "1"]
        assert all(line.count("\t") == 4 for line in lines)

    def test_variable_as_an_output(self):
        assert evaluated("x + y", "x=2", "y=5", "--output", "x")["gradient"] == {"x": 1}

    def test_the_same_twice_is_one(self):
        assert evaluated(*Q, "--output", "q,q")["value"] == 7

    def test_unknown(self):
        assert "the formula has no nope" in refused(*Q, "--output", "nope")
        assert "did you mean q?" in refused(*Q, "--output", "Q")

    def test_partials_are_local(self):
        nodes = {node["name"]: node for node in evaluated(*Q, "--output", "q,f")["nodes"]}
        # d f/d q = z and d f/d z = q, whatever output one asks about.
        assert nodes["f"]["partials"] in ([-4, 7], {"q": [-4, 7], "f": [-4, 7]})


class TestGet:
    """Bare numbers."""

    def test_numbers(self):
        ran = run("eval", *Q, "--get", "value,d.x", "--get", "d.z")
        assert ran == (0, "-28\n-4\n7\n", "")

    def test_error(self):
        arguments = ("x/3", "x=1")
        (error,) = get(*arguments, "--get", "error")
        assert 0 < error < 1e-16
        assert error == evaluated(*arguments)["error_estimate"]
        # Sums and products of small whole numbers are exact.
        assert get(*Q, "--get", "error") == [0]

    def test_nodes(self):
        assert get(*Q, "--get", "q,f,x,z") == [7, -28, 2, -4]
        assert get("(x+y)*z", *Q[1:], "--get", "v1,v2") == [7, -28]
        assert get("x^2 + 3", "x=2", "--get", "3,2,x") == [3, 2, 2]

    def test_wins_over_every_format(self):
        for form in ("table", "tree", "plain", "json", "csv", "markdown"):
            assert quick("eval", *Q, "--get", "value", "--format", form).out == "-28\n"
        assert quick("eval", *Q, "--get", "value", "--json").out == "-28\n"

    def test_is_exact_whatever_the_digits(self):
        assert quick("eval", "1/3", "--get", "value", "--digits", "2").out == "0.3333333333333333\n"

    def test_several_outputs(self):
        more = [*Q, "--output", "q,f"]
        assert get(*more, "--get", "value.q,value.f,d.q.x,d.f.x,d.q.z,f") == [7, -28, 1, -4, 0, -28]
        assert "to get" in refused(*more, "--get", "d.x")
        assert "to get" in refused(*more, "--get", "value")
        assert "to get" in refused(*more, "--get", "error")

    def test_output_named_though_it_is_the_only_one(self):
        assert get(*Q, "--get", "d.f.x") == [-4]

    @pytest.mark.parametrize("what", ["value.f", "error.f"])
    def test_value_of_an_output_named_though_it_is_the_only_one(self, what):
        get(*Q, "--get", what)

    def test_hint_for_a_value_among_several_outputs(self):
        assert "value.q" in refused(*Q, "--output", "q,f", "--get", "value")

    def test_unknown(self):
        assert "there is no nope to get" in refused(*Q, "--get", "value,nope")
        assert "there is no d.w to get" in refused(*Q, "--get", "d.w")
        assert "did you mean d.x?" in refused(*Q, "--get", "d.X")
        assert "did you mean value?" in refused(*Q, "--get", "vlaue")
        assert failed(*Q, "--get", "gradient")["code"] == "usage"

    def test_variables_named_like_what_is_asked_for(self):
        assert get("value*error", "value=2", "error=3", "--get", "value,error") == [2, 3]
        assert get("value*error", "value=2", "error=3", "--get", "d.value,d.error,v1") == [3, 2, 6]

    def test_variable_d(self):
        assert get("d^2", "d=3", "--get", "d.d,d") == [6, 3]

    def test_dot_at_the_end(self):
        refused(*Q, "--get", "value.")

    def test_warnings_are_said(self):
        ran = quick("eval", "abs(x)", "x=0", "--get", "value,d.x")
        assert (ran.code, ran.out) == (0, "0\n0\n")
        assert ran.err.startswith("warning: abs(x) has a kink")
        assert carets(ran.err) == "abs(x)"


class TestDigits:
    """Numbers for people."""

    @pytest.mark.parametrize("form", ["table", "tree", "markdown"])
    def test_digits(self, form):
        for digits, number in (
            (1, "0.3"),
            (3, "0.333"),
            (10, "0.3333333333"),
            (15, "0.333333333333333"),
        ):
            ran = quick("eval", "x/3", "x=1", "--format", form, "--digits", str(digits))
            assert re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", ran.out)

    def test_default_is_ten(self):
        assert re.search(r"\b0\.3333333333\b", quick("eval", "x/3", "x=1", "--format", "table").out)

    @pytest.mark.parametrize("form", ["plain", "csv", "json"])
    def test_not_for_programs(self, form):
        ran = quick("eval", "x/3", "x=1", "--format", form, "--digits", "2")
        assert "0.3333333333333333" in ran.out

    @pytest.mark.parametrize("digits", ["0", "-1", "-99999999999999999999"])
    def test_out_of_range(self, digits):
        assert f"--digits {digits} is less than 1" in refused("x", "x=1", "--digits", digits)

    @pytest.mark.parametrize("digits", ["x", "1.5", "", "1e1", "--all"])
    def test_no_number(self, digits):
        assert "--digits" in refused("x", "x=1", "--digits", digits)


class TestFormatOption:
    """Which format is chosen."""

    def test_unknown(self):
        said = refused("x", "x=1", "--format", "jsn")
        assert "--format" in said
        assert "'json'" in said

    def test_last_wins(self):
        assert quick("eval", "x", "x=1", "--format", "json", "--format", "csv").out.startswith("node,")

    def test_json_is_short_for_format_json(self):
        assert quick("eval", *Q, "--json").out == quick("eval", *Q, "--format", "json").out
        assert quick("eval", *Q, "--json").out == quick("eval", *Q, "--format=json").out

    def test_options_stand_anywhere(self):
        wanted = quick("eval", *Q, "--wrt", "x", "--format", "csv")
        assert wanted.code == 0
        assert quick("eval", "--wrt", "x", "--format=csv", *Q) == wanted
        assert quick("eval", Q[0], "--wrt=x", *Q[1:5], "--format", "csv", *Q[5:]) == wanted

    def test_flag_with_a_value(self):
        assert "--json" in refused("x", "x=1", "--all", "--json=1", code=2)


class TestColor:
    """Colours, and how they are turned off."""

    @pytest.mark.parametrize("form", ["table", "tree"])
    def test_always(self, form):
        assert "\x1b[" in run("eval", *Q, "--format", form, "--color", "always").out

    @pytest.mark.parametrize("form", ["table", "tree"])
    def test_no_color_wins(self, form):
        ran = run("eval", *Q, "--format", form, "--color", "always", env={"NO_COLOR": "1"})
        assert "\x1b" not in ran.out
        assert ran == run("eval", *Q, "--format", form, "--color", "never")

    def test_empty_no_color_says_nothing(self):
        ran = run("eval", *Q, "--format", "table", "--color", "always", env={"NO_COLOR": ""})
        assert "\x1b[" in ran.out

    @pytest.mark.parametrize("form", ["table", "tree", "plain", "csv", "json", "markdown"])
    def test_none_in_a_pipe(self, form):
        assert "\x1b" not in quick("eval", *Q, "--format", form).out

    @pytest.mark.parametrize("form", ["plain", "csv", "json", "markdown"])
    def test_never_for_programs(self, form):
        assert "\x1b" not in quick("eval", *Q, "--format", form, "--color", "always").out

    def test_unknown(self):
        assert "--color" in refused("x", "x=1", "--color", "red")

    def test_force_color_does_not_reach_pipes(self):
        ran = run("eval", *Q, "--format", "table", env={"FORCE_COLOR": "1"})
        assert "\x1b" not in ran.out


class TestAllowNonfinite:
    """Results that are no numbers."""

    def test_value(self):
        assert "log(x) at x = 0" in refused("log(x)", "x=0", code=4)
        ran = quick("eval", "log(x)", "x=0", "--allow-nonfinite", "--get", "value,d.x")
        assert (ran.code, ran.out) == (0, "-inf\ninf\n")

    def test_derivative(self):
        assert "the derivative along x is inf" in refused("sqrt(x)", "x=0", code=4)
        assert get("sqrt(x)", "x=0", "--allow-nonfinite", "--get", "value") == [0]

    def test_does_nothing_else(self):
        assert quick("eval", *Q, "--allow-nonfinite") == quick("eval", *Q)


class TestHelp:
    """Help and version."""

    def test_no_arguments(self):
        ran = run()
        assert "Usage: autodiff" in ran.out + ran.err
        assert ran.code in (0, 2)

    def test_no_arguments_is_help_alone(self):
        assert "error: \n" not in quick().err

    def test_no_arguments_of_eval(self):
        ran = quick("eval")
        assert ran.code == 2
        assert "EXPR" in ran.out + ran.err

    @pytest.mark.parametrize("arguments", [["--help"], ["-h"]])
    def test_help(self, arguments):
        ran = quick(*arguments)
        assert ran.code == 0
        assert ran.err == ""
        assert "eval" in ran.out
        assert "Usage: autodiff" in ran.out

    @pytest.mark.parametrize("option", ["--help", "-h"])
    def test_help_of_eval(self, option):
        for arguments in (["eval", option], ["eval", "x", option], ["eval", "x+", option, "--x", "2"]):
            ran = quick(*arguments)
            assert ran.code == 0
            assert ran.err == ""
            for name in OPTIONS:
                assert name in ran.out
            assert "--x 2 --y 5 --z -4" in ran.out

    def test_help_in_a_pipe_has_no_colour(self):
        assert "\x1b" not in run("eval", "--help").out

    @pytest.mark.parametrize("columns", [60, 80, 120])
    def test_help_fits_the_terminal(self, columns):
        ran = at_terminal("eval", "--help", columns=columns, env={"NO_COLOR": "1"})
        plain = re.sub(r"\x1b\[[0-9;]*m", "", ran.out)
        assert max(map(len, plain.splitlines())) <= columns

    def test_the_example_works(self):
        text = quick("eval", "--help").out
        example = re.search(r'autodiff eval "([^"]*)" (.*)', text)
        assert example
        values = example[2].strip(" │\n").split()
        assert quick("eval", example[1], *values, "--get", "value").out == "-28\n"

    def test_version(self):
        ran = run("--version")
        assert ran.code == 0
        assert re.fullmatch(r"autodiff \d+\.\d+\S*\n", ran.out)

    def test_unknown_command(self):
        ran = quick("evl", "x")
        assert ran.code == 2
        assert "eval" in ran.err

    def test_unknown_option_of_the_program(self):
        ran = quick("--nope")
        assert ran.code == 2
        assert "--nope" in ran.err

    def test_no_formula(self):
        assert "EXPR" in refused("--x", "2")


@pytest.mark.parametrize("arguments", [["x", "--", "--json"], ["x", "--", "--format", "json"]])
def test_a_word_that_is_no_option_does_not_ask_for_json(arguments):
    assert not quick("eval", *arguments).err.startswith("{")


def test_definitions_of_the_same_node_are_all_there():
    assert get("a = x + 1; b = x + 1; a*b", "x=1", "--get", "a,b") == [2, 2]
    assert get("q = x; q^2", "x=3", "--get", "q,d.x") == [3, 6]


def test_many_warnings_are_cut_short():
    formula = " + ".join(f"abs({i}*x - {i})" for i in range(1, 100))
    ran = quick("eval", formula, "x=1", "--get", "value")
    assert ran.code == 0
    assert ran.err.count("warning: ") == 21
    assert "79 more warnings" in ran.err


class TestSize:
    """How large a formula may be."""

    @pytest.mark.parametrize("size", ["nan", "0", "-1"])
    @pytest.mark.parametrize("command", ["eval", "check"])
    def test_no_size(self, command, size):
        ran = quick(command, "x", "x=1", "--max-size", size)
        assert ran.code == 2
        assert f"--max-size {size} is not greater than 0" in ran.err

    @pytest.mark.parametrize("size", ["inf", "1e300", "0.00001"])
    def test_size(self, size, tmp_path):
        path = tmp_path / "formula.txt"
        path.write_text("x + x*x + x")
        ran = quick("eval", f"@{path}", "x=1", "--max-size", size, "--get", "value")
        assert (ran.code, ran.out) == ((2, "") if size[0] == "0" else (0, "3\n"))
        if ran.code:
            assert "is larger than 1e-05 MB\nhint: --max-size MB allows more" in ran.err

    @pytest.mark.parametrize(("command", "given"), [("eval", ["x=1"]), ("check", ["x=1"]), ("diff", [])])
    def test_operations(self, command, given):
        text = "+".join(f"sin({k}*x)" for k in range(2, 10))
        ran = quick(command, text, *given, "--max-operations", "20")
        assert ran.code == 3
        assert ran.err.startswith("error: the formula has more than 20 operations\n")
        assert "hint: --max-operations allows more" in ran.err
        assert quick(command, text, *given, "--max-operations", "40").code == 0
