"""A kiosk sends the PIN or badge with which somebody confirms their face."""

from __future__ import annotations

from uuid import uuid4

import pytest

from backend.processes.links import Links
from backend.vision.results import Decision, FrameResult, Outcome, Reason, Refusal
from tests.web.test_camera import JPEG, Tracker


@pytest.fixture
def question(system, here, alice) -> str:
    """The camera is nearly sure of Alice, whose PIN is 4711."""
    system.people.set_pin(alice, "4711", by="test")
    decision = Decision(Outcome.ASK, Reason.TOO_ALIKE, system.people.get(alice).uuid, 0.24, confidence=0.6)
    return system.attendance.record_refusal(Refusal(here.clock(), "camera-1", 7, decision))["confirmation"]


def test_a_pin_confirms_a_face(as_, question, alice) -> None:
    kiosk = as_("punch:write")
    first = kiosk.post("/attendance/confirm", {"confirmation": question, "pin": "4711", "device": "camera-1"})
    assert (first.status_code, first.json["data"]["action"]) == (201, "check_in")
    row = first.json["data"]["attendance"]
    assert (row["person_id"], row["source"], row["device"], row["distance"]) == (alice, "pin", "camera-1", 0.24)
    again = kiosk.post("/attendance/confirm", {"confirmation": question, "pin": "4711"})
    assert (again.status_code, again.json["data"]["punch_uuid"]) == (200, first.json["data"]["punch_uuid"])


def test_what_is_refused_says_why_and_names_nobody(as_, question, alice) -> None:
    kiosk = as_("punch:write")
    for answer, status, code in (
            ({"pin": "0000"}, 403, "pin_wrong"), ({"badge": "B-9"}, 403, "badge_wrong"),
            ({"pin": "4711", "device": "camera-2"}, 404, "confirmation_not_found"),
            ({"pin": "4711", "confirmation": str(uuid4())}, 404, "confirmation_not_found"),
            ({"pin": "4711", "badge": alice}, 422, "pin_or_badge"), ({}, 422, "pin_or_badge"),
            ({"pin": "4711", "confirmation": "x"}, 422, "bad_input")):
        refused = kiosk.post("/attendance/confirm", {"confirmation": question, **answer})
        assert (refused.status_code, refused.json["code"]) == (status, code), answer
        assert "Alice" not in refused.text and alice not in refused.text
    for _ in range(3):
        kiosk.post("/attendance/confirm", {"confirmation": question, "pin": "0000"})
    locked = kiosk.post("/attendance/confirm", {"confirmation": question, "pin": "4711"})
    assert (locked.status_code, locked.json["code"]) == (429, "pin_locked")
    assert int(locked.headers["Retry-After"]) > 0


def test_it_needs_the_scope_of_a_device(as_, question) -> None:
    body = {"confirmation": question, "pin": "4711"}
    assert as_().post("/attendance/confirm", body).status_code == 401
    assert as_("attendance:write").post("/attendance/confirm", body).status_code == 403


def test_a_pin_and_a_badge_are_given_and_never_told(api, as_, system, alice, bob) -> None:
    given = api.post(f"/persons/{alice}/pin", {"pin": "471199"})
    assert (given.status_code, given.json["data"]["has_pin"]) == (200, True)
    system.access.verify_pin(system.people.get(alice).uuid, "471199")
    assert api.post(f"/persons/{alice}/pin", {"pin": "12"}).json["code"] == "bad_pin"
    assert api.delete(f"/persons/{alice}/pin").json["data"]["has_pin"] is False
    badge = api.patch(f"/persons/{alice}", {"badge": "B-77"})
    assert (badge.status_code, badge.json["data"]["has_badge"], "B-77" in badge.text) == (200, True, False)
    assert api.patch(f"/persons/{bob}", {"badge": "B-77"}).status_code == 409
    assert api.patch(f"/persons/{alice}", {"badge": None}).json["data"]["has_badge"] is False
    assert as_("persons:read").post(f"/persons/{alice}/pin", {"pin": "4711"}).status_code == 403


def test_a_browsers_own_camera_hears_the_question_with_its_frame(here, system, as_, alice, tmp_path) -> None:
    here.links = Links(vision_address=str(tmp_path / "nobody.sock"), authkey=b"key", folder=tmp_path, instance="test")
    person = system.people.get(alice).uuid
    decision = Decision(Outcome.ASK, Reason.NOT_SURE_ENOUGH, person, 0.29, confidence=0.3)
    here.pictures = Tracker(FrameResult(refusals=(Refusal(here.clock(), "tablet", 3, decision),), at=here.clock()))
    frame = as_("punch:write").post("/camera/sessions/session-of-tablet/frames", data=JPEG, content_type="image/jpeg")
    (event,) = frame.json["data"]["events"]
    assert (event["kind"], event["payload"]["decision"], event["payload"]["device"]) == ("sighting", "ask", "tablet")
    assert event["payload"]["confirmation"] and alice not in frame.text
