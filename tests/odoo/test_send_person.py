"""A person of ours becomes an employee of Odoo, or is found to be one."""

from __future__ import annotations

import pytest

from backend.errors import BadInput
from backend.odoo import employees
from backend.odoo.errors import OdooBadBadge, OdooBadgeTaken
from backend.store.errors import PersonExists, PersonNotFound
from tests.odoo.stories import held, people


@pytest.fixture
def odoo(odoo18):
    return odoo18


def add(store, person_id, name="Łukasz Żółć", **more):
    with store.write() as unit:
        return unit.people.add(person_id, name, **more)


def employee(odoo, number):
    return next(row for row in odoo.rows("hr.employee") if row["id"] == number)


def writes(odoo):
    return [call.model_method for call in odoo.calls
            if call.model == "hr.employee" and call.model_method in ("create", "write")]


def test_a_new_employee_has_department_and_job_where_odoo_has_them(desk, odoo, store):
    add(store, "NEW42", email="l@example.com", department="Sales", position="Picker", phone="+48 1")
    result = desk.send_person("NEW42")
    assert (result["created"], result["notes"]) == (True, [])
    row = employee(odoo, result["employee_id"])
    assert (row["name"], row["barcode"], row["work_email"], row["mobile_phone"]) == (
        "Łukasz Żółć", "NEW42", "l@example.com", "+48 1")
    assert (row["department_id"], row["job_id"], row["job_title"]) == (3, 4, "Picker")
    assert people(store)["NEW42"].odoo_id == result["employee_id"]
    assert desk.pull()["errors"] == [] and desk.send_person("NEW42")["changed"] == []


def test_a_department_below_another_is_found_by_how_it_is_shown(desk, odoo, store):
    odoo.change("hr.department", 2, parent_id=3)
    add(store, "NEW42", department="Sales / Engineering")
    assert employee(odoo, desk.send_person("NEW42")["employee_id"])["department_id"] == 2


def test_what_odoo_does_not_have_is_noted_and_not_made(desk, odoo, store):
    add(store, "NEW42", department="Space Flight", position="Astronaut")
    result = desk.send_person("NEW42")
    assert len(result["notes"]) == 2 and "Space Flight" in result["notes"][0] and "Astronaut" in result["notes"][1]
    row = employee(odoo, result["employee_id"])
    assert (row.get("department_id"), row.get("job_id"), row["job_title"]) == (None, None, "Astronaut")
    assert "Space Flight" not in [one["name"] for one in odoo.rows("hr.department")]


def test_an_employee_with_the_badge_is_updated_and_linked_and_nothing_is_emptied(desk, odoo, store):
    add(store, "EMP001", "Aïcha Benali-Roux")
    result = desk.send_person("EMP001")
    assert (result["created"], result["employee_id"], result["changed"]) == (False, 2, ["name"])
    assert employee(odoo, 2)["work_email"] == "emp001@example.com"
    assert people(store)["EMP001"].odoo_id == 2


def test_a_phone_at_work_is_left_where_it_is(desk, odoo, store):
    odoo.change("hr.employee", 2, mobile_phone=False, work_phone="+1 555 0101")
    desk.pull()
    assert desk.send_person("EMP001")["changed"] == []
    assert (employee(odoo, 2)["mobile_phone"], employee(odoo, 2)["work_phone"]) == (False, "+1 555 0101")
    with store.write() as unit:
        unit.people.change(people(store)["EMP001"].uuid, phone="+1 555 0199")
    assert desk.send_person("EMP001")["changed"] == ["mobile_phone"]


def test_a_job_title_of_somebodys_own_is_left_beside_the_job(desk, odoo, store):
    odoo.change("hr.employee", 2, job_id=4, job_title="Senior Rep, EMEA")
    desk.pull()
    assert people(store)["EMP001"].position == "Picker"
    result = desk.send_person("EMP001")
    assert (result["changed"], result["notes"]) == ([], [])
    assert employee(odoo, 2)["job_title"] == "Senior Rep, EMEA"


def test_another_position_changes_job_and_title(desk, odoo, store):
    odoo.change("hr.employee", 2, job_id=4, job_title="Senior Rep, EMEA")
    desk.pull()
    with store.write() as unit:
        unit.people.change(people(store)["EMP001"].uuid, position="HR Specialist")
    assert desk.send_person("EMP001")["changed"] == ["job_id", "job_title"]
    assert (employee(odoo, 2)["job_id"], employee(odoo, 2)["job_title"]) == (3, "HR Specialist")


def test_who_is_in_the_second_of_two_of_one_name_stays_there(desk, odoo, store):
    job = odoo.run_as("admin", "hr.job", "create", {"name": "Picker"})
    department = odoo.run_as("admin", "hr.department", "create", {"name": "Sales"})
    odoo.change("hr.employee", 2, job_id=job, job_title="Picker", department_id=department)
    desk.pull()
    result = desk.send_person("EMP001")
    assert (result["changed"], result["notes"]) == ([], [])
    assert (employee(odoo, 2)["job_id"], employee(odoo, 2)["department_id"]) == (job, department)


def test_who_is_in_a_department_below_another_stays_there_if_only_its_own_name_is_told(desk, odoo, store):
    """Another one of the name comes first in Odoo."""
    first = odoo.run_as("admin", "hr.department", "create", {"name": "Export", "parent_id": 2})
    second = odoo.run_as("admin", "hr.department", "create", {"name": "Export", "parent_id": 3})
    odoo.change("hr.employee", 2, department_id=second)
    add(store, "EMP001", "Aïcha Benali", department="Export")
    result = desk.send_person("EMP001")
    assert (result["changed"], result["notes"]) == ([], []) and first < second
    assert employee(odoo, 2)["department_id"] == second


def test_the_first_of_several_of_one_name_is_taken_and_that_is_said(desk, odoo, store):
    odoo.run_as("admin", "hr.job", "create", {"name": "Picker"})
    odoo.run_as("admin", "hr.department", "create", {"name": "Sales"})
    add(store, "NEW42", department="Sales", position="Picker")
    result = desk.send_person("NEW42")
    assert len(result["notes"]) == 2 and "several" in result["notes"][0] and "several" in result["notes"][1]
    row = employee(odoo, result["employee_id"])
    assert (row["department_id"], row["job_id"]) == (3, 4)


def test_an_archived_employee_stays_archived_and_that_is_said(desk, odoo, store):
    add(store, "EMP900", "Archived Person")
    result = desk.send_person("EMP900")
    assert (result["employee_id"], result["changed"]) == (27, [])
    assert "archived" in result["notes"][0] and not employee(odoo, 27)["active"]


def test_an_inactive_person_becomes_an_archived_employee(desk, odoo, store):
    add(store, "NEW42", active=False)
    assert employee(odoo, desk.send_person("NEW42")["employee_id"])["active"] is False


@pytest.mark.parametrize("person_id", ["K-17", "Zażółć", "A" * 19, "two words"])
def test_an_id_that_is_no_badge_for_odoo_is_refused_before_anything_is_sent(desk, odoo, store, person_id):
    add(store, person_id)
    with pytest.raises(OdooBadBadge, match="18 letters and digits") as refused:
        desk.send_person(person_id)
    assert (refused.value.status, refused.value.code) == (422, "odoo_bad_badge")
    assert writes(odoo) == []


def test_a_badge_beside_the_id_goes_out_in_its_place(desk, odoo, store):
    add(store, "K-17", badge="K17")
    assert employee(odoo, desk.send_person("K-17")["employee_id"])["barcode"] == "K17"


def test_a_badge_that_another_employee_has_is_refused(desk, odoo, store):
    desk.pull()
    with store.write() as unit:
        unit.people.change(people(store)["EMP001"].uuid, badge="EMP900")
    with pytest.raises(OdooBadgeTaken, match="Archived Person"):
        desk.send_person("EMP001")
    assert writes(odoo) == []


def test_somebody_elses_employee_is_not_written_over(desk, odoo, store):
    desk.pull()
    add(store, "LOCAL1", "Local Lou", badge="EMP001")
    with pytest.raises(PersonExists, match="Aïcha Benali"):
        desk.send_person("LOCAL1")
    assert writes(odoo) == [] and employee(odoo, 2)["name"] == "Aïcha Benali"


def test_an_employee_who_was_deleted_is_made_anew(desk, odoo, store):
    desk.pull()
    odoo.run_as("admin", "hr.employee", "unlink", [2])
    result = desk.send_person("EMP001")
    assert result["created"] and people(store)["EMP001"].odoo_id == result["employee_id"]
    assert desk.send_person("EMP001")["changed"] == []


def test_an_employee_who_is_deleted_while_being_looked_up_is_made_anew(desk, connector, odoo, store, monkeypatch):
    desk.pull()
    find = employees.find

    def found_and_deleted(*args):
        found = find(*args)
        odoo.run_as("admin", "hr.employee", "unlink", [2])
        return found

    monkeypatch.setattr(employees, "find", found_and_deleted)
    result = connector.sync_employee_to_odoo(people(store)["EMP001"])
    assert result["created"] and employee(odoo, result["employee_id"])["barcode"] == "EMP001"


@pytest.mark.parametrize(("told", "missing"), [
    ({"name": "Nora"}, "person_id"), ({"person_id": "NEW42"}, "name"), ({"person_id": "EMP001", "name": " "}, "name"),
    ({"person_id": None, "name": None}, "person_id and name")])
def test_nobody_goes_out_without_id_or_name(connector, odoo, told, missing):
    with pytest.raises(BadInput, match=f"{missing} (is|are) missing"):
        connector.sync_employee_to_odoo(told)
    assert odoo.calls == []


def test_rows_that_waited_for_an_employee_go_out_by_themselves(desk, odoo, store, diary):
    desk.test()
    diary("NEW42").enter("08:00", "16:00")
    desk.send_person("NEW42")
    desk.deliver()
    assert held(odoo) == [("NEW42", "03-02 08:00", "03-02 16:00")]


def test_rows_of_somebody_whom_a_pull_links_go_out_by_themselves(desk, odoo, diary):
    diary("EMP001").enter("08:00", "16:00")
    desk.pull()
    desk.deliver()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:00")]


def test_nobody_of_that_id(desk):
    with pytest.raises(PersonNotFound):
        desk.send_person("NOBODY")
