"""A graph made ready for many rows: what is the same in all of them computed once.

This is partial evaluation: nodes that depend on no column become constants, choices that these
settle are taken, and nodes that nothing depends on any more are gone. Shared subexpressions are
shared already, as equal nodes are made once.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from math import frexp, inf, isfinite
from typing import NamedTuple

from autodiff_cli.graph.arena import Graph, evaluate
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.graph.rewrite import AND, DIV, GATE, MUL, OR, POW, WHERE, simplified

_SQRT, _ABS, _EQ = BY_NAME["sqrt"], BY_NAME["abs"], BY_NAME["eq"]
_CHOICES = frozenset({WHERE, GATE, AND, OR})


class Specialised(NamedTuple):
    """A graph of what varies from row to row.

    `roots` are its nodes of the results, and `columns` those of the variables that vary, by name.
    """

    graph: Graph
    roots: list[int]
    columns: dict[str, int]


def specialise(
    graph: Graph, roots: Sequence[int], columns: Collection[str], known: Mapping[str, float]
) -> Specialised:
    """The part of a graph that `roots` depend on, `columns` its only variables.

    `known` gives the values of all others.
    """
    names = {node: name for name, node in graph.variables.items()}
    nodes = graph.reachable(roots)
    moving = _moving(graph, nodes, {graph.variables[name] for name in columns})
    fixed = [node for node in nodes if node not in moving]
    point = {node: known[names[node]] for node in fixed if node in names}
    values = evaluate(graph, fixed, point)
    made = Graph()
    copies: dict[int, int] = {node: made.constant(values[node]) for node in fixed}
    for node in nodes:
        if node in copies:
            continue
        arguments = tuple([copies[argument] for argument in graph.arguments[node]])
        if not arguments:
            copies[node] = made.variable(names[node])
        else:
            copies[node] = _copied(made, graph.operators[node], arguments)
    return Specialised(made, [copies[root] for root in roots], made.variables)


def _moving(graph: Graph, nodes: Sequence[int], columns: set[int]) -> set[int]:
    """The nodes that depend on a column."""
    moving: set[int] = set()
    for node in nodes:
        if node in columns or not moving.isdisjoint(graph.arguments[node]):
            moving.add(node)
    return moving


def _copied(graph: Graph, operator: Operator, arguments: tuple[int, ...]) -> int:
    """The node of an operator; a number where a choice that was settled has left only numbers."""
    constants = graph.constants
    if all(argument in constants for argument in arguments):
        return graph.constant(operator.floats(*[constants[argument] for argument in arguments]))
    return _reduced(graph, operator, arguments)


def _reduced(graph: Graph, operator: Operator, arguments: tuple[int, ...]) -> int:
    """The node of an operator in a cheaper form, where there is one."""
    if operator in _CHOICES:
        return simplified(graph, operator, arguments)
    if len(arguments) == 2 and arguments[1] in graph.constants:
        constant = graph.constants[arguments[1]]
        if operator is POW and constant in POWERS:
            return POWERS[constant](graph, arguments[0])
        if operator is DIV and _has_exact_reciprocal(constant):
            return graph.apply(MUL, (arguments[0], graph.constant(1.0 / constant)))
    return graph.apply(operator, arguments)


def _has_exact_reciprocal(number: float) -> bool:
    """Whether 1/number is a normal float exactly: then x/number is x*(1/number), to the last bit."""
    return isfinite(number) and abs(frexp(number)[0]) == 0.5 and 1e-300 < abs(number) < 1e300


def _square(graph: Graph, x: int) -> int:
    return graph.apply(MUL, (x, x))


def _base(graph: Graph, x: int) -> int:
    """What a root is taken of: a power of -inf is that of inf, where a root is NaN."""
    is_end = graph.apply(_EQ, (x, graph.constant(-inf)))
    return graph.apply(WHERE, (is_end, graph.constant(inf), x))


def _root(graph: Graph, x: int) -> int:
    return graph.apply(_SQRT, (_base(graph, x),))


def _root_of_cube(graph: Graph, x: int) -> int:
    # Of -0 it is 0.
    return graph.apply(MUL, (graph.apply(_ABS, (x,)), _root(graph, x)))


def _inverse(graph: Graph, x: int) -> int:
    return graph.apply(DIV, (graph.constant(1.0), x))


# Powers in products, quotients and roots: each within 2 units in the last place of what `pow` gives,
# and no step overflows or underflows where the power does not. x^2, x^(1/2) and 1/x are rounded once.
POWERS: dict[float, Callable[[Graph, int], int]] = {
    1.0: lambda _, x: x,
    2.0: _square,
    3.0: lambda graph, x: graph.apply(MUL, (_square(graph, x), x)),
    4.0: lambda graph, x: _square(graph, _square(graph, x)),
    0.5: _root,
    1.5: _root_of_cube,
    -0.5: lambda graph, x: _inverse(graph, _root(graph, x)),
    -1.0: _inverse,
}
