"""`autodiff diff`: derivatives as formulas."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import combinations_with_replacement
from typing import Annotated

from typer import Argument, Context, Option

from autodiff_cli.cli.arguments import identifier
from autodiff_cli.cli.options import MaxOperations, MaxSize
from autodiff_cli.cli.streams import LARGEST_FORMULA, read_formula, write
from autodiff_cli.cli.values import check_names, constant, gather
from autodiff_cli.derivatives.symbolic import Derivatives, Request, derivatives
from autodiff_cli.errors import UsageError, did_you_mean
from autodiff_cli.graph.lower import MOST_OPERATIONS, RESERVED, Lowered, lower
from autodiff_cli.language.parser import parse
from autodiff_cli.language.syntax import Kind, SyntaxTree

# What is written out without definitions may have so many nodes.
MOST_NODES = 1_000_000
MOST_ORDER = 50


class Format(StrEnum):
    """How the formulas are written."""

    INFIX = "infix"
    LATEX = "latex"
    PYTHON = "python"
    JSON = "json"
    TREE = "tree"


def diff(
    context: Context,
    formula: Annotated[
        str | None,
        Argument(metavar="EXPR", help="The formula: text, @file, or - for standard input."),
    ] = None,
    wrt: Annotated[
        list[str] | None,
        Option(
            metavar="NAMES",
            help="Along a variable or a definition; x,y: along x, then along y; repeatable"
            " (default: along each variable).",
        ),
    ] = None,
    order: Annotated[
        int, Option(metavar="N", min=1, max=MOST_ORDER, help="All derivatives of this order.")
    ] = 1,
    output: Annotated[
        list[str] | None, Option(metavar="NAMES", help="Definitions to differentiate: a,b.")
    ] = None,
    assume: Annotated[
        list[str] | None,
        Option(
            metavar="FACT",
            help="What may be taken for granted: 'x > 0', 'positive x,y', 'nonzero x'; repeatable.",
        ),
    ] = None,
    assignments: Annotated[
        list[str] | None,
        Option(
            "--set", metavar="NAME=VALUE", help="Put a value in the place of a variable; repeatable."
        ),
    ] = None,
    form: Annotated[Format, Option("--format", help="How the formulas are written.")] = Format.INFIX,
    json: Annotated[bool, Option("--json", help="Short for --format json.")] = False,
    cse: Annotated[
        bool | None,
        Option("--cse/--no-cse", help="Name the parts that occur again (default: of long formulas)."),
    ] = None,
    rules: Annotated[bool, Option("--rules", help="List the rules of simplification.")] = False,
    max_size: MaxSize = LARGEST_FORMULA,
    max_operations: MaxOperations = MOST_OPERATIONS,
) -> None:
    """Derivatives as formulas, in a short form.

    Along several variables the gradient; --wrt x,x or --order 2 for second derivatives.
    Variables may get values: a=3.

    Example: autodiff diff "x^2*sin(x)" --wrt x

    Exit codes: 1 input or output, 2 usage, 3 formula.
    """
    if rules:
        from autodiff_cli.algebra.rules import rule_lines

        write(rule_lines())
        return
    if formula is None:
        raise UsageError("there is no formula", hint='for example: autodiff diff "x^2*sin(x)" --wrt x')
    if json and form not in (Format.INFIX, Format.JSON):
        raise UsageError(f"--json and --format {form} contradict each other")
    chosen = Format.JSON if json else form
    given = gather(context.obj, assignments or [])
    sequences = [_names("--wrt", text) for text in wrt or []]
    shadowed = RESERVED.keys() & {*given, *(name for names in sequences for name in names)}
    lowered = lower(parse(read_formula(formula, max_size)), shadowed, max_operations)
    options = [name for option in context.command.params for name in option.opts]
    check_names(given, lowered, options)
    request = Request(
        along=_along(lowered, sequences, order, given),
        outputs=_outputs(lowered, output),
        assumed=_assumptions(lowered, assume or []),
        values={name: constant(name, text) for name, text in given.items()},
        decimals=_has_decimals(lowered.tree),
        in_python=chosen is Format.PYTHON,
    )
    found = derivatives(lowered, request)
    _say_conditions(found)
    write(_rendered(found, lowered.tree, chosen, cse, assume or []))


def _names(option: str, text: str) -> tuple[str, ...]:
    names = tuple(identifier(name) for name in text.split(","))
    if not all(names):
        raise UsageError(f"a name is missing in {option} {text}", hint=f"for example: {option} x,y")
    return names


def _along(
    lowered: Lowered, sequences: Sequence[tuple[str, ...]], order: int, given: Iterable[str]
) -> list[tuple[str, ...]]:
    """The sequences of variables to differentiate along."""
    known = lowered.named()
    for name in dict.fromkeys(name for names in sequences for name in names):
        if name in given or known.get(name) in lowered.graph.constants:
            raise UsageError(f"{name} is a constant, and there is no derivative along it")
        if name not in known:
            _say_unknown(name, known)
    if any(len(names) > MOST_ORDER for names in sequences):
        raise UsageError(f"derivatives of an order beyond {MOST_ORDER} are not known here")
    if not sequences:
        sequences = [(name,) for name in lowered.graph.variables if name not in given]
    if not sequences:
        raise UsageError("the formula has no variable", hint="its derivative is 0")
    if order == 1:
        return list(dict.fromkeys(sequences))
    if any(len(names) > 1 for names in sequences):
        raise UsageError("--order and --wrt x,y contradict each other", hint="--wrt x,y is of order 2")
    singles = list(dict.fromkeys(names[0] for names in sequences))
    return list(combinations_with_replacement(singles, order))


def _say_unknown(name: str, known: Iterable[str]) -> None:
    """Along what does not occur the derivative is 0, which may be meant, or not."""
    from autodiff_cli.cli.failure import note

    guess = did_you_mean(name, known)
    note(f"there is no {name} in the formula" + (f"; did you mean {guess}?" if guess else ""))


def _outputs(lowered: Lowered, texts: list[str] | None) -> dict[str, int]:
    if not texts:
        return {lowered.output_name: lowered.output}
    known = lowered.named()
    names = [name for text in texts for name in _names("--output", text)]
    for name in names:
        if name not in known:
            from autodiff_cli.derivatives.evaluation import unknown

            raise unknown(name, known, "--output names definitions of the formula")
    return {name: known[name] for name in names}


def _assumptions(lowered: Lowered, texts: Iterable[str]) -> dict[str, int]:
    """The signs of variables that are taken for granted."""
    from autodiff_cli.algebra.facts import fact

    found: dict[str, int] = {}
    for text in texts:
        names, sign = fact(text)
        for name in names:
            if name not in lowered.graph.variables:
                raise UsageError(
                    f"the formula has no variable {name}",
                    hint=f"its variables are {', '.join(lowered.graph.variables)}",
                )
            found[name] = found.get(name, 0) | sign
    return found


def _has_decimals(tree: SyntaxTree) -> bool:
    """Whether the formula is written with decimal numbers, as in 0.5*x, and not with x/2."""
    return any(
        kind is Kind.NUMBER and not label.isdigit()
        for kind, label in zip(tree.kinds, tree.labels, strict=True)
    )


def _say_conditions(found: Derivatives) -> None:
    if not found.conditions:
        return
    from autodiff_cli.cli.failure import note
    from autodiff_cli.views.derivative_views import condition_texts

    note(f"simplified for {' and '.join(condition_texts(found))}")


def _length(found: Derivatives) -> int:
    """How many nodes all formulas have when they are written out."""
    from autodiff_cli.views.formula import lengths

    sizes = lengths(found.graph, found.roots)
    return sum(sizes[root] for root in found.roots)


def _rendered(
    found: Derivatives, tree: SyntaxTree, form: Format, cse: bool | None, assumed: Sequence[str]
) -> Iterable[str]:
    from autodiff_cli.language.printer import canonical
    from autodiff_cli.views import derivative_views as views

    if form is Format.TREE:
        return views.tree(found)
    definitions = views.definitions_for(found.graph, found, cse)
    if not definitions and _length(found) > MOST_NODES:
        raise UsageError(
            f"written out the formula has more than {MOST_NODES} parts", hint="leave out --no-cse"
        )
    match form:
        case Format.LATEX:
            return views.latex(found, definitions)
        case Format.PYTHON:
            return views.python(found, definitions, canonical(tree))
        case Format.JSON:
            return views.as_json(found, definitions, tree, assumed)
        case _:
            return views.infix(found, definitions)
