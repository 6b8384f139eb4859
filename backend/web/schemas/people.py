"""People, their faces and their consent."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StrictBool, StringConstraints, field_validator

from backend.web.schemas.envelope import Answer, Input, Line, Moment, Output, Page, PersonId, PersonPath, Words


def _address(text: str) -> str:
    if text and ("@" not in text or " " in text):
        raise ValueError("must be an e-mail address")
    return text


Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(_address)]


Badge = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]


class PinBody(Input):
    pin: Annotated[str, Field(max_length=32)] = Field(description="4 to 12 digits.")


class PersonBody(Input):
    person_id: PersonId = Field(description="Yours to choose; in Odoo the badge's number.",
                                json_schema_extra={"example": "EMP001"})
    name: Line
    email: Email | None = None
    department: Words | None = None
    position: Words | None = None
    phone: Words | None = None
    badge: Badge | None = Field(default=None, description="Its number, where it is not the person_id.")
    metadata: dict[str, Any] | None = Field(default=None, description="Whatever else you keep.")


class PersonChange(Input):
    """Only what is named changes."""

    person_id: PersonId | None = None
    name: Line | None = None
    email: Email | None = None
    department: Words | None = None
    position: Words | None = None
    phone: Words | None = None
    badge: Badge | None = Field(default=None, description="null takes it away.")
    active: StrictBool | None = None
    metadata: dict[str, Any] | None = None
    connection: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="Name of the connection, that is the database of Odoo, that the person is to belong "
                                  "to. Rows that the old one has stay there.")

    @field_validator("person_id", "name", "active", "connection")
    @classmethod
    def _not_null(cls, value: object) -> object:
        if value is None:
            raise ValueError("must not be null")
        return value


class PeopleQuery(Page):
    search: Annotated[str, Field(max_length=200, description="Part of the name, the id or the e-mail.")] | None = None
    department: Annotated[str, Field(max_length=1000)] | None = None
    active: bool | None = None
    has_face: bool | None = None


class PersonOut(Output):
    person_id: str
    name: str
    email: str | None
    department: str | None
    position: str | None
    phone: str | None
    active: bool
    has_face: bool = Field(description="Whether the engine in force has a face to compare with.")
    must_enrol_again: bool = Field(
        description="Whether all faces are of another engine: make new ones, or run `models reembed`.")
    total_faces: int
    consent: bool = Field(description="Whether a consent is in force.")
    has_pin: bool
    has_badge: bool = Field(description="Whether there is one besides the person_id; its number is not told.")
    odoo_id: int | None
    connection: str = Field(description="Name of the connection that the person belongs to.")
    metadata: dict[str, Any]
    created_at: Moment
    updated_at: Moment


class PersonAnswer(Answer):
    data: PersonOut


class PeopleList(Output):
    persons: list[PersonOut]
    total: int = Field(description="How many there are in all.")


class PeopleAnswer(Answer):
    data: PeopleList


class FacePath(PersonPath):
    face_id: Annotated[str, Field(max_length=64)]


REASONS = ("too_small, too_dark, too_bright, blurred, not_frontal, not_level, tilted, eyes_covered, "
           "mouth_covered or uneven_light")


class QualityOut(Output):
    ok: bool
    reasons: list[str] = Field(description=f"{REASONS}.")
    width_px: int
    sharpness: float
    brightness: float
    yaw_degrees: float = Field(description="Turn of the head; positive towards the picture's right.")
    nod: float = Field(description="How far the nose has left its usual height; positive with the chin up.")
    roll_degrees: float = Field(description="Lean of the head; positive where the right eye is the lower one.")
    burnt: float = Field(description="Share of the face that is plain white.")
    unevenness: float = Field(description="Difference of light between the face's halves.")
    eye_cover: float = Field(description="0 to 1: how unlike bare eyes the eyes' region is.")
    mouth_cover: float = Field(description="0 to 1: how unlike a mouth the mouth's region is.")


class VerdictOut(Output):
    """What became of one picture."""

    ok: bool
    reasons: list[str] = Field(description=f"no_face, several_faces, near_identical, {REASONS}.")
    advice: str | None = Field(default=None, description="How to mend it, for people.")
    width_px: int | None = None
    sharpness: float | None = None
    brightness: float | None = None
    yaw_degrees: float | None = None
    nod: float | None = None
    roll_degrees: float | None = None
    burnt: float | None = None
    unevenness: float | None = None
    eye_cover: float | None = None
    mouth_cover: float | None = None


class RegisterFace(Input):
    """One picture in `image` or several in `images`, each base64 or a data URL."""

    image: str | None = Field(default=None, description="Base64 or data URL of a JPEG or PNG.")
    images: list[str] | None = Field(default=None, min_length=1, max_length=20)
    consent: StrictBool = Field(default=False, description="The person has agreed; recorded as such.")
    force_update: StrictBool = Field(
        default=False, description="Take the pictures in place of the templates there are.")
    allow_duplicate_person: StrictBool = Field(
        default=False, description="Register a face that is another person's, too; needs `reason`.")
    reason: Words | None = Field(
        default=None, description="Why one face may be two people's; goes into the security log.")


class WarningOut(Output):
    """Something to know about the new templates; they were registered all the same."""

    code: str = Field(description="looks_like_another, picture_nearer_to_another, pictures_disagree "
                                  "or few_pictures.")
    text: str
    person_id: str | None = Field(default=None, description="The other person, where there is one.")
    name: str | None = None
    distance: float | None = None


class EnrolmentOut(Output):
    templates: int = Field(description="Templates added by this request.")
    quality: list[VerdictOut] = Field(description="A verdict for each picture; bad ones are passed over.")
    total_faces: int
    face_ids: list[str]
    warnings: list[WarningOut] = Field(description="What to know, and why more pictures would help.")


class EnrolmentAnswer(Answer):
    data: EnrolmentOut


class FaceOut(Output):
    face_id: str
    engine: str
    source: str = Field(description="How it came; adaptive: learnt from a sighting.")
    quality: dict[str, Any]
    created_at: Moment
    punch: str | None = Field(description="Of the sighting that a learnt one comes from.")
    in_force: bool = Field(description="Whether it is of the engine in force; others recognise nobody.")


class FaceList(Output):
    person_id: str
    faces: list[FaceOut]
    total_faces: int


class FacesAnswer(Answer):
    data: FaceList


class FacesGone(Output):
    person_id: str
    deleted: int
    total_faces: int


class FacesGoneAnswer(Answer):
    data: FacesGone


class ConsentBody(Input):
    text_version: Line = Field(default="1", description="Which text the person agreed to.")


class ConsentOut(Output):
    person_id: str
    consent: bool
    total_faces: int


class ConsentAnswer(Answer):
    data: ConsentOut
