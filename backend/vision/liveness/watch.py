"""The liveness of the faces of one camera: asked by the pipeline, frame by frame.

`good` with each frame that was fit to be compared, `look` with each frame in which a face with a
name is in view, `verdict` before anything is told of it. It opens nothing and decides on nobody's
name; what it remembers of a face goes by the number of its track.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import cv2
import numpy as np

from backend.config import Settings
from backend.vision.engines import Detection, Engine
from backend.vision.liveness.challenge import Challenge, Look, Move, Rules, State, ahead
from backend.vision.results import Box, Reason, Request

Detector = Callable[[np.ndarray], list[Detection]]
"""Finds faces with `Layout.MOUTH_CORNERS` points, in BGR uint8 (h, w, 3)."""
Scorer = Callable[[np.ndarray, Box], float]
"""`MiniFASNet.score`."""

_EACH = 0.1
"""Seconds between two looks at a face that is being challenged."""
_COMPARED = 0.3
"""Seconds between two looks that are compared with the face that was recognised: it costs as much as
all the rest. No move is done by then. At the end of a challenge each look is compared."""
_AROUND = 0.5
"""Of a face's width, searched on each side: the tracker may lag behind a head that turns."""
_WIDTHS = (56, 72, 90, 110)
"""Pixels that the face is scaled to before it is searched. YuNet places points on coarse grids: at one
size the nose trembles by 0.02 to 0.05 eye distances, in the mean of several by 0.01 to 0.02."""
_LEAST_FOUND = 3
"""Of these sizes, how many have to find the face."""
_FORGET = 60.0
"""Seconds after which a face out of sight is forgotten."""


@dataclass(frozen=True)
class Verdict:
    """What is known of a face: `reason` is None exactly where it is live."""

    reason: Reason | None
    score: float | None = None
    """The mean passive score, 0 to 1; 1 where only a challenge was asked for, and passed."""
    request: Request | None = None
    """What the person is asked to do, while that lasts."""

    @property
    def live(self) -> bool:
        return self.reason is None

    @property
    def refused(self) -> bool:
        """Whether it is decided against the face, rather than still open."""
        return self.reason in (Reason.NOT_LIVE, Reason.CHALLENGE_FAILED)


@dataclass(eq=False)
class _Face:
    """One track's liveness, found out from `begun` on."""

    begun: float
    seen: float
    scores: list[float] = field(default_factory=list)
    person: UUID | None = None
    challenge: Challenge | None = None
    tries: int = 0
    passed: bool = False
    looked: float = -1e9
    scored: float = -1e9
    compared: float = -1e9
    apart: float = 0.0


class Liveness:
    """For one camera and one thread."""

    def __init__(self, settings: Settings, engine: Engine, scorer: Scorer | None, detector: Detector | None,
                 source: random.Random | None = None) -> None:
        """`scorer` None: no passive check; `detector` None: no challenge."""
        self._engine = engine
        self._scorer = scorer
        self._detector = detector
        self._source = source or random.SystemRandom()
        self._spacing = settings.match_spacing.total_seconds()
        self._needed = settings.liveness_frames
        self._threshold = settings.liveness_threshold
        self._tries = settings.challenge_tries
        self._rest = settings.challenge_rest.total_seconds()
        self._rules = Rules(settings.challenge_moves, settings.challenge_time.total_seconds(),
                            settings.challenge_turn, settings.challenge_approach, engine.operating.stranger)
        self._faces: dict[int, _Face] = {}
        self._resting: dict[UUID, float] = {}

    def good(self, track: int, frame: np.ndarray, box: Box, now: float) -> None:
        """Take the passive score of a frame that was good enough to be compared."""
        self._score(self._face(track, now), frame, box, now)

    def look(self, track: int, frame: np.ndarray, box: Box, person: UUID, apart: Callable[[np.ndarray], float],
             now: float) -> Detection | None:
        """Find out more about a face that was recognised as `person`, where more is needed.

        `apart` tells how far an embedding is from that face: who moves has to be who was recognised.
        Answers the face as found, while it is being challenged: the tracker need not search for it.
        """
        face = self._face(track, now)
        if len(face.scores) < self._needed and now - face.scored >= self._spacing:
            self._score(face, frame, box, now)
        if self._detector is None or self._settled(face, person, now):
            return None
        if face.challenge is None:
            face.challenge = Challenge(self._rules, self._source, now)
        face.challenge.tick(now)
        found = None
        if now - face.looked >= _EACH - 1e-6 and face.challenge.state is State.PENDING:
            face.looked = now
            found = self._look(face, frame, box, apart, now)
        self._conclude(face, now)
        return found

    def verdict(self, track: int, now: float) -> Verdict:
        """What is known of a face by now."""
        face = self._faces.get(track)
        if face is None:
            return Verdict(Reason.GATHERING)
        score = self._passive(face)
        if self._scorer is not None:
            if len(face.scores) < self._needed:
                return Verdict(Reason.GATHERING, score)
            if score is not None and score < self._threshold:
                return Verdict(Reason.NOT_LIVE, score)
        if self._detector is None or face.passed:
            return Verdict(None, 1.0 if score is None else score)
        if face.person is not None and self._resting.get(face.person, -1e9) > now:
            return Verdict(Reason.CHALLENGE_FAILED, score)
        return Verdict(Reason.CHALLENGE_PENDING, score, self._request(face, now))

    def shown_since(self, track: int, moment: float, now: float) -> bool:
        """Whether all that is known of a face was found out after `moment`; if not, it is asked anew.

        One proof is good for one telling: a photo may have taken the place of who passed.
        """
        face = self._faces.get(track)
        if face is None or face.begun > moment:
            return face is not None
        self._faces[track] = _Face(now, now)
        return False

    # Parts of the above

    def _face(self, track: int, now: float) -> _Face:
        if track not in self._faces:
            self._faces = {key: face for key, face in self._faces.items() if now - face.seen <= _FORGET}
            self._faces[track] = _Face(now, now)
        face = self._faces[track]
        face.seen = now
        return face

    def _score(self, face: _Face, frame: np.ndarray, box: Box, now: float) -> None:
        if self._scorer is not None:
            face.scored = now
            face.scores.append(self._scorer(frame, box))

    def _passive(self, face: _Face) -> float | None:
        return round(float(np.mean(face.scores)), 3) if face.scores else None

    def _settled(self, face: _Face, person: UUID, now: float) -> bool:
        """Whether there is nothing to ask: passed, resting, or refused by its texture already."""
        if face.person != person:
            # Decided anew: who passed was the face, but as somebody else.
            face.person, face.passed, face.challenge, face.tries = person, False, None, 0
        if face.passed or self._resting.get(person, -1e9) > now:
            return True
        if self._scorer is None:
            return False
        return len(face.scores) < self._needed or (self._passive(face) or 0.0) < self._threshold

    def _look(self, face: _Face, frame: np.ndarray, box: Box, apart: Callable[[np.ndarray], float],
              now: float) -> Detection | None:
        found = self._find(frame, box)
        if found is None or found.points is None or face.challenge is None:
            return None
        if face.challenge.ending or now - face.compared >= _COMPARED - 1e-6:
            face.compared = now
            face.apart = apart(self._engine.embed(frame, self._engine.landmarks(frame, found)))
        face.challenge.look(Look(now, found.points, face.apart))
        if face.challenge.asked is Move.LOOK_AHEAD and now - face.scored >= self._spacing and ahead(found.points):
            # So that nobody shows one thing to the network and another to the challenge.
            self._score(face, frame, found.box, now)
        return found

    def _find(self, frame: np.ndarray, box: Box) -> Detection | None:
        """The face in `box` with its five points, in the frame's pixels."""
        x, y, width, height = box
        around = round(_AROUND * width)
        left, top = max(0, x - around), max(0, y - around)
        view = frame[top:y + height + around, left:x + width + around]
        if view.size == 0:
            return None
        middle = np.array([x + width / 2, y + height / 2])
        found = [face for wide in _WIDTHS
                 if (face := self._nearest(view, wide / width, left, top, middle)) is not None]
        if len(found) < _LEAST_FOUND:
            return None
        points = np.mean([face.points for face in found], axis=0).astype(np.float32)
        return Detection(found[-1].box, found[-1].score, points)

    def _nearest(self, view: np.ndarray, scale: float, left: int, top: int, middle: np.ndarray) -> Detection | None:
        """The face nearest to `middle`, searched in `view` scaled by `scale`."""
        assert self._detector is not None
        faces = [each.moved(scale, left, top) for each in self._detector(_scaled(view, scale))]
        return min((each for each in faces if each.points is not None), default=None,
                   key=lambda each: float(np.hypot(*(each.points.mean(axis=0) - middle))))

    def _conclude(self, face: _Face, now: float) -> None:
        ended = face.challenge
        if ended is None or ended.state is State.PENDING:
            return
        face.challenge = None
        if ended.state is State.PASSED:
            face.passed = True
            return
        face.tries += 1
        if face.tries >= self._tries and face.person is not None:
            face.tries = 0
            self._resting = {person: until for person, until in self._resting.items() if until > now}
            self._resting[face.person] = now + self._rest

    def _request(self, face: _Face, now: float) -> Request:
        ongoing = face.challenge
        if ongoing is None:
            return Request(str(Move.LOOK_AHEAD), 0, self._rules.moves, self._rules.seconds, "")
        return Request(str(ongoing.asked), ongoing.done, len(ongoing.moves), round(ongoing.left(now), 1),
                       ongoing.nonce)


def _scaled(view: np.ndarray, scale: float) -> np.ndarray:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(view, None, fx=scale, fy=scale, interpolation=how)
