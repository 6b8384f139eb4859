# ruff: noqa: F811
"""Sessions that vanish here and come back while their earlier row still stands in Odoo: it goes, theirs is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.odoo_simulator import DropConnection
from backend.odoo_simulator.errors import UniqueViolation
from backend.odoo_simulator.records import OVERTIME_TAKEN
from tests.odoo.stories import held
from tests.odoo.test_push_unclear import desk, later, odoo, vanish_and_come_back  # noqa: F401


def test_a_session_that_vanished_and_came_back_keeps_off_the_row_that_is_to_be_removed(desk, odoo, diary, later):
    """The first sending is unclear, the second one arrives, and nobody comes to read it back."""
    alice = diary("EMP001")
    morning = alice.enter("08:00", "12:00")
    tries = []

    def stumble(call):
        tries.append(call.model_method)
        if call.model_method == "read" or (tries.count("load") == 1 and call.model_method == "load"):
            raise DropConnection

    odoo.hooks.before.append(stumble)
    desk.deliver()
    odoo.hooks.before.remove(stumble)
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 12:00")]
    vanish_and_come_back(alice, morning)
    later()
    later()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 12:00")]
    assert alice.confirmed(morning).state == "synced"
    assert desk.problems() == []


@pytest.mark.parametrize("collisions", [1, 2])
def test_a_session_that_came_back_waits_while_odoo_collides_over_its_earlier_row(
        desk, odoo, diary, later, collisions):
    """Such a removal goes again by itself, and so does the row that it keeps out."""
    alice = diary("EMP001")
    morning = alice.enter("08:00", "12:00")
    desk.deliver()
    vanish_and_come_back(alice, morning, longer=timedelta(hours=1))
    tries = []

    def collide(call):
        if call.model_method == "unlink":
            tries.append(call)
            if len(tries) <= collisions:
                raise UniqueViolation(OVERTIME_TAKEN)

    odoo.hooks.before_commit.append(collide)
    for _ in range(collisions):
        later(seconds=61)
        assert desk.problems() == []
    later()
    assert len(tries) == collisions + 1
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 13:00")]
    assert desk.problems() == []


def test_a_session_that_came_back_waits_for_somebody_where_its_earlier_row_does(desk, odoo, diary, later):
    alice = diary("EMP001")
    morning = alice.enter("08:00", "12:00")
    desk.deliver()
    vanish_and_come_back(alice, morning)

    def collide(call):
        if call.model_method == "unlink":
            raise UniqueViolation(OVERTIME_TAKEN)

    odoo.hooks.before_commit.append(collide)
    for _ in range(4):
        later()
    removal, row = sorted(desk.problems(), key=lambda problem: problem["attendance_id"])
    assert row["code"] == removal["code"] and removal["error"] in row["error"]
    odoo.hooks.before_commit.remove(collide)
    desk.retry()
    later()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 12:00")]
    assert desk.problems() == []


@pytest.fixture
def doubled(desk, diary, later, store):
    """A person, and their session whose number in Odoo was noted for two rows here, as where a look found it
    while the earlier one was on its way. All has been sent since."""
    alice = diary("EMP001")
    morning = alice.enter("08:00", "12:00")
    desk.deliver()
    before = alice.confirmed(morning)
    vanish_and_come_back(alice, morning)
    (row,) = [one for one in alice.rows() if one.superseded_at is None]
    with store.write() as unit:
        unit.odoo.save(replace(before, attendance_id=row.id, state="pending"))
    for _ in range(3):
        later()
    return alice, morning


def test_two_rows_of_a_session_with_one_number_end_as_one_row(desk, odoo, doubled):
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 12:00")]
    assert desk.problems() == []


def test_a_session_that_had_one_number_twice_may_vanish_and_come_back_again(desk, odoo, doubled, later):
    alice, morning = doubled
    session = alice.sessions[morning]
    alice.void(morning)
    later()
    assert held(odoo) == []
    alice.sessions[morning] = session
    alice.save()
    later()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 12:00")]
    assert desk.problems() == []


def test_a_session_that_had_one_number_twice_is_put_back_after_hr_deleted_it(desk, odoo, doubled, later):
    alice, morning = doubled
    odoo.run_as("admin", "hr.attendance", "unlink", [odoo.attendances()[0]["id"]])
    alice.change(morning, check_out="13:00")
    later()
    (problem,) = desk.problems()
    assert problem["code"] == "odoo_deleted_by_hr"
    desk.retry([problem["attendance_id"]])
    later()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 13:00")]


def test_a_session_does_not_wait_for_a_removal_that_nobody_is_about_to_make(desk, odoo, diary, later, store):
    """However that came about: the earlier row stands in Odoo and is in no outbox."""
    alice = diary("EMP001")
    morning = alice.enter("08:00", "12:00")
    desk.deliver()
    vanish_and_come_back(alice, morning, longer=timedelta(hours=1))
    with store.write() as unit:
        (gone,) = [one for one in unit.attendance.of_sessions([morning]) if one.superseded_at is not None]
        unit.outbox.done(gone.id, gone.version, 1)
    for _ in range(3):
        later()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 13:00")]
    assert desk.problems() == []


def test_what_hr_deleted_stays_deleted_though_the_session_vanished_here_and_came_back(desk, odoo, diary, later):
    alice = diary("EMP001")
    morning = alice.enter("08:00", "12:00")
    desk.deliver()
    vanish_and_come_back(alice, morning)
    odoo.run_as("admin", "hr.attendance", "unlink", [odoo.attendances()[0]["id"]])
    later()
    later()
    assert held(odoo) == []
    (problem,) = desk.problems()
    assert problem["code"] == "odoo_deleted_by_hr"
    desk.retry([problem["attendance_id"]])
    later()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 12:00")]
