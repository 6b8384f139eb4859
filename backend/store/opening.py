"""Opens the store: finds the database fit for this program and this key, or says what to do.

An empty database is created; an older one is migrated only where the caller may. Until all
checks have passed nothing is changed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from backend.clock import Clock, system_clock
from backend.config import Settings
from backend.errors import SettingError
from backend.store import marks, migrating
from backend.store.engine import connect, explain, sqlite_file
from backend.store.errors import SchemaOutdated
from backend.store.keys import load_sealer
from backend.store.sealing import Sealer
from backend.store.store import Store


def open_store(settings: Settings, clock: Clock = system_clock, migrate: bool = False,
               versions: Sequence[Path] = (), face_engine: str | None = None) -> Store:
    """The store that the settings name, checked and ready.

    With `migrate` (the supervisor and the command of that name) the file is checked for damage
    and an older schema brought up to date; without it, that is SchemaOutdated. `versions` names
    more folders of revisions, `face_engine` the engine whose templates count as faces. Raises
    SettingError and its kin, each one line for people.
    """
    _require_folder(settings.data_path, "DATA_DIR")
    engine = connect(settings.database, settings.database_timeout)
    try:
        file = sqlite_file(engine)
        if file is not None:
            _require_folder(file.parent, "the folder of DATABASE_URL")
        with _in_words():
            if migrate:
                migrating.quick_check(engine)
            sealer = _bring_up_to_date(settings, clock, engine, migrate, versions)
    finally:
        engine.dispose()
    return Store(settings.database, sealer, clock, settings.database_timeout, face_engine)


def _bring_up_to_date(settings: Settings, clock: Clock, engine: Engine, migrate: bool,
                      versions: Sequence[Path]) -> Sealer:
    revision = migrating.current_revision(engine)
    if revision is None:
        with migrating.only_one(engine):
            if migrating.current_revision(engine) is None:  # nobody was faster
                sealer = load_sealer(settings, may_create=True)
                _make_private(engine)
                migrating.upgrade(engine, clock, _backups(settings), versions,
                                  then=lambda connection: marks.leave(connection, sealer, clock))
        revision = migrating.current_revision(engine)
    older = migrating.is_older(revision, versions)
    sealer = load_sealer(settings, may_create=False)
    _check_key(engine, sealer, clock)
    if older:
        if not migrate:
            raise SchemaOutdated("The database is older than the program; start `serve` once, or "
                                 "run `python -m backend migrate`")
        with migrating.only_one(engine):
            if migrating.is_older(migrating.current_revision(engine), versions):
                migrating.upgrade(engine, clock, _backups(settings), versions)
    return sealer


def _backups(settings: Settings) -> Path:
    return settings.data_path / "backups"


def _check_key(engine: Engine, sealer: Sealer, clock: Clock) -> None:
    """Every key that ever sealed something here must be at hand; a new one leaves its mark."""
    with engine.connect() as connection:
        blobs = marks.read(connection)
    marks.require_keys(blobs, sealer)
    if not marks.is_marked(blobs, sealer):
        with engine.begin() as connection:
            marks.leave(connection, sealer, clock)


def _make_private(engine: Engine) -> None:
    """Make SQLite's file readable by its owner only; its log files take that over."""
    file = sqlite_file(engine)
    if file is not None:
        file.touch(mode=0o600)


def _require_folder(folder: Path, what: str) -> None:
    """Make the folder and see that files can be made in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{secrets.token_hex(8)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingError(f"{what} cannot be written: {folder}: {error.strerror or error}. "
                           "Choose another folder, or change its owner") from None


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn the driver's errors into one line."""
    try:
        yield
    except DBAPIError as error:
        explained = explain(error)
        if explained is None:
            raise
        raise SettingError(str(explained), code=explained.code) from error
