"""Second derivatives as nodes: the sweep of each entry of the gradient, as sparse as it is.

A sweep touches only what its entry depends on, so a sparse Hessian costs what there is of it.
Each pair comes once, from the entry of the later of its two nodes: a definition's derivative is
one of the formula with the definition's value in its place, and that can be differentiated along
what the definition is made of, but not the other way round.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.reverse import reverse

# Two nodes, the smaller one first.
NodePair = tuple[int, int]


def second_derivatives(
    graph: Graph, gradients: Sequence[Mapping[int, int]], partials: Mapping[int, tuple[int, ...]]
) -> list[dict[NodePair, int]]:
    """The nodes of second derivatives, by pair, for each gradient; none that is structurally zero.

    A gradient gives the nodes of derivatives by what they are along; `partials` are those that
    were made for it.
    """
    first, known = _first_of(graph, gradients), dict(partials)
    return [_of_gradient(graph, gradient, first, known) for gradient in gradients]


def _of_gradient(
    graph: Graph,
    gradient: Mapping[int, int],
    first: Mapping[int, int],
    known: dict[int, tuple[int, ...]],
) -> dict[NodePair, int]:
    found: dict[NodePair, int] = {}
    for later, entry in gradient.items():
        swept = reverse(graph, entry, known, _enters(first, later)).nodes
        reached = swept.keys() & gradient.keys()
        found.update(((node, later), swept[node]) for node in sorted(reached) if node <= later)
    return found


def _enters(first: Mapping[int, int], later: int) -> Callable[[int], bool]:
    """Whether a node depends on any that a row of pairs is asked for."""
    return lambda node: first.get(node, later + 1) <= later


def _first_of(graph: Graph, gradients: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """For each node that a gradient depends on the first node it depends on of those asked for."""
    asked = {node for gradient in gradients for node in gradient}
    roots = [root for gradient in gradients for root in gradient.values()]
    first: dict[int, int] = {}
    for node in graph.reachable(roots):
        behind = [first[argument] for argument in graph.arguments[node] if argument in first]
        if node in asked:
            behind.append(node)
        if behind:
            first[node] = min(behind)
    return first
