"""How far a long run is, on standard error: at a terminal, after a second."""

import sys
from time import monotonic
from typing import Any

# Seconds before anything is shown, and between two looks.
_PATIENCE = 1.0
_PAUSE = 0.2


class Progress:
    """A line with the rows so far, rows per second and, where the size is known, the time left."""

    def __init__(self, size: float | None, is_hidden: bool = False) -> None:
        """`size` is that of all the input, in the units that `advance` is told of."""
        self._size = size
        self._start = self._last = monotonic()
        self._is_wanted = _is_terminal(sys.stderr) and not is_hidden
        self._bar: Any = None
        self._task: Any = None

    def advance(self, rows: int, position: float) -> None:
        """So many rows have been answered; the input has been read up to `position`."""
        now = monotonic()
        if not self._is_wanted or now - self._start < _PATIENCE or now - self._last < _PAUSE:
            return
        self._last = now
        bar: Any = self._bar or self._shown()
        elapsed = now - self._start
        # Two digits: more would flicker.
        speed = f"{float(f'{rows / elapsed:.2g}'):,.0f} rows/s"
        bar.update(self._task, completed=position, description=f"{rows:,} rows, {speed}")
        if self._size and position:
            bar.update(self._task, left=f"{_clock(elapsed * (self._size / position - 1.0))} left")
        bar.refresh()

    def _shown(self) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        columns: list[Any] = [TextColumn("{task.description}", markup=False)]
        if self._size:
            columns += [BarColumn(), TextColumn("{task.fields[left]}", markup=False)]
        self._bar = Bar(*columns, console=Console(stderr=True), auto_refresh=False, transient=True)
        self._task = self._bar.add_task("", total=self._size, left="")
        self._bar.start()
        return self._bar

    def close(self) -> None:
        """Take the line away."""
        if self._bar is not None:
            self._bar.stop()


def _is_terminal(stream: Any) -> bool:
    return stream is not None and stream.isatty()


def _clock(seconds: float) -> str:
    """Hours, minutes and seconds, as 1:02:03, without hours where there are none."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
