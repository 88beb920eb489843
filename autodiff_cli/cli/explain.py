"""`autodiff explain`: how value and derivatives come about, step by step."""

import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Annotated

from typer import Context, Option

from autodiff_cli.cli.arguments import listed_names
from autodiff_cli.cli.eval import shadowed
from autodiff_cli.cli.options import Assignments, FormulaText, MaxOperations, MaxSize, Outputs, Params
from autodiff_cli.cli.streams import (
    LARGEST_FORMULA,
    Color,
    at_terminal,
    read_formula,
    screen_width,
    use_color,
    write,
)
from autodiff_cli.cli.values import formula_at_point, gather, read_direction
from autodiff_cli.derivatives.evaluation import Evaluation, checked_wrt, output_nodes, unknown
from autodiff_cli.errors import AutodiffError, UsageError
from autodiff_cli.explanations.explanation import Explanation, explain_point, explain_symbols
from autodiff_cli.graph.lower import MOST_OPERATIONS, Lowered
from autodiff_cli.views.layout import Layout


class Format(StrEnum):
    """How the steps are written."""

    TEXT = "text"
    PLAIN = "plain"
    MARKDOWN = "markdown"
    LATEX = "latex"
    JSON = "json"


# Significant digits, for people.
DIGITS = 7
# Beyond this many steps a pass is cut in the middle at a terminal, unless --all is given.
MOST_STEPS = 60


def explain(
    context: Context,
    formula: FormulaText,
    assignments: Assignments = None,
    params: Params = None,
    wrt: Annotated[
        list[str] | None,
        Option(metavar="NAMES", help="Only what leads to these: x,y (default: all variables)."),
    ] = None,
    node: Annotated[
        list[str] | None,
        Option(metavar="NAMES", help="Only the steps of these nodes: v1,q."),
    ] = None,
    output: Outputs = None,
    forward: Annotated[
        bool, Option("--forward", help="Forward mode: tangents, along one variable after the other.")
    ] = False,
    direction: Annotated[
        list[str] | None,
        Option(metavar="NAME=VALUE,...", help="Forward mode along a direction: x=1,y=2."),
    ] = None,
    form: Annotated[
        Format | None,
        Option("--format", help="Default: text at a terminal, plain in a pipe."),
    ] = None,
    json: Annotated[bool, Option("--json", help="Short for --format json.")] = False,
    step: Annotated[
        bool, Option("--step", help="At a terminal: wait for Enter between steps; q ends.")
    ] = False,
    digits: Annotated[
        int, Option(metavar="N", min=1, max=17, help="Significant digits, except in plain and JSON.")
    ] = DIGITS,
    every: Annotated[bool, Option("--all", help="Show every step, however many.")] = False,
    color: Annotated[Color, Option(help="Colours; NO_COLOR turns them off.")] = Color.AUTO,
    allow_nonfinite: Annotated[
        bool, Option("--allow-nonfinite", help="Take NaN and infinities for no failure.")
    ] = False,
    max_size: MaxSize = LARGEST_FORMULA,
    max_operations: MaxOperations = MOST_OPERATIONS,
) -> None:
    """How value and derivatives come about, step by step, as on a board.

    The forward pass, then the backward pass: at each node what arrives, the rule, the local
    partials, and what is passed on. Without values the same in symbols.

    Example: autodiff explain "(x+y)*z" --x 2 --y 5 --z -4

    Exit codes: 1 input or output, 2 usage, 3 formula, 4 mathematics (the steps are shown all the same).
    """
    if json and form not in (None, Format.JSON):
        raise UsageError(f"--json and --format {form} contradict each other")
    chosen = Format.JSON if json else form or (Format.TEXT if at_terminal() else Format.PLAIN)
    if step:
        _check_stepping(formula, chosen)
    options = [name for option in context.command.params for name in option.opts]
    given = gather(context.obj, assignments or [])
    text = read_formula(formula, max_size)
    lowered, point = formula_at_point(text, given, params, options, max_operations)
    outputs, along = listed_names("--output", output), listed_names("--wrt", wrt)
    velocities = read_direction(direction, lowered) if direction else None
    failed = None
    if given or params is not None or not lowered.graph.variables:
        is_forward = forward or velocities is not None
        evaluation = Evaluation(lowered, point, outputs, along, 1, is_forward, velocities)
        explanation, failed = _at_point(evaluation)
    else:
        if velocities is not None:
            raise UsageError("--direction needs values of the variables", hint="for example: x=2")
        explanation = _in_symbols(lowered, outputs, along, forward)
    most = None if every or step else MOST_STEPS
    layout = Layout(digits, digits, most, use_color(color), screen_width())
    only = _nodes_named(explanation, listed_names("--node", node))
    if step:
        _step_through(explanation, only, layout)
    else:
        write(_rendered(explanation, only, chosen, layout))
    if failed is not None and not allow_nonfinite:
        raise failed


def _check_stepping(formula: str, form: Format) -> None:
    """Raise UsageError where there is nobody to press a key."""
    is_interactive = at_terminal() and sys.stdin is not None and sys.stdin.isatty()  # pyright: ignore[reportUnnecessaryComparison]
    if form is not Format.TEXT or formula == "-" or not is_interactive:
        hint = "standard input and output have to be one, and the format text"
        raise UsageError("--step needs a terminal", hint=hint)


def _at_point(evaluation: Evaluation) -> tuple[Explanation, AutodiffError | None]:
    """The steps at a point, and the failure that they end in, if they do."""
    from autodiff_cli.derivatives.diagnosis import diagnose
    from autodiff_cli.derivatives.failure import failure

    found = diagnose(evaluation)
    diagnosis = found._replace(warnings=[*shadowed(evaluation), *found.warnings])
    failed = None if evaluation.is_finite() else failure(evaluation, diagnosis.sides)
    return explain_point(evaluation, diagnosis), failed


def _in_symbols(
    lowered: Lowered, outputs: Sequence[str], along: Sequence[str], is_forward: bool
) -> Explanation:
    ends = output_nodes(lowered, outputs)
    live = set(lowered.graph.reachable(ends.values()))
    known = lowered.named()
    wrt = checked_wrt(lowered, along) or [n for n, v in lowered.graph.variables.items() if v in live]
    return explain_symbols(lowered, ends, {name: known[name] for name in wrt}, is_forward)


def _nodes_named(explanation: Explanation, names: Sequence[str]) -> set[int]:
    """The nodes that are asked for by name."""
    known = {explanation.names[node]: node for node in explanation.nodes}
    known |= {name: node for name, node in explanation.lowered.named().items() if node in known.values()}
    for name in names:
        if name not in known:
            raise unknown(name, known, "--node takes names as in the steps, such as v1")
    return {known[name] for name in names}


def _rendered(
    explanation: Explanation, only: Collection[int], form: Format, layout: Layout
) -> Iterable[str]:
    """The steps in a format; each view is loaded only when it is wanted."""
    from autodiff_cli.views.explanations.equations import LATEX
    from autodiff_cli.views.explanations.steps import passes

    match form:
        case Format.JSON:
            from autodiff_cli.views.explanations.json_view import explanation_json

            return explanation_json(explanation, passes(explanation, only=only))
        case Format.LATEX:
            from autodiff_cli.views.explanations.text import latex

            return latex(explanation, passes(explanation, LATEX, only), layout.digits)
        case Format.MARKDOWN:
            from autodiff_cli.views.explanations.text import markdown

            return markdown(explanation, passes(explanation, only=only), layout.digits)
        case Format.PLAIN:
            from autodiff_cli.views.explanations.text import plain

            return plain(explanation, passes(explanation, only=only))
        case Format.TEXT:
            return (part for page in _pages(explanation, only, layout) for part in page)


def _pages(explanation: Explanation, only: Collection[int], layout: Layout) -> Iterator[Iterable[str]]:
    """The texts of the terminal, step by step."""
    from autodiff_cli.views.explanations.steps import passes
    from autodiff_cli.views.explanations.terminal import pages
    from autodiff_cli.views.terminal import render

    for page in pages(explanation, passes(explanation, only=only), layout):
        yield render(page, layout)


def _step_through(explanation: Explanation, only: Collection[int], layout: Layout) -> None:
    """Show a step, and wait for Enter before the next."""
    is_first = True
    for page in _pages(explanation, only, layout):
        if not is_first:
            sys.stderr.write("[Enter: on, q: end] ")
            sys.stderr.flush()
            answer = sys.stdin.readline()
            if not answer or answer.strip().lower() in ("q", "quit"):
                return
        is_first = False
        write(page)
