"""Terms: formulas in a normal form, in an arena in which equal terms are one node.

Sums hold rational coefficients, products hold bases with exponents, whatever their number, so
like terms and like factors meet by being equal. As in the graph, a term is an integer and what
it is made of are smaller ones. Variables are real and finite numbers.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from fractions import Fraction
from hashlib import blake2b
from math import gcd, lcm
from typing import Any, NamedTuple

from autodiff_cli.graph.operators import Operator


def _no_kernel(*_: float) -> float:
    raise AssertionError("a seal is not computed")


# What a term is wrapped in to be a part that is not looked into.
SEAL = Operator("seal", ("x",), _no_kernel, rounding=0)


class Kind(IntEnum):
    """What a term is; its data is what stands behind."""

    NUMBER = 0  # a Fraction
    CONSTANT = 1  # a name: pi, e, inf, nan
    VARIABLE = 2  # a name
    PRODUCT = 3  # Factors: bases and their exponents, without a coefficient
    CALL = 4  # an operator and its arguments
    SUM = 5  # a Fraction, and terms with their coefficients


class Sign:
    """What is known, or needed, of a term's value, as bits; HOLDS is of a condition."""

    UNKNOWN, NONNEGATIVE, NONZERO, POSITIVE, HOLDS = 0, 1, 2, 3, 4


class Sum(NamedTuple):
    """`constant` plus each term times its coefficient; terms in ascending order."""

    constant: Fraction
    parts: tuple[tuple[int, Fraction], ...]


class Call(NamedTuple):
    """An operator applied to terms."""

    operator: Operator
    arguments: tuple[int, ...]


Factors = tuple[tuple[int, int], ...]

NONE, ONE = Fraction(0), Fraction(1)


class Terms:
    """`kinds[t]` and `data[t]` describe term t.

    `sizes[t]` is its length, in nodes of the syntax tree when it is written out, and `signs[t]`
    what is known of its value. `unbounded` are the terms that contain an infinity or a NaN, for
    which the laws of arithmetic do not hold. `lost` are conditions that the formulas that were
    given need and their terms no longer show: a term and the sign that it must have. `left_out`
    are terms that are not there any more, and whose conditions hold all the same. `granted` are
    signs that are taken for granted, `fractions` what sums are as fractions and `monomials` the
    terms of monomials, once these are known, and `effort` counts the factors that were looked at
    to find short forms.
    """

    def __init__(self, apply: "Apply") -> None:
        """`apply` are the rules of functions, of which arithmetic makes use as well."""
        self._apply = apply
        self.kinds: list[Kind] = []
        self.data: list[Any] = []
        self.sizes: list[int] = []
        self.signs: list[int] = []
        self.digests: list[bytes] = []
        self.unbounded: set[int] = set()
        self.lost: dict[tuple[int, int], None] = {}
        self.left_out: dict[int, None] = {}
        self.granted: dict[int, int] = {}
        self.fractions: dict[int, tuple[Fraction, int] | None] = {}
        self.monomials: dict[object, int] = {}
        self.effort = 0
        self._nodes: dict[tuple[Kind, object], int] = {}
        self.zero = self.number(NONE)
        self.one = self.number(ONE)
        self.e = self.make(Kind.CONSTANT, "e", 1, Sign.POSITIVE)

    def make(self, kind: Kind, data: Any, size: int, sign: int = Sign.UNKNOWN) -> int:
        """The term with this content, exactly as given."""
        key = (kind, data)
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = len(self.kinds)
            self.kinds.append(kind)
            self.data.append(data)
            self.sizes.append(size)
            self.signs.append(sign)
            self.digests.append(self._digest(node))
            if kind is Kind.CALL and not self.unbounded.isdisjoint(data.arguments):
                self.unbounded.add(node)
        return node

    def number(self, value: Fraction | int) -> int:
        """The term of a rational number."""
        value = Fraction(value)
        sign = (Sign.NONNEGATIVE if value >= 0 else 0) | (Sign.NONZERO if value else 0)
        return self.make(Kind.NUMBER, value, number_size(value), sign)

    def call(self, operator: Operator, arguments: tuple[int, ...], sign: int = Sign.UNKNOWN) -> int:
        """The term of an operator applied to terms, exactly as given."""
        size = 1 + sum(self.sizes[argument] for argument in arguments)
        return self.make(Kind.CALL, Call(operator, arguments), size, sign)

    def apply(self, operator: Operator, *arguments: int) -> int:
        """The term of an operator applied to terms, by the rules of functions."""
        return self._apply(self, operator, arguments)

    def sealed(self, node: int) -> int:
        """A term as a part of others that keeps together, however they are collected."""
        return self.make(Kind.CALL, Call(SEAL, (node,)), self.sizes[node], self.signs[node])

    def constant(self, name: str) -> int:
        """pi, e, or what is not finite."""
        node = self.make(Kind.CONSTANT, name, 1, Sign.POSITIVE if name in ("pi", "e") else 0)
        if name not in ("pi", "e"):
            self.unbounded.add(node)
        return node

    def variable(self, name: str) -> int:
        """The term of a variable."""
        return self.make(Kind.VARIABLE, name, 1)

    def assume(self, node: int, sign: int) -> None:
        """Take it as known; terms that are made from now on make use of it."""
        self.signs[node] |= sign

    def grant(self, node: int, sign: int) -> None:
        """The same, but where it does not show any more that must be told."""
        self.granted[node] = self.granted.get(node, 0) | (sign & ~self.signs[node])
        self.signs[node] |= sign

    def value(self, node: int) -> Fraction | None:
        """The value of a number; None of anything else."""
        return self.data[node] if self.kinds[node] is Kind.NUMBER else None

    def certain(self, node: int) -> int:
        """What is known of a term's value without anything granted."""
        return self.signs[node] & ~self.granted.get(node, 0)

    def lose(self, node: int, sign: int) -> None:
        """Write down a condition that no longer shows, unless it is known to hold."""
        missing = sign & ~self.certain(node)
        if missing:
            self.lost[node, missing] = None

    def is_positive(self, node: int) -> bool:
        """Whether the value is known to be greater than 0."""
        return self.signs[node] & Sign.POSITIVE == Sign.POSITIVE

    def sum(self, node: int) -> Sum:
        """What a sum is made of."""
        return self.data[node]

    def scaled(self, node: int) -> tuple[Fraction, int]:
        """A term as a coefficient times a term without one; a number as itself times one."""
        kind = self.kinds[node]
        if kind is Kind.NUMBER:
            return self.data[node], self.one
        if kind is Kind.SUM:
            constant, parts = self.data[node]
            if not constant and len(parts) == 1:
                return parts[0][1], parts[0][0]
        return ONE, node

    def factors(self, node: int) -> Factors:
        """The factors of a term without a coefficient; itself where it is not a product."""
        if self.kinds[node] is Kind.PRODUCT:
            return self.data[node]
        return () if node == self.one else ((node, self.one),)

    def parts_of(self, node: int) -> tuple[int, ...]:
        """The terms that a term is made of."""
        match self.kinds[node]:
            case Kind.SUM:
                return tuple(term for term, _ in self.data[node].parts)
            case Kind.PRODUCT:
                return tuple(part for factor in self.data[node] for part in factor)
            case Kind.CALL:
                return self.data[node].arguments
            case _:
                return ()

    def reachable(self, roots: Iterable[int]) -> list[int]:
        """The terms that `roots` are made of, themselves included, in ascending order."""
        needed = set(roots)
        pending = list(needed)
        while pending:
            for part in self.parts_of(pending.pop()):
                if part not in needed:
                    needed.add(part)
                    pending.append(part)
        return sorted(needed)

    def sum_size(self, constant: Fraction, parts: Sequence[tuple[int, Fraction]]) -> int:
        """The length of a sum when it is written, with its content in front if that is shorter."""
        plain = self.plain_sum_size(constant, parts)
        content = content_of(constant, parts)
        if content == 1 or len(parts) + bool(constant) < 2:
            return plain
        inner = self.plain_sum_size(constant / content, [(t, c / content) for t, c in parts])
        return min(plain, inner + _content_size(content))

    def plain_sum_size(self, constant: Fraction, parts: Sequence[tuple[int, Fraction]]) -> int:
        sizes = [self._scaled_size(term, abs(c)) for term, c in parts]
        leading = all(c < 0 for _, c in parts) and constant <= 0
        if constant:
            sizes.append(number_size(abs(constant)))
        return sum(sizes) + len(sizes) - 1 + leading

    def _scaled_size(self, term: int, coefficient: Fraction) -> int:
        if coefficient == 1:
            return self.sizes[term]
        return self.product_size(coefficient, self.factors(term))

    def product_size(self, coefficient: Fraction, factors: Factors) -> int:
        """The length of a product when it is written, as a fraction."""
        above, below = list[int](), list[int]()
        if abs(coefficient.numerator) != 1:
            above.append(1)
        if coefficient.denominator != 1:
            below.append(1)
        for base, exponent in factors:
            power = self.value(exponent)
            if power is not None and power < 0 and base != self.e:
                below.append(self._power_size(base, -power))
            elif power is not None and base != self.e:
                above.append(self._power_size(base, power))
            else:
                above.append(self.sizes[exponent] + 1 + (base != self.e) * self.sizes[base])
        if not above:
            above.append(1)
        return sum(above) + sum(below) + len(above) + len(below) - 1 + (coefficient < 0)

    def _power_size(self, base: int, power: Fraction) -> int:
        size = self.sizes[base]
        if power == 1:
            return size
        return size + 1 if power == Fraction(1, 2) else size + 1 + number_size(power)

    def _digest(self, node: int) -> bytes:
        """A fingerprint that does not depend on the order in which terms are made."""
        kind, data, digests = self.kinds[node], self.data[node], self.digests
        content: object
        match kind:
            case Kind.SUM:
                total: Sum = data
                content = total.constant, sorted([(digests[term], c) for term, c in total.parts])
            case Kind.PRODUCT:
                factors: Factors = data
                content = sorted([(digests[base], digests[exponent]) for base, exponent in factors])
            case Kind.CALL:
                call: Call = data
                content = call.operator.name, [digests[argument] for argument in call.arguments]
            case _:
                content = data
        return blake2b(f"{kind:d}{content}".encode(), digest_size=12).digest()


# The rules of functions: an operator and its arguments.
Apply = Callable[[Terms, Operator, tuple[int, ...]], int]


def content_of(constant: Fraction, parts: Sequence[tuple[int, Fraction]]) -> Fraction:
    """The greatest rational number by which all coefficients are whole multiples."""
    numbers = [c for _, c in parts] + ([constant] if constant else [])
    return Fraction(gcd(*(c.numerator for c in numbers)), lcm(*(c.denominator for c in numbers)))


def _content_size(content: Fraction) -> int:
    """What a factor adds to the length of a sum."""
    return 2 * (content.numerator != 1) + 2 * (content.denominator != 1)


def number_size(value: Fraction) -> int:
    """The length of a number when it is written: -3 is a sign and a number, 1/2 a quotient."""
    return 1 + (value < 0) + 2 * (value.denominator != 1)
