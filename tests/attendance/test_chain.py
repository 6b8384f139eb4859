"""The hash chain: an old punch that was changed, dropped or moved is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from backend.attendance import Punch
from backend.attendance.chain import GENESIS, ChainEntry, immutable_fields, link, verify

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def punch(number: int) -> Punch:
    at = START + timedelta(hours=number)
    return Punch(uuid=UUID(int=number), person=UUID(int=99), at=at, received_at=at, device="door",
                 source="face", confidence=0.93, distance=1 / 3)


def chain(length: int = 4) -> list[ChainEntry]:
    entries, previous = [], GENESIS
    for seq in range(1, length + 1):
        fields = immutable_fields(punch(seq))
        previous = link(previous, fields, "pseudonym")
        entries.append(ChainEntry(seq, fields, "pseudonym", previous))
    return entries


def test_a_whole_chain_is_whole():
    assert verify(chain()) is None
    assert verify([]) is None


def test_a_changed_punch_breaks_the_chain_where_it_stands():
    entries = chain()
    entries[1] = replace(entries[1], fields={**entries[1].fields, "at": "2026-03-02T07:00:00Z"})
    assert verify(entries).seq == 2


def test_another_person_breaks_the_chain():
    entries = chain()
    entries[2] = replace(entries[2], pseudonym="somebody else")
    assert verify(entries).seq == 3


def test_a_dropped_punch_breaks_the_chain():
    entries = chain()
    del entries[1]
    assert verify(entries).reason == "seq 2 is missing"


def test_a_punch_dropped_and_renumbered_breaks_the_chain():
    entries = chain()
    del entries[1]
    renumbered = [replace(entry, seq=seq) for seq, entry in enumerate(entries, 1)]
    assert verify(renumbered).seq == 2


def test_after_retention_the_chain_goes_on_from_its_checkpoint():
    entries = chain()
    assert verify(entries[2:], previous_hash=entries[1].hash, previous_seq=2) is None


def test_the_hash_of_a_known_punch_never_changes():
    """Version 1 is for ever: chains written today are verified in ten years."""
    known = link(GENESIS, immutable_fields(punch(1)), "5f0c")
    assert known == "43d7bb4280940bcb40c7696f25290c3d1bcadc00d39d1698587023d557cbd0a3"


def test_the_same_instant_in_another_zone_is_the_same_fact():
    there = punch(1)
    here = replace(there, at=there.at.astimezone(timezone(timedelta(hours=9))))
    assert immutable_fields(here) == immutable_fields(there)


def test_a_float_that_came_back_a_bit_off_is_the_same_fact():
    assert immutable_fields(replace(punch(1), distance=1 / 3 + 1e-12)) == immutable_fields(punch(1))
