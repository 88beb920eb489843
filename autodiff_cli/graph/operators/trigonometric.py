"""Circular and hyperbolic functions and their inverses, and the two of a plane's point.

Partials are chosen for accuracy over the whole domain: 1 - x^2 cancels near x = 1, where
(1 - x)*(1 + x) does not; 1/(1 + x^2) overflows inside, where (1/h)/h with h = hypot(1, x)
does not; 1 - tanh(x)^2 is 0 from x = 19 on, where 4*t/(1 + t)^2 with t = exp(-2*abs(x)) is right.
"""

import math

from autodiff_cli.graph.operators.record import Kink, Operator
from autodiff_cli.numbers import floats

_TURNS = (-100, 100)
_UNIT = (-1, 1)
_WIDE = (-1e10, 1e10)

TRIGONOMETRIC = (
    Operator(
        "sin",
        ("x",),
        floats.sin,
        summary="sine, of radians",
        partials={"x": "cos(x)"},
        samples={"x": _TURNS},
    ),
    Operator(
        "cos",
        ("x",),
        floats.cos,
        summary="cosine, of radians",
        partials={"x": "-sin(x)"},
        samples={"x": _TURNS},
    ),
    Operator(
        "tan",
        ("x",),
        floats.tan,
        summary="tangent, of radians",
        partials={"x": "1/cos(x)^2"},
        definition="sin(x)/cos(x)",
        samples={"x": _TURNS},
    ),
    Operator(
        "asin",
        ("x",),
        floats.asin,
        summary="inverse sine",
        aliases=("arcsin",),
        partials={"x": "1/sqrt((1 - x)*(1 + x))"},
        domain="-1 <= x <= 1",
        samples={"x": _UNIT},
    ),
    Operator(
        "acos",
        ("x",),
        floats.acos,
        summary="inverse cosine",
        aliases=("arccos",),
        partials={"x": "-1/sqrt((1 - x)*(1 + x))"},
        domain="-1 <= x <= 1",
        samples={"x": _UNIT},
    ),
    Operator(
        "atan",
        ("x",),
        math.atan,
        summary="inverse tangent",
        aliases=("arctan",),
        partials={"x": "(1/h)/h; h = hypot(1, x)"},
        samples={"x": _WIDE},
    ),
    Operator(
        "atan2",
        ("y", "x"),
        math.atan2,
        summary="angle of the point (x, y)",
        aliases=("arctan2",),
        partials={
            "y": "where(h == 0 or h == inf, 0, (x/h)/h); h = hypot(x, y)",
            "x": "where(h == 0 or h == inf, 0, -(y/h)/h); h = hypot(x, y)",
        },
        domain="y != 0 or x != 0",
        # 1/y tells the sides of the branch cut apart: y is 0.0 on one and -0.0 on the other.
        kinks=(
            Kink("x == 0 and y == 0"),
            Kink("y == 0 and x < 0", {"y": ("where(1/y > 0, inf, 1/x)", "where(1/y > 0, 1/x, inf)")}),
        ),
        samples={"y": _WIDE, "x": _WIDE},
    ),
    Operator(
        "hypot",
        ("x", "y"),
        floats.hypot,
        summary="distance of the point (x, y), sqrt(x^2 + y^2)",
        partials={"x": "where(out == 0, 0, x/out)", "y": "where(out == 0, 0, y/out)"},
        definition="sqrt(x^2 + y^2)",
        kinks=(Kink("out == 0", {"x": ("-1", "1"), "y": ("-1", "1")}),),
        samples={"x": _WIDE, "y": _WIDE},
    ),
    Operator(
        "sinh",
        ("x",),
        floats.sinh,
        summary="hyperbolic sine",
        partials={"x": "cosh(x)"},
        rounding=2,
        samples={"x": (-700, 700)},
    ),
    Operator(
        "cosh",
        ("x",),
        floats.cosh,
        summary="hyperbolic cosine",
        partials={"x": "sinh(x)"},
        rounding=2,
        samples={"x": (-700, 700)},
    ),
    Operator(
        "tanh",
        ("x",),
        math.tanh,
        summary="hyperbolic tangent",
        partials={"x": "4*t/(1 + t)^2; t = exp(-2*abs(x))"},
        rounding=3,
        samples={"x": (-300, 300)},
    ),
    Operator(
        "asinh",
        ("x",),
        math.asinh,
        summary="inverse hyperbolic sine",
        aliases=("arcsinh", "arsinh"),
        partials={"x": "1/hypot(1, x)"},
        rounding=2,
        samples={"x": _WIDE},
    ),
    Operator(
        "acosh",
        ("x",),
        floats.acosh,
        summary="inverse hyperbolic cosine",
        aliases=("arccosh", "arcosh"),
        partials={"x": "1/(sqrt(x - 1)*sqrt(x + 1))"},
        domain="x >= 1",
        rounding=2,
        samples={"x": (1, 1e10)},
    ),
    Operator(
        "atanh",
        ("x",),
        floats.atanh,
        summary="inverse hyperbolic tangent",
        aliases=("arctanh", "artanh"),
        partials={"x": "1/((1 - x)*(1 + x))"},
        domain="-1 < x < 1",
        rounding=2,
        samples={"x": _UNIT},
    ),
)
