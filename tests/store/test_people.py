"""People: ids that change and go on answering, searching, erasing."""

from __future__ import annotations

import pytest

from backend.store.errors import PersonExists


def test_a_person_is_found_by_id_badge_and_odoo_id(store):
    with store.write() as unit:
        made = unit.people.add("1001", "Alice", badge="B-7", connection_id=1, odoo_id=42)
    with store.read() as unit:
        assert unit.people.get(made.uuid) == made
        assert unit.people.by_person_id("1001") == made
        assert unit.people.by_badge("B-7") == unit.people.by_badge("1001") == made
        assert unit.people.by_odoo(1, 42) == made
        assert unit.people.by_odoo(1, 43) is unit.people.by_person_id("nobody") is None


def test_an_id_is_given_once(store, alice):
    with pytest.raises(PersonExists, match="1001 belongs to Alice"), store.write() as unit:
        unit.people.add("1001", "Another Alice")
    with store.read() as unit:
        assert unit.people.search()[1] == 1


def test_the_odoo_id_is_given_once(store, alice, bob):
    with store.write() as unit:
        unit.people.change(alice.uuid, connection_id=1, odoo_id=7)
    with pytest.raises(PersonExists, match="Odoo id 7"), store.write() as unit:
        unit.people.change(bob.uuid, connection_id=1, odoo_id=7)


def test_two_people_swap_their_ids(store, alice, bob):
    with store.write() as unit:
        unit.people.rename({alice.uuid: "1002", bob.uuid: "1001"})
    with store.read() as unit:
        assert unit.people.by_person_id("1002").name == "Alice Ämter"
        assert unit.people.by_person_id("1001").name == "Bob"
        assert unit.people.aliases(alice.uuid) == unit.people.aliases(bob.uuid) == []


def test_a_former_id_keeps_answering(store, alice):
    with store.write() as unit:
        unit.people.rename({alice.uuid: "A-1"})
    with store.write() as unit:
        unit.people.rename({alice.uuid: "A-2"})
    with store.read() as unit:
        for one in ("1001", "A-1", "A-2"):
            assert unit.people.by_person_id(one).uuid == alice.uuid
        assert unit.people.by_person_id("1001").person_id == "A-2"


def test_a_new_owner_of_an_id_answers_for_it(store, alice, bob):
    with store.write() as unit:
        unit.people.rename({alice.uuid: "A-1"})
        unit.people.rename({bob.uuid: "1001"})
    with store.read() as unit:
        assert unit.people.by_person_id("1001").uuid == bob.uuid
        assert unit.people.by_person_id("1002").uuid == bob.uuid


def test_nobody_is_renamed_to_the_id_of_somebody_else(store, alice, bob):
    with pytest.raises(PersonExists, match="1002 belongs to Bob"), store.write() as unit:
        unit.people.rename({alice.uuid: "1002"})
    with store.read() as unit:
        assert unit.people.get(alice.uuid) == alice


def test_searching_takes_any_case_and_no_wildcards(store, alice, bob):
    with store.read() as unit:
        assert unit.people.search("ÄMTER") == ([alice], 1)
        assert unit.people.search("002") == ([bob], 1)
        assert unit.people.search("EXAMPLE.com") == ([alice], 1)
        assert unit.people.search("%") == ([], 0)
        assert unit.people.search(department="Workshop") == ([bob], 1)
        assert unit.people.search(limit=1, offset=1) == ([bob], 2)
        assert unit.people.search(has_face=True) == ([], 0)
        assert unit.people.departments() == ["Sales", "Workshop"]


def test_changing_nothing_leaves_the_row_alone(store, alice, clock):
    clock.move(hours=1)
    with store.write() as unit:
        assert unit.people.change(alice.uuid, name=alice.name).updated_at == alice.updated_at
        changed = unit.people.change(alice.uuid, active=False, metadata={"tz": "Europe/Brussels"})
    assert changed.updated_at == clock()
    assert (changed.active, changed.metadata) == (False, {"tz": "Europe/Brussels"})


def test_an_erased_person_leaves_a_tombstone_and_no_name(store, alice, a_vector):
    with store.write() as unit:
        unit.people.change(alice.uuid, connection_id=1, odoo_id=7)
        unit.people.rename({alice.uuid: "A-1"})
        unit.consents.give(alice.uuid, "1", "hr")
        unit.templates.add(alice.uuid, a_vector(1), "dlib-resnet-v1", {}, "upload")
        unit.people.erase(alice.uuid, keep_rows=False)
    with store.read() as unit:
        left = unit.people.get(alice.uuid)
        assert (left.name, left.email, left.odoo_id, left.faces) == ("Erased person", None, None, 0)
        assert unit.people.search()[1] == 0
        assert unit.people.by_person_id("1001") is None
        for mark in ({"person_id": "1001"}, {"person_id": "A-1"},
                     {"connection_id": 1, "odoo_id": 7}):
            assert unit.people.is_erased(**mark)
        assert not unit.people.is_erased(person_id="1002", connection_id=1, odoo_id=8)


def test_an_erased_id_may_be_given_to_a_new_person(store, alice):
    with store.write() as unit:
        unit.people.erase(alice.uuid, keep_rows=True)
        again = unit.people.add("1001", "A new Alice")
    assert again.uuid != alice.uuid
    with store.read() as unit:
        assert unit.people.get(alice.uuid).name == "Alice Ämter"
