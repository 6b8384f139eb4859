"""One story, three transports, the same error: what is done about it must not hang on the wire.

And which transport is taken where nobody says.
"""

from __future__ import annotations

import contextlib
import xmlrpc.client
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from backend.odoo import errors
from backend.odoo_connector import OdooConnector
from backend.odoo_simulator import Answer, DropConnection, OdooSimulator
from backend.odoo_simulator.accounts import ApiKey
from backend.odoo_simulator.errors import SerializationFailure
from tests.odoo.canned import HTML, JSON, XML, Said, in_json, served
from tests.odoo.stories import credentials

WIRES = ["xmlrpc", "jsonrpc", "json2"]
SPOKEN = [(18, "xmlrpc"), (18, "jsonrpc"), (19, "xmlrpc"), (19, "jsonrpc"), (19, "json2")]


def connector(server: OdooSimulator, wire: str, **changes: object) -> OdooConnector:
    """With an API key, which all of them take; nothing is paced or repeated."""
    return OdooConnector(**credentials(server, password=server.api_key(), transport=wire,
                                       calls_per_second=0, retries=0) | changes)


@pytest.fixture(params=SPOKEN, ids=lambda one: f"odoo{one[0]}-{one[1]}")
def spoken(request: pytest.FixtureRequest) -> Iterator[tuple[OdooSimulator, str]]:
    version, wire = request.param
    with OdooSimulator(version=version) as server:
        yield server, wire


@pytest.fixture
def made(spoken) -> Iterator[Callable[..., OdooConnector]]:
    with contextlib.ExitStack() as stack:
        def make(**changes: object) -> OdooConnector:
            return stack.enter_context(contextlib.closing(connector(*spoken, **changes)))

        yield make


def raised_by(call: Callable[[], object]) -> errors.OdooError:
    with pytest.raises(errors.OdooError) as raised:
        call()
    text = str(raised.value)
    assert "\n" not in text and "Traceback" not in text and text
    return raised.value


# What Odoo itself says ---------------------------------------------------------------------


@pytest.mark.parametrize("changes", [
    {"password": "0" * 40}, {"username": "nobody"}, {"username": "admin"},
    {"username": "admin", "password": "expired"},
], ids=["wrong-key", "unknown-user", "key-of-another", "expired-key"])
def test_who_may_not_in(spoken, made, changes):
    if changes.get("password") == "expired":
        changes = changes | {"password": spoken[0].expired_key}
    error = raised_by(made(**changes).connect)
    assert (type(error), error.kind) == (errors.OdooAccessDenied, "fatal")
    assert not error.may_have_arrived


@pytest.mark.parametrize("name", ["nodb", "no db", "бaза", "données", "a\"b'c"])
def test_a_database_that_is_not_there(made, name):
    error = raised_by(made(db=name).connect)
    assert (type(error), error.kind) == (errors.OdooWrongDatabase, "fatal")
    assert f"no database called {name}" in str(error)


def test_a_name_that_would_break_into_the_headers():
    with served({}) as server:
        odoo = OdooConnector(server.url, "o19\r\nX-Evil: 1", "bridge", "a" * 40, transport="json2", retries=0)
        error = raised_by(odoo.connect)
        assert type(error) is errors.OdooWrongDatabase
        assert not any("X-Evil" in asked.headers or asked.path.startswith("/json/2") for asked in server.asked)


def test_a_database_server_that_is_down(spoken, made):
    odoo = made()
    spoken[0].database_up = False
    for call in (odoo.connect, odoo.connect):
        error = raised_by(call)
        assert (type(error), error.kind) == (errors.OdooDatabaseDown, "transient")
    spoken[0].database_up = True
    assert odoo.connect() == spoken[0].uid()
    spoken[0].database_up = False
    error = raised_by(lambda: odoo.client.execute("hr.employee", "search_count", []))
    assert (type(error), error.kind) == (errors.OdooDatabaseDown, "transient")


TOLD = {
    "unknown field": (errors.OdooServerFault, "nope", lambda client: client.execute(
        "hr.employee", "search_read", [], fields=["nope"], limit=1)),
    "unknown column": (errors.OdooServerFault, "nope", lambda client: client.execute(
        "hr.attendance", "load", ["id", "nope"], [["a.b", "c"]], context={"tz": "UTC"})),
    "unknown model": (errors.OdooRefused, "no.model", lambda client: client.execute(
        "no.model", "search_read", [])),
    "missing record": (errors.OdooRefused, "999999", lambda client: client.execute(
        "hr.attendance", "write", [999999], {"check_out": "2026-03-02 16:00:00"})),
    "missing record removed": (errors.OdooRefused, "999999", lambda client: client.execute(
        "hr.attendance", "unlink", [999999])),
    "check-out before check-in": (errors.OdooRefused, "Check Out", lambda client: client.execute(
        "hr.attendance", "create", {"employee_id": 3, "check_in": "2026-03-02 08:00:00",
                                    "check_out": "2026-03-02 07:00:00"})),
    "wrong time": (errors.OdooServerFault, "does not match format", lambda client: client.execute(
        "hr.attendance", "create", {"employee_id": 3, "check_in": "2026-03-02T08:00:00"})),
    "private method": (errors.OdooForbidden, "_write", lambda client: client.execute(
        "hr.attendance", "_write", ids=[1])),
    "another model without rights": (errors.OdooForbidden, "account.move", lambda client: client.execute(
        "account.move", "search_read", [], fields=["name"])),
}


@pytest.mark.parametrize("story", TOLD)
def test_what_is_permanent_keeps_odoos_words(made, story):
    kind, words, call = TOLD[story]
    odoo = made()
    error = raised_by(lambda: call(odoo.client))
    assert (type(error), error.kind) == (kind, "permanent")
    assert words in str(error)
    assert odoo.connect() and odoo._circuit_breaker.failure_count == 0


def test_a_user_without_the_right(spoken, made):
    odoo = made(username="plain", password=spoken[0].api_key("plain"))
    error = raised_by(lambda: odoo.client.execute(
        "hr.attendance", "create", {"employee_id": 3, "check_in": "2026-03-02 08:00:00"}))
    assert (type(error), error.kind) == (errors.OdooForbidden, "permanent")
    assert type(raised_by(odoo.require_rights)) is errors.OdooMissingRights


def test_rights_and_keys_taken_away_in_the_middle(spoken, made):
    odoo = made()
    odoo.connect()
    odoo.client.login = type(odoo.client.login)(odoo.db, odoo.username, "0" * 40)
    error = raised_by(lambda: odoo.client.execute("hr.employee", "search_count", []))
    assert (type(error), error.kind) == (errors.OdooAccessDenied, "fatal")


def test_a_lost_race_is_for_another_try(spoken, made):
    def lose(call):
        if call.model_method == "load":
            raise SerializationFailure

    spoken[0].hooks.before.append(lose)
    odoo = made()
    error = raised_by(lambda: odoo.client.execute("hr.attendance", "load", ["id"], [["a.b"]]))
    assert (type(error), error.kind, error.may_have_arrived) == (errors.OdooTransient, "transient", False)


def test_a_method_that_returns_nothing_has_run(spoken, made):
    spoken[0].change("hr.employee", 5, active=False)
    assert made().client.execute("hr.employee", "action_unarchive", [5]) is None
    assert next(row["active"] for row in spoken[0].rows("hr.employee") if row["id"] == 5) is True


def test_one_record_is_one_id_and_several_are_a_list(made):
    client = made().client
    rows = [{"employee_id": employee, "check_in": "2026-03-02 08:00:00"} for employee in (3, 4, 5)]
    assert isinstance(client.execute("hr.attendance", "create", rows[0]), int)
    assert len(client.execute("hr.attendance", "create", rows[1:])) == 2
    found = client.execute("hr.attendance", "search", [["employee_id", "in", [3, 4, 5]]], 0, 2, "id desc")
    assert len(found) == 2 and found[0] > found[1]
    assert client.execute("hr.attendance", "search_count", []) == 3


# What stands in between --------------------------------------------------------------------

REDIRECT = Said(301, kind=HTML, headers={"Location": "https://odoo.example.com/login?secret=1"})
PAGE = b"<!DOCTYPE html><html><body>Welcome to nginx!</body></html>"
CUT = {"xmlrpc": Said(200, b"<?xml version='1.0'?>\n<methodResponse>\n<params>\n<par", XML),
       "jsonrpc": Said(200, b'{"jsonrpc": "2.0", "id": 1, "resu', JSON),
       "json2": Said(200, b'{"lang": "en_US", "ui', JSON)}
NONSENSE = {"xmlrpc": Said(200, b"\x00\xff" * 40, XML), "jsonrpc": Said(200, b"\x00\xff" * 40, JSON),
            "json2": Said(200, b"\x00\xff" * 40, JSON)}
DEEP = {"xmlrpc": Said(200, b"<a>" * 100_000, XML), "jsonrpc": Said(200, b"[" * 100_000, JSON),
        "json2": Said(200, b"[" * 100_000, JSON)}
BETWEEN = {
    "a page": lambda wire: Said(200, PAGE, HTML),
    "a page not found": lambda wire: Said(404, PAGE, HTML),
    "a page forbidden": lambda wire: Said(403, PAGE, HTML),
    "a proxy's own log-in": lambda wire: Said(401, PAGE, HTML, {"WWW-Authenticate": "Basic"}),
    "a server that takes no POST": lambda wire: Said(501, PAGE, HTML),
    "nothing": lambda wire: Said(200, b"", "text/plain"),
    "nonsense": lambda wire: NONSENSE[wire],
    "cut off": lambda wire: CUT[wire],
    "nested without end": lambda wire: DEEP[wire],
    "some other JSON": lambda wire: in_json({"status": "ok"}),
    "JSON of an error that is not Odoo's": lambda wire: in_json({"error": "nope"}, 400),
    "a redirect": lambda wire: REDIRECT,
}


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("story", BETWEEN)
def test_an_answer_that_is_not_odoos(wire, story):
    with served(lambda asked: BETWEEN[story](wire)) as server:
        odoo = OdooConnector(server.url, "o19", "bridge", "a" * 40, transport=wire, calls_per_second=0, retries=0)
        for call in (odoo.connect, odoo.probe):
            error = raised_by(call)
            assert (type(error), error.kind) == (errors.OdooNotOdoo, "fatal")
        if story == "a redirect":
            assert "https://odoo.example.com/login" in str(error) and "secret" not in str(error)
        odoo.close()


@pytest.mark.parametrize("wire", [*WIRES, "auto"])
@pytest.mark.parametrize("status", [500, 502, 520, 522, 530])
def test_a_page_of_a_server_that_failed_passes_and_stops_nothing(wire, status):
    """Odoo's own while its registry is loaded, a proxy's, a cloud's: the same call may do later."""
    with served(lambda asked: Said(status, PAGE, HTML)) as server:
        odoo = OdooConnector(server.url, "o19", "bridge", "a" * 40, transport=wire, calls_per_second=0, retries=0)
        error = raised_by(odoo.connect)
        odoo.close()
    expected = errors.OdooBadGateway if status == 502 else errors.OdooBusy
    assert (type(error), error.kind, error.may_have_arrived) == (expected, "transient", True)
    assert str(status) in str(error)


def http_date(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("wire", [*WIRES, "auto"])
@pytest.mark.parametrize(("status", "wait", "asked", "arrived"), [
    (429, "17", (17, 17), False), (429, "a date", (25, 31), False), (429, None, None, False),
    (429, "soon", None, False), (502, None, None, True), (503, "2", (2, 2), True), (504, None, None, True)])
def test_a_busy_server_and_how_long_it_wants_to_rest(wire, status, wait, asked, arrived):
    headers = {"Retry-After": http_date(30) if wait == "a date" else wait} if wait else {}
    with served(lambda asked: Said(status, PAGE, HTML, headers)) as server:
        odoo = OdooConnector(server.url, "o19", "bridge", "a" * 40, transport=wire, calls_per_second=0, retries=0)
        error = raised_by(odoo.connect)
        odoo.close()
    expected = (errors.OdooBadGateway, "odoo_unreachable") if status in (502, 504) else (errors.OdooBusy, "odoo_busy")
    assert (type(error), error.code, error.kind, error.may_have_arrived) == (*expected, "transient", arrived)
    assert error.asked is None if asked is None else asked[0] <= error.asked <= asked[1]


def test_a_line_that_breaks_before_and_after_the_work(spoken, made):
    server, _ = spoken
    odoo = made()
    odoo.connect()

    def drop(call):
        raise DropConnection

    for moment in (server.hooks.before, server.hooks.after):
        moment.append(drop)
        error = raised_by(lambda: odoo.client.execute("hr.employee", "search_count", []))
        assert (type(error), error.may_have_arrived) == (errors.OdooUnreachable, True)
        moment.remove(drop)
    server.stop()
    error = raised_by(lambda: odoo.client.execute("hr.employee", "search_count", []))
    assert (type(error), error.may_have_arrived) == (errors.OdooUnreachable, False)


@pytest.mark.parametrize("wire", ["xmlrpc", "jsonrpc"])
def test_a_user_who_was_deleted_and_made_anew_is_known_again_without_a_restart(odoo, wire):
    ours = connector(odoo, wire)
    ours.connect()
    ours.client._uid, ours.client._monotonic = 9999, lambda: 1e12
    assert ours.client.execute("hr.employee", "search_count", []) == 28
    assert ours.connect() == odoo.uid()
    ours.client._uid, ours.client._asked = 9999, 0.0
    odoo.withdraw_key(odoo.api_key())
    assert type(raised_by(lambda: ours.client.execute("hr.employee", "search_count", []))) is errors.OdooAccessDenied
    ours.close()


# Which is taken ----------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "secret", "taken"), [
    (18, "bridge", "xmlrpc"), (18, "key", "xmlrpc"), (19, "bridge", "xmlrpc"), (19, "key", "json2")])
def test_auto_asks_once_and_logs_in_once(version, secret, taken):
    with OdooSimulator(version=version) as server:
        password = server.api_key() if secret == "key" else secret
        odoo = connector(server, "auto", password=password)
        assert odoo.probe()["transport"] == taken
        assert odoo.client.version().major == version
        odoo.pull_employees()
        odoo.close()
        wires = {call.wire for call in server.calls}
        logins = [call for call in server.calls if call.method == "authenticate"
                  or call.model_method == "context_get"]
    assert wires == {taken} and len(logins) == 1


def test_auto_spares_the_question_where_the_answer_makes_no_difference():
    """XML-RPC is what a password goes by, whatever the server is."""
    with served({}) as server:
        odoo = OdooConnector(server.url, "o19", "bridge", "a password", retries=0)
        raised_by(odoo.connect)
        odoo.close()
        assert server.paths == ["/xmlrpc/2/common"]


def test_auto_goes_by_xml_rpc_where_a_proxy_holds_json_2_back():
    def hold_back(call):
        if call.wire == "json2":
            raise Answer(404, PAGE)

    with OdooSimulator(version=19) as server:
        server.hooks.before.append(hold_back)
        odoo = connector(server, "auto")
        assert (odoo.connect(), odoo.client.transport.name) == (server.uid(), "xmlrpc")
        assert sum(call.method == "authenticate" for call in server.calls) == 1
        assert odoo.probe()["transport"] == "xmlrpc"
        odoo.close()
        named = connector(server, "json2")
        error = raised_by(named.connect)
        named.close()
    assert type(error) is errors.OdooWrongDatabase and "a proxy lets /json/2 through" in str(error)


def test_auto_goes_by_xml_rpc_where_odoo_18_fails_at_its_page_for_what_is_not_found():
    version = xmlrpc.client.dumps(({"server_version": "18.0", "server_version_info": [18, 0, 0, "final", 0, ""],
                                    "protocol_version": 1},), methodresponse=True).encode()
    with served({"/web/version": Said(500, PAGE, HTML), "/xmlrpc/2/common": Said(200, version, XML)}) as server:
        odoo = OdooConnector(server.url, "o18", "bridge", "a" * 40, calls_per_second=0, retries=0)
        assert (odoo.client.version().major, odoo.client.transport.name) == (18, "xmlrpc")
        odoo.close()


def test_auto_does_not_take_a_database_that_is_down_for_a_proxy():
    with OdooSimulator(version=19) as server:
        odoo = connector(server, "auto")
        server.database_up = False
        assert type(raised_by(odoo.connect)) is errors.OdooDatabaseDown
        server.database_up = True
        assert (odoo.connect(), odoo.client.transport.name) == (server.uid(), "json2")
        odoo.close()


def test_auto_with_a_wrong_database_says_so_and_tries_json_2_again():
    with OdooSimulator(version=19) as server:
        odoo = connector(server, "auto", db="nodb")
        for _ in range(2):
            assert type(raised_by(odoo.connect)) is errors.OdooWrongDatabase
        assert odoo.client.transport.name == "json2"
        odoo.close()


@pytest.mark.parametrize("told", [
    in_json({"lang": "en_US", "tz": "Europe/Brussels"}),
    in_json({"lang": "en_US", "uid": False}),
    in_json({"name": "odoo.exceptions.AccessError", "message": "No.", "arguments": [], "context": {}}, 403),
    in_json({"name": "werkzeug.exceptions.NotFound", "message": "No such method.", "arguments": []}, 404)])
def test_json_2_needs_nobodys_id_and_works_where_the_server_does_not_tell_it(told):
    ways = {"/json/2/res.users/context_get": told, "/json/2/hr.employee/search_count": in_json(28)}
    with served(lambda asked: ways[asked.path]) as server:
        odoo = OdooConnector(server.url, "o19", "bridge", "a" * 40, transport="json2", retries=0)
        odoo.connect()
        assert odoo.client.execute("hr.employee", "search_count", []) == 28
        assert odoo.client.execute("hr.employee", "search_count", []) == 28
        odoo.close()
        assert server.paths.count("/json/2/res.users/context_get") == 1


@pytest.mark.parametrize("read", [
    in_json({"name": "odoo.exceptions.AccessError", "message": "No.", "arguments": [], "context": {}}, 403),
    in_json([{"id": 5}]), in_json([{"id": 5, "login": False}]), in_json([])])
def test_json_2_takes_a_key_whose_user_may_not_read_his_own_login(read):
    ways = {"/json/2/res.users/context_get": in_json({"uid": 5}), "/json/2/res.users/read": read}
    with served(lambda asked: ways[asked.path]) as server:
        odoo = OdooConnector(server.url, "o19", "bridge", "a" * 40, transport="json2", retries=0)
        assert odoo.connect() == 5
        odoo.close()


@pytest.mark.parametrize("secret", ["a password", "pässwörd €", "0" * 39, "two\nlines"])
def test_json_2_asks_odoo_whatever_the_secret_looks_like_and_says_what_it_takes(secret):
    with OdooSimulator(version=19) as server, contextlib.closing(connector(server, "json2", password=secret)) as odoo:
        error = raised_by(odoo.connect)
        asked = [call.wire for call in server.calls]
    assert (type(error), asked) == (errors.OdooAccessDenied, [] if "\n" in secret else ["json2"])
    assert error.status == 502 and "JSON-2 takes an API key" in str(error) and "ODOO_TRANSPORT" in str(error)


def test_json_2_says_nothing_of_passwords_where_the_key_looks_like_one():
    with OdooSimulator(version=19) as server, contextlib.closing(connector(server, "json2", password="0" * 40)) as odoo:
        assert "JSON-2 takes an API key" not in str(raised_by(odoo.connect))


@pytest.mark.parametrize("wire", ["json2", "auto"])
def test_a_key_of_another_shape_goes_by_json_2_where_it_is_said_to_be_one(wire):
    with OdooSimulator(version=19) as server:
        server.services.accounts.keys.append(ApiKey(server.uid(), "another-shape-of-key", None))
        with contextlib.closing(connector(server, wire, password="another-shape-of-key", is_key=True)) as odoo:
            assert odoo.probe()["transport"] == "json2"


def test_a_key_in_upper_case_is_a_key_for_auto():
    with OdooSimulator(version=19) as server:
        key = server.api_key().upper()
        server.services.accounts.keys.append(ApiKey(server.uid(), key, None))
        with contextlib.closing(connector(server, "auto", password=key)) as odoo:
            assert odoo.probe()["transport"] == "json2"


def test_auto_goes_by_xml_rpc_where_what_is_said_to_be_a_key_is_a_password():
    with OdooSimulator(version=19) as server:
        with contextlib.closing(connector(server, "auto", password=server.password, is_key=True)) as odoo:
            assert odoo.probe()["transport"] == "xmlrpc"
        with contextlib.closing(connector(server, "auto", password="wrong", is_key=True)) as odoo:
            assert type(raised_by(odoo.connect)) is errors.OdooAccessDenied


def test_json_2_of_a_server_that_is_too_old_is_one_clear_line():
    with OdooSimulator(version=18) as server:
        for ask in ("connect", "probe"):
            odoo = connector(server, "json2")
            error = raised_by(getattr(odoo, ask))
            odoo.close()
            assert (type(error), error.status) == (errors.OdooUnsupported, 422)
            assert str(error) == ("This is Odoo 18.0-20250421, and JSON-2 comes with Odoo 19. "
                                  "Set ODOO_TRANSPORT to auto or xmlrpc.")


def test_an_old_server_that_only_says_not_found_is_not_taken_for_one_without_the_database():
    with OdooSimulator(version=18) as odoo18:
        version = xmlrpc.client.dumps((odoo18.services.version_info(),), methodresponse=True).encode()
    with served({"/web/health?db_server_status=1": in_json({"status": "pass", "db_server_status": True}),
                 "/xmlrpc/2/common": Said(200, version, XML)}) as server:
        odoo = OdooConnector(server.url, "o18", "bridge", "a" * 40, transport="json2", retries=0)
        assert type(raised_by(odoo.connect)) is errors.OdooUnsupported
        odoo.close()
