"""Ctrl-C and a request to end while rows are computed: what is begun is finished, the rest is left."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType

# What the terminal's Ctrl-C and the end of its window, or `kill` without more, send.
_REQUESTS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Interruption:
    """Whether the run has been asked to end.

    While the run is `waiting` for input, or asked again, it ends at once.
    """

    def __init__(self) -> None:
        self.is_waiting = False
        self._asked: int | None = None
        self._notes: int | None = None

    def check(self) -> None:
        """Raise KeyboardInterrupt if it has been asked."""
        if self._asked is not None or self._is_noted():
            raise KeyboardInterrupt

    def _is_noted(self) -> bool:
        """Whether a signal has come that no handler has seen: the main thread is outside of Python."""
        if self._notes is None:
            return False
        with suppress(BlockingIOError):
            return bool(set(os.read(self._notes, 100)) & set(_REQUESTS))
        return False

    def _handle(self, number: int, _: FrameType | None) -> None:
        is_again = self._asked is not None
        self._asked = number
        if is_again or self.is_waiting:
            raise KeyboardInterrupt

    @contextmanager
    def watched(self) -> Generator[None]:
        """A block in which requests are noted."""
        kept = {number: signal.getsignal(number) for number in _REQUESTS}
        for number, handler in kept.items():
            # What is ignored, as Ctrl-C of a run in the background, stays so.
            if handler in (signal.default_int_handler, signal.SIG_DFL):
                signal.signal(number, self._handle)
        try:
            with self._noting():
                yield
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    @contextmanager
    def _noting(self) -> Generator[None]:
        """A block in which the number of each signal is written to a pipe, too."""
        self._notes, end = os.pipe()
        os.set_blocking(self._notes, False)
        os.set_blocking(end, False)
        before = signal.set_wakeup_fd(end, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            os.close(self._notes)
            os.close(end)
            self._notes = None

    def follow(self) -> None:
        """End the process by the signal, when it is another one than Ctrl-C's."""
        if self._asked not in (None, signal.SIGINT):
            with suppress(OSError):
                os.kill(os.getpid(), self._asked)
