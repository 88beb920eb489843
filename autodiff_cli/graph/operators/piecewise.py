"""Functions made of pieces: steps, bounds, comparisons, logic, choices.

Where two pieces meet, the value used is the derivative if it exists, else the sub- or
supergradient of least norm: 0 for `abs` and `relu` at 0, an equal share each for a tie of `max`.
"""

from autodiff_cli.graph.operators.record import Kernel, Kink, Operator
from autodiff_cli.numbers import floats

_NEAR = (-10, 10)


def _rounding(
    name: str,
    kernel: Kernel,
    summary: str,
    at: str,
    left: str,
    right: str,
    aliases: tuple[str, ...] = (),
    latex: str = "",
    python: str = "",
) -> Operator:
    """A function of steps: constant between them, with a jump on one side of each."""
    return Operator(
        name,
        ("x",),
        kernel,
        summary=summary,
        aliases=aliases,
        kinks=(Kink(at, {"x": (left, right)}),),
        rounding=0,
        latex=latex,
        python=python,
        samples={"x": _NEAR},
    )


def _condition(name: str, kernel: Kernel, summary: str, boundary: str = "") -> Operator:
    """A comparison or a logical operator: 1 where it holds, 0 where not, constant between."""
    return Operator(
        name,
        ("a", "b"),
        kernel,
        summary=summary,
        kinks=(Kink(boundary),) if boundary else (),
        rounding=0,
        samples={"a": _NEAR, "b": _NEAR},
    )


PIECEWISE = (
    Operator(
        "abs",
        ("x",),
        float.__abs__,
        summary="absolute value",
        aliases=("fabs",),
        partials={"x": "sign(x)"},
        kinks=(Kink("x == 0", {"x": ("-1", "1")}),),
        rounding=0,
        latex=r"\left|{x}\right|",
        python="abs",
        samples={"x": _NEAR},
    ),
    _rounding(
        "sign",
        floats.sign,
        "-1, 0 or 1",
        "x == 0",
        "inf",
        "inf",
        python="({x} > 0) - ({x} < 0)",
    ),
    _rounding(
        "floor",
        floats.floor,
        "greatest whole number <= x",
        "x == out",
        "inf",
        "0",
        latex=r"\left\lfloor {x}\right\rfloor",
        python="math.floor",
    ),
    _rounding(
        "ceil",
        floats.ceil,
        "least whole number >= x",
        "x == out",
        "0",
        "inf",
        latex=r"\left\lceil {x}\right\rceil",
        python="math.ceil",
    ),
    _rounding(
        "round",
        floats.nearest,
        "nearest whole number, halves to even",
        "abs(x - out) == 0.5",
        "where(out > x, inf, 0)",
        "where(out > x, 0, inf)",
        python="round",
    ),
    _rounding(
        "trunc",
        floats.trunc,
        "x without its fraction",
        "x == out and x != 0",
        "where(x > 0, inf, 0)",
        "where(x > 0, 0, inf)",
        python="math.trunc",
    ),
    _rounding("step", floats.step, "1 for x >= 0, else 0", "x == 0", "inf", "0", ("heaviside",)),
    Operator(
        "max",
        ("xs...",),
        floats.maximum,
        summary="greatest of any number of values",
        textbook={"x": "gate(x == out, 1)"},
        partials={"x": "gate(x == out, 1/ties(out, xs))"},
        kinks=(Kink("ties(out, xs) > 1", {"x": ("0", "1")}),),
        rounding=0,
        latex=r"\max",
        python="max",
        samples={"xs": _NEAR},
    ),
    Operator(
        "min",
        ("xs...",),
        floats.minimum,
        summary="least of any number of values",
        textbook={"x": "gate(x == out, 1)"},
        partials={"x": "gate(x == out, 1/ties(out, xs))"},
        kinks=(Kink("ties(out, xs) > 1", {"x": ("1", "0")}),),
        rounding=0,
        latex=r"\min",
        python="min",
        samples={"xs": _NEAR},
    ),
    Operator(
        "ties",
        ("xs...",),
        floats.ties,
        summary="how many of the values after the first equal it",
        rounding=0,
        samples={"xs": _NEAR},
    ),
    Operator(
        "clip",
        ("x", "lower", "upper"),
        floats.clip,
        summary="x, but at least lower and at most upper",
        aliases=("clamp",),
        partials={
            "x": "gate(lower < x and x < upper, 1)",
            "lower": "gate(x <= lower and lower < upper, 1)",
            "upper": "gate(max(x, lower) >= upper, 1)",
        },
        definition="min(max(x, lower), upper)",
        kinks=(
            Kink("x == lower and lower < upper", {"x": ("0", "1"), "lower": ("0", "1")}),
            Kink("x == upper and lower < upper", {"x": ("1", "0"), "upper": ("1", "0")}),
            Kink(
                "x <= lower and lower == upper",
                {"lower": ("where(x < lower, 1, 0)", "0"), "upper": ("1", "0")},
            ),
        ),
        rounding=0,
        samples={"x": _NEAR, "lower": (-5, -1), "upper": (1, 5)},
    ),
    _condition("lt", floats.less, "a < b", "a == b"),
    _condition("le", floats.less_equal, "a <= b", "a == b"),
    _condition("gt", floats.greater, "a > b", "a == b"),
    _condition("ge", floats.greater_equal, "a >= b", "a == b"),
    _condition("eq", floats.equal, "a == b", "a == b"),
    _condition("ne", floats.not_equal, "a != b", "a == b"),
    _condition("and", floats.conjunction, "a and b; zero is false, all else is true"),
    _condition("or", floats.disjunction, "a or b; zero is false, all else is true"),
    Operator(
        "not",
        ("a",),
        floats.negation,
        summary="not a; zero is false, all else is true",
        rounding=0,
        samples={"a": _NEAR},
    ),
    Operator(
        "where",
        ("condition", "a", "b"),
        floats.where,
        summary="a where the condition holds, else b; also: condition ? a : b",
        aliases=("if", "select"),
        partials={"a": "gate(condition, 1)", "b": "gate(not condition, 1)"},
        rounding=0,
        samples={"condition": (0, 1), "a": _NEAR, "b": _NEAR},
    ),
    # What keeps a branch that was not taken from leaking into a derivative: 0 by structure,
    # not 0 times something that may be infinite.
    Operator(
        "gate",
        ("condition", "value"),
        floats.gate,
        summary="the value where the condition holds, else exactly 0",
        partials={"value": "gate(condition, 1)"},
        rounding=0,
        samples={"condition": (0, 1), "value": _NEAR},
    ),
)
