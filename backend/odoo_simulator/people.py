"""The simulated employees.

Users without HR rights are served the public profile under the same model name, as Odoo does.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from . import access
from .errors import ValidationError
from .fields import Field
from .model import Model, magic_fields
from .records import Row

PUBLIC = (
    "id",
    "name",
    "display_name",
    "active",
    "work_email",
    "work_phone",
    "mobile_phone",
    "department_id",
    "job_id",
    "job_title",
    "company_id",
    "tz",
    "create_date",
    "write_date",
    "create_uid",
    "write_uid",
    "parent_id",
    "coach_id",
    "user_id",
    "employee_type",
    "image_1920",
    "image_1024",
    "image_512",
    "image_256",
    "image_128",
    "avatar_1920",
    "avatar_1024",
    "avatar_512",
    "avatar_256",
    "avatar_128",
)
# Related to the employee's version in 19, hence without a column of their own there.
VERSIONED = ("department_id", "job_id", "job_title", "employee_type")
TYPES = (
    ("employee", "Employee"),
    ("worker", "Worker"),
    ("student", "Student"),
    ("trainee", "Trainee"),
    ("contractor", "Contractor"),
    ("freelance", "Freelancer"),
)
STATES = (("checked_out", "Checked out"), ("checked_in", "Checked in"))
AVATAR = base64.b64encode(
    b"<?xml version='1.0' encoding='UTF-8' ?><svg height='180' width='180' xmlns='http://www.w3.org/2000/svg'>"
    b"<rect fill='hsl(184, 40%, 45%)' height='180' width='180'/></svg>"
).decode()


class Employees(Model):
    name = "hr.employee"
    description = "Employee"
    order = "name"

    @classmethod
    def field_list(cls, version: int) -> Iterable[Field]:
        return [*magic_fields(), *_profile(version), *_private(version), *_attendance(), *_pictures()]

    @property
    def rpc_name(self) -> str:
        return self.name if access.HR in self.env.groups else "hr.employee.public"

    def may_see(self, field: Field) -> bool:
        if field.name in PUBLIC or access.HR in self.env.groups:
            return super().may_see(field)
        return field.name in ATTENDANCE_FIELDS and bool(self.env.groups & set(access.ATTENDANCE_GROUPS[self.version]))

    def visible(self, row: Row) -> bool:
        return row["company_id"] in self.env.companies

    def searchable(self, field: Field) -> bool:
        return field.name in (*VERSIONED, "tz")

    def computed(self, row: Row, name: str) -> Any:
        if name.startswith("avatar_"):
            return row.get("image_1920") or AVATAR
        if name.startswith("image_"):
            return row.get("image_1920")
        if name in ("version_id", "current_version_id"):
            return row["id"]
        if name == "version_ids":
            return [row["id"]]
        if name == "tz":
            return self.env.user["tz"] or "UTC"
        if name == "attendance_state":
            attendance = self.env.transaction.get("hr.attendance", row.get("last_attendance_id") or 0)
            return "checked_in" if attendance and attendance["check_out"] is None else "checked_out"
        if name == "hours_today":
            return self._hours_today(row)
        if name == "employee_type":
            return "employee"
        return None

    def _hours_today(self, row: Row) -> float:
        now = self.env.transaction.now
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        worked = timedelta()
        for one in self.env.transaction.where("hr.attendance", "employee_id", row["id"]):
            worked += max(timedelta(), (one["check_out"] or now) - max(one["check_in"], midnight))
        return worked.total_seconds() / 3600

    def validate(self, rows: list[Row], changed: set[str]) -> None:
        if not changed & {"barcode", "pin"}:
            return
        for row in rows:
            barcode, pin = row["barcode"], row["pin"]
            if self._shared(barcode, row["id"]):
                raise ValidationError(
                    "The operation cannot be completed: The Badge ID must be unique, "
                    "this one is already assigned to another employee."
                )
            if barcode and not re.fullmatch(r"[A-Za-z0-9]{1,18}", barcode):
                raise ValidationError(
                    "The Badge ID must be alphanumeric without any accents and no longer than 18 characters."
                )
            if pin and not pin.isdigit():
                raise ValidationError("The PIN must be a sequence of digits.")

    def _shared(self, barcode: str | None, key: int) -> bool:
        return barcode is not None and any(
            row["id"] != key for row in self.env.transaction.where(self.table, "barcode", barcode)
        )

    def after_change(self, before: list[Row], after: list[Row]) -> None:
        if before and not after:
            attendances = self.env.model("hr.attendance")
            for employee in before:
                for row in self.env.transaction.where("hr.attendance", "employee_id", employee["id"]):
                    self.env.transaction.delete("hr.attendance", row["id"])
                    for named in attendances._external_ids(row["id"]):
                        self.env.transaction.delete("ir.model.data", str(named["xmlid"]))


ATTENDANCE_FIELDS = (
    "attendance_state",
    "last_attendance_id",
    "last_check_in",
    "last_check_out",
    "hours_today",
    "attendance_manager_id",
)


def _profile(version: int) -> list[Field]:
    stored = version == 18
    return [
        Field("name", "char", "Employee Name", required=True),
        Field("active", "boolean", "Active", default=True),
        Field("work_email", "char", "Work Email"),
        Field("work_phone", "char", "Work Phone"),
        Field("mobile_phone", "char", "Work Mobile"),
        Field("department_id", "many2one", "Department", "hr.department", store=stored),
        Field("job_id", "many2one", "Job Position", "hr.job", store=stored),
        Field("job_title", "char", "Job Title", store=stored),
        Field("employee_type", "selection", "Employee Type", store=stored, selection=TYPES, default="employee"),
        Field("company_id", "many2one", "Company", "res.company", required=True, default=1),
        Field("tz", "char", "Timezone", store=False),
        Field("parent_id", "many2one", "Manager", "hr.employee"),
        Field("coach_id", "many2one", "Coach", "hr.employee"),
        Field("user_id", "many2one", "User", "res.users"),
    ]


def _private(version: int) -> list[Field]:
    changed = (
        [
            Field("gender", "char", "Gender", groups=access.HR),
            Field("notes", "text", "Notes", groups=access.HR),
            Field("sinid", "char", "SIN No", groups=access.HR),
        ]
        if version == 18
        else [
            Field("sex", "char", "Gender", groups=access.HR),
            Field("version_id", "many2one", "Version", "hr.version", store=False, readonly=True),
            Field("current_version_id", "many2one", "Current Version", "hr.version", store=False, readonly=True),
            Field("version_ids", "one2many", "Versions", "hr.version", store=False, groups=access.HR, readonly=True),
        ]
    )
    return [
        Field("barcode", "char", "Badge ID", groups=access.HR),
        Field("pin", "char", "PIN", groups=access.HR),
        Field("private_email", "char", "Private Email", groups=access.HR),
        Field("birthday", "date", "Birthday", groups=access.HR),
        *changed,
    ]


def _attendance() -> list[Field]:
    return [
        Field("attendance_manager_id", "many2one", "Attendance Approver", "res.users"),
        Field("attendance_state", "selection", "Attendance Status", store=False, readonly=True, selection=STATES),
        Field("last_attendance_id", "many2one", "Last Attendance", "hr.attendance", readonly=True),
        Field("last_check_in", "datetime", "Check In", readonly=True),
        Field("last_check_out", "datetime", "Check Out", readonly=True),
        Field("hours_today", "float", "Hours Today", store=False, readonly=True),
    ]


def _pictures() -> list[Field]:
    sizes = ("1920", "1024", "512", "256", "128")
    return [
        Field("image_1920", "binary", "Image"),
        *(Field(f"image_{size}", "binary", f"Image {size}", store=False, readonly=True) for size in sizes[1:]),
        *(Field(f"avatar_{size}", "binary", f"Avatar {size}", store=False, readonly=True) for size in sizes),
    ]


class PublicEmployees(Employees):
    """The profiles that every internal user may read; no badge, no PIN."""

    name = "hr.employee.public"
    description = "Public Employee"

    @classmethod
    def field_list(cls, version: int) -> Iterable[Field]:
        return [one for one in super().field_list(version) if one.name in PUBLIC]

    @property
    def table(self) -> str:
        return "hr.employee"

    @property
    def rpc_name(self) -> str:
        return self.name
