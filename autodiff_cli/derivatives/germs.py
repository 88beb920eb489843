"""One-sided derivatives through the graph: what a function does just beside a point.

On one side of a point a node tends to a limit and has a one-sided derivative there. Both obey
the chain rule even where a kink or a jump stands in between (Griewank 2013, "On stable
piecewise linearization and generalized algorithmic differentiation"): relu(x) - relu(-x) has
a kink in each term at 0 and none as a whole.
"""

from collections.abc import Iterable, Sequence
from math import copysign, hypot, inf, isfinite, isinf, nan, nextafter
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.graph.rules import partial, rule, value
from autodiff_cli.language.notation import COMPARISON_SIGNS

_WHERE, _GATE, _NOT = BY_NAME["where"], BY_NAME["gate"], BY_NAME["not"]
_MAX, _MIN, _HYPOT = BY_NAME["max"], BY_NAME["min"], BY_NAME["hypot"]
_LOGIC = frozenset({BY_NAME["and"], BY_NAME["or"]})
_COMPARISONS = frozenset({BY_NAME[name] for name in COMPARISON_SIGNS.values()})


class Germ(NamedTuple):
    """A node on one side of a point: its limit, and its change for a step away from the point.

    `moves` is false where the node is constant on that side.
    """

    limit: float
    slope: float
    moves: bool


# The side is outside the domain.
OUTSIDE = Germ(nan, nan, True)

MaybeGerm = Germ | None


def germs(
    evaluation: Evaluation, start: int, direction: float, nodes: Iterable[int]
) -> dict[int, MaybeGerm]:
    """The germs of `nodes`, those that depend on `start`, for a step of `start` in a direction.

    None is a germ that first derivatives do not tell. `nodes` come in order of evaluation.
    """
    graph = evaluation.lowered.graph
    found: dict[int, MaybeGerm] = {start: Germ(evaluation.value(start), direction, True)}
    for node in nodes:
        if node == start:
            continue
        arguments = graph.arguments[node]
        operands = [found[a] if a in found else Germ(evaluation.value(a), 0.0, False) for a in arguments]
        found[node] = _germ(graph.operators[node], operands, _at_point(evaluation, node))
    return found


class _Known(NamedTuple):
    """What an evaluation knows of an operator at the point itself, to save work."""

    limits: list[float]
    out: float
    partials: Sequence[float | None]


def _at_point(evaluation: Evaluation, node: int) -> _Known:
    arguments = evaluation.lowered.graph.arguments[node]
    return _Known(
        [evaluation.value(a) for a in arguments], evaluation.value(node), evaluation.partials(node)
    )


def _germ(operator: Operator, operands: list[MaybeGerm], known: _Known | None = None) -> MaybeGerm:
    """The germ of an operator applied to germs."""
    if operator is _WHERE or operator is _GATE:
        return _chosen(operands)
    if operator in _LOGIC:
        return _joined(operator, operands)
    if any(operand is None for operand in operands):
        return None
    certain = [operand for operand in operands if operand is not None]
    if any(operand is OUTSIDE for operand in certain):
        return OUTSIDE
    if operator is _NOT:
        truth = _truth(certain[0])
        return None if truth is None else _constant(float(not truth))
    if operator in _COMPARISONS:
        return _compared(operator, certain)
    if operator.variadic:
        return _variadic(operator, certain)
    return _applied(operator, certain, known)


def _constant(number: float) -> Germ:
    return Germ(number, 0.0, False)


def _truth(germ: Germ) -> bool | None:
    """Whether a number is not 0 on its side; None where first derivatives do not tell."""
    if germ.limit != 0 or not germ.moves:
        return None if germ.limit != germ.limit else germ.limit != 0
    return True if germ.slope != 0 else None


def _chosen(operands: list[MaybeGerm]) -> MaybeGerm:
    condition = operands[0]
    if condition is None or condition is OUTSIDE:
        return condition
    truth = _truth(condition)
    if truth is None:
        return None
    if truth:
        return operands[1]
    return operands[2] if len(operands) > 2 else _constant(0.0)


def _joined(operator: Operator, operands: list[MaybeGerm]) -> MaybeGerm:
    """`and` and `or`: certain where one side decides."""
    truths = [None if germ is None else _truth(germ) for germ in operands]
    deciding = operator is BY_NAME["or"]
    if deciding in truths:
        return _constant(float(deciding))
    return None if None in truths else _constant(float(not deciding))


def _compared(operator: Operator, operands: list[Germ]) -> MaybeGerm:
    a, b = operands
    if a.limit != b.limit or not (a.moves or b.moves):
        result = operator.floats(a.limit, b.limit)
        return None if result != result else _constant(result)
    # Equal limits: the slopes tell which is the greater one beside the point.
    return None if a.slope == b.slope else _constant(operator.floats(a.slope, b.slope))


def _variadic(operator: Operator, operands: list[Germ]) -> MaybeGerm:
    """The greatest or the least of many is, among equals, the one whose slope is."""
    limits = [operand.limit for operand in operands]
    out = operator.floats(*limits)
    if operator is _MAX or operator is _MIN:
        tied = [operand for operand in operands if operand.limit == out]
        slopes = [operand.slope for operand in tied]
        if not tied:
            return None
        chosen = max(slopes) if operator is _MAX else min(slopes)
        return _finished(out, chosen, any(operand.moves for operand in tied))
    if not any(operand.moves for operand in operands):
        return _constant(out)
    if not operator.partials:
        return None
    shares = [_share(operator, limits, out, position) for position in range(len(limits))]
    return _finished(out, sum(s * o.slope for s, o in zip(shares, operands, strict=True)))


def _share(operator: Operator, limits: list[float], out: float, position: int) -> float:
    formula = partial(operator, len(limits), position)
    return 0.0 if formula is None else value(formula, tuple(limits), out, position)


def _applied(operator: Operator, operands: list[Germ], known: _Known | None) -> MaybeGerm:
    """An operator of a fixed number of operands."""
    limits = [operand.limit for operand in operands]
    if known is None or known.limits != limits:
        known = None
    out = operator.floats(*limits) if known is None else known.out
    if not any(operand.moves for operand in operands):
        return None if out != out else _constant(out)
    if _is_outside(operator, operands):
        return OUTSIDE
    if _at_kink(operator, limits, out):
        return _beside_kink(operator, operands, out)
    partials: Sequence[float | None]
    if known is None:
        partials = [_share(operator, limits, out, position) for position in range(len(limits))]
    else:
        partials = known.partials
    return _combined(operator, operands, out, partials)


def _combined(
    operator: Operator, operands: list[Germ], out: float, partials: Sequence[float | None]
) -> MaybeGerm:
    """The chain rule."""
    slope, moves = 0.0, False
    for operand, share, parameter in zip(operands, partials, operator.parameters, strict=True):
        if not operand.moves or parameter not in operator.partials:
            continue
        moves = True
        if operand.slope == 0 and not isfinite(share or 0.0):
            return None  # 0 times infinity: the second derivatives tell
        if operand.slope:
            slope += (share or 0.0) * operand.slope
    return _finished(out, slope, moves)


def _finished(out: float, slope: float, moves: bool = True) -> MaybeGerm:
    return Germ(out, slope, moves) if isfinite(out) and slope == slope else None


def _beside(operands: list[Germ]) -> list[float]:
    """Floats just beside the limits, on the side the operands move to."""
    return [nextafter(o.limit, copysign(inf, o.slope)) if o.slope else o.limit for o in operands]


def _is_outside(operator: Operator, operands: list[Germ]) -> bool:
    if not operator.domain:
        return False
    formula = rule(operator, operator.domain, len(operands))
    return value(formula, tuple(_beside(operands)), nan) == 0.0


def _at_kink(operator: Operator, limits: list[float], out: float) -> bool:
    return any(
        value(rule(operator, kink.when, len(limits)), tuple(limits), out) == 1.0
        for kink in operator.kinks
    )


def _beside_kink(operator: Operator, operands: list[Germ], out: float) -> MaybeGerm:
    """The germ at a kink: by the record's one-sided derivatives, or by its definition."""
    if operator is _HYPOT:
        return _finished(out, hypot(*(operand.slope for operand in operands)))
    if operator.definition:
        return _by_definition(operator, operands)
    if len(operands) == 1:
        return _beside_own_kink(operator, operands[0], out)
    return _beyond_jump(operator, operands)


def _beside_own_kink(operator: Operator, operand: Germ, out: float) -> MaybeGerm:
    """The germ of a function of one variable at its kink."""
    for kink in operator.kinks:
        if value(rule(operator, kink.when, 1), (operand.limit,), out) != 1.0 or not kink.sides:
            continue
        if operand.slope == 0:
            break
        (sides,) = kink.sides.values()
        left, right = (value(rule(operator, side, 1), (operand.limit,), out) for side in sides)
        if isinf(left) or isinf(right):
            break
        return _finished(out, (right if operand.slope > 0 else left) * operand.slope)
    else:
        return None
    if operand.slope == 0 and operator.partials:
        return _finished(out, 0.0)  # a kink is met without moving, as by abs(x^2)
    return _beyond_jump(operator, [operand])


def _beyond_jump(operator: Operator, operands: list[Germ]) -> MaybeGerm:
    """The germ behind a jump: what the kernel and the rules give just beside the point."""
    if any(operand.moves and operand.slope == 0 for operand in operands):
        return None
    limits = _beside(operands)
    out = operator.floats(*limits)
    partials = [_share(operator, limits, out, position) for position in range(len(limits))]
    return _combined(operator, operands, out, partials)


def _by_definition(operator: Operator, operands: list[Germ]) -> MaybeGerm:
    """The germ of the operator's definition in simpler ones."""
    formula = rule(operator, operator.definition, len(operands))
    graph: Graph = formula.graph
    found: dict[int, MaybeGerm] = {node: operands[slot] for node, slot in formula.slots}
    for node, simpler in enumerate(graph.operators):
        if node in graph.constants:
            found[node] = _constant(graph.constants[node])
        elif node not in found:
            found[node] = _germ(simpler, [found[a] for a in graph.arguments[node]])
    return found[formula.root]
