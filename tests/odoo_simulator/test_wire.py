"""What travels: services, faults, secrets, other addresses, and a server that fails."""

from __future__ import annotations

import http.client
import socket
import xmlrpc.client
from typing import Any
from urllib.parse import urlsplit

import pytest

from backend.odoo_simulator import Answer, DropConnection, OdooSimulator


def asked(odoo: OdooSimulator, path: str, method: str = "GET", body: bytes = b"") -> tuple[int, str, str]:
    connection = http.client.HTTPConnection(urlsplit(odoo.url).netloc, timeout=10)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        assert answer.getheader("Connection") == "close"
        return answer.status, answer.getheader("Content-Type", ""), answer.read().decode()
    finally:
        connection.close()


def refusing(*_: Any) -> None:
    raise DropConnection


def test_keys_and_passwords_let_their_owner_in_and_nobody_else(bridge: Any, odoo: Any) -> None:
    def uid(login: str, secret: str) -> Any:
        return bridge.service("common", "authenticate", odoo.db, login, secret, {})

    assert uid("bridge", "bridge") == uid("bridge", odoo.api_key("bridge")) == bridge.uid
    assert [uid("bridge", "x"), uid("nobody", "x"), uid("bridge", odoo.api_key("admin")),
            uid("admin", odoo.expired_key)] == [False] * 4
    assert bridge.service("common", "login", odoo.db, "bridge", "bridge") == bridge.uid


def test_a_key_runs_out_by_the_servers_clock(bridge: Any, odoo: Any, clock: Any) -> None:
    key = odoo.issue_key("bridge", clock.now.replace(hour=9))
    assert bridge.service("common", "authenticate", odoo.db, "bridge", key, {}) == bridge.uid
    clock.move(hours=2)
    assert bridge.service("common", "authenticate", odoo.db, "bridge", key, {}) is False


def test_a_key_that_ran_out_goes_on_working_for_calls_a_while_where_it_was_used_before(
        bridge: Any, odoo: Any, clock: Any) -> None:
    bridge.key = odoo.issue_key("bridge", clock.now.replace(minute=1))
    unused = odoo.issue_key("bridge", clock.now.replace(minute=1))
    assert bridge("hr.employee", "search_count", []) == 28
    clock.move(seconds=63)
    assert bridge("hr.employee", "search_count", []) == 28
    assert bridge.service("common", "authenticate", odoo.db, "bridge", bridge.key, {}) is False
    bridge.key, used = unused, bridge.key
    assert bridge.fault("hr.employee", "search", []).faultCode == 3
    bridge.key = used
    clock.move(seconds=3)
    assert bridge.fault("hr.employee", "search", []).faultCode == 3


def test_a_restart_forgets_the_key_that_ran_out(bridge: Any, odoo: Any, clock: Any) -> None:
    bridge.key = odoo.issue_key("bridge", clock.now.replace(minute=1))
    bridge("hr.employee", "search", [])
    clock.move(seconds=61)
    odoo.stop()
    odoo.start()
    assert bridge.fault("hr.employee", "search", []).faultCode == 3


def test_a_withdrawn_key_a_new_password_and_a_user_who_left_are_told_at_once(bridge: Any, odoo: Any) -> None:
    key = odoo.issue_key("bridge", None)
    for secret, act in ((key, lambda: odoo.withdraw_key(key)), ("bridge", lambda: odoo.set_password("bridge", "new")),
                        ("new", lambda: odoo.change("res.users", bridge.uid, active=False))):
        bridge.key = secret
        assert bridge("hr.employee", "search_count", []) == 28
        act()
        assert bridge.fault("hr.employee", "search", []).faultCode == 3
        assert bridge.service("common", "authenticate", odoo.db, "bridge", secret, {}) is False


def test_an_empty_password_is_a_fault_in_18_and_false_in_19(bridge: Any, odoo: Any) -> None:
    if odoo.version == 19:
        assert bridge.service("common", "authenticate", odoo.db, "bridge", "", {}) is False
        return
    with pytest.raises(xmlrpc.client.Fault, match="AssertionError: scope and key required"):
        bridge.service("common", "authenticate", odoo.db, "bridge", "", {})


def test_a_wrong_key_is_fault_3_and_a_wrong_user_fault_2(bridge: Any) -> None:
    bridge.key = "0" * 40
    assert (bridge.fault("hr.employee", "search", []).faultCode) == 3
    bridge.uid = 9999
    assert bridge.fault("hr.employee", "search", []).faultCode == 2
    bridge.uid = False
    assert bridge.fault("hr.employee", "search", []).faultString == "Access Denied"


def test_unknown_methods_of_services_and_private_ones_of_models(bridge: Any) -> None:
    with pytest.raises(xmlrpc.client.Fault, match="Exception: Method not found: frobnicate"):
        bridge.service("object", "frobnicate")
    fault = bridge.fault("hr.employee", "_attendance_action_change", [3])
    assert (fault.faultCode, "cannot be called remotely" in fault.faultString) == (4, True)


def test_a_method_without_a_result_has_run_all_the_same(bridge: Any, odoo: Any) -> None:
    fault = bridge.fault("hr.employee", "action_archive", [3])
    assert fault.faultString.splitlines()[-1] == "TypeError: cannot marshal None unless allow_none is enabled"
    assert bridge("hr.employee", "read", [3], ["active"])[0]["active"] is False


def test_the_older_protocol_gives_codes_as_text(odoo: Any) -> None:
    with (xmlrpc.client.ServerProxy(f"{odoo.url}/xmlrpc/object") as proxy,
          pytest.raises(xmlrpc.client.Fault) as caught):
        proxy.execute_kw(odoo.db, 2, "x", "hr.employee", "search", [[]])
    assert caught.value.faultCode == "AccessDenied"


def test_other_addresses(odoo: Any) -> None:
    assert asked(odoo, "/xmlrpc/2/common")[0] == 405
    assert asked(odoo, "/nothing")[0] == 404
    assert asked(odoo, "/web/health") == (200, "application/json", '{"status": "pass"}')
    assert asked(odoo, "/web/version")[0] == (404 if odoo.version == 18 else 200)
    assert asked(odoo, "/json/version")[0] == (303 if odoo.version == 18 else 200)


def test_a_body_over_the_limit_is_refused_unread(odoo: Any) -> None:
    connection = http.client.HTTPConnection(urlsplit(odoo.url).netloc, timeout=10)
    connection.putrequest("POST", "/xmlrpc/2/common")
    connection.putheader("Content-Length", str(129 * 1024 * 1024))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_without_postgresql_only_the_version_answers_and_it_mends_itself(bridge: Any, odoo: Any) -> None:
    odoo.database_up = False
    assert bridge.service("common", "version")["server_serie"] == f"{odoo.version}.0"
    fault = bridge.fault("hr.employee", "search", [])
    assert (fault.faultCode, "psycopg2.OperationalError" in fault.faultString) == (1, True)
    assert asked(odoo, "/web/health")[0] == 200
    assert asked(odoo, "/web/health?db_server_status=1")[0] == 500
    odoo.database_up = True
    assert bridge("hr.employee", "search_count", []) == 28


def test_signs_that_xml_cannot_carry_are_dropped(bridge: Any) -> None:
    bridge.odoo.change("hr.employee", 3, name="Bru\x00no <&> \"Keller\"")
    assert bridge("hr.employee", "read", [3], ["name"])[0]["name"] == 'Bruno <&> "Keller"'


def test_a_connection_lost_before_the_work_leaves_nothing_and_after_it_everything(bridge: Any, odoo: Any) -> None:
    vals = {"employee_id": 3, "check_in": "2026-03-02 08:00:00", "check_out": "2026-03-02 09:00:00"}
    # Sent by hand: xmlrpc.client tries again by itself when the connection is dropped.
    body = xmlrpc.client.dumps((odoo.db, bridge.uid, bridge.key, "hr.attendance", "create", [vals]), "execute_kw")
    for hooks, rows in ((odoo.hooks.before, 0), (odoo.hooks.after, 1)):
        hooks.append(refusing)
        with pytest.raises(http.client.RemoteDisconnected):
            asked(odoo, "/xmlrpc/2/object", "POST", body.encode())
        hooks.remove(refusing)
        assert len(odoo.attendances()) == rows


def test_a_proxy_may_answer_in_odoos_place(odoo: Any, bridge: Any) -> None:
    def busy(_: Any) -> None:
        raise Answer(429, b"slow down", headers={"Retry-After": "7"})

    odoo.hooks.before.append(busy)
    with pytest.raises(xmlrpc.client.ProtocolError) as caught:
        bridge("hr.employee", "search", [])
    assert (caught.value.errcode, caught.value.headers["Retry-After"]) == (429, "7")


def test_a_stopped_server_refuses_connections_and_comes_back_with_its_rows(odoo: Any, bridge: Any) -> None:
    bridge.attend(employee_id=3)
    odoo.stop()
    with pytest.raises(ConnectionRefusedError):
        bridge("hr.employee", "search", [])
    odoo.start()
    assert bridge("hr.attendance", "search_count", []) == 1


def test_calls_are_kept_for_whoever_wants_to_count_them(odoo: Any, bridge: Any) -> None:
    bridge.service("common", "version")
    bridge("hr.employee", "search", [["id", "=", 3]])
    assert [(call.service, call.method, call.model, call.model_method) for call in odoo.calls] == [
        ("common", "version", None, None), ("object", "execute_kw", "hr.employee", "search")]
    assert odoo.calls[1].args == [[["id", "=", 3]]]


def test_a_restart_in_the_middle_of_a_call_leaves_it_undone_or_unanswered(odoo: Any, bridge: Any) -> None:
    vals = {"employee_id": 3, "check_in": "2026-03-02 08:00:00", "check_out": "2026-03-02 09:00:00"}
    body = xmlrpc.client.dumps((odoo.db, bridge.uid, bridge.key, "hr.attendance", "create", [vals]), "execute_kw")

    def restart(_: Any) -> None:
        odoo.stop()
        odoo.start()

    for hooks, rows in ((odoo.hooks.before_commit, 0), (odoo.hooks.after, 1)):
        hooks.append(restart)
        with pytest.raises(http.client.RemoteDisconnected):
            asked(odoo, "/xmlrpc/2/object", "POST", body.encode())
        hooks.remove(restart)
        assert len(odoo.attendances()) == rows


def test_a_request_that_breaks_off_is_not_worked_on(odoo: Any) -> None:
    connection = http.client.HTTPConnection(urlsplit(odoo.url).netloc, timeout=10)
    connection.putrequest("POST", "/jsonrpc")
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b"{")
    connection.sock.shutdown(socket.SHUT_WR)
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()
    assert odoo.calls == []


def test_whoever_does_not_speak_english_is_not_told_in_english(odoo: Any, bridge: Any) -> None:
    vals = {"employee_id": 3, "check_in": "2026-03-02 08:00:00", "check_out": "2026-03-02 07:00:00"}
    odoo.change("res.users", bridge.uid, lang="fr_FR")
    fault = bridge.fault("hr.attendance", "create", vals)
    assert (fault.faultCode, "earlier" in fault.faultString) == (2, False)
    answer = bridge.load([["x.a", "3", vals["check_in"], vals["check_out"]]])
    assert answer["ids"] is False and "earlier" not in str(answer["messages"])
    english = bridge.fault("hr.attendance", "create", vals, context={"lang": "en_US"})
    assert "earlier" in english.faultString


def test_while_it_is_stopped_nobody_else_gets_its_port() -> None:
    with OdooSimulator(version=18) as odoo:
        port = int(odoo.url.rpartition(":")[2])
        odoo.stop()
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        odoo.start()
        socket.create_connection(("127.0.0.1", port)).close()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
