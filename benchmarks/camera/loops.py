"""The two loops that are compared: the classic one, and our pipeline behind each detector."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import cv2
import numpy as np

from backend.config import Settings, load
from backend.store.records import GalleryRows
from backend.vision.engines import Engine
from backend.vision.engines.detectors import models_folder
from backend.vision.engines.dlib_resnet import DlibEngine
from backend.vision.engines.hog import HogDetector
from backend.vision.engines.manifest import find
from backend.vision.engines.weights import read_of, sum_of
from backend.vision.engines.yunet import YuNet
from backend.vision.gallery import GalleryKeeper
from backend.vision.pictures import find_faces, mirrored_mean
from backend.vision.pipeline import FacePipeline
from backend.vision.results import TrackState
from benchmarks.camera.script import Script

TOLERANCE = 0.6
START = datetime(2026, 3, 2, 8, tzinfo=UTC)

Looker = Callable[[np.ndarray, float], set[str]]
"""Takes a frame and the time, gives the names in view."""


def engines(settings: Settings, places: Sequence[Path]) -> dict[str, Engine]:
    """dlib's ResNet behind HOG, and behind YuNet where one of `places` holds its weights; else a line on stderr."""
    folder = models_folder(settings)
    found: dict[str, Engine] = {"hog": DlibEngine(folder, settings.threads, HogDetector())}
    yunet = find(settings, "yunet", "detector")
    place = next((place for place in places if sum_of(place / yunet.file) == yunet.sha256), None)
    if place is not None:
        found["yunet"] = DlibEngine(folder, settings.threads, YuNet(read_of(yunet, place)))
    else:
        print(f"YuNet is left out: its weights {yunet.file} are not in {', '.join(map(str, places)) or 'any folder'}; "
              "name theirs by --models", file=sys.stderr)
    for engine in found.values():
        engine.load()
        engine.wait_for_runtime()
    return found


def classic(face_recognition: Any, script: Script, enrolled: int) -> Looker:
    """face_recognition's `facerec_from_webcam_faster`, word for word in what it computes."""
    random = np.random.default_rng(1)
    names, known = [], []
    for name, pictures in script.pictures.items():
        for picture in pictures:
            for encoding in face_recognition.face_encodings(_rgb(picture))[:1]:
                names.append(name)
                known.append(encoding)
    for number in range(enrolled - len(script.pictures)):
        names.append(f"other {number}")
        known.append(1.42 * _unit(random.normal(size=128)))
    process, shown = True, set()

    def look(frame: np.ndarray, now: float) -> set[str]:
        nonlocal process, shown
        if process:
            small = _rgb(cv2.resize(frame, (0, 0), fx=0.25, fy=0.25))
            places = face_recognition.face_locations(small)
            shown = set()
            for encoding in face_recognition.face_encodings(small, places):
                matches = face_recognition.compare_faces(known, encoding, TOLERANCE)
                best = int(np.argmin(face_recognition.face_distance(known, encoding)))
                if matches[best]:
                    shown.add(names[best])
        process = not process
        return shown

    return look


class Enrolled:
    """A gallery source that never changes: the script's people and others, who are random vectors."""

    def __init__(self, engine: Engine, script: Script, count: int) -> None:
        random = np.random.default_rng(1)
        owners, vectors = [], []
        self.names: dict[UUID, str] = {}
        for name, pictures in script.pictures.items():
            person = uuid5(UUID(int=0), name)
            self.names[person] = name
            for picture in pictures:
                for found in find_faces(engine, picture)[:1]:
                    owners.append(person)
                    vectors.append(mirrored_mean(engine, picture, engine.landmarks(picture, found)))
        for number in range(count - len(script.pictures)):
            owners.append(uuid5(UUID(int=1), str(number)))
            self.names[owners[-1]] = f"other {number}"
            vectors.append(_unit(random.normal(size=engine.dimension)).astype(np.float32))
        self.rows = GalleryRows(version=1, ids=tuple(uuid4() for _ in owners), people=tuple(owners),
                                matrix=np.array(vectors, np.float32))

    def version(self) -> int:
        return self.rows.version

    def load(self) -> GalleryRows:
        return self.rows


class Ours:
    """Our pipeline as a Looker. `counters` tells where its time went."""

    def __init__(self, engine: Engine, gallery: Enrolled, settings: Settings | None = None) -> None:
        settings = settings or load({}, {}, [])
        self._names = gallery.names
        self._pipeline = FacePipeline(settings, GalleryKeeper(gallery, settings), "benchmark", engine=engine,
                                      seconds=time.process_time)  # as if no other program ran
        self.result: Any = None

    def __call__(self, frame: np.ndarray, now: float) -> set[str]:
        self.result = self._pipeline.process(frame, START + timedelta(seconds=now), now)
        return {self._names[track.person] for track in self.result.tracks
                if track.state is TrackState.ACCEPTED and track.person is not None}

    @property
    def stages(self) -> dict[str, dict[str, float]]:
        return self._pipeline.counters.as_dict()


def _rgb(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(picture[:, :, ::-1])


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
