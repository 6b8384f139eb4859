"""What HR may do: correct, void, lock a period."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from backend.attendance import Correction

MARCH = date(2026, 3, 1)


def when(day: int, hour: int, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def test_a_correction_replaces_what_the_punches_say(case, session_of):
    case.punch("08:00")
    case.punch("17:00")
    stated = case.replace("07:30", "17:00:01", "07:30", "16:00")
    (session,) = case.derive().sessions
    assert case.times() == [("03-02 07:30", "03-02 16:00")]
    assert (session.uuid, session.source, session.flags) == (
        session_of(stated), "correction", {"corrected"})
    assert case.outcomes() == [("refused", "corrected")] * 2


def test_a_corrected_row_keeps_its_number_where_the_correction_names_its_opener(case, session_of):
    first = case.punch("08:00")
    case.punch("17:00")
    case.replace("08:00", "17:00:01", "08:30", "17:00", opened_by=first.uuid)
    case.replace("08:00", "17:00:01", "08:45", "17:00", opened_by=first.uuid, made="06-02 12:00")
    assert [s.uuid for s in case.derive("06-03 12:00").sessions] == [session_of(first)]
    assert case.times("06-03 12:00") == [("03-02 08:45", "03-02 17:00")]


def test_no_number_is_given_twice(case, session_of):
    first = case.punch("08:00")
    case.punch("17:00")
    stated = case.replace("18:00", "20:00", "18:00", "19:00", opened_by=first.uuid)
    assert [s.uuid for s in case.derive().sessions] == [session_of(first), session_of(stated)]


def test_the_correction_made_later_is_right(case):
    case.punch("08:00")
    case.replace("08:00", "18:00", "09:00", "17:00", made="06-01 12:00")
    case.replace("08:30", "17:30", "08:45", "16:00", made="06-02 12:00")
    assert case.times("06-03 12:00") == [("03-02 08:45", "03-02 16:00")]
    case.corrections.reverse()
    assert case.times("06-03 12:00") == [("03-02 08:45", "03-02 16:00")]


def test_a_void_removes_a_session(case):
    case.punch("08:00")
    case.punch("08:02")
    case.punch("17:00")
    case.void("08:00", "17:00:01")
    assert case.times() == []
    assert case.outcomes() == [("refused", "voided")] * 3


def test_a_voided_punch_opens_no_window(case):
    case.punch("08:00")
    case.punch("08:03")
    case.void("08:00", "08:01")
    assert case.outcomes("09:00") == [("refused", "voided"), ("check_in", "opens")]


def test_a_void_takes_an_earlier_correction_with_it(case):
    case.replace("08:00", "17:00:01", "08:00", "17:00", made="06-01 12:00")
    case.void("08:00", "17:00:01", made="06-02 12:00")
    assert case.times("06-03 12:00") == []


def test_a_void_of_the_end_alone_leaves_the_end_missing(case):
    case.replace("08:00", "17:00:01", "08:00", "17:00", made="06-01 12:00")
    case.void("16:00", "17:00:01", made="06-02 12:00")
    assert case.times("06-03 12:00") == [("03-02 08:00", "03-03 00:00")]


def test_the_interval_is_half_open(case):
    case.punch("08:00")
    case.punch("12:00")
    case.void("08:00", "12:00")
    assert case.outcomes("12:30") == [("refused", "voided"), ("check_in", "opens")]


def test_a_correction_without_check_out_is_closed_by_the_next_punch(case):
    case.punch("08:30")
    case.replace("08:00", "08:30:01", "08:00")
    case.punch("17:00")
    assert case.times() == [("03-02 08:00", "03-02 17:00")]


def test_a_check_in_stated_by_hr_has_a_window_of_its_own(case):
    case.replace("08:00", "08:01", "08:00")
    case.punch("08:03")
    assert case.outcomes("09:00") == [("duplicate", "within_window")]


def test_a_stated_shift_may_be_longer_than_the_longest(case):
    case.replace("08:00", "03-04 08:00:01", "08:00", "03-04 08:00")
    assert case.times() == [("03-02 08:00", "03-04 08:00")]


def test_late_punches_around_a_stated_session_are_cut_short_and_flagged(case):
    case.replace("12:00", "13:00", "12:00", "13:00")
    case.punch("11:00")
    assert case.times() == [("03-02 11:00", "03-02 12:00"), ("03-02 12:00", "03-02 13:00")]
    assert case.derive().sessions[0].flags == {"cut_by_correction"}


def test_back_to_back_corrections_do_not_cut_each_other(case):
    case.replace("08:00", "12:00", "08:00", "12:00", made="06-01 12:00")
    case.replace("12:00", "17:00", "12:00", "17:00", made="06-02 12:00")
    assert case.times("06-03 12:00") == [("03-02 08:00", "03-02 12:00"), ("03-02 12:00", "03-02 17:00")]
    assert all(s.flags == {"corrected"} for s in case.derive("06-03 12:00").sessions)


def test_a_punch_that_comes_after_the_lock_changes_no_row(case):
    case.policies.append(case.policy(when(1, 9), lock=MARCH))
    case.punch("02-27 08:00")
    before = case.derive().sessions
    case.punch("02-27 17:00", received="03-01 10:00")
    assert case.derive().sessions == before
    assert case.outcomes()[1] == ("flagged", "after_lock")


def test_a_punch_that_came_before_the_lock_counts_on(case):
    case.policies.append(case.policy(when(1, 9), lock=MARCH))
    case.punch("02-27 08:00")
    case.punch("02-27 17:00", received="03-01 08:59")
    assert case.times() == [("02-27 08:00", "02-27 17:00")]


def test_the_first_open_day_is_not_locked(case):
    case.policies.append(case.policy(when(1, 9), lock=MARCH))
    case.punch("03-01 00:00", received="03-05 08:00")
    assert case.outcomes() == [("check_in", "opens")]


def test_a_night_shift_across_the_lock_is_checked_out(case):
    """The lock is set at nine in the evening; the person leaves at two in the morning."""
    case.policies.append(case.policy(datetime(2026, 2, 28, 21, tzinfo=UTC), lock=MARCH))
    case.punch("02-28 20:00")
    case.punch("03-01 02:00")
    assert case.times() == [("02-28 20:00", "03-01 02:00")]


@pytest.mark.parametrize("direction", ["auto", "out", "in"])
def test_a_late_punch_of_an_open_day_does_not_touch_a_frozen_shift(case, direction):
    case.policies.append(case.policy(when(2, 9), lock=MARCH))
    case.punch("02-28 20:00")
    case.punch("03-01 06:00")
    before = case.derive().sessions
    case.punch("03-01 05:00", direction, received="03-02 10:00")
    assert case.derive().sessions == before
    assert case.outcomes()[2] == ("flagged", "after_lock")


def test_a_late_out_does_not_amend_a_frozen_assumed_end(case):
    case.policies.append(case.policy(when(3, 9), lock=MARCH))
    case.punch("02-28 08:00")
    before = case.derive().sessions
    case.punch("03-01 08:00", "out", received="03-03 10:00")
    assert case.derive().sessions == before


@pytest.mark.parametrize("direction", ["auto", "in"])
def test_a_late_punch_does_not_take_a_frozen_shift_s_check_out_for_a_shift_of_its_own(case, direction):
    """The `out` of after midnight amended the assumed end; what came later may not begin a shift before it."""
    case.policies.append(case.policy(when(3, 9), lock=MARCH))
    case.punch("02-28 04:00")
    case.punch("03-01 01:00", "out")
    before = case.derive().sessions
    assert case.times() == [("02-28 04:00", "03-01 01:00")]
    case.punch("03-01 00:30", direction, received="03-04 10:00")
    assert case.derive().sessions == before
    assert case.outcomes()[2] == ("flagged", "after_lock")


def test_a_late_punch_of_the_day_after_a_frozen_assumed_end_counts_where_it_takes_nothing(case):
    case.policies.append(case.policy(when(3, 9), lock=MARCH))
    case.punch("02-28 08:00")
    case.punch("03-01 08:00", received="03-04 10:00")
    case.punch("03-01 17:00", "out")
    assert case.times() == [("02-28 08:00", "03-01 00:00"), ("03-01 08:00", "03-01 17:00")]


def test_hr_acts_in_a_locked_period_by_a_correction(case):
    case.policies.append(case.policy(when(1, 9), lock=MARCH))
    case.punch("02-27 08:00", received="03-01 10:00")
    case.replace("02-27 08:00", "02-27 17:00:01", "02-27 08:00", "02-27 17:00")
    assert case.times() == [("02-27 08:00", "02-27 17:00")]


def test_a_lifted_lock_lets_late_punches_count_and_a_new_one_leaves_them(case):
    case.policies.append(case.policy(when(1, 9), lock=MARCH))
    case.punch("02-27 08:00", received="03-01 10:00")
    assert case.times() == []
    case.policies.append(case.policy(when(4, 9), lock=None))
    assert case.times() == [("02-27 08:00", "02-28 00:00")]
    case.policies.append(case.policy(when(5, 9), lock=MARCH))
    assert case.times() == [("02-27 08:00", "02-28 00:00")]


@pytest.mark.parametrize("wrong", [
    {"kind": "replace"},
    {"kind": "replace", "check_in": when(2, 7)},
    {"kind": "replace", "check_in": when(2, 9), "check_out": when(2, 8)},
    {"kind": "replace", "check_in": when(2, 9), "check_out": when(2, 18)},
    {"kind": "void", "check_in": when(2, 9)},
    {"kind": "void", "end": when(2, 8)},
    {"kind": "mend"},
    {"kind": "void", "source": "rumour"},
])
def test_a_senseless_correction_cannot_be_made(wrong):
    with pytest.raises(ValueError, match=r"correction|void"):
        Correction(**{"uuid": uuid4(), "person": uuid4(), "start": when(2, 8), "end": when(2, 17),
                      "author": "hr", "reason": "asked", "created_at": when(2, 8) + timedelta(days=9),
                      **wrong})
