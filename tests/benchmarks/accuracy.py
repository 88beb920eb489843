"""How right are value, first and second derivative of every smooth function, over its whole domain?

    python tests/benchmarks/accuracy.py [names...] [--points N]

Prints a Markdown table of the worst errors, in units of the last place of the exact result at
the float64 arguments. Points are drawn log-uniformly over all floats, of both signs, and put
where functions are difficult: beside zeros of the value and of the derivatives, at the edges of
the domain, and where something overflows or underflows; these places are found by bisection.
Truth comes from mpmath (`tests/operator_truth.py`), by differences of values.

Beyond a value, or a first derivative, that is infinite nothing more is looked at. Nothing is
taken off beside zeros: of the two floats next to one, too, all digits are due. `inf` is a NaN,
or an infinity or zero in place of a number.

The first derivatives of JAX, PyTorch and HIPS autograd stand beside, where they are installed.
"""

import argparse
import math
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from mpmath import mp, mpf
from operator_truth import (
    Point,
    beside,
    changes,
    difference,
    enough_bits,
    exact,
    in_domain,
    kinks,
    narrowed,
    ulps,
)

from autodiff_cli.graph.arena import Graph, evaluate
from autodiff_cli.graph.operators import OPERATORS, Operator
from autodiff_cli.graph.reverse import ABSENT, reverse

LARGEST_EXPONENT = math.log10(sys.float_info.max)
SPECIAL = (
    0.0,
    0.5,
    1.0,
    2.0,
    1e-8,
    1e-5,
    1e-3,
    0.1,
    3.0,
    10.0,
    30.0,
    100.0,
    700.0,
    1e8,
    1e16,
    1e155,
    1e-155,
)


class Swept:
    """An operator applied to variables, with the nodes of its first and second derivatives."""

    def __init__(self, record: Operator, count: int) -> None:
        self.record = record
        graph = self.graph = Graph()
        self.arguments = [graph.variable(f"u{position}") for position in range(count)]
        self.nodes: dict[tuple[int, ...], int] = {}
        root = graph.apply(record, tuple(self.arguments))
        self._sweep(root, (0,) * count, 2)
        live = [node for node in self.nodes.values() if node != ABSENT]
        self.live = graph.reachable([root, *live])

    def _sweep(self, node: int, orders: tuple[int, ...], more: int) -> None:
        self.nodes[orders] = node
        if not more or node == ABSENT:
            return
        adjoints = reverse(self.graph, node).nodes
        for position, argument in enumerate(self.arguments):
            higher = tuple(order + (k == position) for k, order in enumerate(orders))
            if higher not in self.nodes:
                self._sweep(adjoints[argument], higher, more - 1)

    def __call__(self, point: Point) -> dict[tuple[int, ...], float]:
        bound = dict(zip(self.arguments, point, strict=True))
        values = evaluate(self.graph, self.live, bound)
        return {o: 0.0 if node == ABSENT else values[node] for o, node in self.nodes.items()}


# -- Points ----------------------------------------------------------------------------------


def _anywhere(generator: random.Random) -> float:
    size = generator.choice((LARGEST_EXPONENT, 20.0, 3.0))
    return generator.choice((1.0, -1.0)) * 10.0 ** generator.uniform(-size, size)


def _kind(x: float) -> tuple[bool, bool, bool, bool]:
    """What changes where a function gets difficult."""
    return (x != x, math.isinf(x), x > 0, abs(x) < sys.float_info.min)


def _places(
    swept: Swept, along: Callable[[float], Point], grid: list[float], most: int, generator: random.Random
) -> Iterator[Point]:
    """Points beside zeros, and beside other changes of kind, of a value and derivatives on a line."""
    known = cache(lambda x: swept(along(x)))
    for orders in swept.nodes:
        for kind in (lambda x, o=orders: known(x)[o] > 0, lambda x, o=orders: _kind(known(x)[o])):
            found = changes(kind, grid)
            found = generator.sample(found, min(len(found), most))
            points = [along(x) for pair in found for x in beside(*narrowed(kind, *pair))]
            yield from generator.sample(points, min(len(points), most))


def points_of_one(swept: Swept, number: int, generator: random.Random) -> list[Point]:
    signed = sorted({sign * x for x in SPECIAL for sign in (1.0, -1.0)})
    grid = {sign * 10.0 ** (k / 4) for k in range(-1240, 1233) for sign in (1.0, -1.0)} | set(signed)
    grid |= {k / 4 for k in range(-200, 200)} | {float(k) for k in range(-1500, 1500, 5)}
    found = list(signed)
    found += [x for (x,) in _places(swept, lambda x: (x,), sorted(grid), number // 2, generator)]
    found += [_anywhere(generator) for _ in range(number)]
    found += [
        x + generator.choice((1, -1)) * 10.0 ** generator.uniform(-17, 0)
        for x in signed * (number // 60)
    ]
    return [(x,) for x in dict.fromkeys(found) if math.isfinite(x)]


def points_of_two(swept: Swept, number: int, generator: random.Random) -> list[Point]:
    record = swept.record
    low, high = record.samples[record.parameters[0]]
    first = [low] if low == high else None
    found: list[Point] = []
    for _ in range(number):
        x = first[0] if first else _anywhere(generator)
        found.append((x, _anywhere(generator)))
        near = generator.choice((1, -1)) * x * (1 + 10.0 ** generator.uniform(-16, 1))
        found.append((x, near))
        y = generator.choice(SPECIAL) + 10.0 ** generator.uniform(-17, 0)
        found.append((x, generator.choice((1, -1)) * y))
        found.append(tuple(generator.uniform(*record.samples[name]) for name in record.parameters))
    for _ in range(5):
        fixed = tuple(generator.uniform(*record.samples[name]) for name in record.parameters)
        for position in range(2):
            low, high = record.samples[record.parameters[position]]
            if low == high:
                continue

            def along(x: float, fixed: Point = fixed, position: int = position) -> Point:
                return (*fixed[:position], x, *fixed[position + 1 :])

            grid = {generator.uniform(low, high) for _ in range(100)}
            grid |= {s * 10.0 ** (k / 8) for k in range(-100, 100) for s in (1.0, -1.0)}
            found += _places(swept, along, sorted(grid), number // 20, generator)
    return [point for point in found if all(map(math.isfinite, point))]


# -- Errors ----------------------------------------------------------------------------------


class Worst:
    """The greatest error so far, and where."""

    def __init__(self) -> None:
        self.error, self.point, self.checked = 0.0, (), 0

    def see(self, point: Point, got: float, truth: mpf) -> None:
        self.checked += 1
        found = ulps(got, truth)
        if found > self.error:
            self.error, self.point = found, point

    def __str__(self) -> str:
        if not self.checked:
            return ""
        return f"{self.error:.1f}" if self.error < 1000 else f"{self.error:.0e}".replace("e+", "e")


def truth_of(record: Operator, point: Point, orders: tuple[int, ...]) -> mpf:
    arguments = tuple(map(mpf, point))
    if sum(orders):
        return difference(record, arguments, orders)
    with mp.workprec(enough_bits(record, arguments) + 100):
        return exact(record, arguments)


def is_fit(record: Operator, point: Point) -> bool:
    """Whether all is smooth at the point, as far as the record says."""
    return in_domain(record, tuple(map(mpf, point))) and not kinks(record, point)


def measured(record: Operator, number: int, others: dict[str, Callable[..., Any]]) -> list[Worst]:
    """Value, first and second derivatives of the tool; the first of the others."""
    count = len(record.parameters)
    swept = Swept(record, count)
    generator = random.Random(record.name)
    draw = points_of_one if count == 1 else points_of_two
    own = [Worst() for _ in range(3)]
    theirs = {name: Worst() for name in others}
    skipped = {
        k for k, name in enumerate(record.parameters) if record.partials.get(name) in (None, "nan")
    }
    for point in draw(swept, number, generator):
        if not is_fit(record, point):
            continue
        found = swept(point)
        lower = min((sum(orders) for orders, got in found.items() if math.isinf(got)), default=2)
        for orders, got in found.items():
            if any(orders[k] for k in skipped) or (sum(orders) > lower and sum(orders) > 0):
                continue
            truth = truth_of(record, point, orders)
            if mp.isnan(truth):
                continue
            own[sum(orders)].see(point, got, truth)
            if sum(orders) == 1:
                for name, gradient in others.items():
                    theirs[name].see(point, gradient(orders.index(1), *point), truth)
    return own + list(theirs.values())


# -- The others ------------------------------------------------------------------------------


def _called(module: Any, *names: str) -> Callable[..., Any] | None:
    """The first function of a library that goes by one of the names."""
    places = [module]
    for name in names:
        for place in places:
            if callable(found := getattr(place, name, None)):
                return found
    return None


SPELLINGS = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "atan2": "arctan2",
    "deg": "rad2deg",
    "rad": "deg2rad",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "neg": "negative",
    "pow": "power",
}


def of_jax(record: Operator) -> Callable[..., float] | None:
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    names = (record.name, SPELLINGS.get(record.name, record.name), *record.aliases)
    for module in ("jax.numpy", "jax.scipy.special", "jax.nn"):
        function = _called(import_module(module), *names)
        if function is not None:
            gradients = [jax.jit(jax.grad(function, k)) for k in range(len(record.parameters))]
            return lambda k, *point: float(gradients[k](*point))
    return None


def of_torch(record: Operator) -> Callable[..., float] | None:
    torch = import_module("torch")
    names = (record.name, SPELLINGS.get(record.name, record.name), *record.aliases)
    for module in ("torch", "torch.special", "torch.nn.functional"):
        function = _called(import_module(module), *names)
        if function is not None:
            break
    else:
        return None

    def gradient(k: int, *point: float) -> float:
        inputs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]
        (found,) = torch.autograd.grad(function(*inputs), inputs[k])
        return float(found)

    return gradient


def of_autograd(record: Operator) -> Callable[..., float] | None:
    grad = import_module("autograd").grad
    names = (SPELLINGS.get(record.name, record.name), record.name, *record.aliases)
    for module in ("autograd.numpy", "autograd.scipy.special"):
        function = _called(import_module(module), *names)
        if function is not None:
            return lambda k, *point: float(grad(function, k)(*point))
    return None


LIBRARIES = {"JAX": of_jax, "PyTorch": of_torch, "autograd": of_autograd}


def installed() -> list[str]:
    found = []
    for name in LIBRARIES:
        try:
            import_module({"JAX": "jax", "PyTorch": "torch"}.get(name, name))
        except ImportError:
            continue
        found.append(name)
    return found


def guarded(gradient: Callable[..., float]) -> Callable[..., float]:
    def found(k: int, *point: float) -> float:
        try:
            return gradient(k, *point)
        except Exception:  # whatever a library raises at a point, it has no number there
            return math.nan

    return found


def comparable(record: Operator, library: str) -> Callable[..., float] | None:
    """A library's gradient of the same function; None where it has none, or another one."""
    try:
        gradient = LIBRARIES[library](record)
        if gradient is None:
            return None
        middle = tuple(0.3 * low + 0.7 * high for low, high in record.samples.values())
        if record.samples and all(math.isfinite(gradient(k, *middle)) for k in range(len(middle))):
            return guarded(gradient)
    except Exception:  # not a function of real numbers, or not differentiable there
        return None
    return None


# -- The table -------------------------------------------------------------------------------


def smooth(record: Operator) -> bool:
    return bool(record.partials) and not record.variadic and len(record.parameters) <= 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", help="functions; all when none is given")
    parser.add_argument("--points", type=int, default=200, help="random points for each (200)")
    parser.add_argument("--where", action="store_true", help="also print the worst points")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    libraries = installed()
    head = ["function", "value", "first", "second", *libraries]
    print(f"| {' | '.join(head)} |")
    print(f"| --- {'| ---: ' * (len(head) - 1)}|", flush=True)
    for record in OPERATORS:
        if not smooth(record) or (options.names and record.name not in options.names):
            continue
        others = {name: found for name in libraries if (found := comparable(record, name))}
        results = measured(record, options.points, others)
        named = dict(zip(others, results[3:], strict=True))
        cells = [*map(str, results[:3]), *(str(named.get(name, "")) for name in libraries)]
        print(f"| `{record.name}` | {' | '.join(cells)} |", flush=True)
        if options.where:
            for label, worst in zip(("value", "first", "second", *others), results, strict=True):
                print(f"    {label} {worst.point} of {worst.checked}", flush=True)


if __name__ == "__main__":
    main()
