"""`autodiff eval` at several points: ranges like --x 0:1:0.1, or random ones."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from autodiff_cli.batches.results import numbers, results
from autodiff_cli.cli.failure import warn
from autodiff_cli.derivatives.diagnosis import Diagnosis, diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.failure import failure
from autodiff_cli.errors import AutodiffError, MathError, UsageError, did_you_mean
from autodiff_cli.language.notation import number_text
from autodiff_cli.tables.points import Points
from autodiff_cli.views.points import PointRow
from autodiff_cli.views.points import Points as Shown

# With more points a table is what is wanted.
MOST_POINTS = 10_000
_MOST_TOLD = 5


class Told(NamedTuple):
    """Something said of a point."""

    where: str
    message: str


class Run:
    """Results at points, and what is to be said of them, known when all rows have been taken."""

    def __init__(
        self,
        evaluation: Evaluation,
        fixed: Mapping[str, float],
        points: Points,
        allow_nonfinite: bool,
    ) -> None:
        """For an evaluation that is at no point. Raises UsageError for too many points."""
        if points.count > MOST_POINTS:
            hint = "autodiff batch takes any number"
            raise UsageError(f"there are {points.count:,} points, more than {MOST_POINTS:,}", hint=hint)
        self._evaluation, self._fixed, self._points = evaluation, fixed, points
        self._allow = allow_nonfinite
        self._results = results(evaluation)
        self.shown = Shown(points.names, [result.name for result in self._results])
        self.warnings: list[Told] = []
        self.failures: list[tuple[str, AutodiffError]] = []

    def check_names(self, names: Sequence[str]) -> None:
        """Raise UsageError for a name that is no column."""
        known = [*self.shown.varying, *self.shown.results]
        for name in names:
            if name not in known:
                guess = did_you_mean(name, known)
                hint = f"did you mean {guess}?" if guess else f"there is {', '.join(known[:12])}"
                raise UsageError(f"there is no {name} to get", hint=hint)

    def rows(self, with_answers: bool) -> Iterator[PointRow]:
        """A row for each point; with the results as JSON has them, if these are asked for."""
        names = self._points.names
        for columns in self._points.blocks(MOST_POINTS):
            for values in zip(*[columns[name].tolist() for name in names], strict=True):
                yield self._row(dict(zip(names, values, strict=True)), with_answers)

    def _row(self, varying: Mapping[str, float], with_answer: bool) -> PointRow:
        evaluation = self._evaluation.at({**self._fixed, **varying})
        diagnosis = diagnose(evaluation)
        where = ", ".join(f"{name} = {number_text(value)}" for name, value in varying.items())
        self.warnings += [Told(where, warned.message) for warned in diagnosis.warnings]
        found: list[float | None] = [*numbers(evaluation, self._results)]
        error = None
        if not (self._allow or evaluation.is_finite()):
            error = failure(evaluation, diagnosis.sides)
        if error is not None:
            self.failures.append((where, error))
            found = [number if number is not None and isfinite(number) else None for number in found]
        answer = _answer(evaluation, diagnosis, error, varying) if with_answer else ""
        return PointRow([*varying.values()], found, answer)

    def say(self) -> None:
        """Write warnings to standard error: the first ones, and how many there are."""
        for told in self.warnings[:_MOST_TOLD]:
            warn(f"at {told.where}: {told.message}", None, "")
        if len(self.warnings) > _MOST_TOLD:
            warn(f"{len(self.warnings) - _MOST_TOLD} more warnings; --json lists them", None, "")

    def fail(self) -> None:
        """Raise MathError if a point had no result, or not all."""
        if not self.failures:
            return
        (where, first), count = self.failures[0], len(self.failures)
        have = "have" if count > 1 else "has"
        raise MathError(
            f"{count} of {self._points.count} points {have} no result: at {where}: {first.message}",
            text=first.text,
            span=first.span,
            hint=first.hint,
        )


def _answer(
    evaluation: Evaluation,
    diagnosis: Diagnosis,
    error: AutodiffError | None,
    varying: Mapping[str, float],
) -> str:
    from autodiff_cli.views.json_view import answer_json, failed_answer_json, json_number

    inputs = {"inputs": {name: json_number(value) for name, value in varying.items()}}
    if error is not None:
        return failed_answer_json(error, inputs)
    return answer_json(evaluation, diagnosis, inputs)
