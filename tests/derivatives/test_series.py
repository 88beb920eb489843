"""Truncated power series: coefficients against Arb's and mpmath's, and what they cost."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import pytest
from flint import arb, arb_series, ctx
from mpmath import mp, mpf
from operator_truth import exact

from autodiff_cli.derivatives.series import Coefficients, expand
from autodiff_cli.graph.arena import FLOATS, Graph, NumberSystem
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.operators import OPERATORS, Operator
from autodiff_cli.graph.rules import rule, value
from autodiff_cli.language.parser import parse

SMOOTH = [
    record
    for record in OPERATORS
    if len(record.parameters) == 1 and record.partials and not record.variadic
]
POINTS = (-2.25, -0.7, 0.3, 0.9, 1.7, 5.5)
ORDER = 20

# Coefficients are within so many units in the last place of their natural size, on so many points.
ULPS = 64
# Where a pole at 0 gives the coefficients of high order, and exp(x) the size of the value.
LOSING = {"chi": 1024, "li": 256}


def series(text: str, order: int, x: float, **others: float) -> list[float]:
    lowered = lower(parse(text))
    graph = lowered.graph
    moved = graph.variable("x")
    variables = {node: {"x": x, **others}[name] for name, node in graph.variables.items()}
    found = expand(graph, [lowered.output], order, variables, {moved: 1.0})
    return filled(found[lowered.output], order)


def filled(found: Coefficients, order: int) -> list[float]:
    return [0.0 if k >= len(found) or found[k] is None else found[k] for k in range(order + 1)]


def natural_sizes(truths: Sequence[mpf]) -> list[mpf]:
    """The greatest coefficient nearby, carried along at the rate at which they grow or shrink.

    So a coefficient that is small by chance, or 0 as every other one of sin, is measured by those
    next to it.
    """
    sizes, found = [abs(c) for c in truths], []
    for k in range(len(sizes)):
        first, last = max(0, k - 4), min(len(sizes), k + 5)
        before, after = max(sizes[first : k + 1]), max(sizes[k:last])
        growth = (after / before) ** mpf(0.25) if before and after else mpf(1)
        found.append(max(sizes[j] * growth ** (k - j) for j in range(first, last)))
    return found


def worst_ulps(got: Sequence[float], truths: Sequence[mpf]) -> float:
    """The largest error, in units in the last place of natural sizes."""
    largest = max(map(abs, truths))
    worst = 0.0
    for k, (c, truth, size) in enumerate(zip(got, truths, natural_sizes(truths), strict=True)):
        if size <= largest * mpf(10) ** -100:
            assert c == 0, f"order {k}: the truth is 0 but for rounding"
        else:
            worst = max(worst, float(abs(mpf(c) - truth) / size) * 2**53)
    return worst


def interpolated(function: Callable[[mpf], mpf], x: float, order: int) -> list[mpf]:
    """Taylor coefficients from values alone, at points so close, and with so many bits, that the
    polynomial through them has those of the function to more digits than a float."""
    degree, bits = order + 4, 42
    with mp.workprec(bits * (degree + 2) + 200):
        h = mpf(2) ** -bits
        steps = [mpf(j - degree // 2) for j in range(degree + 1)]
        d = [function(mpf(x) + j * h) for j in steps]
        for m in range(1, degree + 1):
            for i in range(degree, m - 1, -1):
                d[i] = (d[i] - d[i - 1]) / (steps[i] - steps[i - m])
        polynomial = [d[degree]]
        for i in range(degree - 1, -1, -1):
            times = [mpf(0), *polynomial]
            for k, c in enumerate(polynomial):
                times[k] -= c * steps[i]
            times[0] += d[i]
            polynomial = times
        return [polynomial[k] / h**k for k in range(order + 1)]


def is_inside(record: Operator, x: float) -> bool:
    ((low, high),) = record.samples.values()
    domain = not record.domain or value(rule(record, record.domain, 1), (x,), 0.0) == 1.0
    return low < x < high and domain


@pytest.mark.parametrize("record", SMOOTH, ids=lambda record: record.name)
def test_every_smooth_function(record):
    graph = Graph()
    x = graph.variable("x")
    y = graph.apply(record, (x,))
    checked = 0
    for point in POINTS:
        if is_inside(record, point):
            got = filled(expand(graph, [y], ORDER, {x: point}, {x: 1.0})[y], ORDER)
            truths = interpolated(lambda v: exact(record, (v,)), point, ORDER)
            assert worst_ulps(got, truths) <= LOSING.get(record.name, ULPS), point
            checked += 1
    assert checked >= 1


def by_arb(function: Callable[[arb_series], arb_series], x: float, order: int) -> list[mpf]:
    with ctx.workprec(400):
        kept = ctx.cap
        ctx.cap = order + 1
        try:
            found = function(arb_series([arb(x), 1]))
            coefficients = [found[k] for k in range(order + 1)]
        finally:
            ctx.cap = kept
    for c in coefficients:
        assert c.rel_accuracy_bits() > 100 or c.contains(0)
    return [mpf(0) if c.contains(0) else mp.make_mpf(c.mid()._mpf_) for c in coefficients]


# The rule of lambertw divides by x, and 0 is nearer than the function's own singular point -1/e:
# rounding errors grow faster than the coefficients fall.
NEARER_POLE = 2.0**20

COMPOSED = {
    "exp(sin(x))": lambda x: x.sin().exp(),
    "exp(-x^2)": lambda x: (-x * x).exp(),
    "log(1 + x^2)": lambda x: (x * x + 1).log(),
    "sqrt(1 + x^2)": lambda x: (x * x + 1).sqrt(),
    "tan(x)/(2 + cos(x))": lambda x: x.tan() / (x.cos() + 2),
    "sin(x)^2*cos(3x)": lambda x: x.sin() * x.sin() * (x * 3).cos(),
    "atan(x)^5": lambda x: x.atan() * x.atan() * x.atan() * x.atan() * x.atan(),
    "(1 + x)^2.5": lambda x: (x + 1).sqrt() * (x + 1) * (x + 1),
    "(2 + x)^(x/3)": lambda x: ((x + 2).log() * x / 3).exp(),
    "2^(x^2)": lambda x: (x * x * arb(2).log()).exp(),
    "lgamma(x + 3)": lambda x: (x + 3).lgamma(),
    "gamma(x + 3)": lambda x: (x + 3).gamma(),
    "erf(x)": lambda x: x.erf(),
    "erfi(x/2)": lambda x: (x / 2).erfi(),
    "1/(1 + exp(-x))": lambda x: 1 / ((-x).exp() + 1),
    "sigmoid(x)": lambda x: 1 / ((-x).exp() + 1),
    "asin(x/4)": lambda x: (x / 4).asin(),
    "cosh(x)*sinh(x)": lambda x: ((x * 2).exp() - (x * -2).exp()) / 4,
    "lambertw(2 + x)": lambda x: (x + 2).lambertw(),
    "li(3 + x)": lambda x: (x + 3).li(),
    "si(x + 1)": lambda x: (x + 1).si(),
}


@pytest.mark.parametrize("x", [0.0, 0.5, -0.375])
@pytest.mark.parametrize("text", COMPOSED)
def test_order_50_of_compositions(text, x):
    bound = NEARER_POLE if text.startswith("lambertw") else 512
    assert worst_ulps(series(text, 50, x), by_arb(COMPOSED[text], x, 50)) <= bound


def test_known_coefficients():
    assert series("exp(x)", 5, 0.0) == [1, 1, 1 / 2, 1 / 6, 1 / 24, 1 / 120]
    assert series("1/(1 - x)", 30, 0.0) == [1.0] * 31
    assert series("x^3", 6, 2.0) == [8, 12, 6, 1, 0, 0, 0]
    assert series("(1 + x)^20", 20, 0.0) == [float(math.comb(20, k)) for k in range(21)]
    binomials = [math.comb(60, k) for k in range(51)]
    assert series("(1 + x)^60", 50, 0.0) == pytest.approx(binomials, rel=1e-14)
    assert series("sqrt(1 + 4x)", 4, 0.0) == [1, 2, -2, 4, -10]
    assert series("7", 3, 1.0) == [7, 0, 0, 0]
    assert series("y", 3, 1.0, y=2.0) == [2, 0, 0, 0]


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 13])
@pytest.mark.parametrize("x", [0.0, 1e-12, -1e-5])
def test_whole_powers_of_what_is_almost_0(n, x):
    """A recurrence that divides by the base would lose every digit here."""
    truths = by_arb(lambda v: math.prod([v.sin()] * n), x, 20)
    got = series(f"sin(x)^{n}", 20, x)
    for k, (c, truth) in enumerate(zip(got, truths, strict=True)):
        assert abs(mpf(c) - truth) <= 64 * 2**-53 * (abs(truth) + abs(x) / math.factorial(k)), k


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x^2.5", [0, 0, 0, None]),
        ("(x^2)^2.25", [0, 0, 0, 0, 0, None]),
        ("x^40", [0] * 11),
        ("x^-1", [math.inf, None]),
        ("0^(x + 1)", [0] * 11),
        ("x^0", [1] + [0] * 10),
        ("(x^2)^0.25", [0, None]),
    ],
)
def test_powers_of_0(text, expected):
    """0 as long as it is 0, and then no number where there is no series."""
    got = series(text, 10, 0.0)
    for c, wanted in zip(got, expected, strict=False):
        assert c != c if wanted is None else c == wanted


def test_branches_not_taken_do_not_leak():
    assert series("where(x > 0, sqrt(x), x^2)", 3, -2.0) == [4, -4, 1, 0]
    assert series("x > 0 ? x^2 : log(x - 5)", 3, 2.0) == [4, 4, 1, 0]
    assert series("max(x, sqrt(-x - 5))", 2, 1.0)[1:] != [1, 0]  # a NaN in is a NaN out
    assert series("max(x, sqrt(x - 1))", 3, 1.0) == [1, 1, 0, 0]
    assert series("clip(sqrt(x), 1, 2)", 3, 0.0) == [1, 0, 0, 0]
    assert series("relu(x)^2 + abs(x)", 3, -1.0) == [1, -1, 0, 0]


def test_several_variables_along_a_line():
    """f(x + t*v) by the binomial theorem."""
    lowered = lower(parse("(x + 2y)^5*x"))
    graph = lowered.graph
    x, y = graph.variables["x"], graph.variables["y"]
    found = expand(graph, [lowered.output], 6, {x: 1.0, y: 0.0}, {x: 1.0, y: 0.5})
    assert found[lowered.output] == [1, 11, 50, 120, 160, 112, 32]


def test_other_number_systems():
    """Exact fractions go through the same recurrences."""
    lowered = lower(parse("1/(1 + x^2)*(x - 3)"))
    graph = lowered.graph
    kernels = {
        record: lambda *a, f=record.name: {
            "add": lambda a, b: a + b,
            "sub": lambda a, b: a - b,
            "mul": lambda a, b: a * b,
            "div": lambda a, b: a / b,
            "pow": lambda a, b: a ** int(b),
        }[f](*a)
        for record in OPERATORS
    }
    system = NumberSystem(kernels, lambda g, n: Fraction(g.constants[n]), None)
    x = graph.variables["x"]
    found = expand(graph, [lowered.output], 6, {x: Fraction(0)}, {x: Fraction(1)}, system)
    assert found[lowered.output] == [-3, 1, 3, -1, -3, 1, 3]


class Counted(float):
    """A float that counts the operations that are done with it."""

    count = 0


def _counting(name: str) -> Callable[..., "Counted"]:
    plain = getattr(float, name)

    def operation(self: float, *others: float) -> Counted:
        Counted.count += 1
        return Counted(plain(self, *map(float, others)))

    return operation


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "neg"):
    setattr(Counted, f"__{_name}__", _counting(f"__{_name}__"))


def cost(text: str, order: int) -> tuple[int, int]:
    """How many operations on numbers a series takes, and how many nodes it appends."""
    lowered = lower(parse(text))
    graph = lowered.graph
    kernels = {
        record: lambda *a, kernel=record.floats: Counted(kernel(*map(float, a))) for record in OPERATORS
    }
    system = NumberSystem(kernels, lambda g, n: Counted(g.constants[n]), FLOATS.unknown)
    before, Counted.count = len(graph), 0
    x = graph.variables["x"]
    variables = {node: Counted(0.5) for node in graph.variables.values()}
    expand(graph, [lowered.output], order, variables, {x: Counted(1.0)}, system)
    return Counted.count, len(graph) - before


@pytest.mark.parametrize(
    "text",
    [
        "exp(sin(x))",
        "x/(1 + x^2)^1.5",
        "tan(tan(x))",
        "lambertw(x)",
        "log(x)*exp(x)",
        "x^x",
    ],
)
def test_cost_grows_with_the_square_of_the_order(text):
    operations, nodes = cost(text, 25)
    more, as_many = cost(text, 50)
    assert more <= 4.2 * operations
    assert as_many <= nodes + 4


@pytest.mark.parametrize(
    "text",
    ["sinc(x)", "lgamma(x + 1)", "besselj(0, x)", "besselk(n, x)", "fresnels(x)", "gelu(x)", "tanh(x)"],
)
def test_cost_of_families_grows_with_the_cube_of_the_order(text):
    """Each derivative is another member of the family: a few nodes for each order."""
    operations, nodes = cost(text, 25)
    more, as_many = cost(text, 50)
    assert more <= 9 * operations
    assert as_many <= 2.2 * nodes


def test_a_deep_formula_is_no_deeper_for_that():
    depth = 5000
    text = "".join(f"v{i} = sin(v{i - 1}) + x\n" for i in range(1, depth)) + f"v{depth - 1}"
    got = series("v0 = x\n" + text, 3, 0.0)
    assert got[0] == 0
    assert got[1] == depth


@pytest.mark.parametrize("record", OPERATORS, ids=lambda record: record.name)
def test_every_operator_has_a_series_of_order_3(record):
    """Along each argument, inside the domain: what the sweeps find for the first derivative."""
    count = 3 if record.variadic else len(record.parameters)
    names = [f"x{i}" for i in range(count)]
    graph = Graph()
    nodes = tuple(graph.variable(name) for name in names)
    y = graph.apply(record, nodes)
    samples = list(record.samples.values()) * (count if record.variadic else 1)
    values = {
        node: round(low) + 0.0 if low == high else low + (high - low) * 0.6180339887
        for node, (low, high) in zip(nodes, samples, strict=True)
    }
    for node in nodes:
        found = filled(expand(graph, [y], 3, values, {node: 1.0})[y], 3)
        assert len(found) == 4


@pytest.mark.parametrize(
    ("name", "n"),
    [("besselj", 0.0), ("besselj", 2.5), ("bessely", 0.75), ("besseli", 0.25), ("besselk", 0.25)],
)
def test_bessel_functions_of_a_given_order(name, n):
    """n is a variable: (n + 1) - 1 is n, though no constant to be folded."""
    truths = interpolated(lambda v: getattr(mp, name)(mpf(n), v), 1.5, 16)
    assert worst_ulps(series(f"{name}(n, x)", 16, 1.5, n=n), truths) <= 256
