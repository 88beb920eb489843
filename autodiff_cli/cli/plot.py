"""`autodiff plot`: a function and its derivatives over a range."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib.util import find_spec
from math import isfinite
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Context, Option

from autodiff_cli.cli.arguments import identifier
from autodiff_cli.cli.limits import MaxOperations, MaxSize
from autodiff_cli.cli.streams import (
    LARGEST_FORMULA,
    Color,
    at_terminal,
    read_formula,
    use_color,
    write,
)
from autodiff_cli.cli.values import constant, formula_at_point, gather
from autodiff_cli.errors import UsageError
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import MOST_OPERATIONS, Lowered

if TYPE_CHECKING:
    from autodiff_cli.derivatives.curves import Picture
    from autodiff_cli.views.plot_axes import Names, Window


class Format(StrEnum):
    """How the plot is shown."""

    TERMINAL = "terminal"
    JSON = "json"
    CSV = "csv"


POINTS, FEWEST_POINTS, MOST_POINTS = 200, 8, 100_000
# What a pipe is taken for.
COLUMNS, ROWS = 80, 24
_LEAST, _LARGEST = 8, 10_000

_EXAMPLE = "for example: --x -3:3"

Range = tuple[float, float]


def plot(
    context: Context,
    formula: Annotated[
        str,
        Argument(metavar="EXPR", help="The formula: text, @file, or - for standard input."),
    ],
    assignments: Annotated[
        list[str] | None,
        Option(
            "--set",
            metavar="NAME=VALUE",
            help="Give a variable a range LOW:HIGH or a value; any name, repeatable.",
        ),
    ] = None,
    params: Annotated[
        str | None, Option(metavar="FILE", help="A JSON object with values of variables.")
    ] = None,
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
        int,
        Option(
            metavar="N",
            min=FEWEST_POINTS,
            max=MOST_POINTS,
            help="Points to begin with; more are added where curves bend.",
        ),
    ] = POINTS,
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

    Kinks, jumps, poles and edges of the domain are found and marked, never joined. One variable gets a
    range, LOW:HIGH, the others values. With two ranges: heights with the gradient.

    Needs the extra `plot`, but for JSON and CSV.

    Example: autodiff plot "abs(x)*sin(x)" --x -pi:pi

    Exit codes: 1 input or output, 2 usage, 3 formula, 4 mathematics.
    """
    chosen = _chosen(form, json, file)
    size = _checked_size(width, height)
    up = None if ylim is None else _range("--ylim", ylim)
    options = [name for option in context.command.params for name in option.opts]
    given = gather(context.obj, assignments or [])
    text = read_formula(formula, max_size)
    ranges = {name: _range(name, value) for name, value in given.items() if _is_range(value)}
    if not ranges:
        raise UsageError("there is no range to draw over", hint=_EXAMPLE)
    if len(ranges) > 2:
        raise UsageError(f"there are {len(ranges)} ranges: {', '.join(ranges)}", hint="give one or two")
    values = {name: given[name].partition(":")[0] if name in ranges else given[name] for name in given}
    lowered, point = _at_point(text, values, params, options, max_operations, ranges)
    name = "" if output is None else identifier(output)
    if len(ranges) == 2:
        raise NotImplementedError
    _check_extra(chosen, file)
    along, (low, high) = next(iter(ranges.items()))
    from autodiff_cli.derivatives.curves import picture
    from autodiff_cli.derivatives.lines import Line

    line = Line(lowered, point, name, along, max(order, 1))
    found = picture(line, low, high, order, points)
    inputs = {n: v for n, v in point.items() if n != along and n in lowered.graph.variables}
    names = _names(lowered, name, (along,), inputs)
    window = None if up is None else _window(up)
    if file is not None:
        from autodiff_cli.cli.files import write_file
        from autodiff_cli.views import plot_file

        ending = _ending(file)
        sheet = plot_file.Sheet(ending, size[0] or plot_file.WIDTH, size[1] or plot_file.HEIGHT)
        write_file(file, plot_file.drawing(found, names, window, sheet))
        _note(found.notes)
        return
    write(_rendered(found, names, chosen, lowered, inputs, window, size, color))


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
    from autodiff_cli.views.plot_file import ENDINGS

    ending = file.rpartition(".")[2].lower() if "." in file else ""
    if ending not in ENDINGS:
        known = ", ".join(f".{name}" for name in ENDINGS)
        raise UsageError(
            f"what to draw into {file} is not known", hint=f"a name ends in {known}; --format has data"
        )
    return ending


def _checked_size(width: int | None, height: int | None) -> tuple[int | None, int | None]:
    for name, size in (("--width", width), ("--height", height)):
        if size is not None and not _LEAST <= size <= _LARGEST:
            hint = f"a variable called {name[2:]} is set as {name[2:]}={size}"
            raise UsageError(f"{name} {size} is not between {_LEAST} and {_LARGEST}", hint=hint)
    return width, height


def _is_range(text: str) -> bool:
    """Whether a value has a colon that belongs to no choice, as in `-3:3`."""
    return ":" in text and "?" not in text


def _range(name: str, text: str) -> Range:
    """The ends of a range, LOW:HIGH, each a constant expression."""
    parts = text.split(":")
    if len(parts) != 2 or not all(part.strip() for part in parts):
        raise UsageError(f"{text} is not a range for {name}", hint=f"LOW:HIGH, {_EXAMPLE}")
    low, high = (_number(name, part) for part in parts)
    if not low < high or not isfinite(high - low):
        wrong = "the lower end is not below the upper one" if low >= high else "it is too wide"
        if not (isfinite(low) and isfinite(high)):
            wrong = "its ends are not finite"
        raise UsageError(f"{text} is not a range for {name}: {wrong}", hint=_EXAMPLE)
    return low, high


def _number(name: str, text: str) -> float:
    graph = (lowered := constant(name, text)).graph
    return evaluate(graph, graph.reachable([lowered.output]), {})[lowered.output]


def _at_point(
    text: str,
    values: Mapping[str, str],
    params: str | None,
    options: Iterable[str],
    most_operations: int,
    ranges: Iterable[str],
) -> tuple[Lowered, dict[str, float]]:
    """The formula with values; of a constant any variable may have a range."""
    from autodiff_cli.graph.lower import lower
    from autodiff_cli.language.parser import parse

    if not lower(parse(text), (), most_operations).graph.variables:
        fixed = {name: value for name, value in values.items() if name not in ranges}
        lowered, point = formula_at_point(text, fixed, params, list(options), most_operations)
        return lowered, {**point, **dict.fromkeys(_declared(lowered, ranges), 0.0)}
    return formula_at_point(text, values, params, list(options), most_operations)


def _declared(lowered: Lowered, names: Iterable[str]) -> list[str]:
    """Names as variables of a formula that does not depend on them."""
    return [name for name in names if lowered.graph.variable(name) >= 0]


def _names(
    lowered: Lowered, output: str, along: tuple[str, ...], inputs: Mapping[str, float]
) -> "Names":
    from autodiff_cli.language.printer import canonical
    from autodiff_cli.views.numbers import rounded
    from autodiff_cli.views.plot_axes import Names

    fixed = ", ".join(f"{name} = {rounded(value, 6)}" for name, value in inputs.items())
    name = output or lowered.output_name
    return Names(name or canonical(lowered.tree), along, fixed)


def _window(ends: Range) -> "Window":
    from autodiff_cli.views.plot_axes import Window

    return Window(*ends)


def _check_extra(form: Format, file: str | None) -> None:
    """Raise UsageError where the library that draws is missing."""
    library = "matplotlib" if file is not None else "plotext" if form is Format.TERMINAL else None
    if library is not None and find_spec(library) is None:
        raise UsageError(f"plots need {library}", hint="pip install 'autodiff-cli[plot]'")


def _rendered(
    picture: "Picture",
    names: "Names",
    form: Format,
    lowered: Lowered,
    inputs: Mapping[str, float],
    window: "Window | None",
    size: tuple[int | None, int | None],
    color: Color,
) -> Iterable[str]:
    match form:
        case Format.JSON:
            from autodiff_cli.views.plot_data import picture_json

            return picture_json(picture, names, lowered.tree, dict(inputs))
        case Format.CSV:
            from autodiff_cli.views.plot_data import picture_csv

            _note(picture.notes)
            return picture_csv(picture)
        case Format.TERMINAL:
            from autodiff_cli.views.plot_terminal import Screen, drawing

            columns, rows = _screen()
            screen = Screen(size[0] or columns, size[1] or rows, use_color(color))
            return [drawing(picture, names, window, screen)]


def _screen() -> tuple[int, int]:
    """The terminal's columns and rows, with one left for the prompt."""
    if not at_terminal():
        return COLUMNS, ROWS
    columns, rows = get_terminal_size((COLUMNS, ROWS))
    return columns, rows - 1


def _note(notes: Iterable[str]) -> None:
    from autodiff_cli.cli.failure import note

    for text in notes:
        note(text)
