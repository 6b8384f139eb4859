"""HR corrects and voids rows; what would disturb another row is refused whole."""

from __future__ import annotations

import pytest

from backend.errors import FaceAttendanceError
from backend.store.errors import StoreUnavailable


@pytest.fixture
def two_rows(system, alice, clock):
    """Alice was in from 8 to 12 and from 13 to 17."""
    rows = [system.attendance.mark("1001").attendance]
    for hours in (4, 1, 4):
        clock.move(hours=hours)
        rows.append(system.attendance.mark("1001").attendance)
    return rows[0], rows[2]


def facts(system) -> tuple[int, list]:
    with system.store.read() as unit:
        person = unit.people.by_person_id("1001").uuid
        return len(unit.corrections.of(person)), unit.attendance.of(person)


def test_a_corrected_row_keeps_its_number_and_its_punches(system, two_rows):
    first, _ = two_rows
    mended = system.attendance.correct(first.id, check_in="2026-03-02T07:30:00", reason="badge broken",
                                       by="helen")
    assert (mended.id, mended.check_in.hour, mended.check_out.hour) == (first.id, 7, 12)
    assert (mended.flags, mended.source) == ({"corrected"}, "correction")
    with system.store.read() as unit:
        assert unit.punches.count() == 4
        line = unit.logs.search("attendance")[0]
    assert (line.details["by"], line.details["reason"]) == ("helen", "badge broken")
    assert line.details["check_in"] == ["2026-03-02T08:00:00+00:00", "2026-03-02T07:30:00+00:00"]


def test_a_row_is_corrected_again_and_again(system, two_rows):
    first, _ = two_rows
    for hour in ("10", "11", "09"):
        mended = system.attendance.correct(first.id, check_out=f"2026-03-02T{hour}:00:00", reason="r", by="h")
        assert (mended.id, mended.check_out.hour) == (first.id, int(hour))
    assert len(facts(system)[1]) == 2


def test_a_correction_that_overlaps_is_refused_and_nothing_is_written(system, two_rows):
    first, second = two_rows
    before = facts(system)
    for row, times in ((first, {"check_out": "2026-03-02T13:30:00"}),
                       (second, {"check_in": "2026-03-02T11:00:00"}),
                       (first, {"check_out": "2026-03-02T16:59:00", "check_in": "2026-03-02T07:00:00"}),
                       (first, {"check_out": None})):
        with pytest.raises(FaceAttendanceError) as caught:
            system.attendance.correct(row.id, reason="r", by="h", **times)
        assert (caught.value.code, caught.value.status) == ("attendance_overlap", 409)
    assert facts(system) == before


@pytest.mark.parametrize(("times", "code"), [
    ({"check_out": "2026-03-02T07:00:00"}, "check_out_before_check_in"),
    ({"check_out": "2026-03-02T08:00:00"}, "check_out_before_check_in"),
    ({"check_out": "2026-03-03T08:00:00"}, "time_in_future"),
    ({"check_in": None}, "bad_time"),
    ({"check_in": "yesterday"}, "bad_time"),
    ({"check_in": "2026-03-02T07:00:00", "reason": "  "}, "reason_required"),
    ({"check_in": "2026-03-02T07:00:00", "reason": "r" * 501}, "bad_reason"),
])
def test_a_correction_that_makes_no_sense_is_refused(system, two_rows, times, code):
    before = facts(system)
    with pytest.raises(FaceAttendanceError) as caught:
        system.attendance.correct(two_rows[0].id, **{"reason": "r", "by": "h", **times})
    assert (caught.value.code, caught.value.status) == (code, 422)
    assert facts(system) == before


def test_a_row_gets_the_check_out_that_was_forgotten(system, alice, clock):
    row = system.attendance.mark("1001").attendance
    clock.move(hours=30)
    system.attendance.close_overdue()
    mended = system.attendance.correct(row.id, check_out="2026-03-02T17:00:00", reason="forgot", by="h")
    assert (mended.status, mended.duration_minutes, mended.flags) == ("closed", 540, {"corrected"})
    clock.move(minutes=10)
    assert system.attendance.mark("1001").action == "check_in"


def test_an_assumed_end_is_not_confirmed_by_a_correction_of_the_beginning(system, alice, clock):
    row = system.attendance.mark("1001").attendance
    clock.move(hours=30)
    system.attendance.close_overdue()
    mended = system.attendance.correct(row.id, check_in="2026-03-02T07:00:00", reason="r", by="h")
    assert (mended.id, mended.status, mended.duration_minutes) == (row.id, "assumed", 16 * 60)


def test_the_last_row_may_be_opened_again_and_the_next_punch_closes_it(system, two_rows, clock):
    _, second = two_rows
    clock.move(minutes=10)
    opened = system.attendance.correct(second.id, check_out=None, reason="still here", by="h")
    assert (opened.id, opened.status) == (second.id, "open")
    clock.move(hours=1)
    left = system.attendance.mark("1001")
    assert (left.action, left.attendance.id) == ("check_out", second.id)


def test_a_voided_row_is_superseded_and_the_other_stays(system, two_rows):
    first, second = two_rows
    gone = system.attendance.void(first.id, reason="somebody else's badge", by="helen")
    assert (gone.id, gone.status) == (first.id, "superseded")
    assert [row.id for row in facts(system)[1]] == [second.id]
    assert system.attendance.get(first.id).status == "superseded"


def test_a_voided_row_cannot_be_changed_any_more(system, two_rows):
    system.attendance.void(two_rows[0].id, reason="r", by="h")
    for again in (lambda: system.attendance.void(two_rows[0].id, reason="r", by="h"),
                  lambda: system.attendance.correct(two_rows[0].id, check_out="2026-03-02T11:00:00",
                                                    reason="r", by="h")):
        with pytest.raises(FaceAttendanceError) as caught:
            again()
        assert (caught.value.code, caught.value.status) == ("attendance_superseded", 409)


def test_what_hr_edited_in_odoo_becomes_a_correction_too(system, two_rows):
    system.attendance.correct(two_rows[0].id, check_out="2026-03-02T11:30:00", reason="edited in Odoo",
                              by="odoo", source="odoo")
    with system.store.read() as unit:
        (kept,) = unit.corrections.of(two_rows[0].person)
    assert (kept.source, kept.kind) == ("odoo", "replace")


def test_a_failure_in_the_middle_keeps_nothing(system, two_rows, monkeypatch):
    before = facts(system)

    def full(*_):
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr("backend.store.repositories.logs.Logs.flush", full)
    with pytest.raises(StoreUnavailable):
        system.attendance.correct(two_rows[0].id, check_out="2026-03-02T11:00:00", reason="r", by="h")
    monkeypatch.undo()
    assert facts(system) == before
