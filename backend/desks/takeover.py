"""What HR wrote in Odoo becomes a correction here, as if HR had made it here."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from backend.attendance.policies import PolicyTable
from backend.attendance.time import local_text
from backend.desks.correcting import KEEP, AttendanceSuperseded, correct
from backend.errors import Conflict
from backend.odoo.bridge import unclear

if TYPE_CHECKING:
    from backend.desks.parts import Parts
    from backend.odoo.attendances import Held
    from backend.store.records import AttendanceRecord, OdooRow
    from backend.store.unit import Unit

AUTHOR = "Odoo"
REASON = "Changed in Odoo"


class CannotTakeOver(Conflict):
    """HR's edit cannot be told as a correction of this session."""

    code = "odoo_edit_not_possible_here"


def take_over(unit: Unit, parts: Parts, attendance_id: int, held: Held) -> None:
    """Correct the session to what HR wrote in Odoo, to the second.

    HR's word in Odoo counts even where the session changed here since the last exchange; the log
    tells both. A time that HR left as Odoo had it, and that changed here since, stays as it is
    here: a check-out that HR could not know of is not lost. An open row in Odoo is an end that
    is only assumed here.

    Raises FaceAttendanceError, and then the unit must not be kept: where the row was given to another
    employee, where the times run into another session of the person or end before they begin,
    for a period that is locked, for a session that is gone or whose person was erased.
    """
    row = unit.attendance.get(attendance_id)
    if row is None or row.superseded_at is not None:
        raise AttendanceSuperseded("The session is gone here")
    known = unit.odoo.get(row.id, row.connection_id)
    _require_same_employee(unit, row, known, held)
    _require_unlocked(unit, row, held, parts)
    check_in, check_out = _wishes(row, known, held)
    if check_in is KEEP and check_out is KEEP:
        return
    if (row.check_in, row.check_out) == (held.check_in, held.check_out) and not row.assumed:
        return
    now = correct(unit, row, check_in, check_out, reason=REASON, by=AUTHOR, source="odoo", zone=parts.zone)
    if not _came_true(now, check_in, check_out):
        raise CannotTakeOver("The rules make other times of it here")
    _tell(unit, parts, row, known, held, now)


def _wishes(row: AttendanceRecord, known: OdooRow | None, held: Held) -> tuple[Any, Any]:
    """The times to correct the row to; KEEP for one that changed here and that HR did not touch."""
    sent = unclear.spans(known.sent) if known is not None else []
    before = [(span.check_in, span.check_out) for span in sent]
    if known is not None and known.check_in is not None:
        before.append((known.check_in, known.check_out))
    check_in = _wish(row.check_in, [one for one, _ in before], held.check_in)
    check_out = _wish(row.check_out, [one for _, one in before], held.check_out)
    if check_in is KEEP and check_out is KEEP and (held.check_in, held.check_out) not in before:
        return held.check_in, held.check_out
    return check_in, check_out


def _wish(here: datetime | None, before: list[datetime | None], there: datetime | None) -> Any:
    return KEEP if there in before and here not in before else there


def _came_true(now: AttendanceRecord, check_in: Any, check_out: Any) -> bool:
    is_open = now.check_out is None or now.assumed
    return check_in in (KEEP, now.check_in) and (
        check_out is KEEP or (is_open if check_out is None else check_out == now.check_out))


def _tell(unit: Unit, parts: Parts, row: AttendanceRecord, known: OdooRow | None, held: Held,
          now: AttendanceRecord) -> None:
    """Say what HR changed from what to what, and what came of a change made here meanwhile."""
    here, there = _open_where_assumed(row), (held.check_in, held.check_out)
    confirmed = here if known is None or known.check_in is None else (known.check_in, known.check_out)
    was, became = _span(parts, *confirmed), _span(parts, *there)
    text = f"{row.person_name}: HR's change in Odoo was taken over, {was} became {became}"
    if here != confirmed:
        stays = _open_where_assumed(now)
        text += (f"; the change made here meanwhile ({_span(parts, *here)}) gives way" if stays == there
                 else f"; with the change made here meanwhile it is {_span(parts, *stays)}")
    unit.logs.append("odoo_sync", "info", text, {
        "attendance_id": row.id, "odoo_id": held.odoo_id, "person_id": row.person_id, "from": was, "to": became})


def _open_where_assumed(row: AttendanceRecord) -> tuple[datetime, datetime | None]:
    return row.check_in, None if row.assumed else row.check_out


def _require_same_employee(unit: Unit, row: AttendanceRecord, known: OdooRow | None, held: Held) -> None:
    """The person may have been linked to another employee since: that is no move of HR's."""
    person = unit.people.get(row.person)
    ours = person.odoo_id if person is not None and person.connection_id == row.connection_id else None
    sent = [span.employee for span in unclear.spans(known.sent)] if known else []
    expected = {ours, known.odoo_employee_id if known else None, *sent} - {None}
    if expected and held.employee_id not in expected:
        raise CannotTakeOver(f"In Odoo the row belongs to {held.employee_name} now. Give it back there; or "
                             "delete it there, void the session here and enter it for the other person")


def _require_unlocked(unit: Unit, row: AttendanceRecord, held: Held, parts: Parts) -> None:
    table = PolicyTable(unit.policies.all())
    for day in (row.day, held.check_in.astimezone(parts.zone).date()):
        if table.locked_since(day) is not None:
            raise CannotTakeOver(f"{day} lies in a period that is locked here")


def _span(parts: Parts, check_in: datetime, check_out: datetime | None) -> str:
    return f"{local_text(check_in, parts.zone)} to {local_text(check_out, parts.zone) or 'open'}"
