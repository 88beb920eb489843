"""Many points: values and gradients a second, beside JAX, PyTorch, pandas and polars.

    python tests/benchmarks/batch.py [memory|feynman|csv|parquet|stream|compile ...] [options]

Without names all are run. Peers are those of the extra `bench`; what is not installed is left out.
Runs alternate, and both the best and the median of them are printed. JAX runs with 64 bits.

memory    Black-Scholes call price and five partials, arrays in memory, 2 million rows.
feynman   The same of the formulas of `tests/data/feynman.json` with the largest gradients.
csv       A million rows from a CSV to a CSV, whole processes: `autodiff batch`, polars alone (which
          reads, adds six columns of sums and writes), pandas with JAX.
parquet   From Parquet to Parquet, with the peak of memory.
stream    A question and its answer through `autodiff eval --stream`.
compile   How long compiling takes, and from how many rows on it pays.
"""

import argparse
import json
import math
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from autodiff_cli.batches.engine import Engine
from autodiff_cli.batches.program import Program
from autodiff_cli.batches.results import nowhere, results, suspect
from autodiff_cli.graph.arena import Graph, NumberSystem, evaluate
from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.language.parser import parse

FEYNMAN = Path(__file__).parents[1] / "data" / "feynman.json"
BLACK_SCHOLES = (
    "S*normcdf(d1) - K*exp(-r*T)*normcdf(d2);"
    " d1 = (log(S/K) + (r + v^2/2)*T)/(v*sqrt(T)); d2 = d1 - v*sqrt(T)"
)
SPANS = {"S": (50, 150), "K": (50, 150), "r": (0, 0.1), "v": (0.1, 0.5), "T": (0.1, 2)}
HEAVIEST = 5
COMMAND = [str(Path(sys.executable).with_name("autodiff"))]

Columns = dict[str, Any]
# Computes the rows, and gives the value and the partials.
Run = Callable[[], Sequence[Any]]


def points(count: int) -> Columns:
    """Options at random."""
    generator = np.random.default_rng(1)
    return {name: generator.uniform(low, high, count) for name, (low, high) in SPANS.items()}


# -- In memory --------------------------------------------------------------------------------


def of_autodiff(text: str, columns: Columns, engine: Engine) -> Run:
    """What `batch` runs, with the search for kinks."""
    evaluation = nowhere(lower(parse(text)), [], list(columns), 1)
    program = Program(evaluation, results(evaluation), suspect(evaluation), list(columns), {}, engine)
    count = len(next(iter(columns.values())))
    return lambda: program.run(columns, count)[0]


def _arithmetic(library: Any, special: Mapping[str, Any]) -> NumberSystem:
    """A peer's functions as a number system: it gets the graph of the formula alone."""

    def power(x: Any, y: Any) -> Any:
        return x ** (int(y) if isinstance(y, float) and y.is_integer() else y)

    kernels: dict[str, Callable[..., Any]] = {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "neg": lambda a: -a,
        "pow": power,
        **special,
    }
    for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "abs"):
        kernels[name] = _of_numbers_too(name, getattr(library, name))

    def constant(graph: Graph, node: int) -> float:
        return graph.constants[node]

    return NumberSystem({BY_NAME[name]: kernel for name, kernel in kernels.items()}, constant, math.nan)


def _of_numbers_too(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Of a constant the float: PyTorch's functions take tensors only."""
    return lambda x: BY_NAME[name].floats(x) if isinstance(x, float) else function(x)


def _value(text: str, names: Sequence[str], system: NumberSystem) -> Callable[..., Any]:
    lowered = lower(parse(text))
    graph, output = lowered.graph, lowered.output
    nodes = graph.reachable([output])

    def value(*arguments: Any) -> Any:
        point = {graph.variables[name]: x for name, x in zip(names, arguments, strict=True)}
        return evaluate(graph, nodes, point, system)[output]

    return value


def of_jax(text: str, columns: Columns) -> Run:
    import jax
    import jax.numpy as jnp
    from jax.scipy.special import ndtr

    jax.config.update("jax_enable_x64", True)
    special = {"normcdf": ndtr, "asin": jnp.arcsin}
    value = _value(text, list(columns), _arithmetic(jnp, special))
    both = jax.jit(jax.vmap(jax.value_and_grad(value, argnums=tuple(range(len(columns))))))
    arrays = [jnp.asarray(column) for column in columns.values()]

    def run() -> Sequence[Any]:
        found, gradient = jax.block_until_ready(both(*arrays))
        return [found, *gradient]

    return run


def of_torch(text: str, columns: Columns) -> Run:
    import torch

    special = {"normcdf": torch.special.ndtr, "asin": torch.asin}
    value = _value(text, list(columns), _arithmetic(torch, special))

    def run() -> Sequence[Any]:
        arrays = [torch.from_numpy(column).requires_grad_() for column in columns.values()]
        found = value(*arrays)
        found.sum().backward()
        return [found.detach(), *[array.grad for array in arrays]]

    return run


def runners(text: str, columns: Columns) -> dict[str, Run]:
    """All that can compute this formula here."""
    found = {
        "autodiff, compiled": of_autodiff(text, columns, Engine.COMPILED),
        "autodiff, arrays": of_autodiff(text, columns, Engine.ARRAYS),
    }
    if find_spec("jax") is not None:
        found["JAX jit"] = of_jax(text, columns)
    if find_spec("torch") is not None:
        found["PyTorch eager"] = of_torch(text, columns)
    return found


def compare(text: str, columns: Columns, runs: int) -> None:
    """Rows a second of each, and how much faster than the faster peer the compiled code is."""
    count = len(next(iter(columns.values())))
    found = runners(text, columns)
    answers = {name: run() for name, run in found.items()}
    _check_agreement(answers)
    seconds: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(runs):
        for name, run in found.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    best = {name: count / min(times) for name, times in seconds.items()}
    middle = {name: count / statistics.median(times) for name, times in seconds.items()}
    for name in found:
        print(f"  {name:20}{best[name] / 1e6:8.1f} million rows/s, median {middle[name] / 1e6:6.1f}")
    peers = [name for name in found if not name.startswith("autodiff")]
    if peers:
        mine = "autodiff, compiled"
        print(
            f"  ratio to the faster peer: {best[mine] / max(best[n] for n in peers):.1f},"
            f" of medians {middle[mine] / max(middle[n] for n in peers):.1f} (goal: 2)"
        )


def _check_agreement(answers: Mapping[str, Sequence[Any]]) -> None:
    """All compute the same, beside the largest number of a column: peers have no digits in far tails."""
    mine = [np.asarray(column) for column in answers["autodiff, compiled"]]
    for name, theirs in answers.items():
        for ours, column in zip(mine, theirs, strict=True):
            worst = np.max(np.abs(ours - np.asarray(column))) / np.max(np.abs(ours))
            assert worst < 1e-9, f"{name} differs by {worst} of the largest result"


def print_memory(options: argparse.Namespace) -> None:
    print(f"Black-Scholes price and five partials, {options.rows:,} rows in memory")
    compare(BLACK_SCHOLES, points(options.rows), options.runs)


def print_feynman(options: argparse.Namespace) -> None:
    cases = json.loads(FEYNMAN.read_text("utf-8"))["cases"]
    cases.sort(key=lambda case: -_size(case["expr"]))
    for case in cases[:HEAVIEST]:
        print(f"Feynman {case['id']}, {_size(case['expr'])} operations, {options.rows:,} rows in memory")
        compare(case["expr"], _between(case, options.rows), options.runs)


def _size(text: str) -> int:
    """Operations of the value and the gradient."""
    evaluation = nowhere(lower(parse(text)), [], [], 1)
    graph = evaluation.graph
    nodes = [result.node for result in results(evaluation) if result.node >= 0]
    return sum(1 for node in graph.reachable(nodes) if graph.arguments[node])


def _between(case: Mapping[str, Any], count: int) -> Columns:
    """Random points between those of a case."""
    generator = np.random.default_rng(1)
    found: Columns = {}
    for name in case["variables"]:
        values = [point["point"][name] for point in case["points"]]
        found[name] = generator.uniform(min(values), max(values), count)
    return found


# -- Files ------------------------------------------------------------------------------------

_POLARS = """
import sys, polars as pl
source, target = sys.argv[1:]
columns = [(pl.col("S") + pl.col(name)).alias(f"added.{name}") for name in ("S", "K", "r", "v", "T")]
pl.scan_csv(source).with_columns(pl.col("S").alias("value"), *columns).sink_csv(target)
"""

_PANDAS = """
import sys, jax, jax.numpy as jnp, pandas
from jax.scipy.special import ndtr
jax.config.update("jax_enable_x64", True)
def price(S, K, r, v, T):
    d1 = (jnp.log(S/K) + (r + v**2/2)*T)/(v*jnp.sqrt(T))
    return S*ndtr(d1) - K*jnp.exp(-r*T)*ndtr(d1 - v*jnp.sqrt(T))
source, target = sys.argv[1:]
table = pandas.read_csv(source)
names = ["S", "K", "r", "v", "T"]
run = jax.jit(jax.vmap(jax.value_and_grad(price, argnums=range(5))))
value, gradient = run(*[jnp.asarray(table[name].to_numpy()) for name in names])
table["value"] = value
for name, column in zip(names, gradient):
    table[f"d.{name}"] = column
table.to_csv(target, index=False)
"""

# Runs a command and prints the peak of its memory, in MB, after its output.
_PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""


def print_csv(options: argparse.Namespace) -> None:
    import polars

    count = options.csv_rows
    with tempfile.TemporaryDirectory() as folder:
        source, target = str(Path(folder) / "in.csv"), str(Path(folder) / "out.csv")
        polars.DataFrame(points(count)).write_csv(source)
        print(f"CSV to CSV, {count:,} rows, {Path(source).stat().st_size / 1e6:.0f} MB, whole processes")
        commands = {
            "autodiff batch": [*COMMAND, "batch", BLACK_SCHOLES, source, "-o", target],
            "polars, sums": [sys.executable, "-c", _POLARS, source, target],
        }
        if find_spec("pandas") is not None and find_spec("jax") is not None:
            commands["pandas and JAX"] = [sys.executable, "-c", _PANDAS, source, target]
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(options.runs):
            for name, command in commands.items():
                start = time.perf_counter()
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                seconds[name].append(time.perf_counter() - start)
    best = {name: min(times) for name, times in seconds.items()}
    for name, times in seconds.items():
        print(f"  {name:20}{best[name]:7.2f} s, median {statistics.median(times):6.2f} s")
    mine = best.pop("autodiff batch")
    for name, goal in (("polars, sums", "at most 2"), ("pandas and JAX", "at most 1/8 = 0.125")):
        if name in best:
            print(f"  time beside {name}: {mine / best[name]:.3g} (goal: {goal})")


def print_parquet(options: argparse.Namespace) -> None:
    count = options.parquet_rows
    with tempfile.TemporaryDirectory() as folder:
        source, target = str(Path(folder) / "in.parquet"), str(Path(folder) / "out.parquet")
        _write_parquet(source, count)
        command = [*COMMAND, "batch", BLACK_SCHOLES, source, "-o", target]
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", _PEAK, *command], check=True, capture_output=True, text=True
        )
        seconds = time.perf_counter() - start
        size = Path(source).stat().st_size / 1e6
    print(
        f"Parquet to Parquet, {count:,} rows, {size:,.0f} MB: {seconds:.1f} s,"
        f" {count / seconds / 1e6:.1f} million rows/s, peak {float(done.stdout.split()[-1]):,.0f} MB"
    )


def _write_parquet(path: str, count: int) -> None:
    """Random options, a million at a time."""
    import polars

    names = list(SPANS)
    random_columns = [
        (
            polars.lit(low) + (high - low) * polars.col("row").hash(seed).cast(polars.Float64) / 2.0**64
        ).alias(name)
        for seed, (name, (low, high)) in enumerate(SPANS.items())
    ]
    rows = polars.LazyFrame({"row": polars.int_range(count, eager=True)})
    rows.select(random_columns).select(names).sink_parquet(path, row_group_size=1_000_000)


# -- A stream of points -----------------------------------------------------------------------


def print_stream(options: argparse.Namespace) -> None:
    text = "x^2*sin(y) + exp(-z)"
    process = subprocess.Popen(
        [*COMMAND, "eval", text, "--stream"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    draw, seconds = random.Random(1), []
    for _ in range(options.questions):
        question = json.dumps({name: draw.uniform(0.5, 2) for name in "xyz"})
        start = time.perf_counter()
        process.stdin.write(question + "\n")
        process.stdin.flush()
        assert process.stdout.readline().startswith("{")
        seconds.append(time.perf_counter() - start)
    process.stdin.close()
    process.wait()
    first, *later = [second * 1e6 for second in seconds]
    later.sort()
    print(
        f"eval --stream, {text}: median {statistics.median(later):.0f} microseconds a line,"
        f" 99 % below {later[len(later) * 99 // 100]:.0f}; the first after {first / 1e3:.0f} ms"
    )


# -- Compiling --------------------------------------------------------------------------------

_IMPORT = "import time; t = time.perf_counter(); import numpy as n; s = time.perf_counter(); \
import autodiff_cli.graph.compiled_system; print(time.perf_counter() - s)"


def print_compile(options: argparse.Namespace) -> None:
    done = [
        float(subprocess.run([sys.executable, "-c", _IMPORT], check=True, capture_output=True).stdout)
        for _ in range(options.runs)
    ]
    print(f"importing the compiler: {min(done) * 1e3:.0f} ms")
    sizes = [f"{_sum_of_terms(n)}" for n in (1, 10, 50, 150)]
    for text in (BLACK_SCHOLES, *sizes):
        columns = _all_columns(text, 20_000)
        start = time.perf_counter()
        run = of_autodiff(text, columns, Engine.COMPILED)
        seconds = time.perf_counter() - start
        slow, fast = _row_time(of_autodiff(text, columns, Engine.ARRAYS)), _row_time(run)
        pays = (seconds + min(done)) / (slow - fast) if slow > fast else math.inf
        print(
            f"  {_size(text):5} operations: compiled in {seconds * 1e3:6.0f} ms,"
            f" {fast * 1e9:7.1f} ns a row (arrays: {slow * 1e9:.1f}), pays from {pays:,.0f} rows on"
        )


def _sum_of_terms(count: int) -> str:
    return " + ".join(f"sin(x*{k + 1.5}+y)*exp(-(z*{k + 0.5}))/(x^2 + {k + 1})" for k in range(count))


def _all_columns(text: str, count: int) -> Columns:
    return points(count) if "normcdf" in text else {n: np.linspace(0.5, 2, count) for n in "xyz"}


def _row_time(run: Run) -> float:
    """Seconds a row, the least of a few runs."""
    count = len(run()[0])
    seconds = []
    for _ in range(10):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds) / count


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "memory": print_memory,
    "feynman": print_feynman,
    "csv": print_csv,
    "parquet": print_parquet,
    "stream": print_stream,
    "compile": print_compile,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("parts", nargs="*", help="which parts to run (default: all)")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--csv-rows", type=int, default=1_000_000)
    parser.add_argument("--parquet-rows", type=int, default=50_000_000)
    parser.add_argument("--questions", type=int, default=5_000)
    options = parser.parse_args()
    for name in options.parts or PARTS:
        PARTS[name](options)


if __name__ == "__main__":
    main()
