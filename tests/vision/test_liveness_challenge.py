"""A challenge, as people and attackers go through it: points in space, time in tenths of a second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from random import Random

import numpy as np
import pytest

from backend.vision.liveness.challenge import Challenge, Failure, Look, Move, Rules, State, draw
from tests.vision.heads import HEAD, PHOTO, bent, seen

DEGREES = {Move.TURN_LEFT: 32.0, Move.TURN_RIGHT: -32.0}
Points = Callable[[Challenge, float], np.ndarray]


class Body:
    """Does what is asked, at a person's pace, with a `thing` that need not be a head."""

    def __init__(self, thing: np.ndarray = HEAD, pace: float = 40.0, reaction: float = 0.4, contrary: bool = False,
                 most: float = 32.0) -> None:
        self.thing, self.pace, self.reaction, self.contrary, self.most = thing, pace, reaction, contrary, most
        self.turn, self.away = 0.0, 9.0
        self.asked, self.since, self.then = Move.LOOK_AHEAD, 0.0, 0.0

    def __call__(self, challenge: Challenge, at: float) -> np.ndarray:
        if challenge.asked is not self.asked:
            self.asked, self.since = challenge.asked, at
        if at - self.since >= self.reaction:
            goal = DEGREES.get(self.asked, 0.0) / 32 * self.most * (-1 if self.contrary else 1)
            step = self.pace * (at - self.then)
            self.turn += float(np.clip(goal - self.turn, -step, step))
            goal = 6.0 if self.asked is Move.COME_CLOSER else 9.0
            self.away += float(np.clip(goal - self.away, -4 * (at - self.then), 4 * (at - self.then)))
        self.then = at
        return seen(self.thing, self.turn, away=self.away)


def play(points: Points, seed: int = 0, moves: int = 2, seconds: float = 60.0, apart: Callable = lambda at: 0.1,
         noise: float = 0.3, each: float = 0.1) -> Challenge:
    challenge = Challenge(Rules(moves=moves), Random(seed), begun=0.0)
    tremble = np.random.default_rng(seed)
    for at in np.arange(0.0, seconds, each).tolist():
        shown = points(challenge, at)
        challenge.look(Look(at, shown + tremble.normal(0, noise, shown.shape), apart(at)))
        if challenge.state is not State.PENDING:
            break
    return challenge


@pytest.mark.parametrize("seed", range(12))
def test_a_person_who_does_as_asked_passes(seed):
    challenge = play(Body(), seed, moves=3)
    assert (challenge.state, challenge.failure, challenge.done) == (State.PASSED, None, 3)


@pytest.mark.parametrize("thing", [PHOTO, bent(2.0), bent(1.0)], ids=["flat", "bent", "rolled"])
@pytest.mark.parametrize("most", [32.0, 60.0])
def test_a_photo_turned_as_asked_runs_out_of_time(thing, most):
    for seed in range(6):
        challenge = play(Body(thing, most=most), seed)
        assert (challenge.state, challenge.failure) == (State.FAILED, Failure.TOO_SLOW)


def test_who_turns_the_other_way_has_failed():
    asked_to_turn = [seed for seed in range(20) if draw(2, Random(seed))[0] in DEGREES]
    for seed in asked_to_turn:
        challenge = play(Body(contrary=True), seed)
        assert challenge.failure in (Failure.WRONG_MOVE, Failure.TOO_SLOW) and challenge.done == 0


def test_three_photos_in_turn_are_told_from_a_head_by_the_jump():
    def swap(challenge: Challenge, at: float) -> np.ndarray:
        return seen(HEAD, DEGREES.get(challenge.asked, 0.0), away=6.0 if challenge.asked is Move.COME_CLOSER else 9.0)

    for seed in range(6):
        assert play(swap, seed).failure in (Failure.JUMPED, Failure.WRONG_MOVE)  # a picture is nearer at once


def test_a_turn_that_was_too_quick_may_be_made_again_slowly():
    class Hasty(Body):
        def __call__(self, challenge: Challenge, at: float) -> np.ndarray:
            self.pace = 300.0 if challenge._jumps == 0 else 40.0
            return super().__call__(challenge, at)

    asked_to_turn = next(seed for seed in range(20) if draw(2, Random(seed))[0] in DEGREES)
    assert play(Hasty(), asked_to_turn).state is State.PASSED


@pytest.mark.parametrize("seed", range(6))
def test_who_turns_briskly_before_a_slow_camera_passes(seed):
    challenge = play(Body(pace=75.0), seed, each=0.2)
    assert (challenge.state, challenge.failure) == (State.PASSED, None)


def test_another_face_in_the_middle_of_it_ends_it():
    challenge = play(Body(), apart=lambda at: 0.5 if at > 2 else 0.1)
    assert challenge.failure is Failure.ANOTHER_FACE


def test_who_stands_still_or_goes_away_has_failed_when_time_is_up():
    assert play(lambda challenge, at: seen(HEAD)).failure is Failure.TOO_SLOW
    gone = Challenge(Rules(seconds=5), Random(1), begun=0.0)
    gone.tick(4.9)
    assert gone.state is State.PENDING and gone.left(4.0) == pytest.approx(1.0)
    gone.tick(5.1)
    assert gone.failure is Failure.TOO_SLOW


def test_a_recording_of_somebody_who_turns_to_and_fro_seldom_fits_the_requests():
    def recording(start: float) -> Points:
        return lambda challenge, at: seen(HEAD, 33 * np.sin(1.3 * (at + start)))

    passed = sum(play(recording(seed / 3), seed).state is State.PASSED for seed in range(60))
    assert passed <= 15


def test_nobody_can_know_the_order():
    orders = Counter(draw(2, Random(seed)) for seed in range(600))
    assert len(orders) == 6 and min(orders.values()) > 60
    for count in (1, 2, 3, 5):
        for seed in range(100):
            moves = draw(count, Random(seed))
            assert len(moves) == count and set(moves) & set(DEGREES)
            assert all(one is not other for one, other in pairwise(moves))
    assert Challenge(Rules(), Random(1), 0.0).nonce != Challenge(Rules(), Random(1), 0.0).nonce
