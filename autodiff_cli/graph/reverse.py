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

_ADD, _MUL, _DIV, _NEG, _GATE = (BY_NAME[name] for name in ("add", "mul", "div", "neg", "gate"))

_VARIADIC = frozenset(operator for operator in OPERATORS if operator.variadic)

ABSENT = -1

# The rule of an operator, for so many arguments, along one of them.
RuleOf = Callable[[Operator, int, int], Rule | None]

# The node of what a node passes on along an argument, by the node and the argument's position.
Passing = dict[tuple[int, int], int]

# Whether a sweep goes on to a node.
Enters = Callable[[int], bool]


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
    enters: Enters | None = None,
    rule_of: RuleOf = partial,
    passing: Passing | None = None,
) -> Adjoints:
    """Sweep from `output` to everything it depends on, constants themselves excepted.

    Only what the output depends on is touched: a sweep costs what its output does, however
    large the graph. `known` are the partials that other sweeps have made, to which those made here
    are added. With `enters` adjoints are passed on to the nodes alone that it holds for, and partials
    that nobody shares are made along these alone. `rule_of` gives the rules of the partials, those
    of `graph/rules.py` that are made for digits or those that are made for people. What each node
    passes on is written to `passing`.
    """
    one = graph.constant(1.0)
    nodes = AdjointNodes({output: one})
    partials, along = ({}, enters) if known is None else (known, None)
    operators, arguments = graph.operators, graph.arguments
    is_for_digits = rule_of is partial
    # A heap: a node comes after all that pass an adjoint to it.
    pending = [-output] if arguments[output] else []
    while pending:
        node = -heappop(pending)
        adjoint = nodes[node]
        local = partials.get(node)
        if local is None:
            local = partials[node] = local_partials(graph, node, along, rule_of)
        is_shared_quotient = (
            is_for_digits and operators[node] is _DIV and _is_shared_quotient(graph, node, adjoint)
        )
        for position, (argument, factor) in enumerate(zip(arguments[node], local, strict=True)):
            if factor == ABSENT or (enters is not None and not enters(argument)):
                continue
            if factor == one:
                passed = adjoint
            elif is_shared_quotient and argument == arguments[node][1]:
                passed = _along_denominator(graph, node, adjoint)
            else:
                passed = simplified(graph, _MUL, (adjoint, factor))
            if passing is not None:
                passing[node, position] = passed
            arrived = nodes.get(argument)
            if arrived is None:
                nodes[argument] = passed
                if arguments[argument]:
                    heappush(pending, -argument)
            else:
                nodes[argument] = simplified(graph, _ADD, (arrived, passed))
    return Adjoints(nodes, partials)


def derivative(graph: Graph, output: int, along: int) -> int:
    """The node of d output / d along; ABSENT where it is zero by structure.

    It is the node that `reverse` has for `along`. Only what lies between the two is swept.
    """
    between = set(graph.between([along], output))
    if not between:
        return ABSENT
    return reverse(graph, output, enters=between.__contains__).nodes[along]


def _is_shared_quotient(graph: Graph, node: int, adjoint: int) -> bool:
    """Whether a quotient u/v passes its adjoint a on as a/v along u and as -(a/v)*u/v along v.

    That is a division less than a*(-(u/v)/v), as many roundings, and nothing divided by v twice,
    which may overflow where the result does not. For that reason an adjoint that is itself a
    quotient by v takes the other way, as does a constant one, which needs no product there.
    """
    numerator, denominator = graph.arguments[node]
    if graph.operators[adjoint] is _GATE:
        adjoint = graph.arguments[adjoint][1]  # the gradient is the same as without the gate
    if adjoint in graph.constants or numerator in graph.constants or numerator == denominator:
        return False
    if graph.operators[adjoint] is _NEG:
        (adjoint,) = graph.arguments[adjoint]
    return graph.operators[adjoint] is not _DIV or graph.arguments[adjoint][1] != denominator


def _along_denominator(graph: Graph, node: int, adjoint: int) -> int:
    """What a quotient passes on to its denominator, by way of what it passes to its numerator."""
    shared = simplified(graph, _DIV, (adjoint, graph.arguments[node][1]))
    return simplified(graph, _NEG, (simplified(graph, _MUL, (shared, node)),))


def local_partials(
    graph: Graph, node: int, along: Enters | None = None, rule_of: RuleOf = partial
) -> tuple[int, ...]:
    """The nodes of a node's partials along its arguments, appended if need be.

    ABSENT along constants, along what `along` does not hold for, and where a partial is
    structurally zero.
    """
    operator, arguments, constants = graph.operators[node], graph.arguments[node], graph.constants
    rules = _rules(operator, len(arguments), rule_of)
    if not rules:
        return ()
    wanted = [a not in constants and (along is None or along(a)) for a in arguments]
    if operator in _VARIADIC and rules[0] is not None:
        factors = instantiate_each(graph, rules[0], arguments, node)
    else:
        values = (*arguments, node)
        factors = [
            instantiate(graph, rule, values) if rule is not None and is_wanted else ABSENT
            for rule, is_wanted in zip(rules, wanted, strict=True)
        ]
    return tuple(
        [
            factor if is_wanted and constants.get(factor) != 0.0 else ABSENT
            for factor, is_wanted in zip(factors, wanted, strict=True)
        ]
    )


@cache
def _rules(operator: Operator, count: int, rule_of: RuleOf) -> tuple[Rule | None, ...]:
    return tuple(rule_of(operator, count, position) for position in range(count))
