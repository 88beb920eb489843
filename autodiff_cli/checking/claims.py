"""What someone claims a derivative to be: a number, or a formula over the same names."""

from collections.abc import Collection, Mapping
from copy import copy
from typing import Any, NamedTuple

from autodiff_cli.checking.differences import Truth
from autodiff_cli.errors import FormulaError, UsageError, did_you_mean
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import Lowered, lower
from autodiff_cli.language.parser import parse
from autodiff_cli.language.printer import canonical
from autodiff_cli.language.syntax import Form


class Claim(NamedTuple):
    """A claimed derivative along a name."""

    name: str
    text: str
    lowered: Lowered

    @property
    def is_number(self) -> bool:
        """Whether it is a number that someone has computed, and rounded."""
        try:
            float(self.text)
        except ValueError:
            return False
        return True

    @property
    def digits(self) -> int | None:
        """How many significant digits a number was written with; None for a formula."""
        if not self.is_number:
            return None
        mantissa = self.text.lower().partition("e")[0]
        return len("".join(filter(str.isdecimal, mantissa)).lstrip("0"))

    def value(self, truth: Truth, known: Mapping[str, Any]) -> Any:
        """What is claimed, where names have the values `known`."""
        graph = self.lowered.graph
        values = {node: known[name] for name, node in graph.variables.items()}
        nodes = graph.reachable([self.lowered.output, *values.keys()])
        return evaluate(graph, nodes, values, truth.system)[self.lowered.output]


def read_claim(name: str, text: str, formula: Lowered, given: Collection[str], file: str = "") -> Claim:
    """A claim, which may use the formula's variables, definitions and functions.

    `given` are names that have values, which reserved constants among them then are not.
    Raises UsageError, with the place, for what cannot be read, and FormulaError if it is from a
    file.
    """
    kind = FormulaError if file else UsageError
    said = f"the claim for {name}" + (f" in {file}" if file else "")
    text = text.rstrip()
    if not text:
        raise kind(
            f"{said} is empty", hint="for example: 2*x" if file else "for example: --claim x='2*x'"
        )
    functions = copy(formula.tree)
    functions.statements = [s for s in formula.tree.statements if s.form is Form.FUNCTION]
    before = f"{canonical(functions)}; " if functions.statements else ""
    try:
        parse(text)
        lowered = lower(parse(before + text), given)
    except FormulaError as error:
        span = error.span
        if span is not None and error.text != text:
            span = span[0] - len(before), span[1] - len(before)
        raise kind(
            f"{said} cannot be read: {error.message}",
            text=text,
            span=span,
            hint=error.hint,
        ) from None
    _check_names(said, text, lowered, formula, len(before))
    return Claim(name, text.strip(), lowered)


def _check_names(said: str, text: str, lowered: Lowered, formula: Lowered, shift: int) -> None:
    known = [*formula.graph.variables, *formula.definitions]
    for used, node in lowered.graph.variables.items():
        if used not in known:
            guess = did_you_mean(used, known)
            span = lowered.span(node)
            raise UsageError(
                f"{said} uses {used}, which the formula does not have",
                text=text,
                span=None if span is None else (span[0] - shift, span[1] - shift),
                hint=f"did you mean {guess}?" if guess else f"it has {', '.join(known)}",
            )
