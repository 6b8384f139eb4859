"""Who was in view just now is known again by one embedding: visits found again, exchanged, forgotten."""

from __future__ import annotations

import numpy as np
import pytest

from backend.vision.engines import Detection
from backend.vision.face import Face, Memory
from backend.vision.identity import Identity
from backend.vision.results import Quality
from backend.vision.track import Tracker

GOOD = Quality(True, (), 100, 90.0, 120.0, 0.0)
LIMIT = 0.27


def vector(seed: int, blur: float = 0.0) -> np.ndarray:
    """A person's embedding; with `blur` one of another frame of theirs."""
    found = np.random.default_rng(seed).normal(size=128)
    found /= np.linalg.norm(found)
    found = found + blur * np.random.default_rng(seed + 100).normal(size=128) / np.sqrt(128)
    return (found / np.linalg.norm(found)).astype(np.float32)


def known(seed: int) -> Identity:
    identity = Identity()
    for number in range(3):
        identity.look(vector(seed, 0.02 * number), GOOD, float(number))
    return identity


@pytest.fixture
def pair() -> tuple[Tracker, Face, Face]:
    """Two faces in view."""
    tracker = Tracker()
    tracker.found([Detection((100, 100, 100, 100), 1.0), Detection((400, 100, 100, 100), 1.0)], 10.0)
    return tracker, *(Face(track) for track in tracker.tracks)


def test_who_comes_back_gets_the_number_and_what_was_known(pair):
    tracker, face, _ = pair
    memory, before = Memory(), known(1)
    memory.keep(77, 3.0, before, now=9.0)
    assert memory.reunite(face, vector(1, 0.1), LIMIT, (), tracker, 10.0)
    assert (face.track.id, face.track.born, face.identity) == (77, 3.0, before)
    assert not memory.reunite(pair[2], vector(1, 0.1), LIMIT, (), tracker, 10.0)  # a visit is there once


def test_somebody_else_gets_nothing_of_it(pair):
    tracker, face, _ = pair
    memory = Memory()
    memory.keep(77, 3.0, known(1), now=9.0)
    assert not memory.reunite(face, vector(2), LIMIT, (), tracker, 10.0)
    assert face.track.id != 77 and not face.identity.known


def test_a_visit_is_over_after_five_seconds(pair):
    tracker, face, _ = pair
    memory = Memory()
    memory.keep(77, 3.0, known(1), now=4.0)
    assert not memory.reunite(face, vector(1), LIMIT, (), tracker, 10.0)


def test_of_several_the_nearest_is_taken(pair):
    tracker, face, _ = pair
    memory = Memory()
    for number, seed in ((77, 1), (78, 2), (79, 3)):
        memory.keep(number, 3.0, known(seed), now=9.0)
    assert memory.reunite(face, vector(2, 0.1), LIMIT, (), tracker, 10.0)
    assert face.track.id == 78


def test_two_whose_tracks_were_exchanged_are_exchanged_back(pair):
    tracker, left, right = pair
    left.identity, right.identity = ann, bob = known(1), known(2)
    ids = left.track.id, right.track.id
    # What stands at the left is Bob.
    assert Memory().reunite(left, vector(2, 0.1), LIMIT, [right], tracker, 10.0)
    assert (left.identity, left.track.id) == (bob, ids[1])
    assert (right.identity, right.track.id) == (ann, ids[0])
    assert right.track.doubtful and right.track.seen < 10.0  # nobody is called Ann before a look


def test_a_new_track_of_somebody_hidden_takes_the_place_of_the_old_one(pair):
    tracker, new, hidden = pair
    hidden.identity = known(1)
    number = hidden.track.id
    assert Memory().reunite(new, vector(1, 0.1), LIMIT, [hidden], tracker, 10.0)
    assert new.track.id == number and tracker.tracks == [new.track]


def test_of_a_face_that_was_never_seen_well_nothing_is_kept(pair):
    memory = Memory()
    memory.keep(77, 3.0, Identity(), now=9.0)
    assert not memory.reunite(pair[1], vector(1), LIMIT, (), pair[0], 10.0)
