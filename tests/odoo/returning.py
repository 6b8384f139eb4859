"""A product that is in step with a simulated Odoo, and HR at Odoo's screens, for tests of what comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from backend.attendance_system import AttendanceSystem
from backend.odoo_simulator import OdooSimulator
from backend.store.records import AttendanceRecord
from tests.odoo.stories import credentials

DAY = datetime(2026, 3, 2, tzinfo=UTC).date()


def moment(text: str) -> datetime:
    """HH:MM[:SS] of Monday 2 March 2026, UTC."""
    return datetime.fromisoformat(f"2026-03-02T{text}+00:00").astimezone(UTC)


class Company:
    """The product and its Odoo, which share one clock."""

    def __init__(self, system: AttendanceSystem, odoo: OdooSimulator, clock: Any) -> None:
        self.system = system
        self.odoo = odoo
        self.clock = clock
        odoo.clock = clock
        system.odoo.save_config(**credentials(odoo))
        system.odoo.pull()

    def shift(self, person: str, begin: str, end: str | None) -> AttendanceRecord:
        """Somebody comes and goes, by real punches."""
        self.clock.now = moment(begin)
        row = self.system.attendance.mark(person).attendance
        if end is not None:
            self.clock.now = moment(end)
            self.system.attendance.mark(person)
        self.clock.now = max(self.clock.now, moment("18:00"))
        return self.row(row.id)

    def push(self) -> dict[str, Any]:
        return self.system.odoo.push(DAY, DAY)

    def pull(self) -> dict[str, Any]:
        """As the schedule does every half minute; answers what came back of attendance."""
        self.clock.move(seconds=30)
        return self.system.odoo.pull()["attendance"]

    def reconcile(self, dry_run: bool = False) -> dict[str, Any]:
        return self.system.odoo.reconcile(DAY, DAY, dry_run=dry_run)

    def row(self, attendance_id: int) -> AttendanceRecord:
        return self.system.attendance.get(attendance_id)

    # At Odoo's screens ---------------------------------------------------------------------

    def hr(self, method: str, *args: Any) -> Any:
        """HR works in Odoo as an administrator."""
        self.clock.move(seconds=5)
        return self.odoo.run_as("admin", "hr.attendance", method, *args)

    def edit(self, row: AttendanceRecord, **times: str | None) -> None:
        self.hr("write", [self.odoo_id(row)], {name: _said(value) for name, value in times.items()})

    def delete(self, row: AttendanceRecord) -> None:
        self.hr("unlink", [self.odoo_id(row)])

    def enter(self, badge: str, check_in: str, check_out: str | None) -> int:
        """HR enters a row by hand; Odoo's id."""
        employee = next(one["id"] for one in self.odoo.rows("hr.employee") if one["barcode"] == badge)
        values = {"employee_id": employee, "check_in": _said(check_in)}
        return int(self.hr("create", values | ({"check_out": _said(check_out)} if check_out else {})))

    def odoo_id(self, row: AttendanceRecord) -> int:
        return next(one["id"] for one in self.odoo.attendances() if (one["xml_id"] or "").endswith(str(row.uuid)))

    def held(self) -> list[tuple[str, str, str | None]]:
        """Badge, check-in and check-out of each row in Odoo."""
        return sorted((one["barcode"], f"{one['check_in']:%H:%M}",
                       f"{one['check_out']:%H:%M}" if one["check_out"] else None) for one in self.odoo.attendances())


def _said(text: str | None) -> str | bool:
    return f"{moment(text):%Y-%m-%d %H:%M:%S}" if text else False
