"""YuNet: a detector of 230 kB that finds small and turned faces, and five points of each.

Run by OpenCV, which lets go of Python's global lock meanwhile. On LFW it missed none of 1,600 faces
(HOG: 7), and none in six clips of turning heads, where HOG finds 36 to 88 % of the frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import cv2
import numpy as np

from backend.vision.engines.protocol import Detection

_OVERLAP = 0.3
"""Overlap at which two boxes are one face; OpenCV Zoo's own choice."""
_CANDIDATES = 5000
"""Boxes compared with each other at most; likewise."""
_LEAST_SIDE = 16
"""Pixels below which no face could be found, and OpenCV 5 may refuse the picture."""


class YuNet:
    """For one thread: it remembers the size of the picture before."""

    name = "yunet"
    hog_width = 1.13
    """Median of 273 faces of LFW that both found; 1.08 to 1.17 in the middle half of them."""
    wants_colour = True
    smallest_face = 30
    """Faces of LFW scaled to this width: 100 % found (25 pixels: 97 %, 20: 82 %, 15: 21 %)."""
    state = "YuNet"

    def __init__(self, weights: bytes, least_score: float = 0.6) -> None:
        """`weights` is the content of its file; faces below `least_score` (0 to 1) are left out."""
        self._weights = np.frombuffer(weights, np.uint8)
        self._least_score = least_score

    def load(self) -> None:
        _ = self._network

    @cached_property
    def _network(self) -> cv2.FaceDetectorYN:
        with _without_warnings():  # OpenCV 5 says at each start that its new engine knows no targets
            return cv2.FaceDetectorYN.create("onnx", self._weights, np.zeros(0, np.uint8), (320, 240),
                                             self._least_score, _OVERLAP, _CANDIDATES)

    def detect(self, picture: np.ndarray) -> list[Detection]:
        """All faces, surest first, in BGR (h, w, 3) or grey (h, w) uint8; boxes may reach over the edge."""
        height, width = picture.shape[:2]
        if min(height, width) < _LEAST_SIDE:
            return []
        if picture.ndim == 2:
            picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
        self._network.setInputSize((width, height))
        _, rows = self._network.detect(picture)
        found = [] if rows is None else [_detection(row) for row in rows]
        return sorted(found, key=lambda face: -face.score)


def _detection(row: np.ndarray) -> Detection:
    """`row`: box (4), points (5 times x, y), score.

    The points begin with the person's own right eye and mouth corner, which are left in the picture:
    they are in the order of `Layout.MOUTH_CORNERS` already.
    """
    x, y, width, height = (round(float(value)) for value in row[:4])
    return Detection((x, y, max(1, width), max(1, height)), float(row[14]),
                     row[4:14].reshape(5, 2).astype(np.float32))


@contextmanager
def _without_warnings() -> Iterator[None]:
    before = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(before)
