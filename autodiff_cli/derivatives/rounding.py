"""How many digits are right: rounding errors, carried to the result by the adjoints.

What each operation may have lost, times how much of it reaches the result, summed: a bound of
the result's error to first order (Linnainmaa 1976, "Taylor expansion of the accumulated
rounding error"). Of sums, products, quotients and square roots what they lost is known exactly;
of other kernels the records tell how much that may be. A number such as 0.1 or pi counts with
what float64 takes from it; inputs are exact.

First order is not enough where an operand is wrong by a good part of itself, or by enough to
fall on the other side of a step. At such nodes the kernel is asked for the values at the ends of
the operands' errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import inf, isfinite, nextafter, ulp
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
_SUSPECT = 2.0**-43

# Half of the 53 bits of a float64.
HALF_THE_DIGITS = 2.0**-26

# What is left out of a first-order bound of known errors, and what computing it has rounded.
_MARGIN = 1.0 + 2.0**-20

# Values at 0 that functions have exactly.
_EXACT_AT_ZERO = frozenset({0.5, 1.0, -1.0})

# The step of difference quotients along constants: far from rounding, and almost linear.
_RELATIVE_STEP = 2.0**-28

# More operands than that are not moved to the ends of their errors together.
_MOST_MOVED = 3

_RESIDUALS: dict[Operator, Callable[..., float]] = {
    BY_NAME["add"]: residuals.sum_error,
    BY_NAME["sub"]: residuals.difference_error,
    BY_NAME["mul"]: residuals.product_error,
    BY_NAME["div"]: residuals.quotient_error,
    BY_NAME["pow"]: residuals.square_error,
    BY_NAME["sqrt"]: residuals.root_error,
}
_LINEAR = frozenset({BY_NAME["add"], BY_NAME["sub"], BY_NAME["neg"]})
# Where a relative error of the operand does no more than that, however large the operand is.
_SCALE_FREE = frozenset({BY_NAME[n] for n in ("mul", "div", "pow", "sqrt", "cbrt", "log", "hypot")})
_RELATIVE = frozenset({BY_NAME["mul"], BY_NAME["div"]})
_POW = BY_NAME["pow"]
_CHOICES = frozenset({BY_NAME["where"], BY_NAME["gate"]})


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
        imprecise.update(n for n, e in local.items() if e.total > _SUSPECT * abs(swept.value(n)))
    graph = swept.graph
    return {
        root: RoundingError(_unmeant_size(graph.constants[root], graph.meanings[root]), None)
        if root in graph.meanings
        else _carried(swept, root, local)
        for root in roots
    }


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
                adjoints[argument] = adjoints.get(argument, 0.0) + adjoint * partial
    total *= _MARGIN
    value = swept.value(root)
    if not (isfinite(value) and total > max(HALF_THE_DIGITS * abs(value), float_info.min)):
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
            found[node] = _EXACT
            continue
        operator, out = operators[node], value(node)
        values = [value(operand) for operand in operands]
        own = _lost(operator, values, out) if operator.rounding else 0.0
        if meanings and not meanings.keys().isdisjoint(operands):
            own += _unmeant(graph, node, values, out)
        errors = [found[operand].total for operand in operands]
        if any(errors):
            found[node] = _with_operands(operator, values, out, own, errors, swept.partials(node))
        else:
            found[node] = _Local(own, own, False) if own else _EXACT
    return found


def _lost(operator: Operator, values: list[float], out: float) -> float:
    """What an operation on exact operands has lost at most."""
    residual = _RESIDUALS.get(operator)
    if residual is not None:
        lost = abs(residual(*values, out))
        if lost == lost:
            return lost
    if values[0] == 0 and out in _EXACT_AT_ZERO and len(values) == 1:
        return 0.0
    if operator is _POW and _is_whole_power(values[0], values[1], out):
        return 0.0
    return operator.rounding * ulp(out)


def _is_whole_power(x: float, y: float, out: float) -> bool:
    """Whether a power of a whole number is small enough to be exact."""
    return y >= 0 and abs(out) < 2.0**53 and x.is_integer() and y.is_integer()


def _unmeant(graph: Graph, node: int, values: list[float], out: float) -> float:
    """What the value owes to constants that stand for other numbers than their floats.

    Constants have no partials. A difference quotient with a step that is far from rounding
    replaces them, and the value at the floats next to a constant tells of steps nearby.
    """
    kernel, operands, lost = graph.operators[node].floats, graph.arguments[node], 0.0
    for operand in graph.meanings.keys() & set(operands):
        constant = graph.constants[operand]
        size = _unmeant_size(constant, graph.meanings[operand])
        found = 0.0
        for other in _around(constant):
            moved = kernel(
                *[other if o == operand else v for o, v in zip(operands, values, strict=True)]
            )
            found = max(found, abs(moved - out) * min(size / abs(other - constant), 1.0))
        lost += found
    return lost


def _around(constant: float) -> tuple[float, ...]:
    step = _RELATIVE_STEP * (abs(constant) or 1.0)
    return nextafter(constant, -inf), nextafter(constant, inf), constant - step, constant + step


def _unmeant_size(value: float, meaning: Meaning) -> float:
    """How far a constant's float may be from what it stands for."""
    if not isinstance(meaning, Decimal):
        return ulp(value) / 2
    difference = subtract(of_float(value), meaning)
    return abs(float(str(difference)))


def _with_operands(
    operator: Operator,
    values: list[float],
    out: float,
    own: float,
    errors: list[float],
    partials: Sequence[float | None],
) -> _Local:
    """The error of a node whose operands have errors."""
    carried = _to_first_order(errors, partials)
    if operator in _RELATIVE and out and 0.0 in partials:
        own += _underflown(values, out, errors, partials)
    if operator in _LINEAR or not _is_coarse(operator, values, errors):
        return _Local(own, own + carried, False)
    # An error may be less than the way to the next float, and a step may lie there.
    reach = [max(e, ulp(v)) if e else 0.0 for e, v in zip(errors, values, strict=True)]
    moved, expected = _moved(operator, values, out, reach), _to_first_order(reach, partials)
    if moved <= 2 * expected < inf:
        own += max(0.0, moved - expected - 2 * ulp(out))
        return _Local(own, own + carried, False)
    return _Local(own + moved, own + moved, True)


def _to_first_order(errors: list[float], partials: Sequence[float | None]) -> float:
    """What errors of the operands do to the value."""
    return sum(abs(p) * e for e, p in zip(errors, partials, strict=True) if p and e)


def _underflown(
    values: list[float], out: float, errors: list[float], partials: Sequence[float | None]
) -> float:
    """What operands do to a product or a quotient along partials that are too small for a float."""
    return sum(
        abs(out) * (e / abs(v)) for e, v, p in zip(errors, values, partials, strict=True) if p == 0 and v
    )


def _is_coarse(operator: Operator, values: list[float], errors: list[float]) -> bool:
    """Whether first order may not be enough: see above."""
    if operator.kinks or operator in _CHOICES:
        return True
    if operator in _SCALE_FREE:
        return any(e > HALF_THE_DIGITS * abs(v) for e, v in zip(errors, values, strict=True))
    return any(e > HALF_THE_DIGITS * min(abs(v), 1.0) for e, v in zip(errors, values, strict=True))


def _moved(operator: Operator, values: list[float], out: float, errors: list[float]) -> float:
    """How far the value moves with the operands, to the ends of their errors and all together."""
    if sum(map(bool, errors)) > _MOST_MOVED:
        return max(errors)
    ends = [(v - e, v, v + e) if e else (v,) for v, e in zip(values, errors, strict=True)]
    moves = [abs(operator.floats(*point) - out) for point in product(*ends)]
    known = [move for move in moves if move == move]
    # The first is one of the ends; the values themselves are always among the points.
    return max(known) if len(known) > 1 else inf
