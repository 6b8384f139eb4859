"""People: added, found, renamed, archived, erased."""

from __future__ import annotations

import pytest

from backend.errors import FaceAttendanceError


def test_a_person_is_added_and_found(system, alice, bob):
    assert system.people.get("1001").name == "Alice Ämter"
    found, total = system.people.find(search="mter")
    assert ([one.person_id for one in found], total) == (["1001"], 1)
    assert system.people.departments() == ["Sales", "Workshop"]


def test_an_id_is_given_once(system, alice):
    with pytest.raises(FaceAttendanceError) as caught:
        system.people.add("1001", "Another", by="test")
    assert (caught.value.code, caught.value.status) == ("person_exists", 409)


@pytest.mark.parametrize(("fields", "code"), [
    ({"name": "  "}, "bad_name"), ({"name": "x" * 201}, "bad_name"), ({"name": "a\x00b"}, "bad_name"),
    ({"name": 5}, "bad_name"), ({"name": "\ud800"}, "bad_name"), ({"person_id": ""}, "bad_person_id"),
    ({"person_id": "a/b"}, "bad_person_id"), ({"email": "nowhere"}, "bad_email"),
    ({"metadata": [1]}, "bad_metadata"), ({"metadata": {"x": "y" * 20_000}}, "bad_metadata"),
    ({"metadata": {"x": float("nan")}}, "bad_metadata"),
])
def test_what_cannot_be_stored_is_refused_by_name(system, fields, code):
    with pytest.raises(FaceAttendanceError) as caught:
        system.people.add(**{"person_id": "1", "name": "Ann", "by": "test", **fields})
    assert (caught.value.code, caught.value.status) == (code, 422)
    assert system.people.find()[1] == 0


def test_an_unknown_person_is_not_found(system):
    for call in (system.people.get, lambda one: system.people.erase(one, by="t"),
                 lambda one: system.people.change(one, name="X", by="t")):
        with pytest.raises(FaceAttendanceError) as caught:
            call("nobody")
        assert caught.value.code == "person_not_found"


def test_a_changed_id_keeps_the_person_and_the_old_one_answers(system, alice):
    changed = system.people.change("1001", person_id="A-1", phone="12", by="test")
    assert (changed.uuid, changed.person_id, changed.phone) == (alice.uuid, "A-1", "12")
    assert system.people.get("1001").uuid == alice.uuid


def test_a_change_to_a_taken_id_changes_nothing(system, alice, bob):
    with pytest.raises(FaceAttendanceError) as caught:
        system.people.change("1001", person_id="1002", name="New", by="test")
    assert caught.value.code == "person_exists"
    assert system.people.get("1001").name == "Alice Ämter"


def test_an_unknown_field_is_refused(system, alice):
    with pytest.raises(FaceAttendanceError, match="shoe_size"):
        system.people.change("1001", shoe_size=43, by="test")


def test_erasure_takes_faces_name_and_id_and_leaves_anonymous_rows(system, alice, picture):
    system.faces.enroll("1001", [picture()], consent=True, by="test")
    row = system.attendance.mark("1001").attendance
    system.people.erase("1001", by="helen")
    with pytest.raises(FaceAttendanceError):
        system.people.get("1001")
    kept = system.attendance.get(row.id)
    assert kept.person_name == "Erased person"
    assert kept.check_out is not None, "nobody could check out an erased person"
    with system.store.read() as unit:
        assert unit.templates.count() == 0
        assert unit.punches.verify() is None


def test_erasure_may_keep_the_rows_with_their_name(start):
    system = start(erasure_rows="keep")
    system.people.add("1", "Ann", by="test")
    row = system.attendance.mark("1").attendance
    system.people.erase("1", by="helen")
    assert system.attendance.get(row.id).person_name == "Ann"


def test_the_log_does_not_name_who_was_erased(system, alice):
    system.people.erase("1001", by="helen")
    with system.store.read() as unit:
        line = unit.logs.search("security")[0]
    assert "Alice" not in line.message + str(line.details)
