"""What real servers answered over JSON-RPC and JSON-2, served word for word by a server of the test's
own: the parsing is that of the product, sockets and headers included."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from backend.odoo import attendances, employees, errors
from backend.odoo.protocol import Login
from backend.odoo.transports import Http, Json2, JsonRpc, Limits
from tests.odoo.canned import Asked, Canned, Said, served

pytestmark = pytest.mark.testdata
LOGIN = Login("o19", "bridge", "KEY_bridge")
WIRES = [("jsonrpc", 18), ("jsonrpc", 19), ("json2", 19)]


@pytest.fixture(scope="module")
def exchanges(test_data):
    """Version → transport → step → exchange."""
    found: dict = {}
    for version in (18, 19):
        text = (test_data / "odoo_transcripts" / f"odoo{version}.json").read_text(encoding="utf-8")
        for one in json.loads(text):
            found.setdefault(version, {}).setdefault(one["transport"], {})[one["step"]] = one
    return found


class Replayed:
    """`replayed(step)` is what the transport makes of the answer recorded for that step."""

    def __init__(self, server: Canned, steps: dict, http: dict, kind: str) -> None:
        self.server, self.steps, self.kind = server, steps, kind
        self.http = http
        self.step = ""
        server.answer = self.answer
        self.transport = {"jsonrpc": JsonRpc, "json2": Json2}[kind](Http(server.url, Limits(10, 10)))

    def answer(self, asked: Asked) -> Said:
        for one in self.http.values():
            if one["request"]["path"] == asked.path:
                return said(one)
        return said(self.steps[self.step])

    def __call__(self, step: str):
        self.step = step
        return self.transport.execute(LOGIN, 6, "a.model", "a_method", [], {})


def said(exchange: dict) -> Said:
    response = exchange["response"]
    headers = {name: value for name, value in response["headers"].items()
               if name not in ("Content-Type", "Connection")}
    return Said(response["status"], response["body"].encode(), response["headers"]["Content-Type"], headers)


@pytest.fixture(params=WIRES, ids=lambda wire: f"{wire[0]}-{wire[1]}")
def replayed(request: pytest.FixtureRequest, exchanges) -> Iterator[Replayed]:
    kind, version = request.param
    with served({}) as server:
        made = Replayed(server, exchanges[version][kind], exchanges[version]["http"], kind)
        yield made
        made.transport.close()


@pytest.fixture
def json2(exchanges) -> Iterator[Replayed]:
    with served({}) as server:
        made = Replayed(server, exchanges[19]["json2"], exchanges[19]["http"], "json2")
        yield made
        made.transport.close()


FAILURES = {
    "barcode as plain user": errors.OdooForbidden,
    "domain on barcode as plain user": errors.OdooServerFault,
    "unknown field": errors.OdooServerFault,
    "unknown model": errors.OdooRefused,
    "create identical again": errors.OdooRefused,
    "create open while open": errors.OdooRefused,
    "create check_out before check_in": errors.OdooRefused,
    "create unknown employee": errors.OdooRefused,
    "create ISO time": errors.OdooServerFault,
    "create batch with one bad": errors.OdooRefused,
    "create as accountant without rights": errors.OdooForbidden,
    "load unknown column": errors.OdooServerFault,
    "external id missing": errors.OdooServerFault,
    "external id after deletion": errors.OdooServerFault,
    "write deleted": errors.OdooRefused,
    "moves as bridge user": errors.OdooForbidden,
}


@pytest.mark.parametrize("step", FAILURES)
def test_failures_become_errors_of_one_line_with_odoos_own_words(replayed, step):
    with pytest.raises(errors.OdooError) as raised:
        replayed(step)
    assert type(raised.value) is FAILURES[step]
    assert "Traceback" not in str(raised.value) and "\n" not in str(raised.value)
    body = json.loads(replayed.steps[step]["response"]["body"])
    words = (body["error"]["data"] if "error" in body else body)["message"]
    assert errors.one_line(words)[:60] in str(raised.value)


def test_a_missing_external_id_is_told_by_its_class(replayed):
    with pytest.raises(errors.OdooServerFault) as raised:
        replayed("external id missing")
    assert raised.value.fault == "builtins.ValueError"
    assert replayed("external id found")[0] == attendances.MODEL


def test_a_method_that_returned_nothing_has_run(replayed):
    assert replayed("method that returns None (archive and back)") is None


def test_employees_and_rights(replayed):
    first, second, _ = (employees.from_odoo(row) for row in replayed("search_read employees page"))
    assert (first.person_id, first.name, first.department, first.position, first.phone) == (
        "EMP001", "Aïcha Benali", "Sales", "Sales Rep", "+1 555 0201")
    assert second.phone == "+1 555 0102"
    archived = [employees.from_odoo(row) for row in replayed("search_read archived too")]
    assert {one.person_id: one.active for one in archived} == {
        "EMP025": True, "EMP900": False, "ODOO_28": True, "EMP901": True}
    assert "barcode" not in replayed("fields_get employee as plain user")
    assert (replayed("may create attendance (bridge)"), replayed("may create attendance (plain user)")) == (
        True, False)


def test_rows_loaded_and_read(replayed):
    assert len(replayed("load two new")["ids"]) == 2
    bad = replayed("load four rows, the third and fourth bad")
    assert bad["ids"] is False and bad["messages"][0]["record"] == 0
    held = [attendances.held(row) for row in replayed("search_read attendances of one employee")]
    assert [f"{one.check_in:%d %H:%M}-{one.check_out:%d %H:%M}" for one in held] == [
        "02 08:00-02 16:00", "03 08:15-03 16:00", "04 08:00-04 16:00"]
    assert replayed("get_metadata")[0]["xmlid"].startswith("__face_attendance__.session_")
    assert replayed("read missing id") == []
    assert replayed("unlink") is True


@pytest.mark.parametrize("version", [18, 19])
def test_json_rpc_logs_in_and_tells_its_version(exchanges, version):
    with served({}) as server:
        wire = Replayed(server, exchanges[version]["jsonrpc"], exchanges[version]["http"], "jsonrpc")
        wire.step = "jsonrpc version"
        assert (wire.transport.version().major, wire.transport.version().protocol) == (version, 1)
        wire.step = "jsonrpc authenticate ok"
        assert wire.transport.authenticate(LOGIN) in (5, 6)
        wire.step = "jsonrpc authenticate wrong password"
        assert wire.transport.authenticate(LOGIN) is None
        wire.step = "jsonrpc authenticate wrong database"
        with pytest.raises(errors.OdooDatabaseDown) as raised:
            wire.transport.authenticate(LOGIN)
        assert 'database "nodb"' in raised.value.words
        assert wire.transport.database_up() is True
        with pytest.raises(errors.OdooNotOdoo, match="status 400"):
            wire("jsonrpc malformed")


def test_json_2_tells_its_version(json2):
    assert (json2.transport.version().text, json2.transport.version().major) == ("19.0", 19)


@pytest.mark.parametrize("step", ["json2 no key", "json2 wrong key"])
def test_json_2_refuses_a_key(json2, step):
    with pytest.raises(errors.OdooAccessDenied):
        json2(step)
    assert json2.transport.authenticate(replace(LOGIN, secret="0" * 40)) is None


def test_json_2_with_a_database_that_is_wrong_or_down(json2, exchanges):
    with pytest.raises(errors.OdooWrongDatabase, match="no database called o19"):
        json2("json2 wrong database")
    down = json.loads(json.dumps(exchanges[19]["http"]["GET /web/health?db_server_status=1"]))
    down["response"] |= {"status": 500, "body": '{"status": "fail", "db_server_status": false}'}
    json2.http = {"health": down}
    with pytest.raises(errors.OdooDatabaseDown):
        json2("json2 wrong database")


@pytest.mark.parametrize(("step", "model", "method", "args", "kwargs"), [
    ("load two new", "hr.attendance", "load",
     lambda body: (body["fields"], body["data"]), {"context": {"tz": "UTC"}}),
    ("load open, no check_out column", "hr.attendance", "load",
     lambda body: (body["fields"], body["data"]), {"context": {"tz": "UTC"}}),
    ("search_read by barcode", "hr.employee", "search_read",
     lambda body: (body["domain"],), {"fields": ["id", "name", "barcode"]}),
    ("read missing id", "hr.employee", "read", lambda body: ([999999], ["name"]), {}),
    ("write check_out", "hr.attendance", "write", lambda body: (body["ids"], body["vals"]), {}),
    ("unlink", "hr.attendance", "unlink", lambda body: (body["ids"],), {}),
    ("create closed", "hr.attendance", "create", lambda body: (body["vals_list"],), {}),
    ("create batch of 3", "hr.attendance", "create", lambda body: (body["vals_list"],), {}),
    ("fields_get attendance", "hr.attendance", "fields_get", lambda body: (), {"attributes": ["type"]}),
    ("may create attendance (bridge)", "hr.attendance", "has_access", lambda body: ([], "create"), {}),
    ("get_metadata", "hr.attendance", "get_metadata", lambda body: (body["ids"],), {}),
    ("external id found", "ir.model.data", "check_object_reference",
     lambda body: (body["module"], body["xml_id"]), {}),
    ("search_count", "hr.employee", "search_count", lambda body: ([],), {}),
])
def test_json_2_names_arguments_as_they_were_named_to_a_real_server(json2, step, model, method, args, kwargs):
    recorded = json2.steps[step]["request"]
    body = json.loads(recorded["body"])
    json2.step = step
    json2.transport.execute(LOGIN, 6, model, method, args(body), kwargs)
    (asked,) = json2.server.asked
    assert (asked.method, asked.path, asked.json) == ("POST", recorded["path"], body)
    for name in ("Authorization", "X-Odoo-Database", "Content-Type"):
        assert asked.headers[name] == recorded["headers"][name]


def test_json_rpc_sends_what_was_sent_to_a_real_server(exchanges):
    steps = exchanges[19]["jsonrpc"]
    with served({}) as server:
        wire = Replayed(server, steps, {}, "jsonrpc")
        recorded = json.loads(steps["load two new"]["request"]["body"])
        *_, model, method, arguments, options = recorded["params"]["args"]
        wire.step = "load two new"
        wire.transport.execute(LOGIN, 5, model, method, arguments, options)
        assert server.asked[0].json == recorded
        assert server.asked[0].path == "/jsonrpc"


def test_one_created_record_is_one_id_and_a_list_stays_a_list(json2):
    json2.step = "create closed"
    assert json2.transport.execute(LOGIN, 5, "hr.attendance", "create", ({"employee_id": 15},), {}) == 166
    assert json2.transport.execute(LOGIN, 5, "hr.attendance", "create", ([{"employee_id": 15}],), {}) == [166]


def test_a_method_whose_arguments_have_no_names_here_is_refused_before_it_is_sent(json2):
    with pytest.raises(errors.OdooUnsupported, match="by name only"):
        json2.transport.execute(LOGIN, 5, "hr.attendance", "a_method", (1,), {})
    with pytest.raises(errors.OdooUnsupported, match="takes ids, vals"):
        json2.transport.execute(LOGIN, 5, "hr.attendance", "write", ([1], {}, 3), {})
    assert json2.server.asked == []
