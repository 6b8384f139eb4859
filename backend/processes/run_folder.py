"""The folder of one run: the vision service's socket and the previews, gone when the run ends.

In memory where the system has such a place, so that ten pictures a second wear out no SD card.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "face-attendance-"
_MEMORY = Path("/dev/shm")
_NEEDED = 32_000_000
"""Free bytes in memory for a dozen cameras; a container may have as little as 64 MB of it."""


@contextlib.contextmanager
def run_folder() -> Iterator[Path]:
    """A new folder that only this user may enter."""
    parent = _parent()
    _sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _parent() -> Path:
    with contextlib.suppress(OSError):
        if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _NEEDED:
            return _MEMORY
    return Path(tempfile.gettempdir())


def _sweep(parent: Path) -> None:
    """Remove what runs that were killed left behind."""
    for folder in parent.glob(f"{_PREFIX}*"):
        match = re.fullmatch(rf"{_PREFIX}(\d+)-\w+", folder.name)
        if match and not _lives(int(match[1])):
            shutil.rmtree(folder, ignore_errors=True)  # another user's stays: it cannot be removed


def _lives(pid: int) -> bool:
    if os.name == "nt":
        return False  # open files cannot be removed there, so a living run keeps its own
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
