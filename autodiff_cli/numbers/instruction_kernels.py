"""Kernels as instructions, by the name of the operator.

What is not here has no compiled form, and a formula that needs it is computed by arrays.
"""

import math
from collections.abc import Callable, Mapping
from functools import reduce

from autodiff_cli.numbers import instruction_circular as circular
from autodiff_cli.numbers import instruction_exponential as exponential
from autodiff_cli.numbers import instruction_hyperbolic as hyperbolic
from autodiff_cli.numbers import instruction_normal as normal
from autodiff_cli.numbers.instructions import (
    Kernel,
    Mask,
    NoCodeError,
    Number,
    copysign,
    library,
    or_nan,
)

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


def _mod(x: Number, y: Number) -> Number:
    """The remainder with the sign of the divisor, as for Python."""
    rest = library("fmod")(x, y)
    is_other = (rest.differs(0.0)) & ((rest < 0.0) & (y > 0.0) | (rest > 0.0) & (y < 0.0))
    moved = is_other.choose(rest + y, rest)
    found = rest.equals(0.0).choose(copysign(0.0, y), moved)
    return (abs(x) < math.inf).choose(found, math.nan)


def _floordiv(x: Number, y: Number) -> Number:
    """By the remainder, as for Python."""
    rest = library("fmod")(x, y)
    is_other = (rest < 0.0) & (y > 0.0) | (rest > 0.0) & (y < 0.0)
    near = (x - rest) / y
    near = is_other.choose(near - 1.0, near)
    below = x.code.intrinsic("floor", near)
    found = (near - below > 0.5).choose(below + 1.0, below)
    found = near.equals(0.0).choose(copysign(0.0, x / y), found)
    return ((abs(x) < math.inf) & y.differs(0.0)).choose(found, math.nan)


def _avg(*values: Number) -> Number:
    """Of two at most; a sum of more is not rounded once."""
    first, *others = values
    if not others:
        return first + 0.0
    if len(others) > 1:
        raise NoCodeError
    total = first + others[0]
    is_far = abs(total).equals(math.inf)
    return is_far.choose(0.5 * first + 0.5 * others[0], 0.5 * total + 0.0)


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
    "sec": _inverse_of(circular.cos),
    "csc": _inverse_of(circular.sin),
    "cot": _inverse_of(circular.tan),
    "asin": library("asin"),
    "acos": library("acos"),
    "atan": library("atan"),
    "atan2": library("atan2"),
    "exp": exponential.exp,
    "exp2": exponential.exp2,
    "expm1": exponential.expm1,
    "log": exponential.log,
    "log1p": exponential.log1p,
    "log2": exponential.log2,
    "log10": exponential.log10,
    "sigmoid": exponential.sigmoid,
    "softplus": exponential.softplus,
    "log_sigmoid": exponential.log_sigmoid,
    "cbrt": exponential.cbrt,
    "logit": exponential.logit,
    "log1mexp": exponential.log1mexp,
    "xlogy": exponential.xlogy,
    "xlog1py": exponential.xlog1py,
    "exprel": exponential.exprel,
    "silu": exponential.silu,
    "elu": exponential.elu,
    "selu": exponential.selu,
    "sin": circular.sin,
    "cos": circular.cos,
    "tan": circular.tan,
    "sinh": hyperbolic.sinh,
    "cosh": hyperbolic.cosh,
    "tanh": hyperbolic.tanh,
    "sech": hyperbolic.sech,
    "sech_derivative": hyperbolic.sech_derivative,
    "csch": hyperbolic.csch,
    "coth": hyperbolic.coth,
    "asinh": hyperbolic.asinh,
    "acosh": hyperbolic.acosh,
    "atanh": hyperbolic.atanh,
    "hypot": hyperbolic.hypot,
    "cathetus": hyperbolic.cathetus,
    "direction": hyperbolic.direction,
    "inversion": hyperbolic.inversion,
    "asec": hyperbolic.asec,
    "acsc": hyperbolic.acsc,
    "acot": hyperbolic.acot,
    "erf": normal.erf,
    "erfc": normal.erfc,
    "erfcx": normal.erfcx,
    "gaussian": normal.gaussian,
    "gaussian_derivative": normal.gaussian_derivative,
    "expsquare": normal.expsquare,
    "normpdf": normal.normpdf,
    "normpdf_derivative": normal.normpdf_derivative,
    "normcdf": normal.normcdf,
    "gelu": normal.gelu,
    "mod": _mod,
    "floordiv": _floordiv,
    "avg": _avg,
    "deg": _times(57.29577951308232),
    "rad": _times(0.017453292519943295),
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
