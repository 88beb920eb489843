"""Rows that need a look: no number, outside the domain, not finite, at a kink.

Most rows are what the columns' arithmetic gives. Where a condition of a kink holds, or a derivative
is not a number, the row is evaluated by itself as `eval` does it: the derivative may exist all the
same, and if not it has to be said.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from typing import Any, NamedTuple

from autodiff_cli.batches.results import Result, numbers
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.singular_points import look

# Rows of each kind that are told of, and points whose results are kept for rows that are equal.
MOST_TOLD = 5
_MOST_KEPT = 100_000

_KINKS = frozenset({"kink", "singular"})


class Kind(StrEnum):
    """What is the matter with a row."""

    MISSING = "missing"
    FAILED = "failed"
    KINK = "kink"


class Told(NamedTuple):
    """A row that is told of: its number, and a sentence."""

    row: int
    message: str


@dataclass
class Tally:
    """How many rows there were, how many of them of each kind, and the first of each kind.

    Those that are missing or have failed are bad rows. Rows at a kink have results.
    """

    rows: int = 0
    counts: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))
    told: dict[Kind, list[Told]] = field(default_factory=lambda: {kind: [] for kind in Kind})

    @property
    def bad(self) -> int:
        """How many rows have no result, or not all."""
        return self.counts[Kind.MISSING] + self.counts[Kind.FAILED]

    def has_room(self, kind: Kind) -> bool:
        """Whether one more row of this kind is told of."""
        return len(self.told[kind]) < MOST_TOLD

    def tell(self, kind: Kind, row: int, message: str) -> None:
        """Tell of a row, if there is room; it is not counted here."""
        if self.has_room(kind):
            self.told[kind].append(Told(row, message))


class Block(NamedTuple):
    """Results of a block of rows: an array for each, the rows that are bad, and what is no result.

    `absent[i]` are the rows in which result i is none (None: there are no such rows).
    """

    results: list[Any]
    bad: Any
    absent: list[Any]


class _Point(NamedTuple):
    """A point looked at by itself: its results, what is said of a kink, what failed."""

    numbers: list[float]
    kink: str
    failure: str


class Examiner:
    """Looks at blocks of results, one after the other, and keeps the tally."""

    def __init__(
        self,
        evaluation: Evaluation,
        wanted: Sequence[Result],
        fixed: Mapping[str, float],
        allow_nonfinite: bool,
    ) -> None:
        """For results of an evaluation that is at no point; `fixed` are values that do not vary."""
        self.tally = Tally()
        self._evaluation, self._wanted = evaluation, list(wanted)
        self._fixed, self._allow_nonfinite = fixed, allow_nonfinite
        # By the bytes of the numbers: 0 and -0 are different points.
        self._known: dict[bytes, _Point] = {}
        values = {result.output.node: i for i, result in enumerate(wanted) if result.name[:5] == "value"}
        # For each result that of its output's value.
        self._value_of = [values[result.output.node] for result in wanted]

    def block(
        self,
        columns: Mapping[str, Any],
        lacking: Any,
        lack: Callable[[int], str],
        results: list[Any],
        suspect: Any,
        first: int,
    ) -> Block:
        """Look at the rows from number `first` on.

        `lacking` are the rows without all their numbers, and `lack` says of one what is wrong;
        `suspect` is 1 in rows to look at, or None. Arrays of `results` are changed where a row has
        been looked at.
        """
        import numpy as np

        count = len(lacking)
        # Sums over infinities are no news.
        with np.errstate(invalid="ignore", over="ignore"):
            offsets = self._to_look_at(results, suspect, lacking)
        for offset in offsets:
            results = self._looked_at(columns, offset, results, first)
        with np.errstate(invalid="ignore", over="ignore"):
            absent = [None] * len(results) if self._allow_nonfinite else self._not_finite(results)
        failed = np.zeros(count, dtype=bool)
        for mask in absent:
            if mask is not None:
                failed |= mask
        failed &= ~lacking
        self._count(columns, lacking, lack, failed, first)
        if lacking.any():
            absent = [lacking if mask is None else mask | lacking for mask in absent]
        return Block(results, failed | lacking, absent)

    def _to_look_at(self, results: list[Any], suspect: Any, lacking: Any) -> list[int]:
        """The rows with a finite value that are to be evaluated by themselves."""
        import numpy as np

        look = np.zeros(len(lacking), dtype=bool) if suspect is None else suspect == 1.0
        for i, array in enumerate(results):
            if self._value_of[i] != i and not np.isfinite(np.sum(array)):
                # An infinite derivative is a failure, unless it is to be told as what it is.
                look |= ~np.isfinite(array) if self._allow_nonfinite else np.isnan(array)
        for i in set(self._value_of):
            # A value that is not finite has no derivative.
            if not np.isfinite(np.sum(results[i])):
                look &= np.isfinite(results[i])
        look &= ~lacking
        return np.flatnonzero(look).tolist()

    def _looked_at(
        self, columns: Mapping[str, Any], offset: int, results: list[Any], first: int
    ) -> list[Any]:
        """The results with those of one row as `eval` gives them."""
        point = self._at(columns, offset)
        for array, number in zip(results, point.numbers, strict=True):
            array[offset] = number
        if point.kink and (self._allow_nonfinite or not point.failure):
            self.tally.counts[Kind.KINK] += 1
            self.tally.tell(Kind.KINK, first + offset, point.kink)
        return results

    def _at(self, columns: Mapping[str, Any], offset: int) -> _Point:
        key = b"".join([column[offset].tobytes() for column in columns.values()])
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            varying = {name: float(column[offset]) for name, column in columns.items()}
            found = self._known[key] = self._evaluated({**self._fixed, **varying})
        return found

    def _evaluated(self, point: Mapping[str, float]) -> _Point:
        evaluation = self._evaluation.at(point)
        said, sides = ([], {}) if evaluation.is_regular() else look(evaluation, is_certified=False)
        kink = next((finding.message for finding in said if finding.code in _KINKS), "")
        found = numbers(evaluation, self._wanted)
        if all(map(isfinite, found)):
            return _Point(found, kink, "")
        from autodiff_cli.derivatives.failure import failure

        failed = failure(evaluation, sides)
        return _Point(found, kink, "the result is not finite" if failed is None else failed.message)

    def _not_finite(self, results: list[Any]) -> list[Any]:
        """The rows of each result that are none: not finite, or of a value that is not finite."""
        import numpy as np

        # A sum tells whether anything is not finite; it may also overflow by itself.
        masks = [None if np.isfinite(np.sum(a)) else ~np.isfinite(a) for a in results]
        for i, value in enumerate(self._value_of):
            of_value = masks[value]
            if of_value is not None and of_value.any():
                own = masks[i]
                masks[i] = of_value if own is None else own | of_value
        return masks

    def _count(
        self,
        columns: Mapping[str, Any],
        lacking: Any,
        lack: Callable[[int], str],
        failed: Any,
        first: int,
    ) -> None:
        import numpy as np

        tally = self.tally
        tally.rows += len(lacking)
        for kind, mask in ((Kind.MISSING, lacking), (Kind.FAILED, failed)):
            offsets = np.flatnonzero(mask)
            tally.counts[kind] += len(offsets)
            for offset in offsets[:MOST_TOLD].tolist():
                if tally.has_room(kind):
                    is_missing = kind is Kind.MISSING
                    said = lack(offset) if is_missing else self._at(columns, offset).failure
                    tally.tell(kind, first + offset, said)


def first_bad(tally: Tally) -> Iterator[Told]:
    """The bad rows that are told of, in their order."""
    yield from sorted([*tally.told[Kind.MISSING], *tally.told[Kind.FAILED]])
