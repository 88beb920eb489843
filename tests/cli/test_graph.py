"""`autodiff graph`: formats, files, limits, mistakes."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command import at_terminal, environment, quick, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DATA = Path(__file__).parents[1] / "data" / "graph"
TEXTBOOK = ("(x+y)*z", "x=2", "y=5", "z=-4")
SHARED = ("sq(a) = a^2 + a; q = sin(x)*y + sq(x); q^2 + q*sq(y)", "x=0.5", "y=2")
GOLDEN = {
    "textbook": TEXTBOOK,
    "structure": ("q = 2*x + y^3; q^2 + exp(q)",),
    "shared": (*SHARED, "--partials"),
    "backward": ("q = sin(x)*y; q^2 + q", "x=0.5", "y=2", "--backward"),
    "kink": ("abs(x) + max(y, 3)", "x=0", "y=1"),
    "folded": (*SHARED, "--max-nodes", "7"),
}
LARGE = "+".join(f"sin(x*{k})*y" for k in range(3400))


def refused(*arguments, code=2):
    ran = quick("graph", *arguments)
    assert ran.code == code, ran
    assert ran.out == ""
    assert ran.err.startswith(("error: ", "warning: "))
    return ran.err


class TestGolden:
    """The text formats, whole. To renew a file, write what the command says after looking at it."""

    @pytest.mark.parametrize("name", GOLDEN)
    @pytest.mark.parametrize("form", ["dot", "mmd", "unicode"])
    def test_text(self, name, form):
        arguments = [word for word in GOLDEN[name] if (word, form) != ("--partials", "unicode")]
        ran = quick("graph", *arguments, "--format", form)
        assert ran.code == 0
        assert ran.out == (DATA / f"{name}.{form}").read_text(encoding="utf-8")


class TestFiles:
    """-o writes whole files, by their ending."""

    @pytest.mark.parametrize(
        ("ending", "beginning"),
        [
            ("svg", b"<svg "),
            ("png", b"\x89PNG\r\n\x1a\n"),
            ("pdf", b"%PDF-"),
            ("dot", b'digraph "(x + y)*z" {'),
            ("mmd", b"flowchart LR\n"),
            ("PNG", b"\x89PNG"),
        ],
    )
    def test_endings(self, ending, beginning, tmp_path):
        path = tmp_path / f"graph.{ending}"
        assert quick("graph", *TEXTBOOK, "-o", str(path)) == (0, "", "")
        assert path.read_bytes().startswith(beginning)
        assert os.listdir(tmp_path) == [path.name]

    def test_standard_output_says_the_same(self, tmp_path):
        for form in ("dot", "mmd", "svg"):
            path = tmp_path / f"graph.{form}"
            quick("graph", *TEXTBOOK, "-o", str(path))
            assert quick("graph", *TEXTBOOK, "--format", form).out == path.read_text(encoding="utf-8")
            assert quick("graph", *TEXTBOOK, "-o", "-", "--format", form).out == path.read_text()
        assert quick("graph", *TEXTBOOK).out == (tmp_path / "graph.dot").read_text()

    def test_the_format_may_be_named(self, tmp_path):
        path = tmp_path / "picture"
        assert quick("graph", *TEXTBOOK, "-o", str(path), "--format", "svg").code == 0
        ElementTree.fromstring(path.read_text())
        unicode = tmp_path / "picture.txt"
        assert quick("graph", *TEXTBOOK, "-o", str(unicode), "--format", "unicode").code == 0
        assert unicode.read_text() == quick("graph", *TEXTBOOK, "--format", "unicode").out

    def test_what_was_there_stays_until_all_is_written(self, tmp_path):
        path = tmp_path / "graph.svg"
        path.write_text("before")
        os.chmod(path, 0o640)
        refused("x +", "-o", str(path), code=3)
        refused("log(x)", "x=-1", "-o", str(path), code=4)
        assert path.read_text() == "before"
        assert quick("graph", "x", "-o", str(path)).code == 0
        assert path.read_text().startswith("<svg")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_through_a_link(self, tmp_path):
        (tmp_path / "real.dot").write_text("")
        (tmp_path / "link.dot").symlink_to(tmp_path / "real.dot")
        assert quick("graph", "x", "-o", str(tmp_path / "link.dot")).code == 0
        assert (tmp_path / "link.dot").is_symlink()
        assert (tmp_path / "real.dot").read_text().startswith("digraph")

    def test_what_is_no_file(self, tmp_path):
        assert "cannot write" in refused("x", "-o", str(tmp_path / "no" / "graph.svg"), code=1)
        (tmp_path / "folder.svg").mkdir()
        assert "cannot write" in refused("x", "-o", str(tmp_path / "folder.svg"), code=1)
        assert quick("graph", "x", "-o", "/dev/null", "--format", "svg").code == 0

    def test_unknown_endings(self, tmp_path):
        err = refused("x", "-o", "graph.gif")
        assert "does not tell what .gif is" in err
        assert ".dot, .mmd, .svg, .png, .pdf" in err
        assert "does not tell what to write" in refused("x", "-o", "graph")
        assert "contradict" in refused("x", "-o", str(tmp_path / "a.svg"), "--format", "png")
        assert "-o graph.png writes a file" in refused("x", "--format", "png")
        assert not list(tmp_path.iterdir())


class TestValues:
    """As in eval."""

    def test_one_missing(self):
        assert "no value for z" in refused("(x+y)*z", "x=2", "y=5")
        assert "no variable w" in refused("x", "w=2")

    def test_without_variables_there_are_values(self):
        assert "0.9093" in quick("graph", "sin(2)").out

    def test_digits(self):
        assert "0.33<" in quick("graph", "x/3", "x=1", "--digits", "2").out
        assert "0.3333333333<" in quick("graph", "x/3", "x=1", "--digits", "10").out

    def test_warnings_are_told(self):
        ran = quick("graph", "abs(x)", "x=0")
        assert ran.code == 0
        assert ran.err.startswith("warning: abs(x) has a kink")
        assert "dashed" in ran.out

    def test_not_finite(self):
        assert "sqrt(x)" in refused("sqrt(x)", "x=-1", code=4)
        ran = quick("graph", "1/x", "x=0", "--allow-nonfinite", "--format", "svg")
        assert ran.code == 0
        assert "inf" in ran.out

    def test_what_needs_values(self):
        assert "--partials needs values" in refused("x*y", "--partials")
        assert "no room" in refused("x*y", "x=1", "y=2", "--partials", "--format", "unicode")
        assert "--wrt needs values" in refused("x*y", "--wrt", "x")
        assert quick("graph", "x*y", "--wrt", "x", "--backward").code == 0
        assert "the formula has no w" in refused("x*y", "--wrt", "w", "--backward")

    def test_outputs(self):
        out = quick("graph", "q = x + y; f = q*z", "--output", "q").out
        assert "z" not in out.split("{", 2)[2]
        assert "the formula has no g" in refused("x", "--output", "g")
        assert "one output" in refused("q = x; f = q*y", "--output", "q,f", "--backward")


class TestSize:
    """Large graphs are folded or refused, soon."""

    @pytest.mark.parametrize("form", ["svg", "mmd", "unicode"])
    @pytest.mark.parametrize("values", [(), ("x=1", "y=2")])
    def test_ten_thousand_nodes_are_refused(self, form, values, tmp_path):
        path = tmp_path / "formula.txt"
        path.write_text(LARGE)
        start = time.process_time()
        err = refused(f"@{path}", *values, "--format", form)
        assert time.process_time() - start < 5
        assert "the picture has 13,601 nodes, more than 200" in err
        assert "hint: " in err

    def test_ten_thousand_nodes_are_folded(self, tmp_path):
        lines = [f"q{k} = {'+'.join(f'sin(x*{k * 1000 + j})*y' for j in range(200))}" for k in range(18)]
        path = tmp_path / "formula.txt"
        path.write_text("\n".join([*lines, "*".join(f"q{k}" for k in range(18))]))
        start = time.process_time()
        ran = quick("graph", f"@{path}", "x=0.01", "y=0.1", "--format", "svg")
        assert ran.code == 0
        assert time.process_time() - start < 5
        assert "note: folded: 14,401 nodes are drawn as 37" in ran.err
        assert ran.out.count('class="node folded"') == 18

    def test_dot_is_longer(self, tmp_path):
        path = tmp_path / "formula.txt"
        path.write_text("+".join(f"sin(x*{k})*y" for k in range(2000)))
        ran = quick("graph", f"@{path}")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.count(" -> ") == 11_998
        assert "the picture has 8,001 nodes, more than 7,000" in refused(
            f"@{path}", "--max-nodes", "7000"
        )

    def test_a_million_nodes_are_refused(self, tmp_path):
        path = tmp_path / "formula.txt"
        path.write_text("+".join(["x*y"] * 250_000))
        start = time.process_time()
        assert "larger than 0.5 MB" in refused(f"@{path}")
        assert time.process_time() - start < 5
        text = "f0(t) = t*t + t; " + "; ".join(
            f"f{k}(t) = f{k - 1}(f{k - 1}(t + {k}))" for k in range(1, 20)
        )
        assert "more than 100,000 operations" in refused(f"{text}; f19(x)", code=3)

    def test_expand(self):
        arguments = (*SHARED, "--max-nodes", "7")
        assert "5 operations" in quick("graph", *arguments).out
        err = refused(*arguments, "--expand", "all")
        assert "the picture has 12 nodes, more than 7" in err
        assert "leave out --expand" in err
        assert "did you mean sq?" in refused(*arguments, "--expand", "Sq")
        ran = quick("graph", *SHARED, "--max-nodes", "11", "--expand", "q")
        assert ran.code == 0
        assert ran.err.startswith("note: folded: 12 nodes are drawn as")


def without_pygraphviz(*arguments):
    hidden = (
        "import sys; sys.modules['pygraphviz'] = None; from autodiff_cli.__main__ import main; main()"
    )
    return subprocess.run(
        [sys.executable, "-c", hidden, *arguments],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )


class TestExtra:
    """pygraphviz draws; text needs nothing."""

    def test_missing(self, tmp_path):
        for ending in ("svg", "png", "pdf"):
            done = without_pygraphviz("graph", "x", "-o", str(tmp_path / f"graph.{ending}"))
            assert done.returncode == 2
            assert done.stderr == (
                "error: pictures need pygraphviz\nhint: pip install 'autodiff-cli[draw]'\n"
            )
        assert not list(tmp_path.iterdir())

    def test_text_works_without(self):
        for form in ("dot", "mmd", "unicode"):
            assert without_pygraphviz("graph", "x", "--format", form).returncode == 0

    def test_without_fonts(self, tmp_path):
        """On a machine without fonts PNG would show empty squares: that is told."""
        fonts = tmp_path / "fonts.conf"
        fonts.write_text(
            '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
            f"<dir>{tmp_path}/none</dir><cachedir>{tmp_path}/cache</cachedir></fontconfig>"
        )
        env = {"FONTCONFIG_FILE": str(fonts)}
        for ending in ("png", "pdf"):
            ran = run("graph", "x", "-o", str(tmp_path / f"graph.{ending}"), env=env)
            assert ran.code == 2
            assert "there are no fonts" in ran.err
        ran = run("graph", "x", "-o", str(tmp_path / "graph.svg"), env=env)
        assert ran == (0, "", "")

    def test_graphviz_says_nothing(self, tmp_path):
        ran = run("graph", *SHARED, "-o", str(tmp_path / "graph.png"))
        assert ran == (0, "", "")


class TestTerminal:
    """Characters in a terminal."""

    def test_it_fits_the_screen(self):
        for columns in (40, 80, 160):
            shown = at_terminal(
                "graph", *SHARED, "--format", "unicode", "--color", "never", columns=columns
            )
            if shown.code == 0:
                assert max(map(len, shown.out.splitlines())) <= columns
            else:
                assert columns == 40
                assert "columns wide, and the terminal 40" in shown.err

    def test_colors(self):
        assert "\x1b[32m" in at_terminal("graph", *TEXTBOOK, "--format", "unicode").out
        plain = at_terminal("graph", *TEXTBOOK, "--format", "unicode", env={"NO_COLOR": "1"}).out
        assert "\x1b" not in plain
        assert "\x1b" not in quick("graph", *TEXTBOOK, "--format", "unicode").out
        colored = quick("graph", *TEXTBOOK, "--format", "unicode", "--color", "always").out
        assert "\x1b[31m7\x1b[0m" in colored


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(
            [
                *[
                    "x",
                    "x*y",
                    "q = x; q*y",
                    "abs(x)",
                    "f(u) = u^2 + u; f(x)",
                    "x=1",
                    "y=0",
                    "--x",
                    "1/0",
                ],
                *[
                    "--format",
                    "dot",
                    "mmd",
                    "svg",
                    "unicode",
                    "png",
                    "-o",
                    "/dev/null",
                    "-",
                    "--partials",
                ],
                *[
                    "--backward",
                    "--wrt",
                    "--output",
                    "q",
                    "--expand",
                    "all",
                    "--max-nodes",
                    "2",
                    "--digits",
                ],
                *["--allow-nonfinite", "--color", "always", "θ", "3", "--help", "", "--nope"],
            ]
        ),
        max_size=7,
    )
)
def test_any_arguments(arguments):
    ran = quick("graph", *arguments)
    assert ran.code in {0, 1, 2, 3, 4}
    if ran.code:
        assert ran.out == ""
        assert ran.err
