"""Employees become people: all of them, as Odoo has them, and the same people ever after."""

from __future__ import annotations

import pytest

from backend.odoo.errors import OdooMissingRights
from backend.odoo_simulator import NewEmployee
from tests.odoo.stories import credentials, numbers, people


def test_the_29_employees_of_the_reference_company(desk, odoo, store):
    result = desk.pull()
    assert result["message"] == "Synced 29 employees from Odoo"
    assert (result["success"], result["errors"]) == (True, [])
    assert numbers(result) == {"added": 29, "updated": 0, "unchanged": 0, "deactivated": 0, "total": 29}
    here = people(store)
    assert set(here) == {*(f"EMP{number:03}" for number in range(1, 26)), "EMP900", "EMP901", "ODOO_1",
                         "ODOO_28"}
    first = here["EMP001"]
    assert (first.name, first.email, first.department, first.position, first.phone) == (
        "Aïcha Benali", "emp001@example.com", "Sales", "Sales Rep", "+1 555 0201")
    assert (first.odoo_id, first.connection_id, first.active) == (2, 1, True)
    assert first.metadata == {"odoo_id": 2, "employee_type": "employee", "company_id": 1,
                              "company": "My Company", "tz": "UTC"}
    assert here["EMP002"].phone == "+1 555 0102", "the work phone where there is no mobile"
    assert not here["EMP900"].active
    assert {name for name, person in here.items() if not person.active} == {"EMP900"}
    empty = here["EMP901"]
    assert (empty.email, empty.department, empty.position, empty.phone) == (None, None, None, None)
    assert [here[name].name for name in ("EMP011", "EMP013", "EMP017", "EMP025")] == [
        "Liam <Lee> & Sons", "Mei 陈", "Nadia العربي", 'Yusuf "Joe" Demir']


def test_the_second_pull_changes_nothing(desk, odoo, store):
    desk.pull()
    before = people(store)
    assert numbers(desk.pull()) == {
        "added": 0, "updated": 0, "unchanged": 29, "deactivated": 0, "total": 29}
    assert people(store) == before


def test_pages_and_a_limit(desk_with, odoo):
    desk = desk_with(odoo_page=10)
    assert desk.pull(limit=12)["total"] == 12
    assert numbers(desk.pull()) == {"added": 17, "updated": 0, "unchanged": 12, "deactivated": 0, "total": 29}
    limits = [call.kwargs["limit"] for call in odoo.calls
              if (call.model, call.model_method) == ("hr.employee", "search_read")]
    assert limits == [10, 2, 10, 10, 10]


def test_what_changed_in_odoo_changes_here(desk, odoo, store):
    desk.pull()
    odoo.change("hr.employee", 2, name="Aïcha Benali-Roux", work_email="aicha@example.com")
    odoo.change("hr.employee", 3, active=False)
    odoo.change("hr.employee", 27, active=True)
    result = desk.pull()
    assert numbers(result) == {"added": 0, "updated": 2, "unchanged": 26, "deactivated": 1, "total": 29}
    here = people(store)
    assert (here["EMP001"].name, here["EMP001"].email) == ("Aïcha Benali-Roux", "aicha@example.com")
    assert (here["EMP002"].active, here["EMP900"].active) == (False, True)


def test_a_person_who_is_here_already_is_linked_by_badge_never_by_name(desk, odoo, store):
    with store.write() as unit:
        badge = unit.people.add("EMP001", "A. Benali", metadata={"locker": 12})
        name = unit.people.add("K-17", "Bruno Keller")
    assert numbers(desk.pull())["added"] == 28
    here = people(store)
    assert here["EMP001"].uuid == badge.uuid
    assert (here["EMP001"].name, here["EMP001"].odoo_id) == ("Aïcha Benali", 2)
    assert here["EMP001"].metadata["locker"] == 12
    assert here["K-17"].uuid == name.uuid and here["K-17"].odoo_id is None
    assert here["EMP002"].name == "Bruno Keller"


def test_a_new_badge_keeps_the_person_and_the_old_one_still_answers(desk, odoo, store):
    desk.pull()
    before = people(store)["EMP001"]
    odoo.change("hr.employee", 2, barcode="NEW77")
    assert numbers(desk.pull())["updated"] == 1
    assert people(store)["NEW77"].uuid == before.uuid
    with store.read() as unit:
        assert unit.people.by_person_id("EMP001").uuid == before.uuid


def test_two_who_swap_their_badges_stay_themselves(desk, odoo, store):
    desk.pull()
    before = people(store)
    odoo.change("hr.employee", 2, barcode="EMP002")
    odoo.change("hr.employee", 3, barcode="EMP001")
    assert numbers(desk.pull())["updated"] == 2
    after = people(store)
    assert after["EMP001"].uuid == before["EMP002"].uuid
    assert after["EMP002"].uuid == before["EMP001"].uuid


def test_a_badge_handed_on_leaves_the_former_holder_without_it(desk, odoo, store):
    desk.pull()
    before = people(store)
    odoo.change("hr.employee", 2, barcode=None)
    odoo.change("hr.employee", 3, barcode="EMP001")
    desk.pull()
    after = people(store)
    assert after["ODOO_2"].uuid == before["EMP001"].uuid
    assert after["EMP001"].uuid == before["EMP002"].uuid


def test_an_employee_deleted_and_made_anew_is_the_same_person(desk, odoo, store):
    desk.pull()
    before = people(store)["EMP001"]
    odoo.run_as("admin", "hr.employee", "unlink", [2])
    new = odoo.add_employee(NewEmployee("Aïcha Benali", barcode="EMP001"))
    desk.pull()
    after = people(store)["EMP001"]
    assert (after.uuid, after.odoo_id) == (before.uuid, new)


def test_the_badge_of_a_deleted_employee_given_to_another_name_is_another_person(desk, odoo, store):
    desk.pull()
    before = people(store)["EMP001"]
    odoo.run_as("admin", "hr.employee", "unlink", [2])
    odoo.add_employee(NewEmployee("Somebody Else", barcode="EMP001"))
    desk.pull()
    after = people(store)
    assert after["EMP001"].name == "Somebody Else"
    assert after["EMP001"].uuid != before.uuid
    assert after["ODOO_2"].uuid == before.uuid


def test_a_badge_that_somebody_local_has_is_reported(desk, odoo, store):
    desk.pull()
    with store.write() as unit:
        local = unit.people.add("LOCAL1", "Local Lou")
    odoo.change("hr.employee", 2, barcode="LOCAL1")
    result = desk.pull()
    assert "Local Lou" in result["errors"][0]
    assert people(store)["LOCAL1"].uuid == local.uuid
    assert people(store)["EMP001"].odoo_id == 2


def test_who_was_erased_does_not_come_back(desk, odoo, store):
    desk.pull()
    with store.write() as unit:
        unit.people.erase(unit.people.by_person_id("EMP001").uuid, keep_rows=False)
    for result in (desk.pull(full=True), desk.pull()):
        assert (result["total"], result["success"]) == (28, True)
    assert desk.pull(full=True)["erased"] == 1
    assert "EMP001" not in people(store)


def test_a_dry_run_counts_and_changes_nothing(desk, odoo, store):
    result = desk.pull(dry_run=True)
    assert (result["message"], result["added"]) == ("Would sync 29 employees from Odoo", 29)
    assert people(store) == {}


def test_a_user_without_hr_rights_is_told_which_rights_it_needs(desk, odoo):
    with pytest.raises(OdooMissingRights, match="Employees / Officer"):
        desk.pull(credentials(odoo, username="plain", password="plain"))


def test_a_right_that_was_given_again_is_seen_at_once(connector, odoo):
    """What a user may see is remembered for a quarter of an hour, in each process."""
    odoo.revoke()
    assert "barcode" not in connector.fields.of("hr.employee")
    odoo.restore()
    assert len(connector.pull_employees()) == 29
    odoo.revoke()
    assert connector.test_connection()["code"] == "odoo_missing_rights"
    odoo.restore()
    assert connector.test_connection()["success"]
