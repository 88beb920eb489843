"""Whether outputs have a derivative along each variable, and what it is to either side.

The sweep follows a convention at every node that is at a kink; the whole may have a
derivative all the same. Where any node is at a kink, a step or an edge of its domain, the
outputs are looked at from both sides.
"""

from collections.abc import Iterable
from math import inf, isfinite, isnan, nan
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.germs import OUTSIDE, MaybeGerm, germs
from autodiff_cli.graph.forward import ahead, consumers

# Where the sides differ by less, relatively, that is rounding and no kink.
_AGREEMENT = 2.0**-40

# How many nodes are looked at, over all variables, if that is more than two variables need;
# the rest remains unknown.
_MOST_VISITS = 300_000

# How many derivatives of functions are asked for, one try after another where the first do not
# tell, and how much longer it takes.
_DEPTHS = ((1, 1), (3, 20), (6, 60))


# The node of an output and that of a variable, or DIRECTION.
Pair = tuple[int, int]


class Along(NamedTuple):
    """One output along one variable, at a point where nodes in between are at a kink or an edge.

    `left` and `right` are the one-sided derivatives: infinite where the value jumps, NaN where
    the side is outside the domain, None where they are not known. `suspects` are
    the nodes at a kink or an edge that the output depends on the variable by; there are none
    where nothing was looked at.
    """

    left: float | None
    right: float | None
    jumps: bool
    suspects: frozenset[int]

    @property
    def is_known(self) -> bool:
        """Whether both sides are known."""
        return self.left is not None and self.right is not None

    @property
    def is_told(self) -> bool:
        """Whether there is a derivative from at least one side."""
        return any(side is not None and not isnan(side) for side in (self.left, self.right))

    @property
    def is_differentiable(self) -> bool | None:
        """Whether there is a derivative; None when that is not known."""
        known = [side for side in (self.left, self.right) if side is not None]
        if self.jumps or not all(map(isfinite, known)):
            return False
        return _agree(known[0], known[1]) if len(known) == 2 else None


_UNKNOWN = Along(None, None, False, frozenset())


def sides(evaluation: Evaluation, suspects: Iterable[int]) -> dict[Pair, Along]:
    """What is known of each output along each variable that a suspected node lies between.

    The direction counts as a variable, too. `suspects` are the nodes at a kink, a step or an edge.
    A pair that is not in the result has none on its way, and is differentiable as the sweep says.
    """
    suspected = frozenset(suspects)
    if not suspected:
        return {}
    graph = evaluation.graph
    behind = {o.node: frozenset(graph.reachable([o.node])) for o in evaluation.outputs}
    leading = frozenset(graph.reachable(suspected))
    consumed_by = consumers(graph, evaluation.nodes)
    visits = max(_MOST_VISITS, 4 * len(evaluation.nodes))
    found: dict[Pair, Along] = {}
    for start in evaluation.along.values():
        velocities = evaluation.velocities(start)
        if leading.isdisjoint(velocities):
            continue
        if visits <= 0:
            found.update(((output, start), _UNKNOWN) for output in behind)
            continue
        after = ahead(consumed_by, velocities)
        between = {output: nodes.intersection(suspected, after) for output, nodes in behind.items()}
        wanted = [output for output, suspects in between.items() if suspects]
        for depth, effort in _DEPTHS:
            visits -= 2 * effort * len(after)
            left, right = (germs(evaluation, velocities, sign, after, depth) for sign in (-1.0, 1.0))
            for output in wanted:
                here = evaluation.value(output)
                found[output, start] = _along(here, left[output], right[output], between[output])
            wanted = [output for output in wanted if not found[output, start].is_known]
            if not wanted or visits <= 0:
                break
    return found


def _along(here: float, left: MaybeGerm, right: MaybeGerm, between: frozenset[int]) -> Along:
    jumps = any(germ and not _agree(germ.limit, here) for germ in (left, right) if germ is not OUTSIDE)
    before, after = _derivative(left, here), _derivative(right, here)
    return Along(None if before is None else 0.0 - before, after, jumps, between)


def _derivative(germ: MaybeGerm, here: float) -> float | None:
    """The one-sided derivative for a step away; infinite where the value jumps."""
    if germ is None or germ is OUTSIDE:
        return None if germ is None else nan
    if _agree(germ.limit, here):
        return germ.slope
    return inf if germ.limit > here else -inf


def _agree(a: float, b: float) -> bool:
    return a == b or abs(a - b) <= _AGREEMENT * max(abs(a), abs(b))
