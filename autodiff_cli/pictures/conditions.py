"""Where operators have kinks and where they are defined, as nodes: for points that are yet to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from autodiff_cli.derivatives.kinks import COMPARISONS, distinct_arguments, may_jump
from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.operators import Kink, Operator
from autodiff_cli.graph.rules import instantiate, rule


class Matter(StrEnum):
    """What is the matter with a node where a condition holds; with its domain, where it does not.

    A boundary is where a comparison changes, and nothing is known of the sides of a point without
    a derivative.
    """

    KINK = "kink"
    JUMP = "jump"
    BOUNDARY = "boundary"
    NO_DERIVATIVE = "no derivative"
    DOMAIN = "domain"


class PointCondition(NamedTuple):
    """A condition on the point, about a node: the node `holds` is 1 where it holds."""

    node: int
    matter: Matter
    holds: int


def point_conditions(graph: Graph, nodes: Sequence[int]) -> Iterator[PointCondition]:
    """The conditions of the operators at `nodes`, appended to the graph.

    Those are left out that are the same at every point.
    """
    for node in (node for node in nodes if graph.arguments[node]):
        operator, arguments = graph.operators[node], distinct_arguments(graph, node)
        kinks = [(kink.when, _matter(operator, kink)) for kink in operator.kinks]
        domain = [(operator.domain, Matter.DOMAIN)] if operator.domain else []
        for text, matter in (*domain, *kinks):
            found = rule(operator, text, len(arguments))
            holds = instantiate(graph, found, (*arguments, node))
            if holds not in graph.constants:
                yield PointCondition(node, matter, holds)


def _matter(operator: Operator, kink: Kink) -> Matter:
    if operator in COMPARISONS:
        return Matter.BOUNDARY
    if not kink.sides:
        return Matter.NO_DERIVATIVE
    return Matter.JUMP if may_jump(kink) else Matter.KINK
