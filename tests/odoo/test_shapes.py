"""An answer in the right format that cannot be the method's: a line's accident, never a result."""

from __future__ import annotations

import ast

import pytest

from backend.config import PROJECT_ROOT
from backend.odoo import attendances
from backend.odoo.errors import OdooNotOdoo
from backend.odoo.retrying import is_unclear
from backend.odoo.transports.json2 import _SHAPES
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


@pytest.mark.parametrize("body", [b"null", b'{"a": 1}'])
def test_whose_row_it_is_was_not_answered_by_something_else(odoo, connector, body):
    def garble(call):
        if call.model_method == "get_metadata":
            raise Answer(200, body, "application/json")

    odoo.hooks.before.append(garble)
    with pytest.raises(OdooNotOdoo):
        attendances.external_names(connector.client, [1], size=10)


def test_each_method_that_the_bridge_calls_has_the_shape_of_its_answer():
    called = set()
    for path in (PROJECT_ROOT / "backend" / "odoo").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "execute":
                called |= {argument.value for argument in node.args[1:2]
                           if isinstance(argument, ast.Constant) and isinstance(argument.value, str)}
    assert {"load", "get_metadata", "search_read"} <= called <= _SHAPES.keys()


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
