"""Connections to the database, and what its errors mean to a person.

SQLite gets WAL, synchronous=FULL, foreign keys and a time to wait for others; a unit of work
that writes begins with BEGIN IMMEDIATE, because a read that turns into a write later fails at
once with "database is locked", whatever the time to wait. PostgreSQL gets the same order of
writers by locking the one row of `chain_head` first.
"""

from __future__ import annotations

import sqlite3
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError, NoSuchModuleError

from backend.errors import FaceAttendanceError, SettingError
from backend.store.errors import DatabaseDamaged, DiskFull, StoreBusy, StoreUnavailable

POOL_SIZE = 8
POOL_OVERFLOW = 72  # more threads than a web server may have, so that none waits for a connection

WRITING = "face_attendance_writing"
"""Execution option of a connection whose next transaction will write."""


def connect(url: str, timeout: timedelta) -> Engine:
    """The engine for a database URL; `timeout` is how long a writer waits for others."""
    try:
        parsed = make_url(url)
        dialect = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise SettingError(f"DATABASE_URL cannot be used: {_first_line(error)}. "
                           "Example: postgresql+psycopg://attendance@localhost/attendance") from None
    if dialect == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise SettingError("DATABASE_URL must name a file: several processes share it")
        engine = create_engine(parsed, pool_size=POOL_SIZE, max_overflow=POOL_OVERFLOW)
        _prepare_sqlite(engine, timeout)
        return engine
    if dialect == "postgresql":
        milliseconds = int(timeout.total_seconds() * 1000)
        given = parsed.query.get("options", "")
        options = f"-c lock_timeout={milliseconds} -c timezone=UTC {given}".strip()
        try:
            return create_engine(
                parsed.set(drivername="postgresql+psycopg"), pool_size=POOL_SIZE,
                max_overflow=POOL_OVERFLOW, pool_pre_ping=True,
                connect_args={"options": options, "connect_timeout": 10})
        except (ArgumentError, InvalidRequestError) as error:
            raise SettingError(f"DATABASE_URL cannot be used: {_first_line(error)}") from None
    raise SettingError(f"DATABASE_URL names {dialect}; SQLite and PostgreSQL are supported")


def sqlite_file(engine: Engine) -> Path | None:
    """The database's file; None where it is not SQLite."""
    if engine.dialect.name != "sqlite":
        return None
    return Path(engine.url.database or "")


def is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _prepare_sqlite(engine: Engine, timeout: timedelta) -> None:
    milliseconds = int(timeout.total_seconds() * 1000)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself
        connection.create_function("lower", 1, _lower, deterministic=True)
        connection.execute(f"PRAGMA busy_timeout={milliseconds}").close()
        _keep_a_log(connection, timeout.total_seconds())
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get(WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _keep_a_log(connection: sqlite3.Connection, patience: float) -> None:
    """Switch to a write-ahead log. Of a new file whose switch is under way SQLite says at once that it
    is locked, whatever busy_timeout says."""
    until = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
        time.sleep(0.01)


def _lower(value: object) -> object:
    """SQLite's own lower() knows only ASCII, and names are not written in ASCII only."""
    return value.lower() if isinstance(value, str) else value


def explain(error: DBAPIError) -> FaceAttendanceError | None:
    """What a driver's error means to a person; None where it is a fault of the program."""
    text = _first_line(error.orig or error)
    low = text.lower()
    if "database is locked" in low or "lock timeout" in low or "database table is locked" in low:
        return StoreBusy("The database is in use by another process; try again", retry_after=2)
    if "disk is full" in low or "no space left" in low or "could not extend file" in low:
        return DiskFull("The disk of the database is full: nothing was saved. Free some space")
    if "malformed" in low or "not a database" in low:
        return DatabaseDamaged(f"The database is damaged ({text}); restore a backup with "
                               "`python -m backend backup restore`")
    if "readonly database" in low or "unable to open database" in low or "read-only" in low:
        return StoreUnavailable(f"The database cannot be written: {text}. "
                                "Check the folder's owner and rights")
    if "disk i/o error" in low:
        return StoreUnavailable(f"The disk of the database fails: {text}")
    if error.connection_invalidated or "connection" in low or "server" in low:
        return StoreUnavailable(f"The database server cannot be used: {text}", retry_after=5)
    return None


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
