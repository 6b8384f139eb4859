"""Where the picture has changed since it was last searched for faces: the cheapest question first.

An empty corridor then costs a subtraction a frame and no detection. Comparing with the frame
searched last, not with the one before, lets slow movement add up.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from backend.vision.results import Box

_LEVELS = 18    # grey levels a pixel must change by; a webcam's noise stays below after averaging
_SHARE = 0.003  # of the pixels that must have changed: less than half the smallest face's
_AROUND = 0.25  # of the frame's shorter side added around what moved, so that no face is cut


class MotionGate:
    """Works on small grey frames, as `small_grey` makes them."""

    def __init__(self) -> None:
        self._reference: np.ndarray | None = None

    def moved(self, small: np.ndarray, known: Iterable[Box] = ()) -> Box | None:
        """The part of `small` to search, in its pixels; None where nothing new moves.

        Changes inside the boxes in `known`, faces that are followed already, do not count.
        """
        height, width = small.shape
        if self._reference is None or self._reference.shape != small.shape:
            return 0, 0, width, height
        changed = cv2.absdiff(small, self._reference) > _LEVELS
        for x, y, w, h in known:
            # The head is larger than the face's box.
            changed[max(0, int(y - 0.4 * h)):max(0, int(y + 1.3 * h)),
                    max(0, int(x - 0.25 * w)):max(0, int(x + 1.25 * w))] = False
        if np.count_nonzero(changed) < _SHARE * changed.size:
            return None
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        around = int(_AROUND * min(width, height))
        left, top = max(0, columns[0] - around), max(0, rows[0] - around)
        right, bottom = min(width, columns[-1] + 1 + around), min(height, rows[-1] + 1 + around)
        return int(left), int(top), int(right - left), int(bottom - top)

    def searched(self, small: np.ndarray) -> None:
        """`small` has just been searched: movement is counted from here."""
        self._reference = small


_SIDE = 160   # least longer side of small frames, in pixels
_FACE = 12    # least width of the smallest face in them, so that it can still be followed


def small_grey(grey: np.ndarray, min_face: int) -> tuple[np.ndarray, float]:
    """The grey frame (h, w) uint8 made small, and how many of its pixels a frame's pixel is.

    `min_face` is the narrowest face that matters, in the frame's pixels.
    """
    scale = min(1.0, max(_SIDE / max(grey.shape), _FACE / min_face))
    return cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), scale
