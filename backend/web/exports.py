"""Rows of attendance as CSV or as an Excel workbook; for the API and for the command line."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from backend.attendance.time import local_text
from backend.errors import BadInput
from backend.store.records import AttendanceRecord

if TYPE_CHECKING:
    from backend.attendance_system import AttendanceSystem

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MIMETYPES = {"csv": "text/csv", "xlsx": XLSX}

MOST_ROWS = 200_000
"""Rows of one export; more would not fit a small machine's memory as a workbook."""

PAGE = 500
COLUMNS = ("id", "person_id", "person_name", "department", "day", "check_in", "check_out",
           "duration_minutes", "status", "source", "device", "flags", "sync_state")


def all_rows(system: AttendanceSystem, **which: Any) -> list[AttendanceRecord]:
    """All rows of a search, page by page; raises BadInput where they are too many."""
    rows: list[AttendanceRecord] = []
    while True:
        page, total = system.attendance.list(**which, limit=PAGE, offset=len(rows))
        if total > MOST_ROWS:
            raise BadInput(f"These are {total} rows; at most {MOST_ROWS} go into one file. Name fewer days.",
                           code="too_many_rows")
        rows += page
        if not page or len(rows) >= total:
            return rows


def as_flat(row: AttendanceRecord, zone: ZoneInfo) -> dict[str, Any]:
    """One row with plain values, times as ISO 8601 in `zone`; its keys are COLUMNS."""
    return {"id": row.id, "person_id": row.person_id, "person_name": row.person_name,
            "department": row.department, "day": row.day.isoformat(),
            "check_in": local_text(row.check_in, zone), "check_out": local_text(row.check_out, zone),
            "duration_minutes": row.duration_minutes, "status": row.status, "source": str(row.source),
            "device": row.device, "flags": " ".join(sorted(row.flags)), "sync_state": row.sync_state}


def render(rows: list[AttendanceRecord], kind: str, system: AttendanceSystem) -> bytes:
    """A file of `kind` csv or xlsx, with the head of the punches' hash chain on it."""
    zone = system.settings.site_zone
    with system.store.read() as unit:
        head = unit.punches.head()
    note = f"Hash chain of the punches: number {head.seq}, {head.hash}"
    flat = [as_flat(row, zone) for row in rows]
    return _workbook(flat, note) if kind == "xlsx" else _csv(flat, note)


def _csv(rows: list[dict[str, Any]], note: str) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(row[column]) for column in COLUMNS] for row in rows)
    writer.writerow([f"# {note}"])
    # The mark at the beginning tells Excel that the file is UTF-8.
    return file.getvalue().encode("utf-8-sig")


def _workbook(rows: list[dict[str, Any]], note: str) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Attendance")
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append([_harmless(row[column]) for column in COLUMNS])
    book.create_sheet("About").append([note])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _harmless(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return "" if value is None else value
