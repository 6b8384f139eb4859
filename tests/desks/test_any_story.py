"""Whatever people, devices and HR do: the rows are those of a derivation of everything."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import uuid4

import pytest

from backend.desks.rederive import gather
from backend.errors import FaceAttendanceError
from backend.store.records import AttendanceRecord

FIELDS = ("uuid", "check_in", "check_out", "assumed", "flags", "day", "zone", "device", "confidence",
          "distance", "opened_by", "closed_by")


def act(system, clock, dice: random.Random) -> None:
    """One thing that somebody does; what is refused is refused."""
    desk = system.attendance
    some = lambda: clock.now - timedelta(minutes=dice.randrange(6 * 24 * 60))  # noqa: E731
    rows: list[AttendanceRecord] = desk.list(status="any")[0]
    what = dice.random()
    if what < 0.35:
        desk.mark("1001", direction=dice.choice(["auto", "auto", "in", "out"]))
    elif what < 0.5:
        desk.accept_punches([{"uuid": str(uuid4()), "person_id": "1001", "at": some().isoformat()}
                             for _ in range(dice.randrange(1, 4))], "terminal")
    elif what < 0.6 and rows:
        desk.void(dice.choice(rows).id, reason="r", by="h")
    elif what < 0.85 and rows:
        row = dice.choice(rows)
        times = {"check_in": row.check_in + timedelta(minutes=dice.randrange(-90, 90)),
                 "check_out": dice.choice([None, some(), row.check_in + timedelta(hours=dice.randrange(1, 12))])}
        desk.correct(row.id, reason="r", by="h", **dict(dice.sample(sorted(times.items()), dice.randrange(1, 3))))
    elif what < 0.9:
        desk.close_overdue()


@pytest.mark.parametrize("seed", range(6))
def test_the_rows_are_those_of_a_derivation_of_everything(system, alice, clock, seed):
    dice = random.Random(seed)
    clock.move(days=10)
    refused = 0
    for _ in range(70):
        clock.move(minutes=dice.choice([1, 7, 45, 300, 600, 2600]))
        try:
            act(system, clock, dice)
        except FaceAttendanceError as error:
            assert error.status in (409, 422), error
            refused += 1
        with system.store.read() as unit:
            rows = unit.attendance.of(alice.uuid)
            whole = gather(unit, alice.uuid).derive(clock.now)
            outcomes = unit.outcomes.of(alice.uuid)
        still_open = {s.uuid for s in whole.sessions if s.assumed} & {r.uuid for r in rows if not r.check_out}
        # Only the assumption may lag behind, until the schedule's next minute.
        assert [tuple(getattr(row, name) for name in FIELDS) for row in rows if row.uuid not in still_open] == [
            tuple(getattr(session, name) for name in FIELDS) for session in whole.sessions
            if session.uuid not in still_open]
        assert len(still_open) <= 1
        assert set(outcomes) == set(whole.outcomes)
    assert refused < 60
