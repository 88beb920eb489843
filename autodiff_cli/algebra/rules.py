"""The rules of simplification, by name, with the domain on which each holds.

Wherever the left side is defined, the right side is equal to it. Where the right side is
defined on more, `diff` says for what it has simplified. The tests apply every rule to random
formulas and compare both sides in ball arithmetic.
"""

from collections.abc import Iterator
from typing import NamedTuple

from autodiff_cli.algebra.functions import IDENTITIES


class Rule(NamedTuple):
    """One rule: `left` becomes `right`, in the tool's own language.

    `domain` is where the left side is defined; empty is everywhere.
    """

    name: str
    left: str
    right: str
    domain: str = ""


RULES = (
    Rule("like terms", "2*x + 3*x", "5*x"),
    Rule("like terms cancel", "x + y - x", "y"),
    Rule("numbers are exact", "x/3 + x/6", "x/2"),
    Rule("decimals are exact", "0.1*x + 0.2*x", "3*x/10"),
    Rule("like factors", "x^2*x^3", "x^5"),
    Rule("like factors cancel", "x^3/x", "x^2", "x != 0"),
    Rule("power of a power", "(x^2)^3", "x^6"),
    Rule("power of a product", "(2*x*y)^2", "4*x^2*y^2"),
    Rule("exponents are added", "2^x*2^y", "2^(x + y)"),
    Rule("exponentials are multiplied", "exp(x)*exp(y)", "exp(x + y)"),
    Rule("square of a root", "sqrt(x)^2", "x", "x >= 0"),
    Rule("root of a square", "sqrt(x^2)", "abs(x)"),
    Rule("roots of numbers", "sqrt(12)*x", "2*sqrt(3)*x"),
    Rule("positive factors leave roots", "sqrt(4*exp(x)*y)", "2*exp(x/2)*sqrt(y)", "y >= 0"),
    Rule("exp of a logarithm", "exp(2*log(x) + y)", "x^2*exp(y)", "x > 0"),
    Rule("logarithm of exp", "log(exp(x))", "x"),
    Rule("logarithm of a power", "log(x^3)", "3*log(x)", "x > 0"),
    Rule("logarithm of an even power", "log(x^2)", "2*log(abs(x))", "x != 0"),
    Rule("odd functions", "sin(-x) + tanh(-x)", "-sin(x) - tanh(x)"),
    Rule("even functions", "cos(-x)*cosh(-x)", "cos(x)*cosh(x)"),
    Rule("common factors", "x*y*z + x*y*t + x*y", "x*y*(t + z + 1)"),
    Rule("one fraction", "1/(x + 1) + 1/(x - 1) + 2*x/(x^2 - 1)", "4*x/(x^2 - 1)", "abs(x) != 1"),
    Rule("divisors cancel", "(x^3 + x)/(x^2 + 1)", "x"),
    Rule("denominators leave roots", "sqrt(1 - 1/x^2)*x^2", "sqrt(x^2 - 1)*abs(x)", "abs(x) >= 1"),
    Rule("circle", "sin(x)^2 + cos(x)^2", "1"),
    Rule("hyperbola", "cosh(x)^2 - sinh(x)^2", "1"),
    Rule("hyperbolic tangent", "1 - tanh(x)^2", "sech(x)^2"),
    Rule("quotients of sine and cosine", "sin(x)/cos(x)", "tan(x)", "cos(x) != 0"),
    Rule("quotients of hyperbolic functions", "sinh(x)/cosh(x)", "tanh(x)"),
    Rule("signs", "x*sign(x)", "abs(x)"),
    Rule("sizes", "abs(x)*sign(x)", "x"),
    Rule("even powers of sizes", "abs(x)^2", "x^2"),
    Rule("squares of distances", "hypot(x, y)^2", "x^2 + y^2"),
    Rule(
        "choices under one condition",
        "where(x > 0, y, 0) + where(x > 0, 1, z)",
        "where(x > 0, y + 1, z)",
    ),
    Rule("choices of the greater", "where(x >= y, x, y)", "max(x, y)"),
    Rule("Bessel functions of negative order", "besselj(-1, x)", "-besselj(1, x)"),
    *(Rule("inverse functions", identity.left, identity.right) for identity in IDENTITIES),
)


def rule_lines() -> Iterator[str]:
    """A tab-separated line for each rule: name, left side, right side, domain."""
    yield "rule\tformula\tbecomes\tdomain\n"
    for rule in RULES:
        yield "\t".join(rule) + "\n"
