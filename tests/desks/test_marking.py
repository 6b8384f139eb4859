"""Marking attendance: by hand, twice, too early, for nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from backend.errors import BadInput, FaceAttendanceError


def counts(system) -> tuple[int, int, int, int]:
    """Punches, rows, events and log lines: what a refused request must not change."""
    with system.store.read() as unit:
        return (unit.punches.count(), unit.attendance.search(status="any", limit=9)[1],
                unit.events.last_id(), len(unit.logs.search(limit=999)))


def test_in_and_out_by_hand(system, alice, clock):
    came = system.attendance.mark("1001", marked_by="desk")
    assert (came.action, came.status, came.attendance.status) == ("check_in", 201, "open")
    clock.move(hours=8)
    left = system.attendance.mark("1001")
    assert (left.action, left.attendance.id) == ("check_out", came.attendance.id)
    assert (left.attendance.duration_minutes, left.attendance.status) == (480, "closed")


def test_a_mark_is_told_to_the_pages_and_to_the_log(system, alice):
    system.attendance.mark("1001", marked_by="desk")
    with system.store.read() as unit:
        event = unit.events.since(0)[-1]
        line = unit.logs.search("attendance")[0]
    assert event.kind == "attendance"
    assert {"action": "check_in", "person_id": "1001", "person_name": "Alice Ämter",
            "at": "2026-03-02T08:00:00+00:00", "source": "manual"}.items() <= event.payload.items()
    assert (line.level, line.details["by"]) == ("info", "desk")
    assert "Alice Ämter checked in" in line.message


def test_twice_within_the_window_is_a_duplicate_that_names_the_row(system, alice, clock):
    came = system.attendance.mark("1001")
    clock.move(minutes=2)
    again = system.attendance.mark("1001")
    assert (again.action, again.status) == ("duplicate", 200)
    assert again.attendance.id == came.attendance.id


def test_the_same_uuid_is_the_same_punch(system, alice, clock):
    key = uuid4()
    came = system.attendance.mark("1001", at="2026-03-02T07:30:00Z", uuid=key)
    before = counts(system)
    clock.move(hours=3)
    again = system.attendance.mark("1001", at="2026-03-02T07:30:00Z", uuid=str(key))
    assert (again.action, again.created, again.status) == ("check_in", False, 200)
    assert again.attendance.id == came.attendance.id
    assert counts(system) == before


def test_the_same_uuid_without_a_time_is_the_same_punch_however_late(system, alice, clock):
    key = uuid4()
    system.attendance.mark("1001", uuid=key)
    clock.move(minutes=30)
    assert not system.attendance.mark("1001", uuid=key).created


@pytest.mark.parametrize("other", [{"person_id": "1002"}, {"direction": "out"},
                                   {"at": "2026-03-02T07:31:00Z"}, {"source": "import"}])
def test_the_same_uuid_with_other_content_is_refused(system, alice, bob, other):
    first = {"person_id": "1001", "at": "2026-03-02T07:30:00Z", "uuid": uuid4()}
    system.attendance.mark(**first)
    before = counts(system)
    with pytest.raises(FaceAttendanceError) as caught:
        system.attendance.mark(**{**first, **other})
    assert (caught.value.code, caught.value.status) == ("idempotency_conflict", 409)
    assert counts(system) == before


@pytest.mark.parametrize(("wrong", "code", "status"), [
    ({"person_id": "nobody"}, "person_not_found", 404),
    ({"at": "2026-03-02T08:02:01Z"}, "time_in_future", 422),
    ({"at": "1999-12-31T08:00:00Z"}, "bad_time", 422),
    ({"at": "half past eight"}, "bad_time", 422),
    ({"at": "0001-01-01T00:00:00+00:00"}, "bad_time", 422),
    ({"direction": "sideways"}, "bad_direction", 422),
    ({"source": "rumour"}, "bad_source", 422),
    ({"source": "correction"}, "bad_source", 422),
    ({"uuid": "17"}, "bad_uuid", 422),
])
def test_what_cannot_be_is_refused_and_writes_nothing(system, alice, wrong, code, status):
    before = counts(system)
    with pytest.raises(FaceAttendanceError) as caught:
        system.attendance.mark(**{"person_id": "1001", **wrong})
    assert (caught.value.code, caught.value.status) == (code, status)
    assert counts(system) == before


def test_an_unknown_person_is_told_where_to_add_them(system):
    with pytest.raises(FaceAttendanceError, match="POST /persons"):
        system.attendance.mark("nobody")


def test_a_clock_a_little_ahead_is_clamped_and_flagged(system, alice):
    marked = system.attendance.mark("1001", at="2026-03-02T08:01:30Z")
    assert marked.attendance.check_in == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert marked.attendance.flags == {"clock_skew"}


def test_a_clamped_time_sent_again_is_the_same_punch(system, alice, clock):
    key = uuid4()
    system.attendance.mark("1001", at="2026-03-02T08:01:30Z", uuid=key)
    clock.move(minutes=10)
    assert not system.attendance.mark("1001", at="2026-03-02T08:01:30Z", uuid=key).created


def test_times_without_offset_are_the_sites(start, clock):
    system = start(timezone=ZoneInfo("Europe/Brussels"))
    system.people.add("1", "Ann", by="test")
    marked = system.attendance.mark("1", at="2026-03-02T08:00:00")
    assert marked.attendance.check_in == clock.now - timedelta(hours=1)


@pytest.mark.parametrize(("at", "code"), [("2026-03-29T02:30:00", "nonexistent_time"),
                                          ("2025-10-26T02:30:00", "ambiguous_time")])
def test_a_time_that_a_clock_change_skips_or_repeats_is_refused(start, clock, at, code):
    clock.now = datetime(2026, 4, 1, tzinfo=UTC)
    system = start(timezone=ZoneInfo("Europe/Brussels"))
    system.people.add("1", "Ann", by="test")
    with pytest.raises(BadInput) as caught:
        system.attendance.mark("1", at=at)
    assert caught.value.code == code


def test_a_former_id_still_marks(system, alice):
    system.people.change("1001", person_id="A-1", by="test")
    assert system.attendance.mark("1001").attendance.person_id == "A-1"


def test_a_late_punch_mends_the_day(system, alice, clock):
    """Out arrives before in: first a lone check-in, in the end one whole day."""
    clock.move(hours=10)
    system.attendance.mark("1001", at="2026-03-02T17:00:00Z")
    system.attendance.mark("1001", at="2026-03-02T08:00:00Z")
    (row,), total = system.attendance.list()
    assert (total, row.check_in.hour, row.check_out.hour) == (1, 8, 17)


def test_who_forgets_to_check_out_is_closed_by_assumption_once(system, alice, clock):
    system.attendance.mark("1001")
    clock.move(hours=15)
    assert system.attendance.close_overdue() == 0
    clock.move(hours=1)
    assert system.attendance.close_overdue() == 1
    assert system.attendance.close_overdue() == 0
    (row,), _ = system.attendance.list(status="assumed")
    assert (row.flags, row.duration_minutes) == ({"missing_check_out"}, 16 * 60)
    with system.store.read() as unit:
        assert unit.events.since(0)[-1].payload["action"] == "assumed_check_out"


def test_rows_are_found_by_day_person_department_and_status(system, alice, bob, clock):
    system.attendance.mark("1001")
    clock.move(days=1)
    system.attendance.mark("1002")
    desk = system.attendance
    monday, tuesday = date(2026, 3, 2), date(2026, 3, 3)
    assert [r.person_id for r in desk.list()[0]] == ["1002", "1001"]
    assert [r.person_id for r in desk.list(monday, monday)[0]] == ["1001"]
    assert [r.person_id for r in desk.list(tuesday)[0]] == ["1002"]
    assert [r.person_id for r in desk.list(person_id="1001")[0]] == ["1001"]
    assert [r.person_id for r in desk.list(department="Workshop")[0]] == ["1002"]
    assert desk.list(limit=1)[1] == 2
    assert desk.today() == tuesday
    with pytest.raises(BadInput, match="before"):
        desk.list(tuesday, monday)
    with pytest.raises(BadInput, match="status"):
        desk.list(status="asleep")


def test_the_summary_adds_up(system, alice, bob, clock):
    for _ in range(2):
        system.attendance.mark("1001")
        clock.move(hours=4)
    system.attendance.mark("1002")
    today = system.attendance.today()
    hers, his = system.attendance.summary(today, today)
    assert (hers.person_name, hers.minutes, hers.days, hers.open) == ("Alice Ämter", 240, 1, 0)
    assert (his.minutes, his.sessions, his.open) == (0, 1, 1)


def test_an_unknown_row_is_not_found(system):
    with pytest.raises(FaceAttendanceError) as caught:
        system.attendance.get(17)
    assert caught.value.code == "attendance_not_found"
