"""The forward sweep: tangents, graph to graph, as the reverse sweep makes adjoints.

From the nodes that move, each node's tangent is the sum of its local partials times the tangents
of its arguments (Wengert 1964; Griewank and Walther, "Evaluating Derivatives", chapter 3). The
partials are those of the reverse sweep, gates included, and again nothing is computed here.
"""

from collections.abc import Iterable, Mapping, Sequence

from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.reverse import ABSENT, Passing
from autodiff_cli.graph.rewrite import ADD, MUL, simplified


def forward(
    graph: Graph,
    nodes: Iterable[int],
    velocities: Mapping[int, float],
    partials: Mapping[int, Sequence[int]],
    passing: Passing | None = None,
) -> dict[int, int]:
    """The nodes of the tangents of `nodes`, those that move; what is not in the result is at rest.

    `velocities` are the tangents of the nodes that are moved, whatever they depend on. `nodes`
    come in order of evaluation; `partials` holds the nodes of their local partials. What each node
    gets from an argument is written to `passing`.
    """
    one = graph.constant(1.0)
    arguments = graph.arguments
    tangents = {node: graph.constant(velocity) for node, velocity in velocities.items()}
    for node in nodes:
        if node in velocities:
            continue
        total = ABSENT
        for position, (argument, factor) in enumerate(
            zip(arguments[node], partials[node], strict=False)
        ):
            tangent = tangents.get(argument, ABSENT)
            if ABSENT in (factor, tangent):
                continue
            passed = tangent if factor == one else simplified(graph, MUL, (factor, tangent))
            if passing is not None:
                passing[node, position] = passed
            total = passed if total == ABSENT else simplified(graph, ADD, (total, passed))
        if total != ABSENT:
            tangents[node] = total
    return tangents


def consumers(graph: Graph, nodes: Iterable[int]) -> dict[int, list[int]]:
    """For each node those of `nodes` that it is an argument of."""
    found: dict[int, list[int]] = {}
    for node in nodes:
        for argument in set(graph.arguments[node]):
            found.setdefault(argument, []).append(node)
    return found


def ahead(consumers: Mapping[int, Sequence[int]], starts: Iterable[int]) -> list[int]:
    """The nodes that depend on `starts`, themselves included, in order of evaluation."""
    seen = set(starts)
    pending = list(seen)
    while pending:
        for node in consumers.get(pending.pop(), ()):
            if node not in seen:
                seen.add(node)
                pending.append(node)
    return sorted(seen)
