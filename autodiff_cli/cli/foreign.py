"""Another program's gradient, as JSON."""

import json
import sys
from pathlib import Path
from typing import cast

from autodiff_cli.cli.arguments import identifier
from autodiff_cli.cli.json_input import SPELLED, distinct
from autodiff_cli.errors import InputOutputError, UsageError

_EXAMPLE = 'for example: {"x": 1.5}'


def read_gradient(path: str, formula: str) -> tuple[dict[str, str], dict[str, str]]:
    """The derivatives by name, and the values of the inputs if they are told, all as text.

    An object of derivatives, or one with `gradient` and perhaps `inputs`, as eval prints.
    Raises InputOutputError for what cannot be read, UsageError for what is not meant so.
    """
    source = "standard input" if path == "-" else path
    if not path:
        raise UsageError("--against names no file", hint="- is standard input")
    if path == "-" and formula == "-":
        raise UsageError("the formula and --against cannot both be standard input")
    try:
        data = json.loads(
            _text(path), parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=distinct
        )
    except OSError as error:
        raise InputOutputError(f"cannot read {source}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{source} is not JSON: {error}", hint=_EXAMPLE) from None
    if not isinstance(data, dict):
        raise UsageError(f"{source} holds no object", hint=_EXAMPLE)
    entries = cast(dict[str, object], data)
    gradient = entries.get("gradient")
    if not isinstance(gradient, dict):
        return _texts(entries, source), {}
    inputs = entries.get("inputs", {})
    if not isinstance(inputs, dict):
        raise UsageError(f"the inputs in {source} are no object", hint='for example: {"x": 2}')
    return (
        _texts(cast(dict[str, object], gradient), source),
        _texts(cast(dict[str, object], inputs), source),
    )


def _text(path: str) -> str:
    if path != "-":
        return Path(path).read_text(encoding="utf-8-sig")
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise InputOutputError("cannot read standard input: it is closed")
    return sys.stdin.buffer.read().decode("utf-8-sig")


def _texts(entries: dict[str, object], source: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in entries.items():
        if not isinstance(value, str):
            hint = "a number, or a formula as a string"
            if isinstance(value, dict):
                hint += "; of several outputs give one gradient alone"
            raise UsageError(f"{name} in {source} is not a number", hint=hint)
        found[identifier(name)] = SPELLED.get(value, value)
    return found
