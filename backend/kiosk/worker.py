"""The decision loop of a camera's worker: newest frame in, sightings and preview out.

It beats once a turn and waits for nothing but the next frame: the camera reads in its own
thread, the clerk writes in another, and nobody who looks at the preview can slow it down.
"""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.attendance_system import AttendanceSystem
from backend.clock import Clock
from backend.config import Settings
from backend.errors import NotFound
from backend.kiosk.clerk import Clerk
from backend.kiosk.drawing import draw, draw_blind, encode
from backend.kiosk.lease import Lease
from backend.kiosk.names import Names
from backend.lifeline import Lifeline
from backend.store.records import Device
from backend.vision.camera import CameraState, Frame, Source, open_source
from backend.vision.engines import open_engine
from backend.vision.errors import BadCameraSource
from backend.vision.gallery import GalleryKeeper
from backend.vision.liveness import open_liveness
from backend.vision.pipeline import FacePipeline
from backend.vision.preview import PreviewWriter
from backend.vision.results import FrameResult, TrackView

if TYPE_CHECKING:
    from backend.app import Parts

log = logging.getLogger(__name__)

TAKEN = "taken"
"""State of a device that another program with the same database is working."""
BAD_SOURCE = "bad_source"
"""State of a device whose source is nothing that can be a camera."""

_STATUS_EVERY = 0.25
_UNWATCHED_FPS = 1.0
"""Previews a second while nobody looks: one is there when somebody does."""
_CLOSING = 5.0
_TOLD_FACES = 20
"""Faces in the status at most: the block is small, and a page shows no more."""

_AMISS = frozenset({CameraState.BLIND, BAD_SOURCE, TAKEN})
"""States that a person has to do something about."""

_TEXTS = {
    CameraState.OPENING: "The camera is being opened.",
    CameraState.LIVE: "The camera sees.",
    CameraState.BLIND: "The camera gives no picture",
    CameraState.ENDED: "The recording has come to its end.",
    TAKEN: "Another program works this camera at the moment; it is taken over when that one ends.",
}


def run(lifeline: Lifeline, parts: Parts, device: str, *, preview: Path, owner: str) -> None:
    """The body of a camera's process: work the device until the lifeline says stop.

    `preview` is the file that the pages read; `owner` names this run in leases. Raises NotFound
    where the device has no row or no source.
    """
    with parts.store.read() as unit:
        row = unit.devices.get(device)
    if row is None or row.source is None:
        raise NotFound(f"There is no camera {device}; add one on the settings page.",
                       code="camera_not_found")
    worker = CameraWorker(lifeline, AttendanceSystem(parts=parts), row, preview, owner)
    try:
        worker.run()
    finally:
        worker.close()


class CameraWorker:
    """One device's loop. `run` blocks until the lifeline says stop; then `close`."""

    def __init__(self, lifeline: Lifeline, system: AttendanceSystem, device: Device,
                 preview: Path, owner: str) -> None:
        settings, store = system.settings, system.store
        self._lifeline = lifeline
        self._settings: Settings = settings
        self._clock: Clock = system.clock
        self._device = device
        self._names = Names(store)
        self._lease = Lease(store, device.id, owner)
        self._clerk = Clerk(system, device.id, self._lease)
        engine = open_engine(settings)
        self._pipeline = FacePipeline(settings, GalleryKeeper(store, settings), device.id, system.clock,
                                      engine=engine, liveness=open_liveness(settings, engine))
        self._preview = PreviewWriter(preview)
        self._source: Source | None = None
        self._state: str | None = None
        self._detail = ""
        self._result = FrameResult()
        self._frame: Frame | None = None
        self._drawn = self._told = 0.0
        self._turns: deque[float] = deque(maxlen=60)
        self._frames = 0

    def run(self) -> None:
        self._clerk.start()
        self._tell(time.monotonic())
        self._pipeline.load()
        self._lifeline.ready(device=self._device.id)
        while not self._lifeline.stopping.is_set():
            self._lifeline.beat()
            if not self._lease.held:
                self._stand_by()
            elif self._source is None and not self._open():
                self._lifeline.wait(0.25)
            else:
                self._turn()
            now = time.monotonic()
            self._notice_state()
            if now - self._told >= _STATUS_EVERY:
                self._tell(now)

    def close(self) -> None:
        """Stop the camera, let the clerk finish, and say so."""
        if self._source is not None:
            self._source.stop()
        self._clerk.close(_CLOSING)
        self._state, self._detail = CameraState.STOPPED, ""
        self._result = FrameResult()
        self._tell(time.monotonic())
        self._preview.close()

    # The turn

    def _stand_by(self) -> None:
        """Let go of the camera until the lease is ours."""
        if self._source is not None:
            self._source.stop()
            self._source, self._frame, self._result = None, None, FrameResult()
        self._lifeline.wait(0.1)

    def _open(self) -> bool:
        source = self._device.source or ""
        try:
            self._source = open_source(source, loop=bool(self._device.options.get("loop", True)),
                                       stall=self._settings.camera_stall.total_seconds(),
                                       clock=self._clock)
        except BadCameraSource as error:
            self._detail = str(error)
            return False
        self._source.start()
        return True

    def _turn(self) -> None:
        """Wait a moment for the next frame and make of it what it is worth."""
        assert self._source is not None
        frame = self._source.next(after=self._frame.seq if self._frame else 0, timeout=0.1)
        if frame is None:
            if self._source.state is not CameraState.LIVE:
                self._result = FrameResult()
            return
        self._frame = frame
        self._result = result = self._pipeline.process(frame.image, frame.at, frame.monotonic)
        self._frames += 1
        self._turns.append(time.monotonic())
        for sighting in result.sightings:
            self._clerk.sighting(sighting)
        for refusal in result.refusals:
            self._clerk.refusal(refusal)
        if self._due(time.monotonic()):
            self._names.at_version(self._pipeline.gallery_version)
            problem = self._clerk.problem
            self._show(draw(frame.image, result.tracks, self._names.of,
                            problem.text if problem else None,
                            mirrored=self._settings.preview_mirrored))

    def _due(self, now: float) -> bool:
        fps = self._settings.preview_fps if self._preview.watched() else _UNWATCHED_FPS
        # A little early rather than one camera frame late.
        return now - self._drawn >= 0.9 / fps

    def _show(self, picture: Any) -> None:
        self._drawn = time.monotonic()
        self._preview.show(encode(picture))

    # What the pages are told

    def _present_state(self) -> str:
        if not self._lease.held:
            return TAKEN if self._lease.denied else CameraState.OPENING
        if self._source is None:
            return BAD_SOURCE if self._detail else CameraState.OPENING
        return self._source.state

    def _notice_state(self) -> None:
        """Tell pages and log of a change, once."""
        state = self._present_state()
        if state == self._state:
            return
        before, self._state = self._state, state
        if state == CameraState.STOPPED:
            return
        text = self._text(state)
        if before is not None or state != CameraState.OPENING:
            self._clerk.camera(str(state), text, warn=state in (CameraState.BLIND, BAD_SOURCE))
        if state == BAD_SOURCE:
            # A source that opens tells the console of its own losses; this one never came to be.
            log.warning("%s", text)
        if state in (CameraState.BLIND, CameraState.ENDED):
            self._show(draw_blind(self._frame.image if self._frame else None, text,
                                  mirrored=self._settings.preview_mirrored))
        self._tell(time.monotonic())

    def _text(self, state: str) -> str:
        if state == BAD_SOURCE:
            return self._detail
        if state == CameraState.BLIND and self._source is not None and self._source.detail:
            return f"{_TEXTS[CameraState.BLIND]}: {self._source.detail}"
        return _TEXTS.get(state, "")

    def _tell(self, now: float) -> None:
        self._told = now
        problem, frame = self._clerk.problem, self._frame
        state = str(self._state or CameraState.OPENING)
        text = self._text(state)
        self._preview.tell({
            "device": self._device.id, "name": self._device.name, "pid": os.getpid(),
            "source": self._source.name if self._source else None,
            "state": state, "text": text,
            "error": problem.text if problem else text if state in _AMISS else None,
            "problem": problem.code if problem else None,
            "fps": self._fps(now), "last_frame_at": frame.at.isoformat() if frame else None,
            "width": self._result.width, "height": self._result.height,
            "in_view": [self._face(track) for track in self._result.tracks[:_TOLD_FACES]],
            "request": _asked(self._result.tracks),
            "gallery_version": self._pipeline.gallery_version,
            "counters": {"frames": self._frames, "recorded": self._clerk.recorded,
                         "not_recorded": self._clerk.refused},
            "stages": self._pipeline.counters.as_dict(),
        })

    def _face(self, track: Any) -> dict[str, Any]:
        return {"track_id": track.track_id, "box": track.box, "state": str(track.state),
                "name": self._names.of(track.person) if track.person is not None else None,
                "reason": str(track.reason), "text": track.reason.text}

    def _fps(self, now: float) -> float:
        recent = sum(1 for turn in self._turns if now - turn <= 2.0)
        return round(recent / 2.0, 1)


def _asked(tracks: tuple[TrackView, ...]) -> dict[str, Any] | None:
    """What the nearest of those who are challenged is asked to do; the others wait."""
    asked = [track for track in tracks if track.request is not None]
    return asdict(max(asked, key=lambda track: track.box[2]).request) if asked else None
