"""Fresh databases without migrating each of them, which takes longer than most tests.

The first one is migrated as always. What makes a SQLite file like it, and what the migration said
to PostgreSQL, is kept and said again, in one go. The marks of the key are left in each anew.
Tests in tests/store, where migrating is the matter, do without, and so do programs that tests start.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, event

from backend.clock import Clock
from backend.store import migrating
from backend.store.engine import WRITING, connect, sqlite_file

_really = migrating.upgrade


class FreshDatabases:
    """Stands in for `migrating.upgrade`; whatever is not an empty database is left to that."""

    def __init__(self) -> None:
        self._statements: list[str] = []
        self._said: str | None = None

    def upgrade(self, engine: Engine, clock: Clock, backups: Path, versions: Sequence[Path] = (),
                then: Callable[[Connection], None] | None = None) -> None:
        if versions or migrating.current_revision(engine) is not None:
            _really(engine, clock, backups, versions, then)
            return
        sqlite = sqlite_file(engine) is not None
        if not sqlite and self._said is None:
            self._said = _overheard(engine, lambda over: _really(engine, clock, backups, then=over), then)
            return
        if sqlite and not self._statements:
            self._statements = _dumped(clock)
        # All in one transaction, as the real one: whoever looks meanwhile sees nothing or all of it.
        with engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
            driver = connection.connection.driver_connection
            for statement in self._statements if sqlite else [self._said]:
                driver.execute(statement)
            if then is not None:
                then(connection)


def _dumped(clock: Clock) -> list[str]:
    """What makes an empty SQLite database of the present schema, statement by statement."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fresh.db"
        file.touch()
        engine = connect(f"sqlite:///{file}", timedelta(seconds=15))
        _really(engine, clock, Path(folder))
        engine.dispose()
        with closing(sqlite3.connect(file)) as database:
            return [statement for statement in database.iterdump()
                    if not statement.startswith(("BEGIN", "COMMIT", "PRAGMA"))]


def _overheard(engine: Engine, migrate: Callable[[Callable[[Connection], None]], None],
               then: Callable[[Connection], None] | None) -> str:
    """What `migrate` tells PostgreSQL to change, until it comes to `then`."""
    said: list[str] = []

    def hear(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "SHOW")):
            with psycopg.ClientCursor(connection.connection.driver_connection) as writer:
                said.append(writer.mogrify(statement, parameters or None))

    def over(connection: Connection) -> None:
        event.remove(engine, "before_cursor_execute", hear)
        if then is not None:
            then(connection)

    event.listen(engine, "before_cursor_execute", hear)
    migrate(over)
    return ";\n".join(said)
