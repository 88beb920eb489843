"""How much work the values of nodes are, so that what takes many points can be bounded beforehand."""

from collections.abc import Iterable

from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.operators import FAMILIES

# Of one special function, in sums or products: the orders of magnitude of what was measured.
_SPECIAL = {
    "Bessel functions": 1000,
    "gamma functions": 100,
    "integrals, inverses": 100,
    "error functions, normal distribution": 20,
}
_WORK = {operator: work for family, work in _SPECIAL.items() for operator in FAMILIES[family]}


def work(graph: Graph, nodes: Iterable[int]) -> int:
    """The work for the values of nodes once: 1 for a sum or a product, more for special functions."""
    return sum(_WORK.get(graph.operators[node], 1) for node in nodes)
