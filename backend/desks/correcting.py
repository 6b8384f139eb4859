"""HR's corrections and voids of a row, kept only where all other rows stay as they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from backend.attendance import Correction, Derived, Session
from backend.attendance.restate import disturbed
from backend.attendance.restate import restate as restate_session
from backend.attendance.restate import void as void_session
from backend.attendance.time import local_text
from backend.desks.reading import read_text
from backend.desks.rederive import Facts, gather, rederive
from backend.errors import BadInput, Conflict
from backend.store.records import AttendanceRecord
from backend.store.unit import Unit

KEEP = object()
"""Stands for "leave this time as it is", where None means "still open"."""


_STEP = timedelta(milliseconds=1)


class AttendanceOverlap(Conflict):
    code = "attendance_overlap"


class AttendanceSuperseded(Conflict):
    code = "attendance_superseded"


def correct(unit: Unit, row: AttendanceRecord, check_in: Any, check_out: Any, *, reason: str, by: str,
            source: str, zone: ZoneInfo) -> AttendanceRecord:
    """Restate a row. Raises 409 and 422, and then the unit is rolled back by its owner."""
    reason = _reason(reason)
    facts, before, session = _standing(unit, row, check_in)
    start = session.check_in if check_in is KEEP else check_in
    # An end that was only assumed is not confirmed by leaving it unmentioned.
    unspoken = None if session.assumed else session.check_out
    end = unspoken if check_out is KEEP else check_out
    if start is None:
        raise BadInput("check_in cannot be empty; to take the row away, void it", code="bad_time")
    if end is not None and end <= start:
        raise BadInput("check_out must lie after check_in", code="check_out_before_check_in")
    correction = restate_session(
        session, before, facts.punches, uuid=uuid4(), check_in=start, check_out=end,
        author=by, reason=reason, source=source, created_at=after_all(unit, row.person))
    _keep(unit, facts, before, correction, session, zone)
    stored = unit.attendance.get(row.id)
    assert stored is not None
    _tell(unit, stored, "corrected", correction, zone, {
        "check_in": [local_text(row.check_in, zone), local_text(stored.check_in, zone)],
        "check_out": [local_text(row.check_out, zone), local_text(stored.check_out, zone)]})
    return stored


def void(unit: Unit, row: AttendanceRecord, *, reason: str, by: str, source: str,
         zone: ZoneInfo) -> AttendanceRecord:
    """Take a row away; the answer is the superseded row."""
    reason = _reason(reason)
    facts, before, session = _standing(unit, row)
    correction = void_session(session, before, facts.punches, uuid=uuid4(), author=by,
                              reason=reason, source=source, created_at=after_all(unit, row.person))
    _keep(unit, facts, before, correction, session, zone)
    stored = unit.attendance.get(row.id)
    assert stored is not None
    _tell(unit, stored, "voided", correction, zone, {})
    return stored


def _reason(reason: str) -> str:
    text = read_text(reason, "reason", 500)
    if text is None:
        raise BadInput("Say why: a correction needs a reason", code="reason_required")
    return text


def _standing(unit: Unit, row: AttendanceRecord, wanted: Any = KEEP) -> tuple[Facts, Derived, Session]:
    """The facts around the row, what follows from them as they are, and the row's session in it."""
    person = unit.people.get(row.person)
    if person is None or person.erased_at is not None:
        raise AttendanceSuperseded("The person of this row was erased; it stays as it is")
    moment = min(row.check_in, wanted) if isinstance(wanted, datetime) else row.check_in
    facts = gather(unit, row.person, moment)
    derived = rederive(unit, row.person, moment).derived
    session = next((one for one in derived.sessions if one.uuid == row.uuid), None)
    if row.superseded_at is not None or session is None:
        raise AttendanceSuperseded(f"Row {row.id} was taken away before; it cannot be changed any more")
    return facts, derived, session


def after_all(unit: Unit, person: UUID) -> datetime:
    """Now, but after every earlier correction, whatever the clock says: the later one is right."""
    earlier = (one.created_at + _STEP for one in unit.corrections.of(person))
    return max([unit.now(), *earlier])


def _keep(unit: Unit, facts: Facts, before: Derived, correction: Correction,
          session: Session, zone: ZoneInfo) -> None:
    """Append the correction and derive again, unless another row would change by it."""
    after = facts.derive(unit.now(), [correction])
    others = disturbed(before, after, session.uuid)
    wanted = (correction.check_in, correction.check_out)
    kept = next((one for one in after.sessions if one.uuid == session.uuid), None)
    if correction.kind == "replace" and not others and kept is not None:
        others = [] if kept.check_in == wanted[0] and (wanted[1] in (None, kept.check_out)) else [kept]
    if others:
        other = min(others, key=lambda one: one.check_in)
        raise AttendanceOverlap(
            "The times overlap or touch another row of this person, from "
            f"{local_text(other.check_in, zone)} to {local_text(other.check_out, zone) or 'now'}; "
            "correct that one first", details={"check_in": local_text(other.check_in, zone),
                                               "check_out": local_text(other.check_out, zone)})
    unit.corrections.append(correction)
    rederive(unit, correction.person, correction.start)


def _tell(unit: Unit, row: AttendanceRecord, action: str, correction: Correction, zone: ZoneInfo,
          changes: dict[str, Any]) -> None:
    about = {"action": action, "reason": correction.reason, "person_id": row.person_id,
             "person_name": row.person_name, "at": local_text(row.check_in, zone),
             "device": row.device, "source": "correction", "attendance_id": row.id}
    unit.events.append("attendance", {**about, "changes": changes, "confidence": None, "distance": None})
    unit.logs.append("attendance", "info", f"Row {row.id} of {row.person_name} was {action} by "
                     f"{correction.author}: {correction.reason}",
                     {**about, **changes, "by": correction.author,
                      "correction": str(correction.uuid), "from": correction.source})
