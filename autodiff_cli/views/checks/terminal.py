"""A check at a terminal: what is claimed, what is true, why, and the Taylor test."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autodiff_cli.checking.taylor import Step, Taylor
from autodiff_cli.checking.verdicts import Check, Partial, Point, Verdict
from autodiff_cli.language.printer import canonical
from autodiff_cli.views.checks.text import summary, taylor_said, verdict_said, where
from autodiff_cli.views.columns import DERIVATIVE, NAME, QUIET, VALUE
from autodiff_cli.views.layout import Layout
from autodiff_cli.views.numbers import aligned, rounded
from autodiff_cli.views.terminal import LONGEST_FORMULA

# Of the names of a gradient so many are shown; those that are not right come first.
_MOST_NAMES = 40

# Columns of a table that leave no room for ten digits.
_NARROW = 80

_STYLES = {
    Verdict.RIGHT: VALUE,
    Verdict.LOST_DIGITS: "yellow",
    Verdict.NO_DERIVATIVE: "yellow",
    Verdict.UNSETTLED: DERIVATIVE,
    Verdict.WRONG: f"bold {DERIVATIVE}",
}


def check_view(check: Check, layout: Layout) -> Iterator[RenderableType]:
    """The worst point, and how many there are."""
    formula, point = canonical(check.lowered.tree), check.worst
    if len(formula) > LONGEST_FORMULA:
        formula = f"{formula[:LONGEST_FORMULA]} ... ({len(formula)} characters)"
    yield Text(f"{formula}\n", style=NAME)
    is_one = len(check.points) + len(check.left_out) == 1
    yield Text(f"at {where(point)}{'' if is_one else ', the worst point'}\n", style=QUIET)
    digits = layout.digits if layout.width >= _NARROW else layout.fewest_digits
    shown = sorted(point.partials, key=lambda p: p.verdict.holds)[:_MOST_NAMES]
    shown = [p for p in point.partials if p in shown] if len(shown) == len(point.partials) else shown
    yield _partials(check, shown, digits)
    if len(shown) < len(point.partials):
        left = len(point.partials) - len(shown)
        yield Text(f"{left} more; --format plain shows them all", style=QUIET)
    for partial in shown:
        # Of what is right the numbers in the table say enough.
        if partial.verdict is not Verdict.RIGHT:
            line = Text("\n").append(f"{partial.name}: ", style=NAME)
            yield line.append(partial.explanation)
    if point.taylor is not None:
        yield from _taylor(point, point.taylor)
    yield _summary(check)


def _partials(check: Check, partials: Sequence[Partial], digits: int) -> Table:
    table = _table(
        ("name", "claim" if check.has_claims else "sweep", "truth", "off by", "allowed", "verdict")
    )
    checked = aligned([_shown(p.claim if check.has_claims else p.sweep, digits) for p in partials])
    truths = aligned([_shown(p.truth, digits) for p in partials])
    for partial, claim, truth in zip(partials, checked, truths, strict=True):
        table.add_row(
            Text(partial.name, style=NAME),
            Text(claim, style=DERIVATIVE),
            Text(truth, style=VALUE),
            Text(_shown(partial.error, 2)),
            Text(_shown(partial.tolerance, 2)),
            Text(verdict_said(check, partial), style=_STYLES[partial.verdict]),
        )
    return table


def _taylor(point: Point, taylor: Taylor) -> Iterator[RenderableType]:
    """The table of steps, under what it means."""
    direction = ", ".join(f"{name} {v:+.3g}" for name, v in list(taylor.direction.items())[:5])
    more = ", ..." if len(taylor.direction) > 5 else ""
    yield Text("\nTaylor test", style=NAME).append(f" along {direction}{more}:", style=QUIET)
    table = _table(("h", "|f(x + h*v) - f(x) - h*g.v|", "slope"))
    for step in taylor.steps:
        order = "" if step.order is None else f"{step.order:.2f}"
        table.add_row(Text(rounded(step.h, 2)), Text(_remainder(step)), Text(order))
    yield Padding(table, (0, 0, 0, 2))
    yield Text(taylor_said(point, taylor), style=VALUE if taylor.is_right else DERIVATIVE)


def _remainder(step: Step) -> str:
    if step.remainder is None:
        return "outside the domain"
    # What tells is not 0, but may be less than any float.
    return f"{step.remainder:.3e}" if step.remainder or not step.tells else "< 1e-323"


def _summary(check: Check) -> Text:
    line = Text(f"\n{summary(check)}", style=_STYLES[check.verdict])
    return line.append(f"   truth: {check.method}, from values alone", style=QUIET)


def _table(titles: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for _ in titles:
        table.add_column(overflow="fold")
    table.add_row(*(Text(title, style=QUIET) for title in titles))
    return table


def _shown(number: float | None, digits: int) -> str:
    return "" if number is None else rounded(number, digits)
