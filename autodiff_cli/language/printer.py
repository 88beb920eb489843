"""The canonical form of a formula: one way to write each tree, and it parses back to it."""

from collections.abc import Sequence

from autodiff_cli.language.notation import COMPARISON, LOOSEST, NOTATIONS, SUM, number_text
from autodiff_cli.language.syntax import Form, Kind, SyntaxTree

# A piece of text that is ready, or a node that still has to be written at a level.
_Piece = str | tuple[int, int]


def canonical(tree: SyntaxTree) -> str:
    """All statements in the order written, joined by `; `; linear in the size of the tree."""
    pieces: list[str] = []
    for statement in tree.statements:
        if pieces:
            pieces.append("; ")
        if statement.form is Form.DEFINITION:
            pieces.append(f"{statement.name} = ")
        elif statement.form is Form.FUNCTION:
            pieces.append(f"{statement.name}({', '.join(statement.parameters)}) = ")
        _write(tree, statement.root, pieces)
    return "".join(pieces)


def _write(tree: SyntaxTree, root: int, pieces: list[str]) -> None:
    pending: list[_Piece] = [(root, LOOSEST)]
    while pending:
        piece = pending.pop()
        if isinstance(piece, str):
            pieces.append(piece)
        else:
            pending.extend(reversed(_expand(tree, *piece)))


def _expand(tree: SyntaxTree, node: int, level: int) -> list[_Piece]:
    """The pieces of one node, with its operands still as nodes."""
    kind, label, children = tree.kinds[node], tree.labels[node], tree.children[node]
    if kind is Kind.NUMBER:
        return [number_text(float(label))]
    if kind is Kind.NAME:
        return [label]
    if kind is Kind.COMPARISON:
        signs = [f" {sign} " for sign in label.split()]
        body = _interleaved(children, [SUM] * len(children), signs)
        return body if level <= COMPARISON else ["(", *body, ")"]
    notation = NOTATIONS.get(label)
    if notation is None or len(children) != len(notation.operands):
        commas = [", "] * (len(children) - 1)
        return [f"{label}(", *_interleaved(children, [LOOSEST] * len(children), commas), ")"]
    body = _interleaved(children, notation.operands, [notation.between] * (len(children) - 1))
    body = [notation.before, *body, notation.after]
    return body if notation.binds >= level else ["(", *body, ")"]


def _interleaved(
    children: Sequence[int], levels: Sequence[int], separators: Sequence[str]
) -> list[_Piece]:
    pieces: list[_Piece] = []
    for position, child in enumerate(children):
        if position:
            pieces.append(separators[position - 1])
        pieces.append((child, levels[position]))
    return pieces
