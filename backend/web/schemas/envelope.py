"""Shapes that every topic shares."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _clean(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("must not hold control characters")
    return text


def _unquoted(text: object) -> object:
    # The server leaves %2F in a path as it is, so that an id may hold a slash.
    return re.sub("%2f", "/", text, flags=re.IGNORECASE) if isinstance(text, str) else text


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
                 AfterValidator(_clean)]
"""A text of one line, not empty."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000), AfterValidator(_clean)]
"""A text of a few lines that may be empty."""

PersonId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128),
                     AfterValidator(_clean)]

Moment = Annotated[str, WithJsonSchema({
    "type": "string", "format": "date-time", "example": "2026-03-02T08:00:00+01:00",
    "description": "ISO 8601 with offset, in the site's zone."})]
"""A time that goes out; made with `Context.local`."""

MomentIn = Annotated[str, Field(
    max_length=64, description="ISO 8601; without an offset it is in the site's zone.",
    json_schema_extra={"example": "2026-03-02T08:00:00"})]
"""A time that comes in; read with `attendance.time.parse_moment`."""

DayIn = Annotated[str, Field(max_length=10, description="A day, YYYY-MM-DD, in the site's zone.",
                             json_schema_extra={"example": "2026-03-02"})]

Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date", "example": "2026-03-02"})]


class Input(BaseModel):
    """What comes in. Unknown fields are passed over, so that older programs go on working."""

    model_config = ConfigDict(extra="ignore")


class Output(BaseModel):
    """What goes out: exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class Answer(Output):
    """The envelope of a success."""

    success: Literal[True] = True
    message: str | None = Field(default=None, description="One line for people.")


class Done(Answer):
    """A success without data."""

    data: None = None


class Failure(Output):
    """The one shape of every failure."""

    success: Literal[False] = False
    error: str = Field(description="What went wrong and how to mend it, for people.")
    code: str = Field(description="The same for programs.", json_schema_extra={"example": "bad_input"})
    details: dict[str, Any] | None = Field(default=None, description="More about it, by code.")


class PersonPath(Input):
    person_id: Annotated[PersonId, BeforeValidator(_unquoted)]


class Page(Input):
    """Which part of a long list is wanted."""

    limit: int = Field(default=100, ge=1, description="Rows at most; PAGE_LIMIT bounds it.", le=10_000)
    offset: int = Field(default=0, ge=0, le=10_000_000, description="Rows to pass over.")
