"""A picture of a graph in DOT, the language of Graphviz.

Node n is called n, after its place in the order of evaluation, and has the id `node-n`; the edge
to it from m, its argument at position p, has the id `edge-m-n-p`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from autodiff_cli.pictures.picture import Course, Frame, NodeKind, Picture, PictureEdge, PictureNode
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
    formula,
    node_lines,
)

_CARD_COLORS = {
    Role.NAME: INK,
    Role.EXPRESSION: CARD_QUIET,
    Role.VALUE: CARD_VALUE,
    Role.DERIVATIVE: CARD_DERIVATIVE,
    Role.PARTIAL: CARD_QUIET,
}
_PAGE_COLORS = {Role.VALUE: VALUE, Role.DERIVATIVE: DERIVATIVE, Role.PARTIAL: QUIET}
_STYLES = {
    NodeKind.INPUT: f'shape=ellipse, margin="0.03,0.03", fillcolor="{INPUT_CARD}"',
    NodeKind.CONSTANT: "shape=plaintext",
    NodeKind.OPERATION: "",
    NodeKind.ADJOINT: f'fillcolor="{ADJOINT_CARD}"',
    NodeKind.FOLDED: f'shape=box3d, fillcolor="{FOLDED_CARD}"',
}
# Frames that are deeper are not moved further to the right.
_DEEPEST = 8
_FONT = "Helvetica,Arial,sans-serif"


def dot(picture: Picture, detail: Detail) -> Iterator[str]:
    """The lines of the graph."""
    yield from opening(picture)
    yield from (node_statement(node, detail) for node in picture.nodes)
    yield from ranked(picture)
    yield from framed(picture.frames)
    for edge in picture.edges:
        yield edge_statement(edge, edge_lines(edge, detail))
    yield "}\n"


def opening(picture: Picture) -> Iterator[str]:
    """The first line, and what holds for all."""
    font = f'fontname="{_FONT}"'
    ranking = ", newrank=true" if picture.adjoints else ""
    yield f"digraph {quoted(formula(picture))} {{\n"
    yield '  graph [rankdir=LR, bgcolor="transparent", nodesep=0.2, ranksep=0.35, style=rounded, '
    yield f'labeljust=l, {font}, fontsize=11, fontcolor="{QUIET}", color="{QUIET}"{ranking}];\n'
    yield '  node [shape=box, style="rounded,filled", margin="0.12,0.06", height=0.3, width=0.3, '
    yield f'{font}, fontsize=12, fontcolor="{INK}", fillcolor="{CARD}", color="{QUIET}"];\n'
    yield f'  edge [arrowsize=0.7, {font}, fontsize=11, color="{QUIET}"];\n'


def node_statement(node: PictureNode, detail: Detail) -> str:
    """A node with its label."""
    attributes = [f'id="node-{node.id}"', f"label=<{marked(node_lines(node, detail), _CARD_COLORS)}>"]
    attributes += filter(None, [_STYLES[node.kind]])
    if node.is_output:
        attributes.append("penwidth=2")
    if node.warnings:
        attributes.append('style="rounded,filled,dashed"')
    return f"  {node.id} [{', '.join(attributes)}];\n"


def ranked(picture: Picture) -> Iterator[str]:
    """The inputs are on the left, and adjoints under what they are of."""
    inputs = [str(node.id) for node in picture.nodes if node.kind is NodeKind.INPUT]
    if inputs and not picture.adjoints:
        yield f"  {{ rank=source; {'; '.join(inputs)} }}\n"
    for node, adjoint in picture.adjoints:
        yield f"  {node} -> {adjoint} [style=invis, minlen=0, weight=4];\n"


def edge_statement(edge: PictureEdge, lines: Sequence[Line]) -> str:
    """An edge with its label."""
    ends, attributes = directed(edge, str(edge.source), str(edge.target))
    label = f", label=<{marked(lines, _PAGE_COLORS)}>" if lines else ""
    return f'  {ends} [id="{edge_id(edge)}"{attributes}{label}];\n'


def directed(edge: PictureEdge, source: str, target: str) -> tuple[str, str]:
    """How an edge is written: what goes back is laid out the other way round."""
    if edge.course is Course.BACKWARD:
        return f"{target} -> {source}", ", dir=back"
    across = ", constraint=false, style=dashed" if edge.course is Course.ACROSS else ""
    return f"{source} -> {target}", across


def edge_id(edge: PictureEdge) -> str:
    """What an edge is called in files: its ends, and the position of the argument."""
    return f"edge-{edge.source}-{edge.target}-{edge.position}"


def marked(lines: Iterable[Line], colors: dict[Role, str]) -> str:
    """Lines in Graphviz's markup."""
    return "<br/>".join(f'<font color="{colors[line.role]}">{_bold(line)}</font>' for line in lines)


def page_text(line: Line) -> str:
    """A line on the page, in Graphviz's markup."""
    return marked([line], _PAGE_COLORS)


def _bold(line: Line) -> str:
    text = escape(line.text)
    return f"<b>{text}</b>" if line.role is Role.NAME else text


def framed(frames: Sequence[Frame], more: Sequence[Sequence[str]] = ()) -> Iterator[str]:
    """Frames inside each other; `more` are the names of further nodes in each."""
    inside: list[list[int]] = [[] for _ in frames]
    for number, frame in enumerate(frames):
        if frame.parent >= 0:
            inside[frame.parent].append(number)
    pending = [(number, 1) for number, frame in enumerate(frames) if frame.parent < 0][::-1]
    while pending:
        number, depth = pending.pop()
        indent = "  " * min(depth, _DEEPEST)
        if number < 0:
            yield f"{indent}}}\n"
            continue
        frame = frames[number]
        names = [str(node) for node in frame.nodes] + list(more[number] if more else ())
        yield f"{indent}subgraph cluster_{number} {{\n"
        yield f'{indent}  id="frame-{number}"; label=<{escape(frame.label)}>;\n'
        if names:
            yield f"{indent}  {'; '.join(names)};\n"
        pending.append((-1, depth))
        pending += [(inner, depth + 1) for inner in reversed(inside[number])]


def quoted(text: str) -> str:
    """Any text as a string of DOT, on one line, in which Graphviz finds no escapes of its own."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + " ".join(escaped.splitlines()) + '"'
