"""Large formulas: a million nodes, in bounded memory and in time that grows linearly.

The command runs in a process of its own whose address space is limited. Times are of the
processor and compared only with each other: four times the size may take eight times as long.
"""

import math
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from command import COMMAND, environment, strict_json

MEMORY = 8 * 2**30
# A small process between: what the command uses is not mixed up with what the tests use.
WATCH = """
import resource, subprocess, sys
report, limit, *command = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_AS, (int(limit), int(limit)))
code = subprocess.call(command)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(report, "w") as file:
    print(code, used.ru_utime + used.ru_stime, used.ru_maxrss, file=file)
"""
FORMATS = ("get", "json", "table", "tree", "plain")


class Measured(NamedTuple):
    """What a run wrote, the processor's seconds, and its largest size in memory."""

    out: str
    err: str
    seconds: float
    bytes: int


def measured(
    formula: str,
    folder: Path,
    *arguments: str,
    pipe: bool = False,
    limit: int = MEMORY,
    exit_code: int = 0,
) -> Measured:
    """A run with a limit of memory, with the formula in a file or on standard input."""
    path, report = folder / "formula.txt", folder / "report.txt"
    path.write_text(formula)
    watch = [sys.executable, "-c", WATCH, str(report), str(limit)]
    with path.open("rb") as stdin:
        done = subprocess.run(
            [*watch, *COMMAND, "eval", "-" if pipe else f"@{path}", *arguments],
            stdin=stdin if pipe else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=environment(),
            check=True,
        )
    code, seconds, used = report.read_text().split()
    assert int(code) == exit_code, done.stderr
    assert "Traceback" not in done.stderr
    unit = 1 if sys.platform == "darwin" else 1024
    return Measured(done.stdout, done.stderr, float(seconds), int(used) * unit)


class Case(NamedTuple):
    """A family of formulas by size, with values, and the value and derivative along x."""

    text: object
    values: tuple[str, ...]
    expected: object


def a_sum(size):
    return "+".join(f"{i % 7 + 1}*x" if i % 3 else "x*y" for i in range(size))


def of_a_sum(size):
    slope = sum(i % 7 + 1 if i % 3 else 2 for i in range(size))
    return slope * 3.0, float(slope)


def nested(size):
    return "sin(" * size + "x" + ")" * size


def of_nested(size):
    value, slope = 3.0, 1.0
    for _ in range(size):
        value, slope = math.sin(value), slope * math.cos(value)
    return value, slope


CASES = {
    "sum": Case(a_sum, ("x=3", "y=2"), of_a_sum),
    "calls": Case(nested, ("x=3",), of_nested),
    "parentheses": Case(lambda n: "(" * n + "x*x" + ")" * n, ("x=3",), lambda _: (9.0, 6.0)),
    "product": Case(
        lambda n: "*".join(["x/3", "(1 + x - 3)"] * (n // 2)), ("x=3",), lambda n: (1.0, n / 6 + n / 2)
    ),
    "powers": Case(lambda n: "x" + "^1" * n, ("x=3",), lambda _: (3.0, 1.0)),
    "signs": Case(lambda n: "-" * (2 * n) + "x", ("x=3",), lambda _: (3.0, 1.0)),
    "definitions": Case(
        lambda n: "\n".join(["a0 = x", *(f"a{i + 1} = a{i} + x" for i in range(n))]),
        ("x=3",),
        lambda n: (3.0 * (n + 1), n + 1.0),
    ),
    "choices": Case(lambda n: "where(x > 0, " * n + "x" + ", -x)" * n, ("x=3",), lambda _: (3.0, 1.0)),
}
LARGE = (
    ("sum", 10**6),
    ("calls", 10**6),
    ("parentheses", 10**5),
    ("product", 10**5),
    ("powers", 10**5),
    ("signs", 10**5),
    ("definitions", 10**5),
    ("choices", 10**5),
)
# What is written of each node is the same whatever the formula: a million nodes once in each form.
RUNS = [
    *(("sum", 10**6, form) for form in ("get", "json", "table")),
    *(("calls", 10**6, form) for form in ("get", "tree")),
    *(("sum", 10**5, "tree"), ("calls", 10**5, "json"), ("calls", 10**5, "table")),
    *((name, size, form) for name, size in LARGE[2:] for form in ("get", "json", "table", "tree")),
]


def options(form):
    return ("--get", "value,d.x") if form == "get" else ("--format", form)


def check(name, size, form, out):
    value, slope = CASES[name].expected(size)
    if form == "get":
        got, derivative = map(float, out.split())
        assert math.isclose(got, value, rel_tol=1e-9)
        assert math.isclose(derivative, slope, rel_tol=1e-9)
    elif form == "json":
        result = strict_json(out)
        assert math.isclose(result["value"], value, rel_tol=1e-9)
        assert math.isclose(result["gradient"]["x"], slope, rel_tol=1e-9)
        assert [node["id"] for node in result["nodes"]] == list(range(len(result["nodes"])))
    elif form == "plain":
        lines = out.splitlines()
        assert all(line.count("\t") == 3 for line in lines)
        assert math.isclose(float(lines[-1].split("\t")[2]), value, rel_tol=1e-9)
    else:
        # For people: cut, so short whatever the size.
        assert len(out) < 30_000
        assert f"{value:.10g}" in out


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", CASES)
def test_small_sizes(name, form, tmp_path):
    """The same formulas, a thousand long, in this process: quick enough for every day."""
    from command import quick

    path = tmp_path / "formula.txt"
    path.write_text(CASES[name].text(1000))
    ran = quick("eval", f"@{path}", *CASES[name].values, *options(form))
    assert ran.code == 0
    check(name, 1000, form, ran.out)


@pytest.mark.slow
def test_deeper_than_the_recursion_limit(tmp_path):
    size = 20 * sys.getrecursionlimit()
    for pipe in (False, True):
        out = measured(nested(size), tmp_path, "x=3", "--get", "value,d.x", pipe=pipe).out
        check("calls", size, "get", out)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size", "form"), RUNS)
def test_large(name, size, form, tmp_path, record_property):
    """From a file, and for bare numbers from a pipe."""
    case = CASES[name]
    run = measured(case.text(size), tmp_path, *case.values, *options(form), pipe=form == "get")
    record_property("seconds", round(run.seconds, 2))
    record_property("megabytes", run.bytes >> 20)
    print(f"\n{name} {size} {form}: {run.seconds:.1f} s, {run.bytes >> 20} MB")
    check(name, size, form, run.out)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["get", "json"])
@pytest.mark.parametrize(("name", "size"), LARGE)
def test_time_and_memory_grow_linearly(name, size, form, tmp_path):
    case = CASES[name]
    size = min(size // 5, 100_000)
    small, large = (
        measured(case.text(n), tmp_path, *case.values, *options(form)) for n in (size // 4, size)
    )
    assert large.seconds < 8 * small.seconds
    assert large.bytes < 8 * small.bytes


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ["(" * 10**6, "(" * 10**6 + "x" + ")" * (10**6 + 1), "x+" * 10**6, "-" * 10**6],
    ids=["open", "one too many", "no last operand", "only signs"],
)
def test_large_mistakes(text, tmp_path):
    """An error in a large formula is found in linear time and told in few words."""
    err = measured(text, tmp_path, "x=1", exit_code=3).err
    assert err.startswith("error: ")
    assert len(err) < 1000


@pytest.mark.slow
@pytest.mark.parametrize("form", ["get", "json"])
def test_not_enough_memory(form, tmp_path):
    formula = a_sum(500_000)
    run = measured(formula, tmp_path, "x=1", "y=1", *options(form), limit=200 * 2**20, exit_code=1)
    assert "there is not enough memory" in run.err
    assert run.err.count("\n") == 1
