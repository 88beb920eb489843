"""How much time and how many bits certifying may take."""

from time import monotonic
from typing import NamedTuple

SECONDS, BITS = 10.0, 2**18

# A number of more bits takes more than 32 MB.
FEWEST_BITS, MOST_BITS = 128, 2**28

_BITS_A_DIGIT = 3.3219280948873626


class Limits(NamedTuple):
    """When to give up: after so many seconds, or when more bits than that would be needed."""

    seconds: float = SECONDS
    bits: int = BITS


class Clock:
    """Whether there is time for another attempt, after each that has failed."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._start = self._before = monotonic()
        self._last = 0.0

    def is_late(self) -> bool:
        """Whether the next attempt would take too long, after one that ends now.

        It takes longer by as much as this one did, or by a little more.
        """
        now = monotonic()
        took = now - self._before
        growth = min(max(took / self._last, 2.0), 8.0) if self._last else 2.0
        self._before, self._last = now, took
        return now - self._start + growth * took > self._seconds


def bits_for(digits: int | None) -> int:
    """With how many bits so many digits may be certain, or a float64 if none are asked for."""
    return FEWEST_BITS + int((digits or 0) * _BITS_A_DIGIT)


def digits_within(digits: int | None, bits: int) -> int | None:
    """The digits asked for, or as many as so few bits may have: so it is known how long that takes."""
    return None if digits is None else min(digits, int(bits / _BITS_A_DIGIT))


def most_digits(bits: int) -> int:
    """How many digits may be asked for with so many bits, as these are doubled until it is enough."""
    return int((bits / 2 - FEWEST_BITS) / _BITS_A_DIGIT)


def most_bits(digits: int) -> int:
    """How many bits must be allowed for so many digits."""
    return 2 * (bits_for(digits) + 2)
