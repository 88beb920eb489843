"""How much time and how many bits certifying may take."""

from typing import NamedTuple

SECONDS, BITS = 10.0, 2**18

# A number of more bits takes more than 32 MB.
FEWEST_BITS, MOST_BITS = 128, 2**28

BITS_A_DIGIT = 3.3219280948873626


class Limits(NamedTuple):
    """When to give up: after so many seconds, or when more bits than that would be needed."""

    seconds: float = SECONDS
    bits: int = BITS


def bits_for(digits: int) -> int:
    """With how many bits so many digits may be certain."""
    return FEWEST_BITS + int(digits * BITS_A_DIGIT)


def most_digits(bits: int) -> int:
    """How many digits may be asked for with so many bits, as these are doubled until it is enough."""
    return int((bits / 2 - FEWEST_BITS) / BITS_A_DIGIT)


def most_bits(digits: int) -> int:
    """How many bits must be allowed for so many digits."""
    return 2 * (bits_for(digits) + 2)
