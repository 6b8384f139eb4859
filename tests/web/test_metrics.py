"""Numbers for a monitor."""

from __future__ import annotations

import re

import pytest

from backend.config import Settings


@pytest.fixture
def any_database_settings(settings: Settings) -> Settings:
    return settings


def test_every_line_is_as_prometheus_reads_it(as_, system, alice) -> None:
    system.devices.use_camera("0")
    system.attendance.mark(alice)
    text = as_("metrics:read").get("/metrics").text
    line = re.compile(r'# (HELP|TYPE) face_attendance_\w+ .+|face_attendance_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? \S+')
    assert all(line.fullmatch(each) for each in text.splitlines())
    assert "face_attendance_punches_total 1\n" in text
    assert "face_attendance_present 1\n" in text
    assert 'face_attendance_camera_up{device="camera-1"} 0\n' in text


def test_it_needs_the_scope_but_on_loopback_where_the_setting_says_so(app, as_, here) -> None:
    client = app.test_client()
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"X-API-Key": as_("logs:read").key}).status_code == 403
    assert client.get("/metrics", headers={"X-API-Key": as_("metrics:read").key}).status_code == 200

    here.settings = here.settings.but(metrics_loopback=True)
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 401
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 401
