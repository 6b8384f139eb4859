"""Hints name who is gone from Odoo, within the same bounds as a full pull, however few each of them names."""

from __future__ import annotations

import pytest

from tests.odoo.stories import people


@pytest.fixture
def odoo(odoo18):
    """What follows from a hint does not depend on who answers."""
    return odoo18


@pytest.fixture
def desk(desk):
    """In step with 29 people: five of them may be gone at once."""
    desk.pull()
    return desk


def hide(odoo, *employees):
    """The bridge user loses the company that these belong to."""
    for number in employees:
        odoo.change("hr.employee", number, bump=False, company_id=2)


def active(store):
    return sum(person.active for person in people(store).values())


def test_a_few_who_are_gone_are_deactivated_at_once(desk, odoo, store):
    odoo.run_as("admin", "hr.employee", "unlink", [2, 4])
    assert desk.read_back([2, 4], [])["deactivated"] == 2
    assert not people(store)["EMP001"].active


def test_hints_about_suspiciously_many_deactivate_nobody(desk, odoo, store):
    hide(odoo, *range(2, 27))
    before = active(store)
    result = desk.read_back(list(range(2, 27)), [])
    assert (result["deactivated"], result["gone"], active(store)) == (0, [], before)
    assert "25 people" in result["message"] and "next full pull" in result["message"]
    assert "25 of 29 people" in desk.pull(full=True)["message"]


def test_single_hints_add_up(desk, odoo, store, clock):
    hide(odoo, *range(2, 12))
    deactivated = []
    for number in range(2, 12):
        deactivated.append(desk.read_back([number], [])["deactivated"])
        clock.move(minutes=10)
    assert deactivated == [1] * 5 + [0] * 5


def test_who_was_named_before_does_not_count_again(desk, odoo):
    odoo.run_as("admin", "hr.employee", "unlink", list(range(2, 7)))
    assert desk.read_back(list(range(2, 7)), [])["deactivated"] == 5
    again = desk.read_back(list(range(2, 7)), [])
    assert (again["deactivated"], again["warnings"]) == (0, [])


def test_a_day_later_hints_are_believed_again(desk, odoo, clock):
    odoo.run_as("admin", "hr.employee", "unlink", list(range(2, 8)))
    assert desk.read_back(list(range(2, 7)), [])["deactivated"] == 5
    assert desk.read_back([7], [])["deactivated"] == 0
    clock.move(days=1, minutes=1)
    assert desk.read_back([7], [])["deactivated"] == 1


def test_a_full_pull_deactivates_whom_hints_left(desk, odoo):
    odoo.run_as("admin", "hr.employee", "unlink", list(range(2, 8)))
    desk.read_back(list(range(2, 7)), [])
    assert desk.read_back([7], [])["deactivated"] == 0
    assert desk.pull(full=True)["deactivated"] == 1
