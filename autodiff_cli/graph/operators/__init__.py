"""The operator table: one record for each operator, found by its name or an alias."""

from autodiff_cli.graph.operators.activations import ACTIVATIONS
from autodiff_cli.graph.operators.arithmetic import ARITHMETIC
from autodiff_cli.graph.operators.bessel import BESSEL
from autodiff_cli.graph.operators.error_functions import ERROR_FUNCTIONS
from autodiff_cli.graph.operators.exponential import EXPONENTIAL
from autodiff_cli.graph.operators.gamma import GAMMA
from autodiff_cli.graph.operators.hyperbolic import HYPERBOLIC
from autodiff_cli.graph.operators.integrals import INTEGRALS
from autodiff_cli.graph.operators.piecewise import PIECEWISE
from autodiff_cli.graph.operators.record import Kink, Operator
from autodiff_cli.graph.operators.trigonometric import TRIGONOMETRIC

__all__ = ["BY_NAME", "FAMILIES", "OPERATORS", "Kink", "Operator"]

FAMILIES: dict[str, tuple[Operator, ...]] = {
    "arithmetic": ARITHMETIC,
    "roots, exponentials, logarithms": EXPONENTIAL,
    "circular": TRIGONOMETRIC,
    "hyperbolic": HYPERBOLIC,
    "gamma functions": GAMMA,
    "error functions, normal distribution": ERROR_FUNCTIONS,
    "Bessel functions": BESSEL,
    "integrals, inverses": INTEGRALS,
    "activations": ACTIVATIONS,
    "pieces, logic, choices": PIECEWISE,
}

OPERATORS: tuple[Operator, ...] = tuple(record for family in FAMILIES.values() for record in family)

BY_NAME: dict[str, Operator] = {
    name: operator for operator in OPERATORS for name in (operator.name, *operator.aliases)
}
