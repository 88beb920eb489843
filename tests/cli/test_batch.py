"""`autodiff batch`: rows of a table in, the same rows with value and gradient out."""

import csv
import io
import json
import signal
import subprocess
import sys
from math import isnan, ulp
from pathlib import Path

import polars as pl
import pytest
from command import COMMAND, Ran, evaluated, quick, run, strict_json

FEYNMAN = json.loads((Path(__file__).parents[1] / "data/feynman.json").read_text())["cases"]
TABLE = "x,y\n1,2\n3,4\n0.5,-1\n"


def rows(ran: Ran) -> list[dict[str, str]]:
    """The rows of CSV that was written."""
    assert ran.code == 0, ran.err
    return list(csv.DictReader(io.StringIO(ran.out)))


def batch(*arguments: str, table: str = TABLE) -> Ran:
    """A run with a table on standard input."""
    return quick("batch", *arguments, stdin=table.encode())


def refused(*arguments: str, table: str = TABLE, code: int = 2) -> str:
    """What a run says that must fail before anything is written."""
    ran = batch(*arguments, table=table)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("error: ")
    return ran.err


# -- Columns ----------------------------------------------------------------------------------


def test_columns_feed_variables_and_results_are_added() -> None:
    ran = batch("x^2*y")
    assert ran.err == ""
    assert ran.out == ("x,y,value,d.x,d.y\n1,2,2.0,4.0,1.0\n3,4,36.0,24.0,9.0\n0.5,-1,-0.25,-1.0,0.25\n")


def test_other_columns_pass_as_they_are_written() -> None:
    table = 'name,x,n\n"a, ""b""",1.50,007\n,2e0,-0\n'
    ran = batch("x+1", "--only", "n,value,name", table=table)
    assert ran.out == 'n,value,name\n007,2.5,"a, ""b"""\n-0,3.0,\n'


def test_options_give_what_columns_do_not() -> None:
    found = rows(batch("k*x + y", "--k", "2*pi", "--wrt", "k,x"))
    assert [float(row["d.x"]) for row in found] == [6.283185307179586] * 3
    assert "d.y" not in found[0]


def test_a_value_wins_over_a_column() -> None:
    ran = batch("x*y", "--y", "10")
    assert [row["value"] for row in rows(ran)] == ["10.0", "30.0", "5.0"]
    assert "y is the value given, not the column" in ran.err


def test_columns_of_any_name_can_be_mapped() -> None:
    found = rows(batch("a*b", "--map", "a=my col", "--map", "b=my col", table="my col\n3\n"))
    assert (found[0]["value"], found[0]["d.a"]) == ("9.0", "3.0")


def test_names_of_columns_are_compared_like_names_in_formulas() -> None:
    """The micro sign is a Greek mu, as in a formula."""
    assert rows(batch("2*μ", table="\u00b5\n4\n"))[0]["value"] == "8.0"


def test_a_column_named_like_a_constant_is_told() -> None:
    ran = batch("x*e", table="x,e\n1,5\n")
    assert float(rows(ran)[0]["value"]) == 2.718281828459045
    assert "e is the constant; --map e=e takes the column" in ran.err
    assert rows(batch("x*e", "--map", "e=e", table="x,e\n1,5\n"))[0]["value"] == "5.0"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("x*z",), "there is no column z"),
        (("x*yy",), "--map yy=y"),
        (("x", "--map", "x=q"), "there is no column q"),
        (("x", "--map", "x"), "not name=column"),
        (("x", "--map", "q=y"), "no variable q"),
        (("x", "--map", "x=y", "--x", "2"), "x has a value, and is to vary too"),
        (("x", "--q", "2"), "no variable q"),
        (("x", "--only", "nope"), "no column or result nope"),
        (("x", "--only", "x,"), "a name is missing"),
        (("x", "--output", "q"), "no q"),
        (("x", "--wrt", "q"), "no q"),
        (("x", "--n", "3"), "--n is for random points"),
        (("x", "--to", "csv", "-o", "t.nope", "--from", "nope"), "nope"),
        (("x", "-o", "t.nope"), "not known by its ending"),
        (("x", "nothing*.csv"), "no file fits"),
        (("-",), "both be standard input"),
        (("x", "--x", "0:1:0.5", "table.csv"), "from points and from a table"),
    ],
)
def test_usage(arguments: tuple[str, ...], part: str) -> None:
    assert part in refused(*arguments)


def test_results_never_take_the_place_of_columns() -> None:
    assert "--prefix" in refused("x", table="x,value\n1,2\n")
    ran = batch("x", "--prefix", "f.", table="x,value\n1,2\n")
    assert ran.out == "x,value,f.value,f.d.x\n1,2,1.0,1.0\n"


def test_second_derivatives_and_several_outputs() -> None:
    ran = batch(
        "a = x^2*y; b = x+y", "--output", "a,b", "--order", "2", "--only", "d.a.x,h.a.x.y,h.b.x.x"
    )
    assert ran.out == "d.a.x,h.a.x.y,h.b.x.x\n4.0,2.0,0.0\n24.0,6.0,0.0\n-1.0,1.0,0.0\n"


def test_a_formula_without_variables() -> None:
    assert batch("2*3", "--only", "value").out == "value\n6.0\n6.0\n6.0\n"


def test_the_formula_may_be_a_file_or_come_first_with_an_equals_sign(tmp_path: Path) -> None:
    (tmp_path / "f.txt").write_text("x*y")
    (tmp_path / "t.csv").write_text(TABLE)
    for formula in ("@f.txt", "f=x*y"):
        ran = run("batch", formula, "t.csv", cwd=tmp_path)
        assert [row["value"] for row in rows(ran)] == ["2.0", "12.0", "-0.5"]
    ran = run("batch", "-", "t.csv", cwd=tmp_path, stdin=b"x*y")
    assert len(rows(ran)) == 3


# -- Against eval -----------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_rows_are_what_eval_gives(form: str, tmp_path: Path) -> None:
    for case in FEYNMAN[::3]:
        points = [p["point"] for p in case["points"]]
        frame = pl.DataFrame({name: [p[name] for p in points] for name in case["variables"]})
        path, out = tmp_path / f"t.{form}", tmp_path / "out.parquet"
        getattr(frame, f"write_{form}")(path)
        assert quick("batch", case["expr"], str(path), "-o", str(out)).code == 0
        for row, point in zip(pl.read_parquet(out).to_dicts(), points, strict=True):
            theirs = evaluated(case["expr"], *[f"{name}={value!r}" for name, value in point.items()])
            check(row["value"], theirs["value"])
            scale = max(map(abs, theirs["gradient"].values()))
            for name, derivative in theirs["gradient"].items():
                check(row[f"d.{name}"], derivative, 1e-15 * scale)


def check(mine: float, theirs: float, slack: float = 0.0) -> None:
    """Each operation is within 2 units in the last place: a few dozen of them may add up."""
    assert abs(mine - theirs) <= max(32 * ulp(theirs), slack)


# -- Bad rows ---------------------------------------------------------------------------------

BAD = "id,x\n1,4\n2,-1\n3,abc\n4,\n5,0\n6,9\n"


def test_bad_rows_have_no_result_and_are_told_and_counted() -> None:
    ran = batch("sqrt(x)", table=BAD)
    found = rows(ran)
    assert [row["value"] for row in found] == ["2.0", "", "", "", "0.0", "3.0"]
    assert [row["d.x"] for row in found] == ["0.25", "", "", "", "", "0.16666666666666666"]
    assert "4 of 6 rows lack results" in ran.err
    assert "row 2: sqrt(x) at x = -1 is outside the domain" in ran.err
    assert "row 3: x is 'abc', not a number" in ran.err
    assert "row 4: x is empty" in ran.err
    assert "row 5: the derivative along x is inf" in ran.err
    assert "6 rows read: 2 complete, 4 with empty cells" in ran.err


def test_bad_rows_can_be_left_out() -> None:
    ran = batch("sqrt(x)", "--on-error", "skip", table=BAD)
    assert [row["id"] for row in rows(ran)] == ["1", "6"]
    assert "6 rows read: 2 complete, 4 left out" in ran.err


def test_bad_rows_can_end_the_run(tmp_path: Path) -> None:
    ran = batch("sqrt(x)", "--on-error", "fail", table=BAD)
    assert ran.code == 5
    assert ran.out == "id,x,value,d.x\n1,4,2.0,0.25\n"
    assert "row 2: sqrt(x) at x = -1" in ran.err
    out = tmp_path / "out.csv"
    out.write_text("before")
    assert batch("sqrt(x)", "--on-error", "fail", "-o", str(out), table=BAD).code == 5
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]


def test_what_is_not_finite_can_be_written() -> None:
    ran = batch("1/x", "--allow-nonfinite", table="x\n0\ninf\nnan\n-Infinity\n")
    found = rows(ran)
    assert [row["value"] for row in found[:2]] == ["inf", "0.0"]
    assert isnan(float(found[2]["value"]))
    assert found[3]["value"] == "-0.0"
    assert ran.err == ""


def test_kinks_are_settled_counted_and_told() -> None:
    ran = batch("abs(x) + relu(y) - relu(-y)", table="x,y\n1,0\n0,1\n0,0\n2,2\n")
    assert [(row["d.x"], row["d.y"]) for row in rows(ran)] == [
        ("1.0", "1.0"),
        ("0.0", "1.0"),
        ("0.0", "1.0"),
        ("1.0", "1.0"),
    ]
    assert "2 rows at a kink" in ran.err
    assert "row 2: abs(x) has a kink at x = 0" in ran.err


def test_the_first_of_many_bad_rows_are_told() -> None:
    ran = batch("log(x)", table="x\n" + "-1\n" * 1000)
    assert ran.err.count("  row ") == 5
    assert "and 995 more" in ran.err


def test_ragged_rows() -> None:
    ran = batch("x", table="x,y\n1,2,3\n4\n5,6\n")
    assert ran.out == "x,y,value,d.x\n1,2,,\n4,,,\n5,6,5.0,1.0\n"
    assert "row 1: has 3 cells, and there are 2 columns" in ran.err


# -- Points -----------------------------------------------------------------------------------


def test_ranges_make_a_grid_the_last_fastest() -> None:
    ran = run("batch", "x*y", "--x", "0:1:0.5", "--y", "1:2:2n", "--only", "x,y,value")
    assert (
        ran.out
        == "x,y,value\n0.0,1.0,0.0\n0.0,2.0,0.0\n0.5,1.0,0.5\n0.5,2.0,1.0\n1.0,1.0,1.0\n1.0,2.0,2.0\n"
    )


def test_random_points_come_again_with_their_seed() -> None:
    arguments = ("batch", "x*y", "--random", "x=0:1,y=normal(0,1)", "--n", "5")
    first = run(*arguments)
    seed = first.err.split("--seed ")[1].split()[0]
    assert run(*arguments, "--seed", seed).out == first.out
    assert len(rows(first)) == 5


def test_an_empty_random_table_has_a_header() -> None:
    assert run("batch", "x", "--random", "x=0:1", "--n", "0", "--seed", "1").out == "x,value,d.x\n"


# -- Files ------------------------------------------------------------------------------------


def test_several_files_are_one_table(tmp_path: Path) -> None:
    (tmp_path / "a1.csv").write_text("x\n1\n-1\n")
    (tmp_path / "a2.csv").write_text("x\n-2\n4\n")
    ran = run("batch", "sqrt(x)", "a*.csv", cwd=tmp_path)
    assert [row["value"] for row in rows(ran)] == ["1.0", "", "", "2.0"]
    assert "row 3: sqrt(x) at x = -2" in ran.err


def test_files_that_do_not_fit_are_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "b.csv").write_text("x,y\n1,2\n")
    ran = run("batch", "x", "a.csv", "b.csv", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "different columns" in ran.err


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    out = tmp_path / "out.ndjson"
    assert batch("x*y", "-o", str(out)).out == ""
    assert [strict_json(line)["value"] for line in out.read_text().splitlines()] == [2.0, 12.0, -0.5]
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("name", ["/nowhere/out.csv", "/nowhere/out.parquet", "/dev/full"])
def test_what_cannot_be_written(name: str) -> None:
    ran = batch("x", "-o", name, "--to", "csv")
    assert (ran.code, ran.out) == (1, "")
    assert f"cannot write {name}" in ran.err


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_text("no parquet")
    for name in ("nowhere.csv", "nowhere.parquet", "t.parquet", "."):
        ran = run("batch", "x", name, "--from", "csv" if name == "." else "parquet", cwd=tmp_path)
        assert ran.code == 1, ran
        assert ran.out == ""


def test_the_table_may_be_named_like_standard_input() -> None:
    assert len(rows(batch("x", "-"))) == 3


def test_a_reader_that_goes_away_ends_it_silently() -> None:
    command = [*COMMAND, "batch", "x*y", "--x", "0:1:1000n", "--y", "0:1:10000n"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "x,y,value,d.x,d.y\n"
    process.stdout.close()
    assert (process.wait(60), process.stderr.read()) == (141, "")
    process.stderr.close()


@pytest.mark.parametrize("redirection", [">&-", "> /dev/full"])
@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_standard_output_that_takes_nothing(form: str, redirection: str) -> None:
    line = f'"{sys.executable}" -m autodiff_cli batch "x^2" --x 0:1:100000n --to {form} {redirection}'
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False, timeout=60)
    reason = "standard output is closed" if "&" in redirection else "No space left on device"
    assert (done.returncode, done.stderr) == (1, f"error: cannot write the result: {reason}\n")


def test_infinities_of_both_signs_are_no_warning_of_numpy() -> None:
    ran = run("batch", "x", "--allow-nonfinite", stdin=b"x\ninf\n-inf\n")
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_interrupted_while_it_waits_it_ends_at_once(form: str) -> None:
    """Polars, once it is loaded, lets reads go on after signals."""
    first, answers = ("x\n1\n", 2) if form == "csv" else ('{"x": 1}\n', 1)
    process = subprocess.Popen(
        [*COMMAND, "batch", "x", "--from", form],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(first)
    process.stdin.flush()
    for _ in range(answers):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    try:
        assert process.wait(20) == 130
    finally:
        process.kill()
        _, err = process.communicate()
    assert "1 row" in err
