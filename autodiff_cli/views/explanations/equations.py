"""Equations about the nodes of a graph, with places for numbers.

The numbers stay nodes until a view writes them, rounded or exact. The same equations are written in
the tool's own language and in LaTeX.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.naming import Names
from autodiff_cli.language.notation import COMPARISON, NOTATIONS, SIGN
from autodiff_cli.language.printer import Piece, infix, written
from autodiff_cli.language.syntax import Kind, SyntaxTree
from autodiff_cli.views.formula import expression
from autodiff_cli.views.latex import latex, latex_name

# A number's place in a formula while that is written; no text of a formula has the character.
_MARK = "\0"
_PLACE = re.compile(rf"{_MARK}(\d+)(\(?){_MARK}")

# What LaTeX has between factors that are no numbers.
_CLOSE_TIMES = r"\,"

VALUE, DERIVATIVE, LOCAL = "value", "derivative", "local"


class Slot(NamedTuple):
    """The place of a number: the node whose value stands there, and what the number is.

    A negative number there is written in parentheses if it is `bracketed`.
    """

    node: int
    role: str
    bracketed: bool = False


# One side of an equation: text with places for numbers.
Side = Sequence[str | Slot]


class Equation(NamedTuple):
    """What is equal, from left to right."""

    sides: Sequence[Side]


class Notation(NamedTuple):
    """How equations are written.

    `expand` writes formulas, `name` names, `total` a derivative along all ways, `local` that along
    one edge, `rule` the derivative of a function along a letter, `times` what is between factors.
    """

    expand: Callable[[SyntaxTree, int, int], Sequence[Piece]]
    name: Callable[[str], str]
    total: Callable[[str, str], str]
    local: Callable[[str, str], str]
    rule: Callable[[str, str], str]
    times: str


def _total(of: str, along: str) -> str:
    return f"d{of}/d{along}"


def _local(of: str, along: str) -> str:
    return f"∂{of}/∂{along}"


def _rule(function: str, letter: str) -> str:
    is_call = re.match(r"\w+\(", function) is not None
    return f"d {function}/d{letter}" if is_call else f"d({function})/d{letter}"


def _total_in_latex(of: str, along: str) -> str:
    return rf"\frac{{d{of}}}{{d{along}}}"


def _local_in_latex(of: str, along: str) -> str:
    return rf"\frac{{\partial {of}}}{{\partial {along}}}"


def _rule_in_latex(function: str, letter: str) -> str:
    return rf"\frac{{d}}{{d{letter}}} \left[{function}\right]"


PLAIN = Notation(infix, str, _total, _local, _rule, " * ")
LATEX = Notation(latex, latex_name, _total_in_latex, _local_in_latex, _rule_in_latex, r" \cdot ")


class Writer:
    """Writes sides of equations about one graph, whose nodes have names."""

    def __init__(self, graph: Graph, names: Names, notation: Notation) -> None:
        self.graph = graph
        self._names = names
        self.notation = notation
        self._last_stops: tuple[int, frozenset[int]] = (-1, frozenset())

    def name(self, node: int) -> str:
        """The name of a node."""
        return self.notation.name(self._names[node])

    def local(self, node: int, argument: int) -> str:
        """The derivative of a node along an argument, all others kept."""
        return self.notation.local(self.name(node), self.name(argument))

    def applied(self, node: int) -> Side:
        """The node's operator over the names of its arguments."""
        stops = self.graph.arguments[node]
        side = self.formula(self.graph, node, lambda n: self._label(n) if n in stops else None)
        return self._apart(node, side)

    def substituted(self, node: int) -> Side:
        """The node's operator over the values of its arguments."""
        stops = self.graph.arguments[node]
        side = self.formula(self.graph, node, lambda n: self._place(n) if n in stops else None)
        return self._apart(node, side)

    def _apart(self, node: int, side: Side) -> Side:
        """A comparison in parentheses: its sign is not that of the equation."""
        notation = NOTATIONS.get(self.graph.operators[node].name)
        return side if notation is None or notation.binds > COMPARISON else ["(", *side, ")"]

    def partial(self, formula: int, node: int) -> Side:
        """A formula out of the node's rule, over the names of its arguments and its own."""
        return self.formula(self.graph, formula, self._within(node, self._label))

    def partial_substituted(self, formula: int, node: int) -> Side:
        """The same over their values."""
        return self.formula(self.graph, formula, self._within(node, self._place))

    def over_nodes(self, formula: int, nodes: Callable[[int], bool]) -> Side:
        """A formula over the names of the nodes that `nodes` holds for."""
        return self.formula(self.graph, formula, lambda n: self._label(n) if nodes(n) else None)

    def formula(self, graph: Graph, root: int, label_of: Callable[[int], str | None]) -> Side:
        """A formula over the labels of nodes; a label may be a place for a number."""
        tree = expression(graph, root, label_of)
        return _side(written(tree, tree.statements[0].root, self._expand))

    def _expand(self, tree: SyntaxTree, node: int, level: int) -> Sequence[Piece]:
        label = tree.labels[node]
        if tree.kinds[node] is Kind.NAME and label.startswith(_MARK):
            return [f"{label}({_MARK}" if level > SIGN else label + _MARK]
        return self.notation.expand(tree, node, level)

    def _label(self, node: int) -> str | None:
        return None if node in self.graph.constants else self._names[node]

    def _place(self, node: int) -> str | None:
        return None if node in self.graph.constants else f"{_MARK}{node}"

    def _stops(self, node: int) -> frozenset[int]:
        """A node and its arguments; partials along many of them are written one after the other."""
        if self._last_stops[0] != node:
            self._last_stops = node, frozenset((*self.graph.arguments[node], node))
        return self._last_stops[1]

    def _within(self, node: int, label: Callable[[int], str | None]) -> Callable[[int], str | None]:
        """Labels for what a node's rule speaks of: its arguments and the node itself.

        A rewrite may have looked behind an argument. Then other nodes of the formula come in.
        """
        stops = self._stops(node)

        def label_of(other: int) -> str | None:
            if other in stops:
                return label(other)
            is_known = self._names.has(other) and not stops.issuperset(self.graph.arguments[other])
            return label(other) if is_known else None

        return label_of


def _side(text: str) -> Side:
    """Text and the places in it; a negative number needs parentheses behind a sign."""
    side: list[str | Slot] = []
    end = 0
    for match in _PLACE.finditer(text):
        before = text[end : match.start()]
        if before.endswith(_CLOSE_TIMES):  # two numbers side by side would be one
            before = before.removesuffix(_CLOSE_TIMES) + LATEX.times
        if before:
            side.append(before)
        is_first = match.start() == 0 or text.endswith(("(", ", ", "{"), 0, match.start())
        side.append(Slot(int(match[1]), VALUE, bool(match[2]) or not is_first))
        end = match.end()
    if end < len(text):
        side.append(text[end:])
    return side


def product(notation: Notation, first: Slot, second: Slot) -> Side:
    """The product of two numbers."""
    return [first, notation.times, second._replace(bracketed=True)]


def total(terms: Sequence[Side]) -> Side:
    """The sum of terms."""
    side: list[str | Slot] = []
    for term in terms:
        if side:
            side.append(" + ")
            first, *rest = term
            side += [first._replace(bracketed=True) if isinstance(first, Slot) else first, *rest]
        else:
            side += term
    return side
