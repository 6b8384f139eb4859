"""Attendance: the sessions that the rules derived, each under a number that it keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, insert, or_, select

from backend.attendance.model import Session
from backend.store.records import AttendanceRecord, SessionChanges
from backend.store.repositories.base import Repository, batches, contains
from backend.store.repositories.connections import FIRST
from backend.store.schema import attendance, odoo_rows, persons

_SESSION = ("check_in", "check_out", "assumed", "day", "zone", "source", "device", "confidence",
            "distance", "opened_by", "closed_by")
_JOINED = attendance.join(persons, persons.c.uuid == attendance.c.person).outerjoin(
    odoo_rows, and_(odoo_rows.c.attendance_id == attendance.c.id,
                    odoo_rows.c.connection_id == attendance.c.connection_id))
_STATUS: dict[str, ColumnElement[bool]] = {
    "open": and_(attendance.c.superseded_at.is_(None), attendance.c.check_out.is_(None)),
    "closed": and_(attendance.c.superseded_at.is_(None), attendance.c.check_out.is_not(None),
                   attendance.c.assumed.is_(False)),
    "assumed": and_(attendance.c.superseded_at.is_(None), attendance.c.assumed.is_(True)),
    "superseded": attendance.c.superseded_at.is_not(None),
}
# An assumed check-out may have been held back from Odoo on purpose.
_CHANGED_SINCE = and_(odoo_rows.c.state == "synced", or_(
    odoo_rows.c.check_in != attendance.c.check_in,
    and_(odoo_rows.c.check_out.is_distinct_from(attendance.c.check_out), attendance.c.assumed.is_(False))))
_SYNC_STATE = func.coalesce(case((_CHANGED_SINCE, "pending"), else_=odoo_rows.c.state), "pending")
STATUSES = tuple(_STATUS)
"""What `search(status=…)` takes."""


def _select() -> Select[Any]:
    return select(
        *attendance.c, persons.c.person_id, persons.c.name.label("person_name"),
        persons.c.department, odoo_rows.c.odoo_id,
        _SYNC_STATE.label("sync_state"),
        odoo_rows.c.error.label("sync_error"), odoo_rows.c.error_code.label("sync_error_code"),
    ).select_from(_JOINED)


def _record(row: Mapping[str, Any]) -> AttendanceRecord:
    values = dict(row)
    values["flags"] = frozenset(values["flags"])
    return AttendanceRecord(**values)


class AttendanceRows(Repository):
    def replace_sessions(self, person: UUID, sessions: Iterable[Session],
                         since: datetime | None = None) -> SessionChanges:
        """Make these the person's sessions in force; only what differs is written. With `since`
        rows that began before it are left alone.

        A row keeps its number as long as its session's uuid is derived; the row of a session
        that vanished is marked superseded, and neither number nor row is used again.
        """
        now = self.unit.now()
        wanted = {session.uuid: _values(session) for session in sessions}
        where = [attendance.c.person == person, attendance.c.superseded_at.is_(None)]
        if since is not None:
            where.append(attendance.c.check_in >= since)
        standing = {row["uuid"]: row for row in self.rows(select(attendance).where(*where))}
        gone = [row["id"] for uuid, row in standing.items() if uuid not in wanted]
        for some in batches(gone):
            self.execute(attendance.update().where(attendance.c.id.in_(some)).values(
                superseded_at=now, updated_at=now, version=attendance.c.version + 1))
        changed = []
        # Closings before openings: nobody is in twice, not even between two statements.
        for uuid in sorted(wanted, key=lambda one: wanted[one]["check_out"] is None):
            row = standing.get(uuid)
            if row is not None and any(row[name] != value for name, value in wanted[uuid].items()):
                changed.append(row["id"])
                self.execute(attendance.update().where(attendance.c.id == row["id"]).values(
                    **wanted[uuid], updated_at=now, version=attendance.c.version + 1))
        added = []
        fresh = [uuid for uuid in wanted if uuid not in standing]
        homes = self._homes(person, fresh) if fresh else {}
        for uuid in fresh:
            result = self.execute(insert(attendance).values(
                **wanted[uuid], uuid=uuid, person=person, version=1, created_at=now, updated_at=now,
                connection_id=homes[uuid]))
            added.append(result.inserted_primary_key[0])
        return SessionChanges(added=tuple(added), changed=tuple(changed), superseded=tuple(gone))

    def _homes(self, person: UUID, sessions: Sequence[UUID]) -> dict[UUID, int]:
        """To which database of Odoo each new row belongs: the person's, but where the session was
        there before, the one that it was in."""
        own = self.value(select(persons.c.connection_id).where(persons.c.uuid == person)) or FIRST
        homes = dict.fromkeys(sessions, own)
        for some in batches(list(sessions)):
            homes |= {row["uuid"]: row["connection_id"] for row in self.rows(
                select(attendance.c.uuid, attendance.c.connection_id).where(attendance.c.uuid.in_(some))
                .order_by(attendance.c.id))}
        return homes

    def homes(self, attendance_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Version of each row, and the connection it belongs to."""
        found: dict[int, tuple[int, int]] = {}
        for some in batches(list(attendance_ids)):
            found |= {row["id"]: (row["version"], row["connection_id"]) for row in self.rows(
                select(attendance.c.id, attendance.c.version, attendance.c.connection_id)
                .where(attendance.c.id.in_(some)))}
        return found

    def rehome(self, attendance_ids: Sequence[int], connection_id: int) -> None:
        """Let rows belong to another database of Odoo. Only for rows that theirs neither has nor may get."""
        for some in batches(list(attendance_ids)):
            self.execute(attendance.update().where(attendance.c.id.in_(some)).values(connection_id=connection_id))

    def get(self, attendance_id: int) -> AttendanceRecord | None:
        row = self.row(_select().where(attendance.c.id == attendance_id))
        return None if row is None else _record(row)

    def get_many(self, attendance_ids: Sequence[int]) -> list[AttendanceRecord]:
        """Those that exist, superseded ones included, in order of their numbers."""
        found: list[AttendanceRecord] = []
        for some in batches(sorted(attendance_ids)):
            found += [_record(row) for row in self.rows(
                _select().where(attendance.c.id.in_(some)).order_by(attendance.c.id))]
        return found

    def in_force(self, sessions: Sequence[UUID]) -> set[UUID]:
        """Those of these sessions that have a row in force."""
        found: set[UUID] = set()
        for some in batches(list(sessions)):
            found |= {row["uuid"] for row in self.rows(select(attendance.c.uuid).where(
                attendance.c.uuid.in_(some), attendance.c.superseded_at.is_(None)))}
        return found

    def of_sessions(self, sessions: Sequence[UUID]) -> list[AttendanceRecord]:
        """All rows that these sessions have had, in order of their numbers."""
        found: list[AttendanceRecord] = []
        for some in batches(list(sessions)):
            found += [_record(row) for row in self.rows(
                _select().where(attendance.c.uuid.in_(some)).order_by(attendance.c.id))]
        return found

    def by_session(self, uuid: UUID) -> AttendanceRecord | None:
        """The row in force of a session."""
        row = self.row(_select().where(
            attendance.c.uuid == uuid, attendance.c.superseded_at.is_(None)))
        return None if row is None else _record(row)

    def of(self, person: UUID) -> list[AttendanceRecord]:
        """A person's rows in force, by check-in."""
        statement = _select().where(attendance.c.person == person, attendance.c.superseded_at.is_(None))
        return [_record(row) for row in self.rows(statement.order_by(attendance.c.check_in))]

    def open_of(self, person: UUID) -> AttendanceRecord | None:
        row = self.row(_select().where(attendance.c.person == person, _STATUS["open"]))
        return None if row is None else _record(row)

    def search(self, start: date | None = None, end: date | None = None,
               person: UUID | None = None, department: str | None = None,
               status: str | None = None, sync_state: str | None = None,
               search: str | None = None, limit: int | None = None, offset: int = 0,
               oldest_first: bool = False) -> tuple[list[AttendanceRecord], int]:
        """Rows whose day lies from `start` to `end`, both included, with the number of all that
        match. Without `status` those in force; with `status="any"` the superseded, too."""
        where: list[ColumnElement[bool]] = []
        if start is not None:
            where.append(attendance.c.day >= start)
        if end is not None:
            where.append(attendance.c.day <= end)
        if person is not None:
            where.append(attendance.c.person == person)
        if department is not None:
            where.append(persons.c.department == department)
        if search:
            where.append(or_(*(func.lower(column).like(contains(search), escape="\\")
                               for column in (persons.c.name, persons.c.person_id))))
        if sync_state is not None:
            where.append(sync_state == _SYNC_STATE)
        if status is None:
            where.append(attendance.c.superseded_at.is_(None))
        elif status != "any":
            where.append(_STATUS[status])
        total = self.value(select(func.count()).select_from(_JOINED).where(*where))
        order = attendance.c.check_in if oldest_first else attendance.c.check_in.desc()
        rows = self.rows(_select().where(*where).order_by(order, attendance.c.id)
                         .limit(limit).offset(offset))
        return [_record(row) for row in rows], total

    def superseded_in_odoo(self, connection_id: int = FIRST) -> list[AttendanceRecord]:
        """Rows that vanished while Odoo still holds theirs, or may do: they were sent, and the
        answer was lost."""
        statement = (_select().where(
            attendance.c.superseded_at.is_not(None), odoo_rows.c.connection_id == connection_id,
            or_(and_(odoo_rows.c.odoo_id.is_not(None), odoo_rows.c.state.not_in(("removed", "deleted"))),
                and_(odoo_rows.c.odoo_id.is_(None), odoo_rows.c.state == "pending")))
            .order_by(attendance.c.id))
        return [_record(row) for row in self.rows(statement)]

    def open_in_odoo(self, people: Iterable[UUID], connection_id: int = FIRST) -> list[AttendanceRecord]:
        """These people's rows in force that have an end here and none in Odoo."""
        found: list[AttendanceRecord] = []
        for some in batches(sorted(people)):
            found += [_record(row) for row in self.rows(_select().where(
                attendance.c.person.in_(some), attendance.c.superseded_at.is_(None),
                attendance.c.check_out.is_not(None), odoo_rows.c.connection_id == connection_id,
                odoo_rows.c.odoo_id.is_not(None), odoo_rows.c.check_out.is_(None)))]
        return found

    def newest_check_ins(self, people: Iterable[UUID]) -> dict[UUID, datetime]:
        """When each of these people last checked in, by rows in force."""
        found: dict[UUID, datetime] = {}
        newest = func.max(attendance.c.check_in, type_=attendance.c.check_in.type)
        for some in batches(sorted(people)):
            rows = self.rows(select(attendance.c.person, newest.label("newest")).where(
                attendance.c.person.in_(some), attendance.c.superseded_at.is_(None)
            ).group_by(attendance.c.person))
            found |= {row["person"]: row["newest"] for row in rows}
        return found

    def count_pending(self, connection_id: int = FIRST) -> int:
        """Rows in force that Odoo does not hold as they are now, but for those it refused."""
        joined = attendance.outerjoin(odoo_rows, and_(
            odoo_rows.c.attendance_id == attendance.c.id, odoo_rows.c.connection_id == connection_id))
        return self.value(select(func.count()).select_from(joined).where(
            attendance.c.superseded_at.is_(None), attendance.c.connection_id == connection_id,
            or_(odoo_rows.c.state.is_(None), odoo_rows.c.state == "pending", _CHANGED_SINCE)))

    def overdue(self, before: datetime) -> list[UUID]:
        """Who is still in since `before` (now less MAX_SHIFT) or longer: derive them again."""
        statement = select(attendance.c.person).where(_STATUS["open"], attendance.c.check_in <= before)
        return [row["person"] for row in self.rows(statement)]

    def open_people(self) -> set[UUID]:
        """Who is in."""
        return {row["person"] for row in self.rows(select(attendance.c.person).where(_STATUS["open"]))}

    def count_open(self) -> int:
        """How many people are in."""
        return self.value(select(func.count()).select_from(attendance).where(_STATUS["open"]))


def _values(session: Session) -> dict[str, Any]:
    values = {name: getattr(session, name) for name in _SESSION}
    values["source"] = str(session.source)
    values["flags"] = sorted(session.flags)
    return values
