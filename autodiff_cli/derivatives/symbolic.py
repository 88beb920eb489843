"""Derivatives as formulas: the sweep's graph, by textbook rules, in a short form.

A derivative of higher order is the derivative of the one before, in its short form.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autodiff_cli.algebra.domains import forget, grant_domain, lost_conditions
from autodiff_cli.algebra.functions import new_terms
from autodiff_cli.algebra.reading import terms_of
from autodiff_cli.algebra.simplify import in_other_words, simplified
from autodiff_cli.algebra.terms import Terms
from autodiff_cli.algebra.writing import written
from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.lower import Lowered
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.graph.reverse import ABSENT, reverse
from autodiff_cli.graph.rules import textbook
from autodiff_cli.language.notation import NOTATIONS

_WHERE = BY_NAME["where"]
_EXTREMES = {BY_NAME["max"]: BY_NAME["ge"], BY_NAME["min"]: BY_NAME["le"]}


class Request(NamedTuple):
    """What is to be differentiated, and how it is to be written.

    along -- sequences of variables or definitions: along the first, then along the second...
    outputs -- nodes of the formula's graph by name; the name of a bare expression is empty.
    assumed -- signs of variables that are taken for granted (`Sign`).
    values -- constants to put in the place of variables.
    decimals -- numbers are written like 0.5 where they can be.
    in_python -- functions that Python does not have are written out.
    """

    along: Sequence[tuple[str, ...]]
    outputs: Mapping[str, int]
    assumed: Mapping[str, int] = {}
    values: Mapping[str, Lowered] = {}
    decimals: bool = False
    in_python: bool = False


class Derivatives(NamedTuple):
    """Derivatives of outputs, each along a sequence of variables.

    `graph` holds them as they are to be read: `roots[k]` is the node of the derivative of
    `outputs[k]` along `along[k]`. `conditions` are nodes of conditions under which they hold,
    beyond those that the formula itself, or they, need to be defined.
    """

    graph: Graph
    outputs: list[str]
    along: list[tuple[str, ...]]
    roots: list[int]
    conditions: list[int]


def derivatives(lowered: Lowered, request: Request) -> Derivatives:
    """The derivatives that are asked for, in a short form."""
    terms = new_terms()
    for name, sign in request.assumed.items():
        terms.assume(terms.variable(name), sign)
    graph = lowered.graph
    known = _variables(terms, graph, request.values)
    for value in terms_of(terms, graph, list(request.outputs.values()), known):
        grant_domain(terms, value)
    forget(terms)
    remaining = [name for name in graph.variables if name not in request.values]
    outputs, along, found = list[str](), list[tuple[str, ...]](), list[int]()
    for output, root in request.outputs.items():
        source = _Source(graph, root, lowered.named(), known, remaining)
        for names, term in _along(terms, source, request.along).items():
            outputs.append(output)
            along.append(names)
            found.append(term)
    if request.in_python:
        found = in_other_words(terms, found, _is_in_python)
    conditions = lost_conditions(terms, found)
    out = written(terms, [*found, *conditions], remaining, request.decimals)
    count = len(found)
    return Derivatives(out.graph, outputs, along, out.roots[:count], out.roots[count:])


def _variables(terms: Terms, graph: Graph, values: Mapping[str, Lowered]) -> dict[int, int]:
    """The terms of a graph's variables, by their nodes."""
    return {
        node: terms_of(terms, values[name].graph, [values[name].output])[0]
        if name in values
        else terms.variable(name)
        for name, node in graph.variables.items()
    }


def _is_in_python(operator: Operator) -> bool:
    return bool(operator.python) or operator.name in NOTATIONS or operator is _WHERE


class _Source(NamedTuple):
    """An output of a formula: its node, nodes by name, and the terms and names of variables."""

    graph: Graph
    root: int
    named: Mapping[str, int]
    known: Mapping[int, int]
    variables: list[str]


def _along(
    terms: Terms, source: _Source, along: Sequence[tuple[str, ...]]
) -> dict[tuple[str, ...], int]:
    """The derivatives along sequences of names; what these begin with alike is derived once."""
    found: dict[tuple[str, ...], int] = {}
    for order in range(1, max(map(len, along)) + 1):
        wanted: dict[tuple[str, ...], list[str]] = {}
        for names in along:
            if len(names) >= order:
                wanted.setdefault(names[: order - 1], []).append(names[order - 1])
        for before, names in wanted.items():
            at = source if not before else _again(terms, source, found[before])
            for name, term in _gradient(terms, at, names).items():
                found[*before, name] = term
    return {names: found[names] for names in along}


def _again(terms: Terms, source: _Source, term: int) -> _Source:
    """A derivative as the next thing to differentiate."""
    graph, (root,) = written(terms, [term], source.variables, False)
    return source._replace(graph=graph, root=root, named=graph.variables, known={})


def _gradient(terms: Terms, source: _Source, names: Sequence[str]) -> dict[str, int]:
    """The derivatives along names, from one sweep."""
    graph = source.graph
    adjoints = reverse(graph, _with_choices(graph, source.root), rule_of=textbook).nodes
    found = [adjoints[source.named.get(name, ABSENT)] for name in names]
    present = [node for node in found if node != ABSENT]
    read = terms_of(terms, graph, present, source.known or None)
    by_node = dict(zip(present, simplified(terms, read), strict=True))
    return {name: by_node.get(node, terms.zero) for name, node in zip(names, found, strict=True)}


def _with_choices(graph: Graph, root: int) -> int:
    """The node of the same value without max and min: where(a >= b, a, b) has a derivative to read."""
    nodes: dict[int, int] = {}
    for node in graph.reachable([root]):
        arguments = tuple(nodes[argument] for argument in graph.arguments[node])
        comparison = _EXTREMES.get(graph.operators[node])
        if comparison is None:
            same = arguments == graph.arguments[node]
            nodes[node] = node if same else graph.apply(graph.operators[node], arguments)
            continue
        total = arguments[0]
        for argument in arguments[1:]:
            condition = graph.apply(comparison, (total, argument))
            total = graph.apply(_WHERE, (condition, total, argument))
        nodes[node] = total
    return nodes[root]
