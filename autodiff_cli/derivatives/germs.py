"""One-sided derivatives through the graph: what a function does just beside a point.

On one side of a point a node tends to a limit and has a one-sided derivative there. Both obey
the chain rule even where a kink or a jump stands in between (Griewank 2013, "On stable
piecewise linearization and generalized algorithmic differentiation"): relu(x) - relu(-x) has
a kink in each term at 0 and none as a whole.

Where first derivatives do not tell, second ones may: x^2 grows to both sides of 0, sqrt(x^2) with
slope 1, and sin(x)/x tends to 1. They take longer and are worked out only then.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from math import copysign, hypot, inf, isfinite, isinf, nan, nextafter, sqrt
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.graph.arena import Graph, evaluate
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.graph.reverse import ABSENT, reverse
from autodiff_cli.graph.rules import partial, rule, value
from autodiff_cli.language.notation import COMPARISON_SIGNS

_DIV, _SQRT = BY_NAME["div"], BY_NAME["sqrt"]
_WHERE, _GATE, _NOT = BY_NAME["where"], BY_NAME["gate"], BY_NAME["not"]
_MAX, _MIN, _HYPOT = BY_NAME["max"], BY_NAME["min"], BY_NAME["hypot"]
_LOGIC = frozenset({BY_NAME["and"], BY_NAME["or"]})
_COMPARISONS = frozenset({BY_NAME[name] for name in COMPARISON_SIGNS.values()})


class Germ(NamedTuple):
    """A node on one side of a point, `limit + slope*t + curve*t^2` for a small step t away.

    `curve` is None where it is not known. `moves` is false where the node is constant there.
    """

    limit: float
    slope: float
    curve: float | None
    moves: bool

    @property
    def direction(self) -> float:
        """Whether the node rises or falls: a positive or a negative number, 0 where not known."""
        return self.slope or self.curve or 0.0


# The side is outside the domain.
OUTSIDE = Germ(nan, nan, None, True)

MaybeGerm = Germ | None


def germs(
    evaluation: Evaluation,
    velocities: Mapping[int, float],
    sign: float,
    nodes: Iterable[int],
    curved: bool = False,
) -> dict[int, MaybeGerm]:
    """The germs of `nodes`, those that depend on what moves, for a step forwards or backwards.

    `velocities` tells what moves, by node; `sign` is 1 or -1. None is a germ that is not known;
    with `curved` second derivatives are asked, too. `nodes` come in order of evaluation.
    """
    graph = evaluation.lowered.graph
    curve = 0.0 if curved else None
    found: dict[int, MaybeGerm] = {
        node: Germ(evaluation.value(node), sign * velocity, curve, True)
        for node, velocity in velocities.items()
    }
    for node in nodes:
        if node in velocities:
            continue
        arguments = graph.arguments[node]
        operands = [found[a] if a in found else _constant(evaluation.value(a)) for a in arguments]
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
    return Germ(number, 0.0, 0.0, False)


def _truth(germ: Germ) -> bool | None:
    """Whether a number is not 0 on its side; None where first derivatives do not tell."""
    if germ.limit != 0 or not germ.moves:
        return None if germ.limit != germ.limit else germ.limit != 0
    return True if germ.direction != 0 else None


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
    if a.slope != b.slope:
        return _constant(operator.floats(a.slope, b.slope))
    if a.curve is None or b.curve is None or a.curve == b.curve:
        return None
    return _constant(operator.floats(a.curve, b.curve))


def _variadic(operator: Operator, operands: list[Germ]) -> MaybeGerm:
    """The greatest or the least of many is, among equals, the one whose slope is."""
    limits = [operand.limit for operand in operands]
    out = operator.floats(*limits)
    if operator is _MAX or operator is _MIN:
        tied = [operand for operand in operands if operand.limit == out]
        return _extreme(max if operator is _MAX else min, tied) if tied else None
    if not any(operand.moves for operand in operands):
        return _constant(out)
    if not operator.partials:
        return None
    shares = [_share(operator, limits, out, position) for position in range(len(limits))]
    return _combined(operator, operands, out, shares)


def _extreme(choose: Callable[[list[float]], float], tied: list[Germ]) -> MaybeGerm:
    """Of operands with one limit, that with the extreme slope; of several, the extreme curve."""
    slope = choose([operand.slope for operand in tied])
    first = [operand for operand in tied if operand.slope == slope]
    curves = [operand.curve for operand in first if operand.curve is not None]
    curve = choose(curves) if len(curves) == len(first) else None
    moves = any(operand.moves for operand in tied)
    return _finished(tied[0].limit, slope, curve, moves)


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
    if operator is _DIV and limits == [0.0, 0.0]:
        return _quotient_of_zeros(*operands)
    if operator is _SQRT and out == 0 and operands[0].slope == 0:
        return _root_of_square(operands[0])
    if _at_kink(operator, limits, out):
        return _beside_kink(operator, operands, out)
    partials: Sequence[float | None]
    if known is None:
        partials = [_share(operator, limits, out, position) for position in range(len(limits))]
    else:
        partials = known.partials
    return _combined(operator, operands, out, partials)


def _quotient_of_zeros(a: Germ, b: Germ) -> MaybeGerm:
    """The limit and the slope of 0/0, by the next terms of numerator and denominator."""
    if b.slope == 0 or a.curve is None or b.curve is None:
        return None
    return _finished(a.slope / b.slope, (a.curve * b.slope - a.slope * b.curve) / b.slope**2, None)


def _root_of_square(square: Germ) -> MaybeGerm:
    """The root of something that touches 0: it leaves 0 with a slope."""
    return None if not square.curve else _finished(0.0, sqrt(square.curve), None)


def _combined(
    operator: Operator, operands: list[Germ], out: float, partials: Sequence[float | None]
) -> MaybeGerm:
    """The chain rule."""
    slope, curve, moves = 0.0, 0.0, False
    for position, (operand, share) in enumerate(zip(operands, partials, strict=True)):
        parameter = "x" if operator.variadic else operator.parameters[position]
        if not operand.moves or parameter not in operator.partials:
            continue
        moves = True
        if operand.direction == 0 and not isfinite(share or 0.0):
            return None
        if operand.slope:
            slope += (share or 0.0) * operand.slope
        curve = nan if operand.curve is None else curve + (share or 0.0) * operand.curve
    if not moves or curve != curve:
        return _finished(out, slope, None if moves else 0.0, moves)
    return _finished(out, slope, curve + _bend(operator, operands), moves)


def _bend(operator: Operator, operands: list[Germ]) -> float:
    """Half the second derivative of an operator along the slopes of its operands."""
    second = _second_partials(operator, len(operands))
    values = evaluate(second.graph, second.nodes, dict(enumerate(o.limit for o in operands)))
    slopes = [operand.slope for operand in operands]
    return 0.5 * sum(
        values[node] * slopes[i] * slopes[j]
        for (i, j), node in second.entries.items()
        if slopes[i] and slopes[j]
    )


class _SecondPartials(NamedTuple):
    """The second partials of an operator as a graph, whose first nodes are the operands."""

    graph: Graph
    nodes: list[int]
    entries: dict[tuple[int, int], int]


@cache
def _second_partials(operator: Operator, count: int) -> _SecondPartials:
    graph = Graph()
    variables = tuple(graph.variable(f"x{position}") for position in range(count))
    first = reverse(graph, graph.apply(operator, variables)).nodes
    entries: dict[tuple[int, int], int] = {}
    for i in variables:
        if first[i] != ABSENT:
            again = reverse(graph, first[i]).nodes
            entries.update(((i, j), again[j]) for j in variables if again[j] != ABSENT)
    return _SecondPartials(graph, graph.reachable([*variables, *entries.values()]), entries)


def _finished(out: float, slope: float, curve: float | None, moves: bool = True) -> MaybeGerm:
    known = curve if curve is not None and isfinite(curve) else None
    return Germ(out, slope, known, moves) if isfinite(out) and slope == slope else None


def _beside(operands: list[Germ]) -> list[float]:
    """Floats just beside the limits, on the side the operands move to."""
    return [nextafter(o.limit, copysign(inf, o.direction)) if o.direction else o.limit for o in operands]


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
        return _finished(out, hypot(*(operand.slope for operand in operands)), None)
    if operator.definition:
        return _by_definition(operator, operands)
    if len(operands) == 1:
        return _beside_own_kink(operator, operands[0], out)
    return _beyond_jump(operator, operands)


def _beside_own_kink(operator: Operator, operand: Germ, out: float) -> MaybeGerm:
    """The germ of a function of one variable at its kink."""
    if operand.direction == 0:
        # A kink that is met without moving off, to first order, as by abs(x^2).
        return _finished(out, 0.0, None) if operator.partials else None
    for kink in operator.kinks:
        if value(rule(operator, kink.when, 1), (operand.limit,), out) != 1.0 or not kink.sides:
            continue
        (sides,) = kink.sides.values()
        left, right = (value(rule(operator, side, 1), (operand.limit,), out) for side in sides)
        if isinf(left) or isinf(right):
            break
        share = right if operand.direction > 0 else left
        if operand.curve is None:
            return _finished(out, share * operand.slope, None)
        bend = _bend(operator, [operand._replace(limit=_beside([operand])[0])])
        return _finished(out, share * operand.slope, share * operand.curve + bend)
    return _beyond_jump(operator, [operand])


def _beyond_jump(operator: Operator, operands: list[Germ]) -> MaybeGerm:
    """The germ behind a jump: what the kernel and the rules give just beside the point."""
    if any(operand.moves and operand.direction == 0 for operand in operands):
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
