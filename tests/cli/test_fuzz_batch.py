"""Whatever the arguments and the table of a batch: a documented exit code, and never an exception."""

import os
from pathlib import Path

import pytest
from command import quick
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

EXITS = frozenset({0, 1, 2, 3, 4, 5})
COMMON = settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
FORMULAS = st.sampled_from(
    ["x", "x*y", "sqrt(x)", "abs(x)+y", "where(x < y, x, 1/y)", "q = x; f = q*y", "3", "x + %", "value"]
)
OPTIONS = st.sampled_from(
    [
        *["--x=1", "--x", "--y=0:1:0.5", "--y=0:1:3n", "--x=0:1:0n", "--x=1:0:-0.5", "--x=0:inf:1"],
        *["--map=x=y", "--map=x=", "--map=y=x", "--only=x", "--only=value,d.x", "--only=,", "--wrt=x"],
        *["--on-error=fail", "--on-error=skip", "--on-error=null", "--prefix=f.", "--prefix=", "--n=3"],
        *["--random=x=0:1", "--random=y=normal(0,1),x=1:2", "--random=x=normal(0", "--seed=1", "--n=0"],
        *["--from=csv", "--from=ndjson", "--from=tsv", "--to=ndjson", "--to=csv", "--to=tsv"],
        *["--from=parquet", "--to=parquet", "--to=arrow", "--order=2", "--output=q", "--output=f,q"],
        *["--allow-nonfinite", "--engine=arrays", "--engine=compiled", "--json", "-o", "-", "x=2", "--"],
        *["/no/such/file.csv", "/dev/null", ".", "*.csv", "--set=y=2", "--params=/no/such", "-h"],
    ]
)
CELLS = st.one_of(
    st.floats().map(repr),
    st.sampled_from(["", "abc", "1e999", "nan", "-inf", "0", '"1"', '"a\nb"', '"', "é", "\0", "1,2"]),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=4),
)
ROWS = st.lists(CELLS, min_size=1, max_size=4)
DELIMITED = st.builds(
    lambda header, rows, separator, end: end.join(separator.join(row) for row in [header, *rows]),
    st.sampled_from([["x", "y"], ["x"], ["y", "x", "value"], ["x", "x"], ["", "x"], ["\ufeffx", "y"]]),
    st.lists(ROWS, max_size=5),
    st.sampled_from([",", "\t"]),
    st.sampled_from(["\n", "\r\n", "\n\n"]),
)
VALUES = st.sampled_from(
    ["1", "-2.5", "null", "true", '"3"', '"NaN"', "NaN", "[1]", '{"a": 1}', "1e999", '""', "0x1"]
)
OBJECTS = st.one_of(
    st.builds('{{"x": {}, "y": {}}}'.format, VALUES, VALUES),
    st.builds('{{"y": {}}}'.format, VALUES),
    st.sampled_from(["{}", "", "[1]", "1", '{"x": 1', '{"x": 1, "x": 2}', '{"x": 1} 2', '{"new": 1}']),
)
TABLES = st.one_of(
    DELIMITED.map(str.encode), st.lists(OBJECTS, max_size=5).map("\n".join).map(str.encode), st.binary()
)


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory):
    """A folder of their own, for what a run may write."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("fuzz"))
    yield
    os.chdir(before)


def check(table: bytes, *arguments: str) -> None:
    """A run on a table as a file, which ends well or says why not."""
    path = Path("table")
    path.write_bytes(table)
    ran = quick("batch", *arguments, str(path))
    assert ran.code in EXITS
    if ran.code:
        assert "error: " in ran.err
        assert ran.out == "" or ran.code == 5, ran


@COMMON
@given(FORMULAS, st.lists(OPTIONS, max_size=6))
@example("x", ["--random=x=0:1", "--n=3", "--x=1"])
def test_arguments(formula: str, options: list[str]) -> None:
    check(b"x,y\n1,2\n-1,0\n,a\n", formula, *options, "--from=csv")


@COMMON
@given(
    TABLES,
    st.sampled_from(["csv", "tsv", "ndjson"]),
    st.sampled_from(["csv", "ndjson", "parquet"]),
    st.sampled_from(["fail", "skip", "null"]),
    st.sampled_from(["sqrt(x)", "1/x", "abs(x)", "x*y"]),
)
def test_tables(table: bytes, source: str, target: str, on_error: str, formula: str) -> None:
    options = ["--on-error", on_error, "--from", source, "--to", target]
    check(table, formula, *options, *([] if "y" in formula else ["--prefix", "f."]))


@COMMON
@given(st.binary(max_size=200), st.sampled_from(["parquet", "arrow"]))
def test_bytes_as_binary_tables(table: bytes, form: str) -> None:
    check(table, "x", "--from", form)
