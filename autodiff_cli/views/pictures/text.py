"""What is written in a picture of a graph, line by line, and in which colours.

What stands on the page itself has colours of a relative luminance of about 0.19, as far from white as
from almost black: a contrast of 4.3 to #ffffff and to #111111, the most that both can have. Nodes
are white cards, on which darker tones are read better. A value always stands over what is
passed back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from autodiff_cli.language.printer import canonical_statements
from autodiff_cli.pictures.picture import Course, NodeKind, Picture, PictureEdge, PictureNode
from autodiff_cli.views.numbers import exact, rounded

# On the page: value, derivative, all else.
VALUE, DERIVATIVE, QUIET = "#008a63", "#d64a1e", "#797979"
# On a card, the same and the names.
CARD, INPUT_CARD, FOLDED_CARD, ADJOINT_CARD = "#ffffff", "#eaf1fb", "#f3eefb", "#fcf0eb"
CARD_VALUE, CARD_DERIVATIVE, CARD_QUIET, INK = "#00704d", "#b3340b", "#5c5c5c", "#1a1a1a"

# Longer expressions and formulas are cut.
_LONGEST_EXPRESSION, _LONGEST_TITLE = 40, 160
# More values are not listed in a title.
_MOST_LISTED = 8


class Role(StrEnum):
    """What a line in a picture tells; also its class in SVG."""

    NAME = "name"
    EXPRESSION = "expression"
    VALUE = "value"
    DERIVATIVE = "derivative"
    PARTIAL = "partial"


class Line(NamedTuple):
    """One line of a node or an edge."""

    role: Role
    text: str


class Detail(NamedTuple):
    """Significant digits, and whether local partials are written.

    Numbers get room for so many characters, where others will take their place.
    """

    digits: int
    partials: bool = False
    room: int = 0


def shows_numbers(node: PictureNode) -> bool:
    """Whether a node shows its own numbers: those of others are on the one edge that leaves."""
    if node.value is None or (node.kind is NodeKind.CONSTANT and node.name == exact(node.value)):
        return False
    return node.edges != 1 or node.is_output


def node_lines(node: PictureNode, detail: Detail) -> list[Line]:
    """What stands in a node."""
    lines = [Line(Role.NAME, cut(node.name))]
    if node.expression:
        lines.append(Line(Role.EXPRESSION, cut(node.expression)))
    if node.kind is NodeKind.FOLDED:
        lines.append(Line(Role.EXPRESSION, f"{node.operations} operations"))
    if shows_numbers(node):
        numbers = _numbers(node.value, node.adjoints, detail)
        lines += _as_derivatives(numbers) if node.kind is NodeKind.ADJOINT else numbers
    return lines


def edge_lines(edge: PictureEdge, detail: Detail) -> list[Line]:
    """What stands at an edge: the value, what is passed back, the local partial."""
    if edge.value is None or edge.course is Course.ACROSS:
        return []
    lines = _numbers(edge.value, edge.passed, detail)
    if edge.course is Course.BACKWARD:
        lines = _as_derivatives(lines)
    if detail.partials and edge.partial is not None:
        lines.append(Line(Role.PARTIAL, f"local {rounded(edge.partial, detail.digits)}"))
    return lines


def _numbers(value: float | None, adjoints: Sequence[float], detail: Detail) -> list[Line]:
    def text(number: float) -> str:
        return rounded(number, detail.digits).center(detail.room, "\u00a0")

    lines = [Line(Role.VALUE, text(value))] if value is not None else []
    if adjoints:
        lines.append(Line(Role.DERIVATIVE, ", ".join(map(text, adjoints))))
    return lines


def _as_derivatives(lines: Sequence[Line]) -> list[Line]:
    return [Line(Role.DERIVATIVE, line.text) for line in lines]


def cut(text: str, longest: int = _LONGEST_EXPRESSION) -> str:
    """A text, or its beginning."""
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def formula(picture: Picture) -> str:
    """The formula, or its beginning."""
    found = ""
    for statement in canonical_statements(picture.lowered.tree):
        found += f"; {statement}" if found else statement
        if len(found) > _LONGEST_TITLE:
            break
    return cut(found, _LONGEST_TITLE)


def title(picture: Picture) -> str:
    """What a picture shows, in a sentence: the formula, the point, the results."""
    found = f"Computational graph of {formula(picture)}"
    if not picture.has_values:
        return found
    inputs = [node for node in picture.nodes if node.kind is NodeKind.INPUT]
    outputs = [node for node in picture.nodes if node.is_output]
    point = _listed([f"{node.name} = {exact(node.value or 0.0)}" for node in inputs])
    values = _listed([exact(node.value or 0.0) for node in outputs])
    derivatives = [
        f"{', '.join(map(exact, node.adjoints))} along {node.name}" for node in inputs if node.adjoints
    ]
    found += f" at {point}: value {values}" if point else f": value {values}"
    return f"{found}; derivative {_listed(derivatives)}" if derivatives else found


def description(node: PictureNode) -> str:
    """All about a node in a line, for a tooltip."""
    found = (
        f"{node.name} = {cut(node.expression, 2 * _LONGEST_EXPRESSION)}"
        if node.expression
        else node.name
    )
    if node.value is not None:
        found += f"; value {exact(node.value)}"
    if node.adjoints:
        found += f"; derivative {', '.join(map(exact, node.adjoints))}"
    return "; ".join([found, *node.warnings])


def edge_description(edge: PictureEdge, names: Mapping[int, str]) -> str:
    """All about an edge in a line, for a tooltip; `names` are those of the nodes by id."""
    found = f"{names[edge.source]} to {names[edge.target]}"
    if edge.value is not None:
        found += f"; value {exact(edge.value)}"
    if edge.passed:
        found += f"; derivative {', '.join(map(exact, edge.passed))}"
    return found if edge.partial is None else f"{found}; local {exact(edge.partial)}"


def _listed(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _MOST_LISTED} more" if len(texts) > _MOST_LISTED else ""
    return ", ".join(texts[:_MOST_LISTED]) + more
