"""Telling values from options: `--x -1e-3` gives x a value, `--json` is an option.

Typer's parser would take `-1e-3` apart into short flags. So the arguments are walked before
it sees them: values are taken out, and what is left is options and one formula.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from typer.core import CompletionItem, TyperCommand  # pyright: ignore[reportPrivateImportUsage]

from autodiff_cli.errors import UsageError, did_you_mean

_ASSIGNMENT = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)(.*)", re.DOTALL)


class Given(NamedTuple):
    """What the walk found: options for the parser, formulas, and values by name."""

    options: list[str]
    formulas: list[str]
    values: list[tuple[str, str]]


def walk(arguments: Sequence[str], options: Mapping[str, bool]) -> Given:
    """Sort the arguments; `options` tells for each option whether it takes a value.

    Whatever follows `--name` is its value, however it looks. Raises UsageError where a name
    is left without one.
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
            if options[name] and not equals and pending:
                found.options.append(pending.pop())
        elif argument.startswith("--") and re.match(r"[^\W\d]", name[2:]):
            if not equals:
                value = _next_value(name, pending, options)
            found.values.append((name[2:], value))
        else:
            words.append(argument)
    _sort_words(words, found)
    return found


def _next_value(name: str, pending: list[str], options: Mapping[str, bool]) -> str:
    if not pending or re.match(r"--[^\W\d]", pending[-1]):
        guess = did_you_mean(name, options)
        hint = f"did you mean {guess}?" if guess else f"give it as {name} VALUE or {name}=VALUE"
        raise UsageError(f"{name} has no value", hint=hint)
    return pending.pop()


def _sort_words(words: list[str], found: Given) -> None:
    """Of several words, those that read `name=value` are values, but one is the formula."""
    matches = [_ASSIGNMENT.fullmatch(word) for word in words]
    formula = next((i for i, match in enumerate(matches) if match is None), 0)
    for position, (word, match) in enumerate(zip(words, matches, strict=True)):
        if position == formula or match is None:
            found.formulas.append(word)
        else:
            found.values.append((match[1], match[2].strip()))


class FormulaCommand(TyperCommand):
    """A command that takes a formula and values for its names.

    The values are in `ctx.obj`, a list of (name, text).
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Walk the arguments, then let Typer have the options and the formula."""
        try:
            given = walk(args, self._options(ctx))
        except UsageError:
            if not ctx.resilient_parsing:
                raise
            given = Given([], args[:1], [])
        if len(given.formulas) > 1 and not ctx.resilient_parsing:
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
            for name in param.opts
            if name.startswith("-")
        }

    def shell_complete(self, ctx: Any, incomplete: str) -> list[CompletionItem]:
        """The options, and the formula's own variables that have no value yet."""
        values: list[tuple[str, str]] = ctx.obj or []
        taken = {name for name, _ in values}
        completions = [
            CompletionItem(f"--{name}", help="a variable of the formula")
            for name in _variables(ctx.params.get("formula"))
            if name not in taken and f"--{name}".startswith(incomplete)
        ]
        return [*completions, *super().shell_complete(ctx, incomplete)]


def _variables(formula: object) -> list[str]:
    from autodiff_cli.errors import AutodiffError
    from autodiff_cli.graph.lower import lower
    from autodiff_cli.language.parser import parse

    try:
        return list(lower(parse(str(formula or ""))).graph.variables)
    except AutodiffError:
        return []
