"""Cells as numbers: what is one, what is none, and which one."""

import math
import random
import struct

import polars as pl
import pytest

from autodiff_cli.tables.cells import numbers


def of(cells: list[str | None]) -> list[float | None]:
    values, mask = numbers(pl.DataFrame({"x": cells}, schema={"x": pl.String}), ["x"])["x"]
    return [None if mask is not None and mask[i] else float(value) for i, value in enumerate(values)]


HARD = [
    "9007199254740993",
    "9007199254740992.999999999999999999999999",
    "9007199254740993.000000000000000000000001",
    "2.2250738585072011e-308",
    "2.2250738585072012e-308",
    "4.9406564584124654e-324",
    "2.4703282292062327e-324",
    "2.4703282292062328e-324",
    "1.7976931348623157e308",
    "1.7976931348623159e308",
    "6.631236846766476e-316",
    "3.237883913302901e-319",
    "8.533e+68",
    "0.1000000000000000055511151231257827021181583404541015625",
    "0.10000000000000000555111512312578270211815834045410156250000001",
    "123456789012345678901234567890",
    "1" + "0" * 400 + "e-400",
    "0." + "0" * 400 + "1e401",
    "100000000000000016777215",
    "100000000000000016777216",
    "-0",
    "-0.0e-5",
    "1e400",
    "-1e400",
    "1e-400",
    ".5",
    "5.",
    "+5",
    "1E5",
    "007",
]


def test_text_is_rounded_correctly() -> None:
    random.seed(5)
    texts = list(HARD)
    for _ in range(3000):
        value = struct.unpack("d", random.randbytes(8))[0]
        if math.isfinite(value):
            # Halfway between two floats, and next to that.
            half = _midpoint(value)
            texts += [repr(value), f"{value:.17e}", f"{value:.30e}", half, half + "1"]
    found = of(texts)
    for text, value in zip(texts, found, strict=True):
        assert value is not None, text
        assert struct.pack("d", value) == struct.pack("d", float(text)), text


def _midpoint(value: float) -> str:
    """The decimal halfway between a float and the next one towards zero, exactly."""
    from decimal import Context, Decimal

    exact = Context(prec=1100)
    middle = exact.divide(exact.add(Decimal(value), Decimal(math.nextafter(value, 0))), Decimal(2))
    digits = f"{middle:f}"
    return digits if "." in digits else digits + ".0"


def test_words_and_blanks() -> None:
    texts = ["inf", "Infinity", "-Infinity", "-inf", "+inf", "INF", " 1.5", "1.5\t", "  -2 "]
    assert of([*texts]) == [math.inf, math.inf, -math.inf, -math.inf, math.inf, math.inf, 1.5, 1.5, -2.0]
    for text in ("NaN", "nan", " NaN "):
        (value,) = of([text])
        assert value is not None
        assert math.isnan(value)


@pytest.mark.parametrize(
    "text", ["", " ", "1,5", "1 2", "1_000", "0x10", "x", "true", "1e", "e5", "--1", "1.2.3", ".", "-"]
)
def test_what_is_no_number(text: str) -> None:
    assert of([text, "1"]) == [None, 1.0]


def test_all_are_numbers_or_none() -> None:
    assert numbers(pl.DataFrame({"x": ["1", "2"]}), ["x"])["x"][1] is None
    assert of([None, None]) == [None, None]
    assert of([]) == []


def test_typed_columns() -> None:
    from datetime import date
    from decimal import Decimal

    frame = pl.DataFrame(
        {
            "i": [2**53 + 1, None],
            "u": pl.Series([2**64 - 1, 0], dtype=pl.UInt64),
            "f": pl.Series([0.1, math.nan], dtype=pl.Float32),
            "d": pl.Series(
                [Decimal("0.1"), Decimal("12345678901234567890.123456789")], dtype=pl.Decimal(38, 9)
            ),
            "b": [True, False],
            "t": [date(2020, 1, 1)] * 2,
            "l": [[1.0], [2.0]],
            "s": ["1.5", "a"],
            "c": pl.Series(["1", "2"], dtype=pl.Categorical),
            "y": [b"1", b"2"],
            "n": [None, None],
        }
    )
    found = {
        name: (list(values), mask) for name, (values, mask) in numbers(frame, frame.columns).items()
    }
    assert found["i"][0][0] == 2.0**53
    assert list(found["i"][1]) == [False, True]
    assert found["u"][0] == [2.0**64, 0.0]
    assert found["f"][0][0] == 0.10000000149011612
    assert math.isnan(found["f"][0][1])
    assert found["f"][1] is None
    assert found["d"][0] == [0.1, 12345678901234567890.123456789]
    assert found["s"][0][0] == 1.5
    for name in "btlcyn":
        assert list(found[name][1]) == [True, True], name


def test_a_column_that_is_not_there_has_no_numbers() -> None:
    values, mask = numbers(pl.DataFrame({"x": ["1"]}), ["y"])["y"]
    assert math.isnan(values[0])
    assert list(mask) == [True]
