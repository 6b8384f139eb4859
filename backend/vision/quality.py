"""Says whether a face is fit to be compared, and if not, what the person can do about it.

Used at enrolment, on pictures by HTTP and on each frame of a track. A poor face that is compared
all the same is how a turned stranger becomes an employee, so poor faces are never embedded.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from backend.config import Settings
from backend.vision.engines.protocol import Engine
from backend.vision.landmarks import Landmarks
from backend.vision.results import Box, Quality, Reason

_SIDE = 80
"""Sharpness is measured on the face at this size, in pixels: about the scale of the smallest
face in use, so that near faces gain nothing from their pixels. On LFW the first percentile is
85; blurred by 3 % of the face's width the median is 20."""

_NOSE_SHIFT = 0.35
"""How far the nose's base moves along the line of the eyes, in eye distances, for a turn whose
tangent is 1. Rough: between clips of known turn and LFW, whose people mostly look ahead, anything
from 0.2 to 0.45 can be read off; the five points shrink towards the mean face in turned heads."""


def assess(picture: np.ndarray, box: Box, landmarks: Landmarks, engine: Engine,
           settings: Settings) -> Quality:
    """The quality of the face in `box` (pixels of `picture`, BGR uint8) with its five points."""
    grey = cv2.cvtColor(engine.chip(picture, landmarks, _SIDE), cv2.COLOR_BGR2GRAY)
    sharpness = float(cv2.Laplacian(grey, cv2.CV_32F).var())
    # The middle of the chip, so that hair and background do not speak for the face.
    brightness = float(grey[_SIDE // 4:-_SIDE // 4, _SIDE // 4:-_SIDE // 4].mean())
    yaw = yaw_degrees(landmarks)
    reasons = []
    if box[2] < settings.min_face_pixels:
        reasons.append(Reason.TOO_SMALL)
    if brightness < settings.min_brightness:
        reasons.append(Reason.TOO_DARK)
    if sharpness < settings.min_sharpness:
        reasons.append(Reason.BLURRED)
    if abs(yaw) > settings.max_yaw:
        reasons.append(Reason.NOT_FRONTAL)
    return Quality(ok=not reasons, reasons=tuple(reasons), width_px=int(box[2]),
                   sharpness=round(sharpness, 1), brightness=round(brightness, 1),
                   yaw_degrees=round(yaw, 1))


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
    return math.degrees(math.atan(shift / _NOSE_SHIFT))


def worth(quality: Quality) -> float:
    """One number to choose the better of two frames by: frontal, sharp, large. Higher is better."""
    frontal = max(0.0, 1.0 - abs(quality.yaw_degrees) / 45.0)
    sharp = min(1.0, quality.sharpness / 200.0)
    large = min(1.0, quality.width_px / 160.0)
    return 2.0 * frontal + sharp + large
