"""Rows of attendance as the API shows them, and what a mark brought."""

from __future__ import annotations

from typing import Any

from backend.store.records import AttendanceRecord
from backend.web.context import Context
from backend.web.schemas.attendance import MarkedOut, RecordOut


def record_out(here: Context, row: AttendanceRecord) -> RecordOut:
    """A row of attendance; its times in the site's zone."""
    return RecordOut(
        id=row.id, person_id=row.person_id, person_name=row.person_name, department=row.department,
        day=row.day.isoformat(), check_in=here.local(row.check_in), check_out=here.local(row.check_out),
        duration_minutes=row.duration_minutes, status=row.status, source=str(row.source),
        device=row.device, confidence=row.confidence, distance=row.distance, flags=sorted(row.flags),
        sync_state=row.sync_state, sync_error=row.sync_error, odoo_id=row.odoo_id)


def marked_out(here: Context, marked: Any) -> MarkedOut:
    """What a mark brought."""
    row = marked.attendance
    shown = None if row is None else record_out(here, row)
    return MarkedOut(action=marked.action, reason=marked.reason, attendance=shown,
                     punch_uuid=None if marked.punch_uuid is None else str(marked.punch_uuid))


_WORDS = {
    "check_in": "{name} checked in.",
    "check_out": "{name} checked out.",
    "duplicate": "{name} was marked a moment ago; nothing was added.",
    "flagged": "Kept and flagged: it contradicts what is recorded.",
    "refused": "Kept, and counted for nothing.",
}


def marked_words(marked: Any) -> str:
    """One line for people."""
    name = marked.attendance.person_name if marked.attendance else "The person"
    return _WORDS[marked.action].format(name=name)
