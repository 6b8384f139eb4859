"""Video files and folders of pictures, played as a camera would: at their own rate, in real time."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import cv2
import numpy as np

from backend.vision.errors import SourceEnded, SourceLost

_PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
_USUAL_RATE = 25.0  # frames a second, where a file tells no sensible rate
_PICTURE_RATE = 10.0
_PICTURE_SECONDS = 2.0
"""How long each picture of a folder is shown: enough for a decision over several frames."""


def pictures_in(path: Path) -> list[Path]:
    """The pictures of a folder in the order of their names; a single picture is one of one."""
    if path.is_dir():
        return sorted(item for item in path.iterdir()
                      if item.suffix.lower() in _PICTURES and item.is_file())
    return [path] if path.suffix.lower() in _PICTURES else []


def is_video(path: Path) -> bool:
    """Whether OpenCV can take a frame from the file."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        return capture.isOpened() and capture.grab()
    finally:
        capture.release()


class _Pace:
    """Waits until each frame is due; a reader that fell behind catches up by skipping."""

    def __init__(self, rate: float, stopping: threading.Event) -> None:
        self._period = 1.0 / rate
        self._stopping = stopping
        self._due = time.monotonic()

    def wait(self) -> None:
        self._stopping.wait(max(0.0, self._due - time.monotonic()))
        self._due += self._period

    def skip(self) -> bool:
        """Whether the next frame's time has passed altogether; it then counts as shown."""
        if time.monotonic() - self._due < self._period:
            return False
        self._due += self._period
        return True


class VideoReader:
    """A video file at its own frame rate; frames that are late are left out, as a camera would."""

    def __init__(self, path: Path, loop: bool, stopping: threading.Event) -> None:
        """Raises SourceLost where the file cannot be played (any more)."""
        self._path, self._loop = path, loop
        self._capture = self._opened()
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self._pace = _Pace(rate if 1 <= rate <= 240 else _USUAL_RATE, stopping)

    def read(self) -> np.ndarray:
        while self._pace.skip() and self._capture.grab():
            pass
        good, frame = self._capture.read()
        if not good:
            if not self._loop:
                raise SourceEnded(str(self._path))
            self._capture.release()
            self._capture = self._opened()
            good, frame = self._capture.read()
            if not good:
                raise SourceLost(f"{self._path} holds no frames")
        self._pace.wait()
        return frame

    def close(self) -> None:
        self._capture.release()

    def _opened(self) -> cv2.VideoCapture:
        capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            capture.release()
            raise SourceLost(f"{self._path} cannot be played")
        return capture


class FolderReader:
    """The pictures of a folder, each for two seconds. What cannot be read is left out."""

    def __init__(self, path: Path, loop: bool, stopping: threading.Event) -> None:
        self._path, self._loop = path, loop
        self._pace = _Pace(_PICTURE_RATE, stopping)
        self._queue: list[Path] = []
        self._round = 0
        self._shown: np.ndarray | None = None
        self._left = 0

    def read(self) -> np.ndarray:
        while self._left == 0:
            self._turn_page()
        self._left -= 1
        self._pace.wait()
        return self._shown.copy()

    def close(self) -> None:
        """Nothing is held open."""

    def _turn_page(self) -> None:
        if not self._queue:
            if self._round and self._shown is None:
                raise SourceLost(f"no picture in {self._path} can be read")
            if self._round and not self._loop:
                raise SourceEnded(str(self._path))
            self._queue = pictures_in(self._path) if self._path.exists() else []
            self._round += 1
            if not self._queue:
                raise SourceLost(f"there is no picture in {self._path} any more")
        picture = cv2.imread(str(self._queue.pop(0)), cv2.IMREAD_COLOR)
        if picture is not None:
            self._shown, self._left = picture, round(_PICTURE_RATE * _PICTURE_SECONDS)
