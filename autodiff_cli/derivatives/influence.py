"""Which nodes matter to a result, and which it is taken along: by structure, gates included."""

from functools import cached_property

from autodiff_cli.derivatives.evaluation import Evaluation


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
        evaluation = self._evaluation
        is_open = {output.node for output in evaluation.outputs}
        for node in reversed(evaluation.nodes):
            if node in is_open:
                for position, argument in enumerate(self._arguments[node]):
                    if not evaluation.is_shut(node, position):
                        is_open.add(argument)
        return is_open
