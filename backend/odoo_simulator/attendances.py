"""The simulated hr.attendance: Odoo's constraints, worked hours, and what a change drags along."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from . import access
from .errors import ValidationError
from .fields import Field
from .model import Model, magic_fields
from .records import OVERTIME, Row

MODES = (("kiosk", "Kiosk"), ("systray", "Systray"), ("manual", "Manual"), ("technical", "Technical"))
OUT_MODES = (*MODES, ("auto_check_out", "Automatic Check-Out"))
OVERTIME_STATES = (("to_approve", "To Approve"), ("approved", "Approved"), ("refused", "Refused"))
# The standard calendar: Monday to Friday, 8 to 17, lunch from 12 to 13 in the employee's zone.
LUNCH_HOURS = (12, 13)
COMPUTED = ("worked_hours", "expected_hours", "color", "date", "is_manager")


class Attendances(Model):
    name = "hr.attendance"
    description = "Attendance"
    order = "check_in desc"

    @classmethod
    def field_list(cls, version: int) -> Iterable[Field]:
        return [*magic_fields(), *_thread(), *_own(version), *_place("in", version), *_place("out", version)]

    def visible(self, row: Row) -> bool:
        employee = self.env.transaction.get("hr.employee", row["employee_id"])
        if employee is None or employee["company_id"] not in self.env.companies:
            return False
        if self.env.groups & {access.ATTENDANCE_ADMIN, access.ATTENDANCE_ALL}:
            return True
        return bool(employee.get("attendance_manager_id") == self.env.user["id"])

    def display_name(self, row: Row) -> str:
        start = _local(row["check_in"], self.env.tz)
        if row["check_out"] is None:
            return f"From {start:%H:%M}"
        end = _local(row["check_out"], self.env.tz)
        hours, minutes = divmod(round(self._worked_hours(row) * 60), 60)
        return f"{hours:02}:{minutes:02} ({start:%H:%M}-{end:%H:%M})"

    # Values -----------------------------------------------------------------------------

    def raw(self, row: Row, field: Field) -> Any:
        return self.computed(row, field.name) if field.name in COMPUTED else super().raw(row, field)

    def computed(self, row: Row, name: str) -> Any:
        if name in ("worked_hours", "expected_hours"):
            return self._worked_hours(row)
        if name == "date":
            return _local(row["check_in"], self._zone(row)).date()
        if name == "is_manager":
            return bool(self.env.groups & {access.ATTENDANCE_ADMIN, access.ATTENDANCE_ALL})
        if name == "color":
            if row["check_out"] is None:
                return 1 if row["check_in"] < self.env.transaction.now - timedelta(days=1) else 10
            return 1 if self._worked_hours(row) > 16 or row["out_mode"] == "technical" else 0
        return None

    def _zone(self, row: Row) -> str:
        employee = self.env.transaction.get("hr.employee", row["employee_id"])
        return (employee or {}).get("tz") or "UTC"

    def _worked_hours(self, row: Row) -> float:
        """From check-in to check-out without the calendar's lunch; 0.0 while open."""
        if row["check_out"] is None:
            return 0.0
        zone = self._zone(row)
        start, end = _local(row["check_in"], zone), _local(row["check_out"], zone)
        worked = row["check_out"] - row["check_in"]
        day: date = start.date()
        while day <= end.date():
            if day.weekday() < 5:
                first, last = (
                    datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)) for hour in LUNCH_HOURS
                )
                worked -= max(timedelta(), min(end, last) - max(start, first))
            day += timedelta(days=1)
        return worked.total_seconds() / 3600

    # Constraints ------------------------------------------------------------------------

    def validate(self, rows: list[Row], changed: set[str]) -> None:
        if changed & {"check_in", "check_out", "employee_id"}:
            for row in rows:
                self._check_validity(row)
        if changed & {"check_in", "check_out"}:
            for row in rows:
                if row["check_out"] is not None and row["check_out"] < row["check_in"]:
                    raise ValidationError('"Check Out" time cannot be earlier than "Check In" time.')

    def _check_validity(self, row: Row) -> None:
        """No overlap with the records around, one open record a person; as Odoo looks, no closer."""
        theirs = self.env.transaction.where(self.table, "employee_id", row["employee_id"])
        others = [one for one in theirs if one["id"] != row["id"]]
        start, end = row["check_in"], row["check_out"]
        before_start = _latest(one for one in others if one["check_in"] <= start)
        if before_start and before_start["check_out"] and before_start["check_out"] > start:
            raise self._already_in(row, start)
        if end is None:
            still_open = _latest(one for one in others if one["check_out"] is None)
            if still_open:
                raise ValidationError(
                    f"Cannot create new attendance record for {self._employee_name(row)}, "
                    f"the employee hasn't checked out since {self._moment(still_open['check_in'])}"
                )
            return
        before_end = _latest(one for one in others if one["check_in"] < end)
        if before_end and before_end is not before_start:
            raise self._already_in(row, before_end["check_in"])

    def _already_in(self, row: Row, moment: datetime) -> ValidationError:
        return ValidationError(
            f"Cannot create new attendance record for {self._employee_name(row)}, "
            f"the employee was already checked in on {self._moment(moment)}"
        )

    def _employee_name(self, row: Row) -> str:
        employee = self.env.transaction.get("hr.employee", row["employee_id"])
        return str(employee["name"]) if employee else ""

    def _moment(self, moment: datetime) -> str:
        """A time in a message: in the user's zone and the version's way of writing."""
        written = "%m/%d/%Y %H:%M:%S" if self.version == 18 else "%m/%d/%Y %I:%M:%S %p"
        return _local(moment, self.env.tz).strftime(written)

    # Consequences -----------------------------------------------------------------------

    def after_change(self, before: list[Row], after: list[Row]) -> None:
        rows = [*before, *after]
        for employee in {row["employee_id"] for row in rows}:
            self._remember_last(employee)
        if self.version == 18:
            # 18 keeps a row of overtime for each person and day with a closed record.
            for row in rows:
                if row["check_out"] is not None:
                    day = _local(row["check_in"], self._zone(row)).date()
                    key = f"{row['employee_id']}|{day}"
                    self.env.transaction.put(OVERTIME, key, {"id": key})

    def _remember_last(self, key: int) -> None:
        """A change of somebody's last record is a change of the employee, write_date and all."""
        transaction = self.env.transaction
        employee = transaction.get("hr.employee", key)
        if employee is None:
            return
        theirs = transaction.where(self.table, "employee_id", key)
        last = _latest(one for one in theirs if one["check_in"] <= transaction.now) or {}
        now = {
            "last_attendance_id": last.get("id"),
            "last_check_in": last.get("check_in"),
            "last_check_out": last.get("check_out"),
        }
        if any(employee.get(name) != value for name, value in now.items()):
            self.env.touch_employee(key, now)


def _latest(rows: Iterable[Row]) -> Row | None:
    return max(rows, key=lambda row: row["check_in"], default=None)


def _local(moment: datetime, zone: str) -> datetime:
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))


def _thread() -> list[Field]:
    """What Odoo's mail thread adds to the model; always empty here."""
    flags = (
        "message_is_follower",
        "has_message",
        "message_needaction",
        "message_has_error",
        "message_has_sms_error",
    )
    counters = ("message_needaction_counter", "message_has_error_counter", "message_attachment_count")
    lists = (
        ("message_follower_ids", "one2many", "mail.followers"),
        ("message_partner_ids", "many2many", "res.partner"),
        ("message_ids", "one2many", "mail.message"),
        ("website_message_ids", "one2many", "mail.message"),
    )
    return [
        *(Field(name, "boolean", name, store=False, readonly=True) for name in flags),
        *(Field(name, "integer", name, store=False, readonly=True) for name in counters),
        *(Field(name, kind, name, relation, store=False, readonly=True) for name, kind, relation in lists),
    ]


def _own(version: int) -> list[Field]:
    specific = (
        [
            Field(
                "no_validated_overtime_hours",
                "boolean",
                "Hour(s) without validated overtime",
                store=False,
                readonly=True,
            )
        ]
        if version == 18
        else [
            Field("date", "date", "Date", readonly=True),
            Field(
                "attendance_manager_id",
                "many2one",
                "Attendance Manager",
                "res.users",
                store=False,
                readonly=True,
                related="employee_id.attendance_manager_id",
            ),
            Field("is_manager", "boolean", "Is Manager", store=False, readonly=True),
            Field(
                "linked_overtime_ids",
                "many2many",
                "Linked Overtime",
                "hr.attendance.overtime.line",
                store=False,
                readonly=True,
            ),
            Field("device_tracking_enabled", "boolean", "Device Tracking", store=False, readonly=True),
        ]
    )
    return [
        Field("employee_id", "many2one", "Employee", "hr.employee", required=True),
        Field(
            "department_id",
            "many2one",
            "Department",
            "hr.department",
            store=False,
            readonly=True,
            related="employee_id.department_id",
        ),
        Field(
            "manager_id",
            "many2one",
            "Manager",
            "hr.employee",
            store=False,
            readonly=True,
            related="employee_id.parent_id",
        ),
        Field("check_in", "datetime", "Check In", required=True, default="now"),
        Field("check_out", "datetime", "Check Out"),
        Field("worked_hours", "float", "Worked Hours", readonly=True),
        Field("color", "integer", "Color", store=False, readonly=True),
        Field("overtime_hours", "float", "Over Time", readonly=True),
        Field("overtime_status", "selection", "Overtime Status", readonly=True, selection=OVERTIME_STATES),
        Field("validated_overtime_hours", "float", "Extra Hours", readonly=True),
        Field("expected_hours", "float", "Expected Hours", readonly=True),
        *specific,
    ]


def _place(side: str, version: int) -> list[Field]:
    """Where and how somebody checked in or out; writable over RPC."""
    where = (
        [Field(f"{side}_country_name", "char", "Country"), Field(f"{side}_city", "char", "City")]
        if version == 18
        else [Field(f"{side}_location", "char", "Location")]
    )
    return [
        Field(f"{side}_latitude", "float", "Latitude"),
        Field(f"{side}_longitude", "float", "Longitude"),
        *where,
        Field(f"{side}_ip_address", "char", "IP Address"),
        Field(f"{side}_browser", "char", "Browser"),
        Field(
            f"{side}_mode",
            "selection",
            "Mode",
            selection=MODES if side == "in" else OUT_MODES,
            default="manual",
        ),
    ]
