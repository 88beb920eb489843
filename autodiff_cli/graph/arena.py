"""The graph: an append-only arena of parallel lists, in which equal nodes are made once.

A node is an integer and its arguments are smaller integers, so the order of creation is an
order of evaluation: no sorting, and no recursion, however deep the graph.
"""

import struct
from collections.abc import Iterable, Sequence

from autodiff_cli.graph.operators import Operator
from autodiff_cli.numbers import floats


def _no_kernel(*_: float) -> float:
    raise AssertionError("a leaf is not computed")


VARIABLE = Operator("var", (), _no_kernel, rounding=0)
CONSTANT = Operator("const", (), _no_kernel, rounding=0)


class Graph:
    """`operators[n]` and `arguments[n]` describe node n.

    `constants` holds the values of the leaves that are constants, `variables` the nodes of
    the named ones.
    """

    __slots__ = ("_constant_nodes", "_nodes", "arguments", "constants", "operators", "variables")

    def __init__(self) -> None:
        self.operators: list[Operator] = []
        self.arguments: list[tuple[int, ...]] = []
        self.constants: dict[int, float] = {}
        self.variables: dict[str, int] = {}
        self._constant_nodes: dict[bytes, int] = {}
        self._nodes: dict[Operator, dict[tuple[int, ...], int]] = {}

    def __len__(self) -> int:
        return len(self.operators)

    def _append(self, operator: Operator, arguments: tuple[int, ...]) -> int:
        self.operators.append(operator)
        self.arguments.append(arguments)
        return len(self.operators) - 1

    def constant(self, value: float) -> int:
        """The leaf of a constant; equal by its bits, so -0.0 and NaN are themselves."""
        bits = struct.pack("<d", value)
        node = self._constant_nodes.get(bits)
        if node is None:
            node = self._constant_nodes[bits] = self._append(CONSTANT, ())
            self.constants[node] = value
        return node

    def variable(self, name: str) -> int:
        """The leaf of a variable."""
        node = self.variables.get(name)
        if node is None:
            node = self.variables[name] = self._append(VARIABLE, ())
        return node

    def apply(self, operator: Operator, arguments: tuple[int, ...]) -> int:
        """The node of an operator applied to nodes, exactly as given."""
        nodes = self._nodes.get(operator)
        if nodes is None:
            nodes = self._nodes[operator] = {}
        node = nodes.get(arguments)
        if node is None:
            self.operators.append(operator)
            self.arguments.append(arguments)
            node = nodes[arguments] = len(self.operators) - 1
        return node

    def reachable(self, roots: Iterable[int]) -> list[int]:
        """The nodes that `roots` depend on, themselves included, in order of evaluation."""
        needed = bytearray(len(self.operators))
        last = -1
        for root in roots:
            needed[root] = 1
            last = max(last, root)
        arguments = self.arguments
        for node in range(last, -1, -1):
            if needed[node]:
                for argument in arguments[node]:
                    needed[argument] = 1
        return [node for node in range(last + 1) if needed[node]]


def evaluate(graph: Graph, nodes: Sequence[int], variables: dict[int, float]) -> list[float]:
    """The float64 value of each of `nodes`, which are closed under arguments and in order.

    `variables` gives the values of the variables among them. The result is indexed by node;
    nodes that were not asked for are NaN there.
    """
    values = [floats.NAN] * len(graph)
    operators, arguments, constants = graph.operators, graph.arguments, graph.constants
    for node in nodes:
        operands = arguments[node]
        match len(operands):
            case 2:
                left, right = operands
                values[node] = operators[node].floats(values[left], values[right])
            case 1:
                values[node] = operators[node].floats(values[operands[0]])
            case 0:
                values[node] = constants[node] if node in constants else variables[node]
            case _:
                values[node] = operators[node].floats(*[values[operand] for operand in operands])
    return values
