"""A lock between processes, held by a file: whoever is killed lets go of it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def only_one(beside: Path) -> Iterator[None]:
    """Wait for, and hold, the lock of `beside`: a file of its name with `.lock`. Raises OSError."""
    with open(beside.with_name(beside.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
