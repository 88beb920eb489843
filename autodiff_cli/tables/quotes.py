"""Where records of delimited text end: at a line end that is outside of quotes.

A quote is one only at the beginning of a cell, up to the next that is not doubled (RFC 4180);
anywhere else it is a character as any other.
"""

import re
from collections.abc import Iterator
from functools import cache

_QUOTE, _LINE_END, _RETURN = b'"\n\r'


def is_regular(data: bytes, separator: str) -> bool:
    """Whether all quotes are around whole cells, or doubled within such.

    Then a place is outside of quotes where an even number is before it. `data` begins with a
    record, and may end within one.
    """
    import numpy as np

    if b'"' not in data:
        return True
    text = np.frombuffer(data, np.uint8)
    places = np.flatnonzero(text == _QUOTE)
    opening, closing = places[0::2], places[1::2]
    before = text[opening[opening > 0] - 1]
    after = text[closing[closing < len(text) - 1] + 1]
    cell = (_QUOTE, _LINE_END, ord(separator))
    return bool(np.isin(before, cell).all() and np.isin(after, (*cell, _RETURN)).all())


def after_last_record(data: bytes, separator: str) -> int:
    """Where the last whole record ends; 0 where none does."""
    end = data.rfind(b"\n") + 1
    if not is_regular(data, separator):
        gaps = list(_unquoted(data, separator))
        return next((line for gap in reversed(gaps) if (line := data.rfind(b"\n", *gap) + 1)), 0)
    quotes = data.count(b'"', 0, end)
    while end and quotes % 2:
        # From the last quote on everything is within a cell.
        before = data.rfind(b"\n", 0, data.rfind(b'"', 0, end)) + 1
        quotes -= data.count(b'"', before, end)
        end = before
    return end


def after_first_record(data: bytes, separator: str) -> int:
    """Where the first record ends; 0 where it does not."""
    gaps = _unquoted(data, separator)
    return next((line for gap in gaps if (line := data.find(b"\n", *gap) + 1)), 0)


def is_open(data: bytes, separator: str) -> bool:
    """Whether whole records end within a quoted cell."""
    if is_regular(data, separator):
        return data.count(b'"') % 2 == 1
    return all(end < len(data) for _, end in _unquoted(data, separator))


def _unquoted(data: bytes, separator: str) -> Iterator[tuple[int, int]]:
    """The stretches outside of quoted cells, as places of their beginnings and ends."""
    start = 0
    for cell in _quoted_cell(separator).finditer(data):
        yield start, cell.start()
        if not cell[1]:
            return
        start = cell.end()
    yield start, len(data)


@cache
def _quoted_cell(separator: str) -> re.Pattern[bytes]:
    return re.compile(rb'(?<![^\n%b])"(?:[^"]++|"")*+("?)' % separator.encode())
