"""`autodiff plot`: a function and its derivatives over a range."""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from importlib.util import find_spec
from math import isfinite
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Context, Option

from autodiff_cli.cli.arguments import identifier
from autodiff_cli.cli.options import FormulaText, MaxOperations, MaxSize, Params
from autodiff_cli.cli.streams import (
    LARGEST_FORMULA,
    Color,
    at_terminal,
    can_write,
    read_formula,
    use_color,
    write,
)
from autodiff_cli.cli.values import constant, formula_at_point, gather
from autodiff_cli.errors import UsageError
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import MOST_OPERATIONS, RESERVED, Lowered

if TYPE_CHECKING:
    from autodiff_cli.views.plots.axes import Names, Window
    from autodiff_cli.views.plots.curves_file import Sheet
    from autodiff_cli.views.plots.curves_terminal import Screen


class Format(StrEnum):
    """How the plot is shown."""

    TERMINAL = "terminal"
    JSON = "json"
    CSV = "csv"


POINTS, FEWEST_POINTS, MOST_POINTS = 160, 8, 100_000
# Points along each of two ranges, and arrows.
GRID, ARROWS = 101, 15
# What a pipe is taken for.
COLUMNS, ROWS = 80, 24
_LEAST, _LARGEST = 8, 10_000

_EXAMPLE = "for example: --x -3:3"

Range = tuple[float, float]


def plot(
    context: Context,
    formula: FormulaText,
    assignments: Annotated[
        list[str] | None,
        Option(
            "--set",
            metavar="NAME=VALUE",
            help="Give a variable a range LOW:HIGH or a value; any name, repeatable.",
        ),
    ] = None,
    params: Params = None,
    output: Annotated[
        str | None, Option(metavar="NAME", help="The definition to draw (default: the output).")
    ] = None,
    order: Annotated[
        int, Option(metavar="N", min=0, max=2, help="Draw derivatives up to this order.")
    ] = 1,
    file: Annotated[
        str | None,
        Option("--out", "-o", metavar="FILE", help="Draw into a file: .png, .svg or .pdf."),
    ] = None,
    form: Annotated[
        Format | None,
        Option("--format", help="Default: terminal; json and csv are the points that are drawn."),
    ] = None,
    json: Annotated[bool, Option("--json", help="Short for --format json.")] = False,
    points: Annotated[
        int | None,
        Option(
            metavar="N",
            min=FEWEST_POINTS,
            max=MOST_POINTS,
            help=f"Points to begin with (default: {POINTS}), more are added where curves bend; with two"
            f" ranges along each ({GRID}).",
        ),
    ] = None,
    ylim: Annotated[
        str | None, Option(metavar="LOW:HIGH", help="What to see of the values (default: by itself).")
    ] = None,
    width: Annotated[
        int | None,
        Option(metavar="N", help="Columns of the terminal, pixels of a file."),
    ] = None,
    height: Annotated[
        int | None,
        Option(metavar="N", help="Rows of the terminal, pixels of a file."),
    ] = None,
    max_size: MaxSize = LARGEST_FORMULA,
    max_operations: MaxOperations = MOST_OPERATIONS,
    color: Annotated[Color, Option(help="Colours; NO_COLOR turns them off.")] = Color.AUTO,
) -> None:
    """A function and its derivative over a range, in the terminal or in a file.

    Kinks, jumps, poles and edges of the domain are found and marked, never joined.

    One variable gets a range, LOW:HIGH, the others values. Two ranges: a map of heights, with the
    gradient.

    Needs the extra `plot`, but for JSON and CSV.

    Example: autodiff plot "abs(x)*sin(x)" --x -pi:pi

    Exit codes: 1 input or output, 2 usage, 3 formula, 4 mathematics.
    """
    looks = Looks(
        _chosen(form, json, file),
        file,
        _checked_size("width", width),
        _checked_size("height", height),
        None if ylim is None else _range("--ylim", ylim),
        color,
    )
    options = [name for option in context.command.params for name in option.opts]
    given = gather(context.obj, assignments or [])
    text = read_formula(formula, max_size)
    ranges = {name: _range(name, value) for name, value in given.items() if _is_range(value)}
    if not ranges:
        raise UsageError("there is no range to draw over", hint=_EXAMPLE)
    if len(ranges) > 2:
        raise UsageError(f"there are {len(ranges)} ranges: {', '.join(ranges)}", hint="give one or two")
    if len(ranges) == 2 and order == 2:
        raise UsageError("--order 2 takes one range", hint="--order 0 draws heights alone")
    _check_extra(looks)
    lowered, point = _at_point(text, given, ranges, params, options, max_operations)
    name = "" if output is None else identifier(output)
    subject = Subject(lowered, point, name, ranges)
    if len(ranges) == 2:
        _draw_field(subject, order, points, looks)
    else:
        _draw_curves(subject, order, points or POINTS, looks)


class Looks(NamedTuple):
    """How a plot is shown: the format or the file, its size, what to see of the values."""

    form: Format
    file: str | None
    width: int | None
    height: int | None
    seen: Range | None
    color: Color

    def window(self) -> "Window | None":
        """What to see of the values, if that was asked for."""
        from autodiff_cli.views.plots.axes import Window

        return None if self.seen is None else Window(*self.seen)

    def screen(self) -> "Screen":
        """The terminal, with a row left for the prompt."""
        from autodiff_cli.views.plots.curves_terminal import Screen

        columns, rows = COLUMNS, ROWS
        if at_terminal():
            columns, rows = get_terminal_size((COLUMNS, ROWS))
            rows -= 1
        return Screen(self.width or columns, self.height or rows, use_color(self.color))

    def sheet(self, file: str, width: int, height: int) -> "Sheet":
        """The file's kind and size, which is so much by default."""
        from autodiff_cli.views.plots.curves_file import Sheet

        return Sheet(_ending(file), self.width or width, self.height or height)


class Subject(NamedTuple):
    """What is drawn: a formula with values, and the ranges of one or two variables."""

    lowered: Lowered
    point: dict[str, float]
    output: str
    ranges: dict[str, Range]

    def inputs(self) -> dict[str, float]:
        """The variables that stand still."""
        variables = self.lowered.graph.variables
        return {n: x for n, x in self.point.items() if n in variables and n not in self.ranges}

    def names(self) -> "Names":
        """What is written beside the picture."""
        from autodiff_cli.language.printer import canonical
        from autodiff_cli.views.numbers import rounded
        from autodiff_cli.views.plots.axes import Names

        fixed = ", ".join(f"{name} = {rounded(value, 6)}" for name, value in self.inputs().items())
        name = self.output or self.lowered.output_name
        return Names(name or canonical(self.lowered.tree), tuple(self.ranges), fixed)


def _draw_curves(subject: Subject, order: int, points: int, looks: Looks) -> None:
    from autodiff_cli.plots.curves import picture
    from autodiff_cli.plots.lines import Line

    ((along, (low, high)),) = subject.ranges.items()
    line = Line(subject.lowered, subject.point, subject.output, along, max(order, 1))
    found = picture(line, low, high, order, points)
    names = subject.names()
    if looks.file is not None or looks.form is Format.CSV:
        _note(found.notes)
    if looks.file is not None:
        from autodiff_cli.cli.files import write_whole
        from autodiff_cli.views.plots import curves_file as plot_file

        sheet = looks.sheet(looks.file, plot_file.WIDTH, plot_file.HEIGHT)
        data = plot_file.drawing(found, names, looks.window(), sheet)
        return write_whole(looks.file, data)
    match looks.form:
        case Format.JSON:
            from autodiff_cli.views.plots.data import picture_json

            return write(picture_json(found, names, subject.lowered.tree, subject.inputs()))
        case Format.CSV:
            from autodiff_cli.views.plots.data import picture_csv

            return write(picture_csv(found))
        case Format.TERMINAL:
            from autodiff_cli.views.plots import curves_terminal as view

            text = view.drawing(found, names, looks.window(), looks.screen())
            return write([text if can_write("⠿┊▀") else view.in_ascii(text)])


def _draw_field(subject: Subject, order: int, points: int | None, looks: Looks) -> None:
    from autodiff_cli.plots.fields import Plane, arrows, field

    first, second = subject.ranges
    across, up = subject.ranges.values()
    plane = Plane(subject.lowered, subject.point, subject.output, (first, second))
    names = subject.names()
    if looks.file is None and looks.form is Format.TERMINAL:
        from autodiff_cli.views.plots import field_terminal as view

        screen = looks.screen()
        columns, rows = view.room(screen, up)
        inside = view.centred(across, columns), view.centred(up, rows)
        found = field(plane, *inside, columns, rows)._replace(across=across, up=up)
        text = view.drawing(found, names, looks.window(), screen, order > 0)
        return write([text if can_write("⠿┊▀") else view.in_ascii(text)])
    count = GRID if points is None else points
    found = field(plane, across, up, count, count)
    if looks.file is not None:
        from autodiff_cli.cli.files import write_whole
        from autodiff_cli.views.plots import field_file

        _note(found.notes)
        field_of_arrows = arrows(plane, across, up, ARROWS, ARROWS) if order else []
        sheet = looks.sheet(looks.file, field_file.WIDTH, field_file.HEIGHT)
        data = field_file.drawing(found, names, field_of_arrows, looks.window(), sheet)
        return write_whole(looks.file, data)
    if looks.form is Format.JSON:
        from autodiff_cli.views.plots.data import field_json

        return write(field_json(found, names, subject.lowered.tree, subject.inputs()))
    from autodiff_cli.views.plots.data import field_csv

    _note(found.notes)
    return write(field_csv(found, names))


def _chosen(form: Format | None, json: bool, file: str | None) -> Format:
    """The format, once options do not contradict each other."""
    if json and form not in (None, Format.JSON):
        raise UsageError(f"--json and --format {form} contradict each other")
    if file is not None:
        if json or form is not None:
            raise UsageError("a file's name tells its format", hint="leave --format out, or the file")
        _ending(file)
    return Format.JSON if json else form or Format.TERMINAL


def _ending(file: str) -> str:
    from autodiff_cli.views.plots.curves_file import ENDINGS

    ending = file.rpartition(".")[2].lower() if "." in file else ""
    if ending not in ENDINGS:
        known = ", ".join(f".{name}" for name in ENDINGS)
        raise UsageError(
            f"what to draw into {file} is not known", hint=f"a name ends in {known}; --format has data"
        )
    return ending


def _checked_size(name: str, size: int | None) -> int | None:
    if size is not None and not _LEAST <= size <= _LARGEST:
        hint = f"a variable called {name} is set as {name}={size}"
        raise UsageError(f"--{name} {size} is not between {_LEAST} and {_LARGEST}", hint=hint)
    return size


def _is_range(text: str) -> bool:
    """Whether a value has a colon that belongs to no choice, as in `-3:3`."""
    return ":" in text and "?" not in text


def _range(name: str, text: str) -> Range:
    """The ends of a range, LOW:HIGH, each a constant expression."""
    example = f"for example: {name}{' ' if name.startswith('--') else '='}-3:3"
    parts = text.split(":")
    if len(parts) != 2 or not all(part.strip() for part in parts):
        raise UsageError(f"{text} is not a range for {name}", hint=f"LOW:HIGH, {example}")
    low, high = (_number(name, part) for part in parts)
    if not low < high or not isfinite(high - low):
        wrong = "the lower end is not below the upper one" if low >= high else "it is too wide"
        if not (isfinite(low) and isfinite(high)):
            wrong = "its ends are not finite"
        raise UsageError(f"{text} is not a range for {name}: {wrong}", hint=example)
    return low, high


def _number(name: str, text: str) -> float:
    graph = (lowered := constant(name, text)).graph
    return evaluate(graph, graph.reachable([lowered.output]), {})[lowered.output]


def _at_point(
    text: str,
    given: Mapping[str, str],
    ranges: Collection[str],
    params: str | None,
    options: Collection[str],
    most_operations: int,
) -> tuple[Lowered, dict[str, float]]:
    """The formula with values, those of ranges at their lower ends.

    Of a formula without variables any may have a range: it is constant along each.
    """
    from autodiff_cli.graph.lower import lower
    from autodiff_cli.language.parser import parse

    is_constant = not lower(parse(text), RESERVED.keys() & given.keys(), most_operations).graph.variables
    values = {
        name: value.partition(":")[0] if name in ranges else value
        for name, value in given.items()
        if not (is_constant and name in ranges)
    }
    lowered, point = formula_at_point(text, values, params, options, most_operations)
    if is_constant:
        for name in ranges:
            lowered.graph.variable(name)
            point[name] = 0.0
    return lowered, point


def _check_extra(looks: Looks) -> None:
    """Raise UsageError where the library that draws is missing."""
    library = "plotext" if looks.form is Format.TERMINAL else None
    if looks.file is not None:
        library = "matplotlib"
    if library is not None and find_spec(library) is None:
        raise UsageError(f"plots need {library}", hint="pip install 'autodiff-cli[plot]'")


def _note(notes: Iterable[str]) -> None:
    from autodiff_cli.cli.failure import note

    for text in notes:
        note(text)
