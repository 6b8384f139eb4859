"""The gallery as HR sees it: whose pictures harm, who is too alike, who has too few, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.desks.parts import Parts
from backend.store.records import Person
from backend.vision.engines import engine_name, operating_of
from backend.vision.findings import Findings, Suspect, examine, threshold_in_force
from backend.vision.gallery import Gallery

_AT_ONCE = 500
"""People named by one query: databases bound how many values it may hold."""


@dataclass(frozen=True)
class Named:
    person_id: str
    name: str


@dataclass(frozen=True)
class AlikePeople:
    """Two people whose mean templates are `distance` apart, nearer than the report's `limit`."""

    person: Named
    other: Named
    distance: float


@dataclass(frozen=True)
class OddPicture:
    """A template, its distance to the person's others (to their mean where it harms, to the nearest
    where it disagrees), and the nearest other person."""

    face_id: str
    person: Named
    own_distance: float
    other: Named | None
    distance: float | None


@dataclass(frozen=True)
class FewPictures:
    person: Named
    templates: int


@dataclass(frozen=True)
class GalleryReport:
    """Of the templates in force of one engine; the worst of each list comes first."""

    engine: str
    people: int
    templates: int
    threshold: float
    """Distance up to which one picture of a face is accepted at present."""
    limit: float
    """Distance below which two people count as too alike."""
    alike: Sequence[AlikePeople]
    harmful: Sequence[OddPicture]
    disagreeing: Sequence[OddPicture]
    few: Sequence[FewPictures]

    @property
    def ok(self) -> bool:
        """Whether nothing was found but people with few pictures."""
        return not (self.alike or self.harmful or self.disagreeing)


def report(parts: Parts, engine: str | None = None) -> GalleryReport:
    """Look at all templates in force of `engine`, that in force by default."""
    settings = parts.settings
    name = engine or engine_name(settings)
    with parts.store.read() as unit:
        rows = unit.templates.all_in_force(name, settings.require_consent)
    gallery = Gallery(rows.matrix, rows.people, rows.ids, rows.version)
    point = operating_of(settings, name)
    found = examine(gallery, point, settings)
    with parts.store.read() as unit:
        concerned = sorted(_concerned(found))
        people: dict[UUID, Person] = {}
        for start in range(0, len(concerned), _AT_ONCE):
            people |= unit.people.get_many(concerned[start:start + _AT_ONCE])
    return GalleryReport(
        engine=name, people=found.people, templates=found.templates,
        threshold=round(threshold_in_force(gallery, point, settings), 4), limit=found.limit,
        alike=[AlikePeople(_named(people, pair.person), _named(people, pair.other), pair.distance)
               for pair in found.alike],
        harmful=[_odd(people, one, one.own) for one in found.harmful],
        disagreeing=[_odd(people, one, one.nearest_own) for one in found.disagreeing],
        few=[FewPictures(_named(people, person), count) for person, count in found.few])


def _concerned(found: Findings) -> set[UUID]:
    pairs = {person for pair in found.alike for person in (pair.person, pair.other)}
    odd = {person for one in (*found.harmful, *found.disagreeing)
           for person in (one.person, one.other) if person is not None}
    return pairs | odd | {person for person, _ in found.few}


def _odd(people: dict[UUID, Person], one: Suspect, own_distance: float) -> OddPicture:
    return OddPicture(str(one.template), _named(people, one.person), own_distance,
                      None if one.other is None else _named(people, one.other), one.distance)


def _named(people: dict[UUID, Person], uuid: UUID) -> Named:
    """Who was erased meanwhile has no name any more."""
    found = people.get(uuid)
    return Named(found.person_id, found.name) if found else Named("", "")
