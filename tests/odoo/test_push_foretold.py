"""Whatever HR did in Odoo, and whatever was corrected here: a dry run and the push after it agree."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from backend.attendance_system import AttendanceSystem
from backend.errors import FaceAttendanceError
from backend.odoo_simulator.errors import OdooError
from tests.odoo.returning import DAY, Company
from tests.odoo.test_push_dry_run import forecast, numbers

PEOPLE = tuple(f"EMP{number:03}" for number in range(1, 9))


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.mark.parametrize("seed", range(300, 303))
def test_any_day(parts, odoo, clock, seed):
    picker = random.Random(seed)
    company = Company(AttendanceSystem(parts=parts), odoo, clock)
    rows = [company.shift(person, f"{7 + 3 * number:02}:{picker.randrange(30):02}", f"{9 + 3 * number:02}:15")
            for number in range(2) for person in PEOPLE]
    company.push()
    for row in rows:
        happen(company, row, picker)
    told = forecast(company)
    assert told["total"] and numbers(told) == numbers(company.push())
    assert numbers(forecast(company)) == numbers(company.push())


def happen(company: Company, row, picker: random.Random) -> None:
    """Some of what people do on either side; what the rules forbid does not happen."""
    def moved() -> tuple[str, str]:
        name = picker.choice(["check_in", "check_out"])
        return name, f"{getattr(row, name) + timedelta(minutes=picker.randrange(-45, 46)):%H:%M}"

    def here() -> None:
        name, clock = moved()
        company.system.attendance.correct(row.id, reason="r", by="helen", **{name: f"{DAY}T{clock}:00"})

    def there() -> None:
        name, clock = moved()
        company.edit(row, **{name: clock})

    def entered() -> None:
        begin = row.check_out + timedelta(minutes=picker.randrange(1, 60))
        company.enter(row.person_id, f"{begin:%H:%M}", f"{begin + timedelta(minutes=20):%H:%M}")

    ways = [here, there, lambda: company.system.attendance.void(row.id, reason="r", by="helen"),
            lambda: company.delete(row), here, there, entered, entered]
    for way in picker.sample(ways, picker.choice([1, 2, 3, 4])):
        try:
            way()
        except (FaceAttendanceError, OdooError, StopIteration):
            continue
