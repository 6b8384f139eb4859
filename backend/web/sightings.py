"""Faces in answers: names for those recognised, and words for why not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from backend.store.records import Person
from backend.web.context import Context
from backend.web.schemas.camera import PersonSeen


class Names:
    """The people of one picture, read at once."""

    def __init__(self, here: Context, people: Iterable[UUID | None]) -> None:
        wanted = {person for person in people if person is not None}
        self._people: dict[UUID, Person] = {}
        if wanted:
            with here.system.store.read() as unit:
                self._people = unit.people.get_many(wanted)

    def person_id(self, person: UUID | None) -> str | None:
        found = self._people.get(person) if person else None
        return found.person_id if found else None

    def seen(self, person: UUID | None) -> PersonSeen | None:
        found = self._people.get(person) if person else None
        return PersonSeen(person_id=found.person_id, name=found.name) if found else None

    def name(self, person: UUID | None) -> str | None:
        found = self._people.get(person) if person else None
        return found.name if found else None


def rounded(value: float | None, digits: int = 4) -> float | None:
    """A float fit for JSON; None stays None."""
    return None if value is None else round(float(value), digits)


def marked_payload(marked: Any, names: Names, sighting: Any, at: str | None) -> dict[str, Any]:
    """The event of a sighting that became a mark."""
    row = marked.attendance
    return {"action": str(marked.action), "person_id": names.person_id(sighting.person),
            "person_name": names.name(sighting.person), "at": at,
            "attendance_id": row.id if row else None, "device": sighting.device, "source": "face",
            "confidence": rounded(sighting.confidence),
            "duration_minutes": row.duration_minutes if row else None}
