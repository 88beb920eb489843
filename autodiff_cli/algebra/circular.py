"""Identities of circular and hyperbolic functions, on sums as polynomials in them."""

from collections.abc import Callable
from fractions import Fraction

from autodiff_cli.algebra.polynomials import (
    Generator,
    Monomial,
    Polynomial,
    collect,
    collected,
    over,
    times,
)
from autodiff_cli.algebra.terms import NONE, Kind, Terms
from autodiff_cli.graph.operators import BY_NAME, Operator

# The square of the first plus or minus that of the second is 1.
_PYTHAGORAS = (("cos", "sin", 1), ("cosh", "sinh", -1), ("sech", "tanh", 1))


def _generators_of(terms: Terms, polynomial: Polynomial, operator: Operator) -> dict[int, Generator]:
    """The generators that are calls of an operator, by their argument."""
    found: dict[int, Generator] = {}
    for one in polynomial:
        for generator, _ in one:
            base, part = generator
            if part == terms.one and terms.kinds[base] is Kind.CALL:
                call = terms.data[base]
                if call.operator is operator:
                    found[call.arguments[0]] = generator
    return found


def pythagorean(terms: Terms, polynomial: Polynomial) -> Polynomial:
    """Fewer terms by cos(u)^2 + sin(u)^2 = 1 and its like.

    Of a*1 + b*cos^2 + c*sin^2, times anything, as many as possible of a, b, c are made 0.
    """
    for first, second, sign in _PYTHAGORAS:
        a, b = BY_NAME[first], BY_NAME[second]
        arguments = _generators_of(terms, polynomial, a) | _generators_of(terms, polynomial, b)
        for argument in sorted(arguments):
            squares: list[Monomial] = [
                frozenset({(_generator(terms, operator.name, argument), 2)}) for operator in (a, b)
            ]
            polynomial = _reduced(polynomial, squares, sign)
    return polynomial


def _reduced(polynomial: Polynomial, squares: list[Monomial], sign: int) -> Polynomial:
    """1 = p + sign*q for the squares p and q, used where it leaves fewer terms."""
    p, q = squares
    polynomial = dict(polynomial)
    for one in list(polynomial):
        for square in squares:
            cofactor = over(one, square)
            if any(exponent < 0 for _, exponent in cofactor):
                continue
            triple = (cofactor, times(cofactor, p), times(cofactor, q))
            k, kp, kq = (polynomial.get(each, NONE) for each in triple)
            # Adding t*(p + sign*q - 1)*cofactor changes nothing.
            shifts = (NONE, k, -kp, -sign * kq)
            best = min(shifts, key=lambda t: sum(map(bool, (k - t, kp + t, kq + sign * t))))
            if best:
                for each, c in zip(triple, (-best, best, sign * best), strict=True):
                    collect(polynomial, each, c)
    return polynomial


# Functions as products of two: exponents of the first and the second.
_IN_TERMS = {
    "tan": ("sin", "cos", 1, -1),
    "cot": ("sin", "cos", -1, 1),
    "sec": ("sin", "cos", 0, -1),
    "csc": ("sin", "cos", -1, 0),
    "tanh": ("sinh", "cosh", 1, -1),
    "coth": ("sinh", "cosh", -1, 1),
    "sech": ("sinh", "cosh", 0, -1),
    "csch": ("sinh", "cosh", -1, 0),
}
_QUOTIENTS = {
    "sin": ("cos", "tan", "sec", "cot", "csc"),
    "sinh": ("cosh", "tanh", "sech", "coth", "csch"),
}


def in_sines(terms: Terms, polynomial: Polynomial) -> Polynomial:
    """Tangents, secants and their like as quotients of sines and cosines."""
    return _translated(polynomial, lambda generator: _as_sines(terms, generator))


def in_tangents(terms: Terms, polynomial: Polynomial) -> Polynomial:
    """Quotients of sines and cosines as tangents, secants and their like."""
    return collected((_with_tangents(terms, one), c) for one, c in polynomial.items())


def _translated(polynomial: Polynomial, translate: Callable[[Generator], Monomial | None]) -> Polynomial:
    known: dict[Generator, Monomial | None] = {}
    found: list[tuple[Monomial, Fraction]] = []
    for one, c in polynomial.items():
        translation = one
        for generator, exponent in one:
            if generator not in known:
                known[generator] = translate(generator)
            other = known[generator]
            if other is not None:
                translation = over(translation, frozenset({(generator, exponent)}))
                translation = times(translation, frozenset((g, e * exponent) for g, e in other))
        found.append((translation, c))
    return collected(iter(found))


def _as_sines(terms: Terms, generator: Generator) -> Monomial | None:
    base, part = generator
    if part != terms.one or terms.kinds[base] is not Kind.CALL:
        return None
    operator, arguments = terms.data[base]
    parts = _IN_TERMS.get(operator.name)
    if parts is None:
        return None
    sine, cosine, m, n = parts
    exponents = ((sine, m), (cosine, n))
    return frozenset((_generator(terms, name, arguments[0]), e) for name, e in exponents if e)


def _generator(terms: Terms, name: str, argument: int) -> Generator:
    return terms.apply(BY_NAME[name], argument), terms.one


def _with_tangents(terms: Terms, one: Monomial) -> Monomial:
    exponents = dict(one)
    for sine, (cosine, tangent, secant, cotangent, cosecant) in _QUOTIENTS.items():
        for argument, generator in _arguments(terms, one, (sine, cosine)).items():
            m, n = exponents.get(generator[0], 0), exponents.get(generator[1], 0)
            if m >= 0 and n >= 0:
                continue
            shared = min(abs(m), abs(n)) if m * n < 0 else 0
            names = (tangent, cotangent) if m > 0 else (cotangent, tangent)
            change = {
                generator[0]: -m,
                generator[1]: -n,
                _generator(terms, names[0], argument): shared if m > 0 or n > 0 else 0,
            }
            m, n = (m - shared, n + shared) if m > 0 else (m + shared, n - shared)
            rest = (
                (secant, -n) if n < 0 else (cosine, n),
                (cosecant, -m) if m < 0 else (sine, m),
            )
            for name, exponent in rest:
                key = _generator(terms, name, argument)
                change[key] = change.get(key, 0) + exponent
            one = times(one, frozenset((g, e) for g, e in change.items() if e))
            exponents = dict(one)
    return one


def _arguments(
    terms: Terms, one: Monomial, names: tuple[str, str]
) -> dict[int, tuple[Generator, Generator]]:
    found: dict[int, tuple[Generator, Generator]] = {}
    for (base, part), exponent in one:
        if part != terms.one or terms.kinds[base] is not Kind.CALL or exponent.denominator != 1:
            continue
        operator, arguments = terms.data[base]
        if operator.name in names:
            argument = arguments[0]
            found[argument] = (
                _generator(terms, names[0], argument),
                _generator(terms, names[1], argument),
            )
    return found
