"""Follows faces from frame to frame, so that one face needs few detections and one decision.

Between detections a face is followed by matching its own small picture near where it was last:
a tenth of a millisecond, against tens for the detector. Detections then correct the box. A track
that the matching lost is `torn`: it may go on, but somebody else may stand there now, and whoever
decides on identities has to look again. One that was out of sight, or behind another face, is
`doubtful` besides: until that look it has no name. Two faces are never in one place: the one that
matches worse is taken to be hidden, and to go on as it went before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from backend.vision.engines.protocol import Detection
from backend.vision.results import Box

_SAME = 0.3          # overlap at which a detection is a track's face
_NEARLY = 0.5        # share of the smaller box inside the larger at which it is so, too, if nothing else is
_ALIKE_SIZE = 2.5    # times the other's area that one of such two boxes may have
_PART = 0.7          # share of a box inside a face's from which on it is a part of that face, such as its chin
_CROSSING = 0.15     # overlap of two tracks at which they may swap
_HIDING = 0.35       # overlap at which one of two faces must be behind the other
_ALIKE = 0.6         # least correlation of a face with itself a frame later
_ALIKE_TORN = 0.8    # the same where it may be another face, or something before it
_FADING = 0.85       # correlation below which the face's picture is taken anew
_REACH = 0.5         # how far a face may stray from its way between two frames, in its own widths
_LOST = 1.0          # seconds that a track outlives its face
_UNCONFIRMED = 2.5   # seconds that a track lives on matching alone, while the head is turned
_GONE = 0.2          # seconds out of sight after which somebody else may have taken the place
_LEAST_PATCH = 8     # side in small pixels below which matching says nothing
_PATCH = 24          # side that a larger patch is made smaller to: it says as much
_STEADY = 0.15       # seconds that a speed is averaged over: boxes tremble
_FAST = 0.7          # widths a second at which a face walks


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
    torn_at: float = 0.0
    """When it was torn last."""
    doubtful: bool = False
    speed: tuple[float, float] = (0.0, 0.0)
    """Pixels a second, to the right and down."""
    patch: np.ndarray | None = field(default=None, repr=False)
    followed: float = 0.0
    """When `follow` last moved it."""
    score: float = 0.0
    """Correlation at the last matching, 0 where it failed."""

    @property
    def walks(self) -> bool:
        return max(abs(value) for value in self.speed) > _FAST * self.box[2]


class Tracker:
    """Keeps the tracks of one camera."""

    def __init__(self, most: int = 100) -> None:
        """`most` faces are followed at once; further ones begin no track."""
        self.tracks: list[Track] = []
        self._most = most
        self._last_id = 0

    def follow(self, small: np.ndarray, scale: float, now: float) -> None:
        """Move each track to where its face is in the small grey frame (`motion.small_grey`)."""
        before = {track: (track.box, track.seen) for track in self.tracks}
        for track in self.tracks:
            expected = self._expected(track, now)
            track.score = 0.0 if track.patch is None else self._match(track, expected, small, scale, now)
            if track.score:
                track.seen = now
            else:
                self._tear(track, now)
                track.box = expected
            if track.torn and now - max(track.torn_at, track.detected) > _GONE:
                # What goes on to be matched may be what came before the face.
                track.doubtful = True
            track.followed = now
        self._note_crossings(before, now)

    def found(self, detections: Sequence[Detection], now: float, only: Track | None = None) -> list[Track]:
        """Take in what the detector found; returns the tracks confirmed or begun.

        `only` is a track whose surroundings alone were searched: nothing begins then.
        """
        candidates = [only] if only else self.tracks
        confirmed: dict[int, Track] = {}
        for nearly, number, track in _pairs(detections, candidates, now):
            box = detections[number].box
            if number in confirmed or track in confirmed.values():
                continue
            if only is not None and self._of_another(track, box, now):
                continue
            if nearly:
                if self._doubled(box, confirmed.values()):
                    continue
                self._tear(track, now)
                track.doubtful = True
            confirmed[number] = track
            self._confirm(track, detections[number], now)
        if only is None:
            for number, found in enumerate(detections):
                if number not in confirmed and not self._doubled(found.box, confirmed.values()):
                    if len(self.tracks) >= self._most:
                        break
                    confirmed[number] = self._begin(found, now)
        return list(confirmed.values())

    def remember(self, small: np.ndarray, scale: float) -> None:
        """Keep how each face in sight looks now, for the next `follow`."""
        for track in self.tracks:
            if track.patch is None:
                track.patch = _cut(small, track.box, scale)

    def forget(self, now: float) -> list[Track]:
        """Drop the tracks whose faces are gone, and return them."""
        gone = [track for track in self.tracks
                if now - track.seen > _LOST or now - track.detected > _UNCONFIRMED]
        self.tracks = [track for track in self.tracks if track not in gone]
        return gone

    def renew(self, track: Track, now: float) -> None:
        """Another person stands where the track's was: it gets a number of its own."""
        self._last_id += 1
        track.id, track.born = self._last_id, now
        track.torn = track.doubtful = False

    def drop(self, track: Track) -> None:
        if track in self.tracks:
            self.tracks.remove(track)

    def hide(self, track: Track, now: float) -> None:
        """The track's face is not where it was thought to be: it is out of sight."""
        track.seen = min(track.seen, now - _GONE - 0.01)
        self._tear(track, now)
        track.doubtful = True

    def crowded(self, track: Track) -> bool:
        """Whether another face is so near that the two may meet before long."""
        x, y, width, height = track.box
        around = (x - width // 2, y - height // 2, 2 * width, 2 * height)
        return any(overlap(around, other.box) > 0 for other in self.tracks if other is not track)

    def _tear(self, track: Track, now: float) -> None:
        if not track.torn:
            track.torn, track.torn_at = True, now

    def _confirm(self, track: Track, found: Detection, now: float) -> None:
        if now - track.seen > _GONE or any(overlap(other.box, found.box) >= _CROSSING
                                           for other in self.tracks if other is not track):
            self._tear(track, now)
            track.doubtful = True
        track.box, track.points = found.box, found.points
        track.detected = track.seen = track.followed = now
        track.patch = None

    def _of_another(self, track: Track, box: Box, now: float) -> bool:
        """Whether a face found near a hidden track is the one that is seen there anyway."""
        return track.seen < now and any(
            other.seen == now and overlap(other.box, box) >= max(_SAME, overlap(track.box, box))
            for other in self.tracks if other is not track)

    def _begin(self, found: Detection, now: float) -> Track:
        self._last_id += 1
        track = Track(self._last_id, found.box, born=now, detected=now, seen=now, points=found.points,
                      followed=now)
        self.tracks.append(track)
        return track

    def _doubled(self, box: Box, confirmed: Collection[Track]) -> bool:
        """Whether a detection lies on a face that is followed already, or is a part of one `confirmed` now."""
        return (any(overlap(track.box, box) >= _SAME for track in self.tracks)
                or any(inside(box, track.box) >= _PART for track in confirmed))

    def _expected(self, track: Track, now: float) -> Box:
        """Where the face would be if it went on as it went; standing faces stay."""
        if not track.walks or now - track.seen > _LOST:
            return track.box
        passed = now - track.followed
        return (track.box[0] + round(track.speed[0] * passed), track.box[1] + round(track.speed[1] * passed),
                *track.box[2:])

    def _match(self, track: Track, expected: Box, small: np.ndarray, scale: float, now: float) -> float:
        """Moves the track to the best match near `expected`; answers its correlation, or 0."""
        height, width = track.patch.shape
        x, y = (max(0, round(value * scale)) for value in expected[:2])
        reach = round(_REACH * width) + 2
        left, top = max(0, x - reach), max(0, y - reach)
        window = small[top:y + height + reach, left:x + width + reach]
        if window.shape[0] < height or window.shape[1] < width:
            return 0.0
        best, dx, dy = _best_place(window, track.patch)
        if not best >= (_ALIKE_TORN if track.torn else _ALIKE):  # also where it is no number, on a flat patch
            return 0.0
        box = (expected[0] + round((left + dx - x) / scale), expected[1] + round((top + dy - y) / scale),
               *expected[2:])
        _note_speed(track, box, now)
        track.box = box
        if best < _FADING and not track.torn:
            # Not at every frame: a patch that is taken anew follows no movement below a pixel. Not
            # where something comes before the face: it would be followed in its place.
            track.patch = None
        return best

    def _note_crossings(self, before: dict[Track, tuple[Box, float]], now: float) -> None:
        for number, one in enumerate(self.tracks):
            for other in self.tracks[number + 1:]:
                shared = overlap(one.box, other.box)
                if shared >= _CROSSING:
                    for track in (one, other):
                        self._tear(track, now)
                        track.doubtful = track.doubtful or track.seen < now
                if shared >= _HIDING and one.seen == other.seen == now:
                    hidden = min(one, other, key=lambda track: track.score)
                    hidden.box, hidden.seen = before[hidden]
                    hidden.box = self._expected(hidden, now)
                    hidden.doubtful, hidden.score = True, 0.0


def _pairs(detections: Sequence[Detection], tracks: Iterable[Track], now: float) -> list[tuple[bool, int, Track]]:
    """Whether it is but nearly so, which detection, and of which track it may be; the likeliest first.

    Who is in sight comes first: a hidden face must not take the detection of the one before it.
    """
    pairs = []
    for number, found in enumerate(detections):
        for track in tracks:
            share = overlap(track.box, found.box)
            if share >= _SAME or _nearly(track.box, found.box):
                pairs.append((share < _SAME, track.seen != now, -share, number, track))
    return [(nearly, number, track) for nearly, _, _, number, track in sorted(pairs, key=lambda pair: pair[:4])]


def _nearly(one: Box, other: Box) -> bool:
    """Whether two boxes may be of one face that turned or moved fast in between."""
    small, large = sorted((one, other), key=lambda box: box[2] * box[3])
    return (large[2] * large[3] <= _ALIKE_SIZE * small[2] * small[3]
            and inside(small, large) >= _NEARLY)


def _best_place(window: np.ndarray, patch: np.ndarray) -> tuple[float, int, int]:
    """Highest correlation of `patch` in `window`, and where its left upper corner then lies."""
    shrink = max(1, round(min(patch.shape) / _PATCH))
    if shrink > 1:
        window, patch = (_shrunk(picture, shrink) for picture in (window, patch))
    _, best, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(window, patch, cv2.TM_CCOEFF_NORMED))
    return best, x * shrink, y * shrink


def _shrunk(picture: np.ndarray, by: int) -> np.ndarray:
    height, width = (side // by for side in picture.shape)
    return cv2.resize(picture[:height * by, :width * by], (width, height), interpolation=cv2.INTER_AREA)


def _note_speed(track: Track, box: Box, now: float) -> None:
    passed = now - track.followed
    if passed > 0:
        new = passed / (passed + _STEADY)
        track.speed = tuple((1 - new) * old + new * (box[axis] - track.box[axis]) / passed
                            for axis, old in enumerate(track.speed))


def _cut(small: np.ndarray, box: Box, scale: float) -> np.ndarray | None:
    x, y, width, height = (round(value * scale) for value in box)
    patch = small[max(0, y):max(0, y + height), max(0, x):max(0, x + width)]
    return patch.copy() if min(patch.shape) >= _LEAST_PATCH else None


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    shared = _shared(one, other)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared) if shared else 0.0


def inside(one: Box, other: Box) -> float:
    """The share of `one` that lies in `other`, 0 to 1."""
    return _shared(one, other) / (one[2] * one[3])


def _shared(one: Box, other: Box) -> int:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return across * down if across > 0 and down > 0 else 0
