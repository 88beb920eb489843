"""Float64 kernels: functions made of exponentials and logarithms, where those cancel or underflow.

An exponential is right to half a unit in the last place; all that follows it here adds about
one, because the rounding errors on the way are carried along.
"""

import math
from functools import cache

from autodiff_cli.numbers.double_double import log_quotient, quotient, two_product, two_sum
from autodiff_cli.numbers.floats import INFINITY, NAN, exp, expm1, ldexp, log, log1p, scaled_exp
from autodiff_cli.numbers.special import kernel

_LOG_2 = 0.6931471805599453

# Of any order, and beside zeros: slower, and loaded when used.
_exact_silu_derivative = kernel("quotients", "silu_derivative")
_exact_mish_derivative = kernel("quotients", "mish_derivative")
_exact_softshare_derivative = kernel("quotients", "softshare_derivative")

# Below it 1 + exp(x) is 1, even to twice the precision of what is asked.
_FAR = -40.0


def _sigmoid(x: float) -> tuple[float, float]:
    """1/(1 + exp(-x)) as a sum, for a number x."""
    t = math.exp(-abs(x))
    if abs(x) > -_FAR:
        return (1.0, -t) if x > 0.0 else (t, 0.0)
    below = 1.0 + t
    high, low = quotient(t, 0.0, below, t - (below - 1.0))
    if x <= 0.0:
        return high, low
    rest = 1.0 - high
    return rest, ((1.0 - rest) - high) - low


def sigmoid(x: float) -> float:
    if x != x:
        return NAN
    high, low = _sigmoid(x)
    return high + low


def _times_exp(factor: float, x: float) -> float:
    """factor*exp(x) for negative x, rounded once where it is subnormal."""
    if x < -1000.0:
        return math.copysign(0.0, factor)
    fraction, exponent = scaled_exp(x)
    return math.ldexp(factor * fraction, exponent)


def _plus_product(a: float, a_low: float, x: float, b: float, b_low: float) -> float:
    """(a + a_low) + x*(b + b_low); NaN where so much cancels that errors of a and b count."""
    product, error = two_product(x, b)
    total, rest = two_sum(a, product)
    return total + (rest + error + a_low + x * b_low) if abs(total) > 0.5 * abs(a) else NAN


def silu(x: float) -> float:
    """x*sigmoid(x)."""
    if x != x:
        return NAN
    if x < _FAR:
        return _times_exp(x, x)
    if x > -_FAR:
        return x
    high, low = _sigmoid(x)
    return x * high + x * low


def silu_derivative(n: float, x: float) -> float:
    """The n-th derivative of x*sigmoid(x); the first is sigmoid(x) + x*sigmoid(x)*sigmoid(-x)."""
    if n == 0.0:
        return silu(x)
    if n == 1.0 and abs(x) > -_FAR:
        return 1.0 if x > 0.0 else _times_exp(1.0 + x, x)
    if n == 1.0 and x == x:
        slope = _plus_product(*_sigmoid(x), x, *_over_square(math.exp(-abs(x))))
        if slope == slope:
            return slope
    return _exact_silu_derivative(n, x)


def _tanh_softplus(t: float) -> tuple[float, float, float, float]:
    """n and n + 2 with n = t*(t + 2), each as a sum: their quotient is tanh(log(1 + t))."""
    above, above_low = two_sum(2.0 * t, t * t)
    below, below_low = two_sum(2.0, above)
    return above, above_low, below, below_low + above_low


def mish(x: float) -> float:
    """x*tanh(log(1 + exp(x)))."""
    if x < _FAR:
        return _times_exp(x, x)
    if x > 20.0 or x != x:
        return x
    high, low = quotient(*_tanh_softplus(math.exp(x)))
    return x * high + x * low


def mish_derivative(n: float, x: float) -> float:
    """The n-th derivative of mish.

    With t = exp(x) and d = t^2 + 2*t + 2 the first is tanh(log(1 + t)) + x*(4*t + 4*t^2)/d^2.
    """
    if n == 0.0:
        return mish(x)
    if n == 1.0 and x < _FAR:
        return _times_exp(1.0 + x, x)
    if n == 1.0 and x > -_FAR:
        return 1.0
    if n == 1.0 and x == x:
        t = math.exp(x)
        above, above_low, below, below_low = _tanh_softplus(t)
        density = quotient(*two_sum(4.0 * t, 4.0 * t * t), below, below_low)
        slope = _plus_product(
            *quotient(above, above_low, below, below_low), x, *quotient(*density, below, below_low)
        )
        if slope == slope:
            return slope
    return _exact_mish_derivative(n, x)


def softplus(x: float) -> float:
    """log(1 + exp(x)), as max(x, 0) + log(1 + exp(-abs(x)))."""
    t = math.exp(-abs(x))
    total = 1.0 + t
    rest = math.log(total) + (t - (total - 1.0)) / total
    return x + rest if x > 0.0 else rest


def log_sigmoid(x: float) -> float:
    return -softplus(-x)


def softshare(x: float, y: float) -> float:
    """sigmoid(x - y), with the rounding error of the difference."""
    difference, error = two_sum(x, -y)
    if not math.isfinite(difference):
        # A difference of two numbers that overflows is as good as infinite.
        return sigmoid(difference)
    if error == 0.0 or error != error:
        return sigmoid(difference)
    high, low = _sigmoid(difference)
    return high + (low + high * sigmoid(-difference) * error)


def softshare_derivative(n: float, x: float, y: float) -> float:
    """The n-th derivative of softshare along x."""
    if n == 0.0:
        return softshare(x, y)
    return _logistic_density(x, y) if n == 1.0 else _exact_softshare_derivative(n, x, y)


def _logistic_density(x: float, y: float) -> float:
    """softshare(x, y)*softshare(y, x); even in the difference, which is corrected as there."""
    difference, error = two_sum(x, -y)
    if not math.isfinite(difference):
        return NAN if difference != difference else 0.0
    size, error = (difference, error) if difference <= 0.0 else (-difference, -error)
    t = math.exp(size)
    if size > _FAR:
        t, low = _over_square(t)
        t += low
    return t if error != error else t + t * error * math.tanh(-0.5 * size)


def _over_square(t: float) -> tuple[float, float]:
    """t/(1 + t)^2 as a sum, for 0 < t <= 1."""
    root = 1.0 + t
    below, below_low = two_product(root, root)
    return quotient(t, 0.0, below, below_low + 2.0 * root * (t - (root - 1.0)))


def logaddexp(x: float, y: float) -> float:
    """log(exp(x) + exp(y)), as max(x, y) + softplus(-abs(x - y))."""
    if x != x or y != y:
        return NAN
    high, low = (x, y) if x >= y else (y, x)
    difference, error = two_sum(low, -high)
    if not math.isfinite(difference):
        return high
    rest = softplus(difference) + error * sigmoid(difference)
    total = high + rest
    if high < 0.0 and abs(total) < 0.75 * rest:
        return _logaddexp_near_0(high, low, rest)
    return total


def _logaddexp_near_0(x: float, y: float, rest: float) -> float:
    """The same where the two summands cancel, by decimals of as many digits as it takes."""
    # Loaded here: this hardly ever happens.
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 60 - 2 * round(math.log10(rest))
        return float((Decimal(x).exp() + Decimal(y).exp()).ln())


def logit(x: float) -> float:
    """log(x/(1 - x))."""
    if x > 1e-8 and x < 1.0:
        return log_quotient(x, 0.0, *two_sum(1.0, -x))
    if x >= 1.0:
        return INFINITY if x == 1.0 else NAN
    return log(x) + x


def log1mexp(x: float) -> float:
    """log(1 - exp(x)) (Maechler 2012, "Accurately computing log(1 - exp(-abs(a)))")."""
    return log(-expm1(x)) if x > -_LOG_2 else log1p(-exp(x))


def xlogy(x: float, y: float) -> float:
    """x*log(y), and 0 for x = 0."""
    return 0.0 if x == 0.0 and y >= 0.0 else x * log(y)


def xlog1py(x: float, y: float) -> float:
    """x*log(1 + y), and 0 for x = 0."""
    if x == 0.0 and y >= -1.0:
        return 0.0
    total = 1.0 + y
    if not 0.0 < total < INFINITY or x - x != 0.0:
        return x * log1p(y)
    error = (y - (total - 1.0)) if y < 1.0 else (1.0 - (total - y))
    high, low = two_sum(math.log(total), error / total)
    return x * high + x * low


# -- Relative exponentials -------------------------------------------------------------------


def exprel(x: float) -> float:
    """(exp(x) - 1)/x, and 1 for x = 0."""
    if x == 0.0:
        return 1.0
    if 700.0 < x < 800.0:
        fraction, exponent = scaled_exp(x)
        return ldexp(fraction / x, exponent)
    return expm1(x) / x if x != INFINITY else INFINITY


def expmoment(n: float, x: float) -> float:
    """The integral of t^n*exp(x*t) from t = 0 to 1, for a whole n up to 100."""
    if not 0.0 <= n <= 100.0 or n != math.floor(n) or x != x:
        return NAN
    if n == 0.0:
        return exprel(x)
    if abs(x) < 3.0 * n + 1.0:
        return _moment_near_0(int(n), x)
    if x > 1500.0:
        return INFINITY
    fraction, exponent = scaled_exp(x) if x > 700.0 else (exp(x), 0)
    moment = fraction / x if exponent else exprel(x)
    for k in range(1, int(n) + 1):
        moment = (fraction - k * moment) / x
    return ldexp(moment, exponent)


def _moment_near_0(n: int, x: float) -> float:
    """By power series of positive terms; for a negative x exp(x) times such a series."""
    total = 0.0
    if x >= 0.0:
        for coefficient in _rising(n):
            total = total * x + coefficient
        return total
    for coefficient in _falling(n):
        total = coefficient - total * x
    return math.exp(x) * total


@cache
def _rising(n: int) -> tuple[float, ...]:
    """1/(k!*(n + k + 1)), the highest k first."""
    return tuple(1.0 / (math.factorial(k) * (n + k + 1)) for k in range(_terms(n), -1, -1))


@cache
def _falling(n: int) -> tuple[float, ...]:
    """1/((n + 1)*(n + 2)*...*(n + 1 + k)), the highest k first."""
    return tuple(math.factorial(n) / math.factorial(n + 1 + k) for k in range(_terms(n), -1, -1))


def _terms(n: int) -> int:
    """How many terms the series need for abs(x) < 3*n + 1."""
    return min(24 + 8 * n, 150)
