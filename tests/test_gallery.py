"""The pictures in the README are what the commands above them make.

`python tests/test_gallery.py` makes them anew; look at them before they are committed.
"""

import re
import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command import run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```sh\nautodiff (.*)\n```\n\n!\[.+\]\((.+)\)$", README, re.MULTILINE)


def made(command: str, folder: Path) -> Path:
    """The one file that a command writes to an empty folder."""
    ran = run(*shlex.split(command), cwd=folder)
    assert ran.code == 0, ran.err
    assert ran.out == ""
    (file,) = folder.iterdir()
    return file


def content(file: Path) -> list[tuple[str, str]]:
    """The words and numbers of a picture, and its nodes and edges.

    How they are laid out depends on the versions of Graphviz and Matplotlib, and on fonts.
    """
    found: list[tuple[str, str]] = []
    for element in ElementTree.parse(file).iter():
        name = element.get("id", "")
        if name.startswith(("node-", "edge-", "frame-")):
            found.append((name, element.get("class", "")))
        if element.tag.endswith(("}text", "}title")):
            found.append(("text", element.text or ""))
    return found


def test_every_picture_is_shown() -> None:
    pictures = {path for _, path in SHOWN}
    assert pictures == {str(path.relative_to(ROOT)) for path in (ROOT / "tests/gallery").iterdir()}
    assert len(pictures) == README.count("](tests/gallery/") >= 5


@pytest.mark.parametrize(("command", "path"), SHOWN, ids=[path for _, path in SHOWN])
def test_picture(command: str, path: str, tmp_path: Path) -> None:
    expected = content(ROOT / path)
    assert len(expected) > 10
    assert content(made(command, tmp_path)) == expected


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    for command, path in SHOWN:
        with TemporaryDirectory() as folder:
            (ROOT / path).write_bytes(made(command, Path(folder)).read_bytes())
