"""Balls: Arb's arithmetic through python-flint, in which every result contains the truth.

A number is a `flint.arb`; the working precision is `flint.ctx.prec`. Only what computes with
balls imports this module: python-flint is an optional extra.
"""

from collections.abc import Callable

from flint import arb

from autodiff_cli.numbers import ball_arithmetic as arithmetic
from autodiff_cli.numbers import ball_families as families
from autodiff_cli.numbers import ball_pieces as pieces
from autodiff_cli.numbers import ball_special as special
from autodiff_cli.numbers.ball_digits import decimal_digits, nearest_float

__all__ = ["KERNELS", "NAN", "constant", "decimal_digits", "from_float", "from_text", "nearest_float"]

NAN = arithmetic.NAN

# The kernel of each operator, by the operator's name.
KERNELS: dict[str, Callable[..., arb]] = {
    "add": arithmetic.add,
    "sub": arithmetic.subtract,
    "mul": arithmetic.multiply,
    "div": arithmetic.divide,
    "neg": arithmetic.negative,
    "pow": arithmetic.power,
    "mod": arithmetic.mod,
    "floordiv": arithmetic.floor_quotient,
    "avg": arithmetic.average,
    "count": arithmetic.count,
    "sqrt": arithmetic.sqrt,
    "cbrt": arithmetic.cbrt,
    "hypot": arithmetic.hypot,
    "cathetus": arithmetic.cathetus,
    "direction": arithmetic.direction,
    "inversion": arithmetic.inversion,
    "deg": arithmetic.degrees,
    "rad": arithmetic.radians,
    # exponentials, logarithms
    "exp": arb.exp,
    "exp2": arithmetic.exp2,
    "expm1": arb.expm1,
    "exprel": special.matched(special.exprel),
    "expmoment": special.matched(special.expmoment),
    "log": arithmetic.log,
    "log1p": arithmetic.log1p,
    "log2": arithmetic.log2,
    "log10": arithmetic.log10,
    "log1mexp": arithmetic.log1mexp,
    "xlogy": arithmetic.xlogy,
    "xlog1py": arithmetic.xlog1py,
    "logaddexp": arithmetic.logaddexp,
    "softshare": arithmetic.softshare,
    "logit": arithmetic.logit,
    "sigmoid": arithmetic.sigmoid,
    "softplus": arithmetic.softplus,
    "log_sigmoid": arithmetic.log_sigmoid,
    "silu": arithmetic.silu,
    "mish": arithmetic.mish,
    # circular and hyperbolic
    "sin": arithmetic.circular(arb.sin),
    "cos": arithmetic.circular(arb.cos),
    "tan": arithmetic.circular(arb.tan),
    "sec": arithmetic.circular(arb.sec),
    "csc": arithmetic.circular(arb.csc),
    "cot": arithmetic.circular(arb.cot),
    "asin": arithmetic.asin,
    "acos": arithmetic.acos,
    "atan": arb.atan,
    "asec": arithmetic.asec,
    "acsc": arithmetic.acsc,
    "acot": arithmetic.acot,
    "atan2": arithmetic.atan2,
    "sinh": arb.sinh,
    "cosh": arb.cosh,
    "tanh": arb.tanh,
    "sech": arb.sech,
    "csch": arb.csch,
    "coth": arb.coth,
    "asinh": arb.asinh,
    "acosh": arb.acosh,
    "atanh": arithmetic.atanh,
    "asech": arithmetic.asech,
    "acsch": arithmetic.acsch,
    "acoth": arithmetic.acoth,
    # pieces
    "abs": pieces.absolute,
    "sign": pieces.sign,
    "floor": arithmetic.floor,
    "ceil": pieces.ceil,
    "round": pieces.nearest,
    "trunc": pieces.trunc,
    "step": pieces.step,
    "max": pieces.maximum,
    "min": pieces.minimum,
    "ties": pieces.ties,
    "clip": pieces.clip,
    "relu": pieces.relu,
    "relu6": pieces.relu6,
    "leaky_relu": pieces.leaky_relu,
    "elu": pieces.elu,
    "selu": pieces.selu,
    "hardtanh": pieces.hardtanh,
    "lt": pieces.less,
    "le": pieces.less_equal,
    "gt": pieces.greater,
    "ge": pieces.greater_equal,
    "eq": pieces.equal,
    "ne": pieces.not_equal,
    "and": pieces.conjunction,
    "or": pieces.disjunction,
    "not": pieces.negation,
    "where": pieces.where,
    "gate": pieces.gate,
    # special
    "factorial": special.matched(special.factorial),
    "gamma": special.matched(arb.gamma),
    "lgamma": special.matched(special.lgamma),
    "digamma": special.matched(arb.digamma),
    "digamma1p": special.matched(special.digamma1p),
    "polygamma": special.matched(special.polygamma),
    "beta": special.matched(special.beta),
    "lbeta": special.matched(special.lbeta),
    "erf": special.matched(special.erf),
    "erfc": special.matched(special.erfc),
    "erfcx": special.matched(special.erfcx),
    "erfi": special.matched(special.erfi),
    "erfinv": special.matched(special.erfinv),
    "normpdf": special.matched(special.normpdf),
    "normcdf": special.matched(special.normcdf),
    "lognormcdf": special.matched(special.lognormcdf),
    "gelu": special.matched(special.gelu),
    "besselj": special.matched(special.besselj),
    "bessely": special.matched(special.bessely),
    "besseli": special.matched(special.besseli),
    "besselk": special.matched(special.besselk),
    "lambertw": special.matched(arb.lambertw),
    "ei": special.matched(arb.ei),
    "li": special.matched(arb.li),
    "si": special.matched(arb.si),
    "ci": special.matched(arb.ci),
    "shi": special.matched(arb.shi),
    "chi": special.matched(arb.chi),
    "fresnels": special.matched(special.fresnels),
    "fresnelc": special.matched(special.fresnelc),
    "sinc": special.matched(special.sinc),
    "lambertw1p": special.matched(special.lambertw1p),
    "gaussian": special.gaussian,
    "expsquare": special.expsquare,
    # families of derivatives
    "silu_derivative": special.matched(families.silu_derivative),
    "mish_derivative": special.matched(families.mish_derivative),
    "sech_derivative": special.matched(families.sech_derivative),
    "asech_derivative": special.matched(families.asech_derivative),
    "softshare_derivative": special.matched(families.softshare_derivative),
    "hypot_derivative": special.matched(families.hypot_derivative),
    "inversion_derivative": special.matched(families.inversion_derivative),
    "gaussian_derivative": special.matched(families.gaussian_derivative),
    "normpdf_derivative": special.matched(families.normpdf_derivative),
    "gelu_derivative": special.matched(families.gelu_derivative),
    "ei_derivative": special.matched(families.ei_derivative),
    "ci_derivative": special.matched(families.ci_derivative),
    "chi_derivative": special.matched(families.chi_derivative),
    "erfcx_derivative": special.matched(families.erfcx_derivative),
    "lognormcdf_derivative": special.matched(families.lognormcdf_derivative),
    "si_derivative": special.matched(families.si_derivative),
    "shi_derivative": special.matched(families.shi_derivative),
    "sinc_derivative": special.matched(families.sinc_derivative),
    "fresnels_derivative": special.matched(families.fresnels_derivative),
    "fresnelc_derivative": special.matched(families.fresnelc_derivative),
    "polygamma_difference": special.matched(families.polygamma_difference),
    "beta_derivative": special.matched(families.beta_derivative),
    "besselj_derivative": special.matched(families.besselj_derivative),
    "bessely_derivative": special.matched(families.bessely_derivative),
    "besseli_derivative": special.matched(families.besseli_derivative),
    "besselk_derivative": special.matched(families.besselk_derivative),
}

_CONSTANTS: dict[str, Callable[[], arb]] = {
    "pi": arb.pi,
    "e": arb.const_e,
    "tau": lambda: 2 * arb.pi(),
    "inf": arb.pos_inf,
    "nan": arb.nan,
}


def constant(name: str) -> arb:
    """The constant of that name: pi, e, tau, inf or nan."""
    return _CONSTANTS[name]()


def from_text(text: str) -> arb:
    """The number that a decimal text or a constant's name stands for, exact if it fits."""
    return constant(text) if text in _CONSTANTS else arb(text.replace("_", ""))


def from_float(x: float) -> arb:
    """A float, exactly."""
    return arb(x) if x == x else NAN
