"""A clip, who is in it and when; its frames at 640×480 and 30 a second, as a camera would give them."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from backend.config import Settings, load
from backend.vision.engines import Engine, open_engine
from backend.vision.pictures import find_faces
from backend.vision.quality import assess

WIDTH, HEIGHT = 640, 480
RATE = 30.0   # frames a second, whatever the clip's own
GREY = 90     # level of an empty room


@dataclass(frozen=True)
class Visit:
    """Somebody in view, in seconds of one round; `name` is None for a stranger."""

    name: str | None
    enters: float
    leaves: float


@dataclass
class Script:
    """A clip, who is in it, and pictures (BGR) of the people to enrol."""

    clip: Path
    clip_rate: float
    """Frames a second that the clip itself has; it is played at RATE."""
    seconds: float
    visits: list[Visit]
    pictures: dict[str, list[np.ndarray]]

    def frames(self) -> Iterator[tuple[float, np.ndarray]]:
        """One round: seconds from its start, and the frame.

        Frames of a slower clip come again until the next one is due, as a camera in poor light gives
        them; of a faster one those are left out that another follows before the camera looks.
        """
        shown = 0
        for number, picture in enumerate(video(self.clip)):
            until = math.ceil((number + 1) * RATE / self.clip_rate - 1e-6)
            frame = fitted(picture) if shown < until else None
            while frame is not None and shown < until:
                yield shown / RATE, frame
                shown += 1


def read_script(clip: Path) -> Script:
    """`clip` with the truth beside it; raises SystemExit where it holds no frames.

    A clip without a JSON, or with one of another kind, has one person, in view all the time, enrolled from
    its last third, or from all of it where that shows no good face.
    """
    rate = _clip_rate(clip)
    count = sum(1 for _ in video(clip))
    if not count:
        raise SystemExit(f"{clip} holds no frames")
    seconds = count / rate
    if (told := truth_beside(clip)) is not None:
        return Script(clip, rate, seconds, *told)
    good = _good_frames(clip, count * 2 // 3, count) or _good_frames(clip, 0, count)
    if not good:
        raise SystemExit(f"{clip} shows no face fit to be enrolled")
    good = good[::max(1, len(good) // 3)][:3]
    return Script(clip, rate, seconds, [Visit(clip.stem, 0.0, seconds)], {clip.stem: good})


def _good_frames(clip: Path, first: int, count: int) -> list[np.ndarray]:
    """Of some two dozen frames from `first` on, those whose face passes the quality gate."""
    engine, settings = open_engine(), load({}, {}, [])
    step = max(1, (count - first) // 24)
    frames = (fitted(picture) for number, picture in enumerate(video(clip))
              if number >= first and (number - first) % step == 0)
    return [frame for frame in frames if is_good(frame, engine, settings)]


def is_good(frame: np.ndarray, engine: Engine, settings: Settings) -> bool:
    """Whether the frame's largest face passes the quality gate."""
    found = find_faces(engine, frame)
    return bool(found) and assess(frame, found[0].box, engine.landmarks(frame, found[0]), engine, settings).ok


def _clip_rate(clip: Path) -> float:
    """The clip's frames a second; 25 where it does not say, or says what no camera gives."""
    capture = cv2.VideoCapture(str(clip))
    rate = capture.get(cv2.CAP_PROP_FPS)
    capture.release()
    return rate if 1 <= rate <= 1000 else 25.0


def truth_beside(clip: Path) -> tuple[list[Visit], dict[str, list[np.ndarray]]] | None:
    """Visits from the JSON beside the clip, pictures from people.json in the same folder; None where there is
    none, and, with a line on stderr, where it tells something else."""
    truth = clip.with_suffix(".json")
    if not truth.is_file():
        return None
    try:
        visits = [_visit(item) for item in json.loads(truth.read_text(encoding="utf-8"))["visits"]]
        people = json.loads((clip.parent / "people.json").read_text(encoding="utf-8"))["people"]
        pictures = {item["name"]: [_picture(clip.parent / path) for path in item["pictures"]] for item in people}
        for visit in visits:
            if visit.name is not None and not pictures.get(visit.name):
                raise ValueError(f"people.json has no pictures of {visit.name}")
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        print(f"{truth} does not tell who is in view when ({type(error).__name__}: {error}); the clip is played "
              "as one of a single person who is always in view", file=sys.stderr)
        return None
    return visits, pictures


def _visit(item: Any) -> Visit:
    """Raises ValueError, LookupError or TypeError for what is none."""
    enters, leaves = float(item["enters"]), float(item["leaves"])
    if not 0 <= enters < leaves < math.inf:
        raise ValueError(f"nobody can enter at {enters} and leave at {leaves}")
    if item["person_id"] is None:
        return Visit(None, enters, leaves)
    return Visit(str(item["name"]), enters, leaves)


def _picture(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path))
    if picture is None:
        raise ValueError(f"{path} cannot be read as a picture")
    return picture


def video(clip: Path) -> Iterator[np.ndarray]:
    """The clip's frames. Decoded by the thread that asks: decoding ahead would be counted with the loops' work."""
    capture = cv2.VideoCapture(str(clip), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    try:
        while True:
            good, picture = capture.read()
            if not good:
                return
            yield picture
    finally:
        capture.release()


def fitted(picture: np.ndarray) -> np.ndarray:
    """The picture made as large as 640×480 allows, in the middle of grey."""
    scale = min(WIDTH / picture.shape[1], HEIGHT / picture.shape[0])
    if scale != 1:
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how)
    height, width = (min(size, limit) for size, limit in zip(picture.shape, (HEIGHT, WIDTH), strict=False))
    frame = np.full((HEIGHT, WIDTH, 3), GREY, np.uint8)
    top, left = (HEIGHT - height) // 2, (WIDTH - width) // 2
    frame[top:top + height, left:left + width] = picture[:height, :width]
    return frame


def empty_room(number: int, noise: int = 4) -> np.ndarray:
    """A room in which nobody is, with a webcam's noise; another one for each `number`."""
    room = np.full((HEIGHT, WIDTH, 3), GREY, np.int16)
    cv2.rectangle(room, (60, 120), (230, 479), (70, 60, 50), -1)
    cv2.rectangle(room, (400, 40), (600, 200), (180, 185, 190), -1)
    # Cheap noise: one picture of it, moved about.
    return np.clip(room + np.roll(_noise(noise), number * 7919, axis=(0, 1)), 0, 255).astype(np.uint8)


@lru_cache
def _noise(level: int) -> np.ndarray:
    return np.random.default_rng(0).normal(0, level, (HEIGHT, WIDTH, 3)).astype(np.int16)
