"""Hints from Odoo come in: who may send them, what is taken, and that nobody waits for long."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import urllib.request

import pytest

from backend.config import Settings
from backend.web.hooks import SIGNATURE_HEADER

EMPLOYEE = {"_action": "Send Webhook Notification(#345)", "_id": 36, "_model": "hr.employee", "active": True,
            "department_id": 2, "id": 36, "job_title": False, "name": "Hooked 18",
            "write_date": "2026-11-21 04:42:12.499621"}


@pytest.fixture
def any_database_settings(settings: Settings) -> Settings:
    """One database is enough; test_bridge_rows has the hints on both."""
    return settings


@pytest.fixture
def webhook(as_) -> dict:
    return as_("admin").get("/sync/odoo/webhook").json


@pytest.fixture
def secret(webhook) -> str:
    return webhook["secret"]


def waiting(system) -> list[tuple[str, int]]:
    system.clock.move(seconds=2)
    with system.store.write() as unit:
        return [(hint.model, hint.odoo_id) for hint in unit.hints.take()]


def test_the_administrator_finds_the_address_to_paste_and_the_fields_to_choose(webhook, as_) -> None:
    assert webhook["url"] == f"http://localhost/api/v1/webhooks/odoo/{webhook['secret']}"
    assert len(webhook["secret"]) >= 32, "at least 128 bits"
    assert [(one["model"], bool(one["trigger_fields"])) for one in webhook["automations"]] == [
        ("hr.employee", True), ("hr.employee", False), ("hr.attendance", True), ("hr.attendance", False)]
    assert as_("admin").get("/sync/odoo/webhook").json["secret"] == webhook["secret"]


def test_a_hint_is_acknowledged_and_waits_to_be_read(as_, secret, system) -> None:
    answer = as_().post(f"/webhooks/odoo/{secret}", EMPLOYEE)
    assert (answer.status_code, answer.json) == (200, {"success": True, "message": "Noted."})
    assert waiting(system) == [("hr.employee", 36)]


def test_the_secret_may_come_in_a_header(as_, secret, system) -> None:
    answer = as_().post("/webhooks/odoo", {"_model": "hr.attendance", "_id": 7}, headers={"X-Webhook-Secret": secret})
    assert answer.status_code == 200
    assert waiting(system) == [("hr.attendance", 7)]


def test_a_sender_that_can_may_sign_instead(as_, secret, system) -> None:
    body = json.dumps(EMPLOYEE).encode()

    def send(signature: str, data: bytes = body) -> int:
        return as_().post("/webhooks/odoo", data=data, headers={
            SIGNATURE_HEADER: signature, "Content-Type": "application/json"}).status_code

    right = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    assert send(f"sha256={right}") == 200
    assert waiting(system) == [("hr.employee", 36)]
    assert send(f"sha256={right}", body.replace(b"36", b"37")) == 401
    assert send(right) == 401


@pytest.mark.parametrize("path", ["/webhooks/odoo/wrong", "/webhooks/odoo", "/webhooks/odoo/%00", "/webhooks/odoo/%ff"])
def test_a_wrong_secret_is_refused_before_the_body_is_looked_at(as_, secret, system, path) -> None:
    answer = as_().post(path, data=b"[" * 60_000)
    assert (answer.status_code, answer.json["code"]) == (401, "wrong_secret")
    assert waiting(system) == []


def test_no_secret_is_known_before_one_was_made(as_, system) -> None:
    assert as_().post("/webhooks/odoo/None", EMPLOYEE).status_code == 401
    assert as_().post("/webhooks/odoo", EMPLOYEE, headers={"X-Webhook-Secret": ""}).status_code == 401


def test_an_api_key_is_no_secret_for_hints(as_, secret) -> None:
    assert as_("*").post("/webhooks/odoo", EMPLOYEE).status_code == 401


def test_wrong_secrets_are_counted_and_told_and_the_right_one_still_works(as_, secret, system) -> None:
    answers = [as_().post("/webhooks/odoo/wrong", EMPLOYEE).status_code for _ in range(6)]
    assert answers == [401] * 4 + [429] * 2
    assert as_().post(f"/webhooks/odoo/{secret}", EMPLOYEE).status_code == 200
    lines = system.journal.logs(category="security")
    assert sum("wrong secret" in line.message for line in lines) == 4


def test_another_secret_ends_the_old_one(as_, secret, system) -> None:
    renewed = as_("admin").post("/sync/odoo/webhook").json
    assert renewed["secret"] != secret
    assert as_().post(f"/webhooks/odoo/{secret}", EMPLOYEE).status_code == 401
    assert as_().post(f"/webhooks/odoo/{renewed['secret']}", EMPLOYEE).status_code == 200
    assert any("made anew" in line.message for line in system.journal.logs(category="security"))


@pytest.mark.parametrize("scope", ["sync:write", "sync:read"])
def test_the_secret_is_shown_to_administrators_only(as_, scope) -> None:
    assert as_(scope).get("/sync/odoo/webhook").status_code == 403
    assert as_(scope).post("/sync/odoo/webhook").status_code == 403


def test_the_secret_lies_sealed(secret, parts) -> None:
    for file in parts.settings.data_path.glob("attendance.db*"):
        assert secret.encode() not in file.read_bytes()


def test_other_models_are_acknowledged_and_left_alone(as_, secret, system) -> None:
    for model in ("res.partner", "hr.employee.public", "", "hr.employee; drop table"):
        assert as_().post(f"/webhooks/odoo/{secret}", {"_model": model, "_id": 1}).status_code == 200
    assert waiting(system) == []


@pytest.mark.parametrize(("body", "status"), [
    (b"", 422), (b"[]", 422), (b"[1]", 422), (b"{}", 422), (b"null", 400), (b"{", 400), (b"\xff\xfe", 400),
    (b'{"_model": "hr.employee"}', 422), (b'{"_model": "hr.employee", "_id": "36"}', 422),
    (b'{"_model": "hr.employee", "_id": 0}', 422), (b'{"_model": "hr.employee", "_id": -1}', 422),
    (b'{"_model": "hr.employee", "_id": 1.5}', 422), (b'{"_model": "hr.employee", "_id": true}', 422),
    (b'{"_model": "hr.employee", "_id": 4294967296}', 422), (b'{"_model": ["hr.employee"], "_id": 1}', 422),
    (b'{"_model": "hr.employee", "_id": 1' + b"0" * 5000 + b"}", 400),
    (b'{"_model": "hr.employee", "_id": 1, "_id": 2}', 400),
    (b'{"_model": "hr.employee", "_id": 1, "x": {"a": 1, "a": 2}}', 400),
    (b'{"_model": "hr.employee", "_id": NaN}', 400),
    (b'{"_model": "hr.employee", "_id": 1, "x": ' + b"[" * 500 + b"]" * 500 + b"}", 400),
    (b'{"_model": "hr.employee", "_id": 1, "note": "' + b"x" * 70_000 + b'"}', 413),
])
def test_what_cannot_be_a_hint_is_refused_cleanly(as_, secret, system, body, status) -> None:
    answer = as_().post(f"/webhooks/odoo/{secret}", data=body, content_type="application/json")
    assert answer.status_code == status, answer.text
    assert secret not in answer.text
    assert waiting(system) == []


def test_the_same_record_is_noted_once_within_two_seconds(as_, secret, system, clock) -> None:
    said = [as_().post(f"/webhooks/odoo/{secret}", EMPLOYEE).json["message"] for _ in range(5)]
    assert said == ["Noted."] + ["Nothing more to do."] * 4
    assert waiting(system) == [("hr.employee", 36)]
    assert as_().post(f"/webhooks/odoo/{secret}", EMPLOYEE).json["message"] == "Noted."


def test_the_secret_gets_into_no_log(as_, secret, here, caplog, monkeypatch) -> None:
    caplog.set_level(logging.DEBUG)
    api = as_()
    api.post(f"/webhooks/odoo/{secret}", EMPLOYEE)
    api.post(f"/webhooks/odoo/{secret}", {"_id": 1})
    api.get(f"/webhooks/odoo/{secret}")
    monkeypatch.setattr(here.system.hints, "note", lambda *_: 1 / 0)
    assert api.post(f"/webhooks/odoo/{secret}", EMPLOYEE).status_code == 500
    assert "/webhooks/odoo/<secret> failed" in caplog.text
    assert secret not in caplog.text
    assert not any(secret in line.message + str(line.details) for line in here.system.journal.logs(limit=100))


def test_odoo_itself_sends_without_a_header_of_ours(served, secret, system) -> None:
    request = urllib.request.Request(
        f"{served.url}/api/v1/webhooks/odoo/{secret}", method="POST", data=json.dumps(EMPLOYEE).encode(),
        headers={"Content-Type": "application/json", "User-Agent": "python-requests/2.31.0"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert answer.status == 200
    assert waiting(system) == [("hr.employee", 36)]
