"""Punches: the same uuid is the same punch, and whoever meddles with an old one is found out."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from backend.attendance.model import Direction, Outcome, OutcomeKind, Punch, Source
from backend.store.errors import PunchConflict


@pytest.fixture
def punch(clock):
    def make(person, **more):
        values = {"uuid": uuid4(), "person": person.uuid, "at": clock(), "received_at": clock(),
                  "device": "camera-1", "source": Source.face, "confidence": 0.93, "distance": 0.21}
        return Punch(**(values | more))

    return make


def insert(store, *punches):
    with store.write() as unit:
        return [unit.punches.insert(one) for one in punches]


def test_a_punch_comes_back_as_it_went_in(store, alice, punch, clock):
    made = punch(alice, direction=Direction.out, liveness=0.5, clock_suspect=True,
                 claimed_at=clock() + timedelta(minutes=1))
    assert insert(store, made) == [(made, True)]
    with store.read() as unit:
        assert unit.punches.get(made.uuid) == unit.punches.last_of(alice.uuid) == made
        assert unit.punches.of(alice.uuid) == [made]
        assert unit.punches.of(alice.uuid, since=clock() + timedelta(seconds=1)) == []
        assert unit.punches.people() == [alice.uuid]


def test_the_same_uuid_is_the_same_punch(store, alice, punch, clock):
    made = punch(alice)
    insert(store, made)
    clock.move(minutes=5)
    again = punch(alice, uuid=made.uuid, at=made.at)  # received later, or with another distance
    assert insert(store, again) == [(made, False)]
    with store.read() as unit:
        assert unit.punches.count() == 1


def test_a_time_that_the_server_clamped_is_the_same_punch(store, alice, punch, clock):
    said = clock() + timedelta(seconds=90)
    made = punch(alice, claimed_at=said)
    insert(store, made)
    assert insert(store, punch(alice, uuid=made.uuid, at=said)) == [(made, False)]


@pytest.mark.parametrize("other", [
    {"direction": Direction.out}, {"source": Source.badge}, {"device": "camera-2"},
])
def test_a_uuid_with_other_content_is_a_conflict(store, alice, punch, other):
    made = punch(alice)
    insert(store, made)
    with pytest.raises(PunchConflict, match="other content"):
        insert(store, punch(alice, uuid=made.uuid, **other))


def test_the_chain_is_whole(store, alice, bob, punch):
    insert(store, *(punch(person) for person in (alice, bob, alice)))
    with store.read() as unit:
        assert unit.punches.verify() is None
        assert [entry.seq for entry in unit.punches.chain()] == [1, 2, 3]
        assert unit.punches.head().seq == 3


@pytest.mark.parametrize("meddling", [
    "UPDATE punches SET at = received_at, direction = 'out' WHERE seq = 2",
    "DELETE FROM punches WHERE seq = 2",
    "DELETE FROM punches WHERE seq = 1",
    "DELETE FROM punches WHERE seq = 3",
])
def test_whoever_meddles_with_a_punch_is_found_out(store, alice, punch, meddling):
    insert(store, *(punch(alice) for _ in range(3)))
    with store.write() as unit:
        unit.connection.execute(text(meddling))
    with store.read() as unit:
        assert unit.punches.verify() is not None


def test_retention_leaves_a_checkpoint(store, alice, punch, clock):
    insert(store, *(punch(alice, at=clock() - timedelta(days=400 - day)) for day in range(5)))
    with store.write() as unit:
        assert unit.punches.remove_before(clock() - timedelta(days=397)) == 3
    with store.read() as unit:
        assert unit.punches.checkpoint().seq == 3
        assert unit.punches.verify() is None
    insert(store, punch(alice))
    with store.write() as unit:
        assert unit.punches.verify() is None
        assert unit.punches.remove_before(clock() + timedelta(days=1)) == 3
        assert unit.punches.verify() is None
        assert unit.punches.remove_before(clock()) == 0


def test_an_erasure_takes_the_person_off_and_leaves_the_chain(store, alice, bob, punch):
    hers, his = punch(alice), punch(bob)
    insert(store, hers, his)
    with store.write() as unit:
        unit.outcomes.replace(alice.uuid, [
            Outcome(punch=hers.uuid, outcome=OutcomeKind.check_in, reason="first")])
        unit.people.erase(alice.uuid, keep_rows=False)
    with store.read() as unit:
        assert unit.punches.of(alice.uuid) == []
        assert unit.punches.get(hers.uuid) is None
        assert unit.punches.verify() is None
    with pytest.raises(PunchConflict, match="erased"):
        insert(store, hers)


def test_outcomes_are_rewritten(store, alice, punch):
    one, two = punch(alice), punch(alice)
    insert(store, one, two)
    first = [Outcome(punch=one.uuid, outcome=OutcomeKind.check_in, reason="", session=uuid4()),
             Outcome(punch=two.uuid, outcome=OutcomeKind.duplicate, reason="within 5 min")]
    second = [first[0], Outcome(punch=two.uuid, outcome=OutcomeKind.flagged, reason="odd")]
    for outcomes in (first, second, second[:1]):
        with store.write() as unit:
            unit.outcomes.replace(alice.uuid, outcomes)
        with store.read() as unit:
            found = unit.outcomes.of(alice.uuid)
            assert sorted(found, key=lambda one: one.reason) == sorted(outcomes, key=lambda one: one.reason)
    with store.read() as unit:
        assert unit.outcomes.get(one.uuid) == first[0]
        assert unit.outcomes.get(two.uuid) is None
