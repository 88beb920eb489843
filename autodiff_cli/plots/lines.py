"""A formula along one of its variables: values, derivatives and signals at any number of points."""

from collections.abc import Mapping, Sequence
from math import isnan, nan
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.lower import Lowered
from autodiff_cli.graph.reverse import ABSENT
from autodiff_cli.plots.signals import Part, signals, watched
from autodiff_cli.plots.work import work


class State(NamedTuple):
    """What of a formula is in force at a point: the parts of its signals, and their differences.

    Between two points with the same parts nothing breaks that is known; a difference is 0 where
    something does.
    """

    parts: tuple[Part, ...]
    differences: tuple[float, ...]


class Sample(NamedTuple):
    """A point: the value and the derivatives there, in their order, and the state.

    Where there is no value there are no derivatives: all are NaN.
    """

    x: float
    numbers: tuple[float, ...]
    state: State


class Line:
    """The output of a formula as a function of one variable; the others have values.

    Each point is computed once and kept.
    """

    def __init__(
        self, lowered: Lowered, point: Mapping[str, float], output: str, along: str, order: int
    ) -> None:
        """Sweep for the derivatives up to `order`, which is 1 or 2.

        `output` is a definition, or empty for the formula's own. Raises UsageError for an output that
        the formula does not have, and for variables without a value.
        """
        evaluation = Evaluation(lowered, point, [output] if output else [], [along], order)
        graph, variable = lowered.graph, lowered.graph.variables[along]
        (root,) = evaluation.outputs
        derivatives = [evaluation.derivative(root, variable)]
        if order == 2:
            derivatives.append(evaluation.second_derivative(root, variable, variable))
        zero = graph.constant(0.0)
        self._roots = [root.node, *(zero if node == ABSENT else node for node in derivatives)]
        self._signals = signals(graph, [variable], root.node)
        self._watched = graph.reachable(watched(self._signals))
        self._nodes = graph.reachable([*self._roots, *self._watched])
        self._work = work(graph, self._nodes)
        self._graph, self._variable = graph, variable
        self._variables = {**evaluation.variables(), variable: 0.0}
        self._samples: dict[float, Sample] = {}
        self._states: dict[float, State] = {}

    @property
    def cost(self) -> int:
        """How much work a point is, in operations."""
        return self._work

    def __call__(self, x: float) -> Sample:
        """The formula at a point."""
        found = self._samples.get(x)
        if found is None:
            values = self._values(x, self._nodes)
            has_value = not isnan(values[self._roots[0]])
            numbers = tuple([values[root] if has_value else nan for root in self._roots])
            found = self._samples[x] = Sample(x, numbers, self._state(values))
        return found

    def state(self, x: float) -> State:
        """The state at a point, without the value."""
        known = self._samples.get(x)
        if known is not None:
            return known.state
        found = self._states.get(x)
        if found is None:
            found = self._states[x] = self._state(self._values(x, self._watched))
        return found

    def _values(self, x: float, nodes: Sequence[int]) -> list[float]:
        self._variables[self._variable] = x
        return evaluate(self._graph, nodes, self._variables)

    def _state(self, values: Sequence[float]) -> State:
        return State(
            tuple([signal.part(values) for signal in self._signals]),
            tuple([signal.difference(values) for signal in self._signals]),
        )
