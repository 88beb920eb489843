"""Pictures as DOT, Mermaid, SVG, PNG and PDF: they say what the graph says, and nothing escapes."""

import random
import re
import struct
import zlib
from html import unescape
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from command import evaluated
from graphs import random_formula
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_cli.derivatives.diagnosis import diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.errors import FormulaError
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse
from autodiff_cli.pictures.backward import picture_with_gradient
from autodiff_cli.pictures.parts import Extent
from autodiff_cli.pictures.picture import Course, Frame, NodeKind, picture_of, structure_of
from autodiff_cli.views.numbers import rounded
from autodiff_cli.views.pictures import text as picture_text
from autodiff_cli.views.pictures.dot import dot, quoted
from autodiff_cli.views.pictures.drawing import drawn_bytes, drawn_svg
from autodiff_cli.views.pictures.mermaid import mermaid
from autodiff_cli.views.pictures.text import Detail

pygraphviz = pytest.importorskip("pygraphviz")

ALL = Extent(10**6)
DETAIL = Detail(4)
SVG = "{http://www.w3.org/2000/svg}"
FORMULAS = {
    "(x+y)*z": {"x": 2, "y": 5, "z": -4},
    "sq(a)=a^2+a; q = sin(x)*y + sq(x); q^2 + q*sq(y)": {"x": 0.5, "y": 2},
    "max(x, y, x*y) + x*x": {"x": 3, "y": 3},
    "where(x < y and y > 0, x!, 2 - x)": {"x": 0.5, "y": 2},
    "1e-30*x/y": {"x": 1.5, "y": -3},
}


def pictured(formula, values, extent=ALL):
    evaluation = Evaluation(lower(parse(formula)), values)
    return picture_of(evaluation, diagnose(evaluation), extent)


def parsed(text):
    """DOT as Graphviz reads it."""
    return pygraphviz.AGraph(string=text)


def plain(label):
    """The lines of a label of Graphviz or Mermaid, without markup."""
    return [unescape(re.sub("<[^>]*>", "", line)) for line in label.split("<br/>")]


class TestDot:
    """Read back by Graphviz it is the graph."""

    @pytest.mark.parametrize("formula", FORMULAS)
    def test_graph(self, formula):
        picture = pictured(formula, FORMULAS[formula])
        graph = parsed("".join(dot(picture, DETAIL)))
        assert graph.directed
        assert {int(node) for node in graph.nodes()} == {node.id for node in picture.nodes}
        found = sorted((edge.attr["id"], *map(int, edge)) for edge in graph.edges())
        assert found == sorted(
            (f"edge-{e.source}-{e.target}-{e.position}", e.source, e.target) for e in picture.edges
        )
        for node in picture.nodes:
            attributes = graph.get_node(node.id).attr
            assert attributes["id"] == f"node-{node.id}"
            assert plain(attributes["label"])[0] == node.name
        for edge in graph.edges():
            source, target, position = map(int, edge.attr["id"].split("-")[1:])
            (known,) = [
                e
                for e in picture.edges
                if (e.source, e.target, e.position) == (source, target, position)
            ]
            wanted = [rounded(known.value, 4), *(rounded(passed, 4) for passed in known.passed)]
            assert plain(edge.attr["label"]) == wanted

    @pytest.mark.parametrize("seed", range(10))
    def test_random_graphs(self, seed):
        picture = structure_of(lower(parse(random_formula(random.Random(seed)))), (), ALL)
        graph = parsed("".join(dot(picture, DETAIL)))
        assert sorted((int(a), int(b)) for a, b in graph.edges()) == sorted(
            (e.source, e.target) for e in picture.edges
        )
        clusters = {graph.name: graph for graph in all_subgraphs(graph)}
        for number, frame in enumerate(picture.frames):
            inside = {int(node) for node in clusters[f"cluster_{number}"].nodes()}
            assert set(frame.nodes) <= inside
            label = clusters[f"cluster_{number}"].graph_attr["label"]
            assert unescape(label) == frame.label

    def test_the_backward_graph(self):
        evaluation = Evaluation(lower(parse("q = sin(x)*y; q^2 + q")), {"x": 1, "y": 2})
        picture = picture_with_gradient(evaluation, diagnose(evaluation), ALL, [])
        graph = parsed("".join(dot(picture, DETAIL)))
        found = set()
        for edge in graph.edges():
            if edge.attr["style"] != "invis":
                found.add(edge[::-1] if edge.attr["dir"] == "back" else tuple(edge))
        assert {tuple(map(int, pair)) for pair in found} == {(e.source, e.target) for e in picture.edges}

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20))
    def test_any_text_stays_text(self, text):
        """Of labels with quotes, backslashes, tags and what not nothing breaks out."""
        graph = parsed(f"digraph {quoted(text)} {{ a [label={quoted(text)}] }}")
        assert list(graph.nodes()) == ["a"]
        assert len(list(graph.edges())) == 0


def all_subgraphs(graph):
    pending = list(graph.subgraphs())
    while pending:
        found = pending.pop()
        yield found
        pending += found.subgraphs()


class TestSvg:
    """Valid XML with the numbers of eval."""

    @pytest.mark.parametrize("formula", FORMULAS)
    def test_numbers_are_those_of_eval(self, formula):
        values = FORMULAS[formula]
        root = ElementTree.fromstring(drawn_svg(pictured(formula, values), Detail(4, partials=True)))
        groups = {g.get("id"): g for g in root.iter(f"{SVG}g")}
        result = evaluated(formula, *(f"{name}={value}" for name, value in values.items()))
        uses = {}
        for node in result["nodes"]:
            for position, (argument, partial) in enumerate(
                zip(node["args"], node["partials"], strict=True)
            ):
                if result["nodes"][argument]["op"] == "const":
                    continue
                uses[argument] = uses.get(argument, 0) + 1
                texts = texts_of(groups[f"edge-{argument}-{node['id']}-{position}"])
                source = result["nodes"][argument]
                assert texts["value"] == rounded(source["value"], 4)
                assert texts["partial"] == f"local {rounded(partial, 4)}"
                if "derivative" in texts and uses_of(result, argument) == 1:
                    assert texts["derivative"] == rounded(source["adjoint"], 4)
        for node in result["nodes"]:
            if node["op"] == "const":
                assert f"node-{node['id']}" not in groups
                continue
            texts = texts_of(groups[f"node-{node['id']}"])
            assert texts["name"] == node["name"]
            if uses_of(result, node["id"]) != 1:
                assert texts["value"] == rounded(node["value"], 4)
                assert texts["derivative"] == rounded(node["adjoint"], 4)

    def test_order_of_lines_and_one_group_for_an_edge(self):
        root = ElementTree.fromstring(drawn_svg(pictured("x*y", {"x": 2, "y": 3}), DETAIL))
        edge = next(g for g in root.iter(f"{SVG}g") if g.get("id") == "edge-0-2-0")
        texts = edge.findall(f"{SVG}text")
        assert [text.get("class") for text in texts] == ["value", "derivative"]
        assert float(texts[0].get("y")) < float(texts[1].get("y"))
        identifiers = [g.get("id") for g in root.iter(f"{SVG}g")]
        assert len(identifiers) == len(set(identifiers))
        assert not [name for name in identifiers if name.endswith(("-in", "-out", "-at"))]

    def test_the_line_goes_between_value_and_derivative(self):
        root = ElementTree.fromstring(drawn_svg(pictured("(x+y)*z", FORMULAS["(x+y)*z"]), DETAIL))
        for edge in (g for g in root.iter(f"{SVG}g") if (g.get("id") or "").startswith("edge-")):
            value, derivative = (float(text.get("y")) for text in edge.findall(f"{SVG}text"))
            ends = [path.get("d") for path in edge.findall(f"{SVG}path")]
            level = float(ends[0].rsplit(",", 1)[1])
            assert value < level < derivative
            assert level == pytest.approx(float(re.match(r"M[^,]*,([-\d.]+)", ends[1])[1]), abs=0.6)

    def test_accessible_and_self_contained(self):
        text = drawn_svg(pictured("x < y", {"x": 1, "y": 2}), DETAIL)
        root = ElementTree.fromstring(text)
        assert root.get("role") == "img"
        assert root.get("aria-label") == root.find(f"{SVG}title").text
        assert root.get("aria-label").startswith("Computational graph of x < y at x = 1, y = 2: value 1")
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
        assert "<!DOCTYPE" not in text
        assert "xlink" not in text

    @settings(max_examples=20, deadline=None, derandomize=True)
    @given(
        st.text(
            st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co"), exclude_characters="\\"),
            min_size=1,
            max_size=12,
        ),
        st.sampled_from(['"', "<b>&amp;", "--", "]]>", "<!--", "'", "%s", "}"]),
    )
    def test_any_text_in_nodes_and_frames(self, text, nasty):
        """Names are words, and labels parts of formulas; but even other text would be harmless.

        But for backslashes, which Graphviz reads, and which no formula has.
        """
        with pytest.raises(FormulaError):
            parse("x\\N")
        label = " ".join((nasty + text + nasty).split())
        picture = structure_of(lower(parse("x + y")), (), ALL)
        nodes = [node._replace(name=label) for node in picture.nodes]
        picture = picture._replace(nodes=nodes, frames=[Frame(label, (2,), -1)])
        root = ElementTree.fromstring(drawn_svg(picture, DETAIL))
        shown = [" ".join(text.text.split()) for text in root.iter(f"{SVG}text")]
        assert shown.count(label) == 4
        assert not [e for e in root.iter() if e.tag.removeprefix(SVG) not in KNOWN_TAGS]

    def test_folded_frames_and_marks(self):
        picture = pictured("f(x) = abs(x)*x + x; a = f(y); a*f(z)", {"y": 0, "z": 1}, Extent(5))
        root = ElementTree.fromstring(drawn_svg(picture, DETAIL))
        classes = [g.get("class") for g in root.iter(f"{SVG}g")]
        assert classes.count("node folded") == 2
        assert "node operation output" in classes
        dashed = [
            g.get("id") for g in root.iter(f"{SVG}g") if "dasharray" in str(ElementTree.tostring(g))
        ]
        warned = [f"node-{node.id}" for node in picture.nodes if node.warnings]
        assert [name for name in dashed if name.startswith("node")] == warned


KNOWN_TAGS = {"svg", "g", "title", "text", "path", "polygon", "polyline", "ellipse"}


def texts_of(group):
    return {text.get("class"): text.text for text in group.findall(f"{SVG}text")}


def uses_of(result, number):
    return sum(node["args"].count(number) for node in result["nodes"])


class TestBytes:
    """PNG and PDF."""

    def test_png(self):
        data = drawn_bytes(pictured("x^2", {"x": 7}), DETAIL, "png")
        width, height, pixels = png(data)
        assert 150 < width < 500
        assert 60 < height < 300
        colors = {bytes(pixels[k : k + 4]) for k in range(0, len(pixels), 4)}
        assert any(color[3] == 0 for color in colors), "the page is transparent"
        for wanted in (picture_text.VALUE, picture_text.DERIVATIVE):
            assert bytes.fromhex(wanted[1:]) + b"\xff" in colors

    def test_pdf(self):
        data = drawn_bytes(pictured("(x+y)*z", FORMULAS["(x+y)*z"]), DETAIL, "pdf")
        assert data.startswith(b"%PDF-")
        assert b"/FontFile" in data
        assert data.rstrip().endswith(b"%%EOF")


def png(data):
    """Width, height and the RGBA pixels of a PNG."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    position, parts, head = 8, b"", b""
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        kind, content = data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        head = content if kind == b"IHDR" else head
        parts += content if kind == b"IDAT" else b""
        position += length + 12
    width, height, depth, color = struct.unpack(">IIBB", head[:10])
    assert (depth, color) == (8, 6)
    raw, rows, above = zlib.decompress(parts), bytearray(), bytearray(4 * width)
    for row in range(height):
        line = bytearray(raw[row * (4 * width + 1) : (row + 1) * (4 * width + 1)])
        above = unfiltered(line[0], line[1:], above)
        rows += above
    return width, height, rows


def unfiltered(kind, line, above):
    """A row of PNG as it was before it was filtered (PNG specification, 9)."""
    for k in range(len(line)):
        left = line[k - 4] if k >= 4 else 0
        corner = above[k - 4] if k >= 4 else 0
        up = above[k]
        guess = (0, left, up, (left + up) // 2, min((left, up, corner), key=nearest(left, up, corner)))
        line[k] = (line[k] + guess[kind]) % 256
    return line


def nearest(left, up, corner):
    return lambda value: abs(left + up - corner - value)


class TestMermaid:
    """A line for each node and edge, and no sign of its own in any text."""

    def test_lines(self):
        picture = pictured("f(x) = sin(x) + x; q = f(x)*y; q + f(y)", {"x": 1, "y": 2})
        lines = "".join(mermaid(picture, DETAIL)).splitlines()
        assert lines[0] == "flowchart LR"
        edges = [re.match(r"  n(\d+) -->\|.*\| n(\d+)$", line) for line in lines]
        found = [(int(edge[1]), int(edge[2])) for edge in edges if edge]
        assert found == [(e.source, e.target) for e in picture.edges]
        nodes = [re.match(r'  n(\d+)\(+"(.*)"\)+$', line) for line in lines]
        names = {int(node[1]): plain(decoded(node[2]))[0] for node in nodes if node}
        assert names == {node.id: node.name for node in picture.nodes}
        assert sum(line.strip().startswith("subgraph") for line in lines) == len(picture.frames)
        assert lines.count("  end") + lines.count("    end") == len(picture.frames)

    @settings(max_examples=50, deadline=None, derandomize=True)
    @given(st.text(max_size=30))
    def test_escaped(self, text):
        from autodiff_cli.views.pictures.mermaid import escaped

        found = escaped(text)
        assert decoded(found) == text
        assert all(c.isalnum() or c in " .,#;" for c in found)

    def test_no_line_has_a_style_and_an_entity(self):
        """Mermaid would take the last semicolon from it."""
        picture = pictured("q = x^2 - y; q + q^3 - 2", {"x": 1, "y": 2})
        for line in mermaid(picture, Detail(4, partials=True)):
            assert not re.search(r"style.*:\S*#.*;", line)
            assert not re.search(r"classDef.*:\S*#.*;", line)


def decoded(text):
    return re.sub(r"#(\d+);", lambda match: chr(int(match[1])), text)


# -- Colours ---------------------------------------------------------------------------------------

# Machado, Oliveira, Fernandes (2009): what people see who lack one kind of cone, in linear RGB.
DICHROMATS = {
    "protanope": [
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ],
    "deuteranope": [
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ],
    "tritanope": [
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ],
}


def linear(color):
    parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def luminance(color):
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear(color), strict=True))


def contrast(one, other):
    """Of WCAG 2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb):
    """CIE L*a*b* of linear RGB."""
    rows = [(0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505)]
    white = [sum(row) for row in rows]
    x, y, z = (
        sum(w * max(p, 0) for w, p in zip(row, rgb, strict=True)) / total
        for row, total in zip(rows, white, strict=True)
    )
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


class TestColors:
    """They hold on white and on dark, and are told apart without one kind of cone."""

    @pytest.mark.parametrize("color", [picture_text.VALUE, picture_text.DERIVATIVE, picture_text.QUIET])
    @pytest.mark.parametrize("background", ["#ffffff", "#111111", "#0d1117", "#000000"])
    def test_on_the_page(self, color, background):
        assert contrast(color, background) > 4.3

    @pytest.mark.parametrize(
        "color",
        [
            picture_text.CARD_VALUE,
            picture_text.CARD_DERIVATIVE,
            picture_text.CARD_QUIET,
            picture_text.INK,
        ],
    )
    @pytest.mark.parametrize(
        "card",
        [
            picture_text.CARD,
            picture_text.INPUT_CARD,
            picture_text.FOLDED_CARD,
            picture_text.ADJOINT_CARD,
        ],
    )
    def test_on_cards(self, color, card):
        assert contrast(color, card) > 5

    @pytest.mark.parametrize("who", DICHROMATS)
    @pytest.mark.parametrize(
        "pair",
        [
            (picture_text.VALUE, picture_text.DERIVATIVE),
            (picture_text.CARD_VALUE, picture_text.CARD_DERIVATIVE),
        ],
    )
    def test_for_the_colour_blind(self, who, pair):
        seen = [
            lab([sum(w * p for w, p in zip(row, linear(color), strict=True)) for row in DICHROMATS[who]])
            for color in pair
        ]
        distance = sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5
        assert distance > 25


def test_no_empty_pairs():
    """All kinds of nodes and courses of edges can be drawn."""
    evaluation = Evaluation(lower(parse("f(x) = sin(x)*x; 2 + f(x) + f(y)")), {"x": 1, "y": 2})
    picture = picture_with_gradient(evaluation, diagnose(evaluation), ALL, [])
    assert {node.kind for node in picture.nodes} >= {
        NodeKind.INPUT,
        NodeKind.OPERATION,
        NodeKind.ADJOINT,
    }
    assert {edge.course for edge in picture.edges} == set(Course)
    root = ElementTree.fromstring(drawn_svg(picture, DETAIL))
    identifiers = {g.get("id") for g in root.iter(f"{SVG}g")}
    assert {f"node-{node.id}" for node in picture.nodes} <= identifiers
    assert {f"edge-{e.source}-{e.target}-{e.position}" for e in picture.edges} <= identifiers
    assert all(a != b for a, b in pairwise(sorted(identifiers)))
