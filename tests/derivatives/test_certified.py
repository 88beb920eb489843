"""Certified results: every digit right, or an error that says why not."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from formulas import OutsideTheDomainError, arithmetic, smooth, true_value
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from autodiff_cli.derivatives.certified import Certificate, Limits, certified
from autodiff_cli.derivatives.diagnosis import Diagnosis, diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.derivatives.rounding import rounding_errors
from autodiff_cli.errors import MathError
from autodiff_cli.graph.lower import Lowered, lower
from autodiff_cli.graph.operators import OPERATORS, Operator
from autodiff_cli.language.notation import COMPARISON_SIGNS
from autodiff_cli.language.parser import parse
from autodiff_cli.numbers.decimals import Decimal

pytest.importorskip("flint")

Case = dict[str, Any]
DATA = Path(__file__).parent.parent / "data"

PATIENT = Limits(seconds=60.0)
# A rational number halfway between two float64s, which no ball that is not exact decides.
UNDECIDED_TIES = {"sh082"}


def cases(name: str) -> list[Case]:
    return json.loads((DATA / f"{name}.json").read_text("utf-8"))["cases"]


def with_float_numbers(lowered: Lowered) -> Lowered:
    """The formula with each number in it as a float64; pi and e stay what they are."""
    meanings = lowered.graph.meanings
    for node in [node for node, meaning in meanings.items() if isinstance(meaning, Decimal)]:
        del meanings[node]
    return lowered


def certify(
    text: str,
    point: Mapping[str, float],
    *,
    decimal: bool = True,
    digits: int | None = None,
    order: int = 1,
    limits: Limits = PATIENT,
) -> tuple[Evaluation, Certificate]:
    return certified(Evaluation(lower(parse(text)), point, order=order), decimal, digits, limits)


def diagnosed(text: str, point: Mapping[str, float], **options: Any) -> tuple[Evaluation, Diagnosis]:
    evaluation, certificate = certify(text, point, **options)
    return evaluation, diagnose(evaluation, certificate)


def value_of(text: str, **point: float) -> float:
    evaluation, _ = certify(text, point)
    return evaluation.value(evaluation.outputs[0].node)


def value_and_gradient(text: str, **point: float) -> tuple[float, dict[str, float]]:
    evaluation, _ = certify(text, point)
    (output,) = evaluation.outputs
    return evaluation.value(output.node), evaluation.gradient(output)


def digits_of(text: str, digits: int, **point: float) -> str:
    evaluation, certificate = certify(text, point, digits=digits)
    return certificate.digits[evaluation.outputs[0].node]


# -- References of others ------------------------------------------------------------------------

# How other systems write what has another name here.
OTHER_NAMES = {"LambertW(": "lambertw(", "Ci(": "ci(", "x % y": "mod(x, y)"}


def translated(text: str) -> str:
    for theirs, ours in OTHER_NAMES.items():
        text = text.replace(theirs, ours)
    return text


EDGES = [case for case in cases("adtests") if any(case["math"]["differentiable"].values())]


def as_number(written: float | str) -> float:
    return float(written)


@pytest.mark.parametrize("case", EDGES, ids=lambda case: case["id"])
def test_edge_cases(case: Case) -> None:
    """The derivative where there is one; it is not certified where sides were compared."""
    truth, names = case["math"], list(case["point"])
    exists = [name for name in names if truth["differentiable"][name]]
    lowered = with_float_numbers(lower(parse(translated(case["expr"]))))
    evaluation, certificate = certified(Evaluation(lowered, case["point"], wrt=exists), True)
    diagnosis = diagnose(evaluation, certificate)
    (output,) = evaluation.outputs
    assert evaluation.value(output.node) == as_number(truth["value"])
    gradient = evaluation.gradient(output)
    for name in exists:
        derivative = as_number(truth["one_sided"][name][0])
        if evaluation.is_settled(output, evaluation.wrt_nodes[name]):
            assert math.isclose(gradient[name], derivative, rel_tol=1e-12)
            assert "uncertified" in {warned.code for warned in diagnosis.warnings}
        else:
            assert gradient[name] == derivative


def references(case: Case, point: Case) -> dict[tuple[str, ...], float]:
    """What is known at a point: derivatives by the variables they are taken along, one by one."""
    known: dict[tuple[str, ...], float] = {(): point["value"]}
    known |= {(name,): derivative for name, derivative in point.get("grad", {}).items()}
    for first, row in zip(case["variables"], point.get("hessian", ()), strict=False):
        known |= {(first, second): d for second, d in zip(case["variables"], row, strict=True)}
    if "derivative" in point:
        known[tuple(case["wrt"])] = point["derivative"]
    return known


def results(lowered: Lowered, point: Case, along: list[tuple[str, ...]]) -> dict[tuple[str, ...], float]:
    """The certified numbers of the same kind; 0 along names that the formula does not have."""
    have = lowered.graph.variables
    wrt = dict.fromkeys(name for names in along for name in names if name in have)
    order = max(map(len, along))
    evaluation, _ = certified(Evaluation(lowered, point, wrt=list(wrt), order=order), limits=PATIENT)
    (output,) = evaluation.outputs
    gradient, hessian = evaluation.gradient(output), evaluation.hessian(output)
    found = {(): evaluation.value(output.node)}
    for names in along:
        if not all(name in have for name in names):
            found[names] = 0.0
        elif len(names) == 1:
            found[names] = gradient[names[0]]
        elif len(names) == 2:
            found[names] = hessian[names[0]][names[1]]
    return found


FORMULAS = [*cases("feynman"), *cases("shellformulas"), *cases("calculus")]


@pytest.mark.parametrize("case", FORMULAS, ids=lambda case: case["id"])
def test_formulas_of_others(case: Case) -> None:
    """To the last bit; within one unit where the truth is a tie, which rounding twice misses."""
    for point in case["points"]:
        lowered = with_float_numbers(lower(parse(translated(case["expr"]))))
        known = references(case, point)
        assert max(map(len, known)) <= 2
        try:
            found = results(lowered, point["point"], list(known))
        except MathError:
            assert case["id"] in UNDECIDED_TIES
            continue
        assert found.keys() == known.keys()
        for names, truth in known.items():
            off = abs(found[names] - truth)
            assert off <= (math.ulp(truth) if is_short(case) else 0.0), (names, point["point"])


def is_short(case: Case) -> bool:
    """Whether a formula has few enough digits to be halfway between two float64s."""
    return case["id"] in {"sh017", "sh103", "qalculate#477"}


def test_a_point_where_floats_are_wrong() -> None:
    (case, point), *others = [
        (case, point) for case in FORMULAS for point in case["points"] if "naive_f64_rel_err" in point
    ]
    assert not others
    lowered = with_float_numbers(lower(parse(case["expr"])))
    evaluation = Evaluation(lowered, point["point"])
    exact, _ = certified(evaluation)
    node = evaluation.outputs[0].node
    assert evaluation.value(node) != point["value"]
    assert exact.value(node) == point["value"]


# -- Random formulas -----------------------------------------------------------------------------

coordinate = st.one_of(
    st.integers(-4000, 4000).map(lambda n: n / 1000),
    st.floats(-12, 3).map(lambda e: 10.0**e),
    st.floats(-12, 3).map(lambda e: -(10.0**e)),
)


def nearest(truth: mpf, margin: Fraction) -> float | None:
    """The float64 nearest to a number that is known up to a margin; None where that is a tie."""
    sign, mantissa, exponent, _ = truth._mpf_
    exact = (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** exponent
    try:
        low, high = float(exact - margin), float(exact + margin)
    except OverflowError:
        return None
    return low + 0.0 if low == high else None


def slope(lowered: Lowered, point: dict[str, float], name: str) -> mpf:
    """The derivative, by a central difference with a third of mpmath's digits as its step."""
    step = mpf(10) ** (-mp.dps // 3)
    ahead, behind = (
        true_value(lowered.graph, lowered.output, {**point, name: mpf(point[name]) + shift})
        for shift in (step, -step)
    )
    return (ahead - behind) / (2 * step)


@pytest.mark.parametrize("formulas", [arithmetic(leaves=10), smooth(leaves=6)], ids=["+-*/", "smooth"])
def test_random_formulas_are_rounded_correctly(formulas: st.SearchStrategy[str]) -> None:
    seen = Counter[str]()

    @settings(deadline=None, derandomize=True, max_examples=100)
    @given(formulas, coordinate, coordinate, coordinate)
    def check(text: str, x: float, y: float, z: float) -> None:
        lowered = with_float_numbers(lower(parse(text)))
        lowered.graph.meanings.clear()
        point = {name: {"x": x, "y": y, "z": z}[name] for name in lowered.graph.variables}
        try:
            evaluation, certificate = certified(Evaluation(lowered, point), False)
        except MathError:
            seen["refused"] += 1
            return
        (output,) = evaluation.outputs
        numbers = {"": evaluation.value(output.node)}
        if not diagnose(evaluation, certificate).sides:
            numbers |= evaluation.gradient(output)
        for name, number in numbers.items():
            try:
                truth = slope(lowered, point, name) if name else _true(lowered, point)
            except OutsideTheDomainError:
                seen["outside"] += 1
                continue
            if not math.isfinite(number) or 0 < abs(truth) < 1e-290:
                seen["extreme"] += 1
                continue
            wanted = nearest(truth, Fraction(1, 10**60))
            if wanted is not None:
                assert number == wanted, f"{name or 'value'} of {text} at {point}"
                seen["checked"] += 1

    with mp.workdps(400):
        check()
    assert seen["checked"] > 100


def _true(lowered: Lowered, point: dict[str, float]) -> mpf:
    return true_value(lowered.graph, lowered.output, point)


CANCELLATION = [
    # formula, value at x, derivative along x
    ("sqrt(x + 1) - sqrt(x)", 1e15, lambda x: 1 / (mp.sqrt(x + 1) + mp.sqrt(x))),
    ("(1 - cos(x))/x^2", 1e-8, lambda x: 2 * (mp.sin(x / 2) / x) ** 2),
    ("exp(x) - 1 - x", 1e-10, lambda x: mp.nsum(lambda k: x**k / mp.fac(k), [2, 12])),
    ("log(1 + x)", 1e-20, mp.log1p),
    ("(x + 1e16) - 1e16", 0.1, lambda x: x),
    ("(x - 1)^7 - x^7 + 7*x^6", 1e5, lambda x: (x - 1) ** 7 - x**7 + 7 * x**6),
    ("sin(x) - x + x^3/6", 1e-5, lambda x: mp.sin(x) - x + x**3 / 6),
    ("tan(x)", 1.5707963267948966, mp.tan),
    ("sin(x)", 1e22, mp.sin),
    ("exp(x)*exp(-x) - 1", 300.0, lambda x: mpf(0) * x),
    ("log(cosh(x)) - x", 400.0, lambda x: mp.log1p(mp.exp(-2 * x)) - mp.log(2)),
]


@pytest.mark.parametrize(("text", "x", "truth"), CANCELLATION, ids=[text for text, _, _ in CANCELLATION])
def test_cancellation(text: str, x: float, truth: Any) -> None:
    value, gradient = value_and_gradient(text, x=x)
    with mp.workdps(700):
        h = mpf(10) ** -200
        wanted = truth(mpf(x)), (truth(mpf(x) + h) - truth(mpf(x) - h)) / (2 * h)
        margin = Fraction(1, 10**330)
        assert value == nearest(wanted[0], margin)
        assert gradient["x"] == nearest(wanted[1], margin)


def test_a_sum_of_which_floats_have_no_digit() -> None:
    text = "333.75*b^6 + a^2*(11*a^2*b^2 - b^6 - 121*b^4 - 2) + 5.5*b^8 + a/(2*b)"
    a, b = 77617, 33096
    exact = (
        Fraction(1335, 4) * b**6
        + a**2 * (11 * a**2 * b**2 - b**6 - 121 * b**4 - 2)
        + Fraction(11, 2) * b**8
        + Fraction(a, 2 * b)
    )
    assert value_of(text, a=a, b=b) == float(exact) == -0.8273960599468214


# -- Numbers in the formula ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "decimal", "as_float"),
    [
        ("0.1 + 0.2 - 0.3", 0.0, float(Fraction(0.1) + Fraction(0.2) - Fraction(0.3))),
        ("1e23", 1e23, 1e23),
        ("1e23 - 99999999999999991611392", 8388608.0, 0.0),
        ("3*0.1 - 0.3", 0.0, float(3 * Fraction(0.1) - Fraction(0.3))),
        ("sin(pi)", 0.0, math.sin(math.pi)),
        ("(pi - 3.141592653589793)*0", 0.0, 0.0),
        ("floor(30*0.1)", None, 3.0),
        ("floor(10*0.3)", None, 2.0),
        ("0.1 == 0.1000000000000000055511151231257827", 0.0, 1.0),
    ],
)
def test_numbers_are_decimal_or_float64(text: str, decimal: float | None, as_float: float) -> None:
    evaluation, certificate = certify(text, {}, decimal=False)
    assert evaluation.value(evaluation.outputs[0].node) == as_float
    assert not certificate.decimal
    if decimal is not None:
        evaluation, certificate = certify(text, {})
        assert evaluation.value(evaluation.outputs[0].node) == decimal
        assert certificate.decimal


def test_inputs_are_float64_all_the_same() -> None:
    assert value_of("x - 0.1", x=0.1) == float(Fraction(0.1) - Fraction(1, 10))
    assert value_of("sin(x)", x=math.pi) == math.sin(math.pi)


def test_derivatives_of_powers_keep_their_decimals() -> None:
    _, gradient = value_and_gradient("x^0.1", x=2.0)
    with mp.workdps(50):
        assert gradient["x"] == float(mpf("0.1") * mpf(2) ** (mpf("0.1") - 1))


# -- Where there is an end -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "point", "said"),
    [
        ("floor(0.1*x)", {"x": 30.0}, "only known to lie in"),
        ("floor(sqrt(2)^2)", {}, "only known to lie in"),
        ("sign(sin(pi))", {}, "only known to lie in"),
        ("where(3*0.1 > 0.3, 1, 2)", {}, "only known to lie in"),
        ("log(x)", {"x": -1.0}, "log(x) at x = -1 is outside the domain"),
        ("sqrt(sin(pi) - x)", {"x": 1.0}, "sqrt(v2) at v2 = -1 is outside the domain"),
        ("log(sin(pi)*x)", {"x": 1.0}, "nothing is known of it"),
        ("1/(x - x)", {"x": 1.0}, "1/v1 at v1 = 0 is outside the domain"),
        ("x^0.5", {"x": 0.0}, "the derivative along x is inf: x^0.5 has the partial inf"),
        ("nan*x", {"x": 1.0}, "the result is nan, from nan"),
        # The float nearest to -1/e is below it.
        ("lambertw(x)", {"x": -0.36787944117144233}, "outside the domain: lambertw(x) needs x >= -1/e"),
        # Where floats overflow, balls may not: the node to blame is theirs.
        ("9^9^9^9", {}, "9^v2 at v2 = 4.28124773175747e+369693099 is too large"),
        ("exp(exp(exp(x)))", {"x": 10.0}, "exp(v2) at v2 = 9.38751221858359e+9565 is too large"),
        ("where(x > 0, log(-x), log(x))", {"x": 1.0}, "log(v2) at v2 = -1 is outside the domain"),
    ],
)
def test_what_cannot_be_certified(text: str, point: dict[str, float], said: str) -> None:
    with pytest.raises(MathError) as refused:
        certify(text, point, limits=Limits())
    assert said in refused.value.message
    # There is something to be done only where precision is what is missing.
    assert (refused.value.hint is None) == ("outside" in said or " is inf" in said or " is nan" in said)


def test_limits() -> None:
    text, point = "floor(0.1*x)", {"x": 30.0}
    with pytest.raises(MathError, match="with 256 bits"):
        certify(text, point, limits=Limits(bits=256))
    with pytest.raises(MathError, match="in 0 seconds: 128 bits are not enough"):
        certify(text, point, limits=Limits(seconds=0.0))
    # Time that is over before it has begun still allows for what takes no second attempt.
    assert certify("x/3", {"x": 1.0}, limits=Limits(seconds=0.0))[1].bits == 128


def test_which_result_is_meant() -> None:
    lowered = lower(parse("a = x^2; b = floor(0.1*x)"))
    with pytest.raises(MathError, match="the value of b cannot"):
        certified(Evaluation(lowered, {"x": 30.0}, ["a", "b"]))
    with pytest.raises(MathError, match="the second derivative along x and x is inf"):
        certify("x^1.5", {"x": 0.0}, order=2)


def test_overflow_and_underflow() -> None:
    assert value_and_gradient("exp(x)", x=710.0) == (math.inf, {"x": math.inf})
    assert value_and_gradient("-exp(x)", x=1e5) == (-math.inf, {"x": -math.inf})
    assert value_and_gradient("exp(x)", x=-746.0) == (0.0, {"x": 0.0})
    # Nothing overflows on the way.
    assert value_and_gradient("exp(x)*exp(-x)", x=1e4) == (1.0, {"x": 0.0})
    assert value_of("sqrt(x*x + y*y)", x=3 * 2.0**600, y=4 * 2.0**600) == 5 * 2.0**600
    assert value_of("x*x/x", x=1e-300) == 1e-300
    value, gradient = value_and_gradient("log(exp(x) + exp(y))", x=-1000.0, y=-1000.0)
    assert (value, gradient) == (-999.3068528194401, {"x": 0.5, "y": 0.5})
    assert value_of("exp(x)", x=-745.0) == 5e-324


@pytest.mark.parametrize(
    ("text", "derivative"),
    [
        ("x - x", 0.0),
        ("sin(x)^2 + cos(x)^2 - 1", 0.0),
        ("exp(log(x)) - x", 0.0),
        ("(x + 1)^2 - x^2 - 2*x - 1", 0.0),
        ("x/3 - x/6 - x/6", 0.0),
        ("sqrt(2)*sqrt(2)*x - 2*x", 0.0),
    ],
)
def test_results_that_are_0(text: str, derivative: float) -> None:
    value, gradient = value_and_gradient(text, x=0.7)
    assert (value, gradient) == (0.0, {"x": derivative})
    assert math.copysign(1.0, value) == 1.0
    assert digits_of(text, 30, x=0.7) == "0"


def test_more_outputs_and_second_derivatives() -> None:
    lowered = lower(parse("a = exp(x)/3; b = a*y"))
    evaluation = Evaluation(lowered, {"x": 1.0, "y": 0.1}, ["a", "b"], order=2)
    exact, _ = certified(evaluation)
    a, b = exact.outputs
    with mp.workdps(40):
        third = mp.e / 3
        assert exact.value(a.node) == float(third)
        assert exact.hessian(a) == {"x": {"x": float(third), "y": 0}, "y": {"x": 0, "y": 0}}
        assert exact.gradient(b) == {"x": float(third * mpf(0.1)), "y": float(third)}
        assert exact.hessian(b)["x"] == {"x": float(third * mpf(0.1)), "y": float(third)}
    # The evaluation that was certified keeps its own numbers.
    assert evaluation.value(a.node) == math.exp(1.0) / 3


# -- Kinks ---------------------------------------------------------------------------------------

CONVENTIONS = [
    ("abs(x)", {"x": 0.0}, {"x": 0.0}),
    ("relu(x)", {"x": 0.0}, {"x": 0.0}),
    ("max(x, y)", {"x": 2.0, "y": 2.0}, {"x": 0.5, "y": 0.5}),
    ("min(x, 0.5)", {"x": 0.5}, {"x": 0.5}),
    ("floor(x)", {"x": 3.0}, {"x": 0.0}),
    ("sign(x)", {"x": 0.0}, {"x": 0.0}),
    ("clip(x, 1, 2)", {"x": 1.0}, {"x": 0.0}),
    ("where(x > 1, x^2, 3*x)", {"x": 1.0}, {"x": 3.0}),
    ("hypot(x, y)", {"x": 0.0, "y": 0.0}, {"x": 0.0, "y": 0.0}),
]


@pytest.mark.parametrize(("text", "point", "gradient"), CONVENTIONS)
def test_exact_kinks_follow_the_conventions(
    text: str, point: dict[str, float], gradient: dict[str, float]
) -> None:
    """With the same warnings as floats have, for nothing is rounded here."""
    evaluation, diagnosis = diagnosed(text, point)
    (output,) = evaluation.outputs
    assert evaluation.gradient(output) == gradient
    assert {warned.code for warned in diagnosis.warnings} == {"kink"}
    floats = diagnose(Evaluation(lower(parse(text)), point))
    assert diagnosis.warnings == floats.warnings


def test_a_derivative_from_both_sides_is_not_certified() -> None:
    evaluation, diagnosis = diagnosed("relu(x) - relu(-x)", {"x": 0.0})
    (output,) = evaluation.outputs
    assert evaluation.gradient(output) == {"x": 1.0}
    assert [warned.code for warned in diagnosis.warnings] == ["uncertified"]


@pytest.mark.parametrize(
    ("text", "x", "value", "derivative"),
    [
        # Floats see a kink at 0 where x is a little greater than the decimal 0.1.
        ("abs(x - 0.1)", 0.1, 2.0**-54 / 10, 1.0),
        ("relu(0.3 - x)", 0.3, float(Fraction(3, 10) - Fraction(0.3)), -1.0),
        ("where(x^2 > 2, 1/x, x)", 2**0.5, 1 / 2**0.5, None),
        ("abs((x + 1e-30) - x)", 1.0, 1e-30, 0.0),
    ],
)
def test_what_is_no_kink(text: str, x: float, value: float, derivative: float | None) -> None:
    evaluation, diagnosis = diagnosed(text, {"x": x})
    (output,) = evaluation.outputs
    assert math.isclose(evaluation.value(output.node), value, rel_tol=1e-15)
    assert derivative is None or evaluation.gradient(output)["x"] == derivative
    assert diagnosis.warnings == []


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("max(x, 0.1)", {"x": 0.1}),
        ("x > 0.1 ? x^2 : x", {"x": 0.1}),
        ("log(exp(x) + exp(y))", {"x": -1000.0, "y": -1000.0}),
    ],
)
def test_what_is_a_kink_only_when_rounded(text: str, point: dict[str, float]) -> None:
    assert diagnosed(text, point)[1].warnings == []


def test_a_tie_after_a_division() -> None:
    assert value_of("x + 2/3*y", x=2.0**53, y=1.5) == 2.0**53


def test_errors_are_those_of_one_rounding() -> None:
    evaluation, diagnosis = diagnosed("sqrt(1 + x) - 1", {"x": 1e-14})
    node = evaluation.outputs[0].node
    assert diagnosis.errors[node].absolute == math.ulp(evaluation.value(node)) / 2
    assert diagnosis.warnings == []


# -- Digits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "x", "truth"),
    [
        ("exp(x)", 1.0, mp.exp),
        ("sin(x)", 1e22, mp.sin),
        ("log(x)", 0.1, mp.log),
        ("x^x", 0.3, lambda x: x**x),
        ("tanh(x)/7", 0.25, lambda x: mp.tanh(x) / 7),
        ("sqrt(x + 1) - sqrt(x)", 1e15, lambda x: mp.sqrt(x + 1) - mp.sqrt(x)),
        ("exp(-x^2)", 30.0, lambda x: mp.exp(-x * x)),
        ("pi*x", -1e-10, lambda x: mp.pi * x),
    ],
)
@pytest.mark.parametrize("digits", [16, 50, 500])
def test_digits_against_mpmath(text: str, x: float, truth: Any, digits: int) -> None:
    with mp.workdps(digits + 60):
        wanted = truth(mpf(x))
        found = digits_of(text, digits, x=x)
        assert mpf(found) == mpf(mp.nstr(wanted, digits, strip_zeros=False))
    assert len(found.lstrip("-0.").partition("e")[0].replace(".", "")) == digits


def test_digits_of_derivatives() -> None:
    evaluation, certificate = certify("x^3/y", {"x": 0.5, "y": 7.0}, digits=30, order=2)
    (output,) = evaluation.outputs
    x, y = evaluation.wrt_nodes.values()
    texts = certificate.digits
    assert texts[evaluation.derivative(output, x)] == "0.107142857142857142857142857143"
    assert texts[evaluation.derivative(output, y)] == "-0.00255102040816326530612244897959"
    assert texts[evaluation.second_derivative(output, x, x)] == "0.428571428571428571428571428571"
    assert (
        texts[evaluation.second_derivative(output, x, y)]
        == texts[evaluation.second_derivative(output, y, x)]
    )


@pytest.mark.parametrize(
    ("x", "digits", "text"),
    [
        # Ties go to the even digit.
        (0.125, 2, "0.12"),
        (0.375, 2, "0.38"),
        (2.5, 1, "2"),
        (3.5, 1, "4"),
        (-2.5, 1, "-2"),
        (9.5, 1, "1e+01"),
        (99.5, 2, "1.0e+02"),
        (0.5, 20, "0.50000000000000000000"),
        (1e22, 20, "1.0000000000000000000e+22"),
        (1e16, 20, "10000000000000000.000"),
        (1e-4, 20, "0.00010000000000000000479"),
        (1e-5, 20, "1.0000000000000000818e-05"),
        (-1e-300, 17, "-1.0000000000000000e-300"),
    ],
)
def test_how_digits_are_written(x: float, digits: int, text: str) -> None:
    assert digits_of("x", digits, x=x) == text


def test_numbers_beyond_float64_have_digits() -> None:
    assert digits_of("exp(-x)", 20, x=1e5) == "3.5629495653093731211e-43430"
    assert digits_of("exp(x)", 20, x=710.0) == "2.2339947661617110313e+308"
    assert digits_of("10^x", 16, x=100000.0) == "1.000000000000000e+100000"


# -- Floats against balls ------------------------------------------------------------------------

_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "and": "and", "or": "or"}
_SIGNS |= {name: sign for sign, name in COMPARISON_SIGNS.items()}
_ELSEWHERE = {"neg", "pow"}
_FUNCTIONS = [operator for operator in OPERATORS if operator.name not in _ELSEWHERE]
# Their first argument is a whole number.
_OF_AN_ORDER = {"polygamma", "expmoment", "besselj", "bessely", "besseli", "besselk"}

_LEAVES = ["x", "y", "z", "x", "y", "z", "x", "1", "2", "3", "0.1", "0.5", "7.25", "pi", "(-1)"]
_EXPONENTS = ["2", "3", "(-1)", "0.5", "(1/3)", "(-2)"]


def _applied(operator: Operator, arguments: list[str]) -> str:
    name = operator.name
    if name in _SIGNS:
        return f"({arguments[0]} {_SIGNS[name]} {arguments[1]})"
    if name == "not":
        return f"(not {arguments[0]})"
    return f"{name}({', '.join(arguments)})"


@st.composite
def anything(draw: st.DrawFn, depth: int = 3) -> str:
    """Formulas of all that the operator table has, half of it arithmetic."""
    kind = draw(st.integers(0, 9)) if depth else 0
    if kind <= 1:
        return draw(st.sampled_from(_LEAVES))
    if kind <= 5:
        sign = draw(st.sampled_from("+-*/"))
        return f"({draw(anything(depth - 1))} {sign} {draw(anything(depth - 1))})"
    if kind == 6:
        return f"({draw(anything(depth - 1))})^{draw(st.sampled_from(_EXPONENTS))}"
    operator = draw(st.sampled_from(_FUNCTIONS))
    count = draw(st.integers(2, 3)) if operator.variadic else len(operator.parameters)
    arguments = [draw(anything(depth - 1)) for _ in range(count)]
    if operator.name in _OF_AN_ORDER:
        arguments[0] = draw(st.sampled_from("0123"))
    return _applied(operator, arguments)


anywhere = st.one_of(coordinate, st.integers(-3, 3).map(float))


def _covered(text: str, point: dict[str, float], seen: Counter[str]) -> None:
    """That the estimate of the rounding error covers what the value of floats is off."""
    lowered = lower(parse(text))
    evaluation = Evaluation(lowered, {name: point[name] for name in lowered.graph.variables})
    node = evaluation.outputs[0].node
    value = evaluation.value(node)
    error = rounding_errors(evaluation, [node])[node].absolute
    if not (math.isfinite(value) and math.isfinite(error)):
        seen["not finite"] += 1
        return
    without = Evaluation(lowered, evaluation.point, wrt=list(evaluation.point)[:1])
    try:
        exact, certificate = certified(without, digits=40, limits=Limits(seconds=1.0))
    except MathError:
        seen["not certified"] += 1
        return
    result = exact.outputs[0].node
    # What rounds to 0 may have an exponent that is too long for fractions.
    truth = Fraction(certificate.digits[result] if exact.value(result) else 0)
    seen["checked"] += 1
    # A bound is computed in floats, too, and below the smallest floats errors are of underflow.
    allowed = Fraction(error) * (1 + Fraction(1, 10**5)) + Fraction(5e-324) + abs(truth) / 10**39
    assert abs(Fraction(value) - truth) <= allowed, (
        f"{text} at {evaluation.point} is {float(truth)!r}, not {value!r} +- {error:.3g}"
    )


UNEASY = [
    # Next to branch points, poles and edges of a domain.
    ("acosh(y/x)", {"x": 0.7356826990193573, "y": 0.7356826990193575}),
    ("acsc(sqrt(y/x))", {"x": 169.7184452094321, "y": 169.7184452094431}),
    ("atanh(x/y)", {"x": 0.020216786793468045, "y": 0.020216786793468063}),
    ("log1p(-x/y)", {"x": 1.4821391404492748, "y": 1.4821391404492752}),
    ("logit(x/y)", {"x": 0.04130720115392563, "y": 0.04130720115392564}),
    ("acoth(y/x)", {"x": 0.04130720115392563, "y": 0.04130720115392564}),
    ("acos(1 - x)", {"x": 1e-16}),
    ("asin(0.99999999999999998)", {}),
    ("acosh(1.0000000000000000001)", {}),
    ("sqrt(1.0000000000000000001 - 1)", {}),
    ("digamma(-y/x)", {"x": 30.949802635793016, "y": 30.94980263579302}),
    ("gamma(x - 1)", {"x": 7.248645592803019e-17}),
    ("log(abs(log1p(-1/(1/(1 - x)))))", {"x": 5.80159743530102e-14}),
    (
        "max(asinh(10), deg(y))/erf(sigmoid(acosh(y/x)))",
        {"x": 1e-08, "y": 1.0000000000000008e-08},
    ),
    # Large arguments of waves.
    ("sin(x*3.3)", {"x": 6465682283340678.0}),
    ("tan(x*0.1)", {"x": 2306384234133096.0}),
    ("cos(x^2)", {"x": 25818420737.432415}),
    ("sin(1e17*0.99999999999999998)", {}),
    ("exprel(cos(x + 0.1))", {"x": 6.80805026706227e17}),
    ("exprel((deg(y) + 1^0.5)*cos(10/x)/3)", {"x": 5.368193136593113e-13, "y": 1.4454540324252783}),
    ("sinc(sqrt(2)*x + 0.1*x)", {"x": 6.292319475937921e16}),
    ("fresnelc(x*log(2))", {"x": 432698961100550.56}),
    ("exprel(fresnels(x*exp(0.5)))", {"x": 2248687152.063393}),
    ("besselj(0, x*pi)", {"x": 1.7182394029984045e17}),
    ("log(abs(bessely(1, x + 0.1)))", {"x": 1.3328054217384714e17}),
    ("mod(1.7*x + 0.1*x, 2.5)", {"x": 3.0401637173374904e16}),
    ("mod(x^2, 2.5)", {"x": 105844229.73493172}),
    ("mod(x + 0.1, 1)", {"x": 8.994327699906747e16}),
    # What underflows on the way.
    ("x^3/x^2", {"x": 1e-120}),
    ("x^2*1e300*1e20", {"x": 2e-160}),
]


@pytest.mark.parametrize(("text", "point"), UNEASY)
def test_the_error_estimate_holds_where_first_order_does_not(text: str, point: dict[str, float]) -> None:
    seen = Counter[str]()
    _covered(text, point, seen)
    assert seen["checked"]


_A_FEW_UNITS = st.integers(1, 6).map(lambda count: 1 + count * 2.0**-52)
_SLIGHT = st.floats(-16, -2).map(lambda exponent: 10.0**exponent)
_FACTORS = st.sampled_from(["pi", "0.1", "(1/3)", "sqrt(2)", "log(2)", "1.7"])


@st.composite
def at_an_edge(draw: st.DrawFn) -> tuple[str, dict[str, float]]:
    """Functions of what lies a little beside 1, where they have branch points and poles."""
    x = 10.0 ** draw(st.floats(-3, 3))
    point = {"x": x, "y": x * draw(st.one_of(_A_FEW_UNITS, _SLIGHT.map(lambda s: 1 + s)))}
    point["t"] = draw(_SLIGHT)
    k = draw(_FACTORS)
    above = ["y/x", f"(y*{k})/(x*{k})", "sqrt(y/x)", f"(1 + t*{k})", "exp(t)", "1/(1 - t)"]
    below = ["x/y", f"(x*{k})/(y*{k})", "(1 - t)", f"(1 - t*{k})", "exp(-t)", "cos(t)", "(1 - t^2)"]
    functions_above = ["acosh", "asec", "acsc", "acoth", "li", "log"]
    functions_below = ["acos", "asin", "atanh", "asech", "logit", "erfinv", "li", "log"]
    functions_both = ["log1p(-%s)", "sqrt(abs(1 - %s))", "digamma(-%s)", "gamma(-%s)", "asin(-1/%s)"]
    functions, operands = draw(st.sampled_from([(functions_above, above), (functions_below, below)]))
    function = draw(st.sampled_from([*(f"{name}(%s)" for name in functions), *functions_both]))
    return function % draw(st.sampled_from(operands)), point


@st.composite
def far_out(draw: st.DrawFn) -> tuple[str, dict[str, float]]:
    """Functions that oscillate, of large numbers that are rounded."""
    names = ["sin", "cos", "tan", "sec", "csc", "cot", "sinc", "si", "fresnels", "fresnelc"]
    functions = [f"{name}(-(%s))" for name in [*names, "digamma", "lgamma"]]
    functions += ["ci(%s)", "besselj(0, %s)", "bessely(1, %s)", "mod(%s, 1)", "mod(%s, 2.5)"]
    k = draw(_FACTORS)
    operand = draw(st.sampled_from([f"x*{k}", f"x/{k}", "x^2", f"{k}*x + 0.1*x", "x + 0.1"]))
    return draw(st.sampled_from(functions)) % operand, {"x": 10.0 ** draw(st.floats(1, 17))}


_AROUND = ["%s", "%s", "1/(%s)", "(%s)^2 + 1", "exprel(%s)", "log(abs(%s))"]


def _fuzz_uneasy(examples: int, derandomize: bool) -> Counter[str]:
    seen = Counter[str]()

    @settings(deadline=None, derandomize=derandomize, max_examples=examples)
    @given(st.one_of(at_an_edge(), far_out()), st.sampled_from(_AROUND))
    def check(formula: tuple[str, dict[str, float]], around: str) -> None:
        text, point = formula
        _covered(around % text, point, seen)

    check()
    return seen


@pytest.mark.slow
def test_the_error_estimate_holds_at_edges_and_far_out() -> None:
    seen = _fuzz_uneasy(400, derandomize=True)
    assert seen["checked"] > 200


@pytest.mark.slow
def test_the_error_estimate_holds_at_edges_and_far_out_at_length(request: pytest.FixtureRequest) -> None:
    chosen = request.config.getoption("hypothesis_seed")
    seen = _fuzz_uneasy(6_000, derandomize=chosen is None)
    assert seen["checked"] > 3_000


@pytest.mark.parametrize("text", ["0.1", "2*0.1", "pi"])
def test_a_number_alone_is_within_its_error_estimate(text: str) -> None:
    evaluation = Evaluation(lower(parse(text)), {})
    node = evaluation.outputs[0].node
    assert rounding_errors(evaluation, [node])[node].absolute > 0


def _fuzz(examples: int, derandomize: bool) -> Counter[str]:
    seen = Counter[str]()

    @settings(
        deadline=None,
        derandomize=derandomize,
        max_examples=examples,
        phases=[Phase.generate, Phase.shrink],
        print_blob=True,
        report_multiple_bugs=False,
    )
    @given(anything(), anywhere, anywhere, anywhere)
    def check(text: str, x: float, y: float, z: float) -> None:
        _covered(text, {"x": x, "y": y, "z": z}, seen)

    check()
    return seen


def test_floats_are_within_their_own_error_estimate() -> None:
    seen = _fuzz(600, derandomize=True)
    assert seen["checked"] > 300


@pytest.mark.slow
def test_floats_are_within_their_own_error_estimate_at_length(request: pytest.FixtureRequest) -> None:
    """The same formulas in every run; `--hypothesis-seed random` looks for new ones."""
    chosen = request.config.getoption("hypothesis_seed")
    seen = _fuzz(12_000, derandomize=chosen is None)
    assert seen["checked"] > 6_000


FORMS = [
    ("diff(sqrt(1 + x) - 1, x)", "0.5/sqrt(1 + x)"),
    ("diff(x^3*0.1, x, 2)", "0.6*x"),
    ("g(t) = diff(exp(0.1*t), t); g(x)", "0.1*exp(0.1*x)"),
    ("sum(i, 1, 20, x^i/i!)", "+".join(f"x^{i}/{i}!" for i in range(1, 21))),
    ("prod(i, 1, 5, x - 0.1*i)", "(x-0.1)*(x-0.2)*(x-0.3)*(x-0.4)*(x-0.5)"),
]


@pytest.mark.parametrize(("text", "same"), FORMS)
def test_derivatives_and_sums_in_a_formula_are_certified_too(text, same):
    """They are of the numbers as they are written: of 0.1, not of its float64."""
    found: list[list[str]] = []
    for formula in (text, same):
        evaluation = Evaluation(lower(parse(formula)), {"x": 1e-9})
        _, certificate = certified(evaluation, digits=40, limits=PATIENT)
        (output,) = evaluation.outputs
        slope = evaluation.derivative(output, evaluation.wrt_nodes["x"])
        found.append([certificate.digits[output.node], certificate.digits[slope]])
    assert found[0] == found[1]
