"""Old rows stay as they are when something new is said, and nothing old is read for it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest


@pytest.fixture
def weeks(system, alice, clock):
    """Four weeks of Mondays to Fridays, 8 to 17."""
    for _ in range(4):
        for _ in range(5):
            system.attendance.mark("1001")
            clock.move(hours=9)
            system.attendance.mark("1001")
            clock.move(hours=15)
        clock.move(days=2)
    return system.attendance.list(oldest_first=True)[0]


def test_a_new_punch_reads_the_present_week_only(system, alice, weeks, clock):
    from backend.desks.rederive import gather

    with system.store.read() as unit:
        facts = gather(unit, alice.uuid, clock.now - timedelta(days=3))
    assert len(facts.punches) == 10
    assert facts.since == weeks[-5].check_in


def test_a_punch_about_last_month_changes_its_own_day_only(system, weeks):
    day = weeks[3]
    lunch = [{"uuid": str(uuid4()), "person_id": "1001", "at": (day.check_in + timedelta(hours=h)).isoformat()}
             for h in (4, 5)]
    # In one list, so that nothing is derived between the two.
    system.attendance.accept_punches(lunch, "terminal")
    rows, total = system.attendance.list(oldest_first=True)
    assert total == len(weeks) + 1
    assert [row for row in rows if row.day != day.day] == [row for row in weeks if row.day != day.day]


def test_rows_outlive_the_punches_that_retention_takes_away(system, alice, weeks, clock):
    with system.store.write() as unit:
        assert unit.punches.remove_before(clock.now - timedelta(days=8)) == 30
    system.attendance.mark("1001")
    last = weeks[-1]
    system.attendance.correct(last.id, check_out=last.check_in + timedelta(hours=8), reason="r", by="h")
    rows, _ = system.attendance.list(oldest_first=True)
    assert rows[:-2] == weeks[:-1]


def test_somebody_who_forgot_to_check_out_before_a_holiday_comes_back(system, alice, clock):
    system.attendance.mark("1001")
    clock.move(days=21)
    assert system.attendance.mark("1001").action == "check_in"
    assert [row.status for row in system.attendance.list()[0]] == ["open", "assumed"]
