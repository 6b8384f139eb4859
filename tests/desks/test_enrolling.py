"""Enrolment looks twice: repeats, look-alikes and pictures that harm are told before they do."""

from __future__ import annotations

import pytest

from backend.vision.results import Reason
from tests.desks.test_faces import refused


@pytest.fixture
def enrolled(system, alice, picture):
    """Alice with one face."""
    return system.faces.enroll("1001", [picture()], consent=True, by="test")


def codes(done) -> list[str]:
    return [warning.code for warning in done.warnings]


def test_the_same_picture_twice_is_one_face(system, alice, picture):
    done = system.faces.enroll("1001", [picture(), picture(noise=0.03), picture(noise=0.2)], consent=True, by="t")
    assert [verdict["reasons"] for verdict in done.quality] == [[], ["near_identical"], []]
    assert done.templates == 2


def test_a_picture_that_is_there_already_adds_nothing(system, enrolled, picture):
    error = refused(lambda: system.faces.enroll("1001", [picture(noise=0.03)], by="t"))
    assert (error.code, error.status) == ("near_identical", 422)
    assert system.people.get("1001").faces == 1
    assert system.faces.enroll("1001", [picture()], force=True, by="t").total_faces == 1, "it is replaced"


def test_the_limit_of_sameness_is_a_setting(start, picture):
    system = start(near_identical=0.0)
    system.people.add("1", "Ann", by="t")
    assert system.faces.enroll("1", [picture(), picture()], consent=True, by="t").templates == 2


def test_force_does_not_take_another_persons_face(system, enrolled, bob, picture):
    error = refused(lambda: system.faces.enroll("1002", [picture(noise=0.1)], consent=True, force=True, by="t"))
    assert error.code == "belongs_to_another_person"
    assert "allow_duplicate_person" in str(error) and "--allow-duplicate" in str(error)


def test_a_duplicate_person_is_hrs_decision_with_a_reason_on_record(system, enrolled, bob, picture):
    def enroll(**how):
        return system.faces.enroll("1002", [picture(noise=0.1)], consent=True, by="hanna", **how)

    for reason in (None, "", "   "):
        error = refused(lambda reason=reason: enroll(allow_duplicate=True, reason=reason))
        assert (error.code, error.status) == ("reason_missing", 422)
    assert system.people.get("1002").faces == 0

    done = enroll(allow_duplicate=True, reason="twin of Alice")
    assert done.templates == 1
    assert "looks_like_another" in codes(done)
    with system.store.read() as unit:
        entry = next(line for line in unit.logs.search("security") if line.level == "warning")
    assert "Bob" in entry.message and "Alice" in entry.message
    assert entry.details.items() >= {"person_id": "1002", "other": "1001", "by": "hanna",
                                     "reason": "twin of Alice"}.items()


def test_a_face_of_ones_own_needs_no_such_decision_and_logs_none(system, enrolled, picture):
    system.faces.enroll("1001", [picture(noise=0.2)], by="t", allow_duplicate=True, reason="to be sure")
    with system.store.read() as unit:
        assert all(line.level == "info" for line in unit.logs.search("security"))


def test_who_has_few_pictures_is_asked_for_more(system, alice, picture):
    first = system.faces.enroll("1001", [picture()], consent=True, by="t")
    assert codes(first) == ["few_pictures"] and "Alice" in first.warnings[0].text
    more = system.faces.enroll("1001", [picture(noise=0.15), picture(noise=0.3)], by="t")
    assert codes(more) == []


def test_whoever_looks_like_somebody_is_told_of_with_a_name(system, enrolled, bob, picture):
    """Too far for the threshold, too near to be told apart."""
    done = system.faces.enroll("1002", [picture(noise=0.31)], consent=True, by="t")
    (alike,) = [warning for warning in done.warnings if warning.code == "looks_like_another"]
    assert (alike.person_id, alike.name) == ("1001", "Alice Ämter")
    assert 0.28 < alike.distance < 0.32
    assert "more pictures" in alike.text
    (face,) = system.faces.list("1002")
    assert "looks_like_another" in face.quality["warnings"], "kept beside the template"
    assert "1001" not in str(face.quality), "but no word of whom: who is erased is in no other person's data"


def test_pictures_that_do_not_agree_are_told_of(system, alice, picture):
    done = system.faces.enroll("1001", [picture(), picture(noise=0.2), picture(2)], consent=True, by="t")
    assert "pictures_disagree" in codes(done)


def test_enrolment_is_stricter_than_the_door(start, picture):
    system = start(enroll_sharpness=150.0)
    system.people.add("1", "Ann", by="t")
    error = refused(lambda: system.faces.enroll("1", [picture()], consent=True, by="t"))
    assert error.code == str(Reason.BLURRED)


def test_the_findings_name_people_and_pictures(system, enrolled, bob, picture):
    system.faces.enroll("1001", [picture(noise=0.15), picture(noise=0.3)], by="t")
    assert system.faces.findings().ok
    system.faces.enroll("1002", [picture(noise=0.1), picture(2)], consent=True, by="t",
                        allow_duplicate=True, reason="to see it found")
    found = system.faces.findings()
    assert not found.ok and (found.people, found.templates) == (2, 5)
    assert {one.person.name for one in found.harmful} == {"Bob"}
    assert {one.person.person_id for one in found.disagreeing} == {"1002"}
    assert [(one.person.name, one.templates) for one in found.few] == [("Bob", 2)]
    kept = {str(face.id) for face in system.faces.list("1002")}
    assert {one.face_id for one in found.harmful} <= kept
