"""What a check has found: of each partial derivative, at each point, in all."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from math import inf, isnan
from typing import NamedTuple

from autodiff_cli.checking.mistakes import Likenesses
from autodiff_cli.checking.taylor import Taylor
from autodiff_cli.graph.lower import Lowered


class Verdict(StrEnum):
    """What a partial is found to be, the best first."""

    RIGHT = "right"
    NO_DERIVATIVE = "no_derivative"
    LOST_DIGITS = "lost_digits"
    UNSETTLED = "unsettled"
    WRONG = "wrong"

    @property
    def holds(self) -> bool:
        """Whether a check with this verdict has been passed."""
        return self in (Verdict.RIGHT, Verdict.NO_DERIVATIVE)


class Partial(NamedTuple):
    """One partial derivative, checked.

    What is checked is the claim, or the sweep where nothing is claimed. `left` and `right` are
    the one-sided derivatives where there is not one derivative.
    """

    name: str
    claim: float | None
    sweep: float
    truth: float | None
    error: float | None
    tolerance: float
    verdict: Verdict
    explanation: str
    left: float | None = None
    right: float | None = None
    likenesses: Likenesses | None = None

    @property
    def checked(self) -> float:
        """The claim, or the sweep's where nothing is claimed."""
        return self.sweep if self.claim is None else self.claim


class Point(NamedTuple):
    """The check at one point."""

    inputs: Mapping[str, float]
    value: float
    partials: Sequence[Partial]
    taylor: Taylor | None

    @property
    def verdict(self) -> Verdict:
        """That of the worst partial."""
        return worst(partial.verdict for partial in self.partials)


class LeftOut(NamedTuple):
    """A point at which there is nothing to check, and why."""

    inputs: Mapping[str, float]
    reason: str


class Check(NamedTuple):
    """The whole check, with tolerance `rtol`; `left_out` are points with nothing to check."""

    lowered: Lowered
    points: Sequence[Point]
    method: str
    left_out: Sequence[LeftOut]
    has_claims: bool
    rtol: float

    @property
    def verdict(self) -> Verdict:
        """That of the worst point."""
        return worst(point.verdict for point in self.points)

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many points have each verdict, the worst first."""
        found = Counter(point.verdict for point in self.points)
        return {verdict: found[verdict] for verdict in reversed(Verdict) if verdict in found}

    @property
    def failed(self) -> int:
        """At how many points the check does not hold."""
        return sum(not point.verdict.holds for point in self.points)

    @property
    def worst(self) -> Point:
        """The point with the worst verdict, and of these the one with the largest error."""
        order = list(Verdict)
        return max(
            self.points,
            key=lambda p: (order.index(p.verdict), max((excess(q) for q in p.partials), default=0.0)),
        )


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of verdicts."""
    return max(verdicts, key=list(Verdict).index, default=Verdict.RIGHT)


def excess(partial: Partial) -> float:
    """An error in multiples of its tolerance."""
    if partial.error is None:
        return 0.0
    if isnan(partial.error):
        return inf
    return partial.error / partial.tolerance if partial.tolerance else inf if partial.error else 0.0
