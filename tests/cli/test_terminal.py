"""What people see at a terminal: by content and what must always hold, not by exact layout."""

import re
from functools import cache
from unicodedata import combining, east_asian_width

import pytest
from command import at_terminal, evaluated, quick, run

ANSI = re.compile(r"\x1b\[([0-9;]*)m")
TEXTBOOK = ("eval", "(x+y)*z", "--x", "2", "--y", "5", "--z", "-4")
WAVES = ("eval", "sin(x)^2 + cos(x*y)*exp(z)/3", "x=2", "y=5", "z=-4")
GREEN, RED = "32", "31"


def many(count):
    """A formula with about three nodes for each of `count` terms."""
    return "+".join(f"sin({i}*x)" for i in range(1, count + 1))


def bare(text):
    return ANSI.sub("", text)


def width(line):
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in line)


def pieces(text):
    """(text, the set of style codes that are on) for each stretch of one style."""
    styles: set[str] = set()
    position = 0
    for match in ANSI.finditer(text):
        if match.start() > position:
            yield text[position : match.start()], frozenset(styles)
        for code in match[1].split(";"):
            if code in ("", "0"):
                styles.clear()
            else:
                styles.add(code)
        position = match.end()
    yield text[position:], frozenset(styles)


@cache
def in_colour(form):
    """What a terminal shows of the textbook's example."""
    return at_terminal(*TEXTBOOK, "--format", form).out


def numbers(text):
    return re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])", text)


def expected(*arguments, digits=10):
    """Every value and derivative of inputs and operations, as people read them."""
    nodes = evaluated(*arguments[1:])["nodes"]
    return [
        f"{number:.{digits}g}"
        for n in nodes
        if n["op"] != "const"
        for number in (n["value"], n["adjoint"])
    ]


@pytest.mark.parametrize("form", ["table", "tree"])
@pytest.mark.parametrize("columns", [60, 80, 200])
@pytest.mark.parametrize("arguments", [TEXTBOOK, WAVES], ids=["textbook", "waves"])
def test_fits_the_terminal_and_keeps_every_number(form, columns, arguments):
    digits = 6 if columns < 80 else 10
    ran = at_terminal(*arguments, "--format", form, "--digits", str(digits), columns=columns)
    assert ran.code == 0
    text = bare(ran.out)
    shown = numbers(text)
    for number in expected(*arguments, digits=digits):
        assert number in shown
    assert max(map(width, text.splitlines())) <= columns
    names = [node["name"] for node in evaluated(*arguments[1:])["nodes"] if node["op"] != "const"]
    for name in names:
        assert re.search(rf"\b{name}\b", text)


@pytest.mark.parametrize("form", ["table", "tree"])
@pytest.mark.parametrize("columns", [20, 40])
@pytest.mark.parametrize("arguments", [TEXTBOOK, WAVES], ids=["textbook", "waves"])
def test_narrow_terminals_cut_no_number(form, columns, arguments):
    """A line may be longer than the terminal, but a number is never cut without a word."""
    ran = at_terminal(*arguments, "--format", form, columns=columns)
    assert ran.code == 0
    shown = numbers(bare(ran.out))
    missing = [number for number in expected(*arguments) if number not in shown]
    assert not missing
    assert "…" not in ran.out


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_small_table_fits(columns):
    text = bare(at_terminal("eval", "x*y + 1", "x=2", "y=3", columns=columns).out)
    assert max(map(width, text.splitlines())) <= columns
    for row in (r"x +input +2 +3", r"y +input +3 +2", r"v1 +x\*y +6 +1", r"v2 +v1 \+ 1 +7 +1"):
        assert re.search(row, text)


def test_long_names_and_numbers():
    name = "the_length_of_the_left_arm_of_the_lever"
    arguments = ("eval", f"{name}^2/3", f"{name}=-1.23456789e-300")
    for form in ("table", "tree"):
        text = bare(at_terminal(*arguments, "--format", form, columns=60).out)
        assert "-8.2304526e-301" in text
        assert name in re.sub(r"\s", "", text)


def test_wide_characters_stay_in_line():
    text = bare(at_terminal("eval", "漢字*x + θ", "漢字=2", "x=3", "θ=5", columns=80).out)
    rows = [line for line in text.splitlines() if re.match(r"(漢字|x|θ|v1|v2) ", line)]
    assert len(rows) >= 5
    assert max(map(width, text.splitlines())) <= 80
    expressions = [re.search(r"  (input|漢字\*x|v1 \+ θ)", line) for line in rows]
    assert len({width(match.string[: match.start(1)]) for match in expressions}) == 1


class TestManyRows:
    """Large graphs are cut in the middle or at the end, and say so."""

    @pytest.mark.parametrize("form", ["table", "tree"])
    def test_left_out(self, form):
        ran = at_terminal("eval", many(100), "x=0.1", "--format", form, columns=100)
        assert ran.code == 0
        text = bare(ran.out)
        left_out = re.search(r"(\d+) more rows; --all shows them", text)
        assert left_out
        assert len(text.splitlines()) < 100
        cut = quick("eval", many(100), "x=0.1", "--format", form).out
        full = quick("eval", many(100), "x=0.1", "--format", form, "--all").out
        assert "more row" not in full
        assert len(full.splitlines()) - len(cut.splitlines()) == int(left_out[1]) - 1

    @pytest.mark.parametrize("form", ["table", "tree"])
    def test_every_row_with_all(self, form):
        formula = many(100)
        text = quick("eval", formula, "x=0.1", "--format", form, "--all").out
        for node in evaluated(formula, "x=0.1")["nodes"]:
            if node["op"] != "const":
                assert re.search(rf"\b{node['name']}\b", text)

    def test_count_is_right(self):
        formula = many(100)
        rows = len(quick("eval", formula, "x=0.1", "--format", "plain").out.splitlines()) - 1
        text = quick("eval", formula, "x=0.1", "--format", "table").out
        left_out = int(re.search(r"(\d+) more rows", text)[1])
        shown = sum(bool(re.match(r"\s*(x|v\d+)\s", line)) for line in text.splitlines())
        assert shown + left_out == rows

    def test_inputs_and_result_are_always_there(self):
        text = quick("eval", many(100), "x=0.1", "--format", "table").out
        assert re.search(r"^x\s+input", text, re.MULTILINE)
        last = evaluated(many(100), "x=0.1")["nodes"][-1]["name"]
        assert re.search(rf"^\s*{last}\s", text, re.MULTILINE)

    def test_small_graphs_are_whole(self):
        for form in ("table", "tree"):
            assert "more row" not in quick(*TEXTBOOK, "--format", form).out

    def test_long_formulas_are_shown_by_their_beginning(self):
        text = quick("eval", many(2000), "x=0.1", "--format", "table").out
        assert max(map(len, text.splitlines())) < 2000
        assert len(text) < 20_000

    def test_deep_trees(self):
        formula = "sin(" * 200 + "x" + ")" * 200
        for arguments in ([], ["--all"]):
            ran = quick("eval", formula, "x=1", "--format", "tree", *arguments)
            assert ran.code == 0
            assert max(map(len, ran.out.splitlines())) < 1100


class TestTree:
    """The tree's own content."""

    def test_textbook(self):
        text = quick(*TEXTBOOK, "--format", "tree").out
        for row in (
            r"v2 = v1\*z +-28 +1",
            r"v1 = x \+ y +7 +-4 +-4",
            r"\bx +2 +-4 +1",
            r"\bz +-4 +7 +7",
        ):
            assert re.search(row, text)

    def test_shared_nodes_are_spelt_out_once(self):
        text = quick("eval", "q = exp(x); q*q + q", "x=1", "--format", "tree").out
        assert len(re.findall(r"─ q = exp\(x\)", text)) == 1
        assert "q (above)" in text

    def test_several_outputs(self):
        text = quick(
            "eval", "q = x + y; f = q*x", "x=1", "y=2", "--output", "q,f", "--format", "tree"
        ).out
        assert re.search(r"d q +d f", text)
        assert re.search(r"^q = x \+ y", text, re.MULTILINE)
        assert re.search(r"^f = q\*x", text, re.MULTILINE)


class TestColours:
    """Values green and derivatives red, or none at all."""

    @pytest.mark.parametrize("form", ["table", "tree"])
    def test_values_green_derivatives_red(self, form):
        out = at_terminal(*TEXTBOOK, "--format", form).out
        nodes = evaluated(*TEXTBOOK[1:])["nodes"]
        found = {GREEN: [], RED: []}
        for text, styles in pieces(out):
            for colour, texts in found.items():
                if colour in styles:
                    assert set(text) <= set("0123456789.-+e \n"), text
                    texts.extend(numbers(text))
        assert sorted(set(found[GREEN])) == sorted({f"{node['value']:g}" for node in nodes})
        assert sorted(set(found[RED])) == sorted({f"{node['adjoint']:g}" for node in nodes})

    @pytest.mark.parametrize(
        ("env", "arguments"),
        [
            ({"NO_COLOR": "1"}, []),
            ({"NO_COLOR": "1"}, ["--color", "always"]),
            ({}, ["--color", "never"]),
            ({"TERM": "dumb"}, []),
        ],
    )
    def test_none(self, env, arguments):
        for form in ("table", "tree"):
            ran = at_terminal(*TEXTBOOK, "--format", form, *arguments, env=env)
            assert ran.code == 0
            assert "\x1b" not in ran.out
            colourful = bare(in_colour(form))
            assert ran.out.splitlines() == [line.rstrip() for line in colourful.splitlines()]

    def test_always_in_a_pipe(self):
        ran = run(*TEXTBOOK, "--format", "table", "--color", "always")
        assert "\x1b[" in ran.out
        assert bare(ran.out) == quick(*TEXTBOOK, "--format", "table").out

    def test_nothing_but_colours(self):
        out = at_terminal(*WAVES).out
        assert "\x1b" not in bare(out)

    def test_styles_end(self):
        *_, (_, styles) = pieces(at_terminal(*WAVES).out)
        assert not styles

    def test_programs_get_none(self):
        for form in ("plain", "csv", "json", "markdown"):
            assert "\x1b" not in at_terminal(*TEXTBOOK, "--format", form).out


def test_columns_variable_counts():
    text = bare(at_terminal(*WAVES, columns=200, env={"COLUMNS": "70"}).out)
    assert max(map(width, text.splitlines())) <= 70


def test_terminal_without_a_size():
    ran = at_terminal(*WAVES, columns=0, rows=0)
    assert ran.code == 0
    shown = numbers(bare(ran.out))
    assert all(number in shown for number in expected(*WAVES))


def test_no_line_ends_in_blanks():
    for form in ("table", "tree"):
        text = quick(*WAVES, "--format", form).out
        assert not re.search(r"[ \t]+$", text, re.MULTILINE)


def test_result_is_said_with_its_error():
    text = quick("eval", "sin(x)", "x=1", "--format", "table").out
    assert "rounding error" in text.splitlines()[-1]
    assert "0.8414709848" in text.splitlines()[-1]


def test_markup_in_the_heading_is_text():
    # The canonical form has no brackets: names that Rich would take for emoji remain.
    text = bare(at_terminal("eval", "c ? smile : x", "c=1", "smile=2", "x=3").out)
    assert "smile" in text
