"""Every record of the operator table, by loops over the table: a new record needs no new test.

What they are compared with is in `operator_truth.py`.
"""

import itertools
import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from mpmath import mp, mpf
from operator_truth import (
    NAN,
    SPECIAL,
    Point,
    agree,
    beside,
    changes,
    counts,
    difference,
    drawn,
    enough_bits,
    exact,
    has_minus_zero,
    in_domain,
    intervals,
    kinks,
    narrowed,
    slopes,
    special,
    ulps,
)

from autodiff_cli.graph.arena import Graph, evaluate
from autodiff_cli.graph.lower import RESERVED, lower
from autodiff_cli.graph.operators import BY_NAME, OPERATORS, Operator
from autodiff_cli.graph.reverse import ABSENT, AdjointNodes, reverse
from autodiff_cli.graph.rules import partial, rule, value
from autodiff_cli.language.parser import parse

# The one-sided derivative is 0, which differences approach as slowly as 1/log(h).
SLOW_LIMITS = {("li", (0.0,)), ("li", (-0.0,))}

# Points where a value is a convention and a partial, the quotient 0/0, says that it is singular.
SINGULAR = {("xlogy", (0.0, 0.0)), ("xlog1py", (0.0, -1.0))}

each = pytest.mark.parametrize("record", OPERATORS, ids=lambda record: record.name)

# Of these the truth takes tens of milliseconds a point: a tenth of the points.
_SLOW = {record.name for record in OPERATORS if record.name.startswith("bessel")}
_SLOW |= {"beta_derivative", "polygamma_difference"}


def _part(record: Operator) -> int:
    return 10 if record.name in _SLOW else 1


# Every day a fifth of the points; continuous integration looks at all.
each_compared = pytest.mark.parametrize(
    ("record", "part"),
    [
        *(pytest.param(r, 5 * _part(r), id=r.name) for r in OPERATORS),
        *(pytest.param(r, _part(r), id=f"{r.name} all", marks=pytest.mark.slow) for r in OPERATORS),
    ],
)


def _some(number: int, part: int) -> int:
    """One of `part`, where the truth takes long."""
    return max(number // part, 1)


def _special(record: Operator, part: int) -> list[Point]:
    """Points of special values: all of one argument, one of `part` of several."""
    points = special(record)
    return points if len(points) <= len(SPECIAL) else points[::part]


def text_of(record: Operator, position: int) -> str | None:
    return record.partials.get("x" if record.variadic else record.parameters[position])


def rule_value(record: Operator, point: Point, position: int) -> float:
    formula = partial(record, len(point), position)
    return 0.0 if formula is None else value(formula, point, record.floats(*point), position)


# -- Values ----------------------------------------------------------------------------------


@each_compared
def test_value(record: Operator, part: int) -> None:
    """The kernel keeps what the record promises about its rounding."""
    for point in drawn(record, _some(150, part), "value"):
        arguments = tuple(map(mpf, point))
        with mp.workprec(enough_bits(record, arguments)):
            truth = exact(record, arguments)
        got = record.floats(*point)
        assert type(got) is float
        allowed = record.rounding + 0.5 if record.rounding else 0.0
        assert ulps(got, truth) <= allowed, f"{record.name}{point} is {truth}, not {got!r}"


@each_compared
def test_value_at_special_points(record: Operator, part: int) -> None:
    for point in _special(record, part):
        arguments = tuple(map(mpf, point))
        with mp.workprec(enough_bits(record, arguments)):
            truth = exact(record, arguments)
        got = record.floats(*point)
        if mp.isnan(truth) or has_minus_zero(point):
            continue
        allowed = record.rounding + 0.5 if record.rounding else 0.0
        assert ulps(got, truth) <= allowed, f"{record.name}{point} is {truth}, not {got!r}"


def test_a_record_without_a_reference_fails() -> None:
    unknown = Operator("mystery", ("x",), math.sin, samples={"x": (0, 1)})
    with pytest.raises(pytest.fail.Exception, match="definition"):
        exact(unknown, (mpf(1),))


VALUES = (0.0, -0.0, 1.0, -1.0, 0.5, 1e300, -1e300, 1e308, 5e-324, math.inf, -math.inf, math.nan)


# Of more than two arguments not every combination is tried.
MOST_EXTREMES = 150


def _extremes(count: int) -> list[Point]:
    points = list(itertools.product(VALUES, repeat=count))
    return points if count < 3 else random.Random(count).sample(points, MOST_EXTREMES)


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
        for point in _extremes(count):
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
        for point in _extremes(count):
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
        step = min(abs(x), 1) * mpf(2) ** -120 if x else mpf(2) ** -1200
        around = ((*point[:position], x + s, *point[position + 1 :]) for s in (step, -step))
        return not any(in_domain(record, tuple(map(mpf, other))) for other in around)


def _misled(record: Operator, point: Point, position: int) -> bool:
    """Whether the rule goes by an operand that is not what it should be, for want of exponents."""
    text = text_of(record, position) or ""
    out = record.floats(*point)
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
        return (left + right) / 2 if agree(left, right) else NAN


def _is_right(record: Operator, orders: tuple[int, ...], got: float, truth: mpf) -> bool:
    return ulps(got, truth) <= (record.first_ulps if sum(orders) == 1 else record.second_ulps)


def _along(count: int, *positions: int) -> tuple[int, ...]:
    """How often each argument is differentiated along."""
    return tuple(positions.count(position) for position in range(count))


@each_compared
def test_partials(record: Operator, part: int) -> None:
    """Each partial is right to a few ulps, on the samples."""
    checked: Counter[int] = Counter()
    for point in drawn(record, _some(60, part), "partials"):
        if kinks(record, point):
            continue
        for position in range(len(point)):
            truth = _derivative(record, point, position)
            if mp.isnan(truth) and _isolated(record, point, position):
                assert text_of(record, position) == "nan"  # none, and it says so
                checked[position] += 1
                continue
            got = rule_value(record, point, position)
            assert _is_right(record, _along(len(point), position), got, truth), (
                f"{record.name}{point} along {position}: {mp.nstr(truth, 20)}, not {got!r}"
            )
            checked[position] += 1
    assert all(checked[position] >= _some(30, part) for position in range(counts(record)[-1])), checked


@each_compared
def test_partials_at_special_points(record: Operator, part: int) -> None:
    """0, -0.0, 1, -1, the huge and the tiny: right as well, or said to be a kink."""
    checked = 0
    for point in _special(record, part):
        if kinks(record, point):
            continue
        for position in range(len(point)):
            if text_of(record, position) is None or _misled(record, point, position):
                continue
            truth = _derivative(record, point, position)
            got = rule_value(record, point, position)
            if math.isinf(got) and mp.isinf(truth) and has_minus_zero(point):
                got = abs(got) * mp.sign(truth)  # the sign of an infinity at -0.0 is that of the zero
            where = f"{record.name}{point} along {position}"
            if (record.name, point) in SINGULAR and truth == 0:
                assert math.isnan(got), where
                continue
            if mp.isnan(truth) and _isolated(record, point, position):
                continue
            if (record.name, point) in SLOW_LIMITS:
                assert got == 0, where
                continue
            if mp.isnan(truth) and math.isinf(record.floats(*point)) and math.isinf(got):
                continue  # beyond the exponents of the truth as well
            assert not mp.isnan(truth), f"{where} has no derivative, and no kink says so"
            assert _is_right(record, _along(len(point), position), got, truth), (
                f"{where}: {mp.nstr(truth, 20)}, not {got!r}"
            )
            checked += 1
    assert checked >= 3 or not record.partials or record.name in _SLOW


@cache
def second_sweep(record: Operator, count: int) -> tuple[Graph, list[int], dict[tuple[int, int], int]]:
    """An operator applied to variables, and the node of each of its second derivatives."""
    graph = Graph()
    arguments = [graph.variable(f"u{position}") for position in range(count)]
    first = reverse(graph, graph.apply(record, tuple(arguments))).nodes
    seconds: dict[tuple[int, int], int] = {}
    for position, argument in enumerate(arguments):
        adjoint = first[argument]
        nodes = reverse(graph, adjoint).nodes if adjoint != ABSENT else AdjointNodes()
        for other, along in enumerate(arguments):
            seconds[position, other] = nodes[along]
    return graph, arguments, seconds


def second_derivatives(record: Operator, point: Point) -> dict[tuple[int, int], float]:
    graph, arguments, seconds = second_sweep(record, len(point))
    wanted = graph.reachable([node for node in seconds.values() if node != ABSENT])
    values = evaluate(graph, wanted, dict(zip(arguments, point, strict=True)))
    return {pair: 0.0 if node == ABSENT else values[node] for pair, node in seconds.items()}


@each_compared
def test_second_derivatives(record: Operator, part: int) -> None:
    """The sweep of the sweep is right to some ulps, on the samples and at special points."""
    if not record.partials:
        return
    count = counts(record)[-1]
    points = [point for point in drawn(record, _some(30, part), "second") if len(point) == count]
    points += [point for point in _special(record, part) if len(point) == count][::3]
    for point in points:
        if kinks(record, point) or _is_tiny(record, point) or _is_singular(record, point):
            continue
        found = second_derivatives(record, point)
        for pair, got in found.items():
            if not {"nan", None}.isdisjoint(text_of(record, position) for position in pair):
                continue
            orders = _along(count, *pair)
            truth = difference(record, tuple(map(mpf, point)), orders)
            if mp.isnan(truth):
                continue
            assert _is_right(record, orders, got, truth), (
                f"{record.name}{point} along {pair}: {mp.nstr(truth, 20)}, not {got!r}"
            )


# How many numbers to look for zeros between, zeros to look at, and points beside each.
Known = Callable[[float], dict[tuple[int, ...], float]]
GRID, MOST_ZEROS, MOST_ZEROS_OF_TWO = 60, 6, 2


def _grid(low: float, high: float, generator: random.Random) -> list[float]:
    """Numbers of an interval: uniform, and uniform in the logarithm of their size."""
    found = [low + (high - low) * generator.random() for _ in range(GRID)]
    for sign in (1.0, -1.0):
        end = high if sign > 0 else -low
        start = max(low if sign > 0 else -high, 1e-6)
        if end > start:
            steps = (start * (end / start) ** generator.random() for _ in range(GRID))
            found += [sign * step for step in steps]
    return sorted(set(found))


def _derivatives(record: Operator, point: Point) -> dict[tuple[int, ...], float]:
    """The first and second derivatives, as rules and sweeps make them, but for those that have none."""
    count = len(point)
    smooth = [k for k in range(count) if text_of(record, k) not in ("nan", None)]
    found = {_along(count, k): rule_value(record, point, k) for k in smooth}
    for pair, second in second_derivatives(record, point).items():
        if set(pair) <= set(smooth):
            found[_along(count, *pair)] = second
    return found


def _zeros(record: Operator, count: int) -> Iterator[tuple[Point, tuple[int, ...]]]:
    """Points beside zeros of derivatives along an argument, and which derivative that is."""
    generator = random.Random(f"{record.name} zeros")
    ends = intervals(record, count)
    for start in drawn(record, 3 if count > 1 and record.name not in _SLOW else 1, "zeros"):
        if len(start) != count:
            continue
        for position, (low, high) in enumerate(ends):
            if low == high or text_of(record, position) in ("nan", None):
                continue

            def at(x: float, start: Point = start, position: int = position) -> Point:
                return (*start[:position], x, *start[position + 1 :])

            known = cache(lambda x, at=at: _derivatives(record, at(x)))
            grid = [x for x in _grid(low, high, generator) if in_domain(record, tuple(map(mpf, at(x))))]
            for orders in _derivatives(record, start):

                def rises(x: float, orders: tuple[int, ...] = orders, known: Known = known) -> bool:
                    return known(x)[orders] > 0

                found = changes(rises, grid)
                most = _some(MOST_ZEROS if count == 1 else MOST_ZEROS_OF_TWO, _part(record))
                for pair in generator.sample(found, min(len(found), most)):
                    zero = narrowed(rises, *pair)
                    near = zero if record.name in _SLOW else beside(*zero)
                    yield from ((at(x), orders) for x in near)


# Left: y*x^(y - 1) along y is x^(y - 1) + y*x^(y - 1)*log(x), which cancels.
NOT_BESIDE_ZEROS = {("pow", (1, 1))}


@pytest.mark.slow
@each
def test_derivatives_beside_their_zeros(record: Operator) -> None:
    """Between two floats a derivative passes through zero, and is right on both sides."""
    for point, orders in _zeros(record, counts(record)[-1]) if record.partials else ():
        if not in_domain(record, tuple(map(mpf, point))):
            continue
        if kinks(record, point) or _is_tiny(record, point) or (record.name, orders) in NOT_BESIDE_ZEROS:
            continue
        got = _derivatives(record, point)[orders]
        truth = difference(record, tuple(map(mpf, point)), orders)
        if not mp.isnan(truth):
            assert _is_right(record, orders, got, truth), (
                f"{record.name}{point}, {orders}: {mp.nstr(truth, 20)}, not {got!r}"
            )


def _is_singular(record: Operator, point: Point) -> bool:
    """Whether a first derivative is infinite, or no number."""
    return not all(math.isfinite(rule_value(record, point, k)) for k in range(len(point)))


def _is_tiny(record: Operator, point: Point) -> bool:
    """Whether the operator's value, or an argument, has not all its digits."""
    return any(0 < abs(x) < sys.float_info.min for x in (record.floats(*point), *point))


@each
def test_values_used_at_kinks(record: Operator) -> None:
    """A partial at a kink is not NaN, and lies between the two sides where they are numbers."""
    for point in _special(record, _part(record)):
        out = record.floats(*point)
        for number in kinks(record, point):
            for position in range(len(point)):
                if text_of(record, position) in (None, "nan"):
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
    for point in _special(record, _part(record)):
        out = record.floats(*point)
        if has_minus_zero(point):
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
                    assert ulps(got, truth) <= record.first_ulps, (
                        f"{record.name}{point} along {position}: {side} is {got!r}, not {truth}"
                    )
                checked[number] += 1
    for number, kink in enumerate(record.kinks):
        assert checked[number] or not kink.sides, f"no point tests {kink}"


def at_infinity(record: Operator, number: int) -> Iterator[tuple[Point, list[tuple[mpf, ...]]]]:
    """Points with one argument infinite, and two points on the way there."""
    seen: set[Point] = set()
    for point in drawn(record, number, "infinity"):
        for position, (low, high) in enumerate(intervals(record, len(point))):
            before, after = point[:position], point[position + 1 :]
            for sign in (1, -1):
                at = (*before, sign * math.inf, *after)
                near, far = (
                    (*map(mpf, before), sign * mpf(2) ** exponent, *map(mpf, after))
                    for exponent in (1100, 1300)
                )
                inside = in_domain(record, near) and in_domain(record, far)
                if low < high and at not in seen and inside:
                    seen.add(at)
                    yield at, [near, far]


def _limit_at_infinity(record: Operator, way: list[tuple[mpf, ...]], along: int) -> mpf:
    """Where the derivative goes; NaN where that is not seen to be a number."""
    (left, right), (far_left, far_right) = (slopes(record, point, along) for point in way)
    if not (agree(left, right) and agree(far_left, far_right)):
        return NAN
    if agree(left, far_left):
        return far_left
    return mpf(0) if abs(far_left) < abs(left) * mpf(2) ** -60 else NAN


# They oscillate ever faster, and powers of two are where they always do the same.
NO_LIMIT = {"fresnels", "fresnelc", "fresnels_derivative", "fresnelc_derivative"}


@each_compared
def test_partials_at_infinity(record: Operator, part: int) -> None:
    """Where the derivative tends to a number at infinity, the rule gives it there."""
    if record.name in NO_LIMIT:
        assert math.isnan(rule_value(record, (*[1.0] * (len(record.parameters) - 1), math.inf), -1))
        return
    for at, way in at_infinity(record, _some(4 * _part(record), part)):
        for along in range(len(at)):
            if text_of(record, along) is None:
                continue
            limit = _limit_at_infinity(record, way, along)
            if not mp.isnan(limit) and not mp.isinf(limit):
                got = rule_value(record, at, along)
                assert ulps(got, limit) <= record.first_ulps, (
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
        ("hypot", (3.0, -math.inf), 1, -1.0),
        ("pow", (0.5, math.inf), 0, 0.0),
        ("mod", (-3.0, math.inf), 1, 1.0),
        ("silu", (math.inf,), 0, 1.0),
        ("mish", (-math.inf,), 0, 0.0),
        ("acoth", (math.inf,), 0, 0.0),
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
