"""Bessel functions of real order, and their derivatives along the order."""

from autodiff_cli.graph.operators.record import Operator
from autodiff_cli.numbers.special import kernel

_REAL = "x > 0"
_PARITY = "x > 0 or n == round(n)"


def _neighbours(letter: str, name: str, orders: str = "") -> str:
    """The derivative along x, from the orders n - 1 and n + 1; `orders` is what stands before n."""
    between = "-" if letter in "JY" else "+"
    half = f"({name}({orders}n - 1, x) {between} {name}({orders}n + 1, x))/2"
    return f"-{half}" if letter == "K" else half


def _slope(letter: str, name: str, orders: str, last: str) -> str:
    """The same, but from the orders n and n + 1 where n is so small that n - 1 may be rounded.

    `last` is the multiple of 1/x.
    """
    sign = "+" if letter == "I" else "-"
    at_0 = "n == 0 or " if orders else ""
    half, after = _neighbours(letter, name, orders), f"{name}({orders}n + 1, x)"
    return f"where({at_0}abs(n) >= 0.5, {half}, {last}/x {sign} {after})"


def _slope_of_base(letter: str, name: str) -> str:
    """The same of the function itself, which is simpler for the order 0."""
    sign = "" if letter == "I" else "-"
    return f"where(n == 0, {sign}{name}(1, x), {_slope(letter, name, '', 'n*out')})"


def _bessel(letter: str, summary: str, domain: str, x: tuple[float, float]) -> tuple[Operator, ...]:
    """A Bessel function, and its derivatives along the order, which are a closed family."""
    name = f"bessel{letter.lower()}"
    family = f"{name}_order"
    last = f"(k*{family}(k - 1, n, x) + n*out)"
    return (
        Operator(
            name,
            ("n", "x"),
            kernel("bessel", name),
            summary=summary,
            partials={"n": f"{family}(1, n, x)", "x": _slope_of_base(letter, name)},
            textbook={"x": _neighbours(letter, name)},
            domain=domain,
            latex=rf"{letter}_{{{{{{n}}}}}}\left({{x}}\right)",
            python=f"scipy.special.{letter.lower()}v",
            samples={"n": (1.0, 1.0), "x": x},
        ),
        Operator(
            family,
            ("k", "n", "x"),
            kernel("bessel", family),
            summary=f"k-th derivative of {name} along its order, for whole k up to 12",
            partials={
                "k": "nan",
                "n": f"{family}(k + 1, n, x)",
                "x": _slope(letter, family, "k, ", last),
            },
            domain="k >= 0 and k == round(k) and k <= 12 and x > 0",
            samples={"k": (1.0, 1.0), "n": (1.0, 1.0), "x": (max(x[0], 1e-3), min(x[1], 50.0))},
        ),
    )


BESSEL = (
    *_bessel("J", "Bessel function of the first kind, of order n", _PARITY, (1e-100, 1e10)),
    *_bessel("Y", "Bessel function of the second kind, of order n", _REAL, (1e-100, 1e10)),
    *_bessel("I", "modified Bessel function of the first kind, of order n", _PARITY, (1e-100, 700)),
    *_bessel("K", "modified Bessel function of the second kind, of order n", _REAL, (1e-100, 700)),
)
