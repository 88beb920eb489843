"""Ctrl-C while rows are computed: what is begun is finished, the rest is left."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Whether Ctrl-C has been pressed.

    While the run is `waiting` for input, or pressed again, it ends the run at once.
    """

    def __init__(self) -> None:
        self.is_asked = False
        self.is_waiting = False

    def check(self) -> None:
        """Raise KeyboardInterrupt if it has been pressed."""
        if self.is_asked:
            raise KeyboardInterrupt

    def _handle(self, _: int, __: FrameType | None) -> None:
        if self.is_asked or self.is_waiting:
            raise KeyboardInterrupt
        self.is_asked = True

    @contextmanager
    def watched(self) -> Generator[None]:
        """A block in which Ctrl-C is noted."""
        if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield  # interrupts are ignored, as those of a run in the background
            return
        signal.signal(signal.SIGINT, self._handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
