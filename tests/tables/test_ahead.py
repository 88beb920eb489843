"""Reading ahead: the same blocks and errors, and an end at any time."""

import threading
from collections.abc import Iterator

import polars as pl
import pytest

from autodiff_cli.errors import DataError
from autodiff_cli.tables.ahead import Ahead
from autodiff_cli.tables.source import Block

_FRAME = pl.DataFrame({"x": ["1"]})


def blocks(count: int, read: list[int], error: Exception | None = None) -> Iterator[Block]:
    for i in range(count):
        read.append(i)
        yield Block(_FRAME, i + 1, {})
    if error is not None:
        raise error


def test_all_blocks_in_order() -> None:
    ahead = Ahead(blocks(50, []))
    assert [block.first for block in ahead] == list(range(1, 51))
    ahead.close()


def test_an_error_comes_after_the_blocks_before_it() -> None:
    ahead = Ahead(blocks(3, [], DataError("bad")))
    rest = iter(ahead)
    assert [next(rest).first for _ in range(3)] == [1, 2, 3]
    with pytest.raises(DataError, match="bad"):
        next(rest)
    ahead.close()


def test_it_ends_when_nobody_wants_more() -> None:
    read: list[int] = []
    threads = threading.active_count()
    ahead = Ahead(blocks(10**9, read))
    assert next(iter(ahead)).first == 1
    ahead.close()
    assert len(read) <= 5
    assert threading.active_count() == threads
    ahead.close()
