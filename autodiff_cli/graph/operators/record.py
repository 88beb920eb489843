"""What is known of an operator, in one record.

Partial derivatives, domains and kinks are formulas in the tool's own language, over the
names of the operator's parameters and `out`, its value. They are parsed and lowered like any
other formula, so the sweep, the diagnosis and the documentation all read the same text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

Kernel = Callable[..., float]


class Kink(NamedTuple):
    """Points where a partial derivative does not exist, and what is known beside them.

    `sides` gives for a parameter the derivatives from the left and from the right, as
    formulas; `inf` marks a jump. Empty where no such pair describes the point.
    """

    when: str
    sides: Mapping[str, tuple[str, str]] = {}


@dataclass(frozen=True, eq=False, slots=True)
class Operator:
    """One operator, complete: a new function is one such record and nothing else.

    parameters -- names used in the formulas below; one that ends in `...` takes any number
        of arguments: in the formulas `xs` stands for all of them, `x` for the one at hand.
    floats -- the kernel on Python floats; total, never raises.
    partials -- for each parameter the partial derivative; a parameter that is missing has
        none anywhere (its derivative is structurally zero).
    textbook -- the same as people write them, for derivatives as formulas, where what is computed
        is longer for the sake of digits; they may leave out points where the rule has a limit.
    summary -- one line for people.
    definition -- the operator in terms of simpler ones, where there are some.
    domain -- a condition; empty is everywhere.
    kinks -- where partials do not exist, each with the one-sided derivatives.
    rounding -- how many units in the last place the kernel may be off; 0 is exact.
    first_ulps, second_ulps -- the same of its first and second partial derivatives, as a sweep
        makes them; where they pass through zero, with the argument's own rounding on top.
    latex, python -- how it is written there: a function's name, or a template over the parameters;
        empty where the name will do, or where there is none.
    samples -- for each parameter an interval on which tests draw points.
    """

    name: str
    parameters: tuple[str, ...]
    floats: Kernel
    partials: Mapping[str, str] = field(default_factory=dict[str, str])
    textbook: Mapping[str, str] = field(default_factory=dict[str, str])
    summary: str = ""
    aliases: tuple[str, ...] = ()
    definition: str = ""
    domain: str = ""
    kinks: tuple[Kink, ...] = ()
    rounding: float = 1.0
    first_ulps: float = 4.0
    second_ulps: float = 16.0
    latex: str = ""
    python: str = ""
    samples: Mapping[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])

    @property
    def variadic(self) -> bool:
        """Whether any number of arguments is taken."""
        return self.parameters[-1].endswith("...")

    def __repr__(self) -> str:
        return f"<operator {self.name}>"
