"""The values of a formula's names: from the arguments, from a file, as constant expressions."""

import json
from collections.abc import Collection, Iterable, Mapping
from math import isfinite
from pathlib import Path
from typing import cast

from autodiff_cli.cli.arguments import identifier, named_texts, parted
from autodiff_cli.cli.json_input import SPELLED, distinct
from autodiff_cli.errors import AutodiffError, InputOutputError, UsageError, did_you_mean
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import RESERVED, Lowered, lower
from autodiff_cli.language.parser import parse

_DIRECTION = "for example: --direction x=1,y=2"


def gather(given: Iterable[tuple[str, str]], assignments: Iterable[str]) -> dict[str, str]:
    """The values given on the command line, by name, as they were written.

    Raises UsageError for a name given twice.
    """
    values: dict[str, str] = {}
    for name, text in [*given, *map(_assignment, assignments)]:
        if name in values:
            raise UsageError(f"{name} is given twice", hint="give each name one value")
        values[name] = text
    return values


def formula_at_point(
    formula: str,
    given: Mapping[str, str],
    params: str | None,
    options: Collection[str],
    most_operations: int,
    varying: Collection[str] = (),
) -> tuple[Lowered, dict[str, float]]:
    """The formula, and the values of its variables from the command line and from a file.

    The command line wins over the file, and what the formula does not ask for may stand in
    the file. `options` are the command's, for a hint about a name that is unknown. `varying` are
    names that have many values, from the command line, too. Raises UsageError where one of them
    is given a value as well.
    """
    twice = next((name for name in varying if name in given), None)
    if twice is not None:
        hint = "leave one of them out"
        raise UsageError(f"{twice} has a value, and is to vary too", hint=hint)
    entries = _entries(params) if params is not None else {}
    shadowed = RESERVED.keys() & {*given, *entries, *varying}
    lowered = lower(parse(formula), shadowed, most_operations)
    check_names([*given, *varying], lowered, options)
    wanted = entries.keys() & lowered.graph.variables.keys() - {*given, *varying}
    point = {name: _json_number(params or "", name, entries[name]) for name in wanted}
    point |= {name: number(name, text) for name, text in given.items()}
    return lowered, point


def read_direction(texts: Iterable[str], lowered: Lowered) -> dict[str, float]:
    """A direction by the names of variables: `x=1,y=2`; the values may be constant expressions.

    Raises UsageError for a name that is no variable of the formula.
    """
    velocities: dict[str, float] = {}
    for name, value in named_texts("--direction", "value", parted(texts), _DIRECTION).items():
        if name in lowered.definitions:
            hint = "a direction moves variables; --wrt takes definitions, too"
            raise UsageError(f"{name} is defined in the formula", hint=hint)
        check_names([name], lowered, ())
        velocity = number(name, value)
        if not isfinite(velocity):
            raise UsageError(f"--direction {name}={value} is not finite", hint=_DIRECTION)
        velocities[name] = velocity
    return velocities


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise UsageError(f"--set {text} is not name=value", hint="for example: --set x=2")
    return identifier(name), value.strip()


def number(name: str, text: str) -> float:
    """A number, or a constant expression like `pi/2`."""
    lowered = constant(name, text)
    graph = lowered.graph
    value = evaluate(graph, graph.reachable([lowered.output]), {})[lowered.output]
    if not isfinite(value) and all(map(isfinite, graph.constants.values())):
        hint = f"write {value} if that is meant"
        raise _unreadable(name, UsageError(f"it is {value}", text=text, span=(0, len(text)), hint=hint))
    return value


def constant(name: str, text: str) -> Lowered:
    """The value of a name as it is written: a number, or a constant expression like `pi/2`."""
    if not text.strip():
        raise UsageError(f"the value of {name} is empty", hint=f"for example: {name}=2")
    try:
        return _without_variables(text)
    except AutodiffError as error:
        raise _unreadable(name, error) from None


def _unreadable(name: str, error: AutodiffError) -> UsageError:
    message = f"the value of {name} cannot be read: {error.message}"
    return UsageError(message, text=error.text, span=error.span, hint=error.hint)


def _without_variables(text: str) -> Lowered:
    if text.startswith("@"):
        raise UsageError("values from files are not known here", hint="--params takes a JSON file")
    lowered = lower(parse(text))
    if lowered.graph.variables:
        name, node = next(iter(lowered.graph.variables.items()))
        raise UsageError(
            f"{name} is not a number",
            text=text,
            span=lowered.span(node),
            hint="a value is a number or a constant expression like pi/2",
        )
    return lowered


def _entries(path: str) -> dict[str, object]:
    """The entries of a JSON object of values; numbers as they are written in the file."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        data = json.loads(
            text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=distinct
        )
    except OSError as error:
        raise InputOutputError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON: {error}", hint='for example: {"x": 2}') from None
    if not isinstance(data, dict):
        raise UsageError(f"{path} holds no object", hint='for example: {"x": 2}')
    return {identifier(name): value for name, value in cast(dict[str, object], data).items()}


def _json_number(path: str, name: str, value: object) -> float:
    """The value of an entry: a number or a constant expression, both as text."""
    if isinstance(value, str):
        return number(name, SPELLED.get(value, value))
    raise UsageError(f"{name} in {path} is not a number", hint='a number, or a string like "pi/2"')


def check_names(names: Iterable[str], lowered: Lowered, options: Collection[str]) -> None:
    """Raise UsageError for a value whose name is no variable of the formula."""
    variables = lowered.graph.variables
    for name in names:
        if name in variables:
            continue
        if name in lowered.definitions:
            raise UsageError(
                f"{name} is defined in the formula",
                text=lowered.tree.text,
                span=next(s.name_span for s in lowered.tree.statements if s.name == name),
                hint="values are for variables; leave the definition out to give one",
            )
        guess = did_you_mean(name, variables) or _option_meant(name, options)
        known = f"its variables are {', '.join(variables)}" if variables else "it has no variables"
        meant = filter(None, (lowered.meant(variable) for variable in variables))
        hint = f"did you mean {guess}?" if guess else next(meant, known)
        raise UsageError(f"the formula has no variable {name}", hint=hint)


def _option_meant(name: str, options: Collection[str]) -> str | None:
    guess = did_you_mean(name, [option.removeprefix("--") for option in options])
    return f"--{guess}" if guess else None
