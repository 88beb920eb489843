"""A limit of time for what nothing in Python can interrupt.

One operation on numbers of millions of bits may last minutes, and no handler of a signal runs
meanwhile. So the run goes on in a child process that an alarm ends; the parent waits, and tells
how it ended.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager

from autodiff_cli.errors import AutodiffError, MathError

# Alarms do not go far beyond.
_LONGEST = 1e8

_allowed = False


class RunEndedError(Exception):
    """The child has ended the run; `code` is the exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def allow() -> None:
    """Let runs go on in a child: for a process that does nothing else."""
    global _allowed  # noqa: PLW0603
    _allowed = hasattr(os, "fork")


@contextmanager
def limited(seconds: float) -> Generator[None]:
    """A block, and all that comes after it, in a child; the block with so many seconds.

    Raises RunEndedError in the parent when the child has ended, and MathError when it was too late.
    """
    if not _allowed:
        yield
        return
    import signal

    child = os.fork()
    if child:
        raise _ended(child, seconds)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, min(seconds, _LONGEST))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _ended(child: int, seconds: float) -> Exception:
    """Wait for the child; nothing that ends the parent leaves it behind."""
    import signal

    def follow(number: int, _: object) -> None:
        os.kill(child, signal.SIGKILL)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    signal.signal(signal.SIGTERM, follow)
    try:
        _, status = os.waitpid(child, 0)
    except KeyboardInterrupt:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return RunEndedError(code)
    if code == -signal.SIGALRM:
        return MathError(
            f"the results cannot be certified in {seconds:g} seconds",
            hint="--time-limit allows more time",
        )
    hint = "perhaps there is not enough memory"
    return AutodiffError(f"the computation was ended by signal {-code}", hint=hint)
