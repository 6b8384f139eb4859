"""Seconds from the first good frame of a person to their punch in the database, on one core.

A good frame is one whose face passes the quality gate. The frames before it show an empty room, in
ever another phase. The pipeline's own time counts as CPU seconds, during which frames are
missed; writing the punch, with its sync to the disk, counts as it passes on the wall.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import cv2
import numpy as np

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.clock import system_clock
from backend.config import load
from backend.store.records import GalleryRows
from backend.vision.engines import Engine
from benchmarks.camera.loops import START, Enrolled, Looker, Ours
from benchmarks.camera.script import RATE, Script, empty_room, is_good

_BEFORE = 0.6     # seconds of an empty room
_SHOWN = 2.5      # seconds that a person stays

Arrival = tuple[str, float, list[tuple[float, np.ndarray]]]
"""Who, when their first good frame comes, and the frames."""


def arrivals(script: Script, engine: Engine, most: int) -> list[Arrival]:
    """People who come into view, from the places of the clip that `starts` tells."""
    frames = list(script.frames())
    return [found for number, (name, start) in enumerate(starts(script, most))
            if (found := _arrival(frames, name, start, number, engine)) is not None]


def starts(script: Script, most: int) -> list[tuple[str, float]]:
    """Who comes into view, and when: everybody enrolled at the start of each visit, `most` at most; who comes
    only once is cut anew from `most` places of the visit's first two thirds."""
    visits = [visit for visit in script.visits if visit.name is not None]
    if len(visits) == 1:
        visit = visits[0]
        step = 0.66 * (visit.leaves - visit.enters) / most
        return [(visit.name, visit.enters + step * number) for number in range(most)]
    return [(visit.name, visit.enters) for visit in visits[:most]]


def _arrival(frames: list[tuple[float, np.ndarray]], name: str, start: float, number: int,
             engine: Engine) -> Arrival | None:
    shown = [frame for at, frame in frames if start <= at < start + _SHOWN]
    settings = load({}, {}, [])
    good = next((index for index, frame in enumerate(shown) if is_good(frame, engine, settings)), None)
    if good is None:
        return None
    rooms = round(_BEFORE * RATE) + number % 5
    pictures = [empty_room(index) for index in range(rooms)] + shown
    return name, (rooms + good) / RATE, [(index / RATE, picture) for index, picture in enumerate(pictures)]


def recorded(script: Script, engine: Engine, enrolled: int, came: list[Arrival]) -> dict[str, Any]:
    """Our latencies, to rows of a real SQLite database."""
    before = cv2.getNumThreads()
    with tempfile.TemporaryDirectory() as folder:
        settings = load({"data_dir": Path(folder), "timezone": "UTC", "threads": 1}, {}, [])
        system = AttendanceSystem(parts=build(settings, system_clock, migrate=True))
        try:
            gallery = _in_database(system, script, engine, enrolled)
            waits, writes = [], []
            for number, (_, good, frames) in enumerate(came):
                look = Ours(engine, gallery, settings)
                wait = _until_recorded(look, system, frames, 100.0 * number, writes)
                if wait is not None:
                    waits.append(wait - good)
        finally:
            system.close()
            cv2.setNumThreads(before)
    return {**_figures(waits, len(came)), "write_median": _median(writes)}


def _in_database(system: AttendanceSystem, script: Script, engine: Engine, enrolled: int) -> Enrolled:
    """The gallery, its people from the script with rows in the database."""
    gallery = Enrolled(engine, script, enrolled)
    own: dict[UUID, UUID] = {}
    for person, name in list(gallery.names.items())[:len(script.pictures)]:
        own[person] = system.people.add(name, name, by="benchmark").uuid
        gallery.names[own[person]] = name
    ids = list(gallery.rows.ids)
    with system.store.write() as unit:
        unit.devices.upsert("benchmark", name="Benchmark", source="nothing")
        for person in own.values():
            unit.consents.give(person, "1", "benchmark")
        for row, person in enumerate(gallery.rows.people):
            if person in own:
                ids[row] = unit.templates.add(own[person], gallery.rows.matrix[row], engine.name, {}, "benchmark")
    gallery.rows = GalleryRows(version=1, ids=tuple(ids), matrix=gallery.rows.matrix,
                               people=tuple(own.get(person, person) for person in gallery.rows.people))
    return gallery


def _until_recorded(look: Ours, system: AttendanceSystem, frames: list[tuple[float, np.ndarray]], start: float,
                    writes: list[float]) -> float | None:
    for names, done in _played(look, frames, start):
        if look.result.sightings and names:
            begun = time.perf_counter()
            marked = system.attendance.record_sighting(_dated(look.result.sightings[0]))
            writes.append(time.perf_counter() - begun)
            if marked.action == "refused":
                raise SystemExit(f"the punch was refused: {marked}")
            return done + writes[-1]
    return None


def _dated(sighting: Any) -> Any:
    """The benchmark's day is not today; the database minds a clock that is off."""
    from dataclasses import replace

    return replace(sighting, at=system_clock() + (sighting.at - START - timedelta(seconds=10_000)) / 1e4)


def named(look: Looker, came: list[Arrival]) -> dict[str, Any]:
    """The classic loop's latencies, to the name shown: it records nothing."""
    waits = []
    for number, (name, good, frames) in enumerate(came):
        done = next((done for names, done in _played(look, frames, 100.0 * number) if name in names), None)
        if done is not None:
            waits.append(done - good)
    return _figures(waits, len(came))


def _played(look: Looker, frames: list[tuple[float, np.ndarray]], start: float) -> Iterator[tuple[set[str], float]]:
    """Names shown and when, in the frames' seconds; a frame that comes while another is worked on is missed."""
    free, period = 0.0, frames[1][0]
    for at, frame in frames:
        if at + period <= free:
            continue
        begun = time.process_time()
        names = look(frame, start + max(at, free))
        free = max(at, free) + time.process_time() - begun
        yield names, free


def _figures(waits: list[float], arrivals: int) -> dict[str, Any]:
    return {"arrivals": arrivals, "missed": arrivals - len(waits), "median": _median(waits),
            "p95": round(float(np.quantile(waits, 0.95)), 3) if waits else None}


def _median(values: list[float]) -> float | None:
    return round(statistics.median(values), 3) if values else None
