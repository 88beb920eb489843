"""What was probably meant by a name that stands for nothing: a hint, or None."""

from collections.abc import Collection

from autodiff_cli.errors import did_you_mean
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.language.notation import NOTATIONS
from autodiff_cli.language.syntax import FORMS

# Functions of other tools, and what is written here.
_ELSEWHERE = {
    "ctg": "write cot(x)",
    "cosec": "write csc(x)",
    "tg": "write tan(x)",
    "sgn": "write sign(x)",
    "square": "write x^2",
    "norm": "write hypot(x, y)",
    **dict.fromkeys(("D", "deriv", "derivative", "derive", "differentiate"), "write diff(f, x)"),
    **dict.fromkeys(("grad", "gradient", "partial"), "write diff(f, x), for each variable"),
    "summation": "write sum(i, 1, n, x^i)",
    "product": "write prod(i, 1, n, x + i)",
}

_INTEGRALS = (
    "integrals are out of scope",
    "there are derivatives, diff(f, x), finite sums, sum(i, 1, n, x^i), and functions like erf and si",
)
_WHOLE_PART = ("integrals are out of scope", f"{_INTEGRALS[1]}; the whole part of x is trunc(x)")
_DIFFERENTIAL_EQUATIONS = (
    "solving differential equations is out of scope",
    "what an equation leaves over can be computed: diff(u, t) - k*diff(u, x, 2)",
)
_EQUATIONS = (
    "solving equations is out of scope for a formula",
    "a step of Newton's method reads x - f/diff(f, x)",
)
_LIMITS = (
    "limits are out of scope",
    "evaluate the formula close by; --certify keeps every digit right",
)
_OUT_OF_SCOPE = {
    **dict.fromkeys(("integrate", "integral", "Integral", "Integrate", "quad"), _INTEGRALS),
    "int": _WHOLE_PART,
    **dict.fromkeys(("dsolve", "DSolve", "ode", "odesolve", "odeint", "pde"), _DIFFERENTIAL_EQUATIONS),
    **dict.fromkeys(("solve", "Solve", "nsolve", "fsolve"), _EQUATIONS),
    **dict.fromkeys(("limit", "Limit", "lim"), _LIMITS),
}

# What people call by name; the other operators have signs, or are the sweep's own.
_SIGNED = (NOTATIONS.keys() - {"pow", "factorial"}) | {"gate", "ties", "count"}
_CALLED = [name for name in BY_NAME if name not in _SIGNED]
_LONGEST = 2 + max(map(len, BY_NAME))


def out_of_scope(name: str) -> tuple[str, str] | None:
    """Message and hint for a call of what other tools have and this one will not."""
    return _OUT_OF_SCOPE.get(name)


def meant_function(name: str, own: Collection[str]) -> str:
    """A hint for a call of a function that does not exist; `own` are the user's functions."""
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    guess = did_you_mean(name, [*sorted(FORMS), *_CALLED, *own])
    if guess is not None:
        return f"did you mean {guess}(...)?"
    return f"{name}(a) = ... defines one; {name}*(...) multiplies"


def meant_call(name: str, own: Collection[str], variables: Collection[str]) -> str | None:
    """A hint for a variable that is really a function, or a function and its argument.

    `sin x`, `cosx` and `EXP` read as variables.
    """
    if name in own or name in BY_NAME:
        return f"{name} is a function: {name}(...)"
    if name.lower() in BY_NAME:
        return f"did you mean {name.lower()}(...)?"
    for length in range(min(len(name), _LONGEST) - 1, 1, -1):
        function, argument = name[:length], name[length:]
        variable = argument.lstrip("0123456789")
        # Two letters, as of si or ei, are too few to tell a function from a name like six.
        is_function = function in BY_NAME and (length > 2 or function == "ln")
        if is_function and (len(variable) <= 1 or variable in variables):
            return f"did you mean {function}({argument})?"
    return None


def usage(name: str, parameters: tuple[str, ...]) -> str:
    """A hint for a call with the wrong number of arguments."""
    hint = f"usage: {name}({', '.join(parameters)})"
    if BY_NAME.get(name) is BY_NAME["log"]:
        hint += "; to another base b: log(x)/log(b), log2, log10"
    return hint
