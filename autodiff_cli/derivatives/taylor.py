"""The Taylor test: what a gradient leaves unexplained of a step must shrink with its square.

With the right gradient g, f(x + h*v) - f(x) - h*g.v is of the order of h^2: on a logarithmic
scale a line of slope 2. With a wrong one a part of the order of h remains: slope 1.
"""

from collections.abc import Mapping, Sequence
from math import isfinite, log10
from random import Random
from typing import Any, NamedTuple

from autodiff_cli.derivatives.differences import FLOAT_BITS, Function

# Steps are 0.1, 0.01, ..., of that many.
_STEPS = 10

# Remainders that are so much larger than what rounding does to a value.
_ABOVE_NOISE = 32

# Between the slopes 1 and 2; |x|^1.5 has 1.5, and a derivative at 0.
_LEAST_SLOPE = 1.25


class Step(NamedTuple):
    """A step, what it leaves unexplained, and the slope since the step before.

    The remainder is None where the step leads out of the domain.
    """

    h: float
    remainder: float | None
    order: float | None


class Taylor(NamedTuple):
    """The test in one direction; no slope where the remainder is nothing but rounding.

    `is_right` is None where there are too few steps to tell.
    """

    direction: Mapping[str, float]
    steps: Sequence[Step]
    slope: float | None
    is_right: bool | None


def random_direction(nodes: Mapping[str, int], function: Function, seed: str) -> dict[str, float]:
    """A direction in which every variable moves, each on its own scale.

    At most by 1, or sin(1e300) would turn too often; of floats that has no digits anyway.
    """
    random, to_float = Random(seed), function.truth.to_float
    found: dict[str, float] = {}
    for name, node in nodes.items():
        size = abs(to_float(function.values[node])) or 1.0
        scale = size if function.bits <= FLOAT_BITS else min(size, 1.0)
        found[name] = scale * random.uniform(0.5, 1.0) * random.choice((-1.0, 1.0))
    return found


def taylor_test(
    function: Function,
    nodes: Mapping[str, int],
    gradient: Mapping[str, Any],
    tolerances: Mapping[str, float],
    noise: float,
    seed: str,
) -> Taylor:
    """Test a gradient along `nodes`, by name; `noise` is the rounding of a value.

    What is smaller than the tolerances and the noise explain is not looked at.
    """
    truth = function.truth
    direction = random_direction(nodes, function, seed)
    after = function.after(list(nodes.values()))
    steps: list[Step] = []
    telling: list[Step] = []
    floor = sum(tolerances[name] * abs(v) for name, v in direction.items())
    with truth.precision(function.bits):
        slope = sum((gradient[n] * truth.number(v) for n, v in direction.items()), truth.number(0.0))
        for power in range(1, _STEPS + 1):
            h = truth.number(1.0) / truth.number(10.0**power)
            moved = function.moved(
                {nodes[name]: h * truth.number(v) for name, v in direction.items()}, after
            )
            remainder = truth.size(moved - function.here - h * slope)
            steps.append(_step(float(f"1e-{power}"), remainder, steps))
            if isfinite(remainder) and remainder > floor * steps[-1].h + _ABOVE_NOISE * noise:
                telling.append(steps[-1])
    if all(step.remainder is None for step in steps):
        return Taylor(direction, steps, None, None)
    if not telling:
        return Taylor(direction, steps, None, True)
    order = telling[-1].order
    return Taylor(direction, steps, order, None if order is None else order > _LEAST_SLOPE)


def _step(h: float, remainder: float, before: Sequence[Step]) -> Step:
    if not isfinite(remainder):
        return Step(h, None, None)
    coarser = before[-1].remainder if before else None
    order = log10(coarser / remainder) if coarser and remainder else None
    return Step(h, remainder, order)
