"""Distributions that random points are drawn from."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, NamedTuple

from autodiff_cli.errors import UsageError, did_you_mean

Draw = Callable[..., Any]


class Distribution(NamedTuple):
    """A distribution with its parameters."""

    kind: str
    parameters: tuple[float, ...]

    def draw(self, stream: Any, count: int) -> Any:
        """So many numbers from a NumPy generator, as float64."""
        return DISTRIBUTIONS[self.kind].draw(stream, count, *self.parameters)


class Kind(NamedTuple):
    """What a distribution needs: names of its parameters, a condition on them, how it is drawn."""

    parameters: tuple[str, ...]
    condition: str
    holds: Callable[..., bool]
    draw: Draw


def _whole(stream: Any, count: int, a: float, b: float) -> Any:
    return stream.integers(int(a), int(b), count, endpoint=True).astype(float)


DISTRIBUTIONS: Mapping[str, Kind] = {
    "uniform": Kind(
        ("a", "b"), "a < b", lambda a, b: a < b and isfinite(b - a), lambda s, n, a, b: s.uniform(a, b, n)
    ),
    "normal": Kind(("mean", "sd"), "sd >= 0", lambda _, sd: sd >= 0, lambda s, n, m, sd: s.normal(m, sd, n)),
    "lognormal": Kind(
        ("mean", "sd"), "sd >= 0", lambda _, sd: sd >= 0, lambda s, n, m, sd: s.lognormal(m, sd, n)
    ),
    "exponential": Kind(
        ("rate",), "rate > 0", lambda rate: rate > 0, lambda s, n, rate: s.exponential(1.0 / rate, n)
    ),
    "integers": Kind(
        ("a", "b"),
        "whole a <= b",
        lambda a, b: a <= b and a == int(a) and b == int(b) and abs(a) < 2**53 and abs(b) < 2**53,
        _whole,
    ),
}


def distribution(kind: str, parameters: tuple[float, ...]) -> Distribution:
    """A distribution by its name. Raises UsageError for one that is not known or has no such parameters."""
    if kind not in DISTRIBUTIONS:
        guess = did_you_mean(kind, DISTRIBUTIONS)
        hint = f"did you mean {guess}?" if guess else f"there is {', '.join(map(usage, DISTRIBUTIONS))}"
        raise UsageError(f"there is no distribution {kind}", hint=hint)
    found = DISTRIBUTIONS[kind]
    if len(parameters) != len(found.parameters):
        raise UsageError(f"{kind} takes {len(found.parameters)} numbers", hint=usage(kind))
    if not all(map(isfinite, parameters)) or not found.holds(*parameters):
        raise UsageError(f"{usage(kind)} needs {found.condition}")
    return Distribution(kind, parameters)


def usage(kind: str) -> str:
    """How a distribution is written."""
    return f"{kind}({','.join(DISTRIBUTIONS[kind].parameters)})"
