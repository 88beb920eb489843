"""`autodiff eval`: value, gradient and every intermediate at a point."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from typer import Context, Option

from autodiff_cli.cli.arguments import listed_names
from autodiff_cli.cli.eval_format import Format
from autodiff_cli.cli.eval_many import Asked, answer_many, read_values
from autodiff_cli.cli.options import (
    Assignments,
    Count,
    FormulaText,
    MaxOperations,
    MaxSize,
    Outputs,
    Params,
    Random,
    Seed,
    Wrt,
)
from autodiff_cli.cli.streams import (
    LARGEST_FORMULA,
    Color,
    at_terminal,
    read_formula,
    screen_width,
    use_color,
    write,
)
from autodiff_cli.cli.supervision import limited
from autodiff_cli.cli.values import formula_at_point, gather, read_direction
from autodiff_cli.derivatives.diagnosis import Diagnosis, Warned, diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.limits import (
    BITS,
    FEWEST_BITS,
    MOST_BITS,
    SECONDS,
    Limits,
    most_bits,
    most_digits,
)
from autodiff_cli.errors import UsageError
from autodiff_cli.graph.lower import MOST_OPERATIONS, RESERVED
from autodiff_cli.views.layout import Layout

if TYPE_CHECKING:
    from autodiff_cli.derivatives.certified import Certificate
    from autodiff_cli.derivatives.differentiability import Along, Pair
    from autodiff_cli.derivatives.expansions import Expansion


class Constants(StrEnum):
    """How certified evaluation reads numbers in a formula."""

    DECIMAL = "decimal"
    FLOAT64 = "float64"


class Mode(StrEnum):
    """Which sweep derivatives are taken from, and shown of."""

    AUTO = "auto"
    FORWARD = "forward"
    REVERSE = "reverse"


# Beyond this many rows a table or a tree is cut in the middle, unless --all is given.
MOST_ROWS = 40
DIGITS, FEWEST_DIGITS = 10, 6
# Up to so many significant digits floats are rounded; more are certified.
FLOAT_DIGITS = 15
MOST_WARNINGS = 20
MOST_ORDER = 1000


def evaluate(
    context: Context,
    formula: FormulaText,
    assignments: Assignments = None,
    params: Params = None,
    random: Random = None,
    n: Count = None,
    seed: Seed = None,
    wrt: Wrt = None,
    output: Outputs = None,
    form: Annotated[
        Format | None,
        Option("--format", help="Default: table at a terminal, plain in a pipe."),
    ] = None,
    json: Annotated[bool, Option("--json", help="Short for --format json.")] = False,
    get: Annotated[
        list[str] | None,
        Option(metavar="WHAT", help="Print bare numbers: value, d.x, error, or the name of a node."),
    ] = None,
    order: Annotated[
        int,
        Option(
            metavar="N",
            min=1,
            max=MOST_ORDER,
            help="With 2 also the Hessian, as h.x.y; beyond, Taylor coefficients along one variable"
            " or a direction, as c.3, and derivatives, as d.3.",
        ),
    ] = 1,
    direction: Annotated[
        list[str] | None,
        Option(metavar="NAME=VALUE,...", help="The derivative along x=1,y=2, by a forward sweep."),
    ] = None,
    mode: Annotated[
        Mode, Option(help="The sweep to show: adjoints, or tangents (auto: those of a direction).")
    ] = Mode.AUTO,
    stream: Annotated[
        bool,
        Option("--stream", help="Points from standard input, a JSON object a line; each is answered."),
    ] = False,
    certify: Annotated[
        bool,
        Option("--certify", help="Every digit right, by ball arithmetic: needs the extra `exact`."),
    ] = False,
    constants: Annotated[
        Constants,
        Option(help="Certified: 0.1 in the formula is the decimal number, or its float64."),
    ] = Constants.DECIMAL,
    digits: Annotated[
        int | None,
        Option(
            metavar="N",
            help="Significant digits (default: 10 in tables, fewer in a narrow terminal); beyond"
            " 15 they are certified.",
        ),
    ] = None,
    time_limit: Annotated[
        float, Option(metavar="SECONDS", help="Give up certifying after so long.")
    ] = SECONDS,
    max_bits: Annotated[
        int,
        Option(
            metavar="N",
            min=FEWEST_BITS,
            max=MOST_BITS,
            help="Certify with at most so many bits, about 6.6 a digit.",
        ),
    ] = BITS,
    max_size: MaxSize = LARGEST_FORMULA,
    max_operations: MaxOperations = MOST_OPERATIONS,
    every: Annotated[bool, Option("--all", help="Show every row, however many.")] = False,
    color: Annotated[Color, Option(help="Colours; NO_COLOR turns them off.")] = Color.AUTO,
    allow_nonfinite: Annotated[
        bool, Option("--allow-nonfinite", help="Print NaN and infinities instead of failing.")
    ] = False,
) -> None:
    """Value, gradient and every intermediate of a formula at a point.

    Variables get numbers or constant expressions: --x 2, x=pi/2, --set x=2.

    Ranges make a row for each point: --x 0:1:0.1 in steps, --x 0:1:11n for 11 points.

    Example: autodiff eval "(x+y)*z" --x 2 --y 5 --z -4

    Exit codes: 1 input or output, 2 usage, 3 formula, 4 mathematics.
    """
    _check_options(digits, time_limit, json, form)
    options = [name for option in context.command.params for name in option.opts]
    given, points = read_values(gather(context.obj, assignments or []), random, n, seed)
    text = read_formula(formula, max_size)
    varying = points.names if points else ()
    lowered, point = formula_at_point(text, given, params, options, max_operations, varying)
    chosen = Format.JSON if json else form or (Format.TABLE if at_terminal() else Format.PLAIN)
    layout = Layout(
        digits or DIGITS,
        digits or FEWEST_DIGITS,
        None if every else MOST_ROWS,
        use_color(color),
        screen_width(),
    )
    names = listed_names("--output", output), listed_names("--wrt", wrt)
    if stream or points is not None:
        of_one_point = {
            "--certify": certify,
            f"--digits {digits}": (digits or 0) > FLOAT_DIGITS,
            f"--order {order}": order > 2,
            f"--mode {mode}": mode is not Mode.AUTO,
            "--direction": direction is not None,
            "the formula from -": stream and formula == "-",
        }
        asked = Asked(*names, order, allow_nonfinite, listed_names("--get", get) if get else [])
        answer_many(lowered, point, points, asked, stream, of_one_point, form, chosen, layout)
        return
    velocities = read_direction(direction, lowered) if direction else None
    evaluation = Evaluation(
        lowered,
        point,
        *names,
        order,
        mode is Mode.FORWARD or (mode is Mode.AUTO and velocities is not None),
        velocities,
    )
    along = _expanded_along(evaluation)
    certificate = expansion = None
    if certify or (digits or 0) > FLOAT_DIGITS:
        more = digits if (digits or 0) > FLOAT_DIGITS else None
        is_decimal, limits = constants is Constants.DECIMAL, Limits(time_limit, max_bits)
        evaluation, certificate, expansion = _certified(evaluation, along, is_decimal, more, limits)
    found = diagnose(evaluation, certificate)
    diagnosis = found._replace(warnings=[*shadowed(evaluation), *found.warnings])
    # Numbers too large for a float64 have digits all the same.
    has_digits = certificate is not None and bool(certificate.digits)
    if not (allow_nonfinite or has_digits or evaluation.is_finite()):
        fail(evaluation, found.sides)
    if along is not None:
        diagnosis = _expanded(evaluation, diagnosis, along, expansion, allow_nonfinite)
    if get is not None or chosen is not Format.JSON:
        warn_each(diagnosis.warnings, lowered.tree.text)
        # A table and a tree of float64 numbers say it themselves.
        says_so = get is None and not has_digits and chosen in (Format.TABLE, Format.TREE)
        if certificate is not None and not says_so and _has_decimals(evaluation):
            _note(certificate)
    if get is not None:
        from autodiff_cli.views.bare import got

        write([f"{number}\n" for number in got(evaluation, diagnosis, listed_names("--get", get))])
        return
    if has_digits and chosen is not Format.JSON:
        write(_with_digits(evaluation, diagnosis, chosen))
    else:
        write(_rendered(evaluation, diagnosis, chosen, layout))


def _check_options(digits: int | None, time_limit: float, json: bool, form: Format | None) -> None:
    if digits is not None and digits < 1:
        raise UsageError(f"--digits {digits} is less than 1")
    if not time_limit > 0:
        raise UsageError(f"--time-limit {time_limit:g} is not greater than 0")
    if json and form not in (None, Format.JSON):
        raise UsageError(f"--json and --format {form} contradict each other")


def fail(evaluation: Evaluation, sides: "Mapping[Pair, Along] | None" = None) -> None:
    """Raise the error for a result that is not finite, if it is not."""
    from autodiff_cli.derivatives.failure import failure

    failed = failure(evaluation, sides)
    if failed is not None:
        raise failed


def _certified(
    evaluation: Evaluation, along: int | None, decimal: bool, digits: int | None, limits: Limits
) -> "tuple[Evaluation, Certificate, Expansion | None]":
    """The evaluation with every digit right, and the Taylor expansion where there is one."""
    from autodiff_cli.derivatives.certified import certified

    if digits is not None and digits > most_digits(limits.bits):
        hint = f"--max-bits {most_bits(digits)} allows so many"
        if digits > most_digits(MOST_BITS):
            hint = f"more than {most_digits(MOST_BITS)} cannot be certified"
        raise UsageError(f"--digits {digits} is more than {most_digits(limits.bits)}", hint=hint)
    with limited(limits.seconds):
        found, certificate = certified(evaluation, decimal, digits, limits)
        if along is None:
            return found, certificate, None
        from autodiff_cli.derivatives.certified_series import certified_expansion

        expansion = certified_expansion(found, along, found.order, decimal, digits, limits)
        return found, certificate, expansion


def _expanded_along(evaluation: Evaluation) -> int | None:
    """What the Taylor expansion is along, where one is asked for."""
    if evaluation.order <= 2:
        return None
    from autodiff_cli.derivatives.expansions import expanded_along

    return expanded_along(evaluation)


def _expanded(
    evaluation: Evaluation,
    diagnosis: Diagnosis,
    along: int,
    certain: "Expansion | None",
    allow_nonfinite: bool,
) -> Diagnosis:
    """The diagnosis with the Taylor expansion along a node or a direction."""
    from autodiff_cli.derivatives import expansions

    found = certain or expansions.expansion(evaluation, along, evaluation.order)
    found = expansions.settled(evaluation, found)
    if allow_nonfinite:
        return diagnosis._replace(expansion=found)
    failed = expansions.failure(evaluation, found)
    if failed is not None and not found.texts:
        raise failed
    found, said = expansions.without_overflow(evaluation, found)
    return diagnosis._replace(expansion=found, warnings=[*diagnosis.warnings, *said])


def _with_digits(evaluation: Evaluation, diagnosis: Diagnosis, form: Format) -> Iterable[str]:
    """Results with more digits than a float64 has; the steps between are left out."""
    from autodiff_cli.views.digits import aligned_lines, markdown, separated

    match form:
        case Format.CSV:
            return separated(evaluation, diagnosis, ",")
        case Format.PLAIN:
            return separated(evaluation, diagnosis, "\t")
        case Format.MARKDOWN:
            return markdown(evaluation, diagnosis)
        case _:
            return aligned_lines(evaluation, diagnosis)


def warn_each(said: Sequence[Warned], formula: str) -> None:
    """Write warnings to standard error, up to a number of them."""
    if not said:
        return
    from autodiff_cli.cli.failure import warn

    for warned in said[:MOST_WARNINGS]:
        warn(warned.message, warned.span, formula)
    if len(said) > MOST_WARNINGS:
        warn(f"{len(said) - MOST_WARNINGS} more warnings; --json lists them", None, "")


def _has_decimals(evaluation: Evaluation) -> bool:
    """Whether a number in the formula, like 0.1, is no float64."""
    meanings = evaluation.graph.meanings
    return any(node in meanings and meanings[node] not in RESERVED for node in evaluation.nodes)


def _note(certificate: "Certificate") -> None:
    """Say how the formula's numbers were read, to those who get bare ones."""
    from autodiff_cli.cli.failure import note

    note(f"{certificate.reading} (--constants)")


def shadowed(evaluation: Evaluation) -> list[Warned]:
    """A note for each reserved constant that has been given a value."""
    lowered = evaluation.lowered
    return [
        Warned(
            "shadowed",
            lowered.graph.variables[name],
            lowered.span(lowered.graph.variables[name]),
            f"{name} is the value given, not the constant",
        )
        for name in evaluation.inputs
        if name in RESERVED
    ]


def _rendered(
    evaluation: Evaluation, diagnosis: Diagnosis, form: Format, layout: Layout
) -> Iterable[str]:
    """The result in a format, in pieces; each view is loaded only when it is wanted."""
    match form:
        case Format.JSON:
            from autodiff_cli.views.json_view import evaluation_json

            return evaluation_json(evaluation, diagnosis)
        case Format.TABLE | Format.TREE if diagnosis.expansion is not None:
            from autodiff_cli.views.terminal import expansion_view, render

            return render(expansion_view(evaluation, diagnosis.expansion, diagnosis, layout), layout)
        case Format.TABLE:
            from autodiff_cli.views.terminal import render, table_view

            return render(table_view(evaluation, diagnosis, layout), layout)
        case Format.TREE:
            from autodiff_cli.views.terminal import render, tree_view

            return render(tree_view(evaluation, diagnosis, layout), layout)
        case Format.PLAIN:
            from autodiff_cli.views.delimited import plain

            return plain(evaluation, diagnosis)
        case Format.CSV:
            from autodiff_cli.views.delimited import csv

            return csv(evaluation, diagnosis)
        case Format.MARKDOWN:
            from autodiff_cli.views.delimited import markdown

            return markdown(evaluation, diagnosis, layout.digits)
