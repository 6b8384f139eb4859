"""Sealing: a blob opens in its own place under its own key, and nowhere else."""

from __future__ import annotations

import pytest

from backend.store.errors import Tampered, WrongKey
from backend.store.sealing import Sealer

OLD, NEW = b"o" * 32, b"n" * 32
PLACE = ("templates", "face_templates", "sealed_vector", "row 1")


def test_what_was_sealed_opens_in_its_place():
    blob = Sealer(OLD).seal(b"a template", *PLACE)
    assert b"template" not in blob
    assert Sealer(OLD).open(blob, *PLACE) == b"a template"


def test_the_same_text_never_gives_the_same_blob():
    sealer = Sealer(OLD)
    assert sealer.seal(b"x", *PLACE) != sealer.seal(b"x", *PLACE)


@pytest.mark.parametrize("elsewhere", [
    ("secrets", "face_templates", "sealed_vector", "row 1"),
    ("templates", "connections", "sealed_vector", "row 1"),
    ("templates", "face_templates", "sealed_secret", "row 1"),
    ("templates", "face_templates", "sealed_vector", "row 2"),
])
def test_a_blob_moved_to_another_place_does_not_open(elsewhere):
    blob = Sealer(OLD).seal(b"a template", *PLACE)
    with pytest.raises(Tampered, match="moved from another row"):
        Sealer(OLD).open(blob, *elsewhere)


def test_every_single_byte_is_protected():
    sealer = Sealer(OLD)
    blob = sealer.seal(b"a template", *PLACE)
    for position in range(len(blob)):
        changed = bytearray(blob)
        changed[position] ^= 1
        with pytest.raises((Tampered, WrongKey)):
            sealer.open(bytes(changed), *PLACE)
    for length in range(len(blob)):
        with pytest.raises(Tampered):
            sealer.open(blob[:length], *PLACE)


def test_the_previous_key_is_read_and_the_present_one_written():
    blob = Sealer(OLD).seal(b"a template", *PLACE)
    both = Sealer(NEW, previous=OLD)
    assert both.open(blob, *PLACE) == b"a template"
    assert not both.is_present(blob)
    fresh = both.seal(b"another", *PLACE)
    assert both.is_present(fresh)
    assert Sealer(NEW).open(fresh, *PLACE) == b"another"


def test_an_unknown_key_is_named_as_such():
    blob = Sealer(OLD).seal(b"a template", *PLACE)
    with pytest.raises(WrongKey, match="SECRET_KEY_PREVIOUS"):
        Sealer(NEW).open(blob, *PLACE)


def test_fingerprints_recognise_under_each_key_that_is_read():
    mark = Sealer(OLD).fingerprint("tombstones", b"1001")
    assert mark in Sealer(NEW, previous=OLD).fingerprints("tombstones", b"1001")
    assert mark not in Sealer(NEW).fingerprints("tombstones", b"1001")
    assert mark != Sealer(OLD).fingerprint("pins", b"1001")


def test_subkeys_differ_by_purpose():
    sealer = Sealer(OLD)
    assert len({sealer.subkey("page sessions"), sealer.subkey("hooks"), OLD}) == 3
