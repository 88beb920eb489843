"""NDJSON: every value stays as it is written, whatever the lines are like."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_cli.errors import DataError, UsageError
from autodiff_cli.tables.ndjson import Ndjson, raw_members
from autodiff_cli.tables.source import Block


def read(path: Path, data: str | bytes, piece: int = 2**24) -> list[Block]:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    source = Ndjson(str(path), piece)
    blocks = list(source.blocks())
    source.close()
    return blocks


def rows(blocks: list[Block]) -> list[dict[str, str]]:
    """What each row has."""
    return [
        {key: cell for key, cell in row.items() if cell is not None}
        for block in blocks
        for row in block.frame.iter_rows(named=True)
    ]


def faults(blocks: list[Block]) -> dict[int, str]:
    return {block.first + offset: said for block in blocks for offset, said in block.faults.items()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "table.ndjson"


def test_values_stay_as_they_are_written(file: Path) -> None:
    lines = (
        '{"x":1.50,"n":123456789012345678901234567890,"s":"\\u00e9\\n\\"","b":true,"o":null}\n'
        '{ "x" : -0e5 , "n":1E400,"s":"" ,"b": false,"o":null }\r\n'
    )
    found = rows(read(file, lines))
    assert found[0] == {
        "x": "1.50",
        "n": "123456789012345678901234567890",
        "s": '"\\u00e9\\n\\""',
        "b": "true",
        "o": "null",
    }
    assert found[1] == {"x": "-0e5", "n": "1E400", "s": '""', "b": "false", "o": "null"}


def test_nested_values_and_order(file: Path) -> None:
    blocks = read(file, '{"z":[1, {"a": 2.0}],"a":{"k":[]}}\n{"a":1,"z":2}\n')
    assert blocks[0].frame.columns == ["z", "a"]
    assert rows(blocks) == [{"z": '[1, {"a": 2.0}]', "a": '{"k":[]}'}, {"z": "2", "a": "1"}]


def test_keys_that_are_missing_or_new(file: Path) -> None:
    blocks = read(file, '{"x":1,"y":2}\n{"x":3}\n{"y":4,"d.x":"a"}\n{"x":5,"y":6}\n')
    assert blocks[0].frame.columns == ["x", "y", "d.x"]
    expected = [{"x": "1", "y": "2"}, {"x": "3"}, {"y": "4", "d.x": '"a"'}, {"x": "5", "y": "6"}]
    assert rows(blocks) == expected
    assert not faults(blocks)
    assert rows(read(file, file.read_bytes(), piece=5)) == expected


def test_lines_that_are_no_objects_are_faults(file: Path) -> None:
    bad = [
        "[1]",
        "7",
        '{"x":1',
        '{"x":1}}',
        '{"x":1,"x":2}',
        "{'x':1}",
        '{"x":01}',
        '{"x":1,}',
        '{"x" 1}',
        "{x:1}",
    ]
    bad += ['{"x":"\t"}', '{"x":"\\q"}', '{"x":tru}', '{"x":1.}', '{"x":' + "[" * 100_000 + "}"]
    for line in bad:
        blocks = read(file, f'{{"x":1}}\n{line}\n\n{{"x":3}}\n')
        assert list(faults(blocks)) == [2], line
        assert faults(blocks)[2].startswith("is no JSON object: "), line
        assert rows(blocks) == [{"x": "1"}, {}, {"x": "3"}], line
    assert list(faults(read(file, '7\n{"x":1}\n'))) == [1]
    assert list(faults(read(file, "7\n8\n"))) == [1, 2]


def test_blank_lines_marks_and_last_lines(file: Path) -> None:
    blocks = read(file, '\ufeff{"x":1}\r\n\r\n \t\n{"x":2}')
    assert rows(blocks) == [{"x": "1"}, {"x": "2"}]
    assert not faults(blocks)


def test_numbers_that_json_has_not_become_strings(file: Path) -> None:
    assert rows(read(file, '{"x":NaN,"y":-Infinity}\n')) == [{"x": '"NaN"', "y": '"-Infinity"'}]


def test_keys_of_any_kind(file: Path) -> None:
    key = 'a "b" (.*) \\ é'
    line = json.dumps({key: 1, "": 2, "x y": 3}, ensure_ascii=False)
    blocks = read(file, f"{line}\n" * 3)
    assert rows(blocks) == [{key: "1", "": "2", "x y": "3"}] * 3


def test_thousands_of_keys(file: Path) -> None:
    line = json.dumps({f"k{i}": i for i in range(2000)})
    assert rows(read(file, f"{line}\n{line}\n")) == [{f"k{i}": str(i) for i in range(2000)}] * 2


def test_empty_and_no_text(file: Path) -> None:
    for data in ("", "\n \n"):
        with pytest.raises(UsageError, match="is empty"):
            read(file, data)
    with pytest.raises(DataError, match="about row 2 is not UTF-8"):
        read(file, b'{"x":1}\n{"x":"\xff"}\n')
    assert list(faults(read(file, b'{"x":1}\n{"x":"\x01"}\n'))) == [2]


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)
_OBJECTS = st.lists(
    st.dictionaries(st.sampled_from(["x", "y", "é.", '"']), _VALUES, max_size=4), min_size=1
)


@settings(deadline=None, max_examples=60)
@given(_OBJECTS, st.booleans(), st.integers(1, 60))
def test_any_objects(
    tmp_path_factory: pytest.TempPathFactory, objects: list[dict[str, Any]], plain: bool, piece: int
) -> None:
    lines = [json.dumps(one, ensure_ascii=plain) for one in objects]
    blocks = read(tmp_path_factory.getbasetemp() / "fuzz.ndjson", "\n".join(lines), piece)
    assert not faults(blocks)
    found = rows(blocks)
    assert [{key: json.loads(cell) for key, cell in row.items()} for row in found] == objects
    assert found == [raw_members(line) for line in lines]
