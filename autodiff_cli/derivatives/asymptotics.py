"""Series of a small step t > 0: the first terms of what a function is on one side of a point.

A term is c*t^e*L^k with L = log(1/t). The powers are any numbers: sqrt(t^3) has 3/2, 1/t has -1,
and t*log(t) is -t*L. What is known ends somewhere: `order` is the first power about which nothing
is. So sin(t) is t - t^3/6 up to the order 5, and t^3 is exact.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import inf, isfinite, log, nan
from typing import NamedTuple

# A power of t and, negative, one of L: the smaller key belongs to the greater term.
Key = tuple[float, float]

CONSTANT: Key = (0.0, 0.0)
LINEAR: Key = (1.0, 0.0)
EXACT: Key = (inf, 0.0)

# Smaller than any power: exp(-1/t).
_FLAT: Key = (1e9, 0.0)

# How many terms are kept.
_MOST_TERMS = 8

# A sum that is smaller than its parts by so much may as well be 0.
_CANCELLED = 2.0**-40

# Powers of t that differ from a multiple of a small fraction by rounding are that multiple.
_FRACTION = 840.0
_ROUNDING = 1e-9


class Term(NamedTuple):
    """c*t^e*L^k; `scale` is the size of what c is the sum of."""

    key: Key
    coefficient: float
    scale: float

    @property
    def is_sure(self) -> bool:
        """Whether there is such a term, and not only the rounding of one that has cancelled."""
        return abs(self.coefficient) > _CANCELLED * self.scale


class Series(NamedTuple):
    """The terms, the greatest first, none of them 0, and the order from which on nothing is known."""

    terms: tuple[Term, ...]
    order: Key

    @property
    def limit(self) -> float:
        """The limit for t to 0, which may be infinite."""
        if not self.terms or self.terms[0].key > CONSTANT:
            return 0.0
        first = self.terms[0]
        return first.coefficient if first.key == CONSTANT else inf * first.coefficient

    @property
    def varying(self) -> tuple[Term, ...]:
        """The terms that are not constant."""
        return tuple(term for term in self.terms if term.key != CONSTANT)

    @property
    def varies(self) -> bool:
        """Whether it may be anything but a constant."""
        return self.order != EXACT or bool(self.varying)

    @property
    def leading(self) -> Term | None:
        """The greatest term; None where it is not known, or there is none."""
        return self.terms[0] if self.terms and self.terms[0].is_sure else None

    @property
    def is_zero(self) -> bool:
        """Whether it is known to be 0."""
        return not self.terms and self.order == EXACT

    @property
    def start(self) -> Key:
        """The key that nothing is greater than."""
        return self.terms[0].key if self.terms else self.order

    @property
    def direction(self) -> float | None:
        """Whether it rises or falls: a positive or a negative number; None where not known."""
        varying = self.varying
        if not varying:
            return 0.0 if self.order == EXACT else None
        return varying[0].coefficient if varying[0].is_sure else None

    @property
    def slope(self) -> float | None:
        """The one-sided derivative, infinite before the power 1; None where not known."""
        for term in self.varying:
            if term.key == LINEAR:
                return term.coefficient
            if term.key < LINEAR:
                return inf * term.coefficient if term.is_sure else None
        return 0.0 if self.order > LINEAR else None


def constant(number: float) -> Series:
    """A number; an unknown one, if it is none."""
    if number != number:
        return Series((), CONSTANT)
    return Series((Term(CONSTANT, number, abs(number)),) if number else (), EXACT)


def step_from(start: float, direction: float) -> Series:
    """start + direction*t."""
    return Series((*constant(start).terms, Term(LINEAR, direction, abs(direction))), EXACT)


def with_limit(series: Series, limit: float, order: Key = EXACT) -> Series:
    """The same with another constant term, known up to a lower order at most."""
    order = min(order, series.order)
    varying = tuple(term for term in series.varying if term.key < order)
    return Series((*constant(limit).terms, *varying), order)


def _above(key: Key) -> Key:
    """The order of what is small beside a power."""
    return (key[0], key[1] + 0.5) if key != EXACT else EXACT


def straight(limit: float, parts: Iterable[tuple[float, Series]]) -> Series | None:
    """A limit and the greatest terms of multiples of series, known no further; None if not at all."""
    greatest, coefficient, scale, order = EXACT, 0.0, 0.0, EXACT
    for factor, series in parts:
        order = min(order, series.order)
        first = next((term for term in series.terms if term.key != CONSTANT), None)
        if first is None or first.key > greatest:
            continue
        if first.key < greatest:
            greatest, coefficient, scale = first.key, 0.0, 0.0
        coefficient += factor * first.coefficient
        scale += abs(factor) * first.scale
    order = min(order, _above(greatest))
    if order <= CONSTANT or not isfinite(coefficient):
        return None
    is_there = coefficient and greatest < order
    terms = (Term(greatest, coefficient, scale),) if is_there else ()
    return Series((*constant(limit).terms, *terms), order)


def continuous(limit: float) -> Series:
    """A limit of which nothing else is known."""
    return Series(constant(limit).terms, _above(CONSTANT))


def truncated(series: Series, order: Key) -> Series:
    """The same, known up to a lower order."""
    return _collected(series.terms, min(order, series.order))


def plus(a: Series, b: Series) -> Series:
    """a + b."""
    return _collected([*a.terms, *b.terms], min(a.order, b.order))


def times_number(a: Series, factor: float) -> Series:
    """A multiple."""
    return times(a, constant(factor))


def minus(a: Series, b: Series) -> Series:
    """a - b."""
    return plus(a, times_number(b, -1.0))


def times(a: Series, b: Series) -> Series:
    """a*b."""
    order = min(_product(a.order, b.start), _product(b.order, a.start))
    return _collected((_of_terms(p, q) for p in a.terms for q in b.terms), order)


def _of_terms(p: Term, q: Term) -> Term:
    coefficient = p.coefficient * q.coefficient
    # What has underflowed is not known to be 0.
    return Term(_product(p.key, q.key), coefficient or nan, p.scale * q.scale)


def _product(a: Key, b: Key) -> Key:
    return (_snapped(a[0] + b[0]), a[1] + b[1]) if a[0] + b[0] != inf else EXACT


def _snapped(power: float) -> float:
    multiple = round(power * _FRACTION)
    return multiple / _FRACTION if abs(power * _FRACTION - multiple) < _ROUNDING else power


def _collected(parts: Iterable[Term], order: Key) -> Series:
    """The sum of terms; it is cut off where a coefficient is no number, or after enough terms."""
    sums: dict[Key, tuple[float, float]] = {}
    for key, coefficient, scale in parts:
        before, size = sums.get(key, (0.0, 0.0))
        sums[key] = before + coefficient, size + scale
    terms: list[Term] = []
    for key in sorted(sums):
        coefficient, scale = sums[key]
        if key >= order:
            break
        if len(terms) == _MOST_TERMS or not isfinite(coefficient):
            return Series(tuple(terms), key)
        if coefficient:
            terms.append(Term(key, coefficient, scale))
    return Series(tuple(terms), order)


def power(a: Series, exponent: float, of_number: Callable[[float], float]) -> Series | None:
    """a^exponent, by the power of its leading coefficient; None where there is none."""
    if a.is_zero and exponent > 0:
        return a
    first = a.leading
    if first is None:
        # What is smaller than t^e has powers that are smaller than its power.
        is_bounded = exponent > 0 and exponent == round(exponent) and not a.terms
        return Series((), _times_key(a.order, exponent)) if is_bounded else None
    coefficient = of_number(first.coefficient)
    if not isfinite(coefficient) or not coefficient:
        return None
    binomials = [1.0]
    for k in range(_MOST_TERMS):
        binomials.append(binomials[-1] * (exponent - k) / (k + 1))
    scale = abs(coefficient) * first.scale / abs(first.coefficient)
    lead = Series((Term(_times_key(first.key, exponent), coefficient, scale),), EXACT)
    return times(lead, _composed(binomials, _relative(a, first)))


def _times_key(key: Key, factor: float) -> Key:
    return (_snapped(key[0] * factor), key[1] * factor) if key != EXACT else EXACT


def _relative(a: Series, first: Term) -> Series:
    """a/first - 1."""
    key = -first.key[0], -first.key[1]
    rest = (
        Term(
            _product(term.key, key),
            term.coefficient / first.coefficient or nan,
            abs(term.scale / first.coefficient),
        )
        for term in a.terms[1:]
    )
    return _collected(rest, _product(a.order, key))


def _composed(coefficients: Sequence[float], small: Series) -> Series:
    """The power series with these coefficients, of a series that tends to 0."""
    if small.is_zero:
        return constant(coefficients[0])
    total = constant(0.0)
    for coefficient in reversed(coefficients):
        total = plus(times(total, small), constant(coefficient))
    is_polynomial = not coefficients[-1]
    return total if is_polynomial else truncated(total, _times_key(small.start, len(coefficients)))


def logarithm(a: Series) -> Series | None:
    """log(a); None where it is not known."""
    first = a.leading
    if first is None or first.coefficient <= 0 or first.key[1]:
        return None
    coefficients = [0.0, *((-1.0) ** (k + 1) / k for k in range(1, _MOST_TERMS + 1))]
    small = _composed(coefficients, _relative(a, first))
    infinite = Term((0.0, -1.0), -first.key[0], abs(first.key[0]))
    terms = [infinite] if first.key[0] else []
    return plus(Series((*terms, *constant(log(first.coefficient)).terms), EXACT), small)


def exponential(a: Series, of_number: Callable[[float], float]) -> Series | None:
    """exp(a): exp(-k*L) is t^k, and what tends to -inf faster is flat; None where not known."""
    if a.order <= CONSTANT:
        return None
    infinite = [term for term in a.terms if term.key < CONSTANT]
    if infinite and infinite[0].key < (0.0, -1.0):
        is_flat = infinite[0].is_sure and infinite[0].coefficient < 0
        return Series((), _FLAT) if is_flat else None
    if any(term.key != (0.0, -1.0) or not term.is_sure for term in infinite):
        return None
    limit = sum(term.coefficient for term in a.terms if term.key == CONSTANT)
    factor, exponent = of_number(limit), -sum(term.coefficient for term in infinite)
    if not isfinite(factor) or not factor:
        return None
    small = Series(tuple(term for term in a.terms if term.key > CONSTANT), a.order)
    coefficients = [1.0]
    for k in range(_MOST_TERMS):
        coefficients.append(coefficients[-1] / (k + 1))
    lead = Series((Term((_snapped(exponent), 0.0), factor, factor),), EXACT)
    return times(lead, _composed(coefficients, small))


def rate(a: Series) -> Series:
    """The derivative along t."""
    order = a.order if a.order == EXACT else (a.order[0] - 1.0, a.order[1])
    return _collected(_rates(a.varying), order)


def _rates(terms: Iterable[Term]) -> Iterator[Term]:
    for (exponent, logs), coefficient, scale in terms:
        for factor, more in ((exponent, 0.0), (logs, 1.0)):
            if factor:
                key = _snapped(exponent - 1.0), logs + more
                yield Term(key, factor * coefficient or nan, abs(factor) * scale)


def integral(a: Series) -> Series | None:
    """The integral from 0 on; None where it is infinite or not known."""
    if a.start[0] <= -1.0:
        return None
    order = a.order if a.order == EXACT else (_snapped(a.order[0] + 1.0), a.order[1])
    parts: list[Term] = []
    for (exponent, logs), coefficient, scale in a.terms:
        # By parts: that of t^e*L^k is t^(e+1)*L^k/(e+1), and k/(e+1) times that of t^e*L^(k-1).
        raised = _snapped(exponent + 1.0)
        factor = 1.0
        for step in range(_MOST_TERMS):
            factor /= raised
            parts.append(Term((raised, logs + step), factor * coefficient or nan, factor * scale))
            factor *= -logs - step
            if not factor:
                break
        else:
            order = min(order, (raised, logs + _MOST_TERMS))
    return _collected(parts, order)
