"""Curves and fields as data: JSON and CSV. Numbers are shortest round-trip."""

import json
from collections.abc import Iterator, Sequence
from math import isfinite, isnan

from autodiff_cli.derivatives.breaks import Sides
from autodiff_cli.derivatives.curves import Curve, Mark, Picture
from autodiff_cli.language.printer import canonical
from autodiff_cli.language.syntax import SyntaxTree
from autodiff_cli.views.numbers import exact
from autodiff_cli.views.plot_axes import Names

PLOT_SCHEMA = "autodiff.plot/1"

_ORDERS = ("value", "derivative", "second_derivative")

_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def picture_json(
    picture: Picture, names: Names, tree: SyntaxTree, inputs: dict[str, float]
) -> Iterator[str]:
    """The curves as they are drawn, one line for each segment, and their breaks."""
    variable = names.variables[0]
    head = {
        "schema": PLOT_SCHEMA,
        "expression": tree.text,
        "parsed": canonical(tree),
        "inputs": {name: _number(value) for name, value in inputs.items()},
        "ranges": {variable: [picture.low, picture.high]},
    }
    yield "{" + ",\n ".join(f"{_text(key)}: {_text(value)}" for key, value in head.items())
    yield ',\n "curves": ['
    for i, curve in enumerate(picture.curves):
        yield from _curve(curve, "," if i else "")
    yield '],\n "marks": ['
    yield ",".join(f"\n  {_text(_mark(mark))}" for mark in picture.marks)
    yield f'],\n "notes": {_text(picture.notes)}}}\n'


def _curve(curve: Curve, before: str) -> Iterator[str]:
    head = {"order": curve.order, "name": _ORDERS[curve.order]}
    yield f'{before}\n  {_text(head)[:-1]},\n   "segments": ['
    for i, segment in enumerate(curve.segments):
        points = {"x": [x for x, _ in segment], "y": [y for _, y in segment]}
        yield ("," if i else "") + f"\n    {_text(points)}"
    circles = [{"x": c.x, "y": c.y, "filled": c.is_filled} for c in curve.circles]
    rest = {"circles": circles, "asymptotes": curve.asymptotes, "window": list(curve.window)}
    yield f"],\n   {_text(rest)[1:]}"


def _mark(mark: Mark) -> dict[str, object]:
    sides = zip(_ORDERS, mark.sides, strict=False)
    return {"x": mark.x, "kind": str(mark.kind), **{name: _sides(both) for name, both in sides}}


def _sides(sides: Sides) -> dict[str, object]:
    """Limits and value; null outside the domain, and where there is none."""
    return {
        name: None if number is None or isnan(number) else _number(number)
        for name, number in zip(("left", "at", "right"), sides, strict=True)
    }


def _number(value: float) -> float | str:
    if isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def picture_csv(picture: Picture) -> Iterator[str]:
    """One row a point; the rows of a segment have the same number and may be joined."""
    yield "curve,segment,x,y\n"
    for curve in picture.curves:
        for number, segment in enumerate(curve.segments, 1):
            yield from _rows(_ORDERS[curve.order], number, segment)


def _rows(name: str, number: int, points: Sequence[tuple[float, float]]) -> Iterator[str]:
    for x, y in points:
        yield f"{name},{number},{exact(x)},{exact(y)}\n"
