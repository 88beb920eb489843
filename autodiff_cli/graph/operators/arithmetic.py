"""Sums, products, quotients, powers, remainders."""

import operator

from autodiff_cli.graph.operators.record import Kink, Operator
from autodiff_cli.numbers import floats

_WIDE = (-1e3, 1e3)

ARITHMETIC = (
    Operator(
        "add",
        ("a", "b"),
        operator.add,
        summary="sum, a + b",
        partials={"a": "1", "b": "1"},
        samples={"a": _WIDE, "b": _WIDE},
    ),
    Operator(
        "sub",
        ("a", "b"),
        operator.sub,
        summary="difference, a - b",
        partials={"a": "1", "b": "-1"},
        samples={"a": _WIDE, "b": _WIDE},
    ),
    Operator(
        "mul",
        ("a", "b"),
        operator.mul,
        summary="product, a*b",
        partials={"a": "b", "b": "a"},
        samples={"a": _WIDE, "b": _WIDE},
    ),
    Operator(
        "div",
        ("a", "b"),
        floats.divide,
        summary="quotient, a/b",
        textbook={"b": "-a/b^2"},
        partials={"a": "1/b", "b": "-(out/b)"},
        domain="b != 0",
        samples={"a": _WIDE, "b": _WIDE},
    ),
    Operator(
        "neg",
        ("a",),
        float.__neg__,
        summary="negative, -a",
        partials={"a": "-1"},
        rounding=0,
        samples={"a": _WIDE},
    ),
    # The partials of a power, by cases (the table is that of ChainRules.jl, Julia):
    #   d/dx: y*x^(y - 1). y - 1 is exact from 1/2 on and for whole numbers, up to 2^53;
    #         elsewhere its rounding would be magnified by log(x), and y*out/x is used, except
    #         where that is 0/0 or inf/inf. Nothing here is constant where y is 0, since the
    #         derivative of this along y is 1/x there.
    #   d/dy: out*log(x). Where the power is 0 the logarithm may be infinite, the product is 0.
    Operator(
        "pow",
        ("x", "y"),
        floats.power,
        summary="power, x^y; of a negative x only for whole y",
        aliases=("power",),
        textbook={"x": "y*x^(y - 1)", "y": "out*log(x)"},
        partials={
            "x": "where(y == 0 and x == 0 or abs(y) >= 9e15 and out == 0, 0,"
            " where((y >= 0.5 or y == round(y)) and y != 0 and abs(y) < 9e15 or x == 0 or abs(x) == inf,"
            " y*x^(y - 1), y*out/x))",
            "y": "where(out == 0 and x >= 0, 0, out*log(x))",
        },
        domain="x > 0 or x == 0 and y >= 0 or x < 0 and y == round(y)",
        samples={"x": (1e-3, 1e3), "y": (-30, 30)},
    ),
    Operator(
        "mod",
        ("x", "y"),
        floats.mod,
        summary="remainder of x/y with the sign of y",
        partials={"x": "1", "y": "-floordiv(x, y)"},
        domain="y != 0",
        definition="x - y*floor(x/y)",
        kinks=(
            Kink(
                "out == 0",
                {
                    "x": ("where(y > 0, -inf, 1)", "where(y > 0, 1, -inf)"),
                    "y": (
                        "where(x < 0, -sign(y)*inf, -round(x/y))",
                        "where(x > 0, sign(y)*inf, -round(x/y))",
                    ),
                },
            ),
        ),
        python="{x} % {y}",
        samples={"x": _WIDE, "y": (0.1, 10)},
    ),
    Operator(
        "floordiv",
        ("x", "y"),
        floats.floordiv,
        summary="greatest whole number <= x/y",
        domain="y != 0",
        kinks=(
            Kink(
                "mod(x, y) == 0",
                {
                    "x": ("where(y > 0, inf, 0)", "where(y > 0, 0, -inf)"),
                    "y": ("where(x < 0, inf, 0)", "where(x > 0, -inf, 0)"),
                },
            ),
        ),
        python="{x} // {y}",
        samples={"x": _WIDE, "y": (0.1, 10)},
    ),
    Operator(
        "avg",
        ("xs...",),
        floats.average,
        summary="average of any number of values",
        aliases=("mean",),
        partials={"x": "1/count(xs)"},
        samples={"xs": _WIDE},
    ),
    Operator(
        "count",
        ("xs...",),
        floats.count,
        summary="how many values there are",
        rounding=0,
        samples={"xs": _WIDE},
    ),
)
