"""Five points of a face, and what each of them is: networks are trained on different five."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class Layout(StrEnum):
    """Which five points; "left" is left in the picture."""

    EYE_CORNERS = "eye_corners"
    """Outer and inner corner of the left eye, the same of the right eye, base of the nose (dlib)."""
    MOUTH_CORNERS = "mouth_corners"
    """Left eye, right eye, tip of the nose, left and right corner of the mouth (YuNet)."""


@dataclass(frozen=True, eq=False)
class Landmarks:
    """`points` are (5, 2) float32 in pixels of the picture, in the order of `layout`."""

    points: np.ndarray
    layout: Layout

    @property
    def eyes(self) -> np.ndarray:
        """(2, 2): the middle of the left eye and of the right one."""
        if self.layout is Layout.MOUTH_CORNERS:
            return self.points[:2]
        return np.stack([self.points[:2].mean(axis=0), self.points[2:4].mean(axis=0)])

    @property
    def nose(self) -> np.ndarray:
        """(2,): the nose's base with EYE_CORNERS, its tip with MOUTH_CORNERS."""
        return self.points[2] if self.layout is Layout.MOUTH_CORNERS else self.points[4]

    @property
    def mouth(self) -> np.ndarray | None:
        """(2, 2): the corners of the mouth, left and right; None where the layout has none."""
        return self.points[3:] if self.layout is Layout.MOUTH_CORNERS else None
