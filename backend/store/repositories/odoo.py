"""What Odoo last confirmed of each attendance row, or why it did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, or_, select

from backend.store.records import OdooRow
from backend.store.repositories.base import Repository, batches
from backend.store.repositories.connections import FIRST
from backend.store.schema import attendance, odoo_rows

_REPLACE = odoo_rows.update().where(
    odoo_rows.c.attendance_id == bindparam("this"), odoo_rows.c.connection_id == bindparam("of"),
).values({one.name: bindparam(one.name) for one in odoo_rows.c
          if one.name not in ("attendance_id", "connection_id")})
_NAMES = tuple(one.name for one in fields(OdooRow))


def _record(row: Mapping[str, Any]) -> OdooRow:
    return OdooRow(**{**row, "sent": tuple(row["sent"])})


class OdooRows(Repository):
    def get(self, attendance_id: int, connection_id: int = FIRST) -> OdooRow | None:
        row = self.row(select(odoo_rows).where(
            odoo_rows.c.attendance_id == attendance_id, odoo_rows.c.connection_id == connection_id))
        return None if row is None else _record(row)

    def get_many(self, attendance_ids: Sequence[int],
                 connection_id: int = FIRST) -> dict[int, OdooRow]:
        """Those that exist, by attendance id."""
        found: dict[int, OdooRow] = {}
        for some in batches(list(attendance_ids)):
            for row in self.rows(select(odoo_rows).where(
                    odoo_rows.c.connection_id == connection_id, odoo_rows.c.attendance_id.in_(some))):
                found[row["attendance_id"]] = _record(row)
        return found

    def by_odoo_id(self, odoo_id: int, connection_id: int = FIRST) -> OdooRow | None:
        row = self.row(select(odoo_rows).where(
            odoo_rows.c.odoo_id == odoo_id, odoo_rows.c.connection_id == connection_id))
        return None if row is None else _record(row)

    def by_odoo_ids(self, odoo_ids: Sequence[int], connection_id: int = FIRST) -> dict[int, OdooRow]:
        """Those that are known, by Odoo's id."""
        found: dict[int, OdooRow] = {}
        for some in batches(list(odoo_ids)):
            for row in self.rows(select(odoo_rows).where(
                    odoo_rows.c.connection_id == connection_id, odoo_rows.c.odoo_id.in_(some))
                    .order_by(odoo_rows.c.attendance_id)):
                found[row["odoo_id"]] = _record(row)
        return found

    def earlier(self, sessions: Sequence[UUID], connection_id: int = FIRST) -> dict[UUID, list[OdooRow]]:
        """What Odoo had of these sessions under earlier numbers, before they vanished and came back."""
        found: dict[UUID, list[OdooRow]] = {}
        for some in batches(list(sessions)):
            rows = self.rows(select(attendance.c.uuid, *odoo_rows.c)
                             .join(attendance, attendance.c.id == odoo_rows.c.attendance_id)
                             .where(odoo_rows.c.connection_id == connection_id, attendance.c.uuid.in_(some),
                                    attendance.c.superseded_at.is_not(None))
                             .order_by(odoo_rows.c.attendance_id))
            for row in rows:
                values = dict(row)
                found.setdefault(values.pop("uuid"), []).append(_record(values))
        return found

    def ours(self, odoo_ids: Sequence[int], connection_id: int = FIRST) -> set[int]:
        """Those of these rows of Odoo that come from here."""
        found: set[int] = set()
        for some in batches(list(odoo_ids)):
            found |= {row["odoo_id"] for row in self.rows(select(odoo_rows.c.odoo_id).where(
                odoo_rows.c.connection_id == connection_id, odoo_rows.c.odoo_id.in_(some)))}
        return found

    def put_back(self, attendance_id: int, connection_id: int = FIRST) -> None:
        """Let a row that was deleted in Odoo go there once more, as a new one."""
        self.execute(odoo_rows.update().where(
            odoo_rows.c.attendance_id == attendance_id, odoo_rows.c.connection_id == connection_id,
            odoo_rows.c.state == "deleted",
        ).values(odoo_id=None, odoo_employee_id=None, check_in=None, check_out=None, write_date=None,
                 state="removed", error=None, error_code=None, updated_at=self.unit.now()))

    def save(self, *rows: OdooRow) -> None:
        """Insert or replace; `updated_at` is set to now."""
        now = self.unit.now()
        known: set[tuple[int, int]] = set()
        for some in batches([row.attendance_id for row in rows]):
            known |= {(one["attendance_id"], one["connection_id"]) for one in self.rows(
                select(odoo_rows.c.attendance_id, odoo_rows.c.connection_id)
                .where(odoo_rows.c.attendance_id.in_(some)))}
        fresh: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        for row in rows:
            values = {**{name: getattr(row, name) for name in _NAMES},
                      "updated_at": now, "sent": list(row.sent)}
            if (row.attendance_id, row.connection_id) in known:
                changed.append({**values, "this": values.pop("attendance_id"), "of": values.pop("connection_id")})
            else:
                fresh.append(values)
        if fresh:
            self.execute(insert(odoo_rows), fresh)
        if changed:
            self.execute(_REPLACE, changed)

    def fail(self, attendance_id: int, error: str, error_code: str,
             connection_id: int = FIRST, state: str = "failed") -> None:
        """Note why a row did not arrive; what was confirmed before stays."""
        self.put(odoo_rows, {"attendance_id": attendance_id, "connection_id": connection_id},
                    {"state": state, "error": error, "error_code": error_code,
                     "updated_at": self.unit.now()})

    def newest(self, limit: int, connection_id: int = FIRST) -> list[tuple[UUID, int]]:
        """Session and Odoo id of the rows confirmed last, newest first."""
        statement = (select(attendance.c.uuid, odoo_rows.c.odoo_id)
                     .join(attendance, attendance.c.id == odoo_rows.c.attendance_id)
                     .where(odoo_rows.c.connection_id == connection_id, odoo_rows.c.odoo_id.is_not(None),
                            odoo_rows.c.state == "synced")
                     .order_by(odoo_rows.c.updated_at.desc(), odoo_rows.c.attendance_id.desc())
                     .limit(limit))
        return [(row["uuid"], row["odoo_id"]) for row in self.rows(statement)]

    def has_rows(self, connection_id: int = FIRST) -> bool:
        """Whether anything was sent to a connection's database, or confirmed by it."""
        return self.value(select(odoo_rows.c.attendance_id).where(
            odoo_rows.c.connection_id == connection_id).limit(1)) is not None

    def forget(self, connection_id: int = FIRST) -> int:
        """Drop all that a connection confirmed, because it leads to another database now."""
        return self.execute(odoo_rows.delete().where(
            odoo_rows.c.connection_id == connection_id)).rowcount

    def drop(self, attendance_ids: Sequence[int], connection_id: int) -> None:
        """Forget rows that this database never had."""
        for some in batches(list(attendance_ids)):
            self.execute(odoo_rows.delete().where(
                odoo_rows.c.connection_id == connection_id, odoo_rows.c.attendance_id.in_(some)))

    def count(self, state: str, connection_id: int = FIRST) -> int:
        """How many rows are in this state; not those that HR deleted of sessions that are gone here, too."""
        return self.value(select(func.count()).select_from(odoo_rows.join(
            attendance, attendance.c.id == odoo_rows.c.attendance_id)).where(
            odoo_rows.c.state == state, odoo_rows.c.connection_id == connection_id,
            or_(odoo_rows.c.state != "deleted", attendance.c.superseded_at.is_(None))))
