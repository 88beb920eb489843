"""A picture of a graph as a flowchart of Mermaid, which Markdown pages draw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autodiff_cli.pictures.picture import Course, Frame, NodeKind, Picture, PictureNode
from autodiff_cli.views.pictures.text import (
    ADJOINT_CARD,
    CARD,
    CARD_DERIVATIVE,
    CARD_QUIET,
    CARD_VALUE,
    DERIVATIVE,
    FOLDED_CARD,
    INK,
    INPUT_CARD,
    QUIET,
    VALUE,
    Detail,
    Line,
    Role,
    edge_lines,
    node_lines,
)

_CARD_COLORS = {Role.EXPRESSION: CARD_QUIET, Role.VALUE: CARD_VALUE, Role.DERIVATIVE: CARD_DERIVATIVE}
_PAGE_COLORS = {Role.VALUE: VALUE, Role.DERIVATIVE: DERIVATIVE, Role.PARTIAL: QUIET}
_SHAPES = {
    NodeKind.INPUT: ("(", ")"),
    NodeKind.CONSTANT: ("(", ")"),
    NodeKind.OPERATION: ("(", ")"),
    NodeKind.FOLDED: ("[[", "]]"),
    NodeKind.ADJOINT: ("(", ")"),
}
_CARDS = {
    NodeKind.INPUT: INPUT_CARD,
    NodeKind.CONSTANT: CARD,
    NodeKind.OPERATION: CARD,
    NodeKind.FOLDED: FOLDED_CARD,
    NodeKind.ADJOINT: ADJOINT_CARD,
}


def mermaid(picture: Picture, detail: Detail) -> Iterator[str]:
    """The lines of the flowchart."""
    yield "flowchart LR\n"
    yield from (f"  {_node(node, detail)}\n" for node in picture.nodes)
    yield from _framed(picture.frames)
    for edge in picture.edges:
        lines = edge_lines(edge, detail)
        label = f'|"{_marked(lines, _PAGE_COLORS)}"|' if lines else ""
        arrow = "-.->" if edge.course is Course.ACROSS else "-->"
        yield f"  n{edge.source} {arrow}{label} n{edge.target}\n"
    yield from _styles(picture)


def _node(node: PictureNode, detail: Detail) -> str:
    before, after = _SHAPES[node.kind]
    return f'n{node.id}{before}"{_marked(node_lines(node, detail), _CARD_COLORS)}"{after}'


def _marked(lines: Sequence[Line], colors: dict[Role, str]) -> str:
    return "<br/>".join(_line(line, colors.get(line.role)) for line in lines)


def _line(line: Line, color: str | None) -> str:
    text = escaped(line.text)
    if line.role is Role.NAME:
        text = f"<b>{text}</b>"
    # Not a style: Mermaid would take signs from a line with one and an entity.
    return f"<font color='{color}'>{text}</font>" if color else text


def escaped(text: str) -> str:
    """Text in which Mermaid and Markdown find no signs of their own.

    Letters, digits and blanks stay, all else becomes an entity: `#43;` is a plus sign.
    """
    return "".join(c if c.isalnum() or c in " .," else f"#{ord(c)};" for c in text)


def _framed(frames: Sequence[Frame]) -> Iterator[str]:
    inside: list[list[int]] = [[] for _ in frames]
    for number, frame in enumerate(frames):
        if frame.parent >= 0:
            inside[frame.parent].append(number)
    pending = [(number, 1) for number, frame in enumerate(frames) if frame.parent < 0][::-1]
    while pending:
        number, depth = pending.pop()
        indent = "  " * depth
        if number < 0:
            yield f"{indent}end\n"
            continue
        frame = frames[number]
        yield f'{indent}subgraph frame{number}["{escaped(frame.label)}"]\n'
        for node in frame.nodes:
            yield f"{indent}  n{node}\n"
        pending.append((-1, depth))
        pending += [(inner, depth + 1) for inner in reversed(inside[number])]


def _styles(picture: Picture) -> Iterator[str]:
    for kind, card in _CARDS.items():
        nodes = [node.id for node in picture.nodes if node.kind is kind]
        if nodes:
            yield f"  classDef {kind} fill:{card},stroke:{QUIET},color:{INK}\n"
            yield f"  class {','.join(f'n{node}' for node in nodes)} {kind}\n"
    marks = {
        "output": ("stroke-width:2px", [node.id for node in picture.nodes if node.is_output]),
        "warned": ("stroke-dasharray:4", [node.id for node in picture.nodes if node.warnings]),
    }
    for name, (style, nodes) in marks.items():
        if nodes:
            yield f"  classDef {name} {style}\n"
            yield f"  class {','.join(f'n{node}' for node in nodes)} {name}\n"
    for number in range(len(picture.frames)):
        yield f"  style frame{number} fill:none,stroke:{QUIET},color:{QUIET}\n"
    if picture.edges:
        yield f"  linkStyle default stroke:{QUIET}\n"
