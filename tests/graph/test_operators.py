"""Every record of the operator table, by loops over the table: a new record needs no new test.

The truth is computed by mpmath with hundreds to thousands of bits: from a record's
`definition`, else from the table below. Derivatives are taken there as difference quotients
with steps so small, and so many bits, that the quotient is right to more digits than a float.
"""

import itertools
import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import mpmath
import pytest
from mpmath import mp, mpf

from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.lower import RESERVED, lower
from autodiff_cli.graph.operators import BY_NAME, OPERATORS, Operator
from autodiff_cli.graph.rules import Rule, partial, rule, value
from autodiff_cli.language.parser import parse

Point = tuple[float, ...]
NAN, INF = mpmath.nan, mpmath.inf

# A partial is a few operations; each rounds once.
PARTIAL_ULPS = 4.0

# Partials that may be further off, each with its reason. `polygamma` is computed as a Hurwitz
# zeta function times a factorial, both good to some ulps. The derivative of `factorial` inherits
# the ulps of the gamma function.
LOOSER_ULPS = {"factorial": 16.0, "digamma": 8.0, "polygamma": 16.0}

# Where |f'| is far below |f''|, at a simple zero of the derivative between floats, what is right
# is bounded by the rounding of the argument: `factorial` has such a point, near 0.46.
ARGUMENT_ROUNDING = {"factorial"}

# Rules that do not reach a limit at infinity, each with its reason: an infinite exponent, divisor
# or leg makes a quotient of infinities, and a case for it would stand in every rule shown.
NO_LIMIT = {("pow", "y"), ("mod", "y"), ("hypot", "x"), ("hypot", "y")}

LARGEST = mpf(1.7976931348623157e308)
NEGLIGIBLE = mpf(2) ** -1140

each = pytest.mark.parametrize("record", OPERATORS, ids=lambda record: record.name)


# -- The truth -------------------------------------------------------------------------------


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
    if x and _agree(*first):
        return first
    second = _quotients(record, arguments, position, scale * mpf(2) ** -160, bits + 200)
    left, right = (_limit(*pair) for pair in zip(first, second, strict=True))
    return left, right


def _agree(a: mpf, b: mpf) -> bool:
    return abs(a - b) <= max(abs(a), abs(b)) * mpf(2) ** -60 or max(abs(a), abs(b)) < NEGLIGIBLE


def _limit(first: mpf, second: mpf) -> mpf:
    """Where a quotient goes, from its values for a step and for one 2^40 times smaller."""
    if mp.isnan(first) or mp.isnan(second):
        return NAN
    if _agree(first, second):
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


def _has_minus_zero(point: Point) -> bool:
    return any(x == 0 and math.copysign(1.0, x) < 0 for x in point)


def kinks(record: Operator, point: Point) -> list[int]:
    """Which of the record's kinks are at a point."""
    out = record.floats(*point)
    return [
        number
        for number, kink in enumerate(record.kinks)
        if value(rule(record, kink.when, len(point)), point, out) == 1.0
    ]


def text_of(record: Operator, position: int) -> str | None:
    return record.partials.get("x" if record.variadic else record.parameters[position])


def rule_value(record: Operator, point: Point, position: int) -> float:
    formula = partial(record, len(point), position)
    return 0.0 if formula is None else value(formula, point, record.floats(*point), position)


# -- Values ----------------------------------------------------------------------------------


@each
def test_value(record: Operator) -> None:
    """The kernel keeps what the record promises about its rounding."""
    for point in drawn(record, 150, "value"):
        arguments = tuple(map(mpf, point))
        with mp.workprec(enough_bits(record, arguments)):
            truth = exact(record, arguments)
        got = record.floats(*point)
        assert type(got) is float
        allowed = record.rounding + 0.5 if record.rounding else 0.0
        assert ulps(got, truth) <= allowed, f"{record.name}{point} is {truth}, not {got!r}"


def test_a_record_without_a_reference_fails() -> None:
    unknown = Operator("mystery", ("x",), math.sin, samples={"x": (0, 1)})
    with pytest.raises(pytest.fail.Exception, match="definition"):
        exact(unknown, (mpf(1),))


VALUES = (0.0, -0.0, 1.0, -1.0, 0.5, 1e300, -1e300, 1e308, 5e-324, math.inf, -math.inf, math.nan)


def _may_ignore_nan(record: Operator, point: Point) -> bool:
    """Kleene's logic, and the branches that are not taken."""
    known = [x for x in point if x == x]
    match record.name:
        case "and":
            return 0.0 in known
        case "or":
            return any(x != 0 for x in known)
        case "where":
            taken = point[1] if point[0] != 0 else point[2]
            return point[0] == point[0] and taken == taken
        case "gate":
            return point[0] == point[0] and (point[0] == 0 or point[1] == point[1])
    return False


@each
def test_kernels_are_total(record: Operator) -> None:
    """No arguments raise; NaN comes out where it goes in."""
    for count in counts(record):
        for point in itertools.product(VALUES, repeat=count):
            got = record.floats(*point)
            assert type(got) is float, f"{record.name}{point}"
            if any(math.isnan(x) for x in point):
                expected = not _may_ignore_nan(record, point)
                assert math.isnan(got) == expected, f"{record.name}{point} is {got!r}"


@each
def test_rules_are_total(record: Operator) -> None:
    """No partial, domain or kink raises anywhere."""
    formulas = [record.domain, *(kink.when for kink in record.kinks)]
    formulas += [side for kink in record.kinks for sides in kink.sides.values() for side in sides]
    for count in counts(record):
        for point in itertools.product(VALUES, repeat=count):
            out = record.floats(*point)
            for position in range(count):
                assert type(rule_value(record, point, position)) is float
            for formula in filter(None, formulas):
                assert type(value(rule(record, formula, count), point, out)) is float


# -- Partial derivatives ---------------------------------------------------------------------


def _isolated(record: Operator, point: Point, position: int) -> bool:
    """Whether all around is outside of the domain, as for a parameter of whole numbers."""
    with mp.workprec(3000):
        x = mpf(point[position])
        step = abs(x) * mpf(2) ** -120 if x else mpf(2) ** -1200
        around = ((*point[:position], x + s, *point[position + 1 :]) for s in (step, -step))
        return not any(in_domain(record, tuple(map(mpf, other))) for other in around)


def _misled(record: Operator, point: Point, position: int) -> bool:
    """Whether the rule goes by an operand that is not what it should be, for want of exponents."""
    text = text_of(record, position) or ""
    out = record.floats(*point)
    if record.name == "pow":
        x, y = point
        if x < 0 and abs(y) >= 2**53:
            return True  # y - 1 is y: it is not odd where y is even
    return 0 < abs(out) < sys.float_info.min and "out" in text


def _derivative(record: Operator, point: Point, position: int) -> mpf:
    """The one derivative along an argument; from inside, on an edge of the domain.

    NaN where the two sides differ, or where all that surrounds the point is outside.
    """
    left, right = slopes(record, tuple(map(mpf, point)), position)
    if mp.isnan(left) or mp.isnan(right):
        return left if mp.isnan(right) else right
    if left == right:
        return left
    with mp.workprec(200):
        return (left + right) / 2 if _agree(left, right) else NAN


def _allowed(record: Operator, point: Point, position: int, truth: mpf) -> float:
    if record.name not in ARGUMENT_ROUNDING or not truth:
        return LOOSER_ULPS.get(record.name, PARTIAL_ULPS)
    # What a rounding of x + 1 may do: its size times the second derivative.
    x = mpf(point[position])
    with mp.workprec(200):
        second = abs(mp.gamma(x + 1) * (mp.psi(1, x + 1) + mp.psi(0, x + 1) ** 2))
        moved = second * mpf(math.ulp(point[position] + 1.0))
        return LOOSER_ULPS[record.name] + 4 * float(moved / mpf(math.ulp(float(truth))))


@each
def test_partials(record: Operator) -> None:
    """Each partial is right to a few ulps, on the samples."""
    checked: Counter[int] = Counter()
    for point in drawn(record, 60, "partials"):
        if kinks(record, point):
            continue
        for position in range(len(point)):
            truth = _derivative(record, point, position)
            if mp.isnan(truth) and _isolated(record, point, position):
                assert text_of(record, position) == "nan"  # none, and it says so
                checked[position] += 1
                continue
            got = rule_value(record, point, position)
            assert ulps(got, truth) <= _allowed(record, point, position, truth), (
                f"{record.name}{point} along {position}: {mp.nstr(truth, 20)}, not {got!r}"
            )
            checked[position] += 1
    assert all(checked[position] >= 30 for position in range(counts(record)[-1])), checked


@each
def test_partials_at_special_points(record: Operator) -> None:
    """0, -0.0, 1, -1, the huge and the tiny: right as well, or said to be a kink."""
    checked = 0
    for point in special(record):
        if kinks(record, point):
            continue
        for position in range(len(point)):
            if text_of(record, position) is None or _misled(record, point, position):
                continue
            truth = _derivative(record, point, position)
            got = rule_value(record, point, position)
            if math.isinf(got) and mp.isinf(truth) and _has_minus_zero(point):
                got = abs(got) * mp.sign(truth)  # the sign of an infinity at -0.0 is that of the zero
            where = f"{record.name}{point} along {position}"
            if mp.isnan(truth) and _isolated(record, point, position):
                continue
            assert not mp.isnan(truth), f"{where} has no derivative, and no kink says so"
            assert ulps(got, truth) <= _allowed(record, point, position, truth), (
                f"{where}: {mp.nstr(truth, 20)}, not {got!r}"
            )
            checked += 1
    assert checked >= 3 or not record.partials


@each
def test_values_used_at_kinks(record: Operator) -> None:
    """A partial at a kink is not NaN, and lies between the two sides where they are numbers."""
    for point in special(record):
        out = record.floats(*point)
        for number in kinks(record, point):
            for position in range(len(point)):
                if text_of(record, position) is None:
                    continue
                used = rule_value(record, point, position)
                where = f"{record.name}{point} along {position}: {used!r}"
                assert not math.isnan(used), where
                name = "x" if record.variadic else record.parameters[position]
                formulas = record.kinks[number].sides.get(name, ())
                if record.variadic and point[position] != out:
                    continue
                sides = [value(rule(record, f, len(point)), point, out, position) for f in formulas]
                if sides and all(map(math.isfinite, sides)):
                    assert min(sides) <= used <= max(sides), f"{where}, not within {sides}"


@each
def test_sides_of_kinks(record: Operator) -> None:
    """What a kink says of its two sides is so."""
    checked: Counter[int] = Counter()
    for point in special(record):
        out = record.floats(*point)
        if _has_minus_zero(point):
            continue  # mpmath has no -0.0
        for number in kinks(record, point):
            for position in range(len(point)):
                name = "x" if record.variadic else record.parameters[position]
                sides = record.kinks[number].sides.get(name)
                if sides is None or (record.variadic and point[position] != out):
                    continue
                truths = slopes(record, tuple(map(mpf, point)), position)
                for side, truth in zip(sides, truths, strict=True):
                    got = value(rule(record, side, len(point)), point, out, position)
                    assert ulps(got, truth) <= PARTIAL_ULPS, (
                        f"{record.name}{point} along {position}: {side} is {got!r}, not {truth}"
                    )
                checked[number] += 1
    for number, kink in enumerate(record.kinks):
        assert checked[number] or not kink.sides, f"no point tests {kink}"


def at_infinity(record: Operator) -> Iterator[tuple[Point, list[tuple[mpf, ...]]]]:
    """Points with one argument infinite, and two points on the way there."""
    seen: set[Point] = set()
    for point in drawn(record, 4, "infinity"):
        for position, (low, high) in enumerate(intervals(record, len(point))):
            before, after = point[:position], point[position + 1 :]
            for sign in (1, -1):
                at = (*before, sign * math.inf, *after)
                near, far = (
                    (*map(mpf, before), sign * mpf(2) ** exponent, *map(mpf, after))
                    for exponent in (1100, 1300)
                )
                inside = in_domain(record, near) and in_domain(record, far)
                if low < high and at not in seen and inside and not _has_no_limit(record, at):
                    seen.add(at)
                    yield at, [near, far]


def _has_no_limit(record: Operator, at: Point) -> bool:
    return any(
        (record.name, n) in NO_LIMIT
        for n, x in zip(record.parameters, at, strict=False)
        if math.isinf(x)
    )


def _limit_at_infinity(record: Operator, way: list[tuple[mpf, ...]], along: int) -> mpf:
    """Where the derivative goes; NaN where that is not seen to be a number."""
    (left, right), (far_left, far_right) = (slopes(record, point, along) for point in way)
    if not (_agree(left, right) and _agree(far_left, far_right)):
        return NAN
    if _agree(left, far_left):
        return far_left
    return mpf(0) if abs(far_left) < abs(left) * mpf(2) ** -60 else NAN


@each
def test_partials_at_infinity(record: Operator) -> None:
    """Where the derivative tends to a number at infinity, the rule gives it there."""
    for at, way in at_infinity(record):
        for along in range(len(at)):
            if text_of(record, along) is None:
                continue
            limit = _limit_at_infinity(record, way, along)
            if not mp.isnan(limit) and not mp.isinf(limit):
                got = rule_value(record, at, along)
                assert ulps(got, limit) <= PARTIAL_ULPS, (
                    f"{record.name}{at} along {along}: {mp.nstr(limit, 20)}, not {got!r}"
                )


@pytest.mark.parametrize(
    ("name", "point", "position", "limit"),
    [
        ("tanh", (math.inf,), 0, 0.0),
        ("tanh", (-math.inf,), 0, 0.0),
        ("sigmoid", (math.inf,), 0, 0.0),
        ("sigmoid", (-math.inf,), 0, 0.0),
        ("softplus", (math.inf,), 0, 1.0),
        ("atan", (math.inf,), 0, 0.0),
        ("exp", (-math.inf,), 0, 0.0),
        ("log", (math.inf,), 0, 0.0),
        ("div", (1.0, math.inf), 0, 0.0),
        ("div", (1.0, math.inf), 1, 0.0),
        ("hypot", (3.0, math.inf), 0, 0.0),
        ("asinh", (math.inf,), 0, 0.0),
    ],
)
def test_limits(name: str, point: Point, position: int, limit: float) -> None:
    """The loop above does look at these."""
    assert rule_value(BY_NAME[name], point, position) == limit


# -- The records themselves ------------------------------------------------------------------


def _formulas(record: Operator) -> Iterator[tuple[str, bool]]:
    """Each formula, and whether it may use `out`."""
    yield from ((text, True) for text in record.partials.values())
    yield from ((text, False) for text in (record.definition, record.domain) if text)
    for kink in record.kinks:
        yield kink.when, True
        for sides in kink.sides.values():
            yield from ((side, True) for side in sides)


@each
def test_formulas(record: Operator) -> None:
    """Formulas parse, and use nothing but the record's parameters, `out`, and what is at hand."""
    for text, may_use_out in _formulas(record):
        if record.variadic:
            names = set(lower(parse(text)).graph.variables) - {"xs", "x"}
        else:
            names = set(lower(parse(text)).graph.variables) - set(record.parameters)
        assert names <= ({"out"} if may_use_out else set()), f"{text} uses {names}"


@each
def test_parameters(record: Operator) -> None:
    """Partials, sides and samples are about parameters that there are."""
    names = {name.removesuffix("...") for name in record.parameters}
    assert set(record.samples) == names
    assert all(low <= high for low, high in record.samples.values())
    along = {"x"} if record.variadic else names
    assert set(record.partials) <= along
    assert all(set(kink.sides) <= along for kink in record.kinks)
    assert not any(name.endswith("...") for name in record.parameters[:-1])
    assert record.summary
    assert record.rounding >= 0


def test_names_are_unique() -> None:
    names = [name for record in OPERATORS for name in (record.name, *record.aliases)]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert set(names).isdisjoint(RESERVED)
    assert set(names).isdisjoint({"var", "const", "out"})
    assert set(BY_NAME) == set(names)


@each
def test_names_are_calls(record: Operator) -> None:
    """A function can be called by its name and by each alias."""
    for name in (record.name, *record.aliases):
        arguments = ", ".join(f"u{position}" for position in range(counts(record)[-1]))
        lowered = lower(parse(f"{name}({arguments})"))
        assert lowered.graph.operators[lowered.output] is record
