"""Numbers whose values are LLVM instructions: what is done with them is code to be compiled.

A number stands for several rows at a time, one in each lane of a vector, so that nothing is left to
a compiler's judgement of what can be vectorised. Arithmetic is that of IEEE 754, to the last bit.
Needs llvmlite.
"""

import ctypes
import ctypes.util
import math
import sys
from collections.abc import Callable, Sequence
from functools import cache, reduce, wraps
from importlib import import_module
from typing import Any

_ir: Any = import_module("llvmlite.ir")

# Lanes of a vector: one register of AVX-512, or two of AVX2, so that there is always something to do
# while results are under way.
LANES = 8

DOUBLE: Any = _ir.DoubleType()
INTEGER: Any = _ir.IntType(64)
NUMBERS: Any = _ir.VectorType(DOUBLE, LANES)
WHOLES: Any = _ir.VectorType(INTEGER, LANES)


class NoCodeError(Exception):
    """An operator has no code for the arguments that it has here."""


class Code:
    """A module that is being written; instructions are appended where `builder` stands."""

    def __init__(self, name: str, is_inlined: bool) -> None:
        """`is_inlined` says whether routines are copied to where they are called."""
        self.module: Any = _ir.Module(name)
        self.builder: Any = None
        self._inlining = "alwaysinline" if is_inlined else "noinline"
        self._routines: dict[str, Any] = {}

    def constant(self, value: float) -> "Number":
        """The same number in each lane."""
        return Number(self, _ir.Constant(NUMBERS, [value] * LANES), value)

    def intrinsic(self, name: str, *arguments: "Number") -> "Number":
        """An intrinsic function of LLVM on numbers, by its name without its types."""
        kind = _ir.FunctionType(NUMBERS, [NUMBERS] * len(arguments))
        full = f"llvm.{name}.v{LANES}f64"
        found = self.module.globals.get(full) or _ir.Function(self.module, kind, full)
        return Number(self, self.builder.call(found, [argument.value for argument in arguments]))

    def routine(
        self, name: str, body: "Callable[..., Number]", arguments: "Sequence[Number]"
    ) -> "Number":
        """A call of a function of the module, which is written at its first call."""
        found = self._routines.get(name)
        if found is None:
            found = self._routines[name] = self._written(name, body, len(arguments))
        return Number(self, self.builder.call(found, [argument.value for argument in arguments]))

    def _written(self, name: str, body: "Callable[..., Number]", arity: int) -> Any:
        kind = _ir.FunctionType(NUMBERS, [NUMBERS] * arity)
        function = _ir.Function(self.module, kind, name)
        function.linkage = "internal"
        for attribute in (self._inlining, "nounwind", "readnone"):
            function.attributes.add(attribute)
        caller, self.builder = self.builder, _ir.IRBuilder(function.append_basic_block())
        self.builder.ret(body(*[Number(self, argument) for argument in function.args]).value)
        self.builder = caller
        return function


class Number:
    """A float64 in each lane. `constant` is its value where that is known, the same in all lanes."""

    __slots__ = ("code", "constant", "value")

    def __init__(self, code: Code, value: Any, constant: float | None = None) -> None:
        self.code, self.value, self.constant = code, value, constant

    def of(self, other: "Number | float") -> "Number":
        """A number of the same code."""
        return other if isinstance(other, Number) else self.code.constant(other)

    def _made(self, name: str, other: "Number | float") -> "Number":
        instruction = getattr(self.code.builder, name)
        return Number(self.code, instruction(self.value, self.of(other).value))

    def __add__(self, other: "Number | float") -> "Number":
        return self._made("fadd", other)

    def __radd__(self, other: float) -> "Number":
        return self.of(other) + self

    def __sub__(self, other: "Number | float") -> "Number":
        return self._made("fsub", other)

    def __rsub__(self, other: float) -> "Number":
        return self.of(other) - self

    def __mul__(self, other: "Number | float") -> "Number":
        return self._made("fmul", other)

    def __rmul__(self, other: float) -> "Number":
        return self.of(other) * self

    def __truediv__(self, other: "Number | float") -> "Number":
        return self._made("fdiv", other)

    def __rtruediv__(self, other: float) -> "Number":
        return self.of(other) / self

    def __neg__(self) -> "Number":
        return Number(self.code, self.code.builder.fneg(self.value))

    def __abs__(self) -> "Number":
        return self.code.intrinsic("fabs", self)

    def _compared(self, sign: str, other: "Number | float") -> "Mask":
        found = self.code.builder.fcmp_ordered(sign, self.value, self.of(other).value)
        return Mask(self.code, found)

    def __lt__(self, other: "Number | float") -> "Mask":
        return self._compared("<", other)

    def __le__(self, other: "Number | float") -> "Mask":
        return self._compared("<=", other)

    def __gt__(self, other: "Number | float") -> "Mask":
        return self._compared(">", other)

    def __ge__(self, other: "Number | float") -> "Mask":
        return self._compared(">=", other)

    def equals(self, other: "Number | float") -> "Mask":
        """Whether both are the same number; a NaN is none."""
        return self._compared("==", other)

    def differs(self, other: "Number | float") -> "Mask":
        """Whether both are numbers, and not the same."""
        return self._compared("!=", other)

    def is_nan(self) -> "Mask":
        """Whether it is not a number."""
        return Mask(self.code, self.code.builder.fcmp_unordered("uno", self.value, self.value))

    def bits(self) -> "Bits":
        """Its bits."""
        return Bits(self.code, self.code.builder.bitcast(self.value, WHOLES))


class Mask:
    """A truth value in each lane."""

    __slots__ = ("code", "value")

    def __init__(self, code: Code, value: Any) -> None:
        self.code, self.value = code, value

    def __and__(self, other: "Mask") -> "Mask":
        return Mask(self.code, self.code.builder.and_(self.value, other.value))

    def __or__(self, other: "Mask") -> "Mask":
        return Mask(self.code, self.code.builder.or_(self.value, other.value))

    def choose(self, a: Number | float, b: Number | float) -> Number:
        """`a` where it is true, else `b`."""
        left, right = (v if isinstance(v, Number) else self.code.constant(v) for v in (a, b))
        return Number(self.code, self.code.builder.select(self.value, left.value, right.value))

    def any(self) -> Any:
        """An instruction: whether it is true in some lane."""
        kind = _ir.IntType(LANES)
        return self.code.builder.icmp_unsigned(
            "!=", self.code.builder.bitcast(self.value, kind), _ir.Constant(kind, 0)
        )


class Bits:
    """64 bits in each lane; arithmetic wraps around."""

    __slots__ = ("code", "value")

    def __init__(self, code: Code, value: Any) -> None:
        self.code, self.value = code, value

    def _made(self, name: str, other: "Bits | int") -> "Bits":
        right = other.value if isinstance(other, Bits) else _ir.Constant(WHOLES, [other] * LANES)
        return Bits(self.code, getattr(self.code.builder, name)(self.value, right))

    def __add__(self, other: "Bits | int") -> "Bits":
        return self._made("add", other)

    def __sub__(self, other: "Bits | int") -> "Bits":
        return self._made("sub", other)

    def __and__(self, other: "Bits | int") -> "Bits":
        return self._made("and_", other)

    def __or__(self, other: "Bits | int") -> "Bits":
        return self._made("or_", other)

    def __xor__(self, other: "Bits | int") -> "Bits":
        return self._made("xor", other)

    def __lshift__(self, count: int) -> "Bits":
        return self._made("shl", count)

    def __rshift__(self, count: int) -> "Bits":
        return self._made("lshr", count)

    def is_zero(self) -> Mask:
        """Whether none is set."""
        zero = _ir.Constant(WHOLES, [0] * LANES)
        return Mask(self.code, self.code.builder.icmp_unsigned("==", self.value, zero))

    def number(self) -> Number:
        """The number that has these bits."""
        return Number(self.code, self.code.builder.bitcast(self.value, NUMBERS))


Kernel = Callable[..., Number]


def routine(kernel: Kernel) -> Kernel:
    """A kernel as a function of the module, so that large code stays short."""
    name = f"{kernel.__module__.rsplit('.', 1)[-1]}.{kernel.__name__}"

    @wraps(kernel)
    def called(*arguments: Number) -> Number:
        return arguments[0].code.routine(name, kernel, arguments)

    return called


def fma(a: Number, b: Number | float, c: Number | float) -> Number:
    """a*b + c, rounded once."""
    return a.code.intrinsic("fma", a, a.of(b), a.of(c))


def copysign(size: Number | float, sign: Number) -> Number:
    """A size with the sign of another number."""
    return sign.code.intrinsic("copysign", sign.of(size), sign)


def any_nan(*values: Number) -> Mask:
    """Whether one of them is not a number."""
    return reduce(Mask.__or__, [value.is_nan() for value in values])


def or_nan(result: Number | float, *values: Number) -> Number:
    """A result, and NaN where one of `values` is not a number."""
    return any_nan(*values).choose(math.nan, result)


def polynomial(x: Number, coefficients: Sequence[float]) -> Number:
    """A polynomial, the highest coefficient first, as two of x^2 that do not wait for each other."""
    if len(coefficients) < 4:
        return horner(x, coefficients)
    square = x * x
    last, before = coefficients[::-1][0::2][::-1], coefficients[::-1][1::2][::-1]
    return fma(horner(square, before), x, horner(square, last))


def horner(x: Number, coefficients: Sequence[float]) -> Number:
    """A polynomial by Horner's rule, the highest coefficient first."""
    total = x.of(coefficients[0])
    for coefficient in coefficients[1:]:
        total = fma(total, x, coefficient)
    return total


def select_far(is_far: Mask, far: Callable[[], Number], near: Callable[[], Number]) -> Number:
    """`far` in all lanes where one of them is far, else `near`: only one is computed."""
    code = is_far.code
    builder = code.builder
    with builder.if_else(is_far.any()) as (then, otherwise):
        with then:
            first, first_end = far().value, code.builder.block
        with otherwise:
            second, second_end = near().value, code.builder.block
    found = builder.phi(NUMBERS)
    found.add_incoming(first, first_end)
    found.add_incoming(second, second_end)
    return Number(code, found)


# -- Numbers in two parts ---------------------------------------------------------------------

Parts = tuple[Number, Number]


def two_sum(a: Number, b: Number | float) -> Parts:
    """The sum and its rounding error, exactly (Knuth, TAOCP volume 2, section 4.2.2)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def two_product(a: Number, b: Number) -> Parts:
    """The product and its rounding error, exactly."""
    found = a * b
    return found, fma(a, b, -found)


def product(a: Parts, b: Parts) -> Parts:
    """The product to about twice the precision."""
    high = a[0] * b[0]
    return high, fma(a[0], b[0], -high) + fma(a[1], b[0], a[0] * b[1])


def quotient(a: Parts, b: Parts) -> Parts:
    """The quotient to about twice the precision."""
    high = a[0] / b[0]
    return high, (fma(-high, b[0], a[0]) + (a[1] - high * b[1])) / b[0]


def root(a: Parts) -> Parts:
    """The square root to about twice the precision, of a positive number."""
    high = a[0].code.intrinsic("sqrt", a[0])
    return high, (fma(-high, high, a[0]) + a[1]) / (high + high)


# -- The C library ----------------------------------------------------------------------------


@cache
def _library() -> ctypes.CDLL:
    """That which Python's `math` calls."""
    if sys.platform == "win32":
        return ctypes.CDLL("ucrtbase")
    return ctypes.CDLL(ctypes.util.find_library("m"))


def library(name: str) -> Kernel:
    """A function of the C library, lane by lane."""

    def kernel(*arguments: Number) -> Number:
        code = arguments[0].code
        builder = code.builder
        address = ctypes.cast(getattr(_library(), name), ctypes.c_void_p).value
        kind = _ir.FunctionType(DOUBLE, [DOUBLE] * len(arguments)).as_pointer()
        function = builder.inttoptr(_ir.Constant(INTEGER, address), kind)
        result = _ir.Constant(NUMBERS, _ir.Undefined)
        for lane in range(LANES):
            place = _ir.Constant(_ir.IntType(32), lane)
            scalars = [builder.extract_element(argument.value, place) for argument in arguments]
            result = builder.insert_element(result, builder.call(function, scalars), place)
        return Number(code, result)

    kernel.__name__ = f"library.{name}"
    return routine(kernel)
