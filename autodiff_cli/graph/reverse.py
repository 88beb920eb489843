"""The reverse sweep: the derivative of a graph is a graph.

From the output backwards, each node passes its adjoint times the local partial on to each of
its arguments, and what arrives at a node is summed (Linnainmaa 1970; Griewank and Walther,
"Evaluating Derivatives", chapter 3). Nothing is computed here: nodes are appended, and
evaluating them is the gradient. The sweep can be applied to its own result.
"""

from collections.abc import Callable
from functools import cache
from heapq import heappop, heappush
from typing import NamedTuple

from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.operators import BY_NAME, OPERATORS, Operator
from autodiff_cli.graph.rewrite import simplified
from autodiff_cli.graph.rules import Rule, instantiate, instantiate_each, partial

_ADD, _MUL, _DIV, _NEG = (BY_NAME[name] for name in ("add", "mul", "div", "neg"))

_VARIADIC = frozenset(operator for operator in OPERATORS if operator.variadic)

ABSENT = -1


class AdjointNodes(dict[int, int]):
    """The node of d output / d n for each node n that a sweep has reached; else ABSENT."""

    def __missing__(self, node: int) -> int:
        return ABSENT


class Adjoints(NamedTuple):
    """What a sweep from one output appended, by node.

    `nodes[n]` is the node of d output / d n, and `partials[n]` the nodes of the local
    partials of n along its arguments. What is absent is structurally zero or of a constant.
    """

    nodes: AdjointNodes
    partials: dict[int, tuple[int, ...]]


def reverse(
    graph: Graph,
    output: int,
    known: dict[int, tuple[int, ...]] | None = None,
    enters: Callable[[int], bool] | None = None,
) -> Adjoints:
    """Sweep from `output` to everything it depends on, constants themselves excepted.

    Only what the output depends on is touched: a sweep costs what its output does, however
    large the graph. `known` are the partials that other sweeps have made, to which those made here
    are added. With `enters` adjoints are passed on to the nodes alone that it holds for.
    """
    one = graph.constant(1.0)
    nodes = AdjointNodes({output: one})
    partials = {} if known is None else known
    operators, arguments = graph.operators, graph.arguments
    # A heap: a node comes after all that pass an adjoint to it.
    pending = [-output] if arguments[output] else []
    while pending:
        node = -heappop(pending)
        adjoint = nodes[node]
        local = partials.get(node)
        if local is None:
            local = partials[node] = local_partials(graph, node)
        is_shared_quotient = operators[node] is _DIV and _is_shared_quotient(graph, node, adjoint)
        for argument, factor in zip(arguments[node], local, strict=True):
            if factor == ABSENT or (enters is not None and not enters(argument)):
                continue
            if factor == one:
                passed = adjoint
            elif is_shared_quotient and argument == arguments[node][1]:
                passed = _along_denominator(graph, node, adjoint)
            else:
                passed = simplified(graph, _MUL, (adjoint, factor))
            arrived = nodes.get(argument)
            if arrived is None:
                nodes[argument] = passed
                if arguments[argument]:
                    heappush(pending, -argument)
            else:
                nodes[argument] = simplified(graph, _ADD, (arrived, passed))
    return Adjoints(nodes, partials)


def _is_shared_quotient(graph: Graph, node: int, adjoint: int) -> bool:
    """Whether a quotient u/v passes its adjoint a on as a/v along u and as -(a/v)*u/v along v.

    That is a division less than a*(-(u/v)/v), as many roundings, and nothing divided by v twice,
    which may overflow where the result does not. For that reason an adjoint that is itself a
    quotient by v takes the other way, as does a constant one, which needs no product there.
    """
    numerator, denominator = graph.arguments[node]
    if adjoint in graph.constants or numerator in graph.constants or numerator == denominator:
        return False
    if graph.operators[adjoint] is _NEG:
        (adjoint,) = graph.arguments[adjoint]
    return graph.operators[adjoint] is not _DIV or graph.arguments[adjoint][1] != denominator


def _along_denominator(graph: Graph, node: int, adjoint: int) -> int:
    """What a quotient passes on to its denominator, by way of what it passes to its numerator."""
    shared = simplified(graph, _DIV, (adjoint, graph.arguments[node][1]))
    return simplified(graph, _NEG, (simplified(graph, _MUL, (shared, node)),))


def local_partials(graph: Graph, node: int) -> tuple[int, ...]:
    """The nodes of a node's partials along its arguments, appended if need be.

    ABSENT along constants, and where a partial is structurally zero.
    """
    operator, arguments, constants = graph.operators[node], graph.arguments[node], graph.constants
    rules = _rules(operator, len(arguments))
    if not rules:
        return ()
    if operator in _VARIADIC and rules[0] is not None:
        factors = instantiate_each(graph, rules[0], arguments, node)
        for position, argument in enumerate(arguments):
            if argument in constants:
                factors[position] = ABSENT
    else:
        values = (*arguments, node)
        factors = [
            ABSENT if rule is None or argument in constants else instantiate(graph, rule, values)
            for rule, argument in zip(rules, arguments, strict=True)
        ]
    return tuple([ABSENT if constants.get(factor) == 0.0 else factor for factor in factors])


@cache
def _rules(operator: Operator, count: int) -> tuple[Rule | None, ...]:
    return tuple(partial(operator, count, position) for position in range(count))
