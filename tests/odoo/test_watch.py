"""What happens to attendance in Odoo comes back: HR's edits, rows entered by hand, late requests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.attendance_system import AttendanceSystem
from backend.desks.odoo_delivery import make_push
from backend.odoo.errors import OdooError
from backend.odoo_connector import OdooConnector
from backend.odoo_simulator import OdooSimulator
from backend.odoo_simulator.hooks import DropConnection
from tests.odoo.returning import Company, moment
from tests.odoo.stories import credentials


@pytest.fixture
def company(parts, odoo, clock):
    made = Company(AttendanceSystem(parts=parts), odoo, clock)
    made.pull()
    return made


def test_our_own_pushes_are_no_news(company):
    company.shift("EMP001", "08:00", "12:00")
    company.push()
    found = company.pull()
    assert (found["read"], found["taken_over"], found["foreign"], found["mended"]) == (1, 0, 0, 0)


def test_what_hr_changed_in_odoo_is_taken_over(company):
    row = company.shift("EMP001", "08:00", "12:00")
    company.push()
    company.edit(row, check_out="12:45")
    assert company.pull()["taken_over"] == 1
    assert company.row(row.id).check_out == moment("12:45")
    assert company.push()["skipped"] == 1
    assert company.held() == [("EMP001", "08:00", "12:45")]
    assert company.pull()["taken_over"] == 0


def test_what_hr_deleted_is_reported_once_and_stays_deleted(company):
    row = company.shift("EMP001", "08:00", "12:00")
    company.push()
    company.delete(row)
    company.pull()  # a deleted row leaves no trace by itself
    company.system.odoo.read_back([], [50_000])
    assert company.system.odoo.problems() == []
    company.system.attendance.correct(row.id, check_out="2026-03-02T12:30:00", reason="r", by="helen")
    company.push()
    (problem,) = company.system.odoo.problems()
    assert problem["code"] == "odoo_deleted_by_hr"
    assert company.held() == []


def test_a_hint_tells_of_a_deletion(company):
    row = company.shift("EMP001", "08:00", "12:00")
    company.push()
    number = company.odoo_id(row)
    company.delete(row)
    told = company.system.odoo.read_back([], [number])
    assert told["attendance"]["failed"] == 1
    (problem,) = company.system.odoo.problems()
    assert problem["attendance_id"] == row.id


def test_rows_entered_by_hand_are_known_here_and_never_touched(company):
    number = company.enter("EMP002", "07:00", "11:00")
    before = company.odoo.attendances()
    assert company.pull()["foreign"] == 1
    assert company.pull()["foreign"] == 0
    with company.system.store.read() as unit:
        known = unit.foreign.get_many([number])[number]
    assert (known.person_id, known.check_in, known.check_out) == ("EMP002", moment("07:00"), moment("11:00"))
    company.push()
    assert company.odoo.attendances() == before


def test_a_row_entered_by_hand_is_followed_until_it_is_deleted(company):
    number = company.enter("EMP002", "07:00", None)
    company.pull()
    company.hr("write", [number], {"check_out": "2026-03-02 11:30:00"})
    assert company.pull()["foreign"] == 1
    company.hr("unlink", [number])
    assert company.system.odoo.read_back([], [number])["attendance"]["gone"] == 1
    with company.system.store.read() as unit:
        assert unit.foreign.count() == 0


def test_another_installation_s_rows_are_foreign(company):
    company.hr("load", ["id", "employee_id/.id", "check_in"],
               [["__face_attendance__.session_6f1c0f2e-55a5-4a3e-8a0a-8d6f5f3f4a10", "3", "2026-03-02 08:00:00"]])
    assert company.pull()["foreign"] == 1


def test_a_row_whose_answer_was_lost_and_whose_session_vanished_is_taken_away(company):
    row = company.shift("EMP001", "08:00", "12:00")

    def lose(call):
        if call.model_method == "load":
            raise DropConnection

    company.odoo.hooks.after.append(lose)
    with pytest.raises(Exception, match="broke before an answer"):
        company.push()
    company.odoo.hooks.after.clear()
    assert len(company.held()) == 1
    company.system.attendance.void(row.id, reason="a mistake", by="helen")
    company.pull()
    assert company.held() == []


def test_hr_s_edit_that_cannot_be_taken_over_is_reported_and_not_overwritten(company):
    first = company.shift("EMP001", "08:00", "12:00")
    company.shift("EMP001", "13:00", "17:00")
    company.push()
    other = next(one["id"] for one in company.odoo.rows("hr.employee") if one["barcode"] == "EMP003")
    company.hr("write", [company.odoo_id(first)], {"employee_id": other})
    assert company.pull()["failed"] == 1
    (problem,) = company.system.odoo.problems()
    assert (problem["attendance_id"], problem["code"]) == (first.id, "odoo_edited_by_hr")
    assert "belongs to" in problem["error"]
    company.clock.move(minutes=1)
    assert company.pull()["failed"] == 0  # told, and not told again
    assert ("EMP003", "08:00", "12:00") in company.held()
    # HR gives it back: that is noticed, and the problem is gone.
    ours = next(one["id"] for one in company.odoo.rows("hr.employee") if one["barcode"] == "EMP001")
    company.hr("write", [company.odoo_id(first)], {"employee_id": ours})
    assert company.pull()["failed"] == 0
    assert company.system.odoo.problems() == []


def test_thousands_of_rows_need_few_calls(company):
    employee = next(one["id"] for one in company.odoo.rows("hr.employee") if one["barcode"] == "EMP004")
    company.clock.now = moment("23:59")
    company.hr("create", [{"employee_id": employee, "check_in": f"2026-03-02 {hour:02}:{minute:02}:{second:02}",
                           "check_out": f"2026-03-02 {hour:02}:{minute:02}:{second:02}"}
                          for hour in range(20) for minute in range(60) for second in (0,)])
    before = len(company.odoo.calls)
    assert company.pull()["foreign"] == 1200
    # Employees, three pages of rows, a call for the external ids of each, and few more.
    assert len(company.odoo.calls) - before <= 10


def many(company, count):
    """Rows that were entered in one go, in the small hours."""
    employee = next(one["id"] for one in company.odoo.rows("hr.employee") if one["barcode"] == "EMP004")
    company.hr("create", [{"employee_id": employee, "check_in": f"2026-03-02 03:{minute:02}:00",
                           "check_out": f"2026-03-02 03:{minute:02}:30"} for minute in range(count)])


def test_many_rows_of_one_go_are_not_read_again_each_time(company):
    many(company, 60)
    read = []
    for _ in range(4):
        read.append(company.pull()["read"])
        company.clock.move(minutes=30)
    assert read[2:] == [0, 0], "nothing newer was written, and Odoo's clock went on"
    number = company.enter("EMP002", "07:00", "11:00")
    assert company.pull()["read"] == 1
    company.hr("write", [number], {"check_out": "2026-03-02 11:30:00"})
    assert company.pull()["foreign"] == 1


def test_what_is_written_while_many_are_read_is_seen_next_time(company):
    many(company, 60)
    company.pull()
    company.clock.move(minutes=30)
    added = []

    def enter_one(call):
        if call.model == "hr.attendance" and call.model_method == "search_read" and not added:
            added.append(company.enter("EMP002", "07:00", "11:00"))

    company.odoo.hooks.after.append(enter_one)
    company.pull()
    company.odoo.hooks.after.clear()
    company.clock.move(minutes=9)
    assert company.pull()["foreign"] == 1


def test_another_database_is_watched_from_its_own_beginning(company):
    company.shift("EMP001", "08:00", "16:00")
    company.push()
    company.pull()
    with OdooSimulator(version=company.odoo.version, db="other") as other:
        other.clock = company.clock
        now, company.clock.now = company.clock.now, moment("08:00")
        other.run_as("admin", "hr.attendance", "create", [{"employee_id": 3, "check_in": "2026-03-02 07:00:00"}])
        company.clock.now = now
        company.system.odoo.save_config(**credentials(other))
        assert company.pull()["foreign"] == 1
        assert company.pull()["read"] == 0


def test_what_a_push_does_while_a_look_is_under_way_is_not_noted_as_it_was_before(company):
    """The look reads a row whose answer was lost. Before it notes the number, a push finds the row, too,
    changes it, and breaks off."""
    odoo, system = company.odoo, company.system
    row = company.shift("EMP001", "08:00", "12:00")
    once = OdooConnector(**system.odoo.get_odoo_config() | {"retries": 0})

    def push():
        with pytest.raises(OdooError):
            make_push(system.parts, once).some([row.id])

    def lose(call):
        if call.model_method == "load":
            raise DropConnection

    odoo.hooks.after.append(lose)
    push()
    odoo.hooks.after.remove(lose)

    def push_and_break_off(call):
        if call.model_method == "get_metadata" and not done:
            done.append(call)
            system.attendance.correct(row.id, check_out="2026-03-02T12:30:00", reason="r", by="helen")
            odoo.hooks.before.append(break_off)
            push()
            odoo.hooks.before.remove(break_off)
            system.attendance.correct(row.id, check_out="2026-03-02T12:45:00", reason="r", by="helen")

    def break_off(call):
        loaded.extend(["load"] if call.model_method == "load" else [])
        if call.model_method == "read" and loaded:
            raise DropConnection

    done, loaded = [], []
    odoo.hooks.before.append(push_and_break_off)
    assert company.pull()["taken_over"] == 0, "nobody edited it in Odoo"
    assert done and loaded
    company.clock.move(minutes=10)
    company.push()
    assert company.held() == [("EMP001", "08:00", "12:45")]
    assert system.odoo.problems() == []


def test_a_number_is_not_noted_for_a_person_whose_rows_are_on_the_way(company):
    odoo, system = company.odoo, company.system
    row = company.shift("EMP001", "08:00", "12:00")

    def lose(call):
        if call.model_method == "load":
            raise DropConnection

    odoo.hooks.after.append(lose)
    with pytest.raises(OdooError):
        make_push(system.parts, OdooConnector(**system.odoo.get_odoo_config() | {"retries": 0})).some([row.id])
    odoo.hooks.after.remove(lose)
    with system.store.write() as unit:
        unit.claims.take([row.person], "somebody", timedelta(minutes=5))
    system.odoo.pull(trigger="schedule")
    with system.store.read() as unit:
        assert unit.odoo.get(row.id).odoo_id is None
    company.clock.move(minutes=10)
    company.push()
    assert company.held() == [("EMP001", "08:00", "12:00")]
