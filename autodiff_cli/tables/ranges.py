"""Ranges of numbers: start:stop:step, or start:stop:11n for so many points."""

from math import floor, isfinite
from typing import Any, NamedTuple

from autodiff_cli.errors import UsageError

EXAMPLE = "for example: 0:1:0.1 in steps, 0:1:11n for 11 points"
MOST_POINTS = 2**53


class Range(NamedTuple):
    """`size` numbers: start + i*step, or evenly from `start` to `stop` where the step is None."""

    start: float
    stop: float
    step: float | None
    size: int

    def at(self, index: Any) -> Any:
        """The numbers at an array of positions; each rounded by itself, none added up."""
        import numpy as np

        if self.step is not None:
            return self.start + index * self.step
        last = max(self.size - 1, 1)
        # By halves, for the width may overflow; equal ends give equal points.
        start, stop = self.start / 2, self.stop / 2
        between = 2 * (start + (stop - start) * (index / last))
        between = np.clip(between, min(self.start, self.stop), max(self.start, self.stop))
        return np.where(index == 0, self.start, np.where(index == last, self.stop, between))


def in_steps(start: float, stop: float, step: float) -> Range:
    """From `start` in steps up to `stop`, which is met where whole steps reach it up to rounding.

    Raises UsageError for steps that do not lead there.
    """
    _check_finite(start, stop, step)
    if step == 0:
        raise UsageError("the step is 0", hint=EXAMPLE)
    steps = (stop - start) / step
    if steps < 0:
        raise UsageError(f"steps of {step:g} do not lead from {start:g} to {stop:g}", hint=EXAMPLE)
    if not steps < MOST_POINTS:
        raise UsageError(f"from {start:g} to {stop:g} there are too many steps of {step:g}")
    # The quotient has rounding errors, of its operands and its own.
    return Range(start, stop, step, floor(steps * (1 + 2**-50) + 2**-40) + 1)


def of_points(start: float, stop: float, count: float) -> Range:
    """So many numbers from `start` to `stop`, both among them. Raises UsageError."""
    _check_finite(start, stop, count)
    if count != floor(count) or not 1 <= count < MOST_POINTS:
        raise UsageError(f"{count:g} is no number of points", hint=EXAMPLE)
    if count == 1 and start != stop:
        raise UsageError("one point cannot be at both ends", hint="give the number alone")
    return Range(start, stop, None, int(count))


def _check_finite(*numbers: float) -> None:
    for number in numbers:
        if not isfinite(number):
            raise UsageError(f"a range has no {number}", hint=EXAMPLE)
