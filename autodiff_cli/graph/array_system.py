"""The number system of arrays: what the operator table computes with, on many rows at once.

Loaded only for batches; it needs NumPy.
"""

from autodiff_cli.graph.arena import Graph, NumberSystem
from autodiff_cli.graph.operators import OPERATORS
from autodiff_cli.numbers.arrays import KERNELS, elementwise


def _constant(graph: Graph, node: int) -> float:
    return graph.constants[node]


ARRAYS = NumberSystem(
    {operator: KERNELS.get(operator.name) or elementwise(operator.floats) for operator in OPERATORS},
    _constant,
    float("nan"),
)
