"""Rows that the bridge user may not see, as after an employee has moved to a company that is not
ours: Odoo refuses a whole reading for one of them, and nothing else may suffer from that."""

from __future__ import annotations

import pytest

from backend.attendance_system import AttendanceSystem
from backend.odoo_simulator import NewEmployee
from tests.odoo.returning import Company, moment


@pytest.fixture
def company(parts, odoo, clock):
    made = Company(AttendanceSystem(parts=parts), odoo, clock)
    made.pull()
    return made


@pytest.fixture
def hidden_and_seen(company):
    """Two rows in step; then the first one's employee moves away, and HR edits the second row."""
    hidden, seen = (company.shift(badge, begin, "12:00") for badge, begin in (("EMP002", "08:00"), ("EMP003", "08:01")))
    company.push()
    numbers = [company.odoo_id(row) for row in (hidden, seen)]
    company.edit(seen, check_out="12:45")
    company.odoo.add_employee(NewEmployee("Other", "OTHER1", company=2))
    company.odoo.change("hr.employee", 3, company_id=2)
    return hidden, seen, numbers


def test_a_hint_of_such_a_row_keeps_no_other_from_being_read(company, hidden_and_seen):
    hidden, seen, numbers = hidden_and_seen
    told = company.system.odoo.read_back([], numbers)
    assert told["attendance"]["taken_over"] == 1 and told["attendance"]["failed"] == 0
    assert company.row(seen.id).check_out == moment("12:45")
    assert company.row(hidden.id).check_out == moment("12:00")


def test_a_comparison_leaves_such_a_row_out_and_says_so(company, hidden_and_seen):
    hidden, seen, _ = hidden_and_seen
    result = company.reconcile()
    assert result["counts"] == {"changed_by_hr": 1} and result["mended"] == 1 and result["hidden"] == 1
    assert result["message"] == ("Compared 1 row with Odoo: 1 difference, 1 mended. 1 row that the bridge user "
                                 "may not see was left out")
    assert company.row(seen.id).check_out == moment("12:45")
    assert company.row(hidden.id).sync_state == "synced"
