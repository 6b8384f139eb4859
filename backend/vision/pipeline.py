"""Frames in, sightings out: the stages of one camera, each called only when it is worth its cost.

While somebody is being decided, each frame: a small grey copy, faces followed by matching. Once
everybody in view is decided, ten times a second. Now and then: the detector, on what has moved, or
close around a face (`search`). For a face without a decision, a few embeddings, one a frame at
most, because each takes as long as several frames. A face that is decided costs next to nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import numpy as np

from backend.clock import Clock, system_clock
from backend.config import Settings
from backend.vision.decide import Judge
from backend.vision.distance import least_face
from backend.vision.engines import Detection, Engine, open_engine
from backend.vision.face import Face, Memory
from backend.vision.gallery import Gallery, GalleryKeeper
from backend.vision.identity import Identity
from backend.vision.learning import lesson
from backend.vision.liveness import Liveness
from backend.vision.motion import small_grey
from backend.vision.pictures import mirrored_mean
from backend.vision.quality import assess
from backend.vision.results import FrameResult, Quality, Reason, Refusal, Sighting, TrackState
from backend.vision.search import Search
from backend.vision.threads import limit_threads
from backend.vision.timing import Counters
from backend.vision.track import Track, Tracker

_SETTLED = 0.1          # seconds between two frames that are looked at once all in view are decided
_IN_SIGHT = 0.3         # seconds after which a face not seen is not shown
_REPEAT = 10.0          # seconds in which the same person is not told twice
_APART = 3              # times MATCH_SPACING between the frames after the first MATCH_FRAMES


class FacePipeline:
    """One camera's pipeline; for one thread."""

    def __init__(self, settings: Settings, keeper: GalleryKeeper, device: str | None = None,
                 clock: Clock = system_clock, engine: Engine | None = None,
                 seconds: Callable[[], float] | None = None, liveness: Liveness | None = None) -> None:
        """`device` goes into each sighting. Raises SettingError for a bad MATCH_THRESHOLD.

        `seconds` measures the detector's own cost (`time.perf_counter`); tests hold it still. With
        `liveness` nothing is told of a face before it has shown that it is no picture.
        """
        limit_threads(settings)
        self._settings = self._asked = settings
        self._keeper = keeper
        self._device = device
        self._clock = clock
        self._engine = engine or open_engine(settings)
        self._judge = Judge(settings, self._engine)
        self._liveness = liveness
        self._seconds = seconds or time.perf_counter
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
        changed = self._take_gallery()
        if not changed and now < self._next:
            return FrameResult(self._views, at=at, width=self._size[1], height=self._size[0])
        with self.counters.stage("follow"):
            small, scale = small_grey(frame, self._settings.min_face_pixels)
            self._tracker.follow(small, scale, now)
        fresh = self._search.run(frame, small, scale, self._tracker, self._faces.values(), self._spacing, now)
        self._tracker.remember(small, scale)
        self._forget(now)
        self._faces = {track: self._faces.get(track) or Face(track) for track in self._tracker.tracks}
        looked = self._look(frame, [self._faces[track] for track in fresh if track in self._faces], now)
        self._no_person_twice(now)
        self._see_alive(frame, looked, now)
        self._next = now + self._pause() - 1e-6
        return self._result(at, now, looked)

    def _reset(self, size: tuple[int, int]) -> None:
        self._size = size
        # What a distance in metres comes to depends on the camera's pixels.
        self._settings = self._asked.but(min_face_pixels=least_face(self._asked, size[1])) if any(size) \
            else self._asked
        self._tracker = Tracker(self._settings.max_faces)
        self._search = Search(self._engine, self._settings.min_face_pixels, self._settings.max_faces, size,
                              self.counters, self._seconds)
        self._faces: dict[Track, Face] = {}
        self._memory = Memory()
        self._views = ()
        self._next = -1e9

    def _take_gallery(self) -> bool:
        """Where the gallery has changed, every face in view is decided anew at once."""
        gallery = self._keeper.current()
        if gallery is self._gallery:
            return False
        self._gallery = gallery
        for face in self._faces.values():
            face.identity.decide(self._judge, gallery)
        self._memory = Memory()  # decided over another gallery
        return True

    def _forget(self, now: float) -> None:
        for track in self._tracker.forget(now):
            if track in self._faces:
                self._memory.keep(track.id, track.born, self._faces[track].identity, now)

    def _pause(self) -> float:
        """Seconds until a frame is worth looking at again: a newcomer is noticed in time all the same."""
        faces = self._faces.values()
        if faces and all(face.settled and not self._tracker.crowded(face.track) for face in faces):
            return _SETTLED
        return 0.0

    # Identity

    def _spacing(self, face: Face) -> float:
        """Seconds between two looks at a face that is being decided: the first ones quickly."""
        spacing = self._settings.match_spacing.total_seconds()
        return spacing if face.identity.looks < self._judge.needed else _APART * spacing

    def _look(self, frame: np.ndarray, fresh: list[Face], now: float) -> set[Face]:
        """Judge the quality of the faces just detected, and embed the one that has waited longest."""
        ready = []
        for face in fresh:
            if not face.identity.wants_look(now, self._spacing(face) - 1e-6, face.track.torn):
                continue
            with self.counters.stage("quality"):
                points = self._engine.landmarks(frame, Detection(face.track.box, 1.0, face.track.points))
                quality = assess(frame, face.track.box, points, self._engine, self._settings)
            face.poor = None if quality.ok else quality.reasons[0]
            if quality.ok:
                ready.append((face, points, quality))
        if not ready:
            return set()
        face, points, quality = min(ready, key=lambda item: item[0].identity.last_look or -1.0)
        with self.counters.stage("embed"):
            vector = mirrored_mean(self._engine, frame, points)
        self._take(face, vector, quality, now)
        return {face}

    def _take(self, face: Face, vector: np.ndarray, quality: Quality, now: float) -> None:
        unknown = not face.identity.known
        point, doubtful = self._engine.operating, face.track.doubtful
        other = face.identity.is_other(vector, face.track.torn, point.returning if doubtful else point.stranger)
        if unknown or other:
            if not self._reunite(face, vector, now) and other:
                self._memory.keep(face.track.id, face.track.born, face.identity, now)
                self._tracker.renew(face.track, now)
                face.identity = Identity()
        elif face.identity.odd():
            face.identity.last_look = now
            return
        elif doubtful and face.accepted is not None and not self._judge.bears_out(vector, face.accepted, self._gallery):
            face.identity = Identity()  # a look-alike may stand there now: who it is has to be shown anew
        face.track.torn = face.track.doubtful = False
        face.identity.look(vector, quality, now)
        with self.counters.stage("decide"):
            face.identity.decide(self._judge, self._gallery)

    def _reunite(self, face: Face, vector: np.ndarray, now: float) -> bool:
        """Whether `face` turned out to be one that was out of sight, or was taken for another."""
        others = [other for other in self._faces.values() if other is not face
                  and (other.track.seen < now or (other.track.torn and face.identity.known))]
        done = self._memory.reunite(face, vector, self._judge.threshold(self._gallery), others, self._tracker, now)
        self._faces = {track: self._faces[track] for track in self._tracker.tracks}
        return done

    def _no_person_twice(self, now: float) -> None:
        """Of two faces accepted as one person only one stays: the one in sight, else the nearer."""
        holders: dict[UUID, Face] = {}
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

    def _see_alive(self, frame: np.ndarray, looked: set[Face], now: float) -> None:
        """Find out whether those who have a name are people, and take it from those who are not."""
        if self._liveness is None:
            return
        for face in looked:
            self._liveness.good(face.track.id, frame, face.track.box, now)
        for face in self._faces.values():
            face.alive = None
            if face.accepted is None:
                continue
            if now - face.track.seen <= _IN_SIGHT:
                with self.counters.stage("liveness"):
                    found = self._liveness.look(face.track.id, frame, face.track.box, face.accepted,
                                                face.identity.distance_to, now)
                if found is not None:
                    self._tracker.found([found], now, only=face.track)
            face.alive = self._liveness.verdict(face.track.id, now)
            if face.alive.refused:
                face.identity.refuse(face.alive.reason)

    # What is told

    def _result(self, at: datetime, now: float, looked: set[Face]) -> FrameResult:
        sightings, refusals = [], []
        for face in self._faces.values():
            identity = face.identity
            if identity.state is TrackState.ACCEPTED:
                if not face.waits and self._is_news(face, now, verified=face in looked):
                    sightings.append(self._sighting(face, at))
            elif identity.news():
                refusals.append(Refusal(at, self._device, face.track.id, identity.decision))
        self.counters.count("sightings", len(sightings))
        self.counters.count("refusals", len(refusals))
        self._views = tuple(face.view() for face in self._faces.values()
                            if now - face.track.seen <= (0 if face.track.doubtful else _IN_SIGHT))
        height, width = self._size
        return FrameResult(self._views, tuple(sightings), tuple(refusals), at, self._search.detected, width, height)

    def _is_news(self, face: Face, now: float, verified: bool) -> bool:
        """Whether an accepted face is to be told: once a track, and again after DUPLICATE_WINDOW
        for somebody who stays, where a fresh frame has just confirmed who it is."""
        if face.track.doubtful:
            return False
        person = face.identity.decision.person
        since = now - self._told.get(person, -1e9)
        first = face.identity.news()
        if not (first and since >= self._repeat):
            if not (verified and since >= self._repeat_standing):
                return False
            if self._liveness is not None and not self._liveness.shown_since(face.track.id, now - since, now):
                return False
        self._told[person] = now
        return True

    def _sighting(self, face: Face, at: datetime) -> Sighting:
        decision = face.identity.decision
        return Sighting(person=decision.person, template_ids=self._gallery.template_ids(decision.person),
                        at=at, device=self._device, distance=decision.distance,
                        confidence=decision.confidence, liveness=face.alive.score if face.alive else None,
                        track_id=face.track.id,
                        lesson=lesson(decision, face.identity.evidence, self._engine.name, self._settings))
