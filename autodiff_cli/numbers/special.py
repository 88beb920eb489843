"""Float64 kernels of special functions, each loaded when it is used.

Their modules work with decimals, which take longer to load than most formulas take.
"""

import math
from collections.abc import Callable
from importlib import import_module

Kernel = Callable[..., float]


def kernel(module: str, name: str) -> Kernel:
    """A function of a module next to this one; NaN where an argument is NaN."""
    found: list[Kernel] = []

    def loaded(*arguments: float) -> float:
        for x in arguments:
            if x != x:
                return math.nan
        if not found:
            found.append(getattr(import_module(f"autodiff_cli.numbers.{module}"), name))
        return found[0](*arguments)

    loaded.__name__ = name
    return loaded
