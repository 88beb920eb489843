"""Circular functions and their inverses, angles, and the two of a plane's point.

Partials are products, which keep their digits when they are differentiated once more, and
are chosen for accuracy over the whole domain: 1 - x^2 cancels near x = 1, where
cathetus(1, x)^2 does not; 1/(1 + x^2) overflows inside, where (1/h)/h with h = hypot(1, x)
does not.
"""

import math

from autodiff_cli.graph.operators.families import mixed_derivatives
from autodiff_cli.graph.operators.record import Kink, Operator
from autodiff_cli.numbers import floats, hyperbolic
from autodiff_cli.numbers.special import kernel

_TURNS = (-100, 100)
_UNIT = (-1, 1)
_WIDE = (-1e10, 1e10)
_ORIGIN = Kink("x == 0 and y == 0")

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
        partials={"x": "sec(x)^2"},
        definition="sin(x)/cos(x)",
        samples={"x": _TURNS},
    ),
    Operator(
        "sec",
        ("x",),
        floats.reciprocal(floats.cos),
        summary="secant, 1/cos(x)",
        partials={"x": "out*tan(x)"},
        definition="1/cos(x)",
        rounding=2,
        samples={"x": _TURNS},
    ),
    Operator(
        "csc",
        ("x",),
        floats.reciprocal(floats.sin),
        summary="cosecant, 1/sin(x)",
        partials={"x": "-(out*cot(x))"},
        definition="1/sin(x)",
        domain="sin(x) != 0",
        rounding=2,
        samples={"x": _TURNS},
    ),
    Operator(
        "cot",
        ("x",),
        floats.reciprocal(floats.tan),
        summary="cotangent, 1/tan(x)",
        partials={"x": "-csc(x)^2"},
        definition="cos(x)/sin(x)",
        domain="sin(x) != 0",
        rounding=2,
        samples={"x": _TURNS},
    ),
    Operator(
        "asin",
        ("x",),
        floats.asin,
        summary="inverse sine",
        aliases=("arcsin",),
        partials={"x": "1/cathetus(1, x)"},
        domain="-1 <= x <= 1",
        samples={"x": _UNIT},
    ),
    Operator(
        "acos",
        ("x",),
        floats.acos,
        summary="inverse cosine",
        aliases=("arccos",),
        partials={"x": "-1/cathetus(1, x)"},
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
        "asec",
        ("x",),
        hyperbolic.asec,
        summary="inverse secant, acos(1/x)",
        aliases=("arcsec",),
        partials={"x": "(1/abs(x))/cathetus(abs(x), 1)"},
        definition="acos(1/x)",
        domain="abs(x) >= 1",
        rounding=2,
        samples={"x": _WIDE},
    ),
    Operator(
        "acsc",
        ("x",),
        hyperbolic.acsc,
        summary="inverse cosecant, asin(1/x)",
        aliases=("arccsc",),
        partials={"x": "-(1/abs(x))/cathetus(abs(x), 1)"},
        definition="asin(1/x)",
        domain="abs(x) >= 1",
        rounding=2,
        samples={"x": _WIDE},
    ),
    # 1/x tells the sides of the jump apart: acot(0.0) is pi/2, acot(-0.0) is -pi/2.
    Operator(
        "acot",
        ("x",),
        hyperbolic.acot,
        summary="inverse cotangent, atan(1/x): odd, with a jump at 0",
        aliases=("arccot",),
        partials={"x": "-(1/h)/h; h = hypot(1, x)"},
        kinks=(Kink("x == 0", {"x": ("where(1/x > 0, inf, -1)", "where(1/x > 0, -1, inf)")}),),
        samples={"x": _WIDE},
    ),
    Operator(
        "atan2",
        ("y", "x"),
        math.atan2,
        summary="angle of the point (x, y)",
        aliases=("arctan2",),
        partials={
            "y": "inversion(x, y)",
            "x": "-inversion(y, x)",
        },
        domain="y != 0 or x != 0",
        # 1/y tells the sides of the branch cut apart: y is 0.0 on one and -0.0 on the other.
        kinks=(
            _ORIGIN,
            Kink("y == 0 and x < 0", {"y": ("where(1/y > 0, inf, 1/x)", "where(1/y > 0, 1/x, inf)")}),
        ),
        samples={"y": _WIDE, "x": _WIDE},
    ),
    Operator(
        "inversion",
        ("x", "y"),
        hyperbolic.inversion,
        summary="x/(x^2 + y^2), the point (x, y) inverted in the unit circle; 0 for (0, 0)",
        partials={
            "x": "inversion_derivative(1, 0, x, y)",
            "y": "inversion_derivative(0, 1, x, y)",
        },
        kinks=(_ORIGIN,),
        rounding=2,
        samples={"x": _WIDE, "y": _WIDE},
    ),
    mixed_derivatives(
        "inversion",
        kernel("quotients", "inversion_derivative"),
        {"x": _WIDE, "y": _WIDE},
        orders={"m": 1.0, "n": 0.0},
        kinks=(_ORIGIN,),
    ),
    Operator(
        "hypot",
        ("x", "y"),
        hyperbolic.hypot,
        summary="distance of the point (x, y), sqrt(x^2 + y^2)",
        partials={"x": "direction(x, y)", "y": "direction(y, x)"},
        definition="sqrt(x^2 + y^2)",
        kinks=(Kink("out == 0", {"x": ("-1", "1"), "y": ("-1", "1")}),),
        samples={"x": _WIDE, "y": _WIDE},
    ),
    Operator(
        "direction",
        ("x", "y"),
        hyperbolic.direction,
        summary="x/hypot(x, y), the cosine of the angle of the point (x, y); 0 for (0, 0)",
        partials={"x": "hypot_derivative(2, 0, x, y)", "y": "hypot_derivative(1, 1, x, y)"},
        kinks=(_ORIGIN,),
        rounding=2,
        samples={"x": _WIDE, "y": _WIDE},
    ),
    mixed_derivatives(
        "hypot",
        hyperbolic.hypot_derivative,
        {"x": _WIDE, "y": _WIDE},
        orders={"m": 2.0, "n": 0.0},
        kinks=(_ORIGIN,),
    ),
    # Along h the slope is h/out; hypot(1, x/out) is the same and keeps its digits when it is
    # differentiated.
    Operator(
        "cathetus",
        ("h", "x"),
        hyperbolic.cathetus,
        summary="sqrt(h^2 - x^2), the other leg of a right triangle",
        partials={"h": "hypot(1, x/out)", "x": "-(x/out)"},
        definition="sqrt((h - x)*(h + x))",
        domain="h > 0 and abs(x) <= h",
        samples={"h": (0, 1e10), "x": _WIDE},
    ),
    Operator(
        "deg",
        ("x",),
        floats.degrees,
        summary="degrees, of radians",
        aliases=("degrees",),
        partials={"x": "180/pi"},
        samples={"x": _TURNS},
    ),
    Operator(
        "rad",
        ("x",),
        floats.radians,
        summary="radians, of degrees",
        aliases=("radians",),
        partials={"x": "pi/180"},
        samples={"x": _TURNS},
    ),
)
