"""How long a formula's chains of operations get when its functions are expanded, without expanding.

A function of a function has the sum of their lengths, and forty lines can double forty times. What
is counted is the longest chain from a variable to the result: none of it can be shared or folded,
so that the graph has at least so many nodes.
"""

from collections.abc import Collection, Mapping, Sequence

from autodiff_cli.language.syntax import Form, Kind, Statement, SyntaxTree

# The length of a chain that does not exist: from what is constant, or not used.
NONE = -1


class Chains:
    """The longest chains of statements, which are asked for in an order that can be computed."""

    def __init__(self, tree: SyntaxTree, constants: Collection[str]) -> None:
        """`constants` are names that stand for numbers."""
        self._tree = tree
        self._constants = constants
        self._definitions: dict[str, int] = {}
        # Of each function, by parameter.
        self._functions: dict[str, list[int]] = {}

    def add(self, statement: Statement) -> int:
        """The longest chain in a statement's graph; 0 for a function, which makes none by itself."""
        if statement.form is not Form.FUNCTION:
            names = dict.fromkeys(self._constants, NONE) | self._definitions
            length = self._longest(statement, names, 0)
            self._definitions[statement.name] = length
            return max(length, 0)
        names = dict.fromkeys(statement.parameters, NONE)
        self._functions[statement.name] = [
            self._longest(statement, {**names, parameter: 0}, NONE) for parameter in statement.parameters
        ]
        return 0

    def _longest(self, statement: Statement, names: Mapping[str, int], others: int) -> int:
        """From names, which have chains behind them, to the statement's result."""
        tree, first = self._tree, statement.first
        lengths: list[int] = []
        for source in range(first, statement.root + 1):
            match tree.kinds[source]:
                case Kind.NUMBER:
                    length = NONE
                case Kind.NAME:
                    length = names.get(tree.labels[source], others)
                case _:
                    behind = [lengths[child - first] for child in tree.children[source]]
                    length = self._after(tree.labels[source], behind)
            lengths.append(length)
        return lengths[-1]

    def _after(self, called: str, behind: Sequence[int]) -> int:
        """The longest chain through a call, from those of its arguments."""
        steps = self._functions.get(called) or [1] * len(behind)
        chains = [a + b for a, b in zip(steps, behind, strict=False) if NONE not in (a, b)]
        return max(chains, default=NONE)
