"""What derivatives cost: operations on the graph, and the Hessian of a chain against JAX.

    python tests/benchmarks/cost.py [VARIABLES...]

Operations are those that results depend on, shared ones counted once: of the value, of value and
gradient, and with the Hessian. Then Rosenbrock's function of 1,000, 10,000 and more variables:
seconds from text to all second derivatives, each run a process of its own, and those of JAX's dense
Hessian (compiled, and from the function on), where JAX is installed and the matrix fits the memory.
"""

import gc
import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from operations import BLACK_SCHOLES, chain, operations

DATA = Path(__file__).parent.parent / "data" / "feynman.json"
# A matrix of 10,000 rows takes 800 MB, and JAX needs a few of them.
LARGEST_DENSE = 10_000


def print_operations() -> None:
    """A line for each formula, and the sums over Feynman's."""
    print(f"{'operations':28}{'value':>7}{'gradient':>10}{'Hessian':>9}   ratios (goals: 2.5, 1)")
    for name, text in BLACK_SCHOLES.items():
        _print_counts(f"Black-Scholes, {name}", text)
    for case in json.loads(DATA.read_text("utf-8"))["cases"]:
        _print_counts(f"Feynman {case['id']}", case["expr"])


def _print_counts(name: str, text: str) -> None:
    found = operations(text)
    print(
        f"{name:28}{found.value:7}{found.gradient:10}{found.hessian:9}"
        f"   {found.gradient_ratio:.2f}  {found.hessian_ratio:.2f}"
    )


def run_autodiff(count: int) -> tuple[float, float]:
    """Seconds from text to second derivatives, and one of them."""
    from autodiff_cli.derivatives.diagnosis import diagnose
    from autodiff_cli.derivatives.evaluation import Evaluation
    from autodiff_cli.graph.lower import lower
    from autodiff_cli.language.parser import parse

    gc.disable()  # as the command does
    text, point = chain(count), {f"x{k}": x for k, x in enumerate(_point(count), 1)}
    start = time.perf_counter()
    evaluation = Evaluation(lower(parse(text)), point, order=2)
    diagnose(evaluation)
    (output,) = evaluation.outputs
    found = [evaluation.value(node) for _, _, node in evaluation.second_derivatives(output)]
    seconds = time.perf_counter() - start
    assert len(found) == 2 * count - 1
    nodes = evaluation.wrt_nodes
    return seconds, evaluation.value(evaluation.second_derivative(output, nodes["x1"], nodes["x2"]))


def run_jax(count: int) -> tuple[float, float]:
    """The same by JAX, dense, from a function of an array on; it reads no text."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    x = jnp.array(_point(count))
    start = time.perf_counter()
    rosenbrock = jax.jit(
        jax.hessian(lambda x: jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))
    )
    found = rosenbrock(x).block_until_ready()
    return time.perf_counter() - start, float(found[0, 1])


def _point(count: int) -> list[float]:
    return [0.5 + 0.5 * k / count for k in range(1, count + 1)]


def measure(which: str, count: int) -> tuple[float, float]:
    """One run in a process of its own."""
    done = subprocess.run([sys.executable, __file__, which, str(count)], check=True, capture_output=True)
    seconds, second = json.loads(done.stdout)
    return seconds, second


def compare(count: int) -> None:
    mine, second = measure("autodiff", count)
    line = f"{count:9,} variables   {mine:7.2f} s   {mine / count * 1e6:5.0f} microseconds each"
    if count <= LARGEST_DENSE and importlib.util.find_spec("jax") is not None:
        theirs, truth = measure("jax", count)
        assert abs(second - truth) <= 1e-12 * abs(truth)
        line += f"   JAX, dense: {theirs:6.2f} s"
    print(line)


def main() -> None:
    arguments = sys.argv[1:]
    if arguments[:1] in (["autodiff"], ["jax"]):
        run = run_jax if arguments[0] == "jax" else run_autodiff
        print(json.dumps(run(int(arguments[1]))))
        return
    print_operations()
    print("\nHessian of Rosenbrock's function")
    for count in map(int, arguments or ["1000", "10000", "100000"]):
        compare(count)


if __name__ == "__main__":
    main()
