"""The calls themselves that the bridge is built on, over each transport that the server speaks:
what comes back, what is refused, and what is left behind when it is."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from backend.odoo import attendances
from backend.odoo.attendances import Wanted, load_rows
from backend.odoo.errors import OdooRefused, OdooServerFault
from backend.odoo_connector import OdooConnector
from tests.odoo.stories import at

pytestmark = pytest.mark.odoo
NOBODY = 2**30
"""An id that no record has."""


@pytest.fixture
def connector(place: dict) -> Iterator[OdooConnector]:
    made = OdooConnector(**place, calls_per_second=0)
    yield made
    made.close()


@pytest.fixture
def client(connector: OdooConnector):
    return connector.client


def wanted(worker, check_in: str, check_out: str | None = None, session=None) -> Wanted:
    return Wanted(session or uuid4(), worker.odoo_id, at(check_in), at(check_out) if check_out else None)


def ids(results) -> list[int]:
    assert all(one.error is None for one in results), [one.error for one in results]
    return [one.odoo_id for one in results]


# load() ------------------------------------------------------------------------------------


def test_load_makes_rows_in_order_and_finds_them_again(client, crew, rows):
    both = [wanted(crew[0], "08:00", "12:00"), wanted(crew[1], "09:00", "17:00"), wanted(crew[0], "13:00", "17:00")]
    first = ids(load_rows(client, both))
    assert len(set(first)) == 3 and ids(load_rows(client, both)) == first
    assert ids(load_rows(client, both[::-1])) == first[::-1]
    assert rows(crew[0]) == [(at("08:00"), at("12:00")), (at("13:00"), at("17:00"))]
    held = attendances.read(client, first)
    assert [held[number].employee_id for number in first] == [one.employee_id for one in both]


def test_load_changes_times_and_employee_of_a_row(client, crew, rows):
    session = uuid4()
    before = ids(load_rows(client, [wanted(crew[0], "08:00", "16:00", session)]))
    assert ids(load_rows(client, [wanted(crew[0], "08:20", "16:40", session)])) == before
    assert rows(crew[0]) == [(at("08:20"), at("16:40"))]
    assert ids(load_rows(client, [wanted(crew[1], "08:20", "16:40", session)])) == before
    assert (rows(crew[0]), rows(crew[1])) == ([], [(at("08:20"), at("16:40"))])


def test_open_then_closed_is_one_row_and_a_late_replay_leaves_it_closed(client, crew, rows):
    session = uuid4()
    opened = [wanted(crew[0], "08:00", session=session)]
    number = ids(load_rows(client, opened))
    assert rows(crew[0]) == [(at("08:00"), None)]
    assert ids(load_rows(client, opened)) == number
    assert ids(load_rows(client, [wanted(crew[0], "08:00", "16:00", session)])) == number
    assert ids(load_rows(client, opened)) == number
    assert rows(crew[0]) == [(at("08:00"), at("16:00"))]


def test_a_row_that_is_opened_again_by_write(client, crew, rows):
    row = wanted(crew[0], "08:00", "16:00")
    (number,) = ids(load_rows(client, [row]))
    attendances.reopen(client, number, row)
    assert rows(crew[0]) == [(at("08:00"), None)]


@pytest.mark.parametrize("bad", [{0}, {1}, {3}, {2, 3}, {0, 3}, {0, 1, 2, 3}], ids=str)
def test_bad_rows_are_found_wherever_they_stand_and_the_others_are_kept(client, crew, rows, bad):
    """Whichever rows Odoo names, and whatever it says of the first."""
    these = [wanted(crew[0], f"{8 + index}:00".rjust(5, "0"),
                    f"{7 if index in bad else 8 + index}:30".rjust(5, "0")) for index in range(4)]
    results = load_rows(client, these)
    assert {index for index, one in enumerate(results) if one.error} == bad
    assert len({one.odoo_id for one in results if one.odoo_id}) == 4 - len(bad)
    assert [check_in for check_in, _ in rows(crew[0])] == [
        one.check_in for index, one in enumerate(these) if index not in bad]


def test_an_unknown_employee_is_told_of_its_row_alone(client, crew, rows):
    good = wanted(crew[0], "08:00", "09:00")
    bad = Wanted(uuid4(), NOBODY, at("08:00"), at("09:00"))
    results = load_rows(client, [good, bad])
    assert (results[0].error, bool(results[1].error)) == (None, True)
    assert rows(crew[0]) == [(at("08:00"), at("09:00"))]


def test_one_bad_row_and_nothing_of_the_call_is_kept(client, crew, rows):
    """What load() itself answers, before anything is sent again."""
    names = [f"{attendances.MODULE}.session_{uuid4()}" for _ in range(2)]
    columns = ["id", "employee_id/.id", "check_in", "check_out"]
    answer = client.execute("hr.attendance", "load", columns, [
        [names[0], str(crew[0].odoo_id), "2026-03-02 08:00:00", "2026-03-02 09:00:00"],
        [names[1], str(crew[0].odoo_id), "2026-03-02 12:00:00", "2026-03-02 11:00:00"]], context={"tz": "UTC"})
    assert answer["ids"] is False
    errors = [message for message in answer["messages"] if message["type"] == "error"]
    assert errors and all(isinstance(message["record"], int) and message["message"] for message in errors)
    assert rows(crew[0]) == []


def test_an_unknown_column_is_a_fault_and_not_a_bad_row(client, crew):
    with pytest.raises(OdooServerFault):
        client.execute("hr.attendance", "load", ["id", "employee_id/.id", "check_in", "no_such_column"],
                       [[f"{attendances.MODULE}.session_{uuid4()}", str(crew[0].odoo_id), "2026-03-02 08:00:00",
                         "x"]], context={"tz": "UTC"})


def test_a_row_that_was_deleted_comes_back_when_it_is_loaded_again(client, crew, rows):
    """Which is why the bridge asks for the external id first."""
    row = wanted(crew[0], "08:00", "16:00")
    (number,) = ids(load_rows(client, [row]))
    attendances.remove(client, number)
    assert attendances.find_external(client, row.session) is None
    (again,) = ids(load_rows(client, [row]))
    assert again != number
    assert attendances.find_external(client, row.session) == again


# External ids ------------------------------------------------------------------------------


def test_an_external_id_is_found_by_its_name_and_by_its_row(client, crew):
    row = wanted(crew[0], "08:00", "16:00")
    (number,) = ids(load_rows(client, [row]))
    assert attendances.find_external(client, row.session) == number
    assert attendances.find_external(client, uuid4()) is None
    (told,) = client.execute("hr.attendance", "get_metadata", [number])
    assert (told["id"], told["xmlid"]) == (number, row.external_id)


def test_a_row_of_somebody_else_has_no_external_id_of_ours(client, crew):
    number = client.execute("hr.attendance", "create", {
        "employee_id": crew[0].odoo_id, "check_in": "2026-03-02 08:00:00", "check_out": "2026-03-02 09:00:00"})
    assert isinstance(number, int)
    (told,) = client.execute("hr.attendance", "get_metadata", [number])
    assert not told["xmlid"]


# Reading -----------------------------------------------------------------------------------


def test_ids_that_are_gone_are_left_out_when_read(client, crew):
    (number,) = ids(load_rows(client, [wanted(crew[0], "08:00", "09:00")]))
    assert client.execute("hr.attendance", "read", [NOBODY], ["check_in"]) == []
    assert set(attendances.read(client, [number, NOBODY])) == {number}


def test_what_is_empty_is_false_and_a_link_is_id_and_name(client, crew):
    (told,) = client.execute("hr.employee", "read", [crew[0].odoo_id],
                             ["name", "barcode", "department_id", "job_id", "work_email", "mobile_phone", "active"])
    assert told["name"] == crew[0].name and told["barcode"] == crew[0].badge and told["active"] is True
    assert [told[name] for name in ("department_id", "job_id", "work_email", "mobile_phone")] == [False] * 4
    (row,) = ids(load_rows(client, [wanted(crew[0], "08:00")]))
    (read,) = client.execute("hr.attendance", "read", [row], ["employee_id", "check_in", "check_out"])
    assert read["employee_id"][0] == crew[0].odoo_id and read["employee_id"][1]
    assert (read["check_in"], read["check_out"]) == ("2026-03-02 08:00:00", False)


def test_archived_employees_are_there_only_when_asked_for(client, crew):
    client.execute("hr.employee", "write", [crew[0].odoo_id], {"active": False})
    domain = [["id", "in", [worker.odoo_id for worker in crew]]]
    usual = client.execute("hr.employee", "search_read", domain, fields=["id"])
    every = client.execute("hr.employee", "search_read", domain, fields=["id"], context={"active_test": False})
    assert ([row["id"] for row in usual], len(every)) == ([crew[1].odoo_id], 2)
    assert client.execute("hr.employee", "search_count", domain) == 1
    assert len(client.execute("hr.employee", "read", [worker.odoo_id for worker in crew], ["name"])) == 2


def test_changes_are_found_by_write_date_page_by_page(client, crew):
    """By the server's own stamps; asked with >=, because a second is all that is told of them."""
    stamps = client.execute("hr.employee", "read", [worker.odoo_id for worker in crew], ["write_date"])
    since = min(row["write_date"] for row in stamps)
    found, last = [], 0
    while page := client.execute("hr.employee", "search_read", [["write_date", ">=", since], ["id", ">", last]],
                                 fields=["write_date"], limit=1, order="id asc", context={"active_test": False}):
        found.append(page[0]["id"])
        last = page[0]["id"]
    assert found == sorted(found) and {worker.odoo_id for worker in crew} <= set(found)
    client.execute("hr.employee", "write", [crew[0].odoo_id], {"work_email": "later@example.com"})
    (after,) = client.execute("hr.employee", "read", [crew[0].odoo_id], ["write_date"])
    assert after["write_date"] >= since and len(after["write_date"]) == len("2026-03-02 08:00:00")


def test_fields_are_asked_for_and_so_are_rights(client, connector):
    told = client.execute("hr.employee", "fields_get", ["name", "barcode"], ["type"])
    assert {name: about["type"] for name, about in told.items()} == {"name": "char", "barcode": "char"}
    assert client.execute("hr.attendance", "has_access", [], "create") is True
    connector.require_rights()


# Changing ----------------------------------------------------------------------------------


def test_several_records_are_made_or_none(client, crew, rows):
    def span(day: int, until: str) -> dict:
        return {"employee_id": crew[0].odoo_id, "check_in": f"2026-03-{day:02} 08:00:00",
                "check_out": f"2026-03-{day:02} {until}:00"}

    with pytest.raises(OdooRefused):
        client.execute("hr.attendance", "create", [span(2, "16:00"), span(3, "07:00")])
    assert rows(crew[0]) == []
    made = client.execute("hr.attendance", "create", [span(2, "16:00"), span(3, "16:00")])
    assert len(made) == 2 and len(rows(crew[0])) == 2
    assert client.execute("hr.attendance", "unlink", made) is True
    assert rows(crew[0]) == []


def test_records_that_are_gone_cannot_be_changed(client):
    with pytest.raises(OdooRefused):
        client.execute("hr.attendance", "write", [NOBODY], {"check_out": "2026-03-02 08:00:00"})


def test_fields_and_models_that_do_not_exist(client):
    with pytest.raises(OdooServerFault):
        client.execute("hr.employee", "search_read", [], fields=["no_such_field"], limit=1)
    with pytest.raises(OdooRefused):
        client.execute("no.such.model", "search_read", [], limit=1)


def test_a_badge_is_had_by_one_only(client, crew):
    with pytest.raises(OdooRefused):
        client.execute("hr.employee", "write", [crew[1].odoo_id], {"barcode": crew[0].badge})
    (told,) = client.execute("hr.employee", "read", [crew[1].odoo_id], ["barcode"])
    assert told["barcode"] == crew[1].badge


def test_a_method_that_returns_nothing_has_run(client, crew):
    client.execute("hr.employee", "write", [crew[0].odoo_id], {"active": False})
    assert client.execute("hr.employee", "action_unarchive", [crew[0].odoo_id]) is None
    (told,) = client.execute("hr.employee", "read", [crew[0].odoo_id], ["active"])
    assert told["active"] is True
