"""`eval` at several points: a row for each, with what `eval` gives there."""

import math

import pytest
from command import Ran, evaluated, quick, strict_json


def points(*arguments: str, code: int = 0) -> Ran:
    ran = quick("eval", *arguments)
    assert ran.code == code, ran
    return ran


def test_a_row_for_each_point() -> None:
    ran = points("x^2*y", "--x", "0:1:0.5", "--y", "3")
    assert ran.out == "x\tvalue\td.x\td.y\n0\t0\t0\t0\n0.5\t0.75\t3\t0.25\n1\t3\t6\t1\n"
    assert ran.err == ""


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("csv", "x,value,d.x\n1,2,2\n2,4,2\n"),
        ("plain", "x\tvalue\td.x\n1\t2\t2\n2\t4\t2\n"),
        ("markdown", "| x | value | d.x |\n| ---: | ---: | ---: |\n| 1 | 2 | 2 |\n| 2 | 4 | 2 |\n"),
        ("table", "2*x\n\nx  value  d.x\n1      2    2\n2      4    2\n"),
    ],
)
def test_formats(form: str, text: str) -> None:
    assert points("2*x", "x=1:2:2n", "--format", form).out == text


def test_a_long_table_is_cut_in_the_middle() -> None:
    short = points("x", "--x", "1:100:1", "--format", "table").out
    assert "60 more rows; --all shows them" in short
    assert len(points("x", "--x", "1:100:1", "--format", "table", "--all").out.splitlines()) == 103


def test_the_last_range_varies_fastest() -> None:
    ran = points("x + y", "--y", "1:2:2n", "--x", "0:1:1", "--get", "y,x,value")
    assert ran.out == "1\t0\t1\n1\t1\t2\n2\t0\t2\n2\t1\t3\n"


def test_json_has_for_each_point_what_eval_has() -> None:
    ran = points("abs(x)*k", "--x", "-1:1:1", "--k", "2", "--order", "2", "--json")
    found = strict_json(ran.out)
    assert found["schema"] == "autodiff.points/1"
    assert (found["inputs"], found["varying"]) == ({"k": 2.0}, ["x"])
    for point, x in zip(found["points"], (-1.0, 0.0, 1.0), strict=True):
        theirs = evaluated("abs(x)*k", f"x={x}", "k=2", "--order", "2")
        assert point["inputs"] == {"x": x}
        for key in ("value", "gradient", "hessian", "differentiable", "one_sided", "error_estimate"):
            assert point[key] == theirs[key]
        assert [w["message"] for w in point["warnings"]] == [w["message"] for w in theirs["warnings"]]
    assert ran.err == ""


def test_a_pole_does_not_hide_the_other_points() -> None:
    ran = points("1/x", "--x", "-1:1:1", code=4)
    assert ran.out == "x\tvalue\td.x\n-1\t-1\t-1\n0\t\t\n1\t1\t-1\n"
    assert "1 of 3 points has no result: at x = 0: 1/x at x = 0 is outside the domain" in ran.err
    json = strict_json(points("1/x", "--x", "-1:1:1", "--json", code=4).out)
    assert json["points"][1]["error"]["code"] == "math"
    allowed = points("1/x", "--x", "-1:1:1", "--allow-nonfinite", "--get", "value")
    assert allowed.out == "-1\ninf\n1\n"


def test_kinks_are_settled_and_told_with_their_points() -> None:
    ran = points("relu(x) - relu(-x) + abs(y)", "--x", "0:1:1", "--y", "0", "--get", "d.x,d.y")
    assert ran.out == "1\t0\n1\t0\n"
    assert "at x = 0: abs(y) has a kink at y = 0" in ran.err


def test_only_the_first_warnings_are_told() -> None:
    ran = points("abs(y)*x", "--y", "0", "--x", "1:10:1")
    assert ran.err.count("has a kink") == 5
    assert "5 more warnings" in ran.err


def test_random_points() -> None:
    arguments = ("x*y", "--random", "x=0:1,y=integers(1,3)", "--n", "4")
    first = points(*arguments)
    seed = first.err.split("--seed ")[1].split()[0]
    assert points(*arguments, "--seed", seed).out == first.out
    assert len(first.out.splitlines()) == 5


def test_parts_of_ranges_are_constant_expressions() -> None:
    ran = points("x", "--x", "0:2*pi:3n", "--get", "x")
    assert [float(line) for line in ran.out.split()] == [0.0, math.pi, 2 * math.pi]


def test_a_choice_is_no_range() -> None:
    assert points("x", "--x", "1 > 0 ? 2 : 3", "--get", "value").out == "2\n"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--x", "0:1"), "is no range"),
        (("--x", "0:1:0"), "the step is 0"),
        (("--x", "0:1:-1"), "do not lead"),
        (("--x", "0:inf:1"), "no inf"),
        (("--x", "0:1:0n"), "no number of points"),
        (("--x", "0:1:2.5n"), "no number of points"),
        (("--x", "0:1:1n"), "at both ends"),
        (("--x", "0:y:1"), "y is not a number"),
        (("--x", "0:1:1e-5"), "autodiff batch takes any number"),
        (("--x", "0:1:1", "--random", "y=0:1", "--n", "2"), "x is a range"),
        (("--random", "x=0:1"), "--n is missing"),
        (("--n", "3"), "--n is for random points"),
        (("--seed", "3"), "--seed is for random points"),
        (("--random", "x", "--n", "1"), "not name=distribution"),
        (("--random", "x=2", "--n", "1"), "no distribution"),
        (("--random", "x=normall(0,1)", "--n", "1"), "did you mean normal?"),
        (("--random", "x=normal(0)", "--n", "1"), "normal takes 2 numbers"),
        (("--random", "x=normal(0,-1)", "--n", "1"), "needs sd >= 0"),
        (("--random", "x=0:1,x=1:2", "--n", "1"), "given twice"),
        (("--random", "q=0:1", "--n", "1"), "no variable q"),
        (("--x", "0:1:1", "--certify"), "do not go together"),
        (("--x", "0:1:1", "--digits", "20"), "do not go together"),
        (("--x", "0:1:1", "--order", "3"), "do not go together"),
        (("--x", "0:1:1", "--format", "tree"), "do not go together"),
        (("--x", "0:1:1", "--mode", "forward"), "do not go together"),
        (("--x", "0:1:1", "--direction", "x=1"), "do not go together"),
        (("--x", "0:1:1", "--stream"), "do not go together"),
        (("--x", "0:1:1", "--get", "valu"), "did you mean value?"),
    ],
)
def test_usage(arguments: tuple[str, ...], part: str) -> None:
    ran = quick("eval", "x", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert part in ran.err
