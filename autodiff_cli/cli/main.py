"""The entry point: the Typer application, and every way in which it may end."""

import gc
import os
import sys
from itertools import pairwise
from typing import Annotated, Any, NoReturn

import typer
from typer import Option, Typer

from autodiff_cli import __version__
from autodiff_cli.cli.arguments import FormulaCommand
from autodiff_cli.cli.eval import evaluate
from autodiff_cli.cli.failure import report
from autodiff_cli.cli.streams import ReaderGoneError
from autodiff_cli.errors import AutodiffError, UsageError

INTERRUPTED, BROKEN_PIPE = 130, 141

# What Typer raises for arguments it cannot read; it has no public name in all its versions.
BadArguments: Any = typer.BadParameter.__mro__[2]

app = Typer(
    name="autodiff",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("eval", cls=FormulaCommand, no_args_is_help=True)(evaluate)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"autodiff {__version__}")
        raise typer.Exit


@app.callback()
def autodiff(
    version: Annotated[
        bool,
        Option("--version", callback=_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Exact derivatives of formulas: values, gradients and every step between."""


def main() -> NoReturn:
    """Run the command line and exit with one of the documented codes."""
    # A run is short and makes no garbage in circles; on a large formula the collector would
    # only visit millions of live objects again and again.
    gc.disable()
    code = _run(sys.argv[1:])
    if code == BROKEN_PIPE:
        # Nobody reads any more: keep Python from trying to flush once again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    as_json = _wants_json(arguments)
    try:
        return app(args=arguments, prog_name="autodiff", standalone_mode=False) or 0
    except AutodiffError as error:
        report(error, as_json)
        return error.exit_code
    except BadArguments as error:
        report(_as_usage_error(error), as_json)
        return UsageError.exit_code
    except ReaderGoneError:
        return BROKEN_PIPE
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except MemoryError:
        report(AutodiffError("there is not enough memory"), as_json)
        return AutodiffError.exit_code


def _as_usage_error(error: Any) -> UsageError:
    """What Typer says of options, in the project's own form."""
    message = error.format_message().rstrip(".")
    return UsageError(message[:1].lower() + message[1:], hint="autodiff --help tells the usage")


def _wants_json(arguments: list[str]) -> bool:
    """Whether errors are to be JSON, even when the arguments cannot be read."""
    if "--json" in arguments or "--format=json" in arguments:
        return True
    return ("--format", "json") in pairwise(arguments)
