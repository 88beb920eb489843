"""Certified digits, second derivatives and one-sided ones, as a user meets them."""

import subprocess
import sys
from fractions import Fraction

import pytest
from command import (
    at_terminal,
    carets,
    environment,
    evaluated,
    failed,
    get,
    quick,
    refused,
    run,
    strict_json,
)

pytest.importorskip("flint")

LOST = ("sqrt(1 + x) - 1", "x=1e-14")
THIRD = ("f = x^2/3", "x=0.1")
FORMATS = ("table", "tree", "plain", "csv", "markdown", "json")


class TestCertify:
    """`--certify`: float64 results that are rounded once."""

    def test_bare_numbers(self):
        assert run("eval", *LOST, "--certify", "--get", "value,d.x") == (
            0,
            "4.999999999999987e-15\n0.4999999999999975\n",
            "",
        )

    def test_floats_are_wrong_and_say_so(self):
        ran = quick("eval", *LOST, "--get", "value")
        assert ran.out == "4.884981308350689e-15\n"
        assert ran.err.startswith("warning: digits are lost in ")

    @pytest.mark.parametrize("form", FORMATS)
    def test_every_format_has_the_same_numbers(self, form):
        ran = quick("eval", *LOST, "--certify", "--format", form, "--digits", "15")
        assert (ran.code, ran.err) == (0, "")
        digits = (
            "4.99999999999999e-15" if form in ("table", "tree", "markdown") else "4.999999999999987e-15"
        )
        assert digits in ran.out

    def test_people_are_told(self):
        for form in ("table", "tree"):
            out = quick("eval", *LOST, "--certify", "--format", form).out
            assert out.splitlines()[-1] == (
                "value = 5e-15   certified: every digit is right"
                " (numbers in the formula are decimal as written)"
            )
        out = quick("eval", *LOST, "--certify", "--constants", "float64", "--format", "table").out
        assert out.endswith("(numbers in the formula are float64)\n")

    def test_at_a_terminal(self):
        shown = at_terminal("eval", *LOST, "--certify", columns=80, env={"NO_COLOR": "1"})
        assert shown.code == 0
        assert "certified: every digit is right" in " ".join(shown.out.split())
        assert max(map(len, shown.out.splitlines())) <= 80

    def test_json(self):
        result = evaluated(*LOST, "--certify")
        assert result["value"] == 4.999999999999987e-15
        assert result["gradient"] == {"x": 0.4999999999999975}
        assert result["certified"] == {"bits": 128, "constants": "decimal"}
        assert 0 < result["error_estimate"] < 5e-31
        assert result["warnings"] == []
        assert list(result)[-3:] == ["certified", "nodes", "warnings"]
        nodes = {node["name"]: node for node in result["nodes"]}
        assert nodes["v3"]["value"] == result["value"]

    def test_only_what_is_certified_says_so(self):
        assert "certified" not in evaluated(*LOST)
        assert "certified" not in quick("eval", *LOST, "--format", "table").out

    def test_overflow(self):
        assert "exp(x) at x = 710 is inf" in refused("exp(x)", "x=710", "--certify", code=4)
        out = quick(
            "eval", "exp(x)", "x=710", "--certify", "--allow-nonfinite", "--get", "value,d.x"
        ).out
        assert out == "inf\ninf\n"

    @pytest.mark.parametrize("more", [[], ["--allow-nonfinite"]])
    def test_outside_the_domain(self, more):
        said = refused("1 + log(x)", "x=-1", "--certify", *more, code=4)
        assert said.startswith("error: log(x) at x = -1 is outside the domain: log(x) needs x > 0\n")
        assert carets(said) == "log(x)"
        assert "--allow-nonfinite" not in said

    def test_at_a_step(self):
        said = refused("floor(0.1*x)", "x=30", "--certify", code=4)
        assert said.startswith("error: the value cannot be certified: with ")
        assert "at a step or a kink no precision is enough" in said
        error = failed("floor(0.1*x)", "x=30", "--certify")
        assert error["code"] == "math"
        assert get("floor(0.1*x)", "x=30", "--certify", "--constants", "float64", "--get", "value") == [
            3
        ]

    def test_kinks_are_told(self):
        ran = quick("eval", "abs(x)", "x=0", "--certify", "--get", "value,d.x")
        assert (ran.code, ran.out) == (0, "0\n0\n")
        assert ran.err.startswith("warning: abs(x) has a kink at x = 0")

    def test_what_is_not_certified_is_told(self):
        ran = quick("eval", "relu(x) - relu(-x)", "x=0", "--certify", "--get", "d.x")
        assert (ran.code, ran.out) == (0, "1\n")
        assert ran.err.startswith("warning: the derivative along x is that from both sides, and not ")
        for more in ([], ["--digits", "30"]):
            result = evaluated("relu(x) - relu(-x)", "x=0", "--certify", *more)
            assert [warning["code"] for warning in result["warnings"]] == ["uncertified"]
            assert result["gradient"] == {"x": 1}
            assert result["differentiable"] == {"x": True}
        assert result["certified"]["digits"] == {"value": "0", "d.x": "1"}


class TestConstants:
    """`--constants`: what 0.1 in a formula is."""

    @pytest.mark.parametrize(
        ("constants", "value"),
        [("decimal", 0.0), ("float64", float(Fraction(0.1) + Fraction(0.2) - Fraction(0.3)))],
    )
    def test_numbers_in_the_formula(self, constants, value):
        arguments = ["0.1 + 0.2 - 0.3 + x", "x=0", "--certify", "--constants", constants]
        result = evaluated(*arguments)
        assert result["value"] == value
        assert result["certified"]["constants"] == constants

    def test_inputs_are_float64(self):
        (value,) = get("x - 0.1", "x=0.1", "--certify", "--get", "value")
        assert value == float(Fraction(0.1) - Fraction(1, 10))

    @pytest.mark.parametrize("more", [["--get", "value"], ["--format", "csv"], ["--digits", "20"]])
    def test_bare_numbers_come_with_a_note(self, more):
        decimal = quick("eval", "0.1 + x", "x=0", "--certify", *more)
        assert decimal.err == "note: numbers in the formula are decimal as written (--constants)\n"
        floats = quick("eval", "0.1 + x", "x=0", "--certify", "--constants", "float64", *more)
        assert floats.err == "note: numbers in the formula are float64 (--constants)\n"
        # Where nothing depends on it, or where the result says it, there is none.
        assert quick("eval", "pi*x + 0.5", "x=0", "--certify", *more).err == ""
        assert quick("eval", "0.1 + x", "x=0", "--certify", "--format", "table").err == ""
        assert quick("eval", "0.1 + x", "x=0", "--certify", "--json").err == ""

    def test_the_truth_has_one_zero(self):
        ran = quick("eval", "atan2(y, x)", "x=-1", "y=-0", "--certify", "--get", "value")
        assert ran.out == "3.141592653589793\n"
        assert "warning: y = -0 is 0 where results are certified" in ran.err
        result = evaluated("x + y", "x=-0", "y=0", "--certify")
        assert [(w["code"], w["node"]) for w in result["warnings"]] == [("signed_zero", 0)]
        assert evaluated("x + y", "x=-0", "y=0")["warnings"] == []

    def test_without_certify_there_is_no_difference(self):
        floats = quick("eval", "0.1 + 0.2 - 0.3 + x", "x=0", "--json")
        assert quick("eval", "0.1 + 0.2 - 0.3 + x", "x=0", "--json", "--constants", "float64") == floats

    def test_unknown(self):
        said = refused("x", "x=1", "--constants", "binary")
        assert "--constants" in said
        assert "'float64'" in said


class TestDigits:
    """`--digits` beyond what a float64 has."""

    VALUE, SLOPE = "0.0033333333333333337034", "0.066666666666666670367"

    @pytest.mark.parametrize("form", ["table", "tree"])
    def test_for_people(self, form):
        out = quick("eval", *THIRD, "--digits", "20", "--format", form).out
        assert out == f"value = {self.VALUE}\nd.x   = {self.SLOPE}\n"

    @pytest.mark.parametrize(("form", "sign"), [("plain", "\t"), ("csv", ",")])
    def test_rows(self, form, sign):
        out = quick("eval", *THIRD, "--digits", "20", "--format", form).out
        assert out == f"quantity{sign}value\nvalue{sign}{self.VALUE}\nd.x{sign}{self.SLOPE}\n"

    def test_markdown(self):
        out = quick("eval", *THIRD, "--digits", "20", "--format", "markdown").out
        assert out.splitlines()[2:] == [f"| `value` | {self.VALUE} |", f"| `d.x` | {self.SLOPE} |"]

    def test_json(self):
        result = evaluated(*THIRD, "--digits", "20")
        assert result["certified"]["digits"] == {"value": self.VALUE, "d.x": self.SLOPE}
        assert result["value"] == float(self.VALUE)
        assert result["gradient"] == {"x": float(self.SLOPE)}

    def test_bare_numbers(self):
        ran = quick("eval", *THIRD, "--digits", "20", "--get", "value,value.f,d.x,d.f.x")
        assert ran.out.split() == [self.VALUE, self.VALUE, self.SLOPE, self.SLOPE]
        # Of what is no result there is a float64.
        assert quick("eval", *THIRD, "--digits", "20", "--get", "x").out == "0.1\n"

    def test_several_outputs_with_second_derivatives(self):
        arguments = ["f = x^2/3; g = x*f", "x=0.1", "--digits", "20", "--output", "f,g", "--order", "2"]
        rows = [line.split("\t") for line in quick("eval", *arguments).out.splitlines()]
        assert [row[0] for row in rows] == [
            *("quantity", "value.f", "d.f.x", "h.f.x.x"),
            *("value.g", "d.g.x", "h.g.x.x"),
        ]
        assert rows[3][1] == "0." + "6" * 19 + "7"

    def test_at_a_terminal_and_in_a_pipe(self):
        arguments = ["eval", "pi*x", "x=1", "--digits", "50"]
        pi = "3.1415926535897932384626433832795028841971693993751"
        assert at_terminal(*arguments).out == f"value = {pi}\nd.x   = {pi}\n"
        assert run(*arguments).out == f"quantity\tvalue\nvalue\t{pi}\nd.x\t{pi}\n"

    def test_up_to_15_they_are_only_rounded(self):
        assert "certified" not in evaluated(*THIRD, "--digits", "15")
        assert "certified" in evaluated(*THIRD, "--digits", "16")

    def test_beyond_float64(self):
        ran = quick("eval", "exp(x)", "x=710", "--digits", "20", "--get", "value")
        assert (ran.code, ran.out) == (0, "2.2339947661617110313e+308\n")
        result = strict_json(quick("eval", "exp(x)", "x=710", "--digits", "20", "--json").out)
        assert result["value"] == "Infinity"
        assert result["certified"]["digits"]["d.x"] == "2.2339947661617110313e+308"
        out = quick("eval", "exp(-x)", "x=1e5", "--digits", "17", "--get", "value").out
        assert out == "3.5629495653093731e-43430\n"

    def test_many(self):
        out = quick("eval", "1/x", "x=7", "--digits", "5000", "--get", "value").out
        assert out == "0." + ("142857" * 834)[:5000] + "\n"

    def test_no_more_than_ever(self):
        said = refused("x/3", "x=1", "--digits", "1000000000")
        assert "hint: more than 40403523 cannot be certified" in said
        assert "--max-bits" in refused("x/3", "x=1", "--digits", "99", "--max-bits", "8000000000")

    def test_a_hint_for_more_is_enough(self):
        said = refused("x/3", "x=1", "--digits", "40000")
        bits = said.split("--max-bits ")[1].split()[0]
        ran = quick("eval", "x/3", "x=1", "--digits", "40000", "--max-bits", bits, "--get", "value")
        assert ran.out == "0." + "3" * 40000 + "\n"

    @pytest.mark.slow
    def test_many_digits_take_the_time_that_is_known(self):
        """Digits are not asked of balls that have too few bits for them."""
        said = refused("x/3", "x=1", "--digits", "40000000", "--max-bits", "268435456", code=4)
        assert "cannot be certified in 10 seconds" in said
        assert "hint: --time-limit allows more time" in said

    def test_too_many(self):
        said = refused("x", "x=1", "--digits", "999999")
        assert "--digits 999999 is more than" in said
        assert "--max-bits" in said
        refused("x", "x=1", "--digits", "9" * 30)


class TestLimits:
    """When certifying gives up."""

    @pytest.mark.parametrize("seconds", ["0", "-1", "nan"])
    def test_no_time(self, seconds):
        assert f"--time-limit {seconds} is not" in refused(
            "x", "x=1", "--certify", "--time-limit", seconds
        )

    @pytest.mark.parametrize("option", ["--time-limit", "--max-bits", "--order"])
    @pytest.mark.parametrize("text", ["x", "", "1e", "--all"])
    def test_no_number(self, option, text):
        assert option in refused("x", "x=1", "--certify", option, text)

    @pytest.mark.parametrize("bits", ["0", "-5", "127", "1e3"])
    def test_no_bits(self, bits):
        assert "--max-bits" in refused("x", "x=1", "--certify", "--max-bits", bits)

    def test_limits_are_kept_and_told(self):
        step = ["floor(0.1*x)", "x=30", "--certify"]
        assert "with 512 bits" in refused(*step, "--max-bits", "512", code=4)
        assert "--max-bits allows more" in refused(*step, "--max-bits", "512", code=4)
        assert "--time-limit allows more" in refused(*step, "--time-limit", "1e-9", code=4)

    def test_time_without_end(self):
        assert get("x/4", "x=1", "--certify", "--time-limit", "inf", "--get", "value") == [0.25]


class TestOrder:
    """`--order 2`: second derivatives."""

    CUBIC = ("x^2*y + y", "x=3", "y=2", "--order", "2")

    def test_json(self):
        result = evaluated(*self.CUBIC)
        assert result["hessian"] == {"x": {"x": 4, "y": 6}, "y": {"x": 6, "y": 0}}
        assert "hessian" not in evaluated(*self.CUBIC[:-2])
        several = evaluated("f = x*y; g = f^2", "x=3", "y=2", "--order", "2", "--output", "f,g")
        assert several["hessian"]["f"] == {"x": {"x": 0, "y": 1}, "y": {"x": 1, "y": 0}}
        assert several["hessian"]["g"] == {"x": {"x": 8, "y": 24}, "y": {"x": 24, "y": 18}}

    def test_bare_numbers(self):
        assert get(*self.CUBIC, "--get", "h.x.x,h.x.y,h.y.x,h.y.y,d.x") == [4, 6, 6, 0, 12]
        assert get("f = x^3", "x=2", "--order", "2", "--get", "h.x.x,h.f.x.x") == [12, 12]
        assert "there is no h.x.x to get" in refused(*self.CUBIC[:-2], "--get", "h.x.x")

    @pytest.mark.parametrize(("form", "sign"), [("plain", "\t"), ("csv", ",")])
    def test_rows(self, form, sign):
        rows = [
            line.split(sign) for line in quick("eval", *self.CUBIC, "--format", form).out.splitlines()
        ]
        assert rows[0] == ["node", "expression", "value", "derivative", "d2 x", "d2 y"]
        assert rows[1] == ["x", "", "3", "12", "4", "6"]
        assert rows[2] == ["y", "", "2", "10", "6", "0"]
        assert all(row[4:] == ["", ""] for row in rows[3:])

    @pytest.mark.parametrize("form", ["table", "tree", "markdown"])
    def test_for_people(self, form):
        out = quick("eval", *self.CUBIC, "--format", form).out
        assert "d2 x" in out
        assert "d2 y" in out

    def test_along_some_names(self):
        assert evaluated(*self.CUBIC, "--wrt", "y")["hessian"] == {"y": {"y": 0}}
        q = evaluated("q = x + 1; q^3", "x=1", "--wrt", "q", "--order", "2")
        assert q["hessian"] == {"q": {"q": 12}}

    def test_certified(self):
        arguments = ["(x + y) - x", "x=1e20", "y=1", "--order", "2", "--certify"]
        assert evaluated(*arguments)["hessian"] == {"x": {"x": 0, "y": 0}, "y": {"x": 0, "y": 0}}
        (second,) = get("exp(x)/3", "x=1", "--order", "2", "--certify", "--get", "h.x.x")
        assert second == 0.9060939428196817

    @pytest.mark.parametrize("formula", ["x^1.5", "max(x, 0)^2", "x*abs(x)"])
    def test_where_there_is_none(self, formula):
        """The result is not finite, or is a convention: no silence in either case."""
        ran = quick("eval", formula, "x=0", "--order", "2", "--get", "h.x.x")
        assert ran.code == 4 or ran.err

    def test_order_1_is_the_default(self):
        assert quick("eval", *self.CUBIC[:-1], "1") == quick("eval", *self.CUBIC[:-2])

    @pytest.mark.parametrize("order", ["0", "1001", "-1", "1.5"])
    def test_other_orders(self, order):
        assert "--order" in refused("x", "x=1", "--order", order)


class TestSides:
    """`differentiable` and `one_sided` in the JSON."""

    @pytest.mark.parametrize(
        ("formula", "x", "sides"),
        [
            ("abs(x)", "0", [-1, 1]),
            ("floor(x)", "2", ["Infinity", 0]),
            ("x*abs(x - 1)", "1", [-1, 1]),
            ("x > 0 ? x^2 : x", "0", [1, 0]),
            ("(x - 1)^2*floor(x)", "1", None),
            ("relu(x) - relu(-x)", "0", None),
            ("x*abs(x)", "0", None),
            ("sin(x)", "0", None),
        ],
    )
    def test_along_one_variable(self, formula, x, sides):
        result = evaluated(formula, f"x={x}")
        assert result["differentiable"] == {"x": sides is None}
        assert result["one_sided"] == ({} if sides is None else {"x": sides})
        assert {warning["code"] for warning in result["warnings"]} == (
            set() if sides is None else {"kink"}
        )

    def test_a_side_outside_the_domain_is_null(self):
        result = evaluated("x^1.5 + x*sqrt(x)", "x=0", "--allow-nonfinite")
        assert result["differentiable"] == {"x": False}
        assert result["one_sided"]["x"][0] is None

    def test_several_outputs(self):
        result = evaluated("f = abs(x); g = f^2", "x=0", "--output", "f,g")
        assert result["differentiable"] == {"f": {"x": False}, "g": {"x": True}}
        assert result["one_sided"] == {"f": {"x": [-1, 1]}, "g": {}}


WITHOUT_FLINT = """
import sys
sys.modules["flint"] = None
from autodiff_cli.cli.main import run
sys.exit(run(sys.argv[1:]))
"""


def without_flint(*arguments):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_FLINT, *arguments],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("options", [["--certify"], ["--digits", "30"]])
def test_without_python_flint(options):
    done = without_flint("eval", "x", "x=1", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: certified digits need python-flint\nhint: pip install 'autodiff-cli[exact]'\n"
    )


def test_without_python_flint_all_else_works():
    done = without_flint("eval", "x^2", "x=3", "--order", "2", "--digits", "15", "--get", "h.x.x")
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")
