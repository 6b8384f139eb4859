"""Employees as a pull meets them: what is read, what is hidden, and what moves write_date."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from backend.odoo_simulator import NewEmployee, OdooSimulator


def stamps(odoo: OdooSimulator) -> dict[int, Any]:
    return {row["id"]: row["write_date"] for row in odoo.rows("hr.employee")}


def moved(odoo: OdooSimulator, clock: Any, act: Any) -> set[int]:
    """The employees whose write_date moves when `act` is done."""
    before = stamps(odoo)
    clock.move(minutes=1)
    act()
    return {key for key, at in stamps(odoo).items() if at != before.get(key)}


def test_empty_is_false_for_every_kind_of_field(bridge: Any) -> None:
    names = ["pin", "work_phone", "department_id", "job_title", "birthday", "hours_today"]
    assert bridge("hr.employee", "read", [29], names) == [
        {"id": 29, "pin": False, "work_phone": False, "department_id": False, "job_title": False, "birthday": False,
         "hours_today": 0.0}]


def test_archived_people_are_hidden_from_searches_but_not_from_read(bridge: Any) -> None:
    assert 27 not in bridge("hr.employee", "search", [])
    assert 27 in bridge("hr.employee", "search", [], context={"active_test": False})
    assert bridge("hr.employee", "search", [["active", "=", False]]) == [27]
    assert bridge("hr.employee", "read", [27, 999999], ["name"]) == [{"id": 27, "name": "Archived Person"}]


def test_pages_by_id_and_past_the_end(bridge: Any) -> None:
    keys = bridge("hr.employee", "search", [["id", ">", 20]], order="id asc", limit=3)
    assert keys == [21, 22, 23]
    assert bridge("hr.employee", "search", [], offset=500) == []


def test_names_are_ordered_by_code_point(bridge: Any) -> None:
    last = bridge("hr.employee", "search_read", [], ["name"])[-1]
    assert last["name"] == "Élodie Dubois"


def test_a_many2one_comes_with_its_name_or_bare(bridge: Any) -> None:
    assert bridge("hr.employee", "read", [3], ["department_id"])[0]["department_id"] == [4, "Human Resources"]
    assert bridge("hr.employee", "read", [3], ["department_id"], load="_")[0]["department_id"] == 4


def test_all_fields_come_when_none_are_named_pictures_too(bridge: Any) -> None:
    row = bridge("hr.employee", "read", [3])[0]
    assert {"barcode", "avatar_1920", "image_128"} <= set(row)
    assert ("gender" in row, "sex" in row) == ((True, False) if bridge.odoo.version == 18 else (False, True))


@pytest.mark.parametrize("domain, found", [
    ([["barcode", "=", "EMP002"]], [3]), ([["barcode", "=", "emp002"]], []),
    ([["barcode", "in", ["EMP002", "EMP003"]]], [3, 4]), ([["barcode", "=", False]], [1, 28]),
    ([["name", "ilike", "CHLO"]], [4]), ([["name", "=like", "Chlo%"]], [4]),
    (["|", ["id", "=", 3], ["id", "=", 4]], [3, 4]), (["&", "!", ["id", "=", 3], ["id", "<", 5], ["id", ">", 2]], [4]),
    ([["department_id", "=", "Human Resources"], ["id", "<", 8]], [3, 7]),
    ([["department_id.name", "=", "Human Resources"], ["id", "<", 8]], [3, 7]),
    ([["department_id", "=", False]], [28, 29]), ([["id", "not in", list(range(1, 29))]], [29]),
])
def test_domains(bridge: Any, domain: list[Any], found: list[int]) -> None:
    assert bridge("hr.employee", "search", domain, order="id") == found


def test_a_domain_on_attendance_state_is_ignored_by_18_and_refused_by_19(bridge: Any) -> None:
    domain = [["attendance_state", "=", "checked_in"]]
    if bridge.odoo.version == 18:
        assert bridge("hr.employee", "search_count", domain) == 28
    else:
        fault = bridge.fault("hr.employee", "search", domain)
        assert fault.faultString.splitlines()[-1] == (
            "ValueError: Cannot convert hr.employee.attendance_state to SQL because it is not stored")


def test_later_than_a_shown_write_date_finds_the_row_again_in_18_and_loses_it_in_19(bridge: Any, clock: Any) -> None:
    clock.now = clock.now.replace(microsecond=400_000)
    bridge("hr.employee", "write", [3], {})
    shown = bridge("hr.employee", "read", [3], ["write_date"])[0]["write_date"]
    later = bridge("hr.employee", "search", [["write_date", ">", shown]])
    assert later == ([3] if bridge.odoo.version == 18 else [])
    for form in (shown, shown.replace(" ", "T")):
        assert bridge("hr.employee", "search", [["write_date", ">=", form]]) == [3]
    assert bridge("hr.employee", "search_count", [["write_date", ">=", shown[:10]]]) >= 1


def test_an_offset_in_a_bound_passes_in_18_and_is_refused_by_19(bridge: Any) -> None:
    domain = [["write_date", ">=", "2020-01-01 00:00:00+00:00"]]
    if bridge.odoo.version == 18:
        assert bridge("hr.employee", "search_count", domain) == 28
    else:
        assert bridge.fault("hr.employee", "search_count", domain).faultCode == 1
        assert bridge("hr.employee", "search_count", [["write_date", ">=", "now -1d"]]) == 28


def test_what_moves_an_employees_write_date(bridge: Any, clock: Any, odoo: Any) -> None:
    def write(*ids: int, **vals: Any) -> Any:
        return lambda: bridge("hr.employee", "write", list(ids), vals)

    assert moved(odoo, clock, write(3)) == {3}
    assert moved(odoo, clock, write(3, name="Bruno Keller")) == {3}
    assert moved(odoo, clock, write(3, active=False)) == {3}
    assert moved(odoo, clock, lambda: bridge("hr.department", "write", [4], {"name": "People"})) == set()


def test_a_push_that_changes_the_last_attendance_moves_it_and_an_older_one_does_not(
        bridge: Any, clock: Any, odoo: Any) -> None:
    def attend(day: str) -> Any:
        return lambda: bridge.attend(employee_id=3, check_in=f"{day} 08:00:00", check_out=f"{day} 09:00:00")

    assert moved(odoo, clock, attend("2026-02-20")) == {3}
    assert moved(odoo, clock, attend("2026-02-19")) == set()
    newest = odoo.attendances()[0]["id"]
    assert moved(odoo, clock, lambda: bridge("hr.attendance", "unlink", [newest])) == {3}


def test_who_is_in_can_be_read(bridge: Any) -> None:
    bridge.attend(employee_id=3, check_in="2026-03-02 07:00:00")
    rows = bridge("hr.employee", "read", [3, 4], ["attendance_state", "last_check_in", "hours_today"])
    assert [row["attendance_state"] for row in rows] == ["checked_in", "checked_out"]
    assert (rows[0]["last_check_in"], rows[0]["hours_today"]) == ("2026-03-02 07:00:00", 1.0)


@pytest.mark.parametrize("vals, said", [
    ({"barcode": "EMP003"}, "The operation cannot be completed: The Badge ID must be unique, "
                            "this one is already assigned to another employee."),
    ({"barcode": "EMP900"}, "The operation cannot be completed: The Badge ID must be unique, "
                            "this one is already assigned to another employee."),
    ({"barcode": "ÉMP"}, "The Badge ID must be alphanumeric without any accents and no longer than 18 characters."),
    ({"barcode": "A" * 19}, "The Badge ID must be alphanumeric without any accents and no longer than 18 characters."),
    ({"pin": "12a"}, "The PIN must be a sequence of digits."),
])
def test_badges_and_pins_have_rules(bridge: Any, vals: dict[str, str], said: str) -> None:
    fault = bridge.fault("hr.employee", "write", [3], vals)
    assert (fault.faultCode, fault.faultString) == (2, said)


def test_other_companies_people_are_invisible_until_the_user_gets_the_company(bridge: Any, odoo: Any) -> None:
    other = odoo.add_employee(NewEmployee("Elsewhere", "ELSE1", company=2))
    assert bridge("hr.employee", "search_count", [["id", "=", other]]) == 0
    assert bridge.fault("hr.employee", "read", [other], ["name"]).faultCode == 4
    assert bridge.fault("hr.attendance", "create", {"employee_id": other}).faultCode == 4
    odoo.change("res.users", bridge.uid, company_ids=[1, 2])
    assert bridge("hr.employee", "search_count", [["id", "=", other]]) == 1
    narrowed = {"allowed_company_ids": [1]}
    assert bridge("hr.employee", "search_count", [["id", "=", other]], context=narrowed) == 0


def test_without_hr_rights_the_public_profile_is_served(user: Any) -> None:
    plain, timekeeper = user("plain"), user("timekeeper")
    for one in (plain, timekeeper):
        assert one("hr.employee", "read", [3], ["name"]) == [{"id": 3, "name": "Bruno Keller"}]
        assert "barcode" not in one("hr.employee", "fields_get", [], ["type"])
        assert one.fault("hr.employee", "read", [3], ["barcode"]).faultCode == 4
    assert plain("hr.employee.public", "search_count", []) == 28
    assert plain.fault("hr.employee", "write", [3], {"name": "X"}).faultCode == 4


def test_rights_are_taken_away_and_given_back(odoo: Any, bridge: Any) -> None:
    odoo.revoke()
    assert bridge.fault("hr.attendance", "create", {"employee_id": 3}).faultCode == 4
    assert "barcode" not in bridge("hr.employee", "fields_get", ["barcode", "name"])
    odoo.restore()
    assert bridge.attend(employee_id=3) > 0
    odoo.revoke("bridge", ["hr.group_hr_user"])
    assert "barcode" not in bridge("hr.employee", "fields_get", ["barcode", "name"])
    assert bridge("hr.attendance", "has_access", [], "create") is True


def test_a_photo_is_there_when_set_and_an_avatar_always(odoo: Any, bridge: Any) -> None:
    names = ["image_1920", "image_128", "avatar_128"]
    plain = bridge("hr.employee", "read", [3], names)[0]
    assert (plain["image_1920"], plain["image_128"]) == (False, False)
    assert base64.b64decode(plain["avatar_128"]).startswith(b"<?xml")
    odoo.set_photo(3, b"a picture")
    seen = bridge("hr.employee", "read", [3], names)[0]
    assert {base64.b64decode(seen[name]) for name in names} == {b"a picture"}
    other = odoo.add_employee(NewEmployee("Photo", photo=b"hers", pin="77", mobile_phone="+1"))
    assert bridge("hr.employee", "read", [other], ["image_1920", "pin", "mobile_phone"]) == [
        {"id": other, "image_1920": base64.b64encode(b"hers").decode(), "pin": "77", "mobile_phone": "+1"}]


def test_what_else_moves_employees_and_what_changes_them_unseen(bridge: Any, clock: Any, odoo: Any) -> None:
    def write(model: str, key: int, **vals: Any) -> Any:
        return lambda: odoo.run_as("admin", model, "write", [key], vals)

    odoo.change("hr.employee", 3, bump=False, user_id=2)
    assert moved(odoo, clock, write("res.users", 2, tz="Asia/Tokyo")) == {3}
    assert moved(odoo, clock, write("res.users", 2, lang="fr_FR")) == set()
    of_hr = {row["id"] for row in odoo.rows("hr.employee") if row["department_id"] == 4}
    assert moved(odoo, clock, write("hr.department", 4, manager_id=2)) == of_hr
    assert bridge("hr.employee", "read", [3], ["parent_id"])[0]["parent_id"][0] == 2
    assert moved(odoo, clock, write("hr.job", 3, name="People Partner")) == set()
    title = bridge("hr.employee", "read", [3], ["job_title"])[0]["job_title"]
    assert title == ("HR Specialist" if odoo.version == 18 else "People Partner")


def test_19_keeps_department_and_job_in_a_version_whose_change_no_write_date_tells(
        bridge: Any, clock: Any, odoo: Any) -> None:
    if odoo.version == 18:
        assert bridge.fault("hr.version", "search", []).faultCode == 2
        return
    version = bridge("hr.employee", "read", [3], ["version_id"], load="_")[0]["version_id"]
    assert bridge("hr.version", "search", [["employee_id", "=", 3]]) == [version]
    vals = {"department_id": 2, "job_title": "Engineer of Trust"}
    assert moved(odoo, clock, lambda: bridge("hr.version", "write", [version], vals)) == set()
    assert bridge("hr.employee", "read", [3], ["department_id", "job_title"]) == [
        {"id": 3, "department_id": [2, "Engineering"], "job_title": "Engineer of Trust"}]


def test_rights_can_be_asked_for(user: Any) -> None:
    for login, may in (("bridge", True), ("timekeeper", True), ("plain", False), ("acct", False)):
        one = user(login)
        assert one("hr.attendance", "has_access", [], "create") is may
        assert one("hr.attendance", "check_access_rights", "create", raise_exception=False) is may


def test_a_server_can_be_filled_with_people_of_ones_own(clock: Any) -> None:
    people = [{"person_id": "EMP001", "name": "Grace Hopper", "department": "Engineering", "email": "g@example.com"}]
    odoo = OdooSimulator.with_people(people, version=19, clock=clock)
    assert [(row["name"], row["barcode"]) for row in odoo.rows("hr.employee")] == [
        ("Administrator", None), ("Grace Hopper", "EMP001")]
    assert odoo.run_as("bridge", "hr.employee", "search_read", [["barcode", "=", "EMP001"]],
                       ["department_id"])[0]["department_id"] == [2, "Engineering"]
