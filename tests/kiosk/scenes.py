"""Clips for the camera's worker, made of the demo's public-domain portraits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from backend.config import PROJECT_ROOT

ORIGINALS = PROJECT_ROOT / "data" / "demo" / "originals"
GRACE = ORIGINALS / "grace-hopper.jpg"
EILEEN = ORIGINALS.parent / "pictures" / "eileen-collins-1.jpg"
FPS = 15
WIDTH, HEIGHT = 640, 480


def clip(path: Path, scenes: Sequence[tuple[Path | None, float]]) -> Path:
    """An MJPEG clip: each scene is a portrait that sways a little, or nobody, for some seconds."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), FPS, (WIDTH, HEIGHT))
    assert writer.isOpened()
    number = 0
    for portrait, seconds in scenes:
        for _ in range(round(seconds * FPS)):
            writer.write(frame(portrait, number))
            number += 1
    writer.release()
    return path


def frame(portrait: Path | None, number: int) -> np.ndarray:
    """BGR uint8 (480, 640, 3): the portrait, swaying with the frame's number, or nobody."""
    canvas = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    if portrait is not None:
        picture = cv2.imread(str(portrait))
        assert picture is not None, f"{portrait} is missing"
        scale = (HEIGHT - 40) / picture.shape[0]
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        picture = picture[:, :WIDTH - 80]
        left = (WIDTH - picture.shape[1]) // 2 + round(12 * math.sin(number / 5))
        canvas[20:20 + picture.shape[0], left:left + picture.shape[1]] = picture
    return canvas
