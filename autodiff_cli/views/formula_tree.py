"""A formula as a tree: each operator, and below it what it is applied to."""

from collections.abc import Iterator
from typing import NamedTuple

from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.naming import leaf_text
from autodiff_cli.language.notation import NOTATIONS

# What is deeper is told by the number of its level.
_DEEPEST = 40


class _Branch(NamedTuple):
    node: int
    depth: int
    guides: str
    below: str


def formula_tree(graph: Graph, root: int) -> Iterator[str]:
    """The lines of the tree, depth first; what occurs again is spelt out once."""
    names = {node: name for name, node in graph.variables.items()}
    spelt_out: set[int] = set()
    pending = [_Branch(root, 0, "", "")]
    while pending:
        branch = pending.pop()
        node, arguments = branch.node, graph.arguments[branch.node]
        if not arguments:
            yield f"{branch.guides}{names.get(node) or leaf_text(graph, node)}\n"
            continue
        label = _label(graph.operators[node].name)
        again = node in spelt_out
        yield f"{branch.guides}{label}{' (above)' if again else ''}\n"
        if not again:
            spelt_out.add(node)
            pending.extend(reversed(list(_children(branch, arguments))))


def _children(parent: _Branch, arguments: tuple[int, ...]) -> Iterator[_Branch]:
    depth = parent.depth + 1
    for position, argument in enumerate(arguments):
        if depth > _DEEPEST:
            yield _Branch(argument, depth, f"{depth:>{3 * _DEEPEST - 1}} ", "")
            continue
        last = position == len(arguments) - 1
        guides, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield _Branch(argument, depth, parent.below + guides, parent.below + below)


def _label(name: str) -> str:
    """The sign of an operator, or its name."""
    notation = NOTATIONS.get(name)
    if notation is None:
        return name
    return (notation.before + notation.between + notation.after).strip()
