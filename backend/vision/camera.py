"""A camera: frames from wherever they come, in a thread of its own, only the newest kept.

Nobody who reads frames can slow the camera down, and a camera that stalls stops nobody: `latest`
returns at once. A camera that is lost is tried again for ever, with growing waits; the log tells
once that it went and once that it is back.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np

from backend.clock import Clock, system_clock
from backend.vision.errors import SourceEnded, SourceLost
from backend.vision.sources import Reader, parse

log = logging.getLogger(__name__)

_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before each further try to open a camera; the last goes on for ever."""


class CameraState(StrEnum):
    """What a camera is doing."""

    OPENING = "opening"
    LIVE = "live"
    BLIND = "blind"      # no new frame for CAMERA_STALL; tried again for ever
    ENDED = "ended"      # a file or folder played once has come to its end
    STOPPED = "stopped"


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a camera: BGR uint8 (h, w, 3), never written to again."""

    image: np.ndarray
    at: datetime
    """When it was taken, aware UTC."""
    monotonic: float
    seq: int
    """Counts from 1; frames that nobody fetched in time are skipped numbers."""


class Source:
    """A camera that runs from `start` to `stop`. Every method may be called from any thread."""

    def __init__(self, name: str, open_reader: Callable[[], Reader], stall: float = 3.0,
                 clock: Clock = system_clock, waits: tuple[float, ...] = _WAITS) -> None:
        """`stall` is in seconds: no frame for so long means blind."""
        self.name = name
        self._open_reader = open_reader
        self._stall = stall
        self._clock = clock
        self._waits = waits
        self._news = threading.Condition()
        self._frame: Frame | None = None
        self._begun = time.monotonic()
        self._detail = ""
        self._ended = False
        self.stopping = threading.Event()
        """Set by `stop`; readers wait for their next frame on it."""
        self._thread: threading.Thread | None = None

    def start(self) -> Source:
        """Begin; returns at once, the camera opens in its own thread."""
        if self._thread is None:
            self._begun = time.monotonic()
            self._thread = threading.Thread(target=self._run, name=f"camera {self.name}", daemon=True)
            self._thread.start()
        return self

    def stop(self, wait: float = 3.0) -> None:
        """End it; a camera whose driver hangs is left behind after `wait` seconds."""
        self.stopping.set()
        with self._news:
            self._news.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(wait)

    def latest(self) -> Frame | None:
        """The newest frame, at once; None before the first."""
        return self._frame

    def next(self, after: int = 0, timeout: float = 1.0) -> Frame | None:
        """The newest frame with a number above `after`; None where none comes in `timeout` seconds."""
        with self._news:
            self._news.wait_for(lambda: self.stopping.is_set() or self._ended
                                or (self._frame is not None and self._frame.seq > after), timeout)
            return self._frame if self._frame is not None and self._frame.seq > after else None

    @property
    def state(self) -> CameraState:
        if self.stopping.is_set():
            return CameraState.STOPPED
        if self._ended:
            return CameraState.ENDED
        frame = self._frame
        silent = time.monotonic() - (self._begun if frame is None else frame.monotonic)
        if silent > self._stall or (frame is None and self._detail):
            return CameraState.BLIND
        return CameraState.OPENING if frame is None else CameraState.LIVE

    @property
    def detail(self) -> str:
        """Why the camera is blind, in a line; empty while all is well."""
        if self.state is not CameraState.BLIND:
            return ""
        return self._detail or f"no new frame for {self._stall:g} s"

    def _run(self) -> None:
        failures = 0
        while not self.stopping.is_set():
            reader = None
            try:
                reader = self._open_reader()
                while not self.stopping.is_set():
                    self._publish(reader.read())
                    if failures:
                        log.info("camera %s is back", self.name)
                        failures, self._detail = 0, ""
            except SourceEnded:
                with self._news:
                    self._ended = True
                    self._news.notify_all()
                return
            except SourceLost as lost:
                self._detail = str(lost)
                if not failures:
                    log.warning("camera %s: %s; trying again until it answers", self.name, lost)
                self.stopping.wait(self._waits[min(failures, len(self._waits) - 1)])
                failures += 1
            finally:
                if reader is not None:
                    reader.close()

    def _publish(self, image: np.ndarray) -> None:
        with self._news:
            seq = 1 if self._frame is None else self._frame.seq + 1
            self._frame = Frame(image, self._clock(), time.monotonic(), seq)
            self._news.notify_all()


def open_source(text: str, loop: bool = True, stall: float = 3.0, clock: Clock = system_clock) -> Source:
    """The camera that `text` names, not started yet.

    A webcam's index or device (`0`, `/dev/video0`), an rtsp://, http:// or https:// stream, a
    video file or a folder of pictures (relative to the project's folder), played at their own
    rate, round and round unless `loop` is False. Raises BadCameraSource for anything else.
    """
    spec = parse(text)
    source = Source(spec.shown, lambda: spec.open(loop, source.stopping), stall, clock)
    return source
