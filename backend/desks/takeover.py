"""What HR wrote in Odoo becomes a correction here, as if HR had made it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.attendance.policies import PolicyTable
from backend.attendance.time import local_text
from backend.desks.correcting import AttendanceSuperseded, correct
from backend.desks.odoo_connecting import CONNECTION
from backend.errors import Conflict

if TYPE_CHECKING:
    from backend.desks.parts import Parts
    from backend.odoo.attendances import Held
    from backend.store.records import AttendanceRecord
    from backend.store.unit import Unit

AUTHOR = "Odoo"
REASON = "Changed in Odoo"


class CannotTakeOver(Conflict):
    """HR's edit cannot be told as a correction of this session."""

    code = "odoo_edit_not_possible_here"


def take_over(parts: Parts, attendance_id: int, held: Held) -> None:
    """Correct the session to what Odoo holds, to the second, in a unit of its own.

    HR's word in Odoo counts even where the session changed here since the last exchange; the log
    tells both. Raises FaceAttendanceError, and then nothing was changed: where the row was given
    to another employee, where the times run into another session of the person or end before
    they begin, for a period that is locked, for a session that is gone or whose person was erased.
    """
    with parts.store.write() as unit:
        row = unit.attendance.get(attendance_id)
        if row is None or row.superseded_at is not None:
            raise AttendanceSuperseded("The session is gone here")
        _require_same_employee(unit, row, held)
        _require_unlocked(unit, row, held, parts)
        if (row.check_in, row.check_out) == (held.check_in, held.check_out) and not row.assumed:
            return
        correct(unit, row, held.check_in, held.check_out, reason=REASON, by=AUTHOR, source="odoo", zone=parts.zone)
        now = unit.attendance.get(attendance_id)
        if now is None or (now.check_in, now.check_out) != (held.check_in, held.check_out):
            raise CannotTakeOver("The rules make other times of it here")
        unit.logs.append(
            "odoo_sync", "info", f"{row.person_name}: HR's change in Odoo was taken over, "
            f"{_span(parts, row)} became {_span(parts, now)}",
            {"attendance_id": row.id, "odoo_id": held.odoo_id, "person_id": row.person_id})


def _require_same_employee(unit: Unit, row: AttendanceRecord, held: Held) -> None:
    person = unit.people.get(row.person)
    ours = person.odoo_id if person is not None and person.connection_id == CONNECTION else None
    known = unit.odoo.get(row.id, CONNECTION)
    expected = ours or (known.odoo_employee_id if known else None)
    if expected is not None and held.employee_id != expected:
        raise CannotTakeOver(f"In Odoo the row belongs to {held.employee_name} now. Give it back there, or void "
                             "the session here and enter it for the other person")


def _require_unlocked(unit: Unit, row: AttendanceRecord, held: Held, parts: Parts) -> None:
    table = PolicyTable(unit.policies.all())
    for day in (row.day, held.check_in.astimezone(parts.zone).date()):
        if table.locked_since(day) is not None:
            raise CannotTakeOver(f"{day} lies in a period that is locked here")


def _span(parts: Parts, row: AttendanceRecord) -> str:
    return f"{local_text(row.check_in, parts.zone)} to {local_text(row.check_out, parts.zone) or 'open'}"
