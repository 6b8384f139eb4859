"""The attendance desk: punches in, rows out, corrections by HR."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from backend.attendance import OutcomeKind, Punch, Source
from backend.attendance.time import local_text, parse_moment
from backend.clock import whole_seconds
from backend.desks.confirming import told
from backend.desks.correcting import KEEP, correct, void
from backend.desks.devices import direction_of
from backend.desks.incoming import DeviceItems
from backend.desks.parts import Parts
from backend.desks.people import find_person
from backend.desks.punching import (
    IdempotencyConflict,
    Marked,
    believe,
    insert,
    require_active,
    require_believable,
    result,
    settle,
)
from backend.desks.reading import new_uuid, read_direction, read_source, read_uuid
from backend.desks.rederive import rederive
from backend.desks.summing import PersonTotal, total_up
from backend.errors import BadInput, NotFound
from backend.store.records import AttendanceRecord, ForeignRow, Person
from backend.store.unit import Unit

if TYPE_CHECKING:
    from backend.vision.results import Refusal, Sighting

_ALL = 1_000_000
_NOT_LIVE = {"not_live": "looked like a picture", "challenge_failed": "did not move as it was asked to"}
"""By `backend.vision.results.Reason`: what the security log says of it."""


class AttendanceDesk:
    """Each method is one unit of work: all of it is kept, or nothing."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store
        self._settings = parts.settings

    def mark(self, person_id: str, at: datetime | str | None = None, direction: str = "auto",
             uuid: UUID | str | None = None, source: str = "manual", device: str | None = None,
             marked_by: str | None = None) -> Marked:
        """Record that the person came or went, now or at a time that lies behind.

        Text without an offset is in the site's zone. Raises 404 person_not_found, 422 bad_time,
        nonexistent_time, ambiguous_time, time_in_future, bad_direction or bad_uuid, and 409
        idempotency_conflict where the uuid was used before with other content, person_inactive
        for who is archived.
        """
        now = self._parts.clock()
        claimed = whole_seconds(now) if at is None else parse_moment(at, self._parts.zone)
        way, origin = read_direction(direction), read_source(source)
        asked = None if uuid is None else read_uuid(uuid)
        with self._store.write() as unit:
            person = find_person(unit, person_id, hint=" Add the person first: POST /persons.")
            known = unit.punches.get(asked) if asked is not None else None
            if known is not None:
                said = known.claimed_at or known.at
                if (known.person, known.direction, known.source) != (person.uuid, way, origin) or (
                        at is not None and said != claimed):
                    raise IdempotencyConflict(f"The uuid {asked} was used before with other content",
                                              details={"uuid": str(asked)})
                return result(unit, known, unit.outcomes.get(known.uuid), created=False)
            require_active(person)
            time = require_believable(claimed, now, self._settings.max_clock_skew, "timestamp")
            punch = Punch(uuid=asked or new_uuid(), person=person.uuid, at=time.at, claimed_at=time.claimed_at,
                          received_at=now, device=device, source=origin, direction=way)
            insert(unit, punch)
            return settle(unit, person, punch, self._parts.zone, created=True, by=marked_by)

    def record_sighting(self, sighting: Sighting, uuid: UUID | None = None) -> Marked:
        """A recognised face becomes a punch, if person, templates and consent still stand.

        They are looked at in the punch's own transaction, whatever the camera's gallery holds;
        where one is gone nothing is stored of the sighting but a line in the security log, and
        the answer is `refused`, reason `withdrawn`. `uuid` makes a repetition harmless.
        """
        now = self._parts.clock()
        time = believe(whole_seconds(sighting.at), now, self._settings.max_clock_skew)
        with self._store.write() as unit:
            person = unit.people.get(sighting.person)
            if person is None or not self._stands(unit, sighting):
                return self._refuse(unit, person, sighting)
            punch = Punch(
                uuid=uuid or new_uuid(), person=person.uuid, at=time.at, claimed_at=time.claimed_at,
                received_at=now, device=sighting.device, source=Source.face,
                direction=direction_of(unit, sighting.device), confidence=sighting.confidence,
                distance=sighting.distance, liveness=sighting.liveness, clock_suspect=time.suspect)
            created = insert(unit, punch)
            unit.events.append("sighting", {
                "decision": "accepted", "reason": "matched", "person_id": person.person_id,
                "person_name": person.name, "distance": sighting.distance,
                "confidence": sighting.confidence, "device": sighting.device,
                "at": local_text(sighting.at, self._parts.zone), "track_id": sighting.track_id})
            return settle(unit, person, punch, self._parts.zone, created=created)

    def record_refusal(self, refusal: Refusal) -> dict[str, Any] | None:
        """Tell the pages of a face that was looked at and not accepted; the event, or None where
        nobody need hear of it. Nothing else is kept, but a question that the person may answer
        for a while (`backend.desks.confirming`), and a line in the security log where the face
        did not show that it is no picture."""
        with self._store.write() as unit:
            payload = told(unit, refusal, self._parts)
            if payload is not None:
                unit.events.append("sighting", payload)
            if refusal.decision.reason in _NOT_LIVE:
                self._suspect(unit, refusal)
            return payload

    def accept_punches(self, items: Iterable[Any], device: str) -> builtins.list[dict[str, Any]]:
        """A device's punches, in any order, any number of times; answered item by item.

        Each item is a mapping of uuid, person_id or badge, at, and maybe pin, direction, source.
        An answer holds uuid and `success`, and action, reason, created, attendance_id, or else
        error and code. A time too far ahead is kept as clock_suspect for HR.
        """
        return DeviceItems(self._parts, device).accept(list(items))

    def list(self, start: date | None = None, end: date | None = None, person_id: str | None = None,
             department: str | None = None, status: str | None = None, search: str | None = None,
             limit: int | None = None, offset: int = 0,
             oldest_first: bool = False) -> tuple[builtins.list[AttendanceRecord], int]:
        """Rows whose day lies in the inclusive range, newest first, and how many match in all.

        `status` is open, closed, assumed, superseded or any; unset means all in force.
        """
        if start is not None and end is not None and end < start:
            raise BadInput(f"end_date {end} lies before start_date {start}", code="bad_range")
        if status is not None and status not in ("open", "closed", "assumed", "superseded", "any"):
            raise BadInput("status must be open, closed, assumed, superseded or any", code="bad_status")
        with self._store.read() as unit:
            person = find_person(unit, person_id).uuid if person_id is not None else None
            return unit.attendance.search(
                start=start, end=end, person=person, department=department, status=status,
                search=search, limit=_ALL if limit is None else limit, offset=offset,
                oldest_first=oldest_first)

    def get(self, attendance_id: int) -> AttendanceRecord:
        """A row, superseded ones too. Raises 404 attendance_not_found."""
        with self._store.read() as unit:
            return _row(unit, attendance_id)

    def today(self) -> date:
        """The present day in the site's zone."""
        return self._parts.clock().astimezone(self._parts.zone).date()

    def entered_in_odoo(self) -> builtins.list[ForeignRow]:
        """Rows that somebody entered in Odoo and not here: those of today, and open ones that
        began no longer than MAX_SHIFT ago; by check-in."""
        now, zone = self._parts.clock(), self._parts.zone
        begin = datetime.combine(now.astimezone(zone).date(), time.min, zone)
        with self._store.read() as unit:
            rows = [row for connection in unit.connections.names()
                    for row in unit.foreign.between(begin, max(now, begin) + timedelta(days=1), connection)]
        rows.sort(key=lambda row: row.check_in)
        return [row for row in rows if row.check_in >= begin or now - row.check_in <= self._settings.max_shift]

    def present(self) -> int:
        """How many people are in, by what is recorded here or was entered in Odoo."""
        with self._store.read() as unit:
            here = unit.attendance.open_people()
        elsewhere = {row.person or (row.connection_id, row.odoo_employee_id)
                     for row in self.entered_in_odoo() if row.check_out is None}
        return len(here | elsewhere)

    def summary(self, start: date, end: date, person_id: str | None = None,
                department: str | None = None) -> builtins.list[PersonTotal]:
        """Totals of each person with rows in the inclusive range of days, by name."""
        rows, _ = self.list(start, end, person_id, department)
        return total_up(rows)

    def correct(self, attendance_id: int, *, reason: str, by: str,
                check_in: datetime | str | object = KEEP,
                check_out: datetime | str | object | None = KEEP,
                source: str = "hr") -> AttendanceRecord:
        """Give a row other times; what is not named stays, and check_out None opens it again.

        The punches stay and an audit row is added; the row keeps its number. Raises 404
        attendance_not_found, 409 attendance_superseded or attendance_overlap, 422 for times
        that make no sense and for an empty reason; then nothing was written.
        """
        times = {name: value if value in (KEEP, None) else parse_moment(value, self._parts.zone, name)
                 for name, value in (("check_in", check_in), ("check_out", check_out))}
        for name, value in times.items():
            if isinstance(value, datetime):
                require_believable(value, self._parts.clock(), self._settings.max_clock_skew, name)
        with self._store.write() as unit:
            return correct(unit, _row(unit, attendance_id), times["check_in"], times["check_out"],
                           reason=reason, by=by, source=source, zone=self._parts.zone)

    def void(self, attendance_id: int, *, reason: str, by: str, source: str = "hr") -> AttendanceRecord:
        """Take a row away, by a correction of its own; answers with the superseded row."""
        with self._store.write() as unit:
            return void(unit, _row(unit, attendance_id), reason=reason, by=by, source=source,
                        zone=self._parts.zone)

    def close_overdue(self) -> int:
        """Close by assumption who is in longer than MAX_SHIFT; how many. Called by the schedule."""
        now = self._parts.clock()
        with self._store.read() as unit:
            if not self._overdue(unit, now):
                return 0
        with self._store.write() as unit:
            return sum(self._close(unit, uuid) for uuid in self._overdue(unit, now))

    @staticmethod
    def _overdue(unit: Unit, now: datetime) -> builtins.list[UUID]:
        # The shortest of all policies finds everybody; the derivation knows whose rules.
        shortest = min((policy.max_shift for policy in unit.policies.all()), default=None)
        return [] if shortest is None else unit.attendance.overdue(now - shortest)

    def _close(self, unit: Unit, uuid: UUID) -> bool:
        done = rederive(unit, uuid, unit.now())
        person = unit.people.get(uuid)
        if not done.changes.changed or person is None:
            return False
        session = next(s for s in reversed(done.derived.sessions) if s.assumed)
        row = unit.attendance.by_session(session.uuid)
        about = {"action": "assumed_check_out", "reason": "missing_check_out",
                 "person_id": person.person_id, "person_name": person.name,
                 "at": local_text(session.check_out, self._parts.zone), "device": None,
                 "source": str(session.source), "attendance_id": row.id if row else None}
        unit.events.append("attendance", {**about, "confidence": None, "distance": None})
        unit.logs.append("attendance", "warning",
                         f"{person.name} did not check out; closed by assumption", about)
        return True

    def _stands(self, unit: Unit, sighting: Sighting) -> bool:
        return bool(sighting.template_ids) and all(
            unit.templates.in_force(template, self._settings.require_consent)
            for template in sighting.template_ids)

    def _suspect(self, unit: Unit, refusal: Refusal) -> None:
        decision = refusal.decision
        person = unit.people.get(decision.person) if decision.person is not None else None
        unit.logs.append("security", "warning",
                         "Not recorded: a face that was taken for "
                         f"{person.name if person else 'somebody'} {_NOT_LIVE[decision.reason]}",
                         {"person_id": person.person_id if person else None, "device": refusal.device,
                          "track_id": refusal.track_id, "reason": str(decision.reason)})

    def _refuse(self, unit: Unit, person: Person | None, sighting: Sighting) -> Marked:
        name = person.name if person is not None else "somebody who was erased"
        unit.logs.append("security", "warning",
                         f"Not recorded: person, face or consent of {name} was withdrawn meanwhile",
                         {"person_id": person.person_id if person else None,
                          "device": sighting.device})
        unit.events.append("sighting", {
            "decision": "refused", "reason": "withdrawn", "distance": None, "confidence": None,
            "device": sighting.device, "at": local_text(sighting.at, self._parts.zone),
            "track_id": sighting.track_id})
        return Marked(str(OutcomeKind.refused), "withdrawn", None, False, None)


def _row(unit: Unit, attendance_id: int) -> AttendanceRecord:
    row = unit.attendance.get(attendance_id)
    if row is None:
        raise NotFound(f"There is no attendance row {attendance_id}", code="attendance_not_found")
    return row
