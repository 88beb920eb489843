"""The Taylor expansion of outputs at a point, in float64: coefficients, derivatives, what is not finite.

Loaded only for orders beyond 2.
"""

from collections.abc import Mapping, Sequence
from math import factorial, frexp, inf, isfinite, isnan
from typing import NamedTuple

from autodiff_cli.derivatives.diagnosis import Warned
from autodiff_cli.derivatives.evaluation import DIRECTION, Evaluation, Output
from autodiff_cli.derivatives.series import Coefficients, coefficient, expand
from autodiff_cli.derivatives.wording import operands_said
from autodiff_cli.errors import MathError, UsageError
from autodiff_cli.language.notation import number_text

# Where the first and the last coefficient are so many binary orders of magnitude apart, t is scaled.
_FAR_APART = 500
_LARGEST_SCALE = 1000

# So many names are told of those that there are.
_MOST_NAMES = 5


class Expansion(NamedTuple):
    """The Taylor coefficients of outputs, by their nodes, from order 0 on, and the derivatives.

    `coefficients[n][k]` is that of t^k, `derivatives[n][k]` is k! times as much, None where it is
    left out. `along` is the node or the DIRECTION that t moves along. `texts` holds both with more
    digits where they were asked for, by node.
    """

    order: int
    along: int
    coefficients: Mapping[int, list[float]]
    derivatives: Mapping[int, Sequence[float | None]]
    texts: Mapping[int, tuple[list[str], list[str]]] = {}


def expanded_along(evaluation: Evaluation) -> int:
    """What a Taylor expansion is along: the direction, or the one name of `wrt`.

    Raises UsageError where there is not one.
    """
    if evaluation.direction is not None:
        return DIRECTION
    if len(evaluation.wrt) == 1:
        return evaluation.wrt_nodes[evaluation.wrt[0]]
    if not evaluation.wrt:
        raise UsageError("there is no variable to expand along", hint="--order N takes one variable")
    names = ", ".join(evaluation.wrt[:_MOST_NAMES]) + (", ..." * (len(evaluation.wrt) > _MOST_NAMES))
    line = ",".join(f"{name}=1" for name in evaluation.wrt[:_MOST_NAMES])
    raise UsageError(
        f"a Taylor expansion is along one variable, and there are {len(evaluation.wrt)}: {names}",
        hint=f"--wrt {evaluation.wrt[0]} picks one, --direction {line} a line through the point",
    )


def expansion(evaluation: Evaluation, along: int, order: int) -> Expansion:
    """The Taylor coefficients of the outputs in float64, and the derivatives.

    Coefficients may grow or shrink so fast that they, or what leads to them, are too large or too
    small for float64. Then t is scaled by a power of 2, which rounds nothing.
    """
    graph, variables = evaluation.graph, evaluation.variables()
    velocities = evaluation.velocities(along)
    coefficients: dict[int, list[float]] = {}
    derivatives: dict[int, list[float]] = {}
    roots = [output.node for output in evaluation.outputs]
    found = expand(graph, roots, order, variables, velocities)
    for root in roots:
        scale, scaled = 0, _filled(found[root], order)
        wanted = _scale(found[root])
        if wanted:
            faster = {node: v * 2.0**wanted for node, v in velocities.items()}
            again = _filled(expand(graph, [root], order, variables, faster)[root], order)
            if sum(map(isfinite, again)) >= sum(map(isfinite, scaled)):
                scale, scaled = wanted, again
        coefficients[root] = [_times_power(c, 1, -scale * k) for k, c in enumerate(scaled)]
        derivatives[root] = [_times_power(c, factorial(k), -scale * k) for k, c in enumerate(scaled)]
    return Expansion(order, along, coefficients, derivatives)


def _filled(series: Coefficients, order: int) -> list[float]:
    """All coefficients up to an order as numbers, 0 without a sign beside the value."""
    return [series[0], *((coefficient(series, k) or 0.0) for k in range(1, order + 1))]


def _scale(series: Coefficients) -> int:
    """The power of 2 by which t is to be scaled so that coefficients stay of a size; 0 for none."""
    sizes = [(k, frexp(c)[1]) for k, c in enumerate(series) if c and isfinite(c)]
    if not sizes:
        return 0
    (first, before), (last, after) = sizes[0], sizes[-1]
    if abs(after - before) < _FAR_APART:
        return 0
    scale = round((before - after) / (last - first))
    return max(-_LARGEST_SCALE, min(scale, _LARGEST_SCALE))


def _times_power(number: float, factor: int, exponent: int) -> float:
    """number*factor*2^exponent, rounded once."""
    if not isfinite(number) or number == 0:
        return number
    numerator, denominator = number.as_integer_ratio()
    numerator *= factor
    if exponent > 0:
        numerator <<= exponent
    else:
        denominator <<= -exponent
    try:
        return numerator / denominator
    except OverflowError:
        return inf if numerator > 0 else -inf


def settled(evaluation: Evaluation, found: Expansion) -> Expansion:
    """The expansion with first derivatives that series do not know.

    Those are taken from both sides of a kink, or infinite.
    """
    coefficients, derivatives = dict(found.coefficients), dict(found.derivatives)
    for output in evaluation.outputs:
        if evaluation.is_settled(output, found.along) or not isfinite(coefficients[output.node][1]):
            first = evaluation.adjoint(output, found.along) or 0.0
            value, _, *others = coefficients[output.node]
            coefficients[output.node] = [value, first, *others]
            value, _, *others = derivatives[output.node]
            derivatives[output.node] = [value, first, *others]
    return found._replace(coefficients=coefficients, derivatives=derivatives)


def without_overflow(evaluation: Evaluation, found: Expansion) -> tuple[Expansion, list[Warned]]:
    """The expansion without derivatives that only k! makes too large, and what is to be said."""
    kept: dict[int, list[float | None]] = {}
    said: list[Warned] = []
    for output in evaluation.outputs:
        pairs = list(zip(found.coefficients[output.node], found.derivatives[output.node], strict=True))
        is_lost = [isfinite(c) and d is not None and not isfinite(d) for c, d in pairs]
        kept[output.node] = [
            None if lost else derivative for lost, (_, derivative) in zip(is_lost, pairs, strict=True)
        ]
        if any(is_lost):
            message = (
                f"the derivative of order {is_lost.index(True)} is too large for float64 (and"
                f" {sum(is_lost) - 1} more); its coefficient is not"
            )
            span = evaluation.lowered.span(output.node)
            said.append(Warned("overflow", output.node, span, message))
    return found._replace(derivatives=kept), said


def failure(evaluation: Evaluation, found: Expansion) -> MathError | None:
    """The error for the first coefficient that is not finite, or None."""
    for output in evaluation.outputs:
        numbers = found.coefficients[output.node]
        order = next((k for k, number in enumerate(numbers) if not isfinite(number)), None)
        if order is not None:
            return _failure(evaluation, found, output, order)
    return None


def _failure(evaluation: Evaluation, found: Expansion, output: Output, order: int) -> MathError:
    """Blame the first node that has no finite coefficient of the order, or of a lower one."""
    velocities = evaluation.velocities(found.along)
    series = expand(evaluation.graph, [output.node], order, evaluation.variables(), velocities)
    number = number_text(found.coefficients[output.node][order])
    message, blamed = f"the coefficient of order {order} is {number}", output.node
    for node in evaluation.nodes:
        bad = next((k for k, c in enumerate(series.get(node, ())) if not isfinite(c or 0.0)), None)
        if bad is not None:
            blamed = node
            operands = operands_said(evaluation, node)
            where = f"{evaluation.names.expression(node)} at {operands}"
            known = ", or none that is known" if isnan(series[node][bad]) else ""
            message += f": {where} has no finite one of order {bad}{known}"
            break
    else:
        message += ", too large for float64"
    lowered = evaluation.lowered
    hint = "--allow-nonfinite prints the result all the same"
    return MathError(message, text=lowered.tree.text, span=lowered.span(blamed), hint=hint)
