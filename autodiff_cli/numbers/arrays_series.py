"""Power series on arrays, of first derivatives about their roots.

There the terms of the formulas cancel, and a series in the distance from the root does not.
"""

from functools import cache
from importlib import import_module
from math import factorial
from typing import Any

from autodiff_cli.numbers.double_double import two_sum

# Its types say less than is done here.
np: Any = import_module("numpy")

# Floats next to the roots of first derivatives, the module of those of any order, and how far
# from the root the series is used: so far that the terms do not cancel much outside.
_ROOTS = {
    "silu": (-1.278464542761074, "quotients", 0.55),
    "mish": (-1.1924312145154954, "quotients", 0.52),
    "gelu": (-0.7517915246935645, "error_functions", 0.4),
}
_TERMS = 30


@cache
def _series(name: str) -> list[float]:
    """Taylor coefficients of the first derivative of a function, about the float next to its root."""
    root, module, _ = _ROOTS[name]
    derivative = getattr(import_module(f"autodiff_cli.numbers.{module}"), f"{name}_derivative")
    return [derivative(k + 1.0, root) / factorial(k) for k in range(_TERMS)]


def near_root(name: str, x: Any, slope: Any) -> Any:
    """First derivatives of a function, replaced by the series near their root."""
    root, _, reach = _ROOTS[name]
    is_near = np.abs(x - root) < reach
    if not is_near.any():
        return slope
    step = x[is_near] - root
    coefficients = _series(name)
    total = np.full_like(step, coefficients[-1])
    for coefficient in coefficients[-2:1:-1]:
        total = total * step + coefficient
    total, error = two_sum(coefficients[1], total * step)
    slope[is_near] = coefficients[0] + (step * total + step * error)
    return slope
