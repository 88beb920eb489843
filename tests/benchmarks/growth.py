"""Cost grows linearly: large formulas of several shapes, each at n and at 4n.

    python tests/benchmarks/growth.py

Each run is a whole process that reads the formula from a file and prints value and gradient
as bare numbers. Prints seconds, peak memory, and the ratio of the times (linear: 4).
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SHAPES: dict[str, tuple[int, Callable[[int], str]]] = {
    "sum of terms": (250_000, lambda n: "+".join(["x"] * n)),
    "distinct terms": (50_000, lambda n: "+".join(f"sin({i}*x)" for i in range(n))),
    "nested calls": (250_000, lambda n: "sin(" * n + "x" + ")" * n),
    "nested parentheses": (25_000, lambda n: "(" * n + "x" + ")" * n),
    "reversed definitions": (
        12_500,
        lambda n: "\n".join([*(f"a{k} = a{k - 1} + x" for k in range(n, 0, -1)), "a0 = x", f"a{n}"]),
    ),
    "product of factors": (25_000, lambda n: "*".join(f"(x+{i}/{n})" for i in range(n))),
}


def run(text: str) -> tuple[float, float]:
    """Seconds and peak memory in MB of a whole run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "formula.txt"
        path.write_text(text)
        command = [sys.executable, "-m", "autodiff_cli", "eval", f"@{path}", "--x", "0.5"]
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", _CHILD, *command, "--get", "value,d.x", "--allow-nonfinite"],
            check=True,
            capture_output=True,
            text=True,
        )
        return time.perf_counter() - start, float(done.stdout.split()[-1]) / 1024


# Runs a command and prints the peak memory of it, in kB, after its output.
_CHILD = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def main() -> None:
    for name, (size, shape) in SHAPES.items():
        (small, _), (large, peak) = run(shape(size)), run(shape(4 * size))
        print(
            f"{name:20} n = {4 * size:9,}   {large:6.1f} s   peak {peak:6.0f} MB"
            f"   time ratio to n/4: {large / small:.1f}"
        )


if __name__ == "__main__":
    main()
