"""What is said about how a view looks, by the user and by the terminal."""

from typing import NamedTuple


class Layout(NamedTuple):
    """Significant digits, at most how many rows (None: all), colour, columns of the screen.

    Where the screen is too narrow a table may go down to `fewest_digits`.
    """

    digits: int
    fewest_digits: int
    most_rows: int | None
    color: bool
    width: int
