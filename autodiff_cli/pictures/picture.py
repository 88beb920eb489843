"""What a picture of a formula's graph shows, as data: nodes, edges, and frames around parts.

Constants stand in the expressions of the nodes that use them. Where there are too many nodes,
parts are folded: what a definition, a call or a form has made becomes one node.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from autodiff_cli.derivatives.diagnosis import Diagnosis
from autodiff_cli.derivatives.evaluation import Evaluation, output_nodes
from autodiff_cli.graph.lower import Lowered
from autodiff_cli.graph.naming import Names
from autodiff_cli.pictures.parts import Extent, Shown, shown_parts, too_large


class NodeKind(StrEnum):
    """What a drawn node is."""

    INPUT = "input"
    CONSTANT = "constant"
    OPERATION = "operation"
    FOLDED = "folded"
    ADJOINT = "adjoint"


class Course(StrEnum):
    """Which way an edge goes, and what flows along it."""

    FORWARD = "forward"  # a value
    BACKWARD = "backward"  # a step of the gradient
    ACROSS = "across"  # a value that the gradient needs


class PictureNode(NamedTuple):
    """One drawn node.

    `id` is its place in the order of evaluation, as in the JSON of `eval`. `expression` is its operator
    over the names of its arguments, or the call that is folded; empty for inputs. `operations` tells how
    many are folded. `adjoints` are the derivatives of the outputs along it, or none where none are asked
    for; an adjoint is a node itself where the gradient's own graph is drawn. `edges` tells how many
    leave it. What `warnings` there are about it are whole sentences.
    """

    id: int
    name: str
    expression: str
    kind: NodeKind
    operations: int = 1
    is_output: bool = False
    value: float | None = None
    adjoints: tuple[float, ...] = ()
    edges: int = 0
    warnings: tuple[str, ...] = ()


class PictureEdge(NamedTuple):
    """A node as the argument of another, at a position.

    `value` is what flows along it, and `passed` what of the derivatives of the outputs flows
    back: what the target's adjoint and the local `partial` make. What a node gets along all its
    edges is its adjoint. Where the gradient's own graph is drawn `course` tells which way an edge goes.
    `uses` are the nodes of the graph and the positions at which they have the source as an argument:
    one, or several in a folded part.
    """

    source: int
    target: int
    position: int
    value: float | None = None
    passed: tuple[float, ...] = ()
    partial: float | None = None
    course: Course = Course.FORWARD
    uses: tuple[tuple[int, int], ...] = ()


class Frame(NamedTuple):
    """A frame with a label around nodes, by their ids; `parent` is the frame around it, or -1.

    Frames come after those around them. `nodes` are those that are in no inner frame.
    """

    label: str
    nodes: tuple[int, ...]
    parent: int


class Picture(NamedTuple):
    """All that is drawn; nodes in order of evaluation, edges in that of their targets.

    `outputs` are the names of the outputs, of which that of a bare expression is empty. `folded`
    tells how many nodes became how many, and `places` which node is drawn for one that is folded, both
    by id. `adjoints` are pairs of a node and the node of its adjoint, where these are drawn.
    """

    lowered: Lowered
    nodes: list[PictureNode]
    edges: list[PictureEdge]
    frames: list[Frame]
    outputs: tuple[str, ...]
    folded: tuple[int, int] = (0, 0)
    adjoints: tuple[tuple[int, int], ...] = ()
    places: Mapping[int, int] = {}

    @property
    def has_values(self) -> bool:
        """Whether there are numbers in the picture."""
        return any(node.value is not None for node in self.nodes)


def structure_of(lowered: Lowered, outputs: Sequence[str], extent: Extent) -> Picture:
    """The picture of a graph without numbers.

    Raises UsageError for outputs that the formula does not have, for names to expand that are
    none, and for more nodes than allowed when all is folded that may be.
    """
    roots = output_nodes(lowered, outputs)
    return _Drawing(lowered, roots, lowered.graph.reachable(roots.values()), extent).picture()


def picture_of(
    evaluation: Evaluation, diagnosis: Diagnosis, extent: Extent, names: Collection[str] = ()
) -> Picture:
    """The picture of a graph with values, adjoints and partials.

    With `names` derivatives are shown on the ways from these to the outputs only. Raises UsageError
    as `structure_of` does.
    """
    roots = {output.name: output.node for output in evaluation.outputs}
    drawing = _Drawing(evaluation.lowered, roots, evaluation.nodes, extent)
    return drawing.picture(_Numbers(evaluation, diagnosis, names))


# Why what flows back along the edges may not add up to a derivative.
_SETTLED = "kinks on them cancel"


class _Numbers:
    """The numbers of an evaluation, as they stand at nodes and edges."""

    def __init__(self, evaluation: Evaluation, diagnosis: Diagnosis, names: Collection[str]) -> None:
        self._evaluation = evaluation
        self._outputs = {output.node for output in evaluation.outputs}
        self.warnings: dict[int, tuple[str, ...]] = {}
        for warned in diagnosis.warnings:
            said = self.warnings.get(warned.node, ())
            self.warnings[warned.node] = (*said, warned.message)
        for name, node in evaluation.wrt_nodes.items():
            if any(evaluation.is_settled(output, node) for output in evaluation.outputs):
                said = (
                    f"the derivative along {name} exists, though not along each of its ways: {_SETTLED}"
                )
                self.warnings[node] = (*self.warnings.get(node, ()), said)
        self._last_partials: tuple[int, list[float | None]] = (-1, [])
        self._uses: dict[int, int] = {}
        starts = {evaluation.wrt_nodes[name] for name in names}
        self._on_way = set[int]()
        for node in evaluation.nodes:
            arguments = evaluation.graph.arguments[node]
            for argument in arguments:
                self._uses[argument] = self._uses.get(argument, 0) + 1
            if not names or node in starts or not self._on_way.isdisjoint(arguments):
                self._on_way.add(node)

    def value(self, node: int) -> float:
        return self._evaluation.value(node)

    def adjoints(self, node: int) -> tuple[float, ...]:
        if node not in self._on_way:
            return ()
        found = [self._evaluation.adjoint(output, node) for output in self._evaluation.outputs]
        return tuple(adjoint for adjoint in found if adjoint is not None)

    def partial(self, node: int, position: int) -> float | None:
        if self._last_partials[0] != node:
            self._last_partials = node, self._evaluation.partials(node)
        return self._last_partials[1][position]

    def passed(self, source: int, uses: Sequence[tuple[int, int]]) -> tuple[float, ...]:
        """What some uses of a node, each a target and a position, give to its adjoints."""
        if source not in self._on_way:
            return ()
        if len(uses) == self._uses[source] and source not in self._outputs:
            return self.adjoints(source)
        evaluation = self._evaluation
        sums = [0.0] * len(evaluation.outputs)
        for target, position in uses:
            partial = self.partial(target, position)
            if partial is None or not evaluation.passes(target, position):
                continue
            for k, adjoint in enumerate(self.adjoints(target)):
                sums[k] += adjoint * partial
        return tuple(sums)


class _Drawing:
    """Which nodes are drawn, and what stands for each."""

    def __init__(
        self, lowered: Lowered, roots: dict[str, int], nodes: Sequence[int], extent: Extent
    ) -> None:
        self._lowered = lowered
        self._graph = lowered.graph
        self._roots = roots
        self._outputs = set(roots.values())
        self._ids = {node: position for position, node in enumerate(nodes)}
        self._drawn = [n for n in nodes if n not in self._graph.constants or n in self._outputs]
        self._parts = shown_parts(lowered, roots, self._drawn, extent)
        count = len(self._drawn) - sum(part.size - 1 for part in self._parts if part.is_folded)
        if count > extent.most_nodes:
            raise too_large(count, extent)
        self._counts = (len(self._drawn), count) if count < len(self._drawn) else (0, 0)
        self._names = Names(lowered, nodes)
        self._stand_ins = self._all_stand_ins()

    def _all_stand_ins(self) -> dict[int, int]:
        """For each node in a folded part the last one, which is drawn for all."""
        found: dict[int, int] = {}
        for part in self._parts:
            if part.is_folded:
                inside = self._inside(part)
                found.update(dict.fromkeys(inside, inside[-1]))
        return found

    def _inside(self, part: Shown) -> list[int]:
        return self._drawn[bisect_left(self._drawn, part.first) : bisect_left(self._drawn, part.end)]

    def picture(self, numbers: _Numbers | None = None) -> Picture:
        edges = self._edges(numbers)
        leaving: dict[int, int] = {}
        for edge in edges:
            leaving[edge.source] = leaving.get(edge.source, 0) + 1
        labels = {self._inside(part)[-1]: part for part in self._parts if part.is_folded}
        warnings = self._warnings(numbers)
        nodes = [
            self._node(node, labels.get(node), numbers)._replace(
                edges=leaving.get(self._ids[node], 0), warnings=warnings.get(node, ())
            )
            for node in self._drawn
            if self._stand_ins.get(node, node) == node
        ]
        places = {self._ids[node]: self._ids[place] for node, place in self._stand_ins.items()}
        return Picture(
            self._lowered, nodes, edges, self._frames(), tuple(self._roots), self._counts, places=places
        )

    def _warnings(self, numbers: _Numbers | None) -> dict[int, tuple[str, ...]]:
        found: dict[int, tuple[str, ...]] = {}
        for node, said in numbers.warnings.items() if numbers is not None else ():
            place = self._stand_ins.get(node, node)
            found[place] = (*found.get(place, ()), *said)
        return found

    def _node(self, node: int, folded: Shown | None, numbers: _Numbers | None) -> PictureNode:
        name, expression = self._names[node], self._names.expression(node)
        kind = NodeKind.OPERATION if expression else NodeKind.INPUT
        if node in self._graph.constants:
            kind = NodeKind.CONSTANT
        operations = 1
        if folded is not None:
            kind, expression, operations = NodeKind.FOLDED, folded.text, folded.size
        is_output = node in self._outputs
        found = PictureNode(self._ids[node], name, expression, kind, operations, is_output)
        if numbers is None:
            return found
        return found._replace(value=numbers.value(node), adjoints=numbers.adjoints(node))

    def _edges(self, numbers: _Numbers | None) -> list[PictureEdge]:
        """An edge for each argument; what goes into a folded part several times is one."""
        edges: list[PictureEdge] = []
        inward: dict[int, dict[int, list[tuple[int, int]]]] = {}
        for node in self._drawn:
            place = self._stand_ins.get(node)
            uses = inward.setdefault(place, {}) if place is not None else {}
            for position, argument in enumerate(self._graph.arguments[node]):
                if argument in self._graph.constants:
                    continue
                if place is None:
                    edges.append(self._edge(argument, node, position, [(node, position)], numbers))
                elif self._stand_ins.get(argument) != place:
                    uses.setdefault(argument, []).append((node, position))
            if place == node:
                edges += (
                    self._edge(argument, node, position, uses[argument], numbers)
                    for position, argument in enumerate(uses)
                )
        return edges

    def _edge(
        self,
        source: int,
        target: int,
        position: int,
        uses: Sequence[tuple[int, int]],
        numbers: _Numbers | None,
    ) -> PictureEdge:
        ids = self._ids
        found = PictureEdge(
            ids[self._stand_ins.get(source, source)], ids[target], position, uses=tuple(uses)
        )
        if numbers is None:
            return found
        found = found._replace(value=numbers.value(source), passed=numbers.passed(source, uses))
        if target in self._stand_ins:
            return found
        return found._replace(partial=numbers.partial(target, position))

    def _frames(self) -> list[Frame]:
        """A frame for each part that is open; what an inner one has is not in the outer one."""
        frames: list[Frame] = []
        numbers: dict[int, int] = {}
        direct: list[list[int]] = []
        owners = _owners(self._parts, self._drawn)
        for position, part in enumerate(self._parts):
            if not part.is_folded:
                numbers[position] = len(frames)
                frames.append(Frame(part.label, (), numbers.get(part.parent, -1)))
                direct.append([])
        for node, owner in zip(self._drawn, owners, strict=True):
            if self._stand_ins.get(node, node) != node:
                continue
            # What is folded contains no parts, so what is around it is open.
            outer = self._parts[owner].parent if owner >= 0 and self._parts[owner].is_folded else owner
            if outer >= 0:
                direct[numbers[outer]].append(self._ids[node])
        return [f._replace(nodes=tuple(inside)) for f, inside in zip(frames, direct, strict=True)]


def _owners(parts: Sequence[Shown], nodes: Iterable[int]) -> list[int]:
    """The innermost part of each node; -1 for none. Outer parts come before inner ones."""
    owners: list[int] = []
    current, position = -1, 0
    for node in nodes:
        while current >= 0 and parts[current].end <= node:
            current = parts[current].parent
        while position < len(parts) and parts[position].first <= node:
            if node < parts[position].end:
                current = position
            position += 1
        owners.append(current)
    return owners
