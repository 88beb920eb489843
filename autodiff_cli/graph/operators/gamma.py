"""The gamma function, its logarithm, the derivatives of that, factorials, beta functions."""

from autodiff_cli.graph.operators.families import mixed_derivatives
from autodiff_cli.graph.operators.record import Operator
from autodiff_cli.numbers.special import kernel

_OFF_POLES = "x > 0 or x != round(x)"
_OFF_FACTORIAL_POLES = "x >= 0 or x != round(x)"
_POSITIVE = "a > 0 and b > 0"
_WHOLE = "n >= 0 and n == round(n)"

GAMMA = (
    Operator(
        "gamma",
        ("x",),
        kernel("gamma", "gamma"),
        summary="gamma function",
        aliases=("tgamma",),
        partials={"x": "out*digamma(x)"},
        domain=_OFF_POLES,
        latex=r"\Gamma",
        python="math.gamma",
        samples={"x": (-160, 171)},
    ),
    Operator(
        "lgamma",
        ("x",),
        kernel("gamma", "lgamma"),
        summary="logarithm of the gamma function's absolute value",
        aliases=("gammaln", "loggamma"),
        partials={"x": "digamma(x)"},
        domain=_OFF_POLES,
        latex=r"\ln\left|\Gamma\left({x}\right)\right|",
        python="math.lgamma",
        samples={"x": (-1000, 1e300)},
    ),
    Operator(
        "digamma",
        ("x",),
        kernel("gamma", "digamma"),
        summary="derivative of the logarithm of the gamma function",
        aliases=("psi",),
        partials={"x": "polygamma(1, x)"},
        domain=_OFF_POLES,
        latex=r"\psi",
        python="scipy.special.digamma",
        samples={"x": (-1000, 1e300)},
    ),
    Operator(
        "digamma1p",
        ("x",),
        kernel("gamma", "digamma1p"),
        summary="digamma(x + 1), without rounding x + 1",
        partials={"x": "polygamma(1, x + 1)"},
        domain=_OFF_FACTORIAL_POLES,
        python="scipy.special.digamma({x} + 1)",
        samples={"x": (-1000, 1e300)},
    ),
    Operator(
        "polygamma",
        ("n", "x"),
        kernel("gamma", "polygamma"),
        summary="n-th derivative of digamma, for whole n",
        partials={"n": "nan", "x": "polygamma(n + 1, x)"},
        domain=f"{_WHOLE} and ({_OFF_POLES})",
        latex=r"\psi^{{\left({n}\right)}}\left({x}\right)",
        python="scipy.special.polygamma",
        samples={"n": (1.0, 1.0), "x": (-100, 1e10)},
    ),
    Operator(
        "factorial",
        ("x",),
        kernel("gamma", "factorial"),
        summary="factorial, x! = gamma(x + 1)",
        textbook={"x": "out*digamma(x + 1)"},
        partials={"x": "out*digamma1p(x)"},
        domain=_OFF_FACTORIAL_POLES,
        latex="{x}!",
        python="math.gamma({x} + 1)",
        samples={"x": (-160, 170)},
    ),
    # A product with digamma(a) - digamma(a + b) would cancel when it is differentiated along b.
    Operator(
        "beta",
        ("a", "b"),
        kernel("gamma", "beta"),
        summary="beta function, gamma(a)*gamma(b)/gamma(a + b)",
        textbook={"a": "out*(digamma(a) - digamma(a + b))", "b": "out*(digamma(b) - digamma(a + b))"},
        partials={"a": "beta_derivative(1, 0, a, b)", "b": "beta_derivative(0, 1, a, b)"},
        domain=_POSITIVE,
        latex=r"\mathrm{B}",
        python="scipy.special.beta",
        samples={"a": (1e-3, 1e3), "b": (1e-3, 1e3)},
    ),
    mixed_derivatives(
        "beta",
        kernel("gamma", "beta_derivative"),
        {"a": (1e-2, 1e2), "b": (1e-2, 1e2)},
        orders={"m": 1.0, "n": 0.0},
        most=16,
        domain=_POSITIVE,
    ),
    Operator(
        "lbeta",
        ("a", "b"),
        kernel("gamma", "lbeta"),
        summary="logarithm of the beta function",
        aliases=("betaln",),
        textbook={"a": "digamma(a) - digamma(a + b)", "b": "digamma(b) - digamma(a + b)"},
        partials={"a": "-polygamma_difference(0, a, b)", "b": "-polygamma_difference(0, b, a)"},
        domain=_POSITIVE,
        python="scipy.special.betaln",
        samples={"a": (1e-3, 1e3), "b": (1e-3, 1e3)},
    ),
    # Where x + d overflows, polygamma(1, x + d) is 1/(x + d).
    Operator(
        "polygamma_difference",
        ("n", "x", "d"),
        kernel("gamma", "polygamma_difference"),
        summary="polygamma(n, x + d) - polygamma(n, x), exact for a small d",
        partials={
            "n": "nan",
            "x": "polygamma_difference(n + 1, x, d)",
            "d": "where(x + d < inf, polygamma(n + 1, x + d), where(n == 0, (1/x)/(1 + d/x), 0))",
        },
        domain=f"{_WHOLE} and n <= 1e6 and x > 0 and d >= 0",
        samples={"n": (0.0, 0.0), "x": (1e-3, 1e3), "d": (1e-10, 1e3)},
    ),
)
