"""A check for programs and documents: JSON, tab-separated rows, Markdown."""

import json
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

from autodiff_cli.checking.taylor import Taylor
from autodiff_cli.checking.verdicts import Check, Partial, Point, Verdict
from autodiff_cli.language.notation import number_text
from autodiff_cli.language.printer import canonical
from autodiff_cli.views.numbers import exact, rounded

CHECK_SCHEMA = "autodiff.check/1"

SAID = {
    Verdict.RIGHT: "right",
    Verdict.LOST_DIGITS: "digits lost",
    Verdict.NO_DERIVATIVE: "no derivative here",
    Verdict.UNSETTLED: "cannot be told",
    Verdict.WRONG: "wrong",
}

# In a sentence so many inputs are told.
_MOST_INPUTS = 5

_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def where(point: Point) -> str:
    """`x = 1, y = 2`."""
    told = [f"{name} = {number_text(value)}" for name, value in point.inputs.items()]
    more = [f"and {len(told) - _MOST_INPUTS} more"] if len(told) > _MOST_INPUTS else []
    return ", ".join([*told[:_MOST_INPUTS], *more]) or "every point"


def verdict_said(check: Check, partial: Partial) -> str:
    """The verdict, and whether it is about a claim, where there are any."""
    return SAID[partial.verdict] + (", not claimed" * (check.has_claims and partial.claim is None))


def summary(check: Check) -> str:
    """The verdict, and at how many points there is which: `wrong at 2 of 9 points; 7 right`."""
    total, said = len(check.points), SAID[check.verdict]
    (_, worst), *others = check.counts.items()
    if total + len(check.left_out) > 1:
        said += f": {_points(total)}" if not others else f" at {worst} of {total} points"
    if others:
        said += f"; {', '.join(f'{count} {SAID[verdict]}' for verdict, count in others)}"
    if check.left_out:
        said += f"; {len(check.left_out)} left out: outside the domain, or not finite"
    return said


def _points(count: int) -> str:
    return "1 point" if count == 1 else f"{count} points"


def taylor_said(point: Point, taylor: Taylor) -> str:
    """What a point's Taylor test says, in a sentence."""
    is_lost = point.verdict is Verdict.LOST_DIGITS
    if taylor.is_right is None:
        return "the Taylor test tells nothing: its steps lead out of the domain"
    if taylor.slope is None and is_lost:
        return "what remains is rounding: the Taylor test tells nothing"
    if taylor.slope is None and any(step.remainder for step in taylor.steps):
        return "what remains is within the tolerance: the gradient is right"
    if taylor.slope is None:
        return "nothing remains: the function is linear this way, and the gradient is right"
    if taylor.is_right and is_lost:
        return f"slope {taylor.slope:.2f}: with all its digits the gradient is right (a wrong one has 1)"
    if taylor.is_right:
        return f"slope {taylor.slope:.2f}: the gradient is right (a wrong one has 1)"
    if is_lost:
        return f"slope {taylor.slope:.2f}: the digits that are lost are missing (else it were 2)"
    if point.verdict is Verdict.WRONG:
        return f"slope {taylor.slope:.2f}: the gradient is wrong (a right one has 2)"
    return f"slope {taylor.slope:.2f}: the function is not smooth this way, or bends within these steps"


def check_json(check: Check, seed: int) -> Iterator[str]:
    """The whole check; a line for each point."""
    head = {
        "schema": CHECK_SCHEMA,
        "expression": check.lowered.tree.text,
        "parsed": canonical(check.lowered.tree),
        "verdict": check.verdict,
        "truth": {"method": check.method, "constants": "float64"},
        "rtol": check.rtol,
        "seed": seed,
        "failed": check.failed,
        "counts": check.counts,
        "left_out": len(check.left_out),
        "left_out_points": [
            {"inputs": _numbers(point.inputs), "reason": point.reason} for point in check.left_out
        ],
    }
    yield "{" + ",\n ".join(f"{_text(key)}: {_text(value)}" for key, value in head.items())
    separator = ',\n "points": [\n  '
    for point in check.points:
        yield separator + _text(_point(point))
        separator = ",\n  "
    yield "]}\n"


def _point(point: Point) -> dict[str, object]:
    return {
        "inputs": _numbers(point.inputs),
        "value": _number(point.value),
        "verdict": point.verdict,
        "partials": [_partial(partial) for partial in point.partials],
        "taylor": None if point.taylor is None else _taylor(point, point.taylor),
    }


def _partial(partial: Partial) -> dict[str, object]:
    found: dict[str, object] = {
        "name": partial.name,
        "claim": _number(partial.claim),
        "sweep": _number(partial.sweep),
        "truth": _number(partial.truth),
        "error": _number(partial.error),
        "tolerance": _number(partial.tolerance),
        "verdict": partial.verdict,
        "explanation": partial.explanation,
    }
    if partial.left is not None or partial.right is not None:
        # A side outside the domain has no derivative: null.
        sides = (partial.left, partial.right)
        found["one_sided"] = [None if side is None or side != side else _number(side) for side in sides]
    return found


def _taylor(point: Point, taylor: Taylor) -> dict[str, object]:
    return {
        "direction": dict(taylor.direction),
        "steps": [
            {"h": step.h, "remainder": step.remainder, "order": step.order} for step in taylor.steps
        ],
        "slope": taylor.slope,
        "verdict": "unsettled" if taylor.is_right is None else "right" if taylor.is_right else "wrong",
        "explanation": taylor_said(point, taylor),
    }


def _numbers(values: Mapping[str, float]) -> dict[str, float | str | None]:
    return {name: _number(value) for name, value in values.items()}


def _number(value: float | None) -> float | str | None:
    if value is None or isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


_NUMBERS = ("claim", "sweep", "truth", "error", "tolerance")
_TAYLOR = ("slope", "taylor", "direction", "steps")
_TITLES = ("at", "name", *_NUMBERS, "verdict", "explanation", "truth_by", *_TAYLOR)

# In the column of verdicts: of a point at which there is nothing to check.
LEFT_OUT = "left_out"


def plain(check: Check) -> Iterator[str]:
    """Tab-separated rows under a heading, a row for each partial at each point.

    What is about a point stands in each of its rows. A point that is left out has a row, too.
    """
    yield "\t".join(_TITLES) + "\n"
    for point in check.points:
        at, taylor = _at(point.inputs), _taylor_cells(point)
        for p in point.partials:
            numbers = map(_exact, (p.claim, p.sweep, p.truth, p.error, p.tolerance))
            cells = [at, p.name, *numbers, p.verdict, p.explanation, check.method, *taylor]
            yield "\t".join(cells) + "\n"
    nothing = [""] * len(_NUMBERS)
    for point in check.left_out:
        cells = [_at(point.inputs), "", *nothing, LEFT_OUT, point.reason, "", *[""] * len(_TAYLOR)]
        yield "\t".join(cells) + "\n"


def _at(numbers: Mapping[str, float]) -> str:
    return " ".join(f"{name}={exact(value)}" for name, value in numbers.items())


def _exact(number: float | None) -> str:
    return "" if number is None else exact(number)


def _taylor_cells(point: Point) -> list[str]:
    """A point's Taylor test as cells; steps are h, the remainder, and the slope since the last."""
    taylor = point.taylor
    if taylor is None:
        return [""] * len(_TAYLOR)
    steps = " ".join(
        ":".join(map(_exact, (step.h, step.remainder, step.order))) for step in taylor.steps
    )
    return [_exact(taylor.slope), taylor_said(point, taylor), _at(taylor.direction), steps]


def markdown(check: Check, digits: int) -> Iterator[str]:
    """The worst point as tables: its partials, and the Taylor test."""
    point = check.worst
    yield f"Verdict: {summary(check)}. Truth: {check.method}, from values alone.\n\n"
    yield f"At {where(point)}:\n\n"
    title = "claim" if check.has_claims else "sweep"
    yield from _rows(["name", title, "truth", "off by", "allowed", "verdict", ""], "l::::ll")
    for p in point.partials:
        checked = p.claim if check.has_claims else p.sweep
        errors = [_shown(p.error, 2), _shown(p.tolerance, 2)]
        numbers = [_shown(checked, digits), _shown(p.truth, digits), *errors]
        yield _row([f"`{p.name}`", *numbers, verdict_said(check, p), p.explanation])
    if point.taylor is not None:
        yield f"\nTaylor test, {taylor_said(point, point.taylor)}.\n\n"
        yield from _rows(["h", "remainder", "slope"], ":::")
        for step in point.taylor.steps:
            yield _row([_shown(step.h, 2), _shown(step.remainder, 3), _shown(step.order, 3)])


def _rows(titles: Sequence[str], aligned: str) -> Iterator[str]:
    yield _row(titles)
    yield f"|{'|'.join(' ---: ' if side == ':' else ' --- ' for side in aligned)}|\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _shown(number: float | None, digits: int) -> str:
    return "" if number is None else rounded(number, digits)
