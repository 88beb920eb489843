"""The number system of balls: what the operator table computes with, in Arb's arithmetic.

Loaded only to certify digits; it needs python-flint.
"""

from collections.abc import Callable
from typing import Any

from autodiff_cli.graph.arena import Graph, NumberSystem, evaluate
from autodiff_cli.graph.operators import OPERATORS, Operator
from autodiff_cli.graph.rules import rule
from autodiff_cli.numbers import balls


def ball_system(decimal: bool) -> NumberSystem:
    """Balls; numbers in a formula are decimal as they are written, or else their float64.

    The working precision is that of `flint.ctx`. An operator without a kernel of its own is
    computed by its definition.
    """

    def constant(graph: Graph, node: int) -> Any:
        meaning = graph.meanings.get(node) if decimal else None
        if meaning is None:
            return balls.from_float(graph.constants[node])
        return balls.from_text(str(meaning))

    def by_definition(operator: Operator) -> Callable[..., Any]:
        def kernel(*arguments: Any) -> Any:
            formula = rule(operator, operator.definition, len(arguments))
            bound = {node: arguments[slot] for node, slot in formula.slots}
            return evaluate(formula.graph, range(len(formula.graph)), bound, system)[formula.root]

        return kernel

    kernels = {
        operator: balls.KERNELS.get(operator.name) or by_definition(operator) for operator in OPERATORS
    }
    system = NumberSystem(kernels, constant, balls.NAN)
    return system
