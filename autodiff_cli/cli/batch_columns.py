"""Which columns feed which variables, and which columns are added."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autodiff_cli.batches.results import Result
from autodiff_cli.cli.arguments import identifier, named_texts
from autodiff_cli.cli.failure import note
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.errors import UsageError, did_you_mean
from autodiff_cli.graph.lower import RESERVED

_MAP = "for example: --map x=column"


class Columns(NamedTuple):
    """The columns of a run.

    `wanted` are the results to compute, `added` the names of the columns that are added and the
    positions of their results, `kept` the names of all that are written, or None for everything.
    """

    wanted: list[Result]
    added: dict[str, int]
    kept: list[str] | None


def read_mapping(texts: Sequence[str] | None) -> dict[str, str]:
    """Columns by the names of the variables that they feed, as in `x=column`.

    Raises UsageError for what is not written so, and for a name given twice.
    """
    columns = named_texts("--map", "column", texts or [], _MAP)
    for name, column in columns.items():
        if not column:
            raise UsageError(f"--map {name}= names no column", hint=_MAP)
    return columns


def bound(
    evaluation: Evaluation,
    fixed: Mapping[str, float],
    mapped: Mapping[str, str],
    columns: Sequence[str],
) -> dict[str, str]:
    """The column of each variable that has no value of its own.

    Raises UsageError for a variable that has neither, and for columns that are not there.
    """
    by_name = {identifier(column): column for column in reversed(columns)}
    found: dict[str, str] = {}
    for name in evaluation.inputs:
        if name in mapped:
            found[name] = _column(mapped[name], columns)
        elif name in fixed:
            if name in by_name:
                note(f"{name} is the value given, not the column")
        elif name in by_name:
            found[name] = by_name[name]
        else:
            raise _without_column(evaluation, name, columns)
    _note_constants(evaluation, by_name)
    return found


def _column(name: str, columns: Sequence[str]) -> str:
    if name in columns:
        return name
    guess = did_you_mean(name, columns)
    raise UsageError(
        f"there is no column {name}", hint=f"did you mean {guess}?" if guess else _there_are(columns)
    )


def _without_column(evaluation: Evaluation, name: str, columns: Sequence[str]) -> UsageError:
    lowered = evaluation.lowered
    guess = did_you_mean(name, columns)
    hint = lowered.meant(name) or (
        f"did you mean the column {guess}? --map {name}={guess}"
        if guess
        else f"{_there_are(columns)}; --map {name}=COLUMN, or give a value: --{name} VALUE"
    )
    return UsageError(
        f"there is no column {name}, and no value for it",
        text=lowered.tree.text,
        span=lowered.span(lowered.graph.variables[name]),
        hint=hint,
    )


def _there_are(columns: Sequence[str]) -> str:
    if not columns:
        return "the table has no columns"
    more = f" and {len(columns) - 10} more" if len(columns) > 10 else ""
    return f"there is {', '.join(columns[:10])}{more}"


def _note_constants(evaluation: Evaluation, columns: Mapping[str, str]) -> None:
    """Say so where a column is named like a constant that the formula has."""
    meanings = set(evaluation.graph.meanings.values())
    for name in RESERVED:
        if name in columns and name in meanings and name not in evaluation.inputs:
            note(f"{name} is the constant; --map {name}={columns[name]} takes the column")


def chosen(
    results: Sequence[Result], only: Sequence[str], prefix: str, columns: Sequence[str]
) -> Columns:
    """The results to compute, and the columns to write: all, or `only` some.

    Values are computed in any case: outside the domain there are no derivatives. Raises UsageError for
    names that are neither, and for results named like a column of the table.
    """
    named = {prefix + result.name: result for result in results}
    taken = [name for name in columns if name in named]
    if taken:
        hint = "--prefix f. names the results f.value and so on"
        raise UsageError(f"the table has a column {taken[0]} already", hint=hint)
    for name in only:
        if name not in named and name not in columns:
            guess = did_you_mean(name, [*named, *columns])
            hint = f"did you mean {guess}?" if guess else f"there is {', '.join(list(named)[:12])}"
            raise UsageError(f"there is no column or result {name} to write", hint=hint)
    shown = [name for name in only if name in named] if only else list(named)
    wanted = [
        result for name, result in named.items() if name in shown or result.name.startswith("value")
    ]
    places = {prefix + result.name: position for position, result in enumerate(wanted)}
    return Columns(wanted, {name: places[name] for name in shown}, list(only) or None)
