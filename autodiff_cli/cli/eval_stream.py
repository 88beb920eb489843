"""`autodiff eval --stream`: points from another program, a line each, answered one by one."""

import gc
import json
import sys
from collections.abc import Mapping
from typing import cast

from autodiff_cli.cli.arguments import identifier
from autodiff_cli.cli.json_input import SPELLED, distinct
from autodiff_cli.cli.streams import write
from autodiff_cli.cli.values import number
from autodiff_cli.derivatives.diagnosis import Diagnosis, diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.failure import failure
from autodiff_cli.errors import AutodiffError, DataError, InputOutputError, UsageError
from autodiff_cli.graph.lower import RESERVED
from autodiff_cli.views.json_view import answer_json, failed_answer_json


class Server:
    """Answers points for a formula swept at no point; `given` are values for what a line leaves out."""

    def __init__(
        self, evaluation: Evaluation, given: Mapping[str, float], allow_nonfinite: bool
    ) -> None:
        self._evaluation, self._given, self._allow = evaluation, given, allow_nonfinite
        self._constants = RESERVED.keys() & set(evaluation.graph.meanings.values())

    def answer(self, line: str) -> tuple[str, bool]:
        """The answer to a line, and whether it is a result.

        The key `id` comes back as it was, if the formula has no such variable.
        """
        identity: dict[str, object] = {}
        try:
            entries = _entries(line)
            if "id" in entries and "id" not in self._evaluation.graph.variables:
                _check_identity(entries["id"])
                identity = {"id": entries["id"]}
            evaluation, diagnosis = self._evaluated(entries)
            return answer_json(evaluation, diagnosis, identity), True
        except AutodiffError as error:
            return failed_answer_json(error, identity), False

    def _evaluated(self, entries: Mapping[str, object]) -> tuple[Evaluation, Diagnosis]:
        for name in self._constants & entries.keys():
            hint = f"with --{name} VALUE it is a variable"
            raise UsageError(f"{name} is a constant of the formula", hint=hint)
        point = {name: self._value(name, entries) for name in self._evaluation.inputs}
        evaluation = self._evaluation.at(point)
        diagnosis = diagnose(evaluation)
        if not (self._allow or evaluation.is_finite()):
            error = failure(evaluation, diagnosis.sides)
            if error is not None:
                raise error
        return evaluation, diagnosis

    def _value(self, name: str, entries: Mapping[str, object]) -> float:
        if name not in entries:
            if name in self._given:
                return self._given[name]
            raise UsageError(f"there is no value for {name}", hint=f'for example: {{"{name}": 2}}')
        value = entries[name]
        if isinstance(value, str):
            return number(name, SPELLED.get(value, value))
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UsageError(
                f"the value of {name} is not a number", hint=f'for example: {{"{name}": 2}}'
            )
        try:
            return float(value)
        except OverflowError:
            raise UsageError(f"the value of {name} is too large for a float64") from None


def _entries(line: str) -> dict[str, object]:
    try:
        entries = json.loads(line, object_pairs_hook=_distinct)
    except json.JSONDecodeError as error:
        raise DataError(f"the line is not JSON: {error}", hint='for example: {"x": 2}') from None
    except ValueError:
        raise DataError("the line has a number of too many digits") from None
    except RecursionError:
        raise DataError("the line is nested too deeply") from None
    if not isinstance(entries, dict):
        raise DataError("the line is no JSON object", hint='for example: {"x": 2}')
    named = cast(dict[str, object], entries)
    # Names are compared in their compatibility form, as in formulas.
    return (
        named
        if line.isascii() and "\\" not in line
        else _distinct([(identifier(name), value) for name, value in named.items()])
    )


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    try:
        return distinct(pairs)
    except UsageError as error:
        raise DataError(error.message, hint=error.hint) from None


def _check_identity(identity: object) -> None:
    """Raise DataError for what cannot be written as JSON again."""
    try:
        json.dumps(identity, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        hint = "it holds a number that is not finite or half of a surrogate pair, or is too deep"
        raise DataError("the id cannot be given back", hint=hint) from None


def answer_lines(server: Server) -> None:
    """Answer every line of standard input as soon as it is there, up to its end.

    Raises DataError at the end if there were lines without a result.
    """
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise InputOutputError("cannot read standard input: it is closed")
    gc.enable()  # unlike other runs, this one may be long
    lines = bad = 0
    for data in sys.stdin.buffer:
        line = data.decode(errors="replace").strip()
        if not line:
            continue
        lines += 1
        text, is_result = server.answer(line)
        bad += not is_result
        write([text])
    if bad:
        raise DataError(f"{bad} of {lines} lines have no result", hint="their answers say why")
