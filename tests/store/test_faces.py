"""Templates and consents: sealed, in one matrix, gone with the consent, told by the version."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import text

from backend.store.errors import Tampered

ENGINE = "dlib-resnet-v1"


def enroll(unit, person, vector, engine=ENGINE):
    return unit.templates.add(person.uuid, vector, engine, {"sharpness": 80.0}, "upload")


def test_a_template_comes_back_as_it_went_in(store, alice, a_vector):
    with store.write() as unit:
        uuid = enroll(unit, alice, a_vector(1))
    with store.read() as unit:
        (stored,) = unit.templates.of(alice.uuid)
    assert (stored.uuid, stored.person, stored.dim) == (uuid, alice.uuid, 128)
    assert stored.vector.dtype == np.float32
    np.testing.assert_array_equal(stored.vector, a_vector(1))


def test_a_template_is_not_to_be_read_in_the_database(store, alice, a_vector):
    with store.write() as unit:
        enroll(unit, alice, a_vector(1))
    with store.engine.connect() as connection:
        blob = connection.execute(text("SELECT sealed_vector FROM face_templates")).scalar()
    assert a_vector(1).tobytes()[:16] not in bytes(blob)


def test_a_vector_that_is_not_of_unit_length_is_refused(store, alice, a_vector):
    with pytest.raises(ValueError, match="unit length"), store.write() as unit:
        enroll(unit, alice, a_vector(1) * 1.42)


def test_a_template_copied_to_another_person_does_not_open(store, alice, bob, a_vector):
    with store.write() as unit:
        enroll(unit, alice, a_vector(1))
    with store.write() as unit:
        unit.connection.execute(text("UPDATE face_templates SET person = "
                                     "(SELECT uuid FROM persons WHERE person_id = '1002')"))
    with pytest.raises(Tampered, match="changed from outside"), store.read() as unit:
        unit.templates.of(bob.uuid)


def test_the_gallery_holds_active_people_who_consented(store, alice, bob, a_vector):
    with store.write() as unit:
        unit.consents.give(alice.uuid, "1", "hr")
        mine = enroll(unit, alice, a_vector(1))
        enroll(unit, alice, a_vector(2), engine="another-engine")
        enroll(unit, bob, a_vector(3))
    with store.read() as unit:
        rows = unit.templates.all_in_force(ENGINE)
        assert (rows.ids, rows.people, rows.matrix.shape) == ((mine,), (alice.uuid,), (1, 128))
        assert len(unit.templates.all_in_force(ENGINE, require_consent=False).ids) == 2
        assert unit.templates.in_force(mine)
    with store.write() as unit:
        unit.people.change(alice.uuid, active=False)
    with store.read() as unit:
        assert unit.templates.all_in_force(ENGINE).matrix.shape == (0, 128)
        assert not unit.templates.in_force(mine)


def test_a_withdrawal_takes_the_templates_along(store, alice, bob, a_vector, clock):
    with store.write() as unit:
        for person in (alice, bob):
            unit.consents.give(person.uuid, "1", "hr")
            enroll(unit, person, a_vector(1))
    clock.move(days=1)
    with store.write() as unit:
        assert unit.consents.withdraw(alice.uuid, "alice")
    with store.read() as unit:
        assert unit.templates.count(alice.uuid) == 0
        assert unit.templates.count() == 1
        assert unit.consents.in_force(alice.uuid) is None
        (ended,) = unit.consents.of(alice.uuid)
        assert (ended.withdrawn_by, ended.withdrawn_at) == ("alice", clock())


def test_a_consent_is_recorded_once_and_anew_for_another_text(store, alice, clock):
    with store.write() as unit:
        first = unit.consents.give(alice.uuid, "1", "hr")
        assert unit.consents.give(alice.uuid, "1", "hr") == first
    clock.move(days=1)
    with store.write() as unit:
        assert unit.consents.give(alice.uuid, "2", "hr").text_version == "2"
        assert len(unit.consents.of(alice.uuid)) == 2


@pytest.mark.parametrize("change", [
    lambda unit, person, vector: enroll(unit, person, vector),
    lambda unit, person, vector: unit.consents.give(person.uuid, "1", "hr"),
    lambda unit, person, vector: unit.consents.withdraw(person.uuid, "hr"),
    lambda unit, person, vector: unit.people.change(person.uuid, active=False),
    lambda unit, person, vector: unit.people.erase(person.uuid, keep_rows=True),
])
def test_what_concerns_recognition_bumps_the_version_in_the_same_transaction(
        store, alice, a_vector, change):
    def version():
        with store.read() as unit:
            return unit.gallery_version()

    before = version()
    with pytest.raises(ZeroDivisionError), store.write() as unit:
        change(unit, alice, a_vector(1))
        raise ZeroDivisionError
    assert version() == before
    with store.write() as unit:
        change(unit, alice, a_vector(1))
        assert version() == before  # others see it with the commit, not earlier
    assert version() > before


def test_one_face_or_all_of_them_can_be_deleted(store, alice, bob, a_vector):
    with store.write() as unit:
        first, _ = enroll(unit, alice, a_vector(1)), enroll(unit, alice, a_vector(2))
        assert not unit.templates.delete(first, person=bob.uuid)
        assert unit.templates.delete(first, person=alice.uuid)
        assert not unit.templates.delete(first)
        assert unit.templates.delete_of(alice.uuid) == 1
