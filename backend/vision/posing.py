"""Guided enrolment: what somebody before the camera has to do next for the wanted pose.

Pure: takes a reading, answers one hint. Left and right are the person's own: who turns to their
left shows the nose moving to the right of the picture, where the yaw is positive.
"""

from __future__ import annotations

from enum import StrEnum

from backend.config import Settings
from backend.vision.limits import Limits
from backend.vision.results import PictureReading, Quality, Reason

BYSTANDER = 0.5
"""A face narrower than this share of the largest one stands in the background."""

_EDGE = 0.01
"""Of the picture's width and height: a face whose box comes nearer to the edge is cut off there."""
_AHEAD, _LEAST_TURN, _MOST_TURN = 0.4, 0.65, 1.5
"""Of the wanted turn: what still looks ahead, what is turned enough, and what is too far."""
_NEAR = 0.75
"""A face wider than this share of the picture's shorter side is too near: the chin is cut off."""


class Pose(StrEnum):
    """The poses of guided enrolment, in their order."""

    FRONT = "front"
    LEFT = "left"
    RIGHT = "right"


class Hint(StrEnum):
    """One thing to do; GOOD means that the picture can be taken."""

    GOOD = "good"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    COME_CLOSER = "come_closer"
    GO_BACK = "go_back"
    MOVE_TO_THE_MIDDLE = "move_to_the_middle"
    HOLD_STILL = "hold_still"
    MORE_LIGHT = "more_light"
    LESS_LIGHT = "less_light"
    EVEN_LIGHT = "even_light"
    FREE_THE_EYES = "free_the_eyes"
    FREE_THE_MOUTH = "free_the_mouth"
    CHIN_DOWN = "chin_down"
    CHIN_UP = "chin_up"
    HEAD_UPRIGHT = "head_upright"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"

    @property
    def text(self) -> str:
        """One line for the person in front of the camera."""
        return _TEXTS[self]


_TEXTS = {
    Hint.GOOD: "Good.",
    Hint.NO_FACE: "Look into the camera.",
    Hint.SEVERAL_FACES: "One person alone, please.",
    Hint.COME_CLOSER: "Come closer.",
    Hint.GO_BACK: "Go back a little.",
    Hint.MOVE_TO_THE_MIDDLE: "Move into the middle.",
    Hint.HOLD_STILL: "Hold still.",
    Hint.MORE_LIGHT: "Too dark: face the light.",
    Hint.LESS_LIGHT: "Too bright: step out of the light.",
    Hint.EVEN_LIGHT: "The light comes from one side: face it.",
    Hint.FREE_THE_EYES: "Take off dark glasses.",
    Hint.FREE_THE_MOUTH: "Take off the mask or scarf.",
    Hint.CHIN_DOWN: "Chin down a little.",
    Hint.CHIN_UP: "Chin up a little.",
    Hint.HEAD_UPRIGHT: "Hold your head upright.",
    Hint.TURN_LEFT: "A little more to your left.",
    Hint.TURN_RIGHT: "A little more to your right.",
}

_MENDS = {
    Reason.TOO_SMALL: Hint.COME_CLOSER, Reason.BLURRED: Hint.HOLD_STILL,
    Reason.TOO_DARK: Hint.MORE_LIGHT, Reason.TOO_BRIGHT: Hint.LESS_LIGHT,
    Reason.UNEVEN_LIGHT: Hint.EVEN_LIGHT, Reason.EYES_COVERED: Hint.FREE_THE_EYES,
    Reason.MOUTH_COVERED: Hint.FREE_THE_MOUTH, Reason.TILTED: Hint.HEAD_UPRIGHT,
}


def turns(pose: Pose, settings: Settings) -> tuple[float, float]:
    """The yaw in degrees, least and most, that counts as this pose: about ENROLL_TURN to a side,
    never past MAX_YAW, and with a gap between the poses."""
    turn = min(settings.enroll_turn, 0.7 * settings.max_yaw)
    if pose is Pose.FRONT:
        return -turn * _AHEAD, turn * _AHEAD
    least, most = turn * _LEAST_TURN, min(turn * _MOST_TURN, settings.max_yaw)
    return (least, most) if pose is Pose.LEFT else (-most, -least)


def hint(reading: PictureReading, pose: Pose | None, settings: Settings) -> Hint:
    """What to do next; GOOD where the picture is fit for enrolment in this pose (any where None)."""
    if not reading.faces:
        return Hint.NO_FACE
    first = reading.faces[0]
    if any(face.box[2] >= BYSTANDER * first.box[2] for face in reading.faces[1:]):
        return Hint.SEVERAL_FACES
    broken = Limits.at_enrolment(settings).broken(first.quality)
    if Reason.TOO_SMALL in broken:
        return Hint.COME_CLOSER
    if placed := _place(reading):
        return placed
    for reason in broken:
        if reason in _MENDS:
            return _MENDS[reason]
        if reason is Reason.NOT_LEVEL:
            return Hint.CHIN_DOWN if first.quality.nod > 0 else Hint.CHIN_UP
    return _turn(first.quality, pose, settings)


def _place(reading: PictureReading) -> Hint | None:
    x, y, width, height = reading.faces[0].box
    if width > _NEAR * min(reading.width, reading.height):
        return Hint.GO_BACK
    across, down = _EDGE * reading.width, _EDGE * reading.height
    if (x < across or y < down or x + width > reading.width - across
            or y + height > reading.height - down):
        return Hint.MOVE_TO_THE_MIDDLE
    return None


def _turn(quality: Quality, pose: Pose | None, settings: Settings) -> Hint:
    least, most = (-settings.max_yaw, settings.max_yaw) if pose is None else turns(pose, settings)
    if quality.yaw_degrees < least:
        return Hint.TURN_LEFT
    if quality.yaw_degrees > most:
        return Hint.TURN_RIGHT
    return Hint.GOOD
