"""What HR changes in Odoo is taken over here as a correction, or refused with nothing changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.desks import takeover
from backend.errors import FaceAttendanceError
from backend.odoo.attendances import Held
from backend.store.records import OdooRow

EMPLOYEE = 7


def take_over(parts, number: int, held: Held) -> None:
    with parts.store.write() as unit:
        takeover.take_over(unit, parts, number, held)


def moment(text: str) -> datetime:
    """HH:MM[:SS] of Monday 2 March 2026, UTC."""
    return datetime.fromisoformat(f"2026-03-02T{text}+00:00").astimezone(UTC)


@pytest.fixture
def system(any_database_settings, clock):
    made = AttendanceSystem(parts=build(any_database_settings, clock))
    made.people.add("1001", "Alice", by="test")
    yield made
    made.close()


@pytest.fixture
def row(system, clock):
    """Alice was in from 8 to 12; Odoo has confirmed it."""
    row = shift(system, clock, "08:00", "12:00")
    with system.store.write() as unit:
        unit.people.change(row.person, connection_id=1, odoo_id=EMPLOYEE)
        unit.odoo.save(OdooRow(attendance_id=row.id, connection_id=1, odoo_id=50, odoo_employee_id=EMPLOYEE,
                               check_in=row.check_in, check_out=row.check_out, state="synced"))
    return row


def shift(system, clock, begin: str, end: str | None):
    clock.now = moment(begin)
    marked = system.attendance.mark("1001")
    if end is not None:
        clock.now = moment(end)
        system.attendance.mark("1001")
    clock.now = moment("18:00")
    return system.attendance.get(marked.attendance.id)


def held(check_in: str, check_out: str | None, employee: int = EMPLOYEE) -> Held:
    return Held(odoo_id=50, employee_id=employee, employee_name="Bob", check_in=moment(check_in),
                check_out=moment(check_out) if check_out else None, worked_hours=0.0, write_date=None)


@pytest.mark.parametrize(("check_in", "check_out"), [
    ("07:30", "12:00"), ("09:10", "12:00"), ("08:00", "13:15"), ("08:00", "10:00"), ("06:00", "07:00"),
    ("13:00", "15:00"), ("08:00:07", "11:59:59"), ("08:00", None),
])
def test_other_times_in_odoo_become_a_correction_and_the_row_keeps_its_number(system, row, check_in, check_out):
    take_over(system.parts, row.id, held(check_in, check_out))
    now = system.attendance.get(row.id)
    assert (now.check_in, now.check_out) == (moment(check_in), moment(check_out) if check_out else None)
    assert (now.uuid, now.superseded_at, system.attendance.list()[1]) == (row.uuid, None, 1)
    with system.store.read() as unit:
        (correction,) = unit.corrections.of(row.person)
        assert (correction.source, correction.author) == ("odoo", "Odoo")
        assert unit.punches.count() == 2
        assert "HR's change in Odoo was taken over" in unit.logs.search("odoo_sync")[0].message


def test_a_session_that_is_open_here_may_be_closed_in_odoo(system, clock):
    row = shift(system, clock, "08:00", None)
    take_over(system.parts, row.id, held("08:00", "16:30"))
    now = system.attendance.get(row.id)
    assert (now.status, now.check_out) == ("closed", moment("16:30"))
    later = system.attendance.mark("1001")  # at six in the evening: a new session
    assert later.action == "check_in"


def test_an_end_that_was_only_assumed_is_confirmed_by_hr_in_odoo(system, clock):
    row = shift(system, clock, "08:00", None)
    clock.move(days=1)
    system.attendance.close_overdue()
    assumed = system.attendance.get(row.id)
    assert assumed.assumed
    take_over(system.parts, row.id, replace(held("08:00", None), check_out=assumed.check_out))
    assert not system.attendance.get(row.id).assumed


def test_hr_s_word_in_odoo_counts_where_both_sides_have_changed(system, row):
    system.attendance.correct(row.id, check_out="2026-03-02T14:00:00", reason="forgot", by="helen")
    take_over(system.parts, row.id, held("08:00", "15:00"))
    assert system.attendance.get(row.id).check_out == moment("15:00")


def test_hr_may_correct_here_again_afterwards(system, row):
    take_over(system.parts, row.id, held("08:00", "15:00"))
    system.attendance.correct(row.id, check_out="2026-03-02T15:30:00", reason="longer", by="helen")
    assert system.attendance.get(row.id).check_out == moment("15:30")


def test_what_is_so_already_needs_no_correction(system, row):
    take_over(system.parts, row.id, held("08:00", "12:00"))
    with system.store.read() as unit:
        assert unit.corrections.of(row.person) == []


def test_times_that_run_into_another_session_are_refused_and_nothing_is_written(system, row, clock):
    second = shift(system, clock, "13:00", "17:00")
    refused(system, row, held("08:00", "14:00"), "13:00")
    assert system.attendance.get(second.id).check_in == moment("13:00")


@pytest.mark.parametrize(("wish", "words"), [
    (held("08:00", "12:00", employee=8), "belongs to Bob now"),
    (held("09:00", "09:00"), "check_out must lie after check_in"),
])
def test_what_no_correction_can_say_is_refused(system, row, wish, words):
    refused(system, row, wish, words)


def test_a_locked_period_stays_as_it_is(system, row, any_database_settings, clock):
    locked = AttendanceSystem(parts=build(
        any_database_settings.but(period_lock=date(2026, 3, 3)), clock, migrate=True))
    refused(locked, row, held("08:00", "12:30"), "locked")
    locked.close()


def test_a_session_that_is_gone_or_whose_person_was_erased_is_left_alone(system, row):
    system.attendance.void(row.id, reason="wrong", by="helen")
    with pytest.raises(FaceAttendanceError, match="gone here"):
        take_over(system.parts, row.id, held("08:00", "12:30"))


def refused(system, row, wish: Held, words: str) -> None:
    with pytest.raises(FaceAttendanceError, match=words):
        take_over(system.parts, row.id, wish)
    now = system.attendance.get(row.id)
    assert (now.check_in, now.check_out, now.version) == (row.check_in, row.check_out, row.version)
    with system.store.read() as unit:
        assert unit.corrections.of(row.person) == []
