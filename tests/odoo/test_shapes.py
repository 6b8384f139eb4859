"""An answer in the right format that cannot be the method's: a line's accident, never a result."""

from __future__ import annotations

import pytest

from backend.odoo.errors import OdooNotOdoo
from backend.odoo.retrying import is_unclear
from backend.odoo_connector import OdooConnector
from backend.odoo_simulator import Answer, OdooSimulator
from tests.odoo.stories import credentials


@pytest.fixture
def odoo():
    with OdooSimulator(version=19) as server:
        yield server


@pytest.fixture
def connector(odoo):
    made = OdooConnector(**credentials(odoo, password=odoo.api_key(), transport="json2"))
    made.connect()
    yield made
    made.close()


@pytest.mark.parametrize("body", [b"null", b'{"status": "ok"}', b"true"])
def test_reading_never_takes_something_else_for_no_rows(odoo, connector, body):
    def garble(call):
        if call.model_method == "read":
            raise Answer(200, body, "application/json")

    odoo.hooks.before.append(garble)
    with pytest.raises(OdooNotOdoo):
        connector.client.execute("hr.employee", "read", [2], ["name"])


@pytest.mark.parametrize("body", [b"[]", b'{"status": "ok"}'])
def test_a_load_with_a_meaningless_answer_may_have_been_done(odoo, connector, body):
    def garble(call):
        if call.model_method == "load":
            raise Answer(200, body, "application/json")

    odoo.hooks.after.append(garble)
    with pytest.raises(OdooNotOdoo) as raised:
        connector.client.execute("hr.attendance", "load", ["id", "employee_id/.id", "check_in"],
                                 [["__face_attendance__.a", "2", "2026-03-02 08:00:00"]])
    assert is_unclear(raised.value)
    assert len(odoo.attendances()) == 1


def test_a_login_with_a_meaningless_answer_is_no_login(odoo):
    def garble(call):
        if call.model == "res.users" and call.model_method == "read":
            raise Answer(200, b'{"a": 1}', "application/json")

    odoo.hooks.before.append(garble)
    fresh = OdooConnector(**credentials(odoo, password=odoo.api_key(), transport="json2"))
    with pytest.raises(OdooNotOdoo):
        fresh.connect()
    fresh.close()
