"""The Odoo endpoints against a simulated server over a real socket: words, counts, statuses."""

from __future__ import annotations

import threading
import time

import pytest

from .conftest import SYNC_WAIT, credentials, free_port

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
    odoo18.hooks.before.append(lambda call: go_on.wait(20) if call.model == "hr.employee" else None)
    try:
        began = time.monotonic()
        slow = product.post("/sync/odoo/pull", {})
        assert slow.status == 202 and slow.body["run_id"] > 0
        assert SYNC_WAIT <= time.monotonic() - began < SYNC_WAIT + 3
        other = product.post("/sync/odoo/push", DAY)
        assert (other.status, other.body["code"]) == (409, "sync_running")
        assert other.body["details"]["run_id"] == slow.body["run_id"]
        assert product.get("/sync/status").data["odoo"]["status"] == "syncing"
        assert product.get(f"/sync/runs/{slow.body['run_id']}").data["state"] == "running"
    finally:
        go_on.set()
    deadline = time.monotonic() + 20
    while (run := product.get(f"/sync/runs/{slow.body['run_id']}").data)["state"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert run["state"] == "done" and set(run["result"]) >= PULL
    assert product.get("/sync/runs/999999").status == 404


def test_a_server_that_takes_no_answer(product, odoo18):
    gone = credentials(odoo18) | {"url": f"http://127.0.0.1:{free_port()}"}
    assert product.post("/sync/odoo/test", gone).body["code"] == "odoo_unreachable"
