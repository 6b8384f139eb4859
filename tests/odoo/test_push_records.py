"""Plain records that scripts push through the connector: bad ones are told of by themselves."""

from __future__ import annotations

from datetime import datetime

import pytest

from backend.odoo.errors import OdooRefused
from backend.odoo_connector import OdooConnector
from tests.odoo.stories import at, credentials

GOOD = {"employee_id": 2, "check_in": "2026-03-02 08:00:00", "check_out": "2026-03-02 16:00:00"}
BAD = {
    "no check-in": ({"employee_id": 3}, "check_in"),
    "no check-in at all": ({"employee_id": 3, "check_in": None}, "check_in"),
    "a time that is none": ({"employee_id": 3, "check_in": "yesterday"}, "yesterday"),
    "a time without a zone": ({"employee_id": 3, "check_in": datetime(2026, 3, 2, 8)}, "zone"),
    "a uuid that is none": ({"employee_id": 3, "check_in": "2026-03-02 08:00:00", "uuid": "x"}, "uuid"),
    "an id that is none": ({"employee_id": "Bruno", "check_in": "2026-03-02 08:00:00"}, "Bruno"),
    "an id beyond all ids": ({"employee_id": 2**40, "check_in": "2026-03-02 08:00:00"}, str(2**40)),
    "nobody": ({"check_in": "2026-03-02 08:00:00"}, "employee"),
    "no record": ("EMP002", "EMP002"),
}


@pytest.mark.parametrize("wrong", BAD)
def test_a_bad_record_is_told_of_and_the_others_go(connector, odoo, wrong):
    record, word = BAD[wrong]
    told = connector.push_attendance([record, GOOD])
    assert told["message"] == "Pushed 1 attendance records, 1 failed"
    assert (told["success"], told["pushed"], told["failed"], told["total"]) == (False, 1, 1, 2)
    (error,) = told["errors"]
    assert word in error and "\n" not in error
    assert [(row["barcode"], row["check_in"]) for row in odoo.attendances()] == [("EMP001", at("08:00"))]


@pytest.mark.parametrize("transport", ["xmlrpc", "jsonrpc"])
def test_an_id_beyond_all_ids_is_an_error_of_odoos_side_or_nobodys_rows(odoo18, transport):
    connector = OdooConnector(**credentials(odoo18, transport=transport))
    try:
        assert connector.get_attendance_records("2026-03-02", "2026-03-02", 2**40) == []
    except OdooRefused as error:
        assert "32 bits" in str(error)
