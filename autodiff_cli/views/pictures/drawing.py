"""A picture of a graph as SVG, PNG or PDF, laid out and drawn by Graphviz.

Numbers stand in the middle of their edge, the value over the line and what is passed back
under it: each is drawn by way of a node without an outline, through which the line goes on.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from typing import Any, cast
from xml.etree import ElementTree

from autodiff_cli.errors import UsageError
from autodiff_cli.pictures.picture import Course, Picture, PictureEdge
from autodiff_cli.views.pictures.dot import (
    directed,
    edge_id,
    edge_statement,
    framed,
    node_statement,
    opening,
    page_text,
    ranked,
)
from autodiff_cli.views.pictures.text import (
    QUIET,
    Detail,
    Line,
    Role,
    description,
    edge_description,
    edge_lines,
    node_lines,
    title,
)

_SVG = "http://www.w3.org/2000/svg"
_DOTS_PER_INCH = 144
# Points that a character of a number takes.
_WIDEST = 6.7


def drawn_svg(picture: Picture, detail: Detail) -> str:
    """The picture as SVG.

    Each node is a group with the id `node-n` and each edge one with the id `edge-m-n-p`, as in DOT;
    each line in them is a text element, the class of which is its role. Raises UsageError
    without the extra `draw`.
    """
    root = ElementTree.fromstring(_drawn(picture, detail, "svg").decode())
    for group in root.iter(_tag("g")):
        _stripped(group)
    graph = next(root.iter(_tag("g")))
    _described(root, graph, title(picture))
    groups = {group.get("id", ""): group for group in graph}
    names = {node.id: node.name for node in picture.nodes}
    drawn: list[ElementTree.Element] = []
    for edge in picture.edges:
        lines, name = edge_lines(edge, detail), edge_id(edge)
        halves = ("-in", "-at", "-out") if lines else ("",)
        group = _joined([groups[f"{name}{half}"] for half in halves], name)
        _labelled(group, edge_description(edge, names), lines)
        drawn.append(group)
    for node in picture.nodes:
        group = groups[f"node-{node.id}"]
        group.set("class", f"node {node.kind}{' output' if node.is_output else ''}")
        _labelled(group, description(node), node_lines(node, detail))
        drawn.append(group)
    # Frames behind edges, edges behind nodes, these in order of evaluation: it is that of reading.
    frames = [group for group in graph if group.get("class") == "cluster"]
    for child in list(graph):
        graph.remove(child)
    graph.extend([*frames, *drawn])
    ElementTree.register_namespace("", _SVG)
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def drawn_bytes(picture: Picture, detail: Detail, form: str) -> bytes:
    """The picture as `png` or `pdf`.

    Raises UsageError without the extra `draw`, and where there are no fonts to write with.
    """
    if not _has_fonts():
        raise UsageError(
            f"there are no fonts on this machine to write with in {form.upper()}",
            hint="install one, as Debian's fonts-dejavu-core, or draw SVG",
        )
    return _drawn(picture, detail, form)


def _drawn(picture: Picture, detail: Detail, form: str) -> bytes:
    return _render("".join(_layout_text(picture, detail)), form)


def _render(text: str, form: str) -> bytes:
    """What Graphviz draws; it is not interrupted but by the end of the process."""
    try:
        from pygraphviz import AGraph  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        raise UsageError("pictures need pygraphviz", hint="pip install 'autodiff-cli[draw]'") from None
    options = f"-Gdpi={_DOTS_PER_INCH}" if form == "png" else ""
    with _quiet(), _interruptible():
        graph = cast(Any, AGraph(string=text))
        return graph.draw(format=form, prog="dot", args=options)


def _has_fonts() -> bool:
    """Whether text is written with a font: then a PDF contains it."""
    return b"/FontFile" in _render('digraph { a [label="x"] }', "pdf")


@contextmanager
def _quiet() -> Generator[None]:
    """Nothing of what Graphviz's libraries say on standard error."""
    if sys.stderr is not None:  # pyright: ignore[reportUnnecessaryComparison]
        sys.stderr.flush()
    nowhere, kept = os.open(os.devnull, os.O_WRONLY), os.dup(2)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextmanager
def _interruptible() -> Generator[None]:
    """Ctrl-C ends the process at once, not when Graphviz is done."""
    try:
        kept = signal.signal(signal.SIGINT, signal.SIG_DFL)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, kept)


# -- What Graphviz is given ----------------------------------------------------------------------


def _layout_text(picture: Picture, detail: Detail) -> Iterator[str]:
    yield from opening(picture)
    yield from (node_statement(node, detail) for node in picture.nodes)
    yield from ranked(picture)
    labels: list[list[str]] = [[] for _ in picture.frames]
    owners = {node: number for number, frame in enumerate(picture.frames) for node in frame.nodes}
    statements: list[str] = []
    for edge in picture.edges:
        lines = edge_lines(edge, detail)
        statements += _edge_statements(edge, lines)
        frame = _common(picture, owners.get(edge.source, -1), owners.get(edge.target, -1))
        if lines and frame >= 0:
            labels[frame].append(_label_node(edge))
    yield from framed(picture.frames, labels)
    yield from statements
    yield "}\n"


def _common(picture: Picture, first: int, second: int) -> int:
    """The innermost frame around both frames; a frame has a smaller number than those in it."""
    while first != second:
        if first > second:
            first = picture.frames[first].parent
        else:
            second = picture.frames[second].parent
    return first


def _label_node(edge: PictureEdge) -> str:
    return f'"{edge_id(edge)}"'


def _edge_statements(edge: PictureEdge, lines: Sequence[Line]) -> Iterator[str]:
    name, label = edge_id(edge), _label_node(edge)
    if not lines:
        yield edge_statement(edge, ())
        return
    yield f'  {label} [id="{name}-at", shape=plain, style="", label=<{_table(lines)}>];\n'
    # The sides of the label where the edge comes and goes.
    near, far = ("e", "w") if edge.course is Course.BACKWARD else ("w", "e")
    for half, source, target, more in (
        ("in", str(edge.source), f"{label}:{near}", "arrowhead=none, arrowtail=none"),
        ("out", f"{label}:{far}", str(edge.target), "weight=2"),
    ):
        ends, attributes = directed(edge, source, target)
        yield f'  {ends} [id="{name}-{half}"{attributes}, {more}];\n'


def _table(lines: Sequence[Line]) -> str:
    """The first line over a rule, the others under it side by side; both as high.

    The rule is a row with a colour: what Graphviz calls a rule is shorter than the table.
    """
    above = [line for line in lines if line.role is Role.VALUE]
    below = [line for line in lines if line.role is not Role.VALUE]
    span = f' colspan="{2 * len(below) - 1}"' if len(below) > 1 else ""
    # Graphviz puts nodes at whole points: with an odd width there would be gaps in the line.
    width = 2 * ceil(max(_characters(above), _characters(below)) * _WIDEST / 2)
    rows = [
        "".join(f"<td{span}>{page_text(line)}</td>" for line in above) or "<td> </td>",
        f'<td{span} width="{width}" height="1" cellpadding="0" bgcolor="{QUIET}"></td>',
        "<td> &#160; </td>".join(f"<td>{page_text(line)}</td>" for line in below) or "<td> </td>",
    ]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<table border="0" cellborder="0" cellspacing="0" cellpadding="1">{body}</table>'


def _characters(lines: Sequence[Line]) -> int:
    """How many there are side by side, with those between."""
    return sum(len(line.text) + 4 for line in lines) - 3


# -- What is made of Graphviz's SVG --------------------------------------------------------------


def _tag(name: str) -> str:
    return f"{{{_SVG}}}{name}"


def _stripped(group: ElementTree.Element) -> None:
    """Without Graphviz's own titles, and without blank texts."""
    for name in group.findall(_tag("title")):
        group.remove(name)
    for text in group.findall(_tag("text")):
        if not (text.text or "").strip():
            group.remove(text)


def _described(root: ElementTree.Element, graph: ElementTree.Element, text: str) -> None:
    root.set("role", "img")
    root.set("aria-label", text)
    root.insert(0, _title(text))
    graph.set("id", "graph")


def _title(text: str) -> ElementTree.Element:
    title = ElementTree.Element(_tag("title"))
    title.text = text
    return title


def _labelled(group: ElementTree.Element, tooltip: str, lines: Sequence[Line]) -> None:
    """A title for the pointer, and the roles of the texts, which come in the order of the lines."""
    group.insert(0, _title(tooltip))
    for text, line in zip(group.findall(_tag("text")), lines, strict=True):
        text.set("class", line.role)


def _joined(groups: Sequence[ElementTree.Element], name: str) -> ElementTree.Element:
    """The two halves of an edge and the numbers between as one group."""
    first, *others = groups
    for other in others:
        first.extend(list(other))
    for path in first.findall(_tag("path")):
        path.set("stroke-linecap", "round")  # so that no seam is seen where the pieces meet
    first.set("id", name)
    first.set("class", "edge")
    return first
