"""Sums as polynomials: multiplied out, put over a common denominator, with common factors in front.

A monomial maps generators to rational exponents, negative ones included; a generator is a base
with the part of its exponent that is no number: exp(2*x + 1)*y^-2 is {(e, x): 2, (e, 1): 1,
(y, 1): -2}. Conditions of what cancels are noted by the arithmetic that puts terms together.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product

from autodiff_cli.algebra.arithmetic import add, multiply, needed, power
from autodiff_cli.algebra.terms import NONE, ONE, Kind, Terms

Generator = tuple[int, int]
# Most exponents are whole, and whole numbers are several times faster than fractions.
Exponent = Fraction | int
Monomial = frozenset[tuple[Generator, Exponent]]
Polynomial = dict[Monomial, Fraction]

_UNIT: Monomial = frozenset()

# Products that would have more terms are not multiplied out.
_MOST_TERMS = 120
_LARGEST_POWER = 6
# Sums within sums are multiplied out so many levels deep.
_DEEPEST = 6


def monomial(terms: Terms, term: int) -> Monomial:
    """A term without a coefficient as a monomial."""
    found: dict[Generator, Exponent] = {}
    for base, exponent in terms.factors(term):
        for part, coefficient in _exponents(terms, exponent):
            generator = (base, part)
            whole = coefficient.numerator if coefficient.denominator == 1 else coefficient
            found[generator] = found.get(generator, 0) + whole
    return frozenset(found.items())


def _exponents(terms: Terms, exponent: int) -> Iterator[tuple[int, Fraction]]:
    """An exponent as a sum of terms times numbers."""
    kind, data = terms.kinds[exponent], terms.data[exponent]
    if kind is Kind.NUMBER:
        yield terms.one, data
    elif kind is Kind.SUM:
        if data.constant:
            yield terms.one, data.constant
        yield from data.parts
    else:
        yield exponent, ONE


def times(a: Monomial, b: Monomial) -> Monomial:
    """The product of two monomials."""
    if not a or not b:
        return a or b
    found = dict(a)
    for generator, exponent in b:
        total = found.get(generator, 0) + exponent
        if total:
            found[generator] = total
        else:
            del found[generator]
    return frozenset(found.items())


def over(a: Monomial, b: Monomial) -> Monomial:
    """The quotient of two monomials."""
    return times(a, frozenset((generator, -exponent) for generator, exponent in b))


def term_of(terms: Terms, one: Monomial) -> int:
    """The term of a monomial."""
    found = terms.monomials.get(one)
    if found is None:
        found = terms.monomials[one] = _term_of(terms, one)
    return found


def _term_of(terms: Terms, one: Monomial) -> int:
    bases: dict[int, list[tuple[int, Fraction]]] = {}
    for (base, part), exponent in sorted(one):
        bases.setdefault(base, []).append((part, Fraction(exponent)))
    return multiply(terms, [_power_of(terms, base, parts) for base, parts in bases.items()])


def _power_of(terms: Terms, base: int, parts: list[tuple[int, Fraction]]) -> int:
    (part, exponent), *others = parts
    if part == terms.one and not others:
        return base if exponent == 1 else power(terms, base, terms.number(exponent))
    return power(terms, base, add(terms, parts))


def sum_of(terms: Terms, polynomial: Mapping[Monomial, Fraction]) -> int:
    """The term of a polynomial."""
    terms.effort += sum(map(len, polynomial), len(polynomial))
    return add(terms, [(term_of(terms, one), c) for one, c in polynomial.items()])


def polynomial_of(terms: Terms, node: int) -> Polynomial:
    """A term as a polynomial, not multiplied out."""
    if terms.kinds[node] is not Kind.SUM:
        coefficient, term = terms.scaled(node)
        return {monomial(terms, term): coefficient} if coefficient else {}
    constant, parts = terms.data[node]
    found: Polynomial = {monomial(terms, term): coefficient for term, coefficient in parts}
    if constant:
        found[_UNIT] = constant
    return found


def has_sums(terms: Terms, polynomial: Polynomial) -> bool:
    """Whether sums are among the generators."""
    return any(terms.kinds[base] is Kind.SUM for one in polynomial for (base, _), _ in one)


def expanded(terms: Terms, polynomial: Polynomial, depth: int = _DEEPEST) -> Polynomial | None:
    """The same with powers of sums multiplied out; None where that is too long, or too deep."""
    if not depth:
        return None
    total: Polynomial = {}
    for one, coefficient in polynomial.items():
        sums = [
            (generator, exponent)
            for generator, exponent in one
            if terms.kinds[generator[0]] is Kind.SUM
            and generator[1] == terms.one
            and exponent.denominator == 1
            and exponent > 0
        ]
        if not sums:
            collect(total, one, coefficient)
            continue
        part: Polynomial | None = {over(one, frozenset(sums)): coefficient}
        for (base, _), exponent in sorted(sums):
            if exponent > _LARGEST_POWER:
                return None
            factor = expanded(terms, polynomial_of(terms, base), depth - 1)
            for _ in range(int(exponent)):
                part = _product(part, factor)
        if part is None or len(total) + len(part) > _MOST_TERMS:
            return None
        for monomial_, c in part.items():
            collect(total, monomial_, c)
    return total


def collect(total: Polynomial, one: Monomial, coefficient: Fraction) -> None:
    """Add a monomial times a coefficient."""
    c = total.get(one, NONE) + coefficient
    if c:
        total[one] = c
    else:
        total.pop(one, None)


def _product(a: Polynomial | None, b: Polynomial | None) -> Polynomial | None:
    if a is None or b is None or len(a) * len(b) > _MOST_TERMS:
        return None
    found: Polynomial = {}
    for (one, c), (other, d) in product(a.items(), b.items()):
        collect(found, times(one, other), c * d)
    return found


def common(polynomial: Polynomial) -> Monomial:
    """The greatest monomial that divides all; denominators count as negative exponents."""
    least: dict[Generator, Exponent] = {}
    monomials = [dict(one) for one in polynomial]
    for one in monomials:
        for generator in one:
            if generator not in least:
                least[generator] = min(other.get(generator, 0) for other in monomials)
    return frozenset((generator, exponent) for generator, exponent in least.items() if exponent)


def common_positive(polynomial: Polynomial) -> Monomial:
    """The same of numerators only."""
    return frozenset((generator, e) for generator, e in common(polynomial) if e > 0)


def divided(polynomial: Polynomial, by: Monomial) -> Polynomial:
    """Each monomial divided by one."""
    return {over(one, by): coefficient for one, coefficient in polynomial.items()}


def together(terms: Terms, polynomial: Polynomial, whole: bool = False) -> int | None:
    """A sum as one fraction: numerators multiplied out, and factors of the denominator cancelled.

    Sums that all numerators share stay in front, but for a `whole` numerator. None where that is
    too long.
    """
    flat = _without_compound_fractions(terms, polynomial)
    outside = common(flat)
    if whole:
        outside = frozenset((g, e) for g, e in outside if e < 0 or terms.kinds[g[0]] is not Kind.SUM)
    numerator = expanded(terms, divided(flat, outside))
    if numerator is None:
        return None
    inner = common(numerator)
    outside, numerator = times(outside, inner), divided(numerator, inner)
    for generator, exponent in sorted(outside):
        if exponent >= 0 or terms.kinds[generator[0]] is not Kind.SUM:
            continue
        divisor = expanded(terms, polynomial_of(terms, generator[0]))
        while divisor is not None and exponent < 0:
            quotient = exact_quotient(numerator, divisor)
            if quotient is None:
                break
            numerator, exponent = quotient, exponent + 1  # noqa: PLW2901 - it counts the divisions
            outside = times(outside, frozenset({(generator, 1)}))
            terms.lose(generator[0], needed(terms, terms.number(-1)) if exponent >= 0 else 0)
    return multiply(terms, [term_of(terms, outside), sum_of(terms, numerator)])


def _without_compound_fractions(terms: Terms, polynomial: Polynomial) -> Polynomial:
    """The same, with sums that are factors put over their own denominators."""
    known: dict[Generator, tuple[Fraction, Monomial] | None] = {}
    found: list[tuple[Monomial, Fraction]] = []
    for one, coefficient in polynomial.items():
        flat, c = one, coefficient
        for generator, exponent in one:
            if exponent.denominator != 1:
                continue
            if generator not in known:
                known[generator] = _as_fraction(terms, generator)
            fraction = known[generator]
            if fraction is not None:
                flat = over(flat, frozenset({(generator, exponent)}))
                flat = times(flat, frozenset((g, e * exponent) for g, e in fraction[1]))
                c *= fraction[0] ** exponent.numerator
        found.append((flat, c))
    return collected(iter(found))


def _as_fraction(terms: Terms, generator: Generator) -> tuple[Fraction, Monomial] | None:
    """A sum as a coefficient times a monomial, where it has a denominator."""
    base, part = generator
    if part != terms.one or terms.kinds[base] is not Kind.SUM:
        return None
    if base not in terms.fractions:
        terms.fractions[base] = _fraction(terms, base)
    found = terms.fractions[base]
    return None if found is None else (found[0], monomial(terms, found[1]))


def _fraction(terms: Terms, total: int) -> tuple[Fraction, int] | None:
    """A sum as a coefficient times a product; None where it has no denominator."""
    polynomial = polynomial_of(terms, total)
    if not any(exponent < 0 for _, exponent in common(polynomial)):
        return None
    whole = together(terms, polynomial)
    if whole is None or terms.kinds[whole] is Kind.NUMBER:
        return None
    coefficient, term = terms.scaled(whole)
    return None if terms.kinds[term] is Kind.SUM else (coefficient, term)


def roots_cleared(terms: Terms, polynomial: Polynomial) -> Polynomial:
    """Roots of sums with denominators as quotients of roots: sqrt(1 - 1/x^2) = sqrt(x^2 - 1)/abs(x)."""
    found: list[tuple[Monomial, Fraction]] = []
    for one, coefficient in polynomial.items():
        factors, rest = list[int](), set(one)
        for generator, exponent in one:
            base, part = generator
            if exponent.denominator == 1 or part != terms.one or terms.kinds[base] is not Kind.SUM:
                continue
            whole = together(terms, polynomial_of(terms, base))
            if whole is not None and whole != base:
                rest.discard((generator, exponent))
                factors.append(power(terms, whole, terms.number(Fraction(exponent))))
        c, term = terms.scaled(multiply(terms, [*factors, term_of(terms, frozenset(rest))]))
        found.append((monomial(terms, term), c * coefficient))
    return collected(iter(found))


def with_sums_in_front(terms: Terms, polynomial: Polynomial) -> Polynomial:
    """Terms without a sum that is a factor of others, as multiples of it, where they are some."""
    sums = {g for one in polynomial for g, e in one if terms.kinds[g[0]] is Kind.SUM and e >= 1}
    for generator in sorted(sums):
        factor: Monomial = frozenset({(generator, 1)})
        rest = {m: c for m, c in polynomial.items() if dict(m).get(generator, 0) < 1}
        quotient = exact_quotient(rest, polynomial_of(terms, generator[0])) if rest else None
        if quotient is not None:
            joined = {m: c for m, c in polynomial.items() if m not in rest}
            for one, c in quotient.items():
                collect(joined, times(one, factor), c)
            polynomial = joined
    return polynomial


def exact_quotient(numerator: Polynomial, divisor: Polynomial) -> Polynomial | None:
    """The quotient of polynomials; None where there is a remainder.

    Division by leading terms (Cox, Little and O'Shea, "Ideals, Varieties, and Algorithms", 2.3).
    """
    generators = sorted({g for one in (*numerator, *divisor) for g, _ in one})
    if len(divisor) < 2:
        return None

    def order(one: Monomial) -> list[Exponent]:
        exponents = dict(one)
        return [exponents.get(generator, 0) for generator in generators]

    lead = max(divisor, key=order)
    rest, quotient = dict(numerator), Polynomial()
    while rest:
        top = max(rest, key=order)
        step = over(top, lead)
        if any(exponent < 0 for _, exponent in step) or len(quotient) > _MOST_TERMS:
            return None
        c = rest[top] / divisor[lead]
        quotient[step] = c
        for one, d in divisor.items():
            collect(rest, times(step, one), -c * d)
    return quotient


def collected(scaled: Iterator[tuple[Monomial, Fraction]]) -> Polynomial:
    """The sum of monomials times coefficients."""
    total: Polynomial = {}
    for one, c in scaled:
        collect(total, one, c)
    return total
