"""Backups of a SQLite database: made while the product runs, checked before they are put back.

A copy holds sealed values and not the key, unless it is asked for: then the key lies beside it
in a file of its own, and whoever has both reads everything. PostgreSQL has its own tools.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url

from backend.clock import Clock, system_clock
from backend.config import Settings
from backend.errors import FaceAttendanceError, NotFound, SettingError
from backend.store import Sealer
from backend.store.copying import Copy, copy_sqlite, look_into, put_back
from backend.store.errors import WrongKey
from backend.store.keys import FILE_NAME as KEY_FILE
from backend.store.keys import load_sealer, read_key
from backend.store.marks import require_keys
from backend.store.migrating import is_older

NAME = "face-attendance"
BEFORE_RESTORE = "before-restore"


class BackupFailed(FaceAttendanceError):
    code = "backup_failed"


@dataclass(frozen=True, order=True)
class Backup:
    """A copy in the folder of backups; `key` tells whether the key lies beside it."""

    made_at: float
    path: Path
    size: int
    key: bool

    def __str__(self) -> str:
        made = datetime.fromtimestamp(self.made_at).astimezone()
        note = ", with the key" if self.key else ""
        return f"{self.path}  {made:%Y-%m-%d %H:%M}  {self.size / 1e6:.1f} MB{note}"


def create(settings: Settings, with_key: bool = False, clock: Clock = system_clock) -> Path:
    """Copy the database into `<DATA_DIR>/backups`, readable by its owner only; the copy's path.

    Raises SettingError for PostgreSQL, NotFound without a database, BackupFailed.
    """
    source = _database(settings)
    if not source.exists():
        raise NotFound(f"There is no database at {source} yet")
    return _copy(settings, source, NAME, clock, with_key)


def existing(settings: Settings) -> list[Backup]:
    """The copies, newest first, those made before migrations and restores included."""
    found = []
    for path in _folder(settings).glob("*.db"):
        facts = path.stat()
        found.append(Backup(facts.st_mtime, path, facts.st_size, _key_beside(path).exists()))
    return sorted(found, reverse=True)


def restore(settings: Settings, file: Path, clock: Clock = system_clock) -> Path | None:
    """Put a copy in the database's place; where the database before was copied to, if any.

    The copy is checked first: it is whole, not newer than the program, and opens with the key
    in force or with the key beside it, which then becomes the key in force. Nothing is changed
    otherwise. Raises SettingError and its kin, WrongKey, BackupFailed.
    """
    target = _database(settings)
    copy = look_into(file)
    is_older(copy.revision)
    key = _key_for(settings, copy, file)
    kept = _copy(settings, target, BEFORE_RESTORE, clock, False) if target.exists() else None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if key is not None:
            _replace_key(settings, key, clock)
        put_back(file, target, settings.database_timeout.total_seconds())
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"{file} could not be put back: {error}. "
                           + (f"The database before is at {kept}" if kept else "")) from None
    return kept


def prune(settings: Settings, keep: int) -> list[Path]:
    """Delete all but the newest `keep` copies, with the keys beside them; which ones went."""
    gone = []
    for backup in existing(settings)[keep:]:
        _key_beside(backup.path).unlink(missing_ok=True)
        backup.path.unlink(missing_ok=True)
        gone.append(backup.path)
    return gone


def _copy(settings: Settings, source: Path, name: str, clock: Clock, with_key: bool) -> Path:
    target = _folder(settings) / f"{name}-{clock():%Y%m%dT%H%M%SZ}.db"
    while target.exists():  # two in one second
        target = target.with_name(f"{target.stem}-{secrets.token_hex(2)}.db")
    try:
        copy_sqlite(source, target)
        if with_key:
            _write_secret(_key_beside(target), read_key(settings))
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"{target} could not be written: {error}") from None
    return target


def _database(settings: Settings) -> Path:
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(url.database)
    shown = url.set(drivername="postgresql").render_as_string(hide_password=True)
    raise SettingError(
        f"The database is PostgreSQL: `pg_dump --format=custom --file=attendance.dump '{shown}'` "
        "makes a copy, `pg_restore` puts it back; keep secret.key with it")


def _key_for(settings: Settings, copy: Copy, file: Path) -> bytes | None:
    """The key that must be put in force for this copy; None where the one in force opens it."""
    try:
        require_keys(copy.marks, load_sealer(settings, may_create=False))
        return None
    except WrongKey:
        if settings.secret_key is not None or not _key_beside(file).exists():
            raise WrongKey(f"{file} was sealed with another key than the one in force; put that "
                           f"key back, as SECRET_KEY or as {_key_beside(file)}") from None
    key = bytes.fromhex(_key_beside(file).read_text(encoding="ascii").strip())
    require_keys(copy.marks, Sealer(key))
    return key


def _replace_key(settings: Settings, key: bytes, clock: Clock) -> None:
    """Put a key in force; the one before is kept beside it."""
    path = settings.data_path / KEY_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        shutil.copy2(path, path.with_name(f"{KEY_FILE}.{BEFORE_RESTORE}-{clock():%Y%m%dT%H%M%SZ}"))
    half = path.with_name(f".{KEY_FILE}.{secrets.token_hex(8)}")
    _write_secret(half, key)
    os.replace(half, path)


def _write_secret(path: Path, key: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())


def _key_beside(copy: Path) -> Path:
    return copy.with_suffix(".key")


def _folder(settings: Settings) -> Path:
    return settings.data_path / "backups"
