"""Rewrites that preserve the value, applied as nodes are made; each with its reason.

Not among them, since floats do not obey them: 0*x is not 0, x - x is not 0, x/x is not 1.
A derivative that is structurally zero is absent from the graph instead.
"""

from collections.abc import Callable
from itertools import product
from math import inf, isfinite, nextafter

from autodiff_cli.graph.arena import CONSTANT, Graph
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.numbers import decimals

ADD, SUB, MUL, DIV, NEG, POW = (BY_NAME[n] for n in ("add", "sub", "mul", "div", "neg", "pow"))
AND, OR, NOT = BY_NAME["and"], BY_NAME["or"], BY_NAME["not"]
WHERE, GATE = BY_NAME["where"], BY_NAME["gate"]
_RATIONAL = frozenset({ADD, SUB, MUL, DIV})
_DECIMAL: dict[Operator, Callable[..., decimals.Decimal]] = {
    ADD: decimals.add,
    SUB: decimals.subtract,
    MUL: decimals.multiply,
    NEG: decimals.negative,
}
_SPECIAL_FACTORS = frozenset({CONSTANT, NEG, DIV, GATE})

Arguments = tuple[int, ...]


def simplified(graph: Graph, operator: Operator, arguments: Arguments) -> int:
    """The node of an operator applied to nodes, by way of the rewrites below."""
    rule = _RULES.get(operator)
    node = rule(graph, arguments) if rule is not None else None
    return folded(graph, operator, arguments) if node is None else node


def folded(graph: Graph, operator: Operator, arguments: Arguments) -> int:
    """The node of an operator applied to nodes; constants are folded where that is exact.

    A quotient like 1/3 stays in the graph: its rounding belongs to the result, and another
    number system may know it better.
    """
    constants = graph.constants
    for argument in arguments:
        if argument not in constants:
            return graph.apply(operator, arguments)
    values = [constants[argument] for argument in arguments]
    value = operator.floats(*values)
    meanings = graph.meanings
    if meanings and not meanings.keys().isdisjoint(arguments):
        return _folded_meanings(graph, operator, arguments, value)
    if operator.rounding == 0 or is_exact(operator, values, value):
        return graph.constant(value)
    return graph.apply(operator, arguments)


def _folded_meanings(graph: Graph, operator: Operator, arguments: Arguments, value: float) -> int:
    """The same where a constant stands for a number that is not a float64, as 0.1 does.

    Sums, differences and products of decimals are folded when they are exact for the float64
    numbers, too; comparisons and steps when all floats nearby agree on them.
    """
    values = [graph.constants[argument] for argument in arguments]
    exactly = _DECIMAL.get(operator)
    if exactly is not None and (operator is NEG or is_exact(operator, values, value)):
        decimals = [_decimal(graph, argument) for argument in arguments]
        if None not in decimals:
            result = exactly(*decimals)
            return graph.constant(value, None if result.is_float(value) else result)
    if operator.rounding == 0 and len(values) <= 3 and _is_settled(operator, values):
        return graph.constant(value)
    return graph.apply(operator, arguments)


def _decimal(graph: Graph, node: int) -> decimals.Decimal | None:
    """The exact number of a constant, where it is a decimal."""
    value, meaning = graph.constants[node], graph.meanings.get(node)
    if meaning is None:
        return decimals.of_float(value) if isfinite(value) else None
    return None if isinstance(meaning, str) else meaning


def _is_settled(operator: Operator, values: list[float]) -> bool:
    """Whether the value is the same for all floats next to the given ones."""
    nearby = [(nextafter(v, -inf), v, nextafter(v, inf)) for v in values]
    found = [operator.floats(*point) for point in product(*nearby)]
    return all(other == found[0] for other in found)


def is_exact(operator: Operator, values: list[float], value: float) -> bool:
    """Whether `value` is the operator's exact result, by the integers that floats stand for."""
    if operator not in _RATIONAL or not all(map(isfinite, (*values, value))):
        return False
    (n, d), (m, c), (p, q) = (number.as_integer_ratio() for number in (*values, value))
    if operator is MUL:
        return n * m * q == p * d * c
    if operator is DIV:
        return n * c * q == p * d * m
    return (n * c + m * d if operator is ADD else n * c - m * d) * q == p * d * c


def _add(graph: Graph, arguments: Arguments) -> int | None:
    a, b = arguments
    operators = graph.operators
    # What a sign does is exact in IEEE arithmetic, zeros and NaN included.
    if operators[b] is NEG:
        return folded(graph, SUB, (a, graph.arguments[b][0]))
    if operators[a] is NEG:
        return folded(graph, SUB, (b, graph.arguments[a][0]))
    if operators[a] is not GATE or operators[b] is not GATE:
        return None
    left, right = graph.arguments[a], graph.arguments[b]
    if left[0] == right[0]:
        # Under one condition: gate(c, u) + gate(c, v) = gate(c, u + v).
        return _gated(graph, left[0], simplified(graph, ADD, (left[1], right[1])))
    if _opposite(graph, left[0], right[0]):
        return None  # one of the two is always there
    # Both may be shut: then the sum is 0 by structure, and must stay so when it is multiplied.
    condition = graph.apply(OR, (left[0], right[0]))
    return graph.apply(GATE, (condition, graph.apply(ADD, arguments)))


def _opposite(graph: Graph, a: int, b: int) -> bool:
    return any(graph.operators[c] is NOT and graph.arguments[c][0] == d for c, d in ((a, b), (b, a)))


def _sub(graph: Graph, arguments: Arguments) -> int | None:
    a, b = arguments
    if graph.operators[b] is NEG:
        return simplified(graph, ADD, (a, graph.arguments[b][0]))
    if graph.operators[a] is GATE and graph.operators[b] is GATE:
        return simplified(graph, ADD, (a, simplified(graph, NEG, (b,))))
    return None


def _mul(graph: Graph, arguments: Arguments) -> int | None:
    a, b = arguments
    operators = graph.operators
    if operators[a] not in _SPECIAL_FACTORS and operators[b] not in _SPECIAL_FACTORS:
        return _unscaled(graph, a, b) if operators[a] is operators[b] is MUL else None
    for factor, other in ((a, b), (b, a)):
        operator = operators[factor]
        if operator is CONSTANT:
            # Exact in IEEE arithmetic, NaN and infinities included.
            known = graph.known(factor)
            if known == 1.0:
                return other
            if known == -1.0:
                return simplified(graph, NEG, (other,))
            scaled = _scaled_again(graph, factor, other)
            if scaled is not None:
                return scaled
        elif operator is NEG:
            # Rounding knows no sign: (-u)*v = -(u*v).
            product = simplified(graph, MUL, (graph.arguments[factor][0], other))
            return simplified(graph, NEG, (product,))
        elif operator is GATE:
            # What the gate shuts out stays out: gate(c, v)*u = gate(c, v*u).
            condition, value = graph.arguments[factor]
            pair = (value, other) if factor == a else (other, value)
            return _gated(graph, condition, simplified(graph, MUL, pair))
        elif operator is DIV and _is_one(graph, graph.arguments[factor][0]):
            # u*(1/v) = u/v, with one rounding instead of two.
            return simplified(graph, DIV, (other, graph.arguments[factor][1]))
    return _unscaled(graph, a, b)


def _scaled_again(graph: Graph, constant: int, other: int) -> int | None:
    """c*(d*u) = (c*d)*u where c*d is exact: one rounding instead of two."""
    inner = _scale(graph, other)
    if inner is None:
        return None
    product = folded(graph, MUL, (constant, inner[0]))
    return simplified(graph, MUL, (product, inner[1])) if product in graph.constants else None


def _unscaled(graph: Graph, a: int, b: int) -> int | None:
    """(c*u)*(d*v) = u*v and (c*u)*(d/v) = u/v where c*d = 1: powers of 2, which round nothing."""
    for one, other in ((a, b), (b, a)):
        scale = _scale(graph, one)
        if scale is None:
            continue
        if graph.operators[other] is DIV:
            numerator, denominator = graph.arguments[other]
            if _are_inverse(graph, scale[0], numerator):
                return simplified(graph, DIV, (scale[1], denominator))
        else:
            scales = _scale(graph, other)
            if scales is not None and _are_inverse(graph, scale[0], scales[0]):
                return simplified(graph, MUL, (scale[1], scales[1]))
    return None


def _scale(graph: Graph, node: int) -> tuple[int, int] | None:
    """A constant factor of a product, and the other one."""
    if graph.operators[node] is not MUL:
        return None
    a, b = graph.arguments[node]
    if a in graph.constants:
        return a, b
    return (b, a) if b in graph.constants else None


def _are_inverse(graph: Graph, a: int, b: int) -> bool:
    c, d = graph.known(a), graph.known(b)
    return c is not None and d is not None and c * d == 1.0 and is_exact(MUL, [c, d], 1.0)


def _div(graph: Graph, arguments: Arguments) -> int | None:
    numerator, denominator = arguments
    if _is_one(graph, denominator):
        return numerator
    if graph.operators[numerator] is GATE:
        condition, value = graph.arguments[numerator]
        return _gated(graph, condition, simplified(graph, DIV, (value, denominator)))
    for position in (0, 1):
        if graph.operators[arguments[position]] is NEG:
            # As of a product: (-u)/v = u/(-v) = -(u/v).
            unsigned = list(arguments)
            unsigned[position] = graph.arguments[arguments[position]][0]
            return simplified(graph, NEG, (simplified(graph, DIV, (unsigned[0], unsigned[1])),))
    return None


def _neg(graph: Graph, arguments: Arguments) -> int | None:
    (argument,) = arguments
    if graph.operators[argument] is NEG:
        return graph.arguments[argument][0]
    if graph.operators[argument] is GATE:
        condition, value = graph.arguments[argument]
        return _gated(graph, condition, simplified(graph, NEG, (value,)))
    return None


def _pow(graph: Graph, arguments: Arguments) -> int | None:
    """x^1 is x; x^0 is not 1 where x is NaN."""
    return arguments[0] if _is_one(graph, arguments[1]) else None


def _and(graph: Graph, arguments: Arguments) -> int | None:
    """What is certain from one side (Kleene's logic, as in the kernel)."""
    for argument in arguments:
        if graph.known(argument) == 0.0:
            return graph.constant(0.0)
    return None


def _or(graph: Graph, arguments: Arguments) -> int | None:
    for argument in arguments:
        value = graph.known(argument)
        if value is not None and value == value and value != 0.0:
            return graph.constant(1.0)
    return None


def _where(graph: Graph, arguments: Arguments) -> int | None:
    condition, a, b = arguments
    value = graph.known(condition)
    if value is None or value != value:
        return None
    return a if value != 0.0 else b


def _gate(graph: Graph, arguments: Arguments) -> int | None:
    return _gated(graph, *arguments)


def _gated(graph: Graph, condition: int, value: int) -> int:
    known = graph.known(condition)
    if known is not None and known == known:
        return value if known != 0.0 else graph.constant(0.0)
    if graph.operators[value] is GATE:
        inner, value = graph.arguments[value]
        if inner != condition:
            condition = simplified(graph, AND, (condition, inner))
    return graph.apply(GATE, (condition, value))


def _is_one(graph: Graph, node: int) -> bool:
    return graph.known(node) == 1.0


_RULES: dict[Operator, Callable[[Graph, Arguments], int | None]] = {
    ADD: _add,
    SUB: _sub,
    MUL: _mul,
    DIV: _div,
    NEG: _neg,
    POW: _pow,
    AND: _and,
    OR: _or,
    WHERE: _where,
    GATE: _gate,
}
