"""Where the suite marked `odoo` runs: simulated servers, and a real one where the environment says.

ODOO_TEST_URL, ODOO_TEST_DB and ODOO_TEST_USERNAME name it, with ODOO_TEST_PASSWORD,
ODOO_TEST_API_KEY or both. The user needs what a bridge user needs, and nothing more. Each
transport is tried; JSON-2 is skipped where the server is too old for it or there is no key.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import pytest

from backend.odoo.errors import OdooError, OdooUnsupported
from backend.odoo_connector import OdooConnector
from backend.odoo_simulator import OdooSimulator
from tests.odoo.stories import credentials

REAL = {name: os.environ.get(f"ODOO_TEST_{name.upper()}")
        for name in ("url", "db", "username", "password", "api_key")}
SIMULATED = ["odoo18-xmlrpc", "odoo18-jsonrpc", "odoo19-xmlrpc", "odoo19-jsonrpc", "odoo19-json2"]
PLACES = [*SIMULATED, *(["real-xmlrpc", "real-jsonrpc", "real-json2"] if REAL["url"] else [])]


@dataclass(frozen=True)
class Worker:
    badge: str
    name: str
    odoo_id: int


def simulated(server: OdooSimulator, transport: str) -> dict[str, Any]:
    secret = server.api_key() if transport == "json2" else server.password
    return credentials(server, password=secret, transport=transport)


def real(transport: str) -> dict[str, Any]:
    """Credentials for the real server; skips the test where it does not speak the transport, or there is
    no key for it."""
    if transport == "json2" and not REAL["api_key"]:
        pytest.skip("JSON-2 takes an API key only: set ODOO_TEST_API_KEY")
    secret = REAL["api_key"] if transport == "json2" else REAL["password"] or REAL["api_key"]
    place = {"url": REAL["url"], "db": REAL["db"], "username": REAL["username"], "password": secret,
             "transport": transport}
    if transport == "json2":
        try:
            with_version = OdooConnector(**place)
            with_version.client.version()
            with_version.close()
        except OdooUnsupported as error:
            pytest.skip(str(error))
    return place


def leave(connector: OdooConnector, worker: Worker) -> None:
    """Take an employee with all attendance away again, or archive it where Odoo does not let it go."""
    client = connector.client
    if not client.execute("hr.employee", "read", [worker.odoo_id], ["id"]):
        return
    try:
        rows = client.execute("hr.attendance", "search_read", [["employee_id", "=", worker.odoo_id]], fields=["id"])
        if rows:
            client.execute("hr.attendance", "unlink", [row["id"] for row in rows])
        client.execute("hr.employee", "unlink", [worker.odoo_id])
    except OdooError:  # other modules may forbid it
        client.execute("hr.employee", "write", [worker.odoo_id], {"active": False})
