"""A door: an installation with a camera device and one registered person, Ada."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.clock import system_clock
from backend.config import Settings
from backend.vision.results import Sighting

DEVICE = "camera-1"


@dataclass
class Door:
    """The installation, and Ada as the camera would report her."""

    system: AttendanceSystem
    ada: UUID
    template: UUID

    def sighting(self, at: datetime | None = None) -> Sighting:
        return Sighting(person=self.ada, template_ids=(self.template,), at=at or self.system.clock(),
                        device=DEVICE, distance=0.21, confidence=0.93, liveness=None, track_id=1)

    def events(self, kind: str) -> list[dict[str, Any]]:
        with self.system.store.read() as unit:
            return [event.payload for event in unit.events.since(0, limit=1000) if event.kind == kind]

    def rows(self) -> list[Any]:
        return self.system.attendance.list(status="any")[0]

    def punches(self) -> int:
        with self.system.store.read() as unit:
            return unit.punches.count()


@pytest.fixture
def door(settings: Settings) -> Iterator[Door]:
    system = AttendanceSystem(parts=build(settings, system_clock, migrate=True))
    person = system.people.add("E1", "Ada Lovelace", by="test")
    vector = np.zeros(128, np.float32)
    vector[0] = 1
    with system.store.write() as unit:
        unit.devices.upsert(DEVICE, name="Door", source="nothing")
        unit.consents.give(person.uuid, "1", "test")
        template = unit.templates.add(person.uuid, vector, "dlib-resnet-v1", {}, "test")
    yield Door(system, person.uuid, template)
    system.close()


@pytest.fixture
def until() -> Callable[..., float]:
    """Waits for something to become true; returns the seconds it took."""
    import time

    def wait(true: Callable[[], object], seconds: float = 10.0) -> float:
        begun = time.monotonic()
        while not true():
            assert time.monotonic() - begun < seconds, "not in time"
            time.sleep(0.02)
        return time.monotonic() - begun

    return wait
