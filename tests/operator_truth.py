"""The truth about operators, and points to look at: what tests and benchmarks compare with.

The truth is computed by mpmath with hundreds to thousands of bits: from a record's
`definition`, else from the table below. Derivatives are difference quotients with steps so
small, and so many bits, that the quotient is right to more digits than a float.
"""

import itertools
import math
import random
from collections.abc import Callable, Iterator

import mpmath
import pytest
from mpmath import mp, mpf

from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.operators import Operator
from autodiff_cli.graph.rules import Rule, rule, value

Point = tuple[float, ...]
NAN, INF = mpmath.nan, mpmath.inf

LARGEST = mpf(1.7976931348623157e308)
NEGLIGIBLE = mpf(2) ** -1140


def _truth(condition: bool) -> mpf:
    return mpf(1) if condition else mpf(0)


def _pow(x: mpf, y: mpf) -> mpf:
    if x == 0:
        return mpf(1) if y == 0 else mpf(0) if y > 0 else NAN
    return mp.power(x, y)


def _round(x: mpf) -> mpf:
    below = mp.floor(x)
    if x - below == mpf(0.5):
        return below if below % 2 == 0 else below + 1
    return mp.floor(x + mpf(0.5))


# Where mpmath has a function of the same name it is the reference; these are the others.
REFERENCE: dict[str, Callable[..., mpf]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b if b else NAN,
    "neg": lambda a: -a,
    "pow": _pow,
    "log": lambda x: mp.log(x) if x else NAN,
    "factorial": lambda x: mp.gamma(x + 1),
    "digamma": lambda x: mp.psi(0, x),
    "polygamma": lambda n, x: mp.psi(int(n), x),
    "abs": abs,
    "round": _round,
    "trunc": lambda x: mp.sign(x) * mp.floor(abs(x)),
    "step": lambda x: _truth(x >= 0),
    "max": lambda *xs: max(xs),
    "min": lambda *xs: min(xs),
    "ties": lambda x, *xs: mpf(sum(x == other for other in xs)),
    "lt": lambda a, b: _truth(a < b),
    "le": lambda a, b: _truth(a <= b),
    "gt": lambda a, b: _truth(a > b),
    "ge": lambda a, b: _truth(a >= b),
    "eq": lambda a, b: _truth(a == b),
    "ne": lambda a, b: _truth(a != b),
    "and": lambda a, b: _truth(a != 0 and b != 0),
    "or": lambda a, b: _truth(a != 0 or b != 0),
    "not": lambda a: _truth(a == 0),
    "where": lambda c, a, b: a if c != 0 else b,
    "gate": lambda c, v: v if c != 0 else mpf(0),
}


def exact(record: Operator, arguments: tuple[mpf, ...]) -> mpf:
    """The operator's value with the working precision of mpmath."""
    if record.definition:
        return exact_rule(rule(record, record.definition, len(arguments)), arguments)
    reference = REFERENCE.get(record.name) or getattr(mp, record.name, None)
    if reference is None:
        pytest.fail(
            f"nothing to compare {record.name} with: give its record a `definition`, the operator"
            " in terms of simpler ones"
        )
    result = reference(*arguments)
    return NAN if isinstance(result, mpmath.mpc) else mpf(result)


def exact_rule(formula: Rule, arguments: tuple[mpf, ...], out: mpf = NAN) -> mpf:
    """A formula of a record, with the working precision of mpmath."""
    bound = {node: (*arguments, out, NAN)[slot] for node, slot in formula.slots}
    graph: Graph = formula.graph
    values: list[mpf] = []
    for node, operator in enumerate(graph.operators):
        if node in bound:
            values.append(bound[node])
        elif node in graph.constants:
            values.append(mpf(graph.constants[node]))
        else:
            operands = tuple(values[argument] for argument in graph.arguments[node])
            values.append(exact(operator, operands))
    return values[formula.root]


def in_domain(record: Operator, arguments: tuple[mpf, ...]) -> bool:
    if not record.domain:
        return True
    return exact_rule(rule(record, record.domain, len(arguments)), arguments) == 1


def magnitude(x: mpf) -> int:
    return int(mp.mag(x)) if x else 0


def enough_bits(record: Operator, arguments: tuple[mpf, ...]) -> int:
    """Bits to begin with; a definition may have to tell 1 + exp(-700) from 1."""
    return (1600 if record.definition else 500) + sum(abs(magnitude(x)) for x in arguments)


def slopes(record: Operator, arguments: tuple[mpf, ...], position: int) -> tuple[mpf, mpf]:
    """The derivatives from the left and from the right; NaN where there is none on that side.

    A quotient that grows without bound as the step shrinks is infinite.
    """
    x = arguments[position]
    sizes = [mpf(1), *(abs(argument) for argument in arguments if argument)]
    scale = min(sizes)
    if len(arguments) > 1:
        # A remainder with a quotient of 1e300 changes within a step of 1e-600.
        scale *= scale / max(sizes) ** 2
    if not x:
        scale *= mpf(2) ** -1200
    bits = enough_bits(record, arguments) + abs(magnitude(scale))
    first = _quotients(record, arguments, position, scale * mpf(2) ** -120, bits)
    if x and agree(*first):
        return first
    second = _quotients(record, arguments, position, scale * mpf(2) ** -160, bits + 200)
    left, right = (_limit(*pair) for pair in zip(first, second, strict=True))
    return left, right


def agree(a: mpf, b: mpf) -> bool:
    return abs(a - b) <= max(abs(a), abs(b)) * mpf(2) ** -60 or max(abs(a), abs(b)) < NEGLIGIBLE


def _limit(first: mpf, second: mpf) -> mpf:
    """Where a quotient goes, from its values for a step and for one 2^40 times smaller."""
    if mp.isnan(first) or mp.isnan(second):
        return NAN
    if agree(first, second):
        return second
    if abs(second) < abs(first) / 4:
        return mpf(0)
    return mp.sign(second) * INF if abs(second) > 4 * abs(first) else NAN


def _quotients(
    record: Operator, arguments: tuple[mpf, ...], position: int, step: mpf, bits: int
) -> tuple[mpf, mpf]:
    """Quotients to both sides, with as many bits as it takes to see a difference."""
    while True:
        with mp.workprec(bits):
            here = exact(record, arguments)
            found: list[mpf] = []
            unseen = False
            for signed in (-step, step):
                moved = (*arguments[:position], arguments[position] + signed, *arguments[position + 1 :])
                there = exact(record, moved) if in_domain(record, moved) else NAN
                found.append((there - here) / signed)
                noise = max(abs(here), abs(there)) * mpf(2) ** (80 - bits) / step
                if noise > abs(found[-1]) * mpf(2) ** -70 and noise > NEGLIGIBLE:
                    unseen = True
        if not unseen or bits > 40000:
            return found[0], found[1]
        bits *= 2


def ulps(got: float, truth: mpf) -> float:
    """How far off a float is, in units of the last place of the truth."""
    if mp.isnan(truth) or math.isnan(got):
        return 0.0 if mp.isnan(truth) and math.isnan(got) else math.inf
    if abs(truth) > LARGEST or math.isinf(got):
        nearest = max(min(truth, LARGEST), -LARGEST)
        largest = mp.sign(got) * LARGEST if math.isinf(got) else mpf(got)
        return float(abs(nearest - largest) / math.ulp(1e308))
    with mp.workprec(2400):
        return float(abs(mpf(got) - truth) / mpf(math.ulp(float(truth))))


# -- Points ----------------------------------------------------------------------------------

SPECIAL = (
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    3.0,
    1e155,
    1e300,
    -1e300,
    1e308,
    1e-300,
    1e-308,
    5e-324,
    -5e-324,
)
MOST_SPECIAL = 150


def _drawn(generator: random.Random, low: float, high: float) -> float:
    """Uniform, uniform in the logarithm of the size, or close to an end."""
    if low == high:
        return low
    size = max(abs(low), abs(high))
    kind = generator.randrange(4)
    if kind == 0:
        return generator.uniform(low, high)
    if kind == 1:
        end, inwards = generator.choice(((low, 1.0), (high, -1.0)))
        x = end + inwards * (high - low) * 10 ** generator.uniform(-16, -1)
        return min(max(x, math.nextafter(low, high)), math.nextafter(high, low))
    least = low if low > 0 else size * 1e-12 if kind == 2 else 1e-300
    x = 10 ** generator.uniform(math.log10(least), math.log10(size))
    signs = [sign for sign in (1.0, -1.0) if low <= sign * x <= high]
    return generator.choice(signs) * x if signs else generator.uniform(low, high)


def counts(record: Operator) -> tuple[int, ...]:
    return (1, 2, 3) if record.variadic else (len(record.parameters),)


def intervals(record: Operator, count: int) -> list[tuple[float, float]]:
    names = (
        record.parameters if not record.variadic else (record.parameters[0].removesuffix("..."),) * count
    )
    return [record.samples[name] for name in names]


def drawn(record: Operator, number: int, seed: str) -> Iterator[Point]:
    """Points on the record's samples, inside its domain."""
    generator = random.Random(f"{record.name} {seed}")
    for count in counts(record):
        found = 0
        for _ in range(20 * number):
            point = tuple(_drawn(generator, *interval) for interval in intervals(record, count))
            if found < number and in_domain(record, tuple(map(mpf, point))):
                found += 1
                yield point
        assert found == number, f"the samples of {record.name} are hardly ever in its domain"


def special(record: Operator) -> list[Point]:
    """Points made of special values; a parameter with a single sample stays there."""
    found: list[Point] = []
    for count in counts(record):
        choices = [SPECIAL if low < high else (low,) for low, high in intervals(record, count)]
        points = list(itertools.product(*choices))
        if len(points) > MOST_SPECIAL:
            points = random.Random(record.name).sample(points, MOST_SPECIAL)
        found += [point for point in points if in_domain(record, tuple(map(mpf, point)))]
    return found


def has_minus_zero(point: Point) -> bool:
    return any(x == 0 and math.copysign(1.0, x) < 0 for x in point)


def kinks(record: Operator, point: Point) -> list[int]:
    """Which of the record's kinks are at a point."""
    out = record.floats(*point)
    return [
        number
        for number, kink in enumerate(record.kinks)
        if value(rule(record, kink.when, len(point)), point, out) == 1.0
    ]
