"""Endpoints of faces and of the consent to them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import request

from backend.errors import NotFound
from backend.vision.posing import Hint, hint
from backend.web.auth import caller
from backend.web.context import Context, context
from backend.web.images import frame_of, pictures_of
from backend.web.schemas.envelope import PersonPath
from backend.web.schemas.faces import (
    FindingCounts,
    FindingsAnswer,
    FindingsOut,
    FindingsQuery,
    FrameCheckAnswer,
    FrameCheckOut,
    PoseQuery,
)
from backend.web.schemas.people import (
    ConsentAnswer,
    ConsentBody,
    ConsentOut,
    EnrolmentAnswer,
    EnrolmentOut,
    FaceList,
    FaceOut,
    FacePath,
    FacesAnswer,
    FacesGone,
    FacesGoneAnswer,
    QualityOut,
    RegisterFace,
    VerdictOut,
    WarningOut,
)
from backend.web.topic import Topic

bp = Topic("faces", "Faces", "Templates of people's faces, and their consent.")
bp.components_schemas["RegisterFace"] = RegisterFace.model_json_schema()

class FaceNotFound(NotFound):
    code = "face_not_found"


NOT_FOUND = {404: "Nobody has this id (`person_not_found`)."}
PICTURES = {
    "required": True,
    "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/RegisterFace"}},
        "multipart/form-data": {"schema": {"type": "object", "properties": {
            "image": {"type": "array", "items": {"type": "string", "format": "binary"}},
            "consent": {"type": "string", "enum": ["true", "false"]},
            "force_update": {"type": "string", "enum": ["true", "false"]},
            "allow_duplicate_person": {"type": "string", "enum": ["true", "false"]},
            "reason": {"type": "string"}}}}}}
FRAME = {
    "required": True,
    "content": {
        "image/jpeg": {"schema": {"type": "string", "format": "binary"}},
        "application/json": {"schema": {"type": "object", "required": ["image"], "properties": {
            "image": {"type": "string", "description": "Base64 or data URL."}}}}}}
BUSY = "Too many pictures wait (`vision_busy`); `Retry-After` says how long."


def quality_out(quality: Any) -> QualityOut:
    """The quality of a face as the API shows it."""
    return QualityOut(ok=quality.ok, reasons=[str(reason) for reason in quality.reasons],
                      width_px=int(quality.width_px), sharpness=round(float(quality.sharpness), 1),
                      brightness=round(float(quality.brightness), 1),
                      **{name: round(float(getattr(quality, name)), 3) for name in _MEASURED})


_MEASURED = ("yaw_degrees", "nod", "roll_degrees", "burnt", "unevenness", "eye_cover", "mouth_cover")


@bp.endpoint("POST", "/persons/<person_id>/register-face", "faces:write", EnrolmentAnswer,
             request_body=PICTURES, pictures=True,
             fails={404: "Nobody has this id (`person_not_found`).",
                    409: "The face is another person's (`belongs_to_another_person`; "
                         "`allow_duplicate_person` with a `reason` registers it all the same, "
                         "`force_update` does not), or there is no consent (`consent_required`).",
                    422: "What is wrong with the picture and how to mend it: `no_face`, `several_faces`, "
                         "`too_small`, `blurred`, `too_dark`, `too_bright`, `uneven_light`, `not_frontal`, "
                         "`not_level`, `tilted`, `eyes_covered`, `mouth_covered`, `near_identical` (to a "
                         "picture that is there), `unreadable_image`.",
                    503: BUSY})
def register_face(path: PersonPath) -> EnrolmentAnswer:
    """Add templates of a person's face from pictures.

    Each picture shows this one person. Of several pictures, bad ones are passed over. Best are three:
    from the front, and with the head turned a little to either side.
    """
    here = context()
    person = here.system.people.get(path.person_id)  # before the work of reading the pictures
    given = pictures_of(request, here.settings)
    readings = [here.pictures.read(file) for file in given.files]
    done = here.system.faces.enroll(person.person_id, readings, consent=given.consent, force=given.force,
                                    allow_duplicate=given.allow_duplicate, reason=given.reason,
                                    by=caller().name)
    return EnrolmentAnswer(
        message=f"Registered {done.templates} {'picture' if done.templates == 1 else 'pictures'} "
                f"of {person.name}.",
        data=EnrolmentOut(templates=done.templates, total_faces=done.total_faces,
                          quality=[VerdictOut(**each) for each in done.quality],
                          face_ids=[str(each) for each in done.face_ids],
                          warnings=[WarningOut(**asdict(each)) for each in done.warnings]))


@bp.endpoint("POST", "/faces/check", "faces:write", FrameCheckAnswer, request_body=FRAME, pictures=True,
             fails={503: BUSY})
def check_frame(query: PoseQuery) -> FrameCheckAnswer:
    """Say whether a camera's frame is fit for enrolment, and what to do next; keeps nothing.

    For guided enrolment: ask again and again for one pose after the other, then send the frames that
    were good to register-face together.
    """
    here = context()
    reading = here.pictures.measure(frame_of(request, here.settings))
    said = hint(reading, query.pose, here.settings)
    first = reading.faces[0] if reading.faces else None
    return FrameCheckAnswer(data=FrameCheckOut(
        ok=said is Hint.GOOD, hint=str(said), text=said.text, width=reading.width, height=reading.height,
        box=None if first is None else [int(each) for each in first.box],
        quality=None if first is None else quality_out(first.quality)))


@bp.endpoint("GET", "/faces/findings", "faces:read", FindingsAnswer)
def findings(query: FindingsQuery) -> FindingsAnswer:
    """List what is wrong with the gallery: people too alike, templates that harm or do not agree.

    `python -m backend doctor gallery` says the same.
    """
    found = context().system.faces.findings()
    whole = asdict(found)
    lists = {name: whole.pop(name) for name in FindingCounts.model_fields}
    return FindingsAnswer(data=FindingsOut(
        ok=found.ok, **whole, counts=FindingCounts(**{name: len(each) for name, each in lists.items()}),
        **{name: each[:query.limit] for name, each in lists.items()}))


@bp.endpoint("GET", "/persons/<person_id>/faces", "faces:read", FacesAnswer, fails=NOT_FOUND)
def list_faces(path: PersonPath) -> FacesAnswer:
    """List a person's templates; the numbers of a template never leave the server."""
    return FacesAnswer(data=_face_list(context(), path.person_id))


def _face_list(here: Context, person_id: str) -> FaceList:
    person = here.system.people.get(person_id)
    faces = [FaceOut(face_id=str(each.id), engine=each.engine, source=each.source, quality=each.quality,
                     created_at=here.local(each.created_at), punch=str(each.punch) if each.punch else None,
                     in_force=each.in_force)
             for each in here.system.faces.list(person_id)]
    return FaceList(person_id=person.person_id, faces=faces, total_faces=len(faces))


@bp.endpoint("GET", "/persons/<person_id>/faces/<face_id>", "faces:read", FacesAnswer,
             fails={404: "No such person or template."})
def get_face(path: FacePath) -> FacesAnswer:
    """Show one template of a person."""
    found = _face_list(context(), path.person_id)
    faces = [face for face in found.faces if face.face_id == path.face_id.lower()]
    if not faces:
        raise FaceNotFound("This person has no such template.")
    return FacesAnswer(data=found.model_copy(update={"faces": faces}))


@bp.endpoint("DELETE", "/persons/<person_id>/faces", "faces:write", FacesGoneAnswer, fails=NOT_FOUND)
def delete_faces(path: PersonPath) -> FacesGoneAnswer:
    """Delete all templates of a person."""
    return _delete(path.person_id, None)


@bp.endpoint("DELETE", "/persons/<person_id>/faces/<face_id>", "faces:write", FacesGoneAnswer,
             fails={404: "No such person or template."})
def delete_face(path: FacePath) -> FacesGoneAnswer:
    """Delete one template of a person."""
    return _delete(path.person_id, path.face_id)


def _delete(person_id: str, face_id: str | None) -> FacesGoneAnswer:
    here = context()
    deleted = here.system.faces.delete(person_id, face_id, by=caller().name)
    person = here.system.people.get(person_id)
    return FacesGoneAnswer(
        message=f"Deleted {deleted} {'template' if deleted == 1 else 'templates'}.",
        data=FacesGone(person_id=person.person_id, deleted=deleted, total_faces=person.faces))


@bp.endpoint("POST", "/persons/<person_id>/consent", "faces:write", ConsentAnswer, fails=NOT_FOUND)
def give_consent(path: PersonPath, body: ConsentBody) -> ConsentAnswer:
    """Record that a person agreed to be recognised."""
    context().system.faces.give_consent(path.person_id, by=caller().name, text_version=body.text_version)
    return _consent(path.person_id, "Recorded the consent.")


@bp.endpoint("DELETE", "/persons/<person_id>/consent", "faces:write", ConsentAnswer, fails=NOT_FOUND)
def withdraw_consent(path: PersonPath) -> ConsentAnswer:
    """Withdraw a person's consent; their templates go in the same transaction."""
    context().system.faces.withdraw_consent(path.person_id, by=caller().name)
    return _consent(path.person_id, "Withdrew the consent and deleted the templates.")


def _consent(person_id: str, message: str) -> ConsentAnswer:
    person = context().system.people.get(person_id)
    return ConsentAnswer(message=message, data=ConsentOut(
        person_id=person.person_id, consent=person.consent, total_faces=person.faces))
