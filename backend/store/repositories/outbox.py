"""The outbox: attendance rows whose change waits to go to Odoo, and rows to be read again there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, insert, or_, select

from backend.store.records import OutboxRow
from backend.store.repositories.base import Repository, batches
from backend.store.repositories.connections import FIRST
from backend.store.schema import attendance, odoo_rows, outbox, persons, push_claims

_DELIVERED = ("removed", "deleted")
_HELD = and_(odoo_rows.c.attendance_id == attendance.c.id, odoo_rows.c.connection_id == outbox.c.connection_id)

_DONE = outbox.delete().where(
    outbox.c.connection_id == bindparam("of"), outbox.c.attendance_id == bindparam("this"),
    outbox.c.version <= bindparam("at_most"))


class Outbox(Repository):
    """One row an attendance row and connection at most. Kind `change` is to be sent, `verify` was
    sent and is to be read again; state `waiting`, or `parked` until somebody has mended it."""

    def queue(self, person: UUID, attendance_ids: Iterable[int]) -> None:
        """Queue rows in the transaction that changed them, each for the database it belongs to; a
        row that waits already is renewed, and one that was parked gets another chance, since it
        is another row now."""
        ids = list(attendance_ids)
        fresh = {"kind": "change", "state": "waiting", "not_before": self.unit.now(), "attempts": 0,
                 "error": None, "error_code": None}
        homes = self.unit.attendance.homes(ids)
        for attendance_id in ids:
            version, home = homes[attendance_id]
            self._put(person, attendance_id, version, fresh, home)

    def queue_person(self, person: UUID, connection_id: int = FIRST) -> None:
        """Queue the person's rows that Odoo does not hold as they are: whose employee the person
        is has changed, or was just found out. Rows that HR deleted stay deleted."""
        employee = select(persons.c.odoo_id).where(persons.c.uuid == person).scalar_subquery()
        in_force = attendance.c.superseded_at.is_(None)
        statement = (select(attendance.c.id).select_from(attendance.outerjoin(odoo_rows, and_(
            odoo_rows.c.attendance_id == attendance.c.id, odoo_rows.c.connection_id == connection_id)))
            .where(attendance.c.person == person, attendance.c.connection_id == connection_id, or_(
                and_(in_force, or_(
                    odoo_rows.c.attendance_id.is_(None),
                    odoo_rows.c.state.in_(("pending", "failed", "conflict")),
                    and_(odoo_rows.c.state == "synced", or_(
                        odoo_rows.c.odoo_employee_id.is_distinct_from(employee),
                        odoo_rows.c.check_in != attendance.c.check_in,
                        odoo_rows.c.check_out.is_distinct_from(attendance.c.check_out))))),
                and_(attendance.c.superseded_at.is_not(None), odoo_rows.c.odoo_id.is_not(None),
                     odoo_rows.c.state.not_in(_DELIVERED))))
            .order_by(attendance.c.id))
        self.queue(person, [row["id"] for row in self.rows(statement)])

    def verify(self, person: UUID, attendance_id: int, version: int, not_before: datetime,
               connection_id: int = FIRST) -> None:
        """Have a row read again from `not_before` on; one that waits to be sent is sent, which
        reads it anyway."""
        standing = self.get(attendance_id, connection_id)
        if standing is None or standing.version <= version:
            self._put(person, attendance_id, version, {
                "kind": "verify", "state": "waiting", "not_before": not_before, "attempts": 0,
                "error": None, "error_code": None}, connection_id)

    def get(self, attendance_id: int, connection_id: int = FIRST) -> OutboxRow | None:
        row = self.row(select(outbox).where(
            outbox.c.connection_id == connection_id, outbox.c.attendance_id == attendance_id))
        return None if row is None else OutboxRow(**row)

    def get_many(self, attendance_ids: Sequence[int], connection_id: int = FIRST) -> dict[int, OutboxRow]:
        """Those that wait or are parked, by attendance id."""
        found: dict[int, OutboxRow] = {}
        for some in batches(list(attendance_ids)):
            for row in self.rows(select(outbox).where(
                    outbox.c.connection_id == connection_id, outbox.c.attendance_id.in_(some))):
                found[row["attendance_id"]] = OutboxRow(**row)
        return found

    def of(self, person: UUID, connection_id: int = FIRST) -> list[OutboxRow]:
        """A person's rows, parked ones included, first come first."""
        statement = select(outbox).where(outbox.c.person == person, outbox.c.connection_id == connection_id)
        return [OutboxRow(**row) for row in self.rows(statement.order_by(outbox.c.id))]

    def due(self, limit: int, now: datetime, since: date | None = None,
            connection_id: int = FIRST) -> list[OutboxRow]:
        """About `limit` rows that may go, person by person, who waited longest first; never a
        part of a person's rows. People whose rows are on the way are left out.

        `since` is the first day that goes by itself; older rows go if Odoo has had them before.
        """
        first = func.min(outbox.c.id)
        statement = (self._deliverable(select(outbox.c.person, func.count().label("rows")), now, since,
                                       connection_id)
                     .group_by(outbox.c.person).order_by(first).limit(limit))
        people: list[UUID] = []
        counted = 0
        for row in self.rows(statement):
            people.append(row["person"])
            counted += row["rows"]
            if counted >= limit:
                break
        found: dict[UUID, list[OutboxRow]] = {person: [] for person in people}
        for some in batches(people):
            rows = self.rows(self._deliverable(select(*outbox.c), now, since, connection_id)
                             .where(outbox.c.person.in_(some)).order_by(outbox.c.id))
            for row in rows:
                found[row["person"]].append(OutboxRow(**row))
        return [row for rows in found.values() for row in rows]

    def any_due(self, now: datetime, since: date | None = None, connection_id: int = FIRST) -> bool:
        """Whether `due` would find anything."""
        statement = self._deliverable(select(outbox.c.id), now, since, connection_id).limit(1)
        return self.value(statement) is not None

    def done(self, attendance_id: int, version: int, connection_id: int = FIRST) -> bool:
        """Remove a row that arrived; False where a newer version waits and the row stays."""
        return bool(self.done_many([(attendance_id, version)], connection_id))

    def done_many(self, arrived: Iterable[tuple[int, int]], connection_id: int = FIRST) -> int:
        """Remove rows that arrived, given with their versions; newer versions stay."""
        values = [{"this": attendance_id, "at_most": version, "of": connection_id}
                  for attendance_id, version in arrived]
        return self.execute(_DONE, values).rowcount if values else 0

    def later(self, attendance_id: int, version: int, not_before: datetime, attempts: int,
              error: str | None = None, error_code: str | None = None, connection_id: int = FIRST) -> bool:
        """Let a row wait until `not_before`; False where a newer version waits, which goes at once."""
        return bool(self.execute(outbox.update().where(
            outbox.c.connection_id == connection_id, outbox.c.attendance_id == attendance_id,
            outbox.c.version <= version, outbox.c.state == "waiting",
        ).values(not_before=not_before, attempts=attempts, error=error, error_code=error_code)).rowcount)

    def park(self, person: UUID, attendance_id: int, version: int, error: str, error_code: str,
             connection_id: int = FIRST) -> None:
        """Set a row aside until somebody has mended what `error` says; a newer version goes on
        waiting."""
        standing = self.get(attendance_id, connection_id)
        if standing is None or standing.version <= version:
            self._put(person, attendance_id, version, {
                "kind": "change", "state": "parked", "not_before": self.unit.now(),
                "error": error, "error_code": error_code}, connection_id)

    def parked(self, connection_id: int = FIRST, limit: int | None = None) -> list[OutboxRow]:
        """Rows that wait for somebody, oldest first."""
        statement = select(outbox).where(outbox.c.connection_id == connection_id, outbox.c.state == "parked")
        return [OutboxRow(**row) for row in self.rows(statement.order_by(outbox.c.id).limit(limit))]

    def retry(self, attendance_ids: Sequence[int] | None = None, but: Sequence[str] = (),
              connection_id: int = FIRST) -> list[int]:
        """Let parked rows go again, these or all but those with an error code in `but`; returns
        their attendance ids."""
        where: list[ColumnElement[bool]] = [
            outbox.c.connection_id == connection_id, outbox.c.state == "parked"]
        if but:
            where.append(outbox.c.error_code.not_in(but))
        parts = [None] if attendance_ids is None else batches(list(attendance_ids))
        chosen: list[int] = []
        for some in parts:
            limits = where if some is None else [*where, outbox.c.attendance_id.in_(some)]
            ids = [row["attendance_id"] for row in self.rows(
                select(outbox.c.attendance_id).where(*limits).order_by(outbox.c.id))]
            for part in batches(ids):
                self.execute(outbox.update().where(
                    outbox.c.connection_id == connection_id, outbox.c.attendance_id.in_(part)
                ).values(state="waiting", not_before=self.unit.now(), attempts=0))
            chosen += ids
        return chosen

    def counts(self, since: date | None = None, connection_id: int = FIRST) -> dict[str, int]:
        """How many rows are `waiting` to be sent, `parked`, or to be read again (`verify`)."""
        word = case((outbox.c.state == "parked", "parked"), (outbox.c.kind == "verify", "verify"),
                    else_="waiting")
        statement = select(word.label("word"), func.count().label("rows")).select_from(
            self._joined()).where(outbox.c.connection_id == connection_id, _by_itself(since)).group_by(word)
        found = {row["word"]: row["rows"] for row in self.rows(statement)}
        return {name: found.get(name, 0) for name in ("waiting", "parked", "verify")}

    def oldest(self, since: date | None = None, connection_id: int = FIRST) -> datetime | None:
        """Since when the row waits that has waited longest to be sent; None where none does."""
        return self.value(select(func.min(outbox.c.created_at, type_=outbox.c.created_at.type))
                          .select_from(self._joined())
                          .where(outbox.c.connection_id == connection_id, outbox.c.state == "waiting",
                                 outbox.c.kind == "change", _by_itself(since)))

    def reasons(self, connection_id: int = FIRST) -> dict[str, int]:
        """Error codes of the parked rows, the most frequent first, with how many rows each."""
        statement = (select(outbox.c.error_code, func.count().label("rows")).where(
            outbox.c.connection_id == connection_id, outbox.c.state == "parked")
            .group_by(outbox.c.error_code).order_by(func.count().desc(), outbox.c.error_code))
        return {row["error_code"] or "": row["rows"] for row in self.rows(statement)}

    def next_due(self, since: date | None = None, connection_id: int = FIRST) -> datetime | None:
        """When the first waiting row may go; None where none waits."""
        return self.value(select(func.min(outbox.c.not_before, type_=outbox.c.not_before.type))
                          .select_from(self._joined())
                          .where(outbox.c.connection_id == connection_id, outbox.c.state == "waiting",
                                 _by_itself(since)))

    def drop(self, attendance_ids: Iterable[int], connection_id: int) -> list[int]:
        """Take rows out that are not to go to this database; returns those that were there."""
        ids = list(attendance_ids)
        held = sorted(self.get_many(ids, connection_id))
        for some in batches(ids):
            self.execute(outbox.delete().where(
                outbox.c.connection_id == connection_id, outbox.c.attendance_id.in_(some)))
        return held

    def count(self, connection_id: int = FIRST) -> int:
        return self.value(select(func.count()).select_from(outbox).where(
            outbox.c.connection_id == connection_id))

    def forget_before(self, day: date, connection_id: int = FIRST) -> int:
        """Drop rows of days before `day` that Odoo never had: they go when somebody pushes them."""
        old = (select(attendance.c.id).where(attendance.c.day < day, ~select(odoo_rows.c.attendance_id).where(
            odoo_rows.c.attendance_id == attendance.c.id,
            odoo_rows.c.connection_id == connection_id).exists()))
        return self.execute(outbox.delete().where(
            outbox.c.connection_id == connection_id, outbox.c.attendance_id.in_(old))).rowcount

    def begin_anew(self, day: date, connection_id: int = FIRST) -> int:
        """Queue every row in force from `day` on, and nothing else: this is another database."""
        self.execute(outbox.delete().where(outbox.c.connection_id == connection_id))
        rows = self.rows(select(attendance.c.id, attendance.c.person).where(
            attendance.c.superseded_at.is_(None), attendance.c.day >= day,
            attendance.c.connection_id == connection_id).order_by(attendance.c.id))
        for row in rows:
            self.queue(row["person"], [row["id"]])
        return len(rows)

    def _put(self, person: UUID, attendance_id: int, version: int, values: dict[str, Any],
             connection_id: int) -> None:
        key = {"connection_id": connection_id, "attendance_id": attendance_id}
        where = [outbox.c[name] == value for name, value in key.items()]
        if not self.execute(outbox.update().where(*where).values(version=version, **values)).rowcount:
            self.execute(insert(outbox).values(**{
                **key, "person": person, "version": version, "attempts": 0,
                "created_at": self.unit.now(), **values}))

    def _joined(self) -> Any:
        return outbox.join(attendance, attendance.c.id == outbox.c.attendance_id).outerjoin(odoo_rows, _HELD)

    def _deliverable(self, chosen: Select[Any], now: datetime, since: date | None,
                     connection_id: int) -> Select[Any]:
        claimed = select(push_claims.c.person).where(
            push_claims.c.connection_id == outbox.c.connection_id, push_claims.c.person == outbox.c.person,
            push_claims.c.claimed_by.is_not(None), push_claims.c.lease_until > now).exists()
        return chosen.select_from(self._joined()).where(
            outbox.c.connection_id == connection_id, outbox.c.state == "waiting",
            outbox.c.not_before <= now, _by_itself(since), ~claimed)


def _by_itself(since: date | None) -> ColumnElement[bool]:
    if since is None:
        return outbox.c.id.is_not(None)
    return or_(attendance.c.day >= since, odoo_rows.c.attendance_id.is_not(None))
