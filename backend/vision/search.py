"""When and where the detector runs: it is the dearest step, and most frames need none.

Of the whole frame it is seldom asked: only in case nothing told of somebody. What moves is
searched at once, faces that are followed get a small look of their own from time to time. All of
it backs off where the machine is busy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cv2
import numpy as np

from backend.vision.engines import Detection, Engine
from backend.vision.face import Face
from backend.vision.motion import MotionGate, around_body, around_head
from backend.vision.results import Box, TrackState
from backend.vision.timing import Counters
from backend.vision.track import Track, Tracker

# Seconds between detections.
_AT_ONCE = 0.1          # of what moves; MotionGate spaces what moves on and on
_BODIES = 3.0           # of what moves in front of a body whose face is followed: its own arms, as a rule
_SWEEP = 6.0            # of the whole frame, moving or not: nobody is missed for longer
_ONCE_MORE = 0.5        # of what moved in vain, after it came to rest: somebody may have stopped to look
_NEAR_TORN = 0.1        # around a face that the matching lost
_NEAR_REFUSED = 0.5     # around a face that was refused
_NEAR_ACCEPTED = 1.0    # around a face that was accepted
_LOAD = 0.25            # share of a core at most that searching may take, on slow machines
_IN_VAIN = 0.022        # the same of what moves on and on and is no face, such as a tree in the wind
_WAITS = 0.25, 1.2      # bounds of the seconds between two such searches
_LONGEST_PAUSE = 0.5    # but no longer than this, or a busy moment would hide who comes in
_AROUND_FACE = 0.5      # of a face's width searched on each side of it
_NEAR_WIDTH = 1.2       # of the engine's smallest face: a followed face is scaled to it before it is searched
_NEAR_LEAST = 64        # pixels, though: the five points are none too good on less
_NEAR_AT_ONCE = 3       # faces searched near in one frame: of ten each has its turn


class Search:
    """The detector of one camera, for frames of one size."""

    def __init__(self, engine: Engine, least: int, most: int, size: tuple[int, int], counters: Counters,
                 seconds: Callable[[], float]) -> None:
        """`least` is the narrowest face wanted, in pixels of frames of `size` (height, width);
        `most` faces are taken of a detection. `seconds` measures what a search costs."""
        self._engine = engine
        self._scale = engine.smallest_face / least
        self._most = most
        self._height, self._width = size
        self._counters = counters
        self._seconds = seconds
        self._gate = MotionGate()
        self._searched = self._swept = self._moved = self._bodies = -1e9
        self._unclear: Box | None = None
        self._cost = 0.0
        self.detected = False
        """Whether the detector ran on the last frame."""

    def run(self, frame: np.ndarray, small: np.ndarray, scale: float, tracker: Tracker,
            faces: Iterable[Face], spacing: Callable[[Face], float], now: float) -> list[Track]:
        """Run the detector where it is due; returns the tracks it confirmed in this frame.

        `small` is the frame as `small_grey` makes it; `spacing` tells the seconds between two
        looks at a face that is being decided.
        """
        self.detected = False
        part = self._due_part(small, scale, tracker.tracks, now)
        fresh = [] if part is None else self._whole(frame, small, part, tracker, now)
        waiting = sorted((face for face in faces
                          if face.track not in fresh and self._due_near(face, spacing(face), now)),
                         key=lambda face: face.looked_near)
        for face in waiting[:_NEAR_AT_ONCE]:
            face.looked_near, self.detected = now, True
            with self._counters.stage("detect_near"):
                near = self._detect(frame, *self._around(face.track.box))
            fresh += tracker.found(near, now, only=face.track)
        return fresh

    def _whole(self, frame: np.ndarray, small: np.ndarray, part: Box, tracker: Tracker,
               now: float) -> list[Track]:
        begun = self._seconds()
        with self._counters.stage("detect"):
            found = self._detect(frame, part, self._scale)
        self._cost = self._seconds() - begun
        self._searched, self.detected = now, True
        if part[2:] == (self._width, self._height):
            self._swept = now
        known = set(tracker.tracks)
        fresh = tracker.found(found[:self._most], now)
        found_new = not known.issuperset(fresh)
        least, most = _WAITS
        self._gate.searched(small, now, found_new, min(most, max(least, self._cost / _IN_VAIN)))
        self._unclear = None if found_new or now > self._moved else part
        return fresh

    def _due_part(self, small: np.ndarray, scale: float, tracks: list[Track], now: float) -> Box | None:
        """The part of the frame to search now; None where it is not time, or nothing moves."""
        since = now - self._searched
        if since < max(_AT_ONCE - 1e-6, min(self._cost / _LOAD, _LONGEST_PAUSE)):
            return None
        if now - self._swept >= _SWEEP:
            return 0, 0, self._width, self._height
        with self._counters.stage("motion"):
            boxes = [tuple(round(value * scale) for value in track.box) for track in tracks]
            bodies = [around_body(box) for box in boxes] if now - self._bodies < _BODIES else []
            moved = self._gate.moved(small, now, [around_head(box) for box in boxes], bodies)
        if not self._gate.calm:
            self._moved = now
        if not bodies:
            self._bodies = now
        if moved is None:
            return self._unclear if self._gate.calm and now - self._moved >= _ONCE_MORE else None
        x, y, width, height = (round(value / scale) for value in moved)
        return x, y, min(width, self._width - x), min(height, self._height - y)

    def _due_near(self, face: Face, spacing: float, now: float) -> bool:
        state = face.identity.state
        if face.track.torn:
            wait = _NEAR_TORN
        elif state is TrackState.LOOKING:
            wait = spacing
        else:
            wait = _NEAR_ACCEPTED if state is TrackState.ACCEPTED else _NEAR_REFUSED
        return now - max(face.looked_near, face.track.detected) >= wait - 1e-6

    def _around(self, box: Box) -> tuple[Box, float]:
        """The region around a face and the scale to search it at."""
        x, y, width, height = box
        around = round(_AROUND_FACE * width)
        left, top = max(0, x - around), max(0, y - around)
        right, bottom = min(self._width, x + width + around), min(self._height, y + height + around)
        scale = min(max(1.0, self._scale), max(_NEAR_LEAST, _NEAR_WIDTH * self._engine.smallest_face) / max(1, width))
        return (left, top, max(0, right - left), max(0, bottom - top)), scale

    def _detect(self, frame: np.ndarray, part: Box, scale: float) -> list[Detection]:
        """The detector on a part of the frame, scaled; boxes in the frame's pixels, largest first."""
        x, y, width, height = part
        view = frame[y:y + height, x:x + width]
        if view.size == 0:
            return []
        if view.ndim == 3 and not self._engine.wants_colour:
            view = cv2.cvtColor(view, cv2.COLOR_BGR2GRAY)
        if scale != 1:
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            view = cv2.resize(view, None, fx=scale, fy=scale, interpolation=how)
        found = [item.moved(scale, x, y) for item in self._engine.detect(view)]
        return sorted(found, key=lambda item: -item.box[2] * item.box[3])
