"""A formula of 50,000 terms: from text to value and gradient, against PyTorch without parsing.

    python tests/benchmarks/large_formula.py [RUNS]

The formula is `sin(x*c+y)*exp(-(z*c)) + ...` with a different constant c in every term.
autodiff reads the text (1.7 MB) and computes the value and three partials. PyTorch builds
the same graph from Python operators and calls backward(). Each run is a process of its own
and times itself after its imports; the two take turns. Without PyTorch (`pip install
autodiff-cli[bench]`) only autodiff is measured.
"""

import gc
import importlib.util
import json
import resource
import statistics
import subprocess
import sys
import time

TERMS = 50_000
POINT = {"x": 1.1, "y": 0.3, "z": 0.7}
CONSTANTS = [f"{1 + i / TERMS:.5f}" for i in range(TERMS)]


def run_autodiff() -> tuple[float, float, list[float]]:
    """Seconds, value and gradient, through the text."""
    from autodiff_cli.derivatives.evaluation import Evaluation
    from autodiff_cli.graph.lower import lower
    from autodiff_cli.language.parser import parse

    gc.disable()  # as the command does
    text = " + ".join(f"sin(x*{c}+y)*exp(-(z*{c}))" for c in CONSTANTS)
    start = time.perf_counter()
    evaluation = Evaluation(lower(parse(text)), POINT)
    (output,) = evaluation.outputs
    value, gradient = evaluation.value(output.node), evaluation.gradient(output)
    return time.perf_counter() - start, value, list(gradient.values())


def run_torch() -> tuple[float, float, list[float]]:
    """Seconds, value and gradient, through Python operators."""
    import torch

    constants = [float(c) for c in CONSTANTS]
    x, y, z = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in POINT.values())
    start = time.perf_counter()
    total = torch.sin(x * constants[0] + y) * torch.exp(-(z * constants[0]))
    for c in constants[1:]:
        total = total + torch.sin(x * c + y) * torch.exp(-(z * c))
    total.backward()
    seconds = time.perf_counter() - start
    return seconds, total.item(), [x.grad.item(), y.grad.item(), z.grad.item()]


def child(which: str) -> None:
    """One measured run: its result as a line of JSON."""
    seconds, value, gradient = {"autodiff": run_autodiff, "torch": run_torch}[which]()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([seconds, peak, value, *gradient]))


def measure(which: str) -> list[float]:
    """One run in a process of its own: seconds, peak memory in MB, value, gradient."""
    done = subprocess.run([sys.executable, __file__, which], check=True, capture_output=True)
    return json.loads(done.stdout)


def report(name: str, runs: list[list[float]]) -> None:
    microseconds = statistics.median(run[0] for run in runs) / TERMS * 1e6
    peak = statistics.median(run[1] for run in runs)
    print(f"{name:9} {microseconds:6.1f} microseconds a term   peak {peak:5.0f} MB")


def main() -> None:
    argument = sys.argv[1] if len(sys.argv) > 1 else "5"
    if not argument.isdigit():
        child(argument)
    elif importlib.util.find_spec("torch") is None:
        report("autodiff", [measure("autodiff") for _ in range(int(argument))])
        print("PyTorch is not installed: no ratio")
    else:
        compare(int(argument))


def compare(runs: int) -> None:
    """Runs of both in turn, and the median of their ratios."""
    pairs = [(measure("autodiff"), measure("torch")) for _ in range(runs)]
    mine, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    report("autodiff", mine)
    report("PyTorch", theirs)
    ratio = statistics.median(a[0] / b[0] for a, b in pairs)
    print(f"time ratio {ratio:.2f} (goal: at most 1.5)")
    worst = max(abs(a - b) / abs(b) for a, b in zip(mine[0][2:], theirs[0][2:], strict=True))
    print(f"largest relative difference of the results {worst:.1e}")


if __name__ == "__main__":
    main()
