"""Marks, punches, and the rows of attendance."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, RootModel

from backend.web.schemas.envelope import (
    Answer,
    Day,
    DayIn,
    Input,
    Line,
    Moment,
    MomentIn,
    Output,
    Page,
    PersonId,
    Words,
)

DirectionIn = Literal["auto", "in", "out"]
Action = Literal["check_in", "check_out", "duplicate", "flagged", "refused"]


class MarkBody(Input):
    person_id: PersonId = Field(json_schema_extra={"example": "EMP001"})
    person_name: Words | None = Field(default=None, description="Taken for older programs; not used.")
    marked_by: Words | None = Field(default=None, description="Who or what marks, for the log.")
    timestamp: MomentIn | None = Field(default=None, description="When; now where it is not given.")
    direction: DirectionIn = "auto"
    uuid: UUID | None = Field(default=None, description="Makes the request safe to repeat.")


class ConfirmBody(Input):
    """Send `pin` or `badge`, one of them."""

    confirmation: UUID = Field(description="As the event of the sighting gave it.")
    pin: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    badge: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    device: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="The device of that event; where it is given, it must be the one.")


class RecordOut(Output):
    id: int
    person_id: str
    person_name: str
    department: str | None
    day: Day
    check_in: Moment
    check_out: Moment | None
    duration_minutes: int | None
    status: Literal["open", "closed", "assumed", "superseded"]
    source: str
    device: str | None
    confidence: float | None
    distance: float | None
    flags: list[str]
    sync_state: str
    sync_error: str | None
    odoo_id: int | None


class MarkedOut(Output):
    action: Action
    reason: str = Field(description="Why it came to that.")
    attendance: RecordOut | None = Field(description="The row concerned; for a duplicate, the row it repeats.")
    punch_uuid: str | None


class MarkedAnswer(Answer):
    data: MarkedOut


class RecordAnswer(Answer):
    data: RecordOut


class RecordList(Output):
    records: list[RecordOut]
    total: int


class RecordsAnswer(Answer):
    data: RecordList


class DaysQuery(Input):
    start_date: DayIn | None = None
    end_date: DayIn | None = Field(default=None, description="Inclusive.")
    person_id: Annotated[str, Field(max_length=128)] | None = None
    department: Annotated[str, Field(max_length=1000)] | None = None


class RecordsQuery(Page, DaysQuery):
    status: Literal["open", "closed", "assumed", "superseded", "any"] | None = Field(
        default=None, description="All in force where it is not given; superseded rows only by name.")


class EnteredInOdoo(Output):
    """A row that somebody entered in Odoo; it counts for who is in, and is never changed from here."""

    odoo_id: int
    person_id: str | None = Field(description="null where the employee is not known here.")
    person_name: str
    check_in: Moment
    check_out: Moment | None
    source: Literal["odoo"] = "odoo"


class Today(RecordList):
    entered_in_odoo: list[EnteredInOdoo]


class TodayAnswer(Answer):
    data: Today


class ExportQuery(DaysQuery):
    format: Literal["csv", "xlsx"] = "csv"


class RecordPath(Input):
    attendance_id: int = Field(ge=1, le=2**53)


class CorrectionBody(Input):
    check_in: MomentIn | None = None
    check_out: MomentIn | None = Field(default=None, description="null leaves the session open.")
    reason: Line


class VoidBody(Input):
    reason: Line


class PersonSummary(Output):
    person_id: str
    person_name: str
    department: str | None
    days: int
    sessions: int
    minutes: int = Field(description="Whole minutes of the sessions that have ended.")
    open: int = Field(description="Sessions without a check-out.")
    assumed: int = Field(description="Sessions that nobody checked out of.")


class Summary(Output):
    start_date: Day
    end_date: Day
    persons: list[PersonSummary]
    total_sessions: int
    total_minutes: int
    present_now: int


class SummaryAnswer(Answer):
    data: Summary


class PunchIn(Input):
    """One punch of a device. Name the person by `person_id` or by `badge`."""

    uuid: UUID
    person_id: PersonId | None = None
    badge: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    pin: Annotated[str, Field(max_length=32)] | None = None
    at: MomentIn
    direction: DirectionIn = "auto"
    source: Literal["face", "pin", "badge", "manual", "import"] = "manual"


class PunchList(Input):
    punches: list[PunchIn] = Field(max_length=1000)
    device: Annotated[str, Field(max_length=100)] | None = None


class PunchesBody(RootModel[PunchList | list[PunchIn]]):
    """A list of punches, or an object that holds it."""


class PunchResult(Output):
    uuid: str | None = Field(description="The item's uuid, where it could be read.")
    success: bool = Field(description="Whether it is stored; false means: mend it and send it again.")
    action: Action | None = Field(default=None, description="What became of it.")
    reason: str | None = None
    created: bool | None = Field(default=None, description="False where it was there already.")
    attendance_id: int | None = None
    error: str | None = None
    code: str | None = None


class PunchResults(Output):
    results: list[PunchResult] = Field(description="One for each item, in the order they came.")
    accepted: int
    refused: int


class PunchesAnswer(Answer):
    data: PunchResults
