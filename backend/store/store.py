"""The store: opens units of work. Everybody who reads or writes rows comes through here."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from datetime import timedelta

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from backend.clock import Clock
from backend.store.engine import WRITING, connect, explain, is_postgres, sqlite_file
from backend.store.errors import StoreUnavailable
from backend.store.schema import chain_head
from backend.store.sealing import Sealer
from backend.store.unit import Unit

DEFAULT_TIMEOUT = timedelta(seconds=15)

_writing: ContextVar[bool] = ContextVar("face_attendance_writing", default=False)


class Store:
    """Rows, behind units of work. Threads may share a store; processes must not."""

    def __init__(self, url: str, sealer: Sealer, clock: Clock,
                 timeout: timedelta = DEFAULT_TIMEOUT, face_engine: str | None = None) -> None:
        """`timeout` is how long a writer waits for others before StoreBusy; `face_engine` the engine
        whose templates count as faces, None for any."""
        self.sealer = sealer
        self.clock = clock
        self.face_engine = face_engine
        self.engine = connect(url, timeout)
        self._check: Callable[[Unit], None] | None = None
        weakref.finalize(self, self.engine.dispose)

    def guarded(self, check: Callable[[Unit], None]) -> Store:
        """This store for somebody whose units begin with `check`, which raises where they have no right to any more."""
        other = copy(self)
        other._check = check
        return other

    def unguarded(self) -> Store:
        """This store without a check."""
        other = copy(self)
        other._check = None
        return other

    @contextmanager
    def write(self) -> Iterator[Unit]:
        """A unit that writes: committed at the end of the block, rolled back by an exception.

        Writers queue, one at a time; keep pictures and the network out of the block. Raises
        StoreBusy, DiskFull or StoreUnavailable, and then nothing was kept.
        """
        if _writing.get():
            raise RuntimeError("a unit that writes was opened inside another: it would wait for itself")
        token = _writing.set(True)
        try:
            with self._connection(writing=True) as connection:
                if is_postgres(connection):
                    connection.execute(select(chain_head.c.id).with_for_update())
                unit = Unit(connection, self.sealer, self.clock, writing=True, engine=self.face_engine)
                if self._check is not None:
                    self._check(unit)
                yield unit
                unit.finish()
        finally:
            _writing.reset(token)

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """A unit that reads: all of it sees the database at one instant."""
        with self._connection(writing=False) as connection:
            unit = Unit(connection, self.sealer, self.clock, writing=False, engine=self.face_engine)
            if self._check is not None:
                self._check(unit)
            yield unit

    @property
    def url_for_people(self) -> str:
        """Which database this is, without the password."""
        file = sqlite_file(self.engine)
        return str(file) if file else self.engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Give back all connections; the store may be used again and opens new ones."""
        self.engine.dispose()

    @contextmanager
    def _connection(self, *, writing: bool) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection:
                connection = connection.execution_options(**{WRITING: writing})
                if is_postgres(connection):
                    connection = connection.execution_options(
                        isolation_level="READ COMMITTED" if writing else "REPEATABLE READ",
                        postgresql_readonly=not writing)
                with connection.begin():
                    yield connection
        except DBAPIError as error:
            explained = explain(error)
            if explained is None:
                raise
            raise explained from error
        except TimeoutError as error:
            raise StoreUnavailable(f"No connection to the database is free: {error}",
                                   retry_after=2) from error
