"""One file out of the page's parts: template, style, scripts, the picture and the data."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any

from autodiff_cli.views.pictures.text import cut

# In this order: later ones use what earlier ones define.
KERNEL_SCRIPTS = ("many_digits.js", "kernels.js", "special.js", "bessel.js")
PROGRAM_SCRIPTS = (*KERNEL_SCRIPTS, "program.js")
SCRIPTS = (*PROGRAM_SCRIPTS, "page.js")

# Characters that end a script, begin a comment in it, or end a line of JavaScript but not of JSON.
_UNSAFE = re.compile("[<>&\u2028\u2029]")

_LONGEST_TITLE = 80

_PLACE = re.compile(r"{{(\w+)}}")


def source(name: str) -> str:
    """A part of the page, as it lies in the package."""
    return (files("autodiff_cli.views.page") / name).read_text(encoding="utf-8")


def document(formula: str, picture: str, data: Any) -> str:
    """The page about a formula, with its picture as SVG.

    Its policy forbids the browser to load anything, and to run any other script than its own.
    """
    script = '"use strict";\n' + "\n".join(map(source, SCRIPTS))
    style = source("style.css")
    parts = {
        "policy": _policy(script, style),
        "title": escape(f"{cut(formula, _LONGEST_TITLE)} – derivatives step by step"),
        "formula": escape(formula),
        "style": style,
        "picture": picture,
        "data": embedded(data),
        "script": script,
    }
    return _PLACE.sub(lambda match: parts[match[1]], source("template.html"))


def embedded(data: Any) -> str:
    """JSON that may stand in a script element."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _policy(script: str, style: str) -> str:
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none';"
        f" script-src '{_hash(script)}'; style-src '{_hash(style)}'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
