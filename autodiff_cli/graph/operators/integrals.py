"""Integrals of exponentials and sines, sin(pi*x)/(pi*x), Lambert's function."""

from autodiff_cli.graph.operators.families import derivatives
from autodiff_cli.graph.operators.record import Operator
from autodiff_cli.numbers.special import kernel

_MODULE = "integrals"
_WIDE = (-1e10, 1e10)
_GROWING = (-700, 700)


def _of(name: str, x: tuple[float, float], first: str = "", domain: str = "") -> Operator:
    return derivatives(name, kernel(_MODULE, f"{name}_derivative"), x, first, domain)


INTEGRALS = (
    Operator(
        "ei",
        ("x",),
        kernel(_MODULE, "ei"),
        summary="exponential integral, of exp(t)/t from -inf to x",
        aliases=("Ei",),
        textbook={"x": "exp(x)/x"},
        partials={"x": "ei_derivative(1, x)"},
        domain="x != 0",
        python="scipy.special.expi",
        samples={"x": (-700, 715)},
    ),
    _of("ei", (-700, 715), "exp(x)/x", "x != 0"),
    Operator(
        "li",
        ("x",),
        kernel(_MODULE, "li"),
        summary="logarithmic integral, of 1/log(t) from 0 to x",
        partials={"x": "1/log(x)"},
        domain="x >= 0 and x != 1",
        python="scipy.special.expi(math.log({x}))",
        samples={"x": (1e-300, 1e300)},
    ),
    Operator(
        "si",
        ("x",),
        kernel(_MODULE, "si"),
        summary="sine integral, of sin(t)/t from 0 to x",
        aliases=("Si",),
        textbook={"x": "sin(x)/x"},
        partials={"x": "si_derivative(1, x)"},
        python="scipy.special.sici({x})[0]",
        samples={"x": _WIDE},
    ),
    _of("si", _WIDE, "sin(x)/x, and 1 for x = 0"),
    Operator(
        "ci",
        ("x",),
        kernel(_MODULE, "ci"),
        summary="cosine integral, of -cos(t)/t from x to inf",
        aliases=("Ci",),
        textbook={"x": "cos(x)/x"},
        partials={"x": "ci_derivative(1, x)"},
        domain="x > 0",
        python="scipy.special.sici({x})[1]",
        samples={"x": (1e-300, 1e10)},
    ),
    _of("ci", (1e-300, 1e10), "cos(x)/x", "x > 0"),
    Operator(
        "shi",
        ("x",),
        kernel(_MODULE, "shi"),
        summary="hyperbolic sine integral, of sinh(t)/t from 0 to x",
        aliases=("Shi",),
        textbook={"x": "sinh(x)/x"},
        partials={"x": "shi_derivative(1, x)"},
        python="scipy.special.shichi({x})[0]",
        samples={"x": _GROWING},
    ),
    _of("shi", _GROWING, "sinh(x)/x, and 1 for x = 0"),
    Operator(
        "chi",
        ("x",),
        kernel(_MODULE, "chi"),
        summary="hyperbolic cosine integral, Euler's constant + log(x) + the integral of"
        " (cosh(t) - 1)/t from 0 to x",
        aliases=("Chi",),
        textbook={"x": "cosh(x)/x"},
        partials={"x": "chi_derivative(1, x)"},
        domain="x > 0",
        python="scipy.special.shichi({x})[1]",
        samples={"x": (1e-300, 715)},
    ),
    _of("chi", (1e-300, 715), "cosh(x)/x", "x > 0"),
    Operator(
        "fresnels",
        ("x",),
        kernel(_MODULE, "fresnels"),
        summary="Fresnel integral, of sin(pi*t^2/2) from 0 to x",
        textbook={"x": "sin(pi*x^2/2)"},
        partials={"x": "fresnels_derivative(1, x)"},
        python="scipy.special.fresnel({x})[0]",
        samples={"x": _WIDE},
    ),
    _of("fresnels", _WIDE, "sin(pi*x^2/2)"),
    Operator(
        "fresnelc",
        ("x",),
        kernel(_MODULE, "fresnelc"),
        summary="Fresnel integral, of cos(pi*t^2/2) from 0 to x",
        textbook={"x": "cos(pi*x^2/2)"},
        partials={"x": "fresnelc_derivative(1, x)"},
        python="scipy.special.fresnel({x})[1]",
        samples={"x": _WIDE},
    ),
    _of("fresnelc", _WIDE, "cos(pi*x^2/2)"),
    Operator(
        "sinc",
        ("x",),
        kernel(_MODULE, "sinc"),
        summary="sin(pi*x)/(pi*x), and 1 for x = 0",
        textbook={"x": "(cos(pi*x) - out)/x"},
        partials={"x": "sinc_derivative(1, x)"},
        samples={"x": _WIDE},
    ),
    _of("sinc", _WIDE),
    # 1 + out, which would cancel next to the branch point -1/e, is an operator of its own.
    Operator(
        "lambertw",
        ("x",),
        kernel(_MODULE, "lambertw"),
        summary="solution w >= -1 of w*exp(w) = x",
        aliases=("LambertW",),
        textbook={"x": "exp(-out)/(1 + out)"},
        partials={"x": "where(x > 1, 1/(x*(1 + 1/out)), exp(-out)/lambertw1p(x))"},
        domain="x >= -1/e",
        latex="W",
        python="scipy.special.lambertw({x}).real",
        samples={"x": (-0.3678794411714423, 1e300)},
    ),
    Operator(
        "lambertw1p",
        ("x",),
        kernel(_MODULE, "lambertw1p"),
        summary="1 + lambertw(x), exact near x = -1/e",
        partials={"x": "where(x > 1, 1/(x*(1 + 1/(out - 1))), exp(1 - out)/out)"},
        domain="x >= -1/e",
        samples={"x": (-0.3678794411714423, 1e300)},
    ),
)
