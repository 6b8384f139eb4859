"""A punch on its way into the books: is its time believable, what became of it, who is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.attendance import Outcome, OutcomeKind, Punch
from backend.attendance.time import local_text
from backend.desks.rederive import rederive
from backend.errors import BadInput, Conflict
from backend.store.errors import PunchConflict
from backend.store.records import AttendanceRecord, Person
from backend.store.unit import Unit

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Nobody's attendance is older; a clock that says so has lost its battery."""
_TICK = timedelta(seconds=1)

_SAID = {
    "opens": "checked in", "closes": "checked out",
    "amends_assumed_end": "checked out, later than the longest shift allows",
    "within_window": "punched again", "already_in": "asked to check in while in",
    "not_in": "asked to check out while out", "after_lock": "punched in a locked period",
    "clock_suspect": "punched at a time that cannot be believed",
    "voided": "punched in a time that HR has voided",
    "corrected": "punched in a time that HR has corrected",
}


class IdempotencyConflict(Conflict):
    """The same uuid, or Idempotency-Key, was used before with other content."""

    code = "idempotency_conflict"


class PersonInactive(Conflict):
    """Archived, in Odoo or by hand: nothing new is recorded of this person."""

    code = "person_inactive"


@dataclass(frozen=True)
class Marked:
    """What one punch came to.

    `action` is check_in, check_out, duplicate, flagged or refused, and `reason` says why;
    `attendance` is the row it concerns (for a duplicate, the row it repeats); `created` is
    False where the same punch was there already.
    """

    action: str
    reason: str
    attendance: AttendanceRecord | None
    created: bool
    punch_uuid: UUID | None

    @property
    def status(self) -> int:
        """For HTTP: 201 where this punch checked somebody in or out, else 200."""
        return 201 if self.created and self.action in ("check_in", "check_out") else 200


@dataclass(frozen=True)
class Believed:
    """A time as it will be stored: clamped to ours (`claimed_at` keeps what was said), or
    stored as it came and suspect."""

    at: datetime
    claimed_at: datetime | None
    suspect: bool


def require_active(person: Person) -> None:
    """Raises PersonInactive."""
    if not person.active:
        raise PersonInactive(f"{person.name} is archived; make the person active first, in Odoo if they come from "
                             "there")


def believe(claimed: datetime, now: datetime, skew: timedelta) -> Believed:
    """Up to `skew` ahead of our clock a time is clamped; further, or ages ago, it is suspect."""
    if claimed > now + skew or claimed < EARLIEST:
        return Believed(claimed, None, True)
    if claimed > now + _TICK:
        return Believed(now, claimed, False)
    return Believed(claimed, None, False)


def require_believable(claimed: datetime, now: datetime, skew: timedelta, name: str) -> Believed:
    """Like `believe`, but what is suspect is refused: whoever typed the time can mend it."""
    believed = believe(claimed, now, skew)
    if not believed.suspect:
        return believed
    if claimed < EARLIEST:
        raise BadInput(f"{name} lies before the year 2000", code="bad_time")
    raise BadInput(f"{name} lies in the future, more than {_words(skew)} ahead of the server's clock; "
                   "attendance is recorded when it happens", code="time_in_future")


def _words(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    return f"{seconds // 60} min" if seconds >= 60 and seconds % 60 == 0 else f"{seconds} s"


def insert(unit: Unit, punch: Punch) -> bool:
    """Append the punch; False where the same one is there. Raises IdempotencyConflict."""
    try:
        return unit.punches.insert(punch)[1]
    except PunchConflict as error:
        raise IdempotencyConflict(str(error), details=error.details) from None


def settle(unit: Unit, person: Person, punch: Punch, zone: ZoneInfo, *, created: bool,
           by: str | None = None) -> Marked:
    """Derive the person again after `insert`, and tell the pages and the log."""
    outcomes = {outcome.punch: outcome for outcome in rederive(unit, person.uuid, punch.at).derived.outcomes}
    marked = result(unit, punch, outcomes[punch.uuid], created)
    tell(unit, person, punch, marked, zone, by)
    return marked


def result(unit: Unit, punch: Punch, outcome: Outcome | None, created: bool) -> Marked:
    """The answer for a stored punch. An outcome is missing only for a person who was erased."""
    if outcome is None:
        return Marked("refused", "erased", None, created, punch.uuid)
    row = unit.attendance.by_session(outcome.session) if outcome.session else None
    return Marked(str(outcome.outcome), outcome.reason, row, created, punch.uuid)


def tell(unit: Unit, person: Person, punch: Punch, marked: Marked, zone: ZoneInfo,
         by: str | None = None) -> None:
    """The event for the pages and the line for the log, in the punch's own transaction."""
    at = local_text(punch.at, zone)
    about: dict[str, Any] = {
        "action": marked.action, "reason": marked.reason, "person_id": person.person_id,
        "person_name": person.name, "at": at, "device": punch.device, "source": str(punch.source),
        "attendance_id": marked.attendance.id if marked.attendance else None}
    unit.events.append("attendance", {
        **about, "confidence": punch.confidence, "distance": punch.distance,
        "duration_minutes": marked.attendance.duration_minutes if marked.attendance else None})
    needs_hr = marked.action in (OutcomeKind.flagged, OutcomeKind.refused)
    quiet = marked.action == OutcomeKind.duplicate
    details = {**about, "punch": str(punch.uuid)} | ({"by": by} if by else {})
    unit.logs.append("attendance", "warning" if needs_hr else "debug" if quiet else "info",
                     f"{person.name} {_SAID.get(marked.reason, marked.action)} at {at}", details)
