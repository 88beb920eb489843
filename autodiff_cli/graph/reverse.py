"""The reverse sweep: the derivative of a graph is a graph.

From the output backwards, each node passes its adjoint times the local partial on to each of
its arguments, and what arrives at a node is summed (Linnainmaa 1970; Griewank and Walther,
"Evaluating Derivatives", chapter 3). Nothing is computed here: nodes are appended, and
evaluating them is the gradient. The sweep can be applied to its own result.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from typing import NamedTuple

from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.graph.rewrite import simplified
from autodiff_cli.graph.rules import Rule, instantiate, instantiate_each, partial

_ADD, _MUL = BY_NAME["add"], BY_NAME["mul"]

ABSENT = -1

# The rule of an operator, for so many arguments, along one of them.
RuleOf = Callable[[Operator, int, int], Rule | None]


class Adjoints(NamedTuple):
    """What a sweep from one output appended, indexed by node; ABSENT where there is nothing.

    `nodes[n]` is the node of d output / d n, and `partials[n]` the nodes of the local
    partials of n along its arguments. What is absent is structurally zero or of a constant.
    """

    nodes: list[int]
    partials: list[tuple[int, ...]]


def reverse(graph: Graph, output: int, rule_of: RuleOf = partial) -> Adjoints:
    """Sweep from `output` to everything it depends on, constants themselves excepted.

    `rule_of` gives the rules of the partials, those of `graph/rules.py` that are made for digits
    or those that are made for people.
    """
    adjoints = [ABSENT] * (output + 1)
    partials: list[tuple[int, ...]] = [()] * (output + 1)
    for node, local in _sweep(graph, output, range(output, -1, -1), adjoints, None, rule_of):
        partials[node] = local
    return Adjoints(adjoints, partials)


def derivative(graph: Graph, output: int, along: int) -> int:
    """The node of d output / d along; ABSENT where it is zero by structure.

    It is the node that `reverse` has for `along`. Only what lies between the two is swept.
    """
    between = graph.between([along], output)
    if not between:
        return ABSENT
    adjoints = dict.fromkeys(between, ABSENT)
    for _ in _sweep(graph, output, reversed(between), adjoints, adjoints.keys()):
        pass
    return adjoints[along]


def _sweep(
    graph: Graph,
    output: int,
    nodes: Iterable[int],
    adjoints: list[int] | dict[int, int],
    along: Collection[int] | None = None,
    rule_of: RuleOf = partial,
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Sweep over `nodes`, users before what they use; gives each node and its partials.

    The adjoints are filled in, all of them or those of the nodes `along`.
    """
    one = graph.constant(1.0)
    adjoints[output] = one
    arguments = graph.arguments
    for node in nodes:
        adjoint = adjoints[node]
        if adjoint == ABSENT or not arguments[node]:
            continue
        local = local_partials(graph, node, along, rule_of)
        for argument, factor in zip(arguments[node], local, strict=True):
            if factor == ABSENT:
                continue
            passed = adjoint if factor == one else simplified(graph, _MUL, (adjoint, factor))
            arrived = adjoints[argument]
            adjoints[argument] = (
                passed if arrived == ABSENT else simplified(graph, _ADD, (arrived, passed))
            )
        yield node, local


def local_partials(
    graph: Graph, node: int, along: Collection[int] | None = None, rule_of: RuleOf = partial
) -> tuple[int, ...]:
    """The nodes of a node's partials along its arguments, appended if need be.

    ABSENT along constants, along what is not among `along`, and where a partial is structurally
    zero.
    """
    operator, arguments, constants = graph.operators[node], graph.arguments[node], graph.constants
    rules = _rules(operator, len(arguments), rule_of)
    if not rules:
        return ()
    wanted = [a not in constants and (along is None or a in along) for a in arguments]
    if operator.variadic and rules[0] is not None:
        factors = instantiate_each(graph, rules[0], arguments, node)
    else:
        values = (*arguments, node)
        factors = [
            instantiate(graph, rule, values) if rule is not None and is_wanted else ABSENT
            for rule, is_wanted in zip(rules, wanted, strict=True)
        ]
    for position, factor in enumerate(factors):
        if not wanted[position] or constants.get(factor) == 0.0:
            factors[position] = ABSENT
    return tuple(factors)


@cache
def _rules(operator: Operator, count: int, rule_of: RuleOf) -> tuple[Rule | None, ...]:
    return tuple(rule_of(operator, count, position) for position in range(count))
