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


class PersonBody(Input):
    person_id: PersonId = Field(description="Yours to choose; in Odoo the badge's number.",
                                json_schema_extra={"example": "EMP001"})
    name: Line
    email: Email | None = None
    department: Words | None = None
    position: Words | None = None
    phone: Words | None = None
    metadata: dict[str, Any] | None = Field(default=None, description="Whatever else you keep.")


class PersonChange(Input):
    """Only what is named changes."""

    person_id: PersonId | None = None
    name: Line | None = None
    email: Email | None = None
    department: Words | None = None
    position: Words | None = None
    phone: Words | None = None
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
    has_face: bool
    total_faces: int
    consent: bool = Field(description="Whether a consent is in force.")
    has_pin: bool
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


class QualityOut(Output):
    ok: bool
    reasons: list[str] = Field(description="too_small, blurred, too_dark or not_frontal.")
    width_px: int
    sharpness: float
    brightness: float
    yaw_degrees: float


class VerdictOut(Output):
    """What became of one picture."""

    ok: bool
    reasons: list[str] = Field(
        description="no_face, several_faces, too_small, blurred, too_dark or not_frontal.")
    advice: str | None = Field(default=None, description="How to mend it, for people.")
    width_px: int | None = None
    sharpness: float | None = None
    brightness: float | None = None
    yaw_degrees: float | None = None


class RegisterFace(Input):
    """One picture in `image` or several in `images`, each base64 or a data URL."""

    image: str | None = Field(default=None, description="Base64 or data URL of a JPEG or PNG.")
    images: list[str] | None = Field(default=None, min_length=1, max_length=20)
    consent: StrictBool = Field(default=False, description="The person has agreed; recorded as such.")
    force_update: StrictBool = Field(
        default=False, description="Take the pictures in place of the templates there are.")


class EnrolmentOut(Output):
    templates: int = Field(description="Templates added by this request.")
    quality: list[VerdictOut] = Field(description="A verdict for each picture; bad ones are passed over.")
    total_faces: int
    face_ids: list[str]


class EnrolmentAnswer(Answer):
    data: EnrolmentOut


class FaceOut(Output):
    face_id: str
    engine: str
    source: str
    quality: dict[str, Any]
    created_at: Moment


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
