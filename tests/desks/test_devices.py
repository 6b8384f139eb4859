"""Devices: which camera sources may be asked for, and punches that devices send in lists."""

from __future__ import annotations

from uuid import uuid4

import pytest

from backend.errors import FaceAttendanceError


def test_the_configured_camera_is_a_row(system):
    system.devices.use_camera("0")
    assert [one.source for one in system.devices.cameras()] == ["0"]
    system.devices.use_camera(None)
    assert system.devices.cameras() == []
    assert system.devices.get("camera-1").source == "0"


@pytest.mark.parametrize(("source", "allowed"), [
    ("0", True), ("clips/door.mp4", True), ("rtsp://10.0.0.7/stream", True), ("1", False),
    ("/etc/passwd", False), ("rtsp://10.0.0.7/../stream", False), ("rtsp://evil/10.0.0.7/stream", False),
    ("[0]", False),
])
def test_a_source_by_http_must_be_allowed(start, source, allowed):
    system = start(camera="0", camera_allow=("clips/door.mp4", "rtsp://10.0.0.*/stream"))
    if allowed:
        assert system.devices.choose_camera(source, by="admin").source == source
    else:
        with pytest.raises(FaceAttendanceError) as caught:
            system.devices.choose_camera(source, by="admin")
        assert (caught.value.code, caught.value.status) == ("camera_not_allowed", 403)
        assert system.devices.cameras() == []


def test_an_unknown_device_is_not_found(system):
    with pytest.raises(FaceAttendanceError) as caught:
        system.devices.get("camera-9")
    assert caught.value.code == "device_not_found"


def test_a_browser_is_remembered_once(system):
    first = system.devices.register("tablet", "browser", "Tablet at the door")
    assert system.devices.register("tablet", "browser") == first


def item(person_id="1001", at="2026-03-02T07:00:00Z", **more):
    return {"uuid": str(uuid4()), "person_id": person_id, "at": at, "source": "badge", **more}


def test_punches_come_in_any_order_and_any_number_of_times(system, alice):
    items = [item(at=f"2026-03-02T0{hour}:00:00Z") for hour in (7, 5, 6, 4)]
    answers = system.attendance.accept_punches([*items, items[0]], "terminal")
    assert [one["success"] for one in answers] == [True] * 5
    assert [one["created"] for one in answers] == [True] * 4 + [False]
    rows, _ = system.attendance.list(oldest_first=True)
    assert [(row.check_in.hour, row.check_out.hour) for row in rows] == [(4, 5), (6, 7)]
    again = system.attendance.accept_punches(items, "terminal")
    assert {one["created"] for one in again} == {False}
    assert [one["attendance_id"] for one in again] == [one["attendance_id"] for one in answers[:4]]


def test_one_bad_item_does_not_stop_the_others(system, alice, bob):
    system.people.change("1002", active=False, by="t")
    good = item()
    answers = system.attendance.accept_punches([
        "nonsense", {}, item(uuid="17"), item("nobody"), item(at="soon"), item(None), item("1002"),
        item(direction="sideways"), item(source="pin"), good, {**good, "at": "2026-03-02T06:59:00Z"},
        item(source="pin", pin="1\x00"), item(person_id=5)], "terminal")
    assert [one.get("code") for one in answers] == [
        "bad_punch", "bad_uuid", "bad_uuid", "person_not_found", "bad_time", "person_missing",
        "person_inactive", "bad_direction", "pin_missing", None, "idempotency_conflict", "bad_pin",
        "bad_person_id"]
    assert system.attendance.list()[1] == 1


def test_a_badge_is_enough(system, bob):
    (answer,) = system.attendance.accept_punches([{**item(None), "badge": "B-7"}], "terminal")
    assert answer["action"] == "check_in"


def test_a_pin_verifies_who_was_named(system, alice):
    system.people.set_pin("1001", "2468", by="t")
    right = item(source="pin", pin="2468")
    wrong = item(source="pin", pin="1357", at="2026-03-02T05:00:00Z")
    answers = system.attendance.accept_punches([wrong, right], "terminal")
    assert [one.get("code") for one in answers] == ["pin_wrong", None]
    assert system.attendance.list()[0][0].source == "pin"
    # Sent again it was checked already, whatever the PIN is now.
    system.people.set_pin("1001", None, by="t")
    assert system.attendance.accept_punches([right], "terminal")[0]["created"] is False


@pytest.mark.parametrize("at", ["2026-03-05T07:00:00Z", "1970-01-01T00:00:09Z"])
def test_a_wild_clock_is_kept_for_hr(system, alice, at):
    (answer,) = system.attendance.accept_punches([item(at=at)], "terminal")
    assert (answer["success"], answer["action"], answer["reason"]) == (True, "flagged", "clock_suspect")


def test_a_long_list_is_taken_in_parts(system, alice):
    items = [item(at=f"2026-02-{day:02}T{hour:02}:00:00Z") for day in range(1, 29) for hour in (8, 12, 13, 17)]
    answers = system.attendance.accept_punches(items, "terminal")
    assert all(one["success"] for one in answers)
    assert system.attendance.list()[1] == 56
    with system.store.read() as unit:
        assert unit.punches.verify() is None
