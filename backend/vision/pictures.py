"""Still pictures: every face with its quality, its template and who it is.

For enrolment, /recognize and the command line. The web process never calls this itself: it asks
the vision service, which runs the same code.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import cv2
import numpy as np

from backend.config import Settings
from backend.vision.decide import Judge
from backend.vision.decoding import decode
from backend.vision.engines import Detection, Engine, open_engine
from backend.vision.gallery import Gallery, GalleryKeeper
from backend.vision.keeping import kept_part
from backend.vision.landmarks import Landmarks
from backend.vision.liveness.opening import open_passive
from backend.vision.quality import assess
from backend.vision.results import Decision, FaceReading, Outcome, PictureReading, Quality

__all__ = ["LocalPictures", "decode", "find_faces"]

_LONG_SIDES = (1280, 640, 2560)
"""Sizes that a large picture is searched at, in pixels of its long side; the next one only where
the one before found nothing. A face for enrolment fills a good part of its picture: one of 500 pixels
YuNet misses now and then, and finds in half the size."""
_SMALL = 480
"""A picture with a shorter long side is searched at twice its size too."""


class LocalPictures:
    """Reads pictures in this process. Threads take turns: the network is one."""

    def __init__(self, settings: Settings, store: Any, engine: Engine | None = None) -> None:
        """`store` is a Store or any GallerySource. Raises SettingError for a bad MATCH_THRESHOLD."""
        self._settings = settings
        self._engine = engine or open_engine(settings)
        self._judge = Judge(settings, self._engine)
        self._keeper = GalleryKeeper(store, settings, self._engine.name)
        self._scorer = open_passive(settings)
        self._turn = threading.Lock()

    @property
    def engine_name(self) -> str:
        return self._engine.name

    def read(self, data: bytes) -> PictureReading:
        """All faces in the picture file `data`, largest first, at most MAX_FACES.

        Faces too poor to be compared have no template, and a decision that says why. Raises
        UnreadableImage and ImageTooLarge.
        """
        picture = decode(data, self._settings)
        with self._turn:
            return self._read(picture, self._keeper.newest())

    def measure(self, data: bytes) -> PictureReading:
        """As `read`, with the faces' quality alone: for hints to somebody before a camera."""
        picture = decode(data, self._settings)
        height, width = picture.shape[:2]
        with self._turn:
            faces = tuple(FaceReading(found.box, round(found.score, 3), points, quality)
                          for found, points, quality in self._measured(picture))
        return PictureReading(width, height, faces, self._engine.name)

    def _measured(self, picture: np.ndarray) -> Iterator[tuple[Detection, Landmarks, Quality]]:
        for found in find_faces(self._engine, picture)[:self._settings.max_faces]:
            points = self._engine.landmarks(picture, found)
            yield found, points, assess(picture, found.box, points, self._engine, self._settings)

    def _read(self, picture: np.ndarray, gallery: Gallery) -> PictureReading:
        height, width = picture.shape[:2]
        faces = []
        for found, points, quality in self._measured(picture):
            template = mirrored_mean(self._engine, picture, points) if quality.ok else None
            kept = template is not None and not faces and self._settings.keep_pictures is not None
            faces.append(FaceReading(found.box, round(found.score, 3), points, quality, template,
                                     self._decide(template, quality, gallery, frozenset()),
                                     picture=kept_part(picture, found.box, self._settings.kept_picture_pixels)
                                     if kept else None))
        return PictureReading(width, height, self._alive(picture, self._no_person_twice(faces, gallery)),
                              self._engine.name)

    def _alive(self, picture: np.ndarray, faces: tuple[FaceReading, ...]) -> tuple[FaceReading, ...]:
        """The faces with their passive scores, where LIVENESS asks for them."""
        if self._scorer is None:
            return faces
        return tuple(replace(face, liveness=round(self._scorer(picture, face.box), 3)) for face in faces)

    def _decide(self, template: np.ndarray | None, quality: Quality, gallery: Gallery,
                taken: frozenset[UUID]) -> Decision:
        if template is None:
            return Decision(Outcome.UNCERTAIN, quality.reasons[0])
        return self._judge.judge([template], gallery, needed=1, taken=taken)

    def _no_person_twice(self, faces: list[FaceReading], gallery: Gallery) -> tuple[FaceReading, ...]:
        """Of two faces taken for one person the nearer keeps the name; the other is uncertain."""
        taken: set[UUID] = set()
        sure = sorted((face for face in faces if face.decision and face.decision.accepted),
                      key=lambda face: face.decision.distance)
        doubles = {}
        for face in sure:
            if face.decision.person in taken:
                again = self._decide(face.template, face.quality, gallery, frozenset(taken))
                doubles[id(face)] = replace(face, decision=again)
            taken.add(face.decision.person)
        return tuple(doubles.get(id(face), face) for face in faces)


def mirrored_mean(engine: Engine, picture: np.ndarray, landmarks: Landmarks) -> np.ndarray:
    """The unit-length mean of the face's embedding and its mirror image's: a steadier template."""
    mean = engine.embed_both(picture, landmarks).sum(axis=0)
    return (mean / np.linalg.norm(mean)).astype(np.float32)


def find_faces(engine: Engine, picture: np.ndarray) -> list[Detection]:
    """The faces of a still picture of any size, largest first, boxes in its own pixels."""
    long_side = max(picture.shape[:2])
    sizes = [min(long_side, size) for size in _LONG_SIDES]
    if long_side <= _SMALL:
        sizes = [long_side, 2 * long_side]
    for size in dict.fromkeys(sizes):
        if found := detect_scaled(engine, picture, size / long_side):
            return sorted(found, key=lambda item: -item.box[2] * item.box[3])
    return []


def detect_scaled(engine: Engine, picture: np.ndarray, scale: float) -> list[Detection]:
    """`engine.detect` on the picture scaled by `scale`, boxes in the picture's own pixels."""
    if scale == 1:
        return engine.detect(picture)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    small = cv2.resize(picture, (width, height), interpolation=how)
    return [found.moved(scale) for found in engine.detect(small)]


