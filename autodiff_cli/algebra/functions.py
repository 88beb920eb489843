"""Functions of terms: what is known of them besides what they are called.

`IDENTITIES` are rules in the tool's own language. Each holds wherever its left side is defined;
where the right side is defined on more, the domain of what has disappeared is noted.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial
from typing import Any, NamedTuple

from autodiff_cli.algebra.arithmetic import (
    ABS,
    CBRT,
    LOG,
    SIGN,
    WHERE,
    add,
    exponential,
    multiply,
    negative,
    power,
    square_root,
)
from autodiff_cli.algebra.conditions import (
    AND,
    COMPARISONS,
    MAX,
    MIN,
    NOT,
    OR,
    compared,
    extreme_of,
    logic,
    where,
)
from autodiff_cli.algebra.terms import ONE, SEAL, Kind, Sign, Terms
from autodiff_cli.graph.arena import Graph, NumberSystem, evaluate
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.graph.rules import rule
from autodiff_cli.language.parser import parse
from autodiff_cli.numbers.decimals import Decimal


class Identity(NamedTuple):
    """One function of another: `left` is a call of a call, in x, and equal to `right`."""

    left: str
    right: str


IDENTITIES = (
    *(Identity(f"{f}(a{f}(x))", "x") for f in ("sin", "cos", "tan", "sec", "csc", "cot")),
    *(Identity(f"{f}(a{f}(x))", "x") for f in ("sinh", "cosh", "tanh", "sech", "csch", "coth")),
    Identity("asinh(sinh(x))", "x"),
    Identity("atanh(tanh(x))", "x"),
    Identity("acosh(cosh(x))", "abs(x)"),
    Identity("erf(erfinv(x))", "x"),
    Identity("sin(acos(x))", "sqrt(1 - x^2)"),
    Identity("cos(asin(x))", "sqrt(1 - x^2)"),
    Identity("sin(atan(x))", "x/sqrt(1 + x^2)"),
    Identity("cos(atan(x))", "1/sqrt(1 + x^2)"),
    Identity("tan(asin(x))", "x/sqrt(1 - x^2)"),
    Identity("sec(atan(x))", "sqrt(1 + x^2)"),
    Identity("sinh(acosh(x))", "sqrt(x - 1)*sqrt(x + 1)"),
    Identity("cosh(asinh(x))", "sqrt(1 + x^2)"),
    Identity("cosh(atanh(x))", "1/sqrt(1 - x^2)"),
    Identity("sinh(atanh(x))", "x/sqrt(1 - x^2)"),
    Identity("tanh(asinh(x))", "x/sqrt(1 + x^2)"),
    Identity("sech(atanh(x))", "sqrt(1 - x^2)"),
    Identity("log1p(expm1(x))", "x"),
    Identity("expm1(log1p(x))", "x"),
    Identity("exp(log1p(x))", "1 + x"),
    Identity("abs(sign(x))", "sign(x)^2"),
    Identity("floor(floor(x))", "floor(x)"),
    Identity("ceil(ceil(x))", "ceil(x)"),
    Identity("round(round(x))", "round(x)"),
    Identity("sigmoid(logit(x))", "x"),
    Identity("logit(sigmoid(x))", "x"),
)


def _named(names: str) -> frozenset[Operator]:
    return frozenset(BY_NAME[name] for name in names.split())


ODD = _named(
    "sin tan csc cot asin atan acsc acot sinh tanh csch coth asinh atanh acsch acoth"
    " cbrt erf erfi erfinv sign si shi fresnels fresnelc"
)
EVEN = _named("cos sec cosh sech abs sinc gaussian normpdf")
_NONNEGATIVE = _named("abs hypot acos acosh asech")
_POSITIVE = _named("cosh sech sigmoid softplus normcdf erfc gaussian normpdf")
_NEVER_ZERO = _named("sec csc coth csch gamma")

# Functions that are exact at 0 and at 1.
_AT_ZERO = {
    operator: value
    for value, names in (
        (0, "sin tan asin atan sinh tanh asinh atanh erf erfi erfinv expm1 log1p lambertw si shi"),
        (0, "fresnels fresnelc"),
        (1, "cos sec cosh sech erfc sinc"),
    )
    for operator in _named(names)
}
_AT_ONE = dict.fromkeys(_named("log log2 log10 acosh asech acos lgamma"), 0) | {BY_NAME["gamma"]: 1}

_NAMES = ("add", "sub", "mul", "div", "neg", "pow", "sqrt", "exp", "exp2", "gate")
ADD, SUB, MUL, DIV, NEG, POW, SQRT, EXP, EXP2, GATE = (BY_NAME[name] for name in _NAMES)


def apply(terms: Terms, operator: Operator, arguments: tuple[int, ...]) -> int:
    """The term of an operator applied to terms."""
    if operator is SEAL:
        return terms.sealed(*arguments)
    made = _MADE.get(operator)
    if made is not None:
        return made(terms, *arguments)
    if operator in COMPARISONS:
        return compared(terms, operator, *arguments)
    if len(arguments) == 1:
        return _of_one(terms, operator, arguments[0])
    if operator in (MAX, MIN):
        return extreme_of(terms, operator, arguments)
    if operator in _OF_MIRRORED_ORDER:
        return _bessel(terms, operator, *arguments)
    return terms.call(operator, arguments, known_sign(operator))


def known_sign(operator: Operator) -> int:
    """What is known of every value of a function."""
    if operator in _POSITIVE:
        return Sign.POSITIVE
    return (Sign.NONNEGATIVE if operator in _NONNEGATIVE else 0) | (
        Sign.NONZERO if operator in _NEVER_ZERO else 0
    )


def _of_one(terms: Terms, operator: Operator, argument: int) -> int:
    value = terms.value(argument)
    if value is not None and value in (0, 1):
        known = (_AT_ONE if value else _AT_ZERO).get(operator)
        if known is not None:
            return terms.number(known)
    if (operator in ODD or operator in EVEN) and is_negative(terms, argument):
        mirrored = apply(terms, operator, (negative(terms, argument),))
        return negative(terms, mirrored) if operator in ODD else mirrored
    if terms.kinds[argument] is Kind.CALL:
        inner, arguments = terms.data[argument]
        identity = _identities().get((operator, inner))
        if identity is not None:
            terms.left_out[argument] = None
            return written_out(terms, identity, arguments)
    special = _SPECIAL.get(operator)
    found = special(terms, argument) if special is not None else None
    return terms.call(operator, (argument,), known_sign(operator)) if found is None else found


def is_negative(terms: Terms, node: int) -> bool:
    """Whether a term reads better with a minus in front: all its coefficients are negative."""
    kind = terms.kinds[node]
    if kind is Kind.NUMBER:
        return terms.data[node] < 0
    if kind is not Kind.SUM:
        return False
    constant, parts = terms.data[node]
    return constant <= 0 and all(coefficient < 0 for _, coefficient in parts)


@cache
def _identities() -> dict[tuple[Operator, Operator], Any]:
    found: dict[tuple[Operator, Operator], Any] = {}
    for identity in IDENTITIES:
        graph = lower(parse(identity.left)).graph
        outer, inner = graph.operators[-1], graph.operators[-2]
        found[outer, inner] = lower(parse(identity.right))
    return found


def written_out(terms: Terms, lowered: Any, arguments: tuple[int, ...]) -> int:
    """The terms of a formula in x, of the term that x stands for."""
    graph: Graph = lowered.graph
    bound = dict(zip(graph.variables.values(), arguments, strict=False))
    return evaluate(graph, range(len(graph)), bound, term_system(terms))[lowered.output]


def definition(terms: Terms, operator: Operator, arguments: tuple[int, ...]) -> int:
    """A call written out by the definition in its record; the call itself where there is none."""
    if not operator.definition:
        return terms.call(operator, arguments)
    formula = rule(operator, operator.definition, len(arguments))
    bound = {node: arguments[slot] for node, slot in formula.slots}
    return evaluate(formula.graph, range(len(formula.graph)), bound, term_system(terms))[formula.root]


# -- The rules of single functions -------------------------------------------------------------


def _abs(terms: Terms, argument: int) -> int | None:
    coefficient, term = terms.scaled(argument)
    if term == terms.one:
        return terms.number(abs(coefficient))
    if terms.signs[term] & Sign.NONNEGATIVE:
        return add(terms, [(term, abs(coefficient))])
    known, rest = list[int](), list[int]()
    for base, exponent in terms.factors(term):
        factor = power(terms, base, exponent)
        (known if terms.signs[factor] & Sign.NONNEGATIVE else rest).append(factor)
    if known or coefficient != 1:
        size = terms.call(ABS, (multiply(terms, rest),), Sign.NONNEGATIVE)
        return add(terms, [(multiply(terms, [*known, size]), abs(coefficient))])
    return terms.call(ABS, (argument,), Sign.NONNEGATIVE | terms.signs[argument] & Sign.NONZERO)


def _sign(terms: Terms, argument: int) -> int | None:
    coefficient, term = terms.scaled(argument)
    if term == terms.one:
        return terms.number((coefficient > 0) - (coefficient < 0))
    if terms.is_positive(term):
        return terms.number(1 if coefficient > 0 else -1)
    if coefficient != 1:
        return add(terms, [(apply(terms, SIGN, (term,)), Fraction(1 if coefficient > 0 else -1))])
    return None


def _log(terms: Terms, argument: int) -> int | None:
    """log(exp(u)) = u, log(u^n) = n*log(u), of an even n n*log(abs(u))."""
    if argument == terms.e:
        return terms.one
    if terms.kinds[argument] is not Kind.PRODUCT or len(terms.data[argument]) != 1:
        return None
    base, exponent = terms.data[argument][0]
    if base == terms.e:
        return exponent
    number = terms.value(exponent)
    if number is None:
        return (
            None
            if not terms.is_positive(base)
            else multiply(terms, [exponent, apply(terms, LOG, (base,))])
        )
    if number.denominator == 1 and number.numerator % 2 == 0:
        base = apply(terms, ABS, (base,))
    return multiply(terms, [exponent, apply(terms, LOG, (base,))])


def _cbrt(terms: Terms, argument: int) -> int | None:
    value = terms.value(argument)
    if value is not None:
        root = power(terms, terms.number(abs(value)), terms.number(Fraction(1, 3)))
        exact = terms.value(root)
        return None if exact is None else terms.number(exact if value > 0 else -exact)
    if terms.signs[argument] & Sign.NONNEGATIVE:
        return power(terms, argument, terms.number(Fraction(1, 3)))
    if terms.kinds[argument] is Kind.PRODUCT and len(terms.data[argument]) == 1:
        base, exponent = terms.data[argument][0]
        number = terms.value(exponent)
        if number is not None and number.denominator == 1 and number.numerator % 3 == 0:
            return power(terms, base, terms.number(number / 3))
    return None


def _rounding(operator: Operator) -> Callable[[Terms, int], int | None]:
    def rounded(terms: Terms, argument: int) -> int | None:
        value = terms.value(argument)
        if value is None or (value.denominator != 1 and operator.name == "round"):
            return None
        return terms.number(Fraction(int(operator.floats(float(value))))) if abs(value) < 2**52 else None

    return rounded


def _not(terms: Terms, argument: int) -> int | None:
    value = terms.value(argument)
    if value is not None:
        return terms.number(value == 0)
    if terms.kinds[argument] is Kind.CALL and terms.data[argument].operator is NOT:
        return terms.data[argument].arguments[0]
    return None


def _factor_of_pi(terms: Terms, argument: int) -> Fraction | None:
    """q where the argument is q*pi."""
    coefficient, term = terms.scaled(argument)
    if argument == terms.zero:
        return Fraction(0)
    return coefficient if term == terms.constant("pi") else None


def _sin(terms: Terms, argument: int) -> int | None:
    turn = _factor_of_pi(terms, argument)
    if turn is None or (2 * turn).denominator != 1:
        return None
    return terms.number((0, 1, 0, -1)[int(2 * turn) % 4])


def _cos(terms: Terms, argument: int) -> int | None:
    turn = _factor_of_pi(terms, argument)
    if turn is None or (2 * turn).denominator != 1:
        return None
    return terms.number((1, 0, -1, 0)[int(2 * turn) % 4])


_SPECIAL: dict[Operator, Callable[[Terms, int], int | None]] = {
    ABS: _abs,
    SIGN: _sign,
    LOG: _log,
    CBRT: _cbrt,
    NOT: _not,
    BY_NAME["sin"]: _sin,
    BY_NAME["cos"]: _cos,
    **{BY_NAME[name]: _rounding(BY_NAME[name]) for name in ("floor", "ceil", "trunc", "round")},
}


# Bessel functions of the order -n: the same, but for this sign of odd orders.
_OF_MIRRORED_ORDER = {
    BY_NAME["besselj"]: -1,
    BY_NAME["bessely"]: -1,
    BY_NAME["besseli"]: 1,
    BY_NAME["besselk"]: 1,
}


def _bessel(terms: Terms, operator: Operator, order: int, argument: int) -> int:
    n = terms.value(order)
    if n is None or n >= 0 or n.denominator != 1:
        return terms.call(operator, (order, argument))
    mirrored = terms.call(operator, (terms.number(-n), argument))
    sign = _OF_MIRRORED_ORDER[operator] if n.numerator % 2 else 1
    return add(terms, [(mirrored, Fraction(sign))])


def _add(terms: Terms, a: int, b: int) -> int:
    return add(terms, [(a, ONE), (b, ONE)])


def _subtract(terms: Terms, a: int, b: int) -> int:
    return add(terms, [(a, ONE), (b, -ONE)])


def _multiply(terms: Terms, a: int, b: int) -> int:
    return multiply(terms, [a, b])


def _divide(terms: Terms, a: int, b: int) -> int:
    return multiply(terms, [a, power(terms, b, terms.number(-1))])


def _power_of_two(terms: Terms, x: int) -> int:
    return power(terms, terms.number(2), x)


def _gate(terms: Terms, condition: int, value: int) -> int:
    return where(terms, condition, value, terms.zero)


def _degrees(terms: Terms, x: int) -> int:
    return _divide(terms, add(terms, [(x, Fraction(180))]), terms.constant("pi"))


def _radians(terms: Terms, x: int) -> int:
    return _multiply(terms, add(terms, [(x, Fraction(1, 180))]), terms.constant("pi"))


def _average(terms: Terms, *xs: int) -> int:
    return add(terms, [(x, Fraction(1, len(xs))) for x in xs])


def _count(terms: Terms, *xs: int) -> int:
    return terms.number(len(xs))


# What is no function call in terms, but made of sums, products, powers and choices.
_MADE: dict[Operator, Callable[..., int]] = {
    ADD: _add,
    SUB: _subtract,
    MUL: _multiply,
    DIV: _divide,
    NEG: negative,
    POW: power,
    SQRT: square_root,
    EXP: exponential,
    EXP2: _power_of_two,
    WHERE: where,
    GATE: _gate,
    AND: logic(AND, True),
    OR: logic(OR, False),
    BY_NAME["deg"]: _degrees,
    BY_NAME["rad"]: _radians,
    BY_NAME["avg"]: _average,
    BY_NAME["count"]: _count,
}


# -- Terms as a number system ------------------------------------------------------------------


class _Kernels(dict[Operator, Callable[..., int]]):
    """The kernel of any operator: its rule for terms."""

    def __init__(self, terms: Terms) -> None:
        super().__init__()
        self._terms = terms

    def __missing__(self, operator: Operator) -> Callable[..., int]:
        found = self[operator] = lambda *arguments: apply(self._terms, operator, arguments)
        return found


def new_terms() -> Terms:
    """An arena of terms with the rules of functions."""
    return Terms(apply)


def term_system(terms: Terms) -> NumberSystem:
    """Evaluating a graph with terms for numbers gives its terms."""
    return NumberSystem(_Kernels(terms), partial(constant_of, terms), -1)


def constant_of(terms: Terms, graph: Graph, node: int) -> int:
    """The term of a constant of a graph, exactly as it was meant."""
    value, meaning = graph.constants[node], graph.meanings.get(node)
    if isinstance(meaning, Decimal):
        return terms.number(Fraction(meaning.digits) * Fraction(10) ** meaning.exponent)
    if meaning == "tau":
        return add(terms, [(terms.constant("pi"), Fraction(2))])
    if meaning is not None:
        return terms.constant(meaning)
    if value != value or value in (float("inf"), float("-inf")):
        return terms.constant(str(value))
    return terms.number(Fraction(value))
