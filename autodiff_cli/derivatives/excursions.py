"""How far a value moves where its operands are wrong by much: beyond first order.

Loaded only where an error is large. Of waves it is known. Other kernels are asked for the values at
the ends of the operands' errors, and at the numbers between them where functions have branch points,
poles and turns. Where a function may oscillate between the ends, it is asked for some values there.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import asin, ceil, inf, isfinite, isinf, nextafter, pi, sin, sqrt, tan, ulp

from autodiff_cli.graph.operators import BY_NAME, FAMILIES, Operator
from autodiff_cli.numbers import floats

# More operands than that are not moved to the ends of their errors together.
_MOST_MOVED = 3

# Branch points, poles and turns of most functions; whole numbers are looked at, too.
_LANDMARKS = (0.0, 1.0, -1.0)

# How many values between the ends are tried, and how much farther than these the farthest may be.
_TRIED, _FARTHER = 16, 1.5
# The fractions of their multiples spread evenly over the errors of three operands.
_SPREAD = (0.8191725133961645, 0.6710436067037893, 0.5497004779019703)

# An edge of a domain is found to the last bit after so many halvings.
_HALVINGS = 60

# From here on waves are what their leading terms say.
_FAR = 100.0

_MOD = BY_NAME["mod"]
_EQUALITIES = frozenset({BY_NAME["eq"], BY_NAME["ne"]})
_Kernel = Callable[..., float]
_Point = Sequence[float]


def excursion(
    operator: Operator,
    values: _Point,
    out: float,
    errors: Sequence[float],
    partials: Sequence[float | None],
    is_wide: bool,
) -> tuple[float, float]:
    """How far the value may move in all, and how far beyond what the partials say.

    `is_wide` where an error is a good part of the way over which functions turn.
    """
    if operator in _EQUALITIES:
        moved = float(abs(values[0] - values[1]) <= sum(errors))
        return moved, moved
    if sum(map(bool, errors)) > _MOST_MOVED:
        return max(errors), inf
    circular = _CIRCULAR.get(operator)
    if circular is not None:
        return circular(out, errors[0])
    if operator is _MOD:
        # Linear up to the next multiple of the divisor.
        passes = _passes_step(values, out, errors)
        return (abs(values[1]) + errors[1], inf) if passes else (inf, 0.0)
    if not (operator.kinks or all(map(isfinite, errors))):
        return inf, inf
    wave = _WAVES.get(operator)
    *of_orders, error = errors
    if wave is not None and abs(values[-1]) > max(_FAR, 2 * error) and not any(of_orders):
        return _of_wave(*wave(values), error)
    return _of_kernel(operator, values, out, errors, partials, is_wide and operator in _OSCILLATING)


# -- Known functions -----------------------------------------------------------------------------


def _of_sine(out: float, error: float) -> tuple[float, float]:
    """Of sin and cos, whose slopes are at most 1."""
    return min(error, 1.0 + abs(out)), error * error / 2


def _of_tangent(out: float, error: float) -> tuple[float, float]:
    """Of tan and cot: tan(x + e) - tan(x) = tan(e)*(1 + tan(x)^2)/(1 - tan(x)*tan(e))."""
    step = tan(error) if error < pi / 2 else inf
    left, slope = 1.0 - abs(out) * step, 1.0 + out * out
    if not left > 0:
        return inf, inf
    moved = step * slope / left
    return moved, max(0.0, moved - slope * error)


def _of_secant(out: float, error: float) -> tuple[float, float]:
    """Of sec and csc, by the way to the next pole."""
    way = asin(1.0 / abs(out)) if abs(out) > 1 else pi / 2
    if way <= error:
        return inf, inf
    moved = 1.0 / sin(way - error) - 1.0 / sin(way)
    return moved, max(0.0, moved - error * abs(out) * sqrt(max(0.0, out * out - 1.0)))


_CIRCULAR = {
    BY_NAME["sin"]: _of_sine,
    BY_NAME["cos"]: _of_sine,
    BY_NAME["tan"]: _of_tangent,
    BY_NAME["cot"]: _of_tangent,
    BY_NAME["sec"]: _of_secant,
    BY_NAME["csc"]: _of_secant,
}


def _of_wave(amplitude: float, turn: float, error: float) -> tuple[float, float]:
    """Of a wave with an amplitude, by the way over which it turns by a radian."""
    turned, height = error / turn, _FARTHER * abs(amplitude)
    return height * min(turned, 2.0), height * turned * turned / 2


def _sinc(values: _Point) -> tuple[float, float]:
    *order, x = values
    return pi ** (order[0] - 1 if order else -1) / x, 1 / pi


def _integral(values: _Point) -> tuple[float, float]:
    return 1 / values[-1], 1.0


def _fresnel(values: _Point) -> tuple[float, float]:
    *order, x = values
    turn = 1 / (pi * abs(x))
    return turn ** (1 - order[0] if order else 1), turn


def _bessel(values: _Point) -> tuple[float, float]:
    order, x = values
    return (sqrt(2 / (pi * abs(x))) if order * order < abs(x) else inf), 1.0


# Amplitude and turn of waves far out.
_WAVES: dict[Operator, Callable[[_Point], tuple[float, float]]] = {
    BY_NAME[name]: wave
    for wave, names in {
        _sinc: ("sinc", "sinc_derivative"),
        _integral: ("si", "si_derivative", "ci"),
        _fresnel: ("fresnels", "fresnelc", "fresnels_derivative", "fresnelc_derivative"),
        _bessel: ("besselj", "bessely"),
    }.items()
    for name in names
}


_GAMMA = frozenset(FAMILIES["gamma functions"])
_OSCILLATING = frozenset({*_GAMMA, *FAMILIES["Bessel functions"], *_WAVES})


def _passes_step(values: _Point, out: float, errors: Sequence[float]) -> bool:
    """Whether a remainder may be on the other side of a multiple of the divisor."""
    (x, y), (of_x, of_y) = values, errors
    way = of_x + (abs(x / y) + 1.0) * of_y if of_y and y else of_x
    return abs(out) <= way or abs(y) - abs(out) <= way


# -- Kernels -------------------------------------------------------------------------------------


def _of_kernel(
    operator: Operator,
    values: _Point,
    out: float,
    errors: Sequence[float],
    partials: Sequence[float | None],
    oscillates: bool,
) -> tuple[float, float]:
    """The same of any function, from values of its kernel around the operands."""
    # An error may be less than the way to the next float, and a step may lie there.
    reach = [_reach(v, e) if e else 0.0 for e, v in zip(errors, values, strict=True)]
    points = [*_ends(values, errors, reach), *(_between(values, errors) if oscillates else ())]
    found = _moves(_with_poles(operator), points, values, out, partials)
    moved, beyond = max(m for m, _ in found), max(b for _, b in found)
    if oscillates:
        return _FARTHER * moved, inf
    share = max((max(e / r, ulp(0.0)) for e, r in zip(errors, reach, strict=True) if e), default=1.0)
    if share == 1 or operator.kinks:
        return moved, beyond
    if isinf(moved):
        # A float nearby is at a pole, and the error less than the way there: a pole of second order.
        away = max((m for m, _ in found if 0 < m < inf), default=inf)
        return 4 * share * away / (1 - share) ** 2, inf
    if isinf(beyond):
        return sqrt(share) * moved, inf  # at a branch point, with a square root
    # Between neighbours functions are convex or concave, and so is what is beyond first order.
    return share * moved, share * beyond


def _with_poles(operator: Operator) -> _Kernel:
    """The kernel, infinite where gamma functions have a pole of two signs and no value."""
    kernel = operator.floats
    if operator not in _GAMMA:
        return kernel

    def with_poles(*point: float) -> float:
        value = kernel(*point)
        return value if value == value else inf

    return with_poles


def _reach(value: float, error: float) -> float:
    """The error, or the next whole number of units in the last place."""
    unit = ulp(value)
    # A quotient may underflow, and the next float is one unit away all the same.
    return max(ceil(error / unit), 1) * unit if error < 2**20 * unit else error


def _ends(values: _Point, errors: Sequence[float], reach: Sequence[float]) -> Iterator[_Point]:
    """The operands at the ends of their errors, and at landmarks within, all together."""
    yield from product(*map(_along, values, errors, reach))


def _along(value: float, error: float, reach: float) -> list[float]:
    if not error:
        return [value]
    within = {
        mark for mark in (*_LANDMARKS, floats.nearest(value)) if value - error < mark < value + error
    }
    low, high = value - reach, value + reach
    # Above a power of 2 units are larger, and sums are rounded.
    low = low if value - low >= error else nextafter(low, -inf)
    high = high if high - value >= error else nextafter(high, inf)
    return [value, low, high, *within]


def _between(values: _Point, errors: Sequence[float]) -> Iterator[_Point]:
    """The operands at some places between the ends of their errors."""
    for count in range(1, _TRIED + 1):
        yield [
            v + e * (2 * (count * spread % 1.0) - 1)
            for v, e, spread in zip(values, errors, (*_SPREAD, *_SPREAD), strict=False)
        ]


def _moves(
    kernel: _Kernel,
    points: Sequence[_Point],
    values: _Point,
    out: float,
    partials: Sequence[float | None],
) -> list[tuple[float, float]]:
    """How far the value moves to each point, in all and beyond first order."""
    found: list[tuple[float, float]] = []
    for end in points:
        point, there = end, kernel(*end)
        if there != there:
            point = _edge(kernel, values, end)
            there = kernel(*point)
        moved = there - out
        first = sum(p * (x - v) for p, x, v in zip(partials, point, values, strict=True) if p and x != v)
        beyond = abs(moved - first)
        found.append((abs(moved), beyond if beyond == beyond else inf))
    return found


def _edge(kernel: _Kernel, inside: _Point, outside: _Point) -> _Point:
    """The last point with a value on the way from one that has one to one that has none."""
    near, far = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        value = kernel(*_on_the_way(inside, outside, middle))
        near, far = (middle, far) if value == value else (near, middle)
    return _on_the_way(inside, outside, near)


def _on_the_way(start: _Point, end: _Point, part: float) -> list[float]:
    return [s if s == e else s + part * (e - s) for s, e in zip(start, end, strict=True)]
