"""Writing files: whole, or not at all."""

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp

from autodiff_cli.errors import InputOutputError


def write_whole(path: str, data: bytes) -> None:
    """Write a file so that nobody finds half of it (see `replacing`). Raises InputOutputError."""
    with replacing(path) as place:
        place.write_bytes(data)


@contextmanager
def replacing(path: str) -> Generator[Path]:
    """A file to write to, which takes the place of `path` at the end of the block.

    It lies beside it, and is removed where the block fails. What is no ordinary file, as
    /dev/stdout, is written to directly. Raises InputOutputError for any OSError.
    """
    target = Path(path)
    try:
        if target.exists() and not target.is_file():
            yield target
            return
        target = target.resolve()
        # The mode of what was there, or of any new file.
        mode = target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask()
        descriptor, name = mkstemp(dir=target.parent, prefix=f".{target.name}.")
        os.close(descriptor)
        try:
            yield Path(name)
            os.chmod(name, mode)
            os.replace(name, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        raise InputOutputError(f"cannot write {path}: {error.strerror or error}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
