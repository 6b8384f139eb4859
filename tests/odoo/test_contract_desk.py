"""The bridge as a whole, over each transport that the server speaks: people come, rows go, HR's edits
come back, both sides are compared. Against the simulated servers and a real one, as test_contract."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from backend.attendance_system import AttendanceSystem
from backend.desks.parts import Parts
from backend.odoo.errors import OdooRefused
from backend.odoo_connector import OdooConnector
from tests.odoo.places import PLACES, SIMULATED, Worker, leave
from tests.odoo.returning import DAY, moment
from tests.odoo.stories import people

# Of the simulated servers the oldest and the newest way in: the others are told apart in test_contract_calls.
pytestmark = [pytest.mark.odoo, pytest.mark.parametrize(
    "place", [SIMULATED[0], SIMULATED[-1], *PLACES[len(SIMULATED):]], indirect=True)]


@pytest.fixture
def connector(place: dict) -> Iterator[OdooConnector]:
    made = OdooConnector(**place, calls_per_second=0)
    yield made
    made.close()


@pytest.fixture
def system(parts, place: dict, crew) -> AttendanceSystem:
    """Configured, and pulled once with the crew in Odoo."""
    made = AttendanceSystem(parts=Parts(
        parts.settings.but(odoo_calls_per_second=0.0), parts.clock, parts.store, parts.sealer))
    made.odoo.save_config(**place)
    assert made.odoo.pull()["success"]
    return made


@pytest.fixture
def shift(system, clock, crew):
    """The first of the crew comes at eight and goes at twelve, by real punches; pushed."""
    clock.now = moment("08:00")
    row = system.attendance.mark(crew[0].badge).attendance
    clock.now = moment("12:00")
    system.attendance.mark(crew[0].badge)
    clock.now = moment("18:00")
    assert system.odoo.push(DAY, DAY)["pushed"] == 1
    return row.id


def test_people_come_and_what_has_not_changed_is_no_news(system, store, crew):
    here = people(store)
    for worker in crew:
        assert (here[worker.badge].name, here[worker.badge].odoo_id) == (worker.name, worker.odoo_id)
    again = system.odoo.pull()
    assert (again["added"], again["updated"], again["deactivated"], again["full"]) == (0, 0, 0, False)


def test_a_new_name_a_new_badge_and_an_archived_employee_come_with_the_next_pull(system, store, connector, crew):
    badge = "FB" + uuid4().hex[:12].upper()
    connector.client.execute("hr.employee", "write", [crew[0].odoo_id], {"name": "Renamed", "barcode": badge})
    connector.client.execute("hr.employee", "write", [crew[1].odoo_id], {"active": False})
    before = people(store)[crew[0].badge].uuid
    told = system.odoo.pull()
    assert (told["updated"], told["deactivated"], told["full"]) == (1, 1, False)
    here = people(store)
    assert (here[badge].uuid, here[badge].name) == (before, "Renamed")
    assert system.people.get(crew[0].badge).uuid == before, "the old badge keeps answering"
    assert not here[crew[1].badge].active


def delete(connector: OdooConnector, employee: int) -> None:
    """Skips the test where another module of Odoo forbids it."""
    try:
        connector.client.execute("hr.employee", "unlink", [employee])
    except OdooRefused as error:
        pytest.skip(f"this Odoo lets no employee be deleted: {error}")


def test_who_was_deleted_in_odoo_is_found_by_a_full_pull(system, store, connector):
    badge = "FC" + uuid4().hex[:12].upper()
    told = connector.sync_employee_to_odoo({"person_id": badge, "name": "Soon Gone"})
    try:
        system.odoo.pull()
        delete(connector, told["employee_id"])
        assert system.odoo.pull()["deactivated"] == 0, "a deletion leaves no trace"
        assert [one["person_id"] for one in system.odoo.pull(full=True)["gone"]] == [badge]
        assert not people(store)[badge].active
    finally:
        leave(connector, Worker(badge, "Soon Gone", told["employee_id"]))


def test_what_hr_changes_in_odoo_is_a_correction_here(system, connector, rows, crew, shift):
    (row,) = connector.get_attendance_records(DAY, DAY, crew[0].odoo_id)
    connector.client.execute("hr.attendance", "write", [row["odoo_id"]], {"check_out": "2026-03-02 12:45:00"})
    assert system.odoo.pull()["attendance"]["taken_over"] == 1
    assert system.attendance.get(shift).check_out == moment("12:45")
    assert system.odoo.push(DAY, DAY)["skipped"] == 1
    assert rows(crew[0]) == [(moment("08:00"), moment("12:45"))]


def test_both_sides_are_compared_and_mended(system, connector, rows, crew, shift):
    (row,) = connector.get_attendance_records(DAY, DAY, crew[0].odoo_id)
    connector.client.execute("hr.attendance", "write", [row["odoo_id"]], {"check_in": "2026-03-02 07:45:00"})
    connector.client.execute("hr.attendance", "create", {
        "employee_id": crew[1].odoo_id, "check_in": "2026-03-02 06:00:00", "check_out": "2026-03-02 07:00:00"})
    names = {worker.badge for worker in crew}
    told = system.odoo.reconcile(DAY, DAY, dry_run=True)
    assert {(one["person_id"], one["kind"], one["mended"]) for one in told["differences"]
            if one["person_id"] in names} == {(crew[0].badge, "changed_by_hr", False),
                                              (crew[1].badge, "missing_here", False)}
    told = system.odoo.reconcile(DAY, DAY)
    assert all(one["mended"] for one in told["differences"] if one["person_id"] in names)
    assert system.attendance.get(shift).check_in == moment("07:45")
    assert [one for one in system.odoo.reconcile(DAY, DAY)["differences"] if one["person_id"] in names] == []
    assert rows(crew[0]) == [(moment("07:45"), moment("12:00"))]


def test_a_row_that_hr_deleted_is_not_put_back_until_somebody_says_so(system, connector, rows, crew, shift):
    (row,) = connector.get_attendance_records(DAY, DAY, crew[0].odoo_id)
    connector.client.execute("hr.attendance", "unlink", [row["odoo_id"]])
    system.attendance.correct(shift, check_out="2026-03-02T12:30:00+00:00", reason="r", by="helen")
    assert system.odoo.push(DAY, DAY)["failed"] == 1
    assert rows(crew[0]) == []
    (problem,) = system.odoo.problems()
    assert (problem["attendance_id"], problem["code"]) == (shift, "odoo_deleted_by_hr")
    system.odoo.retry([shift])
    assert system.odoo.push(DAY, DAY)["pushed"] == 1
    assert rows(crew[0]) == [(moment("08:00"), moment("12:30"))]


def test_a_person_of_ours_becomes_an_employee(system, connector):
    badge = "FD" + uuid4().hex[:12].upper()
    system.people.add(badge, "Made Here", email="made@example.com", by="helen")
    told = system.odoo.send_person(badge)
    try:
        assert (told["success"], told["created"]) == (True, True)
        (held,) = connector.client.execute("hr.employee", "read", [told["employee_id"]],
                                           ["name", "barcode", "work_email"])
        assert (held["name"], held["barcode"], held["work_email"]) == ("Made Here", badge, "made@example.com")
        assert system.odoo.send_person(badge)["changed"] == []
    finally:
        leave(connector, Worker(badge, "Made Here", told["employee_id"]))
