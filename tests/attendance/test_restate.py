"""HR speaks of a row; the correction covers all that made it, and nothing of its neighbours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.attendance import Policy, Punch
from backend.attendance.derive import derive
from backend.attendance.restate import disturbed, restate, void

ALICE = uuid4()
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
LATER = MONDAY + timedelta(days=60)
POLICIES = [Policy(effective_from=MONDAY, recorded_at=MONDAY, zone="UTC",
                   duplicate_window=timedelta(minutes=5), max_shift=timedelta(hours=16))]
HR = {"author": "hr", "reason": "asked", "source": "hr", "created_at": LATER}


def punch(minute: int, direction: str = "auto") -> Punch:
    at = MONDAY + timedelta(minutes=minute)
    return Punch(uuid=uuid4(), person=ALICE, at=at, received_at=at, direction=direction)


def test_duplicates_of_a_voided_session_do_not_come_back_as_check_ins():
    facts = [punch(480), punch(482), punch(1020), punch(1023)]
    before = derive(facts, [], POLICIES, LATER)
    removed = void(before.sessions[0], before, facts, uuid=uuid4(), **HR)
    assert derive(facts, [removed], POLICIES, LATER).sessions == ()


def test_an_earlier_check_out_leaves_no_rest_behind():
    facts = [punch(480), punch(1020), punch(1022)]
    before = derive(facts, [], POLICIES, LATER)
    (session,) = before.sessions
    said = restate(session, before, facts, uuid=uuid4(), check_in=session.check_in,
                   check_out=MONDAY + timedelta(hours=15), **HR)
    (mended,) = derive(facts, [said], POLICIES, LATER).sessions
    assert (mended.uuid, mended.check_out) == (session.uuid, MONDAY + timedelta(hours=15))


def test_a_row_that_grows_into_its_neighbour_disturbs_it():
    facts = [punch(480), punch(720), punch(780), punch(1020)]
    before = derive(facts, [], POLICIES, LATER)
    first, second = before.sessions
    said = restate(first, before, facts, uuid=uuid4(), check_in=first.check_in,
                   check_out=MONDAY + timedelta(hours=14), **HR)
    assert second in disturbed(before, derive(facts, [said], POLICIES, LATER), first.uuid)


def test_a_row_may_touch_its_neighbour():
    facts = [punch(480), punch(720), punch(780), punch(1020)]
    before = derive(facts, [], POLICIES, LATER)
    first, second = before.sessions
    said = restate(first, before, facts, uuid=uuid4(), check_in=first.check_in,
                   check_out=second.check_in - timedelta(seconds=1), **HR)
    assert disturbed(before, derive(facts, [said], POLICIES, LATER), first.uuid) == []


@given(st.lists(st.integers(0, 3 * 24 * 60), min_size=1, max_size=12, unique=True),
       st.data())
@settings(max_examples=200, deadline=None)
def test_a_void_of_any_row_leaves_all_others_alone(minutes, data):
    facts = [punch(minute) for minute in minutes]
    before = derive(facts, [], POLICIES, LATER)
    session = data.draw(st.sampled_from(before.sessions))
    after = derive(facts, [void(session, before, facts, uuid=uuid4(), **HR)], POLICIES, LATER)
    assert disturbed(before, after, session.uuid) == []
    assert session.uuid not in {one.uuid for one in after.sessions}


@given(st.lists(st.integers(0, 3 * 24 * 60), min_size=1, max_size=12, unique=True),
       st.integers(0, 600), st.data())
@settings(max_examples=200, deadline=None)
def test_a_row_made_shorter_keeps_its_number_and_leaves_all_others_alone(minutes, less, data):
    facts = [punch(minute) for minute in minutes]
    before = derive(facts, [], POLICIES, LATER)
    session = data.draw(st.sampled_from(before.sessions))
    end = max(session.check_in, session.check_out - timedelta(minutes=less))
    said = restate(session, before, facts, uuid=uuid4(), check_in=session.check_in, check_out=end, **HR)
    after = derive(facts, [said], POLICIES, LATER)
    assert disturbed(before, after, session.uuid) == []
    mended = next(one for one in after.sessions if one.uuid == session.uuid)
    assert (mended.check_in, mended.check_out, mended.assumed) == (session.check_in, end, False)
