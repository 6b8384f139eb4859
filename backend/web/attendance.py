"""Endpoints of attendance: marks, rows, corrections."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from flask import Response, request

from backend.attendance.time import parse_day, parse_moment
from backend.errors import BadInput
from backend.web import exports
from backend.web.auth import caller
from backend.web.context import context
from backend.web.records import marked_out, marked_words, record_out
from backend.web.schemas.attendance import (
    ConfirmBody,
    CorrectionBody,
    DaysQuery,
    EnteredInOdoo,
    ExportQuery,
    MarkBody,
    MarkedAnswer,
    PersonSummary,
    RecordAnswer,
    RecordList,
    RecordPath,
    RecordsAnswer,
    RecordsQuery,
    Summary,
    SummaryAnswer,
    Today,
    TodayAnswer,
    VoidBody,
)
from backend.web.topic import Topic

bp = Topic("attendance", "Attendance", "Check-ins, check-outs, and what HR corrects.")

NO_ROW = {404: "No such row (`attendance_not_found`)."}
IDEMPOTENCY = [{"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string"},
                "description": "In place of `uuid`: the same key answers with the first result."}]
FILE = {"schema": {"type": "string", "format": "binary"}}


@bp.endpoint("POST", "/attendance/mark", "attendance:write", {201: MarkedAnswer, 200: MarkedAnswer},
             parameters=IDEMPOTENCY,
             fails={404: "Nobody has this id; add the person with POST /persons first.",
                    409: "The same uuid was sent before with other content (`idempotency_conflict`), or the person "
                         "is archived (`person_inactive`).",
                    422: "The time does not exist, exists twice, or is too far ahead."})
def mark(body: MarkBody) -> tuple[MarkedAnswer, int]:
    """Mark a person's attendance: check-in or check-out, as it fits.

    Answers 201 where somebody was checked in or out, and 200 for a duplicate, with the row it
    repeats, and for a request that was answered before.
    """
    here = context()
    at = parse_moment(body.timestamp, here.zone, "timestamp") if body.timestamp is not None else None
    marked = here.system.attendance.mark(
        body.person_id, at=at, direction=body.direction, uuid=_repeatable(body),
        marked_by=body.marked_by or caller().name)
    return MarkedAnswer(message=marked_words(marked), data=marked_out(here, marked)), marked.status


@bp.endpoint("POST", "/attendance/confirm", "punch:write", {201: MarkedAnswer, 200: MarkedAnswer},
             fails={403: "The PIN is wrong (`pin_wrong`), the badge is not that of the face (`badge_wrong`), or the "
                         "scope is missing.",
                    404: "No such question at this device (`confirmation_not_found`).",
                    409: "The person is archived (`person_inactive`).",
                    410: "The question is too old (`confirmation_expired`).",
                    429: "Too many wrong tries (`pin_locked`), or too many requests; `Retry-After` says how long."})
def confirm(body: ConfirmBody) -> tuple[MarkedAnswer, int]:
    """Confirm by PIN or badge that a face which was not quite sure is one's own.

    A sighting with the decision `ask` brings the `confirmation`. The punch is of the time at which
    the face was seen. The same answer may be sent again.
    """
    here = context()
    marked = here.system.confirmations.confirm(body.confirmation, body.pin, body.badge, body.device)
    return MarkedAnswer(message=marked_words(marked), data=marked_out(here, marked)), marked.status


def _repeatable(body: MarkBody) -> UUID | None:
    given = request.headers.get("Idempotency-Key", "").strip()
    if not given:
        return body.uuid
    try:
        named = UUID(given)
    except ValueError:
        # Two callers may choose the same word without meaning the same punch.
        named = uuid5(NAMESPACE_URL, f"face-attendance:{caller().bucket}:{given}")
    if body.uuid is not None and body.uuid != named:
        raise BadInput("`uuid` and the header Idempotency-Key differ: send one of them.")
    return named


def _days(query: DaysQuery) -> tuple[date | None, date | None]:
    start = parse_day(query.start_date, "start_date") if query.start_date else None
    end = parse_day(query.end_date, "end_date") if query.end_date else None
    if start and end and end < start:
        raise BadInput("end_date lies before start_date.", code="bad_range")
    return start, end


@bp.endpoint("GET", "/attendance", "attendance:read", RecordsAnswer)
def list_records(query: RecordsQuery) -> RecordsAnswer:
    """List rows of attendance, newest first."""
    here = context()
    start, end = _days(query)
    rows, total = here.system.attendance.list(
        start=start, end=end, person_id=query.person_id, department=query.department,
        status=query.status, limit=min(query.limit, here.settings.page_limit), offset=query.offset)
    return RecordsAnswer(data=RecordList(records=[record_out(here, row) for row in rows], total=total))


@bp.endpoint("GET", "/attendance/today", "attendance:read", TodayAnswer)
def list_today() -> TodayAnswer:
    """List today's rows, and the earlier ones that are still open; beside them what was entered in Odoo."""
    here = context()
    day = here.system.attendance.today()
    rows, _ = here.system.attendance.list(start=day, end=day)
    known = {row.id for row in rows}
    rows += [row for row in here.system.attendance.list(status="open")[0] if row.id not in known]
    entered = [EnteredInOdoo(
        odoo_id=row.odoo_id, person_id=row.person_id, person_name=row.employee_name,
        check_in=here.local(row.check_in), check_out=here.local(row.check_out))
        for row in here.system.attendance.entered_in_odoo()]
    return TodayAnswer(data=Today(records=[record_out(here, row) for row in rows], total=len(rows),
                                  entered_in_odoo=entered))


@bp.endpoint("GET", "/attendance/summary", "attendance:read", SummaryAnswer)
def summary(query: DaysQuery) -> SummaryAnswer:
    """Add up sessions and minutes by person; the last 30 days where none are named."""
    here = context()
    start, end = _days(query)
    end = end or here.system.attendance.today()
    start = start or date.fromordinal(max(1, end.toordinal() - 29))
    totals = here.system.attendance.summary(start, end, query.person_id, query.department)
    persons = [PersonSummary(**asdict(total)) for total in totals]
    return SummaryAnswer(data=Summary(
        start_date=start.isoformat(), end_date=end.isoformat(), persons=persons,
        total_sessions=sum(each.sessions for each in persons),
        total_minutes=sum(each.minutes for each in persons),
        present_now=here.system.attendance.present()))


@bp.endpoint("GET", "/attendance/export", "attendance:read", {200: {"description": "The file.", "content": {
    "text/csv": FILE, exports.XLSX: FILE}}})
def export(query: ExportQuery) -> Response:
    """Export rows as CSV or as an Excel workbook."""
    here = context()
    start, end = _days(query)
    rows = exports.all_rows(here.system, start=start, end=end, person_id=query.person_id,
                            department=query.department)
    content = exports.render(rows, query.format, here.system)
    name = f"attendance-{here.system.attendance.today()}.{query.format}"
    return Response(content, mimetype=exports.MIMETYPES[query.format],
                    headers={"Content-Disposition": f'attachment; filename="{name}"'})


@bp.endpoint("GET", "/attendance/<int:attendance_id>", "attendance:read", RecordAnswer, fails=NO_ROW)
def get_record(path: RecordPath) -> RecordAnswer:
    """Show one row."""
    here = context()
    return RecordAnswer(data=record_out(here, here.system.attendance.get(path.attendance_id)))


@bp.endpoint("PATCH", "/attendance/<int:attendance_id>", "attendance:write", RecordAnswer,
             fails={**NO_ROW, 409: "The times overlap another row (`attendance_overlap`), or the row is "
                                   "superseded (`attendance_superseded`)."})
def correct(path: RecordPath, body: CorrectionBody) -> RecordAnswer:
    """Correct a row's times, with a reason. The punches stay as they are.

    A time that is not named stays; `check_out: null` opens the session again.
    """
    here = context()
    times: dict[str, Any] = body.model_dump(include=body.model_fields_set & {"check_in", "check_out"})
    if not times:
        raise BadInput("Name check_in or check_out: there is nothing to correct.")
    if times.get("check_in", "") is None:
        raise BadInput("check_in: must not be null; to take the row away, void it")
    row = here.system.attendance.correct(path.attendance_id, reason=body.reason, by=caller().name, **times)
    return RecordAnswer(message="Corrected.", data=record_out(here, row))


@bp.endpoint("POST", "/attendance/<int:attendance_id>/void", "attendance:write", RecordAnswer, fails=NO_ROW)
def void(path: RecordPath, body: VoidBody) -> RecordAnswer:
    """Void a row, with a reason. The punches stay; the row is superseded."""
    here = context()
    row = here.system.attendance.void(path.attendance_id, reason=body.reason, by=caller().name)
    return RecordAnswer(message="Voided.", data=record_out(here, row))
