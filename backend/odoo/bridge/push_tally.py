"""What a push tells afterwards: counts, errors with their remedies, rows one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from backend.odoo import employees
from backend.odoo.attendances import Held
from backend.odoo.bridge.order import Span
from backend.odoo.bridge.plan import Line
from backend.odoo.errors import one_line
from backend.odoo.outgoing import push_message

REMEDIES = {
    "odoo_employee_not_found": "Give the employee this badge in Odoo, or pull the employees.",
    "odoo_refused": "Compare the person's rows around that time in Odoo, mend them, then push again.",
    "odoo_forbidden": f"Give the bridge user the rights. {employees.RIGHTS}",
    "odoo_edited_by_hr": "Correct the session here to what Odoo holds, or the row in Odoo back.",
    "odoo_deleted_by_hr": "Void the session here if it was wrong; otherwise let it be put back.",
    "odoo_server_fault": "Odoo itself fails at it: whoever runs Odoo finds the reason in its log.",
    "odoo_changed_values": "Look for an automation or a rounding rule on attendances in Odoo.",
    "odoo_person_busy": "Another push has this person's rows on the way. Push again.",
}
"""What a person can do about each kind of failure."""
MOST_TOLD = 1000
"""Rows that a result tells of one by one."""


@dataclass
class Tally:
    """`zone` is only for the times in texts."""

    zone: ZoneInfo
    pushed: int = 0
    skipped: int = 0
    failed: int = 0
    taken_over: int = 0
    errors: dict[str, None] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def told(self) -> int:
        """Rows whose fate is known."""
        return self.pushed + self.skipped + self.failed

    def result(self, dry_run: bool = False) -> dict[str, Any]:
        message = push_message(self.pushed, self.failed, self.skipped)
        return {"success": self.failed == 0,
                "message": message.replace("Pushed", "Would push", 1) if dry_run else message,
                "pushed": self.pushed, "failed": self.failed, "skipped": self.skipped,
                "total": self.told, "taken_over": self.taken_over,
                "errors": list(self.errors), "rows": self.rows[:MOST_TOLD], "dry_run": dry_run}

    def fail(self, line: Line, text: str, code: str, *, plain: bool = False) -> str:
        """Tell of a row that did not arrive; returns its reason in one line. `plain` texts stand
        for all rows of the person, others name the row."""
        reason = one_line(text)
        remedy = REMEDIES.get(code, "")
        record = line.record
        told = reason if plain else (
            f"{record.person_name} ({record.person_id}), {self.local(line.check_in)}: "
            f"{reason.rstrip('.')}. {remedy}")
        self.failed += 1
        self.errors[told] = None
        self.tell(line, reason, code, remedy)
        return reason

    def tell(self, line: Line, error: str | None = None, code: str | None = None,
             remedy: str | None = None) -> None:
        check_out = line.check_out
        self.rows.append({
            "attendance_id": line.record.id, "person_id": line.record.person_id,
            "person_name": line.record.person_name, "action": str(line.action),
            "check_in": line.check_in.astimezone(self.zone).isoformat(),
            "check_out": check_out.astimezone(self.zone).isoformat() if check_out else None,
            "error": error, "code": code, "remedy": remedy})

    def local(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def in_the_way(self, what: Held, ours: bool) -> str:
        whose = "our own row" if ours else "a row that somebody entered in Odoo"
        return f"In the way is {whose}: {self.times(what)} (id {what.odoo_id})"

    def times(self, what: Held | Span) -> str:
        """From when to when, in the site's zone."""
        if what.check_out is None:
            end = "open"
        else:
            local = what.check_out.astimezone(self.zone)
            same_day = local.date() == what.check_in.astimezone(self.zone).date()
            end = f"{local:%H:%M}" if same_day else f"{local:%Y-%m-%d %H:%M}"
        return f"{self.local(what.check_in)} to {end}"
