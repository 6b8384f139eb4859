"""Health and the log over HTTP."""

from __future__ import annotations

import shutil
from collections import namedtuple

import numpy as np
import pytest

from backend.config import Settings
from backend.web import health

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def any_database_settings(settings: Settings) -> Settings:
    """One database is enough: nothing here depends on it."""
    return settings


def test_anybody_may_ask_and_only_who_has_a_key_sees_details(as_, api) -> None:
    for path in ("/health", "/health/ready"):
        public = as_().get(path).json["data"]["checks"]
        assert set(public) == set(health.CHECKS)
        assert all(check["details"] is None for check in public.values())
    assert api.get("/health").json["data"]["checks"]["database"]["details"] == {"punches": 0}
    assert as_().get("/health/live").status_code == 200


def test_the_same_without_the_base(app, as_) -> None:
    client = app.test_client()
    for path in ("/health", "/health/live", "/health/ready"):
        response = client.get(path)
        assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
    details = client.get("/health", headers={"X-API-Key": as_("*").key}).json["data"]["checks"]["disk"]["details"]
    assert details["free_bytes"] > 0


def test_without_camera_faces_and_odoo_it_is_not_failing(api) -> None:
    data = api.get("/health").json["data"]
    assert data["status"] in ("ok", "degraded")
    assert data["checks"]["odoo"]["status"] == "off"
    assert data["checks"]["gallery"]["message"] == "Nobody's face is registered yet."


def test_a_full_disk_is_503(as_, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 1000))
    for path in ("/health", "/health/ready"):
        response = as_().get(path)
        assert (response.status_code, response.json["code"]) == (503, "unhealthy")
        assert response.json["error"] == "The disk is full: nothing can be recorded."
        assert response.json["details"]["checks"]["disk"]["status"] == "failing"


def test_a_disk_that_fills_up_is_a_warning(api, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 100_000_000))
    data = api.get("/health").json["data"]
    assert (data["status"], data["checks"]["disk"]["status"]) == ("degraded", "warning")


def test_a_check_that_breaks_is_a_finding(api, monkeypatch) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setitem(health.CHECKS, "camera", broken)
    response = api.get("/health")
    assert response.status_code == 200
    assert response.json["data"]["checks"]["camera"]["status"] == "failing"
    assert "secret" not in response.text


def test_the_log_is_read_by_category_level_and_time(api, system, clock) -> None:
    system.journal.log("camera", "warning", "the camera went blind", device="camera-1")
    system.journal.flush()
    clock.move(minutes=5)
    system.journal.log("system", "info", "all is well")

    def lines(query: str) -> list[str]:
        return [line["message"] for line in api.get(f"/logs?{query}").json["data"]["logs"]]

    assert lines("category=camera") == ["the camera went blind"]
    assert "all is well" in lines("since=2026-03-02T09:01:00")
    assert "the camera went blind" not in lines("since=2026-03-02T09:01:00")
    assert "all is well" not in lines("level=warning")
    assert len(lines("limit=1")) == 1
    assert api.get("/logs?category=gossip").status_code == 422
    assert api.get("/logs?since=soon").status_code == 422


def test_it_says_what_to_expect_of_the_faces_registered(api, system, alice) -> None:
    vector = np.zeros(128, np.float32)
    vector[0] = 1
    with system.store.write() as unit:
        person = unit.people.by_person_id(alice).uuid
        unit.consents.give(person, "1", "test")
        unit.templates.add(person, vector, "dlib-resnet-v1", {}, "test")
    details = api.get("/health").json["data"]["checks"]["gallery"]["details"]
    assert (details["people"], details["people_with_few_templates"]) == (1, 1)
    assert 0 < details["expected_fnir"] < 0.5
    assert details["left_out_fnir"] is None
