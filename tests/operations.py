"""How many operations a formula, its gradient and its Hessian take, counted on the graph."""

from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.reverse import ABSENT
from autodiff_cli.language.parser import parse

# The price of a call, with the normal distribution as a function and by erf.
_CALL = """
    d1 = (log(S/K) + (r + sigma^2/2)*T)/(sigma*sqrt(T)); d2 = d1 - sigma*sqrt(T)
    S*N(d1) - K*exp(-r*T)*N(d2)
"""
BLACK_SCHOLES = {
    "normcdf": f"N(x) = normcdf(x); {_CALL}",
    "erf": f"N(x) = (1 + erf(x/sqrt(2)))/2; {_CALL}",
}


class Operations(NamedTuple):
    """Operations of the value, of value and gradient, of these and the Hessian."""

    inputs: int
    value: int
    gradient: int
    hessian: int

    @property
    def gradient_ratio(self) -> float:
        """Against the value; the goal is 2.5."""
        return self.gradient / self.value

    @property
    def hessian_ratio(self) -> float:
        """Against the gradient, for each input and one more; the goal is 1."""
        return self.hessian / (self.gradient * (self.inputs + 1))


def operations(text: str) -> Operations:
    """The operations of a formula with all its derivatives, each shared node counted once."""
    lowered = lower(parse(text))
    evaluation = Evaluation(lowered, dict.fromkeys(lowered.graph.variables, 1.0), order=2)
    (output,) = evaluation.outputs
    roots = [output.node]
    value = _count(lowered.graph, roots)
    roots += [
        n for v in evaluation.wrt_nodes.values() if (n := evaluation.derivative(output, v)) != ABSENT
    ]
    gradient = _count(lowered.graph, roots)
    roots += [node for _, _, node in evaluation.second_derivatives(output)]
    return Operations(len(evaluation.wrt), value, gradient, _count(lowered.graph, roots))


def _count(graph: Graph, roots: list[int]) -> int:
    return sum(1 for node in graph.reachable(roots) if graph.arguments[node])


def chain(count: int) -> str:
    """Rosenbrock's function of so many variables: a sum in which each is with the next."""
    return " + ".join(f"100*(x{k + 1} - x{k}^2)^2 + (1 - x{k})^2" for k in range(1, count))
