"""What a batch computes in each row: the results by name, and where a row needs a closer look."""

from collections.abc import Iterator, Sequence
from math import nan
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation, Output
from autodiff_cli.derivatives.kinks import COMPARISONS, distinct_arguments
from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.lower import Lowered
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.graph.reverse import ABSENT
from autodiff_cli.graph.rewrite import simplified
from autodiff_cli.graph.rules import instantiate, rule

_EQ, _OR = BY_NAME["eq"], BY_NAME["or"]
_LOGIC = frozenset({BY_NAME["and"], BY_NAME["or"], BY_NAME["not"]})
_CHOICES = frozenset({BY_NAME["where"], BY_NAME["gate"]})


class Result(NamedTuple):
    """One result: its name, its output, and its node; ABSENT where it is 0 by structure.

    `along` is the node that a first derivative is along, or None.
    """

    name: str
    output: Output
    node: int
    along: int | None = None


def nowhere(lowered: Lowered, outputs: Sequence[str], wrt: Sequence[str], order: int) -> Evaluation:
    """The formula swept for its derivatives, at no point in particular: all values are NaN.

    Raises UsageError for outputs and variables that the formula does not have.
    """
    return Evaluation(lowered, dict.fromkeys(lowered.graph.variables, nan), outputs, wrt, order)


def results(evaluation: Evaluation) -> list[Result]:
    """Values and derivatives of each output: value, d.x, h.x.y (value.f, d.f.x, h.f.x.y of several).

    Of second derivatives each pair of variables comes once.
    """
    found: list[Result] = []
    for output in evaluation.outputs:
        end = f".{output.name}" if len(evaluation.outputs) > 1 else ""
        found.append(Result(f"value{end}", output, output.node))
        found += [
            Result(f"d{end}.{name}", output, evaluation.derivative(output, node), node)
            for name, node in evaluation.wrt_nodes.items()
        ]
        if evaluation.order == 2:
            found += _second(evaluation, output, end)
    return found


def _second(evaluation: Evaluation, output: Output, end: str) -> Iterator[Result]:
    along = list(evaluation.wrt_nodes.items())
    for position, (first, node) in enumerate(along):
        for second, other in along[position:]:
            found = evaluation.second_derivative(output, node, other)
            yield Result(f"h{end}.{first}.{second}", output, found)


def suspect(evaluation: Evaluation) -> int:
    """A node that is 1 where some operator is at a kink or a condition at its boundary, or ABSENT.

    It is made of the conditions that the operators' records have. The sweep follows conventions
    there, and whether the whole formula has a derivative must be found out.
    """
    graph = evaluation.graph
    found = ABSENT
    for condition in dict.fromkeys(_conditions(graph, evaluation.nodes)):
        if graph.constants.get(condition) != 0.0:
            found = condition if found == ABSENT else simplified(graph, _OR, (found, condition))
    return found


def _conditions(graph: Graph, nodes: list[int]) -> Iterator[int]:
    for node in nodes:
        operator, arguments = graph.operators[node], graph.arguments[node]
        if all(argument in graph.constants for argument in arguments):
            continue
        for kink in operator.kinks:
            operands = distinct_arguments(graph, node)
            yield instantiate(graph, rule(operator, kink.when, len(operands)), (*operands, node))
        if operator in _LOGIC or operator in _CHOICES:
            zero = graph.constant(0.0)
            for condition in arguments if operator in _LOGIC else arguments[:1]:
                # A number that serves as a condition: true when not 0.
                if graph.operators[condition] not in COMPARISONS | _LOGIC:
                    yield simplified(graph, _EQ, (condition, zero))


def numbers(evaluation: Evaluation, wanted: Sequence[Result]) -> list[float]:
    """The results at the point of an evaluation, derivatives at kinks as they were settled."""
    return [_number(evaluation, result) for result in wanted]


def _number(evaluation: Evaluation, result: Result) -> float:
    if result.along is not None:
        return evaluation.adjoint(result.output, result.along) or 0.0
    return 0.0 if result.node == ABSENT else evaluation.value(result.node)


def positions(wanted: Sequence[Result]) -> dict[int, list[int]]:
    """The distinct nodes of results, each with the positions of the results that it is."""
    found: dict[int, list[int]] = {}
    for position, result in enumerate(wanted):
        found.setdefault(result.node, []).append(position)
    return found
