"""`eval --stream`: points from another program, answered line by line."""

import json
import os
import signal
import subprocess
from typing import Any

import pytest
from command import COMMAND, Ran, environment, evaluated, quick, run, strict_json


def served(formula: str, *lines: str, options: tuple[str, ...] = ()) -> tuple[list[Any], Ran]:
    """The answers to lines, and how the run ended."""
    ran = run("eval", formula, "--stream", *options, stdin="".join(f"{x}\n" for x in lines).encode())
    return [strict_json(line) for line in ran.out.splitlines()], ran


def test_an_answer_is_what_eval_gives() -> None:
    answers, ran = served(
        "x^2*sin(y)", '{"x": 3, "y": 0.5}', '{"y": 1e-3, "x": -2}', options=("--order", "2")
    )
    assert (ran.code, ran.err) == (0, "")
    for answer, values in zip(answers, (("3", "0.5"), ("-2", "1e-3")), strict=True):
        theirs = evaluated("x^2*sin(y)", "--x", values[0], "--y", values[1], "--order", "2")
        for key in ("value", "gradient", "hessian", "error_estimate", "differentiable"):
            assert answer[key] == theirs[key]


def test_each_line_is_answered_at_once() -> None:
    command = [*COMMAND, "eval", "x*y", "--stream", "--y", "2"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), text=True, bufsize=1
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for x in (1.5, -2.0, 1e300):
            process.stdin.write(json.dumps({"x": x}) + "\n")
            assert strict_json(process.stdout.readline())["value"] == 2 * x
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def test_values_of_a_line_win_over_those_given() -> None:
    answers, _ = served("x*y", '{"x": 1}', '{"x": 1, "y": 3}', options=("--y", "2"))
    assert [answer["value"] for answer in answers] == [2.0, 3.0]


def test_the_id_comes_back() -> None:
    answers, _ = served("x", '{"id": {"a": [1]}, "x": 1}', '{"id": "q"}')
    assert [answer["id"] for answer in answers] == [{"a": [1]}, "q"]
    assert "error" in answers[1]


def test_an_id_that_is_a_variable_is_a_value() -> None:
    answers, _ = served("id*2", '{"id": 4}')
    assert answers[0]["value"] == 8.0
    assert "id" not in answers[0]


@pytest.mark.parametrize(
    ("line", "code", "part"),
    [
        ("nope", "data", "not JSON"),
        ("[1]", "data", "no JSON object"),
        ("{}", "usage", "no value for x"),
        ('{"x": null}', "usage", "not a number"),
        ('{"x": true}', "usage", "not a number"),
        ('{"x": [1]}', "usage", "not a number"),
        ('{"x": "1 +"}', "usage", "cannot be read"),
        ('{"x": ' + "9" * 400 + "}", "usage", "too large"),
        ('{"x": -1}', "math", "outside the domain"),
        ('{"x": "NaN"}', "math", "nan"),
        ('{"x": 1, "e": 2}', "usage", "constant"),
        ("[" * 100_000, "data", "too deeply"),
        ('{"x": ' + "9" * 5000 + "}", "data", "too many digits"),
        ('{"x": 1, "x": 2}', "data", "x is given twice"),
        ('{"x": 1, "\\uff58": 2}', "data", "x is given twice"),
        ('{"x": 1, "id": NaN}', "data", "id cannot be given back"),
        ('{"x": 1, "id": [1e999]}', "data", "id cannot be given back"),
        ('{"x": 1, "id": "\\ud800"}', "data", "id cannot be given back"),
    ],
)
def test_an_error_is_an_answer_and_the_stream_goes_on(line: str, code: str, part: str) -> None:
    answers, ran = served("log(x)*e", line, "", '{"x": 1}')
    assert answers[0]["error"]["code"] == code
    assert part in answers[0]["error"]["message"]
    assert answers[1]["value"] == 0.0
    assert ran.code == 5
    assert "1 of 2 lines have no result" in ran.err


def test_values_may_be_constant_expressions() -> None:
    answers, _ = served("x", '{"x": "pi/2"}', '{"x": "Infinity"}', options=("--allow-nonfinite",))
    assert [answer["value"] for answer in answers] == [1.5707963267948966, "Infinity"]


@pytest.mark.parametrize("key", ["µ", "μ", "\\u00b5"])
def test_keys_are_compared_like_names_in_formulas(key: str) -> None:
    """The micro sign is the Greek letter, however it is typed."""
    answers, _ = served("µ^2", f'{{"{key}": 3}}')
    assert answers[0]["value"] == 9.0


def test_deep_ids_come_back_or_are_told() -> None:
    """Reading ends at some depth, writing may end before."""
    depths = range(900, 1010, 5)
    ids = ["[" * depth + "]" * depth for depth in depths]
    lines = [f'{{"x": 1, "id": {identity}}}\n' for identity in ids]
    ran = run("eval", "x", "--stream", stdin="".join(lines).encode())
    answers = ran.out.splitlines()
    assert len(answers) == len(lines)
    for answer, identity in zip(answers, ids, strict=True):
        assert answer.startswith((f'{{"id": {identity}, "value": 1.0', '{"error": {"code": "data"'))


def test_kinks_are_told_and_settled() -> None:
    answers, _ = served("abs(x) + relu(y) - relu(-y)", '{"x": 0, "y": 0}')
    (answer,) = answers
    assert answer["gradient"] == {"x": 0.0, "y": 1.0}
    assert answer["differentiable"] == {"x": False, "y": True}
    assert [warning["code"] for warning in answer["warnings"]] == ["kink"]


def test_several_outputs() -> None:
    answers, _ = served("a = x^2; b = 3*x", '{"x": 2}', options=("--output", "a,b"))
    assert answers[0]["gradient"] == {"a": {"x": 4.0}, "b": {"x": 3.0}}


@pytest.mark.parametrize(
    "options",
    [("--get", "value"), ("--certify",), ("--format", "csv"), ("--order", "3"), ("--direction", "x=1")],
)
def test_options_that_say_nothing_of_answers(options: tuple[str, ...]) -> None:
    ran = quick("eval", "x", "--stream", *options)
    assert (ran.code, ran.out) == (2, "")
    assert "--stream" in ran.err


def test_the_formula_cannot_come_the_same_way() -> None:
    assert quick("eval", "-", "--stream", stdin=b"x").code == 2


def test_no_lines_no_answers() -> None:
    answers, ran = served("x")
    assert (answers, ran.code) == ([], 0)


def test_interrupted_it_ends_silently() -> None:
    command = [*COMMAND, "eval", "x", "--stream"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b'{"x": 1}\n')
        process.stdin.flush()
        assert process.stdout.readline()
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert process.stderr.read() == b""
