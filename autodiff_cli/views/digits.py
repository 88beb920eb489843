"""Results with more digits than a float64 has: one line each, by the names that --get takes."""

from collections.abc import Iterator

from autodiff_cli.derivatives.diagnosis import Diagnosis
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.views.bare import results


def aligned_lines(evaluation: Evaluation, diagnosis: Diagnosis) -> Iterator[str]:
    """Names and numbers in two columns, for people."""
    found = _numbers(evaluation, diagnosis)
    width = max(map(len, found))
    return (f"{name:{width}} = {text}\n" for name, text in found.items())


def separated(evaluation: Evaluation, diagnosis: Diagnosis, separator: str) -> Iterator[str]:
    """Names and numbers with a separator between, under a heading."""
    yield f"quantity{separator}value\n"
    for name, text in _numbers(evaluation, diagnosis).items():
        yield f"{name}{separator}{text}\n"


def markdown(evaluation: Evaluation, diagnosis: Diagnosis) -> Iterator[str]:
    """The same as a Markdown table."""
    yield "| quantity | value |\n| --- | ---: |\n"
    for name, text in _numbers(evaluation, diagnosis).items():
        yield f"| `{name}` | {text} |\n"


def _numbers(evaluation: Evaluation, diagnosis: Diagnosis) -> dict[str, str]:
    found = results(evaluation, diagnosis)
    return {name: text for name, text in found.items() if not name.startswith("error")}
