"""A person's day at the door: in, out, twice by mistake, past midnight, without a check-out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from backend.attendance import Punch
from backend.attendance.derive import derive


def test_in_and_out_make_a_session(case, session_of):
    first = case.punch("08:00", device="door", confidence=0.9, distance=0.2, source="face")
    last = case.punch("17:00")
    (session,) = case.derive().sessions
    assert session.uuid == session_of(first)
    assert (session.check_in, session.check_out) == (first.at, last.at)
    assert (session.opened_by, session.closed_by) == (first.uuid, last.uuid)
    assert (session.device, session.confidence, session.distance) == ("door", 0.9, 0.2)
    assert (session.assumed, session.flags, session.source) == (False, frozenset(), "face")
    assert case.outcomes() == [("check_in", "opens"), ("check_out", "closes")]


def test_lunch_makes_two_sessions(case):
    for at in ("08:00", "12:00", "12:45", "17:00"):
        case.punch(at)
    assert case.times() == [("03-02 08:00", "03-02 12:00"), ("03-02 12:45", "03-02 17:00")]


def test_standing_before_the_camera_is_one_check_in(case):
    for at in ("08:00", "08:01", "08:04", "08:05"):
        case.punch(at)
    assert case.outcomes("09:00") == [("check_in", "opens")] + [("duplicate", "within_window")] * 3
    assert case.times("09:00") == [("03-02 08:00", None)]


def test_the_window_runs_from_the_punch_that_counted_not_from_its_repetition(case):
    for at in ("08:00", "08:04", "08:06"):
        case.punch(at)
    assert case.outcomes() == [("check_in", "opens"), ("duplicate", "within_window"),
                               ("check_out", "closes")]


def test_a_duplicate_names_the_session_it_repeats(case, session_of):
    first = case.punch("08:00")
    case.punch("08:01")
    assert case.derive("09:00").outcomes[1].session == session_of(first)


def test_an_explicit_out_within_the_window_is_taken_at_its_word(case):
    case.punch("08:00")
    case.punch("08:02", "out")
    assert case.times() == [("03-02 08:00", "03-02 08:02")]


def test_an_explicit_repetition_of_the_same_direction_is_a_duplicate(case):
    case.punch("08:00")
    case.punch("08:02", "in")
    assert case.outcomes("09:00")[1] == ("duplicate", "within_window")


def test_an_explicit_in_while_in_is_kept_and_flagged(case):
    case.punch("08:00")
    case.punch("12:00", "in")
    case.punch("17:00")
    assert case.outcomes()[1] == ("flagged", "already_in")
    assert case.times() == [("03-02 08:00", "03-02 17:00")]
    assert case.derive().sessions[0].flags == {"contradiction"}


def test_an_explicit_out_while_out_is_kept_and_flagged(case):
    case.punch("17:00", "out")
    case.punch("17:01")
    assert case.outcomes("18:00") == [("flagged", "not_in"), ("check_in", "opens")]


def test_two_punches_in_one_second_are_read_in_the_order_of_their_uuids(case):
    case.punch("08:00", "out", uuid=UUID(int=2))
    case.punch("08:00", "in", uuid=UUID(int=1))
    assert case.times() == [("03-02 08:00", "03-02 08:00")]


def test_a_window_of_nothing_still_holds_one_second_together(case):
    case.policies = [case.policy(window=0)]
    case.punch("08:00")
    case.punch("08:00")
    case.punch("08:00:01")
    assert sorted(kind for kind, _ in case.outcomes()) == ["check_in", "check_out", "duplicate"]


def test_a_night_shift_belongs_to_the_day_of_its_check_in(case):
    case.policies = [case.policy(zone="Europe/Brussels")]
    case.punch("22:30")  # 23:30 in Brussels
    case.punch("03-03 05:00")
    (session,) = case.derive().sessions
    assert (session.day, session.zone) == (date(2026, 3, 2), "Europe/Brussels")
    assert session.check_out - session.check_in == timedelta(hours=6.5)


def test_the_day_is_the_sites_not_utcs(case):
    case.policies = [case.policy(zone="Europe/Brussels")]
    case.punch("23:30")  # half past midnight in Brussels
    assert case.derive().sessions[0].day == date(2026, 3, 3)


@pytest.mark.parametrize(("change", "real_hours"), [("03-28", 7), ("10-24", 9)])
def test_the_night_of_a_clock_change_has_its_real_length(case, change, real_hours):
    """22:00 to 06:00 on the wall is an hour less in spring and an hour more in autumn."""
    case.policies = [case.policy(zone="Europe/Brussels")]
    spring = change.startswith("03")
    case.punch(f"{change} {'21:00' if spring else '20:00'}")
    case.punch(f"{change[:3]}{int(change[3:]) + 1} {'04:00' if spring else '05:00'}")
    (session,) = case.derive("12-01 12:00").sessions
    assert session.check_out - session.check_in == timedelta(hours=real_hours)
    assert session.day == date.fromisoformat(f"2026-{change}")


def test_without_check_out_the_end_is_assumed_and_tomorrow_is_not_inverted(case):
    case.punch("08:00")
    case.punch("03-03 08:00")
    case.punch("03-03 17:00")
    first, second = case.derive().sessions
    assert (first.check_out, first.assumed, first.flags) == (
        datetime(2026, 3, 3, 0, 0, tzinfo=UTC), True, {"missing_check_out"})
    assert first.closed_by is None
    assert not second.assumed
    assert case.times()[1] == ("03-03 08:00", "03-03 17:00")


def test_a_session_is_open_until_the_longest_shift_has_passed(case):
    case.punch("08:00")
    assert case.times("23:59") == [("03-02 08:00", None)]
    assert case.times("03-03 00:00") == [("03-02 08:00", "03-03 00:00")]


def test_at_the_last_moment_of_the_longest_shift_one_still_checks_out(case):
    case.punch("08:00")
    case.punch("03-03 00:00")
    assert case.outcomes() == [("check_in", "opens"), ("check_out", "closes")]
    assert not case.derive().sessions[0].assumed


def test_a_later_explicit_out_amends_the_assumed_end(case):
    case.punch("08:00")
    out = case.punch("03-03 01:30", "out")
    (session,) = case.derive().sessions
    assert (session.check_out, session.assumed, session.closed_by) == (out.at, False, out.uuid)
    assert session.flags == {"amended_check_out"}
    assert case.outcomes()[1] == ("check_out", "amends_assumed_end")


def test_an_amended_end_is_not_amended_again(case):
    case.punch("08:00")
    case.punch("03-03 01:30", "out")
    case.punch("03-03 02:30", "out")
    assert case.outcomes()[2] == ("flagged", "not_in")


def test_fridays_out_does_not_make_mondays_shift_four_days_long(case):
    case.punch("08:00")
    case.punch("03-06 17:00", "out")
    assert case.times() == [("03-02 08:00", "03-03 00:00")]
    assert case.outcomes()[1] == ("flagged", "not_in")


def test_a_time_that_cannot_be_believed_waits_for_hr(case):
    case.punch("08:00", clock_suspect=True)
    case.punch("08:01")
    assert case.outcomes("09:00") == [("flagged", "clock_suspect"), ("check_in", "opens")]


def test_a_clamped_time_counts_and_is_flagged(case):
    case.punch("08:00", claimed_at=datetime(2026, 3, 2, 8, 1, tzinfo=UTC))
    assert case.derive("09:00").sessions[0].flags == {"clock_skew"}


def test_a_changed_policy_rules_from_its_day_on(case):
    case.policies = [case.policy(), case.policy(datetime(2026, 3, 3, tzinfo=UTC), window=60, shift=4,
                                                zone="Asia/Tokyo")]
    for at in ("08:00", "08:30", "03-03 08:00", "03-03 08:30"):
        case.punch(at)
    assert case.times() == [("03-02 08:00", "03-02 08:30"), ("03-03 08:00", "03-03 12:00")]
    assert [s.zone for s in case.derive().sessions] == ["UTC", "Asia/Tokyo"]


def test_before_the_first_policy_the_first_policy_rules(case):
    case.policies = [case.policy(datetime(2026, 5, 1, tzinfo=UTC), zone="Asia/Tokyo")]
    case.punch("08:00")
    assert case.derive().sessions[0].zone == "Asia/Tokyo"


def test_facts_of_two_people_are_refused(case):
    case.punch("08:00")
    other = Punch(uuid=uuid4(), person=uuid4(), at=datetime(2026, 3, 2, 9, tzinfo=UTC),
                  received_at=datetime(2026, 3, 2, 9, tzinfo=UTC))
    with pytest.raises(ValueError, match="one person"):
        derive([*case.punches, other], [], case.policies, other.at)


def test_without_a_policy_nothing_is_derived(case):
    case.policies = []
    with pytest.raises(ValueError, match="policy"):
        case.derive()
