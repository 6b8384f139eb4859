"""What becomes of a picture at enrolment: its verdict, and what a new face has to be told of.

Readings and templates in, verdicts and warnings out; the faces desk keeps them or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import numpy as np

from backend.config import Settings
from backend.errors import BadInput
from backend.store.records import GalleryRows
from backend.vision.engines import operating_of
from backend.vision.findings import Findings, examine
from backend.vision.gallery import Gallery
from backend.vision.limits import Limits
from backend.vision.posing import BYSTANDER

if TYPE_CHECKING:
    from backend.vision.results import FaceReading, PictureReading

ADVICE = {
    "no_face": "No face was found: use a picture in which the face is large, upright and in front",
    "several_faces": "Several faces are in the picture: use one that shows the person alone",
    "too_small": "The face is too small: come closer, or use a larger picture",
    "blurred": "The picture is blurred: hold still, or use a sharper one",
    "too_dark": "The picture is too dark: face the light",
    "too_bright": "The picture is too bright: step out of the light, or use another one",
    "uneven_light": "The light comes from one side: face it, or use another picture",
    "not_frontal": "The face is turned away: look straight at the camera",
    "not_level": "The head is nodding: look straight ahead, the chin neither up nor down",
    "tilted": "The head leans to a shoulder: hold it upright",
    "eyes_covered": "The eyes are covered: take off dark glasses, and keep hair and hands away",
    "mouth_covered": "Mouth and nose are covered: take off the mask or scarf",
    "near_identical": "The picture is nearly the same as one that is there: use another one, with the "
                      "head turned a little",
}

_MEASURED = ("width_px", "sharpness", "brightness", "yaw_degrees", "nod", "roll_degrees", "burnt",
             "unevenness", "eye_cover", "mouth_cover")


class BadPicture(BadInput):
    """No picture could be used; `code` is what is wrong with the first."""

    code = "no_face"


@dataclass(frozen=True)
class Doubt:
    """Something that the person who enrols has to know; `other` is another person, where there is
    one, at `distance`."""

    code: str
    other: UUID | None = None
    distance: float | None = None


def verdict(reading: PictureReading, settings: Settings) -> dict[str, Any]:
    """JSON-ready: whether the picture can be used, and if not, why and how to mend it."""
    if not reading.faces:
        return _refused("no_face")
    first = reading.faces[0]
    measured = {name: round(float(getattr(first.quality, name)), 3) for name in _MEASURED}
    measured["width_px"] = int(first.quality.width_px)
    if any(face.box[2] >= BYSTANDER * first.box[2] for face in reading.faces[1:]):
        return _refused("several_faces", **measured)
    reasons = [str(reason) for reason in Limits.at_enrolment(settings).broken(first.quality)]
    if not reasons and first.template is None:
        reasons = [str(reason) for reason in first.quality.reasons] or ["blurred"]
    return _refused(*reasons, **measured) if reasons else {"ok": True, "reasons": [], **measured}


def _refused(*reasons: str, **measured: Any) -> dict[str, Any]:
    return {"ok": False, "reasons": list(reasons), **measured, "advice": ADVICE.get(reasons[0], reasons[0])}


def without_repeats(readings: Sequence[PictureReading], verdicts: Sequence[dict[str, Any]],
                    there: Sequence[np.ndarray], limit: float) -> list[dict[str, Any]]:
    """The verdicts, with good pictures refused that are nearly the same as a template that is
    `there` (unit-length, of the same engine) or as a good picture before them."""
    known = list(there)
    judged = []
    for reading, each in zip(readings, verdicts, strict=True):
        if each["ok"]:
            template = reading.faces[0].template
            if any(float(np.linalg.norm(template - other)) < limit for other in known):
                measured = {name: each[name] for name in _MEASURED}
                each = _refused("near_identical", **measured)
            else:
                known.append(template)
        judged.append(each)
    return judged


def refusal(verdicts: Sequence[dict[str, Any]]) -> BadInput:
    """The error to raise where no picture is good."""
    if not verdicts:
        return BadInput("Send at least one picture", code="picture_missing")
    return BadPicture(verdicts[0]["advice"], code=verdicts[0]["reasons"][0],
                      details={"pictures": list(verdicts)})


def others_than(person: UUID, rows: GalleryRows) -> Gallery:
    """The gallery without that person."""
    keep = [index for index, owner in enumerate(rows.people) if owner != person]
    return Gallery(rows.matrix[keep], [rows.people[i] for i in keep], [rows.ids[i] for i in keep],
                   rows.version)


def doubts(person: UUID, faces: Sequence[FaceReading], kept: Sequence[np.ndarray], others: Gallery,
           engine: str, settings: Settings) -> list[Doubt]:
    """What there is to say once `person` has the templates `kept` and those of the new `faces`."""
    own = [*kept, *(face.template for face in faces)]
    matrix = np.concatenate([others.matrix, np.array(own, np.float32)]) if len(others) else np.array(own, np.float32)
    marks = [uuid4() for _ in own]
    gallery = Gallery(matrix, [*others.owners, *[person] * len(own)], [*others.ids, *marks])
    return _told(examine(gallery, operating_of(settings, engine), settings, only=person), person)


def _told(found: Findings, person: UUID) -> list[Doubt]:
    told = [Doubt("looks_like_another", pair.other if pair.person == person else pair.person, pair.distance)
            for pair in found.alike]
    if found.harmful:
        told.append(Doubt("picture_nearer_to_another", found.harmful[0].other, found.harmful[0].distance))
    if found.disagreeing:
        told.append(Doubt("pictures_disagree", None, found.disagreeing[0].nearest_own))
    if found.few:
        told.append(Doubt("few_pictures"))
    return told
