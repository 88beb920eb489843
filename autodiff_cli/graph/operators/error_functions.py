"""Error functions, and the normal distribution.

The square of x is never rounded before its exponential is taken, which would magnify that by
x^2: `gaussian`, `expsquare` and `normpdf` have kernels that do not.
"""

import math

from autodiff_cli.graph.operators.families import derivatives
from autodiff_cli.graph.operators.record import Operator
from autodiff_cli.numbers.special import kernel

_MODULE = "error_functions"

ERROR_FUNCTIONS = (
    Operator(
        "erf",
        ("x",),
        math.erf,
        summary="error function",
        textbook={"x": "2*exp(-x^2)/sqrt(pi)"},
        partials={"x": "2/sqrt(pi)*gaussian(x)"},
        python="math.erf",
        samples={"x": (-26, 26)},
    ),
    Operator(
        "erfc",
        ("x",),
        kernel(_MODULE, "erfc"),
        summary="1 - erf(x), exact for large x",
        textbook={"x": "-2*exp(-x^2)/sqrt(pi)"},
        partials={"x": "-2/sqrt(pi)*gaussian(x)"},
        python="math.erfc",
        samples={"x": (-26, 26)},
    ),
    Operator(
        "erfcx",
        ("x",),
        kernel(_MODULE, "erfcx"),
        summary="exp(x^2)*erfc(x), which neither overflows nor underflows for large x",
        textbook={"x": "2*x*out - 2/sqrt(pi)"},
        partials={"x": "erfcx_derivative(1, x)"},
        python="scipy.special.erfcx",
        samples={"x": (-26, 1e10)},
    ),
    derivatives("erfcx", kernel(_MODULE, "erfcx_derivative"), (-26, 1e4)),
    Operator(
        "erfi",
        ("x",),
        kernel(_MODULE, "erfi"),
        summary="imaginary error function, 2/sqrt(pi) times the integral of exp(t^2)",
        textbook={"x": "2*exp(x^2)/sqrt(pi)"},
        partials={"x": "2/sqrt(pi)*expsquare(x)"},
        python="scipy.special.erfi",
        samples={"x": (-26, 26)},
    ),
    # exp(out^2) would magnify the rounding of out; where that counts, exp(y^2) is
    # erfcx(y)/erfc(y), and erfc(y) is 1 - abs(x), which is exact.
    Operator(
        "erfinv",
        ("x",),
        kernel(_MODULE, "erfinv"),
        summary="inverse of the error function",
        textbook={"x": "sqrt(pi)*exp(out^2)/2"},
        partials={
            "x": "sqrt(pi)/2*where(abs(x) < 0.75, exp(out^2), erfcx(abs(out))/(1 - abs(x)))",
        },
        domain="-1 < x < 1",
        python="scipy.special.erfinv",
        samples={"x": (-1, 1)},
    ),
    Operator(
        "gaussian",
        ("x",),
        kernel(_MODULE, "gaussian"),
        summary="exp(-x^2), without rounding x^2",
        textbook={"x": "-2*x*out"},
        partials={"x": "gaussian_derivative(1, x)"},
        definition="exp(-x^2)",
        samples={"x": (-26.5, 26.5)},
    ),
    derivatives("gaussian", kernel(_MODULE, "gaussian_derivative"), (-26.5, 26.5)),
    Operator(
        "expsquare",
        ("x",),
        kernel(_MODULE, "expsquare"),
        summary="exp(x^2), without rounding x^2",
        textbook={"x": "2*x*out"},
        partials={"x": "2*(x*out)"},
        definition="exp(x^2)",
        samples={"x": (-26.6, 26.6)},
    ),
    Operator(
        "normpdf",
        ("x",),
        kernel(_MODULE, "normpdf"),
        summary="density of the standard normal distribution",
        textbook={"x": "-x*out"},
        partials={"x": "normpdf_derivative(1, x)"},
        python="math.exp(-{x}**2/2)/math.sqrt(2*math.pi)",
        samples={"x": (-37, 37)},
    ),
    derivatives("normpdf", kernel(_MODULE, "normpdf_derivative"), (-37, 37)),
    Operator(
        "normcdf",
        ("x",),
        kernel(_MODULE, "normcdf"),
        summary="standard normal distribution, erfc(-x/sqrt(2))/2",
        aliases=("ndtr",),
        partials={"x": "normpdf(x)"},
        python="scipy.special.ndtr",
        samples={"x": (-37, 37)},
    ),
    Operator(
        "lognormcdf",
        ("x",),
        kernel(_MODULE, "lognormcdf"),
        summary="logarithm of normcdf(x)",
        aliases=("log_ndtr",),
        textbook={"x": "normpdf(x)/normcdf(x)"},
        partials={"x": "lognormcdf_derivative(1, x)"},
        python="scipy.special.log_ndtr",
        samples={"x": (-1e10, 37)},
    ),
    derivatives(
        "lognormcdf", kernel(_MODULE, "lognormcdf_derivative"), (-1e5, 37), first="normpdf(x)/normcdf(x)"
    ),
    Operator(
        "gelu",
        ("x",),
        kernel(_MODULE, "gelu"),
        summary="Gaussian error linear unit, x*normcdf(x)",
        textbook={"x": "normcdf(x) + x*normpdf(x)"},
        partials={"x": "gelu_derivative(1, x)"},
        rounding=2,
        samples={"x": (-37, 37)},
    ),
    derivatives(
        "gelu", kernel(_MODULE, "gelu_derivative"), (-37, 37), first="normcdf(x) + x*normpdf(x)"
    ),
)
