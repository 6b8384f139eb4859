"""Both sides compared row by row: every kind of difference found, told, and mended where that is possible."""

from __future__ import annotations

import pytest

from backend.attendance_system import AttendanceSystem
from backend.odoo_simulator.hooks import DropConnection
from tests.odoo.returning import DAY, Company, moment


@pytest.fixture
def company(parts, odoo, clock):
    made = Company(AttendanceSystem(parts=parts), odoo, clock)
    made.pull()
    return made


def test_two_sides_in_step_have_no_differences(company):
    company.shift("EMP001", "08:00", "12:00")
    company.push()
    assert company.reconcile()["message"] == "Compared 1 row with Odoo: no differences"


def one_of_each(company: Company) -> dict[str, object]:
    """A row for every kind of difference."""
    rows = {"changed": company.shift("EMP001", "08:00", "12:00"), "deleted": company.shift("EMP002", "08:01", "12:00"),
            "newer": company.shift("EMP003", "08:02", "12:00"), "gone": company.shift("EMP004", "08:03", "12:00"),
            "same": company.shift("EMP005", "08:04", "12:00")}
    company.push()
    company.edit(rows["changed"], check_in="07:45")
    company.delete(rows["deleted"])
    company.system.attendance.correct(rows["newer"].id, check_out="2026-03-02T12:30:00", reason="r", by="helen")
    company.system.attendance.void(rows["gone"].id, reason="r", by="helen")
    rows["missing"] = company.shift("EMP006", "09:00", "10:00")
    company.enter("EMP007", "06:00", "07:00")
    return rows


KINDS = {"changed_by_hr": 1, "deleted_by_hr": 1, "times_differ": 1, "left_over": 1, "missing_in_odoo": 1,
         "missing_here": 1}


def test_a_dry_run_tells_of_every_kind_and_changes_nothing(company):
    one_of_each(company)
    before = company.held()
    result = company.reconcile(dry_run=True)
    assert (result["counts"], result["success"], result["mended"]) == (KINDS, True, 0)
    assert result["message"] == "Compared 6 rows with Odoo: 6 differences"
    assert company.held() == before
    with company.system.store.read() as unit:
        assert unit.foreign.count() == 0
    assert company.reconcile(dry_run=True)["counts"] == KINDS


def test_each_difference_tells_both_sides(company):
    one_of_each(company)
    told = {one["kind"]: one for one in company.reconcile(dry_run=True)["differences"]}
    changed = told["changed_by_hr"]
    assert (changed["here"]["check_in"], changed["odoo"]["check_in"]) == (
        "2026-03-02T08:00:00+00:00", "2026-03-02T07:45:00+00:00")
    assert (changed["person_id"], changed["attendance_id"] is not None) == ("EMP001", True)
    assert told["missing_in_odoo"]["odoo"] is None
    assert (told["missing_here"]["here"], told["missing_here"]["person_id"]) == (None, "EMP007")
    assert told["left_over"]["here"] is None


def test_what_can_be_mended_is_mended_and_the_rest_is_told(company):
    rows = one_of_each(company)
    result = company.reconcile()
    assert (result["counts"], result["mended"], result["success"]) == (KINDS, 5, True)
    assert result["message"] == "Compared 6 rows with Odoo: 6 differences, 5 mended"
    assert len(result["errors"]) == 1
    assert "deleted" in result["errors"][0]
    assert company.row(rows["changed"].id).check_in == moment("07:45")
    assert company.held() == [("EMP001", "07:45", "12:00"), ("EMP003", "08:02", "12:30"), ("EMP005", "08:04", "12:00"),
                              ("EMP006", "09:00", "10:00"), ("EMP007", "06:00", "07:00")]
    again = company.reconcile()
    assert again["counts"] == {"deleted_by_hr": 1}  # until somebody decides


def test_hr_moved_a_row_far_away(company):
    row = company.shift("EMP001", "08:00", "12:00")
    company.push()
    company.hr("write", [company.odoo_id(row)], {"check_in": "2026-02-02 08:00:00", "check_out": "2026-02-02 12:00:00"})
    result = company.reconcile()
    assert (result["counts"], result["mended"]) == ({"changed_by_hr": 1}, 1)
    assert company.row(row.id).check_in.day == 2
    assert company.row(row.id).check_in.month == 2


def test_a_row_whose_answer_was_lost_is_no_difference(company):
    company.shift("EMP001", "08:00", "12:00")

    def lose(call):
        if call.model_method == "load":
            raise DropConnection

    company.odoo.hooks.after.append(lose)
    with pytest.raises(Exception, match="broke before an answer"):
        company.push()
    company.odoo.hooks.after.clear()
    assert company.reconcile()["total"] == 0
    assert company.push()["skipped"] == 1
    assert company.held() == [("EMP001", "08:00", "12:00")]


def test_a_foreign_row_that_is_gone_is_forgotten(company):
    number = company.enter("EMP007", "06:00", "07:00")
    company.reconcile()
    company.hr("unlink", [number])
    assert company.reconcile()["total"] == 0
    with company.system.store.read() as unit:
        assert unit.foreign.count() == 0


def test_by_itself_it_leaves_out_days_before_the_first_exchange(company):
    company.clock.now = moment("08:00")
    company.system.attendance.mark("EMP001", at="2026-02-20T08:00:00")
    company.system.attendance.mark("EMP001", at="2026-02-20T12:00:00")
    start = DAY.replace(month=2, day=1)
    assert company.system.odoo.reconcile(start, DAY, trigger="schedule")["total"] == 0
    assert company.held() == []
    assert company.system.odoo.reconcile(start, DAY)["counts"] == {"missing_in_odoo": 1}
    assert len(company.held()) == 1


def test_all_time_is_a_range_like_others(company):
    company.shift("EMP001", "08:00", "12:00")
    result = company.system.odoo.reconcile("0001-01-01", "9999-12-31")
    assert (result["counts"], result["mended"]) == ({"missing_in_odoo": 1}, 1)


def test_a_big_month_needs_few_calls(company):
    for number in range(1, 21):
        for hour in range(8, 18):
            company.clock.now = moment(f"{hour:02}:00")
            company.system.attendance.mark(f"EMP{number:03}")
    company.push()
    before = len(company.odoo.calls)
    assert company.reconcile()["message"] == "Compared 100 rows with Odoo: no differences"
    assert len(company.odoo.calls) - before <= 3
