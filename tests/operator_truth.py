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
from special_truth import SPECIAL_FUNCTIONS

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


# The constants of the paper (Klambauer and others 2017).
with mp.workprec(120):
    _SELU = (mpf("1.0507009873554804934193349852946"), mpf("1.6732632423543772848170429916717"))


def _fallen(x: mpf) -> mpf:
    """exp(-abs(x)), and 0 where it has long been less than any float."""
    return mp.exp(-abs(x)) if abs(x) < 5000 else mpf(0)


def _expmoment(n: mpf, x: mpf) -> mpf:
    """(d/dx)^n of (exp(x) - 1)/x, by parts from one n to the next; by the series near 0."""
    if abs(x) > 1:
        with mp.extraprec(100 + 20 * int(n)):
            moment = mp.expm1(x) / x
            for k in range(1, int(n) + 1):
                moment = (mp.exp(x) - k * moment) / x
            return moment
    total, term, k = mpf(0), mpf(1), 0
    while term and mp.mag(term) > -mp.prec - 10:
        total += term / (k + int(n) + 1)
        k += 1
        term *= x / k
    return total


def _nth(function: Callable[[mpf], mpf], n: mpf, x: mpf) -> mpf:
    """A derivative of a function that falls or grows like exp(x), and is straight far out."""
    if not n:
        return function(x)
    with mp.extraprec(1600 + abs(magnitude(x))):
        return mp.diff(function, max(min(x, 5000), -5000), int(n))


def _asech_slope(x: mpf) -> mpf:
    return -1 / (x * mp.sqrt((1 - x) * (1 + x))) if 0 < x < 1 else NAN


def _sigmoid(x: mpf) -> mpf:
    return (_fallen(x) if x < 0 else mpf(1)) / (1 + _fallen(x))


def _density(x: mpf) -> mpf:
    """The slope of the sigmoid."""
    return _fallen(x) / (1 + _fallen(x)) ** 2


def _sech_slope(x: mpf) -> mpf:
    return -2 * mp.sign(x) * _fallen(x) * (1 - _fallen(2 * x)) / (1 + _fallen(2 * x)) ** 2


def _mish(x: mpf) -> mpf:
    """x*tanh(log(1 + exp(x)))"""
    t = mp.exp(x)
    return x * (1 - 2 / (t * (t + 2) + 2))


def _hypot_derivative(m: mpf, n: mpf, x: mpf, y: mpf) -> mpf:
    """Of the second order, which is all that tests differentiate on."""
    if not x and not y:
        return mpf(0)
    above = {(2, 0): y * y, (1, 1): -x * y, (0, 2): x * x}[int(m), int(n)]
    return above / mp.hypot(x, y) ** 3


def _inversion_derivative(m: mpf, n: mpf, x: mpf, y: mpf) -> mpf:
    """Of the first order, which is all that tests differentiate on."""
    if not x and not y:
        return mpf(0)
    above = {(1, 0): (y - x) * (y + x), (0, 1): -2 * x * y}[int(m), int(n)]
    return above / (x * x + y * y) ** 2


# Where mpmath has a function of the same name it is the reference; these are the others.
REFERENCE: dict[str, Callable[..., mpf]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b if b else NAN,
    "neg": lambda a: -a,
    "pow": _pow,
    "log": lambda x: mp.log(x) if x else NAN,
    **SPECIAL_FUNCTIONS,
    "acot": lambda x: mp.atan(1 / x) if x else mp.pi / 2,
    "expmoment": _expmoment,
    "exprel": lambda x: mp.expm1(x) / x if x else mpf(1),
    "xlogy": lambda x, y: x * mp.log(y) if x else mpf(0),
    "xlog1py": lambda x, y: x * mp.log1p(y) if x else mpf(0),
    "direction": lambda x, y: x / mp.hypot(x, y) if x or y else mpf(0),
    "logaddexp": lambda x, y: max(x, y) + mp.log1p(_fallen(abs(x - y))),
    "softshare": lambda x, y: (_fallen(y - x) if x < y else 1) / (1 + _fallen(abs(x - y))),
    "softshare_derivative": lambda n, x, y: _nth(_density, n - 1, x - y),
    "silu_derivative": lambda n, x: _nth(lambda t: t * _sigmoid(t), n, x),
    "mish_derivative": lambda n, x: _nth(_mish, n, x),
    "sech_derivative": lambda n, x: _nth(_sech_slope, n - 1, x),
    "asech_derivative": lambda n, x: _nth(_asech_slope, n - 1, x),
    "hypot_derivative": _hypot_derivative,
    "inversion_derivative": _inversion_derivative,
    "inversion": lambda x, y: x / (x * x + y * y) if x or y else mpf(0),
    "floordiv": lambda x, y: mp.floor(x / y),
    "avg": lambda *xs: mp.fsum(xs) / len(xs),
    "count": lambda *xs: mpf(len(xs)),
    "deg": lambda x: x * 180 / mp.pi,
    "rad": lambda x: x * mp.pi / 180,
    "selu": lambda x: _SELU[0] * (x if x > 0 else _SELU[1] * mp.expm1(x)),
    "leaky_relu": lambda x: x if x > 0 else x / 100,
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
    scale *= _least_scale(record, sizes)
    if not x:
        scale *= mpf(2) ** -1200
    bits = enough_bits(record, arguments) + abs(magnitude(scale))
    first = _quotients(record, arguments, position, scale * mpf(2) ** -120, bits)
    if x and agree(*first):
        return first
    second = _quotients(record, arguments, position, scale * mpf(2) ** -160, bits + 200)
    left, right = (_limit(*pair) for pair in zip(first, second, strict=True))
    return left, right


# Their waves are as short as 1/x.
_WAVES = {"fresnels", "fresnelc"}


def _least_scale(record: Operator, sizes: list[mpf]) -> mpf:
    """A remainder with a quotient of 1e300 changes within a step of 1e-600, x^y within x/y."""
    if len(record.parameters) == 1 and not record.variadic:
        return 1 / max(sizes) if record.name in _WAVES else mpf(1)
    return min(sizes) / max(sizes) ** 2 if record.kinks else 1 / max(sizes)


def agree(a: mpf, b: mpf) -> bool:
    if mp.isinf(a) != mp.isinf(b):
        return False
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


def difference(record: Operator, arguments: tuple[mpf, ...], orders: tuple[int, ...]) -> mpf:
    """A derivative of any order by central differences; NaN where the stencil leaves the domain.

    `orders[k]` is how often to differentiate along argument k. All must be smooth around; at 0,
    where there may be a branch point, two steps tell.
    """
    found = _difference(record, arguments, orders, -100)
    size = min(1, *(abs(x) for x in arguments if x)) ** sum(orders) if any(arguments) else mpf(1)
    if 0 < abs(found) * size < mpf(2) ** -150 * abs(exact(record, arguments)):
        # Nothing but the error of the quotient, which shrinks with the steps?
        found = _limit(found, _difference(record, arguments, orders, -140))
    if all(arguments) or mp.isnan(found):
        return found
    beside = (tuple(x or sign * mpf(2) ** -1150 for x in arguments) for sign in (1, -1))
    others = [_difference(record, arguments, orders, -140)]
    others += [_difference(record, moved, orders, -100) for moved in beside]
    known = (other for other in others if not mp.isnan(other))
    return found if all(agree(found, other) for other in known) else NAN


def _difference(
    record: Operator, arguments: tuple[mpf, ...], orders: tuple[int, ...], exponent: int
) -> mpf:
    sizes = [mpf(1), *(abs(x) for x in arguments if x)]
    scale = min(sizes)
    scale *= _least_scale(record, sizes)
    # Powers of 2, whose multiples are exact.
    steps = [mp.ldexp(1, magnitude(scale) + exponent - (0 if x else 1100)) for x in arguments]
    stencil = [
        ([-k * step + order * step / 2 for k in range(order + 1)], order)
        for step, order in zip(steps, orders, strict=True)
    ]
    divisor = mpf(1)
    for step, order in zip(steps, orders, strict=True):
        divisor *= step**order
    bits = enough_bits(record, arguments) + 2 * abs(magnitude(divisor))
    while bits <= 60000:
        with mp.workprec(bits):
            total = largest = mpf(0)
            for picks in itertools.product(*(range(order + 1) for order in orders)):
                moved = tuple(
                    x + offsets[k] for x, (offsets, _), k in zip(arguments, stencil, picks, strict=True)
                )
                if not in_domain(record, moved):
                    return NAN
                there = exact(record, moved)
                weight = (-1) ** sum(picks)
                for k, order in zip(picks, orders, strict=True):
                    weight *= math.comb(order, k)
                total += weight * there
                largest = max(largest, abs(there))
            found = total / divisor
            noise = largest * mpf(2) ** (10 - bits) / divisor
            if noise <= abs(found) * mpf(2) ** -70 or noise < NEGLIGIBLE:
                return found
        bits *= 2
    return mpf(0)


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
    6.0,
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

# How far from a zero to look as well, relative to its place.
BESIDE = (1e-14, 1e-11, 1e-8, 1e-5, 1e-3)


def middle(low: float, high: float) -> float:
    """A float between two, so that halving goes fast over all sizes."""
    if low < 0 < high:
        return 0.0
    if abs(low - high) <= min(abs(low), abs(high)):
        return low + (high - low) / 2
    sign = -1.0 if low + high < 0 else 1.0
    a, b = (max(abs(x), 5e-324) for x in (low, high))
    return sign * math.sqrt(a) * math.sqrt(b)


def changes(kind: Callable[[float], object], grid: list[float]) -> list[tuple[float, float]]:
    """Neighbours on a grid of which not the same is told."""
    kinds = [kind(x) for x in grid]
    pairs = zip(itertools.pairwise(grid), itertools.pairwise(kinds), strict=True)
    return [places for places, (low, high) in pairs if low != high]


def narrowed(kind: Callable[[float], object], low: float, high: float) -> tuple[float, float]:
    """The two neighbouring floats between which a change happens, by bisection."""
    here = kind(low)
    while low < (between := middle(low, high)) < high:
        if kind(between) == here:
            low = between
        else:
            high = between
    return low, high


def beside(low: float, high: float) -> Iterator[float]:
    """Two neighbouring floats, and some on both sides of them."""
    yield from (low, high)
    for distance in BESIDE:
        yield low - distance * abs(low)
        yield high + distance * abs(high)


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
        found, ends = 0, intervals(record, count)
        for _ in range(20 * number):
            point = tuple(_drawn(generator, *interval) for interval in ends)
            if in_domain(record, tuple(map(mpf, point))):
                found += 1
                yield point
                if found == number:
                    break
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
