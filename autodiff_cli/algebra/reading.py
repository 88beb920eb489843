"""Graphs as terms: a graph evaluated with terms for numbers.

Chains of sums and of products are gathered before they are collected, so that the cost of a long
sum grows linearly with it; and what is long and shared is not copied into what it is part of.
"""

from collections.abc import Mapping, Sequence

from autodiff_cli.algebra.arithmetic import add, multiply, power
from autodiff_cli.algebra.functions import ADD, DIV, MUL, NEG, SUB, constant_of
from autodiff_cli.algebra.terms import ONE, Terms
from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.operators import Operator

_SUMS = frozenset({ADD, SUB, NEG})
_PRODUCTS = frozenset({MUL, DIV})

# A shared sum or product of more parts keeps together.
_MOST_COPIED = 48


def terms_of(
    terms: Terms, graph: Graph, roots: Sequence[int], variables: Mapping[int, int] | None = None
) -> list[int]:
    """The terms of the nodes `roots` of a graph.

    `variables` are the terms of the graph's variables, by their nodes; by default the variables
    of the same names.
    """
    known = variables or {node: terms.variable(name) for name, node in graph.variables.items()}
    live = graph.reachable(roots)
    users = _users(graph, live)
    inner = _inner_links(graph, users, roots)
    shared = {node for node, of in users.items() if len(of) > 1}
    found: dict[int, int] = {}
    for node in live:
        if node in inner:
            continue
        operator = graph.operators[node]
        if operator in _SUMS:
            leaves = _leaves(graph, node, _SUMS, inner)
            found[node] = add(terms, [(found[leaf], sign * ONE) for leaf, sign in leaves])
        elif operator in _PRODUCTS:
            factors = [
                found[leaf] if sign > 0 else power(terms, found[leaf], terms.number(-1))
                for leaf, sign in _leaves(graph, node, _PRODUCTS, inner)
            ]
            found[node] = multiply(terms, factors)
        elif graph.arguments[node]:
            found[node] = terms.apply(operator, *(found[a] for a in graph.arguments[node]))
        else:
            found[node] = known[node] if node in known else constant_of(terms, graph, node)
        if node in shared and _is_long(terms, found[node]):
            found[node] = terms.sealed(found[node])
    return [found[root] for root in roots]


def _users(graph: Graph, live: Sequence[int]) -> dict[int, list[Operator]]:
    """The operators that a node is an argument of."""
    users: dict[int, list[Operator]] = {}
    for node in live:
        for argument in graph.arguments[node]:
            users.setdefault(argument, []).append(graph.operators[node])
    return users


def _is_long(terms: Terms, term: int) -> bool:
    """Whether it costs too much to copy a term into all that it is part of."""
    _, plain = terms.scaled(term)
    return len(terms.parts_of(plain)) > _MOST_COPIED


def _inner_links(graph: Graph, users: Mapping[int, list[Operator]], roots: Sequence[int]) -> set[int]:
    """The sums that are only part of one other sum, and the products likewise."""
    outer = set(roots)
    return {
        node
        for node, of in users.items()
        if len(of) == 1 and node not in outer and _is_link(graph.operators[node], of[0])
    }


def _is_link(operator: Operator, user: Operator) -> bool:
    return any(operator in kind and user in kind for kind in (_SUMS, _PRODUCTS))


def _leaves(
    graph: Graph, root: int, kind: frozenset[Operator], inner: set[int]
) -> list[tuple[int, int]]:
    """What a chain is made of, each with its sign; -1 stands for below the line in a product."""
    found: list[tuple[int, int]] = []
    pending = [(root, 1)]
    while pending:
        node, sign = pending.pop()
        if node != root and not (node in inner and graph.operators[node] in kind):
            found.append((node, sign))
            continue
        operator, arguments = graph.operators[node], graph.arguments[node]
        last = -sign if operator in (SUB, NEG, DIV) else sign
        pending.append((arguments[-1], last))
        if len(arguments) == 2:
            pending.append((arguments[0], sign))
    return found
