"""Ranges of numbers: start:stop:step, or start:stop:11n for so many points."""

from math import floor, isfinite, ulp
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
        if max(abs(self.start), abs(self.stop)) * last < 1e300:
            # One rounding less than with weights: 0:1:11n has 0.3, and -1:1:11n has -0.2.
            between = (self.start * (last - index) + self.stop * index) / last
        else:
            between = self.start * ((last - index) / last) + self.stop * (index / last)
        between = np.clip(between, min(self.start, self.stop), max(self.start, self.stop))
        # The two ends are exact.
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
    # The ends are rounded, and so is the quotient; less than half a step counts as rounding.
    slack = (ulp(start) + ulp(stop)) / abs(step) + 4 * ulp(steps)
    return Range(start, stop, step, floor(steps + min(slack, 0.25)) + 1)


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
