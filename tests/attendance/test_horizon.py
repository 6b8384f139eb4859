"""Reading from the last long pause on gives what reading everything gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.attendance import Correction, Policy, Punch
from backend.attendance.derive import derive
from backend.attendance.horizon import longest_reach, restart

ALICE = UUID("a11ce000-0000-4000-8000-000000000000")
START = datetime(2026, 3, 2, tzinfo=UTC)
NOW = START + timedelta(days=60)
POLICIES = [Policy(effective_from=START, recorded_at=START, zone="UTC",
                   duplicate_window=timedelta(minutes=5), max_shift=timedelta(hours=4))]
REACH = longest_reach(POLICIES)

# Bunched, so that pauses of every length occur.
minutes = st.builds(lambda day, minute: timedelta(days=day, minutes=minute),
                    st.integers(0, 9), st.integers(0, 400) | st.integers(0, 1439))


@st.composite
def facts(draw):
    punches = [Punch(uuid=UUID(int=n), person=ALICE, at=START + at, received_at=START + at,
                     direction=draw(st.sampled_from(["auto", "auto", "in", "out"])))
               for n, at in enumerate(draw(st.lists(minutes, max_size=20)), 1)]
    said = []
    for n, at in enumerate(draw(st.lists(minutes, max_size=3)), 1):
        length = timedelta(minutes=draw(st.integers(1, 900)))
        common = dict(uuid=UUID(int=10**6 + n), person=ALICE, start=START + at, end=START + at + length,
                      author="hr", reason="", created_at=NOW + timedelta(minutes=n))
        said.append(Correction(kind="void", **common) if draw(st.booleans()) else Correction(
            kind="replace", check_in=START + at, check_out=draw(st.none() | st.just(START + at + length)),
            **common))
    return punches, said


@given(facts(), minutes)
@settings(max_examples=500, deadline=None)
def test_what_follows_a_long_pause_can_be_read_alone(case, offset):
    punches, said = case
    moment = START + offset
    since = restart(sorted(p.at for p in punches), said, REACH, moment)
    if since is None:
        return
    whole = derive(punches, said, POLICIES, NOW)
    alone = derive([p for p in punches if p.at >= since], [c for c in said if c.end > since], POLICIES, NOW)
    assert since <= moment
    assert alone.sessions == tuple(s for s in whole.sessions if s.check_in >= since)
    late = {p.uuid for p in punches if p.at >= since}
    assert set(alone.outcomes) == {o for o in whole.outcomes if o.punch in late}
    assert all(s.check_out <= since for s in whole.sessions if s.check_in < since)


@given(facts(), minutes, st.integers(0, 10))
@settings(max_examples=200, deadline=None)
def test_a_pause_found_in_a_part_is_one_in_the_whole(case, offset, days):
    punches, said = case
    moment = START + offset
    known_from = moment - timedelta(days=days)
    times = sorted(p.at for p in punches)
    part = restart([t for t in times if t >= known_from], said, REACH, moment, known_from)
    assert part is None or part == restart(times, said, REACH, moment)


def test_monday_morning_need_not_read_last_week():
    friday, monday = START + timedelta(days=4, hours=17), START + timedelta(days=7, hours=8)
    assert restart([friday, monday], [], REACH, monday) == monday
    assert restart([friday], [], REACH, friday + timedelta(hours=1)) == friday
