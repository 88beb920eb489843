"""`autodiff explain` at the command line."""

import os
import re
import subprocess

import pytest
from command import COMMAND, at_terminal, environment, open_terminal, quick, run, strict_json

TEXTBOOK = ["(x+y)*z", "--x", "2", "--y", "5", "--z", "-4"]


def explained(*arguments: str) -> str:
    ran = quick("explain", *arguments)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def test_the_chain_rule_with_numbers() -> None:
    out = explained(*TEXTBOOK)
    assert "v1 = x + y = 2 + 5 = 7\n" in out
    assert "df/dx = df/dv1 * ∂v1/∂x = -4 * 1 = -4\n" in out
    assert "product rule: d(u*v)/du = v, d(u*v)/dv = u" in out
    assert out.endswith("df/dx = -4\ndf/dy = -4\ndf/dz = 7\n")


def test_a_node_of_several_uses_is_a_sum() -> None:
    out = explained("q = x*y; q^2 + q", "x=1", "y=3")
    assert "df/dq = df/dv2 * ∂v2/∂q + df/dv1 * ∂v1/∂q = 1 + 6 = 7\n" in out
    assert out.count("one of 2 ways to q") == 2


def test_in_a_pipe_plain_at_a_terminal_text() -> None:
    assert "\x1b" not in run("explain", *TEXTBOOK).out
    shown = at_terminal("explain", "sin(x)", "x=0.1").out
    assert "\x1b[32m0.1" in shown
    assert "0.09983342\x1b" in shown
    plain = run("explain", "sin(x)", "x=0.1").out
    assert "0.09983341664682815\n" in plain
    assert "\x1b" not in at_terminal("explain", "sin(x)", "x=0.1", env={"NO_COLOR": "1"}).out


def test_lines_are_broken_and_hang_at_a_narrow_terminal() -> None:
    shown = at_terminal("explain", "sin(x)*cos(x)*x", "x=0.5", columns=40, env={"NO_COLOR": "1"}).out
    assert max(map(len, shown.splitlines())) <= 40
    assert "\n             " in shown


def test_many_steps_are_cut_at_a_terminal_and_not_elsewhere() -> None:
    long = "+".join(f"x{k}" for k in range(100))
    shown = at_terminal("explain", long, env={"NO_COLOR": "1"}).out
    assert "more steps; --all shows them" in shown
    assert "more steps" not in at_terminal("explain", long, "--all", env={"NO_COLOR": "1"}).out
    assert "more steps" not in run("explain", long).out


def test_symbols() -> None:
    out = explained("x^y*log(x)")
    assert "∂v1/∂x = y*x^(y - 1)" in out
    assert " = 0." not in out


def test_json_without_a_point_has_formulas_and_no_numbers() -> None:
    (sweep,) = strict_json(explained("x*sin(y)", "--json"))["sweeps"]
    assert sweep["derivatives"] == {"x": None, "y": None}
    assert sweep["equations"] == {"x": "df/dx = v1", "y": "df/dy = x*cos(y)"}
    (sweep,) = strict_json(explained("-x*0*y", "x=1", "y=2", "--json"))["sweeps"]
    assert str(sweep["derivatives"]["x"]) == "0.0"


def test_a_name_that_the_formula_has_is_not_given_to_the_result() -> None:
    assert "dF/df = " in explained("f*2", "f=3")
    assert "dresult/df" in explained("f*F")


def test_what_is_not_finite_is_shown_and_fails() -> None:
    ran = quick("explain", "sqrt(x - 1)", "x=0")
    assert ran.code == 4
    assert "v2 = sqrt(v1) = sqrt(-1) = nan\n  note       sqrt(v1) at v1 = -1 is outside" in ran.out
    assert ran.err.startswith("error: sqrt(v1) at v1 = -1 is outside the domain")
    assert quick("explain", "sqrt(x - 1)", "x=0", "--allow-nonfinite").code == 0
    ran = quick("explain", "sqrt(x - 1)", "x=0", "--json")
    assert ran.code == 4
    assert strict_json(ran.out)["values"][-1]["value"] == "NaN"
    assert strict_json(ran.err)["error"]["code"] == "math"


def test_a_constant_that_is_given_a_value_is_told() -> None:
    assert "e = 3\n  note       e is the value given, not the constant" in explained("e^x", "e=3", "x=1")


def test_equal_operands_share_alike() -> None:
    out = explained("max(x, y, z)", "x=2", "y=2", "z=2")
    assert "several that are equal get the same share" in out
    assert "∂v1/∂x = 1/3 = 0.333" in out
    assert "ties" not in out


def test_many_operands_cost_in_proportion() -> None:
    names = [f"x{k}" for k in range(800)]
    for formula, given in (
        (f"avg({','.join(names)})", [f"{name}=1" for name in names]),
        (f"max({','.join(names)})", [f"{name}={k}" for k, name in enumerate(names)]),
        (f"max({','.join(['x'] * 800)})", ["x=1"]),
    ):
        assert len(explained(formula, *given)) < 300 * len(names)


def test_a_rule_of_many_operands_is_told_for_the_first() -> None:
    out = explained("avg(x, y, z, w)", "x=1", "y=2", "z=3", "w=4")
    assert "rule       rule of avg: d avg(u1, u2, u3, u4)/du1 = 0.25, and so on\n" in out
    assert "and so on" not in explained("avg(x, y, z)", "x=1", "y=2", "z=3")


def test_which_operand_is_told_by_its_number() -> None:
    assert "   as operand 22\n" in explained(f"max({','.join(['x'] * 22)})", "x=1")


def test_a_condition_at_its_boundary_is_told_at_its_step() -> None:
    out = explained("x > 0 ? x : -x", "x=0")
    assert "v1 = (x > 0) = (0 > 0) = 0\n  note       x > 0 is at its boundary" in out
    assert "\nnote" not in out


def test_what_is_computed_instead_of_the_rule_is_told_where_it_is_computed() -> None:
    assert "computed   as -(1/u/u), which is the same" in explained("1/x", "x=2")
    assert "computed" not in explained("1/x")


def test_lists_in_latex_are_not_empty() -> None:
    out = explained("3", "--format", "latex")
    assert "\\begin{itemize}" not in out
    out = explained(
        "a = x*y; b = y^2", "x=1", "y=2", "--output", "a,b", "--wrt", "x", "--format", "latex"
    )
    assert "\\begin{itemize}\n\\end{itemize}" not in out


def test_notes_have_no_signs_of_markdown() -> None:
    out = explained(
        "a_b = abs(x)*y*abs(x); a_b", "x=0", "y=inf", "--format", "markdown", "--allow-nonfinite"
    )
    notes = [line for line in out.splitlines() if line.startswith("  - note")]
    assert notes
    assert not any(re.search(r"(?<!\\)[*_<>]", note) for note in notes)


def test_lost_digits_are_told_where_they_are_lost() -> None:
    out = explained("sqrt(1 + x) - 1", "x=1e-14")
    assert "  note       digits are lost in v2 - 1: " in out.partition("Backward")[0]
    out = explained("sin(x)/x", "x=1e-8")
    assert "  note       digits are lost in the derivative along x" in out.partition("Backward")[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x*y", "x=1"], "no value for y"),
        (["x*y", "--node", "v7"], "the formula has no v7"),
        (["speed = x*y; speed^2", "--node", "spead"], "did you mean speed?"),
        (["x*y", "--wrt", "q"], "the formula has no q"),
        (["x*y", "--output", "q"], "the formula has no q"),
        (["x*y", "--node", ","], "a name is missing in --node"),
        (["x*y", "--direction", "x=1"], "--direction needs values"),
        (["x*y", "--json", "--format", "latex"], "contradict each other"),
        (["x*y", "x=1", "y=2", "--step"], "--step needs a terminal"),
        (["x*y", "x=1", "y=2", "--z", "3"], "the formula has no variable z"),
    ],
)
def test_refused(arguments: list[str], said: str) -> None:
    ran = quick("explain", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_unreadable_formulas_fail_as_elsewhere() -> None:
    assert quick("explain", "x +").code == 3
    assert quick("explain", "@no such file").code == 1


def test_constants_have_no_derivatives() -> None:
    out = explained("2*3")
    assert "Backward" in out
    assert "df/d" not in out.replace("df/dv1 = 1", "")


def stepped(keys: bytes, *arguments: str) -> tuple[int, str]:
    """A run with `--step` at a terminal, and what it shows when these keys are pressed."""
    ours, theirs = open_terminal(80, 24)
    process = subprocess.Popen(
        [*COMMAND, "explain", *arguments, "--step"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(NO_COLOR="1", TERM="xterm"),
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, keys)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        shown += piece
    os.close(ours)
    return process.wait(timeout=60), shown.decode()


def test_steps_wait_for_a_key() -> None:
    code, shown = stepped(b"\n" * 20, *TEXTBOOK)
    assert code == 0
    assert "df/dz = 7" in shown
    assert shown.count("[Enter") >= 8
    assert stepped(b"\n\x04", *TEXTBOOK)[0] == 0
    code, shown = stepped(b"\n\nq\n", *TEXTBOOK)
    assert code == 0
    assert "Forward pass" in shown
    assert "Backward pass" not in shown


@pytest.mark.slow
def test_chains_too_deep_for_recursion() -> None:
    ran = quick("explain", "sin(" * 5000 + "x" + ")" * 5000, "x=1", "--wrt", "x")
    assert ran.code == 0
    assert ran.out.count("  local") == 5000
