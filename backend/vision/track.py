"""Follows faces from frame to frame, so that one face needs few detections and one decision.

Between detections a face is followed by matching its own small picture near where it was last:
a tenth of a millisecond, against tens for the detector. Detections then correct the box. A track
that the matching lost is `torn`: it may go on, but somebody else may stand there now, and whoever
decides on identities has to look again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from backend.vision.engines.protocol import Detection
from backend.vision.results import Box

_SAME = 0.3          # overlap at which a detection is a track's face
_CROSSING = 0.15     # overlap of two tracks at which they may swap
_ALIKE = 0.6         # least correlation of a face with itself a frame later
_FADING = 0.85       # correlation below which the face's picture is taken anew
_REACH = 0.5         # how far a face may move between two frames, in its own widths
_LOST = 1.0          # seconds that a track outlives its face
_UNCONFIRMED = 2.5   # seconds that a track lives on matching alone, while the head is turned
_LEAST_PATCH = 8     # side in small pixels below which matching says nothing


@dataclass(eq=False)
class Track:
    """One face followed. Times are monotonic seconds; the box is in the frame's pixels."""

    id: int
    box: Box
    born: float
    detected: float
    """When the detector last saw it."""
    seen: float
    """When the detector or the matching last saw it."""
    points: np.ndarray | None = field(default=None, repr=False)
    """The five points of the detector at `detected`, where it tells any."""
    torn: bool = False
    patch: np.ndarray | None = field(default=None, repr=False)


class Tracker:
    """Keeps the tracks of one camera."""

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self._last_id = 0

    def follow(self, small: np.ndarray, scale: float, now: float) -> None:
        """Move each track to where its face is in the small grey frame (`motion.small_grey`)."""
        for track in self.tracks:
            if track.patch is None or not self._match(track, small, scale):
                track.torn = True
            else:
                track.seen = now
        self._note_crossings()

    def found(self, detections: Sequence[Detection], now: float, part: Box | None = None,
              only: Track | None = None) -> list[Track]:
        """Take in what the detector found; returns the tracks confirmed or begun.

        `part` is the region searched, where it was not the whole frame; `only` a track whose
        surroundings alone were searched: nothing begins then.
        """
        candidates = [only] if only else self.tracks
        pairs = sorted(((overlap(track.box, found.box), number, track)
                        for number, found in enumerate(detections) for track in candidates),
                       key=lambda pair: -pair[0])
        confirmed: dict[int, Track] = {}
        for share, number, track in pairs:
            if share >= _SAME and number not in confirmed and track not in confirmed.values():
                confirmed[number] = track
                track.box, track.points = detections[number].box, detections[number].points
                track.detected, track.seen, track.patch = now, now, None
        if only is None:
            for number, found in enumerate(detections):
                if number not in confirmed and not self._doubled(found.box):
                    confirmed[number] = self._begin(found, now)
        return list(confirmed.values())

    def remember(self, small: np.ndarray, scale: float) -> None:
        """Keep how each face in sight looks now, for the next `follow`."""
        for track in self.tracks:
            if track.patch is None:
                track.patch = _cut(small, track.box, scale)

    def forget(self, now: float) -> None:
        """Drop the tracks whose faces are gone."""
        self.tracks = [track for track in self.tracks
                       if now - track.seen <= _LOST and now - track.detected <= _UNCONFIRMED]

    def renew(self, track: Track, now: float) -> None:
        """Another person stands where the track's was: it gets a number of its own."""
        self._last_id += 1
        track.id, track.born, track.torn = self._last_id, now, False

    def drop(self, track: Track) -> None:
        if track in self.tracks:
            self.tracks.remove(track)

    def _begin(self, found: Detection, now: float) -> Track:
        self._last_id += 1
        track = Track(self._last_id, found.box, born=now, detected=now, seen=now, points=found.points)
        self.tracks.append(track)
        return track

    def _doubled(self, box: Box) -> bool:
        """Whether the detection lies on a face that is followed already."""
        return any(overlap(track.box, box) >= _SAME for track in self.tracks)

    def _match(self, track: Track, small: np.ndarray, scale: float) -> bool:
        height, width = track.patch.shape
        x, y = (max(0, round(value * scale)) for value in track.box[:2])
        reach = round(_REACH * width) + 2
        left, top = max(0, x - reach), max(0, y - reach)
        window = small[top:y + height + reach, left:x + width + reach]
        if window.shape[0] < height or window.shape[1] < width:
            return False
        scores = cv2.matchTemplate(window, track.patch, cv2.TM_CCOEFF_NORMED)
        _, best, _, (dx, dy) = cv2.minMaxLoc(scores)
        if not best >= _ALIKE:  # also where it is no number, on a flat patch
            return False
        if (left + dx, top + dy) != (x, y):
            track.box = (track.box[0] + round((left + dx - x) / scale),
                         track.box[1] + round((top + dy - y) / scale), *track.box[2:])
        if best < _FADING:
            # Not at every frame: a patch that is taken anew follows no movement below a pixel.
            track.patch = None
        return True

    def _note_crossings(self) -> None:
        for number, one in enumerate(self.tracks):
            for other in self.tracks[number + 1:]:
                if overlap(one.box, other.box) >= _CROSSING:
                    one.torn = other.torn = True


def _cut(small: np.ndarray, box: Box, scale: float) -> np.ndarray | None:
    x, y, width, height = (round(value * scale) for value in box)
    patch = small[max(0, y):max(0, y + height), max(0, x):max(0, x + width)]
    return patch.copy() if min(patch.shape) >= _LEAST_PATCH else None


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)
