"""The graph: an append-only arena of parallel lists, in which equal nodes are made once.

A node is an integer and its arguments are smaller integers, so the order of creation is an
order of evaluation: no sorting, and no recursion, however deep the graph.
"""

import struct
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from autodiff_cli.graph.operators import OPERATORS, Operator
from autodiff_cli.numbers.decimals import Decimal


def _no_kernel(*_: float) -> float:
    raise AssertionError("a leaf is not computed")


VARIABLE = Operator("var", (), _no_kernel, rounding=0)
CONSTANT = Operator("const", (), _no_kernel, rounding=0)

# What a constant stands for where that is not a float64: a decimal number, or a name like pi.
Meaning = Decimal | str


class Graph:
    """`operators[n]` and `arguments[n]` describe node n.

    `constants` holds the float64 values of the leaves that are constants, `meanings` the exact
    numbers of those that stand for something else (0.1, pi), `variables` the nodes of the
    named leaves.
    """

    __slots__ = (
        "_constant_nodes",
        "_nodes",
        "arguments",
        "constants",
        "meanings",
        "operators",
        "variables",
    )

    def __init__(self) -> None:
        self.operators: list[Operator] = []
        self.arguments: list[tuple[int, ...]] = []
        self.constants: dict[int, float] = {}
        self.meanings: dict[int, Meaning] = {}
        self.variables: dict[str, int] = {}
        self._constant_nodes: dict[tuple[bytes, Meaning | None], int] = {}
        self._nodes: dict[Operator, dict[tuple[int, ...], int]] = {}

    def __len__(self) -> int:
        return len(self.operators)

    def _append(self, operator: Operator, arguments: tuple[int, ...]) -> int:
        self.operators.append(operator)
        self.arguments.append(arguments)
        return len(self.operators) - 1

    def constant(self, value: float, meaning: Meaning | None = None) -> int:
        """The leaf of a constant; equal by its bits, so -0.0 and NaN are themselves.

        `meaning` is the exact number where `value` is only the float64 nearest to it.
        """
        key = (struct.pack("<d", value), meaning)
        node = self._constant_nodes.get(key)
        if node is None:
            node = self._constant_nodes[key] = self._append(CONSTANT, ())
            self.constants[node] = value
            if meaning is not None:
                self.meanings[node] = meaning
        return node

    def known(self, node: int) -> float | None:
        """The value of a constant that is exactly a float64; None of anything else."""
        return None if node in self.meanings else self.constants.get(node)

    def variable(self, name: str) -> int:
        """The leaf of a variable."""
        node = self.variables.get(name)
        if node is None:
            node = self.variables[name] = self._append(VARIABLE, ())
        return node

    def unnamed(self) -> int:
        """A new leaf that is no variable: it stands for a value that is put in its place later."""
        return self._append(VARIABLE, ())

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
        """The nodes that `roots` depend on, themselves included, in order of evaluation.

        The rest of the graph is not looked at.
        """
        found = set(roots)
        pending, arguments = list(found), self.arguments
        while pending:
            for argument in arguments[pending.pop()]:
                if argument not in found:
                    found.add(argument)
                    pending.append(argument)
        return sorted(found)

    def between(self, leaves: Collection[int], root: int) -> list[int]:
        """The nodes that `root` depends on and that depend on one of `leaves`, in order.

        Both ends are included. The cost is that of what is below `root`, not of the whole graph.
        """
        leaves = set(leaves)
        first = min(leaves, default=root + 1)
        below, pending = {root}, [root]
        while pending:
            for argument in self.arguments[pending.pop()]:
                if argument >= first and argument not in below:
                    below.add(argument)
                    pending.append(argument)
        depending: dict[int, None] = {}
        for node in sorted(below):
            if node in leaves or not depending.keys().isdisjoint(self.arguments[node]):
                depending[node] = None
        return list(depending)


class NumberSystem(NamedTuple):
    """What an evaluation computes with: kernels, the value of a constant, and not a number."""

    kernels: Mapping[Operator, Callable[..., Any]]
    constant: Callable[[Graph, int], Any]
    unknown: Any


def _float_constant(graph: Graph, node: int) -> float:
    return graph.constants[node]


FLOATS = NumberSystem(
    {operator: operator.floats for operator in OPERATORS}, _float_constant, float("nan")
)


def evaluate(
    graph: Graph,
    nodes: Sequence[int],
    variables: Mapping[int, Any],
    system: NumberSystem = FLOATS,
    last_uses: Mapping[int, Sequence[int]] | None = None,
) -> list[Any]:
    """The value of each of `nodes`, which are closed under arguments and in order.

    `variables` gives the values of the variables among them. The result is indexed by node;
    nodes that were not asked for are unknown (NaN) there. With `last_uses` so are those that it names
    for a node, as soon as that is computed: arrays are large.
    """
    values = [system.unknown] * len(graph)
    operators, arguments, constants = graph.operators, graph.arguments, graph.constants
    kernels = system.kernels
    for node in nodes:
        operands = arguments[node]
        match len(operands):
            case 2:
                left, right = operands
                values[node] = kernels[operators[node]](values[left], values[right])
            case 1:
                values[node] = kernels[operators[node]](values[operands[0]])
            case 0:
                values[node] = system.constant(graph, node) if node in constants else variables[node]
            case _:
                values[node] = kernels[operators[node]](*[values[operand] for operand in operands])
        if last_uses and node in last_uses:
            for used in last_uses[node]:
                values[used] = system.unknown
    return values


def last_uses(graph: Graph, nodes: Sequence[int], keep: Collection[int]) -> dict[int, list[int]]:
    """For each of `nodes` the nodes whose values it is the last to use; those of `keep` excepted."""
    last: dict[int, int] = {}
    for node in nodes:
        for argument in graph.arguments[node]:
            last[argument] = node
    found: dict[int, list[int]] = {}
    kept = set(keep)
    for argument, node in last.items():
        if argument not in kept and graph.arguments[argument]:
            found.setdefault(node, []).append(argument)
    return found
