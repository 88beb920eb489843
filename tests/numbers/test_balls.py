"""Balls contain the truth, decide what they can, and say so where they cannot."""

import math
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction

import mpmath
import pytest
from mpmath import mp, mpf
from operator_truth import REFERENCE, exact, in_domain

from autodiff_cli.graph.operators import BY_NAME, OPERATORS

flint = pytest.importorskip("flint")
from autodiff_cli.numbers.balls import (  # noqa: E402
    KERNELS,
    decimal_digits,
    from_float,
    from_text,
    nearest_float,
)

arb, ctx = flint.arb, flint.ctx

NAN = mpmath.nan
BITS = 128
TRUTH_BITS = 1200


@pytest.fixture(autouse=True)
def _precision() -> Iterator[None]:
    with ctx.workprec(BITS):
        yield


# -- Truth -----------------------------------------------------------------------------------


def _positive(function: Callable[[mpf], mpf]) -> Callable[[mpf], mpf]:
    return lambda x: function(x) if x > 0 else NAN


def _normal(x: mpf) -> mpf:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _selu(x: mpf) -> mpf:
    scale = mpf("1.0507009873554804934193349852946")
    return scale * (x if x > 0 else mpf("1.6732632423543772848170429916717") * mp.expm1(x))


SPECIAL: dict[str, Callable[..., mpf]] = {
    "selu": _selu,
    "digamma1p": lambda x: mp.psi(0, x + 1),
    "polygamma": lambda n, x: mp.psi(int(n), x),
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))),
    "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
    "erfinv": lambda x: mp.erfinv(x) if abs(x) < 1 else NAN,
    "normpdf": mp.npdf,
    "normcdf": _normal,
    "lognormcdf": lambda x: mp.log(_normal(x)),
    "gelu": lambda x: x * _normal(x),
    "lambertw": lambda x: mp.lambertw(x) if x > -mp.exp(-1) else NAN,
    "ei": lambda x: mp.ei(x) if x else NAN,
    "li": lambda x: NAN if x < 0 or x == 1 else mp.li(x),
    "ci": _positive(mp.ci),
    "chi": _positive(mp.chi),
    "sinc": mp.sincpi,
    "fresnels": mp.fresnels,
    "fresnelc": mp.fresnelc,
    "besselj": mp.besselj,
    "besseli": mp.besseli,
    "bessely": lambda n, x: mp.bessely(n, x) if x > 0 else NAN,
    "besselk": lambda n, x: mp.besselk(n, x) if x > 0 else NAN,
}


def _nth(function: Callable[[mpf], mpf]) -> Callable[[mpf, mpf], mpf]:
    return lambda n, x: mp.diff(function, x, int(n))


def _mixed(function: Callable[[mpf, mpf], mpf]) -> Callable[[mpf, mpf, mpf, mpf], mpf]:
    return lambda m, n, a, b: mp.diff(function, (a, b), (int(m), int(n)))


def _sigmoid(x: mpf) -> mpf:
    return 1 / (1 + mp.exp(-x))


# Difference quotients, which are right to a third of the bits or more.
FAMILIES: dict[str, Callable[..., mpf]] = {
    "erfcx_derivative": _nth(SPECIAL["erfcx"]),
    "lognormcdf_derivative": _nth(SPECIAL["lognormcdf"]),
    "si_derivative": _nth(mp.si),
    "shi_derivative": _nth(mp.shi),
    "sinc_derivative": _nth(mp.sincpi),
    "fresnels_derivative": _nth(mp.fresnels),
    "fresnelc_derivative": _nth(mp.fresnelc),
    "gaussian_derivative": _nth(lambda x: mp.exp(-x * x)),
    "normpdf_derivative": _nth(mp.npdf),
    "gelu_derivative": _nth(SPECIAL["gelu"]),
    "ei_derivative": _nth(SPECIAL["ei"]),
    "ci_derivative": _nth(SPECIAL["ci"]),
    "chi_derivative": _nth(SPECIAL["chi"]),
    "silu_derivative": _nth(lambda x: x * _sigmoid(x)),
    "mish_derivative": _nth(lambda x: x * mp.tanh(mp.log1p(mp.exp(x)))),
    "sech_derivative": _nth(mp.sech),
    "asech_derivative": _nth(lambda x: mp.acosh(1 / x)),
    "softshare_derivative": lambda n, x, y: mp.diff(_sigmoid, x - y, int(n)),
    "hypot_derivative": _mixed(mp.hypot),
    "inversion_derivative": _mixed(lambda x, y: x / (x * x + y * y)),
    "beta_derivative": _mixed(mp.beta),
    "besselj_derivative": _mixed(mp.besselj),
    "bessely_derivative": _mixed(mp.bessely),
    "besseli_derivative": _mixed(mp.besseli),
    "besselk_derivative": _mixed(mp.besselk),
}

# Intervals that matter where a function's own is not the general one.
ORDERS = ("i", "j", "m", "n")
CONDITIONS = ("where", "gate", "and", "or", "not")
SLOW_TRUTHS = ("bessely", "besselk", "bessely_derivative", "besselk_derivative", "beta_derivative")
NUMBER_OF_BALLS, FEW_BALLS = 25, 4
CENTRES = (0.0, 1.0, -1.0, 0.5, 2.5, -0.5, 6.0, 3.0, -2.0)


def truth(name: str, point: tuple[mpf, ...]) -> mpf:
    """The value at a point; NaN where there is none."""
    record = BY_NAME.get(name)
    if record is not None and name not in SPECIAL and not in_domain(record, point):
        return NAN
    try:
        if name in FAMILIES:
            value = FAMILIES[name](*point)
        elif name in SPECIAL:
            value = SPECIAL[name](*point)
        elif record is not None and (record.definition or name in REFERENCE):
            value = exact(record, point)
        else:
            value = getattr(mp, name)(*point)
    except (ValueError, ZeroDivisionError):  # how mpmath reports a pole
        return NAN
    return NAN if isinstance(value, mpmath.mpc) else mpf(value)


def ball_of(x: mpf) -> object:
    """A ball around what mpmath computed, wide enough for its errors."""
    sign, mantissa, exponent, _ = x._mpf_
    error = arb((1, 100 - mp.prec))
    with ctx.workprec(2 * TRUTH_BITS):
        return arb(((-1) ** sign * int(mantissa), exponent)) * arb(1, error) + arb(0, error)


def arity(name: str, generator: random.Random) -> int:
    record = BY_NAME[name]
    return generator.choice((1, 2, 3)) if record.variadic else len(record.parameters)


def is_order(name: str, position: int) -> bool:
    parameters = BY_NAME[name].parameters
    return position < len(parameters) and parameters[position] in ORDERS


def interval(name: str, position: int, generator: random.Random) -> tuple[float, float]:
    """The ends of a ball: exact, narrow or wide, near special points or anywhere."""
    if is_order(name, position):
        order = float(generator.randrange(4))
        if "bessel" in name and BY_NAME[name].parameters[position] == "n":
            order += generator.choice((0.0, 0.0, 0.25, 0.875, -6.0))
        return order, order
    if name in CONDITIONS and position == 0:
        return generator.choice(((0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (-2.0, -1.0)))
    middle = generator.choice((
        generator.choice(CENTRES), generator.uniform(-3, 3), generator.uniform(0, 1),
        generator.uniform(-30, 30),
    ))  # fmt: skip
    radius = generator.choice((0.0, 1e-12, 1e-3, 0.25, 1.0, 10.0)) * generator.random()
    return middle - generator.choice((0.0, 1.0)) * radius, middle + radius


def inside(low: float, high: float, generator: random.Random) -> float:
    special = [c for c in (*CENTRES, math.nextafter(0, 1)) if low <= c <= high]
    return generator.choice(
        (low, high, generator.uniform(low, high), generator.choice(special or [low]))
    )


@pytest.mark.parametrize("name", KERNELS)
def test_the_truth_is_inside(name: str) -> None:
    generator = random.Random(name)
    bits = 300 if name in SLOW_TRUTHS or name in FAMILIES else TRUTH_BITS
    for _ in range(FEW_BALLS if name in SLOW_TRUTHS else NUMBER_OF_BALLS):
        ends = [interval(name, position, generator) for position in range(arity(name, generator))]
        operands = [arb(low) if low == high else arb(low).union(arb(high)) for low, high in ends]
        found = KERNELS[name](*operands)
        for _ in range(4):
            point = [min(max(inside(low, high, generator), low), high) for low, high in ends]
            with mp.workprec(bits):
                expected = truth(name, tuple(map(mpf, point)))
                if mp.isfinite(expected):
                    assert found.is_nan() or found.overlaps(ball_of(expected)), (ends, point)
                else:
                    assert not found.is_finite(), (ends, point)


def test_every_operator_can_be_computed() -> None:
    assert [r.name for r in OPERATORS if r.name not in KERNELS and not r.definition] == []


# Points of the plane, of logic and of borders, where float kernels have their conventions.
POINTS = (
    0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    -2.0,
    3.0,
    -0.5,
    1e300,
    -1e300,
    5e-324,
    math.inf,
    -math.inf,
    math.nan,
)


@pytest.mark.parametrize("name", [name for name in KERNELS if name in BY_NAME])
def test_floats_agree(name: str) -> None:
    """With exact operands the two number systems tell the same, also where there is no number."""
    record = BY_NAME[name]
    generator = random.Random(name)
    for number in range(60):
        count = arity(name, generator)
        point = [
            generator.choice(POINTS) if number % 2 else generator.uniform(-3, 3) for _ in range(count)
        ]
        for position in range(count):
            if is_order(name, position):
                point[position] = float(generator.randrange(4))
        with ctx.workprec(4500):
            found = KERNELS[name](*map(arb, point))
            nearest = nearest_float(found)
        expected = record.floats(*point)
        if nearest is not None and math.isfinite(nearest):
            tiny = 1e-90 if name in FAMILIES else 1e-300
            assert expected == pytest.approx(nearest, rel=1e-9, abs=tiny), point
        elif nearest is not None:
            assert expected == nearest or expected != expected, point
        elif math.isfinite(expected):
            # A ball may leave open what is a matter of convention, but not what is within the domain.
            with mp.workprec(TRUTH_BITS):
                at = tuple(map(mpf, point))
                far = name.startswith("bessel") and name in FAMILIES and point[-1] >= 1000
                assert far or not all(map(math.isfinite, point)) or not in_domain(record, at), point


@pytest.mark.parametrize("name", KERNELS)
def test_more_bits_tell_more(name: str) -> None:
    """An enclosure that says nothing would pass the tests above."""
    generator = random.Random(name)
    seen = 0
    for _ in range(20):
        point = [generator.uniform(0.1, 0.9) for _ in range(arity(name, generator))]
        exact_ones = [position for position in range(len(point)) if is_order(name, position)]
        for position in exact_ones:
            point[position] = float(generator.randrange(1, 4))
        for bits in (100, 1000):
            with ctx.workprec(bits):
                wide = [
                    arb(x) if k in exact_ones else arb(x, arb((1, -bits))) for k, x in enumerate(point)
                ]
                found = KERNELS[name](*wide)
                if found.is_finite():
                    seen += 1
                    assert found.is_zero() or found.rel_accuracy_bits() > bits - 40, point
    assert seen or name in ("asec", "acsc", "acosh", "acoth", "log1mexp"), "no finite value at all"


EXTREMES: tuple[Callable[[], object], ...] = (
    lambda: arb(0), lambda: arb(0, 1), lambda: arb(0, 1e-300), lambda: arb(1e300, 1e299),
    lambda: arb((1, 1 << 3000)), lambda: arb((-3, 1 << 3000)), lambda: arb((1, -1 << 3000)),
    lambda: arb(5e-324), lambda: arb(-1.7e308), lambda: arb(1e16), lambda: arb(1000, 10),
    lambda: arb(1.0000000000000002), lambda: arb(1) / 3, arb.pos_inf, arb.neg_inf, arb.nan,
    lambda: arb(0, arb.pos_inf()),
)  # fmt: skip


@pytest.mark.parametrize("name", KERNELS)
def test_any_operand_has_an_answer(name: str) -> None:
    generator = random.Random(name)
    for bits in (53, 1000):
        with ctx.workprec(bits):
            for first in EXTREMES:
                others = [generator.choice(EXTREMES)() for _ in range(arity(name, generator) - 1)]
                found = KERNELS[name](first(), *others)
                nearest_float(found)
                decimal_digits(found, 17)


# -- Exactness and decisions -----------------------------------------------------------------


def known(name: str, *operands: float) -> Fraction | None:
    """The value of a kernel where its ball is a single number."""
    found = KERNELS[name](*map(arb, operands))
    return Fraction(int(found.fmpq().p), int(found.fmpq().q)) if found.is_exact() else None


@pytest.mark.parametrize(
    ("name", "operands", "value"),
    [("sqrt", (4,), 2), ("pow", (2, 3), 8), ("pow", (-2, 3), -8), ("pow", (-2, -2), Fraction(1, 4)),
     ("pow", (0, 0), 1), ("pow", (0, 2.5), 0), ("pow", (16, 0.25), 2), ("pow", (4, -1.5), 0.125),
     ("cbrt", (-27,), -3), ("cbrt", (0.125,), 0.5), ("cbrt", (0,), 0), ("exp2", (-3,), Fraction(1, 8)),
     ("log2", (8,), 3), ("log10", (1000,), 3), ("log", (1,), 0), ("exp", (0,), 1), ("logit", (0.5,), 0),
     ("mod", (-7, 3), 2), ("mod", (7, -3), -2), ("mod", (6, 2), 0), ("mod", (5.5, -math.inf), None),
     ("floordiv", (-7, 2), -4), ("floordiv", (5, math.inf), 0), ("floordiv", (-5, math.inf), -1),
     ("round", (0.5,), 0), ("round", (1.5,), 2), ("round", (-2.5,), -2), ("round", (1e300,), int(1e300)),
     ("trunc", (-2.7,), -2), ("ceil", (-2.7,), -2), ("floor", (-2.7,), -3), ("floor", (3,), 3),
     ("hypot", (3, -4), 5), ("hypot", (0, 0), 0), ("cathetus", (5, 3), 4), ("cathetus", (2, -2), 0),
     ("direction", (0, 0), 0), ("direction", (-2, 0), -1), ("inversion", (0, 0), 0),
     ("inversion", (4, 0), 0.25), ("acosh", (1,), 0), ("asin", (0,), 0), ("atan2", (0, 0), 0),
     ("exprel", (0,), 1), ("sinc", (0,), 1), ("sinc", (3,), 0), ("xlogy", (0, 0), 0),
     ("factorial", (5,), 120), ("gamma", (0.5,), None), ("besselj", (0, 0), 1), ("erf", (math.inf,), 1),
     ("sign", (-5e-324,), -1), ("step", (0,), 1), ("relu", (-1,), 0), ("clip", (7, 0, 6), 6),
     ("max", (1, 3, 2), 3), ("ties", (1, 1, 2, 1), 2), ("not", (0.5,), 0), ("elu", (0,), 0)],
)  # fmt: skip
def test_exact_results_are_exact(name: str, operands: tuple[float, ...], value: Fraction | None) -> None:
    if value is not None:
        assert known(name, *operands) == value


def truth_value(ball: object) -> bool | None:
    """What a condition says: True, False, or None where it is not decided."""
    if ball == arb(1) or ball == arb(0):
        return ball == arb(1)
    assert ball.contains(0)
    assert ball.contains(1)
    return None


def test_conditions_are_decided_by_the_balls() -> None:
    third, sixth = arb(1) / 3, arb(1) / 6
    for name, low_high, equal in (
        ("lt", True, False), ("le", True, True), ("gt", False, False), ("ge", False, True),
        ("eq", False, True), ("ne", True, False),
    ):  # fmt: skip
        compare = KERNELS[name]
        assert truth_value(compare(sixth, third)) is low_high, name
        assert truth_value(compare(third, third)) is equal, name  # the same object, the same number
        assert truth_value(compare(arb(2), arb(2))) is equal, name
        assert truth_value(compare(third, 2 * sixth)) is None, name
        assert compare(third, arb.nan()).is_nan(), name


def test_logic_has_three_values() -> None:
    values = {True: arb(1), False: arb(0), None: arb(0.5, 0.5)}
    for a, first in values.items():
        assert truth_value(KERNELS["not"](first)) is (None if a is None else not a)
        for b, second in values.items():
            both = False if a is False or b is False else None if a is None or b is None else True
            either = True if a or b else None if a is None or b is None else False
            assert truth_value(KERNELS["and"](first, second)) is both
            assert truth_value(KERNELS["or"](first, second)) is either
    assert KERNELS["and"](arb.nan(), arb(0)).is_zero()
    assert KERNELS["or"](arb.nan(), arb(2)) == 1


def test_undecided_conditions_are_different_unknowns() -> None:
    third = arb(1) / 3
    first, second = (KERNELS["lt"](third, third + arb(0, 1)) for _ in range(2))
    assert truth_value(KERNELS["eq"](first, second)) is None


def test_a_branch_not_taken_does_not_matter() -> None:
    where, unknown = KERNELS["where"], arb(0.5, 0.5)
    assert where(arb(1), arb(3), arb.nan()) == 3
    assert where(arb(0), arb.nan(), arb(3)) == 3
    assert KERNELS["gate"](arb(0), arb.nan()).is_zero()
    assert where(unknown, arb(3), arb.nan()).is_nan()
    assert where(arb.nan(), arb(3), arb(3)).is_nan()
    both = where(unknown, arb(3), arb(5))
    assert both.contains(3)
    assert both.contains(5)
    assert not both.contains(2.9)
    assert not both.contains(5.1)


def test_the_greatest_is_known_by_identity() -> None:
    """The partials of max ask whether an operand is the result."""
    low, high = arb(1) / 6, arb(1) / 3
    greatest = KERNELS["max"](low, high)
    assert truth_value(KERNELS["eq"](high, greatest)) is True
    assert truth_value(KERNELS["eq"](low, greatest)) is False
    assert KERNELS["ties"](greatest, low, high) == 1


@pytest.mark.parametrize(
    ("name", "low", "high", "least", "greatest"),
    [("abs", -3, 1, 0, 3), ("relu", -3, 1, 0, 1), ("sign", -1, 2, -1, 1), ("floor", 0.5, 2.5, 0, 2),
     ("round", 0.25, 0.75, 0, 1), ("step", -1, 1, 0, 1), ("sqrt", 4, 9, 2, 3), ("cbrt", -8, 27, -2, 3),
     ("hardtanh", -2, 0, -1, 0)],
)  # fmt: skip
def test_enclosures_across_kinks_are_tight(
    name: str, low: float, high: float, least: float, greatest: float
) -> None:
    found = KERNELS[name](arb(low).union(arb(high)))
    assert float(found.lower()) == pytest.approx(least, abs=1e-8)
    assert float(found.upper()) == pytest.approx(greatest, abs=1e-8)


# -- Texts, floats, digits -------------------------------------------------------------------


def test_texts_are_the_numbers_they_spell() -> None:
    assert from_text("0.5") == arb(0.5)
    assert from_text("1_000") == 1000
    assert (from_text("0.1") * 10).contains(1)
    assert not from_text("0.1").contains(from_float(0.1))
    assert from_text("tau").overlaps(2 * arb.pi())
    assert from_text("e").overlaps(arb(1).exp())
    assert from_float(math.nan).is_nan()


@pytest.mark.parametrize(
    ("middle", "radius", "nearest"),
    [("1", "0", 1.0), ("0.1", "1e-30", 0.1), ("0.1", "1e-16", None), ("1e400", "1", math.inf),
     ("-1e400", "1", -math.inf), ("0", "1e-330", 0.0), ("0", "1e-320", None), ("3e-324", "0", 5e-324),
     ("2e-324", "0", 0.0), ("2.2250738585072011e-308", "0", 2.225073858507201e-308),
     ("1e-999999999999999999999", "0", 0.0), ("1e999999999999999999999", "0", math.inf)],
)  # fmt: skip
def test_nearest_float(middle: str, radius: str, nearest: float | None) -> None:
    assert nearest_float(arb(middle, radius)) == nearest


def test_nearest_float_rounds_once_and_to_even() -> None:
    one_and_half_ulp = arb((2**53 + 1, -53))
    with ctx.workprec(1200):
        tiny = arb((1, -300))
        assert nearest_float(one_and_half_ulp) == 1.0
        assert nearest_float(one_and_half_ulp + tiny) == math.nextafter(1, 2)
        assert nearest_float(one_and_half_ulp - tiny) == 1.0
        assert nearest_float(one_and_half_ulp + arb(0, tiny)) is None
        assert nearest_float(arb((1, -1075))) == 0.0
        assert nearest_float(arb((1, -1075)) + arb((1, -1300))) == 5e-324
        assert nearest_float(arb((2**54 - 1, 970))) == math.inf
        assert nearest_float(arb((2**54 - 1, 970)) - 1) == sys.float_info.max


def test_nearest_float_of_infinite_and_unknown_balls() -> None:
    assert nearest_float(arb.pos_inf()) == math.inf
    assert nearest_float(arb.neg_inf()) == -math.inf
    assert nearest_float(arb.nan()) is None
    assert nearest_float(arb(0, arb.pos_inf())) is None


@pytest.mark.parametrize(
    ("text", "digits", "shown"),
    [("0.1", 3, "0.100"), ("9.9996", 4, "10.00"), ("0.99993", 4, "0.9999"), ("0.99996", 4, "1.000"),
     ("2.5", 1, "2"), ("3.5", 1, "4"), ("-0.00012345", 3, "-0.000123"), ("1e-5", 2, "1.0e-05"),
     ("123456", 3, "1.23e+05"), ("1e16", 17, "10000000000000000"), ("1e17", 9, "1.00000000e+17"),
     ("0", 9, "0"), ("1e99999999999999", 3, "1.00e+99999999999999"), ("-7", 1, "-7")],
)  # fmt: skip
def test_decimal_digits(text: str, digits: int, shown: str) -> None:
    assert decimal_digits(from_text(text), digits) == shown


def test_digits_that_are_not_decided() -> None:
    assert decimal_digits(arb(1, 1e-10), 17) is None
    assert decimal_digits(arb(0, 1e-10), 1) is None
    assert decimal_digits(arb(2.5, 1e-20), 1) is None
    assert decimal_digits(arb.nan(), 1) is None
    assert decimal_digits(arb.pi(), 30) == "3.14159265358979323846264338328"


@pytest.mark.parametrize("seed", range(40))
def test_digits_and_floats_of_random_numbers(seed: int) -> None:
    """Against Python's own correctly rounded conversions."""
    generator = random.Random(seed)
    x = generator.uniform(-1, 1) * 10.0 ** generator.randrange(-300, 300)
    digits = generator.randrange(1, 25)
    shown = decimal_digits(from_float(x), digits)
    assert nearest_float(from_float(x)) == x
    assert shown is not None
    assert Fraction(shown) == Fraction(f"{x:.{digits - 1}e}")
    text = f"{generator.randrange(10**30)}e{generator.randrange(-340, 290)}"
    assert nearest_float(from_text(text)) == float(text)


def test_flint_is_loaded_only_with_balls() -> None:
    program = (
        "import sys, autodiff_cli.cli.main, autodiff_cli.numbers.floats; print('flint' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_many_digits_and_large_exponents_are_written_out() -> None:
    """Python's own integers refuse beyond 4300 digits."""
    with ctx.workprec(20_000):
        digits = decimal_digits(arb(2).sqrt(), 5000)
        assert digits is not None
        assert len(digits) == 5001
        huge = decimal_digits(arb(10) ** arb(10) ** 18, 5)
        assert huge == "1.0000e+1000000000000000000"


@pytest.mark.parametrize(
    ("name", "order", "x"),
    [
        ("besselj", 10_000.0, 10_000.0),
        ("besselj", 10_000.0, 5_000.0),
        ("besselj", 10_000.0, 30_000.0),
        ("besselj", -10_001.0, 10_000.0),
        ("besselj", 10_000.5, 10_000.0),
        ("besselj", 100_000.0, 1_000.0),
        ("bessely", 10_000.0, 10_000.0),
        ("bessely", 1_000.0, 1_500.0),
    ],
)
def test_bessel_functions_of_high_orders(name: str, order: float, x: float) -> None:
    """Where the order is high and the argument not far beyond, series lose thousands of bits."""
    with ctx.workprec(128):
        ball = KERNELS[name](arb(order), arb(x))
    assert ball.rel_accuracy_bits() > 64
    # The recurrence between three orders next to each other.
    with ctx.workprec(40_000):
        below, at, above = (
            getattr(arb(x), name[:6] + "_" + name[6:])(arb(order + k)) for k in (-1, 0, 1)
        )
        assert (2 * arb(order) / arb(x) * at).overlaps(below + above)
    assert at.rel_accuracy_bits() > 128
    assert ball.overlaps(at)


def test_a_bessel_function_of_a_ball() -> None:
    """A small ball of a large argument is not lost, though series know nothing of it."""
    with ctx.workprec(128):
        ball = KERNELS["besselj"](arb(10_000), arb(10_000, 2.0**-100))
    assert ball.rel_accuracy_bits() > 64
    with ctx.workprec(40_000):
        for end in (-1, 0, 1):
            assert ball.overlaps((arb(10_000) + end * arb((1, -100))).bessel_j(arb(10_000)))
