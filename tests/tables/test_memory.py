"""Tables of any length in little memory."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from command import COMMAND, environment

MEGABYTE = 2**20
# The address space that a run may have, most of it never touched, and the memory in use at its peak.
SPACE, PEAK = 4096 * MEGABYTE, 600 * MEGABYTE

# Writes a header and so many times 100,000 rows of a thousand bytes, with a cell in quotes.
_PRODUCER = r"""
import sys
piece = "".join(f'{i*0.001:.6f},{i*0.37:.4f},"text, {i:0970}"\n' for i in range(100_000)).encode()
sys.stdout.buffer.write(b"x,y,s\n")
for _ in range(int(sys.argv[1])):
    sys.stdout.buffer.write(piece)
"""
_LIMITED = f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, ({SPACE}, {SPACE}))
from autodiff_cli.__main__ import main
main()
"""


def run_limited(
    *arguments: str, stdin: object = subprocess.DEVNULL, stdout: object = subprocess.DEVNULL
) -> None:
    """A run within the limits."""
    process = subprocess.Popen(
        [COMMAND[0], "-c", _LIMITED, *arguments],
        stdin=stdin,  # pyright: ignore[reportArgumentType]
        stdout=stdout,  # pyright: ignore[reportArgumentType]
        env=environment(),
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    unit = 1 if sys.platform == "darwin" else 1024
    assert usage.ru_maxrss * unit < PEAK


@pytest.mark.slow
def test_gigabytes_through_a_pipe(tmp_path: Path) -> None:
    """Five of them: 52 pieces of about 100 MB."""
    pieces = 52
    with subprocess.Popen(
        [COMMAND[0], "-c", _PRODUCER, str(pieces)], stdout=subprocess.PIPE
    ) as producer:
        out = tmp_path / "out.csv"
        run_limited("batch", "x*y", "--only", "value", "-o", str(out), stdin=producer.stdout)
    assert producer.returncode == 0
    found = pl.scan_csv(out).select(pl.len(), pl.col("value").sum()).collect().row(0)
    exact = pieces * sum(i * 0.001 * round(i * 0.37, 4) for i in range(100_000))
    assert found[0] == pieces * 100_000
    assert found[1] == pytest.approx(exact, rel=1e-9)


@pytest.mark.slow
def test_millions_of_objects(tmp_path: Path) -> None:
    lines = "".join(f'{{"x":{i}.5,"s":"{"a" * 50}"}}\n' for i in range(100_000))
    path = tmp_path / "t.ndjson"
    with path.open("w") as file:
        for _ in range(20):
            file.write(lines)
    run_limited("batch", "2*x", str(path), "-o", str(tmp_path / "out.parquet"))
    found = pl.scan_parquet(tmp_path / "out.parquet").select(pl.len(), pl.col("value").max()).collect()
    assert found.row(0) == (2_000_000, 199_999.0)


@pytest.mark.slow
def test_millions_of_rows_of_parquet(tmp_path: Path) -> None:
    rows = 20_000_000
    run_limited(
        "batch",
        "x*y",
        "--random",
        "x=0:1,y=0:1",
        "--n",
        str(rows),
        "--seed",
        "1",
        "-o",
        f"{tmp_path}/a.parquet",
    )
    run_limited("batch", "x*y", f"{tmp_path}/a.parquet", "--prefix", "f.", "-o", f"{tmp_path}/b.parquet")
    table = pl.scan_parquet(tmp_path / "b.parquet")
    same = (pl.col("value") == pl.col("f.value")).all()
    assert table.select(pl.len(), same).collect().row(0) == (rows, True)
