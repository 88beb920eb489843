"""The gradient's own graph, drawn beside the one that it is the gradient of.

Each node on a way from what derivatives are taken along to the output has its adjoint, `d q`. Between
are the local partials and what else the sweep has appended. An adjoint that is a node of the
formula, or another adjoint, is drawn all the same, as is one that is a constant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import count
from typing import NamedTuple

from autodiff_cli.derivatives.diagnosis import Diagnosis
from autodiff_cli.derivatives.evaluation import Evaluation, checked_wrt, output_nodes
from autodiff_cli.errors import UsageError
from autodiff_cli.graph.lower import Lowered
from autodiff_cli.graph.naming import Names, leaf_text
from autodiff_cli.graph.reverse import ABSENT, AdjointNodes, reverse
from autodiff_cli.language.notation import ATOM, SIGN, applied
from autodiff_cli.pictures.parts import Extent, too_large
from autodiff_cli.pictures.picture import (
    Course,
    Frame,
    NodeKind,
    Picture,
    PictureEdge,
    PictureNode,
    picture_of,
    structure_of,
)


def structure_with_gradient(
    lowered: Lowered, outputs: Sequence[str], names: Collection[str], extent: Extent
) -> Picture:
    """The graph and its gradient's, without numbers.

    Along `names`, by default all variables. Raises UsageError as `structure_of` does, and for
    several outputs.
    """
    (root,) = _single(output_nodes(lowered, outputs))
    nodes = lowered.graph.reachable([root])
    forward = structure_of(lowered, outputs, extent._replace(expands_all=True))
    known = lowered.named()
    starts = [known[name] for name in checked_wrt(lowered, list(names))]
    adjoints = reverse(lowered.graph, root).nodes
    return _Backward(lowered, nodes, adjoints, starts, None).beside(forward, extent)


def picture_with_gradient(
    evaluation: Evaluation, diagnosis: Diagnosis, extent: Extent, names: Collection[str]
) -> Picture:
    """The same with values."""
    _single({output.name: output.node for output in evaluation.outputs})
    forward = picture_of(evaluation, diagnosis, extent._replace(expands_all=True), names)
    starts = [evaluation.wrt_nodes[name] for name in names]
    adjoints = evaluation.outputs[0].adjoints.nodes
    drawing = _Backward(evaluation.lowered, evaluation.nodes, adjoints, starts, evaluation)
    return drawing.beside(forward, extent)


def _single(roots: dict[str, int]) -> list[int]:
    if len(roots) > 1:
        raise UsageError("--backward draws the gradient of one output", hint="name one with --output")
    return list(roots.values())


class _Drawn(NamedTuple):
    """A node of the gradient's graph: what stands in it, and what it is made of."""

    name: str
    expression: str
    kind: NodeKind
    sources: tuple[int, ...]  # ids
    value: int  # the node of the graph


class _Backward:
    """Gives ids and names to the nodes of a gradient, which follow those of the formula."""

    def __init__(
        self,
        lowered: Lowered,
        nodes: Sequence[int],
        adjoints: AdjointNodes,
        starts: Sequence[int],
        evaluation: Evaluation | None,
    ) -> None:
        self._lowered, self._graph = lowered, lowered.graph
        self._evaluation = evaluation
        self._names = Names(lowered, nodes)
        self._ids = {node: position for position, node in enumerate(nodes)}
        self._count = len(nodes)
        on_way = _on_way(lowered, nodes, starts)
        # From the output on, in the order of the sweep.
        self._adjoints = {node: adjoints[node] for node in reversed(on_way) if adjoints[node] != ABSENT}
        # The first to have an adjoint that is no node of the formula gives it the name.
        self._owners: dict[int, int] = {}
        for node, adjoint in self._adjoints.items():
            if adjoint not in self._ids and adjoint not in self._graph.constants:
                self._owners.setdefault(adjoint, node)
        self._users: dict[int, list[int]] = {}
        for node in on_way:
            for argument in self._graph.arguments[node]:
                self._users.setdefault(argument, []).append(node)
        self._drawn: list[_Drawn] = []
        self._places: dict[int, int] = {}  # ids, by the node of the graph
        self._texts: dict[int, str] = {}
        self._adjoint_ids: dict[int, int] = {}

    def beside(self, forward: Picture, extent: Extent) -> Picture:
        """The picture of both."""
        self._draw()
        total = len(forward.nodes) + len(self._drawn)
        if total > extent.most_nodes:
            raise too_large(total, extent._replace(expands_all=False, expanded=()))
        edges = [edge._replace(passed=()) for edge in forward.edges] + list(self._edges())
        leaving: dict[int, int] = {}
        for edge in edges:
            if edge.course is not Course.ACROSS:
                leaving[edge.source] = leaving.get(edge.source, 0) + 1
        nodes = [node._replace(adjoints=()) for node in forward.nodes] + list(self._nodes())
        nodes = [node._replace(edges=leaving.get(node.id, 0)) for node in nodes]
        frames = [
            Frame("forward", tuple(self._free(forward)), -1),
            Frame("backward", tuple(range(self._count, self._count + len(self._drawn))), -1),
            *(
                frame._replace(parent=frame.parent + 2 if frame.parent >= 0 else 0)
                for frame in forward.frames
            ),
        ]
        pairs = tuple((self._ids[node], place) for node, place in self._adjoint_ids.items())
        return forward._replace(nodes=nodes, edges=edges, frames=frames, adjoints=pairs)

    @staticmethod
    def _free(forward: Picture) -> Iterator[int]:
        """The ids of the nodes in no frame."""
        framed = {node for frame in forward.frames for node in frame.nodes}
        return (node.id for node in forward.nodes if node.id not in framed)

    def _draw(self) -> None:
        """Each node after what it is made of: what the sweep has appended, then what only is named."""
        graph = self._graph
        taken = {*graph.variables, *self._lowered.definitions}
        names = (name for number in count(1) if (name := f"w{number}") not in taken)
        for node in graph.reachable(self._owners):
            if node in self._ids or node in graph.constants:
                continue
            owner = self._owners.get(node)
            operands = graph.arguments[node]
            expression = applied(graph.operators[node].name, [self._operand(a) for a in operands])[0]
            name = next(names) if owner is None else self._adjoint_name(owner)
            kind = NodeKind.OPERATION if owner is None else NodeKind.ADJOINT
            sources = tuple(self._place(a) for a in operands if a not in graph.constants)
            self._places[node] = self._add(_Drawn(name, expression, kind, sources, node), owner)
            self._texts[node] = name
        for node, adjoint in self._adjoints.items():
            if self._owners.get(adjoint) == node:
                continue
            text, sources = self._passed_on(node, adjoint)
            name = self._adjoint_name(node)
            self._add(_Drawn(name, text, NodeKind.ADJOINT, sources, adjoint), node)

    def _passed_on(self, node: int, adjoint: int) -> tuple[str, tuple[int, ...]]:
        """What is said of an adjoint that needed no node of its own, and where it comes from."""
        for user in self._users.get(node, ()):
            if self._adjoints.get(user) == adjoint:
                return self._adjoint_name(user), (self._adjoint_ids[user],)
        sources = () if adjoint in self._graph.constants else (self._place(adjoint),)
        return self._operand(adjoint)[0], sources

    def _add(self, drawn: _Drawn, owner: int | None) -> int:
        self._drawn.append(drawn)
        place = self._count + len(self._drawn) - 1
        if owner is not None:
            self._adjoint_ids[owner] = place
        return place

    def _adjoint_name(self, node: int) -> str:
        return f"d {self._names[node]}"

    def _place(self, node: int) -> int:
        return self._ids[node] if node in self._ids else self._places[node]

    def _operand(self, node: int) -> tuple[str, int]:
        """A node's name and how tightly it binds."""
        if node in self._graph.constants:
            text = self._names[node] if node in self._ids else leaf_text(self._graph, node)
            return text, SIGN if text.startswith("-") else ATOM
        return self._names[node] if node in self._ids else self._texts[node], ATOM

    def _value(self, node: int) -> float | None:
        return None if self._evaluation is None else self._evaluation.value(node)

    def _nodes(self) -> Iterator[PictureNode]:
        for place, drawn in enumerate(self._drawn, self._count):
            yield PictureNode(
                place, drawn.name, drawn.expression, drawn.kind, value=self._value(drawn.value)
            )

    def _edges(self) -> Iterator[PictureEdge]:
        for place, drawn in enumerate(self._drawn, self._count):
            for position, source in enumerate(drawn.sources):
                if source < self._count:
                    yield PictureEdge(source, place, position, course=Course.ACROSS)
                else:
                    value = self._value(self._drawn[source - self._count].value)
                    yield PictureEdge(source, place, position, value, course=Course.BACKWARD)


def _on_way(lowered: Lowered, nodes: Sequence[int], starts: Sequence[int]) -> list[int]:
    """The nodes that depend on one of `starts`, by default on a variable."""
    found: dict[int, None] = dict.fromkeys(starts or lowered.graph.variables.values())
    for node in nodes:
        if not found.keys().isdisjoint(lowered.graph.arguments[node]):
            found[node] = None
    return [node for node in nodes if node in found]
