"""What travels in JSON: JSON-RPC, JSON-2, and the web client's own addresses."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from backend.odoo_simulator import Answer, DropConnection, OdooSimulator
from backend.odoo_simulator.errors import OperationalError

VALS = {"employee_id": 3, "check_in": "2026-03-02 08:00:00", "check_out": "2026-03-02 09:00:00"}


@dataclass
class Asked:
    status: int
    headers: dict[str, str]
    body: str

    @property
    def kind(self) -> str:
        return self.headers["Content-Type"]

    def json(self) -> Any:
        return json.loads(self.body)


def ask(odoo: OdooSimulator, path: str, content: Any = None, method: str = "POST", **headers: str) -> Asked:
    connection = http.client.HTTPConnection(urlsplit(odoo.url).netloc, timeout=10)
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    sent = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    try:
        connection.request(method, path, body, {name: value for name, value in sent.items() if value})
        answer = connection.getresponse()
        return Asked(answer.status, dict(answer.getheaders()), answer.read().decode())
    finally:
        connection.close()


def rpc(odoo: OdooSimulator, model: str, method: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    params = [odoo.db, odoo.uid(), odoo.api_key(), model, method, args, kwargs]
    body = {"jsonrpc": "2.0", "id": 7, "params": {"service": "object", "method": "execute_kw", "args": params}}
    return ask(odoo, "/jsonrpc", body).json()


def json2(odoo: OdooSimulator, model: str, method: str, content: Any = None, **headers: str) -> Asked:
    sent = {"Authorization": f"bearer {odoo.api_key()}", "X_Odoo_Database": odoo.db, **headers}
    return ask(odoo, f"/json/2/{model}/{method}", {} if content is None else content, **sent)


@pytest.fixture
def odoo19(clock: Any) -> Iterator[OdooSimulator]:
    with OdooSimulator(version=19, clock=clock) as simulator:
        yield simulator


# JSON-RPC ------------------------------------------------------------------------------------


def test_the_code_of_an_error_is_200_in_18_and_0_in_19_and_the_class_is_named(odoo: Any) -> None:
    answer = rpc(odoo, "hr.attendance", "write", [999999], {"check_out": False})
    assert (answer["id"], answer["error"]["code"]) == (7, 200 if odoo.version == 18 else 0)
    assert answer["error"]["data"]["name"] == "odoo.exceptions.MissingError"


def test_a_method_without_a_result_gives_neither_result_nor_error_and_has_run(odoo: Any) -> None:
    assert rpc(odoo, "hr.employee", "action_archive", [3]) == {"jsonrpc": "2.0", "id": 7}
    assert rpc(odoo, "hr.employee", "read", [3], ["active"])["result"][0]["active"] is False


def test_another_content_type_or_get_is_refused_with_a_page(odoo: Any) -> None:
    status = 400 if odoo.version == 18 else 415
    for answer in (ask(odoo, "/jsonrpc", {}, Content_Type="text/plain"), ask(odoo, "/jsonrpc", method="GET")):
        assert (answer.status, answer.kind) == (status, "text/html; charset=utf-8")


def test_a_list_is_no_message(odoo: Any) -> None:
    assert (ask(odoo, "/jsonrpc", []).status, ask(odoo, "/jsonrpc", []).body) == (400, "Invalid JSON data")


def test_names_of_rows_have_keys_that_only_json_can_carry(odoo: Any) -> None:
    assert rpc(odoo, "hr.employee", "get_external_id", [3])["result"] == {"3": ""}


def test_what_xml_cannot_carry_json_can(odoo: Any) -> None:
    odoo.change("hr.employee", 3, name="Bru\x01no")
    assert rpc(odoo, "hr.employee", "read", [3], ["name"])["result"][0]["name"] == "Bru\x01no"


# JSON-2 --------------------------------------------------------------------------------------


def test_version_18_has_no_json2_and_sends_to_the_log_in(clock: Any) -> None:
    with OdooSimulator(version=18, clock=clock) as odoo:
        for method in ("GET", "POST"):
            answer = ask(odoo, "/json/2/hr.employee/search", {}, method)
            assert (answer.status, answer.headers["Location"][:10]) == (303, "/web/login")


def test_arguments_go_by_name_with_ids_and_context(odoo19: Any) -> None:
    assert json2(odoo19, "hr.employee", "read", {"ids": [27], "fields": ["name"]}).json() == [
        {"id": 27, "name": "Archived Person"}]
    domain = [["id", ">", 25]]
    assert json2(odoo19, "hr.employee", "search", {"domain": domain, "order": "id"}).json() == [26, 28, 29]
    everybody = {"domain": domain, "order": "id", "context": {"active_test": False}}
    assert json2(odoo19, "hr.employee", "search", everybody).json() == [26, 27, 28, 29]
    assert json2(odoo19, "hr.employee", "action_archive", {"ids": [3]}).body == "null"


def test_create_always_answers_a_list(odoo19: Any) -> None:
    first = json2(odoo19, "hr.attendance", "create", {"vals_list": VALS}).json()
    assert len(first) == 1 and json2(odoo19, "hr.attendance", "unlink", {"ids": first}).json() is True


def test_the_scheme_may_be_written_anyhow_and_the_database_left_out(odoo19: Any) -> None:
    answer = json2(odoo19, "hr.employee", "search_count", {"domain": []}, X_Odoo_Database="",
                   Authorization=f"BEARER {odoo19.api_key()}")
    assert (answer.status, answer.json()) == (200, 28)


@pytest.mark.parametrize("secret", ["", "Basic eDp5", "bearer bridge", "bearer 0", "bearer expired"])
def test_only_a_good_key_opens(odoo19: Any, secret: str) -> None:
    answer = json2(odoo19, "hr.employee", "search_count", {"domain": []},
                   Authorization=secret.replace("expired", odoo19.expired_key))
    assert (answer.status, answer.json()["name"]) == (401, "werkzeug.exceptions.Unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer "


@pytest.mark.parametrize("model, method, content, status, name", [
    ("hr.attendance", "create", {"vals_list": {**VALS, "employee_id": 9999}}, 404, "odoo.exceptions.MissingError"),
    ("hr.attendance", "write", {"ids": [9999], "vals": {}}, 404, "odoo.exceptions.MissingError"),
    ("hr.attendance", "create", {"vals_list": {**VALS, "check_out": "2026-03-02 07:00:00"}}, 422,
     "odoo.exceptions.ValidationError"),
    ("hr.attendance", "write", {"ids": [1]}, 422, "werkzeug.exceptions.UnprocessableEntity"),
    ("hr.attendance", "search", {"ids": [1], "domain": []}, 422, "werkzeug.exceptions.UnprocessableEntity"),
    ("hr.attendance", "create", {"vals_list": {**VALS, "check_in": "x"}}, 500, "builtins.ValueError"),
    ("hr.attendance", "search_read", {"domain": [], "nope": 1}, 500, "builtins.TypeError"),
    ("hr.employee", "_attendance_action_change", {}, 403, "odoo.exceptions.AccessError"),
    ("account.move", "search", {"domain": []}, 403, "odoo.exceptions.AccessError"),
    ("no.model", "search", {"domain": []}, 404, "werkzeug.exceptions.NotFound"),
    ("hr.employee", "nothing", {}, 404, "werkzeug.exceptions.NotFound"),
])
def test_the_status_tells_the_kind_of_error(
        odoo19: Any, model: str, method: str, content: Any, status: int, name: str) -> None:
    answer = json2(odoo19, model, method, content)
    assert (answer.status, answer.json()["name"], answer.kind) == (status, name, "application/json; charset=utf-8")


def test_get_and_other_routes_are_not_found_in_json(odoo19: Any) -> None:
    for answer in (ask(odoo19, "/json/2/hr.employee/search", method="GET"), ask(odoo19, "/json/2/hr.employee")):
        assert (answer.status, answer.json()["name"]) == (404, "werkzeug.exceptions.NotFound")


def test_another_content_type_is_a_page(odoo19: Any) -> None:
    for kind in ("text/plain", ""):
        answer = json2(odoo19, "hr.employee", "search", {"domain": []}, Content_Type=kind)
        assert (answer.status, answer.kind) == (415, "text/html; charset=utf-8")


def test_a_wrong_database_and_postgresql_down_look_the_same(odoo19: Any) -> None:
    wrong = json2(odoo19, "hr.employee", "search", {"domain": []}, X_Odoo_Database="nodb")
    odoo19.database_up = False
    down = json2(odoo19, "hr.employee", "search", {"domain": []})
    assert (wrong.status, wrong.kind, wrong.body) == (down.status, down.kind, down.body)
    assert (down.status, down.kind) == (404, "text/html; charset=utf-8")
    odoo19.database_up = True
    assert json2(odoo19, "hr.employee", "search_count", {"domain": []}).json() == 28


def test_postgresql_lost_in_the_middle_of_a_call_is_an_error_of_the_call(odoo: Any) -> None:
    def lost(call: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly\n")

    odoo.hooks.before_commit.append(lost)
    assert rpc(odoo, "hr.attendance", "create", VALS)["error"]["data"]["name"] == "psycopg2.OperationalError"
    if odoo.version == 19:
        answer = json2(odoo, "hr.attendance", "create", {"vals_list": VALS})
        assert (answer.status, answer.json()["name"]) == (500, "psycopg2.OperationalError")
    assert odoo.attendances() == []


def test_a_list_as_body_is_silently_ignored(odoo19: Any) -> None:
    rows = json2(odoo19, "hr.employee", "search_read", [[["id", "=", 3]]]).json()
    assert len(rows) == 28 and "avatar_128" in rows[0]


def test_a_call_is_kept_as_any_other_wire_would_carry_it(odoo19: Any) -> None:
    json2(odoo19, "hr.attendance", "load", {"fields": ["id"], "data": [["x.a"]], "context": {"tz": "UTC"}})
    json2(odoo19, "hr.attendance", "write", {"ids": [5], "vals": {"check_out": False}})
    json2(odoo19, "hr.employee", "search_read", {"domain": [], "limit": 1})
    assert [(call.wire, call.model_method, call.args, call.kwargs, call.uid) for call in odoo19.calls] == [
        ("json2", "load", [["id"], [["x.a"]]], {"context": {"tz": "UTC"}}, 5),
        ("json2", "write", [[5], {"check_out": False}], {}, 5),
        ("json2", "search_read", [], {"domain": [], "limit": 1}, 5)]


def test_tests_step_between_a_call_and_its_answer_on_every_wire(odoo19: Any) -> None:
    def busy(call: Any) -> None:
        raise Answer(429, b"slow down", headers={"Retry-After": "7"})

    def dropping(call: Any) -> None:
        raise DropConnection

    odoo19.hooks.before.append(busy)
    assert (json2(odoo19, "hr.employee", "search", {"domain": []}).status) == 429
    odoo19.hooks.before.remove(busy)
    odoo19.hooks.after.append(dropping)
    for send in (lambda: json2(odoo19, "hr.attendance", "create", {"vals_list": {**VALS, "employee_id": 4}}),
                 lambda: rpc(odoo19, "hr.attendance", "create", VALS)):
        with pytest.raises(http.client.RemoteDisconnected):
            send()
    assert [one["employee_id"] for one in odoo19.attendances()] == [4, 3]


# The web client ------------------------------------------------------------------------------


def log_in(odoo: OdooSimulator, password: str, db: str | None = None) -> Asked:
    params = {"db": db or odoo.db, "login": "bridge", "password": password}
    return ask(odoo, "/web/session/authenticate", {"jsonrpc": "2.0", "id": 1, "params": params})


def test_a_session_is_opened_with_the_password_and_calls_by_its_cookie(odoo: Any) -> None:
    opened = log_in(odoo, "bridge")
    assert opened.json()["result"]["uid"] == odoo.uid() and opened.json()["result"]["db"] == odoo.db
    cookie = opened.headers["Set-Cookie"]
    assert cookie.endswith("; Max-Age=604800; HttpOnly; Path=/")
    call = {"params": {"model": "hr.employee", "method": "search_count", "args": [[]], "kwargs": {}}}
    assert ask(odoo, "/web/dataset/call_kw", call, Cookie=cookie.split(";")[0]).json()["result"] == 28
    expired = ask(odoo, "/web/dataset/call_kw", call)
    assert (expired.status, expired.json()["error"]["code"], expired.json()["id"]) == (200, 100, None)
    assert expired.json()["error"]["data"]["name"] == "odoo.http.SessionExpiredException"


def test_keys_wrong_passwords_and_wrong_databases_open_no_session(odoo: Any) -> None:
    for secret in (odoo.api_key(), "wrong"):
        assert log_in(odoo, secret).json()["error"]["data"]["name"] == "odoo.exceptions.AccessDenied"
    assert log_in(odoo, "bridge", "nodb").json()["error"]["data"]["message"] == "Database not found."


def test_ten_wrong_log_ins_close_the_door_for_a_minute_but_not_that_of_rpc(odoo: Any, bridge: Any, clock: Any) -> None:
    for _ in range(10):
        log_in(odoo, "wrong")
    assert log_in(odoo, "bridge").json()["error"]["data"]["message"].startswith("Too many login failures")
    assert bridge("hr.employee", "search_count", []) == 28
    clock.move(seconds=61)
    assert log_in(odoo, "bridge").json()["result"]["uid"] == odoo.uid()


def test_version_and_databases_are_told_to_json_only(odoo: Any) -> None:
    for path, key in (("/web/webclient/version_info", "server_serie"), ("/web/database/list", None)):
        result = ask(odoo, path, {"params": {}}).json()["result"]
        assert result == [odoo.db] if key is None else result[key] == f"{odoo.version}.0"
        assert ask(odoo, path, method="GET").status in (400, 415)


# Races ---------------------------------------------------------------------------------------


def test_the_same_load_at_the_same_time_is_one_row_whichever_wire_brings_it(odoo: Any) -> None:
    columns = ["id", "employee_id/.id", "check_in", "check_out"]
    rows = [["__face_attendance__.a", "3", "2026-03-02 08:00:00", "2026-03-02 09:00:00"]]
    utc = {"tz": "UTC"}

    def by_rpc() -> dict[str, Any]:
        return dict(rpc(odoo, "hr.attendance", "load", columns, rows, context=utc)["result"])

    def by_name() -> dict[str, Any]:
        if odoo.version == 18:
            return by_rpc()
        return dict(json2(odoo, "hr.attendance", "load", {"fields": columns, "data": rows, "context": utc}).json())

    together = threading.Barrier(2)
    odoo.hooks.before_commit.append(lambda call: together.wait(timeout=10) and None)
    with ThreadPoolExecutor(2) as pool:
        answers = [one.result() for one in [pool.submit(by_rpc), pool.submit(by_name)]]
    odoo.hooks.before_commit.clear()
    won = [one for one in answers if one["ids"]]
    assert len(won) == 1 and len(odoo.attendances()) == 1
    assert by_name()["ids"] == by_rpc()["ids"] == won[0]["ids"]


def test_a_call_that_loses_at_every_try_is_told_by_its_class(odoo: Any) -> None:
    odoo.lose_races(calls=2, methods=("create",))
    assert rpc(odoo, "hr.attendance", "create", VALS)["error"]["data"]["name"] == "psycopg2.errors.SerializationFailure"
    if odoo.version == 19:
        answer = json2(odoo, "hr.attendance", "create", {"vals_list": VALS})
        assert (answer.status, answer.json()["name"]) == (500, "psycopg2.errors.SerializationFailure")
