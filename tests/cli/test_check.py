"""`autodiff check`: arguments, files, formats and exit codes."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from command import Ran, at_terminal, quick, run, strict_json

X2 = ("sin(x^2)*y", "x=1.5", "y=2")
RIGHT, WRONG = "x=2*x*cos(x^2)*y", "x=x*cos(x^2)*y"


def check(*arguments: str, stdin: str = "") -> Ran:
    """`autodiff check ARGUMENTS`, within this process."""
    return quick("check", *arguments, stdin=stdin.encode())


def checked(*arguments: str, stdin: str = "") -> Any:
    """The JSON of a check, whatever it finds."""
    ran = check(*arguments, "--json", stdin=stdin)
    assert ran.code in (0, 7), ran.err
    return strict_json(ran.out)


def refused(*arguments: str, stdin: str = "") -> str:
    """What is said of arguments that make no sense."""
    ran = check(*arguments, stdin=stdin)
    assert ran.code == 2, ran
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert "\nhint: " in ran.err
    return ran.err


class TestExitCodes:
    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (X2, 0),
            ((*X2, "--claim", RIGHT), 0),
            ((*X2, "--claim", WRONG), 7),
            ((*X2, "--claim", RIGHT, "--claim", "y=1"), 7),
            (("abs(x)", "x=0", "--claim", "x=0.5"), 0),
            (("abs(x)", "x=0", "--claim", "x=2"), 7),
            (("(exp(x) - 1)/x", "x=1e-8"), 7),
            (("(exp(x) - 1)/x", "x=1e-8", "--claim", "x=1.6077470779418945"), 7),
            (("(exp(x) - 1)/x", "x=1e-8", "--rtol", "1e-9", "--claim", "x=1/2+x/3"), 0),
            (("(exp(x) - 1)/x", "x=1e-3"), 0),
            (("sqrt(x)", "x=0"), 4),
            (("log(x)", "x=-1"), 4),
            (("log(x", "x=1"), 3),
            (("x",), 2),
            (("x", "x=1", "--against", "/nowhere/at/all.json"), 1),
        ],
    )
    def test_each(self, arguments: tuple[str, ...], code: int) -> None:
        assert check(*arguments).code == code

    def test_a_wrong_gradient_is_printed_and_told(self) -> None:
        ran = check(*X2, "--claim", WRONG)
        assert ran.out.startswith("at\tname\tclaim")
        assert ran.err == (
            "error: the derivative along x is wrong at x = 1.5, y = 2: off by 1.88,"
            " 5e+08 times the tolerance: it is the truth times 1/2\n"
        )

    def test_with_json_the_error_is_json_too(self) -> None:
        ran = check(*X2, "--claim", WRONG, "--json")
        assert strict_json(ran.out)["verdict"] == "wrong"
        error = strict_json(ran.err)["error"]
        assert error["code"] == "check"
        assert "along x is wrong at x = 1.5, y = 2" in error["message"]


class TestJson:
    def test_its_shape(self) -> None:
        found = checked(*X2, "--claim", WRONG)
        assert found["schema"] == "autodiff.check/1"
        assert found["expression"] == "sin(x^2)*y"
        assert found["truth"] == {"method": "balls, 400 bits", "constants": "float64"}
        assert (found["rtol"], found["seed"], found["counts"]) == (1e-9, 0, {"wrong": 1})
        assert (found["verdict"], found["failed"], found["left_out"]) == ("wrong", 1, 0)
        (point,) = found["points"]
        assert point["inputs"] == {"x": 1.5, "y": 2.0}
        assert point["verdict"] == "wrong"
        x, y = point["partials"]
        assert list(x) == [
            "name",
            "claim",
            "sweep",
            "truth",
            "error",
            "tolerance",
            "verdict",
            "explanation",
        ]
        assert (x["name"], x["claim"], x["truth"]) == ("x", -1.8845208681682173, -3.7690417363364346)
        assert x["error"] == pytest.approx(1.8845208681682173)
        assert (y["claim"], y["verdict"]) == (None, "right")
        assert y["explanation"] == "it is the truth, in every digit"
        taylor = point["taylor"]
        assert list(taylor["direction"]) == ["x", "y"]
        assert [list(step) for step in taylor["steps"]] == [["h", "remainder", "order"]] * 10
        assert taylor["slope"] == pytest.approx(1.0, abs=0.01)
        assert taylor["verdict"] == "wrong"

    def test_sides_at_a_kink(self) -> None:
        (point,) = checked("floor(x) + x", "x=2")["points"]
        assert point["partials"][0]["one_sided"] == ["Infinity", 1.0]
        assert point["partials"][0]["truth"] is None
        assert point["taylor"] is None

    def test_what_is_not_finite_is_spelled(self) -> None:
        (point,) = checked("x", "x=2", "--claim", "x=-inf")["points"]
        assert point["partials"][0]["claim"] == "-Infinity"
        assert point["partials"][0]["error"] == "Infinity"

    def test_numbers_are_shortest_and_runs_alike(self) -> None:
        assert check(*X2, "--json").out == check(*X2, "--json").out
        assert check(*X2, "--json").out != check(*X2, "--json", "--seed", "1").out


class TestSeveralPoints:
    def test_all_are_listed(self) -> None:
        found = checked("x^2*y", "y=3", "--random", "x=1:2", "--n", "7", "--claim", "x=2*x*y")
        assert len(found["points"]) == 7
        assert all(1 <= point["inputs"]["x"] <= 2 for point in found["points"])
        assert {point["inputs"]["y"] for point in found["points"]} == {3.0}
        assert len({point["inputs"]["x"] for point in found["points"]}) == 7

    def test_constants_as_ends(self) -> None:
        found = checked("sin(x)", "--random", "x=-pi/2:pi/2")
        assert len(found["points"]) == 10

    def test_what_failed_is_counted(self) -> None:
        found = checked("abs(x)", "--random", "x=-1:1", "--claim", "x=1", "--n", "40")
        assert found["failed"] == sum(point["inputs"]["x"] < 0 for point in found["points"])
        assert 0 < found["failed"] < 40

    def test_what_is_left_out_is_told(self) -> None:
        drawn = ("log(x)", "--random", "x=-1:1", "--n", "20")
        found = checked(*drawn)
        count = found["left_out"]
        assert 0 < count < 20
        assert len(found["points"]) == found["counts"]["right"] == 20 - count
        assert len(found["left_out_points"]) == count
        for point in found["left_out_points"]:
            assert point["inputs"]["x"] < 0
            assert "is outside the domain" in point["reason"]
        assert f"right: {20 - count} points; {count} left out" in check(*drawn, "--format", "table").out
        assert f"; {count} left out" in check(*drawn, "--format", "markdown").out
        rows = [line.split("\t") for line in check(*drawn).out.splitlines()]
        assert len(rows) == 21
        assert all(len(row) == len(rows[0]) for row in rows)
        left_out = [row for row in rows if row[7] == "left_out"]
        assert len(left_out) == count
        assert all("is outside the domain" in row[8] for row in left_out)

    def test_verdicts_are_counted(self) -> None:
        drawn = ("(exp(x) - 1)/x", "--random", "x=1e-6:1", "--n", "40", "--seed", "3", "--rtol", "1e-15")
        found = checked(*drawn)
        counts = found["counts"]
        assert sum(counts.values()) == 40
        assert counts["lost_digits"] == found["failed"] > 0
        assert counts["right"] > 0
        ran = check(*drawn, "--format", "table")
        assert ran.code == 7
        assert f"digits lost at {counts['lost_digits']} of 40 points; {counts['right']} right" in ran.out
        assert f"has lost its digits at {counts['lost_digits']} of 40 points, as at x = " in ran.err
        assert "not a wrong rule" in ran.err
        assert "eval --certify" in ran.err

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("x", "x=1", "--random", "x=1:2"), "x is given both a value and a range"),
            (("x", "--random", "x=1:2", "--random", "x=1:2"), "x is given two ranges"),
            (("x", "--random", "x=2:1"), "2.0:1.0 is not a range for x"),
            (("x", "--random", "x=0:inf"), "is not a range for x"),
            (("x", "--random", "x=1"), "is not name=low:high"),
            (("x", "--random", "1:2"), "is not name=low:high"),
            (("x", "--random", "x=1:"), "the value of x is empty"),
            (("x", "--random", "y=1:2"), "the formula has no variable y"),
            (("x", "x=1", "--n", "3"), "a variable called n is set as n=2"),
            (("x", "--random", "x=1:2", "--n", "0"), "is not between 1 and 1000"),
            (("x", "--random", "x=1:2", "--n", "1001"), "is not between 1 and 1000"),
        ],
    )
    def test_refused(self, arguments: tuple[str, ...], said: str) -> None:
        assert said in refused(*arguments)


class TestClaims:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--claim", "x"), "is not name=formula"),
            (("--claim", "x="), "the claim for x is empty"),
            (("--claim", "q=1"), "the formula has no q"),
            (("--claim", "x=1", "--claim", "x=1"), "x is given twice"),
            (("--claim", "x=2*t"), "uses t, which the formula does not have"),
            (("--claim", "x=2*"), "the claim for x cannot be read"),
            (("--claim", "y=1", "--wrt", "x"), "--wrt leaves it out"),
            (("--wrt", "x,"), "a name is missing"),
            (("--rtol", "-1"), "is not between 0 and 1"),
            (("--rtol", "nan"), "is not between 0 and 1"),
            (("--json", "--format", "plain"), "contradict"),
        ],
    )
    def test_refused(self, arguments: tuple[str, ...], said: str) -> None:
        ran = check("x*y", "x=2", "y=3", *arguments)
        assert ran.code == 2
        assert ran.out == ""
        assert said in ran.err

    def test_of_an_output_and_of_definitions(self) -> None:
        arguments = ("q = x^2; f = sin(q); g = q*y", "x=1.5", "y=2", "--output", "g")
        assert check(*arguments, "--claim", "x=2*x*y", "--claim", "q=y").code == 0
        assert check(*arguments, "--claim", "q=x").code == 7
        assert "needs f, which has no value" in refused(*arguments, "--claim", "q=f")

    def test_tolerance(self) -> None:
        assert check("pi*x", "x=1", "--claim", "x=3.1416").code == 7
        assert check("pi*x", "x=1", "--claim", "x=3.1416", "--rtol", "1e-4").code == 0


class TestClaimFromAFile:
    def claim(self, tmp_path: Path, text: str) -> Ran:
        path = tmp_path / "claim.txt"
        path.write_text(text)
        return check("f(a) = a^2; sin(f(x))", "x=1.5", "--claim", f"x=@{path}")

    @pytest.mark.parametrize(
        "text",
        [
            "2*x*cos(x^2)",
            "\n2*x*cos(x^2)  # the chain rule\n",
            "u = f(x)\n2*x*cos(u)\n",
            "-1.8845208681682173\n",
            "\ufeff2*x*cos(x^2)\r\n",
        ],
    )
    def test_right(self, tmp_path: Path, text: str) -> None:
        assert self.claim(tmp_path, text).code == 0

    def test_wrong(self, tmp_path: Path) -> None:
        ran = self.claim(tmp_path, "x*cos(x^2)\n")
        assert ran.code == 7
        assert "the truth times 1/2" in ran.out

    @pytest.mark.parametrize(
        ("text", "code", "said", "place"),
        [
            ("2*x*cos(x^2))\n", 3, "claim.txt cannot be read", "  2*x*cos(x^2))"),
            ("# chain\n2*x*cosx\n", 2, "claim.txt uses cosx, which the formula does not have", "line 2"),
            ("# chain\n2*x*sine(x)\n", 3, "claim.txt cannot be read", "line 2"),
            ("2*x*\n", 3, "claim.txt cannot be read", "2*x*\n"),
            (" \n", 3, "claim.txt is empty", ""),
        ],
    )
    def test_what_cannot_be_read(
        self, tmp_path: Path, text: str, code: int, said: str, place: str
    ) -> None:
        ran = self.claim(tmp_path, text)
        assert (ran.code, ran.out) == (code, "")
        assert said in ran.err
        assert place in ran.err
        assert "\nhint: " in ran.err

    def test_no_file(self, tmp_path: Path) -> None:
        ran = check("x", "x=1", "--claim", f"x=@{tmp_path / 'none'}")
        assert (ran.code, ran.out) == (1, "")
        assert "No such file" in ran.err
        assert check("x", "x=1", "--claim", f"x=@{tmp_path}").code == 1
        assert "the name of a file" in refused("x", "x=1", "--claim", "x=@")
        (tmp_path / "bytes").write_bytes(b"\xff")
        assert check("x", "x=1", "--claim", f"x=@{tmp_path / 'bytes'}").code == 1

    def test_only_the_option_reads_files(self) -> None:
        said = refused("x", "x=1", "--against", "-", stdin='{"x": "@/etc/hostname"}')
        assert "cannot be read" in said


class TestAgainst:
    def test_what_eval_prints(self) -> None:
        evaluated = quick("eval", *X2, "--json").out
        ran = check("sin(x^2)*y", "--against", "-", stdin=evaluated)
        assert ran.code == 0
        assert "x=1.5 y=2" in ran.out

    def test_its_inputs_must_be_the_point(self) -> None:
        evaluated = quick("eval", *X2, "--json").out
        assert check(*X2, "--against", "-", stdin=evaluated).code == 0
        said = refused("sin(x^2)*y", "--against", "-", "--x", "1", stdin=evaluated)
        assert "standard input is about x = 1.5, not 1.0" in said
        said = refused("sin(x^2)*y", "--against", "-", "--random", "x=1:2", stdin=evaluated)
        assert "is drawn at random" in said

    def test_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "grad.json"
        path.write_text(json.dumps({"x": 9.0, "y": "2*x*y"}))
        assert check("x*y^2", "x=2", "y=3", "--against", str(path)).code == 0
        path.write_text(json.dumps({"x": 12.0, "y": 9.0}))
        ran = check("x*y^2", "x=2", "y=3", "--against", str(path))
        assert ran.code == 7
        assert "x and y are swapped" in ran.out

    def test_together_with_claims(self) -> None:
        both = ("x*y", "x=2", "y=3", "--against", "-")
        assert check(*both, "--claim", "y=2", stdin='{"x": 3}').code == 0
        assert "x is given twice" in refused(*both, "--claim", "x=3", stdin='{"x": 3}')

    @pytest.mark.parametrize("spelled", ['"NaN"', "NaN", '"Infinity"', "-Infinity"])
    def test_what_is_not_finite_is_wrong(self, spelled: str) -> None:
        ran = check("x", "x=2", "--against", "-", stdin=f'{{"x": {spelled}}}')
        assert ran.code == 7
        assert "no finite number" in ran.out

    @pytest.mark.parametrize(
        "garbage",
        [
            "",
            "[1]",
            "3",
            "{",
            "\x00",
            '{"x": [1]}',
            '{"x": null}',
            '{"x": true}',
            '{"x": 1, "x": 2}',
            '{"q": 1}',
            '{"": 1}',
            '{"gradient": {"f": {"x": 1}}}',
            '{"gradient": {"x": 1}, "inputs": 3}',
            '{"gradient": {"x": 1}, "inputs": {"x": "soon"}}',
            '{"x": ""}',
            '{"x": "2*"}',
            '{"x": 1e999}',
            "[" * 100_000,
        ],
    )
    def test_garbage(self, garbage: str) -> None:
        refused("x*y^2", "x=2", "y=3", "--against", "-", stdin=garbage)

    def test_bytes_that_are_no_text(self) -> None:
        ran = quick("check", "x", "x=1", "--against", "-", stdin=b"\xff\xfe{")
        assert ran.code == 2

    def test_no_name_of_a_file(self) -> None:
        assert "names no file" in refused("x", "x=1", "--against", "")

    def test_not_both_from_standard_input(self) -> None:
        ran = check("-", "--against", "-", stdin="x")
        assert ran.code == 2


class TestFormats:
    def test_plain(self) -> None:
        lines = check(*X2, "--claim", RIGHT).out.splitlines()
        assert lines[0].split("\t") == [
            *("at", "name", "claim", "sweep", "truth", "error", "tolerance", "verdict", "explanation"),
            *("truth_by", "slope", "taylor", "direction", "steps"),
        ]
        assert [len(line.split("\t")) for line in lines] == [14, 14, 14]
        assert lines[1].split("\t")[:2] == ["x=1.5 y=2", "x"]

    def test_plain_tells_what_a_terminal_tells(self) -> None:
        heading, *lines = check(*X2, "--claim", WRONG).out.splitlines()
        x, y = (dict(zip(heading.split("\t"), line.split("\t"), strict=True)) for line in lines)
        point = checked(*X2, "--claim", WRONG)["points"][0]
        assert x["truth_by"] == "balls, 400 bits"
        assert "the truth times 1/2" in x["explanation"]
        assert y["explanation"] == "it is the truth, in every digit"
        for row in (x, y):
            taylor = point["taylor"]
            assert float(row["slope"]) == taylor["slope"]
            assert row["taylor"] == "slope 1.00: the gradient is wrong (a right one has 2)"
            direction = dict(pair.split("=") for pair in row["direction"].split(" "))
            assert {name: float(v) for name, v in direction.items()} == taylor["direction"]
            steps = [[float(n) if n else None for n in s.split(":")] for s in row["steps"].split(" ")]
            assert steps == [list(step.values()) for step in taylor["steps"]]

    def test_markdown(self) -> None:
        out = check(*X2, "--claim", WRONG, "--format", "markdown").out
        assert "| `x` | -1.884520868 | -3.769041736 | 1.9 | 3.8e-09 | wrong |" in out
        assert "Verdict: wrong. Truth: balls, 400 bits, from values alone." in out
        assert "right, not claimed" in out

    @pytest.mark.parametrize("columns", [40, 80, 200])
    def test_table(self, columns: int) -> None:
        ran = at_terminal("check", *X2, "--claim", WRONG, columns=columns, env={"NO_COLOR": "1"})
        assert ran.code == 7
        assert all(len(line) <= columns for line in ran.out.splitlines())
        assert "the truth times" in " ".join(ran.out.split())
        assert "slope 1.00: the gradient is wrong" in " ".join(ran.out.split())
        assert "1e-10" in ran.out

    def test_colours(self) -> None:
        assert "\x1b[" in check(*X2, "--format", "table", "--color", "always").out
        assert "\x1b[" not in check(*X2, "--format", "table").out

    def test_many_names_are_cut_but_not_those_that_are_wrong(self) -> None:
        formula = " + ".join(f"x{i}" for i in range(60))
        values = [f"--x{i}=1" for i in range(60)]
        ran = check(formula, *values, "--claim", "x59=2", "--format", "table")
        assert "x59: off by 1" in ran.out
        assert "20 more; --format plain shows them all" in ran.out


def test_help() -> None:
    ran = run("check", "--help")
    assert ran.code == 0
    for text in ("--claim", "--against", "--random", "Example", "7 the gradient is wrong"):
        assert text in " ".join(ran.out.replace("│", " ").split())


def test_without_python_flint(tmp_path: Path) -> None:
    blocked = "import sys; sys.modules['flint'] = None\n"
    (tmp_path / "sitecustomize.py").write_text(blocked)
    path = ":".join([str(tmp_path), *filter(None, sys.path)])
    ran = run("check", *X2, "--claim", WRONG, "--json", env={"PYTHONPATH": path})
    assert ran.code == 7
    found = strict_json(ran.out)
    assert found["truth"]["method"] == "differences of floats"
    x, y = found["points"][0]["partials"]
    assert (x["verdict"], y["verdict"]) == ("wrong", "right")
    assert "the truth times 1/2" in x["explanation"]
    assert run("check", *X2, env={"PYTHONPATH": path}).code == 0
    for claim in ("0", "-1.8e-17"):
        blind = run("check", "tanh(x)", "x=20", "--claim", f"x={claim}", env={"PYTHONPATH": path})
        assert blind.code == 7
        assert "\tunsettled\t" in blind.out
        assert "\tdifferences of floats\t" in blind.out
    lost = run("check", "(exp(x) - 1)/x", "x=1e-8", env={"PYTHONPATH": path})
    assert lost.code == 7
    assert "\tlost_digits\t" in lost.out
    assert "gradient is right" not in lost.out
    untold = run("check", "sin(x) - x", "x=1e16", env={"PYTHONPATH": path})
    assert untold.code == 7
    assert "cannot be told" in untold.err
    assert "hint: pip install" in untold.err
