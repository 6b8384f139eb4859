"""Companies inside one database: which of them the bridge is about."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backend.attendance_system import AttendanceSystem
from backend.errors import BadInput
from backend.odoo.errors import OdooForbidden, OdooMissingRights
from backend.odoo_simulator import NewEmployee
from tests.odoo.stories import credentials, held, numbers, people


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.fixture(autouse=True)
def two_companies(odoo):
    """Three people of the other company, which the bridge user sees, too."""
    odoo.change("res.users", odoo.uid("bridge"), company_ids=[1, 2])
    return [odoo.add_employee(NewEmployee(f"Other {number}", f"OTHER{number}", company=2)) for number in range(3)]


def test_without_a_setting_everybody_whom_the_user_sees_comes(desk, odoo, store):
    assert desk.pull()["total"] == 32
    other = people(store)["OTHER1"]
    assert (other.metadata["company_id"], other.metadata["company"]) == (2, "Other Company")


def test_only_the_companies_named_are_read(desk_with, odoo, store):
    desk = desk_with(odoo_companies=(1,))
    assert desk.pull()["total"] == 29
    odoo.change("hr.employee", 30, name="Changed")
    assert numbers(desk.pull())["total"] == 29
    assert not [name for name in people(store) if name.startswith("OTHER")]
    contexts = [call.kwargs["context"] for call in odoo.calls if call.model_method == "search_read"]
    assert all(one["allowed_company_ids"] == [1] for one in contexts)


def test_attendance_goes_out_under_the_same_companies(desk_with, odoo, diary):
    desk = desk_with(odoo_companies=(1,))
    desk.pull()
    diary("EMP001").enter("08:00", "16:00")
    desk.push(date(2026, 3, 2), date(2026, 3, 2))
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:00")]
    loads = [call for call in odoo.calls if call.model_method == "load"]
    assert all(call.kwargs["context"] == {"allowed_company_ids": [1], "tz": "UTC"} for call in loads)


def test_people_of_companies_that_are_left_out_are_reported_and_stay(desk_with, odoo, store):
    desk_with().pull()
    desk = desk_with(odoo_companies=(1,))
    result = desk.pull()
    assert result["full"], "other companies are another reading of everybody"
    assert (result["deactivated"], result["total"], result["gone"]) == (0, 29, [])
    (warning,) = result["warnings"]
    assert "3 people" in warning and "ODOO_COMPANIES" in warning and "Other 0 (OTHER0)" in warning
    assert people(store)["OTHER0"].active
    assert numbers(desk.pull())["total"] == 29


def test_who_moved_to_such_a_company_is_told_from_who_was_deleted(desk_with, odoo, store):
    desk = desk_with(odoo_companies=(1,))
    desk.pull()
    odoo.change("hr.employee", 2, company_id=2)
    odoo.run_as("admin", "hr.employee", "unlink", [3])
    result = desk.pull(full=True)
    assert [one["person_id"] for one in result["gone"]] == ["EMP002"]
    assert "Aïcha Benali (EMP001)" in " ".join(result["warnings"])
    here = people(store)
    assert (here["EMP001"].active, here["EMP002"].active) == (True, False)
    assert here["EMP001"].metadata["company"] == "Other Company"
    assert desk.read_back([2], [])["deactivated"] == 0 and people(store)["EMP001"].active


def test_a_badge_worn_in_a_company_that_is_left_out_is_seen(desk_with, odoo, store):
    desk = desk_with(odoo_companies=(1,))
    desk_with().pull()
    odoo.change("hr.employee", 2, barcode="OTHER0")
    result = desk.pull()
    assert "OTHER0" in result["errors"][0] and people(store)["OTHER0"].name == "Other 0"


def test_a_company_that_the_user_lacks_is_refused_by_odoo(desk_with, odoo):
    odoo.change("res.users", odoo.uid("bridge"), company_ids=[1])
    with pytest.raises(OdooForbidden):
        desk_with(odoo_companies=(1, 2)).pull()


def test_a_test_of_the_connection_says_so(desk_with, odoo):
    desk = desk_with(odoo_companies=(1, 2))
    assert desk.test()["success"]
    odoo.change("res.users", odoo.uid("bridge"), company_ids=[1])
    with pytest.raises(OdooMissingRights, match="companies 1, 2 are chosen"):
        desk.test()


def test_no_row_is_blamed_for_it(desk_with, odoo, diary, clock):
    desk = desk_with(odoo_companies=(1, 2))
    desk.pull()
    odoo.change("res.users", odoo.uid("bridge"), company_ids=[1])
    diary("EMP001").enter("08:00", "16:00")
    for _ in range(4):
        assert desk.deliver()["code"] == "odoo_missing_rights"
        clock.now += timedelta(minutes=10)
    assert desk.problems() == []
    odoo.change("res.users", odoo.uid("bridge"), company_ids=[1, 2])
    clock.now += timedelta(minutes=10)
    assert desk.deliver()["pushed"] == 1


def test_a_named_connection_keeps_companies_of_its_own(parts, odoo, store):
    system = AttendanceSystem(parts=parts)
    system.connections.add("south", by="test", companies=[2], **credentials(odoo))
    south = system.odoo_of("south")
    assert south.config()["config"]["companies"] == [2]
    assert south.pull()["total"] == 3 and set(people(store)) == {"OTHER0", "OTHER1", "OTHER2"}
    south.save_config(transport="xmlrpc", password="***********")
    assert south.config()["config"]["companies"] == [2], "what is not given stays"
    south.save_config(companies=[])
    assert south.pull()["total"] == 32


def test_companies_that_were_saved_stand_behind_the_setting(desk_with, odoo):
    desk = desk_with()
    desk.save_config(companies=[2, 2])
    assert desk.get_odoo_config()["companies"] == (2,)
    assert desk_with(odoo_companies=(1,)).get_odoo_config()["companies"] == (1,)


@pytest.mark.parametrize("companies", ["2", [0], [True], ["2"], [2.0]])
def test_what_is_no_company_is_refused_and_nothing_is_saved(desk, companies):
    with pytest.raises(BadInput, match="numbers that Odoo has"):
        desk.save_config(db="elsewhere", companies=companies)
    assert desk.config()["config"]["db"] == "o18" and "companies" not in desk.config()["config"]
