"""Plays frames to a whole pipeline, on a clock of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from backend.vision.gallery import GalleryKeeper
from backend.vision.pictures import mirrored_mean
from backend.vision.pipeline import FacePipeline
from backend.vision.results import FrameResult
from tests.vision.conftest import MemoryGallery
from tests.vision.scenes import scene

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Film:
    """Plays frames to a pipeline on a clock of its own and keeps what is told."""

    def __init__(self, settings, source: MemoryGallery, engine) -> None:
        self.now = 100.0
        keeper = GalleryKeeper(source, settings, monotonic=lambda: self.now)
        self.pipeline = FacePipeline(settings, keeper, "door", engine=engine, seconds=lambda: self.now)
        self.sightings, self.refusals = [], []
        self.last = FrameResult()

    def show(self, frame: np.ndarray, after: float = 0.04) -> FrameResult:
        self.now += after
        at = START + timedelta(seconds=self.now - 100)
        self.last = self.pipeline.process(frame, at, self.now)
        self.sightings += self.last.sightings
        self.refusals += self.last.refusals
        return self.last

    def hold(self, *pictures, seconds: float) -> FrameResult:
        """A still scene with a camera's noise, at ten frames a second."""
        for number in range(round(seconds * 10)):
            self.show(scene(*pictures, noise=number % 7), 0.1)
        return self.last

    def empty(self, seconds: float) -> FrameResult:
        return self.hold(seconds=seconds)


def enrol_from(source: MemoryGallery, name: str, frames: list, engine) -> None:
    """Three templates from the last third of a clip."""
    count = len(frames)
    for _, frame in frames[count * 2 // 3::count // 10][:3]:
        found = engine.detect(frame)
        if found:
            source.add(name, mirrored_mean(engine, frame, engine.landmarks(frame, found[0])))
