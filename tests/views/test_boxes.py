"""Pictures in characters: whoever follows the lines finds the graph, whatever crosses."""

import random

import pytest
from graphs import point_of, random_formula

from autodiff_cli.derivatives.diagnosis import diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.errors import UsageError
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse
from autodiff_cli.pictures.parts import Extent
from autodiff_cli.pictures.picture import picture_of, structure_of
from autodiff_cli.views.pictures.boxes import MOST_NODES, boxes
from autodiff_cli.views.pictures.text import Detail

ALL = Extent(1000)
WIDE = 10**6
UP, RIGHT, DOWN, LEFT = (-1, 0), (0, 1), (1, 0), (0, -1)
ARMS = {
    "─": {LEFT, RIGHT},
    "┌": {RIGHT, DOWN},
    "┐": {LEFT, DOWN},
    "└": {UP, RIGHT},
    "┘": {UP, LEFT},
    "├": {UP, RIGHT, DOWN},
    "┤": {UP, LEFT, DOWN},
    "┬": {LEFT, RIGHT, DOWN},
    "┴": {UP, LEFT, RIGHT},
    "┼": {UP, RIGHT, DOWN, LEFT},
    "│": {UP, DOWN},
}


class Grid:
    """What a reader sees: boxes with a name in their first line, and lines from box to box."""

    def __init__(self, text, is_level):
        self.rows = text.splitlines()
        self.is_level = is_level
        self.boxes = {}
        for row, line in enumerate(self.rows):
            for column, sign in enumerate(line):
                if sign in "┌┏" and (found := self.box(row, column)) is not None:
                    self.boxes[found] = self.name(found)
        self.inside = {
            (y, x): box
            for box in self.boxes
            for y in range(box[0], box[2] + 1)
            for x in range(box[1], box[3] + 1)
        }

    def at(self, row, column):
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            return self.rows[row][column]
        return " "

    def box(self, row, column):
        """The rectangle of a box that begins here: its outline is closed, and a text is in it."""
        bold = self.at(row, column) == "┏"
        level, right, left, last = ("━", "┓", "┗", "┛") if bold else ("─╌", "┐", "└", "┘")
        end = column + 1
        while self.at(row, end) and self.at(row, end) in level:
            end += 1
        if self.at(row, end) != right or end < column + 4:
            return None
        bottom = row + 1
        while self.at(bottom, column) in "│┃╎" and self.at(bottom, end) in "│┃╎├┠":
            bottom += 1
        if self.at(bottom, column) != left or self.at(bottom, end) != last or bottom < row + 2:
            return None
        if any(self.at(bottom, x) not in "─━╌┬┯" for x in range(column + 1, end)):
            return None
        return row, column, bottom, end

    def name(self, box):
        lines = [self.rows[y][box[1] + 1 : box[3]].strip() for y in range(box[0] + 1, box[2])]
        return next(line for line in lines if line)

    def edges(self):
        """Pairs of names, found by walking from where lines leave boxes."""
        found = []
        step = RIGHT if self.is_level else DOWN
        for (top, left, bottom, right), name in self.boxes.items():
            if self.is_level:
                exits = [(y, right) for y in range(top, bottom + 1) if self.at(y, right) in "├┠"]
            else:
                exits = [(bottom, x) for x in range(left, right + 1) if self.at(bottom, x) in "┬┯"]
            assert len(exits) <= 1
            for place in exits:
                found += [(name, target) for target in self.walk(place, step)]
        return sorted(found)

    def walk(self, place, step):
        pending, seen = [(place, step)], set()
        while pending:
            (row, column), step = pending.pop()
            row, column = row + step[0], column + step[1]
            if ((row, column), step) in seen:
                continue
            seen.add(((row, column), step))
            sign = self.at(row, column)
            assert (row, column) not in self.inside, "a line runs into a box"
            if sign in "►▼":
                yield self.boxes[self.inside[row + step[0], column + step[1]]]
                continue
            if sign == "│" and step in (LEFT, RIGHT):
                pending.append(((row, column), step))  # it goes on behind
                continue
            back = (-step[0], -step[1])
            assert back in ARMS[sign], f"a line ends at {row}, {column}: {sign}"
            pending += [((row, column), arm) for arm in ARMS[sign] if arm != back]


def drawn(picture, width=WIDE):
    return "".join(boxes(picture, Detail(4), width, color=False))


def assert_traced(picture):
    """Each edge is found once by following lines, in both directions of drawing."""
    names = {node.id: node.name for node in picture.nodes}
    edges = sorted((names[edge.source], names[edge.target]) for edge in picture.edges)
    level = drawn(picture)
    level_width = max(map(len, level.splitlines()))
    assert Grid(level, True).edges() == edges
    try:
        upright = drawn(picture, level_width - 1)
    except UsageError:
        return
    assert Grid(upright, False).edges() == edges


FORMULAS = [
    "x",
    "x*x",
    "(x+y)*z",
    "1/(1+exp(-(w0*x0+w1*x1+w2)))",
    "q = sin(x)*y; q^2 + q",
    "sq(a)=a^2+a; q = sin(x)*y + sq(x); r = sq(y) + q*x; f = q^2 + q*r + r",
    "max(a, b, c, d, a*b, c*d, a)",
    "a = x + y; b = x - y; c = x*y; d = x/y; a*b + c*d + a*d + b*c + a*c + b*d",
    "where(x < y, x^2, sin(y)) + x*y",
    "a*d + b*c + c*b*a + d*a*b + a/c + b/d",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_lines_lead_where_the_graph_does(formula):
    assert_traced(structure_of(lower(parse(formula)), (), ALL))


@pytest.mark.parametrize("seed", range(40))
def test_random_graphs(seed):
    formula = random_formula(random.Random(seed), statements=seed % 7 + 1)
    picture = structure_of(lower(parse(formula)), (), ALL)
    if len(picture.nodes) <= MOST_NODES:
        assert_traced(picture)


def test_numbers_stand_in_the_boxes():
    evaluation = Evaluation(lower(parse("(x+y)*z")), {"x": 2, "y": 5, "z": -4})
    text = drawn(picture_of(evaluation, diagnose(evaluation), ALL))
    grid = Grid(text, True)
    for box, name in grid.boxes.items():
        lines = [grid.rows[y][box[1] + 1 : box[3]].strip() for y in range(box[0] + 1, box[2])]
        found = [line for line in lines if line]
        assert found[0] == name
        assert (
            found[-2:]
            == {
                "x": ["2", "-4"],
                "y": ["5", "-4"],
                "z": ["-4", "7"],
                "v1": ["7", "-4"],
                "v2": ["-28", "1"],
            }[name]
        )


def test_a_kink_has_a_broken_outline_and_the_output_a_bold_one():
    evaluation = Evaluation(lower(parse("abs(x) + y")), {"x": 0, "y": 1})
    text = drawn(picture_of(evaluation, diagnose(evaluation), ALL))
    assert text.count("┏") == 1
    assert "╌" in text
    assert Grid(text, True).edges() == [("v1", "v2"), ("x", "v1"), ("y", "v2")]


def test_wide_letters_take_two_columns():
    evaluation = Evaluation(lower(parse("数*x")), {"数": 2, "x": 3})
    lines = drawn(picture_of(evaluation, diagnose(evaluation), ALL)).splitlines()
    from autodiff_cli.cli.failure import _width

    ends = {_width(line) for line in lines if "┃" in line and "►" not in line}
    assert len(ends) == 1


def test_colors():
    evaluation = Evaluation(lower(parse("x^2")), point_of("x=3"))
    picture = picture_of(evaluation, diagnose(evaluation), ALL)
    colored = "".join(boxes(picture, Detail(4), WIDE, color=True))
    assert "\x1b[32m9\x1b[0m" in colored
    assert "\x1b[31m6\x1b[0m" in colored
    plain = drawn(picture)
    assert "\x1b" not in plain


def test_too_narrow_and_too_large():
    picture = structure_of(lower(parse("(x+y)*z")), (), ALL)
    with pytest.raises(UsageError, match="columns wide, and the terminal 10"):
        drawn(picture, 10)
    large = structure_of(lower(parse("+".join(f"x{k}" for k in range(MOST_NODES)))), (), ALL)
    with pytest.raises(UsageError, match="too many"):
        drawn(large)
