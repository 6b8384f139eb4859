"""Whether eyes, or mouth and nose, are hidden: dark glasses, masks, hands, scarves.

Two numbers read off the face turned upright, by light, colour and texture of its parts. They say
that a part does not look like the rest of the same face, not what hides it; docs/recognition.md
says how often they err.
"""

from __future__ import annotations

import cv2
import numpy as np

from backend.vision.landmarks import Landmarks

SIDE = 80
"""Side of the upright face in pixels; the eyes are EYES of it apart."""
_EYES = 0.4
_EYE_LINE = 0.32

Part = tuple[float, float, float, float]
"""Left, top, right, bottom as shares of the side."""

_LEFT_EYE: Part = (0.17, 0.245, 0.43, 0.395)
_RIGHT_EYE: Part = (0.57, 0.245, 0.83, 0.395)
_LEFT_CHEEK: Part = (0.16, 0.50, 0.34, 0.62)
_RIGHT_CHEEK: Part = (0.66, 0.50, 0.84, 0.62)
_MOUTH: Part = (0.28, 0.64, 0.72, 0.84)
_UPPER: Part = (0.17, 0.22, 0.83, 0.42)

_USUAL_BY_LIGHT = 0.100
"""Mean edge strength of a mouth's region over its mean grey level; the median on LFW."""
_USUAL_BY_EYES = 0.94
"""The same over the eyes' edge strength."""


def upright(picture: np.ndarray, landmarks: Landmarks) -> np.ndarray:
    """The face with level eyes, (SIDE, SIDE, 3) BGR uint8; what lies outside the picture repeats
    its edge. Works with any engine, because only the eyes are used."""
    left, right = landmarks.eyes.astype(np.float64)
    across = right - left
    distance = max(1.0, float(np.hypot(*across)))
    scale = _EYES * SIDE / distance
    # Averages first, so that a large face is not sampled in its every fifth pixel.
    around = int(2.2 * distance)
    x, y = ((left + right) / 2).astype(int)
    x0, y0 = max(0, x - around), max(0, y - around)
    part = picture[y0:y + around, x0:x + around]
    if part.size == 0:
        return np.zeros((SIDE, SIDE, 3), np.uint8)
    shrink = min(1.0, 1.5 * scale)
    if shrink < 1:
        part = cv2.resize(part, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    cos, sin = across / distance * (scale / shrink)
    middle = ((left + right) / 2 - (x0, y0)) * shrink
    turn = np.array([[cos, sin, 0], [-sin, cos, 0]])
    turn[:, 2] = np.array([0.5, _EYE_LINE]) * SIDE - turn[:, :2] @ middle
    return cv2.warpAffine(part, turn, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def cut(face: np.ndarray, part: Part) -> np.ndarray:
    """A part of the upright face."""
    left, top, right, bottom = (round(share * SIDE) for share in part)
    return face[top:bottom, left:right]


def eye_cover(face: np.ndarray) -> float:
    """0 to 1: how much darker the eyes' region is than the cheek below, on the lighter side.

    Three quarters of the region's pixels are darker than 1 minus this share of the cheek's mean.
    Bare eyes and clear glasses leave most of the region skin.
    """
    grey = cv2.cvtColor(face, cv2.COLOR_BGR2GRAY).astype(np.float32)
    sides = ((_LEFT_EYE, _LEFT_CHEEK), (_RIGHT_EYE, _RIGHT_CHEEK))
    shares = [float(np.quantile(cut(grey, eye), 0.75)) / _light(cut(grey, cheek)) for eye, cheek in sides]
    return min(1.0, max(0.0, 1.0 - max(shares)))


def mouth_cover(face: np.ndarray) -> float:
    """0 to 1: how much smoother the mouth's region is than mouths are: the geometric mean of its
    edges against its own light and against the eyes' edges. Cloth hides the edges of lips and nose."""
    grey = cv2.cvtColor(face, cv2.COLOR_BGR2GRAY).astype(np.float32)
    # Sobel's kernel sums to 8 times the slope: grey levels a pixel.
    edges = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)) / 8
    mouth = float(cut(edges, _MOUTH).mean())
    by_light = mouth / _light(cut(grey, _MOUTH)) / _USUAL_BY_LIGHT
    by_eyes = mouth / max(1.0, float(cut(edges, _UPPER).mean())) / _USUAL_BY_EYES
    return min(1.0, max(0.0, 1.0 - float(np.sqrt(by_light * by_eyes))))


def _light(part: np.ndarray) -> float:
    """Its mean grey level; in the dark nothing can be said, so nothing is divided by less than 8."""
    return max(8.0, float(part.mean()))
