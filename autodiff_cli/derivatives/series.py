"""Taylor coefficients of every order, by propagating truncated power series.

Each node has a series in t for the point x + t*v. Order by order, all nodes once for each:
sums, products, quotients, powers and roots by their recurrences (Knuth, "The Art of Computer
Programming", volume 2, 4.7; Griewank and Walther, "Evaluating Derivatives", chapter 13), everything
else by the chain rule: of y = f(u), y' = p*u' with the local partial p, and so

    k*y_k = sum of j*u_j*p_(k - j) over j = 1..k and over the arguments.

p is a node like any other, whose own partials are followed as deep as the order that is left needs
them. Nothing is differentiated twice, no rule is written twice, and the cost grows with a power of
the order. Which branch a choice takes is decided by the values at the point.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from autodiff_cli.graph.arena import FLOATS, Graph, NumberSystem
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.graph.reverse import ABSENT, local_partials
from autodiff_cli.graph.rewrite import ADD, DIV, GATE, MUL, NEG, POW, SUB, WHERE

_LOG = BY_NAME["log"]
_ROOTS = {BY_NAME["sqrt"]: 2, BY_NAME["cbrt"]: 3}

# A whole power is a product of so many factors at least, whatever the order; beyond, it is worked
# out by a recurrence that divides by the base.
_MOST_FACTORS = 16

# A number of the number system at hand, or None: it is 0 by structure.
Coefficient = Any
Coefficients = list[Coefficient]

# The coefficient of an order from 1 on, when those of all lower orders are known.
_Recurrence = Callable[[int], Coefficient]


def expand(
    graph: Graph,
    roots: Iterable[int],
    order: int,
    variables: Mapping[int, Any],
    velocities: Mapping[int, Any],
    system: NumberSystem = FLOATS,
) -> dict[int, Coefficients]:
    """The series of `roots` and of all they depend on, by node, up to an order.

    `variables` gives the values of the variables, `velocities` the coefficients of t of the nodes
    that move. Series end where all that follows is 0 by structure. Appends partials to the graph.
    """
    propagation = _Propagation(graph, order, variables, velocities, system)
    propagation.plan(roots)
    propagation.run()
    return propagation.series


class _Propagation:
    """The series of nodes, how each is continued, and up to which order it is needed."""

    def __init__(
        self,
        graph: Graph,
        order: int,
        variables: Mapping[int, Any],
        velocities: Mapping[int, Any],
        system: NumberSystem,
    ) -> None:
        self.series: dict[int, Coefficients] = {}
        self._graph = graph
        self._order = order
        self._variables = variables
        self._velocities = velocities
        self._system = system
        self._recurrences: dict[int, _Recurrence] = {}
        # The nodes with a series that goes on, as planned, and up to which order it is needed.
        self._steps: list[tuple[int, int]] = []
        self._equals = _Equals(graph)

    def plan(self, roots: Iterable[int]) -> None:
        """Find the nodes that are needed, their values, and how their series go on.

        Partials are needed to one order less than what they are partials of; so from the highest
        order down each node is met first where it is needed most, and after its arguments.
        """
        wanted = list(roots)
        for order in range(self._order, -1, -1):
            found = self._new(wanted)
            wanted.clear()
            for node in found:
                first = self._equals.first(node, self._moves)
                if first != node:
                    self.series[node] = self.series[first]
                    continue
                self.series[node] = [self._value(node)]
                if order > 0:
                    recurrence, partials = self._recurrence(node)
                    wanted += partials
                    if recurrence is not None:
                        self._recurrences[node] = recurrence
                        self._steps.append((node, order))

    def run(self) -> None:
        """Continue all series, order by order."""
        for k in range(1, self._order + 1):
            for node, order in self._steps:
                if order < k:
                    break  # orders only fall
                self.series[node].append(self._recurrences[node](k))

    def _new(self, roots: list[int]) -> list[int]:
        """What roots depend on and has no value yet, in order of evaluation."""
        arguments, known = self._graph.arguments, self.series
        found: set[int] = set()
        pending = list(roots)
        while pending:
            node = pending.pop()
            if node not in found and node not in known:
                found.add(node)
                pending += arguments[node]
        return sorted(found)

    def _value(self, node: int) -> Any:
        graph, system = self._graph, self._system
        arguments = graph.arguments[node]
        if arguments:
            operands = [self.series[argument][0] for argument in arguments]
            return system.kernels[graph.operators[node]](*operands)
        return system.constant(graph, node) if node in graph.constants else self._variables[node]

    def _moves(self, node: int) -> bool:
        return self._equals.known.get(node, node) in self._recurrences

    def _recurrence(self, node: int) -> tuple[_Recurrence | None, list[int]]:
        """How a node's series goes on, None if it is constant, and the partials that it takes."""
        velocity = self._velocities.get(node)
        if velocity is not None:
            return (lambda k: velocity if k == 1 else None), []
        arguments = self._graph.arguments[node]
        if not any(map(self._moves, arguments)):
            return None, []
        operator, divide = self._graph.operators[node], self._system.kernels[DIV]
        out, operands = self.series[node], [self.series[argument] for argument in arguments]
        if operator is WHERE or operator is GATE:
            return self._choice(arguments), []
        if operator is ADD:
            return _sum(*operands), []
        if operator is SUB:
            return _difference(*operands), []
        if operator is NEG:
            return _negative(*operands), []
        if operator is MUL:
            return _product(*operands), []
        if operator is DIV:
            return _quotient(operands[0], operands[1], out, divide), []
        if operator in _ROOTS:
            return self._fractional_power(operands[0], 1, _ROOTS[operator], out), []
        if operator is POW:
            return self._power(arguments, out), []
        return self._chain_rule(node)

    def _chain_rule(self, node: int) -> tuple[_Recurrence | None, list[int]]:
        """By the partials along the arguments that move; those behind shut gates do not count."""
        arguments = self._graph.arguments[node]
        edges = [
            (argument, partial)
            for argument, partial in zip(arguments, local_partials(self._graph, node), strict=False)
            if partial != ABSENT and self._moves(argument)
        ]
        if not edges:
            return None, []
        series = self.series

        def recurrence(k: int) -> Coefficient:
            first: Coefficient = None
            rest: Coefficient = None
            for argument, partial in edges:
                if self._is_shut(partial):
                    continue
                operand, share = series[argument], series[partial]
                first = _plus(first, _times(coefficient(operand, k), share[0]))
                rest = _plus(rest, _weighted(operand, share, k))
            return first if rest is None else _plus(first, rest / k)

        return recurrence, [partial for _, partial in edges]

    def _is_shut(self, node: int) -> bool:
        graph = self._graph
        if graph.operators[node] is not GATE:
            return False
        return _truth(self.series[graph.arguments[node][0]][0]) is False

    def _choice(self, arguments: tuple[int, ...]) -> _Recurrence | None:
        """The branch taken, if it moves; unknown where it is not known which one that is."""
        holds = _truth(self.series[arguments[0]][0])
        if holds is None:
            return lambda _: self._system.unknown
        taken = arguments[1:2] if holds else arguments[2:3]
        if not any(map(self._moves, taken)):
            return None
        branch = self.series[taken[0]]
        return lambda k: coefficient(branch, k)

    def _power(self, arguments: tuple[int, ...], out: Coefficients) -> _Recurrence | None:
        """A power: products where it is whole and small, else the recurrences for exp or powers."""
        base, exponent = (self.series[argument] for argument in arguments)
        kernels = self._system.kernels
        if self._moves(arguments[1]):
            if not self._moves(arguments[0]) and base[0] == 0:
                return None  # 0^y is 0 around each y > 0
            logarithm = [kernels[_LOG](base[0])]
            return _exponential(base, logarithm, exponent, out, kernels[DIV])
        whole = _whole(exponent[0])
        if whole is not None and 0 <= whole <= max(_MOST_FACTORS, self._order):
            return None if whole == 0 else _repeated_product(base, whole)
        return self._fractional_power(base, exponent[0], 1, out)

    def _fractional_power(
        self, base: Coefficients, power: Any, root: int, out: Coefficients
    ) -> _Recurrence:
        """base^(power/root)."""
        if base[0] == 0:
            return _power_of_zero(base, power, root, self._system.unknown)
        return _general_power(base, power, root, out, self._system.kernels[DIV])


class _Equals:
    """Which nodes are equal although they are not the same node: those of n and (n + 1) - 1.

    Rules of Bessel functions go from an order n to n - 1 and n + 1. Without this their partials'
    partials would double with each step.
    """

    def __init__(self, graph: Graph) -> None:
        self.known: dict[int, int] = {}
        self._graph = graph
        self._firsts: dict[tuple[object, ...], int] = {}
        self._offsets: dict[int, tuple[int, float]] = {}

    def first(self, node: int, moves: Callable[[int], bool]) -> int:
        """The first node met that is equal to this one, or itself; arguments are met before."""
        known, arguments = self.known, self._graph.arguments[node]
        if not arguments:
            return node
        key: tuple[object, ...] = (
            self._graph.operators[node],
            *(known.get(argument, argument) for argument in arguments),
        )
        if not any(map(moves, arguments)):
            offset = self._offset(node)
            if offset is not None:
                base, distance = self._offsets[node] = offset
                if distance == 0:
                    known[node] = base
                    return base
                key = offset
        first = self._firsts.setdefault(key, node)
        known[node] = first
        return first

    def _offset(self, node: int) -> tuple[int, float] | None:
        """The number that a sum adds whole numbers to, and what they are in all."""
        graph = self._graph
        operator, arguments = graph.operators[node], graph.arguments[node]
        if operator is not ADD and operator is not SUB:
            return None
        a, b = (self.known.get(argument, argument) for argument in arguments)
        added = graph.known(b)
        if added is None and operator is ADD:
            a, b, added = b, a, graph.known(a)
        if added is None or not added.is_integer():
            return None
        base, distance = self._offsets.get(a, (a, 0.0))
        return base, distance + (added if operator is ADD else -added)


# -- Coefficients that may be 0 by structure -------------------------------------------------


def coefficient(series: Coefficients, k: int) -> Coefficient:
    """The coefficient of an order, None where it is 0 by structure."""
    return series[k] if k < len(series) else None


def _plus(a: Coefficient, b: Coefficient) -> Coefficient:
    if a is None:
        return b
    return a if b is None else a + b


def _minus(a: Coefficient, b: Coefficient) -> Coefficient:
    if b is None:
        return a
    return -b if a is None else a - b


def _times(a: Coefficient, b: Coefficient) -> Coefficient:
    return None if a is None or b is None else a * b


def _convolved(a: Coefficients, b: Coefficients, k: int, first: int, last: int) -> Coefficient:
    """The sum of a_j*b_(k - j) for j from `first` to `last`."""
    total: Coefficient = None
    for j in range(max(first, k - len(b) + 1), min(last, len(a) - 1) + 1):
        total = _plus(total, _times(a[j], b[k - j]))
    return total


def _weighted(a: Coefficients, b: Coefficients, k: int) -> Coefficient:
    """The sum of j*a_j*b_(k - j) for 0 < j < k."""
    total: Coefficient = None
    for j in range(max(1, k - len(b) + 1), min(k, len(a))):
        if a[j] is not None and b[k - j] is not None:
            total = _plus(total, j * a[j] * b[k - j])
    return total


def _truth(condition: Any) -> bool | None:
    """Whether a condition holds; None where it is not known, or no number."""
    if condition == 0:
        return False
    # A ball is unequal to what it does not contain, and no NaN is equal to anything.
    return True if condition != 0 and not _is_nan(condition) else None


def _is_zero(coefficient: Coefficient) -> bool:
    return coefficient is None or bool(coefficient == 0)


def _is_nan(number: Any) -> bool:
    return number != number if isinstance(number, float) else bool(number.is_nan())


def _whole(number: Any) -> int | None:
    """The whole number that a number is, if it is one."""
    nearest = float(number)
    return int(nearest) if nearest.is_integer() and number == nearest else None


# -- Recurrences -----------------------------------------------------------------------------


def _sum(a: Coefficients, b: Coefficients) -> _Recurrence:
    return lambda k: _plus(coefficient(a, k), coefficient(b, k))


def _difference(a: Coefficients, b: Coefficients) -> _Recurrence:
    return lambda k: _minus(coefficient(a, k), coefficient(b, k))


def _negative(a: Coefficients) -> _Recurrence:
    return lambda k: _minus(None, coefficient(a, k))


def _product(a: Coefficients, b: Coefficients) -> _Recurrence:
    return lambda k: _convolved(a, b, k, 0, k)


def _quotient(
    a: Coefficients, b: Coefficients, out: Coefficients, divide: Callable[..., Any]
) -> _Recurrence:
    """From out*b = a."""

    def recurrence(k: int) -> Coefficient:
        remainder = _minus(coefficient(a, k), _convolved(b, out, k, 1, k))
        return None if remainder is None else divide(remainder, b[0])

    return recurrence


def _repeated_product(base: Coefficients, power: int) -> _Recurrence:
    """Squares, and products of squares, by the binary digits of the power.

    Unlike a recurrence this does not divide by the base, which may be 0 or almost.
    """
    products: list[tuple[Coefficients, Coefficients, Coefficients]] = []

    def product(a: Coefficients, b: Coefficients) -> Coefficients:
        result = [a[0] * b[0]]
        products.append((a, b, result))
        return result

    square, result = base, None
    while power:
        if power % 2:
            result = square if result is None else product(result, square)
        power //= 2
        if power:
            square = product(square, square)
    out = base if result is None else result

    def recurrence(k: int) -> Coefficient:
        for a, b, result in products:
            result.append(_convolved(a, b, k, 0, k))
        return coefficient(out, k)

    return recurrence


def _general_power(
    base: Coefficients, power: Any, root: int, out: Coefficients, divide: Callable[..., Any]
) -> _Recurrence:
    """J. C. P. Miller's recurrence, from root*base*out' = power*base'*out."""

    def recurrence(k: int) -> Coefficient:
        total: Coefficient = None
        for j in range(1, min(k, len(base) - 1) + 1):
            if base[j] is not None and out[k - j] is not None:
                total = _plus(total, (power * j - root * (k - j)) * base[j] * out[k - j])
        return None if total is None else divide(total, root * k * base[0])

    return recurrence


def _power_of_zero(base: Coefficients, power: Any, root: int, unknown: Any) -> _Recurrence:
    """A power of a series that begins with t^m: 0 up to t^(m*power/root), and then no series."""

    def recurrence(k: int) -> Coefficient:
        m = next((j for j in range(1, k + 1) if not _is_zero(coefficient(base, j))), k + 1)
        return None if m * power > root * k else unknown

    return recurrence


def _exponential(
    base: Coefficients,
    logarithm: Coefficients,
    exponent: Coefficients,
    out: Coefficients,
    divide: Callable[..., Any],
) -> _Recurrence:
    """base^exponent = exp(w) with w = exponent*log(base), from out' = w'*out."""
    w = [exponent[0] * logarithm[0]]

    def recurrence(k: int) -> Coefficient:
        rest = _weighted(logarithm, base, k)
        change = _minus(coefficient(base, k), None if rest is None else rest / k)
        logarithm.append(None if change is None else divide(change, base[0]))
        w.append(_convolved(exponent, logarithm, k, 0, k))
        rest = _weighted(w, out, k)
        return _plus(_times(w[k], out[0]), None if rest is None else rest / k)

    return recurrence
