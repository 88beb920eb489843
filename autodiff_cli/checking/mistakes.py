"""What a wrong derivative looks like: mistakes that are made by hand and in programs.

Each likeness is found at one point, where it may be chance. It has a key, so that only what is
found at every point need be told.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from math import e, floor, isclose, isfinite, log, log10, nan, pi, ulp
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation, Output
from autodiff_cli.language.notation import number_text

# How alike numbers must be, relatively, and how much of the claim's error may be left.
_ALIKE, _EXPLAINED = 1e-8, 0.1

# Single precision has 24 bits, and its numbers are written with 9 digits.
_SINGLE, _DIGITS_OF_SINGLE = 2.0**-22, 9

# From so many digits on a number is taken for a rounded one, and with fewer only at last; with 17
# it is not rounded.
_SEVERAL_DIGITS, _FEWEST_DIGITS, _ALL_DIGITS = 4, 2, 17

# More nodes and edges than that are not compared with.
_MOST_COMPARED = 20_000

# Factors of which a wrong derivative may be off, besides small fractions, each with a reason.
_FACTORS = (
    (pi / 180, "pi/180", ": degrees for radians?"),
    (180 / pi, "180/pi", ": degrees for radians?"),
    (log(10), "log(10)", ": a logarithm or power to base 10?"),
    (1 / log(10), "1/log(10)", ": a logarithm or power to base 10?"),
    (log(2), "log(2)", ": a logarithm or power to base 2?"),
    (1 / log(2), "1/log(2)", ": a logarithm or power to base 2?"),
    (pi, "pi", ""),
    (1 / pi, "1/pi", ""),
    (2 * pi, "2*pi", ""),
    (1 / (2 * pi), "1/(2*pi)", ""),
    (e, "e", ""),
    (1 / e, "1/e", ""),
)
_SMALL_FRACTION, _LARGEST_FRACTION = 4, 12

# Steps of difference quotients that can be told from rounding.
_STEPS = tuple(float(f"1e-{power}") for power in range(1, 9))

# How well the error of a difference quotient must be met.
_MET = 1e-4

Likenesses = dict[tuple[object, ...], str]


class Suspected(NamedTuple):
    """A wrong derivative along a name, the truth along every name, and what else is claimed.

    Of a claim that is a number, and no formula, `digits` is how many it was written with, and
    `moved` the value after a step along the name.
    """

    name: str
    claim: float
    truths: Mapping[str, float]
    claims: Mapping[str, float]
    digits: int | None = None
    moved: Callable[[float], float] | None = None

    @property
    def truth(self) -> float:
        """The true derivative."""
        return self.truths[self.name]

    @property
    def rounding(self) -> float:
        """Half a unit of the claim's last digit, where so many were written that it is rounded."""
        if self.digits is None or not _SEVERAL_DIGITS <= self.digits < _ALL_DIGITS:
            return 0.0
        return 0.5 * 10.0 ** (floor(log10(abs(self.claim))) + 1 - self.digits)

    def is_like(self, number: float) -> bool:
        """Whether the claim is that number, which is not 0, and not as near to the truth, either."""
        if number == 0 or abs(self.claim - number) > _EXPLAINED * abs(self.claim - self.truth):
            return False
        return isclose(self.claim, number, rel_tol=_ALIKE, abs_tol=self.rounding)

    def is_times(self, factor: float) -> bool:
        """Whether the claim is so many times the truth."""
        return isfinite(factor) and self.is_like(factor * self.truth)


def likenesses(evaluation: Evaluation, output: Output, wrong: Suspected) -> Likenesses:
    """What the claim looks like, the likeliest mistake first."""
    found: Likenesses = {}
    for key, said in _all(evaluation, output, wrong):
        found.setdefault(key, said)
    return found


_Found = Iterator[tuple[tuple[object, ...], str]]


def _all(evaluation: Evaluation, output: Output, wrong: Suspected) -> _Found:
    """All likenesses: simple ones first, and those that are met by chance last."""
    if not isfinite(wrong.claim):
        yield ("nonfinite",), "it is no finite number"
        return
    if wrong.claim == 0:
        yield ("zero",), f"0 is claimed, but {wrong.name} has an influence"
        return
    if wrong.is_times(-1.0):
        yield ("sign",), "the sign is wrong"
    yield from _swapped(wrong, both=True)
    if wrong.is_like(evaluation.value(output.node)):
        yield ("value",), "it is the value of the formula, not its derivative"
    yield from _rounded(wrong, _SEVERAL_DIGITS)
    yield from _single(wrong)
    yield from _ways(evaluation, output, wrong)
    yield from _adjoints(evaluation, output, wrong)
    yield from _chain(evaluation, output, wrong)
    yield from _swapped(wrong, both=False)
    yield from _constant(wrong)
    yield from _fraction(wrong, _SMALL_FRACTION)
    yield from _quotient(wrong)
    yield from _fraction(wrong, _LARGEST_FRACTION)
    yield from _node_values(evaluation, wrong)
    yield from _near(wrong)
    yield from _rounded(wrong, _FEWEST_DIGITS)
    if wrong.truth == 0:
        yield ("nonzero",), f"the truth is 0: {wrong.name} has no influence here, to first order"


def _swapped(wrong: Suspected, both: bool) -> _Found:
    """The derivative along another name, and perhaps the other way round as well."""
    for name, truth in wrong.truths.items():
        if name != wrong.name and wrong.is_like(truth):
            other = wrong.claims.get(name)
            if not both:
                yield ("other", name), f"it is the derivative along {name}"
            elif other is not None and isclose(other, wrong.truth, rel_tol=_ALIKE):
                yield ("swapped", name), f"{wrong.name} and {name} are swapped"


def _rounded(wrong: Suspected, fewest: int) -> _Found:
    """The truth, but with few digits."""
    digits = wrong.digits or 0
    if fewest <= digits < _ALL_DIGITS and float(f"{wrong.truth:.{digits - 1}e}") == wrong.claim:
        within = f"--rtol 1e-{digits - 1} accepts it"
        yield ("rounded",), f"it is the truth, rounded to {digits} digits; {within}"


def _single(wrong: Suspected) -> _Found:
    """The truth, as a number of single precision."""
    if wrong.digits is None or not isclose(wrong.claim, wrong.truth, rel_tol=_SINGLE):
        return
    try:
        (nearest,) = struct.unpack("<f", struct.pack("<f", wrong.claim))
    except OverflowError:
        return
    if nearest == wrong.claim or wrong.digits <= _DIGITS_OF_SINGLE:
        yield ("single",), "it is as near as single precision gets; --rtol 1e-6 accepts it"


def _near(wrong: Suspected) -> _Found:
    """The truth, but for some digits."""
    off = abs(wrong.claim - wrong.truth)
    if 0 < off < _SINGLE * abs(wrong.truth):
        digits = floor(-log10(off / abs(wrong.truth)))
        yield ("near",), f"it has {digits} right digits; --rtol 1e-{digits} accepts it"


def _ways(evaluation: Evaluation, output: Output, wrong: Suspected) -> _Found:
    """One of the ways in which the name is used is all there is, or is missing."""
    target = evaluation.wrt_nodes[wrong.name]
    ways = [edge for edge in _edges(evaluation, output) if edge.argument == target]
    if len(ways) < 2:
        return
    for way in ways:
        through = _described(evaluation, way.node)
        if wrong.is_like(way.passed):
            said = f"it is the part through {through} alone; {wrong.name} is used {len(ways)} times"
            yield ("only", way.node, way.position), f"{said}, and the parts add up"
        if wrong.is_like(wrong.truth - way.passed):
            yield ("without", way.node, way.position), f"the part through {through} is missing"


def _adjoints(evaluation: Evaluation, output: Output, wrong: Suspected) -> _Found:
    """The chain rule, stopped before its end."""
    target = evaluation.wrt_nodes[wrong.name]
    for node in islice(evaluation.nodes, _MOST_COMPARED):
        if node in (target, output.node) or not evaluation.graph.arguments[node]:
            continue
        adjoint = evaluation.adjoint(output, node)
        if adjoint is not None and wrong.is_like(adjoint):
            through = _described(evaluation, node)
            said = f"it is the derivative along {through}; the step from there to {wrong.name}"
            yield ("stopped", node), f"{said}, {wrong.truth / adjoint:.12g}, is missing"


def _chain(evaluation: Evaluation, output: Output, wrong: Suspected) -> _Found:
    """A factor of the chain rule is missing, or there twice."""
    for edge in _edges(evaluation, output):
        if not edge.partial or not isfinite(edge.partial) or abs(edge.partial) == 1:
            continue
        of = f"{number_text(edge.partial)}, the partial of {_described(evaluation, edge.node)}"
        of += f" along {evaluation.names[edge.argument]}"
        if wrong.is_times(1 / edge.partial):
            yield ("missing", edge.node, edge.position), f"a factor of the chain rule is missing: {of}"
        if wrong.is_times(edge.partial):
            yield ("twice", edge.node, edge.position), f"a factor of the chain rule is there twice: {of}"


def _constant(wrong: Suspected) -> _Found:
    for factor, text, why in _FACTORS:
        for sign in ("", "-"):
            if wrong.is_times(-factor if sign else factor):
                yield ("times", sign + text), f"it is the truth times {sign}{text}{why}"


def _fraction(wrong: Suspected, largest: int) -> _Found:
    """The truth times a fraction of numbers that are not larger."""
    ratio = wrong.claim / wrong.truth if wrong.truth else 0.0
    if not isfinite(ratio):
        return
    for denominator in range(1, largest + 1):
        numerator = round(ratio * denominator)
        if not 0 < abs(numerator) <= largest or abs(numerator) == denominator:
            continue
        if wrong.is_times(numerator / denominator):
            text = f"{numerator}/{denominator}" if denominator > 1 else str(numerator)
            yield ("times", text), f"it is the truth times {text}"
            return


def _quotient(wrong: Suspected) -> _Found:
    """A difference quotient, as near as the rounding of its two values allows."""
    here = wrong.moved(0.0) if wrong.moved is not None else nan
    if wrong.moved is None or not isfinite(here):
        return
    off = abs(wrong.claim - wrong.truth)
    for h in _STEPS:
        right, left = wrong.moved(h), wrong.moved(-h)
        noise = max(4 * ulp(here) / h, wrong.rounding)
        for kind, quotient in (
            ("forward", (right - here) / h),
            ("backward", (here - left) / h),
            ("central", (right - left) / (2 * h)),
        ):
            if off > 4 * noise and abs(wrong.claim - quotient) <= max(_MET * off, noise):
                yield ("quotient", kind, h), f"it is a {kind} difference with the step {h:g}"
                return


def _node_values(evaluation: Evaluation, wrong: Suspected) -> _Found:
    """A factor too many or too few that is a value on the way."""
    for node in islice(evaluation.nodes, _MOST_COMPARED):
        value = evaluation.value(node)
        if not value or abs(value) == 1 or not isfinite(value):
            continue
        of, number = _described(evaluation, node), number_text(value)
        of += f", {number}" * (of != number)
        if wrong.is_times(value):
            yield ("times node", node), f"it is the truth times {of}"
        if wrong.is_times(1 / value):
            yield ("over node", node), f"it is the truth divided by {of}"


class _Edge(NamedTuple):
    """An edge of the backward pass: what it passes on is the node's adjoint times the partial."""

    node: int
    position: int
    argument: int
    partial: float
    passed: float


def _edges(evaluation: Evaluation, output: Output) -> Iterator[_Edge]:
    """The edges at which something arrives."""
    arguments = evaluation.graph.arguments
    for node in islice(evaluation.nodes, _MOST_COMPARED):
        if not arguments[node]:
            continue
        adjoint = evaluation.adjoint(output, node)
        if not adjoint:
            continue
        for position, partial in enumerate(evaluation.partials(node)):
            if partial is not None:
                yield _Edge(node, position, arguments[node][position], partial, adjoint * partial)


def terms(evaluation: Evaluation, output: Output) -> dict[str, float]:
    """By name the sizes of the terms that a derivative is the sum of, added up."""
    names = {node: name for name, node in evaluation.wrt_nodes.items()}
    found = dict.fromkeys(evaluation.wrt, 0.0)
    for edge in _edges(evaluation, output):
        name = names.get(edge.argument)
        if name is not None and isfinite(edge.passed):
            found[name] += abs(edge.passed)
    return found


def _described(evaluation: Evaluation, node: int) -> str:
    """`v1 = x^2`, or a leaf by its name alone."""
    names = evaluation.names
    expression = names.expression(node)
    return f"{names[node]} = {expression}" if expression else names[node]
