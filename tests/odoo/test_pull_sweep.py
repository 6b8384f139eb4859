"""Who is gone from Odoo is made inactive here, never deleted, and never because of a bad listing."""

from __future__ import annotations

import pytest

from backend.odoo_simulator import NewEmployee, OdooSimulator
from tests.odoo.stories import credentials, numbers, people, reads


@pytest.fixture
def odoo(odoo18):
    """What follows from a listing does not depend on who lists."""
    return odoo18


def delete(odoo, *numbers_of_employees):
    odoo.run_as("admin", "hr.employee", "unlink", list(numbers_of_employees))


def hide(odoo, *numbers_of_employees):
    """Into a company that the bridge user does not see."""
    for number in numbers_of_employees:
        odoo.change("hr.employee", number, bump=False, company_id=2)


def test_who_was_deleted_is_deactivated_and_named_by_a_full_pull(desk, odoo, store):
    desk.pull()
    before = people(store)["EMP001"]
    delete(odoo, 2)
    assert numbers(desk.pull())["deactivated"] == 0, "a deletion leaves no trace in Odoo"
    result = desk.pull(full=True)
    assert numbers(result) == {"added": 0, "updated": 0, "unchanged": 28, "deactivated": 1, "total": 29}
    assert result["success"] and result["gone"] == [{"person_id": "EMP001", "name": "Aïcha Benali"}]
    assert "Aïcha Benali (EMP001)" in result["warnings"][0]
    after = people(store)["EMP001"]
    assert (after.uuid, after.active) == (before.uuid, False)
    assert after.metadata["odoo_missing_since"].startswith("2026-03-02T08:00:00")


def test_it_is_told_once_and_no_longer_counted(desk, odoo):
    desk.pull()
    delete(odoo, 2)
    desk.pull(full=True)
    for full in (True, False):
        result = desk.pull(full=full)
        assert (result["warnings"], result["gone"], result["deactivated"], result["total"]) == ([], [], 0, 28)


def test_who_comes_back_is_active_again(desk, odoo, store):
    desk.pull()
    hide(odoo, 2)
    desk.pull(full=True)
    assert not people(store)["EMP001"].active
    odoo.change("hr.employee", 2, company_id=1)
    assert numbers(desk.pull()) == {"added": 0, "updated": 1, "unchanged": 28, "deactivated": 0, "total": 29}
    back = people(store)["EMP001"]
    assert back.active and "odoo_missing_since" not in back.metadata


def test_faces_of_who_is_gone_leave_the_gallery(desk, odoo, store):
    desk.pull()
    with store.read() as unit:
        version = unit.gallery_version()
    delete(odoo, 2)
    desk.pull(full=True)
    with store.read() as unit:
        assert unit.gallery_version() > version


@pytest.mark.parametrize("force", [False, True], ids=["", "forced"])
def test_an_empty_listing_deactivates_nobody(desk, odoo, store, force):
    desk.pull()
    hide(odoo, *range(1, 30))
    result = desk.pull(full=True, force=force)
    assert (result["deactivated"], result["success"]) == (0, True)
    assert "no employee at all" in result["message"] and "rights" in result["message"]
    assert sum(person.active for person in people(store).values()) == 28


def test_a_listing_that_shrank_too_much_deactivates_nobody_unless_forced(desk, odoo, store):
    desk.pull()
    hide(odoo, *range(2, 8))
    result = desk.pull(full=True)
    assert (result["deactivated"], result["success"]) == (0, True)
    assert "6 of 29 people" in result["message"] and "full and force" in result["message"]
    assert sum(person.active for person in people(store).values()) == 28
    assert desk.pull(full=True, dry_run=True, force=True)["deactivated"] == 6
    assert desk.pull(full=True, force=True)["deactivated"] == 6
    assert sum(person.active for person in people(store).values()) == 22


def test_five_may_go_at_once_where_a_tenth_is_less(desk, odoo, store):
    desk.pull()
    delete(odoo, *range(2, 7))
    assert desk.pull(full=True)["deactivated"] == 5


def left_with(odoo, desk, people_there):
    """A company of so few people, who are the first ones, all here."""
    delete(odoo, *range(people_there + 1, 30))
    assert desk.pull()["total"] == people_there


@pytest.mark.parametrize(("there", "gone", "deactivated"), [
    (6, 4, 0), (6, 3, 3), (3, 2, 0), (2, 1, 1), (1, 1, 0)])
def test_never_more_than_half_of_a_small_company_goes_unasked(desk, odoo, store, there, gone, deactivated):
    left_with(odoo, desk, there)
    active = sum(person.active for person in people(store).values())
    hide(odoo, *range(there - gone + 1, there + 1))
    result = desk.pull(full=True)
    assert result["deactivated"] == deactivated and (deactivated or result["warnings"])
    assert sum(person.active for person in people(store).values()) == active - deactivated


def test_who_really_left_a_small_company_goes_when_asked_for(desk, odoo):
    left_with(odoo, desk, 6)
    hide(odoo, *range(2, 7))
    assert desk.pull(full=True)["deactivated"] == 0
    assert desk.pull(full=True, force=True)["deactivated"] == 5


def test_how_many_may_go_is_a_setting(desk_with, odoo):
    desk = desk_with(odoo_sweep_limit=0.5)
    desk.pull()
    delete(odoo, *range(2, 16))
    assert desk.pull(full=True)["deactivated"] == 14


def test_who_is_added_after_the_last_page_was_read_is_not_taken_for_gone(desk_with, odoo, store):
    desk = desk_with(odoo_page=10)
    desk.pull()
    began = reads(odoo)

    def add_by_a_hint(call):
        if reads(odoo) == began + 3 and call.model_method == "search_read" and "HINT1" not in people(store):
            new = odoo.add_employee(NewEmployee("Hinted", barcode="HINT1"))
            with store.write() as unit:
                unit.people.add("HINT1", "Hinted", connection_id=1, odoo_id=new)

    odoo.hooks.after.append(add_by_a_hint)
    result = desk.pull(full=True)
    assert (result["deactivated"], result["gone"]) == (0, [])
    assert people(store)["HINT1"].active


def test_a_renamed_department_or_job_arrives_with_a_full_pull(desk, odoo, store):
    desk.pull()
    odoo.change("hr.department", 3, name="Sales and Service")
    odoo.change("hr.job", 2, name="Account Manager")
    assert desk.pull()["updated"] == 0, "Odoo does not move the employees' write_date"
    assert desk.pull(full=True)["updated"] > 0
    first = people(store)["EMP001"]
    assert (first.department, first.position) == ("Sales and Service", "Account Manager")


def test_a_change_of_an_employees_version_arrives_with_a_full_pull(desk, store):
    with OdooSimulator(version=19) as odoo:
        desk.save_config(**credentials(odoo))
        desk.pull()
        odoo.run_as("admin", "hr.version", "write", [2], {"department_id": 2})
        assert desk.pull()["updated"] == 0, "Odoo does not move the employee's write_date"
        assert desk.pull(full=True)["updated"] == 1
        assert people(store)["EMP001"].department == "Engineering"


def test_a_dry_run_of_a_sweep_says_who_would_go(desk, odoo, store):
    desk.pull()
    delete(odoo, 2)
    result = desk.pull(full=True, dry_run=True)
    assert (result["deactivated"], result["total"]) == (1, 29)
    assert "would be deactivated" in result["warnings"][0]
    assert people(store)["EMP001"].active
