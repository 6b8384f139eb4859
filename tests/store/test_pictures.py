"""Enrolment pictures: sealed, bound to their person, gone with the faces, the consent and the time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.store.errors import Tampered

JPEG = b"\xff\xd8 a picture of Alice \xff\xd9"
OURS, OTHER = "dlib-resnet-v1", "another-v1"


@pytest.fixture
def kept(store, alice, a_vector, clock):
    """A picture of Alice, and what two engines made of it: (picture, template, other template)."""
    with store.write() as unit:
        picture = unit.pictures.add(alice.uuid, JPEG, "upload", clock() + timedelta(days=30))
        return picture, *(unit.templates.add(alice.uuid, a_vector(number), engine, {}, "upload", picture=picture)
                          for number, engine in enumerate((OURS, OTHER)))


def left(store):
    with store.read() as unit:
        return unit.pictures.count(), unit.templates.count()


def test_a_picture_comes_back_as_it_went_in_and_is_not_to_be_read_in_the_database(store, alice, kept, clock):
    with store.read() as unit:
        (picture,) = unit.pictures.of(alice.uuid)
        assert (picture.uuid, picture.jpeg, picture.source) == (kept[0], JPEG, "upload")
        assert picture.keep_until - picture.created_at == timedelta(days=30)
        blob = unit.connection.execute(text("SELECT sealed_picture FROM enrolment_pictures")).scalar()
    assert b"Alice" not in bytes(blob)


def test_a_picture_copied_to_another_person_does_not_open(store, bob, kept):
    with store.write() as unit:
        unit.connection.execute(text("UPDATE enrolment_pictures SET person = "
                                     "(SELECT uuid FROM persons WHERE person_id = '1002')"))
    with pytest.raises(Tampered), store.read() as unit:
        unit.pictures.of(bob.uuid)


def test_with_a_face_go_its_picture_and_what_other_engines_made_of_it(store, alice, a_vector, kept):
    with store.write() as unit:
        unit.templates.add(alice.uuid, a_vector(7), OURS, {}, "upload")
        assert unit.templates.delete(kept[1], alice.uuid)
    assert left(store) == (0, 1)


@pytest.mark.parametrize("end", [
    lambda unit, alice: unit.templates.delete_of(alice.uuid),
    lambda unit, alice: unit.consents.withdraw(alice.uuid, "alice"),
    lambda unit, alice: unit.people.erase(alice.uuid, keep_rows=True),
    lambda unit, alice: unit.people.erase(alice.uuid, keep_rows=False),
], ids=["all faces", "consent", "erased", "erased with rows"])
def test_with_all_faces_consent_or_the_person_go_the_pictures(store, alice, bob, kept, clock, end):
    with store.write() as unit:
        unit.pictures.add(bob.uuid, JPEG, "upload", clock() + timedelta(days=30))
        end(unit, alice)
    assert left(store) == (1, 0)


@pytest.mark.parametrize(("days", "longest", "stays"), [
    (29, timedelta(days=400), 1), (31, timedelta(days=400), 0),
    (8, timedelta(days=7), 0),   # a stricter policy holds for what is there, too
    (1, None, 0),                # and so does none at all
])
def test_a_picture_goes_when_its_time_is_over_and_its_faces_stay(store, kept, clock, days, longest, stays):
    clock.move(days=days)
    with store.write() as unit:
        unit.pictures.prune(longest)
    assert left(store) == (stays, 2)


def test_faces_are_those_of_the_engine_in_force(store, alice, bob, a_vector, kept):
    with store.write() as unit:
        unit.templates.add(bob.uuid, a_vector(5), OTHER, {}, "upload")
    store.face_engine = OURS
    with store.read() as unit:
        assert [(one.person_id, one.faces, one.other_faces, one.must_enrol_again)
                for one in unit.people.search()[0]] == [("1001", 1, 1, False), ("1002", 0, 1, True)]
        assert [one.person_id for one in unit.people.to_enrol_again()] == ["1002"]
        assert [one.person_id for one in unit.people.search(has_face=False)[0]] == ["1002"]


def test_what_was_learnt_goes_with_the_last_enrolled_face_of_its_own_engine(store, alice, a_vector, kept):
    with store.write() as unit:
        mine = unit.templates.add(alice.uuid, a_vector(3), OURS, {}, "upload")
        unit.templates.delete(kept[1])
        unit.templates.add(alice.uuid, a_vector(4), OURS, {}, "adaptive")
        unit.templates.add(alice.uuid, a_vector(5), OTHER, {}, "upload")
        unit.templates.delete(mine)
        assert [one.engine for one in unit.templates.of(alice.uuid)] == [OTHER]
