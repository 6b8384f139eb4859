"""Punches as a device sends them: a list, late, repeated, in any order, answered one by one.

One bad item never stops the others. A bounded number of items goes into one unit of work, and
everybody in it is derived once, however many punches they sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from backend.attendance import Direction, Punch, Source
from backend.attendance.time import parse_moment
from backend.desks.parts import Parts
from backend.desks.people import find_person
from backend.desks.pins import Pins
from backend.desks.punching import believe, insert, require_active, result, tell
from backend.desks.reading import read_direction, read_source, read_text, read_uuid
from backend.desks.rederive import rederive
from backend.errors import BadInput, FaceAttendanceError, NotFound
from backend.store.records import Person
from backend.store.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

AT_ONCE = 50
"""Items of one unit of work: other writers wait no longer than these take."""


@dataclass(frozen=True)
class _Item:
    uuid: UUID
    person_id: str | None
    badge: str | None
    pin: str | None
    at: datetime
    direction: Direction
    source: Source


class DeviceItems:
    """Takes the lists of one device."""

    def __init__(self, parts: Parts, device: str) -> None:
        self._parts = parts
        self._device = device

    def accept(self, items: Sequence[Any]) -> list[dict[str, Any]]:
        """An answer for each item, in the order of the items."""
        answers: list[dict[str, Any]] = [{} for _ in items]
        good: list[tuple[int, _Item]] = []
        for index, raw in enumerate(items):
            try:
                item = self._read(raw)
                self._check_pin(item)
                good.append((index, item))
            except FaceAttendanceError as error:
                answers[index] = _failure(raw, error)
        for start in range(0, len(good), AT_ONCE):
            self._keep(good[start:start + AT_ONCE], answers)
        return answers

    def _read(self, raw: Any) -> _Item:
        if not isinstance(raw, Mapping):
            raise BadInput("a punch is an object with uuid, person_id or badge, and at", code="bad_punch")
        if raw.get("uuid") is None:
            raise BadInput("uuid is missing: make one for each punch, and send it again unchanged",
                           code="bad_uuid")
        item = _Item(
            uuid=read_uuid(raw["uuid"]), person_id=read_text(raw.get("person_id"), "person_id", 128),
            badge=read_text(raw.get("badge"), "badge", 128), pin=read_text(raw.get("pin"), "pin", 32),
            at=parse_moment(raw.get("at"), self._parts.zone, "at"),
            direction=read_direction(raw.get("direction") or "auto"),
            source=read_source(raw.get("source") or ("pin" if raw.get("pin") else "badge")))
        if item.person_id is None and item.badge is None:
            raise BadInput("person_id or badge is missing", code="person_missing")
        if item.source is Source.pin and item.pin is None:
            raise BadInput("pin is missing", code="pin_missing")
        return item

    def _check_pin(self, item: _Item) -> None:
        """Outside of the unit that writes: hashing a PIN takes a tenth of a second."""
        if item.pin is None:
            return
        with self._parts.store.read() as unit:
            if unit.punches.get(item.uuid) is not None:
                return  # sent again; it was checked the first time
            person = _whose(unit, item)
        Pins(self._parts).verify(person.uuid, item.pin, self._device)

    def _keep(self, items: list[tuple[int, _Item]], answers: list[dict[str, Any]]) -> None:
        with self._parts.store.write() as unit:
            kept: list[tuple[int, Person, Punch, bool]] = []
            for index, item in items:
                try:
                    person = _whose(unit, item)
                    punch, created = self._insert(unit, person, item)
                    kept.append((index, person, punch, created))
                except FaceAttendanceError as error:
                    if error.status >= 500:
                        raise
                    answers[index] = _failure({"uuid": item.uuid}, error)
            earliest: dict[UUID, datetime] = {}
            for _, person, punch, created in kept:
                if created:
                    earliest[person.uuid] = min(punch.at, earliest.get(person.uuid, punch.at))
            for uuid, moment in earliest.items():
                rederive(unit, uuid, moment)
            for index, person, punch, created in kept:
                marked = result(unit, punch, unit.outcomes.get(punch.uuid), created)
                if created:
                    tell(unit, person, punch, marked, self._parts.zone)
                answers[index] = {
                    "uuid": str(punch.uuid), "success": True, "action": marked.action,
                    "reason": marked.reason, "created": created,
                    "attendance_id": marked.attendance.id if marked.attendance else None}

    def _insert(self, unit: Unit, person: Person, item: _Item) -> tuple[Punch, bool]:
        known = unit.punches.get(item.uuid)
        if known is None:
            require_active(person)
        now = self._parts.clock()
        time = believe(item.at, now, self._parts.settings.max_clock_skew)
        punch = Punch(uuid=item.uuid, person=person.uuid, at=time.at, claimed_at=time.claimed_at,
                      received_at=now, device=self._device, source=item.source,
                      direction=item.direction, clock_suspect=time.suspect)
        created = insert(unit, punch)
        return (punch if created else known or punch), created


def _whose(unit: Unit, item: _Item) -> Person:
    if item.person_id is not None:
        return find_person(unit, item.person_id)
    person = unit.people.by_badge(item.badge or "")
    if person is None or person.erased_at is not None:
        raise NotFound("Nobody has this badge", code="person_not_found")
    return person


def _failure(raw: Any, error: FaceAttendanceError) -> dict[str, Any]:
    uuid = raw.get("uuid") if isinstance(raw, Mapping) else None
    return {"uuid": str(uuid)[:64] if uuid is not None else None, "success": False,
            "error": str(error), "code": error.code}
