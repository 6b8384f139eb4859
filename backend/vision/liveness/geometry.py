"""What a head does that a flat picture cannot: its nose leaves the plane of eyes and mouth.

Pure functions of five points (`Layout.MOUTH_CORNERS`), (5, 2) in pixels. Between two pictures of one
flat thing, however turned, every point moves by one homography. Eyes and mouth corners tell which;
the tip of a real nose is elsewhere than that says, on the side the head turned to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

_PLANE = [0, 1, 3, 4]
_NOSE = 2


@dataclass(frozen=True)
class Turn:
    """How a face stands now against itself looking ahead."""

    parallax: float
    """How far the nose is off the plane's homography, along the line of the eyes, in eye distances:
    positive towards the picture's right. About the sine of the turn times `depth`."""
    slant: float
    """Degrees between the plane of eyes and mouth now and then, from how it was foreshortened; 0 to
    90, without a sign."""

    @property
    def depth(self) -> float:
        """How far the nose stands out, in eye distances, if it was the turn that moved it: 0.25 to
        0.5 for heads. A flat picture has to be slanted much to show a little parallax by error."""
        return abs(self.parallax) / max(math.sin(math.radians(self.slant)), _LEAST_SINE)


_LEAST_SINE = 0.1
"""Below six degrees the slant is noise: it would make every depth large."""


def turn(ahead: np.ndarray, now: np.ndarray) -> Turn:
    """`now` against `ahead`. Degenerate points count as no turn at all."""
    source, target = np.float32(ahead[_PLANE]), np.float32(now[_PLANE])
    across = now[1] - now[0]
    wide = float(np.hypot(*across))
    if wide < 1.0 or height(now) < 1.0 or height(ahead) < 1e-6:
        return Turn(0.0, 0.0)
    plane = cv2.getPerspectiveTransform(source, target)
    mapped = plane @ np.array([*ahead[_NOSE], 1.0])
    if abs(mapped[2]) < 1e-6:
        return Turn(0.0, 0.0)
    off = now[_NOSE] - mapped[:2] / mapped[2]
    # The eyes' distance shrinks as the head turns; the height of the face does not.
    scale = float(np.hypot(*(ahead[1] - ahead[0]))) * height(now) / height(ahead)
    return Turn(float(np.dot(off, across / wide)) / max(scale, 1e-6), _slant(source, target))


def _slant(source: np.ndarray, target: np.ndarray) -> float:
    """Degrees of the rotation out of the picture, from the affine map nearest to the homography."""
    known = np.c_[source, np.ones(len(source))]
    affine = np.linalg.lstsq(known, target, rcond=None)[0][:2]
    most, least = np.linalg.svd(affine, compute_uv=False)
    return math.degrees(math.acos(min(1.0, float(least / max(most, 1e-9)))))


def height(points: np.ndarray) -> float:
    """From the middle of the eyes to the middle of the mouth, in pixels."""
    return float(np.hypot(*(points[3:].mean(axis=0) - points[:2].mean(axis=0))))


def size(points: np.ndarray) -> float:
    """One length of the face in pixels, of a head that looks ahead: grows as it comes nearer."""
    return math.sqrt(height(points) * float(np.hypot(*(points[1] - points[0]))))


def nose_shift(points: np.ndarray) -> float:
    """Where the nose stands between the eyes, along their line, in eye distances; 0 in the middle."""
    across = points[1] - points[0]
    return float(np.dot(points[_NOSE] - points[:2].mean(axis=0), across)) / max(float(np.dot(across, across)), 1.0)


def upright(points: np.ndarray) -> np.ndarray:
    """The points with the middle of the eyes at (0, 0) and the eyes 1 apart on a level line, so that
    several pictures of a face that looks ahead can be averaged."""
    across = points[1] - points[0]
    turned = np.array([[across[0], across[1]], [-across[1], across[0]]]) / max(float(np.dot(across, across)), 1e-9)
    return (points - points[:2].mean(axis=0)) @ turned.T
