"""The front desk on a real database, with Alice and Bob, and pictures that were read already."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.config import Settings
from backend.store.records import Person
from backend.vision.landmarks import Landmarks, Layout
from backend.vision.results import FaceReading, PictureReading, Quality, Reason

NO_POINTS = Landmarks(np.zeros((5, 2), np.float32), Layout.EYE_CORNERS)


@pytest.fixture
def system(settings: Settings, clock) -> Iterator[AttendanceSystem]:
    """SQLite, in UTC, at the clock's Monday morning."""
    made = AttendanceSystem(parts=build(settings, clock))
    yield made
    made.close()


@pytest.fixture
def start(settings: Settings, clock) -> Iterator[Callable[..., AttendanceSystem]]:
    """Starts another process's system on the same database, with other settings."""
    made = []

    def start(migrate: bool = False, **changes) -> AttendanceSystem:
        made.append(AttendanceSystem(parts=build(settings.but(**changes), clock, migrate=migrate)))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def alice(system: AttendanceSystem) -> Person:
    return system.people.add("1001", "Alice Ämter", department="Sales", by="test")


@pytest.fixture
def bob(system: AttendanceSystem) -> Person:
    return system.people.add("1002", "Bob", department="Workshop", badge="B-7", by="test")


def vector(seed: int) -> np.ndarray:
    """(128,) float32 of unit length, far from any other seed's."""
    made = np.random.default_rng(seed).normal(size=128).astype(np.float32)
    return made / np.linalg.norm(made)


@pytest.fixture
def picture() -> Callable[..., PictureReading]:
    """A picture that was read: of the face `seed`, or with what is wrong with it."""
    def make(seed: int = 1, *reasons: Reason, faces: int = 1, noise: float = 0.0,
             bystander: int = 0) -> PictureReading:
        template = vector(seed) + noise * vector(seed + 1000)
        quality = Quality(not reasons, reasons, 120, 100.0, 128.0, 3.0)
        found = [FaceReading((10, 10, 120, 120), 1.0, NO_POINTS, quality,
                             None if reasons else template / np.linalg.norm(template))] * faces
        if bystander:
            found.append(FaceReading((200, 10, bystander, bystander), 0.5,
                                     NO_POINTS, quality))
        return PictureReading(640, 480, tuple(found), "dlib-resnet-v1")

    return make
