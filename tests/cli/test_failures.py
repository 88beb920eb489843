"""How a run may end: exit codes, errors in text and in JSON, and carets under the right place."""

import os
import signal
import subprocess
import time

import pytest
from command import COMMAND, carets, environment, failed, get, quick, refused, run, strict_json

LONG = "+".join(f"sin({i}*x)" for i in range(1, 3000))

# One run for each way to fail: arguments, exit code, machine-readable code.
FAILURES = [
    (["x", "x=1"], 0, None),
    (["abs(x)", "x=0"], 0, None),
    (["@no/such/file"], 1, "io"),
    (["x", "--params", "no/such/file"], 1, "io"),
    (["x"], 2, "usage"),
    (["x", "--y", "1", "x=1"], 2, "usage"),
    (["x", "x=1", "--format", "nope"], 2, "usage"),
    (["x", "x=1", "--digits", "many"], 2, "usage"),
    (["x", "x=1", "--json=1"], 2, "usage"),
    (["x", "x=%"], 2, "usage"),
    (["x", "--x"], 2, "usage"),
    (["x", "y", "z"], 2, "usage"),
    ([], 2, "usage"),
    (["x +"], 3, "formula"),
    (["foo(x)"], 3, "formula"),
    (["sin(x, y)"], 3, "formula"),
    (["a = b; b = a"], 3, "formula"),
    (["a = 1; a = 2"], 3, "formula"),
    (["1e999"], 3, "formula"),
    (["log(x)", "x=-1"], 4, "math"),
    (["1/x", "x=0"], 4, "math"),
    (["sqrt(x)", "x=0"], 4, "math"),
    (["x*y", "x=1e300", "y=1e300"], 4, "math"),
]


@pytest.mark.parametrize(("arguments", "code", "name"), FAILURES)
def test_exit_codes(arguments, code, name):
    ran = quick("eval", *arguments)
    assert ran.code == code
    if code:
        assert ran.out == ""
        assert ran.err.startswith("error: ")
        assert not ran.err.startswith("error: \n")
        assert all(len(line) < 200 for line in ran.err.splitlines())
        for flag in (["--json"], ["--format", "json"], ["--format=json"]):
            if "--format" in arguments and flag != ["--json"]:
                continue
            report = quick("eval", *flag, *arguments)
            assert (report.code, report.out) == (code, "")
            assert report.err.count("\n") == 1
            parsed = strict_json(report.err)
            assert list(parsed) == ["schema", "error"]
            assert parsed["schema"] == "autodiff.error/1"
            assert list(parsed["error"]) == ["code", "message", "span", "hint"]
            assert parsed["error"]["code"] == name
            assert f"error: {parsed['error']['message']}\n" in ran.err
            if parsed["error"]["hint"]:
                assert f"hint: {parsed['error']['hint']}\n" in ran.err


@pytest.mark.parametrize("code", range(5))
def test_exit_codes_of_processes(code):
    arguments = next(case[0] for case in FAILURES if case[1] == code)
    assert run("eval", *arguments) == quick("eval", *arguments)


# Formulas with one mistake, and the text that the carets must stand under.
MISTAKES = [
    ("x + % + y", "%"),
    ("2x + foo(3)", "foo"),
    ("x + (y*", ""),
    ("x 2", "2"),
    ("1/2x", "x"),
    ("x + y)", ")"),
    ("漢字 + 中 % 2", "%"),
    ("漢字 + 中心(2)", "中心"),
    ("x\t+\t% + y", "%"),
    ("\tx\t\t+ foo(1)", "foo"),
    ("x + \x1b % y", " "),
    ("é + %", "%"),
    ("e\u0301 + %".replace("e\u0301", "é"), "%"),
    ("a = x^2\nb = a +* 3\nc = b", "*"),
    ("a = x^2\r\nb = a + %\r\nc = b\r\n", "%"),
    ("# 漢字\n\n\n  a = % 2", "%"),
    (LONG + " + %", "%"),
    ("% + " + LONG, "%"),
    (LONG + " + % + " + LONG, "%"),
    ("漢+" * 500 + "%" + "+漢" * 500, "%"),
    ("x + (\n" + LONG + "\n + % + " + LONG + "\n)", "%"),
    ("👍", "👍"),
    ("x = = 2", "="),
    ("sin(x y)(", ""),
    ("x ** ** 2", "**"),
    ("x = 1; x = 2", "x"),
    ("max()", "max()"),
    ("sin(x, y)", "sin(x, y)"),
]


@pytest.mark.parametrize(("formula", "place"), MISTAKES, ids=range(len(MISTAKES)))
def test_carets_stand_under_the_place(formula, place, tmp_path):
    path = tmp_path / "formula.txt"
    path.write_bytes(formula.encode())
    for ran in (quick("eval", "--x=1", formula), quick("eval", f"@{path}", "x=1")):
        assert ran.code == 3
        assert carets(ran.err) == place
        lines = ran.err.splitlines()
        assert len(lines) in (3, 4)
        assert max(map(len, lines)) < 100
        if "\n" in formula.strip():
            number = formula[: failed("--x=1", formula)["span"][0]].count("\n") + 1
            assert lines[1].startswith(f"  line {number}: ")


@pytest.mark.parametrize(("formula", "place"), MISTAKES, ids=range(len(MISTAKES)))
def test_spans_are_of_the_text(formula, place):
    start, end = failed(formula)["span"]
    found = formula[start:end]
    assert found == place or (place == " " and found == "\x1b")


def test_formula_in_one_line_of_an_excerpt():
    said = refused("a = x\nb = a*y", "x=1")
    assert said.splitlines()[1] == "  line 2: b = a*y"
    assert carets(said) == "y"


@pytest.mark.parametrize(
    ("formula", "values", "place", "words"),
    [
        ("y + log(x)", ["x=-1", "y=2"], "log(x)", "outside the domain"),
        ("y + 1/x", ["x=0", "y=2"], "1/x", "outside the domain"),
        ("(x + y)^2*1e300", ["x=1e300", "y=1"], "(x + y)^2", "inf"),
        ("y*sqrt(x)", ["x=0", "y=2"], "sqrt(x)", "derivative along x"),
        ("2*asin(漢)", ["漢=2"], "asin(漢)", "outside the domain"),
        ("(x - y)/(y - x)", ["x=1", "y=1"], "(x - y)/(y - x)", "outside the domain"),
    ],
)
def test_mathematics_points_at_the_first_culprit(formula, values, place, words):
    said = refused(formula, *values, code=4)
    assert words in said
    assert carets(said) == place
    assert "--allow-nonfinite" in said
    assert quick("eval", formula, *values, "--allow-nonfinite").code == 0


class TestStreams:
    """Standard streams that are full, closed, or left early by their reader."""

    def start(self, *arguments, **streams):
        return subprocess.Popen([*COMMAND, *arguments], env=environment(), **streams)

    @pytest.mark.parametrize("form", ["plain", "json", "csv"])
    def test_reader_that_leaves_early(self, form):
        process = self.start(
            *["eval", LONG, "x=1", "--all", "--format", form],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        assert process.wait() == 141
        assert b"Traceback" not in err
        assert b"Broken pipe" not in err
        assert b"error" not in err.replace(b"rounding error", b"")

    def test_reader_that_never_read(self):
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as stdout:
            done = subprocess.run(
                [*COMMAND, "eval", "x", "x=1"],
                stdout=stdout,
                stderr=subprocess.PIPE,
                env=environment(),
                check=False,
            )
        assert (done.returncode, done.stderr) == (141, b"")

    def shell(self, redirection, *arguments):
        """A run with a redirection of the shell's."""
        done = subprocess.run(
            ["/bin/sh", "-c", f'"$@" {redirection}', "sh", *COMMAND, *arguments],
            capture_output=True,
            text=True,
            env=environment(),
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
    def test_disk_full(self):
        code, _, err = self.shell("> /dev/full", "eval", "x", "x=1")
        assert (code, err) == (1, "error: cannot write the result: No space left on device\n")
        code, _, err = self.shell("> /dev/full", "eval", "x", "x=1", "--json")
        assert code == 1
        assert strict_json(err)["error"]["code"] == "io"
        code, _, err = self.shell("> /dev/full", "eval", LONG, "x=1")
        assert (code, err) == (1, "error: cannot write the result: No space left on device\n")

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
    @pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["eval", "--help"]])
    def test_disk_full_for_help(self, arguments):
        code, _, err = self.shell("> /dev/full", *arguments)
        assert code == 1
        assert err.startswith("error: ")
        assert "Traceback" not in err

    @pytest.mark.parametrize("arguments", [["--version"], ["eval", "--help"]])
    def test_help_whose_reader_leaves(self, arguments):
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as stdout:
            process = self.start(*arguments, stdout=stdout, stderr=subprocess.PIPE)
        _, err = process.communicate()
        assert (process.returncode, err) == (141, b"")

    @pytest.mark.parametrize("form", [[], ["--json"], ["--get", "value"]])
    def test_closed_output(self, form):
        code, _, err = self.shell(">&-", "eval", "x", "x=1", *form)
        assert code == 1
        assert "Traceback" not in err
        assert "cannot write the result" in err

    @pytest.mark.parametrize(("arguments", "wanted"), [(["x +"], 3), (["x"], 2), (["abs(x)", "x=0"], 0)])
    def test_closed_errors(self, arguments, wanted):
        code, out, _ = self.shell("2>&-", "eval", *arguments)
        assert code == wanted
        assert "error" not in out

    def test_full_errors(self):
        code, out, _ = self.shell("2>/dev/full", "eval", "x +")
        assert (code, out) == (3, "")
        code, out, _ = self.shell("2>/dev/full", "eval", "abs(x)", "x=0", "--get", "d.x")
        assert (code, out) == (0, "0\n")

    def test_closed_input(self):
        code, out, err = self.shell("<&-", "eval", "-", "x=1")
        assert code == 1
        assert out == ""
        assert "Traceback" not in err
        assert "cannot read standard input" in err

    def test_closed_input_that_is_not_wanted(self):
        assert self.shell("<&-", "eval", "x", "x=1", "--get", "value") == (0, "1\n", "")

    def test_nothing_asks(self):
        """No run waits for standard input that it was not told to read."""
        read, write = os.pipe()
        process = self.start(
            "eval", "x + y", stdin=read, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            assert process.wait(timeout=30) == 2
        finally:
            os.close(read)
            os.close(write)

    def interrupted(self, tmp_path, seconds, terms):
        path = tmp_path / "long.txt"
        path.write_text("+".join(f"sin({i}*x)" for i in range(terms)))
        process = self.start(
            *["eval", f"@{path}", "x=1", "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def test_interrupt(self, tmp_path):
        code, out, err = self.interrupted(tmp_path, 1.5, 200_000)
        assert code == 130
        assert out == b""
        assert b"Traceback" not in err
        assert err.strip() == b""

    def test_interrupt_at_the_start(self):
        script = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
        # The signal comes when the module that holds the table of operators is loaded.
        hook = (
            "import sys, runpy\n"
            "class Finder:\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            "        if name == 'autodiff_cli.graph.operators':\n"
            f"            {script}\n"
            "sys.meta_path.insert(0, Finder())\n"
            "sys.argv = ['autodiff', 'eval', 'x', 'x=1']\n"
            "runpy.run_module('autodiff_cli', run_name='__main__')\n"
        )
        done = subprocess.run(
            [COMMAND[0], "-c", hook], capture_output=True, text=True, env=environment(), check=False
        )
        assert "Traceback" not in done.stderr
        assert done.returncode == 130


def test_deep_formulas_fail_with_a_place():
    depth = 20_000
    said = refused("(" * depth + "x", code=3)
    assert f"{depth} parentheses are not closed" in said
    said = refused("(" * depth + "x" + ")" * (depth + 1), code=3)
    assert "no parenthesis is open" in said
    assert carets(said) == ")"
    assert max(map(len, said.splitlines())) < 100


@pytest.mark.parametrize(
    "arguments",
    [["{}"], ["{}(x)"], ["x", "{}"], ["x", "--x={}"], ["x", "x=1", "--get", "{}"], ["x", "--{}=1"]],
)
def test_long_words_in_messages(arguments):
    said = refused(*(argument.replace("{}", "a" * 5000) for argument in arguments), code=None)
    assert max(map(len, said.splitlines())) < 300


def test_functions_that_grow_without_bound():
    chain = "f0(x) = x*x; " + "; ".join(f"f{i}(x) = f{i - 1}(x) + f{i - 1}(x + 1)" for i in range(1, 12))
    assert get(f"{chain}; f11(y)", "y=1", "--get", "value")
    assert "is defined by itself" in refused("f(x) = f(x - 1); f(3)", code=3)


def test_python_warnings_are_not_shown():
    ran = run(
        "eval", "x^2", "x=1", "--get", "value", env={"PYTHONWARNINGS": "always", "PYTHONDEVMODE": "1"}
    )
    assert (ran.code, ran.out) == (0, "1\n")
