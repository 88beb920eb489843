"""Shorter terms: of the forms that a sum or a product can take, the shortest.

Terms are collected as they are made. What is done here is a choice: multiplied out or not, a
common factor in front or not, one fraction or several. A form is taken when it is shorter by a
good part; what is as long stays as it came about. Each step makes the formula shorter, so there
is an end.
"""

from collections.abc import Callable, Iterator, Sequence

from autodiff_cli.algebra.arithmetic import WHERE, add, multiply, power
from autodiff_cli.algebra.circular import in_sines, in_tangents, pythagorean
from autodiff_cli.algebra.conditions import as_extreme
from autodiff_cli.algebra.functions import definition
from autodiff_cli.algebra.polynomials import (
    Polynomial,
    common_positive,
    divided,
    expanded,
    has_sums,
    polynomial_of,
    roots_cleared,
    sum_of,
    term_of,
    together,
    with_sums_in_front,
)
from autodiff_cli.algebra.terms import Kind, Terms
from autodiff_cli.graph.operators import Operator

# A form must be shorter than this part of the form at hand.
_WORTH_IT = 0.84
# Sums of more terms, and products of more factors, are left as they are.
_MOST_PARTS, _MOST_FACTORS = 60, 320
_MOST_PASSES = 6
# A large formula is read in some seconds; looking for shorter forms takes no longer than that.
_MOST_EFFORT = 100_000


def simplified(terms: Terms, roots: Sequence[int]) -> list[int]:
    """The terms in shorter forms, from the inside out, until nothing gets shorter."""
    current = list(roots)
    done: dict[int, int] = {}
    for _ in range(_MOST_PASSES):
        for node in terms.reachable(current):
            if node not in done:
                done[node] = shortest(terms, rebuilt(terms, node, done))
        following = [done[node] for node in current]
        if following == current:
            break
        current = following
    return current


def rebuilt(terms: Terms, node: int, done: dict[int, int]) -> int:
    """A term of other parts."""
    parts = terms.parts_of(node)
    if all(done[part] == part for part in parts):
        return node
    match terms.kinds[node]:
        case Kind.SUM:
            constant, scaled = terms.data[node]
            return add(terms, [*((done[t], c) for t, c in scaled), (terms.one, constant)])
        case Kind.PRODUCT:
            return multiply(terms, [power(terms, done[b], done[e]) for b, e in terms.data[node]])
        case _:
            operator, arguments = terms.data[node]
            return terms.apply(operator, *(done[argument] for argument in arguments))


def in_other_words(
    terms: Terms, roots: Sequence[int], is_known: Callable[[Operator], bool]
) -> list[int]:
    """The terms with functions that are not known written out by their definitions."""
    done: dict[int, int] = {}
    for node in terms.reachable(roots):
        same = rebuilt(terms, node, done)
        if terms.kinds[same] is Kind.CALL and not is_known(terms.data[same].operator):
            operator, arguments = terms.data[same]
            same = definition(terms, operator, arguments)
        done[node] = same
    return [done[root] for root in roots]


def shortest(terms: Terms, node: int) -> int:
    """The shortest form of a sum or a product whose parts are short already."""
    if terms.kinds[node] is Kind.CALL and terms.data[node].operator is WHERE:
        extreme = as_extreme(terms, node)
        return node if extreme is None else extreme
    if terms.kinds[node] not in (Kind.SUM, Kind.PRODUCT) or node in terms.unbounded:
        return node
    if terms.effort > _MOST_EFFORT:
        return node
    best = node
    for candidate in _forms(terms, node):
        if terms.sizes[candidate] < _WORTH_IT * terms.sizes[best]:
            best = candidate
    return best


def _forms(terms: Terms, node: int) -> Iterator[int]:
    polynomial = polynomial_of(terms, node)
    if len(polynomial) > _MOST_PARTS or any(len(one) > _MOST_FACTORS for one in polynomial):
        return
    if len(polynomial) > 1 or has_sums(terms, polynomial):
        yield from _reshaped(terms, polynomial)
        cleared = roots_cleared(terms, polynomial)
        if cleared != polynomial:
            yield sum_of(terms, cleared)
            yield from _reshaped(terms, cleared)
    tangents = in_tangents(terms, polynomial)
    if tangents != polynomial:
        yield sum_of(terms, tangents)
    sines = in_sines(terms, polynomial)
    if sines != polynomial:
        yield from _circular_forms(terms, sines)


def _reshaped(terms: Terms, polynomial: Polynomial) -> Iterator[int]:
    """With identities, with common factors in front, multiplied out, and as one fraction."""
    reduced = pythagorean(terms, polynomial)
    if reduced != polynomial:
        yield sum_of(terms, reduced)
    gathered = with_sums_in_front(terms, polynomial)
    outside = common_positive(gathered)
    if outside and len(polynomial) > 1:
        inner = sum_of(terms, pythagorean(terms, divided(gathered, outside)))
        yield multiply(terms, [term_of(terms, outside), inner])
        yield multiply(terms, [term_of(terms, outside), shortest(terms, inner)])
    long = expanded(terms, polynomial)
    if long is not None and long != polynomial:
        yield sum_of(terms, pythagorean(terms, long))
    if has_sums(terms, polynomial):
        whole = together(terms, polynomial, whole=True)
        if whole is not None:
            yield whole
    one = together(terms, polynomial)
    if one is not None:
        yield one
        reduced = pythagorean(terms, polynomial_of(terms, one))
        yield sum_of(terms, reduced)


def _circular_forms(terms: Terms, sines: Polynomial) -> Iterator[int]:
    yield sum_of(terms, in_tangents(terms, pythagorean(terms, sines)))
    one = together(terms, sines)
    if one is not None:
        whole = pythagorean(terms, polynomial_of(terms, one))
        yield sum_of(terms, in_tangents(terms, whole))
