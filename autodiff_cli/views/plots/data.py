"""Curves and fields as data: JSON and CSV. Numbers are shortest round-trip."""

import json
from collections.abc import Iterator, Sequence
from math import isfinite, isnan

from autodiff_cli.language.printer import canonical
from autodiff_cli.language.syntax import SyntaxTree
from autodiff_cli.plots.breaks import Sides
from autodiff_cli.plots.curves import Curve, Mark, Picture
from autodiff_cli.plots.fields import Field
from autodiff_cli.views.numbers import exact
from autodiff_cli.views.plots.axes import Names

PLOT_SCHEMA = "autodiff.plot/1"

_ORDERS = ("value", "derivative", "second_derivative")

_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def picture_json(
    picture: Picture, names: Names, tree: SyntaxTree, inputs: dict[str, float]
) -> Iterator[str]:
    """The curves as they are drawn, one line for each segment, and their breaks."""
    yield _head(tree, inputs, {names.variables[0]: [picture.low, picture.high]})
    yield ',\n "curves": ['
    for i, curve in enumerate(picture.curves):
        yield from _curve(curve, "," if i else "")
    yield '],\n "marks": ['
    yield ",".join(f"\n  {_text(_mark(mark))}" for mark in picture.marks)
    yield f'],\n "notes": {_text(picture.notes)}}}\n'


def _head(tree: SyntaxTree, inputs: dict[str, float], ranges: dict[str, list[float]]) -> str:
    head = {
        "schema": PLOT_SCHEMA,
        "expression": tree.text,
        "parsed": canonical(tree),
        "inputs": {name: _number(value) for name, value in inputs.items()},
        "ranges": ranges,
    }
    return "{" + ",\n ".join(f"{_text(key)}: {_text(value)}" for key, value in head.items())


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
    """What is at a break; derivatives have limits there and no value."""
    value, *derivatives = mark.sides
    found: dict[str, object] = {"x": mark.x, "kind": str(mark.kind), _ORDERS[0]: _sides(value)}
    for name, sides in zip(_ORDERS[1:], derivatives, strict=False):
        found[name] = {side: limit for side, limit in _sides(sides).items() if side != "at"}
    return found


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


def field_json(field: Field, names: Names, tree: SyntaxTree, inputs: dict[str, float]) -> Iterator[str]:
    """Values and gradients on the grid, one line for each row from below to above; null is none."""
    ranges = dict(zip(names.variables, (list(field.across), list(field.up)), strict=True))
    yield _head(tree, inputs, ranges)
    xs, ys = [spot.x for spot in field.rows[0]], [row[0].y for row in field.rows]
    yield f',\n "grid": {_text(dict(zip(names.variables, (xs, ys), strict=True)))}'
    yield from _grid("value", [[spot.value for spot in row] for row in field.rows])
    yield ',\n "gradient": {'
    for position, name in enumerate(names.variables):
        rows = [[spot.slopes[position] for spot in row] for row in field.rows]
        yield from _grid(name, rows, "," if position else "")
    gaps = sorted(map(list, field.gaps))
    yield f'}},\n "gaps": {_text(gaps)},\n "window": {_text(list(field.window))}'
    yield f',\n "notes": {_text(field.notes)}}}\n'


def _grid(name: str, rows: Sequence[Sequence[float]], before: str = ",") -> Iterator[str]:
    yield f"{before}\n {_text(name)}: ["
    for i, row in enumerate(rows):
        numbers = [value if isfinite(value) else None for value in row]
        yield ("," if i else "") + f"\n  {_text(numbers)}"
    yield "]"


def field_csv(field: Field, names: Names) -> Iterator[str]:
    """One row a point, with the gradient; a cell is empty where there is no number."""
    yield ",".join([*names.variables, "value", *(f"d {name}" for name in names.variables)]) + "\n"
    for row in field.rows:
        for spot in row:
            numbers = (spot.x, spot.y, spot.value, *spot.slopes)
            yield ",".join(exact(n) if isfinite(n) else "" for n in numbers) + "\n"
