"""Punches that devices hand in."""

from __future__ import annotations

from uuid import uuid4

import pytest


def punch(person_id: str, at: str, **more) -> dict:
    return {"uuid": str(uuid4()), "person_id": person_id, "at": at, "source": "badge", **more}


def results(response) -> list[tuple[bool, str | None]]:
    assert response.status_code == 200
    return [(each["success"], each["action"] or each["code"]) for each in response.json["data"]["results"]]


def test_a_list_in_any_order_and_any_number_of_times(as_, alice, system) -> None:
    device = as_("punch:write")
    out, came = punch(alice, "2026-03-02T07:30:00"), punch(alice, "2026-03-02T06:00:00")
    assert results(device.post("/punches", [out, came])) == [(True, "check_out"), (True, "check_in")]
    again = device.post("/punches", [came, out, came])
    assert [each["created"] for each in again.json["data"]["results"]] == [False, False, False]
    rows, total = system.attendance.list()
    assert (total, rows[0].duration_minutes) == (1, 90)


def test_one_bad_item_does_not_stop_the_others(as_, alice) -> None:
    good = punch(alice, "2026-03-02T06:00:00")
    bad = [punch("nobody", "2026-03-02T06:00:00"), punch(alice, "2026-03-29T02:30:00"), "text", None, 7, [],
           {}, {"uuid": "no uuid", "person_id": alice, "at": "2026-03-02T06:00:00"},
           punch(alice, "2026-03-02T06:00:00", direction="up"), punch(alice, "2026-03-02T06:00:00", source="x")]
    answer = as_("punch:write").post("/punches", {"punches": [*bad, good], "device": "door-2"})
    assert [success for success, _ in results(answer)] == [False] * len(bad) + [True]
    assert all(each["error"] and each["code"] for each in answer.json["data"]["results"][:-1])
    assert (answer.json["data"]["accepted"], answer.json["data"]["refused"]) == (1, len(bad))


def test_a_uuid_with_other_content_is_refused(as_, alice, bob) -> None:
    device = as_("punch:write")
    first = punch(alice, "2026-03-02T06:00:00")
    device.post("/punches", [first])
    assert results(device.post("/punches", [{**first, "person_id": bob}])) == [(False, "idempotency_conflict")]


def test_a_badge_names_the_person(as_, system) -> None:
    system.people.add("7", "Carol", badge="B-7", by="test")
    body = {"uuid": str(uuid4()), "badge": "B-7", "at": "2026-03-02T06:00:00", "source": "badge"}
    assert results(as_("punch:write").post("/punches", [body])) == [(True, "check_in")]


@pytest.mark.parametrize("body", [{}, {"punches": {}}, {"punches": "x"}, {"punches": [], "device": 7}])
def test_what_is_no_list_is_422(as_, body) -> None:
    assert as_("punch:write").post("/punches", body).status_code == 422


def test_too_many_at_once(as_) -> None:
    refused = as_("punch:write").post("/punches", [{}] * 1001)
    assert (refused.status_code, refused.json["code"]) == (422, "too_many_punches")
