"""`autodiff functions`: what the tool knows, as a list, by subject, or one function in full."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Annotated

from typer import Argument, Option

from autodiff_cli.cli.streams import Color, at_terminal, screen_width, use_color, write
from autodiff_cli.errors import UsageError
from autodiff_cli.graph.reference import Entry, LanguageForm, about, everything, exactly, guess
from autodiff_cli.views.layout import Layout


class Format(StrEnum):
    """How the functions are shown."""

    TABLE = "table"
    PLAIN = "plain"
    JSON = "json"
    MARKDOWN = "markdown"


def _completed(incomplete: str) -> Iterator[tuple[str, str]]:
    """Names and other names that begin so, each with what it is."""
    for entry in everything():
        known = entry if isinstance(entry, LanguageForm) else entry.operator
        aliases = () if isinstance(entry, LanguageForm) else entry.operator.aliases
        for name in (known.name, *aliases):
            if name.startswith(incomplete):
                yield name, known.summary


def functions(
    texts: Annotated[
        list[str] | None,
        Argument(
            metavar="[TEXT]...",
            help="A name or a sign, or words to search for in names, summaries, definitions"
            " and families.",
            autocompletion=_completed,
        ),
    ] = None,
    form: Annotated[
        Format | None,
        Option("--format", help="Default: table at a terminal, plain in a pipe."),
    ] = None,
    json: Annotated[bool, Option("--json", help="Short for --format json.")] = False,
    color: Annotated[Color, Option(help="Colours; NO_COLOR turns them off.")] = Color.AUTO,
) -> None:
    """The functions and operators: derivatives, domains, kinks, accuracy.

    A name or a sign shows one in full. Other words are searched for:
    all of them must occur, in any case.

    Examples: autodiff functions atan2, autodiff functions inverse sine

    Exit codes: 1 output, 2 usage, or nothing found.
    """
    if json and form not in (None, Format.JSON):
        raise UsageError(f"--json and --format {form} contradict each other")
    asked = texts or []
    named = _named(asked)
    found = named or _searched(asked)
    chosen = Format.JSON if json else form or (Format.TABLE if at_terminal() else Format.PLAIN)
    write(_rendered(found, asked, bool(named), chosen, color))


def _named(texts: Sequence[str]) -> list[Entry | LanguageForm]:
    """The functions that the texts name; none if any text is not a name."""
    named = [exactly(text) for text in texts]
    return list(dict.fromkeys(entry for found in named for entry in found)) if all(named) else []


def _searched(texts: Sequence[str]) -> Sequence[Entry | LanguageForm]:
    """All functions that the texts are about; raises UsageError when there are none."""
    words = [word for text in texts for word in text.split()]
    found = about(words)
    if not found:
        likely = guess(words)
        hint = f"did you mean {likely}?" if likely else "autodiff functions lists them all"
        raise UsageError(f"no function matches {' '.join(words)}", hint=hint)
    return found


def _rendered(
    found: Sequence[Entry | LanguageForm],
    asked: Sequence[str],
    in_full: bool,
    form: Format,
    color: Color,
) -> Iterable[str]:
    """The functions in a format; each view is loaded only when it is wanted."""
    match form:
        case Format.JSON:
            from autodiff_cli.views.reference import functions_json

            return functions_json(found)
        case Format.MARKDOWN:
            from autodiff_cli.views.reference import markdown

            return markdown(found)
        case Format.PLAIN:
            from autodiff_cli.views.reference import plain, plain_facts

            return plain_facts(found, asked) if in_full else plain(found)
        case Format.TABLE:
            from autodiff_cli.views.reference_terminal import full_view, list_view
            from autodiff_cli.views.terminal import render

            layout = Layout(0, 0, None, use_color(color), screen_width())
            view = full_view(found, asked) if in_full else list_view(found, bool(asked), layout)
            return render(view, layout)
