"""Random formulas with shared parts, definitions and functions, for pictures of graphs."""

from random import Random


def point_of(*values: str) -> dict[str, float]:
    """Values as on the command line: x=2."""
    return {name: float(value) for name, _, value in (text.partition("=") for text in values)}


def random_formula(source: Random, statements: int = 5, names: tuple[str, ...] = ("x", "y", "z")) -> str:
    """A program of definitions, some of which call functions of the program's own."""
    lines = ["f(a, b) = a*b + sin(a)", "g(a) = f(a, a^2) - a"]
    known = list(names)
    for number in range(statements):
        lines.append(f"q{number} = {_expression(source, known, 3)}")
        known.append(f"q{number}")
    lines.append(_expression(source, known[-4:], 3))
    return "; ".join(lines)


def _expression(source: Random, names: list[str], depth: int) -> str:
    if depth == 0 or source.random() < 0.2:
        return source.choice([*names, *names, "2", "0.5"])
    one, two = (_expression(source, names, depth - 1) for _ in range(2))
    form = source.choice(
        ["({} + {})", "({} - {})", "{}*{}", "f({}, {})", "max({}, {})", "sin({})", "g({})"]
    )
    return form.format(one, two)
