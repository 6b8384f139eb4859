"""What a fresh simulated server holds: companies, departments, jobs, users, employees.

The employees are those of the reference servers that the recorded exchanges were made on:
Administrator, 25 with badges EMP001 to EMP025, one archived, one without a badge, one with
nothing but a badge. Ids, names and numbers matter to the exchanges; ages of rows to pulls.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from . import access
from .records import Database, Row

DEPARTMENTS = ("Administration", "Engineering", "Sales", "Human Resources", "Warehouse")
JOBS = ("Engineer", "Sales Rep", "HR Specialist", "Picker")
# Department and job of EMP001, EMP002, EMP003, EMP004, and round again.
PLACES = ((3, 2), (4, 3), (5, 4), (2, 1))
NAMES = (
    "Aïcha Benali",
    "Bruno Keller",
    "Chloé Martin",
    "Diego Núñez",
    "Emma O'Brien",
    "Farid Haddad",
    "Grace Okafor",
    "Hiro Tanaka",
    "Ines García",
    "Jürgen Weiß",
    "Liam <Lee> & Sons",
    "Lena Müller",
    "Mei 陈",
    "Noah Smith",
    "Olivia Brown",
    "Paulo da Silva",
    "Nadia العربي",
    "Rania محمد",
    "Sven Åkesson",
    "Tomás García",
    "Uma Patel",
    "Viktor Horváth",
    "Wendy Zhang",
    "Élodie Dubois",
    'Yusuf "Joe" Demir',
)
BRUSSELS = "Europe/Brussels"
BRUSSELS_EMPLOYEE = 22
# The rows that nothing has touched since they were made are the oldest by write_date.
UNTOUCHED = {18: (19, 21), 19: (19, 23)}
# The reference servers had these many attendances behind them when recording began.
ATTENDANCES_BEFORE = {18: 110, 19: 105}
UNTIL_CHANGED = timedelta(minutes=12, seconds=25)
AGE = timedelta(minutes=85)


@dataclass(frozen=True)
class NewEmployee:
    """An employee to seed a server with. Empty means not set; `company` is an id, `photo` a picture's bytes."""

    name: str
    barcode: str = ""
    pin: str = ""
    work_email: str = ""
    department: str = ""
    job: str = ""
    tz: str = "UTC"
    active: bool = True
    company: int = 1
    work_phone: str = ""
    mobile_phone: str = ""
    photo: bytes = b""


@dataclass(frozen=True)
class Account:
    """A user of the server; the password is the login unless set otherwise."""

    id: int
    login: str
    name: str
    groups: frozenset[str]
    tz: str = "UTC"


def accounts(version: int) -> list[Account]:
    """The users, with the rights that the reference servers gave them."""
    everybody = frozenset({access.USER})
    attendance = access.ATTENDANCE_ADMIN if version == 18 else access.ATTENDANCE_ALL
    bridge = everybody | {access.HR, attendance}
    administrator = everybody | {
        access.SYSTEM,
        access.HR,
        access.ATTENDANCE_ADMIN,
        access.ATTENDANCE_ALL,
        access.INVOICING,
        access.ACCOUNTING_ADMIN,
    }
    first = 6 if version == 18 else 5
    return [
        Account(2, "admin", "Administrator", administrator),
        Account(first, "bridge", "Bridge User", bridge),
        Account(first + 1, "brussels", "Brussels Bridge", bridge, BRUSSELS),
        Account(first + 2, "officer", "Team Officer", everybody | {access.HR, access.ATTENDANCE_OWN_TEAM}),
        Account(first + 3, "timekeeper", "Time Keeper", everybody | {attendance}),
        Account(first + 4, "plain", "Plain User", everybody),
        Account(first + 5, "acct", "Accountant", everybody | {access.INVOICING}),
    ]


def fill(database: Database, version: int, now: datetime, employees: Iterable[NewEmployee] | None) -> None:
    """Put the reference data into an empty database; `employees` replaces the 28 after Administrator."""
    made = now - AGE
    for table, names in (
        ("hr.department", DEPARTMENTS),
        ("hr.job", JOBS),
        ("res.company", ("My Company", "Other Company")),
    ):
        for name in names:
            insert(database, table, made, {"name": name, "active": True})
    for account in accounts(version):
        database.advance("res.users", account.id - 1)
        insert(
            database,
            "res.users",
            made,
            {
                "login": account.login,
                "name": account.name,
                "groups": account.groups,
                "tz": account.tz,
                "lang": "en_US",
                "company_id": 1,
                "company_ids": [1],
                "active": True,
            },
        )
    add_employee(database, made, NewEmployee("Administrator", department="Administration"))
    if employees is None:
        _reference_employees(database, version, made)
        database.advance("hr.attendance", ATTENDANCES_BEFORE[version])
    else:
        for employee in employees:
            add_employee(database, made, employee)


def add_employee(database: Database, made: datetime, employee: NewEmployee) -> int:
    """Store one employee; departments and jobs are made where they are new. Returns the id."""
    return insert(
        database,
        "hr.employee",
        made,
        {
            **EMPTY_EMPLOYEE,
            "name": employee.name,
            "barcode": employee.barcode or None,
            "pin": employee.pin or None,
            "work_email": employee.work_email or None,
            "work_phone": employee.work_phone or None,
            "mobile_phone": employee.mobile_phone or None,
            "image_1920": base64.b64encode(employee.photo).decode() or None,
            "tz": employee.tz,
            "active": employee.active,
            "company_id": employee.company,
            "job_title": employee.job or None,
            "department_id": _named(database, "hr.department", made, employee.department),
            "job_id": _named(database, "hr.job", made, employee.job),
        },
    )


def insert(database: Database, table: str, made: datetime, values: dict[str, Any]) -> int:
    """Store a row as if made at `made` (naive UTC) by the first user."""
    key = database.next_id(table)
    row: Row = {"create_uid": 2, "write_uid": 2, "create_date": made, "write_date": made, **values, "id": key}
    with database.lock:
        database.tables[table][key] = row
    return key


EMPTY_EMPLOYEE: Row = {
    "name": None,
    "active": True,
    "barcode": None,
    "pin": None,
    "work_email": None,
    "work_phone": None,
    "mobile_phone": None,
    "department_id": None,
    "job_id": None,
    "job_title": None,
    "employee_type": "employee",
    "company_id": 1,
    "tz": "UTC",
    "parent_id": None,
    "coach_id": None,
    "user_id": None,
    "image_1920": None,
    "attendance_manager_id": None,
    "last_attendance_id": None,
    "last_check_in": None,
    "last_check_out": None,
}


def _named(database: Database, table: str, made: datetime, name: str) -> int | None:
    if not name:
        return None
    for key, row in database.tables[table].items():
        if row["name"] == name:
            return int(key)
    return insert(database, table, made, {"name": name, "active": True})


def _reference_employees(database: Database, version: int, made: datetime) -> None:
    for number, name in enumerate(NAMES, 1):
        key = number + 1
        department, job = PLACES[(number - 1) % len(PLACES)]
        # 25 rows are made in two seconds; all but two have been changed since.
        born = made + timedelta(milliseconds=100 * number)
        changed = born if key in UNTOUCHED[version] else born + UNTIL_CHANGED
        insert(
            database,
            "hr.employee",
            born,
            {
                **EMPTY_EMPLOYEE,
                "name": name,
                "barcode": f"EMP{number:03}",
                "pin": str(1000 + number),
                "work_email": f"emp{number:03}@example.com",
                "work_phone": f"+1 555 01{number:02}",
                "mobile_phone": f"+1 555 02{number:02}" if number % 2 else None,
                "department_id": department,
                "job_id": job,
                "job_title": JOBS[job - 1],
                "tz": BRUSSELS if key == BRUSSELS_EMPLOYEE else "UTC",
                "write_date": changed,
            },
        )
    late = made + timedelta(seconds=4)
    archived = add_employee(
        database, late, NewEmployee("Archived Person", "EMP900", active=False, work_email="arch@example.com")
    )
    database.tables["hr.employee"][archived]["write_date"] = late + UNTIL_CHANGED
    add_employee(database, late, NewEmployee("No Barcode", work_email="nobar@example.com"))
    add_employee(database, late, NewEmployee("Minimal Person", "EMP901"))
    database.tables["hr.employee"][1]["write_date"] = late + UNTIL_CHANGED
