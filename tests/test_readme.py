"""Every example of the README is run as at a terminal of 80 columns, and its output compared."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command import all_shown, environment, open_terminal

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
EXAMPLES = [re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE) for block in BLOCKS]


def at_a_terminal(command: str, folder: Path) -> str:
    """What a terminal of 80 columns shows of a command, without colours."""
    ours, theirs = open_terminal(columns=80, rows=50)
    scripts = str(Path(sys.executable).parent)
    path = scripts + os.pathsep + os.environ["PATH"]
    process = subprocess.Popen(
        command,
        shell=True,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(PATH=path, NO_COLOR="1", TERM="xterm"),
        cwd=folder,
    )
    os.close(theirs)
    shown = all_shown(ours)
    process.wait()
    return shown


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize("examples", EXAMPLES, ids=lambda examples: examples[0][0])
def test_examples(examples: list[tuple[str, str]], tmp_path: Path) -> None:
    """Those of one block are run one after the other, in one folder."""
    for command, output in examples:
        assert at_a_terminal(command, tmp_path).rstrip("\n") == output.rstrip("\n"), command


def test_the_record_shown_is_the_record_used() -> None:
    (record,) = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    files = (ROOT / "autodiff_cli/graph/operators").glob("*.py")
    indented = "".join(f"    {line}\n" for line in record.rstrip("\n").split("\n"))
    assert any(indented in file.read_text(encoding="utf-8") for file in files)
