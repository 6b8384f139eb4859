"""Runs of the bridge: one at a time a connection, each with its result."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, insert, or_, select, type_coerce

from backend.store.errors import SyncRunning
from backend.store.records import SyncRun
from backend.store.repositories.base import Repository
from backend.store.repositories.connections import FIRST
from backend.store.schema import sync_runs

LEASE = timedelta(minutes=5)
"""A run that was not touched for this long is taken for dead."""


_MARKS = type_coerce(sync_runs.c.parameters, JSON)
_COUNTS = [or_(_MARKS[name].as_boolean().is_(None), _MARKS[name].as_boolean().is_(False))
           for name in ("dry_run", "inline")]
"""Of runs that say how the bridge stands: no trials, and none with credentials given for once."""


class SyncRuns(Repository):
    def start(self, kind: str, parameters: dict[str, Any] | None = None,
              connection_id: int = FIRST, lease: timedelta = LEASE, trigger: str = "hand") -> int:
        """A new run's id. Raises SyncRunning while another one is in force; one whose lease
        ran out, because its process died, is marked abandoned."""
        now = self.unit.now()
        standing = self.running(connection_id)
        if standing is not None:
            if standing.lease_until > now:
                raise SyncRunning(f"A {standing.kind} has been running since "
                                  f"{standing.started_at:%H:%M:%S} UTC; wait for it",
                                  details={"run_id": standing.id, "kind": standing.kind})
            self._end(standing.id, "abandoned", None, "The process ended before the run did")
        result = self.execute(insert(sync_runs).values(
            connection_id=connection_id, kind=kind, state="running", parameters=parameters or {},
            started_at=now, lease_until=now + lease, trigger=trigger))
        return result.inserted_primary_key[0]

    def touch(self, run_id: int, lease: timedelta = LEASE) -> bool:
        """Say that the run is alive; False where it was taken for dead meanwhile."""
        return bool(self.execute(sync_runs.update().where(
            sync_runs.c.id == run_id, sync_runs.c.state == "running"
        ).values(lease_until=self.unit.now() + lease)).rowcount)

    def finish(self, run_id: int, *, success: bool, message: str,
               result: dict[str, Any] | None = None) -> None:
        self._end(run_id, "done" if success else "failed", result, message)

    def record(self, kind: str, result: dict[str, Any], connection_id: int = FIRST, *, started: datetime,
               trigger: str, parameters: dict[str, Any] | None = None) -> int:
        """Keep a run that has ended and needed no turn of its own; returns its id."""
        now = self.unit.now()
        return self.execute(insert(sync_runs).values(
            connection_id=connection_id, kind=kind, state="done" if result["success"] else "failed",
            parameters=parameters or {}, result=result, message=result["message"], started_at=started,
            finished_at=now, lease_until=now, trigger=trigger)).inserted_primary_key[0]

    def get(self, run_id: int) -> SyncRun | None:
        row = self.row(select(sync_runs).where(sync_runs.c.id == run_id))
        return None if row is None else SyncRun(**row)

    def running(self, connection_id: int = FIRST) -> SyncRun | None:
        row = self.row(select(sync_runs).where(
            sync_runs.c.state == "running", sync_runs.c.connection_id == connection_id))
        return None if row is None else SyncRun(**row)

    def last(self, kind: str | None = None, connection_id: int = FIRST, *, counting: bool = False) -> SyncRun | None:
        """The newest run that has ended. `counting`: no dry run and no inline one."""
        statement = select(sync_runs).where(
            sync_runs.c.state != "running", sync_runs.c.connection_id == connection_id)
        if kind is not None:
            statement = statement.where(sync_runs.c.kind == kind)
        if counting:
            statement = statement.where(*_COUNTS)
        row = self.row(statement.order_by(sync_runs.c.id.desc()).limit(1))
        return None if row is None else SyncRun(**row)

    def list(self, limit: int = 50, connection_id: int = FIRST, kind: str | None = None,
             trigger: str | None = None, *, counting: bool = False, but_for: str | None = None) -> list[SyncRun]:
        """Newest first. `counting`: no dry run and no inline one; `but_for` leaves out a trigger."""
        statement = select(sync_runs).where(sync_runs.c.connection_id == connection_id)
        if kind is not None:
            statement = statement.where(sync_runs.c.kind == kind)
        if trigger is not None:
            statement = statement.where(sync_runs.c.trigger == trigger)
        if counting:
            statement = statement.where(*_COUNTS)
        if but_for is not None:
            statement = statement.where(sync_runs.c.trigger != but_for)
        return [SyncRun(**row) for row in self.rows(statement.order_by(sync_runs.c.id.desc()).limit(limit))]

    def before(self, run_id: int) -> SyncRun | None:
        """The last run of the same kind and trigger that ended before this one began."""
        run = self.get(run_id)
        if run is None:
            return None
        row = self.row(select(sync_runs).where(
            sync_runs.c.id < run_id, sync_runs.c.kind == run.kind, sync_runs.c.trigger == run.trigger,
            sync_runs.c.connection_id == run.connection_id).order_by(sync_runs.c.id.desc()).limit(1))
        return None if row is None else SyncRun(**row)

    def drop(self, run_id: int) -> None:
        """Let go of a run that says no more than a later one."""
        self.execute(sync_runs.delete().where(sync_runs.c.id == run_id))

    def prune(self, before: datetime) -> int:
        """Delete the runs that ended before `before`; how many."""
        return self.execute(sync_runs.delete().where(
            sync_runs.c.state != "running", sync_runs.c.finished_at < before)).rowcount

    def _end(self, run_id: int, state: str, result: dict[str, Any] | None, message: str) -> None:
        # A run that was taken for dead and has ended after all still tells its result.
        self.execute(sync_runs.update().where(sync_runs.c.id == run_id).values(
            state=state, result=result, message=message, finished_at=self.unit.now()))
