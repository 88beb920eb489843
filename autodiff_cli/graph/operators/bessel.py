"""Bessel functions of real order, and their derivatives along order and argument.

The derivative along x is half a sum of the functions of the orders n - 1 and n + 1. It is left to
the kernel, because a rounding of n + 1 would be multiplied by log(x), and the sum cancels.
"""

from autodiff_cli.graph.operators.families import Interval, mixed_derivatives
from autodiff_cli.graph.operators.record import Operator
from autodiff_cli.numbers.special import kernel

_REAL = "x > 0"
_PARITY = "x > 0 or n == round(n)"


def _neighbours(name: str) -> str:
    """The derivative along x as it is written for people."""
    between = "-" if name in ("besselj", "bessely") else "+"
    half = f"({name}(n - 1, x) {between} {name}(n + 1, x))/2"
    return f"-{half}" if name == "besselk" else half


def _bessel(name: str, summary: str, domain: str, x: Interval) -> tuple[Operator, ...]:
    """A Bessel function and its derivatives."""
    letter = name[-1]
    return (
        Operator(
            name,
            ("n", "x"),
            kernel("bessel", name),
            summary=summary,
            textbook={"x": _neighbours(name)},
            partials={
                "n": f"{name}_derivative(1, 0, n, x)",
                "x": f"{name}_derivative(0, 1, n, x)",
            },
            domain=domain,
            latex=rf"{letter.upper()}_{{{{{{n}}}}}}\left({{x}}\right)",
            python=f"scipy.special.{letter}v",
            samples={"n": (1.0, 1.0), "x": x},
        ),
        mixed_derivatives(
            name,
            kernel("bessel", f"{name}_derivative"),
            {"n": (1.0, 1.0), "x": (max(x[0], 1e-3), min(x[1], 50.0))},
            orders={"i": 1.0, "j": 0.0},
            most=12,
            domain=domain if domain == _REAL else "(x > 0 or i == 0 and n == round(n))",
        ),
    )


BESSEL = (
    *_bessel("besselj", "Bessel function of the first kind, of order n", _PARITY, (1e-100, 1e10)),
    *_bessel("bessely", "Bessel function of the second kind, of order n", _REAL, (1e-100, 1e10)),
    *_bessel(
        "besseli", "modified Bessel function of the first kind, of order n", _PARITY, (1e-100, 700)
    ),
    *_bessel("besselk", "modified Bessel function of the second kind, of order n", _REAL, (1e-100, 700)),
)
