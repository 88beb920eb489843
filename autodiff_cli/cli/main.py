"""The Typer application, and every way in which a run may end."""

import gc
import os
import sys
from importlib import import_module
from itertools import pairwise
from typing import Annotated, Any, NoReturn

import typer
from typer import Option, Typer

from autodiff_cli import __version__
from autodiff_cli.cli import supervision
from autodiff_cli.cli.arguments import FormulaCommand, TableCommand
from autodiff_cli.cli.streams import ReaderGoneError, prepare, write
from autodiff_cli.errors import AutodiffError, InputOutputError, UsageError

INTERRUPTED, BROKEN_PIPE = 130, 141

# What Typer raises for arguments it cannot read; it has no public name in all its versions.
BadArguments: Any = typer.BadParameter.__mro__[2]

# The module and the function of each command, and how it takes a formula. Only the one that
# runs is loaded.
_COMMANDS = {
    "eval": ("eval", "evaluate", FormulaCommand),
    "diff": ("diff", "diff", FormulaCommand),
    "explain": ("explain", "explain", FormulaCommand),
    "check": ("check", "check", FormulaCommand),
    "graph": ("graph", "graph", FormulaCommand),
    "plot": ("plot", "plot", FormulaCommand),
    "batch": ("batch", "batch", TableCommand),
    "functions": ("functions", "functions", None),
}


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"autodiff {__version__}")
        raise typer.Exit


def autodiff(
    version: Annotated[
        bool,
        Option("--version", callback=_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Exact derivatives of formulas: values, gradients and every step between."""


def application(arguments: list[str]) -> Typer:
    """The application, with the command that the arguments name, or else with all of them."""
    app = Typer(
        name="autodiff",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(autodiff)
    named = arguments[:1] if arguments[:1] and arguments[0] in _COMMANDS else list(_COMMANDS)
    for name in named:
        module, function, kind = _COMMANDS[name]
        command = getattr(import_module(f"autodiff_cli.cli.{module}"), function)
        app.command(name, cls=kind)(command)
    return app


def main() -> NoReturn:
    """Run the command line and exit with one of the documented codes."""
    # A run is short and makes no garbage in circles; on a large formula the collector would
    # only visit millions of live objects again and again.
    gc.disable()
    prepare()
    supervision.allow()
    try:
        code = run(sys.argv[1:])
    except Exception as error:
        # A mistake of this program's. It is told as one, not as a traceback.
        hint = "this is a mistake in autodiff itself: please report it with the formula"
        mistake = AutodiffError(f"{type(error).__name__}: {error}", hint=hint)
        report(mistake, wants_json(sys.argv[1:]))
        code = AutodiffError.exit_code
    if code in (BROKEN_PIPE, InputOutputError.exit_code):
        _drop_output()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run with these arguments; returns the exit code."""
    as_json = wants_json(arguments)
    try:
        app = application(arguments)
        code = app(args=arguments, prog_name="autodiff", standalone_mode=False) or 0
        write([])  # flushes what Typer itself has written
        return code
    except AutodiffError as error:
        report(error, as_json)
        return error.exit_code
    except BadArguments as error:
        return _report_arguments(error, as_json)
    except supervision.RunEndedError as ended:
        return ended.code
    except (ReaderGoneError, BrokenPipeError):
        return BROKEN_PIPE
    except SystemExit as stop:
        # Typer's way to say that the reader of the pipe is gone, and that completion is done.
        return BROKEN_PIPE if stop.code == 1 else 0
    except OSError as error:
        report(AutodiffError(f"cannot write the result: {error.strerror}"), as_json)
        return AutodiffError.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except MemoryError:
        report(AutodiffError("there is not enough memory"), as_json)
        return AutodiffError.exit_code


def report(error: AutodiffError, as_json: bool) -> None:
    """Write an error to standard error."""
    from autodiff_cli.cli import failure

    failure.report(error, as_json)


def _report_arguments(error: Any, as_json: bool) -> int:
    """Say in the project's own form what Typer says of options."""
    message = error.format_message().rstrip(".")
    if message:  # there is none where the help has been shown instead
        report(UsageError(message[:1].lower() + message[1:], hint="--help tells the usage"), as_json)
    return UsageError.exit_code


def wants_json(arguments: list[str]) -> bool:
    """Whether errors are to be JSON, even when the arguments cannot be read."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if "--json" in options or "--format=json" in options:
        return True
    return ("--format", "json") in pairwise(options)


def _drop_output() -> None:
    """Keep Python from trying once more to write what could not be written."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
