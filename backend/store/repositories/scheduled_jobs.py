"""The schedule's memory, and its lock: which due time of a job was acted upon, and who is at it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, or_, select

from backend.store.records import ScheduledJob
from backend.store.repositories.base import Repository
from backend.store.schema import scheduled_jobs


class ScheduledJobs(Repository):
    def get(self, name: str) -> ScheduledJob | None:
        row = self.row(select(scheduled_jobs).where(scheduled_jobs.c.name == name))
        return None if row is None else ScheduledJob(**row)

    def all(self) -> list[ScheduledJob]:
        return [ScheduledJob(**row) for row in self.rows(select(scheduled_jobs).order_by(scheduled_jobs.c.name))]

    def enlist(self, name: str) -> None:
        """Make a row for a job that has none: nothing of it was missed before now."""
        if self.get(name) is None:
            self.execute(insert(scheduled_jobs).values(name=name, last_due=self.unit.now()))

    def claim(self, name: str, owner: str, seen: datetime | None, lease: timedelta) -> bool:
        """Take the job, if nobody alive has it and `last_due` is still what was `seen`."""
        now, table = self.unit.now(), scheduled_jobs
        same = table.c.last_due.is_(None) if seen is None else table.c.last_due == seen
        return bool(self.execute(table.update().where(
            table.c.name == name, same, or_(table.c.owner.is_(None), table.c.lease_until <= now)
        ).values(owner=owner, lease_until=now + lease)).rowcount)

    def renew(self, name: str, owner: str, lease: timedelta) -> bool:
        """Say that the owner is alive; False where it was taken for dead meanwhile."""
        return bool(self._of(name, owner, lease_until=self.unit.now() + lease))

    def give_back(self, name: str, owner: str) -> None:
        """Let go of the job with its due time still to be acted upon."""
        self._of(name, owner, owner=None, lease_until=None)

    def finish(self, name: str, owner: str, due: datetime, message: str | None = None,
               failed: bool = False) -> None:
        """All due times up to `due` were acted upon. `message` says what came of it."""
        now, known = self.unit.now(), self.get(name)
        failing_since = ((known.failing_since if known else None) or now) if failed else None
        self._of(name, owner, owner=None, lease_until=None, last_due=due, last_run=now,
                 failing_since=failing_since, message=message)

    def _of(self, name: str, owner: str, /, **values: object) -> int:
        return self.execute(scheduled_jobs.update().where(
            scheduled_jobs.c.name == name, scheduled_jobs.c.owner == owner).values(**values)).rowcount
