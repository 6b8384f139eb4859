"""The Odoo endpoints, against a simulated Odoo on a real socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from backend.odoo_simulator import OdooSimulator
from tests.ports import free_port


@pytest.fixture
def odoo() -> Iterator[OdooSimulator]:
    with OdooSimulator(version=18) as server:
        yield server


def login(odoo: OdooSimulator, **changes: str) -> dict[str, str]:
    return {"url": odoo.url, "db": odoo.db, "username": odoo.username, "password": odoo.password} | changes


@pytest.fixture
def saved(api, odoo):
    """Odoo is set up."""
    assert api.post("/sync/odoo/config", login(odoo)).status_code == 200
    return odoo


def test_before_it_is_set_up(api) -> None:
    assert api.get("/sync/odoo/config").json["configured"] is False
    assert api.get("/sync/status").json["data"]["odoo"]["status"] == "not_configured"
    for path, body in (("test", {}), ("pull", {}), ("push", {"start_date": "2026-03-01", "end_date": "2026-03-02"})):
        refused = api.post(f"/sync/odoo/{path}", body)
        assert (refused.status_code, refused.json["code"]) == (409, "odoo_not_configured"), path


def test_the_password_is_saved_and_never_shown(api, saved, system) -> None:
    shown = api.get("/sync/odoo/config")
    assert shown.json == {"success": True, "configured": True, "config": {
        "url": saved.url, "db": saved.db, "username": saved.username, "password": "***********",
        "transport": "auto"}}
    api.post("/sync/odoo/config", login(saved, password="hunter2"))
    assert "hunter2" not in api.get("/sync/odoo/config").text
    api.post("/sync/odoo/config", login(saved, password="***********"))
    assert system.get_odoo_config()["password"] == "hunter2"
    assert api.post("/sync/odoo/config", {}).status_code == 422


def test_the_connection_is_tried_with_saved_or_other_credentials(api, saved) -> None:
    tried = api.post("/sync/odoo/test", {}).json
    assert (tried["success"], tried["transport"]) == (True, "xmlrpc")
    assert tried["server_version"].startswith("18")
    wrong = api.post("/sync/odoo/test", login(saved, password="hunter2"))
    assert (wrong.status_code, wrong.json["code"]) == (502, "odoo_access_denied")
    assert "hunter2" not in wrong.text
    assert api.post("/sync/odoo/test").json["success"] is True  # nothing of it was saved


def test_odoo_out_of_reach_is_502(api, odoo) -> None:
    refused = api.post("/sync/odoo/test", login(odoo, url=f"http://127.0.0.1:{free_port()}"))
    assert (refused.status_code, refused.json["code"]) == (502, "odoo_unreachable")


def test_employees_come_and_attendance_goes(api, saved) -> None:
    pulled = api.post("/sync/odoo/pull", {})
    assert pulled.status_code == 200
    assert pulled.json["message"] == f"Synced {pulled.json['total']} employees from Odoo"
    assert pulled.json["added"] > 0
    again = api.post("/sync/odoo/pull").json
    assert (again["added"], again["updated"]) == (0, 0)

    person = api.get("/persons?active=true&limit=1").json["data"]["persons"][0]
    for moment, direction in (("07:00", "in"), ("08:30", "out")):
        api.post("/attendance/mark", {"person_id": person["person_id"], "direction": direction,
                                      "timestamp": f"2026-03-02T{moment}:00"})
    days = {"start_date": "2026-03-02", "end_date": "2026-03-02"}
    assert api.post("/sync/odoo/push", {**days, "dry_run": True}).json["success"] is True
    pushed = api.post("/sync/odoo/push", days)
    assert pushed.status_code == 200
    assert (pushed.json["success"], pushed.json["pushed"], pushed.json["total"]) == (True, 1, 1), pushed.json
    assert api.post("/sync/odoo/push", days).json["message"] == "Pushed 0 attendance records, 1 already in Odoo"
    record = api.get("/attendance").json["data"]["records"][0]
    assert (record["sync_state"], record["odoo_id"] is not None) == ("synced", True)
    run = api.get(f"/sync/runs/{pushed.json['run_id']}").json["data"]
    assert (run["state"], run["result"]["pushed"]) == ("done", 1)


def test_a_pull_tells_who_is_gone_and_whose_photo_became_no_face(api, saved, system) -> None:
    api.post("/sync/odoo/pull", {})
    saved.run_as("admin", "hr.employee", "unlink", [2])
    pulled = api.post("/sync/odoo/pull", {"full": True, "with_photos": True}).json
    assert (pulled["success"], pulled["read"], pulled["deactivated"], pulled["total"]) == (True, 28, 1, 29)
    assert pulled["gone"] == [{"person_id": "EMP001", "name": "Aïcha Benali"}]
    assert pulled["photos"]["enrolled"] == 0
    assert pulled["photos"]["skipped"][0] == {
        "person_id": "ODOO_1", "name": "Administrator", "reason": "consent_required"}
    assert api.post("/sync/odoo/pull", {"full": True, "force": True}).json["photos"] is None


def test_a_row_that_odoo_does_not_take_is_told(api, saved, alice) -> None:
    api.post("/attendance/mark", {"person_id": alice})
    pushed = api.post("/sync/odoo/push", {"start_date": "2026-03-02", "end_date": "2026-03-02"})
    assert pushed.status_code == 200
    assert (pushed.json["success"], pushed.json["failed"]) == (False, 1)
    assert pushed.json["errors"] == [f"Employee not found: {alice}"]


def test_a_long_run_is_202_and_goes_on(api, saved, here) -> None:
    here.settings = here.settings.but(sync_wait=timedelta(0))
    release = threading.Event()
    saved.hooks.before.append(lambda call: release.wait(20) and None)
    begun = api.post("/sync/odoo/pull", {})
    assert (begun.status_code, begun.json["success"]) == (202, True)
    address = f"/sync/runs/{begun.json['run_id']}"
    assert api.get(address).json["data"]["state"] == "running"
    assert api.get("/sync/status").json["data"]["odoo"]["status"] == "syncing"
    second = api.post("/sync/odoo/pull", {})
    assert (second.status_code, second.json["code"]) == (409, "sync_running")
    assert second.json["details"]["run_id"] == begun.json["run_id"]

    release.set()
    deadline = time.monotonic() + 30
    while (run := api.get(address).json["data"])["state"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (run["state"], run["result"]["success"]) == ("done", True)
    for thread in threading.enumerate():
        if thread.name == "sync":
            thread.join(10)


@pytest.mark.parametrize("body", [
    {}, {"start_date": "2026-03-02"}, {"start_date": "2026-03-02", "end_date": "2026-03-01"},
    {"start_date": "2.3.2026", "end_date": "2026-03-02"}, {"start_date": "2026-02-30", "end_date": "2026-03-02"},
    {"start_date": "2026-03-02", "end_date": "2026-03-02", "dry_run": "no"},
    {"start_date": "2026-03-02", "end_date": "2026-03-02", "transport": "carrier pigeon"},
])
def test_a_range_that_makes_no_sense(api, saved, body: dict) -> None:
    assert api.post("/sync/odoo/push", body).status_code == 422


def test_a_run_that_is_not_there(api) -> None:
    refused = api.get("/sync/runs/4711")
    assert (refused.status_code, refused.json["code"]) == (404, "run_not_found")


def test_runs_are_listed_with_who_began_them_what_they_counted_and_how_long_they_took(api, saved, system) -> None:
    system.odoo.pull(trigger="schedule")
    api.post("/sync/odoo/pull", {"limit": 5})
    push = api.post("/sync/odoo/push", {"start_date": "2026-03-02", "end_date": "2026-03-02"}).json["run_id"]
    runs = api.get("/sync/runs").json["data"]["runs"]
    assert [(run["kind"], run["trigger"], run["state"]) for run in runs] == [
        ("push", "hand", "done"), ("pull", "hand", "done"), ("pull", "schedule", "done")]
    assert runs[0]["id"] == push and runs[0]["duration_seconds"] == 0 and runs[0]["errors"] == []
    assert runs[2]["counts"]["added"] > 20
    assert not any(run["dry_run"] or run["inline"] for run in runs)
    assert [run["kind"] for run in api.get("/sync/runs?trigger=hand&kind=pull").json["data"]["runs"]] == ["pull"]
    assert len(api.get("/sync/runs?limit=1").json["data"]["runs"]) == 1
    for wrong in ("kind=prune", "trigger=moon", "limit=0", "limit=501"):
        assert api.get(f"/sync/runs?{wrong}").status_code == 422


def test_a_password_for_once_and_a_dry_run_leave_the_status_alone(api, saved) -> None:
    api.post("/sync/odoo/pull", {})
    before = api.get("/sync/status").json["data"]["odoo"]
    assert api.post("/sync/odoo/pull", {"password": "wrong"}).status_code == 502
    api.post("/sync/odoo/push", {"start_date": "2026-03-02", "end_date": "2026-03-02", "dry_run": True})
    after = api.get("/sync/status").json["data"]["odoo"]
    names = ("status", "problem", "last_sync", "last_sync_message", "runs")
    assert {name: after.get(name) for name in names} == {name: before.get(name) for name in names}
    runs = api.get("/sync/runs").json["data"]["runs"]
    assert [(run["kind"], run["dry_run"], run["inline"]) for run in runs] == [
        ("push", True, False), ("pull", False, True), ("pull", False, False)]


def test_runs_are_for_those_who_may_read_them(as_) -> None:
    assert as_("sync:read").get("/sync/runs").json["data"]["runs"] == []
    assert as_("persons:read").get("/sync/runs").status_code == 403


def test_pause_and_resume(api, saved) -> None:
    paused = api.post("/sync/odoo/pause", {}).json
    assert (paused["success"], paused["status"]) == (True, "paused") and paused["paused_at"]
    assert api.get("/sync/status").json["data"]["odoo"]["status"] == "paused"
    assert api.post("/sync/odoo/pull", {}).status_code == 200, "by hand it still goes"
    again = api.post("/sync/odoo/resume", {}).json
    assert (again["status"], again["paused_at"]) == ("configured", None)


def test_the_last_day_of_a_key_is_saved_shown_and_warned_of(api, odoo, saved, clock) -> None:
    body = login(odoo, password="ab" * 20, key_expires="2026-03-20")
    shown = api.post("/sync/odoo/config", body).json["config"]
    assert (shown["key_expires_on"], shown["key_expires_assumed"], shown["key_warning"]) == ("2026-03-20", False, None)
    clock.move(days=10)
    assert "expires on 2026-03-20" in api.get("/sync/odoo/config").json["config"]["key_warning"]
    assert "expires on 2026-03-20" in api.get("/sync/status").json["data"]["odoo"]["key_warning"]
    check = api.get("/health").json["data"]["checks"]["odoo"]
    assert check["status"] == "warning" and "expires on 2026-03-20" in check["details"]["key_warning"]


def test_the_status_tells_since_when_odoo_is_away(api, odoo, saved) -> None:
    odoo.stop()
    api.post("/sync/odoo/pull", {})
    state = api.get("/sync/status").json["data"]["odoo"]
    assert state["away_since"] and state["next_try"] and state["problem_code"] == "odoo_unreachable"
    assert state["runs"]["pull"]["success"] is False and state["runs"]["reconcile"] is None
    told = api.get("/health").json["data"]["checks"]["odoo"]["message"]
    assert told == "Odoo is away, or nothing can be exchanged with it."
    text = api.get("/metrics").text
    assert "face_attendance_odoo_reachable 0" in text and "face_attendance_odoo_call_failures_total" in text
    odoo.start()
    api.post("/sync/odoo/test", {})
    assert api.get("/sync/status").json["data"]["odoo"]["away_since"] is None
    assert "face_attendance_odoo_reachable 1" in api.get("/metrics").text


def test_both_sides_are_compared_and_mended(api, saved, alice) -> None:
    api.post("/sync/odoo/pull", {})
    person = api.get("/persons?active=true&search=EMP001").json["data"]["persons"][0]["person_id"]
    for moment, direction in (("07:00", "in"), ("08:30", "out")):
        api.post("/attendance/mark", {"person_id": person, "direction": direction,
                                      "timestamp": f"2026-03-02T{moment}:00"})
    days = {"start_date": "2026-03-02", "end_date": "2026-03-02"}
    looked = api.post("/sync/odoo/reconcile", {**days, "dry_run": True})
    assert (looked.status_code, looked.json["total"], looked.json["mended"]) == (200, 1, 0)
    difference = looked.json["differences"][0]
    assert (difference["kind"], difference["odoo"]) == ("missing_in_odoo", None)
    assert difference["here"]["check_in"] == "2026-03-02T07:00:00+01:00"
    mended = api.post("/sync/odoo/reconcile", days).json
    assert (mended["success"], mended["mended"]) == (True, 1)
    assert len(saved.attendances()) == 1
    assert api.post("/sync/odoo/reconcile", days).json["message"] == "Compared 1 row with Odoo: no differences"
    assert api.post("/sync/odoo/reconcile", {**days, "end_date": "2026-03-01"}).json["code"] == "bad_range"


def test_rows_that_odoo_does_not_take_wait_with_reason_and_remedy(api, saved, alice) -> None:
    api.post("/attendance/mark", {"person_id": alice})
    api.post("/sync/odoo/push", {"start_date": "2026-03-02", "end_date": "2026-03-02"})
    listed = api.get("/sync/problems").json["data"]
    assert listed["total"] == 1
    (problem,) = listed["problems"]
    assert (problem["person_id"], problem["code"]) == (alice, "odoo_employee_not_found")
    assert "badge" in problem["remedy"]
    again = api.post("/sync/retry", {"attendance_ids": [problem["attendance_id"]]}).json
    assert again["data"]["retried"] == 1
    assert api.get("/sync/problems").json["data"]["total"] == 0
    assert api.post("/sync/retry", {"attendance_ids": [problem["attendance_id"]]}).status_code == 404
    assert api.post("/sync/retry", {}).json["data"]["retried"] == 0


def test_who_is_in_counts_rows_entered_in_odoo(api, saved, alice) -> None:
    api.post("/sync/odoo/pull", {})
    api.post("/attendance/mark", {"person_id": alice})
    employee = next(one["id"] for one in saved.rows("hr.employee") if one["barcode"] == "EMP001")
    saved.run_as("admin", "hr.attendance", "create", {"employee_id": employee, "check_in": "2026-03-02 07:30:00"})
    api.post("/sync/odoo/reconcile", {"start_date": "2026-03-02", "end_date": "2026-03-02"})
    today = api.get("/attendance/today").json["data"]
    assert today["total"] == 1
    (entered,) = today["entered_in_odoo"]
    assert (entered["person_id"], entered["check_in"], entered["source"]) == (
        "EMP001", "2026-03-02T08:30:00+01:00", "odoo")
    assert api.get("/attendance/summary").json["data"]["present_now"] == 2
