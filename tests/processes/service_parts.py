"""A vision service with a reader whose pace and faults the test decides; importable by name."""

from __future__ import annotations

import os
import time

from backend.config import Settings
from backend.lifeline import Lifeline
from backend.vision.errors import UnreadableImage
from backend.vision.results import FrameResult, PictureReading
from backend.vision.service import VisionService


class Reader:
    """Obeys its pictures: `sleep 0.5`, `die`, `bad`, `fail`; the width tells the process."""

    def read(self, data: bytes) -> PictureReading:
        word, _, rest = data.decode().partition(" ")
        if word == "sleep":
            time.sleep(float(rest))
        elif word == "die":
            os._exit(9)
        elif word == "bad":
            raise UnreadableImage("That is no picture.", details={"why": "bad"})
        elif word == "fail":
            raise RuntimeError("secret inside")
        return PictureReading(os.getpid(), len(data), ())


def counting_tracker(device: str):
    """Each session counts its own frames: the number comes back as the width."""
    frames = 0

    def read(data: bytes) -> FrameResult:
        nonlocal frames
        frames += 1
        return FrameResult(width=frames, height=len(device))

    return read


def serve(lifeline: Lifeline, settings: Settings, address: str, authkey: bytes) -> None:
    VisionService(Reader(), counting_tracker, settings).serve(address, authkey, lifeline)
