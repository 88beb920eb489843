"""Exact fractions, for what no ball decides: a quotient that lies halfway between two floats.

Only sums, products, quotients and whole powers of numbers have them.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import isfinite
from typing import Any

from autodiff_cli.graph.arena import Graph, NumberSystem, evaluate
from autodiff_cli.graph.operators import BY_NAME, Operator

# Larger graphs, and numbers of more bits, are left alone.
_MOST_NODES, _MOST_BITS, _LARGEST_POWER = 10_000, 100_000, 64


class _NoFractionError(Exception):
    """The value is no fraction, or too long a one."""


def rational_value(
    graph: Graph, root: int, variables: Mapping[int, float], decimal: bool
) -> Fraction | None:
    """The exact value of a node where all that leads to it is rational arithmetic, else None."""
    nodes = graph.reachable([root])
    if len(nodes) > _MOST_NODES:
        return None
    bound = {node: Fraction(value) for node, value in variables.items() if isfinite(value)}
    try:
        return evaluate(graph, nodes, bound, _system(decimal))[root]
    except (_NoFractionError, ZeroDivisionError, KeyError):
        return None  # KeyError: an operator, or a variable, that has no fraction


def nearest_float(fraction: Fraction) -> float:
    """The float64 nearest to a fraction, ties to even; infinite beyond the largest."""
    try:
        return fraction.numerator / fraction.denominator
    except OverflowError:
        return float("inf") if fraction > 0 else float("-inf")


def _system(decimal: bool) -> NumberSystem:
    def constant(graph: Graph, node: int) -> Fraction:
        meaning = graph.meanings.get(node) if decimal else None
        if meaning is None:
            return _finite(graph.constants[node])
        try:
            return Fraction(str(meaning))
        except ValueError:
            raise _NoFractionError from None

    return NumberSystem(_KERNELS, constant, None)


def _finite(value: float) -> Fraction:
    if not isfinite(value):
        raise _NoFractionError
    return Fraction(value)


def _bounded(kernel: Callable[..., Fraction]) -> Callable[..., Fraction]:
    def bounded(*arguments: Fraction) -> Fraction:
        result = kernel(*arguments)
        if result.numerator.bit_length() + result.denominator.bit_length() > _MOST_BITS:
            raise _NoFractionError
        return result

    return bounded


def _power(x: Fraction, y: Fraction) -> Fraction:
    if y.denominator != 1 or abs(y) > _LARGEST_POWER:
        raise _NoFractionError
    return Fraction(x ** int(y))


_RATIONAL: dict[str, Callable[..., Fraction]] = {
    "add": Fraction.__add__,
    "sub": Fraction.__sub__,
    "mul": Fraction.__mul__,
    "div": Fraction.__truediv__,
    "neg": Fraction.__neg__,
    "pow": _power,
}
_KERNELS: dict[Operator, Callable[..., Any]] = {
    BY_NAME[name]: _bounded(kernel) for name, kernel in _RATIONAL.items()
}
