"""How far a long run is, on standard error: at a terminal, after a second."""

import sys
from time import monotonic
from typing import Any

# Seconds before anything is shown, and between two looks.
_PATIENCE = 1.0
_PAUSE = 0.2


class Progress:
    """A line with the rows so far, rows per second and, where the size is known, the time left."""

    def __init__(self, size: float | None) -> None:
        """`size` is that of all the input, in the units that `advance` is told of."""
        self._size = size
        self._start = self._last = monotonic()
        # A terminal that shows rows has no place for a line that comes and goes.
        self._is_wanted = _is_terminal(sys.stderr) and not _is_terminal(sys.stdout)
        self._bar: Any = None
        self._task: Any = None

    def advance(self, rows: int, position: float) -> None:
        """So many rows have been answered; the input has been read up to `position`."""
        now = monotonic()
        if not self._is_wanted or now - self._start < _PATIENCE or now - self._last < _PAUSE:
            return
        self._last = now
        bar: Any = self._bar or self._shown()
        speed = f"{rows / (now - self._start):,.0f} rows/s"
        bar.update(self._task, completed=position, description=f"{rows:,} rows, {speed}")
        bar.refresh()

    def _shown(self) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns: list[Any] = [TextColumn("{task.description}", markup=False)]
        if self._size:
            columns += [BarColumn(), TimeRemainingColumn()]
        self._bar = Bar(*columns, console=Console(stderr=True), auto_refresh=False, transient=True)
        self._task = self._bar.add_task("", total=self._size)
        self._bar.start()
        return self._bar

    def close(self) -> None:
        """Take the line away."""
        if self._bar is not None:
            self._bar.stop()


def _is_terminal(stream: Any) -> bool:
    return stream is not None and stream.isatty()
