"""What should be in Odoo, against what Odoo last confirmed: decided without network or clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from backend.odoo.attendances import Held
from backend.store.records import AttendanceRecord, OdooRow, Person
from backend.store.unit import Unit


class Action(StrEnum):
    """The smallest change that makes Odoo hold what it should."""

    keep = "keep"
    create = "create"
    change = "change"
    remove = "remove"
    deleted = "deleted"
    """HR removed the row in Odoo, and it is not put back."""


@dataclass
class Line:
    """One session on its way to Odoo. `employee_id` is filled in when it has been looked up."""

    record: AttendanceRecord
    confirmed: OdooRow | None
    person: Person | None
    check_in: datetime
    check_out: datetime | None
    action: Action
    employee_id: int | None = None

    @property
    def reopens(self) -> bool:
        """Whether the row is closed in Odoo and must be open again."""
        return (self.action is Action.change and self.check_out is None
                and self.confirmed is not None and self.confirmed.check_out is not None)

    def matches(self, held: Held) -> bool:
        """Whether Odoo holds what it should."""
        return ((held.check_in, held.check_out) == (self.check_in, self.check_out)
                and self.employee_id in (None, held.employee_id))

    def untouched(self, held: Held) -> bool:
        """Whether Odoo holds what it last confirmed, so that nobody has edited it there."""
        was = self.confirmed
        return was is not None and (was.odoo_employee_id, was.check_in, was.check_out) == (
            held.employee_id, held.check_in, held.check_out)

    def rank(self) -> tuple[int, float]:
        """Place in the order of changes: what shrinks, what moves, what is new. Rows that move
        to a later time go last one first, so that none runs into its neighbour."""
        was = self.confirmed
        if self.action is Action.create or was is None or was.check_in is None:
            return 3, self.check_in.timestamp()
        ends_earlier = self.check_out is not None and (
            was.check_out is None or self.check_out <= was.check_out)
        if ends_earlier and self.check_in >= was.check_in:
            return 0, self.check_in.timestamp()
        later = self.check_in > was.check_in or (self.check_in == was.check_in and not ends_earlier)
        return (1, -self.check_in.timestamp()) if later else (2, self.check_in.timestamp())


def lines(unit: Unit, connection_id: int, start: date, end: date, *,
          push_assumed: bool) -> list[Line]:
    """Every session whose day lies from `start` to `end`, both included, and what must go
    with them: rows of theirs that vanished, and rows still open in Odoo that a later
    check-in of the same person needs closed."""
    chosen, _ = unit.attendance.search(start, end, oldest_first=True)
    people = {record.person for record in chosen}
    known = {record.id for record in chosen}
    chosen += [record for record in unit.attendance.open_in_odoo(people, connection_id)
               if record.id not in known]
    chosen += [record for record in unit.attendance.superseded_in_odoo(connection_id)
               if start <= record.day <= end or record.person in people]
    confirmed = unit.odoo.get_many([record.id for record in chosen], connection_id)
    persons = _persons(unit, {record.person for record in chosen})
    newest = unit.attendance.newest_check_ins(persons)
    planned = [_line(record, confirmed.get(record.id), persons.get(record.person), connection_id,
                     newest.get(record.person), push_assumed)
               for record in sorted(chosen, key=lambda record: (record.check_in, record.id))]
    return [line for line in planned if not _of_nobody(line)]


def _line(record: AttendanceRecord, confirmed: OdooRow | None, person: Person | None,
          connection_id: int, newest: datetime | None, push_assumed: bool) -> Line:
    check_out = record.check_out
    needed = newest is not None and newest > record.check_in
    sent = confirmed is not None and confirmed.check_out == record.check_out
    if record.assumed and not (push_assumed or needed or sent):
        check_out = None  # nobody checked out, and nothing needs the row closed yet
    line = Line(record, confirmed, person, record.check_in, check_out, Action.create)
    linked = person is not None and person.connection_id == connection_id
    line.employee_id = person.odoo_id if person is not None and linked else None
    if line.employee_id is None and person is not None and person.erased_at and confirmed:
        line.employee_id = confirmed.odoo_employee_id
    line.action = _action(line)
    return line


def _of_nobody(line: Line) -> bool:
    """Whether the person was erased before the row ever came to Odoo."""
    return (line.action is Action.create and line.person is not None
            and line.person.erased_at is not None)


def _action(line: Line) -> Action:
    confirmed = line.confirmed
    if line.record.superseded_at is not None:
        return Action.remove
    if confirmed is None or confirmed.odoo_id is None:
        return Action.create
    if confirmed.state == "deleted":
        return Action.deleted
    if confirmed.state == "removed":
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
