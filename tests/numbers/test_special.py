"""Kernels of special functions: hard points, zeros, poles, limits, and families of derivatives.

What all records promise is tested with the operator table; here is what samples hardly hit.
"""

import itertools
import math
import random
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from mpmath import mp, mpf
from operator_truth import REFERENCE, ulps

from autodiff_cli.graph.operators import BY_NAME

INF, NAN = math.inf, math.nan

# Kernels round once, at the end.
ONE_ROUNDING = 0.501


def kernel(name: str) -> Callable[..., float]:
    return BY_NAME[name].floats


def truth(name: str, *arguments: float) -> mpf:
    reference = REFERENCE.get(name) or getattr(mp, name)
    return mp.re(reference(*map(mpf, arguments)))


def check(name: str, *arguments: float, bits: int = 400, allowed: float = ONE_ROUNDING) -> None:
    with mp.workprec(bits):
        expected = truth(name, *arguments)
        got = kernel(name)(*arguments)
        assert ulps(got, expected) <= allowed, f"{name}{arguments} is {mp.nstr(expected, 20)}"


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("gamma", [171.6243769563027, 171.0000001, 1e-308, -1e-308, 1 - 2**-53, -170.5, -184.3, 1.5]),
        ("lgamma", [1 + 2**-52, 1 - 2**-53, 2 + 2**-51, 2 - 2**-52, -2.4570247382208006, 3e305, -0.5]),
        ("digamma", [1.4616321449683623, 1.4616321449683622, -0.504083008264455, -1 + 2**-53, 1e300]),
        (
            "digamma1p",
            [0.4616321449683623, 0.46163214496836236, -1 + 2**-53, -1.5040830082644554, 1e-300],
        ),
        ("factorial", [0.4616321449683623, -1 + 2**-53, 170.62437695630272, 1e-300, -0.5]),
        ("erfc", [26.5, 5.0, -5.0, 2.5, 2.4999999999999996, 0.4769362762044699]),
        ("erfcx", [-26.0, 2.5, 1e10, 1e300, 50.0, 999.0, 1001.0]),
        ("erfi", [26.6, 1e-300, 1.0]),
        ("erfinv", [1 - 2**-53, -1 + 2**-53, 0.5, math.nextafter(0.5, 0), 1e-300, 0.9999]),
        ("normcdf", [-37.5, -38.4, 8.2, 0.0]),
        ("lognormcdf", [-1e100, -3.0, -2.9999, 37.0, 0.0, -40.0]),
        ("gelu", [-37.5, -0.7517915246935645, 1e-300, 8.0]),
        ("ei", [0.3725074107813666, 110.0, 110.00000000000001, -110.1, 716.0, -740.0, 1e-300]),
        ("li", [1.4513692348833810, 1 + 2**-52, 1 - 2**-53, 1e300, 5e-324, math.exp(110)]),
        ("si", [1e300, 110.0, 110.00000000000001, 1e22, 1e-300]),
        ("ci", [0.6165054856207162, 3.384180422551186, 110.1, 1e300, 5e-324, 203.4]),
        ("shi", [709.0, 110.1, 1e-300]),
        ("chi", [0.5238225713898644, 716.0, 110.1, 1e-300]),
        ("fresnels", [1e100, 8.6, 8.600000000000001, 1e8 + 0.5, 1e-100, 1e-110, 33333.3]),
        ("fresnelc", [1e300, 8.6, 8.600000000000001, 1e8 + 0.5, 1e-100, 33333.3]),
        ("sinc", [1e15 + 0.5, 1 - 2**-53, 1 + 2**-52, 1e-300, 100000.1]),
        ("lambertw", [-0.3678794411714423, -0.36787944, 1e300, 1e-300, -1e-10, math.e, 2.99999]),
        ("lambertw1p", [-0.3678794411714423, -0.36787944, 1e300, -0.3675, 3.0]),
        ("gaussian", [26.5, 19.1, 1e-300]),
        ("expsquare", [26.64, 26.5, 1e-300]),
    ],
)
def test_hard_points(name: str, points: list[float]) -> None:
    """Next to zeros and poles, at the ends of the range, where one series gives way to another."""
    for x in points:
        if name in ("gaussian", "expsquare"):
            with mp.workprec(400):
                sign = -1 if name == "gaussian" else 1
                assert ulps(kernel(name)(x), mp.exp(sign * mpf(x) ** 2)) <= ONE_ROUNDING
        else:
            check(name, x, bits=3000)


@pytest.mark.parametrize("letter", "jyik")
def test_bessel_functions_of_any_order(letter: str) -> None:
    generator = random.Random(letter)
    points = [(0.0, 60.0), (0.5, 64.5), (2.0, 65.0), (1e-20, 3.0), (31.9, 64.0), (-2.5, 7.0)]
    points += [(generator.uniform(-5, 30), generator.uniform(0.1, 120)) for _ in range(20)]
    points += [(float(generator.randrange(20)), generator.uniform(1e-5, 30)) for _ in range(10)]
    for n, x in points:
        check(f"bessel{letter}", n, x, bits=800)


@pytest.mark.parametrize(("name", "order"), [("besselj", 0), ("besselj", 3), ("bessely", 1)])
def test_zeros_of_bessel_functions(name: str, order: int) -> None:
    """At the float next to a zero there are still sixteen digits."""
    zero = mp.besseljzero if name == "besselj" else mp.besselyzero
    for number in (1, 2, 10, 40):
        check(name, float(order), float(zero(order, number)))


@pytest.mark.parametrize("letter", "jy")
def test_bessel_functions_far_out(letter: str) -> None:
    for n, x in [(0.0, 1e15), (7.0, 1e22), (1.5, 1e300), (60.0, 2001.0), (500.0, 1e5)]:
        check(f"bessel{letter}", n, x, bits=3000)


@pytest.mark.parametrize("letter", "jyik")
def test_derivatives_along_the_order(letter: str) -> None:
    for i, n, x in [(1, 0.0, 2.0), (1, 2.5, 30.0), (2, 1.0, 3.0), (3, 0.25, 0.1), (1, 3.0, 200.0)]:
        check(f"bessel{letter}_derivative", i, 0, n, x, bits=700)


@pytest.mark.parametrize("letter", "jyik")
def test_derivatives_along_the_argument(letter: str) -> None:
    """Of fractional orders, where n + 1 is rounded, and tiny arguments that make much of it, too."""
    points = [(-1.7, 1e-90), (-1.7, 1e-113), (-1.7, 0.00488), (-1.7, 1.2386855914504413), (1.3, 1e-3)]
    points += [
        (1.3, 2.0),
        (0.0, 5.0),
        (2.0, 1e-60),
        (1e-3, 0.03),
        (0.1, 40.013555792332674),
        (-4.0, 150.0),
    ]
    for n, x in points:
        check(f"bessel{letter}_derivative", 0, 1, n, x, bits=1200)
        check(f"bessel{letter}_derivative", 0, 2, n, x, bits=1200)
    for n, x in points[-4:]:
        check(f"bessel{letter}_derivative", 1, 1, n, x, bits=900)


def test_derivatives_of_bessel_functions_at_0() -> None:
    """Coefficients of the power series: of J of order 1 they are 1/2 and -1/16."""
    of_j, of_i = kernel("besselj_derivative"), kernel("besseli_derivative")
    assert [of_j(0, j, 1, 0) for j in range(5)] == [0.0, 0.5, 0.0, -0.375, 0.0]
    assert [of_i(0, j, -1, 0) for j in range(5)] == [0.0, 0.5, 0.0, 0.375, 0.0]
    assert [of_j(0, j, -1, 0) for j in range(5)] == [0.0, -0.5, 0.0, 0.375, 0.0]
    assert [of_j(0, j, 0, 0) for j in range(5)] == [1.0, 0.0, -0.5, 0.0, 0.375]
    assert [of_j(0, j, -2, -0.0) for j in range(3)] == [0.0, 0.0, 0.25]


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("erfcx_derivative", [-5.0, 0.0, 0.1, 30.0, 999.0, 1001.0]),
        ("lognormcdf_derivative", [-1e5, -30.0, 0.0, 5.0, 30.0]),
        ("sinc_derivative", [0.01, 0.3, 1.0, 1000.25]),
        ("si_derivative", [0.01, 0.3, 1.0, 1000.25]),
        ("shi_derivative", [0.01, 0.3, 1.0, 300.25]),
        ("fresnels_derivative", [0.01, 0.3, 1.0, 1000.25]),
        ("fresnelc_derivative", [0.01, 0.3, 1.0, 1000.25]),
        ("polygamma", [0.01, 0.3, 1000.25, -3.7, -0.5, -1000.25]),
        ("gaussian_derivative", [0.7071067811865476, 0.3, -5.0, 26.5]),
        ("normpdf_derivative", [1.0000000000000002, 0.3, -5.0, 37.0]),
        ("gelu_derivative", [-0.751790424922787, 1.4142135623730951, 0.3, -5.0, 20.0]),
        ("ei_derivative", [0.9999999999999999, -3.0, 1e-300, 714.0]),
        ("ci_derivative", [2.798386045783887, 1e-300, 1e10]),
        ("chi_derivative", [1.1996786402577339, 1e-300, 714.0]),
        ("silu_derivative", [-1.278466105580869, -1.2784645427610738, 0.3, -745.0, 700.0]),
        ("mish_derivative", [-1.19243253, -1.138521371851868, 0.3, -745.0, 700.0]),
        ("sech_derivative", [0.881373587019543, 0.3, -700.0]),
        ("asech_derivative", [0.7071067811865476, 0.3, 1e-50, 1 - 2**-53]),
    ],
)
def test_families_of_derivatives(name: str, points: list[float]) -> None:
    for n, x in itertools.product((1.0, 2.0, 5.0), points):
        record = BY_NAME[name]
        check(name, n, x, bits=900, allowed=ONE_ROUNDING if record.rounding == 1.0 else 2.0)


@pytest.mark.parametrize(("x", "y"), [(1.0, -0.3169578969248166), (300.0, 299.0), (1.5, 1e-300)])
def test_derivatives_of_the_share(x: float, y: float) -> None:
    for n in (2.0, 3.0, 6.0):
        check("softshare_derivative", n, x, y)


@pytest.mark.parametrize(("x", "y"), [(1.0, 1.4142135623730951), (3.0, 3.0000000000000004), (-2.0, 0.1)])
def test_derivatives_in_the_plane(x: float, y: float) -> None:
    """Of higher orders than the loop over the records looks at."""
    functions = {"hypot_derivative": mp.hypot, "inversion_derivative": REFERENCE["inversion"]}
    for (m, n), (name, function) in itertools.product(
        itertools.product(range(4), repeat=2), functions.items()
    ):
        if m + n >= 1:
            with mp.workprec(400):
                expected = mp.diff(function, (mpf(x), mpf(y)), (m, n))
                got = kernel(name)(float(m), float(n), x, y)
                assert ulps(got, expected) <= 2.0, (name, m, n)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("gamma", {0.0: INF, -3.0: NAN, INF: INF, -INF: NAN, 172.0: INF, -200.5: -0.0}),
        ("lgamma", {0.0: INF, -3.0: INF, INF: INF, -INF: INF, 1.0: 0.0, 2.0: 0.0}),
        ("digamma", {0.0: -INF, -3.0: NAN, INF: INF, -INF: NAN}),
        (
            "factorial",
            {-1.0: NAN, 171.0: INF, INF: INF, -INF: NAN, 0.0: 1.0, 4.0: 24.0},
        ),
        ("erf", {INF: 1.0, -INF: -1.0, -0.0: -0.0}),
        ("erfc", {INF: 0.0, -INF: 2.0, 0.0: 1.0}),
        ("erfcx", {INF: 0.0, -INF: INF, 0.0: 1.0}),
        ("erfi", {INF: INF, -INF: -INF, -0.0: -0.0, 27.0: INF}),
        ("erfinv", {1.0: INF, -1.0: -INF, 1.5: NAN, -0.0: -0.0}),
        ("normpdf", {INF: 0.0, -INF: 0.0}),
        ("normcdf", {INF: 1.0, -INF: 0.0, 0.0: 0.5}),
        ("lognormcdf", {INF: 0.0, -INF: -INF, -1e200: -INF}),
        ("gelu", {INF: INF, -INF: -0.0, -0.0: -0.0}),
        ("ei", {0.0: -INF, INF: INF, -INF: -0.0, 720.0: INF}),
        ("li", {0.0: 0.0, 1.0: -INF, INF: INF, -1.0: NAN}),
        ("si", {INF: math.pi / 2, -INF: -math.pi / 2, -0.0: -0.0}),
        ("ci", {0.0: -INF, INF: 0.0, -1.0: NAN}),
        ("shi", {INF: INF, -INF: -INF, -0.0: -0.0}),
        ("chi", {0.0: -INF, INF: INF, -1.0: NAN}),
        ("fresnels", {INF: 0.5, -INF: -0.5, -0.0: -0.0}),
        ("fresnelc", {INF: 0.5, -INF: -0.5, -0.0: -0.0}),
        ("sinc", {INF: 0.0, 0.0: 1.0, 3.0: 0.0}),
        ("lambertw", {INF: INF, -0.0: -0.0, -0.36787944117144233: -1.0, -0.4: NAN}),
    ],
)
def test_poles_and_limits(name: str, values: dict[float, float]) -> None:
    for x, expected in values.items():
        got = kernel(name)(x)
        if math.isnan(expected):
            assert math.isnan(got), f"{name}({x}) is {got}"
        else:
            assert got == expected, f"{name}({x}) is {got}"
            if name not in ("lgamma", "lognormcdf"):
                assert math.copysign(1.0, got) == math.copysign(1.0, expected), f"{name}({x})"


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("gamma", (-0.0,), -INF),
        ("digamma", (-0.0,), INF),
        ("polygamma", (1.0, 0.0), INF),
        ("polygamma", (2.0, 0.0), -INF),
        ("polygamma", (2.0, -0.0), INF),
        ("polygamma", (1.0, -2.0), INF),
        ("polygamma", (2.0, -2.0), NAN),
        ("polygamma", (1.5, 2.0), NAN),
        ("polygamma", (1e300, 2.0), -INF),
        ("polygamma", (1e300, 1e301), 0.0),
        ("besselj", (0.0, 0.0), 1.0),
        ("besselj", (1.0, -0.0), -0.0),
        ("besselj", (0.5, -1.0), NAN),
        ("besselj", (2.0, INF), 0.0),
        ("bessely", (0.0, 0.0), -INF),
        ("besselk", (0.0, 0.0), INF),
        ("besselk", (2.0, INF), 0.0),
        ("besselk", (2.0, -1.0), NAN),
        ("besseli", (2.0, -INF), INF),
        ("besseli", (3.0, -INF), -INF),
        ("beta", (0.0, 2.0), INF),
        ("beta", (2.0, INF), 0.0),
        ("lbeta", (1.0, 1.0), 0.0),
    ],
)
def test_more_poles_and_limits(name: str, arguments: tuple[float, ...], expected: float) -> None:
    got = kernel(name)(*arguments)
    assert got == expected or (math.isnan(got) and math.isnan(expected))


def extremes() -> Iterator[tuple[float, float]]:
    orders = (0.0, 1e6, 1e16, 1e300, -1e300, 5e-324, 0.5, -7.5, 1e5 + 0.5)
    yield from itertools.product(orders, (5e-324, 1e-10, 1999.0, 2001.0, 1e6, 1e300))


def test_no_argument_takes_for_ever() -> None:
    for n, x in extremes():
        for letter in "jyik":
            assert type(kernel(f"bessel{letter}")(n, x)) is float
        for name in ("polygamma", "beta", "lbeta"):
            assert type(kernel(name)(n, x)) is float


def test_parity() -> None:
    for n, x in [(0.0, 2.5), (1.0, 2.5), (2.0, 70.0), (3.0, 70.0), (-3.0, 4.0)]:
        sign = -1.0 if n % 2 else 1.0
        for name in ("besselj", "besseli"):
            assert kernel(name)(n, -x) == sign * kernel(name)(n, x)
    for name in ("si", "shi", "fresnels", "fresnelc", "erfi", "erfinv"):
        assert kernel(name)(-0.7) == -kernel(name)(0.7)


def test_importing_the_operators_loads_no_decimals() -> None:
    program = (
        "import sys, autodiff_cli.graph.operators\n"
        "print({'decimal', 'scipy', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
