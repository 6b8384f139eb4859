"""Frames for the pipeline: clips made into 640×480, faces pasted where a test wants them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT = 640, 480


def clip_frames(path: Path) -> Iterator[tuple[float, np.ndarray]]:
    """Seconds from the start, and the frame fitted into 640×480 on grey."""
    capture = cv2.VideoCapture(str(path))
    rate = capture.get(cv2.CAP_PROP_FPS)
    number = 0
    while True:
        good, picture = capture.read()
        if not good:
            break
        yield number / rate, fitted(picture)
        number += 1
    capture.release()


def fitted(picture: np.ndarray) -> np.ndarray:
    scale = HEIGHT / picture.shape[0]
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    frame = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    left = (WIDTH - picture.shape[1]) // 2
    frame[:, left:left + picture.shape[1]] = picture
    return frame


def scene(*pictures: tuple[np.ndarray, int, int], noise: int = 0) -> np.ndarray:
    """Pictures pasted at (left, top) on a grey frame with a little of a camera's noise."""
    frame = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    for picture, left, top in pictures:
        height, width = picture.shape[:2]
        x0, y0, x1, y1 = max(0, left), max(0, top), min(WIDTH, left + width), min(HEIGHT, top + height)
        if x1 > x0 and y1 > y0:
            frame[y0:y1, x0:x1] = picture[y0 - top:y1 - top, x0 - left:x1 - left]
    return cv2.add(frame, _grain(noise), dtype=cv2.CV_8U)


@lru_cache(maxsize=8)
def _grain(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(-3, 4, (HEIGHT, WIDTH, 3)).astype(np.int16)


def read(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def png(picture: np.ndarray) -> bytes:
    return cv2.imencode(".png", picture)[1].tobytes()
