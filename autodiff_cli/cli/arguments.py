"""Telling values from options: `--x -1e-3` gives x a value, `--json` is an option.

Typer's parser would take `-1e-3` apart into short flags. So the arguments are walked before
it sees them: values are taken out, and what is left is options and one formula.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from unicodedata import normalize

from typer.core import CompletionItem, TyperCommand  # pyright: ignore[reportPrivateImportUsage]

from autodiff_cli.errors import AutodiffError, UsageError, did_you_mean

_ASSIGNMENT = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)(.*)", re.DOTALL)
_SEPARATOR = re.compile(r",(?=\s*[^\W\d]\w*\s*=(?!=))")


class Given(NamedTuple):
    """What the walk found: options for the parser, formulas, and values by name."""

    options: list[str]
    formulas: list[str]
    values: list[tuple[str, str]]


def walk(arguments: Sequence[str], options: Mapping[str, bool], formula_first: bool = False) -> Given:
    """Sort the arguments; `options` tells for each option whether it takes a value.

    Whatever follows `--name` is its value, however it looks. With `formula_first` the first word
    that gives no number to a name is the formula, and others are files. Raises UsageError where a name
    is left without a value.
    """
    found = Given([], [], [])
    words: list[str] = []
    pending = list(reversed(arguments))
    while pending:
        argument = pending.pop()
        name, equals, value = argument.partition("=")
        if argument == "--":
            words += reversed(pending)
            break
        if name in options:
            found.options.append(argument)
            if options[name] and not equals:
                if not pending:
                    raise UsageError(f"{name} has no value", hint="--help tells the usage")
                found.options.append(pending.pop())
        elif argument.startswith("--") and re.match(r"[^\W\d]", name[2:]):
            if not equals:
                value = _next_value(name, pending, options)
            found.values.append((identifier(name[2:]), value))
        else:
            words.append(argument)
    _sort_words(words, found, formula_first)
    return found


def _next_value(name: str, pending: list[str], options: Mapping[str, bool]) -> str:
    if not pending or re.match(r"--[^\W\d]", pending[-1]):
        guess = did_you_mean(name[2:], [option[2:] for option in options])
        hint = f"did you mean --{guess}?" if guess else f"give it as {name} VALUE or {name}=VALUE"
        raise UsageError(f"{name} has no value", hint=hint)
    return pending.pop()


def identifier(name: str) -> str:
    """A name in its compatibility form, as in formulas."""
    return normalize("NFKC", name.strip())


def listed_names(option: str, texts: list[str] | None) -> list[str]:
    """The names in an option that may be repeated and takes them with commas between.

    Raises UsageError where a name is missing.
    """
    names = [identifier(name) for text in texts or [] for name in text.split(",")]
    if not all(names):
        raise UsageError(f"a name is missing in {option}", hint=f"for example: {option} x,y")
    return list(dict.fromkeys(names))


def parted(texts: Iterable[str]) -> list[str]:
    """The parts of texts like `x=1,y=f(2,3)`: a comma separates only before a name and a = sign."""
    return [part for text in texts for part in _SEPARATOR.split(text)]


def named_texts(option: str, what: str, parts: Iterable[str], hint: str) -> dict[str, str]:
    """What an option gives to names, as it is written.

    Raises UsageError for a part that is not `name=what`, and for a name given twice.
    """
    found: dict[str, str] = {}
    for part in parts:
        name, equals, text = part.partition("=")
        name = identifier(name)
        if not equals or not name.isidentifier():
            raise UsageError(f"{option} {part} is not name={what}", hint=hint)
        if name in found:
            raise UsageError(f"{name} is given twice in {option}", hint=hint)
        found[name] = text
    return found


def _sort_words(words: list[str], found: Given, formula_first: bool) -> None:
    """Of several words, those that read `name=value` are values, but one is the formula."""
    matches = [_ASSIGNMENT.fullmatch(word) for word in words]
    likely = [i for i, match in enumerate(matches) if match is None]
    likely += [i for i, match in enumerate(matches) if match and not _is_number(match[2])]
    if formula_first:
        likely.sort()
    formula = next(iter(likely), 0)
    for position, (word, match) in enumerate(zip(words, matches, strict=True)):
        if position == formula or match is None:
            found.formulas.append(word)
        else:
            found.values.append((identifier(match[1]), match[2].strip()))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


class FormulaCommand(TyperCommand):
    """A command that takes a formula and values for its names.

    The values are in `ctx.obj`, a list of (name, text).
    """

    takes_files = False

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Walk the arguments, then let Typer have the options and the formula."""
        try:
            given = walk(args, self._options(ctx), self.takes_files)
        except UsageError:
            if not ctx.resilient_parsing:
                raise
            given = Given([], args[:1], [])
        if len(given.formulas) > 1 and not ctx.resilient_parsing and not self.takes_files:
            dashed = next((word for word in given.formulas if word.startswith("-")), None)
            if dashed is not None:
                raise UsageError(f"there is no option {dashed}", hint="--help tells the usage")
            raise UsageError(
                f"there are {len(given.formulas)} formulas: {' and '.join(given.formulas[:3])}",
                hint="put the formula in quotes; values are --x 2 or x=2",
            )
        ctx.obj = given.values
        return super().parse_args(ctx, [*given.options, "--", *given.formulas])

    def _options(self, ctx: Any) -> dict[str, bool]:
        return {
            name: not getattr(param, "is_flag", False)
            for param in self.get_params(ctx)
            for name in (*param.opts, *param.secondary_opts)
            if name.startswith("-")
        }

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """The usage line: what Typer knows, and the values it does not know."""
        files = ["[FILE]..."] if self.takes_files else []
        return ["EXPR", *files, "[--NAME VALUE]...", "[OPTIONS]"]

    def shell_complete(self, ctx: Any, incomplete: str) -> list[CompletionItem]:
        """The options, and the formula's own variables that have no value yet."""
        values: list[tuple[str, str]] = ctx.obj or []
        assigned: list[str] = ctx.params.get("assignments") or []
        taken = {name for name, _ in values} | {text.partition("=")[0] for text in assigned}
        taken |= {option.removeprefix("--") for option in self._options(ctx)}
        completions = [
            CompletionItem(f"--{name}", help="a variable of the formula")
            for name in _variables(ctx.params.get("formula"))
            if name not in taken and f"--{name}".startswith(incomplete)
        ]
        return [*completions, *super().shell_complete(ctx, incomplete)]


class TableCommand(FormulaCommand):
    """A command that takes a formula, files after it, and values for names."""

    takes_files = True


def _variables(formula: str | None) -> list[str]:
    """The variables of a formula; none of one that cannot be read, or that is yet to come."""
    from autodiff_cli.cli.streams import read_formula
    from autodiff_cli.graph.lower import lower
    from autodiff_cli.language.parser import parse

    if formula is None or formula == "-":
        return []
    try:
        return list(lower(parse(read_formula(formula))).graph.variables)
    except AutodiffError:
        return []
