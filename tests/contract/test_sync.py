"""The Odoo endpoints against a simulated server over a real socket: words, counts, statuses."""

from __future__ import annotations

import hmac
import threading
import time
from datetime import datetime, timedelta

import pytest

from tests.ports import free_port

from .conftest import SYNC_WAIT, credentials

PULL = {"success", "message", "added", "updated", "unchanged", "deactivated", "total", "errors"}
PUSH = {"success", "message", "pushed", "failed", "skipped", "total", "errors"}
STATUS = {"enabled", "configured", "url", "db", "transport", "last_sync", "last_sync_message", "status", "pending",
          "failed", "circuit"}
DAY = {"start_date": "2026-11-10", "end_date": "2026-11-10"}


def test_nothing_works_before_odoo_is_set_up(product):
    assert product.get("/sync/odoo/config").body["configured"] is False
    for path, body in (("test", {}), ("pull", {}), ("push", DAY)):
        refused = product.post(f"/sync/odoo/{path}", body)
        assert (refused.status, refused.body["code"]) == (409, "odoo_not_configured")
    state = product.get("/sync/status").data["odoo"]
    assert set(state) >= STATUS
    assert (state["configured"], state["status"], state["last_sync"]) == (False, "not_configured", None)


def test_inline_credentials_are_used_once_and_never_saved(product, odoo18):
    tried = product.post("/sync/odoo/test", credentials(odoo18))
    assert tried.status == 200 and set(tried.body) == {
        "success", "message", "server_version", "protocol_version", "transport"}
    assert tried.body["success"] is True and tried.body["server_version"].startswith("18.")
    dry = product.post("/sync/odoo/pull", {**credentials(odoo18), "dry_run": True})
    assert dry.status == 200 and dry.body["added"] == dry.body["total"] > 25
    assert product.get("/sync/odoo/config").body["configured"] is False
    assert product.get("/persons", search="EMP025").data["total"] == 0
    assert odoo18.password not in str(product.get("/logs", limit=10).body)


def save(product, odoo):
    saved = product.post("/sync/odoo/config", credentials(odoo))
    assert saved.status == 200, saved.body
    return saved


def test_the_password_is_shown_as_asterisks_and_kept_by_them(product, odoo18):
    save(product, odoo18)
    shown = product.get("/sync/odoo/config").body
    assert set(shown) == {"success", "configured", "config"} and shown["configured"] is True
    assert shown["config"].items() >= {"url": odoo18.url, "db": "o18", "username": "bridge",
                                       "password": "***********"}.items()
    for password in ({"password": "***********"}, {"password": "*"}, {"password": ""}, {"password": None}, {}):
        kept = product.post("/sync/odoo/config", {"url": odoo18.url, "db": "o18", "username": "bridge", **password})
        assert kept.status == 200 and kept.body["config"]["password"] == "***********"
        assert product.post("/sync/odoo/test", {}).status == 200
    lured = product.post("/sync/odoo/test", {"url": "http://localhost:1", "password": "***********"})
    assert lured.status == 422, "the saved password never goes to another host"


def test_employees_in_and_attendance_out_twice_the_same(product, odoo):
    save(product, odoo)
    pulled = product.post("/sync/odoo/pull", {"full": True})
    assert pulled.status == 200 and set(pulled.body) >= PULL
    total = pulled.body["total"]
    assert pulled.body["message"] == f"Synced {total} employees from Odoo" and pulled.body["success"] is True
    again = product.post("/sync/odoo/pull", {}).body
    assert (again["added"], again["updated"], again["deactivated"]) == (0, 0, 0)
    assert product.post("/sync/odoo/pull", {"limit": 3}).body["total"] == 3

    mapped = product.get("/persons/EMP003").data
    stored = next(row for row in odoo.rows("hr.employee") if row["barcode"] == "EMP003")
    assert (mapped["name"], mapped["email"]) == (stored["name"], stored["work_email"])
    assert mapped["department"] and mapped["position"] and mapped["phone"]
    assert mapped["metadata"].items() >= {"odoo_id": stored["id"]}.items()
    assert {"employee_type", "company_id", "tz"} <= set(mapped["metadata"])
    assert product.get("/persons/ODOO_1").data["name"] == "Administrator"
    assert any(not one["active"] for one in product.get("/persons", search="Archived").data["persons"])

    product.person("EMP999", "Not in Odoo")
    for person in ("EMP003", "EMP004", "EMP999"):
        product.mark(person, "2026-11-10T08:00:00")
        product.mark(person, "2026-11-10T16:30:00")
    pushed = product.post("/sync/odoo/push", DAY)
    assert pushed.status == 200 and set(pushed.body) >= PUSH and pushed.body["success"] is False
    assert pushed.body["message"] == "Pushed 2 attendance records, 1 failed"
    assert (pushed.body["pushed"], pushed.body["failed"], pushed.body["skipped"], pushed.body["total"]) == (2, 1, 0, 3)
    assert pushed.body["errors"] == ["Employee not found: EMP999"]
    rows = {row["barcode"]: row for row in odoo.attendances()}
    assert set(rows) == {"EMP003", "EMP004"}
    assert rows["EMP003"]["check_in"].isoformat() == "2026-11-10T07:00:00+00:00"
    assert rows["EMP003"]["check_out"].isoformat() == "2026-11-10T15:30:00+00:00"

    product.delete("/persons/EMP999")
    states = {row["person_id"]: row["sync_state"] for row in product.get("/attendance", **DAY).data["records"]}
    assert states["EMP003"] == "synced"
    for row in product.get("/attendance", **DAY).data["records"]:
        if row["sync_state"] != "synced":
            product.post(f"/attendance/{row['id']}/void", {"reason": "not in Odoo"})
    second = product.post("/sync/odoo/push", {**DAY, "dry_run": False}).body
    assert second["pushed"] == 0 and second["skipped"] == 2 and len(odoo.attendances()) == 2
    assert second["total"] == second["pushed"] + second["skipped"] + second["failed"]

    state = product.get("/sync/status").data["odoo"]
    assert (state["configured"], state["status"]) == (True, "configured")
    assert state["last_sync_message"] == second["message"] and state["last_sync"].endswith("+01:00")


@pytest.mark.parametrize("body", [{}, {"start_date": "2026-11-10"}, {"start_date": "x", "end_date": "2026-11-10"},
                                  {"start_date": "2026-11-11", "end_date": "2026-11-10"}, {**DAY, "dry_run": "yes"}])
def test_a_push_without_proper_days(product, odoo18, body):
    save(product, odoo18)
    assert product.post("/sync/odoo/push", body).status == 422


@pytest.mark.parametrize(("change", "status", "code"), [
    ({"password": "wrong"}, 502, "odoo_access_denied"), ({"db": "nope"}, 502, "odoo_wrong_database"),
    ({"url": "http://127.0.0.1:9"}, 502, "odoo_unreachable"), ({"url": "ftp://x"}, 422, "odoo_bad_address"),
    ({"transport": "pigeon"}, 422, "bad_input"), ({"url": 5}, 422, "bad_input")])
def test_each_fault_has_a_clear_line(product, odoo18, change, status, code):
    for path in ("test", "pull"):
        refused = product.post(f"/sync/odoo/{path}", credentials(odoo18) | change)
        assert (refused.status, refused.body["code"]) == (status, code)
        assert "wrong" not in refused.body["error"] or code == "bad_input", "never the password"


def test_what_is_no_odoo_is_said_so(product, odoo18):
    html = product.post("/sync/odoo/test", credentials(odoo18) | {"url": product.url})
    assert (html.status, html.body["code"]) == (502, "odoo_not_odoo")
    tls = product.post("/sync/odoo/test", credentials(odoo18) | {"url": odoo18.url.replace("http:", "https:")})
    assert (tls.status, tls.body["code"]) == (502, "odoo_tls")


def test_odoo_away_is_told_and_passes(product, odoo18):
    save(product, odoo18)
    odoo18.stop()
    away = product.post("/sync/odoo/pull", {})
    assert (away.status, away.body["code"]) == (502, "odoo_unreachable")
    assert product.get("/sync/status").data["odoo"]["status"] == "error"
    odoo18.start()
    assert product.post("/sync/odoo/pull", {"limit": 1}).status == 200
    assert product.get("/sync/status").data["odoo"]["status"] == "configured"


def test_one_run_at_a_time_and_a_long_one_goes_on_alone(product, odoo18):
    save(product, odoo18)
    go_on = threading.Event()
    odoo18.hooks.before.append(lambda call: go_on.wait(60) if call.model == "hr.employee" else None)
    try:
        began = time.monotonic()
        slow = product.post("/sync/odoo/pull", {})
        assert slow.status == 202 and slow.body["run_id"] > 0
        assert SYNC_WAIT <= time.monotonic() - began < SYNC_WAIT + 8
        other = product.post("/sync/odoo/push", DAY)
        assert (other.status, other.body["code"]) == (409, "sync_running")
        assert other.body["details"]["run_id"] == slow.body["run_id"]
        assert product.get("/sync/status").data["odoo"]["status"] == "syncing"
        assert product.get(f"/sync/runs/{slow.body['run_id']}").data["state"] == "running"
    finally:
        go_on.set()
    deadline = time.monotonic() + 60
    while (run := product.get(f"/sync/runs/{slow.body['run_id']}").data)["state"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert run["state"] == "done" and set(run["result"]) >= PULL
    assert product.get("/sync/runs/999999").status == 404


@pytest.mark.parametrize("kind", ["push", "reconcile"])
def test_the_other_long_runs_go_on_alone_as_well(paused, odoo18, kind):
    assert paused.post("/sync/odoo/pull", {}).status == 200
    paused.mark("EMP008", "2026-11-13T08:00:00")
    days = {"start_date": "2026-11-13", "end_date": "2026-11-13"}
    go_on = threading.Event()
    odoo18.hooks.before.append(lambda call: go_on.wait(60) if call.model == "hr.attendance" else None)
    try:
        slow = paused.post(f"/sync/odoo/{kind}", days)
        assert slow.status == 202 and slow.body["run_id"] > 0
    finally:
        go_on.set()
    run = until(lambda: ended(paused, slow.body["run_id"]))
    assert (run["kind"], run["state"], run["result"]["success"]) == (kind, "done", True)


def ended(product, run_id):
    run = product.get(f"/sync/runs/{run_id}").data
    return run if run["state"] != "running" else None


def until(found, seconds=60):
    """What `found` returns, as soon as it is something."""
    deadline = time.monotonic() + seconds
    while not (what := found()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return what


@pytest.fixture
def paused(product, odoo18):
    """Nothing goes by itself, so that what is told is what was asked for."""
    save(product, odoo18)
    assert product.post("/sync/odoo/pause").status == 200
    yield product
    product.post("/sync/odoo/resume")


def test_both_sides_are_compared_row_by_row_and_mended(paused, odoo18):
    """HR moved one row in Odoo, another one never got there."""
    assert paused.get("/sync/status").data["odoo"]["status"] == "paused"
    days = {"start_date": "2026-11-12", "end_date": "2026-11-12"}
    assert paused.post("/sync/odoo/pull", {}).status == 200
    paused.mark("EMP006", "2026-11-12T08:00:00")
    paused.mark("EMP006", "2026-11-12T16:00:00")
    assert paused.post("/sync/odoo/push", days).body["pushed"] == 1
    paused.mark("EMP007", "2026-11-12T08:00:00")
    paused.mark("EMP007", "2026-11-12T16:00:00")
    [row] = odoo18.attendances()
    later = row["check_out"].replace(tzinfo=None) + timedelta(hours=1)
    odoo18.change("hr.attendance", row["id"], check_out=later)
    assert states(paused, days) == {"EMP006": "synced", "EMP007": "pending"}

    told = paused.post("/sync/odoo/reconcile", {**days, "dry_run": True})
    assert told.status == 200 and set(told.body) >= {"success", "message", "differences"}
    assert {(one["person_id"], one["kind"], one["mended"]) for one in told.body["differences"]} == {
        ("EMP006", "changed_by_hr", False), ("EMP007", "missing_in_odoo", False)}
    assert len(odoo18.attendances()) == 1

    mended = paused.post("/sync/odoo/reconcile", days).body
    assert mended["success"] is True and all(one["mended"] for one in mended["differences"])
    assert paused.post("/sync/odoo/reconcile", days).body["differences"] == []
    assert states(paused, days) == {"EMP006": "synced", "EMP007": "synced"} and len(odoo18.attendances()) == 2
    [ours] = paused.get("/attendance", person_id="EMP006", **days).data["records"]
    assert ours["check_out"] == "2026-11-12T17:00:00+01:00", "HR's edit is a correction here"

    assert paused.post("/sync/odoo/reconcile", {}).status == 422
    assert paused.post("/sync/odoo/resume").status == 200
    assert paused.get("/sync/status").data["odoo"]["status"] in ("configured", "syncing")


def states(product, days):
    records = product.get("/attendance", **days).data["records"]
    return {row["person_id"]: row["sync_state"] for row in records}


def test_a_hint_may_bring_its_secret_in_a_header_or_be_signed(product):
    secret = product.get("/sync/odoo/webhook").body["secret"]
    body = b'{"_model": "hr.employee", "_id": 999999}'
    signature = hmac.new(secret.encode(), body, "sha256").hexdigest()

    def post(path="", **headers):
        return product.send("POST", "/webhooks/odoo" + path, key=None, data=body,
                            headers={"Content-Type": "application/json", **headers})

    assert post(**{"X-Webhook-Secret": secret}).status == 200
    assert post(**{"X-Webhook-Signature": f"sha256={signature}"}).status == 200
    for wrong in (post(), post("/guessed"), post(**{"X-Webhook-Signature": "sha256=" + "0" * 64})):
        assert (wrong.status, wrong.body["code"]) == (401, "wrong_secret")


def test_each_protocol_of_odoo_is_spoken(product, odoo):
    key = credentials(odoo) | {"password": odoo.api_key()}
    newest = "json2" if odoo.version >= 19 else "xmlrpc"
    for transport, spoken in (("xmlrpc", "xmlrpc"), ("jsonrpc", "jsonrpc"), ("auto", newest)):
        tried = product.post("/sync/odoo/test", {**key, "transport": transport})
        assert (tried.status, tried.body["transport"]) == (200, spoken), tried.body
        assert tried.body["server_version"].startswith(str(odoo.version))
    json2 = product.post("/sync/odoo/test", {**key, "transport": "json2"})
    assert json2.body["transport" if odoo.version >= 19 else "code"] == (
        "json2" if odoo.version >= 19 else "odoo_unsupported")
    password = product.post("/sync/odoo/test", {**credentials(odoo), "transport": "json2"})
    assert (password.status, password.body["code"]) == (
        (502, "odoo_access_denied") if odoo.version >= 19 else (422, "odoo_unsupported"))


def test_a_server_that_takes_no_answer(product, odoo18):
    gone = credentials(odoo18) | {"url": f"http://127.0.0.1:{free_port()}"}
    assert product.post("/sync/odoo/test", gone).body["code"] == "odoo_unreachable"


def test_a_check_in_is_in_odoo_within_seconds_and_who_is_archived_there_is_refused(product, odoo18):
    save(product, odoo18)
    assert product.post("/sync/odoo/pull", {"full": True}).status == 200
    marked = product.post("/attendance/mark", {"person_id": "EMP009"})
    assert marked.status in (200, 201)
    number = marked.data["attendance"]["id"]
    row = until(lambda: next((one for one in odoo18.attendances() if one["barcode"] == "EMP009"), None))
    here = until(lambda: next((one for one in [product.get(f"/attendance/{number}").data]
                               if one["sync_state"] == "synced"), None))
    assert datetime.fromisoformat(here["check_in"]) == row["check_in"]

    employee = next(one["id"] for one in odoo18.rows("hr.employee") if one["barcode"] == "EMP009")
    odoo18.change("hr.employee", employee, active=False)
    secret = product.get("/sync/odoo/webhook").body["secret"]
    hint = {"_model": "hr.employee", "_id": employee, "_action": "Send Webhook Notification(#7)"}
    assert product.send("POST", f"/webhooks/odoo/{secret}", hint, key=None).status == 200
    refused = until(lambda: next((one for one in [product.post("/attendance/mark", {"person_id": "EMP009"})]
                                  if one.status >= 400), None))
    assert (refused.status, refused.body["code"]) == (409, "person_inactive")
