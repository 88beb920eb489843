"""`autodiff check`: is a gradient right?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

from typer import Context, Option

from autodiff_cli.cli.arguments import identifier, listed_names
from autodiff_cli.cli.options import Assignments, FormulaText, MaxOperations, MaxSize, Params, Wrt
from autodiff_cli.cli.streams import (
    LARGEST_FORMULA,
    Color,
    at_terminal,
    read_formula,
    screen_width,
    use_color,
    write,
)
from autodiff_cli.cli.values import formula_at_point, gather
from autodiff_cli.errors import CheckError, UsageError
from autodiff_cli.graph.lower import MOST_OPERATIONS
from autodiff_cli.views.layout import Layout

if TYPE_CHECKING:
    from autodiff_cli.checking.claims import Claim
    from autodiff_cli.checking.verdicts import Check, Partial, Point
    from autodiff_cli.graph.lower import Lowered


class Format(StrEnum):
    """How the result is shown."""

    TABLE = "table"
    PLAIN = "plain"
    JSON = "json"
    MARKDOWN = "markdown"


POINTS, MOST_POINTS = 10, 1000
DIGITS, FEWEST_DIGITS = 10, 6


def check(
    context: Context,
    formula: FormulaText,
    assignments: Assignments = None,
    params: Params = None,
    claim: Annotated[
        list[str] | None,
        Option(
            metavar="NAME=FORMULA",
            help="The derivative along NAME that is claimed: a number, or a formula over the same"
            " names, or @FILE with one. Repeatable.",
        ),
    ] = None,
    against: Annotated[
        str | None,
        Option(
            metavar="FILE",
            help='Claims as JSON, from a file or - for standard input: {"x": 1.5}, or what eval'
            " --json prints.",
        ),
    ] = None,
    wrt: Wrt = None,
    output: Annotated[
        str | None, Option(metavar="NAME", help="The definition to take as the output.")
    ] = None,
    ranges: Annotated[
        list[str] | None,
        Option(
            "--random",
            metavar="NAME=LOW:HIGH",
            help="Draw values of a variable from a range, for several points. Repeatable.",
        ),
    ] = None,
    count: Annotated[
        int | None,
        Option("--n", metavar="N", help=f"How many random points (default: {POINTS})."),
    ] = None,
    seed: Annotated[int, Option(metavar="N", help="Draws other points and directions.")] = 0,
    rtol: Annotated[
        float | None,
        Option(metavar="R", help="What a derivative may be off, relatively (default: 1e-9)."),
    ] = None,
    form: Annotated[
        Format | None,
        Option("--format", help="Default: table at a terminal, plain in a pipe."),
    ] = None,
    json: Annotated[bool, Option("--json", help="Short for --format json.")] = False,
    max_size: MaxSize = LARGEST_FORMULA,
    max_operations: MaxOperations = MOST_OPERATIONS,
    color: Annotated[Color, Option(help="Colours; NO_COLOR turns them off.")] = Color.AUTO,
) -> None:
    """Whether a gradient is right: the tool's own, or one that is claimed.

    The truth is taken from values alone, without any derivative rule.

    That takes time in proportion to variables times operations.

    Example: autodiff check "sin(x^2)" --x 1.5 --claim x="2*x*cos(x^2)"

    Exit codes: 1 input or output, 2 usage, 3 formula, 4 mathematics, 7 the gradient is wrong or untold.
    """
    if json and form not in (None, Format.JSON):
        raise UsageError(f"--json and --format {form} contradict each other")
    if rtol is not None and not 0 <= rtol < 1:
        raise UsageError(f"--rtol {rtol} is not between 0 and 1")
    text = read_formula(formula, max_size)
    given = gather(context.obj, assignments or [])
    drawn = _ranges(ranges or [], given)
    _check_count(count, drawn)
    told: dict[str, str] = {}
    inputs: dict[str, str] = {}
    if against is not None:
        from autodiff_cli.cli.foreign import read_gradient

        told, inputs = read_gradient(against, formula)
    claimed = gather(map(_claim, claim or []), ())
    files = {name: value[1:] for name, value in claimed.items() if value.startswith("@")}
    claimed = {name: read_formula(value) if name in files else value for name, value in claimed.items()}
    claims = gather([*told.items(), *claimed.items()], ())
    from autodiff_cli.checking.checking import RTOL, Question, random_points
    from autodiff_cli.checking.checking import check as checked

    options = [name for option in context.command.params for name in option.opts]
    read = partial(
        formula_at_point, text, params=params, options=options, most_operations=max_operations
    )
    source = "standard input" if against == "-" else against or ""
    lowered, point, ends = _formula(read, given, drawn, inputs, source)
    question = Question(
        lowered,
        _claims(lowered, claims, files, point.keys()),
        [] if output is None else [identifier(output)],
        listed_names("--wrt", wrt),
        RTOL if rtol is None else rtol,
        seed,
    )
    points = random_points(point, ends, POINTS if count is None else count, seed)
    found = checked(question, points)
    chosen = Format.JSON if json else form or (Format.TABLE if at_terminal() else Format.PLAIN)
    layout = Layout(DIGITS, FEWEST_DIGITS, None, use_color(color), screen_width())
    write(_rendered(found, question.seed, chosen, layout))
    _raise_if_wrong(found)


def _claim(text: str) -> tuple[str, str]:
    name, equals, formula = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise UsageError(f"--claim {text} is not name=formula", hint="for example: --claim x='2*x'")
    return identifier(name), formula.strip()


def _ranges(texts: Sequence[str], given: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The ends of ranges by name, as they were written."""
    found: dict[str, tuple[str, str]] = {}
    for text in texts:
        name, equals, ends = text.partition("=")
        low, colon, high = ends.partition(":")
        name = identifier(name)
        if not (equals and colon and name.isidentifier()):
            hint = "for example: --random x=1:2"
            raise UsageError(f"--random {text} is not name=low:high", hint=hint)
        if name in given or name in found:
            both = "both a value and a range" if name in given else "two ranges"
            raise UsageError(f"{name} is given {both}", hint="give each name one of them")
        found[name] = low, high
    return found


def _check_count(count: int | None, drawn: Mapping[str, object]) -> None:
    if count is None:
        return
    if not drawn:
        raise UsageError(
            "--n is the number of random points, and there are no ranges",
            hint="--random x=1:2 draws x; a variable called n is set as n=2 or --set n=2",
        )
    if not 1 <= count <= MOST_POINTS:
        raise UsageError(
            f"--n {count} is not between 1 and {MOST_POINTS}", hint="another --seed draws other points"
        )


def _formula(
    read: Callable[[Mapping[str, str]], tuple["Lowered", dict[str, float]]],
    given: Mapping[str, str],
    drawn: Mapping[str, tuple[str, str]],
    inputs: Mapping[str, str],
    source: str,
) -> tuple["Lowered", dict[str, float], dict[str, tuple[float, float]]]:
    """The formula, its point, and ranges, where `inputs` are told in the file `source`.

    Values are read like those of any command, once with the lower and once with the upper ends.
    """
    both = next((name for name in inputs if name in drawn), None)
    if both is not None:
        raise UsageError(
            f"{both} is drawn at random, but {source} is about one point", hint="leave --random out"
        )
    lowered, low = read({**inputs, **given, **{name: ends[0] for name, ends in drawn.items()}})
    if inputs:
        _, told = read(inputs)
        for name in inputs:
            if told[name] != low[name]:
                raise UsageError(
                    f"{source} is about {name} = {told[name]!r}, not {low[name]!r}",
                    hint="leave the value out, and that of the file is used",
                )
    if not drawn:
        return lowered, low, {}
    uppers = {name: ends[1] for name, ends in drawn.items()}
    _, high = read({**given, **uppers})
    ranges = {name: (low[name], high[name]) for name in drawn}
    for name, (least, most) in ranges.items():
        if not float("-inf") < least <= most < float("inf"):
            raise UsageError(
                f"{least!r}:{most!r} is not a range for {name}", hint="low:high, both finite"
            )
    return lowered, low, ranges


def _claims(
    lowered: "Lowered", texts: Mapping[str, str], files: Mapping[str, str], given: Iterable[str]
) -> dict[str, "Claim"]:
    """Claims that have been read, with the files that some are from.

    Raises UsageError for names that the formula does not have.
    """
    from autodiff_cli.checking.claims import read_claim
    from autodiff_cli.errors import did_you_mean
    from autodiff_cli.graph.lower import RESERVED

    known = [*lowered.graph.variables, *lowered.definitions]
    for name in texts:
        if name not in known:
            guess = did_you_mean(name, known)
            hint = f"did you mean {guess}?" if guess else f"it has {', '.join(known) or 'none'}"
            raise UsageError(f"the formula has no {name} to claim a derivative along", hint=hint)
    shadowed = RESERVED.keys() & set(given)
    return {
        name: read_claim(name, text, lowered, shadowed, files.get(name, ""))
        for name, text in texts.items()
    }


def _rendered(found: "Check", seed: int, form: Format, layout: Layout) -> Iterable[str]:
    """The result in a format; each view is loaded only when it is wanted."""
    match form:
        case Format.JSON:
            from autodiff_cli.views.checks.text import check_json

            return check_json(found, seed)
        case Format.PLAIN:
            from autodiff_cli.views.checks.text import plain

            return plain(found)
        case Format.MARKDOWN:
            from autodiff_cli.views.checks.text import markdown

            return markdown(found, layout.digits)
        case Format.TABLE:
            from autodiff_cli.views.checks.terminal import check_view
            from autodiff_cli.views.terminal import render

            return render(check_view(found, layout), layout)


def _raise_if_wrong(found: "Check") -> None:
    """The error for the partial that is most wrong, after the result has been written."""
    if found.verdict.holds:
        return
    from autodiff_cli.checking.verdicts import Verdict, excess
    from autodiff_cli.views.checks.text import where

    said = {
        Verdict.WRONG: "is wrong",
        Verdict.UNSETTLED: "cannot be told",
        Verdict.LOST_DIGITS: "has lost its digits",
    }
    point: Point = found.worst
    failed = [partial for partial in point.partials if partial.verdict is point.verdict]
    partial: Partial = max(failed, key=excess)
    others = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    message = f"the derivative along {partial.name}{others} {said[point.verdict]} at "
    if len(found.points) > 1:
        message += f"{found.counts[point.verdict]} of {len(found.points)} points, as at "
    message += where(point)
    needs_digits = partial.verdict is Verdict.UNSETTLED and not found.method.startswith("balls")
    extra = "pip install 'autodiff-cli[exact]' for a truth of more digits"
    raise CheckError(f"{message}: {partial.explanation}", hint=extra if needs_digits else None)
