"""Which nodes matter to a result, and which it is taken along: by structure, gates included."""

from functools import cached_property

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.graph.operators import BY_NAME

# Operators whose arguments are branches.
CHOICES = frozenset({BY_NAME["where"], BY_NAME["gate"]})


class Influence:
    """The ways through the graph of one evaluation, each worked out when it is asked for."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._arguments = evaluation.lowered.graph.arguments

    def varies(self, node: int) -> bool:
        """Whether a node depends on what derivatives are taken along."""
        return node in self._varying

    def moves(self, node: int) -> bool:
        """Whether a node varies here: it may depend on what it depends on by steps alone."""
        return node in self._moving

    def is_open(self, node: int) -> bool:
        """Whether a node has any say in an output here: no gate on every way is shut.

        A node that only decides, as a condition or through a step, does have a say.
        """
        return node in self._open

    def may_jump_in(self, node: int) -> bool:
        """Whether a jump of a node or an edge of its domain has a say, beside the point if not here.

        What is less than a maximum here may be more than it behind a jump, or no number. A branch
        that is not taken has no say there, either, as long as its condition keeps its value.
        """
        return node in self._reached

    @cached_property
    def _varying(self) -> set[int]:
        varying = set(filter(self._evaluation.is_moved, self._evaluation.nodes))
        for node in self._evaluation.nodes:
            if not varying.isdisjoint(self._arguments[node]):
                varying.add(node)
        return varying

    @cached_property
    def _moving(self) -> set[int]:
        evaluation = self._evaluation
        moving = set(filter(evaluation.is_moved, evaluation.nodes))
        for node in evaluation.nodes:
            for position, argument in enumerate(self._arguments[node]):
                if argument in moving and evaluation.passes(node, position):
                    moving.add(node)
        return moving

    @cached_property
    def _open(self) -> set[int]:
        return self._behind(by_choices_alone=False)

    @cached_property
    def _reached(self) -> set[int]:
        return self._behind(by_choices_alone=True)

    def _behind(self, by_choices_alone: bool) -> set[int]:
        """The nodes that reach an output, where gates shut, or those of choices alone."""
        evaluation = self._evaluation
        operators = evaluation.lowered.graph.operators
        reached = {output.node for output in evaluation.outputs}
        for node in reversed(evaluation.nodes):
            if node in reached:
                never_shut = by_choices_alone and operators[node] not in CHOICES
                for position, argument in enumerate(self._arguments[node]):
                    if never_shut or not evaluation.is_shut(node, position):
                        reached.add(argument)
        return reached
