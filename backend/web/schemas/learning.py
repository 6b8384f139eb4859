"""What was learnt at the door, and the report of drift."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from backend.web.schemas.envelope import Answer, Input, Output


class DriftQuery(Input):
    months: int = Field(default=12, ge=2, le=60, description="Calendar months to look back, this one among them.")


class MonthOut(Output):
    month: str = Field(description="YYYY-MM, in the site's zone.")
    sightings: int
    mean: float = Field(description="Mean distance; for a camera, above what is usual of the people it saw.")


class PersonDriftOut(Output):
    person_id: str
    name: str
    months: list[MonthOut]
    recent: float | None = Field(description="Mean distance of this month and the last; null for too few.")
    before: float | None = Field(description="The same of the months before, since the newest enrolment.")
    share: float | None = Field(description="`recent`, as a share of the threshold.")
    confirmed: int = Field(description="How many of the recent sightings took a PIN or badge.")
    advice: Literal["near_threshold", "many_confirmations", "rising"] | None = Field(
        description="Why it is advised to enrol this person anew; null where all is well.")


class DeviceDriftOut(Output):
    device: str
    months: list[MonthOut]
    rise: float | None
    growing: bool = Field(description="Look at this camera: was it moved, has the light changed, is the lens clean?")


class DriftOut(Output):
    engine: str
    threshold: float = Field(description="The distance up to which a face is accepted at present.")
    people: list[PersonDriftOut] = Field(description="Those with advice first, then by name.")
    devices: list[DeviceDriftOut]


class DriftAnswer(Answer):
    data: DriftOut


class LearntGone(Output):
    deleted: int


class LearntGoneAnswer(Answer):
    data: LearntGone
