"""Curves over a range: where they break, what they do there, and that nothing is joined across it."""

from functools import cache
from itertools import pairwise
from math import inf, isfinite, isnan, pi

import pytest

from autodiff_cli.errors import MathError
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.operators import FAMILIES, OPERATORS, Operator
from autodiff_cli.language.parser import parse
from autodiff_cli.plots.breaks import Kind, middle
from autodiff_cli.plots.curves import Circle, Picture, picture
from autodiff_cli.plots.lines import Line

POLE, JUMP, EDGE, GAP = Kind.POLE, Kind.JUMP, Kind.EDGE, Kind.GAP
POINT, KINK, VERTICAL, BEND = Kind.POINT, Kind.KINK, Kind.VERTICAL, Kind.BEND


def line_of(formula: str, order: int = 1) -> Line:
    lowered = lower(parse(formula))
    lowered.graph.variable("x")
    return Line(lowered, {"x": 0.0}, "", "x", order)


@cache
def drawn(formula: str, low: float, high: float, order: int = 1, points: int = 160) -> Picture:
    return picture(line_of(formula, max(order, 1)), low, high, order, points)


# Formula, range, and the breaks in it with their kinds.
BREAKS = [
    ("x^2*sin(x)", (-3, 3), []),
    ("1/x", (-3, 3), [(POLE, 0)]),
    ("1/x", (0, 3), [(POLE, 0)]),
    ("1/x", (-1, 3e-9), [(POLE, 0)]),
    ("1/(x - 1)^2", (-3, 3), [(POLE, 1)]),
    ("1/((x - 1)*(x - 1))", (-3, 3), [(POLE, 1)]),
    ("1/(x^2 - 2x + 1)", (-3, 3), [(POLE, 1)]),
    ("1/(x^2 + 0.01)", (-3, 3), []),
    ("1/(x^2 + 1e-20)", (-1, 1), []),
    ("1/(x^2 - 0.2x + 0.01)", (-1, 1), [(POLE, 0.1)]),
    ("x < 0 ? 0 : 1/(x + 1e-6)", (-1, 1), [(JUMP, 0)]),
    ("tan(x)", (-5, 5), [(POLE, k * pi / 2) for k in (-3, -1, 1, 3)]),
    ("exp(tan(x))", (-2, 2), [(POLE, -pi / 2), (POLE, pi / 2)]),
    ("atan(tan(x))", (-2, 2), [(JUMP, -pi / 2), (JUMP, pi / 2)]),
    ("exp(1/x)", (-3, 3), [(POLE, 0)]),
    ("exp(-1/x^2)", (-3, 3), []),
    ("log(x)", (-1, 10), [(POLE, 0)]),
    ("log(x)", (0, 10), [(POLE, 0)]),
    ("log(x - pi)", (0, 10), [(POLE, pi)]),
    ("log(abs(x))", (-1, 1), [(POLE, 0)]),
    ("log(sin(x))", (-7, 7), [(POLE, k * pi) for k in range(-2, 3)]),
    ("log(x - 1/3)", (0, 3), [(POLE, 1 / 3)]),
    ("1/log(x)", (-1, 3), [(EDGE, 0), (POLE, 1)]),
    ("x*log(x)", (-1, 2), [(EDGE, 0)]),
    ("sqrt(x)", (-1, 4), [(EDGE, 0)]),
    ("sqrt(x - pi)", (0, 4), [(EDGE, pi)]),
    ("sqrt(4 - x^2)", (-3, 3), [(EDGE, -2), (EDGE, 2)]),
    ("acos(x)", (-1, 1), [(EDGE, -1), (EDGE, 1)]),
    ("asin(x/2 + 0.5)", (-3, 1), [(EDGE, -3), (EDGE, 1)]),
    ("abs(x)", (-3, 3), [(KINK, 0)]),
    ("abs(x) + 1e6*x", (-3, 3), [(KINK, 0)]),
    ("sqrt(x^2) + 5x", (-1, 1), [(KINK, 0)]),
    ("abs(sin(x))", (-4, 4), [(KINK, -pi), (KINK, 0), (KINK, pi)]),
    ("asin(sin(x))", (-2, 2), [(KINK, -pi / 2), (KINK, pi / 2)]),
    ("hypot(x, 0) + 3x", (-1, 1), [(KINK, 0)]),
    ("max(x, x^2)", (-2, 2), [(KINK, 0), (KINK, 1)]),
    ("relu(x) - relu(-x)", (-2, 2), []),
    ("clip(x, -1, 1)", (-2, 2), [(KINK, -1), (KINK, 1)]),
    ("x > 1 ? x^2 : x", (-1, 3), [(KINK, 1)]),
    ("x > 1 ? x^2 : 2x - 1", (-1, 3), []),
    ("x > 1 ? x^2 : x + 1", (-1, 3), [(JUMP, 1)]),
    ("0 < x < 1 ? 1 : 0", (-2, 2), [(JUMP, 0), (JUMP, 1)]),
    ("x == 0 ? 1 : x", (-1, 1), [(POINT, 0)]),
    ("floor(x)", (-1.5, 1.5), [(JUMP, -1), (JUMP, 0), (JUMP, 1)]),
    ("round(x)", (-1, 1), [(JUMP, -0.5), (JUMP, 0.5)]),
    ("mod(x, 1)", (-0.5, 1.5), [(JUMP, 0), (JUMP, 1)]),
    ("abs(floor(x) - 0.5)", (-0.5, 1.5), [(JUMP, 0)]),
    ("x*sign(x)", (-1, 1), [(KINK, 0)]),
    ("cbrt(x)", (-1, 1), [(VERTICAL, 0)]),
    ("sqrt(abs(x))", (-1, 1), [(KINK, 0)]),
    ("x^(2/3)", (-1, 1), [(EDGE, 0)]),
    ("x*abs(x)", (-1, 1), []),
    ("sin(x)/x", (-5, 5), [(GAP, 0)]),
    ("(x^2 - 1)/(x - 1)", (-3, 3), [(GAP, 1)]),
    ("(1 - cos(x))/x^2", (-5, 5), [(GAP, 0)]),
    ("sin(1/x)", (-1, 1), [(Kind.OSCILLATION, 0)]),
    ("x*sin(1/x)", (-1, 1), [(GAP, 0)]),
    ("x^x", (-2.5, 3), [(POINT, -2), (POINT, -1), (EDGE, 0)]),
    ("tanh(1e9*x)", (-1, 1), []),
    ("atan(1e6*x)", (-1, 1), []),
    ("1e12 + floor(x)", (-1.5, 0.5), [(JUMP, -1), (JUMP, 0)]),
    ("(1e8 + abs(x)) - 1e8", (-1, 1), [(KINK, 0)]),
    ("exp(x)", (0, 1000), []),
    ("erfinv(x)", (-1, 1), [(POLE, -1), (POLE, 1)]),
    ("1000 + log(x)", (0, 1), [(POLE, 0)]),
    ("floor(x)", (1e15, 1e15 + 3.5), [(JUMP, 1e15 + k) for k in range(4)]),
    ("1/(x - 1e15 - 5)", (1e15, 1e15 + 10), [(POLE, 1e15 + 5)]),
    ("exp(-((x - 1e15)/2.5)^16)/(x - 1e15)", (1e15 - 300, 1e15 + 300), [(POLE, 1e15)]),
    ("abs(x)", (-1e-310, 1e-310), [(KINK, 0)]),
    ("abs(x - 1e299)", (-1e300, 1e300), [(KINK, 1e299)]),
    ("3", (0, 1), []),
]


@pytest.mark.parametrize(("formula", "ends", "expected"), BREAKS, ids=lambda value: str(value)[:40])
def test_breaks_are_found_and_told_apart(
    formula: str, ends: tuple[float, float], expected: list[tuple[Kind, float]]
) -> None:
    found = drawn(formula, *ends)
    assert [mark.kind for mark in found.marks] == [kind for kind, _ in expected]
    for mark, (_, x) in zip(found.marks, expected, strict=True):
        assert mark.x == pytest.approx(x, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("formula", [formula for formula, *_ in BREAKS if formula != "3"])
def test_no_segment_leads_across_a_break(formula: str) -> None:
    """Between neighbouring points of a segment there is a value, and it is not far from both."""
    low, high = next(ends for other, ends, _ in BREAKS if other == formula)
    line, found = line_of(formula), drawn(formula, low, high)
    joined = (Kind.KINK, Kind.VERTICAL, Kind.BEND)
    closed = [mark.x for mark in found.marks if mark.kind not in joined]
    for curve in found.curves:
        for segment in curve.segments:
            assert len(segment) > 1
            assert all(a[0] <= b[0] for a, b in pairwise(segment))
            assert all(low <= x <= high and isfinite(y) for x, y in segment)
            assert not any(segment[0][0] < x < segment[-1][0] for x in closed)
            for (a, _), (b, _) in pairwise(segment):
                between = a + 0.3 * (b - a)
                assert not a < between < b or isfinite(line(between).numbers[curve.order])


def test_points_are_values_and_derivatives() -> None:
    line, found = line_of("x^2*sin(x)", 2), drawn("x^2*sin(x)", -3, 3, 2)
    for curve in found.curves:
        (segment,) = curve.segments
        assert segment[0][0] == -3
        assert segment[-1][0] == 3
        assert all(y == line(x).numbers[curve.order] for x, y in segment)


def test_an_edge_at_the_end_of_the_range_is_there() -> None:
    assert drawn("asin(x/2 + 0.5)", -3, 1).marks[1].x == 1.0


@pytest.mark.parametrize("formula", ["log(x)", "log(log(x))", "log(sin(x))"])
def test_no_derivative_where_there_is_no_value(formula: str) -> None:
    """As of log(x) left of 0, where its derivative's formula 1/x has values."""
    line = line_of(formula)
    for curve in drawn(formula, -2, 2).curves:
        assert not any(isnan(line(x).numbers[0]) for s in curve.segments for x, _ in s)


def test_both_sides_of_a_kink() -> None:
    found = drawn("x > 1 ? x^2 : x", -1, 3)
    (mark,) = found.marks
    assert mark.sides[0] == (1.0, 1.0, 1.0)
    assert (mark.sides[1].left, mark.sides[1].right) == (1.0, 2.0)
    function, derivative = found.curves
    assert len(function.segments) == 1
    assert (1.0, 1.0) in function.segments[0]
    assert [(c.x, c.y, c.is_filled) for c in derivative.circles] == [(1, 1, False), (1, 2, False)]
    left, right = derivative.segments
    assert left[-1] == (1.0, 1.0)
    assert right[0] == (1.0, 2.0)


def test_both_sides_of_a_jump() -> None:
    function, derivative = drawn("floor(x)", -0.5, 0.5).curves
    assert [(c.y, c.is_filled) for c in function.circles] == [(-1, False), (0, True)]
    assert [[point[1] for point in s[:1] + s[-1:]] for s in function.segments] == [[-1, -1], [0, 0]]
    # Both slopes are 0, and yet there is no derivative between them.
    assert [(c.y, c.is_filled) for c in derivative.circles] == [(0, False)]
    assert len(derivative.segments) == 2


def test_an_edge_has_its_value_and_a_gap_its_limit() -> None:
    edge, slope = drawn("sqrt(x)", -1, 4).curves
    assert [(c.x, c.y, c.is_filled) for c in edge.circles] == [(0, 0, True)]
    assert edge.segments[0][0] == (0.0, 0.0)
    assert slope.asymptotes == [0.0]
    gap = drawn("sin(x)/x", -5, 5).curves[0]
    assert [(c.x, c.y, c.is_filled) for c in gap.circles] == [(0, 1, False)]
    assert drawn("x*log(x)", -1, 2).curves[0].circles == [(0, 0, False)]


def test_a_limit_that_rounding_hides_is_that_of_the_values_around() -> None:
    (mark,) = drawn("(1 - cos(x))/x^2", -5, 5).marks
    assert mark.sides[0].left == mark.sides[0].right == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("formula", "limit"),
    [
        ("(x - sin(x))/x^3", 1 / 6),
        ("(x - tan(x))/x^3", -1 / 3),
        ("(asin(x) - x)/x^3", 1 / 6),
        ("(exp(x) - 1 - x)/x^2", 0.5),
        ("(log(1 + x) - x)/x^2", -0.5),
    ],
)
@pytest.mark.parametrize("end", [0.5, 0.7, 0.9])
def test_rounding_is_no_pole(formula: str, limit: float, end: float) -> None:
    """Close to 0 the values are rounding alone, which grows as a pole does."""
    (mark,) = drawn(formula, -end, end).marks
    assert mark.kind is GAP
    assert mark.sides[0].left == mark.sides[0].right == pytest.approx(limit, abs=1e-4)


@pytest.mark.parametrize(
    ("formula", "kind"),
    [
        ("sin(1/x)", Kind.OSCILLATION),
        ("cos(1/x)", Kind.OSCILLATION),
        ("sin(1/x^2)", Kind.OSCILLATION),
        ("sin(3/x) + x", Kind.OSCILLATION),
        ("x*sin(1/x)", GAP),
        ("sqrt(abs(x))*sin(1/x)", GAP),
    ],
)
def test_oscillations_that_die_away_have_a_limit_and_others_have_none(formula: str, kind: Kind) -> None:
    for i in range(12):
        end = 0.3 * 1.57**i
        assert [m.kind for m in drawn(formula, -end, 1.1 * end, 0, 60).marks] == [kind], end


def test_poles_have_the_signs_of_their_sides() -> None:
    (odd,), (even,) = (drawn(formula, -3, 3).marks for formula in ("1/x", "1/x^2"))
    assert (odd.sides[0].left, odd.sides[0].right) == (-inf, inf)
    assert (even.sides[0].left, even.sides[0].right) == (inf, inf)
    (one_sided,) = drawn("exp(1/x)", -3, 3).marks
    assert (one_sided.sides[0].left, one_sided.sides[0].right) == (0.0, inf)


@pytest.mark.parametrize(
    ("formula", "sides"),
    [
        ("x < 0 ? 1/x : 1/(x + 1)", (-inf, 1.0, 1.0)),
        ("x > 0 ? 1/x : x - 1", (-1.0, -1.0, inf)),
        ("x < 0 ? -0.001*log(-x) : 5", (inf, 5.0, 5.0)),
        ("x == 0 ? 5 : 1/x", (-inf, 5.0, inf)),
        ("x == 0 ? -1e-9 : 1/x^2", (inf, -1e-9, inf)),
    ],
)
def test_a_value_beside_a_pole_is_kept(formula: str, sides: tuple[float, float, float]) -> None:
    (mark,) = drawn(formula, -1, 1).marks
    assert mark.kind is POLE
    assert mark.sides[0] == sides
    assert Circle(0.0, sides[1], True) in drawn(formula, -1, 1).curves[0].circles


def test_a_derivative_without_limits_is_no_kink() -> None:
    """It is 0 at 0, where it has no limit."""
    (mark,) = drawn("x == 0 ? 0 : x^2*sin(1/x)", -1, 1).marks
    assert mark.kind is Kind.TREMOR
    function, derivative = drawn("x == 0 ? 0 : x^2*sin(1/x)", -1, 1).curves
    assert len(function.segments) == 1
    assert len(derivative.segments) == 2


def test_both_sides_of_a_double_pole_that_rounding_hides_are_infinite() -> None:
    (mark,) = drawn("1/(x^2 - 0.2x + 0.01)", -1, 1).marks
    assert (mark.sides[0].left, mark.sides[0].right) == (inf, inf)


def test_the_second_derivative_has_breaks_of_its_own() -> None:
    (mark,) = drawn("x*abs(x)", -1, 1, 2).marks
    assert mark.kind is BEND
    assert (mark.sides[2].left, mark.sides[2].right) == (-2.0, 2.0)
    function, first, second = drawn("x*abs(x)", -1, 1, 2).curves
    assert (len(function.segments), len(first.segments), len(second.segments)) == (1, 1, 2)


@pytest.mark.parametrize(
    "formula", ["1/x", "tan(x)", "1/(x - 1)^2", "log(x)", "exp(1/x)", "1/(1e-9 + 0*x)/x"]
)
def test_a_pole_does_not_squash_the_picture(formula: str) -> None:
    """Half of the values fill a good part of the window."""
    line, found = line_of(formula), drawn(formula, -3, 3)
    low, high = found.curves[0].window
    values = sorted(filter(isfinite, (line(-3 + 6 * i / 500).numbers[0] for i in range(501))))
    quarter = len(values) // 4
    assert values[-1 - quarter] - values[quarter] > 0.1 * (high - low)


@pytest.mark.parametrize("formula", ["x*exp(1/x)", "exp(1/x)/x"])
def test_a_derivative_that_overflows_at_a_pole_does_not_squash_the_picture(formula: str) -> None:
    for curve in drawn(formula, -1, 1).curves:
        assert curve.window[1] - curve.window[0] < 1000
        assert curve.asymptotes == [0.0]


@pytest.mark.parametrize("formula", ["log(1 + x)/x", "(sqrt(1 + x) - 1)/x"])
def test_rounding_beside_a_gap_is_not_seen(formula: str) -> None:
    """The grid has a point at 5.6e-17, where the derivative is computed as -1e16."""
    function, derivative = drawn(formula, -0.5, 1).curves
    assert function.window[0] > 0.4
    assert derivative.window[0] > -2


def test_without_a_pole_all_is_seen() -> None:
    for formula in ("x^10", "1/(x^2 + 1e-4)", "exp(5x)"):
        curve = drawn(formula, -3, 3).curves[0]
        assert curve.window[1] == max(y for segment in curve.segments for _, y in segment)


def test_bends_get_points_and_straight_lines_do_not() -> None:
    straight = drawn("3x + 1", -1, 1).curves[0].segments[0]
    bent = drawn("1/(x^2 + 1e-4)", -1, 1).curves[0].segments[0]
    assert len(straight) <= 160
    near = [x for x, _ in bent if abs(x) < 0.05]
    assert len(near) > 3 * 160 * 0.05
    height = max(y for _, y in bent)
    for (a, f), (b, g) in pairwise(bent):
        between = 1 / ((a + b) ** 2 / 4 + 1e-4)
        assert abs(between - (f + g) / 2) < 0.004 * height


@pytest.mark.parametrize("formula", ["floor(1/x)", "sign(sin(500*x))", "1/sin(1/x)", "mod(1/x, 1)"])
def test_too_many_breaks_are_told_and_not_joined(formula: str) -> None:
    found = drawn(formula, -1, 1)
    assert any("more breaks" in note for note in found.notes)
    assert len(found.marks) <= 220
    line = line_of(formula)
    for segment in found.curves[0].segments:
        for (a, _), (b, _) in pairwise(segment):
            between = a / 2 + b / 2
            assert not a < between < b or isfinite(line(between).numbers[0])


def test_where_there_is_nothing_to_draw() -> None:
    for formula in ("sqrt(-1 - x^2)", "nan*x", "log(x)"):
        with pytest.raises(MathError, match="nothing to draw"):
            drawn(formula, -3, -1)


def test_overflow_is_told() -> None:
    assert any("too large" in note for note in drawn("exp(x)", 0, 1000).notes)
    assert drawn("exp(1/x)", -3, 3).notes == []


def test_large_formulas_are_sampled_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autodiff_cli.plots.curves._MOST_OPERATIONS", 3000)
    line = line_of("abs(sin(7x))*exp(x)")
    found = picture(line, 0, 1, 1, 160)
    assert found.notes[0].endswith("more would take too long")
    assert sum(len(s) for s in found.curves[0].segments) < 3 * 3000 / line.cost
    assert [mark.kind for mark in found.marks] == [KINK, KINK, KINK]


def test_special_functions_are_more_work() -> None:
    assert line_of("bessely(0, x)").cost > 100 * line_of("sin(x) + cos(x)").cost
    assert line_of("gamma(x)").cost > 10 * line_of("sin(x)").cost


def test_the_middle_of_floats() -> None:
    assert middle(-1.0, 1.0) == 0.0
    assert middle(0.0, 5e-324) in (0.0, 5e-324)
    assert middle(1.0, 1.0000000000000002) in (1.0, 1.0000000000000002)
    assert 0 < middle(0.0, 1.0) < 1e-100


SINGLE = [o for o in OPERATORS if len(o.parameters) == 1 and not o.variadic]
_SPECIAL = {
    o for name in ("gamma functions", "error functions, normal distribution") for o in FAMILIES[name]
}
_SPECIAL |= set(FAMILIES["integrals, inverses"])
_SLOW = [o.name for o in SINGLE if o in _SPECIAL]


@pytest.mark.parametrize("operator", [o for o in SINGLE if o.name not in _SLOW], ids=lambda o: o.name)
def test_every_record_tells_its_breaks(operator: Operator) -> None:
    _check_record(operator.name)


@pytest.mark.slow
@pytest.mark.parametrize("name", _SLOW)
def test_slow_records_tell_their_breaks(name: str) -> None:
    _check_record(name)


def _check_record(name: str) -> None:
    """No segment has a point outside the domain, and values beside no mark differ by little."""
    line, found = line_of(f"{name}(x)"), drawn(f"{name}(x)", -5.25, 7.5, points=60)
    for segment in found.curves[0].segments:
        (low, _), (high, _) = segment[0], segment[-1]
        values = [line(low + (high - low) * i / 997).numbers[0] for i in range(1, 997)]
        assert all(map(isfinite, values))
    for mark in found.marks:
        assert mark.kind is POINT or any(not sides.agree for sides in mark.sides)
