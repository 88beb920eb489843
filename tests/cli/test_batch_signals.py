"""How a batch ends that does not come to its end, and what a terminal sees meanwhile."""

import json
import os
import re
import resource
import select
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from command import COMMAND, all_shown, environment, open_terminal

# More rows than any run computes within a test.
ENDLESS = ("x*y", "--x", "0:1:100000n", "--y", "0:1:100000n")
LARGE = ("x*y", "--x", "0:1:1000n", "--y", "0:1:200n")
FORMATS = ["csv", "ndjson", "parquet", "arrow"]
PATIENCE = 60


def begun(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """A batch that runs on, its standard error a pipe."""
    streams = {"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE, "env": environment()}
    return subprocess.Popen([*COMMAND, "batch", *arguments], **{**streams, **options})


def end(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """The exit code and what was said, when a batch has ended."""
    err = process.communicate(timeout=PATIENCE)[1].decode()
    assert "Traceback" not in err
    assert "Exception" not in err
    return process.returncode, err


def until(is_so: Callable[[], bool]) -> None:
    limit = monotonic() + PATIENCE
    while not is_so():
        assert monotonic() < limit
        sleep(0.02)


# -- A pipe that stays open -------------------------------------------------------------------


@pytest.mark.parametrize(("form", "number"), [("csv", signal.SIGTERM), ("ndjson", signal.SIGINT)])
def test_each_row_is_answered_before_the_next_one_comes(form: str, number: signal.Signals) -> None:
    process = begun("x^2", "--from", form, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    sent = "x\n" if form == "csv" else ""
    for x in range(1, 4):
        process.stdin.write((sent + (f"{x}\n" if form == "csv" else f'{{"x": {x}}}\n')).encode())
        process.stdin.flush()
        assert select.select([process.stdout], [], [], PATIENCE)[0]
        if form == "csv":
            lines = [process.stdout.readline() for _ in range(2 if sent else 1)]
            assert lines[-1].decode() == f"{x},{x * x}.0,{2 * x}.0\n"
        else:
            assert json.loads(process.stdout.readline())["value"] == x * x
        sent = ""
    process.send_signal(number)
    code, err = end(process)
    assert code == (130 if number == signal.SIGINT else -number)
    assert err == "interrupted after 3 rows: 3 rows are written\n"


def test_what_is_written_when_it_is_interrupted_is_whole_rows(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with out.open("wb") as file:
        process = begun(*ENDLESS, stdout=file)
        until(lambda: out.stat().st_size > 0)
        process.send_signal(signal.SIGINT)
        code, err = end(process)
    assert code == 130
    said = re.fullmatch(r"interrupted after ([\d,]+) rows: ([\d,]+) rows are written\n", err)
    assert said is not None, err
    lines = out.read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert {line.count(b",") for line in lines} == {4}
    assert f"{len(lines) - 1:,}" == said[1] == said[2]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_reader_that_goes_away_ends_it_silently(form: str) -> None:
    process = begun(*(ENDLESS if form == "csv" else LARGE), "--to", form, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.read(1) in (b"x", b"P")
    process.stdout.close()
    process.stdout = None
    assert end(process) == (141, "")


# -- Files ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "number"),
    [
        *[(form, number) for form in ("csv", "parquet") for number in (signal.SIGINT, signal.SIGTERM)],
        ("csv", signal.SIGKILL),
    ],
)
def test_a_run_that_is_ended_leaves_the_file_as_it_was(
    form: str, number: signal.Signals, tmp_path: Path
) -> None:
    target = tmp_path / f"out.{form}"
    target.write_text("before")
    process = begun(*ENDLESS, "-o", target.name, cwd=tmp_path)
    until(lambda: any(p != target and p.stat().st_size for p in tmp_path.iterdir()))
    process.send_signal(number)
    code, err = end(process)
    assert target.read_text() == "before"
    if number == signal.SIGKILL:
        assert (code, err) == (-number, "")
        return
    assert code == (130 if number == signal.SIGINT else -number)
    assert re.fullmatch(rf"interrupted after [\d,]+ rows: nothing is written to {target.name}\n", err), (
        err
    )
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("form", FORMATS)
def test_a_disk_that_is_full(form: str, tmp_path: Path) -> None:
    name = f"out.{form}"
    process = begun(*LARGE, "-o", name, cwd=tmp_path, preexec_fn=_at_most_50_kilobytes)
    assert end(process) == (1, f"error: cannot write {name}: File too large\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_standard_output_on_a_disk_that_is_full(form: str) -> None:
    with Path("/dev/full").open("wb") as full:
        process = begun(*LARGE, "--to", form, stdout=full)
        assert end(process) == (1, "error: cannot write the result: No space left on device\n")


def test_what_a_full_disk_cuts_off_is_told_without_a_buffer_too(tmp_path: Path) -> None:
    env = environment(PYTHONUNBUFFERED="1")
    with (tmp_path / "out").open("wb") as out:
        process = begun(*LARGE, "--to", "ndjson", stdout=out, env=env, preexec_fn=_at_most_50_kilobytes)
        assert end(process) == (1, "error: cannot write the result: File too large\n")


def _at_most_50_kilobytes() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))


# -- Progress ---------------------------------------------------------------------------------


def watched(*arguments: str, is_shown: bool) -> str:
    """What a terminal sees of a run that gets a row every moment.

    It has the standard error, and the rows as well if they are shown: then for some time from the
    first row, else until there is anything.
    """
    master, slave = open_terminal(80, 24)
    process = begun(
        *arguments,
        stdin=subprocess.PIPE,
        stdout=slave if is_shown else subprocess.DEVNULL,
        stderr=slave,
        env=environment(TERM="xterm-256color", NO_COLOR="1"),
        start_new_session=True,
    )
    os.close(slave)
    assert process.stdin is not None
    with process, process.stdin as rows:
        rows.write(b"x\n")
        limit = monotonic() + PATIENCE
        has_begun = False
        while monotonic() < limit:
            rows.write(b"1\n")
            rows.flush()
            sleep(0.05)
            if not has_begun and select.select([master], [], [], 0)[0]:
                has_begun, limit = True, monotonic() + (1.5 if is_shown else 0.0)
        process.send_signal(signal.SIGINT)
        shown = all_shown(master)
        assert process.wait(PATIENCE) == 130
    return shown


def test_progress_is_shown_at_a_terminal_and_taken_away() -> None:
    shown = watched("x^2", is_shown=False)
    assert re.search(r"[\d,]+ rows, [\d,]+ rows/s", shown), shown
    assert not re.search(r"\x1b\[[\d;]*3\d", shown), "colours"
    last = shown.rsplit("\x1b[2K", 1)[1]
    assert "rows/s" not in last
    assert "interrupted after" in last


def test_no_progress_among_rows_at_a_terminal() -> None:
    """Nor is there any in a pipe, as the tests above see."""
    shown = watched("x^2", is_shown=True)
    assert "1,1.0,2.0" in shown
    assert "rows/s" not in shown
