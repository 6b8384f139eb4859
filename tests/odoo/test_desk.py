"""The desk for Odoo: what is saved, what beats it, one run at a time, and how it all stands."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from backend.desks.odoo import OdooDesk
from backend.desks.odoo_status import sentences
from backend.desks.parts import Parts
from backend.errors import BadInput
from backend.odoo.errors import (
    OdooAccessDenied,
    OdooNotConfigured,
    OdooOtherDatabase,
    OdooUnreachable,
)
from backend.odoo_connector import OdooConnector
from backend.odoo_simulator import OdooSimulator
from backend.store.errors import SyncRunning
from backend.store.schema import connections
from tests.odoo.stories import credentials, held

MONDAY = date(2026, 3, 2)


@pytest.fixture
def odoo(odoo18):
    return odoo18


def with_settings(parts, **changes):
    return OdooDesk(Parts(parts.settings.but(**changes), parts.clock, parts.store, parts.sealer))


def test_the_password_is_sealed_and_never_shown(desk, odoo, parts):
    shown = desk.config()
    assert shown == {"success": True, "configured": True, "config": {
        "url": odoo.url, "db": "o18", "username": "bridge", "password": "***********",
        "transport": "auto"}}
    assert desk.get_odoo_config()["password"] == "bridge"
    desk.save_config(**credentials(odoo, password="a very secret word"))
    with parts.store.read() as unit:
        kept = unit.connection.execute(select(connections)).one()
    assert "a very secret word" not in str(kept) and kept.sealed_secret is not None
    assert "secret" not in repr(desk.connector()) + repr(desk.in_force())


@pytest.mark.parametrize("password", [None, "", "***********", "***"])
def test_no_password_or_asterisks_keep_the_saved_one(desk, odoo, password):
    desk.save_config(url=odoo.url + "/web", db="other", password=password)
    assert desk.get_odoo_config()["password"] == "bridge"
    assert (desk.config()["config"]["db"], desk.config()["config"]["url"]) == ("other", odoo.url)


def test_a_key_is_taken_without_what_was_pasted_around_it(desk, odoo):
    desk.save_config(password=f" {odoo.api_key()}\r\n")
    assert desk.get_odoo_config()["password"] == odoo.api_key() and desk.test()["success"]
    desk.save_config(password="a password that ends in a blank ")
    assert desk.get_odoo_config()["password"].endswith(" ")


def test_the_saved_password_does_not_follow_to_another_host(desk):
    with pytest.raises(BadInput) as refused:
        desk.save_config(url="https://elsewhere.example.com", password="***********")
    assert refused.value.code == "odoo_password_needed"
    with pytest.raises(BadInput):
        desk.test({"url": "https://elsewhere.example.com"})


def test_the_environment_beats_what_is_saved(desk, parts):
    other = with_settings(parts, odoo_url="https://env.example.com", odoo_api_key="k" * 40)
    arguments = other.get_odoo_config()
    assert (arguments["url"], arguments["db"], arguments["password"]) == (
        "https://env.example.com", "o18", "k" * 40)


def test_the_saved_password_does_not_follow_the_environment_to_another_host(desk, odoo, parts):
    elsewhere = odoo.url.replace("127.0.0.1", "localhost")
    other = with_settings(parts, odoo_url=elsewhere)
    assert (other.get_odoo_config()["url"], other.get_odoo_config()["password"]) == (elsewhere, None)
    assert (other.config()["configured"], other.config()["config"]["password"]) == (False, None)
    for call in (other.test, other.pull, lambda: other.test({"db": "another"})):
        with pytest.raises(OdooNotConfigured, match=r"another server.*ODOO_PASSWORD") as refused:
            call()
        assert refused.value.code == "odoo_not_configured"
    assert not other.may_try()
    assert odoo.calls == []
    status = other.status()
    assert (status["status"], status["problem_code"]) == ("not_configured", "odoo_not_configured")
    (told,) = sentences(status, parts.zone, parts.clock())
    assert "another server" in told and "ODOO_PASSWORD" in told


def test_a_password_given_for_the_other_host_is_sent_there(desk, odoo, parts):
    elsewhere = odoo.url.replace("127.0.0.1", "localhost")
    assert with_settings(parts, odoo_url=elsewhere, odoo_password="bridge").test()["success"]
    assert with_settings(parts, odoo_url=elsewhere).test({"password": "bridge"})["success"]


def test_the_saved_password_is_good_for_another_port_of_its_host(desk, parts):
    other = with_settings(parts, odoo_url="https://127.0.0.1:8443")
    assert other.get_odoo_config()["password"] == "bridge"


def test_a_transport_named_in_the_environment_beats_the_saved_one_auto_included(desk, parts):
    desk.save_config(transport="jsonrpc")
    assert with_settings(parts).get_odoo_config()["transport"] == "jsonrpc"
    for named in ("auto", "xmlrpc"):
        assert with_settings(parts, odoo_transport=named).get_odoo_config()["transport"] == named


def test_nothing_said_of_the_transport_means_auto(desk):
    assert desk.get_odoo_config()["transport"] == "auto"


def test_the_configuration_is_what_the_connector_takes(desk):
    with_settings_of = OdooConnector(**desk.get_odoo_config())
    breaker = with_settings_of._circuit_breaker
    assert (breaker.state, breaker.failure_count, breaker.last_failure) == ("closed", 0, None)
    assert with_settings_of.connect() == 6


def test_nothing_configured_is_said_before_anything_is_tried(parts):
    desk = OdooDesk(parts)
    assert desk.config()["configured"] is False
    assert desk.status()["status"] == "not_configured"
    for call in (desk.pull, desk.test, lambda: desk.push(MONDAY, MONDAY)):
        with pytest.raises(OdooNotConfigured, match=r"configure_odoo\.py") as refused:
            call()
        assert (refused.value.status, refused.value.code) == (409, "odoo_not_configured")
    with pytest.raises(BadInput, match="username, password"):
        desk.save_config(url="https://odoo.example.com", db="o18")


def test_test_tells_what_answers(desk, odoo):
    assert desk.test() == {"success": True, "message": "Connection successful",
                           "server_version": "18.0-20250421", "protocol_version": 1,
                           "transport": "xmlrpc"}
    with pytest.raises(OdooAccessDenied):
        desk.test({"password": "wrong"})


def test_one_run_at_a_time(desk, odoo, parts):
    with parts.store.write() as unit:
        running = unit.sync_runs.start("pull")
    assert desk.status()["status"] == "syncing"
    with pytest.raises(SyncRunning) as refused:
        desk.push(MONDAY, MONDAY)
    assert (refused.value.status, refused.value.code) == (409, "sync_running")
    assert refused.value.details["run_id"] == running


def test_a_run_whose_process_died_does_not_block_the_next_for_ever(desk, odoo, parts, clock):
    with parts.store.write() as unit:
        dead = unit.sync_runs.start("pull")
    clock.now += timedelta(minutes=6)
    assert desk.status()["status"] == "configured"
    assert desk.pull()["success"]
    with parts.store.read() as unit:
        assert unit.sync_runs.get(dead).state == "abandoned"


def test_each_run_leaves_a_row_a_line_and_an_event(desk, odoo, parts):
    result = desk.pull()
    with parts.store.read() as unit:
        run = unit.sync_runs.get(result["run_id"])
        (event,) = [one for one in unit.events.since(0) if one.kind == "sync"]
        lines = unit.logs.search("odoo_sync")
    assert (run.kind, run.state, run.message) == ("pull", "done", "Synced 29 employees from Odoo")
    assert run.result["added"] == 29
    assert event.payload["message"] == run.message
    assert lines[0].message == run.message
    status = desk.status()
    assert (status["status"], status["last_sync_message"], status["last_sync"]) == (
        "configured", run.message, parts.clock())
    assert (status["pending"], status["failed"], status["circuit"]) == (0, 0, "closed")


def test_rows_that_wait_and_rows_that_failed_are_counted(desk, odoo, diary):
    diary("EMP001").enter("08:00")
    diary("EMP999").enter("08:00")
    assert desk.status()["pending"] == 2
    desk.push(MONDAY, MONDAY)
    assert (desk.status()["pending"], desk.status()["failed"]) == (0, 1)


def test_odoo_away_is_said_and_recorded_and_later_forgotten(desk, odoo, diary, parts):
    diary("EMP001").enter("08:00")
    odoo.stop()
    with pytest.raises(OdooUnreachable) as refused:
        desk.push(MONDAY, MONDAY)
    assert (refused.value.status, refused.value.code) == (502, "odoo_unreachable")
    assert desk.status()["status"] == "error"
    with parts.store.read() as unit:
        assert unit.sync_runs.last().state == "failed"
    odoo.start()
    assert desk.push(MONDAY, MONDAY)["pushed"] == 1
    assert desk.status()["status"] == "configured"


def test_credentials_for_one_call_are_used_once_and_never_saved(parts, odoo):
    desk = OdooDesk(parts)
    assert desk.pull(credentials(odoo))["added"] == 29
    assert desk.config()["configured"] is False
    with parts.store.read() as unit:
        connection = unit.connections.get()
        assert (connection.url, connection.secret) == (None, None)
        assert "bridge" not in str([run.parameters for run in unit.sync_runs.list()])


def test_a_wrong_day_is_refused(desk):
    with pytest.raises(BadInput):
        desk.push("2026-03-02", "2026-03-01")
    with pytest.raises(BadInput):
        desk.push("yesterday", "2026-03-01")


def test_a_person_goes_to_odoo_and_is_linked(desk, odoo, store):
    with store.write() as unit:
        unit.people.add("NEW42", "Łukasz Żółć", email="l@example.com", department="Sales")
    result = desk.send_person("NEW42")
    assert result["created"]
    (row,) = [row for row in odoo.rows("hr.employee") if row["id"] == result["employee_id"]]
    assert (row["name"], row["barcode"], row["work_email"]) == ("Łukasz Żółć", "NEW42", "l@example.com")
    with store.read() as unit:
        assert unit.people.by_odoo(1, result["employee_id"]).person_id == "NEW42"
    assert desk.send_person("NEW42")["changed"] == []
    assert desk.pull()["total"] == 30


def test_the_same_database_under_another_address_changes_nothing(desk, odoo, diary):
    diary("EMP001").enter("08:00", "16:00")
    desk.push(MONDAY, MONDAY)
    desk.save_config(url=odoo.url.replace("127.0.0.1", "localhost"), password="bridge")
    assert desk.push(MONDAY, MONDAY)["message"] == "Pushed 0 attendance records, 1 already in Odoo"


def test_another_database_starts_anew(desk, odoo, diary, store):
    desk.pull()
    diary("EMP001").enter("08:00", "16:00")
    desk.push(MONDAY, MONDAY)
    with OdooSimulator(version=19) as other:
        with pytest.raises(OdooOtherDatabase):
            desk.push(MONDAY, MONDAY, credentials(other))
        assert held(other) == []
        desk.save_config(**credentials(other))
        assert desk.push(MONDAY, MONDAY)["pushed"] == 1
        assert held(other) == held(odoo)
        again = desk.pull()
        assert (again["total"], again["added"]) == (29, 0)
