"""Copies a SQLite database while others use it, and puts a copy back in its place."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from backend.store.errors import DatabaseDamaged, NotOurDatabase
from backend.store.marks import PREFIX

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
        with closing(_read_only(source)) as original, \
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


@dataclass(frozen=True)
class Copy:
    """What a copy says of itself: its schema's revision, and its check values by name."""

    revision: str
    marks: dict[str, bytes]


def look_into(copy: Path) -> Copy:
    """Read a copy without changing it. Raises NotOurDatabase or DatabaseDamaged."""
    try:
        with closing(_read_only(copy)) as connection:
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise DatabaseDamaged(f"{copy} is damaged")
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
            blobs = dict(connection.execute(
                "SELECT key, sealed_value FROM system_config WHERE substr(key, 1, ?) = ?",
                (len(PREFIX), PREFIX)))
    except (sqlite3.Error, TypeError) as error:
        raise NotOurDatabase(f"{copy} is not a copy of a Face Attendance database: {error}") from None
    return Copy(str(revision), blobs)


def put_back(copy: Path, target: Path, timeout: float) -> None:
    """Make the database at `target` equal to the copy, in one transaction.

    Others may have it open: they see all of the old or all of the new rows. `timeout` is in
    seconds. The gallery's version rises beyond both, so that every process reads it anew.
    """
    with closing(sqlite3.connect(target, timeout=timeout, isolation_level=None)) as present:
        before = _gallery_version(present)
        with closing(_read_only(copy)) as source:
            source.backup(present, pages=-1)
        present.execute("PRAGMA journal_mode=WAL").close()
        version = max(before, _gallery_version(present)) + 1
        present.execute("UPDATE gallery SET version = ?", (version,)).close()
    target.chmod(0o600)


def _gallery_version(connection: sqlite3.Connection) -> int:
    try:
        return int(connection.execute("SELECT version FROM gallery").fetchone()[0])
    except (sqlite3.Error, TypeError):
        return 0  # a new or a damaged database


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
