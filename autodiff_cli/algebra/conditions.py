"""Comparisons, logic and choices of terms."""

from collections.abc import Callable
from fractions import Fraction

from autodiff_cli.algebra.arithmetic import WHERE, add
from autodiff_cli.algebra.terms import ONE, Kind, Sign, Terms
from autodiff_cli.graph.operators import BY_NAME, Operator

NOT, AND, OR, MAX, MIN = (BY_NAME[name] for name in ("not", "and", "or", "max", "min"))

COMPARISONS: dict[Operator, Callable[[Fraction, Fraction], bool]] = {
    BY_NAME["lt"]: Fraction.__lt__,
    BY_NAME["le"]: Fraction.__le__,
    BY_NAME["gt"]: Fraction.__gt__,
    BY_NAME["ge"]: Fraction.__ge__,
    BY_NAME["eq"]: Fraction.__eq__,
    BY_NAME["ne"]: Fraction.__ne__,
}
_MIRRORED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}
_EXTREMES = ((MAX, BY_NAME["ge"]), (MAX, BY_NAME["gt"]), (MIN, BY_NAME["le"]), (MIN, BY_NAME["lt"]))
_NEGATED = {
    BY_NAME[a]: BY_NAME[b]
    for a, b in (("lt", "ge"), ("ge", "lt"), ("gt", "le"), ("le", "gt"), ("eq", "ne"), ("ne", "eq"))
}
_OPPOSITE = frozenset({("ge", "lt"), ("lt", "ge"), ("gt", "le"), ("le", "gt")})


def compared(terms: Terms, operator: Operator, a: int, b: int) -> int:
    """A comparison; a term is compared with 0 where that is what it comes to."""
    for side, other, sign in ((a, b, 1), (b, a, -1)):
        # Variables are finite.
        limit = _infinite(terms, other)
        if limit and side not in terms.unbounded:
            return terms.number(COMPARISONS[operator](Fraction(0), Fraction(sign * limit)))
    if a in terms.unbounded or b in terms.unbounded:
        return terms.call(operator, (a, b))
    coefficient, term = terms.scaled(add(terms, [(a, ONE), (b, -ONE)]))
    if term == terms.one:
        return terms.number(COMPARISONS[operator](coefficient, Fraction(0)))
    if coefficient < 0:
        operator = BY_NAME[_MIRRORED[operator.name]]
        a, b = b, a
    known = _of_sign(terms, operator, term)
    if known is not None:
        return terms.number(known)
    if terms.kinds[term] is not Kind.SUM:
        return terms.call(operator, (term, terms.zero))
    return terms.call(operator, (a, b))


def _infinite(terms: Terms, node: int) -> int:
    """1 for inf, -1 for -inf, else 0."""
    if terms.kinds[node] is Kind.CONSTANT and terms.data[node] == "inf":
        return 1
    return -1 if terms.kinds[node] is Kind.CONSTANT and terms.data[node] == "-inf" else 0


def _of_sign(terms: Terms, operator: Operator, term: int) -> bool | None:
    """Whether a term compares with 0 as it says, as far as its sign is known."""
    sign = terms.signs[term]
    if sign & Sign.POSITIVE == Sign.POSITIVE:
        return operator.name in ("gt", "ge", "ne")
    if sign & Sign.NONNEGATIVE and operator.name in ("ge", "lt"):
        return operator.name == "ge"
    if sign & Sign.NONZERO and operator.name in ("eq", "ne"):
        return operator.name == "ne"
    return None


def where(terms: Terms, condition: int, a: int, b: int) -> int:
    """A choice; a condition that is known decides it."""
    value = terms.value(condition)
    if value is not None:
        return a if value else b
    if a == b:
        return a
    if terms.kinds[condition] is Kind.CALL and terms.data[condition].operator is NOT:
        return where(terms, terms.data[condition].arguments[0], b, a)
    sign = terms.signs[a] & terms.signs[b]
    return terms.call(WHERE, (condition, a, b), sign)


def as_extreme(terms: Terms, node: int) -> int | None:
    """The max or min that a choice comes to: where(a >= b, a, b) is max(a, b); else None."""
    condition, a, b = terms.data[node].arguments
    for extreme, comparison in _EXTREMES:
        if condition == compared(terms, comparison, a, b):
            return extreme_of(terms, extreme, (a, b))
    return None


def logic(operator: Operator, neutral: bool) -> Callable[..., int]:
    """The rule of `and`, where true is neutral, or of `or`."""

    def joined(terms: Terms, a: int, b: int) -> int:
        a, b = _without_not(terms, a), _without_not(terms, b)
        for side, other in ((a, b), (b, a)):
            value = terms.value(side)
            if value is not None:
                return other if bool(value) == neutral else terms.number(not neutral)
        if a == b:
            return a
        if are_opposite(terms, a, b):
            return terms.number(not neutral)
        return terms.call(operator, (a, b))

    return joined


def _without_not(terms: Terms, node: int) -> int:
    """not a >= b as a < b."""
    if _is_call(terms, node, NOT):
        (inner,) = terms.data[node].arguments
        if terms.kinds[inner] is Kind.CALL and terms.data[inner].operator in _NEGATED:
            operator, sides = terms.data[inner]
            return terms.call(_NEGATED[operator], sides)
    return node


def _is_call(terms: Terms, node: int, operator: Operator) -> bool:
    return terms.kinds[node] is Kind.CALL and terms.data[node].operator is operator


def are_opposite(terms: Terms, a: int, b: int) -> bool:
    """Whether one of two comparisons with 0 always holds, and the other does not, but for a tie."""
    if terms.kinds[a] is not Kind.CALL or terms.kinds[b] is not Kind.CALL:
        return False
    (first, left), (second, right) = terms.data[a], terms.data[b]
    return left == right and (first.name, second.name) in _OPPOSITE


def extreme_of(terms: Terms, operator: Operator, arguments: tuple[int, ...]) -> int:
    """max or min: equal arguments once, numbers compared, those within taken out."""
    arguments = tuple(
        inner
        for a in arguments
        for inner in (terms.data[a].arguments if _is_call(terms, a, operator) else (a,))
    )
    numbers = [value for a in arguments if (value := terms.value(a)) is not None]
    others = [a for a in dict.fromkeys(arguments) if terms.value(a) is None]
    if numbers:
        others.append(terms.number(max(numbers) if operator is MAX else min(numbers)))
    if len(others) == 1:
        return others[0]
    return terms.call(operator, tuple(sorted(others, key=lambda a: terms.digests[a])))
