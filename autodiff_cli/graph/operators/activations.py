"""Activation functions of neural networks: smooth steps, and the line with a bend.

The slope of `sigmoid` is written with its square root, sech(x/2)/2: a product that neither
underflows early nor cancels when it is differentiated once more.
"""

from autodiff_cli.graph.operators.families import derivatives
from autodiff_cli.graph.operators.record import Kink, Operator
from autodiff_cli.numbers import floats, logistic

_NEAR = (-10, 10)
_GROWING = (-755, 755)

ACTIVATIONS = (
    Operator(
        "sigmoid",
        ("x",),
        logistic.sigmoid,
        summary="logistic function, 1/(1 + exp(-x))",
        aliases=("expit", "logistic"),
        partials={"x": "(sech(x/2)/2)^2"},
        definition="1/(1 + exp(-x))",
        rounding=2,
        samples={"x": _GROWING},
    ),
    Operator(
        "softplus",
        ("x",),
        logistic.softplus,
        summary="log(1 + exp(x))",
        partials={"x": "sigmoid(x)"},
        definition="log(1 + exp(x))",
        rounding=2,
        samples={"x": _GROWING},
    ),
    Operator(
        "log_sigmoid",
        ("x",),
        logistic.log_sigmoid,
        summary="log(sigmoid(x))",
        aliases=("logsigmoid",),
        partials={"x": "sigmoid(-x)"},
        definition="-log(1 + exp(-x))",
        rounding=2,
        samples={"x": _GROWING},
    ),
    Operator(
        "silu",
        ("x",),
        logistic.silu,
        summary="x*sigmoid(x)",
        aliases=("swish",),
        partials={"x": "silu_derivative(1, x)"},
        definition="x/(1 + exp(-x))",
        rounding=2,
        samples={"x": _GROWING},
    ),
    derivatives(
        "silu",
        logistic.silu_derivative,
        _GROWING,
        first="sigmoid(x) + x*sigmoid(x)*sigmoid(-x)",
        rounding=2,
    ),
    Operator(
        "mish",
        ("x",),
        logistic.mish,
        summary="x*tanh(softplus(x))",
        partials={"x": "mish_derivative(1, x)"},
        definition="x*tanh(log(1 + exp(x)))",
        rounding=2,
        samples={"x": _GROWING},
    ),
    derivatives(
        "mish",
        logistic.mish_derivative,
        _GROWING,
        first="t + x*(1 - t^2)*sigmoid(x) with t = tanh(softplus(x))",
        rounding=2,
    ),
    Operator(
        "elu",
        ("x",),
        floats.elu,
        summary="x where positive, else exp(x) - 1",
        partials={"x": "where(x > 0, 1, exp(x))"},
        definition="where(x > 0, x, exp(x) - 1)",
        samples={"x": _NEAR},
    ),
    Operator(
        "selu",
        ("x",),
        floats.selu,
        summary="scaled elu: 1.0507*x where positive, else 1.7581*(exp(x) - 1)",
        partials={"x": "where(x >= 0, 1.0507009873554804934, 1.7580993408473768599*exp(x))"},
        kinks=(Kink("x == 0", {"x": ("1.7580993408473768599", "1.0507009873554804934")}),),
        rounding=2,
        samples={"x": _NEAR},
    ),
    Operator(
        "relu",
        ("x",),
        floats.relu,
        summary="x where positive, else 0",
        partials={"x": "gate(x > 0, 1)"},
        definition="max(x, 0)",
        kinks=(Kink("x == 0", {"x": ("0", "1")}),),
        rounding=0,
        samples={"x": _NEAR},
    ),
    Operator(
        "leaky_relu",
        ("x",),
        floats.leaky_relu,
        summary="x where positive, else 0.01*x",
        partials={"x": "where(x > 0, 1, 0.01)"},
        kinks=(Kink("x == 0", {"x": ("0.01", "1")}),),
        rounding=2,
        samples={"x": _NEAR},
    ),
    Operator(
        "relu6",
        ("x",),
        floats.relu6,
        summary="x, but at least 0 and at most 6",
        partials={"x": "gate(0 < x and x < 6, 1)"},
        definition="min(max(x, 0), 6)",
        kinks=(Kink("x == 0", {"x": ("0", "1")}), Kink("x == 6", {"x": ("1", "0")})),
        rounding=0,
        samples={"x": _NEAR},
    ),
    Operator(
        "hardtanh",
        ("x",),
        floats.hardtanh,
        summary="x, but at least -1 and at most 1",
        partials={"x": "gate(-1 < x and x < 1, 1)"},
        definition="min(max(x, -1), 1)",
        kinks=(Kink("x == -1", {"x": ("0", "1")}), Kink("x == 1", {"x": ("1", "0")})),
        rounding=0,
        samples={"x": _NEAR},
    ),
)
