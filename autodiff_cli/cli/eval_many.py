"""`autodiff eval` at more than one point: of ranges, random ones, or from another program.

What computes is loaded only when it is wanted.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from autodiff_cli.cli.eval_format import Format
from autodiff_cli.cli.streams import write
from autodiff_cli.errors import UsageError
from autodiff_cli.graph.lower import Lowered
from autodiff_cli.views.layout import Layout

if TYPE_CHECKING:
    from autodiff_cli.cli.eval_points import Run
    from autodiff_cli.tables.points import Points


class Asked(NamedTuple):
    """What is asked for at each point; `get` are names of numbers, or none for all."""

    outputs: list[str]
    wrt: list[str]
    order: int
    allow_nonfinite: bool
    get: list[str]


def read_values(
    given: dict[str, str], random: list[str] | None, count: int | None, seed: int | None
) -> "tuple[dict[str, str], Points | None]":
    """The values that are numbers, and the points of ranges and random numbers, if there are any."""
    if (random, count, seed) == (None, None, None) and not any(":" in text for text in given.values()):
        return given, None
    from autodiff_cli.cli.points import read_points, split_ranges

    values, ranges = split_ranges(given)
    return values, read_points(ranges, random, count, seed)


def answer_many(
    lowered: Lowered,
    fixed: Mapping[str, float],
    points: "Points | None",
    asked: Asked,
    stream: bool,
    of_one_point: Mapping[str, bool],
    form: Format | None,
    chosen: Format,
    layout: Layout,
) -> None:
    """Answer points from standard input, or show those that there are.

    `of_one_point` tells which options are given that say nothing of many: they are refused, by
    UsageError. `form` is the format if one was asked for, and `chosen` the one to use.
    """
    if points is None:
        is_json = form in (None, Format.JSON)
        _exclude("--stream", {**of_one_point, "--get": bool(asked.get), f"--format {form}": not is_json})
        _serve(lowered, fixed, asked)
    else:
        others = {"--stream": stream, "--format tree": chosen is Format.TREE}
        _exclude("several points", {**of_one_point, **others})
        _show(lowered, fixed, points, asked, chosen, layout)


def _exclude(many: str, others: Mapping[str, bool]) -> None:
    """Raise UsageError where something is given that is for one point."""
    for name, is_given in others.items():
        if is_given:
            raise UsageError(f"{many} and {name} do not go together", hint="leave one of them out")


def _serve(lowered: Lowered, given: Mapping[str, float], asked: Asked) -> None:
    """Answer points from standard input."""
    from autodiff_cli.batches.results import nowhere
    from autodiff_cli.cli.eval_stream import Server, answer_lines

    evaluation = nowhere(lowered, asked.outputs, asked.wrt, asked.order)
    answer_lines(Server(evaluation, given, asked.allow_nonfinite))


def _show(
    lowered: Lowered,
    fixed: Mapping[str, float],
    points: "Points",
    asked: Asked,
    form: Format,
    layout: Layout,
) -> None:
    """Show a row for each point, then say what is to be said."""
    from autodiff_cli.batches.results import nowhere
    from autodiff_cli.cli.eval_points import Run
    from autodiff_cli.views import points as views

    evaluation = nowhere(lowered, asked.outputs, asked.wrt, asked.order)
    run = Run(evaluation, fixed, points, asked.allow_nonfinite)
    if asked.get:
        run.check_names(asked.get)
        write(views.bare(run.shown, run.rows(False), asked.get))
    else:
        write(_rendered(run, lowered, fixed, form, layout))
    if asked.get or form is not Format.JSON:
        run.say()
    run.fail()


def _rendered(
    run: "Run", lowered: Lowered, fixed: Mapping[str, float], form: Format, layout: Layout
) -> Iterable[str]:
    from autodiff_cli.views import points as views

    rows = run.rows(form is Format.JSON)
    match form:
        case Format.JSON:
            return views.points_json(lowered.tree, fixed, run.shown, rows)
        case Format.CSV:
            return views.separated(run.shown, rows, ",")
        case Format.PLAIN:
            return views.separated(run.shown, rows, "\t")
        case Format.MARKDOWN:
            return views.markdown(run.shown, rows, layout.digits)
        case _:
            from autodiff_cli.views.terminal import render

            return render(views.points_view(lowered.tree, run.shown, list(rows), layout), layout)
