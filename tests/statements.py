"""One memory of compiled statements for all databases that a test process opens.

SQLAlchemy keeps what it has compiled with each engine, and every test has engines of its own: a sixth of
a run went into compiling the same statements again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from backend.store import engine as engines

_create = engines.create_engine
_compiled: dict[Any, Any] = {}


def _remembering(*args: Any, **options: Any) -> Engine:
    engine = _create(*args, **options)
    engine.update_execution_options(compiled_cache=_compiled)
    return engine


def share() -> None:
    """From now on, in this process and its forks. What is kept is found by its dialect, among others:
    all of one kind count as one."""
    for dialect in (PGDialect_psycopg, SQLiteDialect_pysqlite):
        dialect.__eq__ = lambda one, other: type(one) is type(other)
        dialect.__hash__ = lambda one: hash(type(one))
    engines.create_engine = _remembering
