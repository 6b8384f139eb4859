"""Health, keys, scopes, logs, cameras, events; and what hostile requests get."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime, timedelta

import pytest
import requests

from .conftest import base64_of, picture

SCOPES = {
    ("GET", "/persons"): "persons:read", ("POST", "/persons"): "persons:write",
    ("GET", "/persons/X"): "persons:read", ("PATCH", "/persons/X"): "persons:write",
    ("DELETE", "/persons/X"): "persons:write", ("POST", "/persons/X/register-face"): "faces:write",
    ("GET", "/persons/X/faces"): "faces:read", ("DELETE", "/persons/X/faces"): "faces:write",
    ("POST", "/persons/X/consent"): "faces:write", ("DELETE", "/persons/X/consent"): "faces:write",
    ("POST", "/recognize"): "recognize", ("POST", "/attendance/mark"): "attendance:write",
    ("POST", "/punches"): "punch:write", ("GET", "/attendance"): "attendance:read",
    ("GET", "/attendance/today"): "attendance:read", ("GET", "/attendance/1"): "attendance:read",
    ("GET", "/attendance/summary"): "attendance:read", ("GET", "/attendance/export"): "attendance:read",
    ("PATCH", "/attendance/1"): "attendance:write", ("POST", "/attendance/1/void"): "attendance:write",
    ("GET", "/camera/status"): "camera:read", ("GET", "/camera/preview"): "camera:read",
    ("POST", "/camera"): "admin", ("POST", "/camera/sessions"): "punch:write",
    ("POST", "/camera/sessions/x/frames"): "punch:write", ("GET", "/events"): "attendance:read",
    ("POST", "/sync/odoo/test"): "sync:write", ("POST", "/sync/odoo/config"): "sync:write",
    ("GET", "/sync/odoo/config"): "sync:read", ("POST", "/sync/odoo/pull"): "sync:write",
    ("POST", "/sync/odoo/push"): "sync:write", ("POST", "/sync/odoo/reconcile"): "sync:write",
    ("GET", "/sync/status"): "sync:read",
    ("GET", "/sync/runs/1"): "sync:read", ("GET", "/logs"): "logs:read", ("GET", "/keys"): "admin",
    ("POST", "/keys"): "admin", ("DELETE", "/keys/99"): "admin"}


def test_every_address_wants_a_key_and_its_scope(product):
    for method, path in SCOPES:
        body = {} if method in ("POST", "PATCH") else None
        assert product.send(method, path, body, key=None).status == 401, path
    everything = sorted(set(SCOPES.values()))
    for scope in everything:
        others = [one for one in everything if one not in (scope, "admin")]
        made = product.post("/keys", {"name": f"all but {scope}", "scopes": others}).data
        for (method, path), needed in SCOPES.items():
            if needed == scope:
                body = {} if method in ("POST", "PATCH") else None
                answer = product.send(method, path, body, key=made["key"])
                assert answer.status == 403, (method, path)
                assert scope in answer.body["error"]
        product.delete(f"/keys/{made['id']}")


def test_a_key_is_shown_once_and_ends_when_it_is_revoked(product):
    made = product.post("/keys", {"name": "payroll", "scopes": ["persons:read"],
                                  "expires": (datetime.now(UTC) + timedelta(days=1)).isoformat()})
    assert made.status == 201
    plain = made.data["key"]
    assert product.send("GET", "/persons", key=plain).status == 200
    assert product.send("GET", "/persons", key=None, headers={"Authorization": f"Bearer {plain}"}).status == 200
    assert product.post("/persons", {"person_id": "X", "name": "X"}, key=plain).status == 403
    listed = product.get("/keys").data["keys"]
    assert any(one["name"] == "payroll" for one in listed) and plain not in json.dumps(listed)
    assert product.delete(f"/keys/{made.data['id']}").status == 200
    assert product.send("GET", "/persons", key=plain).status == 401
    assert product.delete("/keys/999999").status == 404
    assert product.post("/keys", {"name": "a day", "scopes": ["*"], "expires": "2099-01-01"}
                        ).data["expires_at"] == "2099-01-01T00:00:00+01:00"


@pytest.mark.parametrize("body", [
    {"name": "k", "scopes": ["everything"]}, {"name": "k", "scopes": []}, {"name": "k"}, {"name": "", "scopes": ["*"]},
    {"name": "k", "scopes": "*"}, {"name": "k", "scopes": ["*"], "expires": "2020-01-01T00:00:00"},
    {"name": "k", "scopes": ["*"], "expires": "never"}])
def test_a_key_that_cannot_be(product, body):
    assert product.post("/keys", body).status == 422


def test_health_has_every_part_and_tells_details_only_to_a_key(product):
    for base in (product.url, product.url + "/api/v1"):
        for path in ("/health", "/health/live", "/health/ready"):
            assert requests.get(base + path, timeout=30).status_code == 200
    public = product.send("GET", "/health", key=None).data
    assert set(public["checks"]) >= {"database", "camera", "gallery", "odoo", "queue", "disk"}
    assert not any(check.get("details") for check in public["checks"].values())
    assert any(check.get("details") for check in product.get("/health").data["checks"].values())


def test_no_camera_is_no_trouble(product):
    assert product.get("/camera/status").data["cameras"] == []
    assert product.get("/camera/preview").status == 503
    for source in ("/etc/passwd", "rtsp://user:secret@10.0.0.1/", "file:///etc", "0", ".."):
        refused = product.post("/camera", {"source": source})
        assert refused.status == 403 and "secret" not in refused.body["error"]
    for body in ({"source": 5}, {"enabled": "no"}, {"device": "../x"}):
        assert product.post("/camera", body).status == 422
    assert product.post("/camera", {"enabled": False, "device": "nowhere"}).status == 404
    assert product.get("/camera/status").data["cameras"] == []


def test_a_browser_kiosk_has_a_session(product):
    opened = product.post("/camera/sessions", {"device": "tablet"})
    assert opened.status == 201
    path = f"/camera/sessions/{opened.data['session_id']}/frames"
    seen = product.send("POST", path, data=picture("eileen-collins-1"), headers={"Content-Type": "image/jpeg"})
    assert seen.status == 200 and len(seen.data["tracks"]) == 1
    assert product.post(path, {"image": base64_of(picture("eileen-collins-1"))}).status == 200
    bad = product.send("POST", path, data=b"none", headers={"Content-Type": "image/jpeg"})
    assert (bad.status, bad.body["code"]) == (422, "unreadable_image")
    gone = product.send("POST", "/camera/sessions/nope/frames", data=b"x", headers={"Content-Type": "image/jpeg"})
    assert gone.status == 404


def test_events_resume_where_they_were_left(product):
    product.person("LIVE1")
    product.mark("LIVE1", "2026-11-04T08:00:00")
    headers = {"X-API-Key": product.key, "Last-Event-ID": "0"}
    with requests.get(product.url + "/api/v1/events", headers=headers, stream=True, timeout=20) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        kinds = set()
        for line in answer.iter_lines(decode_unicode=True):
            if line.startswith("event: "):
                kinds.add(line.removeprefix("event: "))
            if line.startswith("data: ") and json.loads(line.removeprefix("data: ")).get("person_id") == "LIVE1":
                break
    assert "attendance" in kinds


def test_logs_are_asked_by_category_level_and_time(product):
    lines = product.get("/logs", category="security", level="info", limit=3).data["logs"]
    assert 0 < len(lines) <= 3 and {line["category"] for line in lines} == {"security"}
    assert product.get("/logs", since="2099-01-01T00:00:00").data["logs"] == []
    assert product.get("/logs", since="2099-01-01").data["logs"] == []
    for query in ({"category": "gossip"}, {"level": "loud"}, {"since": "once"}, {"limit": -1}):
        assert product.get("/logs", **query).status == 422


HOSTILE = [
    b"{", b"", b"null", b"5", b'"x"', b"[]", b"\xff\xfe\x00", b"[" * 100_000, b'{"a":' * 50_000,
    b'{"person_id":"h","name":NaN}', b'{"person_id":"h\\u0000","name":"x"}', b'{"person_id":"\\ud800","name":"x"}',
    b'{"person_id":"h","name":"x","metadata":{"n":1e999}}', b'{"person_id":"h","name":' + b"9" * 5000 + b"}",
    b'{"person_id":"h","name":"' + b"x" * 1_000_000 + b'"}', b'{"person_id":"h","name":"x","email":"nobody"}',
    b'{"person_id":"h","name":["x"]}', b'{"person_id":"h","name":"x","metadata":[]}',
    b'{"person_id":"h","name":"x","metadata":{"a":"' + b"x" * 100_000 + b'"}}', b'{"person_id":"h","name":"a\\u0007"}']


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_json_gets_one_clear_line(product, body):
    answer = product.send("POST", "/persons", data=body, headers={"Content-Type": "application/json"})
    assert answer.status in (400, 422) and len(answer.body["error"]) < 400
    assert product.get("/persons/h").status == 404


def test_other_wrong_requests(product):
    assert product.send("POST", "/persons", data=b"a=1", headers={"Content-Type": "text/plain"}).status == 415
    assert product.send("PUT", "/persons", {}).status == 405
    assert product.get("/nothing").body["code"] == "not_found"
    heavy = product.send("POST", "/persons", data=b"x" * 41_000_000, headers={"Content-Type": "application/json"})
    assert heavy.status == 413


@pytest.mark.parametrize("path", [
    "/static/../../etc/passwd", "/static/js/%2e%2e/%2e%2e/backend/app.py", "/static/..%2f..%2fpyproject.toml",
    "/static/js/..%5c..%5cpyproject.toml", "/static/js/../index.html", "/static/index.html", "/index.html",
    "/static/js/%00", "//etc/passwd", "/data/attendance.db", "/.git/config", "/api/v1/docs/files/../../../app.py"])
def test_no_file_but_the_pages_own_is_served(product, path):
    host = product.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status in (400, 404), path
    assert json.loads(answer.read())["success"] is False
    connection.close()


def test_pages_are_there_and_want_a_login(product):
    for path in ("/", "/kiosk", "/faces.html", "/timeline.html", "/settings.html"):
        answer = requests.get(product.url + path, allow_redirects=False, timeout=30)
        assert answer.status_code == 302 and answer.headers["Location"].startswith("/login")
    assert requests.get(product.url + "/login", timeout=30).status_code == 200


def test_openapi_and_docs_are_there(product):
    document = requests.get(product.url + "/api/v1/openapi.json", timeout=30).json()
    assert document["openapi"].startswith("3.1")
    assert requests.get(product.url + "/api/v1/docs", timeout=30).status_code == 200
    for method, path in SCOPES:
        known = path.replace("/X", "/{person_id}").replace("/keys/99", "/keys/{key_id}").replace(
            "/runs/1", "/runs/{run_id}").replace("sessions/x", "sessions/{session_id}").replace(
            "/attendance/1", "/attendance/{attendance_id}")
        assert method.lower() in document["paths"]["/api/v1" + known], known
