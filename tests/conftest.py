"""Pictures are drawn with the fonts that Matplotlib brings: alike on every machine."""

import importlib.util
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


def pytest_configure(config: pytest.Config) -> None:
    matplotlib = importlib.util.find_spec("matplotlib")
    assert matplotlib is not None
    assert matplotlib.origin is not None
    fonts = Path(matplotlib.origin).parent / "mpl-data/fonts/ttf"
    folder = TemporaryDirectory(prefix="autodiff-fonts-")
    config.add_cleanup(folder.cleanup)
    file = Path(folder.name, "fonts.conf")
    file.write_text(_FONTS.format(fonts=fonts, cache=f"{folder.name}/cache"), "utf-8")
    os.environ["FONTCONFIG_FILE"] = str(file)
