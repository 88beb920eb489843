"""Kernels as instructions, by the name of the operator.

What is not here has no compiled form, and a formula that needs it is computed by arrays.
"""

from collections.abc import Callable, Mapping
from functools import reduce

from autodiff_cli.numbers.instruction_circular import cos, sin, tan
from autodiff_cli.numbers.instruction_exponential import (
    cosh,
    exp,
    exp2,
    expm1,
    log,
    log1p,
    log2,
    log10,
    log_sigmoid,
    sech,
    sigmoid,
    sinh,
    softplus,
    tanh,
)
from autodiff_cli.numbers.instruction_normal import erf, erfc, expsquare, gaussian, normcdf, normpdf
from autodiff_cli.numbers.instructions import (
    Kernel,
    Mask,
    Number,
    copysign,
    library,
    or_nan,
)


class NoCodeError(Exception):
    """An operator has no code for the arguments that it has here."""


# -- Arithmetic -------------------------------------------------------------------------------


def _add(a: Number, b: Number) -> Number:
    return a + b


def _sub(a: Number, b: Number) -> Number:
    return a - b


def _mul(a: Number, b: Number) -> Number:
    return a * b


def _div(a: Number, b: Number) -> Number:
    return a / b


def _neg(a: Number) -> Number:
    return -a


def _sqrt(x: Number) -> Number:
    return x.code.intrinsic("sqrt", x) + 0.0


def _pow(x: Number, y: Number) -> Number:
    return or_nan(library("pow")(x, y), x, y)


def _times(factor: float) -> Kernel:
    def kernel(x: Number) -> Number:
        return x * factor

    return kernel


def _intrinsic(name: str) -> Kernel:
    def kernel(x: Number) -> Number:
        return x.code.intrinsic(name, x)

    return kernel


def _inverse_of(function: Kernel) -> Kernel:
    def kernel(x: Number) -> Number:
        return 1.0 / function(x)

    return kernel


def _abs(x: Number) -> Number:
    return abs(x)


# -- Pieces and choices -----------------------------------------------------------------------


def maximum(*values: Number) -> Number:
    found = values[0]
    for value in values[1:]:
        found = (value > found).choose(value, found)
    return or_nan(found, *values)


def minimum(*values: Number) -> Number:
    found = values[0]
    for value in values[1:]:
        found = (value < found).choose(value, found)
    return or_nan(found, *values)


def _ties(value: Number, *values: Number) -> Number:
    found = reduce(Number.__add__, [value.equals(other).choose(1.0, 0.0) for other in values])
    return or_nan(found, value, *values)


def _count(*values: Number) -> Number:
    return or_nan(float(len(values)), *values)


def _sign(x: Number) -> Number:
    return (x.equals(0.0) | x.is_nan()).choose(x, copysign(1.0, x))


def _clip(x: Number, lower: Number | float, upper: Number | float) -> Number:
    return minimum(maximum(x, x.of(lower)), x.of(upper))


def _relu6(x: Number) -> Number:
    return _clip(x, 0.0, 6.0)


def _hardtanh(x: Number) -> Number:
    return _clip(x, -1.0, 1.0)


def _relu(x: Number) -> Number:
    return (x <= 0.0).choose(0.0, x)


def _leaky_relu(x: Number) -> Number:
    return (x <= 0.0).choose(0.01 * x, x)


def _step(x: Number) -> Number:
    return _truth(x >= 0.0, x)


def _truth(condition: Mask, *values: Number) -> Number:
    """1 or 0 by a truth value, and NaN where one of `values` is."""
    return or_nan(condition.choose(1.0, 0.0), *values)


def _comparison(compare: Callable[[Number, Number], Mask]) -> Kernel:
    def kernel(a: Number, b: Number) -> Number:
        return _truth(compare(a, b), a, b)

    return kernel


def _and(a: Number, b: Number) -> Number:
    certain = a.equals(0.0) | b.equals(0.0)
    return certain.choose(0.0, or_nan(1.0, a, b))


def _or(a: Number, b: Number) -> Number:
    certain = a.differs(0.0) | b.differs(0.0)
    return certain.choose(1.0, or_nan(0.0, a, b))


def _not(a: Number) -> Number:
    return _truth(a.equals(0.0), a)


def _where(condition: Number, a: Number | float, b: Number | float) -> Number:
    return or_nan(condition.differs(0.0).choose(a, b), condition)


def _gate(condition: Number, value: Number) -> Number:
    return _where(condition, value, 0.0)


KERNELS: Mapping[str, Kernel] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "neg": _neg,
    "pow": _pow,
    "sqrt": _sqrt,
    "exp": exp,
    "exp2": exp2,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "log2": log2,
    "log10": log10,
    "sin": sin,
    "cos": cos,
    "tan": tan,
    "sec": _inverse_of(cos),
    "csc": _inverse_of(sin),
    "cot": _inverse_of(tan),
    "asin": library("asin"),
    "acos": library("acos"),
    "atan": library("atan"),
    "atan2": library("atan2"),
    "deg": _times(57.29577951308232),
    "rad": _times(0.017453292519943295),
    "sinh": sinh,
    "cosh": cosh,
    "tanh": tanh,
    "sech": sech,
    "erf": erf,
    "erfc": erfc,
    "gaussian": gaussian,
    "expsquare": expsquare,
    "normpdf": normpdf,
    "normcdf": normcdf,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "log_sigmoid": log_sigmoid,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "relu6": _relu6,
    "hardtanh": _hardtanh,
    "abs": _abs,
    "sign": _sign,
    "floor": _intrinsic("floor"),
    "ceil": _intrinsic("ceil"),
    "round": _intrinsic("rint"),
    "trunc": _intrinsic("trunc"),
    "step": _step,
    "max": maximum,
    "min": minimum,
    "ties": _ties,
    "count": _count,
    "clip": _clip,
    "lt": _comparison(Number.__lt__),
    "le": _comparison(Number.__le__),
    "gt": _comparison(Number.__gt__),
    "ge": _comparison(Number.__ge__),
    "eq": _comparison(Number.equals),
    "ne": _comparison(Number.differs),
    "and": _and,
    "or": _or,
    "not": _not,
    "where": _where,
    "gate": _gate,
}
