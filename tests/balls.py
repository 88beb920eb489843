"""Formulas evaluated in ball arithmetic: what two of them certainly do not have in common."""

from collections.abc import Mapping
from functools import lru_cache

from flint import arb, ctx

from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.ball_system import ball_system
from autodiff_cli.graph.lower import Lowered, lower
from autodiff_cli.language.parser import parse

BITS = 160


@lru_cache(maxsize=100)
def _lowered(text: str, names: tuple[str, ...]) -> Lowered:
    return lower(parse(text), shadowed=names)


def ball(text: str, point: Mapping[str, float]) -> arb:
    """The ball of a formula at a point; constants are exact, as they are written."""
    with ctx.workprec(BITS):
        lowered = _lowered(text, tuple(point))
        graph = lowered.graph
        bound = {node: arb(point[name]) for name, node in graph.variables.items()}
        return evaluate(graph, graph.reachable([lowered.output]), bound, ball_system(True))[
            lowered.output
        ]


def is_known(number: arb) -> bool:
    """Whether a ball is finite and narrow enough to tell numbers apart."""
    return bool(number.is_finite()) and float(number.rad()) < 1e-9 * max(1.0, abs(float(number.mid())))


def agree(a: arb, b: arb) -> bool:
    """Whether two balls may be of the same number."""
    return bool(a.overlaps(b))
