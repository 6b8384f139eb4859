"""A kiosk sends the PIN or badge with which somebody confirms their face."""

from __future__ import annotations

from uuid import uuid4

import pytest

from backend.vision.results import Decision, Outcome, Reason, Refusal


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
