"""Completion in the shell: options, their values, and the formula's own variables."""

import re

import pytest
from command import environment, quick, run


def asked_by_bash(line, word):
    return {"COMP_WORDS": line, "COMP_CWORD": str(word), "_AUTODIFF_COMPLETE": "complete_bash"}


def bash(line, word):
    """What bash is offered for word number `word` of a line."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in asked_by_bash(line, word).items():
            patch.setenv(name, value)
        ran = quick()
    assert ran.code == 0
    assert ran.err == ""
    return ran.out.split()


def zsh(line):
    """What zsh is offered for the last word of a line."""
    ran = run(env={"_TYPER_COMPLETE_ARGS": line, "_AUTODIFF_COMPLETE": "complete_zsh"})
    assert ran.err == ""
    return re.findall(r'"((?:[^"\\]|\\.)+?)"(?::|\n|\))', ran.out)


def test_variables_and_options():
    offered = bash('autodiff eval "(x+y)*z" --', 3)
    assert offered[:3] == ["--x", "--y", "--z"]
    for option in ("--set", "--params", "--wrt", "--output", "--format", "--json", "--get", "--help"):
        assert option in offered


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("--x 2", {"--y", "--z"}),
        ("--x=2", {"--y", "--z"}),
        ("x=2", {"--y", "--z"}),
        ("--x -1e-3 --z 4", {"--y"}),
        ("--x 2 --y 3 --z 4", set()),
    ],
)
def test_variables_not_yet_given(given, left):
    line = f'autodiff eval "(x+y)*z" {given} --'
    offered = bash(line, len(line.split()) - 1)
    assert {"--x", "--y", "--z"} & set(offered) == left
    assert "--format" in offered


def test_formula_after_its_values():
    assert bash('autodiff eval --x 2 "x + y" --', 5)[0] == "--y"


def test_beginnings():
    assert bash('autodiff eval "alpha*beta" --a', 3)[0] == "--alpha"
    assert "--beta" not in bash('autodiff eval "alpha*beta" --a', 3)
    assert bash('autodiff eval "alpha*beta" --form', 3) == ["--format"]


def test_values_of_options():
    assert bash("autodiff eval x --format ", 4) == ["table", "tree", "plain", "json", "csv", "markdown"]
    assert bash("autodiff eval x --format j", 4) == ["json"]
    assert bash("autodiff eval x --color ", 4) == ["auto", "always", "never"]


def test_in_a_process():
    for line, word in (('autodiff eval "(x+y)*z" --', 3), ("autodiff eval x --format ", 4)):
        ran = run(env=asked_by_bash(line, word))
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.split() == bash(line, word)


def test_commands():
    assert bash("autodiff ev", 1) == ["eval"]


def test_unicode_names():
    assert bash('autodiff eval "θ*x" --', 3)[:2] == ["--θ", "--x"]


def test_definitions_and_constants_are_no_variables():
    offered = bash('autodiff eval "q = x*pi; q + y" --', 3)
    assert offered[:2] == ["--x", "--y"]
    assert "--q" not in offered
    assert "--pi" not in offered


@pytest.mark.parametrize("formula", ["(x+y", "x +* y", "", "f(", "%", "@/no/such/file", "-"])
def test_formula_that_cannot_be_read(formula):
    offered = bash(f'autodiff eval "{formula}" --', 3)
    assert "--format" in offered or formula == "-"


def test_line_that_cannot_be_read():
    assert bash('autodiff eval "x+y', 2) in ([], ["--x"])
    assert "--x" not in bash("autodiff eval x --y", 3)
    bash("autodiff eval x --x", 4)
    bash("autodiff eval x --digits many --", 5)
    bash("autodiff nonsense --", 2)


def test_zsh():
    offered = zsh('autodiff eval "(x+y)*z" --x 2 --')
    assert "--y" in offered
    assert "--z" in offered
    assert "--x" not in offered
    assert "--format" in offered


def test_scripts():
    for shell in ("bash", "zsh", "fish"):
        ran = run(env={"_AUTODIFF_COMPLETE": f"source_{shell}"})
        assert ran.code == 0
        assert "autodiff" in ran.out


def test_variables_set_by_set():
    assert "--x" not in bash('autodiff eval "x+y" --set x=2 --', 5)


def test_formula_in_a_file(tmp_path):
    path = tmp_path / "formula.txt"
    path.write_text("x*y")
    assert bash(f"autodiff eval @{path} --", 3)[:2] == ["--x", "--y"]


def test_variable_named_like_an_option():
    offered = bash('autodiff eval "json + x" --', 3)
    assert offered.count("--json") == 1


def test_environment_is_clean():
    assert "_AUTODIFF_COMPLETE" not in environment()


def test_an_index_and_what_stands_for_a_parameter_are_not_offered():
    offered = bash('autodiff eval "g(t)=diff(t*x,t);sum(i,1,3,g(x)^i)" --', 3)
    assert offered[0] == "--x"
    assert {"--i", "--t"}.isdisjoint(offered)
