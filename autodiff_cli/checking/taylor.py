"""The Taylor test: what a gradient leaves unexplained of a step must shrink with its square.

With the right gradient g, f(x + h*v) - f(x) - h*g.v is of the order of h^2: on a logarithmic
scale a line of slope 2. With a wrong one a part of the order of h remains: slope 1.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite, log10
from random import Random
from typing import Any, NamedTuple

from autodiff_cli.checking.differences import FLOAT_BITS, Function

# Steps are 0.1, 0.01, ..., of that many.
_STEPS = 10

# Remainders that are so much larger than what rounding does to a value.
_ABOVE_NOISE = 32

# Between the slopes 1 and 2; |x|^1.5 has 1.5, and a derivative at 0.
_LEAST_SLOPE = 1.25


class Step(NamedTuple):
    """A step, what it leaves unexplained, and the slope since the step before.

    The remainder is None where the step leads out of the domain. It tells, and has a slope, where it
    is more than rounding and the tolerance.
    """

    h: float
    remainder: float | None
    tells: bool
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
    truth, number = function.truth, function.truth.number
    direction = random_direction(nodes, function, seed)
    steps: list[Step] = []
    # In the truth's own numbers: the square of a small step may be less than any float.
    with truth.precision(function.bits):
        vector = {name: number(v) for name, v in direction.items()}
        floor = sum((number(tolerances[name]) * abs(v) for name, v in vector.items()), number(0.0))
        coarser = None
        for power, (h, remainder) in enumerate(_remainders(function, nodes, vector, gradient), 1):
            is_known = isfinite(truth.to_float(remainder))
            tells = is_known and bool(remainder > floor * h + number(_ABOVE_NOISE * noise))
            order = log10(truth.to_float(coarser / remainder)) if tells and coarser is not None else None
            size = truth.size(remainder) if is_known else None
            steps.append(Step(float(f"1e-{power}"), size, tells, order))
            coarser = remainder if tells else None
    if all(step.remainder is None for step in steps):
        return Taylor(direction, steps, None, None)
    if not any(step.tells for step in steps):
        return Taylor(direction, steps, None, True)
    order = next((step.order for step in reversed(steps) if step.order is not None), None)
    return Taylor(direction, steps, order, None if order is None else order > _LEAST_SLOPE)


def _remainders(
    function: Function, nodes: Mapping[str, int], vector: Mapping[str, Any], gradient: Mapping[str, Any]
) -> Iterator[tuple[Any, Any]]:
    """The steps h, and |f(x + h*v) - f(x) - h*g.v|; NaN outside the domain."""
    number, after = function.truth.number, function.after(list(nodes.values()))
    slope = sum((gradient[name] * v for name, v in vector.items()), number(0.0))
    for power in range(1, _STEPS + 1):
        h = number(1.0) / number(10.0**power)
        moved = function.moved({nodes[name]: h * v for name, v in vector.items()}, after)
        yield h, abs(moved - function.here - h * slope)
