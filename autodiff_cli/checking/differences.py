"""Derivatives from values alone: a truth that shares no rule with the sweep.

A central difference, (f(x + h) - f(x - h))/(2h), is wrong by a multiple of h^2 and by the
rounding of f divided by h. With 400 bits and h = 2^-120 both are far below what a float64 can
tell; h and half of it must agree. With floats alone the steps are larger and what h^2 leaves is
extrapolated away (Ridders 1982, "Accurate computation of F'(x) and F'(x)F''(x)").
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from math import frexp, inf, isfinite, isinf, isnan, nan, ulp
from typing import Any, NamedTuple, Protocol

from autodiff_cli.derivatives.evaluation import Evaluation, Output
from autodiff_cli.derivatives.rounding import rounding_errors
from autodiff_cli.errors import AutodiffError
from autodiff_cli.graph.arena import FLOATS, NumberSystem, evaluate
from autodiff_cli.graph.reverse import ABSENT

FLOAT_BITS, BITS, _STEP_BITS = 53, 400, 120

# Multiples of the bits above, one after the other, until two steps agree.
_PRECISIONS = (1, 2, 4, 8, 16)

# Two steps agree, relatively; and what is so much smaller than the terms of a derivative is 0.
_AGREEMENT, _NOTHING = 2.0**-50, 1e-6

# Where one-sided derivatives differ by more, relatively, there is a kink.
_KINK = 2.0**-40

# A one-sided quotient that grows so much when its step is halved has no finite limit (it doubles
# at a jump), and one that shrinks so much tends to 0.
_GROWTH = 1.2

# Exponents beyond that need bits of their own.
_ROOM = 60

# Steps of differences of floats: 2^-4 to 2^-23 of the operand.
_FIRST_STEP, _STEPS = 4, 20
_LEAST_EXPONENT = -1040

# So well small steps must know a derivative that large ones have found.
_AGREED = 2.0**-20

# In units of the operand's last place: below that a step is not what it is meant to be.
_LEAST_STEP = 2.0**10


class Sided(NamedTuple):
    """A derivative from values, and what it may be wrong by; the same from either side.

    The sides are infinite where the value jumps, and None where they are not known. What is not
    sure may speak for a derivative, but not against it. `nearby` is the size of the slopes around,
    where that was looked at.
    """

    derivative: float
    error: float
    left: float | None = None
    right: float | None = None
    is_sure: bool = True
    nearby: float = 0.0

    @property
    def has_kink(self) -> bool:
        """Whether the sides are known and differ."""
        if self.left is None or self.right is None:
            return False
        if not (isfinite(self.left) and isfinite(self.right)):
            return True
        size = max(abs(self.left), abs(self.right))
        return abs(self.right - self.left) > max(_KINK * size, 4 * self.error)


class Function:
    """An output near a point, by values only, in some number system."""

    def __init__(self, evaluation: Evaluation, output: Output, truth: "Truth", bits: int) -> None:
        self.evaluation, self.output = evaluation, output
        self.truth, self.bits = truth, bits
        self._graph, self._nodes = evaluation.graph, evaluation.nodes
        with truth.precision(bits):
            variables = {node: truth.number(x) for node, x in evaluation.variables().items()}
            self.values = evaluate(self._graph, self._nodes, variables, truth.system)

    @property
    def here(self) -> Any:
        """The value at the point itself."""
        return self.values[self.output.node]

    def after(self, starts: Mapping[int, object] | Sequence[int]) -> list[int]:
        """The nodes that change with `starts`, without these, in order of evaluation."""
        changed, found = set(starts), list[int]()
        arguments = self._graph.arguments
        for node in self._nodes:
            if node not in changed and not changed.isdisjoint(arguments[node]):
                changed.add(node)
                found.append(node)
        return found

    def moved(self, shifts: Mapping[int, Any], after: Sequence[int]) -> Any:
        """The value when the nodes of `shifts` are moved; all `after` them is computed again."""
        values, operators, arguments = self.values, self._graph.operators, self._graph.arguments
        changed = {node: values[node] + shift for node, shift in shifts.items()}
        for node in after:
            operands = [changed[a] if a in changed else values[a] for a in arguments[node]]
            changed[node] = self.truth.system.kernels[operators[node]](*operands)
        return changed.get(self.output.node, self.here)


class Truth(Protocol):
    """Where the truth comes from: balls, or floats."""

    system: NumberSystem

    @property
    def method(self) -> str: ...
    def precision(self, bits: int) -> Any: ...
    def number(self, x: float) -> Any: ...
    def to_float(self, x: Any) -> float: ...
    def size(self, x: Any) -> float: ...
    def function(self, evaluation: Evaluation, output: Output) -> Function: ...
    def along(self, function: Function, node: int, terms: float, told: bool) -> Sided: ...


def best_truth() -> Truth:
    """Balls where python-flint is installed, else floats."""
    try:
        return BallTruth()
    except ImportError as error:
        if (error.name or "").split(".")[0] != "flint":
            raise
        return FloatTruth()


class BallTruth:
    """Values of balls; numbers in the formula are the float64 that the sweep reads, too."""

    def __init__(self) -> None:
        from autodiff_cli.graph.ball_system import ball_system

        self.system = ball_system(decimal=False)
        self._most_bits = BITS
        self._more: dict[tuple[int, int], Function] = {}

    @property
    def method(self) -> str:
        """What is said of the truth: the most bits that were needed."""
        return f"balls, {self._most_bits} bits"

    @contextmanager
    def precision(self, bits: int) -> Generator[None]:
        """So many bits, for a while."""
        from flint import ctx

        with ctx.workprec(bits):
            yield

    def number(self, x: float) -> Any:
        """A ball that is exactly a float."""
        from autodiff_cli.numbers.balls import from_float

        return from_float(x)

    def to_float(self, x: Any) -> float:
        """The middle of a ball; NaN where nothing is known, and infinities as they are."""
        middle = float(x.mid())
        return middle if x.is_finite() or isinf(middle) else nan

    def size(self, x: Any) -> float:
        """The absolute value; 0 where a ball does not tell it from 0, NaN where nothing is known."""
        return 0.0 if x.is_finite() and x.contains(0) else abs(self.to_float(x))

    def function(self, evaluation: Evaluation, output: Output) -> Function:
        """The output at the evaluation's point."""
        self._more.clear()
        return self._with_bits(evaluation, output, 1)

    def _with_bits(self, evaluation: Evaluation, output: Output, times: int) -> Function:
        key = output.node, times
        if key not in self._more:
            exponents = [abs(frexp(x)[1]) for x in evaluation.point.values()]
            room = 2 * max(0, max(exponents, default=0) - _ROOM)
            self._more[key] = Function(evaluation, output, self, times * BITS + room)
        return self._more[key]

    def along(self, function: Function, node: int, terms: float, told: bool) -> Sided:
        """The derivative along a node; `terms` is the size of the terms it is a sum of.

        What looks like a kink may be a bend that is narrower than the step, unless there is one, as
        has been `told`.
        """
        evaluation, output, after = function.evaluation, function.output, function.after([node])
        small = max(0, -frexp(evaluation.value(node))[1])
        found = Sided(nan, inf)
        for times in _PRECISIONS:
            function = self._with_bits(evaluation, output, times)
            self._most_bits = max(self._most_bits, function.bits)
            with self.precision(function.bits):
                step = self.number(2.0) ** -(times * _STEP_BITS + small)
                found = self._differences(function, node, after, step)
            size = max(abs(found.derivative), _NOTHING * terms)
            if told if found.has_kink else found.error <= _AGREEMENT * size:
                break
        return found._replace(derivative=0.0) if abs(found.derivative) <= found.error else found

    def _differences(self, function: Function, node: int, after: Sequence[int], step: Any) -> Sided:
        quotients = [self._quotients(function, node, after, h) for h in (step, step / 2)]
        (left, right), (nearer_left, nearer_right) = quotients
        central, nearer = (left + right) / 2, (nearer_left + nearer_right) / 2
        error = abs(nearer - central)
        return Sided(
            self.to_float(nearer),
            float(error.upper()) if error.is_finite() else inf,
            self._limit(left, nearer_left),
            self._limit(right, nearer_right),
        )

    def _quotients(self, function: Function, node: int, after: Sequence[int], h: Any) -> tuple[Any, Any]:
        """The difference quotients to the left and to the right."""
        left, right = (function.moved({node: shift}, after) for shift in (-h, h))
        return (function.here - left) / h, (right - function.here) / h

    def _limit(self, quotient: Any, nearer: Any) -> float:
        """What a one-sided quotient tends to, to second order; infinite if it grows."""
        if not nearer.is_finite():
            return nan
        size, before = self.size(nearer), self.size(quotient)
        if size > max(_GROWTH * before, 1.0):
            return inf if nearer > 0 else -inf
        limit = 2 * nearer - quotient
        # Like x^1.5 at 0: it tends to 0, and slowly.
        shrinks = _GROWTH * size < before and self.size(limit) > _AGREEMENT * size
        return 0.0 if shrinks else self.to_float(limit)


class FloatTruth:
    """Values of floats, with larger steps, and an error that is told."""

    system = FLOATS
    method = "differences of floats"

    def __init__(self) -> None:
        self._noise = 0.0

    @contextmanager
    def precision(self, bits: int) -> Generator[None]:  # noqa: ARG002
        """Floats have one precision."""
        yield

    def number(self, x: float) -> float:
        """The float itself."""
        return x

    def to_float(self, x: float) -> float:
        """The float itself."""
        return x

    def size(self, x: float) -> float:
        """The absolute value."""
        return abs(x)

    def function(self, evaluation: Evaluation, output: Output) -> Function:
        """The output at the evaluation's point."""
        (lost,) = rounding_errors(evaluation, [output.node]).values()
        self._noise = max(lost.absolute, ulp(evaluation.value(output.node)))
        return Function(evaluation, output, self, FLOAT_BITS)

    def along(self, function: Function, node: int, terms: float, told: bool) -> Sided:  # noqa: ARG002
        """The derivative along a node, extrapolated from central differences.

        On the scale of the operand and on that of 1. Large steps have more digits, unless they
        jump over what is between: alone they are not sure.
        """
        after, x = function.after([node]), function.values[node]
        # Powers of two, so that the steps are exact.
        own = 2.0 ** max(frexp(x)[1] - 1, _LEAST_EXPONENT) if x else 1.0
        units = min(own, 1.0), max(own, 1.0)
        near, far = (self._extrapolated(function, node, after, unit) for unit in units)
        apart = abs(near.derivative - far.derivative)
        is_known = near.error <= _AGREED * abs(near.derivative)
        if near.error > far.error and not apart > 4 * (near.error + far.error):
            return self._with_sides(far._replace(is_sure=is_known), function, node, after, units[1])
        if not is_known and apart > 4 * (near.error + far.error):
            near = near._replace(error=apart)
        return self._with_sides(near, function, node, after, units[0])

    def _extrapolated(self, function: Function, node: int, after: Sequence[int], unit: float) -> Sided:
        """The best of a tableau: from row to row half the step, from column to column h^2 more."""
        coarse, lost = ulp(function.values[node]), 2 * self._noise
        best, before, nearby = Sided(nan, inf), list[float](), 0.0
        for number in range(_FIRST_STEP, _FIRST_STEP + _STEPS):
            h = unit * 2.0**-number
            if h < _LEAST_STEP * coarse:
                break
            right, left = (function.moved({node: shift}, after) for shift in (h, -h))
            row = [(right - left) / (2 * h)]
            if number == _FIRST_STEP:
                slopes = abs(right - function.here) / h, abs(function.here - left) / h
                nearby = max((s - lost / h for s in slopes if isfinite(s)), default=0.0)
            for power, coarser in enumerate(before, 1):
                finer = row[-1] + (row[-1] - coarser) / (4.0**power - 1)
                change = max(abs(finer - row[-1]), abs(finer - coarser))
                row.append(finer)
                error = change + (lost + abs(finer) * coarse) / h
                if error < best.error:
                    best = Sided(finer, error)
            before = row if not isnan(row[-1]) else []
        return best._replace(nearby=max(nearby, 0.0))

    def _with_sides(
        self, found: Sided, function: Function, node: int, after: Sequence[int], unit: float
    ) -> Sided:
        """With the sides, if they stay apart when the step shrinks."""
        steps = unit * 2.0**-10, unit * 2.0**-20
        if steps[1] < _LEAST_STEP * ulp(function.values[node]):
            return found
        apart: list[float] = []
        left = right = function.here
        for h in steps:
            left = (function.here - function.moved({node: -h}, after)) / h
            right = (function.moved({node: h}, after) - function.here) / h
            apart.append(abs(right - left))
        if apart[1] > max(apart[0] / 2, 64 * self._noise / steps[1]):
            return found._replace(left=left, right=right)
        return found


def by_rules(function: Function) -> dict[int, Any]:
    """The sweep's derivatives along each of `wrt`, computed in the truth's number system.

    Of rules with a function that it lacks the numbers are those of floats.
    """
    truth, evaluation, output = function.truth, function.evaluation, function.output
    graph = evaluation.graph
    found = {node: evaluation.derivative(output, node) for node in evaluation.wrt_nodes.values()}
    roots = {node: root for node, root in found.items() if root != ABSENT}
    with truth.precision(function.bits):
        variables = {node: truth.number(x) for node, x in evaluation.variables().items()}
        zero = truth.number(0.0)
        try:
            values = evaluate(graph, graph.reachable(roots.values()), variables, truth.system)
        except AutodiffError:
            return {n: truth.number(evaluation.adjoint(output, n) or 0.0) for n in found}
        return {node: values[roots[node]] if node in roots else zero for node in found}
