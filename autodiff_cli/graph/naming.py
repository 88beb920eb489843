"""What nodes are called, and how one reads as an expression over its arguments' names."""

from collections.abc import Sequence

from autodiff_cli.graph.arena import CONSTANT, Graph
from autodiff_cli.graph.lower import RESERVED, Lowered
from autodiff_cli.language.notation import ATOM, SIGN, applied, number_text
from autodiff_cli.language.syntax import Kind
from autodiff_cli.numbers.decimals import Decimal

# Exponents up to which a number is written out.
_WRITTEN_OUT = 20


class Names:
    """Names of the nodes of one formula.

    Variables and definitions keep the user's names, constants are their number or the name
    of a reserved one, and everything else is v1, v2, ... in the order of evaluation.
    """

    def __init__(self, lowered: Lowered, nodes: Sequence[int]) -> None:
        self._lowered = lowered
        self._texts: dict[int, str] = {}
        graph = lowered.graph
        users = {node: name for name, node in graph.variables.items()}
        for name, node in lowered.definitions.items():
            if node not in graph.constants:
                users.setdefault(node, name)
        taken = {*graph.variables, *lowered.definitions}
        count = 0
        for node in nodes:
            if node in users:
                self._texts[node] = users[node]
            elif node in graph.constants:
                self._texts[node] = self._constant(node)
            else:
                count += 1
                while f"v{count}" in taken:
                    count += 1
                self._texts[node] = f"v{count}"

    def __getitem__(self, node: int) -> str:
        return self._texts[node]

    def has(self, node: int) -> bool:
        """Whether a node has a name."""
        return node in self._texts

    def expression(self, node: int) -> str:
        """The node's operator over the names of its arguments; empty for a leaf."""
        graph = self._lowered.graph
        operands = [(self._texts[a], self._level(a)) for a in graph.arguments[node]]
        return applied(graph.operators[node].name, operands)[0] if operands else ""

    def _constant(self, node: int) -> str:
        lowered = self._lowered
        source = lowered.sources[node]
        if lowered.tree.kinds[source] is Kind.NAME:
            return lowered.tree.labels[source]
        meaning = lowered.graph.meanings.get(node)
        if isinstance(meaning, str) and meaning in RESERVED:
            return meaning  # out of a derivative's rule
        return number_text(lowered.graph.constants[node])

    def _level(self, node: int) -> int:
        is_negative = self._lowered.graph.operators[node] is CONSTANT and self[node][0] == "-"
        return SIGN if is_negative else ATOM


def leaf_text(graph: Graph, node: int) -> str:
    """A constant as it is written: what it stands for, or its float64."""
    value, meaning = graph.constants[node], graph.meanings.get(node)
    if isinstance(meaning, Decimal):
        return decimal_text(meaning)
    if meaning is not None:
        return meaning
    return number_text(value)


def decimal_text(number: Decimal) -> str:
    """A decimal number as people write it."""
    sign, digits = "-" if number.digits < 0 else "", str(abs(number.digits))
    exponent = number.exponent
    if 0 <= exponent <= _WRITTEN_OUT:
        return sign + digits + "0" * exponent
    if -_WRITTEN_OUT <= exponent < 0:
        digits = digits.rjust(1 - exponent, "0")
        return f"{sign}{digits[:exponent]}.{digits[exponent:]}"
    return f"{sign}{digits}e{exponent}"
