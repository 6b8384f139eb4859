"""Cameras over HTTP: status, live pictures, a changed source, a browser's own camera."""

from __future__ import annotations

import dataclasses
import http.client
import secrets
from datetime import UTC, datetime

import pytest

from backend.config import Settings
from backend.processes.links import Links
from backend.vision.preview import PreviewWriter, preview_path
from backend.web.camera import without_password

JPEG = b"\xff\xd8" + b"picture" * 20 + b"\xff\xd9"


@pytest.fixture
def any_database_settings(settings: Settings) -> Settings:
    return settings.but(camera_allow=("0", "rtsp://10.0.0.*/stream"))


@pytest.fixture
def linked(here, tmp_path) -> Links:
    """As if a supervisor ran: the camera's worker shows its pictures in this folder."""
    here.links = Links(vision_address=str(tmp_path / "nobody.sock"), authkey=secrets.token_bytes(8),
                       folder=tmp_path, instance="test")
    return here.links


@pytest.fixture
def worker(linked, system, tmp_path):
    """The writing end of camera-1's pictures."""
    system.devices.use_camera("rtsp://door:hunter2@10.0.0.7/stream?token=abc")
    writer = PreviewWriter(preview_path(tmp_path, "camera-1"))
    yield writer
    writer.close()


def test_without_a_camera_the_list_is_empty_and_health_says_so(api) -> None:
    assert api.get("/camera/status").json["data"] == {"cameras": []}
    assert api.get("/health").json["data"]["checks"]["camera"]["status"] == "off"
    refused = api.get("/camera/preview")
    assert (refused.status_code, refused.json["code"]) == (503, "no_camera")


def test_started_without_cameras_is_off_and_not_blind(here, worker, api) -> None:
    assert api.get("/health").json["data"]["checks"]["camera"]["status"] == "warning"
    here.links = dataclasses.replace(here.links, cameras=False)
    assert api.get("/health").json["data"]["checks"]["camera"]["status"] == "off"


def test_the_status_is_the_workers_and_keeps_passwords_to_itself(api, worker) -> None:
    worker.tell({"state": "live", "text": "Live", "fps": 14.96, "in_view": 2, "counters": {"frames": 7},
                 "gallery_version": 3, "last_frame_at": datetime(2026, 3, 2, 8, tzinfo=UTC).isoformat()})
    response = api.get("/camera/status")
    assert response.json["data"]["cameras"] == [{
        "device": "camera-1", "name": "camera-1", "enabled": True, "source": "rtsp://***@10.0.0.7/stream?***",
        "state": "live", "fps": 15.0, "last_frame_at": "2026-03-02T09:00:00+01:00", "in_view": 2,
        "request": None, "text": "Live", "error": None, "counters": {"frames": 7}, "stages": {}, "gallery_version": 3}]
    assert "hunter2" not in response.text


@pytest.mark.parametrize(("source", "shown"), [
    ("0", "0"), ("data/clip.mp4", "data/clip.mp4"), ("http://10.0.0.7/video", "http://10.0.0.7/video"),
    ("rtsp://u:p@ss/w@rd@10.0.0.7/s", "rtsp://***@10.0.0.7/s"), ("http://h/v?user=a&pwd=b", "http://h/v?***"),
])
def test_a_source_is_shown_without_what_is_secret(source: str, shown: str) -> None:
    assert without_password(source) == shown


def test_the_preview_shows_each_picture(served, worker, as_) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    worker.show(JPEG)
    connection.request("GET", "/api/v1/camera/preview", headers={"X-API-Key": as_("camera:read").key})
    response = connection.getresponse()
    assert response.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=frame"

    def picture() -> bytes:
        lines = [response.readline() for _ in range(4)]
        assert lines[:2] == [b"--frame\r\n", b"Content-Type: image/jpeg\r\n"]
        data = response.read(int(lines[2].split(b":")[1]))
        assert response.readline() == b"\r\n"
        return data

    assert picture() == JPEG
    worker.show(JPEG + b"2")
    assert picture() == JPEG + b"2"
    response.close()
    connection.close()


def test_only_an_allowed_source_is_taken(api, as_, linked, system) -> None:
    for source in ("/etc/passwd", "file:///etc/passwd", "http://169.254.169.254/", "1", "rtsp://10.0.1.7/stream"):
        refused = api.post("/camera", {"source": source})
        assert (refused.status_code, refused.json["code"]) == (403, "camera_not_allowed"), source
    assert as_("camera:read").post("/camera", {"source": "0"}).status_code == 403
    assert api.post("/camera", {"source": "rtsp://10.0.0.7/stream"}).json["data"]["enabled"] is True
    assert system.devices.get("camera-1").source == "rtsp://10.0.0.7/stream"


def test_a_camera_is_switched_off_and_on(api, worker) -> None:
    off = api.post("/camera", {"enabled": False}).json["data"]
    assert (off["enabled"], off["state"]) == (False, "disabled")
    on = api.post("/camera", {}).json["data"]
    assert (on["enabled"], on["source"]) == (True, "rtsp://***@10.0.0.7/stream?***")
    assert api.post("/camera", {"device": "camera-9"}).status_code == 404
    assert api.post("/camera", {"device": "../../x", "source": "0"}).status_code == 422


def test_health_says_that_the_camera_is_blind_or_that_nothing_is_recorded(api, worker) -> None:
    def camera() -> dict:
        return api.get("/health").json["data"]["checks"]["camera"]

    worker.tell({"state": "live"})
    assert camera()["status"] == "ok"
    worker.tell({"state": "blind", "error": "No picture for 3 s"})
    assert (camera()["status"], camera()["message"]) == ("warning", "Blind: camera-1.")
    worker.tell({"state": "live", "problem": "disk_full", "error": "The disk is full"})
    assert (camera()["status"], camera()["message"]) == ("failing", "The disk is full")


def test_a_browsers_camera_needs_the_vision_service(api) -> None:
    refused = api.post("/camera/sessions", {})
    assert (refused.status_code, refused.json["code"]) == (503, "vision_off")


class Tracker:
    """What the vision service answers, without the service: its own tests run the real one."""

    def __init__(self, result) -> None:
        self.result = result
        self.frames: list[bytes] = []

    def open_session(self, device: str) -> str:
        return f"session-of-{device}"

    def frame(self, session: str, data: bytes):
        from backend.vision.client import CameraSessionEnded

        if session != "session-of-tablet":
            raise CameraSessionEnded("The session has ended; open another.")
        self.frames.append(data)
        return self.result

    def close_session(self, session: str) -> None:
        pass


@pytest.fixture
def seen(here, linked, system, alice):
    """A frame in which Alice was recognised, and a stranger refused."""
    import numpy as np

    from backend.vision.results import Decision, FrameResult, Outcome, Reason, Refusal, Sighting, TrackState, TrackView

    with system.store.write() as unit:
        person = unit.people.by_person_id(alice).uuid
        unit.consents.give(person, "1", "test")
        vector = np.zeros(128, np.float32)
        vector[0] = 1
        template = unit.templates.add(person, vector, "dlib-resnet-v1", {}, "test")
    now = here.clock()
    here.pictures = Tracker(FrameResult(
        tracks=(TrackView(1, (10, 20, 90, 90), person, TrackState.ACCEPTED, Reason.MATCHED, 0.21, 0.93),
                TrackView(2, (200, 20, 90, 90), None, TrackState.REJECTED, Reason.NOBODY_NEAR_ENOUGH, 0.6)),
        sightings=(Sighting(person, (template,), now, "tablet", 0.21, 0.93, None, 1),),
        refusals=(Refusal(now, "tablet", 2, Decision(Outcome.REJECTED, Reason.NOBODY_NEAR_ENOUGH, distance=0.6)),),
        at=now, detected=True, width=640, height=480))
    return here.pictures


def test_a_browsers_frames_become_attendance(as_, seen, system, alice) -> None:
    kiosk = as_("punch:write")
    opened = kiosk.post("/camera/sessions", {"device": "tablet"})
    assert opened.status_code == 201
    address = f"/camera/sessions/{opened.json['data']['session_id']}/frames"
    frame = kiosk.post(address, data=JPEG, content_type="image/jpeg").json["data"]
    assert seen.frames == [JPEG]
    assert [(track["person_id"], track["state"]) for track in frame["tracks"]] == [
        (alice, "accepted"), (None, "rejected")]
    marked, refused = frame["events"]
    assert (marked["payload"]["action"], marked["payload"]["person_name"]) == ("check_in", "Alice Ämter")
    assert (refused["payload"]["decision"], refused["payload"]["reason"]) == ("rejected", "nobody_near_enough")
    assert system.attendance.list()[1] == 1
    assert kiosk.delete(address.removesuffix("/frames")).status_code == 200


def test_a_session_that_has_ended_is_404(as_, seen) -> None:
    gone = as_("punch:write").post("/camera/sessions/other/frames", data=JPEG, content_type="image/jpeg")
    assert (gone.status_code, gone.json["code"]) == (404, "camera_session_ended")


def test_a_frame_that_is_no_picture(as_, seen) -> None:
    kiosk, address = as_("punch:write"), "/camera/sessions/session-of-tablet/frames"
    assert kiosk.post(address, {"image": "%%"}).status_code == 422
    assert kiosk.post(address, {}).status_code == 422
    assert kiosk.post(address, data=b"x", content_type="text/plain").status_code == 415


def test_a_move_that_is_asked_for_at_the_camera_reaches_the_kiosk(api, worker) -> None:
    request = {"move": "turn_left", "done": 1, "of": 2, "seconds_left": 3.5, "nonce": "abc"}
    worker.tell({"state": "live", "request": request})
    assert api.get("/camera/status").json["data"]["cameras"][0]["request"] == request
