"""`autodiff batch`: value and gradient for every row of a table."""

import gc
import sys
from collections.abc import Mapping
from contextlib import closing, nullcontext
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Context, Option

from autodiff_cli.batches.engine import Engine
from autodiff_cli.batches.program import Program
from autodiff_cli.batches.results import nowhere, results, suspect
from autodiff_cli.batches.rows import Examiner
from autodiff_cli.cli.arguments import listed_names
from autodiff_cli.cli.batch_columns import bound, chosen, read_mapping
from autodiff_cli.cli.batch_rows import Batch, OnError
from autodiff_cli.cli.failure import tell
from autodiff_cli.cli.files import replacing
from autodiff_cli.cli.interruption import Interruption
from autodiff_cli.cli.options import (
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
from autodiff_cli.cli.points import read_points, split_ranges
from autodiff_cli.cli.progress import Progress
from autodiff_cli.cli.streams import LARGEST_FORMULA, at_terminal, read_formula
from autodiff_cli.cli.values import formula_at_point, gather
from autodiff_cli.errors import UsageError
from autodiff_cli.graph.lower import MOST_OPERATIONS
from autodiff_cli.tables.formats import BINARY, TableFormat, format_of
from autodiff_cli.views import batch_summary

if TYPE_CHECKING:
    from autodiff_cli.tables.points import Points
    from autodiff_cli.tables.source import Source


def batch(
    context: Context,
    formula: FormulaText,
    files: Annotated[
        list[str] | None,
        Argument(metavar="FILE", help="Tables, one after the other (default: standard input)."),
    ] = None,
    assignments: Annotated[
        list[str] | None,
        Option("--set", metavar="NAME=VALUE", help="Give a variable a value or a range; repeatable."),
    ] = None,
    params: Params = None,
    mapped: Annotated[
        list[str] | None,
        Option("--map", metavar="NAME=COLUMN", help="Take a variable from another column; repeatable."),
    ] = None,
    random: Random = None,
    n: Count = None,
    seed: Seed = None,
    wrt: Wrt = None,
    output: Outputs = None,
    order: Annotated[
        int, Option(metavar="N", min=1, max=2, help="With 2 also the second derivatives, as h.x.y.")
    ] = 1,
    only: Annotated[
        list[str] | None,
        Option(metavar="NAMES", help="Write these columns only, of the table or results: x,value,d.x."),
    ] = None,
    prefix: Annotated[
        str, Option(metavar="TEXT", help="Put before the names of the columns that are added.")
    ] = "",
    source_form: Annotated[
        TableFormat | None, Option("--from", help="The input's format (default: by its ending, or CSV).")
    ] = None,
    target_form: Annotated[
        TableFormat | None,
        Option("--to", help="The output's format (default: by its ending, or the input's)."),
    ] = None,
    target: Annotated[
        str | None,
        Option("-o", "--out", metavar="FILE", help="Write to a file, whole or not at all."),
    ] = None,
    on_error: Annotated[
        OnError, Option(help="A row without a result: end the run, leave cells empty, leave it out.")
    ] = OnError.NULL,
    allow_nonfinite: Annotated[
        bool, Option("--allow-nonfinite", help="NaN and infinities are results, too.")
    ] = False,
    engine: Annotated[
        Engine, Option(help="What computes: auto compiles for many rows, with the extra `fast`.")
    ] = Engine.AUTO,
    max_size: MaxSize = LARGEST_FORMULA,
    max_operations: MaxOperations = MOST_OPERATIONS,
) -> None:
    """Value and gradient of a formula for every row of a table.

    Columns feed variables of the same name; results are columns that are added.

    Without a table, ranges make a grid: --x 0:1:0.1 --y 0:1:11n.

    Example: autodiff batch "a*exp(-b*t)" data.csv --a 2 -o out.parquet

    Exit codes: 1 input or output, 2 usage, 3 formula, 5 bad rows with --on-error fail.
    """
    gc.enable()  # unlike other runs, this one may be long
    options = [name for option in context.command.params for name in option.opts]
    given, ranges = split_ranges(gather(context.obj, assignments or []))
    points = read_points(ranges, random, n, seed)
    mapping = read_mapping(mapped)
    _check_input(formula, files, mapping, points)
    text = read_formula(formula, max_size)
    varying = [*(points.names if points else ()), *mapping]
    lowered, fixed = formula_at_point(text, given, params, options, max_operations, varying)
    evaluation = nowhere(lowered, listed_names("--output", output), listed_names("--wrt", wrt), order)
    with closing(_source(points, files, source_form)) as source:
        form = _target_format(target, target_form, source)
        columns = bound(evaluation, fixed, mapping, source.columns)
        written = chosen(results(evaluation), _columns_named(only), prefix, source.columns)
        program = Program(evaluation, written.wanted, suspect(evaluation), list(columns), fixed, engine)
        examiner = Examiner(evaluation, written.wanted, fixed, allow_nonfinite)
        run = Batch(source, program, examiner, columns, written, on_error)
        _write(run, target, form)


def _check_input(
    formula: str, files: list[str] | None, mapping: Mapping[str, str], points: "Points | None"
) -> None:
    """Raise UsageError where rows have two sources, or standard input two uses."""
    if points is not None:
        if files or mapping:
            what = files[0] if files else "--map"
            hint = "ranges and random points make the rows; give one value to each other variable"
            raise UsageError(f"there are rows from points and from a table: {what}", hint=hint)
    elif "-" in (files or ["-"]):
        if formula == "-":
            raise UsageError("the formula and the table cannot both be standard input")
        if sys.stdin is not None and sys.stdin.isatty():  # pyright: ignore[reportUnnecessaryComparison]
            hint = "name a file, pipe one in, or make points: --x 0:1:0.1"
            raise UsageError("there is no table: standard input is the terminal", hint=hint)


def _columns_named(only: list[str] | None) -> list[str]:
    """The names in --only; those of columns may be anything without a comma."""
    names = [name for text in only or [] for name in text.split(",")]
    if not all(names):
        raise UsageError("a name is missing in --only", hint="for example: --only x,value,d.x")
    return list(dict.fromkeys(names))


def _source(points: "Points | None", files: list[str] | None, form: TableFormat | None) -> "Source":
    if points is not None:
        from autodiff_cli.tables.made import Made

        return Made(points)
    from autodiff_cli.tables.reading import open_tables

    return open_tables(files or ["-"], form)


def _target_format(target: str | None, form: TableFormat | None, source: "Source") -> TableFormat:
    """The output's format: as asked for, by the file's ending, or the input's."""
    if target not in (None, "-"):
        return format_of(target, form, "--to")
    chosen = form or source.form
    if chosen in BINARY and at_terminal():
        hint = "--to csv shows the rows, -o FILE writes them"
        raise UsageError(f"{chosen} is not for a terminal", hint=hint)
    return chosen


def _write(run: Batch, target: str | None, form: TableFormat) -> None:
    """Write all rows, and say what is to be said at the end, however it comes."""
    from autodiff_cli.tables.writing import write_blocks

    # Polars takes Ctrl-C for itself when it is loaded, so it is before Ctrl-C is watched.
    import_module("polars")
    interruption = Interruption()
    file = None if target in (None, "-") else target
    # A terminal that shows rows has no place for a line that comes and goes.
    progress = Progress(run.size, is_hidden=file is None and at_terminal())
    try:
        with (
            interruption.watched(),
            replacing(file) if file else nullcontext() as place,
            closing(progress),
        ):
            write_blocks(run.frames(interruption, progress, form), place, form, run.cells)
    except KeyboardInterrupt:
        rows = 0 if file or form in BINARY else run.written
        tell(batch_summary.interrupted(run.tally.rows, rows, file))
        interruption.follow()
        raise
    for line in batch_summary.lines(run.tally, run.on_error is OnError.SKIP):
        tell(line)
