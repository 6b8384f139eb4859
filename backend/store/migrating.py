"""Brings a database to the present schema: one process at a time, after a backup.

The trap on SQLite: to change a table, Alembic builds it anew and drops the old one, and with
foreign keys on that drop empties every table that cascades from it. So they are off during a
migration (which only works outside a transaction) and are checked before the commit.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from backend import filelock
from backend.clock import Clock
from backend.errors import SettingError
from backend.store.copying import copy_sqlite
from backend.store.engine import WRITING, sqlite_file
from backend.store.errors import DatabaseDamaged, NotOurDatabase, SchemaTooNew

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

log = logging.getLogger(__name__)

HEAD = "0005"
"""The revision that this program wants. Most starts compare with it only, and never load Alembic."""
FOLDER = Path(__file__).parent / "migrations"
_LOCK_NUMBER = 0x66616365  # "face", for PostgreSQL's advisory lock


@contextmanager
def only_one(engine: Engine) -> Iterator[None]:
    """Wait for, and hold, the right to create or migrate this database."""
    file = sqlite_file(engine)
    if file is None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_lock(:n)"), {"n": _LOCK_NUMBER})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": _LOCK_NUMBER})
                connection.execute(text("RESET lock_timeout"))
        return
    with filelock.only_one(file):
        yield


def current_revision(engine: Engine) -> str | None:
    """The schema's revision; None for an empty database. Raises NotOurDatabase."""
    file = sqlite_file(engine)
    if file is not None and not file.exists():
        return None  # connecting would create the file
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        if not tables:
            return None
        if "alembic_version" in tables:
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            if revision is not None:
                return str(revision)
    raise NotOurDatabase("DATABASE_URL names a database that holds other tables than those of "
                         "Face Attendance; give it a database of its own")


def is_older(revision: str, versions: Sequence[Path] = ()) -> bool:
    """Whether the database needs a migration. Raises SchemaTooNew for a revision that this
    program does not know."""
    if revision == HEAD and not versions:
        return False
    scripts = _scripts(versions)
    if revision not in {script.revision for script in scripts.walk_revisions()}:
        raise SchemaTooNew(f"The database is newer than the program (schema {revision}); "
                           "install the newer program again, or restore a backup")
    return revision != scripts.get_current_head()


def upgrade(engine: Engine, clock: Clock, backups: Path, versions: Sequence[Path] = (),
            then: Callable[[Connection], None] | None = None) -> None:
    """Bring the database to the head. Call it under `only_one`.

    A filled SQLite database is copied to `backups` first. `then` runs in the same transaction
    at its end. After an error everything is as it was.
    """
    from alembic import command

    revision = current_revision(engine)
    if revision is not None:
        _back_up(engine, clock, backups, revision)
    with engine.connect().execution_options(**{WRITING: True}) as connection:
        driver = connection.connection.driver_connection
        sqlite = isinstance(driver, sqlite3.Connection)
        if sqlite:
            driver.execute("PRAGMA foreign_keys=OFF").close()
        try:
            with connection.begin():
                command.upgrade(_config(versions, connection), "head")
                if sqlite:
                    _check_foreign_keys(connection)
                if then is not None:
                    then(connection)
        finally:
            if sqlite:
                driver.execute("PRAGMA foreign_keys=ON").close()


def quick_check(engine: Engine) -> None:
    """Raises DatabaseDamaged where SQLite finds its file damaged."""
    file = sqlite_file(engine)
    if file is None or not file.exists():
        return
    with engine.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if found != "ok":
        raise DatabaseDamaged(f"The database {file} is damaged ({found}); restore a backup with "
                              "`python -m backend backup restore`")


def _back_up(engine: Engine, clock: Clock, backups: Path, revision: str) -> None:
    file = sqlite_file(engine)
    if file is None:
        log.warning("migrating a PostgreSQL database: its backups are made with pg_dump")
        return
    target = backups / f"before-migration-{revision}-{clock():%Y%m%dT%H%M%SZ}.db"
    try:
        copy_sqlite(file, target)
    except (OSError, sqlite3.Error) as error:
        raise SettingError(f"No migration without a backup, and {target} cannot be written: "
                           f"{error}") from None
    log.info("backup before the migration: %s", target)


def _check_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise DatabaseDamaged(f"The migration would leave rows of {broken[0][0]} pointing to "
                              f"nothing in {broken[0][2]}; nothing was changed")


def _scripts(versions: Sequence[Path]) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config(versions))


def _config(versions: Sequence[Path], connection: Connection | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "newline")
    folders = [FOLDER / "versions", *versions]
    config.set_main_option("version_locations", "\n".join(str(folder) for folder in folders))
    config.attributes["connection"] = connection
    return config
