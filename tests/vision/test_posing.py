"""Guided enrolment's hints: one thing to do at a time, and the poses of a clip come one after the other."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from backend.vision.landmarks import Landmarks, Layout
from backend.vision.posing import Hint, Pose, hint, turns
from backend.vision.results import FaceReading, PictureReading, Quality
from tests.vision.scenes import fitted

NO_POINTS = Landmarks(np.zeros((5, 2), np.float32), Layout.EYE_CORNERS)


def seen(*boxes: tuple[int, int, int, int], **quality) -> PictureReading:
    """A picture of 640 by 480 that was measured."""
    measured = {"sharpness": 200.0, "brightness": 120.0, "yaw_degrees": 0.0, **quality}
    faces = [FaceReading(box, 1.0, NO_POINTS, Quality(True, (), box[2], **measured)) for box in boxes]
    return PictureReading(640, 480, tuple(faces))


MIDDLE = (220, 120, 200, 200)


@pytest.mark.parametrize(("reading", "expected"), [
    (seen(), Hint.NO_FACE),
    (seen(MIDDLE, (10, 10, 120, 120)), Hint.SEVERAL_FACES),
    (seen(MIDDLE, (10, 10, 60, 60)), Hint.GOOD),
    (seen((300, 200, 60, 60)), Hint.COME_CLOSER),
    (seen((100, 40, 400, 400)), Hint.GO_BACK),
    (seen((2, 120, 200, 200)), Hint.MOVE_TO_THE_MIDDLE),
    (seen(MIDDLE, sharpness=10.0), Hint.HOLD_STILL),
    (seen(MIDDLE, brightness=20.0), Hint.MORE_LIGHT),
    (seen(MIDDLE, brightness=240.0), Hint.LESS_LIGHT),
    (seen(MIDDLE, burnt=0.3), Hint.LESS_LIGHT),
    (seen(MIDDLE, unevenness=1.2), Hint.EVEN_LIGHT),
    (seen(MIDDLE, eye_cover=0.8), Hint.FREE_THE_EYES),
    (seen(MIDDLE, mouth_cover=0.8), Hint.FREE_THE_MOUTH),
    (seen(MIDDLE, nod=0.6), Hint.CHIN_DOWN),
    (seen(MIDDLE, nod=-0.6), Hint.CHIN_UP),
    (seen(MIDDLE, roll_degrees=-40.0), Hint.HEAD_UPRIGHT),
    (seen(MIDDLE, yaw_degrees=20.0), Hint.TURN_RIGHT),
    (seen(MIDDLE, yaw_degrees=-20.0), Hint.TURN_LEFT),
    (seen(MIDDLE), Hint.GOOD),
])
def test_looking_ahead_one_thing_is_said_at_a_time(reading, expected, settings) -> None:
    assert hint(reading, Pose.FRONT, settings) is expected
    assert expected.text


@pytest.mark.parametrize(("pose", "yaw", "expected"), [
    (Pose.LEFT, 0.0, Hint.TURN_LEFT), (Pose.LEFT, 14.0, Hint.GOOD), (Pose.LEFT, 24.0, Hint.TURN_RIGHT),
    (Pose.RIGHT, 0.0, Hint.TURN_RIGHT), (Pose.RIGHT, -14.0, Hint.GOOD), (Pose.RIGHT, -24.0, Hint.TURN_LEFT),
    (None, 14.0, Hint.GOOD), (None, 40.0, Hint.TURN_RIGHT),
])
def test_a_turn_is_asked_for_in_the_persons_own_left_and_right(pose, yaw, expected, settings) -> None:
    assert hint(seen(MIDDLE, yaw_degrees=yaw), pose, settings) is expected


def test_no_frame_is_two_poses_and_none_is_past_the_limit(settings) -> None:
    for changed in (settings, settings.but(enroll_turn=40.0), settings.but(max_yaw=10.0)):
        right, front, left = (turns(pose, changed) for pose in (Pose.RIGHT, Pose.FRONT, Pose.LEFT))
        assert right[0] < right[1] < front[0] < front[1] < left[0] < left[1] <= changed.max_yaw


def test_a_woman_who_turns_her_head_goes_through_all_three_poses(reader, settings, test_data) -> None:
    clip = cv2.VideoCapture(str(test_data / "faces" / "clips" / "woman_turns.mp4"))
    reached = set()
    number = 0
    while reached != set(Pose) and clip.grab():
        if number % 12 == 0:
            reading = reader.measure(cv2.imencode(".jpg", fitted(clip.retrieve()[1]))[1].tobytes())
            assert all(face.template is None and face.decision is None for face in reading.faces)
            reached |= {pose for pose in Pose if hint(reading, pose, settings) is Hint.GOOD}
        number += 1
    assert reached == set(Pose)
