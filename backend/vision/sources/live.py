"""Webcams and network streams, which give frames when they like."""

from __future__ import annotations

import os

import cv2
import numpy as np

from backend.vision.errors import SourceLost

# OpenCV and FFmpeg write a few lines to the console at each try, addresses with their passwords
# among them. Our own log says what happened, once.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)

_OPEN_MS = 8000
_READ_MS = 5000


class LiveReader:
    """An open webcam (index or device) or stream (address). Opening may take some seconds."""

    def __init__(self, place: int | str, shown: str | None = None) -> None:
        """Raises SourceLost where nothing answers. `shown` is the name without a password."""
        self._shown = shown or (f"webcam {place}" if isinstance(place, int) else place)
        if isinstance(place, str) and "://" in place:
            # Without time-outs FFmpeg waits for ever for a camera that has lost its network.
            self._capture = cv2.VideoCapture(place, cv2.CAP_FFMPEG, [
                cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _OPEN_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _READ_MS])
        else:
            self._capture = cv2.VideoCapture(place)
        if not self._capture.isOpened():
            self._capture.release()
            raise SourceLost(f"{self._shown} cannot be opened: not plugged in, not reachable, "
                             "in use by another program, or its address or password is wrong")
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)

    def read(self) -> np.ndarray:
        good, frame = self._capture.read()
        if not good or frame is None:
            raise SourceLost(f"{self._shown} stopped sending")
        return frame

    def close(self) -> None:
        self._capture.release()
