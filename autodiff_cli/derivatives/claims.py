"""What someone claims a derivative to be: a number, or a formula over the same names."""

from collections.abc import Collection, Mapping
from copy import copy
from typing import Any, NamedTuple

from autodiff_cli.derivatives.differences import Truth
from autodiff_cli.errors import FormulaError, UsageError, did_you_mean
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import Lowered, lower
from autodiff_cli.language.parser import parse
from autodiff_cli.language.printer import canonical
from autodiff_cli.language.syntax import Form

# The significant digits from which on a number is taken for a rounded one.
_FEWEST_DIGITS = 4


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
        """How many significant digits were written, if so many that they may be rounded."""
        mantissa = self.text.lower().partition("e")[0].lstrip("+-").replace(".", "").lstrip("0")
        is_rounded = self.is_number and _FEWEST_DIGITS <= len(mantissa) < 17
        return len(mantissa) if is_rounded else None

    def value(self, truth: Truth, known: Mapping[str, Any]) -> Any:
        """What is claimed, where names have the values `known`."""
        graph = self.lowered.graph
        values = {node: known[name] for name, node in graph.variables.items()}
        nodes = graph.reachable([self.lowered.output, *values.keys()])
        return evaluate(graph, nodes, values, truth.system)[self.lowered.output]


def read_claim(name: str, text: str, formula: Lowered, given: Collection[str]) -> Claim:
    """A claim, which may use the formula's variables, definitions and functions.

    `given` are names that have values, which reserved constants among them then are not.
    Raises UsageError, with the place, for what cannot be read.
    """
    if not text.strip():
        raise UsageError(f"the claim for {name} is empty", hint="for example: --claim x='2*x'")
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
        raise UsageError(
            f"the claim for {name} cannot be read: {error.message}",
            text=text,
            span=span,
            hint=error.hint,
        ) from None
    _check_names(name, text, lowered, formula, len(before))
    return Claim(name, text.strip(), lowered)


def _check_names(name: str, text: str, lowered: Lowered, formula: Lowered, shift: int) -> None:
    known = [*formula.graph.variables, *formula.definitions]
    for used, node in lowered.graph.variables.items():
        if used not in known:
            guess = did_you_mean(used, known)
            span = lowered.span(node)
            raise UsageError(
                f"the claim for {name} uses {used}, which the formula does not have",
                text=text,
                span=None if span is None else (span[0] - shift, span[1] - shift),
                hint=f"did you mean {guess}?" if guess else f"it has {', '.join(known)}",
            )
