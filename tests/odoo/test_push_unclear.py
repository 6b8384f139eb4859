"""Answers that are lost and requests that turn up late: Odoo ends up right, and HR is not blamed."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from backend.desks.attendance import AttendanceDesk
from backend.odoo_simulator import DropConnection
from backend.odoo_simulator.errors import SerializationFailure
from tests.odoo.stories import held

WEEK = (date(2026, 3, 2), date(2026, 3, 8))


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.fixture
def desk(desk_with):
    """Whose patience a busy machine does not try: a delivery that a slow call ends goes on with the next one."""
    return desk_with(odoo_read_timeout=timedelta(seconds=3), odoo_retries=2)


@pytest.fixture
def later(desk, clock) -> Callable[[], None]:
    """Time passes, and everything that is due by then goes."""
    return lambda **length: everything_due(desk, clock, **(length or {"minutes": 3}))


def everything_due(desk, clock, **length: float) -> None:
    clock.move(**length)
    desk.connector()._circuit_breaker.reset()
    while desk.deliver() is not None:
        pass


@contextmanager
def answers_lost(odoo, method: str) -> Iterator[None]:
    """Odoo does what it is told by these calls, and nobody hears of it."""
    def lose(call):
        if call.model_method == method:
            raise DropConnection

    odoo.hooks.after.append(lose)
    yield
    odoo.hooks.after.remove(lose)


def vanish_and_come_back(person, session, longer=timedelta(0)) -> None:
    """The session gets a new row here; the earlier one is to be removed in Odoo."""
    before = person.sessions[session]
    person.void(session)
    person.sessions[session] = replace(before, check_out=before.check_out + longer)
    person.save()


@contextmanager
def stopped_right_after(desk, odoo, method: str) -> Iterator[None]:
    """The program is stopped when Odoo has answered this call."""
    def stop(call):
        if call.model_method == method:
            desk.stopping.set()

    odoo.hooks.after.append(stop)
    yield
    odoo.hooks.after.remove(stop)
    desk.stopping.clear()


class Late:
    """The first call of a method is held up on its way until `arrive`; calls after it pass."""

    def __init__(self, odoo, method: str) -> None:
        self._odoo, self._method = odoo, method
        self._go, self._done = threading.Event(), threading.Event()
        self._caught: object = None
        odoo.hooks.before.append(self._hold)
        odoo.hooks.after.append(self._tell)

    def arrive(self, *, in_vain: bool = False) -> None:
        """`in_vain`: Odoo will have nothing to do for it any more."""
        assert self._caught is not None
        self._odoo.hooks.before.remove(self._hold)
        self._go.set()
        assert self._done.wait(0.5 if in_vain else 10) or in_vain

    def _hold(self, call):
        if call.model_method == self._method and self._caught is None:
            self._caught = call
            self._go.wait(20)

    def _tell(self, call):
        if call is self._caught:
            self._done.set()


def test_a_change_whose_answer_was_lost_is_not_taken_for_an_edit_of_hrs(desk, odoo, diary, later):
    alice = diary("EMP001")
    session = alice.enter("08:00")
    desk.deliver()
    alice.change(session, check_out="16:00")
    with answers_lost(odoo, "load"):
        assert not desk.deliver()["success"]
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:00")]
    alice.change(session, check_out="17:00")
    later()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 17:00")]
    assert desk.problems() == [] and alice.confirmed(session).state == "synced"


def test_the_same_by_a_push_of_the_day(desk, odoo, diary):
    alice = diary("EMP001")
    session = alice.enter("08:00", "15:00")
    desk.push(*WEEK)
    alice.change(session, check_out="16:00")
    with answers_lost(odoo, "load"), pytest.raises(Exception, match=r"broke|answer"):
        desk.push(*WEEK)
    alice.change(session, check_out="17:00")
    desk.connector()._circuit_breaker.reset()
    result = desk.push(*WEEK)
    assert (result["pushed"], result["failed"]) == (1, 0)
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 17:00")]


def test_new_rows_whose_answer_was_lost_are_found_with_two_calls_and_not_sent_again(desk, odoo, diary, later):
    for number in range(1, 6):
        diary(f"EMP{number:03}").enter("08:00", "16:00")
    with answers_lost(odoo, "load"):
        desk.deliver()
    written = [row["write_date"] for row in odoo.attendances()]
    before = len(odoo.calls)
    later(seconds=90)
    calls = [call.model_method for call in odoo.calls[before:] if call.model == "hr.attendance"]
    assert calls == ["search_read", "get_metadata", "read"]
    assert [row["write_date"] for row in odoo.attendances()] == written and len(written) == 5


@pytest.mark.parametrize("end", [None, "12:00"])
def test_a_row_whose_answer_was_lost_is_not_in_its_own_way_where_odoo_collides_with_itself(
        desk, odoo, diary, later, end):
    """The row is there. Whoever sends it again hears twice that Odoo was busy with it."""
    diary("EMP001").enter("08:00", end)
    loads = []

    def lose_the_first(call):
        if call.model_method == "load" and len(loads) == 1:
            raise DropConnection

    def collide_afterwards(call):
        if call.model_method == "load":
            loads.append(call)
            if len(loads) in (2, 3):
                raise SerializationFailure

    odoo.hooks.after.append(lose_the_first)
    odoo.hooks.before_commit.append(collide_afterwards)
    assert desk.deliver()["failed"] == 1
    assert len(loads) == 3
    assert desk.problems() == []
    later()
    assert held(odoo) == [("EMP001", "03-02 08:00", end and "03-02 12:00")]
    assert desk.problems() == []


def test_what_hr_did_to_a_row_whose_answer_was_lost_is_not_overwritten(desk, odoo, diary, later):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    with answers_lost(odoo, "load"):
        desk.deliver()
    odoo.change("hr.attendance", odoo.attendances()[0]["id"], check_out=datetime(2026, 3, 2, 15))
    later()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 15:00")]
    assert alice.confirmed(session).state == "conflict"


def test_a_change_that_turns_up_late_is_mended(desk, odoo, diary, later):
    alice = diary("EMP001")
    session = alice.enter("08:00")
    desk.deliver()
    alice.change(session, check_out="16:00")
    late = Late(odoo, "load")
    desk.deliver()
    alice.change(session, check_out="17:00")
    later()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 17:00")]
    late.arrive()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:00")], "the old request did come"
    later()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 17:00")]
    assert desk.problems() == []


def test_a_check_in_that_turns_up_after_its_check_out_is_mended(desk, odoo, diary, later):
    """It carries no check-out, so that Odoo's row becomes neither what it was nor what was sent."""
    alice = diary("EMP001")
    session = alice.enter("08:00")
    late = Late(odoo, "load")
    desk.deliver()
    alice.change(session, check_in="08:15", check_out="16:00")
    later()
    late.arrive()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:00")]
    later()
    assert held(odoo) == [("EMP001", "03-02 08:15", "03-02 16:00")]
    assert desk.problems() == []


def test_a_row_that_turns_up_after_its_session_was_voided_is_taken_away(desk, odoo, diary, later):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    late = Late(odoo, "load")
    with answers_lost(odoo, "load"):
        desk.deliver()
    odoo.run_as("admin", "hr.attendance", "unlink", [row["id"] for row in odoo.attendances()])
    alice.void(session)
    later(seconds=90)
    assert held(odoo) == []
    late.arrive()
    assert len(held(odoo)) == 1
    later()
    assert held(odoo) == []


def test_a_change_that_turns_up_after_the_row_was_removed_is_taken_away(desk, odoo, diary, later):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.deliver()
    alice.change(session, check_out="17:00")
    late = Late(odoo, "load")
    desk.deliver()
    alice.void(session)
    desk.deliver()
    assert held(odoo) == []
    late.arrive()
    assert len(held(odoo)) == 1, "loading made it anew"
    later()
    assert held(odoo) == []


def test_a_change_that_turns_up_after_hr_deleted_the_row_is_taken_away(desk, odoo, diary, later):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.deliver()
    alice.change(session, check_out="17:00")
    late = Late(odoo, "load")
    desk.deliver()
    odoo.run_as("admin", "hr.attendance", "unlink", [row["id"] for row in odoo.attendances()])
    alice.change(session, check_out="18:00")
    desk.deliver()
    late.arrive()
    assert len(held(odoo)) == 1
    later()
    assert held(odoo) == []
    assert [problem["code"] for problem in desk.problems()] == ["odoo_deleted_by_hr"]


@pytest.mark.parametrize("slow", [3, 5, 8])
def test_slow_calls_besides_only_put_off_that_it_is_taken_away(desk_with, odoo, diary, clock, slow):
    """Three calls in a row, from the one with this number on, are longer than the bridge waits."""
    desk = desk_with(odoo_read_timeout=timedelta(seconds=1), odoo_retries=2)
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.deliver()
    alice.change(session, check_out="17:00")
    late, calls = Late(odoo, "load"), itertools.count(1)

    def stall(call):
        if call is not late._caught and slow <= next(calls) < slow + 3:
            time.sleep(1.3)

    odoo.hooks.after.append(stall)
    desk.deliver()
    odoo.run_as("admin", "hr.attendance", "unlink", [row["id"] for row in odoo.attendances()])
    alice.change(session, check_out="18:00")
    desk.deliver()
    late.arrive()
    assert len(held(odoo)) == 1
    for _ in range(6):
        everything_due(desk, clock, minutes=3)
    assert next(calls) > slow + 3
    assert held(odoo) == []
    assert [problem["code"] for problem in desk.problems()] == ["odoo_deleted_by_hr"]


def test_a_change_that_turns_up_after_hr_edited_the_row_does_not_undo_the_edit(desk, odoo, parts, clock, later):
    attendance = AttendanceDesk(parts)
    with parts.store.write() as unit:
        unit.people.add("EMP001", "Aïcha Benali")
    attendance.mark("EMP001")
    desk.deliver()
    clock.now += timedelta(hours=8)
    attendance.mark("EMP001")
    late = Late(odoo, "load")
    desk.deliver()
    odoo.change("hr.attendance", odoo.attendances()[0]["id"], check_in=datetime(2026, 3, 2, 7, 30))
    later(seconds=40)
    assert held(odoo) == [("EMP001", "03-02 07:30", "03-02 16:00")]
    late.arrive()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:00")]
    later()
    assert held(odoo) == [("EMP001", "03-02 07:30", "03-02 16:00")]
    assert desk.problems() == []


def test_a_removal_whose_answer_was_lost_is_done(desk, odoo, diary, later):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.deliver()
    alice.void(session)
    with answers_lost(odoo, "unlink"):
        desk.deliver()
    assert held(odoo) == []
    later()
    assert desk.problems() == [] and desk.deliver() is None


def test_a_removal_that_turns_up_late_does_not_hit_the_session_that_came_back(desk, odoo, diary, later):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.deliver()
    kept = alice.sessions[session]
    alice.void(session)
    late = Late(odoo, "unlink")
    desk.deliver()
    alice.sessions[session] = kept
    alice.save()
    later()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:00")]
    late.arrive(in_vain=True)
    later()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:00")]


def test_a_reopening_whose_answer_was_lost_is_ours(desk, odoo, diary, later):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.deliver()
    alice.change(session, check_out=None)
    with answers_lost(odoo, "write"):
        desk.deliver()
    alice.change(session, check_out="18:00")
    later()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 18:00")]
    assert desk.problems() == []


def test_what_was_unclear_is_read_again_once_and_then_forgotten(desk, odoo, diary, later, store):
    alice = diary("EMP001")
    alice.enter("08:00", "16:00")
    late = Late(odoo, "load")
    desk.deliver()
    (record,) = alice.rows()
    with store.read() as unit:
        assert unit.outbox.get(record.id).kind == "verify"
        assert len(unit.odoo.get(record.id).sent) == 1
    late.arrive()
    later()
    with store.read() as unit:
        assert unit.outbox.get(record.id) is None
    before = len(odoo.calls)
    later(days=2)
    assert len(odoo.calls) == before


def test_a_push_that_is_stopped_right_after_a_removal_knows_that_it_was_ours(desk, odoo, diary, later):
    """Else the row would look as if HR had deleted it, and the session would stay away when it comes back."""
    alice = diary("EMP001")
    morning = alice.enter("08:00", "12:00")
    desk.deliver()
    session = alice.sessions[morning]
    alice.void(morning)
    with stopped_right_after(desk, odoo, "unlink"):
        assert desk.deliver()["code"] == "sync_stopped"
    assert held(odoo) == []
    alice.sessions[morning] = session
    alice.save()
    later()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 12:00")] and desk.problems() == []
