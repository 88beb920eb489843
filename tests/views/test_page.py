"""The page as a file: what is in it, that it is safe, and that it has the command line's numbers."""

import json
import math
import random
import re
from pathlib import Path

import pytest
from command import quick
from javascript import decoded, encoded, javascript, ulps

from autodiff_cli.cli.page import subject
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse
from autodiff_cli.views.numbers import exact, rounded
from autodiff_cli.views.page.data import page_data
from autodiff_cli.views.page.document import PROGRAM_SCRIPTS, SCRIPTS, document, embedded, source

DATA = Path(__file__).parent.parent / "data"

EVALUATED = """
const compute = ([program, inputs, values]) => {
  program.values = program.values.map(numberOf);
  return evaluateProgram(program, inputs.map((node, k) => [node, decoded(values[k])])).map(encoded);
};
console.log(JSON.stringify(given.map(compute)));
"""


def number(value: float | str) -> float:
    return float(str(value).replace("Infinity", "inf"))


def page_at(text: str, point: dict[str, float]) -> dict:
    return page_data(subject(lower(parse(text)), point), 4)


def with_zeros(program: dict) -> dict:
    """A program without the numbers that are to be computed."""
    leaves = [not arguments for arguments in program["arguments"]]
    values = [v if leaf else 0 for v, leaf in zip(program["values"], leaves, strict=True)]
    return {**program, "values": values}


def cases(names: tuple[str, ...], every: int) -> list[tuple[str, dict[str, float]]]:
    found = []
    for name in names:
        for case in json.loads((DATA / f"{name}.json").read_text())["cases"]:
            points = [each["point"] for each in case.get("points", [case])]
            found.append((case["expr"], {n: float(v) for n, v in points[0].items()}))
    return [case for case in found[::every] if "%" not in case[0]]


def off(formulas: list[tuple[str, dict[str, float]]]) -> list[float]:
    """How far the page's numbers are off at a point that its data are not of."""
    given, expected = [], []
    for text, point in formulas:
        moved = {name: value * 1.0123456 for name, value in point.items()}
        here, there = page_at(text, point)["program"], page_at(text, moved)
        assert (here["code"], here["arguments"]) == (
            there["program"]["code"],
            there["program"]["arguments"],
        )
        values = [encoded(moved[each["name"]]) for each in there["inputs"]]
        given.append((with_zeros(here), [each["node"] for each in there["inputs"]], values))
        expected.append([number(value) for value in there["program"]["values"]])
    found = javascript(EVALUATED, given, PROGRAM_SCRIPTS)
    return [
        ulps(right, decoded(text))
        for rights, texts in zip(expected, found, strict=True)
        for right, text in zip(rights, texts, strict=True)
        if not math.isnan(right)
    ]


def test_the_numbers_of_other_points_are_the_command_lines() -> None:
    found = off(cases(("feynman", "adtests"), every=6))
    assert len(found) > 200
    assert max(found) <= 4
    assert found.count(0.0) > 0.99 * len(found)


@pytest.mark.slow
def test_so_they_are_for_all_formulas() -> None:
    found = off(cases(("feynman", "calculus", "shellformulas", "adtests"), every=1))
    assert max(found) <= 8
    assert found.count(0.0) > 0.999 * len(found)


def test_numbers_are_written_as_the_command_line_does() -> None:
    rng = random.Random(3)
    values = [0.0, -0.0, 1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5, 5e-324, 1.7976931348623157e308]
    values += [0.015625, 0.046875, 2.5, -28.0, math.inf, -math.inf, math.nan, 99999.5, 9.9999e-5, 0.1]
    values += [rng.uniform(-1, 1) * 10.0 ** rng.randint(-30, 30) for _ in range(500)]
    values += [rng.randint(1, 4000) / 2.0 ** rng.randint(0, 14) for _ in range(500)]
    program = """
    const texts = (x) => [exactText(x), roundedText(x, 4), roundedText(x, 10), roundedText(x, 1)];
    console.log(JSON.stringify(given.map((text) => texts(decoded(text)))));
    """
    found = javascript(program, list(map(encoded, values)), PROGRAM_SCRIPTS)
    assert found == [[exact(x), rounded(x, 4), rounded(x, 10), rounded(x, 1)] for x in values]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", 2.0),
        (" -.5 ", -0.5),
        ("1e-3", 1e-3),
        ("+3.", 3.0),
        ("−2", -2.0),
        ("-0", -0.0),
        ("inf", math.inf),
        ("-Infinity", -math.inf),
        ("", "a number is missing"),
        ("1e999", "too large: write inf if that is meant"),
        ("0e-999", 0.0),
        ("-1e-400", "too small: write 0 if that is meant"),
        ("0x10", "not a number: write 2, -0.5, 1e-3 or inf"),
        ("1,5", "not a number: write 2, -0.5, 1e-3 or inf"),
        ("2e", "not a number: write 2, -0.5, 1e-3 or inf"),
        ("pi", "not a number: write 2, -0.5, 1e-3 or inf"),
    ],
)
def test_reading_numbers(text: str, expected: float | str) -> None:
    program = """
    const found = readNumber(given);
    console.log(JSON.stringify(typeof found === "number" ? [encoded(found)] : found));
    """
    found = javascript(program, text, PROGRAM_SCRIPTS)
    assert found == (expected if isinstance(expected, str) else [encoded(expected)])


def test_a_page_loads_nothing_and_has_one_script(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    assert quick("graph", "(x+y)*z", "x=2", "y=5", "z=-4", "-o", str(path)).code == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert set(re.findall(r"\w+://[^\"'\s]*", text)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in text
    assert re.findall(r"<(?:link|img|iframe|object|embed|base)\b", text) == []
    assert re.findall(r"\s(?:on\w+|style|src|href)=", text.partition("<script")[0]) == []


def test_scripts_and_style_do_not_end_their_elements() -> None:
    for name in (*SCRIPTS, "style.css"):
        assert re.search("</(script|style)|<!--", source(name), re.IGNORECASE) is None, name


def test_data_do_not_end_their_element() -> None:
    hostile = "</script><!--<script>\u2028\u2029&"
    text = embedded([hostile])
    assert re.search("[<>&\u2028\u2029]", text) is None
    assert json.loads(text) == [hostile]


def test_a_formula_is_text_in_the_page() -> None:
    page = document("x # </title><b>{{data}}", "<svg></svg>", {})
    assert "<b>" not in page
    assert page.count("x # &lt;/title&gt;&lt;b&gt;{{data}}") == 2


def test_a_page_needs_values() -> None:
    ran = quick("graph", "x^2", "--format", "html")
    assert (ran.code, ran.out) == (2, "")
    assert "error: a page needs values" in ran.err


def test_a_page_has_so_many_steps_at_most(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    ran = quick("graph", "sum(k, 1, 900, sin(k*x))", "x=1", "--max-nodes", "10000", "-o", str(path))
    assert ran.code == 2
    assert "more than 2,000" in ran.err
    assert not path.exists()


def test_the_steps_hold_at_any_point() -> None:
    """Both branches are told, and what a kink has at the first point is not among the steps."""
    data = page_at("where(x > 1, x^2, sin(x)) + relu(x) - relu(-x)", {"x": 0.0})
    titles = [step["title"][0] for each in data["passes"][1:] for step in each["steps"]]
    assert any("sin(x)" in title for title in titles)
    assert any("x^2" in title for title in titles)
    assert [settled["value"] for settled in data["settled"]] == [2.0]
    kinks = [(each["text"], each["matter"]) for each in data["conditions"] if each["matter"] != "domain"]
    assert kinks == [("x > 1", "boundary"), ("relu(x)", "kink"), ("relu(v7)", "kink")]


def test_folded_parts_stand_for_their_steps() -> None:
    text = "f(a) = sin(a)*a + cos(a); f(x) + f(y)"
    found = subject(lower(parse(text)), {"x": 1.0, "y": 2.0})
    assert len(found.picture.nodes) == len(page_data(found, 4)["nodes"])
