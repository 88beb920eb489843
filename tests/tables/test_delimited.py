"""CSV and TSV: what comes in, cell by cell, however it comes."""

import csv
import io
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_cli.errors import AutodiffError, DataError, InputOutputError, UsageError
from autodiff_cli.tables.delimited import Delimited
from autodiff_cli.tables.formats import TableFormat
from autodiff_cli.tables.quotes import after_first_record, after_last_record

Rows = list[tuple[str | None, ...]]


class Read:
    """All of a table: its columns, rows, and faults by the number of the row."""

    def __init__(
        self, path: Path, data: bytes | None = None, piece: int = 2**24, form: str = "csv"
    ) -> None:
        if data is not None:
            path.write_bytes(data)
        source = Delimited(str(path), TableFormat(form), piece)
        self.columns = list(source.columns)
        self.rows: Rows = []
        self.faults: dict[int, str] = {}
        self.blocks = 0
        for block in source.blocks():
            assert block.first == len(self.rows) + 1
            assert block.frame.columns == self.columns
            self.faults |= {block.first + offset: said for offset, said in block.faults.items()}
            self.rows += block.frame.rows()
            self.blocks += 1
        assert source.position == source.size == path.stat().st_size
        source.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def test_cells_stay_text(file: Path) -> None:
    read = Read(file, b"x,id,note\n1.50,007, a b \n-0,1e400,true\n")
    assert read.columns == ["x", "id", "note"]
    assert read.rows == [("1.50", "007", " a b "), ("-0", "1e400", "true")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_marks(file: Path, end: str, last: bool, mark: str) -> None:
    text = mark + end.join(["x,y", "1,2", '3,"4"']) + (end if last else "")
    read = Read(file, text.encode())
    assert read.columns == ["x", "y"]
    assert read.rows == [("1", "2"), ("3", "4")]


def test_quotes(file: Path) -> None:
    data = b'"a ""x""","b,c","d\ne"\n"1,5","2""","3\r\n4"\n"","",7\n'
    read = Read(file, data)
    assert read.columns == ['a "x"', "b,c", "d\ne"]
    assert read.rows == [("1,5", '2"', "3\r\n4"), ("", "", "7")]


def test_quotes_within_cells_are_characters(file: Path) -> None:
    read = Read(file, b'size,x\n5" pipe,1\n6",2\n7,"a\n""b"\n"8" mm,3\n')
    assert read.rows == [('5" pipe', "1"), ('6"', "2"), ("7", 'a\n"b'), ("8 mm", "3")]
    assert not read.faults


def test_tsv(file: Path) -> None:
    read = Read(file, b'x\ty\n1,5\t"a\tb"\n', form="tsv")
    assert read.rows == [("1,5", "a\tb")]


def test_thousands_of_columns(file: Path) -> None:
    names = [f"c{i}" for i in range(5000)]
    line = ",".join(map(str, range(5000)))
    read = Read(file, (",".join(names) + "\n" + f"{line}\n" * 20).encode(), piece=30_000)
    assert read.columns == names
    assert read.rows == [tuple(map(str, range(5000)))] * 20


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_has_no_columns(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    with pytest.raises(UsageError, match="is empty"):
        Read(file)


@pytest.mark.parametrize("data", [b"x,y", b"x,y\n", b"\nx,y\r\n\r\n\n"])
def test_a_header_alone_has_no_rows(file: Path, data: bytes) -> None:
    read = Read(file, data)
    assert (read.columns, read.rows, read.blocks) == (["x", "y"], [], 1)


@pytest.mark.parametrize("quoted", [b"1,2\n", b'1,"2"\n'])
def test_rows_of_other_lengths_are_faults(file: Path, quoted: bytes) -> None:
    read = Read(file, b"x,y\n" + quoted + b"3\n4,5,6\n7,\n,8\n9,10,\n")
    assert read.rows == [("1", "2"), ("3", None), ("4", "5"), ("7", None), (None, "8"), ("9", "10")]
    assert read.faults == {
        2: "has 1 cell, and there are 2 columns",
        3: "has 3 cells, and there are 2 columns",
        6: "has 3 cells, and there are 2 columns",
    }


def test_short_rows_are_told_from_empty_cells(file: Path) -> None:
    empty = Read(file, b'x,y,z\n1,"a,b",\n"2,",c,\n')
    assert empty.rows == [("1", "a,b", None), ("2,", "c", None)]
    assert not empty.faults
    short = Read(file, b'x,y,z\n1,"a,b",\n"2,",c\n')
    assert list(short.faults) == [2]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_blank_lines_are_no_rows(file: Path, end: bytes) -> None:
    read = Read(file, end.join([b"x,y", b"", b"1,2", b"", b"", b'"3",4', b"", b""]))
    assert read.rows == [("1", "2"), ("3", "4")]
    assert not read.faults


def test_in_one_column_a_blank_line_is_an_empty_cell(file: Path) -> None:
    assert Read(file, b"x\n1\n\n3\n\n").rows == [("1",), (None,), ("3",), (None,)]
    assert Read(file, b'x\n1\n\n"3"\n2,5\n').rows == [("1",), (None,), ("3",), ("2",)]


def test_rows_of_empty_cells_are_rows(file: Path) -> None:
    assert Read(file, b"x,y\n,\n,\n1,2\n").rows == [(None, None), (None, None), ("1", "2")]


def test_nul_and_other_signs_stay(file: Path) -> None:
    read = Read(file, "x,y\n1\0,a\0b\n\0,\u2028\u0085\x0b\x1c\n".encode())
    assert read.rows == [("1\0", "a\0b"), ("\0", "\u2028\u0085\x0b\x1c")]


def test_what_is_not_text_is_an_error_with_its_row(file: Path) -> None:
    with pytest.raises(DataError, match="about row 3 is not UTF-8"):
        Read(file, b"x,y\n1,2\n3,4\n5,\xff\n")
    with pytest.raises(DataError, match="the header is not UTF-8"):
        Read(file, "x,y\n1,2\n".encode("utf-16"))


def test_carriage_returns(file: Path) -> None:
    assert Read(file, b'x,y\n1,"a\rb"\n').rows == [("1", "a\rb")]
    with pytest.raises(DataError, match="about row 2 has a carriage return"):
        Read(file, b"x,y\n1,2\n3,a\rb\n")
    with pytest.raises(DataError, match="the header has a carriage return"):
        Read(file, b"x,y\r1,2\r3,4\r")


def test_an_unclosed_quote_is_an_error_with_its_row(file: Path) -> None:
    with pytest.raises(DataError, match="row 2 has a quote that is not closed"):
        Read(file, b'x,y\n1,2\n3,"4\n5,6\n7,8\n')
    with pytest.raises(DataError, match="the header has a quote"):
        Read(file, b'x,"y\n1,2\n3,4\n5,6\n7,8\n')
    # The rows before it are there.
    source = Delimited(str(file), TableFormat.CSV) if file.write_bytes(b'x\n1\n2\n"3\n4\n') else None
    assert source is not None
    blocks = source.blocks()
    assert next(blocks).frame.rows() == [("1",), ("2",)]
    with pytest.raises(DataError, match="row 3 has a quote"):
        next(blocks)


def test_columns_of_one_name(file: Path) -> None:
    with pytest.raises(UsageError, match="two columns 'y'"):
        Read(file, b"x,y,z,y\n")


def test_records_longer_than_a_piece(file: Path) -> None:
    long = "a\n" * 50_000
    read = Read(file, f'x,y\n1,"{long}"\n2,{"b" * 90_000}\n3,c\n'.encode(), piece=4096)
    assert read.rows == [("1", long), ("2", "b" * 90_000), ("3", "c")]


def test_a_record_without_end_is_an_error(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autodiff_cli.tables.pieces.LONGEST_RECORD", 2**20)
    for data in (b'x\n1\n"' + b"2\n" * 2**20, bytes(2**21)):
        with pytest.raises(DataError, match="record of more than 1 MB"):
            Read(file, data, piece=2**18)


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(InputOutputError, match="cannot read"):
            Delimited(str(path), TableFormat.CSV)


_TEXT = st.text(st.sampled_from('ab1 ,"\n\t;é\0'), max_size=6)
_TABLE = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(_TEXT, min_size=width, max_size=width), min_size=1, max_size=12)
)
_STYLES = st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])


@settings(deadline=None)
@given(_TABLE, _STYLES, st.sampled_from(["\n", "\r\n"]), st.integers(1, 40))
def test_reads_what_python_writes(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], style: int, end: str, piece: int
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=style, lineterminator=end)  # pyright: ignore[reportArgumentType]
    names = [f"c{i}" for i in range(len(rows[0]))]
    writer.writerow(names)
    writer.writerows(rows)
    read = Read(tmp_path_factory.getbasetemp() / "fuzz.csv", text.getvalue().encode(), piece)
    assert read.columns == names
    assert [[cell or "" for cell in row] for row in read.rows] == rows
    assert not read.faults


@settings(deadline=None)
@given(st.text(st.sampled_from('a,"\n'), max_size=60), st.integers(1, 30))
def test_reads_any_text_as_python_does(
    tmp_path_factory: pytest.TempPathFactory, text: str, piece: int
) -> None:
    width = 2
    rows = [row for row in csv.reader(io.StringIO(text, newline="\n")) if row]
    try:
        read = Read(tmp_path_factory.getbasetemp() / "fuzz.csv", b"x,y\n" + text.encode(), piece)
    except DataError:
        assert _is_open(text + "\n")
        return
    filled = [[*row[:width], *[""] * (width - len(row))] for row in rows]
    assert [[cell or "" for cell in row] for row in read.rows] == filled
    assert list(read.faults) == [i for i, row in enumerate(rows, 1) if len(row) != width]


@settings(deadline=None)
@given(st.text(st.sampled_from('a,"\n'), max_size=40))
def test_records_end_where_python_has_them(text: str) -> None:
    data = text.encode()
    ends = [i for i in range(len(data)) if data[i] == 10 and not _is_open(text[: i + 1])]
    assert after_last_record(data, ",") == (ends[-1] + 1 if ends else 0)
    assert after_first_record(data, ",") == (ends[0] + 1 if ends else 0)


def _is_open(text: str) -> bool:
    """Whether text that ends with a line end is within quotes then: one more line belongs to it."""
    records = list(csv.reader(io.StringIO(text + "z\n", newline="\n")))
    return not records or records[-1] != ["z"]


def test_a_pipe_is_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row is there before the next one is written."""
    out, into = os.pipe()
    answered = threading.Semaphore(0)

    def produce() -> None:
        for text in ("x,y\n", '1,"a', '\nb"\n', "2,c\n", "3,"):
            os.write(into, text.encode())
            if text.endswith('"\n') or text.startswith("2"):
                assert answered.acquire(timeout=20)
        os.close(into)

    with open(out, "rb") as pipe:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(pipe))
        thread = threading.Thread(target=produce)
        thread.start()
        rows: Rows = []
        for block in Delimited("-", TableFormat.CSV).blocks():
            assert len(block.frame) == 1
            rows += block.frame.rows()
            answered.release()
        thread.join()
    assert rows == [("1", "a\nb"), ("2", "c"), ("3", None)]


def test_refusals_close_the_file(file: Path, recwarn: pytest.WarningsRecorder) -> None:
    refusals: list[Callable[[], object]] = [lambda: Read(file, b""), lambda: Read(file, b"x,x\n")]
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for refusal in refusals * 5:
        with pytest.raises(AutodiffError):
            refusal()
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert after == before
    assert not recwarn
