"""What a picture of a graph shows: the graph, with values and adjoints, and nothing else."""

import math
import random

import pytest
from graphs import random_formula

from autodiff_cli.derivatives.diagnosis import diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.errors import UsageError
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse
from autodiff_cli.pictures.backward import picture_with_gradient, structure_with_gradient
from autodiff_cli.pictures.parts import Extent
from autodiff_cli.pictures.picture import Course, NodeKind, picture_of, structure_of

ALL = Extent(10**6)
SHARED = "q = sin(x)*y; q^2 + q"


def evaluated(formula, outputs=(), wrt=(), **point):
    return Evaluation(lower(parse(formula)), point, outputs, wrt)


def pictured(formula, extent=ALL, names=(), outputs=(), **point):
    evaluation = evaluated(formula, outputs, names, **point)
    return picture_of(evaluation, diagnose(evaluation), extent, names)


def structured(formula, extent=ALL, outputs=()):
    return structure_of(lower(parse(formula)), outputs, extent)


def by_name(picture):
    return {node.name: node for node in picture.nodes}


def edges_of(picture):
    names = {node.id: node.name for node in picture.nodes}
    return {(names[e.source], names[e.target], e.position): e for e in picture.edges}


def frames_of(picture):
    names = {node.id: node.name for node in picture.nodes}
    return [(f.label, [names[n] for n in f.nodes], f.parent) for f in picture.frames]


class TestGraph:
    """Nodes, edges and ids are those of the evaluation."""

    def test_textbook(self):
        picture = pictured("(x+y)*z", x=2, y=5, z=-4)
        nodes = by_name(picture)
        assert list(nodes) == ["x", "y", "z", "v1", "v2"]
        assert [node.expression for node in picture.nodes] == ["", "", "", "x + y", "v1*z"]
        assert [node.kind for node in picture.nodes] == [NodeKind.INPUT] * 3 + [NodeKind.OPERATION] * 2
        assert [node.value for node in picture.nodes] == [2, 5, -4, 7, -28]
        assert [node.adjoints for node in picture.nodes] == [(-4,), (-4,), (7,), (-4,), (1,)]
        assert nodes["v2"].is_output
        assert not nodes["v1"].is_output
        edges = edges_of(picture)
        assert {key: (e.value, e.passed, e.partial) for key, e in edges.items()} == {
            ("x", "v1", 0): (2, (-4,), 1),
            ("y", "v1", 1): (5, (-4,), 1),
            ("v1", "v2", 0): (7, (-4,), -4),
            ("z", "v2", 1): (-4, (7,), 7),
        }

    def test_ids_are_those_of_eval(self):
        evaluation = evaluated("2*x + y^3", x=1, y=2)
        picture = picture_of(evaluation, diagnose(evaluation), ALL)
        names = [evaluation.names[node] for node in evaluation.nodes]
        assert all(names[node.id] == node.name for node in picture.nodes)
        assert len({node.id for node in picture.nodes}) == len(picture.nodes)

    def test_constants_are_in_the_expressions(self):
        picture = structured("2*x + y^3 + pi")
        assert [node.expression for node in picture.nodes if node.expression] == [
            "2*x",
            "y^3",
            "v1 + v2",
            "v3 + pi",
        ]
        assert all(node.kind is not NodeKind.CONSTANT for node in picture.nodes)

    def test_a_constant_alone_is_drawn(self):
        (node,) = pictured("2 + 3").nodes
        assert (node.kind, node.value) == (NodeKind.CONSTANT, 5) or node.expression == "2 + 3"

    def test_an_argument_used_twice_has_two_edges(self):
        edges = edges_of(pictured("x*x", x=3))
        assert {key: e.passed for key, e in edges.items()} == {
            ("x", "v1", 0): (3,),
            ("x", "v1", 1): (3,),
        }

    def test_without_values_there_are_no_numbers(self):
        picture = structured(SHARED)
        assert not picture.has_values
        assert all(node.value is None and not node.adjoints for node in picture.nodes)
        assert all(edge.value is None and edge.partial is None for edge in picture.edges)
        assert edges_of(picture).keys() == edges_of(pictured(SHARED, x=1, y=2)).keys()

    @pytest.mark.parametrize("seed", range(25))
    def test_random_formulas(self, seed):
        """The edges are the arguments that are no constants, and what flows back adds up."""
        formula = random_formula(random.Random(seed))
        evaluation = evaluated(formula, x=0.3, y=-0.7, z=1.1)
        picture = picture_of(evaluation, diagnose(evaluation), ALL)
        graph, ids = evaluation.graph, {node: k for k, node in enumerate(evaluation.nodes)}
        wanted = {
            (ids[argument], ids[node], position)
            for node in evaluation.nodes
            for position, argument in enumerate(graph.arguments[node])
            if argument not in graph.constants
        }
        assert {(e.source, e.target, e.position) for e in picture.edges} == wanted
        assert len(picture.edges) == len(wanted)
        for node in picture.nodes:
            assert node.value == evaluation.value(evaluation.nodes[node.id])
            passed = [edge.passed[0] for edge in picture.edges if edge.source == node.id]
            assert node.edges == len(passed)
            if passed and not node.is_output:
                total = math.fsum(passed)
                size = math.fsum(map(abs, passed))
                assert math.isclose(total, node.adjoints[0], rel_tol=1e-12, abs_tol=1e-12 * size)


class TestDerivatives:
    """What flows back, and where."""

    def test_a_shared_node_gets_a_part_along_each_edge(self):
        picture = pictured(SHARED, x=0.5, y=2)
        q = by_name(picture)["q"]
        parts = [e.passed[0] for e in picture.edges if e.source == q.id]
        assert parts == [pytest.approx(2 * q.value), 1]
        assert q.adjoints[0] == pytest.approx(sum(parts))

    def test_along_some_names_only(self):
        picture = pictured("(x+y)*z", names=["x"], x=2, y=5, z=-4)
        shown = {key[0] for key, edge in edges_of(picture).items() if edge.passed}
        assert shown == {"x", "v1"}
        assert {node.name for node in picture.nodes if node.adjoints} == {"x", "v1", "v2"}

    def test_several_outputs(self):
        picture = pictured("q = x + y; f = q*z", outputs=["q", "f"], x=2, y=5, z=-4)
        assert by_name(picture)["x"].adjoints == (1, -4)
        assert edges_of(picture)["q", "f", 0].passed == (0, -4)
        assert [node.name for node in picture.nodes if node.is_output] == ["q", "f"]

    def test_nothing_flows_through_a_shut_gate(self):
        picture = pictured("where(x > 0, x^2, log(x))", x=3)
        edges = edges_of(picture)
        assert edges["v3", "v4", 2].passed == (0,)
        assert edges["v2", "v4", 1].passed == (1,)

    def test_a_kink_is_marked(self):
        picture = pictured("abs(x) + y", x=0, y=1)
        marked = {node.name: node.warnings for node in picture.nodes if node.warnings}
        assert list(marked) == ["v1"]
        assert "kink" in marked["v1"][0]

    def test_kinks_that_cancel_are_told(self):
        """There is a derivative, but what flows back by the conventions at kinks is not all of it."""
        nodes = by_name(pictured("relu(x) - relu(-x)", x=0))
        assert nodes["x"].adjoints == (1,)
        assert "kinks on them cancel" in nodes["x"].warnings[0]


class TestFrames:
    """Definitions and calls are framed where they have made more than one node."""

    def test_definitions_and_calls(self):
        picture = structured("sq(a) = a^2 + a; q = sin(x)*y + sq(x); q + sq(y)")
        assert frames_of(picture) == [
            ("q", ["v1", "v2", "q"], -1),
            ("sq(x)", ["v3", "v4"], 0),
            ("sq(y)", ["v5", "v6"], -1),
        ]

    def test_a_definition_that_is_a_call_is_one_frame(self):
        picture = structured("sq(a) = a^2 + a; q = sq(x); q*y")
        assert frames_of(picture) == [("q = sq(x)", ["v1", "q"], -1)]

    def test_one_node_needs_no_frame(self):
        assert structured("q = x + y; q*z").frames == []

    def test_everything_needs_no_frame(self):
        assert structured("f(x) = x^2 + x; f(y)").frames == []
        assert structured("f = x^2 + x").frames == []

    def test_outputs_need_no_frame(self):
        text = "q = x^2 + x; f = q*y + sin(q)"
        assert frames_of(structured(text)) == [("q", ["v1", "q"], -1)]
        assert frames_of(structured(text, outputs=["q", "f"])) == []

    def test_sums_and_calls_that_derive(self):
        text = "g(t) = diff(t^3, t) + t; sum(i, 1, 3, x^i) + g(x) + g(y)"
        labels = [label for label, _, _ in frames_of(structured(text))]
        assert labels == ["sum(i, 1, 3, x^i)", "g(x)", "g(y)"]

    def test_labels_are_short_and_without_comments(self):
        long = " + ".join(f"variable{k}" for k in range(20))
        picture = structured(f"f(x) = x^2 + x\nf({long}) + f(y # why\n)")
        labels = [frame.label for frame in picture.frames]
        assert all(len(label) < 40 for label in labels)
        assert "f(y )" in labels


class TestFolding:
    """Beyond so many nodes parts become one node each, the innermost first."""

    TEXT = "s(u) = 1/(1 + exp(-u)); n(a, b) = s(a*b + a); p = n(x, y); q = n(y, x); p*q + n(p, q)"

    def test_only_where_needed(self):
        whole = structured(self.TEXT)
        assert whole.folded == (0, 0)
        same = structured(self.TEXT, Extent(len(whole.nodes)))
        assert (same.nodes, same.edges, same.frames) == (whole.nodes, whole.edges, whole.frames)

    def test_innermost_first(self):
        whole = structured(self.TEXT)
        picture = structured(self.TEXT, Extent(len(whole.nodes) - 1))
        folded = [node for node in picture.nodes if node.kind is NodeKind.FOLDED]
        assert [node.expression for node in folded] == ["s(a*b + a)"] * 3
        assert [node.operations for node in folded] == [4] * 3
        assert picture.folded == (len(whole.nodes), len(picture.nodes))
        assert [frame.label for frame in picture.frames] == ["p = n(x, y)", "q = n(y, x)", "n(p, q)"]

    def test_then_what_is_around(self):
        picture = structured(self.TEXT, Extent(7))
        assert [(node.name, node.kind) for node in picture.nodes] == [
            ("x", NodeKind.INPUT),
            ("y", NodeKind.INPUT),
            ("p", NodeKind.FOLDED),
            ("q", NodeKind.FOLDED),
            ("v11", NodeKind.OPERATION),
            ("v16", NodeKind.FOLDED),
            ("v17", NodeKind.OPERATION),
        ]
        assert edges_of(picture).keys() == {
            ("x", "p", 0),
            ("y", "p", 1),
            ("y", "q", 0),
            ("x", "q", 1),
            ("p", "v11", 0),
            ("q", "v11", 1),
            ("v11", "v16", 0),  # p*q, which was there before
            ("p", "v16", 1),
            ("v11", "v17", 0),
            ("v16", "v17", 1),
        }

    def test_numbers_stay(self):
        values = {"x": 0.3, "y": -0.7}
        whole, picture = pictured(self.TEXT, **values), pictured(self.TEXT, Extent(7), **values)
        known = by_name(whole)
        for node in picture.nodes:
            assert (node.value, node.adjoints) == (known[node.name].value, known[node.name].adjoints)
        for node in picture.nodes:
            passed = [edge.passed[0] for edge in picture.edges if edge.source == node.id]
            if passed:
                assert math.fsum(passed) == pytest.approx(node.adjoints[0])

    def test_expanded_names_stay_open(self):
        picture = structured(self.TEXT, Extent(14, ["q"]))
        assert [node.name for node in picture.nodes if node.kind is NodeKind.FOLDED] == [
            "p",
            "q",
            "v16",
        ]
        assert "q = n(y, x)" in [frame.label for frame in picture.frames]

    def test_expanded_functions_open_what_they_are_in(self):
        picture = structured(self.TEXT, Extent(100, ["s"]))
        assert not picture.folded[0]
        with pytest.raises(UsageError, match="more than 14"):
            structured(self.TEXT, Extent(14, ["s"]))

    def test_too_large(self):
        with pytest.raises(UsageError, match="the picture has 7 nodes, more than 6"):
            structured(self.TEXT, Extent(6))

    def test_unknown_name(self):
        with pytest.raises(UsageError, match="there is no m to expand"):
            structured(self.TEXT, Extent(10, ["m"]))

    @pytest.mark.parametrize("seed", range(25))
    def test_random_formulas_stay_graphs(self, seed):
        """However much is folded: no circle, and each node is there that an edge names."""
        text = random_formula(random.Random(seed), statements=8)
        whole = structured(text)
        for most in range(len(whole.nodes), 5, -7):
            try:
                picture = structured(text, Extent(most))
            except UsageError:
                break
            assert len(picture.nodes) <= most
            ids = {node.id for node in picture.nodes}
            assert all({edge.source, edge.target} <= ids for edge in picture.edges)
            assert all(edge.source < edge.target for edge in picture.edges)
            assert sum(len(frame.nodes) for frame in picture.frames) <= len(ids)
            assert all(set(frame.nodes) <= ids for frame in picture.frames)
            assert all(frame.parent < k for k, frame in enumerate(picture.frames))


class TestBackward:
    """The gradient's own graph."""

    def test_textbook(self):
        evaluation = evaluated("(x+y)*z", x=2, y=5, z=-4)
        picture = picture_with_gradient(evaluation, diagnose(evaluation), ALL, [])
        nodes = by_name(picture)
        adjoints = {
            n.name: (n.expression, n.value) for n in nodes.values() if n.kind is NodeKind.ADJOINT
        }
        assert adjoints == {
            "d v2": ("1", 1),
            "d v1": ("z", -4),
            "d z": ("v1", 7),
            "d x": ("d v1", -4),
            "d y": ("d v1", -4),
        }
        courses = {key[:2]: edge.course for key, edge in edges_of(picture).items()}
        assert courses["z", "d v1"] is Course.ACROSS
        assert courses["d v1", "d x"] is Course.BACKWARD
        assert courses["x", "v1"] is Course.FORWARD
        assert [frame.label for frame in picture.frames] == ["forward", "backward"]

    @pytest.mark.parametrize("seed", range(15))
    def test_it_computes_the_gradient(self, seed):
        """Each node of it is what its expression says of the nodes that its edges come from."""
        formula = random_formula(random.Random(seed), statements=2)
        evaluation = evaluated(formula, x=0.3, y=-0.7, z=1.1)
        picture = picture_with_gradient(evaluation, diagnose(evaluation), ALL, [])
        (output,) = evaluation.outputs
        values = by_name(picture)
        for name, derivative in evaluation.gradient(output).items():
            assert values[f"d {name}"].value == derivative
        ids = {node.id: node for node in picture.nodes}
        for node in picture.nodes:
            if node.kind is not NodeKind.ADJOINT:
                continue
            sources = [ids[e.source].name for e in picture.edges if e.target == node.id]
            assert all(source in node.expression for source in sources)

    def test_along_some_names(self):
        picture = structure_with_gradient(lower(parse("(x+y)*z")), (), ["z"], ALL)
        assert {n.name for n in picture.nodes if n.kind is NodeKind.ADJOINT} == {"d v2", "d z"}

    def test_names_do_not_meet_the_users(self):
        picture = structure_with_gradient(lower(parse("sin(w1)*w2")), (), [], ALL)
        names = [node.name for node in picture.nodes]
        assert len(names) == len(set(names))
        assert "w3" in names

    def test_of_one_output(self):
        with pytest.raises(UsageError, match="one output"):
            structure_with_gradient(lower(parse("q = x; f = q*x")), ["q", "f"], [], ALL)

    def test_too_large(self):
        with pytest.raises(UsageError, match="more than 6"):
            structure_with_gradient(lower(parse("(x+y)*z")), (), [], Extent(6))
