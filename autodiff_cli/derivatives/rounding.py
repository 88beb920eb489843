"""How many digits are right: rounding errors, carried to the result by the adjoints.

What each operation may have lost, times how much of it reaches the result, summed: a bound of
the result's error to first order (Linnainmaa 1976, "Taylor expansion of the accumulated
rounding error"). Of sums, products, quotients and square roots what they lost is known exactly;
of other kernels the records tell how much that may be. A number such as 0.1 or pi counts with
what float64 takes from it; inputs are exact.

First order is not enough where an operand is wrong by a good part of itself, next to a branch
point or a pole, or where an error is enough to fall on the other side of a step. Of products and
quotients the rest is known; other kernels are asked for the values at the ends of the operands'
errors (`excursions`, loaded only then).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf, isfinite, ulp
from sys import float_info
from typing import TYPE_CHECKING, NamedTuple, Protocol

from autodiff_cli.graph.arena import Graph, Meaning
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.numbers import residuals
from autodiff_cli.numbers.decimals import Decimal, of_float, subtract

if TYPE_CHECKING:

    class Swept(Protocol):
        """Values and local partials of all nodes that a root depends on."""

        @property
        def graph(self) -> Graph: ...
        @property
        def nodes(self) -> Sequence[int]: ...
        def value(self, node: int) -> float: ...
        def partials(self, node: int) -> Sequence[float | None]: ...


# Ten bits lost of 53: worth a closer look.
SUSPECT = 2.0**-43

# Half of the 53 bits of a float64.
HALF_THE_DIGITS = 2.0**-26

# What is left out of a first-order bound of known errors, and what computing it has rounded.
_MARGIN = 1.0 + 2.0**-20

# An error that is so much of the value is worth a closer look.
_NOTICEABLE = 2.0**-40

# An error that is so much of the way over which a function turns is too wide for first order.
_WIDE = 2.0**-3

# Less than that is subnormal.
_TINY = float_info.min

# What is left of an error that underflows.
_LEAST = ulp(0.0)

# The step of difference quotients along constants: far from rounding, and almost linear.
_RELATIVE_STEP = 2.0**-28
_AGREEMENT = 2.0**-10

_RESIDUALS: dict[Operator, Callable[..., float]] = {
    BY_NAME["add"]: residuals.sum_error,
    BY_NAME["sub"]: residuals.difference_error,
    BY_NAME["mul"]: residuals.product_error,
    BY_NAME["div"]: residuals.quotient_error,
    BY_NAME["pow"]: residuals.square_error,
    BY_NAME["sqrt"]: residuals.root_error,
    BY_NAME["mod"]: residuals.remainder_error,
}
_LINEAR = frozenset({BY_NAME[name] for name in ("add", "sub", "neg", "avg", "deg", "rad")})
_SUMS = frozenset({BY_NAME["add"], BY_NAME["sub"]})
_MUL, _DIV = BY_NAME["mul"], BY_NAME["div"]
# Where a relative error of the operand does no more than that, however large the operand is.
_SCALE_FREE = frozenset(
    {
        BY_NAME[name]
        for name in (
            "pow",
            "sqrt",
            "cbrt",
            "log",
            "hypot",
            "cathetus",
            "atan2",
            "direction",
            "inversion",
        )
    }
)
_CHOICES = frozenset({BY_NAME["where"], BY_NAME["gate"]})
_LOGIC = frozenset({BY_NAME["and"], BY_NAME["or"], BY_NAME["not"]})
# Functions of the square of the operand: the farther out, the faster they oscillate.
_OF_SQUARES = frozenset(
    {BY_NAME[name] for name in ("fresnels", "fresnelc", "fresnels_derivative", "fresnelc_derivative")}
)


class RoundingError(NamedTuple):
    """The estimate of a result's absolute error.

    `culprit` is the node in which most digits were lost, where the result has lost more than
    half of them; else None.
    """

    absolute: float
    culprit: int | None


class _Local(NamedTuple):
    """One node: the error it makes itself, and its error in all.

    Where it `absorbs`, the errors of its operands are in its own and are carried no further.
    """

    own: float
    total: float
    absorbs: bool


_EXACT = _Local(0.0, 0.0, False)


def rounding_errors(
    swept: Swept, roots: Sequence[int], imprecise: set[int] | None = None
) -> dict[int, RoundingError]:
    """The rounding errors of roots; NaN or infinite where their values are.

    To `imprecise` are added the nodes that may have lost digits on the way.
    """
    local = _locals(swept)
    if imprecise is not None:
        imprecise.update(n for n, e in local.items() if e.total > SUSPECT * abs(swept.value(n)))
    return {root: _carried(swept, root, local) for root in roots}


def _carried(swept: Swept, root: int, local: Mapping[int, _Local]) -> RoundingError:
    """The errors of all nodes, each times the derivative of the root along it, summed."""
    arguments = swept.graph.arguments
    adjoints: dict[int, float] = {root: 1.0}
    total, worst, blamed = 0.0, -1.0, root
    for node in reversed(swept.nodes):
        adjoint = adjoints.get(node)
        if not adjoint:
            continue
        own, _, absorbs = local[node]
        part = own * abs(adjoint) if own else 0.0
        total += part
        if part > worst:
            worst, blamed = part, node
        if absorbs:
            continue
        for argument, partial in zip(arguments[node], swept.partials(node), strict=True):
            if partial:
                passed = adjoint * partial
                if -_TINY < passed < _TINY:
                    # Too small for a float: what comes that way is bounded forwards.
                    total += _TINY * local[argument].total
                else:
                    adjoints[argument] = adjoints.get(argument, 0.0) + passed
    forwards = local[root].total
    if not total <= forwards:
        total = forwards  # a bound, too, and not infinite where only adjoints are
    total *= _MARGIN
    value = swept.value(root)
    if not (isfinite(value) and total > max(HALF_THE_DIGITS * abs(value), _TINY)):
        return RoundingError(total, None)
    culprit = None if local[blamed].absorbs else _culprit(swept, adjoints)
    return RoundingError(total, blamed if culprit is None else culprit)


def _culprit(swept: Swept, adjoints: Mapping[int, float]) -> int | None:
    """The node that magnifies the relative error of an operand most."""
    most, culprit = 1.0, None
    for node in swept.nodes:
        if not adjoints.get(node):
            continue
        left = abs(swept.value(node))
        for argument, partial in zip(swept.graph.arguments[node], swept.partials(node), strict=True):
            size = abs((partial or 0.0) * swept.value(argument))
            if size > most * left:
                most, culprit = (size / left if left else size), node
    return culprit


def _locals(swept: Swept) -> dict[int, _Local]:
    """The errors of all nodes, forwards."""
    graph, value = swept.graph, swept.value
    operators, arguments, meanings = graph.operators, graph.arguments, graph.meanings
    found: dict[int, _Local] = {}
    for node in swept.nodes:
        operands = arguments[node]
        if not operands:
            meaning = meanings.get(node)
            size = 0.0 if meaning is None else _unmeant_size(graph.constants[node], meaning)
            found[node] = _Local(size, size, False) if size else _EXACT
            continue
        operator, out = operators[node], value(node)
        values = [value(operand) for operand in operands]
        own = _lost(operator, values, out) if operator.rounding else 0.0
        errors = [found[operand].total for operand in operands]
        if not any(errors):
            found[node] = _Local(own, own, False) if own else _EXACT
            continue
        parts, beyond, absorbs = _inherited(swept, node, values, out, errors)
        own += beyond
        if absorbs:
            found[node] = _Local(own, own, True)
            continue
        total = own + sum(parts)
        if meanings and not meanings.keys().isdisjoint(operands):
            # Constants have no partials to carry that along.
            own += sum(part for part, o in zip(parts, operands, strict=True) if o in meanings)
        found[node] = _Local(own, total, False)
    return found


def _lost(operator: Operator, values: list[float], out: float) -> float:
    """What an operation on exact operands has lost at most."""
    residual = _RESIDUALS.get(operator)
    if residual is not None:
        lost = abs(residual(*values, out))
        if lost == lost:
            return lost
    return 0.0 if residuals.is_exact(operator.name, values, out) else operator.rounding * ulp(out)


def _unmeant_size(value: float, meaning: Meaning) -> float:
    """How far a constant's float may be from what it stands for."""
    if not isinstance(meaning, Decimal):
        return ulp(value) / 2
    difference = subtract(of_float(value), meaning)
    return abs(float(str(difference)))


# What the errors of operands do to a value: each of them to first order, and all beyond that; and
# whether that is all they do, and first order says nothing.
_Inherited = tuple[Sequence[float], float, bool]


def _inherited(
    swept: Swept, node: int, values: list[float], out: float, errors: list[float]
) -> _Inherited:
    operator = swept.graph.operators[node]
    if operator is _MUL:
        return _of_factors(values, errors)
    if operator is _DIV:
        return _of_quotient(values, out, errors)
    if operator in _CHOICES:
        return _of_choices(values, errors)
    partials = _partials(swept, node, values, out)
    parts = [abs(p) * e or _LEAST if p and e else 0.0 for p, e in zip(partials, errors, strict=True)]
    carried = sum(parts)
    if operator in _LINEAR or not _is_coarse(operator, values, out, errors, carried):
        return parts, 0.0, False
    from autodiff_cli.derivatives.excursions import excursion

    is_wide = any(e > _WIDE * _turn(operator, v) for e, v in zip(errors, values, strict=True))
    moved, beyond = excursion(operator, values, out, errors, partials, is_wide)
    if beyond <= carried < inf:
        return parts, beyond, False
    # Kernels round there as they do here.
    return parts, min(moved, carried + beyond) + operator.rounding * ulp(out), True


def _of_factors(values: list[float], errors: list[float]) -> _Inherited:
    """Exactly: (a + d)(b + e) = ab + bd + ae + de."""
    (a, b), (of_a, of_b) = values, errors
    parts = (
        abs(b) * of_a or _LEAST if of_a and b else 0.0,
        abs(a) * of_b or _LEAST if of_b and a else 0.0,
    )
    return parts, of_a * of_b or _LEAST if of_a and of_b else 0.0, False


def _of_quotient(values: list[float], out: float, errors: list[float]) -> _Inherited:
    """Exactly: (a + d)/(b + e) - q = (d - q*e)/(b + e), where q = a/b."""
    size, (of_a, of_b), quotient = abs(values[1]), errors, abs(out)
    if of_b >= size:
        return errors, inf, True
    of_divisor = quotient * (of_b / size) or _LEAST if quotient and of_b else 0.0
    parts = of_a / size or _LEAST if of_a else 0.0, of_divisor
    if not of_b:
        return parts, 0.0, False
    beyond = sum(parts) * (of_b / (size - of_b))
    if quotient / size < _TINY:
        beyond += of_divisor  # the partial is too small for a float to carry it
    return parts, beyond, False


def _of_choices(values: list[float], errors: list[float]) -> _Inherited:
    """Of `where`, and of `gate`, whose second choice is 0."""
    condition, of_condition = values[0], errors[0]
    taken, other = (1, 2) if condition else (2, 1)
    choices, of_choices = [*values, 0.0], [*errors, 0.0]
    if not of_condition or abs(condition) > of_condition:
        return [e if position == taken else 0.0 for position, e in enumerate(errors)], 0.0, False
    moved = abs(choices[taken] - choices[other]) + of_choices[other]
    return errors, max(of_choices[taken], moved), True


def _is_coarse(
    operator: Operator, values: list[float], out: float, errors: list[float], carried: float
) -> bool:
    """Whether first order may not be enough: see above.

    Next to branch points and poles errors are a good part of the value. They are not at maxima and
    minima, where the second order counts from half of the digits on.
    """
    if operator.kinks or operator in _LOGIC or not carried <= _NOTICEABLE * abs(out):
        return True
    if operator in _SCALE_FREE:
        return any(e > HALF_THE_DIGITS * abs(v) for e, v in zip(errors, values, strict=True))
    return any(
        e > HALF_THE_DIGITS * min(abs(v), _turn(operator, v))
        for e, v in zip(errors, values, strict=True)
    )


def _turn(operator: Operator, value: float) -> float:
    """About how far the operand moves until the function turns, if not over its own size."""
    return 1.0 / max(1.0, abs(value)) if operator in _OF_SQUARES else 1.0


def _partials(swept: Swept, node: int, values: list[float], out: float) -> Sequence[float | None]:
    """The partials of a node, those along constants that stand for other numbers included."""
    graph, partials = swept.graph, swept.partials(node)
    if not graph.meanings or graph.meanings.keys().isdisjoint(graph.arguments[node]):
        return partials
    operator = graph.operators[node]
    return [
        _slope(operator, values, out, position) if operand in graph.meanings else partial
        for position, (operand, partial) in enumerate(zip(graph.arguments[node], partials, strict=True))
    ]


def _slope(operator: Operator, values: Sequence[float], out: float, position: int) -> float:
    """A difference quotient along a constant, with a step that is far from rounding.

    Infinite where it is another on the other side: close to a branch point, a turn or a step.
    """
    if operator in _SUMS:
        return 1.0
    constant = values[position]
    step = _RELATIVE_STEP * (abs(constant) or 1.0)
    before, after = (
        (operator.floats(*values[:position], constant + way, *values[position + 1 :]) - out) / way
        for way in (-step, step)
    )
    return after if abs(after - before) <= _AGREEMENT * abs(after) else inf
