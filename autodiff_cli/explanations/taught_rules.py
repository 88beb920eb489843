"""The rule of differentiation at a node, as it is taught: over u, v, w, and by its name."""

from collections.abc import Iterator
from typing import NamedTuple

from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.graph.reverse import RuleOf
from autodiff_cli.graph.rules import instantiate, instantiate_each, partial, textbook

_CHOICES = frozenset({BY_NAME["where"], BY_NAME["gate"]})
_LETTERS = "uvw"

_NAMES = {
    "add": "sum rule",
    "sub": "sum rule",
    "mul": "product rule",
    "div": "quotient rule",
    "neg": "constant factor",
    "pow": "power rule",
}
_WITH_CONSTANT = {"mul": "constant factor", "div": "quotient rule", "pow": "power rule"}


class Taught(NamedTuple):
    """The derivative along one operand: its letter, by the textbook, and as it is computed.

    `computed` is the same node as `root` where the two do not differ, or where what is computed is
    a matter of cases, which the step decides.
    """

    letter: str
    root: int
    computed: int


class TaughtRule(NamedTuple):
    """The rule of a node's operator over letters, in a graph of its own.

    `letters` are those of its variables, by node. `function` is the operator applied to the letters,
    and to those operands that are constants. Of many operands, which all have the same rule,
    `partials` has the first, and `is_cut` is true.
    """

    name: str
    graph: Graph
    letters: dict[int, str]
    function: int
    partials: list[Taught]
    is_cut: bool


def rule_key(graph: Graph, node: int) -> object:
    """What the rule of a node depends on: its operator, and the operands that are constants."""
    constants, meanings = graph.constants, graph.meanings
    operands = tuple(
        (repr(constants[a]), meanings.get(a)) if a in constants else None for a in graph.arguments[node]
    )
    return graph.operators[node], operands


def taught_rule(graph: Graph, node: int) -> TaughtRule:
    """The rule of the node's operator, along its operands that are not constants."""
    operator, arguments = graph.operators[node], graph.arguments[node]
    varying = [position for position, a in enumerate(arguments) if a not in graph.constants]
    letters = dict(zip(varying, _letters(len(varying)), strict=True))
    own = Graph()
    operands = tuple(
        own.variable(letters[position])
        if position in letters
        else own.constant(graph.constants[argument], graph.meanings.get(argument))
        for position, argument in enumerate(arguments)
    )
    function = own.apply(operator, operands)
    taught, computed = (list(_partials(own, function, rule)) for rule in (textbook, partial))
    is_cut = operator.variadic and len(varying) > len(_LETTERS)
    partials = [
        Taught(letters[position], taught[position], _readable(own, computed[position], taught[position]))
        for position in varying[: 1 if is_cut else None]
    ]
    by_node = {operands[position]: letter for position, letter in letters.items()}
    name = _name(operator, varying, len(arguments))
    return TaughtRule(name, own, by_node, function, partials, is_cut)


def _letters(count: int) -> list[str]:
    if count <= len(_LETTERS):
        return list(_LETTERS[:count])
    return [f"u{number}" for number in range(1, count + 1)]


def _partials(graph: Graph, node: int, rule_of: RuleOf) -> Iterator[int]:
    """The partials along all operands; where there is no rule it is 0."""
    operator, operands = graph.operators[node], graph.arguments[node]
    if operator.variadic:
        rule = rule_of(operator, len(operands), 0)
        zeros = [graph.constant(0.0)] * len(operands)
        yield from zeros if rule is None else instantiate_each(graph, rule, operands, node)
        return
    for position in range(len(operands)):
        rule = rule_of(operator, len(operands), position)
        yield graph.constant(0.0) if rule is None else instantiate(graph, rule, (*operands, node))


def _readable(graph: Graph, computed: int, taught: int) -> int:
    has_cases = any(graph.operators[node] in _CHOICES for node in graph.reachable([computed]))
    return taught if has_cases else computed


def _name(operator: Operator, varying: list[int], count: int) -> str:
    """What the rule is called; a rule of a function is called after it."""
    if len(varying) < count and operator.name in _WITH_CONSTANT:
        is_exponential = operator.name == "pow" and varying == [1]
        return "exponential" if is_exponential else _WITH_CONSTANT[operator.name]
    return _NAMES.get(operator.name, f"rule of {operator.name}")
