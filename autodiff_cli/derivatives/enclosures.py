"""What balls know of the nodes of a formula, and of which node they know nothing."""

from collections.abc import Sequence
from math import isfinite
from typing import Any, NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.wording import outside_said
from autodiff_cli.errors import MathError
from autodiff_cli.graph.arena import NumberSystem, evaluate
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.graph.rules import rule
from autodiff_cli.language.notation import number_text

_CHOICES = frozenset({BY_NAME["where"], BY_NAME["gate"]})

_MORE_BITS = "--max-bits allows more"

_TOO_LARGE = "too large or too small for certified digits"
_SIZES = "sizes go up to 2^(2^4096), about 10^(10^1233)"

# Operands that are known to so many bits leave no doubt about where they are.
_WELL_KNOWN = 32


class Balls(NamedTuple):
    """The balls of all nodes, computed with so many bits."""

    values: list[Any]
    system: NumberSystem
    bits: int

    def holds(self, operator: Operator, condition: str, arguments: Sequence[int], node: int) -> bool:
        """Whether a condition of an operator's record holds; what is left open does not."""
        return self._decided(operator, condition, arguments, node) == 1

    def is_outside(self, operator: Operator, arguments: Sequence[int], node: int) -> bool:
        """Whether a node is outside its operator's domain, for sure."""
        domain = operator.domain
        return bool(domain) and self._decided(operator, domain, arguments, node) == 0

    def _decided(self, operator: Operator, condition: str, arguments: Sequence[int], node: int) -> Any:
        from flint import ctx

        formula = rule(operator, condition, len(arguments))
        slots = (*(self.values[argument] for argument in arguments), self.values[node])
        bound = {variable: slots[slot] for variable, slot in formula.slots}
        with ctx.workprec(self.bits):
            nodes = range(len(formula.graph))
            return evaluate(formula.graph, nodes, bound, self.system)[formula.root]


def undecided_error(what: str, ball: Any, bits: int) -> MathError:
    """The error for a ball that does not decide a result with all the bits allowed."""
    message = f"{what} cannot be certified: with {bits} bits"
    if ball.is_finite():
        hint = f"at a step or a kink no precision is enough; elsewhere {_MORE_BITS}"
        return MathError(f"{message} it is only known to lie in {ball.str(15)}", hint=hint)
    hint = f"outside the domain no precision is enough; elsewhere {_MORE_BITS}"
    return MathError(f"{message} there is no number it is known to be near", hint=hint)


def undecided_node_error(evaluation: Evaluation, what: str, node: int, balls: Balls) -> MathError:
    """The same for a node, with the one to blame where nothing is known of it."""
    ball = balls.values[node]
    if ball.is_finite():
        return undecided_error(what, ball, balls.bits)
    born = _birth(evaluation, node, balls)
    known = _known_to_floats(evaluation, born, balls)
    if known is not None:
        return known
    if born not in evaluation.nodes:
        if not balls.values[born].is_nan():
            return MathError(f"{what} is {_TOO_LARGE}", hint=_SIZES)
        return undecided_error(what, ball, balls.bits)
    said, hint = _said(evaluation, born, balls)
    lowered = evaluation.lowered
    return MathError(said, text=lowered.tree.text, span=lowered.span(born), hint=hint)


def _birth(evaluation: Evaluation, node: int, balls: Balls) -> int:
    """Back from a node that has no finite ball to the first one that has none."""
    graph, values = evaluation.graph, balls.values
    while True:
        arguments = graph.arguments[node]
        if graph.operators[node] in _CHOICES:
            condition = values[arguments[0]]
            taken = arguments[1:2] if condition == 1 else arguments[2:] if condition == 0 else arguments
            arguments = taken
        unknown = [argument for argument in arguments if not values[argument].is_finite()]
        if not unknown:
            return node
        node = unknown[0]


def _known_to_floats(evaluation: Evaluation, born: int, balls: Balls) -> MathError | None:
    """What floats tell, if the node fails in them for the same operands; of a derivative anyway."""
    if born in evaluation.nodes:
        is_same = not isfinite(evaluation.value(born)) and all(
            isfinite(evaluation.value(a)) and evaluation.value(a) == _nearest_float(balls.values[a])
            for a in evaluation.graph.arguments[born]
        )
        if not is_same:
            return None
    elif not all(isfinite(evaluation.value(output.node)) for output in evaluation.outputs):
        return None  # floats would tell of the value, which balls know
    from autodiff_cli.derivatives.failure import failure

    found = failure(evaluation)
    if found is not None:
        # What is not finite is not certified if it is allowed, either.
        found.hint = None
    return found


def _said(evaluation: Evaluation, node: int, balls: Balls) -> tuple[str, str | None]:
    """What is to be said of a node of which nothing is known, though all is of its operands."""
    graph, values = evaluation.graph, balls.values
    operator, arguments = graph.operators[node], graph.arguments[node]
    operands = ", ".join(
        f"{evaluation.names[argument]} = {_ball_text(values[argument])}"
        for argument in dict.fromkeys(arguments)
        if argument not in graph.constants
    )
    where = evaluation.names.expression(node) + (f" at {operands}" if operands else "")
    if balls.is_outside(operator, arguments, node):
        return outside_said(where, operator), None
    well_known = all(values[argument].rel_accuracy_bits() > _WELL_KNOWN for argument in arguments)
    if well_known and not values[node].is_nan():
        return f"{where} is {_TOO_LARGE}", _SIZES
    said = f"{where} cannot be certified: with {balls.bits} bits nothing is known of it"
    if well_known:
        return said, "for some extreme arguments a function has no certified digits"
    return said, f"at the edge of a domain no precision is enough; elsewhere {_MORE_BITS}"


def _ball_text(ball: Any) -> str:
    """The middle of a ball, as a float if it is one."""
    middle = ball.mid()
    nearest = _nearest_float(middle)
    is_float = nearest is not None and isfinite(nearest) and (nearest != 0 or middle.is_zero())
    return number_text(nearest) if nearest is not None and is_float else middle.str(15, radius=False)


def _nearest_float(ball: Any) -> float | None:
    from autodiff_cli.numbers.balls import nearest_float

    return nearest_float(ball)
