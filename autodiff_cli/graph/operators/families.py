"""Families of derivatives: of any order, and closed under differentiation.

A derivative that is a sum cancels beside its zeros, and a sweep makes sums. A family keeps each
order one operator, whose kernel sees to the digits.
"""

from collections.abc import Mapping

from autodiff_cli.graph.operators.record import Kernel, Kink, Operator

Interval = tuple[float, float]


def derivatives(
    name: str,
    kernel: Kernel,
    x: Interval,
    first: str = "",
    domain: str = "",
    order: float = 1.0,
    rounding: float = 1.0,
) -> Operator:
    """The derivatives of a function of x; `first` says what the first is, `order` what tests look at."""
    orders = "n >= 0 and n == round(n) and n <= 64"
    return Operator(
        f"{name}_derivative",
        ("n", "x"),
        kernel,
        summary=f"n-th derivative of {name}, for whole n up to 64"
        + (first and f"; the first is {first}"),
        partials={"n": "nan", "x": f"{name}_derivative(n + 1, x)"},
        domain=f"{orders} and {domain}" if domain else orders,
        rounding=rounding,
        samples={"n": (order, order), "x": x},
    )


def mixed_derivatives(
    name: str,
    kernel: Kernel,
    samples: Mapping[str, Interval],
    *,
    orders: Mapping[str, float],
    most: int = 64,
    domain: str = "",
    kinks: tuple[Kink, ...] = (),
) -> Operator:
    """The derivatives of a function of two parameters, along each as often as an order says.

    `samples` are those of the parameters, `orders` the names of the orders and what tests look at.
    """
    (m, n), (a, b), family = orders, samples, f"{name}_derivative"
    whole = f"{m} >= 0 and {m} == round({m}) and {n} >= 0 and {n} == round({n}) and {m} + {n} <= {most}"
    return Operator(
        family,
        (m, n, a, b),
        kernel,
        summary=f"derivative of {name}, {m} times along {a} and {n} times along {b}; {m} + {n} up to"
        f" {most}",
        partials={
            m: "nan",
            n: "nan",
            a: f"{family}({m} + 1, {n}, {a}, {b})",
            b: f"{family}({m}, {n} + 1, {a}, {b})",
        },
        domain=f"{whole} and {domain}" if domain else whole,
        kinks=kinks,
        samples={name: (order, order) for name, order in orders.items()} | dict(samples),
    )
