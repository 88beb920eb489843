"""Runs the command as a user does, in a process of its own, or faster within this one."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any, NamedTuple

from autodiff_cli.cli.main import run as run_command

DOCUMENTED_EXITS = frozenset({0, 1, 2, 3, 4, 5, 6, 7, 130, 141})
COMMAND = [sys.executable, "-m", "autodiff_cli"]


class Ran(NamedTuple):
    """How a run ended: its exit code and what it wrote."""

    code: int
    out: str
    err: str


def environment(**changes: str | None) -> dict[str, str]:
    """This environment without what changes the look of output; None takes a variable away."""
    unwanted = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONIOENCODING", "_AUTODIFF_COMPLETE")
    variables = {name: value for name, value in os.environ.items() if name not in unwanted}
    for name, value in changes.items():
        if value is None:
            variables.pop(name, None)
        else:
            variables[name] = value
    return variables


def run(
    *arguments: str | bytes,
    stdin: bytes = b"",
    env: Mapping[str, str | None] | None = None,
    cwd: os.PathLike[str] | None = None,
) -> Ran:
    """`autodiff ARGUMENTS` in a process of its own, with pipes for all its streams."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        input=stdin,
        capture_output=True,
        env=environment(**(env or {})),
        cwd=cwd,
        check=False,
        timeout=600,
    )
    ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in ran.err, ran.err
    return ran


@contextmanager
def streams(stdin: bytes = b"") -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Standard streams of this process, replaced: input by a file, the others by ones in memory."""
    kept = sys.stdin, sys.stdout, sys.stderr
    out, err = io.BytesIO(), io.BytesIO()
    # A file of the system's: tables are read by its number.
    with TemporaryFile() as source:
        source.write(stdin)
        source.seek(0)
        sys.stdin = io.TextIOWrapper(source, encoding="utf-8")
        sys.stdout = io.TextIOWrapper(out, encoding="utf-8", write_through=True)
        sys.stderr = io.TextIOWrapper(
            err, encoding="utf-8", write_through=True, errors="backslashreplace"
        )
        try:
            yield out, err
        finally:
            for stream in (sys.stdout, sys.stderr, sys.stdin):
                stream.flush() if stream.writable() else None
                stream.detach()
            sys.stdin, sys.stdout, sys.stderr = kept


def quick(*arguments: str, stdin: bytes = b"") -> Ran:
    """The same as `run`, within this process: what would be a traceback is raised here."""
    with streams(stdin) as (out, err):
        code = run_command(list(arguments))
    return Ran(code, out.getvalue().decode(), err.getvalue().decode())


def get(*arguments: str) -> list[float]:
    """The numbers that a run with --get prints."""
    ran = quick("eval", *arguments)
    assert ran.code == 0, ran.err
    return [float(line) for line in ran.out.splitlines()]


def refused(*arguments: str, code: int | None = 2) -> str:
    """What a run that must fail with `code`, or with any, says; it prints no result."""
    ran = quick("eval", *arguments)
    assert ran.code == code if code is not None else ran.code != 0, ran
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    return ran.err


def strict_json(text: str) -> Any:
    """JSON as the standard has it: no bare NaN or Infinity, no key twice."""

    def no_constant(name: str) -> None:
        raise AssertionError(f"bare {name} in JSON")

    def no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), f"a key twice: {keys}"
        return dict(pairs)

    return json.loads(text, parse_constant=no_constant, object_pairs_hook=no_twins)


def evaluated(*arguments: str) -> Any:
    """The JSON of `autodiff eval ARGUMENTS`."""
    ran = quick("eval", *arguments, "--json")
    assert ran.code == 0, ran.err
    return strict_json(ran.out)


def failed(*arguments: str) -> Any:
    """The error object of a run that fails with --json."""
    ran = quick("eval", *arguments, "--json")
    assert ran.code != 0
    assert ran.out == ""
    report = strict_json(ran.err)
    assert report["schema"] == "autodiff.error/1"
    return report["error"]


def at_terminal(
    *arguments: str, columns: int = 80, rows: int = 24, env: Mapping[str, str | None] | None = None
) -> Ran:
    """A run whose standard output is a terminal of this width; standard error is a pipe."""
    master, slave = open_terminal(columns, rows)
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=subprocess.PIPE,
        env=environment(**{"TERM": "xterm-256color", **(env or {})}),
        start_new_session=True,
    )
    os.close(slave)
    shown = all_shown(master)
    _, err = process.communicate(timeout=60)
    assert b"Traceback" not in err, err.decode()
    return Ran(process.returncode, shown, err.decode())


def open_terminal(columns: int, rows: int) -> tuple[int, int]:
    """Both ends of a new terminal of this size: the one to read from, the program's."""
    import fcntl
    import pty
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    return master, slave


def all_shown(master: int) -> str:
    """All that a terminal shows until its program is done; closes it."""
    shown = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    return shown.decode().replace("\r\n", "\n")


def carets(err: str) -> str:
    """The part of the excerpt in an error that the carets point at, by columns of a terminal."""
    from unicodedata import combining, east_asian_width

    lines = err.splitlines()
    position = next(i for i, line in enumerate(lines) if i and set(line) == {" ", "^"})
    above, below = lines[position - 1], lines[position]
    start, end = below.index("^"), len(below)
    column, text = 0, ""
    for character in above:
        if start <= column < end:
            text += character
        if not combining(character):
            column += 2 if east_asian_width(character) in "WF" else 1
    return text
