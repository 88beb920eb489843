"""Float64 kernels on arrays: the logistic function and its kind, sech, sides of right triangles.

The same formulas as on floats (`logistic`, `hyperbolic`), with the rounding errors on the way
carried along. Where those have a case that is rare, the element is NaN here and left to the kernel
on floats.
"""

from importlib import import_module
from typing import Any

from autodiff_cli.numbers.arrays_series import near_root
from autodiff_cli.numbers.double_double import quotient, two_product, two_sum

# Its types say less than is done here.
np: Any = import_module("numpy")

# Below it 1 + exp(x) is 1, to twice the precision.
_FAR = -40.0
# Below it exp(x) is soon subnormal, and rounded twice in a product.
_DEEP = -700.0


# -- Logistic functions -----------------------------------------------------------------------


def sigmoid(x: Any) -> Any:
    t = np.exp(-np.abs(x))
    return np.where(x >= 0.0, 1.0, t) / (1.0 + t)


def _sigmoid(x: Any) -> tuple[Any, Any]:
    """1/(1 + exp(-x)) as a sum."""
    t = np.exp(-np.abs(x))
    below = 1.0 + t
    high, low = quotient(t, 0.0, below, t - (below - 1.0))
    rest = 1.0 - high
    is_above = x > 0.0
    return np.where(is_above, rest, high), np.where(is_above, ((1.0 - rest) - high) - low, low)


def softplus(x: Any) -> Any:
    """As on floats: max(x, 0) and the logarithm of 1 + exp(-abs(x)), with what the sum loses."""
    t = np.exp(-np.abs(x))
    total = 1.0 + t
    rest = np.log(total) + (t - (total - 1.0)) / total
    return np.where(x > 0.0, x + rest, rest)


def log_sigmoid(x: Any) -> Any:
    return -softplus(-x)


def silu(x: Any) -> Any:
    high, low = _sigmoid(x)
    return np.where(x > -_FAR, x, _shallow(x, x * high + x * low))


def _shallow(x: Any, result: Any) -> Any:
    """NaN where exp(x) is nearly subnormal."""
    return np.where(x > _DEEP, result, np.nan)


def _plus_product(a: Any, a_low: Any, x: Any, b: Any, b_low: Any) -> Any:
    """(a + a_low) + x*(b + b_low); NaN where so much cancels that errors of a and b count."""
    product, error = two_product(x, b)
    total, rest = two_sum(a, product)
    found = total + (rest + error + a_low + x * b_low)
    return np.where(np.abs(total) > 0.5 * np.abs(a), found, np.nan)


def silu_derivative(x: Any) -> Any:
    """The first derivative of silu; by a series about its root, where terms cancel."""
    slope = _plus_product(*_sigmoid(x), x, *_over_square(np.exp(-np.abs(x))))
    return near_root("silu", x, _in_regimes(x, slope))


def _in_regimes(x: Any, slope: Any) -> Any:
    """The slope of x*sigmoid(x) or its kind; far out 1, or (1 + x)*exp(x)."""
    far = np.where(x > 0.0, 1.0, _shallow(x, (1.0 + x) * np.exp(x)))
    return np.where(np.abs(x) > -_FAR, far, slope)


def _tanh_softplus(t: Any) -> tuple[Any, Any, Any, Any]:
    """n and n + 2 with n = t*(t + 2), each as a sum: their quotient is tanh(log(1 + t))."""
    above, above_low = two_sum(2.0 * t, t * t)
    below, below_low = two_sum(2.0, above)
    return above, above_low, below, below_low + above_low


def mish(x: Any) -> Any:
    """x*tanh(log(1 + exp(x)))."""
    high, low = quotient(*_tanh_softplus(np.exp(x)))
    near = x * high + x * low
    return np.where(x > 20.0, x, np.where(x < _FAR, _shallow(x, x * np.exp(x)), near))


def mish_derivative(x: Any) -> Any:
    """The first derivative of mish (see `logistic.mish_derivative`)."""
    t = np.exp(x)
    above, above_low, below, below_low = _tanh_softplus(t)
    density = quotient(*two_sum(4.0 * t, 4.0 * t * t), below, below_low)
    slope = _plus_product(
        *quotient(above, above_low, below, below_low), x, *quotient(*density, below, below_low)
    )
    return near_root("mish", x, _in_regimes(x, slope))


def softshare(x: Any, y: Any) -> Any:
    """sigmoid(x - y), with the rounding error of the difference."""
    difference, error = two_sum(x, -y)
    high, low = _sigmoid(difference)
    found = high + (low + high * sigmoid(-difference) * error)
    is_exact = (error == 0.0) | (error != error)
    return np.where(is_exact, sigmoid(difference), found)


def softshare_derivative(x: Any, y: Any) -> Any:
    """softshare(x, y)*softshare(y, x); even in the difference, which is corrected as there."""
    difference, error = two_sum(x, -y)
    is_below = difference <= 0.0
    size, error = -np.abs(difference), np.where(is_below, error, -error)
    t = np.exp(size)
    high, low = _over_square(t)
    t = np.where(size > _FAR, high + low, t)
    found = np.where(error == error, t + t * error * np.tanh(-0.5 * size), t)
    return np.where(np.isinf(difference), 0.0, found)


def _over_square(t: Any) -> tuple[Any, Any]:
    """t/(1 + t)^2 as a sum, for 0 < t <= 1."""
    root = 1.0 + t
    below, below_low = two_product(root, root)
    return quotient(t, 0.0, below, below_low + 2.0 * root * (t - (root - 1.0)))


def logaddexp(x: Any, y: Any) -> Any:
    """log(exp(x) + exp(y)), as max(x, y) + softplus(-abs(x - y)); NaN where those cancel."""
    is_first = x >= y
    high, low = np.where(is_first, x, y), np.where(is_first, y, x)
    difference, error = two_sum(low, -high)
    rest = softplus(difference) + error * sigmoid(difference)
    total = high + rest
    cancels = (high < 0.0) & (np.abs(total) < 0.75 * rest)
    return np.where(cancels | (x != x) | (y != y), np.nan, total)


# -- The hyperbolic secant --------------------------------------------------------------------


def sech(x: Any) -> Any:
    """2*t/(1 + t^2) with t = exp(-abs(x))."""
    t = np.exp(-np.abs(x))
    square = t * t
    below = 1.0 + square
    high, low = quotient(2.0 * t, 0.0, below, square - (below - 1.0))
    return _shallow(-np.abs(x), high + low)


def sech_derivative(x: Any) -> Any:
    """The first derivative of sech."""
    return -(sech(x) * np.tanh(x))


# -- Right triangles --------------------------------------------------------------------------


def direction(x: Any, y: Any) -> Any:
    """x/hypot(x, y)."""
    h = np.hypot(x, y)
    return np.where((h > 1e-290) & (h < np.inf), x / h, np.nan)


def inversion(x: Any, y: Any) -> Any:
    """x/(x^2 + y^2)."""
    size = np.maximum(np.abs(x), np.abs(y))
    return np.where((size > 1e-120) & (size < 1e149), x / (x * x + y * y), np.nan)


def cathetus(h: Any, x: Any) -> Any:
    """sqrt(h^2 - x^2), by factors that carry their errors."""
    total, total_error = two_sum(h, x)
    difference, difference_error = two_sum(h, -x)
    product, error = two_product(difference, total)
    rest = error + difference * total_error + total * difference_error
    root = np.sqrt(product)
    square, error = two_product(root, root)
    low = (((product - square) - error) + rest) / (2.0 * root)
    is_near = (h > 1e-120) & (h < 1e150)
    return np.where(is_near, np.where(np.abs(x) == h, 0.0, root + low), np.nan)
