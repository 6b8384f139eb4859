"""What should be in Odoo, against what Odoo last confirmed: decided without network or clock."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from backend.odoo.attendances import Held
from backend.odoo.bridge import unclear
from backend.odoo.bridge.order import Span
from backend.store.records import AttendanceRecord, OdooRow, OutboxRow, Person
from backend.store.repositories.connections import FIRST
from backend.store.unit import Unit


class Action(StrEnum):
    """The smallest change that makes Odoo hold what it should."""

    keep = "keep"
    create = "create"
    change = "change"
    remove = "remove"
    deleted = "deleted"
    """HR removed the row in Odoo, and it is not put back."""
    gone = "gone"
    """The session vanished, and Odoo has nothing of it."""
    take_over = "take over"
    """Only told, by a dry run: HR's edit becomes a correction here, and what comes of it goes to Odoo
    where it differs from that."""


@dataclass
class Line:
    """One session on its way to Odoo. `employee_id` is filled in when it has been looked up;
    `confirmed` is what Odoo holds of it as far as we know, and what was sent unanswered."""

    record: AttendanceRecord
    confirmed: OdooRow
    person: Person | None
    check_in: datetime
    check_out: datetime | None
    action: Action
    employee_id: int | None = None
    queued: OutboxRow | None = None
    verify: bool = False
    """Read it, even if nothing is to be changed: something that was sent may have turned up."""
    sent_now: bool = False
    """Whether this push has sent anything of it."""
    earlier: int | None = None
    """The attendance id of an earlier row of the same session that Odoo still holds."""

    @property
    def wanted(self) -> Span:
        assert self.employee_id is not None
        return Span(self.employee_id, self.check_in, self.check_out)

    @property
    def standing(self) -> Span | None:
        """What Odoo holds, as far as we know."""
        return span_of(self.confirmed)

    def matches(self, held: Held) -> bool:
        """Whether Odoo holds what it should."""
        return ((held.check_in, held.check_out) == (self.check_in, self.check_out)
                and self.employee_id in (None, held.employee_id))

    def ours(self, held: Held) -> bool:
        """Whether Odoo holds what it last confirmed or what we have sent since, so that nobody
        has edited it there. An open row is sent without its end, which leaves one that is there."""
        sent = unclear.spans(self.confirmed.sent)
        known = [span for span in (self.standing, *sent) if span is not None]
        ends = {span.check_out for span in known}
        mixed = [replace(span, check_out=end) for span in sent if span.check_out is None for end in ends]
        return span_held(held) in [*known, *mixed]


def span_of(row: OdooRow) -> Span | None:
    if row.odoo_id is None or row.odoo_employee_id is None or row.check_in is None:
        return None
    return Span(row.odoo_employee_id, row.check_in, row.check_out)


def span_held(held: Held) -> Span:
    return Span(held.employee_id, held.check_in, held.check_out)


def of_days(unit: Unit, connection_id: int, start: date, end: date) -> list[AttendanceRecord]:
    """Every session whose day lies from `start` to `end`, both included, and what must go
    with them: rows of theirs that vanished, and rows still open in Odoo that a later
    check-in of the same person needs closed."""
    chosen, _ = unit.attendance.search(start, end, oldest_first=True)
    people = {record.person for record in chosen}
    chosen += unit.attendance.open_in_odoo(people, connection_id)
    chosen += [record for record in unit.attendance.superseded_in_odoo(connection_id)
               if start <= record.day <= end or record.person in people]
    return _once(chosen)


def of_outbox(unit: Unit, connection_id: int, people: Iterable[UUID], now: datetime) -> list[AttendanceRecord]:
    """What waits in the outbox of these people, whose rows are changed in one go: also what was
    to wait a little longer, and what a later check-in needs closed. What is parked stays out."""
    wanted: set[int] = set()
    parked: set[int] = set()
    chosen = set(people)
    for person in chosen:
        for row in unit.outbox.of(person, connection_id):
            if row.state == "parked":
                parked.add(row.attendance_id)
            elif row.kind == "change" or row.not_before <= now:
                wanted.add(row.attendance_id)
    found = unit.attendance.get_many(sorted(wanted))
    found += [record for record in unit.attendance.open_in_odoo(chosen, connection_id)
              if record.id not in parked]
    return _once(found)


def lines(unit: Unit, connection_id: int, records: Sequence[AttendanceRecord], *,
          push_assumed: bool, now: datetime | None = None, verify: Container[int] = ()) -> list[Line]:
    """What is to be done about each of these rows; those of another database are left out. With
    `now`, rows that wait in the outbox to be read again by then are marked so, and those of the
    attendance ids `verify` in any case."""
    records = [record for record in records if record.connection_id == connection_id]
    ids = [record.id for record in records]
    confirmed = unit.odoo.get_many(ids, connection_id)
    queued = unit.outbox.get_many(ids, connection_id)
    persons = _persons(unit, {record.person for record in records})
    newest = unit.attendance.newest_check_ins(persons)
    earlier = unit.odoo.earlier([record.uuid for record in records if record.superseded_at is None], connection_id)
    back = _back(unit, connection_id, [record.uuid for record in records if record.superseded_at is not None])
    planned = []
    for record in sorted(records, key=lambda record: (record.check_in, record.id)):
        row = confirmed.get(record.id) or OdooRow(
            attendance_id=record.id, connection_id=connection_id, state="pending")
        line = _line(record, _with_legacy(row), persons.get(record.person), newest.get(record.person),
                     push_assumed)
        line.queued = queued.get(record.id)
        line.verify = record.id in verify or (
            now is not None and line.queued is not None and line.queued.kind == "verify"
            and line.queued.not_before <= now)
        _heed(line, earlier.get(record.uuid, []))
        line.action = _action(line)
        if line.action is Action.keep and line.employee_id is None:
            line.employee_id = row.odoo_employee_id  # it is only read, and put back as it was
        if line.action is Action.remove and record.uuid in back and (
                row.odoo_id in (None, back[record.uuid]) or row.state in ("removed", "deleted")):
            line.action = Action.gone  # whatever turns up is a matter of the session that came back
            if row.odoo_id is not None and row.state not in ("removed", "deleted"):
                line.confirmed = replace(line.confirmed, state="removed")  # and so is its row in Odoo
        if not _of_nobody(line):
            planned.append(line)
    return planned


def _back(unit: Unit, connection_id: int, sessions: Sequence[UUID]) -> dict[UUID, int | None]:
    """Those of these sessions that have a row in force, with its number in Odoo."""
    there = unit.attendance.in_force(sessions) if sessions else set()
    rows = {record.id: record.uuid for record in unit.attendance.of_sessions(sorted(there))
            if record.superseded_at is None}
    held = unit.odoo.get_many(list(rows), connection_id)
    return {uuid: held[number].odoo_id if number in held and held[number].state not in ("removed", "deleted") else None
            for number, uuid in rows.items()}


def _once(records: Iterable[AttendanceRecord]) -> list[AttendanceRecord]:
    return list({record.id: record for record in records}.values())


def _with_legacy(row: OdooRow) -> OdooRow:
    """Rows without an answer used to be kept with the values that were sent."""
    if (row.state != "pending" or row.odoo_id is not None or row.sent or row.check_in is None
            or row.odoo_employee_id is None or row.updated_at is None):
        return row
    span = Span(row.odoo_employee_id, row.check_in, row.check_out)
    return replace(row, sent=(unclear.of_span(span, row.updated_at),))


def _line(record: AttendanceRecord, confirmed: OdooRow, person: Person | None,
          newest: datetime | None, push_assumed: bool) -> Line:
    check_out = record.check_out
    needed = newest is not None and newest > record.check_in
    sent = confirmed.odoo_id is not None and confirmed.check_out == record.check_out
    if record.assumed and not (push_assumed or needed or sent):
        check_out = None  # nobody checked out, and nothing needs the row closed yet
    line = Line(record, confirmed, person, record.check_in, check_out, Action.create)
    if person is not None and (person.connection_id or FIRST) != confirmed.connection_id:
        line.employee_id = confirmed.odoo_employee_id  # the person has moved on; the row stays whose it is
    elif person is not None and person.connection_id is not None:
        line.employee_id = person.odoo_id
    if line.employee_id is None and person is not None and person.erased_at:
        line.employee_id = confirmed.odoo_employee_id
    return line


def _heed(line: Line, earlier: Sequence[OdooRow]) -> None:
    """A session that vanished and came back has earlier rows under the same external id: what
    was sent for them may turn up under this one, and what HR deleted stays deleted. One with this
    one's number is this one."""
    for row in earlier:
        if row.attendance_id > line.record.id:
            continue
        line.confirmed = replace(line.confirmed, sent=(
            *(one for one in row.sent if not one.get("removed") and one not in line.confirmed.sent),
            *line.confirmed.sent))
        if row.state == "deleted" and line.confirmed.odoo_id is None and line.confirmed.state == "pending":
            line.confirmed = replace(line.confirmed, odoo_id=row.odoo_id, state="deleted")
        elif row.odoo_id not in (None, line.confirmed.odoo_id) and row.state not in ("removed", "deleted"):
            line.earlier = row.attendance_id


def _of_nobody(line: Line) -> bool:
    """Whether the person was erased before the row ever came to Odoo."""
    return (line.action is Action.create and line.person is not None
            and line.person.erased_at is not None)


def _action(line: Line) -> Action:
    confirmed = line.confirmed
    if line.record.superseded_at is not None:
        if confirmed.state in ("removed", "deleted"):
            return Action.remove if line.verify and unclear.spans(confirmed.sent) else Action.gone
        if confirmed.odoo_id is None and not unclear.spans(confirmed.sent):
            return Action.gone
        return Action.remove
    if confirmed.state == "deleted":
        return Action.deleted
    if confirmed.odoo_id is None or confirmed.state == "removed":
        return Action.create
    same = (confirmed.check_in, confirmed.check_out) == (line.check_in, line.check_out)
    moved = line.employee_id is not None and line.employee_id != confirmed.odoo_employee_id
    if same and not moved and confirmed.state == "synced":
        return Action.keep
    return Action.change


def _persons(unit: Unit, uuids: Iterable[UUID]) -> Mapping[UUID, Person]:
    wanted: Sequence[UUID] = sorted(uuids)
    found: dict[UUID, Person] = {}
    for start in range(0, len(wanted), 500):
        found.update(unit.people.get_many(wanted[start:start + 500]))
    return found
