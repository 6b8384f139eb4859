"""The faces desk: from pictures that were read to templates in force, with consent or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from backend.desks.parts import Parts
from backend.desks.people import find_person
from backend.desks.reading import read_text
from backend.errors import BadInput, Conflict, NotFound
from backend.store.records import Consent, Person
from backend.store.unit import Unit
from backend.vision.engines import operating_of
from backend.vision.gallery import Gallery

if TYPE_CHECKING:
    from backend.vision.results import FaceReading, PictureReading

BYSTANDER = 0.5
"""A face narrower than this share of the largest one stands in the background."""

_MEND = {
    "no_face": "No face was found: use a picture in which the face is large, upright and in front",
    "several_faces": "Several faces are in the picture: use one that shows the person alone",
    "too_small": "The face is too small: come closer, or use a larger picture",
    "blurred": "The picture is blurred: hold still, or use a sharper one",
    "too_dark": "The picture is too dark: face the light",
    "not_frontal": "The face is turned away: look straight at the camera",
}


class BadPicture(BadInput):
    """No picture could be used; `code` is what is wrong with the first."""

    code = "no_face"


class BelongsToAnother(Conflict):
    code = "belongs_to_another_person"


class ConsentRequired(Conflict):
    code = "consent_required"


class TooManyTemplates(Conflict):
    code = "too_many_templates"


@dataclass(frozen=True)
class Enrolment:
    """What became of the pictures: `templates` new ones, `total_faces` of the person now, and a
    verdict a picture in `quality` (ok, reasons, width_px, sharpness, brightness, yaw_degrees)."""

    templates: int
    total_faces: int
    quality: list[dict[str, Any]]
    face_ids: tuple[UUID, ...]


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
               force: bool = False, *, by: str, source: str = "upload") -> Enrolment:
        """Keep a template of each good picture; of several pictures, bad ones are passed over.

        `consent` records the person's consent in the same transaction; `force` replaces the
        templates that are there. Raises 404; 409 consent_required, belongs_to_another_person,
        too_many_templates; 422 no_face, several_faces, too_small, blurred, too_dark or
        not_frontal where no picture is good. Then nothing was written.
        """
        verdicts = [face_verdict(reading) for reading in readings]
        good = [(reading, reading.faces[0], verdict) for reading, verdict
                in zip(readings, verdicts, strict=True) if verdict["ok"]]
        with self._store.read() as unit:
            person = find_person(unit, person_id)
            self._require_consent(person, consent)
            if not good:
                raise _bad_picture(verdicts)
            faces = [(reading.engine, face) for reading, face, _ in good]
            version = self._require_own_face(unit, person, faces)
        with self._store.write() as unit:
            person = find_person(unit, person_id)
            self._require_consent(person, consent)
            if unit.gallery_version() != version:
                # Somebody was registered meanwhile, and may be this very face.
                self._require_own_face(unit, person, faces)
            if consent:
                unit.consents.give(person.uuid, "1", by)
            if force:
                unit.templates.delete_of(person.uuid)
            self._require_room(unit, person, len(good))
            ids = tuple(unit.templates.add(person.uuid, face.template, reading.engine, verdict, source,
                                           picture=self._keep(unit, person, face, source))
                        for reading, face, verdict in good)
            total = unit.templates.count(person.uuid, engine=self._store.face_engine)
            unit.logs.append("security", "info", f"{len(ids)} face(s) of {person.name} were registered",
                             {"person_id": person.person_id, "by": by, "total": total})
        return Enrolment(len(ids), total, verdicts, ids)

    def list(self, person_id: str) -> list[Face]:
        """Oldest first. Raises 404 person_not_found."""
        with self._store.read() as unit:
            return [Face(one.uuid, one.engine, one.quality, one.source, one.created_at, one.punch,
                         self._store.face_engine in (None, one.engine))
                    for one in unit.templates.of(find_person(unit, person_id).uuid)]

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

    def _require_own_face(self, unit: Unit, person: Person, faces: list[tuple[str, FaceReading]]) -> int:
        """Against what the store holds now: the gallery of whoever read the picture may be older.

        The answer is the version of what it was compared with.
        """
        rows = unit.templates.all_in_force(faces[0][0], self._settings.require_consent)
        others = [index for index, owner in enumerate(rows.people) if owner != person.uuid]
        if not others:
            return rows.version
        gallery = Gallery(rows.matrix[others], [rows.people[i] for i in others],
                          [rows.ids[i] for i in others])
        point = operating_of(self._settings, faces[0][0])
        limit = min(point.threshold(len(gallery), gallery.alikeness, self._settings.target_fpir),
                    self._settings.match_threshold or 2.0)
        for _, face in faces:
            distances = gallery.distances(face.template)
            nearest = int(distances.argmin())
            if distances[nearest] > limit:
                continue
            other = unit.people.get(gallery.people[nearest])
            name = f"{other.name} ({other.person_id})" if other else "another person"
            raise BelongsToAnother(
                f"This face is registered as {name}: check who stands before the camera, or delete "
                "the faces of the other person first",
                details={"person_id": other.person_id if other else None,
                         "distance": round(float(distances[nearest]), 4)})
        return rows.version


def face_verdict(reading: PictureReading) -> dict[str, Any]:
    """JSON-ready: whether the picture can be used, and if not, why and how to mend it."""
    if not reading.faces:
        return {"ok": False, "reasons": ["no_face"], "advice": _MEND["no_face"]}
    first = reading.faces[0]
    measured = {"width_px": first.quality.width_px, "sharpness": round(first.quality.sharpness, 1),
                "brightness": round(first.quality.brightness, 1),
                "yaw_degrees": round(first.quality.yaw_degrees, 1)}
    if any(face.box[2] >= BYSTANDER * first.box[2] for face in reading.faces[1:]):
        reasons = ["several_faces"]
    else:
        reasons = [str(reason) for reason in first.quality.reasons]
        if not reasons and first.template is None:
            reasons = ["blurred"]
    advice = {"advice": _MEND.get(reasons[0], reasons[0])} if reasons else {}
    return {"ok": not reasons, "reasons": reasons, **measured, **advice}


def _bad_picture(verdicts: list[dict[str, Any]]) -> BadInput:
    if not verdicts:
        return BadInput("Send at least one picture", code="picture_missing")
    return BadPicture(verdicts[0]["advice"], code=verdicts[0]["reasons"][0],
                      details={"pictures": verdicts})


def _face_id(text: UUID | str) -> UUID:
    try:
        return text if isinstance(text, UUID) else UUID(text)
    except (ValueError, TypeError, AttributeError):
        raise NotFound(f"There is no face {str(text)[:64]}", code="face_not_found") from None


def _no_such_face(person: Person, face_id: UUID | str) -> NotFound:
    return NotFound(f"{person.name} has no face {face_id}", code="face_not_found")
