"""How long a formula's chains of operations get when its functions are expanded, without expanding.

A function of a function has the sum of their lengths, and forty lines can double forty times. What
is counted is the longest chain from a variable to the result: none of it can be shared or folded,
so that the graph has at least so many nodes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from autodiff_cli.language.syntax import Form, Kind, Statement, SyntaxTree

if TYPE_CHECKING:
    from autodiff_cli.graph.forms import Forms, Loop

# The length of a chain that does not exist: from what is constant, or not used.
NONE = -1


class Chains:
    """The longest chains of statements, which are asked for in an order that can be computed."""

    def __init__(self, tree: SyntaxTree, constants: Collection[str], forms: "Forms | None") -> None:
        """`constants` are names that stand for numbers."""
        self._tree = tree
        self._constants = constants
        self._loops: Mapping[int, Loop] = forms.loops if forms is not None else {}
        self._derivatives: Collection[int] = forms.derivatives if forms is not None else ()
        self._indices: Collection[int] = forms.bound if forms is not None else ()
        self._definitions: dict[str, int] = {}
        # Of each function, by parameter.
        self._functions: dict[str, list[int]] = {}

    def add(self, statement: Statement, plan: Iterable[int]) -> int:
        """The longest chain in a statement's graph; 0 for a function, which makes none by itself.

        `plan` are the syntax nodes that are lowered in any case: not those in the body of a sum.
        """
        if statement.form is not Form.FUNCTION:
            names = dict.fromkeys(self._constants, NONE) | self._definitions
            lengths = self._lengths(statement, names, 0)
            self._definitions[statement.name] = lengths[-1]
            longest = max(lengths[source - statement.first] for source in plan)
            return max(longest, 0)
        names = dict.fromkeys(statement.parameters, NONE)
        self._functions[statement.name] = [
            self._lengths(statement, {**names, parameter: 0}, NONE)[-1]
            for parameter in statement.parameters
        ]
        return 0

    def _lengths(self, statement: Statement, names: Mapping[str, int], others: int) -> list[int]:
        """From names, which have chains behind them, to each syntax node of a statement."""
        tree, first = self._tree, statement.first
        lengths: list[int] = []
        for source in range(first, statement.root + 1):
            if tree.kinds[source] is Kind.NUMBER or source in self._indices:
                length = NONE
            elif tree.kinds[source] is Kind.NAME:
                length = names.get(tree.labels[source], others)
            elif source in self._derivatives:
                length = NONE  # a derivative may be shorter than what it is of
            elif source in self._loops:
                loop = self._loops[source]
                length = lengths[loop.body - first] if self._has_terms(loop) else NONE
            else:
                behind = [lengths[child - first] for child in tree.children[source]]
                length = self._after(tree.labels[source], behind)
            lengths.append(length)
        return lengths

    def _has_terms(self, loop: "Loop") -> bool:
        """Whether a sum or a product is known to have a term: of bounds that are numbers."""
        kinds, labels = self._tree.kinds, self._tree.labels
        if any(kinds[end] is not Kind.NUMBER for end in (loop.low, loop.high)):
            return False
        return float(labels[loop.low]) <= float(labels[loop.high])

    def _after(self, called: str, behind: Sequence[int]) -> int:
        """The longest chain through a call, from those of its arguments."""
        steps = self._functions.get(called) or [1] * len(behind)
        chains = [a + b for a, b in zip(steps, behind, strict=False) if NONE not in (a, b)]
        return max(chains, default=NONE)
