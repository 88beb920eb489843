"""Where operators have kinks and where they are defined, as nodes: for points that are yet to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.rules import instantiate, rule


class PointCondition(NamedTuple):
    """A condition on the point, about a node: the node `holds` is 1 where it holds.

    A kink is where it does; outside the domain it does not.
    """

    node: int
    is_kink: bool
    holds: int


def point_conditions(graph: Graph, nodes: Sequence[int]) -> Iterator[PointCondition]:
    """The conditions of the operators at `nodes`, appended to the graph.

    Those are left out that are the same at every point.
    """
    for node in nodes:
        operator, arguments = graph.operators[node], graph.arguments[node]
        kinks = [(kink.when, True) for kink in operator.kinks]
        domain = [(operator.domain, False)] if operator.domain else []
        for text, is_kink in (*domain, *kinks):
            found = rule(operator, text, len(arguments))
            holds = instantiate(graph, found, (*arguments, node))
            if holds not in graph.constants:
                yield PointCondition(node, is_kink, holds)
