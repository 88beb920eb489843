"""Where terms are defined, and what simplification has made invisible of it."""

from collections.abc import Iterator, Sequence

from autodiff_cli.algebra.arithmetic import WHERE, needed
from autodiff_cli.algebra.conditions import AND
from autodiff_cli.algebra.functions import term_system
from autodiff_cli.algebra.terms import Kind, Sign, Terms
from autodiff_cli.graph.arena import evaluate
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.graph.rules import rule

_SIGNS = {BY_NAME["gt"]: Sign.POSITIVE, BY_NAME["ge"]: Sign.NONNEGATIVE, BY_NAME["ne"]: Sign.NONZERO}
_COMPARISONS = {sign: operator for operator, sign in _SIGNS.items()}


def conditions(terms: Terms, roots: Sequence[int]) -> dict[int, int]:
    """What must hold for terms to be defined: terms, and the signs that they must have.

    What stands in a branch of a choice is not needed everywhere, and is left out.
    """
    found: dict[int, int] = {}
    seen, pending = set(roots), list(roots)
    while pending:
        node = pending.pop()
        parts = terms.parts_of(node)
        if terms.kinds[node] is Kind.PRODUCT:
            for base, exponent in terms.data[node]:
                found[base] = found.get(base, 0) | needed(terms, exponent)
        elif terms.kinds[node] is Kind.CALL:
            operator, arguments = terms.data[node]
            if operator is WHERE:
                parts = arguments[:1]
            for condition, sign in _domain(terms, operator, arguments):
                found[condition] = found.get(condition, 0) | sign
        for part in parts:
            if part not in seen:
                seen.add(part)
                pending.append(part)
    return found


def _domain(terms: Terms, operator: Operator, arguments: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """The conditions of a call, by the domain in its record."""
    if not operator.domain:
        return
    formula = rule(operator, operator.domain, len(arguments))
    bound = {node: arguments[slot] for node, slot in formula.slots}
    values = evaluate(formula.graph, range(len(formula.graph)), bound, term_system(terms))
    graph = formula.graph
    pending = [formula.root]
    while pending:
        node = pending.pop()
        of, sides = graph.operators[node], graph.arguments[node]
        if of is AND:
            pending.extend(sides)
        elif of in _SIGNS and graph.known(sides[1]) == 0:
            # Not the value of the comparison: that may be settled by what is only granted.
            yield values[sides[0]], _SIGNS[of]
        elif terms.kinds[values[node]] is Kind.CALL:
            yield values[node], Sign.HOLDS


def grant_domain(terms: Terms, root: int) -> None:
    """Take for granted what a term needs to be defined."""
    for node, sign in conditions(terms, [root]).items():
        terms.grant(node, sign)


def forget(terms: Terms) -> None:
    """Let conditions that have been lost so far be."""
    terms.lost.clear()
    terms.left_out.clear()


def lost_conditions(terms: Terms, roots: Sequence[int]) -> list[int]:
    """The conditions that have been lost and that `roots` do not show, as comparisons."""
    lost = conditions(terms, list(terms.left_out))
    for node, sign in terms.lost:
        lost[node] = lost.get(node, 0) | sign
    shown = conditions(terms, roots)
    found: dict[int, None] = {}
    for node, sign in lost.items():
        missing = sign & ~shown.get(node, 0) & ~terms.certain(node)
        if missing & Sign.HOLDS:
            found[node] = None
        elif missing:
            found[terms.call(_COMPARISONS[missing], (node, terms.zero))] = None
    return [condition for condition in found if terms.value(condition) is None]
