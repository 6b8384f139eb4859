"""Hints that Odoo sent: this record has changed, read it. Each is read twice.

Odoo 18 sends before it commits, so that the first reading may see the old values.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select

from backend.store.records import OdooHint
from backend.store.repositories.base import Repository
from backend.store.repositories.connections import FIRST
from backend.store.schema import odoo_hints

FIRST_READ = timedelta(seconds=2)
SECOND_READ = timedelta(seconds=10)
"""After the hint came."""
BETWEEN = SECOND_READ - FIRST_READ
"""Least time between the two, where the first was late."""
LEASE = timedelta(minutes=5)
"""A reading that tells nothing for so long is taken for dead, and done again."""
MOST = 10_000
"""Hints that wait at once. More are left out: the next pull brings what they mean."""


class Hints(Repository):
    def add(self, model: str, odoo_id: int, connection_id: int = FIRST) -> bool:
        """Note that the record has changed; False where that is known, or too much waits.

        One that waits for its first reading covers the new one. One that was read once begins
        again.
        """
        now = self.unit.now()
        row = self.row(select(odoo_hints.c.id, odoo_hints.c.reads_left).where(
            odoo_hints.c.model == model, odoo_hints.c.odoo_id == odoo_id,
            odoo_hints.c.connection_id == connection_id))
        fresh = {"received_at": now, "due_at": now + FIRST_READ, "reads_left": 2}
        if row is not None:
            if row["reads_left"] == 2:
                return False
            self.execute(odoo_hints.update().where(odoo_hints.c.id == row["id"]).values(**fresh))
            return True
        if self.count(connection_id) >= MOST:
            return False
        self.execute(insert(odoo_hints).values(
            connection_id=connection_id, model=model, odoo_id=odoo_id, **fresh))
        return True

    def waiting(self, connection_id: int = FIRST) -> bool:
        """Whether any hint is due."""
        return self.value(select(odoo_hints.c.id).where(
            odoo_hints.c.due_at <= self.unit.now(), odoo_hints.c.connection_id == connection_id).limit(1)) is not None

    def take(self, limit: int = 500, connection_id: int = FIRST) -> list[OdooHint]:
        """Those whose time has come, the oldest first, for one reading; nobody else gets them.

        `reads_left` is what is left after this reading. Say how it went with `done` or `put_back`.
        """
        now = self.unit.now()
        rows = self.rows(select(odoo_hints).where(
            odoo_hints.c.due_at <= now, odoo_hints.c.connection_id == connection_id)
            .order_by(odoo_hints.c.due_at, odoo_hints.c.id).limit(limit))
        taken = []
        for row in rows:
            left = max(0, row["reads_left"] - 1)
            again = max(row["received_at"] + SECOND_READ, now + BETWEEN) if left else now + LEASE
            taken.append(OdooHint(**{**row, "reads_left": left, "due_at": again}))
            self._of(taken[-1], reads_left=left, due_at=again)
        return taken

    def done(self, hints: Iterable[OdooHint]) -> None:
        """These were read; those read for the last time go, unless they came anew meanwhile."""
        for hint in hints:
            if hint.reads_left == 0:
                self.execute(odoo_hints.delete().where(
                    odoo_hints.c.id == hint.id, odoo_hints.c.received_at == hint.received_at))

    def put_back(self, hints: Iterable[OdooHint], wait: timedelta) -> None:
        """These could not be read; they are due again after `wait`."""
        for hint in hints:
            self._of(hint, reads_left=hint.reads_left + 1, due_at=self.unit.now() + wait)

    def _of(self, hint: OdooHint, **values: object) -> None:
        self.execute(odoo_hints.update().where(
            odoo_hints.c.id == hint.id, odoo_hints.c.received_at == hint.received_at).values(**values))

    def count(self, connection_id: int = FIRST) -> int:
        return self.value(select(func.count()).select_from(odoo_hints).where(
            odoo_hints.c.connection_id == connection_id))

    def prune(self, before: datetime) -> int:
        """Let go of hints from before `before`, which a pull has long covered; how many."""
        return self.execute(odoo_hints.delete().where(odoo_hints.c.received_at < before)).rowcount
