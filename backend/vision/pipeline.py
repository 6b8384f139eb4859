"""Frames in, sightings out: the stages of one camera, each called only when it is worth its cost.

Every frame: a small grey copy, faces followed by matching. Now and then: the detector, on what
has moved, or close around a face. For a face without a decision, a few embeddings, one a frame at
most, because each takes as long as three frames. A face that is decided costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import cv2
import numpy as np

from backend.clock import Clock, system_clock
from backend.config import Settings
from backend.vision.decide import Judge
from backend.vision.engines import Detection, Engine, open_engine
from backend.vision.gallery import Gallery, GalleryKeeper
from backend.vision.identity import Identity
from backend.vision.motion import MotionGate, small_grey
from backend.vision.quality import assess, worth
from backend.vision.results import (
    Box,
    FrameResult,
    Reason,
    Refusal,
    Sighting,
    TrackState,
    TrackView,
)
from backend.vision.timing import Counters
from backend.vision.track import Track, Tracker

# Seconds between detections.
_SEARCH = 0.12          # of what moves, while nobody is in view
_SEARCH_IN_COMPANY = 0.5  # of what moves besides the faces that are followed
_SWEEP = 2.0            # of the whole frame, moving or not: nobody is missed for longer
_NEAR_TORN = 0.1        # around a face that the matching lost
_NEAR_REFUSED = 0.5     # around a face that was refused
_NEAR_ACCEPTED = 1.0    # around a face that was accepted
_LOAD = 0.25            # share of a core at most that searching may take, on slow machines
_LONGEST_PAUSE = 0.5    # but no longer than this, or a busy moment would hide who comes in
_AROUND_FACE = 0.6      # of a face's width searched on each side of it
_NEAR_WIDTH = 90        # pixels that a followed face is scaled to before it is searched
_IN_SIGHT = 0.5         # seconds after which a face not seen is not shown
_REPEAT = 10.0          # seconds in which the same person is not told twice


@dataclass(eq=False)
class _Face:
    """A track with its identity and its latest quality."""

    track: Track
    identity: Identity = field(default_factory=Identity)
    poor: Reason | None = None
    looked_near: float = 0.0

    @property
    def accepted(self) -> UUID | None:
        return self.identity.decision.person if self.identity.state is TrackState.ACCEPTED else None


class FacePipeline:
    """One camera's pipeline; for one thread."""

    def __init__(self, settings: Settings, keeper: GalleryKeeper, device: str | None = None,
                 clock: Clock = system_clock, engine: Engine | None = None,
                 seconds: Callable[[], float] | None = None) -> None:
        """`device` goes into each sighting. Raises SettingError for a bad MATCH_THRESHOLD.

        `seconds` measures the detector's own cost (`time.perf_counter`); tests hold it still.
        """
        import time

        self._settings = settings
        self._keeper = keeper
        self._device = device
        self._clock = clock
        self._engine = engine or open_engine(settings)
        self._judge = Judge(settings, self._engine)
        self._seconds = seconds or time.perf_counter
        self._spacing = settings.match_spacing.total_seconds()
        self._repeat = min(_REPEAT, settings.duplicate_window.total_seconds())
        self._repeat_standing = max(1.0, settings.duplicate_window.total_seconds())
        self.counters = Counters()
        self._gallery: Gallery | None = None
        self._told: dict[UUID, float] = {}
        self._reset((0, 0))

    def load(self) -> None:
        """Load the network now rather than at the first face."""
        self._engine.load()

    @property
    def threshold(self) -> float:
        """The distance up to which a face is accepted at present."""
        return self._judge.threshold(self._keeper.current())

    @property
    def gallery_version(self) -> int:
        return self._keeper.current().version

    def process(self, frame: np.ndarray, at: datetime | None = None,
                monotonic: float | None = None) -> FrameResult:
        """One frame, BGR uint8 (h, w, 3), taken `at` (aware) and at `monotonic` seconds."""
        at = self._clock() if at is None else at
        now = self._seconds() if monotonic is None else monotonic
        self.counters.count("frames")
        if frame.shape[:2] != self._size:
            self._reset(frame.shape[:2])
        self._take_gallery()
        with self.counters.stage("follow"):
            grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
            small, scale = small_grey(grey, self._settings.min_face_pixels)
            self._tracker.follow(small, scale, now)
        fresh = self._search(grey, small, scale, now)
        self._tracker.remember(small, scale)
        self._tracker.forget(now)
        self._faces = {track: self._faces.get(track) or _Face(track) for track in self._tracker.tracks}
        looked = self._look(frame, [self._faces[track] for track in fresh if track in self._faces], now)
        self._no_person_twice(now)
        return self._result(frame, at, now, detected=self._detected, looked=looked)

    def _reset(self, size: tuple[int, int]) -> None:
        self._size = size
        self._tracker = Tracker()
        self._gate = MotionGate()
        self._faces: dict[Track, _Face] = {}
        self._searched = self._swept = -1e9
        self._cost = 0.0
        self._detected = False

    def _take_gallery(self) -> None:
        """Where the gallery has changed, every face in view is decided anew at once."""
        gallery = self._keeper.current()
        if gallery is self._gallery:
            return
        self._gallery = gallery
        for face in self._faces.values():
            face.identity.decide(self._judge, gallery)

    # Detection

    def _search(self, grey: np.ndarray, small: np.ndarray, scale: float, now: float) -> list[Track]:
        """Run the detector where it is due; returns the tracks it confirmed in this frame."""
        self._detected = False
        part = self._due_part(small, scale, now)
        fresh: list[Track] = []
        if part is not None:
            begun = self._seconds()
            with self.counters.stage("detect"):
                found = self._detect(grey, part, self._engine.smallest_face / self._settings.min_face_pixels)
            self._cost = self._seconds() - begun
            self._searched, self._detected = now, True
            if part[2:] == (grey.shape[1], grey.shape[0]):
                self._swept = now
            self._gate.searched(small)
            fresh = self._tracker.found(found[:self._settings.max_faces], now)
        for face in list(self._faces.values()):
            if face.track not in fresh and self._due_near(face, now):
                face.looked_near, self._detected = now, True
                with self.counters.stage("detect_near"):
                    near = self._detect(grey, *_around(face.track.box, grey.shape))
                fresh += self._tracker.found(near, now, only=face.track)
        return fresh

    def _due_part(self, small: np.ndarray, scale: float, now: float) -> Box | None:
        """The part of the frame to search now; None where it is not time, or nothing moves."""
        height, width = self._size
        since = now - self._searched
        if since < min(self._cost / _LOAD, _LONGEST_PAUSE):
            return None
        if now - self._swept >= _SWEEP:
            return 0, 0, width, height
        if since < (_SEARCH_IN_COMPANY if self._faces else _SEARCH):
            return None
        with self.counters.stage("motion"):
            moved = self._gate.moved(small, [_scaled(track.box, scale) for track in self._tracker.tracks])
        if moved is None:
            return None
        x, y, w, h = _scaled(moved, 1 / scale)
        return x, y, min(w, width - x), min(h, height - y)

    def _due_near(self, face: _Face, now: float) -> bool:
        state = face.identity.state
        if face.track.torn:
            wait = _NEAR_TORN
        elif state is TrackState.LOOKING:
            wait = self._spacing
        else:
            wait = _NEAR_ACCEPTED if state is TrackState.ACCEPTED else _NEAR_REFUSED
        return now - max(face.looked_near, face.track.detected) >= wait

    def _detect(self, grey: np.ndarray, part: Box, scale: float) -> list[Detection]:
        """The detector on a part of the frame, scaled; boxes in the frame's pixels, largest first."""
        x, y, width, height = part
        view = grey[y:y + height, x:x + width]
        if view.size == 0:
            return []
        if scale != 1:
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            view = cv2.resize(view, None, fx=scale, fy=scale, interpolation=how)
        found = [item.moved(scale, x, y) for item in self._engine.detect(view)]
        return sorted(found, key=lambda item: -item.box[2] * item.box[3])

    # Identity

    def _look(self, frame: np.ndarray, fresh: list[_Face], now: float) -> set[_Face]:
        """Judge the quality of the faces just detected, and embed the one that has waited longest."""
        ready = []
        for face in fresh:
            if not face.identity.wants_look(now, self._spacing, face.track.torn):
                continue
            with self.counters.stage("quality"):
                points = self._engine.landmarks(frame, Detection(face.track.box, 1.0, face.track.points))
                quality = assess(frame, face.track.box, points, self._engine, self._settings)
            face.poor = None if quality.ok else quality.reasons[0]
            if quality.ok:
                ready.append((face, points, worth(quality)))
        if not ready:
            return set()
        face, points, value = min(ready, key=lambda item: item[0].identity.last_look or -1.0)
        with self.counters.stage("embed"):
            vector = self._engine.embed(frame, points)
        self._take(face, vector, value, now)
        return {face}

    def _take(self, face: _Face, vector: np.ndarray, value: float, now: float) -> None:
        identity = face.identity
        if identity.is_other(vector, face.track.torn, self._engine.operating.stranger):
            self._tracker.renew(face.track, now)
            identity = face.identity = Identity()
        elif identity.odd():
            identity.last_look = now
            return
        face.track.torn = False
        identity.look(vector, value, now)
        with self.counters.stage("decide"):
            identity.decide(self._judge, self._gallery)

    def _no_person_twice(self, now: float) -> None:
        """Of two faces accepted as one person only one stays: the one in sight, else the nearer."""
        holders: dict[UUID, _Face] = {}
        named = [face for face in self._faces.values() if face.accepted is not None]
        for face in sorted(named, key=lambda face: (face.track.seen < now, face.identity.decision.distance)):
            person = face.accepted
            if person not in holders:
                holders[person] = face
            elif face.track.seen < now:
                # Not in sight any more: the same person, found again elsewhere.
                self._tracker.drop(face.track)
            else:
                face.identity.refuse(Reason.ALREADY_IN_VIEW)
        self._faces = {track: self._faces[track] for track in self._tracker.tracks}

    # What is told

    def _result(self, frame: np.ndarray, at: datetime, now: float, detected: bool,
                looked: set[_Face]) -> FrameResult:
        sightings, refusals = [], []
        for face in self._faces.values():
            identity = face.identity
            if identity.state is TrackState.ACCEPTED:
                if self._is_news(face, now, verified=face in looked):
                    sightings.append(self._sighting(face, at))
            elif identity.news():
                refusals.append(Refusal(at, self._device, face.track.id, identity.decision))
        self.counters.count("sightings", len(sightings))
        self.counters.count("refusals", len(refusals))
        views = tuple(_view(face) for face in self._faces.values() if now - face.track.seen <= _IN_SIGHT)
        height, width = frame.shape[:2]
        return FrameResult(views, tuple(sightings), tuple(refusals), at, detected, width, height)

    def _is_news(self, face: _Face, now: float, verified: bool) -> bool:
        """Whether an accepted face is to be told: once a track, and again after DUPLICATE_WINDOW
        for somebody who stays, where a fresh frame has just confirmed who it is."""
        person = face.identity.decision.person
        since = now - self._told.get(person, -1e9)
        first = face.identity.news()
        if (first and since >= self._repeat) or (verified and since >= self._repeat_standing):
            self._told[person] = now
            return True
        return False

    def _sighting(self, face: _Face, at: datetime) -> Sighting:
        decision = face.identity.decision
        return Sighting(person=decision.person, template_ids=self._gallery.template_ids(decision.person),
                        at=at, device=self._device, distance=decision.distance,
                        confidence=decision.confidence, liveness=None, track_id=face.track.id)


def _view(face: _Face) -> TrackView:
    decision = face.identity.decision
    reason = decision.reason
    if face.identity.state is TrackState.LOOKING and face.poor is not None:
        reason = face.poor
    return TrackView(face.track.id, face.track.box, face.accepted, face.identity.state, reason,
                     decision.distance, decision.confidence)


def _scaled(box: Box, scale: float) -> Box:
    x, y, width, height = (round(value * scale) for value in box)
    return x, y, width, height


def _around(box: Box, shape: tuple[int, ...]) -> tuple[Box, float]:
    """The region around a face and the scale to search it at."""
    x, y, width, height = box
    around = round(_AROUND_FACE * width)
    left, top = max(0, x - around), max(0, y - around)
    right, bottom = min(shape[1], x + width + around), min(shape[0], y + height + around)
    return (left, top, max(0, right - left), max(0, bottom - top)), min(1.0, _NEAR_WIDTH / max(1, width))
