"""Endpoint that says who is in a picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from backend.errors import Conflict
from backend.vision.results import Outcome, Reason, Sighting
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


class ChallengeNeeded(Conflict):
    """One picture cannot do what LIVENESS asks for."""

    code = "challenge_needed"


@bp.endpoint("POST", "/recognize", "recognize", RecognizeAnswer, pictures=True,
             fails={409: "`mark`, where LIVENESS asks for a challenge (`challenge_needed`).",
                    422: "The picture cannot be read (`unreadable_image`, `image_too_large`).",
                    503: "Too many pictures wait (`vision_busy`); `Retry-After` says how long."})
def recognize(body: RecognizeBody) -> RecognizeAnswer:
    """Say who is in a picture: each face with the decision, the distances and the reason.

    One picture decides less surely than the camera, which looks at several. `mark` also marks
    those recognised, and needs the scope `attendance:write`. With LIVENESS `passive` or `both` each face
    has `liveness`, and one that looks like a picture is not accepted; where LIVENESS asks for a
    challenge, nobody is marked by one picture.
    """
    here = context()
    if body.mark:
        require("attendance:write")
        if here.settings.liveness in ("challenge", "both"):
            raise ChallengeNeeded(
                "Not marked: LIVENESS asks for a challenge, which one picture cannot answer. Send frames to "
                "POST /camera/sessions, let the person go to a camera, or mark with a badge and PIN; without "
                "`mark` the picture is read.")
    reading = here.pictures.read(decode_base64(body.image, here.settings))
    decided = [face.decision for face in reading.faces if face.decision is not None]
    names = Names(here, [person for each in decided for person in (each.person, each.runner_up)])
    seen = [_alive(face, here.settings.liveness_threshold) for face in reading.faces]
    faces = [_face(names, face, _marked(here, face) if body.mark else None) for face in seen]
    return RecognizeAnswer(data=PictureOut(width=reading.width, height=reading.height, faces=faces))


def _alive(face: Any, threshold: float) -> Any:
    """The face, its acceptance taken back where it looks like a picture of one."""
    decision = face.decision
    if face.liveness is None or face.liveness >= threshold or decision is None or not decision.accepted:
        return face
    return replace(face, decision=replace(decision, outcome=Outcome.UNCERTAIN, reason=Reason.NOT_LIVE))


def _face(names: Names, face: Any, marked: MarkedOut | None) -> FaceSeen:
    decision = face.decision
    if decision is None:  # too poor to be embedded: the quality says why
        reason = face.quality.reasons[0]
        return FaceSeen(box=[int(each) for each in face.box], decision="uncertain", reason=str(reason),
                        text=reason.text, person=None, person_id=None, person_name=None, distance=None, runner_up=None,
                        runner_up_distance=None, threshold=None, confidence=0.0,
                        quality=quality_out(face.quality), liveness=rounded(face.liveness, 3))
    person = decision.person if decision.accepted else None
    return FaceSeen(
        box=[int(each) for each in face.box], decision=str(decision.outcome), reason=str(decision.reason),
        text=decision.reason.text, person=names.seen(person), person_id=names.person_id(person),
        person_name=names.name(person), distance=rounded(decision.distance),
        runner_up=names.seen(decision.runner_up),
        runner_up_distance=rounded(decision.runner_up_distance), threshold=rounded(decision.threshold),
        confidence=rounded(decision.confidence) or 0.0, quality=quality_out(face.quality), marked=marked,
        liveness=rounded(face.liveness, 3))


def _marked(here: Context, face: Any) -> MarkedOut | None:
    decision = face.decision
    if decision is None or not decision.accepted:
        return None
    with here.system.store.read() as unit:
        templates = tuple(template.uuid for template in unit.templates.of(decision.person))
    sighting = Sighting(person=decision.person, template_ids=templates, at=here.clock(), device=DEVICE,
                        distance=decision.distance, confidence=decision.confidence, liveness=face.liveness,
                        track_id=0)
    return marked_out(here, here.system.attendance.record_sighting(sighting))
