"""Start-up: whole runs of the command against a Python that imports what it is built on.

    python tests/benchmarks/startup.py [RUNS]

Prints the median of the ratios of paired runs.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

BASE = [sys.executable, "-c", "import typer, lark"]
COMMAND = [str(Path(sys.executable).with_name("autodiff")), "eval", "(x+y)*z"]
VALUES = ["--x", "2", "--y", "5", "--z", "-4"]


def seconds(command: list[str]) -> float:
    """The wall time of a whole process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def compare(name: str, options: list[str], goal: float, runs: int) -> None:
    """Paired runs, base and command in turn."""
    command = [*COMMAND, *VALUES, *options]
    seconds(BASE), seconds(command)
    pairs = [(seconds(BASE), seconds(command)) for _ in range(runs)]
    ratio = statistics.median(mine / base for base, mine in pairs)
    base = statistics.median(base for base, _ in pairs)
    mine = statistics.median(mine for _, mine in pairs)
    print(
        f"{name:6}  import typer, lark: {base * 1e3:5.1f} ms   autodiff eval: {mine * 1e3:5.1f} ms"
        f"   ratio {ratio:.2f} (goal: at most {goal})"
    )


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 21
    compare("json", ["--json"], 1.3, runs)
    compare("table", ["--format", "table"], 1.8, runs)


if __name__ == "__main__":
    main()
