"""The decision as a test over frames, on made-up people who lie about as real ones do."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import pytest

from backend.vision.decide import Judge
from backend.vision.gallery import Gallery
from backend.vision.identity import Identity
from backend.vision.results import Outcome, Quality, Reason, TrackState

PEOPLE = 60
SPREAD = 0.38      # of people around the middle of all faces: distances of about 0.5
SHAKE = 0.17       # of pictures around their person
GOOD = Quality(ok=True, reasons=(), width_px=150, sharpness=100.0, brightness=120.0, yaw_degrees=0.0)
DIMENSIONS = 24    # that people differ in; pictures differ in all 128


def crowd(rng: np.random.Generator, count: int, spread: float = SPREAD) -> np.ndarray:
    """(count, 128) of unit length: people."""
    middle = np.zeros(128)
    middle[0] = 1.0
    aside = np.zeros((count, 128))
    aside[:, 1:DIMENSIONS + 1] = rng.normal(size=(count, DIMENSIONS)) * spread / np.sqrt(DIMENSIONS)
    return unit(middle + aside)


def pictures(rng: np.random.Generator, people: np.ndarray, count: int) -> np.ndarray:
    """(people, count, 128): pictures of each."""
    noise = rng.normal(size=(len(people), count, 128)) * SHAKE / np.sqrt(128)
    return unit(people[:, None] + noise)


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def enrolled(rng: np.random.Generator, people: np.ndarray, templates: int = 3) -> Gallery:
    owners = [UUID(int=number) for number in range(len(people)) for _ in range(templates)]
    return Gallery(pictures(rng, people, templates).reshape(-1, 128), owners, owners)


def visit(judge: Judge, gallery: Gallery, track: np.ndarray):
    """The first decision that is one, and after how many frames."""
    for frames in range(judge.needed, judge.most + 1):
        decision = judge.judge(track[:frames], gallery)
        if decision.reason is not Reason.GATHERING:
            return decision, frames
    raise AssertionError("the last frame has to decide")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_strangers_stay_under_the_target_and_the_enrolled_are_known_by_few_frames(settings, engine, rng):
    judge = Judge(settings.but(target_fpir=0.01), engine)
    people = crowd(rng, PEOPLE)
    gallery = enrolled(rng, people)
    strangers = [visit(judge, gallery, track) for track in pictures(rng, crowd(rng, 3000), judge.most)]
    accepted = np.mean([decision.accepted for decision, _ in strangers])
    assert 0 < accepted <= 0.01
    known = [visit(judge, gallery, track) for track in pictures(rng, people, judge.most)]
    assert all(decision.accepted and decision.person.int == number for number, (decision, _) in enumerate(known))
    assert np.mean([frames for _, frames in known]) < 2.5


def test_looking_several_times_costs_less_than_the_safety_allows_for(settings, engine, rng):
    """Against one decision over all frames: a stranger has four tries instead of one."""
    judge = Judge(settings.but(target_fpir=0.05), engine)
    gallery = enrolled(rng, crowd(rng, PEOPLE))
    tracks = pictures(rng, crowd(rng, 3000), judge.most)
    in_turn = np.mean([visit(judge, gallery, track)[0].accepted for track in tracks])
    at_once = np.mean(judge.past(gallery.search(tracks), gallery, judge.most) <= 0)
    assert 0 < at_once <= in_turn <= 1.6 * at_once


def test_look_alikes_get_a_stricter_threshold_and_strangers_like_them_are_kept_out(settings, engine, rng):
    judge = Judge(settings, engine)
    alike, usual = crowd(rng, 29, spread=0.7 * SPREAD), crowd(rng, 29)
    strict, lax = (enrolled(rng, people, templates=1) for people in (alike, usual))
    assert judge.threshold(strict) < judge.threshold(lax) - 0.02
    strangers = pictures(rng, crowd(rng, 2000, spread=0.7 * SPREAD), 1)
    decisions = judge.past(strict.search(strangers), strict, 1) <= 0
    assert decisions.mean() <= 0.01


def test_a_batch_is_judged_as_each_would_be_alone(settings, engine, rng):
    judge = Judge(settings, engine)
    people = crowd(rng, PEOPLE)
    gallery = enrolled(rng, people)
    tracks = np.concatenate([pictures(rng, people, 5), pictures(rng, crowd(rng, 100), 5)])
    for frames in (1, 3, 5):
        found = gallery.search(tracks[:, :frames])
        past = judge.past(found, gallery, frames)
        for number, track in enumerate(tracks):
            decision = judge.judge(track[:frames], gallery, needed=frames)
            assert decision.accepted == (past[number] <= 0)
            assert decision.person == gallery.people[found.best[number]]
            assert decision.distance == pytest.approx(found.distance[number], abs=1e-3)
            mean = unit(track[:frames].mean(axis=0))
            assert decision.distance == pytest.approx(gallery.distances(mean).min(), abs=1e-3)


def test_who_is_accepted_stays_so_while_near_enough(settings, engine, rng):
    judge = Judge(settings, engine)
    people = crowd(rng, PEOPLE)
    gallery = enrolled(rng, people)
    identity = Identity()
    states = []
    for number, vector in enumerate(pictures(rng, people[:1], 6)[0]):
        identity.look(vector, GOOD, float(number))
        identity.decide(judge, gallery)
        states.append(identity.state)
    assert states[0] is TrackState.LOOKING
    first = states.index(TrackState.ACCEPTED)
    assert set(states[first:]) == {TrackState.ACCEPTED}
    assert identity.decision.outcome is Outcome.ACCEPTED
