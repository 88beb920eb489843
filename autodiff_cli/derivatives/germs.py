"""One-sided derivatives through the graph: what a function does just beside a point.

On one side of a point every node is a series of a small step away: its limit, its one-sided
derivative, and what comes before and after. Series obey the rules of calculus even where a kink, a
jump or an infinite slope stands in between (Griewank 2013, "On stable piecewise linearization and
generalized algorithmic differentiation"): relu(x) - relu(-x) has a kink in each term at 0 and none
as a whole, and sqrt(x^4) is x^2.

Arithmetic, roots, exp and log act on series as such. Any other function is the integral of its
derivative, and that is a rule: a formula, whose own functions have one term less to tell.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from math import copysign, inf, isfinite, isinf, nan, nextafter
from typing import NamedTuple

from autodiff_cli.derivatives.asymptotics import (
    Series,
    constant,
    continuous,
    exponential,
    integral,
    logarithm,
    minus,
    plus,
    power,
    rate,
    step_from,
    straight,
    times,
    times_number,
    truncated,
    with_limit,
)
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.graph.rules import Rule, partial, rule, value
from autodiff_cli.language.notation import COMPARISON_SIGNS

_WHERE, _GATE, _NOT = BY_NAME["where"], BY_NAME["gate"], BY_NAME["not"]
_MAX, _MIN, _ABS, _ATAN2 = BY_NAME["max"], BY_NAME["min"], BY_NAME["abs"], BY_NAME["atan2"]
_POW, _CBRT = BY_NAME["pow"], BY_NAME["cbrt"]
_LOGIC = frozenset({BY_NAME["and"], BY_NAME["or"]})
_COMPARISONS = frozenset({BY_NAME[name] for name in COMPARISON_SIGNS.values()})

# The side is outside the domain.
OUTSIDE = Series((), (-inf, 0.0))

# None is a germ that is not known.
Germ = Series
MaybeGerm = Series | None

# What functions are next to points where their rules do not tell: in terms of others, or the first
# terms of a series; times nan is what is left out. x is what it is less its limit, if that is a
# branch point.
_LOCAL: dict[Operator, str] = {
    BY_NAME[name]: text
    for name, text in {
        "inversion": "x/(x^2 + y^2)",
        "direction": "x/hypot(x, y)",
        "floordiv": "floor(x/y)",
        "xlog1py": "xlogy(x, 1 + y)",
        "lambertw1p": "q - q^2/3 + 11/72*q^3 - 43/540*q^4 + nan*q^5; q = sqrt(2*e*x)",
        "besselj": "(x/2)^n/gamma(n + 1)*(1 - (x/2)^2/(n + 1) + nan*x^4)",
        "besseli": "(x/2)^n/gamma(n + 1)*(1 + (x/2)^2/(n + 1) + nan*x^4)",
    }.items()
}
_FROM_BRANCH_POINT = frozenset({BY_NAME["lambertw1p"]})


def germs(
    evaluation: Evaluation,
    velocities: Mapping[int, float],
    sign: float,
    nodes: Iterable[int],
    depth: int,
) -> dict[int, MaybeGerm]:
    """The germs of `nodes`, those that depend on what moves, for a step forwards or backwards.

    `velocities` tells what moves, by node; `sign` is 1 or -1. `depth` is how many derivatives of
    functions are asked for; 1 does not look beyond the first term of anything regular. `nodes` come
    in order of evaluation.
    """
    graph = evaluation.lowered.graph
    found: dict[int, MaybeGerm] = {
        node: step_from(evaluation.value(node), sign * velocity) for node, velocity in velocities.items()
    }
    for node in nodes:
        if node in velocities:
            continue
        arguments = graph.arguments[node]
        operands = [found[a] if a in found else _number(evaluation.value(a)) for a in arguments]
        found[node] = _germ(graph.operators[node], operands, depth, _at_point(evaluation, node))
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


def _number(number: float) -> MaybeGerm:
    return None if number != number else constant(number)


def _germ(
    operator: Operator, operands: Sequence[MaybeGerm], depth: int, known: _Known | None = None
) -> MaybeGerm:
    """The germ of an operator applied to germs."""
    if operator is _WHERE or operator is _GATE:
        return _chosen(operands)
    if operator in _LOGIC:
        return _joined(operator, operands)
    certain = [operand for operand in operands if operand is not None]
    if len(certain) < len(operands):
        return None
    if OUTSIDE in certain:
        return OUTSIDE
    if operator is _NOT:
        truth = _truth(certain[0])
        return None if truth is None else constant(float(not truth))
    if operator in _COMPARISONS:
        return _compared(operator, certain)
    if operator is _MAX or operator is _MIN:
        return _extreme(certain, 1.0 if operator is _MAX else -1.0)
    found = _applied(operator, certain, depth, known)
    return found if found is None or found is OUTSIDE or found.start < found.order else _bounded(found)


def _bounded(germ: Series) -> MaybeGerm:
    """Something without known terms, if at least it tends to 0."""
    return germ if germ.order > (0.0, 0.0) else None


def _sign(germ: Series) -> float | None:
    """1, -1 or 0 beside the point; None where that is not known."""
    if germ.is_zero:
        return 0.0
    first = germ.leading
    return None if first is None else copysign(1.0, first.coefficient)


def _truth(germ: Series) -> bool | None:
    """Whether a number is not 0 on its side; None where it is not known."""
    sign = _sign(germ)
    return None if sign is None else sign != 0


def _chosen(operands: Sequence[MaybeGerm]) -> MaybeGerm:
    condition = operands[0]
    if condition is None or condition is OUTSIDE:
        return condition
    truth = _truth(condition)
    if truth is None:
        return None
    if truth:
        return operands[1]
    return operands[2] if len(operands) > 2 else constant(0.0)


def _joined(operator: Operator, operands: Sequence[MaybeGerm]) -> MaybeGerm:
    """`and` and `or`: certain where one side decides."""
    truths = [None if germ is None or germ is OUTSIDE else _truth(germ) for germ in operands]
    deciding = operator is BY_NAME["or"]
    if deciding in truths:
        return constant(float(deciding))
    return None if None in truths else constant(float(not deciding))


def _difference_sign(a: Series, b: Series) -> float | None:
    """The sign of a - b, as floats tell it of different limits."""
    if a.limit != b.limit:
        return 1.0 if a.limit > b.limit else -1.0
    if isinf(a.limit) and not (a.varies or b.varies):
        return 0.0
    return _sign(minus(a, b))


def _compared(operator: Operator, operands: Sequence[Series]) -> MaybeGerm:
    sign = _difference_sign(*operands)
    return None if sign is None else constant(operator.floats(sign, 0.0))


def _extreme(operands: Sequence[Series], sense: float) -> MaybeGerm:
    """The greatest or the least; of two that are not told apart, what they have in common."""
    found = operands[0]
    for operand in operands[1:]:
        sign = _difference_sign(operand, found)
        if sign is None:
            difference = minus(operand, found)
            found = _bounded(truncated(found, difference.start))
            if found is None:
                return None
        elif sign * sense > 0:
            found = operand
    return found


def _applied(
    operator: Operator, operands: Sequence[Series], depth: int, known: _Known | None
) -> MaybeGerm:
    """A function of germs that are known."""
    limits = [operand.limit for operand in operands]
    if known is not None and known.limits != limits:
        known = None
    out = operator.floats(*limits) if known is None else known.out
    if not any(operand.varies for operand in operands):
        is_outside = not isfinite(out) and _is_outside(operator, operands)
        return OUTSIDE if is_outside else _number(out)
    if _is_outside(operator, operands):
        return OUTSIDE if all(operand.direction is not None for operand in operands) else None
    if operator is _ABS:
        return _absolute(operands[0])
    if _at_kink(operator, limits, out):
        return _beside_kink(operator, operands, depth)
    if known is not None and depth == 1:
        found = _straight(operator, operands, out, known.partials)
        if found is not None:
            return found
    native = _NATIVE.get(operator)
    if native is not None:
        found = native(*operands)
        return found if found is None or found is OUTSIDE else _at_limit(found, out)
    if not isfinite(out):
        return None
    if not operator.partials:
        return constant(out) if operator.kinks else None
    return _smooth(operator, tuple(operands), out, depth)


def _at_limit(germ: Series, out: float) -> Series:
    """With the limit that the kernel has, where it is the same number."""
    limit = germ.limit
    is_same = isfinite(out) and abs(limit - out) <= 2.0**-40 * abs(out)
    return with_limit(germ, out) if is_same else germ


def _straight(
    operator: Operator, operands: Sequence[Series], out: float, partials: Sequence[float | None]
) -> MaybeGerm:
    """The chain rule for the first terms alone; None where a partial is not finite."""
    if not isfinite(out):
        return None
    moving: list[tuple[float, Series]] = []
    for position, (operand, share) in enumerate(zip(operands, partials, strict=True)):
        parameter = "x" if operator.variadic else operator.parameters[position]
        if operand.varies and parameter in operator.partials:
            if not isfinite(share or 0.0):
                return None
            moving.append((share or 0.0, operand))
    return straight(out, moving)


def _absolute(operand: Series) -> Series:
    sign = _sign(operand)
    if sign is None:
        return Series((), operand.start)
    return times_number(operand, sign or 1.0)


# -- What acts on series as such -----------------------------------------------------------------


def _negative(a: Series) -> Series:
    return times_number(a, -1.0)


def _exponential(a: Series) -> MaybeGerm:
    return exponential(a, BY_NAME["exp"].floats)


def _quotient(a: Series, b: Series) -> MaybeGerm:
    inverse = power(b, -1.0, lambda c: 1.0 / c)
    return None if inverse is None else times(a, inverse)


def _power(a: Series, b: Series) -> MaybeGerm:
    if b.varies:
        if a.is_zero:
            return a if _sign(b) == 1.0 else None
        logarithmic = logarithm(a)
        return None if logarithmic is None else _exponential(times(b, logarithmic))
    exponent = b.limit
    if exponent == 0 or not isfinite(exponent):
        return constant(1.0) if exponent == 0 else None
    if _sign(a) == -1.0 and exponent != round(exponent):
        return OUTSIDE
    return power(a, exponent, lambda c: _POW.floats(c, exponent))


def _square_root(a: Series) -> MaybeGerm:
    return OUTSIDE if _sign(a) == -1.0 else power(a, 0.5, BY_NAME["sqrt"].floats)


def _cube_root(a: Series) -> MaybeGerm:
    return power(a, 1.0 / 3.0, _CBRT.floats)


def _logarithm(a: Series) -> MaybeGerm:
    return OUTSIDE if _sign(a) in (-1.0, 0.0) else logarithm(a)


def _times_logarithm(a: Series, b: Series) -> MaybeGerm:
    if a.is_zero:
        return a
    second = _logarithm(b)
    return second if second is None or second is OUTSIDE else times(a, second)


_NATIVE: dict[Operator, Callable[..., MaybeGerm]] = {
    BY_NAME["add"]: plus,
    BY_NAME["sub"]: minus,
    BY_NAME["neg"]: _negative,
    BY_NAME["mul"]: times,
    BY_NAME["div"]: _quotient,
    BY_NAME["sqrt"]: _square_root,
    BY_NAME["exp"]: _exponential,
    BY_NAME["log"]: _logarithm,
    BY_NAME["xlogy"]: _times_logarithm,
    _CBRT: _cube_root,
    _POW: _power,
}


# -- Functions that are known by their derivatives -----------------------------------------------


@lru_cache(maxsize=4096)
def _smooth(operator: Operator, operands: tuple[Series, ...], out: float, depth: int) -> MaybeGerm:
    """A function with the limit `out`: by its definition where it is singular, else by its rules."""
    limits = [operand.limit for operand in operands]
    if any(map(isinf, limits)):
        return continuous(out)  # as kernels are at infinity
    count = len(operands)
    shares = [
        _share(operator, limits, out, position) if operand.varies else 0.0
        for position, operand in enumerate(operands)
    ]
    is_regular = all(map(isfinite, shares))
    formula = _LOCAL.get(operator) or operator.definition
    if formula and not is_regular:
        if operator in _FROM_BRANCH_POINT:
            operands = tuple(with_limit(operand, 0.0) for operand in operands)
        return _by_formula(rule(operator, formula, count), operands, None, None, depth, is_local=True)
    if depth <= 0:
        return continuous(out)
    if is_regular and depth == 1:
        return _straight(operator, operands, out, shares)
    found = _integrated(operator, operands, out, depth)
    return found or (_straight(operator, operands, out, shares) if is_regular else None)


def _share(operator: Operator, limits: Sequence[float], out: float, position: int) -> float:
    formula = partial(operator, len(limits), position)
    return 0.0 if formula is None else value(formula, tuple(limits), out, position)


def _integrated(operator: Operator, operands: Sequence[Series], out: float, depth: int) -> MaybeGerm:
    """The limit, and the integral of the partials times how fast the operands move."""
    total = constant(0.0)
    itself: MaybeGerm = None
    for position, operand in enumerate(operands):
        formula = partial(operator, len(operands), position)
        if formula is None or not operand.varies:
            continue
        if itself is None and any(slot == len(operands) for _, slot in formula.slots):
            itself = _smooth(operator, tuple(operands), out, depth - 1)
        share = _by_formula(formula, operands, itself, operand, depth - 1)
        if share is None or share is OUTSIDE:
            return None
        total = plus(total, times(share, rate(operand)))
    moved = integral(total)
    return None if moved is None else plus(constant(out), moved)


def _by_formula(
    formula: Rule,
    operands: Sequence[Series],
    out: MaybeGerm,
    at_hand: MaybeGerm,
    depth: int,
    is_local: bool = False,
) -> MaybeGerm:
    """The germ of a rule; in a local series times nan is what is left out."""
    graph = formula.graph
    slots = (*operands, out, at_hand)
    found: dict[int, MaybeGerm] = {node: slots[slot] for node, slot in formula.slots}
    for node, operator in enumerate(graph.operators):
        if node in graph.constants:
            number = graph.constants[node]
            found[node] = constant(number) if is_local else _number(number)
        elif node not in found:
            found[node] = _germ(operator, [found[a] for a in graph.arguments[node]], depth)
    return found[formula.root]


# -- Kinks, jumps, edges -------------------------------------------------------------------------


def _beside(operands: Sequence[Series]) -> list[float]:
    """Floats just beside the limits, on the side the operands move to, where that is known."""
    return [nextafter(o.limit, copysign(inf, o.direction)) if o.direction else o.limit for o in operands]


def _is_outside(operator: Operator, operands: Sequence[Series]) -> bool:
    if not operator.domain:
        return False
    formula = rule(operator, operator.domain, len(operands))
    return value(formula, tuple(_beside(operands)), nan) == 0.0


def _at_kink(operator: Operator, limits: Sequence[float], out: float) -> bool:
    return any(
        value(rule(operator, kink.when, len(limits)), tuple(limits), out) == 1.0
        for kink in operator.kinks
    )


def _beside_kink(operator: Operator, operands: Sequence[Series], depth: int) -> MaybeGerm:
    """The germ at a kink: by a definition, or by the kernel and the rules just beside the point."""
    formula = _LOCAL.get(operator) or operator.definition
    if formula:
        return _by_formula(rule(operator, formula, len(operands)), operands, None, None, depth)
    if any(operand.direction is None for operand in operands):
        return None
    limits = [operand.limit for operand in operands]
    beside = _beside(operands)
    if operator is _ATAN2 and limits == [0.0, 0.0]:
        greatest = min(operand.start for operand in operands)
        beside = [
            operand.terms[0].coefficient if operand.start == greatest else 0.0 for operand in operands
        ]
    out = operator.floats(*beside)
    if not isfinite(out):
        return None
    if not operator.partials:
        return constant(out)
    here = operator.floats(*limits)
    # Less than a step of floats is no jump.
    is_jump = abs(out - here) > 2.0**-40 * abs(here) + 2.0**-1000
    return _integrated(operator, operands, out if is_jump else here, max(depth, 1))
