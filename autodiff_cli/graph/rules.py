"""Rules of the operator table: parsed and lowered once, then copied into graphs.

A rule is a small graph of its own. Copying it binds its variables to nodes of another graph
and leaves out whatever a constant condition rules out: the partial of x^3 is 3*x^2, without
the cases of the general power.
"""

from functools import cache
from typing import NamedTuple

from autodiff_cli.graph.arena import Graph, evaluate
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.graph.rewrite import simplified
from autodiff_cli.language.parser import parse

_WHERE, _OR = BY_NAME["where"], BY_NAME["or"]
_CHOICES = frozenset({_WHERE, _OR, BY_NAME["and"]})


class Rule(NamedTuple):
    """A formula over an operator's arguments and value.

    `slots` tells for each variable of `graph` which value it stands for: the arguments in
    their order, then the operator's own value, then (of a variadic one) the argument at hand.
    `direct` is the slot of a rule that is nothing but one of these values, else -1.
    `at_hand` are the nodes that depend on the argument at hand.
    """

    graph: Graph
    root: int
    slots: tuple[tuple[int, int], ...]
    direct: int
    at_hand: tuple[int, ...]


@cache
def rule(operator: Operator, text: str, count: int) -> Rule:
    """The rule `text` of an operator that is applied to `count` arguments."""
    names = list(operator.parameters)
    if operator.variadic:
        names = [f"x{position}" for position in range(count)]
        # Not a node: it would have all operands as arguments, for each of them.
        text = text.replace("count(xs)", str(count)).replace("xs", ", ".join(names))
    names += ["out", "x"]
    lowered = lower(parse(text))
    slots = tuple((node, names.index(name)) for name, node in lowered.graph.variables.items())
    direct = dict(slots).get(lowered.output, -1)
    at_hand = {node for node, slot in slots if slot > count}
    for node, arguments in enumerate(lowered.graph.arguments):
        if not at_hand.isdisjoint(arguments):
            at_hand.add(node)
    return Rule(lowered.graph, lowered.output, slots, direct, tuple(sorted(at_hand)))


def partial(operator: Operator, count: int, position: int) -> Rule | None:
    """The partial derivative along an argument; None where it is structurally zero."""
    text = operator.partials.get("x" if operator.variadic else operator.parameters[position])
    return None if text is None else rule(operator, text, count)


def textbook(operator: Operator, count: int, position: int) -> Rule | None:
    """The same as a textbook has it, for formulas that are read, not computed."""
    name = "x" if operator.variadic else operator.parameters[position]
    text = operator.textbook.get(name, operator.partials.get(name))
    return None if text is None else rule(operator, text, count)


def instantiate(graph: Graph, rule: Rule, values: tuple[int, ...]) -> int:
    """Copy a rule into `graph`, its slots bound to `values`; returns the node of its root."""
    if rule.direct >= 0:
        return values[rule.direct]
    if rule.root in rule.graph.constants:
        return _constant(graph, rule.graph, rule.root)
    copies = [-1] * len(rule.graph)
    for node, slot in rule.slots:
        copies[node] = values[slot]
    return _copy(graph, rule.graph, rule.root, copies)


def instantiate_each(graph: Graph, rule: Rule, arguments: tuple[int, ...], out: int) -> list[int]:
    """Copy a rule of a variadic operator for each of its arguments in turn.

    What does not depend on the argument at hand is copied once.
    """
    slots = dict(rule.slots)
    values = (*arguments, out)
    copies = [
        values[slots[node]] if slots.get(node, len(values)) < len(values) else -1
        for node in range(len(rule.graph))
    ]
    roots: list[int] = []
    for argument in arguments:
        for node in rule.at_hand:
            copies[node] = argument if node in slots else -1
        roots.append(_copy(graph, rule.graph, rule.root, copies))
    return roots


def _copy(graph: Graph, source: Graph, node: int, copies: list[int]) -> int:
    """The copy of a rule's node; the recursion is no deeper than a rule of the table."""
    operator = source.operators[node]
    arguments: list[int] = []
    for argument in source.arguments[node]:
        copy = copies[argument]
        if copy < 0:
            copy = copies[argument] = _copy(graph, source, argument, copies)
        arguments.append(copy)
        if operator in _CHOICES and len(arguments) == 1:
            known = graph.known(copy)
            if known is None or known != known:
                continue  # neither true nor false
            if operator is _WHERE:
                taken = source.arguments[node][1 if known else 2]
                return copies[taken] if copies[taken] >= 0 else _copy(graph, source, taken, copies)
            if bool(known) == (operator is _OR):
                return copy
    if not arguments:
        return _constant(graph, source, node)
    return simplified(graph, operator, tuple(arguments))


def _constant(graph: Graph, source: Graph, node: int) -> int:
    return graph.constant(source.constants[node], source.meanings.get(node))


def value(rule: Rule, arguments: tuple[float, ...], out: float, at_hand: int = 0) -> float:
    """The float64 value of a rule for an operator's arguments and its value."""
    values = (*arguments, out, arguments[at_hand])
    bound = {node: values[slot] for node, slot in rule.slots}
    return evaluate(rule.graph, range(len(rule.graph)), bound)[rule.root]
