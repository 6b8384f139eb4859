"""What Odoo refuses: who is blamed, who is not, and that nobody else waits."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backend.odoo.errors import OdooMissingRights
from backend.odoo_simulator import Answer, DropConnection, access
from backend.odoo_simulator.errors import AccessError, UniqueViolation
from backend.odoo_simulator.records import OVERTIME_TAKEN
from tests.odoo.stories import held, pushes

WEEK = (date(2026, 3, 2), date(2026, 3, 8))


def conflicts(odoo, times: int):
    """The next loads lose against another transaction, as Odoo tells it: in a message."""
    left = [times]

    def hook(call):
        if call.model_method == "load" and left[0] > 0:
            left[0] -= 1
            from backend.odoo_simulator.errors import SerializationFailure

            raise SerializationFailure

    odoo.hooks.before_commit.append(hook)
    return left


def test_a_row_that_lost_against_another_transaction_gets_its_second_chance(desk, odoo, diary):
    diary("EMP001").enter("08:00", "16:00")
    conflicts(odoo, 1)
    assert desk.deliver()["pushed"] == 1
    assert len(held(odoo)) == 1 and desk.problems() == []


def test_many_rows_that_lost_together_all_arrive(desk, odoo, diary):
    for number in range(1, 21):
        diary(f"EMP{number:03}").enter("08:00", "16:00")
    conflicts(odoo, 3)
    assert desk.deliver()["failed"] == 0
    assert len(held(odoo)) == 20 and desk.problems() == []


def test_a_row_refused_for_no_reason_that_can_be_found_is_tried_again_and_then_waits(desk, odoo, diary, clock):
    diary("EMP001").enter("08:00", "16:00")
    conflicts(odoo, 1000)
    for _ in range(3):
        assert desk.deliver()["failed"] == 1
        clock.now += timedelta(minutes=2)
    assert desk.deliver() is None
    (problem,) = desk.problems()
    assert problem["code"] == "odoo_refused" and "concurrent update" in problem["error"]


def test_it_goes_by_itself_if_the_trouble_is_over_in_time(desk, odoo, diary, clock):
    diary("EMP001").enter("08:00", "16:00")
    left = conflicts(odoo, 1000)
    assert desk.deliver()["failed"] == 1
    left[0] = 0
    clock.now += timedelta(minutes=2)
    assert desk.deliver()["pushed"] == 1
    assert desk.problems() == []


def test_rights_that_were_lost_stop_the_run_and_blame_no_row(desk, odoo, diary):
    desk.pull()
    for number in range(1, 21):
        diary(f"EMP{number:03}").enter("08:00", "16:00")
    odoo.change("res.users", odoo.uid(), groups=frozenset())
    before = len(odoo.calls)
    with pytest.raises(OdooMissingRights):
        desk.push(*WEEK)
    calls = [call.model_method for call in odoo.calls[before:] if call.model == "hr.attendance"]
    assert calls == ["load", "has_access"]
    assert desk.problems() == []
    assert all(record.sync_state == "pending" for record in diary("EMP001").rows())


def test_a_delivery_that_lacks_the_rights_says_so_and_keeps_the_rows(desk, odoo, diary, clock):
    desk.pull()
    diary("EMP001").enter("08:00", "16:00")
    groups = next(row for row in odoo.rows("res.users") if row["id"] == odoo.uid())["groups"]
    odoo.change("res.users", odoo.uid(), groups=frozenset())
    assert desk.deliver()["code"] == "odoo_missing_rights"
    assert desk.problems() == []
    odoo.change("res.users", odoo.uid(), groups=groups)
    clock.now += timedelta(minutes=10)
    assert desk.deliver()["pushed"] == 1


def test_who_may_only_write_attendance_of_their_own_team_is_told_which_right_is_missing(desk, odoo, diary, clock):
    """Odoo's access list says that the user may write attendance; only its rules say of whom."""
    odoo.change("res.users", odoo.uid(), groups=frozenset({access.USER, access.HR, access.ATTENDANCE_OWN_TEAM}))
    desk.pull()
    diary("EMP001").enter("08:00", "16:00")
    for _ in range(4):
        result = desk.push(*WEEK)
        clock.now += timedelta(minutes=2)
    (row,) = result["rows"]
    assert row["code"] == "odoo_forbidden" and "Officer: Manage all attendances" in row["remedy"]
    (problem,) = desk.problems()
    assert problem["code"] == "odoo_forbidden" and "doesn't have 'create' access" in problem["error"]
    assert desk.status()["reasons"] == [("the bridge user may not write them", 1)]


def test_a_search_for_badges_without_the_right_to_see_them_is_a_missing_right(desk, odoo, diary):
    """Odoo then looks among the public profiles, which have no badges, and its words are of its insides."""
    desk.test()
    diary("LOCAL1").enter("08:00", "16:00")
    odoo.revoke(groups={access.HR})
    with pytest.raises(OdooMissingRights, match="Employees / Officer"):
        desk.push(*WEEK)
    with pytest.raises(OdooMissingRights, match="Employees / Officer"):
        desk.push(*WEEK, dry_run=True)


def test_one_row_of_an_employee_we_may_not_see_is_blamed_alone(desk, odoo, diary):
    desk.pull()
    other = odoo.run_as("admin", "res.company", "create", {"name": "Elsewhere"})
    company = other if isinstance(other, int) else other[0]
    odoo.change("hr.employee", 3, company_id=company)
    diary("EMP001").enter("08:00", "16:00")
    diary("EMP002").enter("08:00", "16:00")
    result = desk.deliver()
    assert (result["pushed"], result["failed"]) == (1, 1)
    (problem,) = desk.problems()
    assert problem["person_id"] == "EMP002"


def test_a_row_that_cannot_be_removed_at_once_goes_by_itself_a_little_later(desk, odoo, diary, clock):
    """Odoo reckons overtime anew when a row goes, and may collide with itself."""
    mine = diary("EMP001")
    session = mine.enter("08:00", "16:00")
    assert desk.deliver()["pushed"] == 1
    left = [1]

    def hook(call):
        if call.model_method == "unlink" and left[0]:
            left[0] -= 1
            raise UniqueViolation(OVERTIME_TAKEN)

    odoo.hooks.before_commit.append(hook)
    mine.void(session)
    assert desk.deliver()["failed"] == 1
    assert desk.problems() == []
    clock.now += timedelta(minutes=1)
    assert desk.deliver()["pushed"] == 1
    assert held(odoo) == []


def test_rights_that_are_gone_for_a_moment_late_in_a_run_blame_no_row(desk, odoo, diary, clock):
    """They were there when they were asked about, earlier in the same run."""
    desk.pull()
    for number in range(1, 11):
        diary(f"EMP{number:03}").enter("08:00", "16:00")
    groups = next(row for row in odoo.rows("res.users") if row["id"] == odoo.uid())["groups"]
    spoiled = []

    def hook(call):
        if call.model_method == "load" and not spoiled:
            spoiled.append("once")
            raise AccessError("You are not allowed to create 'Attendance' (hr.attendance) records.")
        if call.model_method == "read" and call.model == "hr.attendance" and len(spoiled) == 1:
            spoiled.append("rights")
            clock.now += timedelta(seconds=10)
            odoo.change("res.users", odoo.uid(), groups=frozenset())

    odoo.hooks.before.append(hook)
    assert desk.deliver()["code"] == "odoo_missing_rights"
    odoo.change("res.users", odoo.uid(), groups=groups)
    assert desk.problems() == []
    clock.now += timedelta(minutes=10)
    desk.deliver()
    assert desk.problems() == [] and len(held(odoo)) == 10


def test_an_employee_who_is_gone_is_looked_for_by_badge(desk, odoo, diary):
    desk.pull()
    number = next(row["id"] for row in odoo.rows("hr.employee") if row["barcode"] == "EMP002")
    odoo.run_as("admin", "hr.employee", "unlink", [number])
    anew = odoo.run_as("admin", "hr.employee", "create", {"name": "Bruno Keller", "barcode": "EMP002"})
    diary("EMP002").enter("08:00", "16:00")
    diary("EMP003").enter("08:00", "16:00")
    assert desk.deliver()["failed"] == 0
    assert (anew if isinstance(anew, int) else anew[0]) in {row["employee_id"] for row in odoo.attendances()}


def test_calls_that_take_too_long_are_made_smaller_until_they_do(desk_with, odoo, diary, clock):
    desk = desk_with(odoo_batch=20, odoo_read_timeout=timedelta(seconds=0.4), odoo_retries=0)
    for number in range(1, 21):
        diary(f"EMP{number:03}").enter("08:00", "16:00")

    def slow(call):
        if call.model_method == "load" and len(call.args[1]) > 5:
            raise DropConnection  # as a server does whose time for a call is up

    def timing(call):
        if call.model_method == "load" and len(call.args[1]) > 5:
            import time

            time.sleep(0.6)

    odoo.hooks.before.append(timing)
    odoo.hooks.before.append(slow)
    for _ in range(6):
        desk.connector()._circuit_breaker.reset()
        desk.deliver()
        clock.now += timedelta(minutes=2)
    assert len(held(odoo)) == 20


@pytest.mark.parametrize("ends", [DropConnection(), Answer(504, b"<html>Gateway Time-out</html>")], ids=["cut", "504"])
def test_calls_that_a_worker_or_a_proxy_cuts_off_are_made_smaller_too(desk_with, odoo, diary, clock, ends):
    """As Odoo's own time limits do: no answer, and nothing was kept."""
    desk = desk_with(odoo_batch=20, odoo_retries=0)
    for number in range(1, 21):
        diary(f"EMP{number:03}").enter("08:00", "16:00")

    def cut(call):
        if call.model_method == "load" and len(call.args[1]) > 5:
            raise ends

    odoo.hooks.before.append(cut)
    for _ in range(6):
        desk.connector()._circuit_breaker.reset()
        desk.deliver()
        clock.now += timedelta(minutes=2)
    assert len(held(odoo)) == 20


def test_nobody_waits_for_a_row_that_is_set_aside(desk, odoo, diary):
    for badge in ("EMP998", "EMP001", "EMP999", "EMP002"):
        diary(badge).enter("08:00", "16:00")
    result = desk.deliver()
    assert (result["pushed"], result["failed"]) == (2, 2)
    calls = pushes(odoo)
    diary("EMP003").enter("08:00", "16:00")
    assert desk.deliver()["pushed"] == 1
    assert pushes(odoo) == calls + 1
