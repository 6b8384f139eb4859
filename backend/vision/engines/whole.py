"""Writes a file so that it is there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write(target: Path, content: bytes | Iterable[bytes]) -> None:
    """Write `content`, in one piece or in several, and put it in place at the end.

    Raises OSError and what the pieces raise; then the file that was there stays.
    """
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.stem[:8], suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in (content,) if isinstance(content, bytes) else content:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
