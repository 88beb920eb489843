"""What the user may say about how a view looks."""

from typing import NamedTuple


class Layout(NamedTuple):
    """Significant digits, at most how many rows (None: all), and whether in colour."""

    digits: int
    most_rows: int | None
    color: bool
