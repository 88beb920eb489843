"""`autodiff plot`: arguments, the terminal, files, data."""

import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from command import Ran, at_terminal, quick, run, strict_json

SVG = "{http://www.w3.org/2000/svg}"


def data(*arguments: str) -> Any:
    ran = quick("plot", *arguments, "--json")
    assert ran.code == 0, ran.err
    found = strict_json(ran.out)
    assert found["schema"] == "autodiff.plot/1"
    return found


def refused(*arguments: str, code: int = 2) -> str:
    ran = quick("plot", *arguments)
    assert ran.code == code, ran
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    return ran.err


# -- Ranges and values


@pytest.mark.parametrize(
    "arguments",
    [
        ("--x", "-3:3"),
        ("--x=-3:3",),
        ("x=-3:3",),
        ("--set", "x=-3:3"),
        ("--x", "-sqrt(9):6/2"),
        ("--x", " -3 : 3 "),
    ],
)
def test_a_range_is_given_like_a_value(arguments: tuple[str, ...]) -> None:
    assert data("x^2", *arguments)["ranges"] == {"x": [-3.0, 3.0]}


def test_other_variables_have_values(tmp_path: Path) -> None:
    params = tmp_path / "values.json"
    params.write_text('{"a": 2, "b": "pi/2", "unused": 1}')
    found = data("a*sin(b*x)", "--x", "0:1", "--params", str(params), "a=3")
    assert found["inputs"] == {"a": 3.0, "b": 1.5707963267948966}
    assert found["curves"][0]["segments"][0]["y"][-1] == 3.0


def test_a_choice_is_a_value_and_not_a_range() -> None:
    assert data("a*x", "--x", "0:1", "a=1 > 0 ? 5 : 6")["inputs"] == {"a": 5.0}


def test_a_constant_has_any_variable() -> None:
    found = data("2 + 3", "--t", "0:1")
    assert [curve["segments"][0]["y"][0] for curve in found["curves"]] == [5.0, 0.0]


def test_a_definition_may_be_drawn() -> None:
    found = data("f = x^2; g = f + 1", "--x", "0:1", "--output", "f", "--order", "0")
    assert found["curves"][0]["segments"][0]["y"][-1] == 1.0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("x^2",), "there is no range"),
        (("x^2", "--x", "3"), "there is no range"),
        (("x^2", "--x", "3:1"), "not below"),
        (("x^2", "--x", "1:1"), "not below"),
        (("x^2", "--x", "0:inf"), "not finite"),
        (("x^2", "--x", "nan:1"), "not finite"),
        (("x^2", "--x", "-1e308:1e308"), "too wide"),
        (("x^2", "--x", "0:1:2"), "not a range"),
        (("x^2", "--x", ":1"), "not a range"),
        (("x^2", "--x", "a:1"), "a is not a number"),
        (("x^2", "--x", "0:1", "--ylim", "1:0"), "not below"),
        (("x^2", "--z", "0:1"), "no variable z"),
        (("x*y", "--x", "0:1"), "no value for y"),
        (("x*y*z", "--x", "0:1", "--y", "0:1", "--z", "0:1"), "3 ranges"),
        (("x*y", "--x", "0:1", "--y", "0:1", "--order", "2"), "one range"),
        (("x^2", "--x", "0:1", "--order", "3"), "--order"),
        (("x^2", "--x", "0:1", "--output", "g"), "no g"),
        (("x^2", "--x", "0:1", "-o", "a.gif"), "a.gif"),
        (("x^2", "--x", "0:1", "-o", "png"), "png"),
        (("x^2", "--x", "0:1", "-o", "a.png", "--format", "csv"), "tells its format"),
        (("x^2", "--x", "0:1", "--width", "2"), "--width"),
        (("x^2", "--x", "0:1", "x=2"), "given twice"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(*arguments)


def test_nothing_to_draw_is_mathematics() -> None:
    assert "nothing to draw" in refused("sqrt(-1 - x^2)", "--x", "-1:1", code=4)
    assert "nothing to draw" in refused("nan*x*y", "--x", "-1:1", "--y", "0:1", code=4)
    assert refused("x^", "--x", "-1:1", code=3)


@pytest.mark.parametrize(("library", "arguments"), [("plotext", ()), ("matplotlib", ("-o", "a.png"))])
def test_a_missing_extra_is_told(
    library: str, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    said = refused("x^2", "--x", "0:1", *arguments)
    assert library in said
    assert "pip install 'autodiff-cli[plot]'" in said
    assert quick("plot", "x^2", "--x", "0:1", "--format", "csv").code == 0


def test_an_older_interface_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    import types

    monkeypatch.setitem(sys.modules, "plotext", types.ModuleType("plotext"))
    monkeypatch.setattr("autodiff_cli.cli.plot.find_spec", lambda _: True)
    assert "autodiff-cli[plot]" in refused("x^2", "--x", "0:1")


# -- Data


def test_json_has_what_is_drawn() -> None:
    found = data("abs(x)", "--x", "-1:1")
    assert found["parsed"] == "abs(x)"
    function, derivative = found["curves"]
    assert (function["name"], derivative["name"]) == ("value", "derivative")
    assert len(function["segments"]) == 1
    assert [s["y"][0] for s in derivative["segments"]] == [-1.0, 1.0]
    assert derivative["circles"] == [
        {"x": 0.0, "y": -1.0, "filled": False},
        {"x": 0.0, "y": 1.0, "filled": False},
    ]
    (mark,) = found["marks"]
    assert mark == {
        "x": 0.0,
        "kind": "kink",
        "value": {"left": 0.0, "at": 0.0, "right": 0.0},
        "derivative": {"left": -1.0, "right": 1.0},
    }


def test_infinities_are_strings_and_what_is_outside_is_null() -> None:
    (mark,) = data("log(x)", "--x", "-1:1")["marks"]
    assert mark["value"] == {"left": None, "at": None, "right": "-Infinity"}


def test_csv_has_a_row_for_each_point() -> None:
    ran = quick("plot", "1/x", "--x", "-1:1", "--format", "csv")
    head, *rows = ran.out.splitlines()
    assert head == "curve,segment,x,y"
    cells = [row.split(",") for row in rows]
    assert {(curve, number) for curve, number, _, _ in cells} == {
        (curve, number) for curve in ("value", "derivative") for number in "12"
    }
    assert all(float(y) == 1 / float(x) for curve, _, x, y in cells if curve == "value")


def test_two_ranges_are_a_grid() -> None:
    found = data("x*y", "--x", "0:1", "--y", "0:2", "--points", "8")
    assert found["ranges"] == {"x": [0.0, 1.0], "y": [0.0, 2.0]}
    assert len(found["value"]) == len(found["value"][0]) == 8
    assert found["value"][7][7] == 2.0
    assert found["gradient"]["x"][7][0] == 2.0
    assert found["gaps"] == []
    ran = quick("plot", "x*y", "--x", "0:1", "--y", "0:2", "--points", "8", "--format", "csv")
    head, *rows = ran.out.splitlines()
    assert head == "x,y,value,d x,d y"
    assert len(rows) == 64
    assert rows[-1] == "1,2,2,2,1"


# -- The terminal


def lines_of(ran: Ran) -> list[str]:
    assert ran.code == 0, ran.err
    assert ran.err == ""
    return ran.out.splitlines()


def test_a_pipe_is_a_terminal_of_80_columns_without_colours() -> None:
    ran = run("plot", "x^2", "--x", "-3:3")
    lines = lines_of(ran)
    assert len(lines) == 24
    assert max(map(len, lines)) == 80
    assert "\x1b" not in ran.out
    assert "⠒⠒ x^2   ▀▀ d/dx" in ran.out


@pytest.mark.parametrize("ranges", [("--x", "-3:3"), ("--x", "-3:3", "--y", "0:1")])
@pytest.mark.parametrize(("width", "height"), [(33, 12), (120, 40), (8, 8)])
def test_a_plot_keeps_to_its_size(ranges: tuple[str, ...], width: int, height: int) -> None:
    formula = "x^2*y" if "--y" in ranges else "x^2"
    lines = lines_of(quick("plot", formula, *ranges, "--width", str(width), "--height", str(height)))
    if width > 8:
        assert max(map(len, lines)) <= width
        assert len(lines) <= height
    else:  # less than is room for: it is a little larger
        assert max(map(len, lines)) <= 32
        assert len(lines) <= 20


def test_a_terminal_sets_the_size_and_has_colours() -> None:
    ran = at_terminal("plot", "sin(x)", "--x", "0:7", columns=60, rows=20)
    assert "\x1b[" in ran.out
    plain = at_terminal("plot", "sin(x)", "--x", "0:7", columns=60, rows=20, env={"NO_COLOR": "1"})
    assert "\x1b[" not in plain.out
    lines = plain.out.splitlines()
    assert max(map(len, lines)) == 60
    assert len(lines) == 19


def test_colours_are_the_choice_of_the_user() -> None:
    for ranges in (("--x", "0:1"), ("--x", "0:1", "--y", "0:1")):
        assert (
            "\x1b[" in quick("plot", "x*(y = 1)" if False else "x", *ranges[:2], "--color", "always").out
        )
        assert "\x1b[" not in quick("plot", "x", *ranges[:2], "--color", "never").out


def test_marks_are_drawn_and_told() -> None:
    out = quick("plot", "1/x + abs(x - 1)", "--x", "-2:2").out
    assert "┊" in out
    assert "◆" in out
    assert "pole at x = 0" in out
    assert "kink at x = 1" in out
    jump = quick("plot", "floor(x)", "--x", "-0.5:0.5").out
    assert "●" in jump
    assert "○" in jump
    edge = quick("plot", "sqrt(x)", "--x", "-1:1").out
    assert "edge of the domain at x = 0" in edge


def test_the_window_can_be_set() -> None:
    out = quick("plot", "x^2", "--x", "-3:3", "--ylim", "-100:100").out
    assert "100┤" in out
    assert "-100┤" in out


def test_a_map_is_readable_without_colours() -> None:
    out = quick("plot", "x + y", "--x", "0:1", "--y", "0:1").out
    first = next(line for line in out.splitlines() if "┤" in line)
    assert "█" in first
    assert "↗" in out
    assert "direction of the gradient" in out
    assert "↗" not in quick("plot", "x + y", "--x", "0:1", "--y", "0:1", "--order", "0").out
    assert "┊ jump or pole" in quick("plot", "1/(x - y)", "--x", "-1:1", "--y", "-1:1").out


def test_a_terminal_without_these_characters_gets_others() -> None:
    for arguments in (("abs(x)", "--x", "-1:1", "--order", "2"), ("x - y", "--x", "0:1", "--y", "0:1")):
        ran = run("plot", *arguments, env={"PYTHONIOENCODING": "ascii"})
        assert ran.code == 0
        assert "\\u" not in ran.out
        assert ran.out.isascii()
        assert len(ran.out.splitlines()) == 24 or "--y" in arguments


def test_one_plot_leaves_nothing_for_the_next() -> None:
    alone = quick("plot", "x^2", "--x", "0:1").out
    quick("plot", "sin(x)/x", "--x", "-9:9", "--order", "2", "--width", "50")
    assert quick("plot", "x^2", "--x", "0:1").out == alone


def test_the_hint_of_a_range_is_about_that_range() -> None:
    for arguments, hint in (
        (("width=3:1",), "width=-3:3"),
        (("--x", "0:1", "--ylim", "3"), "--ylim -3:3"),
    ):
        ran = quick("plot", "x + 0*width", *arguments)
        assert ran.code == 2
        assert ran.err.endswith(f"for example: {hint}\n")


# -- Files


def drawn(path: Path, *arguments: str) -> bytes:
    ran = quick("plot", *arguments, "-o", str(path))
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    return path.read_bytes()


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_files_are_the_same_each_time(ending: str, tmp_path: Path) -> None:
    magic = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[ending]
    for arguments in (("abs(x)", "--x", "-1:1"), ("x*y", "--x", "-1:1", "--y", "0:1", "--points", "20")):
        first = drawn(tmp_path / f"a.{ending}", *arguments)
        assert first.startswith(magic)
        assert drawn(tmp_path / f"b.{ending}", *arguments) == first
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"a.{ending}", f"b.{ending}"]


def test_svg_has_its_text_as_text(tmp_path: Path) -> None:
    svg = drawn(tmp_path / "a.svg", "x_1^2*α < 3 ? x_1 : $$".replace("$$", "2"), "x_1=-3:3", "α=2")
    texts = ["".join(element.itertext()) for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert "where(x_1^2*α < 3, x_1, 2)" in texts
    assert "d/dx_1" in texts
    assert "x_1" in texts
    assert any("α = 2" in text for text in texts)


def test_svg_is_transparent_and_png_is_white(tmp_path: Path) -> None:
    svg = ElementTree.fromstring(drawn(tmp_path / "a.svg", "x", "--x", "0:1"))
    background = svg.find(f".//{SVG}g[@id='patch_1']/{SVG}path")
    assert background is None or "fill: none" in background.attrib["style"]
    from matplotlib.image import imread

    drawn(tmp_path / "a.png", "x", "--x", "0:1", "--width", "300", "--height", "200")
    pixels = imread(str(tmp_path / "a.png"))
    assert pixels.shape[:2] == (400, 600)
    assert tuple(pixels[0, -1]) == (1, 1, 1, 1)


@pytest.mark.parametrize("formula", ["tan(9x)", "floor(x)", "3 + 0*x", "x^x", "1e300*x"])
def test_any_picture_can_be_drawn(formula: str, tmp_path: Path) -> None:
    assert drawn(tmp_path / "a.png", formula, "--x", "-3:3", "--order", "2", "--points", "30")


def test_a_failed_file_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    path.write_text("old")
    assert quick("plot", "log(x)", "--x", "-2:-1", "-o", str(path)).code == 4
    assert path.read_text() == "old"
    ran = quick("plot", "x", "--x", "0:1", "-o", str(tmp_path / "none" / "a.svg"))
    assert ran.code == 1
    assert "cannot write" in ran.err
    assert [p.name for p in tmp_path.iterdir()] == ["a.svg"]


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_and_a_style_of_the_users_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text(
        "backend: nonsense\nlines.linewidth: 9\nfigure.facecolor: red\n"
    )
    plain = tmp_path / "a.svg"
    ran = run("plot", "x", "--x", "0:1", "-o", str(plain), env={"MPLCONFIGDIR": "/dev/null/no"})
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    styled = tmp_path / "b.svg"
    changes = {"MPLCONFIGDIR": str(tmp_path), "MPLBACKEND": "TkAgg", "DISPLAY": None}
    ran = run("plot", "x", "--x", "0:1", "-o", str(styled), cwd=tmp_path, env=changes)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert styled.read_bytes() == plain.read_bytes()


def test_errors_are_json_with_json() -> None:
    ran = quick("plot", "x", "--json")
    assert json.loads(ran.err)["error"]["code"] == "usage"
    ran = quick("plot", "x", "--x", "0:1", "--json", "--format", "csv")
    assert "contradict" in json.loads(ran.err)["error"]["message"]
