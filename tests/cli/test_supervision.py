"""Limits of time that hold even where no Python code runs: one operation that lasts minutes."""

import signal
import subprocess
import sys
import time

import pytest
from command import environment

pytest.importorskip("flint")

# In place of certifying: a power that takes hours, or whatever else stands there.
SLOW = """
import signal, sys
# A test in the background ignores Ctrl-C, and what it starts would ignore it, too.
signal.signal(signal.SIGINT, signal.default_int_handler)
from autodiff_cli.cli import main
from autodiff_cli.derivatives import certified, certified_series
def slow(*_):
    print("begun", file=sys.stderr, flush=True)
    {}
{}.{} = slow
sys.argv = ["autodiff", "eval", "x", "x=1", "--certify", *sys.argv[1:]]
main.main()
"""
ONE_OPERATION = "return 7**10**10"


VALUES = ("certified", "certified")
SERIES = ("certified_series", "certified_expansion")


def started(what: str, *arguments: str, of: tuple[str, str] = VALUES) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SLOW.format(what, *of), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


@pytest.mark.parametrize(("of", "order"), [(VALUES, "1"), (SERIES, "3")])
def test_the_time_limit_ends_an_operation(of, order):
    before = time.monotonic()
    process = started(ONE_OPERATION, "--time-limit", "0.5", "--order", order, of=of)
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - before < 30
    assert (process.returncode, out) == (4, "")
    assert err == (
        "begun\n"
        "error: the results cannot be certified in 0.5 seconds\nhint: --time-limit allows more time\n"
    )


def test_in_json():
    process = started(ONE_OPERATION, "--time-limit", "0.5", "--json")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 4
    assert '"code": "math"' in err.splitlines()[-1]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_an_operation_is_interrupted(number, code):
    process = started(ONE_OPERATION, "--time-limit", "1000")
    assert process.stderr is not None
    assert process.stderr.readline() == "begun\n"
    process.send_signal(number)
    # The child writes to the same pipes: they end when it has ended, too.
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (code, "", "")


def test_what_a_signal_ends_is_told():
    process = started("import os; os.abort()")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"error: the computation was ended by signal {signal.SIGABRT.value}\n" in err


@pytest.mark.parametrize("flag", [[], ["--json"]])
def test_a_mistake_of_the_program_is_told_in_the_form_asked_for(flag):
    process = started("raise AssertionError('no')", *flag)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    said = err.splitlines()[1]
    assert said.startswith('{"schema": "autodiff.error/1"' if flag else "error: AssertionError: no")
