"""Points that are made: a grid of ranges, or random numbers; in blocks, however many there are."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

from autodiff_cli.errors import UsageError
from autodiff_cli.tables.random import Distribution
from autodiff_cli.tables.ranges import MOST_POINTS, Range


class Points(ABC):
    """Points by the names of what varies; `count` is how many."""

    names: list[str]
    count: int

    @abstractmethod
    def blocks(self, size: int) -> Iterator[dict[str, Any]]:
        """The points in order, `size` at a time: a float64 array for each name."""


class Grid(Points):
    """Every combination of the points of ranges; the last range varies fastest."""

    def __init__(self, ranges: Mapping[str, Range]) -> None:
        """Raises UsageError for more points than can be counted."""
        self._ranges = dict(ranges)
        self.names = list(ranges)
        self.count = prod(one.size for one in ranges.values())
        if self.count > MOST_POINTS:
            hint = "take fewer points of each, or random ones: --random"
            raise UsageError(f"the grid has {self.count:.0e} points", hint=hint)

    def blocks(self, size: int) -> Iterator[dict[str, Any]]:
        """The points in order, `size` at a time."""
        import numpy as np

        for first in range(0, self.count, size):
            index = np.arange(first, min(first + size, self.count))
            columns: dict[str, Any] = {}
            for name, one in reversed(self._ranges.items()):
                index, position = np.divmod(index, one.size)
                columns[name] = one.at(position)
            yield {name: columns[name] for name in self.names}


class Sample(Points):
    """Random points, each name with a stream of its own: the same for a seed, however they are cut."""

    def __init__(self, distributions: Mapping[str, Distribution], count: int, seed: int) -> None:
        self._distributions = dict(distributions)
        self.names, self.count = list(distributions), count
        self._seed = seed

    def blocks(self, size: int) -> Iterator[dict[str, Any]]:
        """The points in order, `size` at a time."""
        import numpy as np

        seeds = np.random.SeedSequence(self._seed).spawn(len(self.names))
        streams = [np.random.Generator(np.random.PCG64(seed)) for seed in seeds]
        for first in range(0, self.count, size):
            count = min(size, self.count - first)
            yield {
                name: one.draw(stream, count)
                for (name, one), stream in zip(self._distributions.items(), streams, strict=True)
            }
