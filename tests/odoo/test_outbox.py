"""The outbox: what changes here goes to Odoo by itself, once, and what cannot go waits for somebody."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.desks.attendance import AttendanceDesk
from backend.odoo_simulator import NewEmployee
from tests.odoo.stories import held, pushes

WEEK = (date(2026, 3, 2), date(2026, 3, 8))


@pytest.fixture
def waiting(store):
    """The rows in the outbox: attendance id, kind and state."""
    def look():
        with store.read() as unit:
            rows = [unit.outbox.of(person) for person in {
                record.person for record in unit.attendance.search(status="any")[0]}]
        return sorted((row.attendance_id, row.kind, row.state) for some in rows for row in some)

    return look


def test_a_check_in_and_its_check_out_go_by_themselves(desk, odoo, diary, waiting):
    alice = diary("EMP001")
    session = alice.enter("08:00")
    assert desk.deliver()["pushed"] == 1
    assert held(odoo) == [("EMP001", "03-02 08:00", None)]
    assert waiting() == [] and desk.deliver() is None
    alice.change(session, check_out="16:00")
    assert desk.deliver()["pushed"] == 1
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:00")]


def test_a_check_in_of_somebody_who_is_linked_takes_two_calls(desk, odoo, diary):
    desk.pull()
    diary("EMP001").enter("08:00")
    before = len(odoo.calls)
    desk.deliver()
    assert [call.model_method for call in odoo.calls[before:]] == ["load", "read"]


def test_a_void_goes_by_itself(desk, odoo, diary, waiting):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.deliver()
    alice.void(session)
    assert desk.deliver()["pushed"] == 1
    assert held(odoo) == [] and waiting() == []


def test_a_session_that_vanished_before_it_went_leaves_nothing(desk, odoo, diary, waiting):
    alice = diary("EMP001")
    alice.void(alice.enter("08:00", "16:00"))
    desk.deliver()
    assert pushes(odoo) == 0 and waiting() == []


def test_what_changed_on_its_way_goes_again(desk, odoo, diary, waiting):
    alice = diary("EMP001")
    session = alice.enter("08:00")

    def meanwhile(call):
        if call.model_method == "load":
            odoo.hooks.after.remove(meanwhile)
            alice.change(session, check_out="16:00")

    odoo.hooks.after.append(meanwhile)
    for _ in range(2):
        desk.deliver()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:00")] and waiting() == []


def test_history_from_before_the_first_contact_goes_only_when_it_is_pushed(desk, odoo, diary, waiting):
    alice = diary("EMP001")
    old = alice.enter("02-27 08:00", "02-27 16:00")
    alice.enter("08:00")
    assert desk.deliver()["pushed"] == 1
    assert held(odoo) == [("EMP001", "03-02 08:00", None)]
    alice.change(old, check_out="02-27 17:00")
    assert desk.deliver() is None
    assert desk.push(date(2026, 2, 27), date(2026, 2, 27))["pushed"] == 1
    alice.change(old, check_out="02-27 18:00")
    assert desk.deliver()["pushed"] == 1, "Odoo has it since, so it is kept right there"
    assert waiting() == []


def test_who_gets_an_employee_gets_the_waiting_rows_there(desk, odoo, diary, store, waiting):
    zoe = diary("EMP999", "Zoë Späth")
    zoe.enter("08:00", "16:00")
    assert desk.deliver()["failed"] == 1
    (problem,) = desk.problems()
    assert (problem["code"], problem["person_id"]) == ("odoo_employee_not_found", "EMP999")
    assert "Employee not found: EMP999" in problem["error"] and problem["remedy"]
    assert desk.deliver() is None
    number = odoo.add_employee(NewEmployee("Zoë Späth", barcode="EMP999"))
    with store.write() as unit:
        unit.people.change(zoe.person.uuid, connection_id=1, odoo_id=number)
        unit.outbox.queue_person(zoe.person.uuid)
    assert desk.deliver()["pushed"] == 1
    assert desk.problems() == [] and waiting() == []


def test_rows_of_somebody_who_became_another_employee_follow(desk, odoo, diary, store):
    desk.pull()
    alice = diary("EMP001")
    alice.enter("08:00", "16:00")
    desk.deliver()
    (row,) = odoo.attendances()
    with store.write() as unit:
        other = unit.people.by_odoo(1, 9)
        unit.people.change(other.uuid, connection_id=None, odoo_id=None)
        unit.people.change(alice.person.uuid, odoo_id=9)
        unit.outbox.queue_person(alice.person.uuid)
    assert desk.deliver()["pushed"] == 1
    assert [(one["id"], one["employee_id"]) for one in odoo.attendances()] == [(row["id"], 9)]


def test_a_new_check_in_closes_what_was_closed_by_assumption(desk, odoo, diary, clock):
    alice = diary("EMP001")
    first = alice.enter("08:00")
    desk.deliver()
    alice.change(first, check_out="03-03 00:00", assumed=True)
    assert desk.deliver() is not None
    assert held(odoo) == [("EMP001", "03-02 08:00", None)]
    clock.now += timedelta(days=1)
    alice.enter("03-03 08:00")
    assert desk.deliver()["pushed"] == 2
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-03 00:00"), ("EMP001", "03-03 08:00", None)]


def test_a_row_that_odoo_refuses_names_what_is_in_its_way_and_goes_when_that_is_gone(desk_with, odoo, diary):
    desk = desk_with(timezone=ZoneInfo("Europe/Brussels"))
    theirs = odoo.run_as("admin", "hr.attendance", "create",
                         {"employee_id": 2, "check_in": "2026-03-02 07:00:00", "check_out": "2026-03-02 10:00:00"})
    diary("EMP001").enter("08:00", "16:00")
    diary("EMP002").enter("08:00", "16:00")
    result = desk.deliver()
    assert (result["pushed"], result["failed"]) == (1, 1)
    (problem,) = desk.problems()
    assert problem["code"] == "odoo_refused"
    assert "somebody entered in Odoo: 2026-03-02 08:00 to 11:00" in problem["error"]
    assert desk.deliver() is None, "it waits for somebody"
    odoo.run_as("admin", "hr.attendance", "unlink", [theirs] if isinstance(theirs, int) else theirs)
    assert desk.retry([problem["attendance_id"]])["retried"] == 1
    assert desk.deliver()["pushed"] == 1
    assert len(held(odoo)) == 2 and desk.problems() == []


def test_what_hr_deleted_comes_back_only_when_somebody_says_so(desk, odoo, diary):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.deliver()
    (row,) = odoo.attendances()
    odoo.run_as("admin", "hr.attendance", "unlink", [row["id"]])
    alice.change(session, check_out="17:00")
    assert desk.deliver()["failed"] == 1
    assert desk.retry()["retried"] == 0
    desk.deliver()
    assert held(odoo) == []
    (problem,) = desk.problems()
    assert problem["code"] == "odoo_deleted_by_hr"
    desk.retry([problem["attendance_id"]])
    assert desk.deliver()["pushed"] == 1
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 17:00")]


def test_what_hr_deletes_between_our_call_and_our_look_stays_deleted(desk, odoo, diary):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")

    def delete(call):
        if call.model_method == "load":
            odoo.hooks.after.remove(delete)
            odoo.run_as("admin", "hr.attendance", "unlink", [row["id"] for row in odoo.attendances()])

    odoo.hooks.after.append(delete)
    assert desk.deliver()["failed"] == 1
    assert alice.confirmed(session).state == "deleted"
    assert desk.push(*WEEK)["failed"] == 1
    alice.change(session, check_out="17:00")
    assert desk.deliver()["failed"] == 1
    assert held(odoo) == []


def test_what_hr_deletes_between_our_look_and_our_call_is_not_brought_back(desk, odoo, diary):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.deliver()
    alice.change(session, check_out="17:00")

    def delete(call):
        if call.model_method == "load":
            odoo.hooks.before.remove(delete)
            odoo.run_as("admin", "hr.attendance", "unlink", [row["id"] for row in odoo.attendances()])

    odoo.hooks.before.append(delete)
    assert desk.deliver()["failed"] == 1
    assert held(odoo) == []
    assert [problem["code"] for problem in desk.problems()] == ["odoo_deleted_by_hr"]
    assert desk.push(*WEEK)["failed"] == 1
    assert held(odoo) == []


def test_a_delivery_leaves_a_run_only_where_something_happened(desk, odoo, diary, store):
    alice = diary("EMP001")
    alice.void(alice.enter("08:00"))
    desk.deliver()
    with store.read() as unit:
        assert unit.sync_runs.list() == []
    alice.enter("09:00")
    desk.deliver()
    with store.read() as unit:
        (run,) = unit.sync_runs.list()
    assert (run.kind, run.trigger, run.state, run.result["pushed"]) == ("push", "punch", "done", 1)


def test_a_delivery_does_not_wait_for_a_pull(desk, odoo, diary, store):
    with store.write() as unit:
        unit.sync_runs.start("pull")
    diary("EMP001").enter("08:00")
    assert desk.deliver()["pushed"] == 1


def test_an_odoo_that_is_away_is_no_error_and_nothing_is_lost(desk, odoo, diary, clock):
    diary("EMP001").enter("08:00")
    odoo.stop()
    assert not (desk.deliver() or {"success": False})["success"]
    odoo.start()
    clock.now += timedelta(minutes=2)
    assert desk.deliver()["pushed"] == 1


def test_punches_corrections_and_voids_reach_odoo_as_the_rules_make_them(desk, odoo, parts, clock):
    attendance = AttendanceDesk(parts)
    with parts.store.write() as unit:
        unit.people.add("EMP001", "Aïcha Benali")
    marked = attendance.mark("EMP001")
    desk.deliver()
    assert held(odoo) == [("EMP001", "03-02 08:00", None)]
    clock.now += timedelta(hours=9)
    attendance.mark("EMP001")
    attendance.mark("EMP001", at="2026-03-02T12:00")
    attendance.mark("EMP001", at="2026-03-02T13:00")
    desk.deliver()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 12:00"), ("EMP001", "03-02 13:00", "03-02 17:00")]
    attendance.correct(marked.attendance.id, check_in="2026-03-02T07:45", reason="The door was stuck", by="hr")
    desk.deliver()
    assert held(odoo)[0] == ("EMP001", "03-02 07:45", "03-02 12:00")
    attendance.void(marked.attendance.id, reason="Not at work", by="hr")
    desk.deliver()
    assert held(odoo) == [("EMP001", "03-02 13:00", "03-02 17:00")]
    assert desk.problems() == [] and desk.deliver() is None


def test_what_hr_changed_in_odoo_becomes_a_correction_before_anything_is_sent(desk, odoo, parts, clock):
    attendance = AttendanceDesk(parts)
    with parts.store.write() as unit:
        unit.people.add("EMP001", "Aïcha Benali")
    marked = attendance.mark("EMP001")
    desk.deliver()
    odoo.change("hr.attendance", odoo.attendances()[0]["id"], check_in=datetime(2026, 3, 2, 7, 30))
    clock.now += timedelta(hours=8)
    attendance.mark("EMP001")
    result = desk.deliver()
    assert (result["failed"], result["taken_over"]) == (0, 1)
    while desk.deliver() is not None:
        pass
    assert held(odoo) == [("EMP001", "03-02 07:30", "03-02 16:00")]
    row = attendance.get(marked.attendance.id)
    assert (f"{row.check_in:%H:%M}", f"{row.check_out:%H:%M}", row.sync_state) == ("07:30", "16:00", "synced")
