"""Threads of one process share a login to Odoo, and none waits for another one's answer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from backend.odoo_connector import OdooConnector
from backend.odoo_simulator.hooks import Call
from tests.odoo.stories import credentials


@pytest.fixture(params=["xmlrpc", "jsonrpc", "json2"])
def shared(request, odoo18, odoo19):
    """A connector, and the server that it is for."""
    server = odoo19 if request.param == "json2" else odoo18
    secret = {"password": server.api_key()} if request.param == "json2" else {}
    connector = OdooConnector(**credentials(server, transport=request.param, **secret))
    connector.connect()
    yield connector, server
    connector.close()


def name_of(connector: OdooConnector, odoo_id: int) -> str:
    return connector.client.execute("hr.employee", "read", [odoo_id], fields=["name"])[0]["name"]


def test_a_call_that_takes_a_minute_holds_up_nobody_else(shared):
    connector, server = shared
    begun, go_on = threading.Event(), threading.Event()

    def hang(call: Call) -> None:
        if call.model_method == "search_count":
            begun.set()
            go_on.wait(60)

    server.hooks.before.append(hang)
    with ThreadPoolExecutor(1) as other:
        long = other.submit(connector.client.execute, "hr.employee", "search_count", [])
        try:
            assert begun.wait(30)
            assert name_of(connector, 2) == "Aïcha Benali"
            assert not long.done()
        finally:
            go_on.set()
        assert long.result(30) > 20


def test_each_gets_its_own_answer(shared):
    connector, server = shared
    before = len(server.calls), connector.traffic[0]
    wanted = [row["id"] for row in server.rows("hr.employee")] * 5
    with ThreadPoolExecutor(8) as threads:
        names = list(threads.map(lambda odoo_id: name_of(connector, odoo_id), wanted))
    told = {row["id"]: row["name"] for row in server.rows("hr.employee")}
    assert names == [told[odoo_id] for odoo_id in wanted]
    assert len(server.calls) - before[0] == connector.traffic[0] - before[1] == len(wanted)
