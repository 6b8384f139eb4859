"""The outbox: attendance rows whose change waits to go to Odoo."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, insert, select

from backend.store.records import OutboxRow
from backend.store.repositories.base import Repository
from backend.store.repositories.connections import FIRST
from backend.store.schema import attendance, outbox


class Outbox(Repository):
    def queue(self, person: UUID, attendance_ids: Iterable[int], connection_id: int = FIRST) -> None:
        """Queue rows in the transaction that changed them; a row that waits already is renewed."""
        now = self.unit.now()
        for attendance_id in attendance_ids:
            version = self.value(select(attendance.c.version).where(attendance.c.id == attendance_id))
            renewed = self.execute(outbox.update().where(
                outbox.c.connection_id == connection_id, outbox.c.attendance_id == attendance_id
            ).values(version=version, kind="change", state="waiting", not_before=now,
                     attempts=0, error=None, error_code=None)).rowcount
            if not renewed:
                self.execute(insert(outbox).values(
                    connection_id=connection_id, person=person, attendance_id=attendance_id,
                    version=version, kind="change", state="waiting", not_before=now, attempts=0,
                    created_at=now))

    def of(self, person: UUID) -> list[OutboxRow]:
        statement = select(outbox).where(outbox.c.person == person).order_by(outbox.c.id)
        return [OutboxRow(**row) for row in self.rows(statement)]

    def done(self, attendance_id: int, version: int, connection_id: int = FIRST) -> bool:
        """Remove a row that arrived; False where a newer version waits and the row stays."""
        return bool(self.execute(outbox.delete().where(
            outbox.c.connection_id == connection_id, outbox.c.attendance_id == attendance_id,
            outbox.c.version <= version)).rowcount)

    def count(self, connection_id: int = FIRST) -> int:
        return self.value(select(func.count()).select_from(outbox).where(
            outbox.c.connection_id == connection_id))
