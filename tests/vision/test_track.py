"""Following faces: identity of a track over movement, losses, crossings and made-up detections."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.vision.engines import Detection
from backend.vision.motion import MotionGate, around_head, small_grey
from backend.vision.track import Tracker, overlap

BOX = (200, 100, 100, 100)


def found(*boxes) -> list[Detection]:
    return [Detection(box, 1.0) for box in boxes]


def face_at(x: int, y: int, seed: int = 0) -> np.ndarray:
    """A grey frame with a textured square where a face would be."""
    frame = np.full((480, 640), 90, np.uint8)
    texture = np.random.default_rng(seed).integers(0, 255, (10, 10), np.uint8).repeat(10, 0).repeat(10, 1)
    frame[y:y + 100, x:x + 100] = texture
    return frame


def see(tracker: Tracker, frame: np.ndarray, now: float, *boxes) -> None:
    small, scale = small_grey(frame, 60)
    tracker.follow(small, scale, now)
    if boxes:
        tracker.found(found(*boxes), now)
    tracker.remember(small, scale)
    tracker.forget(now)


def test_a_face_that_walks_is_followed_between_two_detections():
    tracker = Tracker()
    see(tracker, face_at(200, 100), 0.0, BOX)
    for step in range(1, 11):
        see(tracker, face_at(200 + 15 * step, 100 + 4 * step), step / 15)
    track, = tracker.tracks
    assert overlap(track.box, (350, 140, 100, 100)) > 0.85
    assert (track.id, track.torn) == (1, False)


def test_very_slow_movement_is_not_rounded_away():
    tracker = Tracker()
    see(tracker, face_at(200, 100), 0.0, BOX)
    for step in range(1, 41):
        see(tracker, face_at(200 + step, 100), step / 30)
    assert overlap(tracker.tracks[0].box, (240, 100, 100, 100)) > 0.85


def test_a_short_loss_keeps_the_number_but_is_known():
    tracker = Tracker()
    see(tracker, face_at(200, 100), 0.0, BOX)
    for step in range(1, 6):
        see(tracker, np.full((480, 640), 90, np.uint8), step / 10)
    assert tracker.tracks[0].torn
    see(tracker, face_at(205, 100), 0.6, (205, 100, 100, 100))
    assert [track.id for track in tracker.tracks] == [1]
    assert tracker.tracks[0].torn  # whoever identifies has to look again


def test_a_face_that_left_is_forgotten_and_the_next_gets_a_new_number():
    tracker = Tracker()
    see(tracker, face_at(200, 100), 0.0, BOX)
    see(tracker, np.full((480, 640), 90, np.uint8), 1.5)
    assert tracker.tracks == []
    see(tracker, face_at(200, 100), 1.6, BOX)
    assert [track.id for track in tracker.tracks] == [2]


def test_another_face_in_the_same_place_tears_the_track():
    tracker = Tracker()
    see(tracker, face_at(200, 100, seed=1), 0.0, BOX)
    see(tracker, face_at(200, 100, seed=2), 0.04, BOX)
    assert tracker.tracks[0].torn


def test_the_chin_of_a_face_is_no_face_of_its_own():
    tracker = Tracker()
    see(tracker, face_at(200, 100), 0.0, BOX, (220, 155, 55, 40))
    assert [track.box for track in tracker.tracks] == [BOX]


def test_a_head_that_turned_at_once_keeps_its_number_but_has_to_be_looked_at():
    tracker = Tracker()
    see(tracker, face_at(200, 100), 0.0, BOX)
    see(tracker, face_at(200, 100), 0.1, (258, 105, 76, 80))
    track, = tracker.tracks
    assert (track.id, track.torn, track.doubtful) == (1, True, True)


def test_who_stands_half_behind_a_face_that_is_seen_gets_a_number_of_their_own():
    tracker = Tracker()
    see(tracker, face_at(200, 100), 0.0, BOX)
    see(tracker, face_at(200, 100), 0.1, BOX, (258, 105, 76, 80))
    assert sorted(track.id for track in tracker.tracks) == [1, 2]


def test_what_is_matched_but_not_found_again_after_a_loss_may_be_what_came_before_the_face():
    tracker = Tracker()
    see(tracker, face_at(200, 100), 0.0, BOX)
    see(tracker, np.full((480, 640), 90, np.uint8), 0.1)
    see(tracker, face_at(200, 100), 0.2)
    assert (tracker.tracks[0].torn, tracker.tracks[0].doubtful) == (True, False)
    see(tracker, face_at(200, 100), 0.4)
    assert tracker.tracks[0].seen == 0.4 and tracker.tracks[0].doubtful


def test_two_faces_that_meet_are_both_looked_at_again():
    tracker = Tracker()
    see(tracker, face_at(200, 100), 0.0, BOX, (400, 100, 100, 100))
    assert len(tracker.tracks) == 2
    tracker.tracks[1].box = (250, 100, 100, 100)
    see(tracker, face_at(200, 100), 0.1)
    assert all(track.torn for track in tracker.tracks)


boxes = st.tuples(st.integers(-50, 600), st.integers(-50, 450), st.integers(20, 300), st.integers(20, 300))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(boxes, max_size=6), max_size=8))
def test_whatever_is_detected_numbers_are_never_shared_nor_used_again(rounds):
    tracker, frame, seen = Tracker(), face_at(200, 100), set()
    for number, detected in enumerate(rounds):
        before = {track.id for track in tracker.tracks}
        see(tracker, frame, number * 0.4, *detected)
        now = [track.id for track in tracker.tracks]
        assert len(now) == len(set(now))
        assert not (set(now) - before) & seen
        seen |= set(now)


@given(boxes, boxes)
def test_overlap_is_a_share_and_the_same_both_ways(one, other):
    assert 0 <= overlap(one, other) <= 1
    assert overlap(one, other) == pytest.approx(overlap(other, one))
    assert overlap(one, one) == 1


def test_the_motion_gate_sleeps_in_an_empty_corridor_and_wakes_for_a_visitor():
    gate, noise = MotionGate(), np.random.default_rng(0)

    def corridor():
        grey = (np.full((480, 640), 90) + noise.integers(-6, 7, (480, 640))).astype(np.uint8)
        return grey

    small, scale = small_grey(corridor(), 60)
    assert gate.moved(small, 0.0) == (0, 0, 160, 120)  # never searched yet
    gate.searched(small, 0.0)
    assert all(gate.moved(small_grey(corridor(), 60)[0], 0.1 * step) is None for step in range(20))
    visitor = corridor()
    visitor[150:250, 400:480] = 200
    x, y, width, height = gate.moved(small_grey(visitor, 60)[0], 2.1)
    assert x <= 100 and x + width >= 120 and y <= 37 and y + height >= 62
    assert width * height < 160 * 120 * 0.6
    known = [around_head((round(390 * scale), round(140 * scale), round(100 * scale), round(100 * scale)))]
    assert gate.moved(small_grey(visitor, 60)[0], 2.2, known) is None


def test_slow_movement_adds_up():
    gate, grey = MotionGate(), np.full((480, 640), 90, np.uint8)
    gate.searched(small_grey(grey, 60)[0], 0.0)
    woken = []
    for step in range(30):
        grey[100:100 + 4 * step, 300:400] = 200
        woken.append(gate.moved(small_grey(grey, 60)[0], 1 + step / 10) is not None)
    assert woken[-1] and not woken[0]
