"""HR's edit meets a change made here: one run takes over the one and sends the other, and tells it so."""

from __future__ import annotations

import pytest

from backend.attendance_system import AttendanceSystem
from tests.odoo.returning import DAY, Company


@pytest.fixture
def company(parts, odoo, clock):
    made = Company(AttendanceSystem(parts=parts), odoo, clock)
    made.pull()
    return made


@pytest.fixture
def both(company):
    """Alice's row: HR moved its check-out in Odoo, and here its check-in was corrected."""
    row = company.shift("EMP001", "08:00", "12:00")
    company.push()
    company.edit(row, check_out="12:05")
    company.system.attendance.correct(row.id, check_in="2026-03-02T07:57:00", reason="queue", by="helen")
    return row


def told(result: dict[str, object]) -> tuple[object, ...]:
    return tuple(result[name] for name in ("pushed", "skipped", "failed", "total", "taken_over"))


def test_one_push_takes_over_and_sends(company, both):
    result = company.push()
    assert (told(result), result["message"]) == ((1, 0, 0, 1, 1), "Pushed 1 attendance records")
    assert company.held() == [("EMP001", "07:57", "12:05")]
    assert (company.row(both.id).check_in.minute, company.row(both.id).check_out.minute) == (57, 5)
    assert company.row(both.id).sync_state == "synced"


def test_the_second_push_changes_nothing(company, both):
    company.push()
    rows = company.odoo.attendances()
    assert told(company.push()) == (0, 1, 0, 1, 0)
    assert company.odoo.attendances() == rows
    assert company.system.odoo.deliver() is None, "nothing is left in the outbox"


def test_one_delivery_does(company, both):
    assert told(company.system.odoo.deliver()) == (1, 0, 0, 1, 1)
    assert company.held() == [("EMP001", "07:57", "12:05")]
    assert company.system.odoo.deliver() is None


def test_an_edit_that_meets_no_change_is_in_odoo_already(company):
    row = company.shift("EMP001", "08:00", "12:00")
    company.push()
    company.edit(row, check_out="12:05")
    company.system.attendance.correct(row.id, check_out="2026-03-02T12:01:00", reason="typo", by="helen")
    result = company.push()
    assert (told(result), result["message"]) == ((0, 1, 0, 1, 1), "Pushed 0 attendance records, 1 already in Odoo")
    assert company.system.odoo.deliver() is None, "nor does it wait to be told so"


def test_a_comparison_mends_what_it_says_it_mended(company, both):
    first = company.reconcile()
    assert (first["counts"], first["mended"], first["success"]) == ({"changed_by_hr": 1}, 1, True)
    assert company.held() == [("EMP001", "07:57", "12:05")]
    assert company.reconcile()["message"] == "Compared 1 row with Odoo: no differences"


def test_a_pull_that_finds_the_edit_does_both(company, both):
    found = company.pull()
    assert (found["taken_over"], found["mended"], found["failed"]) == (1, 1, 0)
    assert company.held() == [("EMP001", "07:57", "12:05")]


def test_an_edit_in_the_middle_of_it_is_taken_over_too(company, both):
    """HR writes once more after the row was read and before what came of it goes out."""
    edits = ["12:20"]

    def again(call):
        if call.model_method == "load" and edits:
            company.odoo.change("hr.attendance", company.odoo_id(both), check_out=company_time(edits.pop()))

    company.odoo.hooks.after.append(again)
    assert told(company.push())[:3] == (0, 1, 0)
    assert company.held() == [("EMP001", "07:57", "12:20")]
    assert (company.row(both.id).check_in.minute, company.row(both.id).check_out.minute) == (57, 20)
    assert company.reconcile()["total"] == 0


def company_time(text: str):
    from datetime import datetime
    return datetime.fromisoformat(f"{DAY} {text}")


def test_what_still_differs_after_mending_is_not_called_mended(company, both):
    """Somebody writes in Odoo just as the comparison has put a row right."""
    def again(call):
        if call.model_method == "read" and "07:57" in str(company.held()) and not late:
            late.append(1)
            company.odoo.change("hr.attendance", company.odoo_id(both), check_out=company_time("12:30"))

    late: list[int] = []
    company.odoo.hooks.after.append(again)
    result = company.reconcile()
    assert late and (result["mended"], result["success"]) == (0, False)
    assert "differs" in result["errors"][0]
    assert company.reconcile()["mended"] == 1
    assert company.held() == [("EMP001", "07:57", "12:30")]
