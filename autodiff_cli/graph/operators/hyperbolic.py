"""Hyperbolic functions and their inverses.

Partials are products, which keep their digits when they are differentiated once more:
1 - tanh(x)^2 is 0 from x = 19 on, sech(x)^2 is not.
"""

from autodiff_cli.graph.operators.families import derivatives
from autodiff_cli.graph.operators.record import Operator
from autodiff_cli.numbers import hyperbolic

_WIDE = (-1e10, 1e10)
# To where they overflow and underflow.
_GROWING = (-711, 711)
_FALLING = (-747, 747)

HYPERBOLIC = (
    Operator(
        "sinh",
        ("x",),
        hyperbolic.sinh,
        summary="hyperbolic sine",
        partials={"x": "cosh(x)"},
        rounding=2,
        samples={"x": _GROWING},
    ),
    Operator(
        "cosh",
        ("x",),
        hyperbolic.cosh,
        summary="hyperbolic cosine",
        partials={"x": "sinh(x)"},
        samples={"x": _GROWING},
    ),
    Operator(
        "tanh",
        ("x",),
        hyperbolic.tanh,
        summary="hyperbolic tangent",
        partials={"x": "sech(x)^2"},
        samples={"x": (-400, 400)},
    ),
    Operator(
        "sech",
        ("x",),
        hyperbolic.sech,
        summary="hyperbolic secant, 1/cosh(x)",
        partials={"x": "sech_derivative(1, x)"},
        definition="1/cosh(x)",
        rounding=2,
        samples={"x": _FALLING},
    ),
    derivatives("sech", hyperbolic.sech_derivative, _FALLING, first="-sech(x)*tanh(x)", rounding=2),
    Operator(
        "csch",
        ("x",),
        hyperbolic.csch,
        summary="hyperbolic cosecant, 1/sinh(x)",
        partials={"x": "-(out*coth(x))"},
        definition="1/sinh(x)",
        domain="x != 0",
        rounding=2,
        samples={"x": _FALLING},
    ),
    Operator(
        "coth",
        ("x",),
        hyperbolic.coth,
        summary="hyperbolic cotangent, 1/tanh(x)",
        partials={"x": "-csch(x)^2"},
        definition="1/tanh(x)",
        domain="x != 0",
        samples={"x": (-400, 400)},
    ),
    Operator(
        "asinh",
        ("x",),
        hyperbolic.asinh,
        summary="inverse hyperbolic sine",
        aliases=("arcsinh", "arsinh"),
        partials={"x": "1/hypot(1, x)"},
        samples={"x": _WIDE},
    ),
    Operator(
        "acosh",
        ("x",),
        hyperbolic.acosh,
        summary="inverse hyperbolic cosine",
        aliases=("arccosh", "arcosh"),
        partials={"x": "1/cathetus(x, 1)"},
        domain="x >= 1",
        samples={"x": (1, 1e10)},
    ),
    Operator(
        "atanh",
        ("x",),
        hyperbolic.atanh,
        summary="inverse hyperbolic tangent",
        aliases=("arctanh", "artanh"),
        partials={"x": "1/cathetus(1, x)^2"},
        domain="-1 < x < 1",
        samples={"x": (-1, 1)},
    ),
    Operator(
        "asech",
        ("x",),
        hyperbolic.asech,
        summary="inverse hyperbolic secant, acosh(1/x)",
        aliases=("arcsech", "arsech"),
        partials={"x": "asech_derivative(1, x)"},
        definition="acosh(1/x)",
        domain="0 < x <= 1",
        samples={"x": (0, 1)},
    ),
    derivatives(
        "asech",
        hyperbolic.asech_derivative,
        (0, 1),
        first="-1/(x*sqrt(1 - x^2))",
        domain="0 < x <= 1",
        rounding=2,
    ),
    Operator(
        "acsch",
        ("x",),
        hyperbolic.acsch,
        summary="inverse hyperbolic cosecant, asinh(1/x)",
        aliases=("arccsch", "arcsch"),
        partials={"x": "-(1/abs(x))/hypot(1, x)"},
        definition="asinh(1/x)",
        domain="x != 0",
        samples={"x": _WIDE},
    ),
    Operator(
        "acoth",
        ("x",),
        hyperbolic.acoth,
        summary="inverse hyperbolic cotangent, atanh(1/x)",
        aliases=("arccoth", "arcoth"),
        partials={"x": "-(1/c)/c; c = cathetus(abs(x), 1)"},
        definition="atanh(1/x)",
        domain="abs(x) > 1",
        samples={"x": _WIDE},
    ),
)
