"""Settings become policies when the supervisor starts, and never rewrite what was."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo


def policies(system):
    with system.store.read() as unit:
        return unit.policies.all()


def test_the_first_start_records_the_rules(system):
    (policy,) = policies(system)
    assert (policy.duplicate_window, policy.max_shift, policy.zone) == (
        timedelta(minutes=5), timedelta(hours=16), "UTC")


def test_the_supervisor_records_changed_rules_and_no_others(system, start, clock):
    clock.move(days=1)
    start(migrate=True)
    assert len(policies(system)) == 1
    start(migrate=True, max_shift=timedelta(hours=10), timezone=ZoneInfo("Asia/Tokyo"))
    assert [one.max_shift for one in policies(system)] == [timedelta(hours=16), timedelta(hours=10)]
    assert policies(system)[1].effective_from == clock.now


def test_a_command_with_another_environment_does_not_change_the_rules(system, start):
    start(max_shift=timedelta(hours=10))
    assert len(policies(system)) == 1


def test_a_clock_that_was_put_back_slips_no_policy_in_before_another(system, start, clock):
    clock.move(days=-3)
    start(migrate=True, max_shift=timedelta(hours=10))
    first, second = policies(system)
    assert second.effective_from >= first.effective_from


def test_a_lock_holds_back_late_punches_until_it_is_lifted(system, alice, start, clock):
    clock.move(days=1)
    locked = start(migrate=True, period_lock=date(2026, 3, 3))
    clock.move(minutes=1)
    marked = locked.attendance.mark("1001", at="2026-03-02T08:00:00Z")
    assert (marked.action, marked.reason, marked.attendance) == ("flagged", "after_lock", None)
    assert system.attendance.list()[1] == 0
    start(migrate=True)
    assert system.attendance.list()[1] == 1
