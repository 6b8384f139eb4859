"""An Odoo that fails itself: what its exceptions mean, the same over each wire, and that no row is
blamed for them."""

from __future__ import annotations

import json
import xmlrpc.client
from datetime import timedelta

import pytest

from backend.odoo import errors
from backend.odoo.bridge import push_context
from backend.odoo.protocol import Login
from backend.odoo.transports import Http, Json2, JsonRpc, Limits, XmlRpc
from tests.odoo.canned import XML, Said, in_json, served
from tests.odoo.stories import held

STACK = ("Traceback (most recent call last):\n"
         '  File "/usr/lib/python3/dist-packages/odoo/http.py", line 2168, in _transactioning\n'
         "    return service_model.retrying(func, env=self.env)\n")
FIRST = STACK + "KeyError: 'hr.attendance'\n\nDuring handling of the above exception, another exception occurred:\n\n"
AWAY, BUSY, FAULT = errors.OdooDatabaseDown, errors.OdooTransient, errors.OdooServerFault
RAISED = {
    "psycopg2.errors.AdminShutdown": (AWAY, "terminating connection due to administrator command\nserver closed "
                                      "the connection unexpectedly\n\tbefore or while processing the request."),
    "psycopg2.errors.CannotConnectNow": (AWAY, "the database system is starting up"),
    "psycopg2.errors.TooManyConnections": (AWAY, "sorry, too many clients already"),
    "psycopg2.errors.DiskFull": (AWAY, 'could not extend file "base/16384/1": No space left on device\n'
                                 "HINT:  Check free disk space."),
    "psycopg2.errors.ReadOnlySqlTransaction": (AWAY, "cannot execute INSERT in a read-only transaction"),
    "psycopg2.OperationalError": (AWAY, "connection to server at \"127.0.0.1\" failed: Connection refused"),
    "psycopg2.errors.DeadlockDetected": (BUSY, "deadlock detected\nDETAIL:  Process 1 waits for ShareLock.\n"
                                         'CONTEXT:  while updating tuple (0,1) in relation "hr_employee"'),
    "psycopg2.errors.LockNotAvailable": (BUSY, 'could not obtain lock on row in relation "hr_employee"'),
    "psycopg2.errors.SerializationFailure": (BUSY, "could not serialize access due to concurrent update"),
    "psycopg2.errors.UndefinedColumn": (FAULT, "column hr_attendance.x does not exist\nLINE 1: SELECT x\n    ^"),
    "MemoryError": (FAULT, ""),
}


def in_xml(name: str, words: str) -> Said:
    fault = xmlrpc.client.Fault(1, f"{FIRST}{STACK}{name}: {words}\n" if words else f"{STACK}{name}\n")
    return Said(200, xmlrpc.client.dumps(fault).encode(), XML)


def rpc(name: str, words: str) -> Said:
    data = {"name": name, "message": words, "debug": STACK, "arguments": [], "context": {}}
    return in_json({"jsonrpc": "2.0", "id": 1, "error": {"code": 0, "message": "Odoo Server Error", "data": data}})


def bare(name: str, words: str) -> Said:
    return Said(500, json.dumps({"name": name, "message": words, "arguments": [], "context": {}, "debug": STACK}
                                ).encode())


@pytest.mark.parametrize(("transport", "say"), [(XmlRpc, in_xml), (JsonRpc, rpc), (Json2, bare)],
                         ids=["xmlrpc", "jsonrpc", "json2"])
@pytest.mark.parametrize("name", RAISED)
def test_what_an_exception_of_odoos_means_is_the_same_over_each_wire(transport, say, name):
    kind, words = RAISED[name]
    with served(lambda asked: say(name, words)) as server, pytest.raises(errors.OdooError) as raised:
        transport(Http(server.url, Limits(10, 10))).execute(
            Login("o18", "bridge", "0" * 40), 6, "hr.attendance", "load", [], {})
    assert type(raised.value) is kind
    if kind is FAULT:
        assert raised.value.fault == name and words.split("\n")[0] in str(raised.value)
    assert "Traceback" not in str(raised.value) and "File" not in str(raised.value)


# Rows ----------------------------------------------------------------------------------------


def failing(odoo, employee: int | None = None) -> list[bool]:
    """Odoo fails at each load(), or at those with a row of this employee, until the answer is cleared."""
    broken = [True]

    def hook(call):
        if call.model_method == "load" and broken and (
                employee is None or str(employee) in [row[1] for row in call.args[1]]):
            raise MemoryError("the worker has no memory left")

    odoo.hooks.before.append(hook)
    return broken


@pytest.mark.parametrize("people", [1, 12])
def test_an_odoo_that_fails_for_an_hour_blames_no_row_and_gets_all_by_itself(desk, odoo, diary, clock, people):
    """So many rows that Odoo fails at all of them, and so few that each is tried by itself."""
    for number in range(1, people + 1):
        diary(f"EMP{number:03}").enter("08:00", "16:00")
    broken = failing(odoo)
    for minutes in (1, 2, 4, 16, 37):
        desk.deliver()
        clock.now += timedelta(minutes=minutes)
    assert desk.problems() == []
    broken.clear()
    for _ in range(2):
        clock.now += timedelta(hours=1)
        desk.deliver()
    assert len(held(odoo)) == people


def test_a_row_at_which_odoo_fails_each_time_holds_up_nobody_and_waits_for_somebody_in_the_end(
        desk, odoo, diary, clock, monkeypatch):
    monkeypatch.setattr(push_context, "MOST_FAULTY", 5)
    for number in (1, 2, 3):
        diary(f"EMP{number:03}").enter("08:00", "16:00")
    failing(odoo, next(row["id"] for row in odoo.rows("hr.employee") if row["barcode"] == "EMP002"))
    result = desk.deliver()
    assert (result["pushed"], result["failed"]) == (2, 1)
    assert "Odoo failed" in result["errors"][0] and "log" in result["errors"][0]
    for _ in range(4):
        assert desk.problems() == []
        clock.now += timedelta(hours=1)
        desk.deliver()
    (problem,) = desk.problems()
    assert (problem["person_id"], problem["code"]) == ("EMP002", "odoo_server_fault")
    assert "no memory left" in problem["error"] and problem["remedy"]
