"""What the bridge relies on in Odoo, over each transport that the server speaks: against the
simulated servers and, with the same words, against a real one (see tests/odoo/places.py). The
tests make employees of their own and take them away again; contacts that Odoo makes of them stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import uuid4

import pytest

from backend.desks.odoo import OdooDesk
from backend.desks.parts import Parts
from backend.odoo import attendances, employees
from backend.odoo.errors import OdooAccessDenied, OdooWrongDatabase
from backend.odoo_connector import OdooConnector
from tests.odoo.stories import at

pytestmark = pytest.mark.odoo
WEEK = (date(2026, 3, 2), date(2026, 3, 8))


@pytest.fixture
def connector(place: dict) -> Iterator[OdooConnector]:
    made = OdooConnector(**place, calls_per_second=0)
    yield made
    made.close()


@pytest.fixture
def desk(parts, place: dict) -> OdooDesk:
    made = OdooDesk(Parts(parts.settings.but(odoo_calls_per_second=0.0), parts.clock, parts.store, parts.sealer))
    made.save_config(**place)
    return made


def test_login_version_and_rights(connector, place):
    told = connector.probe()
    assert (told["success"], told["protocol_version"], told["transport"]) == (True, 1, place["transport"])
    assert connector.client.version().major >= 18
    assert connector.connect() == connector.connect()


def test_a_wrong_secret_and_a_wrong_database(place):
    with pytest.raises(OdooAccessDenied):
        OdooConnector(**place | {"password": "0" * 40}).connect()
    with pytest.raises(OdooWrongDatabase):
        OdooConnector(**place | {"db": "no_such_database"}).connect()


def test_employees_come_with_all_that_is_mapped(connector, crew):
    found = {one["person_id"]: one for one in connector.pull_employees()}
    for worker in crew:
        assert found[worker.badge]["name"] == worker.name
        assert found[worker.badge]["metadata"]["odoo_id"] == worker.odoo_id
        assert found[worker.badge]["active"] is True
        assert found[worker.badge]["department"] is None


def test_archived_employees_come_too(connector, crew):
    connector.client.execute("hr.employee", "write", [crew[0].odoo_id], {"active": False})
    found = {one["person_id"]: one["active"] for one in connector.pull_employees()}
    assert (found[crew[0].badge], found[crew[1].badge]) == (False, True)
    existing, by_badge = employees.find(connector.client, [crew[0].odoo_id, 2**30], [crew[0].badge], 10)
    assert (existing, by_badge) == ({crew[0].odoo_id}, {crew[0].badge: crew[0].odoo_id})


def test_an_employee_is_updated_where_it_differs(connector, crew):
    told = connector.sync_employee_to_odoo(
        {"person_id": crew[0].badge, "name": "Other Name", "email": "other@example.com"})
    assert (told["created"], told["changed"], told["employee_id"]) == (
        False, ["name", "work_email"], crew[0].odoo_id)
    again = connector.sync_employee_to_odoo(
        {"person_id": crew[0].badge, "name": "Other Name", "email": "other@example.com"})
    assert again["changed"] == []


def test_push_twice_is_one_row(connector, crew, rows):
    record = {"employee_id": crew[0].odoo_id, "check_in": at("08:00"), "check_out": at("16:00"),
              "uuid": uuid4()}
    first, second = connector.push_attendance([record]), connector.push_attendance([record])
    assert first["success"] and first["ids"] == second["ids"]
    assert rows(crew[0]) == [(at("08:00"), at("16:00"))]


def test_times_stay_in_utc_whatever_the_users_zone(connector, crew, rows):
    """Over the night in which Europe's clocks change."""
    connector.push_attendance([{"person_id": crew[0].badge, "check_in": at("03-29 00:30"),
                                "check_out": at("03-29 03:30")}])
    assert rows(crew[0]) == [(at("03-29 00:30"), at("03-29 03:30"))]


def test_an_open_row_is_closed_and_a_late_replay_does_not_open_it(connector, crew, rows):
    session = uuid4()
    opened = {"employee_id": crew[0].odoo_id, "check_in": at("08:00"), "uuid": session}
    connector.push_attendance([opened])
    assert rows(crew[0]) == [(at("08:00"), None)]
    connector.push_attendance([opened | {"check_out": at("16:00")}])
    connector.push_attendance([opened])
    assert rows(crew[0]) == [(at("08:00"), at("16:00"))]


def test_external_ids_are_found_and_go_with_their_row(connector, crew):
    session = uuid4()
    told = connector.push_attendance([{"employee_id": crew[0].odoo_id, "check_in": at("08:00"),
                                       "check_out": at("09:00"), "uuid": session}])
    number = told["ids"][str(session)]
    assert attendances.find_external(connector.client, session) == number
    attendances.remove(connector.client, number)
    attendances.remove(connector.client, number)
    assert attendances.find_external(connector.client, session) is None
    assert attendances.read(connector.client, [number]) == {}


def test_the_fields_that_are_read_exist(connector):
    assert {"barcode", "name", "active"} <= connector.fields.of("hr.employee")
    assert set(attendances.FIELDS) <= connector.fields.of("hr.attendance")


def test_a_week_of_two_people_with_one_bad_row(desk, crew, diary, rows):
    first, second = (diary(worker.badge, worker.name) for worker in crew)
    for day in range(2, 7):
        first.enter(f"03-{day:02} 08:00", f"03-{day:02} 16:30")
        second.enter(f"03-{day:02} 09:00", f"03-{day:02} 17:00")
    diary("NOBODY" + crew[0].badge[-4:]).enter("08:00", "09:00")
    result = desk.push(*WEEK)
    assert result["message"] == "Pushed 10 attendance records, 1 failed"
    assert result["errors"] == [f"Employee not found: NOBODY{crew[0].badge[-4:]}"]
    assert rows(crew[0]) == [(at(f"03-{day:02} 08:00"), at(f"03-{day:02} 16:30")) for day in range(2, 7)]
    assert rows(crew[1]) == [(at(f"03-{day:02} 09:00"), at(f"03-{day:02} 17:00")) for day in range(2, 7)]
    again = desk.push(*WEEK)
    assert (again["pushed"], again["skipped"], again["failed"]) == (0, 10, 1)


def test_rows_that_overlap_in_odoo_are_refused_alone(desk, crew, diary, rows, connector):
    connector.client.execute("hr.attendance", "create", {
        "employee_id": crew[0].odoo_id, "check_in": "2026-03-02 07:00:00",
        "check_out": "2026-03-02 09:00:00"})
    first, second = (diary(worker.badge, worker.name) for worker in crew)
    first.enter("08:00", "12:00")
    first.enter("13:00", "17:00")
    second.enter("08:00", "17:00")
    result = desk.push(*WEEK)
    assert (result["pushed"], result["failed"]) == (2, 1)
    assert crew[0].badge in result["errors"][0]
    assert rows(crew[0]) == [(at("07:00"), at("09:00")), (at("13:00"), at("17:00"))]
    assert rows(crew[1]) == [(at("08:00"), at("17:00"))]


def test_a_life_of_a_session_open_closed_corrected_void(desk, crew, diary, rows):
    alice = diary(crew[0].badge, crew[0].name)
    session = alice.enter("08:00")
    desk.push(*WEEK)
    assert rows(crew[0]) == [(at("08:00"), None)]
    alice.change(session, check_out="16:00")
    desk.push(*WEEK)
    assert rows(crew[0]) == [(at("08:00"), at("16:00"))]
    alice.change(session, check_in="08:20", check_out="16:40")
    desk.push(*WEEK)
    assert rows(crew[0]) == [(at("08:20"), at("16:40"))]
    alice.change(session, check_out=None)
    desk.push(*WEEK)
    assert rows(crew[0]) == [(at("08:20"), None)]
    alice.void(session)
    desk.push(*WEEK)
    assert rows(crew[0]) == []


def test_hr_edits_and_deletes(desk, crew, diary, rows, connector):
    alice = diary(crew[0].badge, crew[0].name)
    edited, deleted = alice.enter("08:00", "12:00"), alice.enter("13:00", "17:00")
    desk.push(*WEEK)
    client = connector.client
    client.execute("hr.attendance", "write", [alice.confirmed(edited).odoo_id],
                   {"check_out": "2026-03-02 11:30:00"})
    client.execute("hr.attendance", "unlink", [alice.confirmed(deleted).odoo_id])
    alice.change(edited, check_out="12:15")
    alice.change(deleted, check_out="17:15")
    result = desk.push(*WEEK)
    assert (result["pushed"], result["failed"]) == (0, 2)
    assert [row["code"] for row in result["rows"]] == ["odoo_edited_by_hr", "odoo_deleted_by_hr"]
    assert rows(crew[0]) == [(at("08:00"), at("11:30"))]


def test_more_sessions_than_one_call_takes(desk, crew, diary, rows, connector):
    alice = diary(crew[0].badge, crew[0].name)
    start = at("03-02 00:00")
    for number in range(120):
        begin = start + timedelta(hours=number)
        alice.enter(f"{begin:%m-%d %H:%M}", f"{begin + timedelta(minutes=45):%m-%d %H:%M}")
    result = desk.push(*WEEK)
    assert (result["pushed"], result["failed"]) == (120, 0)
    assert len(rows(crew[0])) == 120
