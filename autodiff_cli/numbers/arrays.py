"""Float64 kernels on NumPy arrays, each within 2 units in the last place of the one on a float.

Arguments are arrays of one length, or Python floats; at least one is an array. A kernel returns a
new array. It does not raise, and expects that NumPy has been told not to warn. What goes in as NaN
comes out as NaN, and zeros keep their signs, as of the kernels on floats.

Sums, products, roots and what the C library computes on either side are equal to the last bit
where NumPy leaves it to the C library, too. Operators without a kernel here are computed element by
element by the one on floats.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from autodiff_cli.numbers import arrays_logistic, arrays_normal, floats, hyperbolic, logistic, special
from autodiff_cli.numbers.double_double import two_sum

# Its types say less than is done here.
np: Any = import_module("numpy")

Kernel = Callable[..., Any]


def elementwise(kernel: Callable[..., float]) -> Kernel:
    """A kernel on floats, applied to each element."""

    def applied(*arguments: Any) -> Any:
        columns = np.broadcast_arrays(*arguments)
        rows = zip(*[column.tolist() for column in columns], strict=True)
        return np.array([kernel(*row) for row in rows], dtype=np.float64)

    return applied


def patched(kernel: Kernel, is_hard: Kernel, exact: Callable[..., float]) -> Kernel:
    """A kernel with the elements that `is_hard` holds for computed by the one on floats."""
    slow = elementwise(exact)

    def applied(*arguments: Any) -> Any:
        result = kernel(*arguments)
        hard = is_hard(*arguments)
        if hard.any():
            chosen = [a[hard] if isinstance(a, np.ndarray) else a for a in arguments]
            result[hard] = slow(*chosen)
        return result

    return applied


def completed(kernel: Kernel, exact: Callable[..., float]) -> Kernel:
    """A kernel with the elements that it leaves NaN computed by the one on floats."""
    slow = elementwise(exact)

    def applied(*arguments: Any) -> Any:
        result = kernel(*arguments)
        hard = result != result
        if hard.any():
            result[hard] = slow(*[a[hard] if isinstance(a, np.ndarray) else a for a in arguments])
        return result

    return applied


def sloped(kernel: Kernel, exact: Callable[..., float]) -> Kernel:
    """A kernel for derivatives of an order, made of one for first derivatives."""

    def first(n: Any, *arguments: Any) -> Any:
        if isinstance(n, float) and n == 1.0:
            return kernel(*arguments)
        order, *columns = np.broadcast_arrays(n, *arguments)
        return np.where(order == 1.0, kernel(*columns), np.nan)

    return completed(first, exact)


def _unordered(*arguments: Any) -> Any:
    """Where any argument is NaN."""
    found = arguments[0] != arguments[0]
    for argument in arguments[1:]:
        found = found | (argument != argument)
    return found


def _or_nan(result: Any, *arguments: Any) -> Any:
    """A result as float64, and NaN where any argument is."""
    made = np.asarray(result, dtype=np.float64)
    unordered = _unordered(*arguments)
    if np.any(unordered):
        made = np.where(unordered, np.nan, made)
    return made


# -- Arithmetic -------------------------------------------------------------------------------


def _divide(a: Any, b: Any) -> Any:
    return np.divide(a, b)


def _power(x: Any, y: Any) -> Any:
    return _or_nan(np.power(x, y), x, y)


def _floordiv(x: Any, y: Any) -> Any:
    wrong = (np.abs(x) == np.inf) | np.equal(y, 0.0)
    return np.where(wrong, np.nan, np.floor_divide(x, y))


def _mod(x: Any, y: Any) -> Any:
    return np.where(np.abs(x) == np.inf, np.nan, np.mod(x, y))


def _sqrt(x: Any) -> Any:
    return np.sqrt(x) + 0.0


def _hypot(x: Any, y: Any) -> Any:
    return _or_nan(np.hypot(x, y), x, y)


def _degrees(x: Any) -> Any:
    return x * 57.29577951308232


def _radians(x: Any) -> Any:
    return x * 0.017453292519943295


# -- Pieces -----------------------------------------------------------------------------------


def _sign(x: Any) -> Any:
    return np.where(x == 0.0, x, np.sign(x))


def _relu6(x: Any) -> Any:
    return _clip(x, 0.0, 6.0)


def _hardtanh(x: Any) -> Any:
    return _clip(x, -1.0, 1.0)


def _step(x: Any) -> Any:
    return _or_nan(x >= 0.0, x)


def _maximum(*values: Any) -> Any:
    result = np.array(values[0])
    for value in values[1:]:
        result = np.where(value > result, value, result)
    return _or_nan(result, *values)


def _minimum(*values: Any) -> Any:
    result = np.array(values[0])
    for value in values[1:]:
        result = np.where(value < result, value, result)
    return _or_nan(result, *values)


def _count(*values: Any) -> Any:
    return _or_nan(np.full(np.broadcast_shapes(*map(np.shape, values)), float(len(values))), *values)


def _average(*values: Any) -> Any:
    """The sum with its rounding errors, over how many there are; NaN where much of it cancels."""
    total, error, size = 0.0, 0.0, 0.0
    for value in values:
        total, rest = two_sum(total, value)
        error, size = error + rest, size + np.abs(value)
    found = (total + error) / float(len(values))
    return np.where(np.abs(total) > 1e-12 * size, found, np.nan)


def _ties(value: Any, *values: Any) -> Any:
    total = sum(np.equal(value, other).astype(np.float64) for other in values)
    return _or_nan(
        np.broadcast_to(total, np.broadcast_shapes(*map(np.shape, (value, *values)))), value, *values
    )


def _clip(x: Any, lower: Any, upper: Any) -> Any:
    return _minimum(_maximum(x, lower), upper)


def _relu(x: Any) -> Any:
    return np.where(x <= 0.0, 0.0, x)


def _leaky_relu(x: Any) -> Any:
    return np.where(x <= 0.0, 0.01 * x, x)


def _elu(x: Any) -> Any:
    return np.where(x > 0.0, x, np.expm1(x))


def _selu(x: Any) -> Any:
    return np.where(x > 0.0, 1.0507009873554805 * x, 1.7580993408473768 * np.expm1(x))


def _comparison(function: Kernel) -> Kernel:

    def compared(a: Any, b: Any) -> Any:
        return _or_nan(function(a, b), a, b)

    return compared


def _and(a: Any, b: Any) -> Any:
    certain = np.equal(a, 0.0) | np.equal(b, 0.0)
    return np.where(certain, 0.0, np.where(_unordered(a, b), np.nan, 1.0))


def _or(a: Any, b: Any) -> Any:
    certain = (np.equal(a, a) & np.not_equal(a, 0.0)) | (np.equal(b, b) & np.not_equal(b, 0.0))
    return np.where(certain, 1.0, np.where(_unordered(a, b), np.nan, 0.0))


def _not(a: Any) -> Any:
    return _or_nan(np.equal(a, 0.0), a)


def _where(condition: Any, a: Any, b: Any) -> Any:
    chosen = np.where(np.not_equal(condition, 0.0), a, b)
    unknown = np.not_equal(condition, condition)
    return np.where(unknown, np.nan, chosen) if np.any(unknown) else chosen


def _gate(condition: Any, value: Any) -> Any:
    return _where(condition, value, 0.0)


# -- Exponentials -----------------------------------------------------------------------------


def _xlogy(x: Any, y: Any) -> Any:
    return np.where(np.equal(x, 0.0) & np.greater_equal(y, 0.0), 0.0, x * np.log(y))


def _logit(x: Any) -> Any:
    """log(x/(1 - x)); near 1/2, where it is 0, by log1p of a quotient of two exact numbers."""
    below = -np.log1p((1.0 - 2.0 * x) / x)
    above = np.log1p((2.0 * x - 1.0) / (1.0 - x))
    near = np.where(x < 0.5, below, above)
    return np.where(np.abs(x - 0.5) <= 0.25, near, np.log(x / (1.0 - x)))


def _log1mexp(x: Any) -> Any:
    return np.where(x > -0.6931471805599453, np.log(-np.expm1(x)), np.log1p(-np.exp(x)))


def _is_far(x: Any) -> Any:
    return np.abs(x) > 700.0


def _exprel(x: Any) -> Any:
    return np.where(x == 0.0, 1.0, np.expm1(x) / x)


def _reciprocal_of(function: Kernel) -> Kernel:

    def inverted(x: Any) -> Any:
        return 1.0 / function(x)

    return inverted


def _normal(name: str) -> Kernel:
    make = sloped if name.endswith("_derivative") else completed
    return make(getattr(arrays_normal, name), special.kernel("error_functions", name))


KERNELS: Mapping[str, Kernel] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": _divide,
    "neg": np.negative,
    "pow": _power,
    "mod": _mod,
    "floordiv": _floordiv,
    "count": _count,
    "avg": completed(_average, floats.average),
    "sqrt": _sqrt,
    "cbrt": elementwise(floats.cbrt),
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "log2": np.log2,
    "log10": np.log10,
    "log1mexp": _log1mexp,
    "exprel": patched(_exprel, _is_far, logistic.exprel),
    "xlogy": _xlogy,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sec": _reciprocal_of(np.cos),
    "csc": _reciprocal_of(np.sin),
    "cot": _reciprocal_of(np.tan),
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "deg": _degrees,
    "rad": _radians,
    "sinh": patched(np.sinh, _is_far, hyperbolic.sinh),
    "cosh": patched(np.cosh, _is_far, hyperbolic.cosh),
    "tanh": np.tanh,
    "sech": completed(arrays_logistic.sech, hyperbolic.sech),
    "sech_derivative": sloped(arrays_logistic.sech_derivative, hyperbolic.sech_derivative),
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "hypot": _hypot,
    "direction": completed(arrays_logistic.direction, hyperbolic.direction),
    "inversion": completed(arrays_logistic.inversion, hyperbolic.inversion),
    "cathetus": completed(arrays_logistic.cathetus, hyperbolic.cathetus),
    "erf": arrays_normal.erf,
    "erfc": arrays_normal.erfc,
    "gaussian": arrays_normal.gaussian,
    "normpdf": arrays_normal.normpdf,
    "normcdf": arrays_normal.normcdf,
    "erfcx": _normal("erfcx"),
    "lognormcdf": _normal("lognormcdf"),
    "gelu": _normal("gelu"),
    "gelu_derivative": _normal("gelu_derivative"),
    "gaussian_derivative": _normal("gaussian_derivative"),
    "normpdf_derivative": _normal("normpdf_derivative"),
    "lognormcdf_derivative": _normal("lognormcdf_derivative"),
    "sigmoid": arrays_logistic.sigmoid,
    "softplus": arrays_logistic.softplus,
    "log_sigmoid": arrays_logistic.log_sigmoid,
    "silu": completed(arrays_logistic.silu, logistic.silu),
    "silu_derivative": sloped(arrays_logistic.silu_derivative, logistic.silu_derivative),
    "mish": completed(arrays_logistic.mish, logistic.mish),
    "mish_derivative": sloped(arrays_logistic.mish_derivative, logistic.mish_derivative),
    "softshare": arrays_logistic.softshare,
    "softshare_derivative": sloped(arrays_logistic.softshare_derivative, logistic.softshare_derivative),
    "logaddexp": completed(arrays_logistic.logaddexp, logistic.logaddexp),
    "logit": _logit,
    "elu": _elu,
    "selu": _selu,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "relu6": _relu6,
    "hardtanh": _hardtanh,
    "abs": np.abs,
    "sign": _sign,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.rint,
    "trunc": np.trunc,
    "step": _step,
    "max": _maximum,
    "min": _minimum,
    "ties": _ties,
    "clip": _clip,
    "lt": _comparison(np.less),
    "le": _comparison(np.less_equal),
    "gt": _comparison(np.greater),
    "ge": _comparison(np.greater_equal),
    "eq": _comparison(np.equal),
    "ne": _comparison(np.not_equal),
    "and": _and,
    "or": _or,
    "not": _not,
    "where": _where,
    "gate": _gate,
}
