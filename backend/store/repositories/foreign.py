"""Rows of hr.attendance that are not ours: known here, never touched there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select

from backend.store.records import ForeignRow
from backend.store.repositories.base import Repository, batches
from backend.store.repositories.connections import FIRST
from backend.store.schema import foreign_rows, persons

_VALUES = ("odoo_employee_id", "employee_name", "check_in", "check_out", "write_date", "seen_at")
_OF_PERSON = and_(persons.c.connection_id == foreign_rows.c.connection_id,
                  persons.c.odoo_id == foreign_rows.c.odoo_employee_id)


def _select(connection_id: int) -> Select[tuple[object, ...]]:
    return (select(*foreign_rows.c, persons.c.uuid.label("person"), persons.c.person_id)
            .select_from(foreign_rows.outerjoin(persons, _OF_PERSON))
            .where(foreign_rows.c.connection_id == connection_id))


class ForeignRows(Repository):
    def save(self, rows: Iterable[ForeignRow]) -> None:
        """Insert or replace; `seen_at` is set to now."""
        now = self.unit.now()
        for row in rows:
            values = {name: getattr(row, name) for name in _VALUES} | {"seen_at": now}
            self.put(foreign_rows, {"connection_id": row.connection_id, "odoo_id": row.odoo_id}, values)

    def get_many(self, odoo_ids: Sequence[int], connection_id: int = FIRST) -> dict[int, ForeignRow]:
        """Those that are known, by Odoo's id."""
        found: dict[int, ForeignRow] = {}
        for some in batches(list(odoo_ids)):
            for row in self.rows(_select(connection_id).where(foreign_rows.c.odoo_id.in_(some))):
                found[row["odoo_id"]] = ForeignRow(**row)
        return found

    def between(self, start: datetime, end: datetime, connection_id: int = FIRST) -> list[ForeignRow]:
        """Rows that check in within [start, end), or began before and are open, by check-in."""
        statement = _select(connection_id).where(foreign_rows.c.check_in < end, or_(
            foreign_rows.c.check_in >= start, foreign_rows.c.check_out.is_(None)))
        return [ForeignRow(**row) for row in self.rows(
            statement.order_by(foreign_rows.c.check_in, foreign_rows.c.odoo_id))]

    def overlapping(self, employee: int, start: datetime, end: datetime | None,
                    connection_id: int = FIRST) -> list[ForeignRow]:
        """An employee's rows that share time with [start, end); `end` None means that it is open."""
        where = [foreign_rows.c.odoo_employee_id == employee,
                 or_(foreign_rows.c.check_out.is_(None), foreign_rows.c.check_out > start)]
        if end is not None:
            where.append(foreign_rows.c.check_in < end)
        statement = _select(connection_id).where(*where).order_by(foreign_rows.c.check_in)
        return [ForeignRow(**row) for row in self.rows(statement)]

    def remove(self, odoo_ids: Iterable[int], connection_id: int = FIRST) -> int:
        """Forget rows that Odoo has no longer, or that are ours after all; how many."""
        return sum(self.execute(foreign_rows.delete().where(
            foreign_rows.c.connection_id == connection_id, foreign_rows.c.odoo_id.in_(some))).rowcount
            for some in batches(sorted(set(odoo_ids))))

    def forget(self, connection_id: int = FIRST) -> int:
        """Drop all of them, because the connection leads to another database now."""
        return self.execute(foreign_rows.delete().where(
            foreign_rows.c.connection_id == connection_id)).rowcount

    def count(self, connection_id: int = FIRST) -> int:
        return self.value(select(func.count()).select_from(foreign_rows).where(
            foreign_rows.c.connection_id == connection_id))
