"""How wide a face at a distance is in a camera's picture."""

from __future__ import annotations

import logging
import math

from backend.config import Settings

log = logging.getLogger(__name__)

FACE_METRES = 0.155
"""How wide the box around an adult's face is. dlib's HOG draws it 2.52 times as wide as the eyes are
apart (median of 159 pictures of LFW), and the eyes of adults are 63 mm apart in the mean (N. A. Dodgson,
"Variation and extrema of human interpupillary distance", 2004): 159 mm. A little less, so that
children and narrow faces are not lost first."""
NARROWEST = 20
"""Pixels below which nothing is made of a face, at whatever distance it was asked for."""


def face_pixels(metres: float, view_degrees: float, width: int) -> float:
    """Pixels that a face's box is wide, `metres` before a camera whose picture is `width` pixels and
    `view_degrees` (0 to 180) wide."""
    return width * FACE_METRES / (2 * metres * math.tan(math.radians(view_degrees) / 2))


def least_face(settings: Settings, width: int) -> int:
    """The narrowest face to use in a camera's frames of `width` pixels.

    FACE_DISTANCE says it where it is set, MIN_FACE_PIXELS otherwise.
    """
    if settings.face_distance is None:
        return settings.min_face_pixels
    pixels = face_pixels(settings.face_distance, settings.camera_field_of_view, width)
    if pixels < NARROWEST:
        log.warning("a face %g m away is %.0f pixels wide in this camera's frames of %d pixels, too few to "
                    "find it; %d are looked for. Take more pixels, a narrower lens or a shorter FACE_DISTANCE",
                    settings.face_distance, pixels, width, NARROWEST)
    return max(NARROWEST, math.floor(pixels))
