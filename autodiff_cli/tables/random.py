"""Distributions that random points are drawn from."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, NamedTuple

from autodiff_cli.errors import UsageError, did_you_mean


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
    draw: Callable[..., Any]


def _is_interval(a: float, b: float) -> bool:
    return a < b and isfinite(b - a)


def _is_whole_interval(a: float, b: float) -> bool:
    return a <= b and a == int(a) and b == int(b) and max(abs(a), abs(b)) < 2**53


def _is_spread(_: float, deviation: float) -> bool:
    return deviation >= 0


def _is_positive(rate: float) -> bool:
    return rate > 0


def _uniform(stream: Any, count: int, a: float, b: float) -> Any:
    return stream.uniform(a, b, count)


def _normal(stream: Any, count: int, mean: float, deviation: float) -> Any:
    return stream.normal(mean, deviation, count)


def _lognormal(stream: Any, count: int, mean: float, deviation: float) -> Any:
    return stream.lognormal(mean, deviation, count)


def _exponential(stream: Any, count: int, rate: float) -> Any:
    return stream.exponential(1.0 / rate, count)


def _integers(stream: Any, count: int, a: float, b: float) -> Any:
    return stream.integers(int(a), int(b), count, endpoint=True).astype(float)


DISTRIBUTIONS: Mapping[str, Kind] = {
    "uniform": Kind(("a", "b"), "a < b", _is_interval, _uniform),
    "normal": Kind(("mean", "sd"), "sd >= 0", _is_spread, _normal),
    "lognormal": Kind(("mean", "sd"), "sd >= 0", _is_spread, _lognormal),
    "exponential": Kind(("rate",), "rate > 0", _is_positive, _exponential),
    "integers": Kind(("a", "b"), "whole numbers a <= b", _is_whole_interval, _integers),
}


def distribution(kind: str, parameters: tuple[float, ...]) -> Distribution:
    """A distribution by its name. Raises UsageError for a name or parameters that there are not."""
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
