"""The suite marked `odoo` asks of a real server only what it can do, and leaves nothing active there."""

from __future__ import annotations

import pytest

from backend.odoo_connector import OdooConnector
from backend.odoo_simulator import OdooSimulator
from backend.odoo_simulator.errors import UserError
from tests.odoo import places
from tests.odoo.places import Worker, leave
from tests.odoo.stories import credentials

AICHA = Worker("EMP001", "Aïcha Benali", 2)


def given(odoo: OdooSimulator, **secrets: str) -> dict[str, str | None]:
    """What the environment says of that server."""
    return {"url": odoo.url, "db": odoo.db, "username": odoo.username, "password": None, "api_key": None} | secrets


def works(transport: str) -> bool:
    made = OdooConnector(**places.real(transport), calls_per_second=0)
    made.connect()
    made.close()
    return True


def test_json_2_is_skipped_where_there_is_no_key(odoo19, monkeypatch):
    monkeypatch.setattr(places, "REAL", given(odoo19, password=odoo19.password))
    assert works("xmlrpc") and works("jsonrpc")
    with pytest.raises(pytest.skip.Exception, match="ODOO_TEST_API_KEY"):
        places.real("json2")


def test_a_key_will_do_for_each_transport(odoo19, monkeypatch):
    monkeypatch.setattr(places, "REAL", given(odoo19, api_key=odoo19.api_key()))
    assert works("xmlrpc") and works("jsonrpc") and works("json2")


def test_json_2_is_skipped_where_the_server_is_too_old(odoo18, monkeypatch):
    monkeypatch.setattr(places, "REAL", given(odoo18, api_key=odoo18.api_key()))
    with pytest.raises(pytest.skip.Exception):
        places.real("json2")


@pytest.mark.parametrize("forbidden", [[], ["hr.employee"], ["hr.attendance"], ["hr.employee", "hr.attendance"]])
def test_nobody_active_stays_whatever_odoo_forbids(odoo18, forbidden):
    def forbid(call):
        if call.method == "execute_kw" and call.model_method == "unlink" and call.model in forbidden:
            raise UserError("Another module needs it.")

    odoo18.run_as("admin", "hr.attendance", "create", {
        "employee_id": AICHA.odoo_id, "check_in": "2026-03-02 08:00:00", "check_out": "2026-03-02 16:00:00"})
    odoo18.hooks.before.append(forbid)
    connector = OdooConnector(**credentials(odoo18))
    leave(connector, AICHA)
    leave(connector, AICHA)
    connector.close()
    stay = [row for row in odoo18.rows("hr.employee") if row["id"] == AICHA.odoo_id]
    assert [row["active"] for row in stay] == ([False] if forbidden else [])
