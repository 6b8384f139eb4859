"""Endpoint that says who is in a picture."""

from __future__ import annotations

from typing import Any

from backend.vision.results import Sighting
from backend.web.auth import require
from backend.web.context import Context, context
from backend.web.faces import quality_out
from backend.web.images import decode_base64
from backend.web.records import marked_out
from backend.web.schemas.attendance import MarkedOut
from backend.web.schemas.camera import FaceSeen, PictureOut, RecognizeAnswer, RecognizeBody
from backend.web.sightings import Names, rounded
from backend.web.topic import Topic

bp = Topic("recognize", "Recognition", "Who is in a picture, and why we think so.")

DEVICE = "api"
"""The device of marks that come from pictures by HTTP."""


@bp.endpoint("POST", "/recognize", "recognize", RecognizeAnswer, pictures=True,
             fails={422: "The picture cannot be read (`unreadable_image`, `image_too_large`).",
                    503: "Too many pictures wait (`vision_busy`); `Retry-After` says how long."})
def recognize(body: RecognizeBody) -> RecognizeAnswer:
    """Say who is in a picture: each face with the decision, the distances and the reason.

    One picture decides less surely than the camera, which looks at several. `mark` also marks
    those recognised, and needs the scope `attendance:write`.
    """
    if body.mark:
        require("attendance:write")
    here = context()
    reading = here.pictures.read(decode_base64(body.image, here.settings))
    decided = [face.decision for face in reading.faces if face.decision is not None]
    names = Names(here, [person for each in decided for person in (each.person, each.runner_up)])
    faces = [_face(names, face, _marked(here, face) if body.mark else None) for face in reading.faces]
    return RecognizeAnswer(data=PictureOut(width=reading.width, height=reading.height, faces=faces))


def _face(names: Names, face: Any, marked: MarkedOut | None) -> FaceSeen:
    decision = face.decision
    if decision is None:  # too poor to be embedded: the quality says why
        reason = face.quality.reasons[0]
        return FaceSeen(box=[int(each) for each in face.box], decision="uncertain", reason=str(reason),
                        text=reason.text, person=None, person_id=None, person_name=None, distance=None, runner_up=None,
                        runner_up_distance=None, threshold=None, confidence=0.0,
                        quality=quality_out(face.quality))
    person = decision.person if decision.accepted else None
    return FaceSeen(
        box=[int(each) for each in face.box], decision=str(decision.outcome), reason=str(decision.reason),
        text=decision.reason.text, person=names.seen(person), person_id=names.person_id(person),
        person_name=names.name(person), distance=rounded(decision.distance),
        runner_up=names.seen(decision.runner_up),
        runner_up_distance=rounded(decision.runner_up_distance), threshold=rounded(decision.threshold),
        confidence=rounded(decision.confidence) or 0.0, quality=quality_out(face.quality), marked=marked)


def _marked(here: Context, face: Any) -> MarkedOut | None:
    decision = face.decision
    if decision is None or not decision.accepted:
        return None
    with here.system.store.read() as unit:
        templates = tuple(template.uuid for template in unit.templates.of(decision.person))
    sighting = Sighting(person=decision.person, template_ids=templates, at=here.clock(), device=DEVICE,
                        distance=decision.distance, confidence=decision.confidence, liveness=None,
                        track_id=0)
    return marked_out(here, here.system.attendance.record_sighting(sighting))
