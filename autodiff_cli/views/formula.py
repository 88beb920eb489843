"""Formulas of a graph as text: the graph as a syntax tree, which the canonical printer writes."""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import count
from typing import NamedTuple

from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.naming import leaf_text
from autodiff_cli.graph.rewrite import GATE
from autodiff_cli.language.syntax import Form, Kind, Statement, SyntaxTree

# How constants are written where a variable has their name.
_SUBSTITUTES = {"e": ("exp", "1"), "pi": ("acos", "-1")}


class Named(NamedTuple):
    """A node and the name that it is given; an empty name is that of a bare expression."""

    name: str
    node: int


# A formula that is longer is written with definitions where that makes it shorter.
_LONG = 250
# Parts of fewer nodes are not worth a name.
_WORTH_A_NAME = 4
# Lengths of trees that share much are beyond counting.
_ENDLESS = 10**12


def lengths(graph: Graph, roots: Sequence[int]) -> dict[int, int]:
    """How many nodes the formula of each node has when it is written out."""
    sizes: dict[int, int] = {}
    for node in graph.reachable(roots):
        sizes[node] = min(1 + sum(sizes[argument] for argument in graph.arguments[node]), _ENDLESS)
    return sizes


def lengths_over(graph: Graph, is_leaf: Callable[[int], bool]) -> Sequence[int]:
    """The same of every node of a graph, where nodes that `is_leaf` holds for count once."""
    sizes: list[int] = []
    for node, arguments in enumerate(graph.arguments):
        size = 1 if is_leaf(node) else 1 + sum(sizes[argument] for argument in arguments)
        sizes.append(min(size, _ENDLESS))
    return sizes


def shared_parts(
    graph: Graph, roots: Sequence[int], taken: Collection[str], wanted: bool | None
) -> list[Named]:
    """The parts that occur more than once, named v1, v2, ... in order of evaluation.

    With `wanted` None there are none where all formulas together are short.
    """
    sizes = lengths(graph, roots)
    if wanted is False or (wanted is None and sum(sizes[root] for root in roots) <= _LONG):
        return []
    uses: dict[int, int] = dict.fromkeys(roots, 1)
    for node in sizes:
        for argument in graph.arguments[node]:
            uses[argument] = uses.get(argument, 0) + 1
    shared = [node for node, size in sizes.items() if uses[node] > 1 and size >= _WORTH_A_NAME]
    names = (name for number in count(1) if (name := f"v{number}") not in taken)
    return [Named(next(names), node) for node in shared]


def syntax(graph: Graph, definitions: Sequence[Named], results: Sequence[Named]) -> SyntaxTree:
    """The tree of definitions, which what follows refers to by name, and of results.

    Nodes that are shared in the graph are shared in the tree.
    """
    tree = SyntaxTree("")
    trees: dict[int, int] = {}
    for position, (name, root) in enumerate((*definitions, *results)):
        first = len(tree.kinds)
        for node in _unwritten(graph, root, trees):
            trees[node] = _written(tree, graph, node, trees)
        form = Form.DEFINITION if name else Form.RESULT
        tree.statements.append(Statement(form, name, (), first, trees[root], (0, 0)))
        if position < len(definitions):
            trees[root] = tree.add(Kind.NAME, name, (), 0, 0)
    return tree


def expression(graph: Graph, root: int, label_of: Callable[[int], str | None]) -> SyntaxTree:
    """The tree of one formula, in which nodes that have a label stand by it.

    A gate is written as the choice between what it lets through and 0.
    """
    tree = SyntaxTree("")
    trees: dict[int, int] = {}
    needed, pending = set[int](), [root]
    while pending:
        node = pending.pop()
        if node in needed or node in trees:
            continue
        label = label_of(node)
        if label is not None:
            trees[node] = tree.add(Kind.NAME, label, (), 0, 0)
        else:
            needed.add(node)
            pending.extend(graph.arguments[node])
    for node in sorted(needed):
        if graph.operators[node] is GATE:
            condition, passed = graph.arguments[node]
            choice = (trees[condition], trees[passed], _number(tree, "0"))
            trees[node] = tree.add(Kind.CALL, "where", choice, 0, 0)
        else:
            trees[node] = _written(tree, graph, node, trees)
    tree.statements.append(Statement(Form.RESULT, "", (), 0, trees[root], (0, 0)))
    return tree


def _unwritten(graph: Graph, root: int, trees: Mapping[int, int]) -> list[int]:
    """The nodes of a root that are not in the tree, in order of evaluation."""
    needed, pending = set[int](), [root]
    while pending:
        node = pending.pop()
        if node not in needed and node not in trees:
            needed.add(node)
            pending.extend(graph.arguments[node])
    return sorted(needed)


def _written(tree: SyntaxTree, graph: Graph, node: int, trees: Mapping[int, int]) -> int:
    arguments = graph.arguments[node]
    if arguments:
        children = tuple(trees[argument] for argument in arguments)
        return tree.add(Kind.CALL, graph.operators[node].name, children, 0, 0)
    if node not in graph.constants:
        names = [name for name, variable in graph.variables.items() if variable == node]
        return tree.add(Kind.NAME, names[0], (), 0, 0)
    return _constant(tree, graph, node)


def _constant(tree: SyntaxTree, graph: Graph, node: int) -> int:
    text = leaf_text(graph, node)
    if text in graph.variables and text in _SUBSTITUTES:
        function, number = _SUBSTITUTES[text]
        return tree.add(Kind.CALL, function, (_number(tree, number),), 0, 0)
    return _number(tree, text)


def _number(tree: SyntaxTree, text: str) -> int:
    plain = text.removeprefix("-")
    leaf = tree.add(Kind.NAME if plain.isalpha() else Kind.NUMBER, plain, (), 0, 0)
    return leaf if plain == text else tree.add(Kind.CALL, "neg", (leaf,), 0, 0)
