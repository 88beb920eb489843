"""One-sided derivatives of random formulas of pieces, roots and powers, against high precision."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from autodiff_cli.derivatives.diagnosis import diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse

# So small a step that a sixth of a power more or less is a factor of 1e50, with digits enough for
# differences of its tenth power.
DIGITS = 3000
STEP = mpmath.mpf(10) ** -300


class Formula(NamedTuple):
    """A formula of x, and its value by mpmath; None outside the domain."""

    text: str
    value: Callable[[Any], Any]


def _of(template: str, function: Callable[..., Any]) -> Callable[..., Formula]:
    """What makes a larger formula of smaller ones."""

    def made(*parts: Formula) -> Formula:
        def value(x: Any) -> Any:
            values = [part.value(x) for part in parts]
            return None if None in values else function(*values)

        return Formula(template.format(*(part.text for part in parts)), value)

    return made


def _root(x: Any) -> Any:
    return None if x < 0 else mpmath.sqrt(x)


def _cube_root(x: Any) -> Any:
    return mpmath.sign(x) * mpmath.cbrt(abs(x))


LEAVES = [Formula("x", lambda x: x)] + [
    Formula(text, lambda _, number=float(text): mpmath.mpf(number)) for text in ("1", "2", "0.5")
]
OF_ONE = [
    _of("abs({})", abs),
    _of("sqrt({})", _root),
    _of("sqrt(abs({}))", lambda a: mpmath.sqrt(abs(a))),
    _of("cbrt({})", _cube_root),
    _of("({})^2", lambda a: a**2),
    _of("({})^3", lambda a: a**3),
    _of("abs({})^1.5", lambda a: abs(a) ** mpmath.mpf(1.5)),
    _of("sin({})", mpmath.sin),
    _of("expm1({})", mpmath.expm1),
    _of("tanh({})", mpmath.tanh),
    _of("acos(1 - min(({})^2, 1))", lambda a: mpmath.acos(1 - min(a**2, mpmath.mpf(1)))),
    _of("acosh(1 + ({})^2)", lambda a: mpmath.acosh(1 + a**2)),
    _of("relu({})", lambda a: max(a, mpmath.mpf(0))),
    _of("leaky_relu({})", lambda a: a if a > 0 else a * mpmath.mpf("0.01")),
    _of("sign({})", mpmath.sign),
    _of("floor({})", mpmath.floor),
    _of("-({})", lambda a: -a),
]
OF_TWO = [
    _of("({} + {})", lambda a, b: a + b),
    _of("({} - {})", lambda a, b: a - b),
    _of("({})*({})", lambda a, b: a * b),
    _of("({})*({})", lambda a, b: a * b),
    _of("max({}, {})", max),
    _of("min({}, {})", min),
    _of("hypot({}, {})", lambda a, b: mpmath.sqrt(a**2 + b**2)),
    _of("({0} == 0 ? 0 : ({1})/({0}))", lambda a, b: mpmath.mpf(0) if a == 0 else b / a),
]


def _choice(a: Formula, b: Formula, c: Formula, d: Formula) -> Formula:
    """The branch that is not taken may be outside its domain."""

    def value(x: Any) -> Any:
        left, right = a.value(x), b.value(x)
        if left is None or right is None:
            return None
        return c.value(x) if left > right else d.value(x)

    return Formula(f"({a.text} > {b.text} ? {c.text} : {d.text})", value)


def _larger(smaller: SearchStrategy[Formula]) -> SearchStrategy[Formula]:
    return st.one_of(
        st.builds(lambda make, a: make(a), st.sampled_from(OF_ONE), smaller),
        st.builds(lambda make, a, b: make(a, b), st.sampled_from(OF_TWO), smaller, smaller),
        st.builds(_choice, smaller, smaller, smaller, smaller),
    )


FORMULAS = st.recursive(st.sampled_from([*LEAVES, LEAVES[0], LEAVES[0]]), _larger, max_leaves=8)


def _quotient(formula: Formula, step: Any) -> Any:
    """The difference quotient; None where a side or the point is outside the domain."""
    here, there = formula.value(mpmath.mpf(0)), formula.value(step)
    return None if here is None or there is None else (there - here) / step


@settings(deadline=None, derandomize=True, max_examples=500)
@given(FORMULAS)
def test_what_is_told_of_the_sides_is_true(formula: Formula) -> None:
    """Finite sides are the limits of difference quotients, infinite ones grow, others are outside."""
    evaluation = Evaluation(lower(parse(formula.text)), {"x": 0.0} if "x" in formula.text else {})
    diagnosis = diagnose(evaluation)
    (output,) = evaluation.outputs
    if not evaluation.wrt_nodes or not math.isfinite(evaluation.value(output.node)):
        return
    along = diagnosis.sides.get((output.node, evaluation.wrt_nodes["x"]))
    if along is None:
        derivative = evaluation.gradient(output)["x"]
        told = {1: derivative, -1: derivative}
    else:
        told = {1: along.right, -1: along.left}
    with mpmath.workdps(DIGITS):
        for sign, slope in told.items():
            if slope is None:
                continue
            truth = _quotient(formula, sign * STEP)
            if math.isnan(slope):
                assert truth is None
            elif math.isinf(slope):
                assert truth is not None
                assert truth * slope > 0
                assert abs(truth) > 1e20
            else:
                assert truth is not None
                assert abs(truth - slope) <= 1e-12 * max(1, abs(slope))
