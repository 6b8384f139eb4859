"""The bridge on SQLite and on PostgreSQL: one story through all of it."""

from __future__ import annotations

from datetime import date

import pytest

from backend.desks.odoo import OdooDesk
from backend.desks.parts import Parts
from backend.store import open_store
from tests.odoo.stories import credentials, held

WEEK = (date(2026, 3, 2), date(2026, 3, 8))


@pytest.fixture
def parts(any_database_settings, clock):
    store = open_store(any_database_settings, clock)
    yield Parts(any_database_settings, clock, store, store.sealer)
    store.close()


@pytest.fixture
def odoo(odoo18):
    return odoo18


def test_people_come_in_and_their_attendance_goes_out(parts, odoo, diary):
    desk = OdooDesk(parts)
    desk.save_config(**credentials(odoo))
    assert desk.pull()["message"] == "Synced 29 employees from Odoo"
    odoo.change("hr.employee", 2, barcode="EMP002")
    odoo.change("hr.employee", 3, barcode="EMP001")
    assert desk.pull()["updated"] == 2
    alice = diary("EMP001")
    first, second = alice.enter("08:00", "12:00"), alice.enter("13:00")
    diary("EMP999").enter("08:00")
    result = desk.push(*WEEK)
    assert result["message"] == "Pushed 2 attendance records, 1 failed"
    assert (desk.status()["pending"], desk.status()["failed"]) == (0, 1)
    alice.change(second, check_out="17:00")
    alice.void(first)
    assert desk.status()["pending"] == 1
    assert desk.push(*WEEK)["pushed"] == 2
    assert held(odoo) == [("EMP001", "03-02 13:00", "03-02 17:00")]
    assert odoo.attendances()[0]["employee_id"] == 3
    assert desk.push(*WEEK)["message"] == "Pushed 0 attendance records, 1 failed, 1 already in Odoo"
