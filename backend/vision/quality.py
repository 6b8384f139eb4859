"""Says whether a face is fit to be compared, and if not, what the person can do about it.

Used at enrolment, on pictures by HTTP and on each frame of a track. A poor face that is compared
all the same is how a turned stranger becomes an employee, so poor faces are never embedded.
"""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from backend.config import Settings
from backend.vision.cover import Part, cut, eye_cover, mouth_cover, upright
from backend.vision.engines.protocol import Engine
from backend.vision.landmarks import Landmarks, Layout
from backend.vision.limits import Limits
from backend.vision.results import Box, Quality

_SIDE = 80
"""Sharpness is measured on the face at this size, in pixels: about the scale of the smallest
face in use, so that near faces gain nothing from their pixels. On LFW the first percentile is
85; blurred by 3 % of the face's width the median is 20."""

_NOSE_SHIFT = {Layout.EYE_CORNERS: 0.35, Layout.MOUTH_CORNERS: 0.45}
"""How far the nose moves along the line of the eyes, in eye distances, for a turn whose tangent
is 1. Rough: between clips of known turn and LFW, whose people mostly look ahead, anything from 0.2
to 0.45 can be read off for the nose's base; dlib's five points shrink towards the mean face in turned
heads. The nose's tip moves 1.3 times as far on LFW."""

_USUAL_DROP = 0.75
"""Height of the nose's base below the eyes, in eye distances of a head that looks ahead; the median
on LFW."""
_USUAL_DROP_TO_MOUTH = 0.547
"""The same for the nose's tip, as a share of the way from the eyes to the mouth."""

_FACE: Part = (0.17, 0.15, 0.83, 0.85)
_WHITE = 250
"""Grey level from which a pixel shows light and no skin any more."""


def assess(picture: np.ndarray, box: Box, landmarks: Landmarks, engine: Engine,
           settings: Settings) -> Quality:
    """The quality of the face in `box` (pixels of `picture`, BGR uint8) with its five points,
    held against the limits at the door."""
    found = measure(picture, box, landmarks, engine)
    reasons = Limits.at_the_door(settings).broken(found)
    return replace(found, ok=not reasons, reasons=reasons)


def measure(picture: np.ndarray, box: Box, landmarks: Landmarks, engine: Engine) -> Quality:
    """As `assess`, without a verdict."""
    chip = cv2.cvtColor(engine.chip(picture, landmarks, _SIDE), cv2.COLOR_BGR2GRAY)
    sharpness = float(cv2.Laplacian(chip, cv2.CV_32F).var())
    face = upright(picture, landmarks)
    # The middle of the face, so that hair and background do not speak for it.
    grey = cv2.cvtColor(cut(face, _FACE), cv2.COLOR_BGR2GRAY)
    return Quality(
        ok=True, reasons=(), width_px=int(box[2] * engine.detector.hog_width), sharpness=round(sharpness, 1),
        brightness=round(float(chip[_SIDE // 4:-_SIDE // 4, _SIDE // 4:-_SIDE // 4].mean()), 1),
        yaw_degrees=round(yaw_degrees(landmarks), 1), nod=round(nod(landmarks), 2),
        roll_degrees=round(roll_degrees(landmarks), 1), burnt=round(float((grey >= _WHITE).mean()), 3),
        unevenness=round(unevenness(grey), 2), eye_cover=round(eye_cover(face), 2),
        mouth_cover=round(mouth_cover(face), 2))


def unevenness(grey: np.ndarray) -> float:
    """Difference of the mean light left and right of the nose, over their mean; `grey` is the
    middle of an upright face."""
    width = grey.shape[1]
    left, right = float(grey[:, :width * 4 // 9].mean()), float(grey[:, -(width * 4 // 9):].mean())
    return abs(left - right) / max(8.0, (left + right) / 2)


def roll_degrees(landmarks: Landmarks) -> float:
    """The head's lean: the slope of the line through the eyes, positive where the right one is lower."""
    across = landmarks.eyes[1] - landmarks.eyes[0]
    return math.degrees(math.atan2(float(across[1]), float(across[0])))


def nod(landmarks: Landmarks) -> float:
    """How far the nose has left its usual height: 0 in most faces, positive with the chin up.

    A share of the usual distance below the eyes, measured in eye distances or, where the mouth is
    known, between eyes and mouth. Faces differ and a smile counts too, so only extremes mean a nod.
    """
    left, right = landmarks.eyes
    across = right - left
    distance = float(np.hypot(*across))
    if distance < 1.0:
        return 1.0
    down = np.array([-across[1], across[0]]) / distance
    middle = (left + right) / 2
    drop = float(np.dot(landmarks.nose - middle, down))
    if landmarks.mouth is not None:
        mouth = float(np.dot(landmarks.mouth.mean(axis=0) - middle, down))
        return 1.0 - drop / max(1.0, mouth) / _USUAL_DROP_TO_MOUTH
    # A turned head shows its eyes nearer to each other.
    turned = math.cos(math.radians(yaw_degrees(landmarks)))
    return 1.0 - drop / distance * turned / _USUAL_DROP


def yaw_degrees(landmarks: Landmarks) -> float:
    """The head's turn from five points: how far the nose has left the middle between the eyes.

    Negative towards the picture's left. Degenerate points count as turned right away.
    """
    left, right = landmarks.eyes
    across = right - left
    distance = float(np.hypot(*across))
    if distance < 1.0:
        return 90.0
    shift = float(np.dot(landmarks.nose - (left + right) / 2, across)) / distance ** 2
    return math.degrees(math.atan(shift / _NOSE_SHIFT[landmarks.layout]))


def worth(quality: Quality) -> float:
    """One number to choose the better of two frames by: frontal, sharp, large. Higher is better."""
    frontal = max(0.0, 1.0 - abs(quality.yaw_degrees) / 45.0)
    sharp = min(1.0, quality.sharpness / 200.0)
    large = min(1.0, quality.width_px / 160.0)
    return 2.0 * frontal + sharp + large
