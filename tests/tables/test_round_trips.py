"""Every format to every other, with all that tables have in them."""

import json
import math
import os
import subprocess
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from command import COMMAND, environment, quick

FORMATS = ["csv", "tsv", "ndjson", "parquet", "arrow"]

_READ: dict[str, Callable[..., pl.DataFrame]] = {
    "csv": lambda path: pl.read_csv(path, infer_schema=False),
    "tsv": lambda path: pl.read_csv(path, separator="\t", infer_schema=False),
    "ndjson": lambda path: pl.DataFrame(
        [json.loads(line) for line in Path(path).read_text().splitlines()]
    ),
    "parquet": pl.read_parquet,
    "arrow": pl.read_ipc,
}

# x feeds the variable; the other columns are only passed on.
_TABLE: dict[str, list[Any]] = {
    "x": [1.5, -0.0, math.inf, -math.inf, math.nan, None, 5e-324, 1.7976931348623157e308, 0.1],
    "id": ["007", "1.50", 'a "b"', "c,d", "e\tf", "g\nh", "é", " i ", "j"],
}


def write(path: Path, form: str) -> str:
    frame = pl.DataFrame(_TABLE)
    match form:
        case "csv":
            frame.write_csv(path)
        case "tsv":
            frame.write_csv(path, separator="\t")
        case "ndjson":
            words = {math.inf: "Infinity", -math.inf: "-Infinity"}
            for row in frame.to_dicts():
                row["x"] = (
                    "NaN"
                    if row["x"] is not None and math.isnan(row["x"])
                    else words.get(row["x"], row["x"])
                )
                with path.open("a") as file:
                    file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
        case "parquet":
            frame.write_parquet(path)
        case _:
            frame.write_ipc(path)
    return str(path)


def as_float(cell: Any) -> float | None:
    return None if cell in (None, "") else float(cell)


def same(found: list[Any], expected: list[Any]) -> bool:
    return [repr(as_float(cell)) for cell in found] == [repr(cell) for cell in expected]


@pytest.mark.parametrize(("source", "target"), list(product(FORMATS, FORMATS)))
def test_every_format_to_every_other(tmp_path: Path, source: str, target: str) -> None:
    table = write(tmp_path / f"in.{source}", source)
    out = str(tmp_path / f"out.{target}")
    ran = quick("batch", "2*x", table, "-o", out, "--allow-nonfinite")
    assert ran.code == 0, ran.err
    found = _READ[target](out)
    assert found.columns == ["x", "id", "value", "d.x"]
    assert same(found["x"].to_list(), _TABLE["x"])
    assert found["id"].to_list() == _TABLE["id"]
    assert same(found["value"].to_list(), [None if x is None else 2 * x for x in _TABLE["x"]])
    assert same(found["d.x"].to_list(), [None if x is None else 2.0 for x in _TABLE["x"]])
    if target in ("parquet", "arrow"):
        assert found.schema["x"] == found.schema["value"] == found.schema["d.x"] == pl.Float64
    if target == "ndjson":
        assert "NaN" in found["value"].to_list() or math.isnan(as_float(found["value"][4]) or 0)
    # And back again, with the results as columns.
    back = str(tmp_path / f"back.{source}")
    ran = quick("batch", "x", out, "--map", "x=value", "--prefix", "f.", "-o", back, "--allow-nonfinite")
    assert ran.code == 0, ran.err
    assert same(
        _READ[source](back)["f.value"].to_list(),
        found["value"].map_elements(as_float, pl.Float64).to_list(),
    )


@pytest.mark.parametrize("form", ["csv", "tsv", "ndjson"])
def test_text_comes_out_as_it_went_in(tmp_path: Path, form: str) -> None:
    lines = {
        "csv": 'a,x,b\n 1.50 ,1.50,007\n"c,d",+2,"e ""f"""\n,3e0,""\n',
        "tsv": 'a\tx\tb\n 1.50 \t1.50\t007\nc,d\t+2\t"e ""f"""\n\t3e0\t""\n',
        "ndjson": '{"a":1.50,"x":1.50,"b":12345678901234567890123}\n{"x":2e0,"b":{"k": [1]}}\n',
    }[form]
    (tmp_path / f"t.{form}").write_text(lines)
    ran = quick("batch", "x^2", str(tmp_path / f"t.{form}"), "--only", "a,x,b")
    assert ran.code == 0, ran.err
    assert ran.out == lines


def test_types_stay(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "x": [1, 2, None],
            "day": [date(2020, 1, 2)] * 3,
            "time": [datetime(2020, 1, 2, 3, 4, 5, 6)] * 3,
            "span": [timedelta(seconds=5)] * 3,
            "price": pl.Series([Decimal("1.50")] * 3, dtype=pl.Decimal(10, 2)),
            "is_so": [True, False, None],
            "list": [[1, 2], [], None],
            "record": [{"a": 1, "b": "x"}] * 3,
            "kind": pl.Series(["u", "v", None], dtype=pl.Categorical),
            "bytes": [b"\x00\xff"] * 3,
            "large": pl.Series([2**64 - 1] * 3, dtype=pl.UInt64),
        }
    )
    frame.write_parquet(tmp_path / "t.parquet")
    for form in ("parquet", "arrow"):
        out = str(tmp_path / f"o.{form}")
        assert quick("batch", "x*price", str(tmp_path / "t.parquet"), "-o", out).code == 0
        found = _READ[form](out)
        assert found.select(frame.columns).equals(frame)
        assert found.select(frame.columns).schema == frame.schema
        assert found["value"].to_list() == [1.5, 3.0, None]
    only = "day,time,span,price,is_so,list,record,kind,large,value"
    ran = quick("batch", "x*price", str(tmp_path / "t.parquet"), "--only", only, "--to", "ndjson")
    first = json.loads(ran.out.splitlines()[0])
    assert first["list"] == [1, 2]
    assert first["record"] == {"a": 1, "b": "x"}
    assert first["large"] == 2**64 - 1
    assert first["is_so"] is True
    assert first["day"] == "2020-01-02"
    ran = quick("batch", "x*price", str(tmp_path / "t.parquet"), "--only", only, "--to", "csv")
    assert ran.code == 0, ran.err
    assert '"[1,2]","{""a"":1,""b"":""x""}",u,18446744073709551615,1.5' in ran.out
    for form in ("csv", "tsv", "ndjson"):
        refused = quick("batch", "x*price", str(tmp_path / "t.parquet"), "--to", form)
        assert (refused.code, refused.out) == (2, "")
        assert "bytes" in refused.err


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_columnar_formats_through_pipes(tmp_path: Path, form: str) -> None:
    table = Path(write(tmp_path / f"in.{form}", form))
    with subprocess.Popen(
        [*COMMAND, "batch", "2*x", "--from", form, "--allow-nonfinite"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    ) as process:
        out, _ = process.communicate(table.read_bytes())
    assert process.returncode == 0
    (tmp_path / "out").write_bytes(out)
    assert same(_READ[form](tmp_path / "out")["x"].to_list(), _TABLE["x"])


@pytest.mark.parametrize("source", ["csv", "parquet", "arrow"])
@pytest.mark.parametrize("target", FORMATS)
def test_tables_without_rows(tmp_path: Path, source: str, target: str) -> None:
    frame = pl.DataFrame(schema={"x": pl.Float64, "s": pl.String})
    path = tmp_path / f"e.{source}"
    {"csv": frame.write_csv, "parquet": frame.write_parquet, "arrow": frame.write_ipc}[source](path)
    ran = quick("batch", "2*x", str(path), "-o", str(tmp_path / f"o.{target}"))
    assert ran.code == 0, ran.err
    if target == "ndjson":
        assert (tmp_path / "o.ndjson").read_bytes() == b""
    else:
        found = _READ[target](tmp_path / f"o.{target}")
        assert found.columns == ["x", "s", "value", "d.x"]
        assert len(found) == 0


def table_of(path: Path, data: str | bytes) -> str:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return str(path)


def test_several_files_and_patterns(tmp_path: Path) -> None:
    for i in range(3):
        table_of(tmp_path / f"part-{i}.csv", f"x,s\n{i},a\n{i + 10},b\n")
    ran = quick("batch", "2*x", str(tmp_path / "part-*.csv"), "--only", "x,value")
    assert ran.out.split() == ["x,value", "0,0.0", "10,20.0", "1,2.0", "11,22.0", "2,4.0", "12,24.0"]
    table_of(tmp_path / "part-3.csv", "x,s\na,b\n")
    ran = quick("batch", "2*x", *(str(tmp_path / f"part-{i}.csv") for i in (0, 3)), "--on-error", "fail")
    assert ran.code == 5
    assert "row 3: x is 'a', not a number" in ran.err


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["none-*.csv"], "no file fits"),
        (["a.csv", "b.csv"], "different columns"),
        (["a.csv", "c.ndjson"], "c.ndjson is ndjson"),
        (["-", "-"], "standard input can be read once"),
        (["a.xyz"], "the format of a.xyz is not known"),
    ],
)
def test_files_that_do_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    table_of(tmp_path / "a.csv", "x,y\n1,2\n")
    table_of(tmp_path / "b.csv", "y,x\n1,2\n")
    table_of(tmp_path / "c.ndjson", '{"x":1,"y":2}\n')
    ran = quick("batch", "x*y", *names)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize("form", ["parquet", "arrow"])
@pytest.mark.parametrize("data", [b"", b"x,y\n1,2\n", b"PAR1", b"ARROW1\0\0" + bytes(100)])
def test_files_that_are_no_tables(tmp_path: Path, form: str, data: bytes) -> None:
    path = table_of(tmp_path / f"t.{form}", data)
    ran = quick("batch", "x", path)
    assert (ran.code, ran.out) == (1, "")
    assert "cannot be read" in ran.err


def test_missing_files_and_folders(tmp_path: Path) -> None:
    for form in FORMATS:
        ran = quick("batch", "x", str(tmp_path / f"none.{form}"))
        assert (ran.code, ran.out) == (1, "")
        assert "cannot read" in ran.err
        (tmp_path / f"folder.{form}").mkdir()
        ran = quick("batch", "x", str(tmp_path / f"folder.{form}"))
        assert (ran.code, ran.out) == (1, "")


@pytest.mark.parametrize("form", FORMATS)
def test_keys_of_a_second_file(tmp_path: Path, form: str) -> None:
    """The columns of other formats are there before the key is."""
    table_of(tmp_path / "a.ndjson", '{"x":1,"y":2}\n')
    table_of(tmp_path / "b.ndjson", '{"x":3}\n')
    table_of(tmp_path / "c.ndjson", '{"x":4,"new":5}\n')
    out = tmp_path / f"o.{form}"
    ran = quick("batch", "x", *(str(tmp_path / f"{name}.ndjson") for name in "ab"), "-o", str(out))
    assert ran.code == 0, ran.err
    found = _READ[form](out)
    assert [as_float(cell) for cell in found["value"]] == [1.0, 3.0]
    assert [as_float(cell) for cell in found["y"]] == [2.0, None]
    out.unlink()
    ran = quick("batch", "x", *(str(tmp_path / f"{name}.ndjson") for name in "ac"), "-o", str(out))
    if form == "ndjson":
        assert json.loads(out.read_text().splitlines()[-1]) == {
            "x": 4,
            "new": 5,
            "value": 4.0,
            "d.x": 1.0,
        }
        return
    assert ran.code == 5
    assert "'new' is a key that the first rows have not" in ran.err
    assert not out.exists()


# Runs the command so that no file can be longer than 100 kB.
_SMALL_FILES = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from autodiff_cli.__main__ import main
main()
"""


@pytest.mark.slow
def test_a_disk_that_is_full(tmp_path: Path) -> None:
    path = table_of(tmp_path / "t.csv", "x\n" + "1\n" * 200_000)
    for form in ("csv", "ndjson", "parquet"):
        out = tmp_path / f"o.{form}"
        done = subprocess.run(
            [COMMAND[0], "-c", _SMALL_FILES, "batch", "sin(x)", "--x", "0:1:50000n", "-o", str(out)],
            capture_output=True,
            env=environment(),
            check=False,
            timeout=100,
        )
        err = done.stderr.decode()
        assert done.returncode == 1, (form, err)
        assert "Traceback" not in err, err
        assert err.startswith("error: cannot write "), err
        assert "File too large" in err, err
        assert sorted(os.listdir(tmp_path)) == ["t.csv"], form
    if os.path.exists("/dev/full"):
        for form in ("csv", "ndjson", "parquet"):
            with open("/dev/full", "wb") as full:
                done = subprocess.run(
                    [*COMMAND, "batch", "2*x", path, "--to", form],
                    stdout=full,
                    stderr=subprocess.PIPE,
                    env=environment(),
                    check=False,
                    timeout=100,
                )
            err = done.stderr.decode()
            assert done.returncode == 1, (form, err)
            assert "Traceback" not in err, err
            assert "No space left" in err, err


@pytest.mark.parametrize("form", FORMATS)
def test_an_error_leaves_no_file(tmp_path: Path, form: str) -> None:
    path = table_of(tmp_path / "t.csv", "x\n1\n2\na\n")
    ran = quick("batch", "2*x", path, "-o", str(tmp_path / f"o.{form}"), "--on-error", "fail")
    assert ran.code == 5
    assert "row 3" in ran.err
    assert os.listdir(tmp_path) == ["t.csv"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_killed_run_leaves_no_half_file(tmp_path: Path, form: str) -> None:
    out = tmp_path / f"o.{form}"
    out.write_bytes(b"before")
    with subprocess.Popen(
        [*COMMAND, "batch", "2*x", "-o", str(out)], stdin=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"x\n" + b"1\n" * 300_000)
        process.stdin.flush()
        process.kill()
        process.stdin.close()
        process.wait()
    assert out.read_bytes() == b"before"


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    path = table_of(tmp_path / "t.csv", "x\n" + "1\n" * 300_000)
    for form in ("csv", "ndjson"):
        with subprocess.Popen(
            [*COMMAND, "batch", "2*x", path, "--to", form],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.read(10)
            process.stdout.close()
            assert process.stderr.read() == b""
            process.wait()
        assert process.returncode == 141
