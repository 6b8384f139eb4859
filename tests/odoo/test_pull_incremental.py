"""A pull reads what has changed since the last one, and misses nothing that a full one would see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.odoo.errors import OdooBusy, OdooMissingRights
from backend.odoo_simulator import NewEmployee, OdooSimulator, reading
from backend.odoo_simulator.hooks import Answer
from tests.odoo.stories import credentials, numbers, people, reads

NOTHING = {"added": 0, "updated": 0, "unchanged": 29, "deactivated": 0, "total": 29}


@pytest.fixture
def odoo(odoo18):
    return odoo18


def cursor(store):
    with store.read() as unit:
        return unit.connections.get().state.get("employees_cursor")


def test_only_who_has_changed_is_read_and_everybody_is_counted(desk, odoo, store):
    assert desk.pull()["read"] == 29
    odoo.change("hr.employee", 2, name="Aïcha Benali-Roux")
    odoo.change("hr.employee", 3, active=False)
    result = desk.pull()
    assert numbers(result) == {"added": 0, "updated": 1, "unchanged": 27, "deactivated": 1, "total": 29}
    assert (result["read"], result["full"], result["message"]) == (2, False, "Synced 29 employees from Odoo")
    assert (people(store)["EMP001"].name, people(store)["EMP002"].active) == ("Aïcha Benali-Roux", False)


def test_a_pull_of_what_has_changed_costs_one_call_for_people_and_one_for_their_rows(desk, odoo):
    desk.pull()
    odoo.change("hr.employee", 2, name="Aïcha Benali-Roux")
    before = len(odoo.calls)
    assert desk.pull()["read"] == 1
    assert [call.model for call in odoo.calls[before:]] == ["hr.employee", "hr.attendance"]


def test_a_change_that_was_saved_late_is_seen_because_the_pull_reaches_back(desk, odoo, store):
    desk.pull()
    odoo.change("hr.employee", 2, bump=False, name="Saved late", write_date=ago(minutes=9))
    odoo.change("hr.employee", 3, bump=False, name="Saved too late", write_date=ago(minutes=20))
    assert desk.pull()["updated"] == 1
    assert people(store)["EMP001"].name == "Saved late"
    assert desk.pull(full=True)["updated"] == 1
    assert people(store)["EMP002"].name == "Saved too late"


def test_how_far_it_reaches_back_is_a_setting(desk_with, odoo):
    desk = desk_with(odoo_pull_overlap=timedelta(minutes=30))
    desk.pull()
    odoo.change("hr.employee", 3, bump=False, name="Saved late", write_date=ago(minutes=20))
    assert desk.pull()["updated"] == 1


def ago(**length):
    """By Odoo's clock, as its database keeps it."""
    return (datetime.now(UTC) - timedelta(**length)).replace(tzinfo=None)


def test_what_changed_while_the_pages_were_read_is_seen_next_time(desk_with, odoo, store):
    desk = desk_with(odoo_page=10, odoo_pull_overlap=timedelta(0))

    def change_somebody_on_the_first_page(call):
        if call.model_method == "search_read" and call.kwargs["limit"] == 10 and reads(odoo) == 3:
            odoo.change("hr.employee", 2, name="Changed behind our back")

    odoo.hooks.before.append(change_somebody_on_the_first_page)
    desk.pull()
    assert people(store)["EMP001"].name == "Aïcha Benali"
    odoo.hooks.before.clear()
    desk.pull()
    assert people(store)["EMP001"].name == "Changed behind our back"


def test_a_company_that_was_imported_in_one_go_is_not_read_again_each_time(desk, store):
    crowd = [NewEmployee(f"Person {number}", f"B{number:04}") for number in range(200)]
    with OdooSimulator(version=18, employees=crowd) as odoo:
        desk.save_config(**credentials(odoo))
        assert desk.pull()["read"] == 201
        assert desk.pull()["read"] == 0
        for number in range(2, 102):
            odoo.change("hr.employee", number, bump=False, write_date=ago(minutes=5))
        assert desk.pull()["read"] == 100
        odoo.change("hr.employee", 150, name="One more")
        result = desk.pull()
        assert (result["read"], result["updated"]) == (101, 1), "it is still within the reach"
        with store.read() as unit:
            assert unit.connections.get().state["employees_cursor"]["crowded"]


def test_a_server_that_does_not_tell_its_time_is_read_by_what_was_seen(desk, odoo, store):
    def refuse(call):
        if call.model_method == "default_get":
            raise ValueError("no such thing")

    odoo.hooks.before.append(refuse)
    desk.pull()
    newest = max(row["write_date"] for row in odoo.rows("hr.employee"))
    at = datetime.fromisoformat(cursor(store)["at"])
    assert newest - timedelta(minutes=1) < at < newest
    odoo.change("hr.employee", 2, name="Aïcha Benali-Roux")
    assert desk.pull()["updated"] == 1


def test_a_limit_reads_the_first_ones_and_leaves_no_mark(desk_with, odoo, store):
    desk = desk_with(odoo_page=10)
    assert numbers(desk.pull(limit=12)) == {"added": 12, "updated": 0, "unchanged": 0, "deactivated": 0, "total": 12}
    assert cursor(store) is None
    desk.pull()
    mark = cursor(store)
    odoo.change("hr.employee", 20, name="Changed")
    assert desk.pull(limit=12)["read"] == 12
    assert cursor(store) == mark
    assert desk.pull()["updated"] == 1


def test_a_pull_that_broke_off_is_made_up_for_by_the_next(desk_with, odoo, store):
    desk = desk_with(odoo_page=10, odoo_retries=0)

    def break_off(call):
        if call.model_method == "search_read" and reads(odoo) == 2:
            raise Answer(500, b"<h1>no</h1>")

    odoo.hooks.before.append(break_off)
    with pytest.raises(OdooBusy):
        desk.pull()
    assert (len(people(store)), cursor(store)) == (10, None)
    odoo.hooks.before.clear()
    assert numbers(desk.pull()) == {"added": 19, "updated": 0, "unchanged": 10, "deactivated": 0, "total": 29}


def test_a_dry_run_leaves_no_mark_and_says_what_the_next_will_do(desk, odoo, store):
    assert numbers(desk.pull(dry_run=True))["added"] == 29
    assert cursor(store) is None
    desk.pull()
    odoo.change("hr.employee", 2, name="Aïcha Benali-Roux", barcode="NEW77")
    odoo.change("hr.employee", 3, active=False, barcode="EMP001")
    odoo.add_employee(NewEmployee("Somebody New", barcode="EMP002"))
    dry = desk.pull(dry_run=True)
    wet = desk.pull()
    assert numbers(dry) == numbers(wet) == {
        "added": 1, "updated": 1, "unchanged": 27, "deactivated": 1, "total": 30}


def test_another_user_reads_everything_once(desk, odoo):
    desk.pull()
    assert desk.pull(credentials(odoo, username="admin", password="admin"))["read"] == 29
    assert desk.pull()["read"] == 29
    assert desk.pull()["read"] == 0


def test_another_database_reads_everything(desk, odoo, store):
    desk.pull()
    with OdooSimulator(version=18, db="other") as other:
        desk.save_config(**credentials(other))
        assert numbers(desk.pull()) == {"added": 0, "updated": 29, "unchanged": 0, "deactivated": 0, "total": 29}


def test_a_hint_reads_exactly_these(desk, odoo, store):
    desk.pull()
    for number in (2, 3, 4):
        odoo.change("hr.employee", number, name=f"Renamed {number}")
    mark, before = cursor(store), len(odoo.calls)
    result = desk.read_back([2, 4], [])
    assert len(odoo.calls) == before + 1 and cursor(store) == mark
    assert (result["updated"], result["read"], result["total"]) == (2, 2, 2)
    assert [people(store)[name].name for name in ("EMP001", "EMP002", "EMP003")] == [
        "Renamed 2", "Bruno Keller", "Renamed 4"]


def test_a_hint_of_an_employee_who_is_gone_deactivates_the_person(desk, odoo, store):
    desk.pull()
    odoo.run_as("admin", "hr.employee", "unlink", [2])
    result = desk.read_back([2, 999], [])
    assert (result["deactivated"], result["total"]) == (1, 1)
    assert not people(store)["EMP001"].active


def test_the_fields_are_asked_for_once_and_again_where_one_went_away(desk, odoo, monkeypatch):
    desk.pull()
    desk.pull()
    assert asked(odoo) == 1, "or it would be a call each minute, for ever"
    known = reading._fields
    monkeypatch.setattr(reading, "_fields", lambda kind, version: {
        name: one for name, one in known(kind, version).items() if name != "job_title"})
    result = desk.pull()
    assert (asked(odoo), result["success"], result["read"]) == (2, True, 0)
    assert desk.pull()["full"], "other fields are another reading of everybody"


def test_a_right_that_was_taken_away_is_told_as_one(desk, odoo):
    desk.pull()
    odoo.change("res.users", odoo.uid("bridge"), groups=frozenset({"base.group_user"}))
    with pytest.raises(OdooMissingRights, match="Employees / Officer"):
        desk.pull()


def asked(odoo):
    return sum(call.model == "hr.employee" and call.model_method == "fields_get" for call in odoo.calls)


@pytest.mark.parametrize("transport", ["xmlrpc", "jsonrpc", "json2"])
def test_over_each_protocol_odoos_clock_is_read_and_changes_and_deletions_arrive(desk, store, transport):
    with OdooSimulator(version=19) as odoo:
        desk.save_config(**credentials(odoo, transport=transport, password=odoo.api_key()))
        assert numbers(desk.pull())["added"] == 29
        now = datetime.now(UTC).replace(tzinfo=None)
        assert abs(now - datetime.fromisoformat(cursor(store)["at"])) < timedelta(minutes=1)
        odoo.change("hr.employee", 2, name="Aïcha Benali-Roux")
        odoo.change("hr.employee", 3, barcode="EMP001")
        assert (result := desk.pull())["read"] == 2 and "EMP001" in result["errors"][0]
        odoo.change("hr.employee", 3, barcode="EMP002")
        odoo.run_as("admin", "hr.employee", "unlink", [4])
        result = desk.pull(full=True)
        assert result["success"] and [one["person_id"] for one in result["gone"]] == ["EMP003"]
