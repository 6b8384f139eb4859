"""What holds for any facts whatever: order does not matter, sessions never overlap."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.attendance import Correction, Policy, Punch
from backend.attendance.derive import derive

ALICE = UUID("a11ce000-0000-4000-8000-000000000000")
# Both clock changes of Europe/Brussels in 2026, and an ordinary midnight.
STARTS = [datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC),
          datetime(2026, 6, 1, tzinfo=UTC)]
ZONES = ["UTC", "Europe/Brussels", "America/Los_Angeles", "Asia/Kathmandu", "Australia/Lord_Howe"]
END = timedelta(days=30)

minutes = st.integers(0, 5 * 24 * 60).map(lambda m: timedelta(minutes=m))
uuids = st.integers(1, 2**64).map(lambda n: UUID(int=n))


@st.composite
def punches(draw, start: datetime) -> Punch:
    at = start + draw(minutes)
    return Punch(uuid=draw(uuids), person=ALICE, at=at,
                 received_at=at + draw(st.sampled_from([timedelta(0), timedelta(days=2), timedelta(days=9)])),
                 direction=draw(st.sampled_from(["auto", "auto", "auto", "in", "out"])),
                 clock_suspect=draw(st.integers(0, 19)) == 0)


@st.composite
def corrections(draw, start: datetime) -> Correction:
    begin = start + draw(minutes)
    length = timedelta(minutes=draw(st.integers(1, 30 * 60)))
    common = dict(uuid=UUID(int=2**100 + draw(uuids).int), person=ALICE, start=begin, end=begin + length, author="hr",
                  reason="", created_at=start + timedelta(days=10, minutes=draw(st.integers(0, 9))))
    if draw(st.booleans()):
        return Correction(kind="void", **common)
    check_in = begin + length * draw(st.sampled_from([0, 0.25]))
    check_out = draw(st.sampled_from([None, begin + length * 0.75, begin + length]))
    opened_by = draw(st.none() | uuids)
    return Correction(kind="replace", check_in=check_in, check_out=check_out, opened_by=opened_by, **common)


@st.composite
def policy_lists(draw, start: datetime) -> list[Policy]:
    made = []
    for index in range(draw(st.integers(1, 3))):
        since = start + timedelta(days=3 * index - 3)
        lock = draw(st.none() | st.integers(0, 6).map(lambda d: (start + timedelta(days=d)).date()))
        made.append(Policy(effective_from=since, recorded_at=since, period_lock=lock,
                           duplicate_window=timedelta(minutes=draw(st.sampled_from([0, 5, 60]))),
                           max_shift=timedelta(hours=draw(st.sampled_from([1, 10, 16]))),
                           zone=draw(st.sampled_from(ZONES))))
    return made


@st.composite
def facts(draw):
    start = draw(st.sampled_from(STARTS))
    return (draw(st.lists(punches(start), max_size=14, unique_by=lambda p: p.uuid)),
            draw(st.lists(corrections(start), max_size=3, unique_by=lambda c: c.uuid)),
            draw(policy_lists(start)), start + END)


@given(facts(), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_any_arrival_order_and_any_repetition_give_the_same(case, random):
    told, said, policies, now = case
    before = derive(told, said, policies, now)
    told = told + random.choices(told, k=5) if told else told
    for facts_in_some_order in (told, said, policies):
        random.shuffle(facts_in_some_order)
    assert derive(told, said, policies, now) == before


@given(facts())
@settings(max_examples=400, deadline=None)
def test_sessions_never_overlap_and_at_most_the_last_is_open(case):
    told, said, policies, now = case
    for present in (now, now - END + timedelta(days=2)):
        sessions = derive(told, said, policies, present).sessions
        assert all(s.check_out is not None for s in sessions[:-1])
        assert all(s.check_out is None or s.check_out >= s.check_in for s in sessions)
        assert all(a.check_out <= b.check_in for a, b in pairwise(sessions))
        assert len({s.uuid for s in sessions}) == len(sessions)


@given(facts())
@settings(max_examples=200, deadline=None)
def test_each_punch_has_exactly_one_outcome(case):
    told, said, policies, now = case
    outcomes = derive(told, said, policies, now).outcomes
    assert sorted(o.punch for o in outcomes) == sorted(p.uuid for p in told)


@given(facts())
@settings(max_examples=200, deadline=None)
def test_each_session_is_vouched_for_by_its_opener(case):
    told, said, policies, now = case
    derived = derive(told, said, policies, now)
    openers = {o.session: o.punch for o in derived.outcomes if o.outcome == "check_in"}
    for session in derived.sessions:
        if session.source != "correction":
            assert openers[session.uuid] == session.opened_by
        assert session.assumed == ("missing_check_out" in session.flags)


@given(facts())
@settings(max_examples=200, deadline=None)
def test_without_corrections_no_session_is_longer_than_two_of_the_longest_shifts(case):
    told, _, policies, now = case
    for session in derive(told, [], policies, now).sessions:
        assert session.check_out - session.check_in <= 2 * timedelta(hours=16)
        if session.assumed:
            assert session.closed_by is None


@given(facts(), st.data())
@settings(max_examples=200, deadline=None)
def test_what_is_known_later_does_not_change_what_was_long_before(case, data):
    """A punch on the last day leaves everything that ended two shifts earlier as it was."""
    told, said, policies, now = case
    policies = [replace(p, period_lock=None) for p in policies]
    before = derive(told, said, policies, now).sessions
    late = Punch(uuid=UUID(int=0), person=ALICE, at=now - timedelta(days=1), received_at=now,
                 direction=data.draw(st.sampled_from(["auto", "in", "out"])))
    after = derive([*told, late], said, policies, now).sessions
    assert after[:len(before)] == before


@given(facts(), st.integers(0, 6))
@settings(max_examples=300, deadline=None)
def test_a_lock_holds_whatever_arrives_after_it(case, days):
    """Rows of frozen days are the same whether or not late punches arrive."""
    told, _, policies, now = case
    locked_at = now - END + timedelta(days=8)
    lock = (now - END + timedelta(days=days)).date()
    policies = [replace(p, period_lock=None) for p in policies]
    # In force for the punches as before, only the lock is new.
    policies.append(replace(policies[-1], recorded_at=locked_at, period_lock=lock))
    known = [p for p in told if p.received_at < locked_at]

    def frozen(given: list[Punch]) -> list:
        return [s for s in derive(given, [], policies, now).sessions if s.day < lock]

    assert frozen(told) == frozen(known)


@given(facts(), st.sampled_from(ZONES))
@settings(max_examples=150, deadline=None)
def test_a_policy_of_tomorrow_does_not_rewrite_yesterday(case, zone):
    told, said, policies, now = case
    policies = [replace(p, period_lock=None) for p in policies]
    tomorrow = Policy(effective_from=now, recorded_at=now, duplicate_window=timedelta(hours=2),
                      max_shift=timedelta(hours=3), zone=zone)
    assert derive(told, said, [*policies, tomorrow], now) == derive(told, said, policies, now)


@given(facts())
@settings(max_examples=200, deadline=None)
def test_a_void_of_everything_leaves_nothing(case):
    told, said, policies, now = case
    everything = Correction(uuid=UUID(int=0), person=ALICE, start=now - 2 * END, end=now + END, kind="void",
                            author="hr", reason="", created_at=now)
    derived = derive(told, [*said, everything], policies, now)
    assert derived.sessions == ()
    assert {o.outcome for o in derived.outcomes} <= {"refused"}


@given(facts(), st.data())
@settings(max_examples=200, deadline=None)
def test_the_identity_of_a_session_survives_what_happens_after_its_beginning(case, data):
    """A later punch may move the end of the session in force, never its number."""
    told, _, policies, now = case
    policies = [replace(p, period_lock=None) for p in policies]
    before = derive(told, [], policies, now).sessions
    at = now - END + data.draw(minutes)
    extra = Punch(uuid=UUID(int=0), person=ALICE, at=at, received_at=at)
    after = derive([*told, extra], [], policies, now).sessions
    begun = [s.uuid for s in before if s.check_in < at]
    assert [s.uuid for s in after if s.check_in < at] == begun


def test_the_zone_database_knows_the_changes_that_these_tests_stand_on():
    from zoneinfo import ZoneInfo

    brussels = ZoneInfo("Europe/Brussels")
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=brussels)
        assert noon.utcoffset() != (noon - timedelta(days=1)).utcoffset()
