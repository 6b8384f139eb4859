"""How many faces are found in a 640×480 frame, by their width.

Faces of LFW are scaled to a width and put at random places of frames with something in the
background; a face counts as found where the middle of a box lies within two fifths of its width of the
face's own. The width is that of dlib's box on the picture at twice its size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from backend.config import Settings
from backend.vision.engines import Engine
from backend.vision.engines.hog import HogDetector
from backend.vision.limits import Limits
from backend.vision.motion import small_grey
from backend.vision.results import Box
from backend.vision.search import Search
from backend.vision.timing import Counters
from backend.vision.track import Tracker
from benchmarks.camera.script import HEIGHT, WIDTH

WIDTHS = (40, 50, 60, 80, 100, 120)

Finder = Callable[[np.ndarray], list[Box]]


def found_by_width(folder: Path, count: int, finders: dict[str, Finder]) -> dict[str, dict[str, float]]:
    """Share of faces found, by finder and width in pixels."""
    random = np.random.default_rng(0)
    faces = list(_faces(folder, count, random))
    hits = {name: dict.fromkeys(map(str, WIDTHS), 0.0) for name in finders}
    for width in WIDTHS:
        for picture, box in faces:
            frame, truth = _composed(picture, box, width, random)
            for name, find in finders.items():
                hits[name][str(width)] += _hit(find(frame), truth) / len(faces)
    return {name: {width: round(share, 4) for width, share in shares.items()} for name, shares in hits.items()}


def classic_finder(face_recognition: Any) -> Finder:
    def find(frame: np.ndarray) -> list[Box]:
        small = np.ascontiguousarray(cv2.resize(frame, (0, 0), fx=0.25, fy=0.25)[:, :, ::-1])
        return [(4 * left, 4 * top, 4 * (right - left), 4 * (bottom - top))
                for top, right, bottom, left in face_recognition.face_locations(small)]

    return find


def our_finder(engine: Engine, settings: Settings) -> Finder:
    """The search that a pipeline makes on its first frame, and the quality gate's limit of size after it."""
    least = Limits.at_the_door(settings).min_width

    def find(frame: np.ndarray) -> list[Box]:
        search = Search(engine, settings.min_face_pixels, settings.max_faces, frame.shape[:2], Counters(), lambda: 0.0)
        small, scale = small_grey(frame, settings.min_face_pixels)
        tracks = search.run(frame, small, scale, Tracker(), (), lambda _: 1.0, 0.0)
        return [track.box for track in tracks if track.box[2] * engine.detector.hog_width >= least]

    return find


def _faces(folder: Path, count: int, random: np.random.Generator) -> Iterator[tuple[np.ndarray, Box]]:
    detector = HogDetector()
    people = sorted(path for path in folder.iterdir() if path.is_dir())
    random.shuffle(people)
    for person in people:
        if not count:
            return
        first = min((file for file in person.glob("*.jpg") if file.is_file()), default=None)
        picture = None if first is None else cv2.imread(str(first))
        if picture is None:
            continue
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        found = [face.moved(2).box for face in detector.detect(cv2.resize(grey, None, fx=2, fy=2))]
        high, wide = picture.shape[:2]
        middle = [box for box in found if abs(box[0] + box[2] / 2 - wide / 2) < 0.16 * wide
                  and abs(box[1] + box[3] / 2 - high / 2) < 0.16 * high]
        if middle:
            count -= 1
            yield picture, middle[0]


def _composed(picture: np.ndarray, box: Box, width: int, random: np.random.Generator) -> tuple[np.ndarray, Box]:
    scale = width / box[2]
    picture = cv2.resize(picture, None, fx=scale, fy=scale,
                         interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    room = random.integers(40, 200, (12, 16, 3)).astype(np.uint8)
    frame = cv2.resize(room, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    x, y, w, h = (round(value * scale) for value in box)
    left, top = int(random.integers(-x + 2, WIDTH - x - w - 2)), int(random.integers(-y + 2, HEIGHT - y - h - 2))
    from_x, from_y = max(0, -left), max(0, -top)
    part = picture[from_y:HEIGHT - top, from_x:WIDTH - left]
    frame[top + from_y:top + from_y + part.shape[0], left + from_x:left + from_x + part.shape[1]] = part
    frame += random.integers(-4, 5, frame.shape).astype(np.int16)
    return np.clip(frame, 0, 255).astype(np.uint8), (x + left, y + top, w, h)


def _hit(found: list[Box], truth: Box) -> bool:
    return any(abs(box[0] + box[2] / 2 - truth[0] - truth[2] / 2) < 0.4 * truth[2]
               and abs(box[1] + box[3] / 2 - truth[1] - truth[3] / 2) < 0.4 * truth[2] for box in found)
