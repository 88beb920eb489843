"""The canonical form of a formula: one way to write each tree, and it parses back to it."""

from collections.abc import Callable, Iterator, Sequence

from autodiff_cli.language.notation import COMPARISON, LOOSEST, NOTATIONS, SUM, number_text
from autodiff_cli.language.syntax import Form, Kind, SyntaxTree
from autodiff_cli.numbers.decimals import written as written_number

# A piece of text that is ready, or a node that still has to be written at a level.
Piece = str | tuple[int, int]


# Texts that are no longer are float64 numbers in their shortest form, or can be put in it.
_MOST_DIGITS = 17


def canonical(tree: SyntaxTree) -> str:
    """All statements in the order written, joined by `; `; linear in the size of the tree."""
    return "; ".join(canonical_statements(tree))


def canonical_statements(tree: SyntaxTree) -> Iterator[str]:
    """The canonical form of each statement."""
    for statement in tree.statements:
        head = ""
        if statement.form is Form.DEFINITION:
            head = f"{statement.name} = "
        elif statement.form is Form.FUNCTION:
            head = f"{statement.name}({', '.join(statement.parameters)}) = "
        yield head + written(tree, statement.root, infix)


def written(
    tree: SyntaxTree, root: int, expand: Callable[[SyntaxTree, int, int], Sequence[Piece]]
) -> str:
    """An expression as text.

    `expand` gives the pieces of one node at a level, with its operands still as nodes, each with
    the level that it needs to stand without parentheses.
    """
    pieces: list[str] = []
    pending: list[Piece] = [(root, LOOSEST)]
    while pending:
        piece = pending.pop()
        if isinstance(piece, str):
            pieces.append(piece)
        else:
            pending.extend(reversed(expand(tree, *piece)))
    return "".join(pieces)


def infix(tree: SyntaxTree, node: int, level: int) -> list[Piece]:
    """The pieces of one node in the tool's own language, with its operands still as nodes."""
    kind, label, children = tree.kinds[node], tree.labels[node], tree.children[node]
    if kind is Kind.NUMBER:
        return [_number(label)]
    if kind is Kind.NAME:
        return [label]
    if kind is Kind.COMPARISON:
        signs = [f" {sign} " for sign in label.split()]
        body = interleaved(children, [SUM] * len(children), signs)
        return body if level <= COMPARISON else ["(", *body, ")"]
    notation = NOTATIONS.get(label)
    if notation is None or len(children) != len(notation.operands):
        commas = [", "] * (len(children) - 1)
        return [f"{label}(", *interleaved(children, [LOOSEST] * len(children), commas), ")"]
    body = interleaved(children, notation.operands, [notation.between] * (len(children) - 1))
    body = [notation.before, *body, notation.after]
    return body if notation.binds >= level else ["(", *body, ")"]


def _number(label: str) -> str:
    """The shortest text of a number; one with more digits than a float64 has stays as written."""
    text = number_text(float(label))
    return label if len(label) > _MOST_DIGITS and written_number(text) != written_number(label) else text


def interleaved(
    children: Sequence[int], levels: Sequence[int], separators: Sequence[str]
) -> list[Piece]:
    """Nodes at levels with separators between."""
    pieces: list[Piece] = []
    for position, child in enumerate(children):
        if position:
            pieces.append(separators[position - 1])
        pieces.append((child, levels[position]))
    return pieces
