"""Float64 kernels as LLVM instructions: the body of a loop over rows that is compiled.

A value is an instruction's result, and a kernel appends instructions that compute it: without
branches, so that the loop computes several rows at a time. What the C library computes for floats
is called here too where it is not worth more; exponentials, logarithms and the normal distribution
are computed in line. Each kernel is within 2 units in the last place of the one on floats.
"""

import math
from collections.abc import Callable, Mapping
from functools import reduce
from importlib import import_module
from typing import Any

from autodiff_cli.numbers.arrays_normal import PER_UNIT, TERMS, tail

# It has no types of its own.
ir: Any = import_module("llvmlite.ir")
DOUBLE, INTEGER = ir.DoubleType(), ir.IntType(64)

# Adding it to a number rounds that to a whole one, which then stands in the lowest bits.
_MAGIC = 1.5 * 2.0**52
_ONE_BITS = 0x3FF0000000000000
_MANTISSA = 0x000FFFFFFFFFFFFF
_LN2_HIGH, _LN2_LOW = 0.6931471805599453, 2.3190468138462996e-17
# The same with 21 zeros at the end: multiples by exponents are exact.
_LN2_SHORT, _LN2_REST = 0.6931471803691238, 1.9082149292705877e-10
# So many terms of the power series have all digits: of exp(r) for r up to log(2)/2, of atanh(s)
# for s up to (sqrt(2) - 1)/(sqrt(2) + 1).
_EXP_TERMS, _LOG_TERMS = 14, 12


class Code:
    """Appends instructions to a function; `self.builder` is where."""

    def __init__(self, builder: Any, module: Any) -> None:
        self.builder, self._module = builder, module
        # Tables that the code points to must live as long as it does.
        self.kept: list[Any] = []

    def number(self, value: float) -> Any:
        """A constant."""
        return ir.Constant(DOUBLE, value)

    def call(self, name: str, *arguments: Any) -> Any:
        """A function of the C library, or an intrinsic one of LLVM."""
        found = self._module.globals.get(name)
        if found is None:
            kind = ir.FunctionType(DOUBLE, [DOUBLE] * len(arguments))
            found = ir.Function(self._module, kind, name)
            found.attributes.add("nounwind")
            found.attributes.add("readnone")
        return self.builder.call(found, arguments)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """a*b + c, rounded once."""
        return self.call("llvm.fma.f64", a, b, c)

    def add(self, a: Any, b: Any) -> Any:
        """a + b."""
        return self.builder.fadd(a, b)

    def sub(self, a: Any, b: Any) -> Any:
        """a - b."""
        return self.builder.fsub(a, b)

    def mul(self, a: Any, b: Any) -> Any:
        """a*b."""
        return self.builder.fmul(a, b)

    def div(self, a: Any, b: Any) -> Any:
        """a/b."""
        return self.builder.fdiv(a, b)

    def neg(self, a: Any) -> Any:
        """-a."""
        return self.builder.fneg(a)

    def abs(self, a: Any) -> Any:
        """The absolute value."""
        return self.call("llvm.fabs.f64", a)

    def compare(self, sign: str, a: Any, b: Any) -> Any:
        """A truth value, false where one of the two is NaN; of != it is true there."""
        return (
            self.builder.fcmp_unordered(sign, a, b)
            if sign == "!="
            else self.builder.fcmp_ordered(sign, a, b)
        )

    def is_nan(self, *values: Any) -> Any:
        """A truth value: whether any is NaN."""
        found = [self.builder.fcmp_unordered("uno", value, value) for value in values]
        return reduce(self.builder.or_, found)

    def either(self, condition: Any, a: Any, b: Any) -> Any:
        """One of two values, by a truth value."""
        return self.builder.select(condition, a, b)

    def truth(self, condition: Any, *values: Any) -> Any:
        """1 or 0 by a truth value, and NaN where one of `values` is."""
        found = self.either(condition, self.number(1.0), self.number(0.0))
        return self.or_nan(found, *values)

    def or_nan(self, result: Any, *values: Any) -> Any:
        """A result, and NaN where one of `values` is."""
        return self.either(self.is_nan(*values), self.number(math.nan), result)

    def bits(self, value: Any) -> Any:
        """The bits of a number."""
        return self.builder.bitcast(value, INTEGER)

    def from_bits(self, value: Any) -> Any:
        """The number of some bits."""
        return self.builder.bitcast(value, DOUBLE)

    def polynomial(self, x: Any, coefficients: list[float]) -> Any:
        """A polynomial, by Horner's rule; the highest coefficient comes first."""
        total = self.number(coefficients[0])
        for coefficient in coefficients[1:]:
            total = self.fma(total, x, self.number(coefficient))
        return total

    def copysign(self, size: Any, sign: Any) -> Any:
        """A size with the sign of another number."""
        return self.call("llvm.copysign.f64", size, sign)


# -- Exponentials -----------------------------------------------------------------------------


def _power_of_two(code: Code, shifted: Any) -> Any:
    """2^n from n + _MAGIC."""
    high = code.builder.shl(code.bits(shifted), ir.Constant(INTEGER, 52))
    return code.from_bits(code.builder.add(high, ir.Constant(INTEGER, _ONE_BITS)))


def exp(code: Code, x: Any) -> Any:
    """2^n*exp(r) with r = x - n*log(2), at most log(2)/2 (Cody and Waite 1980, chapter 6).

    The power of 2 comes in two factors, so that subnormal results are rounded once.
    """
    one = code.number(1.0)
    bounded = code.either(code.compare(">", x, code.number(800.0)), code.number(800.0), x)
    bounded = code.either(code.compare("<", bounded, code.number(-800.0)), code.number(-800.0), bounded)
    magic = code.number(_MAGIC)
    n = code.sub(code.fma(bounded, code.number(1.0 / math.log(2.0)), magic), magic)
    r = code.fma(n, code.number(-_LN2_HIGH), bounded)
    r = code.fma(n, code.number(-_LN2_LOW), r)
    series = code.polynomial(r, [1.0 / math.factorial(k) for k in range(_EXP_TERMS - 1, 1, -1)])
    grown = code.add(one, code.fma(code.mul(r, r), series, r))
    half = code.fma(n, code.number(0.5), magic)
    rest = code.add(code.sub(n, code.sub(half, magic)), magic)
    return code.mul(code.mul(grown, _power_of_two(code, half)), _power_of_two(code, rest))


def log(code: Code, x: Any) -> Any:
    """e*log(2) + log(m) with m between sqrt(1/2) and sqrt(2), by the series of atanh((m - 1)/(m + 1)).

    What is largest is added last, as in the C library of Sun Microsystems (1993, e_log.c).
    """
    number, builder = code.number, code.builder
    is_small = code.compare("<", x, number(2.0**-1022))
    scaled = code.either(is_small, code.mul(x, number(2.0**54)), x)
    bits = code.bits(scaled)
    # The exponent as a number: by the bits of 2^52 + exponent.
    shifted = builder.or_(
        builder.lshr(bits, ir.Constant(INTEGER, 52)), ir.Constant(INTEGER, 0x4330000000000000)
    )
    bias = code.either(is_small, number(2.0**52 + 1023 + 54), number(2.0**52 + 1023))
    exponent = code.sub(code.from_bits(shifted), bias)
    mantissa = builder.or_(
        builder.and_(bits, ir.Constant(INTEGER, _MANTISSA)), ir.Constant(INTEGER, _ONE_BITS)
    )
    m = code.from_bits(mantissa)
    is_large = code.compare(">", m, number(math.sqrt(2.0)))
    m = code.either(is_large, code.mul(m, number(0.5)), m)
    exponent = code.either(is_large, code.add(exponent, number(1.0)), exponent)
    f = code.sub(m, number(1.0))
    s = code.div(f, code.add(f, number(2.0)))
    z = code.mul(s, s)
    series = code.mul(z, code.polynomial(z, [2.0 / (2 * k + 1) for k in range(_LOG_TERMS - 1, 0, -1)]))
    half = code.mul(code.mul(number(0.5), f), f)
    low = code.fma(s, code.add(half, series), code.mul(exponent, number(_LN2_REST)))
    near = code.sub(f, code.sub(half, low))
    result = code.fma(exponent, number(_LN2_SHORT), near)
    result = code.either(code.compare("==", x, number(math.inf)), x, result)
    result = code.either(code.compare("==", x, number(0.0)), number(-math.inf), result)
    return code.either(code.compare(">=", x, number(0.0)), result, number(math.nan))


def log1p(code: Code, x: Any) -> Any:
    """The logarithm of u = 1 + x, and what rounding took from u, over u."""
    one = code.number(1.0)
    u = code.add(one, x)
    lost = code.either(
        code.compare("<", x, one), code.sub(x, code.sub(u, one)), code.sub(one, code.sub(u, x))
    )
    result = code.add(log(code, u), code.div(lost, u))
    result = code.either(code.compare("==", x, code.number(-1.0)), code.number(-math.inf), result)
    result = code.either(code.compare("==", x, code.number(math.inf)), x, result)
    # Of -0 it is -0.
    return code.either(code.compare("==", x, code.number(0.0)), x, result)


def sigmoid(code: Code, x: Any) -> Any:
    t = exp(code, code.neg(code.abs(x)))
    one = code.number(1.0)
    above = code.either(code.compare(">=", x, code.number(0.0)), one, t)
    return code.div(above, code.add(one, t))


def softplus(code: Code, x: Any) -> Any:
    """As on floats: max(x, 0) and the logarithm of 1 + exp(-abs(x)), with what the sum loses."""
    one = code.number(1.0)
    t = exp(code, code.neg(code.abs(x)))
    total = code.add(one, t)
    rest = code.add(log(code, total), code.div(code.sub(t, code.sub(total, one)), total))
    return code.either(code.compare(">", x, code.number(0.0)), code.add(x, rest), rest)


def log_sigmoid(code: Code, x: Any) -> Any:
    return code.neg(softplus(code, code.neg(x)))


def _half_exp(code: Code, size: Any) -> Any:
    """exp(size)/2, which overflows later than exp(size)."""
    root = exp(code, code.mul(size, code.number(0.5)))
    far = code.mul(code.mul(root, code.number(0.5)), root)
    near = code.mul(code.number(0.5), exp(code, size))
    return code.either(code.compare(">", size, code.number(700.0)), far, near)


def sinh(code: Code, x: Any) -> Any:
    """By its power series below 1, and by exponentials from there."""
    size = code.abs(x)
    square = code.mul(x, x)
    series = code.polynomial(square, [1.0 / math.factorial(n) for n in range(19, 2, -2)])
    near = code.fma(code.mul(x, square), series, x)
    half = _half_exp(code, size)
    far = code.copysign(code.sub(half, code.div(code.number(0.25), half)), x)
    return code.either(code.compare("<", size, code.number(1.0)), near, far)


def cosh(code: Code, x: Any) -> Any:
    half = _half_exp(code, code.abs(x))
    return code.add(half, code.div(code.number(0.25), half))


def tanh(code: Code, x: Any) -> Any:
    """By Lambert's continued fraction below 1, and by an exponential from there."""
    size, one = code.abs(x), code.number(1.0)
    z = code.mul(x, x)
    below = code.number(17.0)
    for odd in (15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0):
        below = code.add(code.number(odd), code.div(z, below))
    near = code.sub(x, code.mul(x, code.div(z, code.add(z, below))))
    grown = exp(code, code.mul(code.number(2.0), size))
    far = code.copysign(code.sub(one, code.div(code.number(2.0), code.add(grown, one))), x)
    return code.or_nan(code.copysign(code.either(code.compare("<", size, one), near, far), x), x)


# -- Normal distribution ----------------------------------------------------------------------


def _density(code: Code, x: Any, half: float, scale: float, scale_low: float) -> Any:
    """scale*exp(-half*x^2), without rounding x^2; the scale in two parts."""
    square = code.mul(x, x)
    error = code.fma(x, x, code.neg(square))
    # Far out the result is 0, and the error of an infinite square is none.
    error = code.either(code.compare("<", square, code.number(1600.0)), error, code.number(0.0))
    corrected = code.fma(code.number(-scale * half), error, code.number(scale_low))
    power = exp(code, code.mul(code.number(-half), square))
    return code.mul(power, code.add(code.number(scale), corrected))


def _tail(code: Code, x: Any, half: float, is_normal: bool) -> Any:
    """The tail of the normal distribution, or erfc, at the size of x: see `arrays_normal`."""
    import numpy as np

    number, builder = code.number, code.builder
    table = np.ascontiguousarray(tail(is_normal).T)
    code.kept.append(table)
    size = code.abs(x)
    reach = float(len(table) - 1) / PER_UNIT
    bounded = code.either(code.compare("<", size, number(reach)), size, number(reach))
    shifted = code.fma(bounded, number(float(PER_UNIT)), number(_MAGIC))
    nearest = code.sub(shifted, number(_MAGIC))
    index = builder.and_(code.bits(shifted), ir.Constant(INTEGER, 0xFFFF))
    step = code.fma(nearest, number(-1.0 / PER_UNIT), bounded)
    start = builder.inttoptr(ir.Constant(INTEGER, table.ctypes.data), DOUBLE.as_pointer())
    row = builder.mul(index, ir.Constant(INTEGER, TERMS))

    def coefficient(k: int) -> Any:
        place = builder.add(row, ir.Constant(INTEGER, k))
        return builder.load(builder.gep(start, [place]))

    total = coefficient(TERMS - 1)
    for k in range(TERMS - 2, 0, -1):
        total = code.fma(total, step, coefficient(k))
    total = code.mul(total, step)
    first = coefficient(0)
    square = code.mul(size, size)
    error = code.mul(code.fma(size, size, code.neg(square)), number(half))
    total = code.fma(code.neg(error), code.add(first, total), total)
    found = code.mul(exp(code, code.mul(square, number(-half))), code.add(first, total))
    found = code.either(code.compare("<", size, number(reach)), found, number(0.0))
    return code.or_nan(found, x)


def normcdf(code: Code, x: Any) -> Any:
    below = _tail(code, x, 0.5, True)
    return code.either(code.compare(">", x, code.number(0.0)), code.sub(code.number(1.0), below), below)


def erfc(code: Code, x: Any) -> Any:
    below = _tail(code, x, 1.0, False)
    return code.either(code.compare("<", x, code.number(0.0)), code.sub(code.number(2.0), below), below)


def gaussian(code: Code, x: Any) -> Any:
    return _density(code, x, 1.0, 1.0, 0.0)


def normpdf(code: Code, x: Any) -> Any:
    return _density(code, x, 0.5, 0.3989422804014327, -2.49232720227773e-17)


# -- Pieces -----------------------------------------------------------------------------------


def _maximum(code: Code, *values: Any) -> Any:
    result = values[0]
    for value in values[1:]:
        result = code.either(code.compare(">", value, result), value, result)
    return code.or_nan(result, *values)


def _minimum(code: Code, *values: Any) -> Any:
    result = values[0]
    for value in values[1:]:
        result = code.either(code.compare("<", value, result), value, result)
    return code.or_nan(result, *values)


def _ties(code: Code, value: Any, *values: Any) -> Any:
    one, zero = code.number(1.0), code.number(0.0)
    found = [code.either(code.compare("==", value, other), one, zero) for other in values]
    return code.or_nan(reduce(code.add, found, zero), value, *values)


def _sign(code: Code, x: Any) -> Any:
    is_flat = code.builder.or_(code.compare("==", x, code.number(0.0)), code.is_nan(x))
    return code.either(is_flat, x, code.copysign(code.number(1.0), x))


def _clip(code: Code, x: Any, lower: Any, upper: Any) -> Any:
    return _minimum(code, _maximum(code, x, lower), upper)


def _relu6(code: Code, x: Any) -> Any:
    return _clip(code, x, code.number(0.0), code.number(6.0))


def _hardtanh(code: Code, x: Any) -> Any:
    return _clip(code, x, code.number(-1.0), code.number(1.0))


def _step(code: Code, x: Any) -> Any:
    return code.truth(code.compare(">=", x, code.number(0.0)), x)


def _count(code: Code, *values: Any) -> Any:
    return code.or_nan(code.number(float(len(values))), *values)


def _relu(code: Code, x: Any) -> Any:
    return code.either(code.compare("<=", x, code.number(0.0)), code.number(0.0), x)


def _leaky_relu(code: Code, x: Any) -> Any:
    low = code.mul(code.number(0.01), x)
    return code.either(code.compare("<=", x, code.number(0.0)), low, x)


def _comparison(sign: str) -> Callable[..., Any]:

    def compared(code: Code, a: Any, b: Any) -> Any:
        return code.truth(code.compare(sign, a, b), a, b)

    return compared


def _is_true(code: Code, a: Any) -> Any:
    """A truth value: whether a number is there and not 0."""
    return code.builder.fcmp_ordered("!=", a, code.number(0.0))


def _and(code: Code, a: Any, b: Any) -> Any:
    zero = code.number(0.0)
    certain = code.builder.or_(code.compare("==", a, zero), code.compare("==", b, zero))
    return code.either(certain, zero, code.or_nan(code.number(1.0), a, b))


def _or(code: Code, a: Any, b: Any) -> Any:
    certain = code.builder.or_(_is_true(code, a), _is_true(code, b))
    return code.either(certain, code.number(1.0), code.or_nan(code.number(0.0), a, b))


def _not(code: Code, a: Any) -> Any:
    return code.truth(code.compare("==", a, code.number(0.0)), a)


def _where(code: Code, condition: Any, a: Any, b: Any) -> Any:
    return code.or_nan(code.either(_is_true(code, condition), a, b), condition)


def _gate(code: Code, condition: Any, value: Any) -> Any:
    return _where(code, condition, value, code.number(0.0))


def _sqrt(code: Code, x: Any) -> Any:
    return code.add(code.call("llvm.sqrt.f64", x), code.number(0.0))


def _pow(code: Code, x: Any, y: Any) -> Any:
    return code.or_nan(code.call("pow", x, y), x, y)


def _reciprocal(function: str) -> Callable[..., Any]:

    def inverted(code: Code, x: Any) -> Any:
        return code.div(code.number(1.0), code.call(function, x))

    return inverted


def _library(function: str) -> Callable[..., Any]:

    def called(code: Code, *arguments: Any) -> Any:
        return code.call(function, *arguments)

    return called


def _times(factor: float) -> Callable[..., Any]:

    def scaled(code: Code, x: Any) -> Any:
        return code.mul(x, code.number(factor))

    return scaled


KERNELS: Mapping[str, Callable[..., Any]] = {
    "add": Code.add,
    "sub": Code.sub,
    "mul": Code.mul,
    "div": Code.div,
    "neg": Code.neg,
    "pow": _pow,
    "sqrt": _sqrt,
    "exp": exp,
    "exp2": _library("exp2"),
    "expm1": _library("expm1"),
    "log": log,
    "log1p": log1p,
    "log2": _library("log2"),
    "log10": _library("log10"),
    "sin": _library("sin"),
    "cos": _library("cos"),
    "tan": _library("tan"),
    "sec": _reciprocal("cos"),
    "csc": _reciprocal("sin"),
    "cot": _reciprocal("tan"),
    "asin": _library("asin"),
    "acos": _library("acos"),
    "atan": _library("atan"),
    "atan2": _library("atan2"),
    "deg": _times(57.29577951308232),
    "rad": _times(0.017453292519943295),
    "sinh": sinh,
    "cosh": cosh,
    "tanh": tanh,
    "erf": _library("erf"),
    "erfc": erfc,
    "gaussian": gaussian,
    "normpdf": normpdf,
    "normcdf": normcdf,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "log_sigmoid": log_sigmoid,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "relu6": _relu6,
    "hardtanh": _hardtanh,
    "abs": Code.abs,
    "sign": _sign,
    "floor": _library("llvm.floor.f64"),
    "ceil": _library("llvm.ceil.f64"),
    "round": _library("llvm.rint.f64"),
    "trunc": _library("llvm.trunc.f64"),
    "step": _step,
    "max": _maximum,
    "min": _minimum,
    "ties": _ties,
    "count": _count,
    "clip": _clip,
    "lt": _comparison("<"),
    "le": _comparison("<="),
    "gt": _comparison(">"),
    "ge": _comparison(">="),
    "eq": _comparison("=="),
    "ne": _comparison("!="),
    "and": _and,
    "or": _or,
    "not": _not,
    "where": _where,
    "gate": _gate,
}
