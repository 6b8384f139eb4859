"""The learning desk: templates from very sure sightings, and how to be rid of them.

The enrolled templates stay the anchor. Whatever the gallery in use accepted, a template is learnt
only where it is far inside the threshold of the enrolled ones alone, so that what was learnt
before cannot lead it away, step by step, to somebody else.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from backend.desks.drift import DriftReport, report
from backend.desks.parts import Parts
from backend.desks.people import find_person
from backend.desks.punching import Marked
from backend.errors import FaceAttendanceError
from backend.store.records import ADAPTIVE, Template
from backend.store.unit import Unit
from backend.vision.gallery import Gallery
from backend.vision.learning import anchored, most_learnt

if TYPE_CHECKING:
    from backend.vision.results import Lesson, Sighting

log = logging.getLogger(__name__)

_TAUGHT_BY = frozenset({"check_in", "check_out", "duplicate"})
"""What a punch must have come to: one that HR has to look at first teaches nothing."""


@dataclass(frozen=True)
class Learnt:
    """Somebody of whom templates were learnt: how many, and when the newest."""

    person_id: str
    name: str
    templates: int
    newest: datetime


class LearningDesk:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store
        self._settings = parts.settings

    def learn(self, sighting: Sighting, marked: Marked) -> UUID | None:
        """Keep the template that a recorded sighting offers; its id, or None where it is not kept.

        A consent must be in force, whatever REQUIRE_CONSENT says. One is learnt in ADAPTIVE_EVERY;
        the oldest goes where there would be more than ADAPTIVE_MOST, or as many as were enrolled. A database
        that cannot be written now is no failure: the punch stands, and another day will do.
        """
        offered = sighting.lesson
        if offered is None or not self._settings.adaptive_templates or not marked.created:
            return None
        if marked.action not in _TAUGHT_BY or marked.punch_uuid is None:
            return None
        try:
            return self._learn(sighting, offered, marked.punch_uuid)
        except FaceAttendanceError as error:
            log.warning("nothing was learnt from a sighting: %s", error)
            return None

    def _learn(self, sighting: Sighting, offered: Lesson, punch: UUID) -> UUID | None:
        with self._store.read() as unit:
            if self._room(unit, sighting.person, offered) is None:
                return None
            rows = unit.templates.all_in_force(offered.engine, self._settings.require_consent)
        # Outside of the unit that writes: it takes as long as loading a gallery.
        enrolled = Gallery(rows.matrix, rows.people, rows.ids)
        distance = anchored(offered, sighting.person, enrolled, self._settings)
        if distance is None:
            return None
        with self._store.write() as unit:
            too_many = self._room(unit, sighting.person, offered)
            if too_many is None or unit.gallery_version() != rows.version:
                return None
            return self._keep(unit, sighting, offered, punch, distance, too_many)

    def forget(self, person_id: str | None = None, *, by: str) -> int:
        """Delete what was learnt of a person, or with None of everybody; how many templates went."""
        with self._store.write() as unit:
            person = None if person_id is None else find_person(unit, person_id)
            gone = unit.templates.delete_learnt(None if person is None else person.uuid)
            whose = "everybody" if person is None else person.name
            unit.logs.append("security", "info", f"{gone} learnt face(s) of {whose} were deleted",
                             {"person_id": None if person is None else person.person_id, "by": by})
            return gone

    def learnt(self) -> list[Learnt]:
        """Of whom templates were learnt, by name."""
        with self._store.read() as unit:
            found: dict[UUID, list[datetime]] = {}
            for person, created_at in unit.templates.learnt():
                found.setdefault(person, []).append(created_at)
            people = unit.people.get_many(found)
        return sorted((Learnt(people[uuid].person_id, people[uuid].name, len(times), max(times))
                       for uuid, times in found.items() if uuid in people), key=lambda one: one.name)

    def drift(self, months: int = 12) -> DriftReport:
        """Whose faces, and which cameras' pictures, move away from what was enrolled."""
        return report(self._parts, months)

    def take_up(self) -> int:
        """Have every process load what was learnt since yesterday; how many. Called by the schedule."""
        since = self._parts.clock() - timedelta(days=1)
        if not self._settings.adaptive_templates:
            return 0
        with self._store.write() as unit:
            fresh = len(unit.templates.learnt(since=since))
            if fresh:
                unit.templates.bump()
            return fresh

    def _room(self, unit: Unit, person: UUID, offered: Lesson) -> list[Template] | None:
        """The learnt templates that have to go for another one; None where none may come now."""
        known = unit.people.get(person)
        if known is None or not known.active or not known.consent:
            return None
        mine = [one for one in unit.templates.of(person) if one.engine == offered.engine]
        enrolled, learnt = [one for one in mine if not one.learnt], [one for one in mine if one.learnt]
        most = most_learnt(len(enrolled), self._settings)
        if not most:
            return None
        if learnt and self._parts.clock() - learnt[-1].created_at < self._settings.adaptive_every:
            return None
        return learnt[:max(0, len(learnt) + 1 - most)]

    def _keep(self, unit: Unit, sighting: Sighting, offered: Lesson, punch: UUID, distance: float,
              too_many: list[Template]) -> UUID:
        person = unit.people.get(sighting.person)
        assert person is not None
        for old in too_many:
            unit.templates.replace_learnt(old.uuid)
        quality: dict[str, Any] = {
            "ok": True, "reasons": [], "width_px": offered.quality.width_px,
            "sharpness": offered.quality.sharpness, "brightness": offered.quality.brightness,
            "yaw_degrees": offered.quality.yaw_degrees, "frames": offered.frames, "spread": offered.spread,
            "distance": round(distance, 4), "device": sighting.device}
        made = unit.templates.add(person.uuid, offered.vector, offered.engine, quality, ADAPTIVE, punch)
        unit.logs.append("security", "info", f"A face of {person.name} was learnt at the door",
                         {"person_id": person.person_id, "device": sighting.device,
                          "distance": round(distance, 4), "replaced": len(too_many)})
        return made
