"""HR edits a row in Odoo while its session goes on here: what HR wrote counts, what they did not touch stays."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.desks import takeover
from backend.errors import FaceAttendanceError
from backend.odoo.attendances import Held
from tests.odoo.stories import credentials, held

MONDAY = "2026-03-02"


def take_over(parts, number: int, held: Held) -> None:
    with parts.store.write() as unit:
        takeover.take_over(unit, parts, number, held)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{MONDAY}T{text}+00:00").astimezone(UTC)


@pytest.fixture
def system(any_database_settings, clock, odoo):
    made = AttendanceSystem(parts=build(any_database_settings, clock))
    made.odoo.save_config(**credentials(odoo))
    made.odoo.pull()
    yield made
    made.close()


@pytest.fixture
def punch(system, clock):
    def at(text: str):
        clock.now = moment(text)
        return system.attendance.mark("EMP001").attendance

    return at


def hr_writes(odoo, **values: str | bool) -> None:
    """In the only row that Odoo holds."""
    (row,) = odoo.attendances()
    times = {name: f"{MONDAY} {value}:00" if value else False for name, value in values.items()}
    odoo.run_as("admin", "hr.attendance", "write", [row["id"]], times)


def deliver(system) -> None:
    """Until nothing is left to be done."""
    while system.odoo.deliver() is not None:
        pass


def times(system, number: int) -> tuple[str, str | None]:
    row = system.attendance.get(number)
    return f"{row.check_in:%H:%M}", f"{row.check_out:%H:%M}" if row.check_out else None


def test_a_check_out_that_hr_could_not_know_of_survives_an_edit_of_the_check_in(system, odoo, punch):
    row = punch("08:00")
    deliver(system)
    hr_writes(odoo, check_in="07:30")
    punch("12:00")
    deliver(system)
    assert times(system, row.id) == ("07:30", "12:00")
    assert held(odoo) == [("EMP001", "03-02 07:30", "03-02 12:00")]
    assert system.attendance.get(punch("13:00").id).check_out is None, "the afternoon begins"


def test_a_check_in_corrected_here_survives_an_edit_of_the_check_out(system, odoo, punch):
    row = punch("08:00")
    punch("12:00")
    deliver(system)
    hr_writes(odoo, check_out="12:30")
    system.attendance.correct(row.id, check_in=f"{MONDAY}T07:45:00", reason="queue at the door", by="helen")
    deliver(system)
    assert times(system, row.id) == ("07:45", "12:30")
    assert held(odoo) == [("EMP001", "03-02 07:45", "03-02 12:30")]


def test_where_both_wrote_the_same_time_hr_s_word_in_odoo_counts_and_the_log_names_the_other(
        system, odoo, punch, clock):
    row = punch("08:00")
    punch("12:00")
    deliver(system)
    hr_writes(odoo, check_out="12:30")
    clock.now = moment("13:00")
    system.attendance.correct(row.id, check_out=f"{MONDAY}T12:15:00", reason="longer", by="helen")
    deliver(system)
    assert times(system, row.id) == ("08:00", "12:30")
    with system.store.read() as unit:
        (event,) = [one.payload for one in unit.events.since(0) if one.payload.get("reason") == "Changed in Odoo"]
        assert [text[11:16] for text in event["changes"]["check_out"]] == ["12:15", "12:30"]
        told = [one.message for one in unit.logs.search("odoo_sync") if "HR's change in Odoo" in one.message]
    assert len(told) == 1 and "12:15" in told[0] and "12:30" in told[0]
    assert "gives way" in told[0]


def test_hr_moves_the_check_in_of_somebody_who_forgot_to_check_out(system, odoo, punch, clock):
    row = punch("08:00")
    deliver(system)
    clock.move(days=1)
    system.attendance.close_overdue()
    hr_writes(odoo, check_in="07:30")
    system.attendance.correct(row.id, check_in=f"{MONDAY}T07:50:00", reason="queue", by="helen")
    deliver(system)
    now = system.attendance.get(row.id)
    assert (times(system, row.id), now.assumed) == (("07:30", "23:30"), True)
    assert held(odoo) == [("EMP001", "03-02 07:30", None)], "an end that is only assumed stays here"


def test_hr_opens_a_row_again_and_nobody_checks_out_any_more(system, odoo, punch, clock):
    row = punch("08:00")
    punch("12:00")
    deliver(system)
    hr_writes(odoo, check_out=False)
    clock.now = moment("13:00")
    system.attendance.correct(row.id, check_out=f"{MONDAY}T12:15:00", reason="longer", by="helen")
    clock.move(days=1)
    deliver(system)
    assert system.attendance.get(row.id).assumed
    assert held(odoo) == [("EMP001", "03-02 08:00", None)]
    assert system.odoo.problems() == []


def test_a_punch_closes_what_hr_has_opened_again(system, odoo, punch, clock):
    row = punch("08:00")
    punch("12:00")
    deliver(system)
    hr_writes(odoo, check_out=False)
    clock.now = moment("13:00")
    system.attendance.correct(row.id, check_out=f"{MONDAY}T12:15:00", reason="longer", by="helen")
    deliver(system)
    assert times(system, row.id) == ("08:00", None)
    punch("16:00")
    deliver(system)
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:00")]


def test_an_edit_from_before_the_person_was_linked_to_another_employee_is_no_move(system, punch):
    row = punch("08:00")
    punch("12:00")
    deliver(system)
    with system.store.write() as unit:
        before = unit.odoo.get(row.id)
        unit.people.change(row.person, odoo_id=9999)
    take_over(system.parts, row.id, Held(
        odoo_id=before.odoo_id, employee_id=before.odoo_employee_id, employee_name="Aïcha", check_in=moment("07:30"),
        check_out=moment("12:00"), worked_hours=4.5, write_date=None))
    assert times(system, row.id) == ("07:30", "12:00")


def test_who_was_erased_is_left_alone(system, punch):
    row = punch("08:00")
    punch("12:00")
    deliver(system)
    with system.store.read() as unit:
        before = unit.odoo.get(row.id)
    system.people.erase("EMP001", by="helen")
    with pytest.raises(FaceAttendanceError, match="erased"):
        take_over(system.parts, row.id, Held(
            odoo_id=before.odoo_id, employee_id=before.odoo_employee_id, employee_name="Aïcha",
            check_in=moment("07:30"), check_out=moment("12:00"), worked_hours=4.5, write_date=None))
