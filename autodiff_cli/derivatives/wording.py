"""How a node's value and operands are told in a sentence."""

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.graph.rules import rule, value
from autodiff_cli.language.notation import ATOM, applied, number_text

# What is 0 for no number, and what is 0 only if one of its operands is.
_NEVER_ZERO = frozenset(
    BY_NAME[name]
    for name in (
        "exp",
        "exp2",
        "sigmoid",
        "softplus",
        "softshare",
        "logistic_density",
        "sech",
        "csch",
        "erfc",
        "gaussian",
        "normpdf",
        "normcdf",
        "gamma",
        "beta",
        "besselk",
    )
)
_ZERO_FROM_ZERO = frozenset({BY_NAME["mul"], BY_NAME["div"], BY_NAME["pow"]})


def operands_said(evaluation: Evaluation, node: int) -> str:
    """`x = 0, y = 2`: the arguments that are not constants."""
    graph = evaluation.lowered.graph
    return ", ".join(
        f"{evaluation.names[argument]} = {number_text(evaluation.value(argument))}"
        for argument in dict.fromkeys(graph.arguments[node])
        if argument not in graph.constants
    )


def value_said(evaluation: Evaluation, node: int) -> str:
    """What a node's value is, or that it has none: `sqrt(x) at x = -1 is outside the domain`."""
    operator = evaluation.lowered.graph.operators[node]
    values = tuple(evaluation.value(a) for a in evaluation.lowered.graph.arguments[node])
    operands = operands_said(evaluation, node)
    where = evaluation.names.expression(node) + (f" at {operands}" if operands else "")
    domain = operator.domain
    if domain and value(rule(operator, domain, len(values)), values, 0.0) != 1.0:
        usage, _ = applied(operator.name, [(name, ATOM) for name in operator.parameters])
        return f"{where} is outside the domain: {usage} needs {domain}"
    return f"{where} is {number_text(evaluation.value(node))}"


def underflow(evaluation: Evaluation, node: int) -> int | None:
    """The node behind `node` that is 0 only because the number is too small for a float64."""
    graph = evaluation.lowered.graph
    pending, seen = [node], {node}
    while pending:
        for argument in graph.arguments[pending.pop()]:
            if evaluation.value(argument) != 0 or argument in seen:
                continue
            operands = [evaluation.value(operand) for operand in graph.arguments[argument]]
            operator = graph.operators[argument]
            if operator in _NEVER_ZERO or (operator in _ZERO_FROM_ZERO and all(operands)):
                return argument
            seen.add(argument)
            pending.append(argument)
    return None


def underflow_said(evaluation: Evaluation, node: int) -> str:
    """`x^2 at x = 1e-200 underflows to 0; `, or nothing, before what is said of a node."""
    vanished = underflow(evaluation, node)
    if vanished is None:
        return ""
    where = evaluation.names.expression(vanished)
    return f"{where} at {operands_said(evaluation, vanished)} underflows to 0; "
