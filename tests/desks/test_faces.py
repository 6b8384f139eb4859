"""Faces: registered with consent, refused with the reason, gone when consent goes."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from backend.errors import FaceAttendanceError
from backend.vision.results import Decision, Outcome, PictureReading, Reason, Refusal, Sighting

NOBODY = PictureReading(640, 480, ())


@pytest.fixture
def enrolled(system, alice, picture):
    """Alice with one face."""
    return system.faces.enroll("1001", [picture()], consent=True, by="test")


def refused(call) -> FaceAttendanceError:
    with pytest.raises(FaceAttendanceError) as caught:
        call()
    return caught.value


def sighting(alice, ids, clock, **more) -> Sighting:
    return Sighting(**{"person": alice.uuid, "template_ids": tuple(ids), "at": clock.now, "device": "door",
                       "distance": 0.2, "confidence": 0.95, "liveness": None, "track_id": 7, **more})


def test_a_good_picture_becomes_a_face(system, alice, enrolled):
    assert (enrolled.templates, enrolled.total_faces, enrolled.quality[0]["ok"]) == (1, 1, True)
    (face,) = system.faces.list("1001")
    assert (face.id, face.engine) == (enrolled.face_ids[0], "dlib-resnet-v1")
    person = system.people.get("1001")
    assert (person.faces, person.consent) == (1, True)


def test_no_face_without_consent(system, alice, picture):
    error = refused(lambda: system.faces.enroll("1001", [picture()], by="test"))
    assert (error.code, error.status) == ("consent_required", 409)
    system.faces.give_consent("1001", by="test")
    assert system.faces.enroll("1001", [picture()], by="test").templates == 1


def test_without_the_setting_consent_is_not_asked_for(start, picture):
    system = start(require_consent=False)
    system.people.add("1", "Ann", by="test")
    assert system.faces.enroll("1", [picture()], by="test").templates == 1


@pytest.mark.parametrize("reason", [Reason.TOO_SMALL, Reason.BLURRED, Reason.TOO_DARK, Reason.NOT_FRONTAL])
def test_a_poor_picture_is_refused_with_what_to_do(system, alice, picture, reason):
    error = refused(lambda: system.faces.enroll("1001", [picture(1, reason)], consent=True, by="test"))
    assert (error.code, error.status) == (str(reason), 422)
    assert error.details["pictures"][0]["reasons"] == [str(reason)]
    assert not system.people.get("1001").consent, "nothing is written, the consent neither"


def test_nobody_or_several_people_are_refused(system, alice, picture):
    def enroll(*readings):
        return refused(lambda: system.faces.enroll("1001", readings, consent=True, by="t")).code

    assert enroll(NOBODY) == "no_face"
    assert enroll(picture(faces=2)) == "several_faces"
    assert enroll(picture(bystander=70)) == "several_faces"
    assert enroll() == "picture_missing"


def test_somebody_far_in_the_background_does_not_matter(system, alice, picture):
    assert system.faces.enroll("1001", [picture(bystander=40)], consent=True, by="t").templates == 1


def test_of_several_pictures_the_good_ones_count(system, alice, picture):
    done = system.faces.enroll("1001", [picture(), picture(1, Reason.BLURRED), NOBODY], consent=True, by="t")
    assert done.templates == 1
    assert [verdict["ok"] for verdict in done.quality] == [True, False, False]


def test_a_face_belongs_to_one_person(system, enrolled, bob, picture):
    error = refused(lambda: system.faces.enroll("1002", [picture(noise=0.1)], consent=True, by="t"))
    assert (error.code, error.status) == ("belongs_to_another_person", 409)
    assert error.details["person_id"] == "1001"
    assert system.people.get("1002").faces == 0
    assert system.faces.enroll("1002", [picture(2)], consent=True, by="t").templates == 1


def test_more_faces_are_added_and_force_replaces_them(system, enrolled, picture):
    assert system.faces.enroll("1001", [picture(noise=0.1)], by="t").total_faces == 2
    assert system.faces.enroll("1001", [picture(noise=0.2)], force=True, by="t").total_faces == 1


def test_there_is_a_limit_to_faces(start, picture):
    system = start(max_templates=2)
    system.people.add("1", "Ann", by="t")
    error = refused(lambda: system.faces.enroll("1", [picture(noise=n) for n in (0, 0.2, 0.4)], consent=True, by="t"))
    assert (error.code, error.status) == ("too_many_templates", 409)
    assert system.people.get("1").faces == 0


def test_faces_are_deleted_one_by_one_or_all(system, enrolled, bob, picture):
    system.faces.enroll("1001", [picture(noise=0.1), picture(noise=0.2)], by="t")
    face = enrolled.face_ids[0]
    assert refused(lambda: system.faces.delete("1002", face, by="t")).code == "face_not_found"
    assert refused(lambda: system.faces.delete("1001", "17", by="t")).code == "face_not_found"
    assert system.faces.delete("1001", str(face), by="t") == 1
    assert system.faces.delete("1001", by="t") == 2
    assert system.faces.list("1001") == []


def test_withdrawn_consent_takes_the_faces_with_it(system, enrolled):
    assert system.faces.withdraw_consent("1001", by="alice") == 1
    assert system.people.get("1001").faces == 0
    (consent,) = system.faces.consents("1001")
    assert consent.withdrawn_by == "alice"


def test_a_recognised_face_checks_in(system, alice, enrolled, clock):
    marked = system.attendance.record_sighting(sighting(alice, enrolled.face_ids, clock))
    row = marked.attendance
    assert (marked.action, row.source, row.device, row.confidence, row.distance) == (
        "check_in", "face", "door", 0.95, 0.2)
    with system.store.read() as unit:
        assert [event.kind for event in unit.events.since(0)] == ["sighting", "attendance"]


def test_a_sighting_sent_again_is_one_punch(system, alice, enrolled, clock):
    key = uuid4()
    one = sighting(alice, enrolled.face_ids, clock)
    system.attendance.record_sighting(one, key)
    assert not system.attendance.record_sighting(one, key).created


@pytest.mark.parametrize("how", ["consent", "face", "archived", "erased", "no templates"])
def test_a_sighting_from_a_gallery_of_yesterday_is_refused(system, alice, enrolled, clock, how):
    """The camera still knows Alice; the transaction that would write the punch looks again."""
    ids = () if how == "no templates" else enrolled.face_ids
    if how == "consent":
        system.faces.withdraw_consent("1001", by="alice")
    elif how == "face":
        system.faces.delete("1001", by="t")
    elif how == "archived":
        system.people.change("1001", active=False, by="t")
    elif how == "erased":
        system.people.erase("1001", by="t")
    marked = system.attendance.record_sighting(sighting(alice, ids, clock))
    assert (marked.action, marked.reason, marked.attendance) == ("refused", "withdrawn", None)
    with system.store.read() as unit:
        assert unit.punches.count() == 0
        assert unit.logs.search("security")[0].level == "warning"
        assert unit.events.since(0)[-1].payload["decision"] == "refused"


def test_a_camera_with_a_wild_clock_is_not_believed(system, alice, enrolled, clock):
    late = sighting(alice, enrolled.face_ids, clock, at=clock.now + timedelta(hours=2))
    marked = system.attendance.record_sighting(late)
    assert (marked.action, marked.reason, marked.attendance) == ("flagged", "clock_suspect", None)


def test_a_camera_at_the_exit_checks_out(system, alice, enrolled, clock):
    with system.store.write() as unit:
        unit.devices.upsert("door", options={"direction": "out"})
    system.attendance.mark("1001")
    clock.move(minutes=1)
    assert system.attendance.record_sighting(sighting(alice, enrolled.face_ids, clock)).action == "check_out"


def test_a_stranger_is_told_to_the_pages_and_nowhere_else(system, alice, clock):
    decision = Decision(Outcome.REJECTED, Reason.NOBODY_NEAR_ENOUGH, alice.uuid, 0.6)
    system.attendance.record_refusal(Refusal(clock.now, "door", 3, decision))
    with system.store.read() as unit:
        payload = unit.events.since(0)[-1].payload
        assert unit.punches.count() == 0
    assert (payload["decision"], payload["reason"]) == ("rejected", "nobody_near_enough")
    assert "1001" not in str(payload), "whom a stranger resembles is nobody's business"
