"""Ranges and random points as they are given on the command line."""

import re
from collections.abc import Mapping

from autodiff_cli.cli.arguments import named_texts, parted
from autodiff_cli.cli.failure import note
from autodiff_cli.cli.values import number
from autodiff_cli.errors import AutodiffError, UsageError
from autodiff_cli.tables.points import Grid, Points, Sample
from autodiff_cli.tables.random import Distribution, distribution
from autodiff_cli.tables.ranges import EXAMPLE, Range, in_steps, of_points

_RANDOM = "for example: --random x=0:1,y=normal(0,1) --n 1000"
_CALL = re.compile(r"\s*([^\W\d]\w*)\s*\((.*)\)\s*", re.DOTALL)


def split_ranges(given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The values that are numbers, and those that are ranges, both as they were written."""
    ranges = {name: text for name, text in given.items() if _is_range(text)}
    return {name: text for name, text in given.items() if name not in ranges}, ranges


def _is_range(text: str) -> bool:
    """Whether a value has the colons of a range; those of a choice follow a question mark."""
    return ":" in text and "?" not in text


def read_points(
    ranges: Mapping[str, str], random: list[str] | None, count: int | None, seed: int | None
) -> Points | None:
    """The points of ranges or of random numbers; None where there are neither.

    A seed that was not given is told, so that the same points can be had again. Raises UsageError.
    """
    if random is None:
        if count is not None or seed is not None:
            option = "--seed" if count is None else "--n"
            raise UsageError(f"{option} is for random points", hint=_RANDOM)
        return Grid({name: _range(name, text) for name, text in ranges.items()}) if ranges else None
    if ranges:
        name = next(iter(ranges))
        hint = f"--random {name}=a:b draws from a range, and {name}=2 is one value"
        raise UsageError(f"{name} is a range, and other variables are random", hint=hint)
    if count is None:
        raise UsageError("--n is missing: how many random points", hint=_RANDOM)
    drawn = _distributions(random)
    if seed is None:
        from secrets import randbits

        seed = randbits(32)
        note(f"--seed {seed} gives the same points again")
    return Sample(drawn, count, seed)


def _range(name: str, text: str) -> Range:
    try:
        return _read_range(name, text)
    except AutodiffError as error:
        message = f"the range of {name} cannot be read: {error.message}"
        raise UsageError(message, text=text, span=(0, len(text)), hint=error.hint) from None


def _read_range(name: str, text: str) -> Range:
    parts = text.split(":")
    if len(parts) != 3:
        raise UsageError(f"{text} is no range", hint=EXAMPLE)
    last = parts.pop().strip()
    start, stop = (number(name, part) for part in parts)
    if last.endswith("n"):
        return of_points(start, stop, number(name, last[:-1]))
    return in_steps(start, stop, number(name, last))


def _distributions(texts: list[str]) -> dict[str, Distribution]:
    found: dict[str, Distribution] = {}
    for name, text in named_texts("--random", "distribution", parted(texts), _RANDOM).items():
        try:
            found[name] = _distribution(name, text)
        except AutodiffError as error:
            message = f"--random {name}: {error.message}"
            raise UsageError(message, text=error.text, span=error.span, hint=error.hint) from None
    return found


def _distribution(name: str, text: str) -> Distribution:
    call = _CALL.fullmatch(text)
    if call is None:
        ends = text.split(":")
        if len(ends) != 2:
            raise UsageError(f"{text} is no distribution", hint=_RANDOM)
        return distribution("uniform", (number(name, ends[0]), number(name, ends[1])))
    return distribution(call[1], tuple(number(name, part) for part in call[2].split(",")))
