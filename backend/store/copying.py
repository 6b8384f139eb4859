"""Copies a SQLite database while others use it; for backups and before a migration."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

PAGES_AT_ONCE = 256
"""Between two steps of this many pages writers get their turn."""


def copy_sqlite(source: Path, target: Path) -> None:
    """A consistent copy of the database file at `target`, which appears whole or not at all.

    Readable by its owner only. Raises OSError or sqlite3.Error.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.half")
    half.unlink(missing_ok=True)
    os.close(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as original, \
                closing(sqlite3.connect(half)) as copy:
            original.backup(copy, pages=PAGES_AT_ONCE, sleep=0.005)
            # One file, without a log beside it, so that it can be carried about.
            copy.execute("PRAGMA journal_mode=DELETE").close()
            problem = copy.execute("PRAGMA quick_check").fetchone()[0]
            if problem != "ok":
                raise sqlite3.DatabaseError(f"the copy is damaged: {problem}")
        with open(half, "rb") as file:
            os.fsync(file.fileno())
        os.replace(half, target)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
