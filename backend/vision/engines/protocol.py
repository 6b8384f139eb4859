"""What every engine offers; the rest of vision knows nothing of networks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from backend.vision.landmarks import Landmarks
from backend.vision.operating import OperatingPoint
from backend.vision.results import Box


@dataclass(frozen=True)
class Detection:
    """One face found: its box in the pixels of the picture given, and the detector's score."""

    box: Box
    score: float
    points: np.ndarray | None = field(default=None, compare=False, repr=False)
    """(5, 2) float32 in the same pixels, where the detector tells them (`Layout.MOUTH_CORNERS`)."""

    def moved(self, scale: float, left: int = 0, top: int = 0) -> Detection:
        """The face in the pixels of a picture of which this one is the part at (`left`, `top`),
        scaled by `scale`."""
        x, y, width, height = (round(value / scale) for value in self.box)
        points = None if self.points is None else self.points / scale + np.float32([left, top])
        return Detection((x + left, y + top, width, height), self.score, points)


class Detector(Protocol):
    """Finds faces; for one thread."""

    name: str
    smallest_face: int
    """Width in pixels of the narrowest face that it finds reliably."""
    hog_width: float
    """How wide dlib's HOG draws a face, in widths of this detector's own box: all settings in pixels mean HOG's."""
    wants_colour: bool
    """Whether it finds more in colour; grey pictures cost less."""
    state: str
    """What it is, in words for people."""

    def load(self) -> None:
        """Load what it needs now, where this has not happened."""

    def detect(self, picture: np.ndarray) -> list[Detection]:
        """All faces, surest first, in BGR (h, w, 3) or grey (h, w) uint8."""


class Engine(Protocol):
    """Detects, places landmarks, embeds. Pictures are BGR uint8 (h, w, 3) unless said otherwise."""

    name: str
    """Stored beside each template; templates of different engines are never compared."""
    dimension: int
    operating: OperatingPoint
    """Where its thresholds lie; each engine has distances of its own."""
    smallest_face: int
    """Its detector's: width in pixels of the narrowest face that `detect` finds reliably at scale 1."""
    detector: Detector
    wants_colour: bool
    """Its detector's."""

    def load(self) -> None:
        """Load the weights now, where this has not happened. Raises WeightsMissing."""

    @property
    def runtime_state(self) -> str:
        """What computes the embeddings, or why it is the slower one, in words for people."""

    def wait_for_runtime(self, seconds: float | None = None) -> str:
        """Short name of what computes the embeddings, once nothing faster is being prepared."""

    def detect(self, picture: np.ndarray) -> list[Detection]:
        """All faces, surest first, in BGR (h, w, 3) or grey (h, w) uint8."""

    def landmarks(self, picture: np.ndarray, found: Detection) -> Landmarks:
        """The five points that `embed` aligns the face by."""

    def embed(self, picture: np.ndarray, landmarks: Landmarks, mirrored: bool = False) -> np.ndarray:
        """(dimension,) float32 of unit length; `mirrored` embeds the mirrored face instead."""

    def embed_both(self, picture: np.ndarray, landmarks: Landmarks) -> np.ndarray:
        """(2, dimension) float32 of unit length: the face and its mirror image, in one go."""

    def chip(self, picture: np.ndarray, landmarks: Landmarks, size: int) -> np.ndarray:
        """The face turned upright and scaled to (size, size, 3) BGR uint8, for quality measures."""
