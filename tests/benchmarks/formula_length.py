"""How long are derivatives as formulas, and how long do they take, beside sympy?

    python tests/benchmarks/formula_length.py [--worst N]

The first derivatives of the formulas in `tests/data/calculus.json` and `feynman.json`: by this
tool, and by `sympy.diff` followed by `sympy.simplify`. Lengths are counted alike for both: nodes
of the syntax tree of what is printed, read by this tool's own parser.
"""

import argparse
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sympy

from autodiff_cli.derivatives.symbolic import Request, derivatives
from autodiff_cli.errors import AutodiffError
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse
from autodiff_cli.language.printer import canonical
from autodiff_cli.views.formula import Named, syntax

DATA = Path(__file__).parents[1] / "data"

# What sympy calls otherwise, or reads as something else.
NAMES: dict[str, Any] = {
    "abs": sympy.Abs,
    "max": sympy.Max,
    "min": sympy.Min,
    "hypot": lambda a, b: sympy.sqrt(a**2 + b**2),
    "expm1": lambda x: sympy.exp(x) - 1,
    "lambertw": sympy.LambertW,
    "ci": sympy.Ci,
    "pi": sympy.pi,
    "e": sympy.E,
}
SPELLINGS = [("Abs(", "abs("), ("LambertW", "lambertw"), ("loggamma", "lgamma"), (r"\bE\b", "e")]


def tasks() -> Iterator[tuple[str, str, list[str], list[str]]]:
    """Name, formula, variables, and what to differentiate along."""
    for case in json.loads((DATA / "calculus.json").read_text("utf-8"))["cases"]:
        yield case["id"], case["expr"], case["variables"], case["wrt"]
    for case in json.loads((DATA / "feynman.json").read_text("utf-8"))["cases"]:
        for name in case["variables"]:
            yield f"{case['id']}, {name}", case["expr"], case["variables"], [name]


def of_sympy(expression: str, variables: list[str], wrt: list[str]) -> str:
    symbols = {name: sympy.Symbol(name, real=True) for name in {*variables, *wrt}}
    found = sympy.sympify(expression, locals={**NAMES, **symbols})
    for name in wrt:
        found = sympy.diff(found, symbols[name])
    return str(sympy.simplify(found))


def of_autodiff(expression: str, variables: list[str], wrt: list[str]) -> str:
    lowered = lower(parse(expression), shadowed=variables)
    found = derivatives(lowered, Request([tuple(wrt)], {"": lowered.output}))
    return canonical(syntax(found.graph, [], [Named("", found.roots[0])]))


def length(text: str) -> int:
    return sum(statement.root - statement.first + 1 for statement in parse(text).statements)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--worst", type=int, default=0, help="print so many of the longest")
    options = parser.parse_args()
    of_autodiff("x^2*sin(x)", ["x"], ["x"])
    of_sympy("x**2*sin(x)", ["x"], ["x"])
    rows: list[tuple[int, int, str, str, str]] = []
    seconds = [0.0, 0.0]
    for name, expression, variables, wrt in tasks():
        start = time.perf_counter()
        ours = of_autodiff(expression, variables, wrt)
        middle = time.perf_counter()
        theirs = of_sympy(expression, variables, wrt)
        end = time.perf_counter()
        for old, new in SPELLINGS:
            theirs = re.sub(old if "\\" in old else re.escape(old), new, theirs)
        try:
            rows.append((length(ours), length(theirs), name, ours, theirs))
        except AutodiffError:
            continue  # a Piecewise, which has no length in this language
        seconds[0] += middle - start
        seconds[1] += end - middle
    ours, theirs = sum(row[0] for row in rows), sum(row[1] for row in rows)
    print(f"{len(rows)} derivatives: {ours} nodes, sympy {theirs}: {ours / theirs:.3f} times")
    print(f"{seconds[0]:.2f} s, sympy {seconds[1]:.2f} s: {100 * seconds[0] / seconds[1]:.1f} %")
    rows.sort(key=lambda row: row[1] - row[0])
    for row in rows[: options.worst]:
        print(f"{row[2]}: {row[0]}, sympy {row[1]}\n    {row[3]}\n    {row[4]}")


if __name__ == "__main__":
    main()
