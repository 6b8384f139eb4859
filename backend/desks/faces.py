"""The faces desk: from pictures that were read to templates in force, with consent or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from backend.desks.enrolling import Doubt, doubts, others_than, refusal, verdict, without_repeats
from backend.desks.findings import GalleryReport, report
from backend.desks.parts import Parts
from backend.desks.people import find_person
from backend.desks.reading import read_text
from backend.errors import BadInput, Conflict, NotFound
from backend.store.records import Consent, EnrolmentPicture, Person
from backend.store.unit import Unit
from backend.vision.engines import operating_of
from backend.vision.findings import threshold_in_force
from backend.vision.gallery import Gallery

if TYPE_CHECKING:
    from backend.vision.results import FaceReading, PictureReading

class BelongsToAnother(Conflict):
    code = "belongs_to_another_person"


class ConsentRequired(Conflict):
    code = "consent_required"


class TooManyTemplates(Conflict):
    code = "too_many_templates"


@dataclass(frozen=True)
class Warned:
    """Something to know about the new faces: `code` for machines, `text` for people; `person_id`
    and `name` of the other person, where there is one, at `distance`."""

    code: str
    text: str
    person_id: str | None = None
    name: str | None = None
    distance: float | None = None


@dataclass(frozen=True)
class Enrolment:
    """What became of the pictures: `templates` new ones, `total_faces` of the person now, a verdict
    a picture in `quality` (ok, reasons, what was measured), and what there is to know besides."""

    templates: int
    total_faces: int
    quality: list[dict[str, Any]]
    face_ids: tuple[UUID, ...]
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class _Plan:
    """What an enrolment comes to against the gallery of `version`."""

    person: Person
    version: int
    verdicts: list[dict[str, Any]]
    good: list[tuple[PictureReading, dict[str, Any]]]
    doubts: list[Doubt]
    double: tuple[Person | None, float] | None
    """Whose face it is, too, and how near, where that was allowed."""


WARNINGS = {
    "looks_like_another": "{name} looks much like {other}: the two may be confused. Take more pictures "
                          "of both, from several sides, and check the first visits",
    "picture_nearer_to_another": "A picture of {name} is nearer to {other} than to {name}'s own others: "
                                 "delete it if it is a bad one, and take more",
    "pictures_disagree": "The pictures of {name} do not agree: check that all of them show {name}",
    "few_pictures": "{name} has fewer than {enough} pictures: take more, from several sides",
}


@dataclass(frozen=True)
class Face:
    """A template without its vector, which never leaves the store for a page."""

    id: UUID
    engine: str
    quality: dict[str, Any]
    source: str
    created_at: datetime
    punch: UUID | None = None
    """Of the sighting that a learnt one comes from."""
    in_force: bool = True
    """Whether it is of the engine in force: others recognise nobody."""


class FacesDesk:
    """Each method is one unit of work; `by` is who asks, for the record."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store
        self._settings = parts.settings

    def enroll(self, person_id: str, readings: Sequence[PictureReading], consent: bool = False,
               force: bool = False, *, by: str, source: str = "upload", allow_duplicate: bool = False,
               reason: str | None = None) -> Enrolment:
        """Keep a template of each good picture; of several pictures, bad ones are passed over.

        `consent` records the person's consent in the same transaction; `force` replaces the
        templates that are there. `allow_duplicate` takes a face that is another person's, too, for
        a written `reason` that goes into the security log. Raises 404; 409 consent_required,
        belongs_to_another_person, too_many_templates; 422 reason_missing, and where no picture is
        good what is wrong with the first (no_face, several_faces, near_identical or a Reason of
        vision). Then nothing was written.
        """
        why = read_text(reason, "reason", 500) if allow_duplicate else None
        if allow_duplicate and not why:
            raise BadInput("Say why this face may be two people's, in `reason`: it goes into the security "
                           "log", code="reason_missing")
        with self._store.read() as unit:
            plan = self._plan(unit, person_id, readings, consent, force, allow_duplicate)
        with self._store.write() as unit:
            if unit.gallery_version() != plan.version:
                # Somebody was registered meanwhile, and may be this very face.
                plan = self._plan(unit, person_id, readings, consent, force, allow_duplicate)
            person = plan.person
            if consent:
                unit.consents.give(person.uuid, "1", by)
            if force:
                unit.templates.delete_of(person.uuid)
            self._require_room(unit, person, len(plan.good))
            told = [doubt.code for doubt in plan.doubts]
            ids = tuple(unit.templates.add(
                person.uuid, reading.faces[0].template, reading.engine, {**each, "warnings": told}, source,
                picture=self._keep(unit, person, reading.faces[0], source)) for reading, each in plan.good)
            total = unit.templates.count(person.uuid, engine=self._store.face_engine)
            unit.logs.append("security", "info", f"{len(ids)} face(s) of {person.name} were registered",
                             {"person_id": person.person_id, "by": by, "total": total})
            if plan.double is not None:
                self._log_double(unit, person, *plan.double, by, why)
            warnings = tuple(self._warned(unit, person, doubt) for doubt in plan.doubts)
        return Enrolment(len(ids), total, plan.verdicts, ids, warnings)

    def _plan(self, unit: Unit, person_id: str, readings: Sequence[PictureReading], consent: bool,
              force: bool, allow_duplicate: bool) -> _Plan:
        person = find_person(unit, person_id)
        self._require_consent(person, consent)
        verdicts = [verdict(reading, self._settings) for reading in readings]
        if not any(each["ok"] for each in verdicts):
            raise refusal(verdicts)
        engine = next(reading.engine for reading, each in zip(readings, verdicts, strict=True) if each["ok"])
        there = [] if force else [template.vector for template in unit.templates.of(person.uuid)
                                  if template.engine == engine and not template.learnt]
        verdicts = without_repeats(readings, verdicts, there, self._settings.near_identical)
        good = [(reading, each) for reading, each in zip(readings, verdicts, strict=True) if each["ok"]]
        if not good:
            raise refusal(verdicts)
        # Against what the store holds now: the gallery of whoever read the picture may be older.
        rows = unit.templates.all_in_force(engine, self._settings.require_consent)
        others = others_than(person.uuid, rows)
        faces = [reading.faces[0] for reading, _ in good]
        double = self._whose(unit, faces, others, engine)
        if double is not None and not allow_duplicate:
            raise _belongs_to(*double)
        return _Plan(person, rows.version, verdicts, good,
                     doubts(person.uuid, faces, there, others, engine, self._settings), double)

    def _whose(self, unit: Unit, faces: Sequence[FaceReading], others: Gallery,
               engine: str) -> tuple[Person | None, float] | None:
        """The person whose face one of these is at the threshold in force, and how near."""
        if not len(others):
            return None
        limit = threshold_in_force(others, operating_of(self._settings, engine), self._settings)
        for face in faces:
            distances = others.distances(face.template)
            nearest = int(distances.argmin())
            if distances[nearest] <= limit:
                return unit.people.get(others.people[nearest]), round(float(distances[nearest]), 4)
        return None

    def _log_double(self, unit: Unit, person: Person, other: Person | None, distance: float, by: str,
                    reason: str | None) -> None:
        unit.logs.append("security", "warning", f"The face of {person.name} was registered although it is "
                         f"{other.name if other else 'another person'}'s, too",
                         {"person_id": person.person_id, "other": other.person_id if other else None,
                          "distance": distance, "by": by, "reason": reason})

    def _warned(self, unit: Unit, person: Person, doubt: Doubt) -> Warned:
        other = None if doubt.other is None else unit.people.get(doubt.other)
        named = f"{other.name} ({other.person_id})" if other else "another person"
        text = WARNINGS[doubt.code].format(name=person.name, other=named, enough=self._settings.enough_templates)
        return Warned(doubt.code, text, other.person_id if other else None, other.name if other else None,
                      doubt.distance)

    def findings(self) -> GalleryReport:
        """What is wrong with the templates in force: people too alike, pictures that harm."""
        return report(self._parts)

    def list(self, person_id: str) -> list[Face]:
        """Oldest first. Raises 404 person_not_found."""
        with self._store.read() as unit:
            return [Face(one.uuid, one.engine, one.quality, one.source, one.created_at, one.punch,
                         self._store.face_engine in (None, one.engine))
                    for one in unit.templates.of(find_person(unit, person_id).uuid)]

    def kept_pictures(self, person_id: str, *, by: str) -> Sequence[EnrolmentPicture]:
        """The enrolment pictures kept of a person, oldest first; who saw them is in the log. Raises 404."""
        with self._store.write() as unit:
            person = find_person(unit, person_id)
            unit.logs.append("security", "info", f"The kept pictures of {person.name} were read",
                             {"person_id": person.person_id, "by": by})
            return unit.pictures.of(person.uuid)

    def delete(self, person_id: str, face_id: UUID | str | None = None, *, by: str) -> int:
        """Delete one face or, without `face_id`, all of them; how many. Raises 404."""
        with self._store.write() as unit:
            person = find_person(unit, person_id)
            if face_id is None:
                gone = unit.templates.delete_of(person.uuid)
            else:
                gone = int(unit.templates.delete(_face_id(face_id), person.uuid))
                if not gone:
                    raise _no_such_face(person, face_id)
            unit.logs.append("security", "info", f"{gone} face(s) of {person.name} were deleted",
                             {"person_id": person.person_id, "by": by})
            return gone

    def give_consent(self, person_id: str, by: str, text_version: str = "1") -> Consent:
        """Record that the person agreed to this version of the text; once is enough."""
        version = read_text(text_version, "text_version", 32) or "1"
        with self._store.write() as unit:
            person = find_person(unit, person_id)
            unit.logs.append("security", "info", f"Consent of {person.name} was recorded",
                             {"person_id": person.person_id, "by": by, "text_version": version})
            return unit.consents.give(person.uuid, version, by)

    def withdraw_consent(self, person_id: str, by: str) -> int:
        """End the consent and delete the faces in one transaction; how many faces went."""
        with self._store.write() as unit:
            person = find_person(unit, person_id)
            faces = unit.templates.count(person.uuid)
            unit.consents.withdraw(person.uuid, by)
            unit.logs.append("security", "info", f"Consent of {person.name} was withdrawn; "
                             f"{faces} face(s) were deleted", {"person_id": person.person_id, "by": by})
            return faces

    def consents(self, person_id: str) -> Sequence[Consent]:
        """All that were ever given, oldest first."""
        with self._store.read() as unit:
            return unit.consents.of(find_person(unit, person_id).uuid)

    def _require_consent(self, person: Person, consent: bool) -> None:
        if self._settings.require_consent and not (consent or person.consent):
            raise ConsentRequired(
                f"{person.name} has not agreed to face recognition: ask, then send consent: true "
                "(at the command line: --consent); who declines uses a badge or a PIN")

    def _require_room(self, unit: Unit, person: Person, new: int) -> None:
        most = self._settings.max_templates
        if unit.templates.count(person.uuid, learnt=False, engine=self._store.face_engine) + new > most:
            raise TooManyTemplates(
                f"{person.name} would have more than {most} faces (MAX_TEMPLATES): delete some, or "
                "send force_update to replace them all")

    def _keep(self, unit: Unit, person: Person, face: FaceReading, source: str) -> UUID | None:
        """The kept picture's id, where the policy keeps pictures."""
        if self._settings.keep_pictures is None or face.picture is None:
            return None
        return unit.pictures.add(person.uuid, face.picture, source, unit.now() + self._settings.keep_pictures)


def _belongs_to(other: Person | None, distance: float) -> BelongsToAnother:
    name = f"{other.name} ({other.person_id})" if other else "another person"
    return BelongsToAnother(
        f"This face is registered as {name}: check who stands before the camera, or delete the faces of "
        "the other person first. For two people who look alike send allow_duplicate_person with a reason "
        "(at the command line: --allow-duplicate --reason)",
        details={"person_id": other.person_id if other else None, "distance": distance})


def _face_id(text: UUID | str) -> UUID:
    try:
        return text if isinstance(text, UUID) else UUID(text)
    except (ValueError, TypeError, AttributeError):
        raise NotFound(f"There is no face {str(text)[:64]}", code="face_not_found") from None


def _no_such_face(person: Person, face_id: UUID | str) -> NotFound:
    return NotFound(f"{person.name} has no face {face_id}", code="face_not_found")
