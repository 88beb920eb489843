"""An explanation at a terminal: labels quiet, values green, derivatives red, long lines hanging."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from autodiff_cli.explanations.explanation import Explanation
from autodiff_cli.views.columns import DERIVATIVE, NAME, QUIET, VALUE
from autodiff_cli.views.explanations import equations
from autodiff_cli.views.explanations.equations import Equation, Slot
from autodiff_cli.views.explanations.steps import Line, Pass, TextStep
from autodiff_cli.views.explanations.text import LABEL_WIDTH, Numbers, rounded_numbers
from autodiff_cli.views.layout import Layout
from autodiff_cli.views.terminal import heading

NOTE = "yellow"

_STYLES = {equations.VALUE: VALUE, equations.DERIVATIVE: DERIVATIVE, equations.LOCAL: ""}


def pages(
    explanation: Explanation, passes: Iterable[Pass], layout: Layout
) -> Iterator[list[RenderableType]]:
    """What is shown at a time: a heading with its first step, then step by step."""
    numbers = rounded_numbers(explanation, layout.digits)
    yield [heading(explanation.lowered.tree)]
    for position, told in enumerate(passes):
        yield [*([Text()] if position else []), _title(told, numbers)]
        for step in _with_gap(told.steps, layout.most_rows):
            yield [_gap(step)] if isinstance(step, int) else _step(step, numbers)
        if told.answers:
            yield _answers(told, numbers)
    for remark in explanation.notes.remarks:
        yield [Text(f"\nnote: {remark}")]


def _with_gap(steps: Sequence[TextStep], most: int | None) -> Iterator[TextStep | int]:
    """The first and the last steps, and between them how many are left out."""
    if most is None or len(steps) <= most:
        yield from steps
        return
    tail = most // 2
    yield from steps[: most - tail]
    yield len(steps) - most
    yield from steps[len(steps) - tail :]


def _gap(count: int) -> Text:
    return Text(f"  ... {count} more {'step' if count == 1 else 'steps'}; --all shows them", style=QUIET)


def _title(told: Pass, numbers: Numbers) -> Text:
    title = Text().append(told.title, style=NAME).append(": ", style=QUIET)
    return title.append(_line(told.about, numbers))


def _step(step: TextStep, numbers: Numbers) -> list[RenderableType]:
    """The node, and below it what is told of it."""
    title = _equation(step.title, numbers)
    title.stylize(NAME, 0, len(_equation(Equation(step.title.sides[:1]), numbers)))
    if not step.told and not step.notes:
        return [title]
    table = Table.grid()
    table.add_column(width=LABEL_WIDTH + 2, no_wrap=True)
    table.add_column(overflow="fold")
    for told in step.told:
        for position, line in enumerate(told.lines):
            label = told.label if position == 0 else ""
            table.add_row(Text(f"  {label}", style=QUIET), _line(line, numbers))
    for note in step.notes:
        table.add_row(Text("  note", style=NOTE), Text(note, style=NOTE))
    return [title, table]


def _answers(told: Pass, numbers: Numbers) -> list[RenderableType]:
    return [Text(), *(_equation(answer, numbers) for answer in told.answers.values())]


def _line(line: Line, numbers: Numbers) -> Text:
    text = Text()
    for piece in line:
        text.append(_equation(piece, numbers) if isinstance(piece, Equation) else Text(piece))
    return text


def _equation(equation: Equation, numbers: Numbers) -> Text:
    text = Text()
    for position, side in enumerate(equation.sides):
        text.append(" = " if position else "")
        for piece in side:
            is_number = isinstance(piece, Slot)
            text.append(numbers(piece) if is_number else piece, _STYLES[piece.role] if is_number else "")
    return text
