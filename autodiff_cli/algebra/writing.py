"""Terms as a graph again, arranged as people write formulas.

Polynomials have the highest power first and the number last, other sums the simplest term first,
none begins with a minus that need not; negative powers stand below a line, square roots are
roots. The nodes are made exactly as they are to be read.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import inf
from typing import NamedTuple

from autodiff_cli.algebra.arithmetic import HALF
from autodiff_cli.algebra.terms import NONE, ONE, SEAL, Factors, Kind, Terms, content_of
from autodiff_cli.errors import UsageError
from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.numbers.decimals import normal
from autodiff_cli.numbers.decimals import written as as_written

_ADD, _SUB, _MUL, _DIV, _NEG, _POW = (BY_NAME[n] for n in ("add", "sub", "mul", "div", "neg", "pow"))
_SQRT, _EXP = BY_NAME["sqrt"], BY_NAME["exp"]
_VALUES = {"pi": 3.141592653589793, "e": 2.718281828459045}

# A decimal number has at most so many digits; others are written as quotients.
_MOST_DIGITS = 15

_Parts = Sequence[tuple[int, Fraction]]


class Written(NamedTuple):
    """A graph of formulas to read, and the nodes of the terms that were asked for."""

    graph: Graph
    roots: list[int]


def written(terms: Terms, roots: Sequence[int], variables: Sequence[str], decimals: bool) -> Written:
    """The graph of terms.

    `variables` come first in it, in this order; with `decimals` numbers like 1/2 are 0.5.
    """
    writer = _Writer(terms, decimals)
    for name in variables:
        writer.graph.variable(name)
    for term in terms.reachable(roots):
        writer.nodes[term] = writer.node(term)
    return Written(writer.graph, [writer.nodes[root] for root in roots])


class _Writer:
    def __init__(self, terms: Terms, decimals: bool) -> None:
        self.terms = terms
        self.decimals = decimals
        self.graph = Graph()
        self.nodes: dict[int, int] = {}

    def node(self, term: int) -> int:
        """The node of a term whose parts have nodes."""
        data = self.terms.data[term]
        match self.terms.kinds[term]:
            case Kind.NUMBER:
                return self._number(data)
            case Kind.CONSTANT:
                return self._constant(data)
            case Kind.VARIABLE:
                return self.graph.variable(data)
            case Kind.PRODUCT:
                return self._product(ONE, data)
            case Kind.SUM:
                return self._sum_with_content(*data)
            case Kind.CALL if data.operator is SEAL:
                return self.nodes[data.arguments[0]]
            case Kind.CALL:
                operands = tuple(self.nodes[argument] for argument in data.arguments)
                return self.graph.apply(data.operator, operands)

    # Numbers

    def _number(self, value: Fraction) -> int:
        if value.denominator == 1:
            return self._leaf(value)
        if self.decimals and self._is_decimal(value):
            return self._leaf(value)
        return self.graph.apply(
            _DIV, (self._leaf(Fraction(value.numerator)), self._leaf(Fraction(value.denominator)))
        )

    def _is_decimal(self, value: Fraction) -> bool:
        """Whether a number has few decimal digits."""
        return (value * 10**_MOST_DIGITS).denominator == 1

    def _leaf(self, value: Fraction) -> int:
        digits = (value * 10**_MOST_DIGITS).numerator if value.denominator != 1 else value.numerator
        exact = normal(digits, -_MOST_DIGITS if value.denominator != 1 else 0)
        number = float(str(exact))
        if number in (inf, -inf):
            raise UsageError(
                f"a number in the derivative has {len(str(abs(exact.digits)))} digits",
                hint="numbers go up to 1e308; derivatives of a lower order may have smaller ones",
            )
        # The shortest text of a float may be another number, as that of 2^81 is.
        return self.graph.constant(number, None if as_written(repr(number)) == exact else exact)

    def _constant(self, name: str) -> int:
        if name in _VALUES:
            return self.graph.constant(_VALUES[name], name)
        if name in ("inf", "-inf", "nan"):
            return self.graph.constant(float(name))
        return self.graph.constant(float(name), name)

    # Products

    def _product(self, coefficient: Fraction, factors: Factors) -> int:
        """A fraction: powers with negative exponents, and the denominator, stand below."""
        coefficient, bases = self._turned(coefficient, factors)
        above, below = list[int](), list[int]()
        for base, exponent in sorted(factors, key=self._factor_order):
            power = self.terms.value(exponent)
            if power is None or base == self.terms.e:
                above.append(self._power(base, exponent))
            elif power < 0:
                below.append(self._rational_power(bases[base], -power))
            else:
                above.append(self._rational_power(bases[base], power))
        return self._fraction(coefficient, above, below)

    def _fraction(self, coefficient: Fraction, above: list[int], below: list[int]) -> int:
        """A coefficient times nodes, over others."""
        if self.decimals and coefficient.denominator != 1 and self._is_decimal(coefficient):
            above = [self._leaf(coefficient), *above]
        else:
            if coefficient.denominator != 1:
                below = [self._leaf(Fraction(coefficient.denominator)), *below]
            if abs(coefficient.numerator) != 1 or not above:
                above = [self._leaf(Fraction(coefficient.numerator)), *above]
            elif coefficient < 0:
                above = [self.graph.apply(_NEG, (above[0],)), *above[1:]]
        numerator = self._chain(above)
        return self.graph.apply(_DIV, (numerator, self._chain(below))) if below else numerator

    def _chain(self, nodes: list[int]) -> int:
        total = nodes[0]
        for node in nodes[1:]:
            total = self.graph.apply(_MUL, (total, node))
        return total

    def _power(self, base: int, exponent: int) -> int:
        if base == self.terms.e:
            if exponent == self.terms.one:
                return self.nodes[base]
            return self.graph.apply(_EXP, (self.nodes[exponent],))
        return self.graph.apply(_POW, (self.nodes[base], self.nodes[exponent]))

    def _rational_power(self, node: int, power: Fraction) -> int:
        if power == 1:
            return node
        if power == HALF:
            return self.graph.apply(_SQRT, (node,))
        return self.graph.apply(_POW, (node, self._number(power)))

    def _turned(self, coefficient: Fraction, factors: Factors) -> tuple[Fraction, dict[int, int]]:
        """The nodes of the bases; (1 - x)^2 is turned to (x - 1)^2, and -(x - y) to y - x."""
        nodes = {base: self.nodes[base] for base, _ in factors}
        odd: list[tuple[bool, tuple[int, str, bytes], int]] = []
        for base, exponent in factors:
            power = self.terms.value(exponent)
            if self.terms.kinds[base] is not Kind.SUM or power is None or power.denominator != 1:
                continue
            positive = [c > 0 for _, c in self._ordered(*self.terms.sum(base))]
            if power.numerator % 2 == 0:
                if not positive[0]:
                    nodes[base] = self._opposite(base)
            elif not all(positive):
                odd.append((positive[0], self._factor_order((base, exponent)), base))
        if coefficient < 0 and odd:
            base = min(odd)[-1]
            nodes[base] = self._opposite(base)
            coefficient = -coefficient
        return coefficient, nodes

    def _opposite(self, total: int) -> int:
        """The node of minus a sum."""
        constant, parts = self.terms.sum(total)
        return self._sum(-constant, [(term, -c) for term, c in parts])

    def _factor_order(self, factor: tuple[int, int]) -> tuple[int, str, bytes]:
        """Numbers, constants, variables by name, sums, functions, the exponential."""
        base, exponent = factor
        kind, data = self.terms.kinds[base], self.terms.data[base]
        if base == self.terms.e:
            return 6, "", b""
        match kind:
            case Kind.NUMBER:
                return 1, "", self.terms.digests[base]
            case Kind.CONSTANT:
                return 2, data, b""
            case Kind.VARIABLE:
                return 3, data, self.terms.digests[exponent]
            case Kind.CALL:
                return 5, data.operator.name, self.terms.digests[base]
            case _:
                return 4, "", self.terms.digests[base]

    # Sums

    def _sum_with_content(self, constant: Fraction, parts: _Parts) -> int:
        """A sum, with what its coefficients share in front where that is shorter."""
        if len(parts) == 1 and not constant:
            term, coefficient = parts[0]
            return self._product(coefficient, self.terms.factors(term))
        content = content_of(constant, parts)
        plain = self.terms.plain_sum_size(constant, parts)
        if content == 1 or self.terms.sum_size(constant, parts) == plain:
            return self._sum(constant, parts)
        inner = self._sum(constant / content, [(term, c / content) for term, c in parts])
        return self._fraction(content, [inner], [])

    def _sum(self, constant: Fraction, parts: _Parts) -> int:
        ordered = self._ordered(constant, parts)
        first = next((k for k, (_, c) in enumerate(ordered) if c > 0), 0)
        ordered.insert(0, ordered.pop(first))
        total = -1
        for term, coefficient in ordered:
            if total < 0:
                total = self._part(term, coefficient)
            elif coefficient > 0:
                total = self.graph.apply(_ADD, (total, self._part(term, coefficient)))
            else:
                total = self.graph.apply(_SUB, (total, self._part(term, -coefficient)))
        return total

    def _part(self, term: int, coefficient: Fraction) -> int:
        if term == self.terms.one:
            return self._number(coefficient)
        if coefficient == 1:
            return self.nodes[term]
        return self._product(coefficient, self.terms.factors(term))

    def _ordered(self, constant: Fraction, parts: _Parts) -> list[tuple[int, Fraction]]:
        ordered = sorted(parts, key=lambda part: self._term_order(part[0]))
        return [*ordered, (self.terms.one, constant)] if constant else ordered

    def _term_order(self, term: int) -> tuple[object, ...]:
        """Powers of variables before all else, the highest first; then from simple to less so."""
        degree, names, is_power = NONE, list[tuple[str, Fraction]](), True
        for base, exponent in self.terms.factors(term):
            power = self.terms.value(exponent)
            if power is not None and self.terms.kinds[base] is Kind.VARIABLE:
                degree += power
                names.append((self.terms.data[base], -power))
            elif power is None or self.terms.kinds[base] > Kind.VARIABLE:
                is_power = False
        names.sort()
        return (not is_power, -degree if is_power else degree, names, self.terms.digests[term])
