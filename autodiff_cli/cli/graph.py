"""`autodiff graph`: the computational graph as a picture."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import PurePath
from typing import Annotated

from typer import Context, Option

from autodiff_cli.cli.arguments import listed_names
from autodiff_cli.cli.eval import fail, shadowed, warn_each
from autodiff_cli.cli.options import Assignments, FormulaText, MaxOperations, MaxSize, Outputs, Params
from autodiff_cli.cli.streams import UNLIMITED, Color, read_formula, screen_width, use_color, write
from autodiff_cli.cli.values import formula_at_point, gather
from autodiff_cli.derivatives.diagnosis import Diagnosis, diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.errors import UsageError
from autodiff_cli.graph.lower import Lowered
from autodiff_cli.pictures.parts import Extent
from autodiff_cli.pictures.picture import NodeKind, Picture, picture_of, structure_of
from autodiff_cli.views.pictures.text import Detail


class Format(StrEnum):
    """What a picture is written as; a file's ending tells the same."""

    DOT = "dot"
    MMD = "mmd"
    SVG = "svg"
    PNG = "png"
    PDF = "pdf"
    HTML = "html"
    UNICODE = "unicode"


# Pictures for people; and text that other programs read, which may be longer.
MOST_DRAWN, MOST_WRITTEN = 200, 10_000
# A larger formula is no picture, and is not to be waited for.
LARGEST_FORMULA, MOST_OPERATIONS = 0.5, 100_000
DIGITS, MOST_DIGITS = 4, 17
ALL = "all"
_FILES_ONLY = (Format.PNG, Format.PDF)
_ENDINGS = [form for form in Format if form is not Format.UNICODE]


def graph(
    context: Context,
    formula: FormulaText,
    assignments: Assignments = None,
    params: Params = None,
    wrt: Annotated[
        list[str] | None,
        Option(metavar="NAMES", help="Derivatives on the ways to these only: x,y (default: all)."),
    ] = None,
    output: Outputs = None,
    file: Annotated[
        str | None,
        Option("-o", metavar="FILE", help=f"Write to a file: {', '.join(f'.{f}' for f in _ENDINGS)}."),
    ] = None,
    form: Annotated[
        Format | None,
        Option("--format", help="Default: by the file's ending; dot on standard output."),
    ] = None,
    partials: Annotated[
        bool, Option("--partials", help="Write the local partial derivatives at the edges.")
    ] = False,
    backward: Annotated[
        bool, Option("--backward", help="Draw the graph of the gradient beside that of the formula.")
    ] = False,
    digits: Annotated[
        int, Option(metavar="N", min=1, max=MOST_DIGITS, help="Significant digits.")
    ] = DIGITS,
    expand: Annotated[
        list[str] | None,
        Option(metavar="NAMES", help="Do not fold these definitions and functions: q,f, or all."),
    ] = None,
    max_nodes: Annotated[
        int | None,
        Option(
            metavar="N",
            min=1,
            help=f"Fold what has more nodes (default: {MOST_DRAWN}, of dot {MOST_WRITTEN}).",
        ),
    ] = None,
    color: Annotated[
        Color, Option(help="Colours of --format unicode; NO_COLOR turns them off.")
    ] = Color.AUTO,
    max_size: MaxSize = LARGEST_FORMULA,
    max_operations: MaxOperations = MOST_OPERATIONS,
    allow_nonfinite: Annotated[
        bool, Option("--allow-nonfinite", help="Draw NaN and infinities instead of failing.")
    ] = False,
) -> None:
    """The computational graph as a picture.

    With values, edges show what flows forward (green) and the gradient flowing back (red).

    What has too many nodes is folded: definitions and functions become one node each.

    A page, -o page.html, steps through both passes, and computes them again for other values.

    Example: autodiff graph "(x+y)*z" --x 2 --y 5 --z -4 -o graph.svg

    Exit codes: 1 input or output, 2 usage, 3 formula, 4 mathematics.
    """
    path = None if file == "-" else file
    chosen = _format(path, form)
    if partials and chosen is Format.UNICODE:
        raise UsageError("edges of characters have no room for --partials", hint="-o graph.svg has")
    options = [name for option in context.command.params for name in option.opts]
    given = gather(context.obj, assignments or [])
    text = read_formula(formula, max_size)
    lowered, point = formula_at_point(text, given, params, options, max_operations)
    most = max_nodes or (MOST_WRITTEN if chosen is Format.DOT else MOST_DRAWN)
    names = listed_names("--expand", expand)
    extent = Extent(most, [name for name in names if name != ALL], ALL in names)
    outputs, along = listed_names("--output", output), listed_names("--wrt", wrt)
    # What is too large is told before it is evaluated.
    picture = _structure(lowered, outputs, along, extent, backward)
    has_values = bool(point or given) or not _has_inputs(picture)
    detail = Detail(digits, partials)
    if chosen is Format.HTML:
        _check_page(has_values, backward)
        from autodiff_cli.cli.page import page

        found = page(lowered, point, outputs, along, extent, detail, allow_nonfinite)
        _say_folded(picture)
        _write_text([found], path)
        return
    if has_values:
        evaluation, diagnosis = _evaluated(lowered, point, outputs, along, allow_nonfinite)
        picture = _with_values(evaluation, diagnosis, along, extent, backward)
    elif partials or (along and not backward):
        raise UsageError(
            f"{'--partials' if partials else '--wrt'} needs values", hint="for example: x=2"
        )
    _say_folded(picture)
    if chosen is Format.UNICODE:
        from autodiff_cli.views.pictures.boxes import boxes

        width = screen_width() if path is None else UNLIMITED
        pieces = boxes(picture, detail, width, path is None and use_color(color))
        _write_text(pieces, path)
    else:
        _write(picture, detail, chosen, path)


def _format(path: str | None, form: Format | None) -> Format:
    """What to write, by the option or else by the ending."""
    if path is None:
        if form in _FILES_ONLY:
            raise UsageError(f"{form} is no text to show", hint=f"-o graph.{form} writes a file")
        return form or Format.DOT
    ending = PurePath(path).suffix[1:].lower()
    if form is None and ending not in _ENDINGS:
        known = ", ".join(f".{known}" for known in _ENDINGS)
        what = f"what .{ending} is" if ending else "what to write"
        raise UsageError(f"-o {path} does not tell {what}", hint=f"known endings are {known}")
    if form is not None and ending in _ENDINGS and ending != form:
        raise UsageError(f"-o {path} and --format {form} contradict each other")
    return form or Format(ending)


def _check_page(has_values: bool, backward: bool) -> None:
    if not has_values:
        raise UsageError("a page needs values", hint="for example: x=2")
    if backward:
        hint = "a page steps through the backward pass; leave the option out"
        raise UsageError("--backward is for pictures", hint=hint)


def _has_inputs(picture: Picture) -> bool:
    return any(node.kind is NodeKind.INPUT for node in picture.nodes)


def _structure(
    lowered: Lowered, outputs: list[str], along: list[str], extent: Extent, backward: bool
) -> Picture:
    if backward:
        from autodiff_cli.pictures.backward import structure_with_gradient

        return structure_with_gradient(lowered, outputs, along, extent)
    return structure_of(lowered, outputs, extent)


def _evaluated(
    lowered: Lowered,
    point: dict[str, float],
    outputs: list[str],
    along: list[str],
    allow_nonfinite: bool,
) -> tuple[Evaluation, Diagnosis]:
    evaluation = Evaluation(lowered, point, outputs, along)
    diagnosis = diagnose(evaluation)
    if not (allow_nonfinite or evaluation.is_finite()):
        fail(evaluation, diagnosis.sides)
    warn_each([*shadowed(evaluation), *diagnosis.warnings], lowered.tree.text)
    return evaluation, diagnosis


def _with_values(
    evaluation: Evaluation, diagnosis: Diagnosis, along: list[str], extent: Extent, backward: bool
) -> Picture:
    if backward:
        from autodiff_cli.pictures.backward import picture_with_gradient

        return picture_with_gradient(evaluation, diagnosis, extent, along)
    return picture_of(evaluation, diagnosis, extent, along)


def _say_folded(picture: Picture) -> None:
    before, after = picture.folded
    if before:
        from autodiff_cli.cli.failure import note

        said = f"folded: {before:,} nodes are drawn as {after:,}"
        note(f"{said}; --expand NAMES opens definitions and functions")


def _write(picture: Picture, detail: Detail, form: Format, path: str | None) -> None:
    if form in _FILES_ONLY and path is not None:
        from autodiff_cli.cli.files import write_whole
        from autodiff_cli.views.pictures.drawing import drawn_bytes

        write_whole(path, drawn_bytes(picture, detail, form))
        return
    _write_text(_text(picture, detail, form), path)


def _write_text(pieces: Iterable[str], path: str | None) -> None:
    if path is None:
        write(pieces)
        return
    from autodiff_cli.cli.files import write_whole

    write_whole(path, "".join(pieces).encode())


def _text(picture: Picture, detail: Detail, form: Format) -> Iterable[str]:
    """The picture in a format that is text."""
    match form:
        case Format.SVG:
            from autodiff_cli.views.pictures.drawing import drawn_svg

            return [drawn_svg(picture, detail)]
        case Format.MMD:
            from autodiff_cli.views.pictures.mermaid import mermaid

            return mermaid(picture, detail)
        case _:
            from autodiff_cli.views.pictures.dot import dot

            return dot(picture, detail)
