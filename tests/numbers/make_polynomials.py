"""Makes `autodiff_cli/numbers/polynomials.py`: coefficients of the polynomials in compiled kernels.

    python tests/numbers/make_polynomials.py > autodiff_cli/numbers/polynomials.py

Each polynomial goes through a function at the zeros of a Chebyshev polynomial, which is close to the
best there is; values and coefficients are computed with 300 bits. The degree is the least for
which the Chebyshev coefficients that are left out are below 2^-56 of the result.
"""

from collections.abc import Callable
from typing import NamedTuple

from mpmath import atan, cos, erf, erfc, exp, log, mp, mpf, pi, sin, sinh, sqrt, tanh

mp.prec = 300
Function = Callable[[mpf], mpf]


class Wanted(NamedTuple):
    """A polynomial for `function` between two points; what it is multiplied with is `weight`."""

    says: str
    function: Function
    low: mpf
    high: mpf
    weight: mpf = mpf(1)


# The tails are polynomials of u = 2*shift/(t + shift) - 1, which is 1 at t = 0, and -1 at infinity.
NORMAL_SHIFT, ERFC_SHIFT = 3, 2


def _mills(u: mpf) -> mpf:
    t = 2 * NORMAL_SHIFT / (1 + u) - NORMAL_SHIFT
    return exp(t * t / 2) * erfc(t / sqrt(mpf(2))) / 2 * (t + NORMAL_SHIFT)


def _scaled_erfc(u: mpf) -> mpf:
    t = 2 * ERFC_SHIFT / (1 + u) - ERFC_SHIFT
    return exp(t * t) * erfc(t) * (t + ERFC_SHIFT)


def _odd(function: Function) -> Function:
    """(function(x) - x)/x^3 as a function of x^2."""
    return lambda z: (function(sqrt(z)) - sqrt(z)) / sqrt(z) ** 3


_R = log(mpf(2)) / 2 + mpf(2) ** -20
_S = ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1) + mpf(2) ** -20) ** 2
_QUARTER = (pi / 4 + mpf(2) ** -20) ** 2

WANTED = {
    "EXP": Wanted(
        "(exp(r) - 1 - r)/r^2 for |r| <= log(2)/2", lambda r: (exp(r) - 1 - r) / r**2, -_R, _R, _R**2
    ),
    "LOG": Wanted(
        "(log((1 + s)/(1 - s)) - 2*s)/s^3 of s^2, for s <= (sqrt(2) - 1)/(sqrt(2) + 1)",
        lambda z: (log((1 + sqrt(z)) / (1 - sqrt(z))) - 2 * sqrt(z)) / sqrt(z) ** 3,
        mpf(0),
        _S,
        _S,
    ),
    "SIN": Wanted("(sin(r) - r)/r^3 of r^2, for r <= pi/4", _odd(sin), mpf(0), _QUARTER, _QUARTER),
    "COS": Wanted(
        "(cos(r) - 1 + r^2/2)/r^4 of r^2, for r <= pi/4",
        lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2,
        mpf(0),
        _QUARTER,
        _QUARTER**2,
    ),
    "SINH": Wanted("(sinh(x) - x)/x^3 of x^2, for x <= 1", _odd(sinh), mpf(0), mpf(1)),
    "TANH": Wanted("(tanh(x) - x)/x^3 of x^2, for x <= 1", _odd(tanh), mpf(0), mpf(1)),
    "ATAN": Wanted("(atan(x) - x)/x^3 of x^2, for x <= 1", _odd(atan), mpf(0), mpf(1)),
    "ASIN": Wanted(
        "(asin(x) - x)/x^3 of x^2, for x <= 1/2", _odd(mp.asin), mpf(0), mpf(1) / 4, mpf(1) / 4
    ),
    "ERF": Wanted(
        "(erf(x)/x - 2/sqrt(pi))/x^2 of x^2, for x <= 1",
        lambda z: (erf(sqrt(z)) / sqrt(z) - 2 / sqrt(pi)) / z,
        mpf(0),
        mpf(1),
    ),
    "NORMAL_TAIL": Wanted(
        "exp(t^2/2)*normcdf(-t)*(t + NORMAL_SHIFT) of u",
        _mills,
        mpf(-1),
        mpf(1),
        mpf(4),
    ),
    "ERFC_TAIL": Wanted(
        "exp(t^2)*erfc(t)*(t + ERFC_SHIFT) of u",
        _scaled_erfc,
        mpf(-1),
        mpf(1),
        mpf(4),
    ),
}
# Of these the last two coefficients are told to twice the precision.
IN_PARTS = ("NORMAL_TAIL", "ERFC_TAIL")
POINTS = 64


def chebyshev(wanted: Wanted) -> list[mpf]:
    """Chebyshev coefficients on the interval, as many as matter."""
    middle, half = (wanted.low + wanted.high) / 2, (wanted.high - wanted.low) / 2
    nodes = [cos(pi * (k + mpf(1) / 2) / POINTS) for k in range(POINTS)]
    values = [wanted.function(middle + half * node) for node in nodes]
    found = [
        2 * sum(v * cos(pi * j * (k + mpf(1) / 2) / POINTS) for k, v in enumerate(values)) / POINTS
        for j in range(POINTS)
    ]
    found[0] /= 2
    count = POINTS
    while sum(abs(c) for c in found[count - 1 :]) * wanted.weight < mpf(2) ** -56:
        count -= 1
    return found[:count]


def monomials(coefficients: list[mpf], low: mpf, high: mpf) -> list[mpf]:
    """The same polynomial in powers of x, the highest first."""
    scale, shift = 2 / (high - low), -(high + low) / (high - low)
    before, here = [mpf(1)], [shift, scale]
    total = [mpf(0)] * max(len(coefficients), 2)
    for k, c in enumerate(coefficients):
        for power, factor in enumerate(before):
            total[power] += c * factor
        if k + 1 == len(coefficients):
            break
        after = [mpf(0)] * (len(here) + 1)
        for power, factor in enumerate(here):
            after[power] += 2 * shift * factor
            after[power + 1] += 2 * scale * factor
        for power, factor in enumerate(before):
            after[power] -= factor
        before, here = here, after
    return total[::-1]


def polynomial(name: str) -> list[mpf]:
    """The coefficients, the highest first."""
    wanted = WANTED[name]
    return monomials(chebyshev(wanted), wanted.low, wanted.high)


def text() -> str:
    """The module."""
    lines = [
        '"""Coefficients of polynomials, the highest power first.',
        "",
        "Made by tests/numbers/make_polynomials.py.",
        "Each interpolates a function at Chebyshev's points, and is right to 2^-56 of the result.",
        '"""',
        "",
        "# Of the tails it is u = 2*SHIFT/(t + SHIFT) - 1, which is 1 at t = 0, and -1 at infinity.",
        "# LOW is what rounding took from the last two coefficients.",
        f"NORMAL_SHIFT, ERFC_SHIFT = {NORMAL_SHIFT}.0, {ERFC_SHIFT}.0",
    ]
    for name, wanted in WANTED.items():
        lines += ["", f"# {wanted.says}.", f"{name} = ("]
        coefficients = polynomial(name)
        lines += [f"    {float(c)!r}," for c in coefficients]
        lines.append(")")
        if name in IN_PARTS:
            low = [float(c - float(c)) for c in coefficients[-2:]]
            lines.append(f"{name}_LOW = ({low[0]!r}, {low[1]!r})")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(text(), end="")
