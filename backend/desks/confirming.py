"""Asking the person: a face that was not quite sure is confirmed by PIN or badge.

The question names nobody: whoever stands there might be a stranger. What confirms it becomes one
punch, at the time at which the face was seen.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from backend.attendance import Punch, Source
from backend.attendance.time import local_text
from backend.clock import whole_seconds
from backend.desks.devices import direction_of
from backend.desks.parts import Parts
from backend.desks.pins import Pins
from backend.desks.punching import Marked, believe, insert, require_active, result, settle
from backend.desks.reading import new_uuid, read_text, read_uuid
from backend.errors import BadInput, FaceAttendanceError, NotFound
from backend.store.records import Confirmation, Person
from backend.store.unit import Unit
from backend.vision.results import Outcome

if TYPE_CHECKING:
    from backend.vision.results import Refusal

_REPEAT = timedelta(seconds=10)
"""As the camera does not tell the same person twice, it does not ask about them so soon again."""


class ConfirmationExpired(FaceAttendanceError):
    """The question is older than ASK_LIFETIME."""

    code = "confirmation_expired"
    status = 410


def told(unit: Unit, refusal: Refusal, parts: Parts) -> dict[str, Any] | None:
    """The event of a face that was not accepted, for the pages; None where nobody need hear.

    It names nobody. Where the person may be asked, `decision` is ask, and there are besides
    `confirmation`, to be sent to POST /attendance/confirm, and `expires_in`, in seconds.
    """
    decision, now = refusal.decision, parts.clock()
    payload = {
        "decision": str(decision.outcome), "reason": str(decision.reason), "text": decision.reason.text,
        "distance": decision.distance, "confidence": None, "device": refusal.device,
        "at": local_text(refusal.at, parts.zone), "track_id": refusal.track_id}
    if decision.outcome is not Outcome.ASK:
        return payload
    person = unit.people.get(decision.person) if decision.person is not None else None
    if person is not None and _recorded_here(unit, person, refusal):
        return None
    if person is None or not _worth_asking(unit, person, refusal, parts):
        return {**payload, "decision": str(Outcome.UNCERTAIN)}
    question = unit.confirmations.open_for(person.uuid, refusal.device, refusal.track_id) or \
        unit.confirmations.add(
            new_uuid(), person=person.uuid, device=refusal.device, track_id=refusal.track_id,
            at=refusal.at, reason=str(decision.reason), distance=decision.distance,
            confidence=decision.confidence, expires_at=now + parts.settings.ask_lifetime)
    left = (question.expires_at - now).total_seconds()
    return {**payload, "confirmation": str(question.uuid), "expires_in": round(left, 1)}


def _recorded_here(unit: Unit, person: Person, refusal: Refusal) -> bool:
    """Whether this face has just been confirmed, or the person seen, at this device."""
    last = unit.punches.last_of(person.uuid)
    if last is None or last.device != refusal.device:
        return False
    if abs(refusal.at - last.at) < _REPEAT:
        return True
    answered = unit.confirmations.get(last.uuid)
    return answered is not None and answered.track_id == refusal.track_id


def _worth_asking(unit: Unit, person: Person, refusal: Refusal, parts: Parts) -> bool:
    """Whether the answer would be more than a duplicate: who has just been recorded elsewhere is
    hardly here as well, and this is somebody like them."""
    if not person.active:
        return False
    last = unit.punches.last_of(person.uuid)
    return last is None or abs(refusal.at - last.at) >= parts.settings.duplicate_window


class ConfirmationsDesk:
    """Takes the answers to the questions."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store

    def confirm(self, confirmation: UUID | str, pin: str | None = None, badge: str | None = None,
                device: str | None = None) -> Marked:
        """The punch that the face becomes once its person's PIN or badge is given.

        `device`, where it is given, must be the one that asked. The same answer again brings the
        same punch. Raises 404 confirmation_not_found, 410 confirmation_expired, 422
        pin_or_badge, and what `Pins` raises: 403 pin_wrong or badge_wrong, 429 pin_locked.
        """
        pin, badge = read_text(pin, "pin", 32), read_text(badge, "badge", 128)
        if (pin is None) == (badge is None):
            raise BadInput("Send pin or badge: one of them", code="pin_or_badge")
        question = self._question(read_uuid(confirmation), device)
        # Hashing a PIN takes a tenth of a second, which no transaction has to wait for.
        if pin is not None:
            Pins(self._parts).verify(question.person, pin, question.device)
        else:
            Pins(self._parts).verify_badge(question.person, badge or "", question.device)
        with self._store.write() as unit:
            return self._punch(unit, question, Source.pin if pin is not None else Source.badge)

    def _question(self, uuid: UUID, device: str | None) -> Confirmation:
        with self._store.read() as unit:
            found = unit.confirmations.get(uuid)
        if found is None or (device is not None and device != found.device):
            raise NotFound("There is no such question at this door; look at the camera once more",
                           code="confirmation_not_found")
        if found.confirmed_at is None and found.expires_at <= self._parts.clock():
            raise ConfirmationExpired("That took too long; look at the camera once more")
        return found

    def _punch(self, unit: Unit, question: Confirmation, source: Source) -> Marked:
        known = unit.punches.get(question.uuid)
        if known is not None:
            return result(unit, known, unit.outcomes.get(known.uuid), created=False)
        person = unit.people.get(question.person)
        if person is None or unit.confirmations.get(question.uuid) is None:
            raise NotFound("Person or consent were withdrawn meanwhile", code="confirmation_not_found")
        require_active(person)
        now = self._parts.clock()
        time = believe(whole_seconds(question.at), now, self._parts.settings.max_clock_skew)
        punch = Punch(
            uuid=question.uuid, person=person.uuid, at=time.at, claimed_at=time.claimed_at,
            received_at=now, device=question.device, source=source,
            direction=direction_of(unit, question.device), confidence=question.confidence,
            distance=question.distance, clock_suspect=time.suspect)
        insert(unit, punch)
        unit.confirmations.confirmed(question.uuid)
        return settle(unit, person, punch, self._parts.zone, created=True)
