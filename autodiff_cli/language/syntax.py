"""The syntax tree: an append-only arena, so that no formula is too deep for it.

A node is an integer and its children are smaller integers; the nodes of one statement lie
together. Walking the arena from front to back visits children before parents, without
recursion.
"""

from array import array
from enum import StrEnum
from typing import NamedTuple

from autodiff_cli.errors import Span

# Calls of these names are no functions of their arguments' values: some arguments are names, and
# `sum` and `prod` bind one of them. A function of the user's own by such a name is a function.
FORMS = {
    "diff": "diff(f, x)",
    "sum": "sum(i, 1, n, body)",
    "prod": "prod(i, 1, n, body)",
}


class Kind(StrEnum):
    """What a syntax node is; operators are calls of the operator's name, like `add`."""

    NUMBER = "number"
    NAME = "name"
    CALL = "call"
    COMPARISON = "comparison"  # a chain: `labels` has its signs, joined by a blank


class Form(StrEnum):
    """What a statement does."""

    RESULT = "result"  # a bare expression
    DEFINITION = "definition"  # name = expression
    FUNCTION = "function"  # name(parameters) = expression


class Statement(NamedTuple):
    """One statement; its expression is the nodes `first` to `root`, `root` included."""

    form: Form
    name: str
    parameters: tuple[str, ...]
    first: int
    root: int
    name_span: Span


class SyntaxTree:
    """The nodes of all statements as parallel lists, and the text they came from."""

    __slots__ = ("children", "ends", "kinds", "labels", "starts", "statements", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.kinds: list[Kind] = []
        self.labels: list[str] = []
        self.children: list[tuple[int, ...]] = []
        self.starts = array("q")
        self.ends = array("q")
        self.statements: list[Statement] = []

    def add(self, kind: Kind, label: str, children: tuple[int, ...], start: int, end: int) -> int:
        """Append a node; returns its number."""
        self.kinds.append(kind)
        self.labels.append(label)
        self.children.append(children)
        self.starts.append(start)
        self.ends.append(end)
        return len(self.kinds) - 1

    def span(self, node: int) -> Span:
        """Where the node stands in the text, without parentheses around it."""
        return self.starts[node], self.ends[node]

    def name_span(self, call: int) -> Span:
        """Where the name of a call stands."""
        start = self.starts[call]
        return start, start + len(self.text[start : self.text.index("(", start)].rstrip())
