"""Files that are written: whole, or not at all."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from autodiff_cli.errors import InputOutputError

# What a new file may be used for by whom, less what the process keeps from others.
_MODE = 0o666


def write_file(path: str, data: bytes) -> None:
    """Write a file by way of a temporary one in its folder. Raises InputOutputError."""
    target = Path(path)
    temporary = None
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)  # a device or a pipe is written to, not replaced
            return
        with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
        temporary.chmod(target.stat().st_mode if target.exists() else _MODE & ~_mask())
        temporary.replace(target.resolve() if target.is_symlink() else target)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise InputOutputError(f"cannot write {path}: {error.strerror}") from None


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
