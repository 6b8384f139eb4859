"""Who a face is: one decision over the good frames of a track, at a threshold that fits the gallery.

No fixed threshold is right: the more people are enrolled, and the more alike they are, the more
strangers come near to somebody. `Judge` computes it from TARGET_FPIR and the gallery. It decides
as a sequential test: clear cases at once, unclear ones get more frames. docs/recognition.md has
the measurements.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import numpy as np

from backend.config import Settings
from backend.errors import SettingError
from backend.vision.gallery import Gallery, Nearest
from backend.vision.operating import OperatingPoint
from backend.vision.results import Decision, Outcome, Reason

_AGREEING = 1 / 2      # of the frames: more than this share must point at the same person
_EARLY_SHARE = 0.2
"""Share of the target FPIR at which a track is accepted before its last frame. The looks are four at
most by default, so that all together spend 1.6 times the target at the very worst, inside
`OperatingPoint.safety`; as the frames of a track say much the same, they spend far less."""


def check_threshold(settings: Settings, engine: Measured) -> None:
    """Raises SettingError where MATCH_THRESHOLD lies above what the engine allows."""
    cap = settings.match_threshold
    if cap is not None and cap > engine.operating.ceiling:
        raise SettingError(
            f"MATCH_THRESHOLD {cap:g} is above {engine.operating.ceiling:g}, the most that is safe with "
            f"{engine.name}: distances here are between unit-length embeddings, and "
            "face_recognition's tolerance of 0.6 would be about 0.42 on this scale and accept a "
            "third of all strangers. Leave it unset to have it computed from TARGET_FPIR.",
            details={"setting": "MATCH_THRESHOLD"})


class Measured(Protocol):
    """What has to be known of an engine to judge its embeddings; every Engine is one."""

    @property
    def name(self) -> str:
        """As it stands beside each template."""

    @property
    def operating(self) -> OperatingPoint:
        """Where its thresholds lie."""


class Judge:
    """Decides for one engine and one set of settings."""

    def __init__(self, settings: Settings, engine: Measured) -> None:
        check_threshold(settings, engine)
        self._operating = engine.operating
        self._target = settings.target_fpir
        self._ask = settings.ask_fpir
        self._margin = engine.operating.margin if settings.match_margin is None else settings.match_margin
        self.needed = settings.match_frames
        self.most = max(settings.match_frames, settings.match_frames_most)
        self._cap = min(engine.operating.ceiling, settings.match_threshold or engine.operating.ceiling)

    def threshold(self, gallery: Gallery, frames: int | None = None) -> float:
        """The distance up to which a face is accepted with this gallery when `frames` decide;
        MATCH_FRAMES_MOST, the strictest, where they are not named."""
        return min(self._cap, self._point(gallery, self._target, frames or self.most))

    def early_threshold(self, gallery: Gallery, frames: int) -> float:
        """The same before the last frame: only who is clearly near is accepted so soon."""
        return min(self._cap, self._point(gallery, self._target * _EARLY_SHARE, frames))

    def ask_limit(self, gallery: Gallery, frames: int | None = None) -> float:
        """The distance up to which a face that is not accepted is asked for a badge or PIN.

        Not below `threshold`; equal to it where ASK_FPIR leaves nothing to ask.
        """
        accept = self.threshold(gallery, frames)
        if not self._asks:
            return accept
        return max(accept, min(self._operating.ceiling, self._point(gallery, self._ask, frames or self.most)))

    def judge(self, probes: Sequence[np.ndarray], gallery: Gallery, needed: int | None = None,
              taken: frozenset[UUID] = frozenset()) -> Decision:
        """The decision over `probes`, unit-length embeddings of one face in good frames.

        Fewer than MATCH_FRAMES decide nothing. From there to MATCH_FRAMES_MOST a clear face is accepted
        or rejected, and one between is `gathering` more frames. With `needed` there are no more to come:
        that many decide, and all at the full threshold. People in `taken` are somebody else in
        the same picture and cannot be this face.
        """
        if not len(gallery):
            return Decision(Outcome.REJECTED, Reason.GALLERY_EMPTY)
        frames = len(probes)
        if frames < (self.needed if needed is None else needed):
            return Decision(Outcome.UNCERTAIN, Reason.GATHERING)
        found = gallery.search(np.asarray(probes, np.float32)[None])
        final = needed is not None or frames >= self.most
        limit = self.threshold(gallery, frames)
        outcome, reason = self._verdict(found, gallery, frames, final)
        best, second = gallery.people[int(found.best[0])], gallery.people[int(found.second[0])]
        if outcome in (Outcome.ACCEPTED, Outcome.ASK) and best in taken:
            outcome, reason = Outcome.UNCERTAIN, Reason.ALREADY_IN_VIEW
        distance, further = float(found.distance[0]), float(found.second_distance[0])
        alone = math.isinf(further)
        return Decision(
            outcome=outcome, reason=reason, person=best, distance=round(distance, 4),
            runner_up=None if alone else second, runner_up_distance=None if alone else round(further, 4),
            threshold=round(limit, 4), confidence=_confidence(distance, limit, self._operating.per_target))

    def bears_out(self, probe: np.ndarray, person: UUID, gallery: Gallery) -> bool:
        """Whether one frame alone, a unit-length embedding, speaks for `person`: nobody is nearer, and it is no
        further away than who is asked for a badge or PIN."""
        if not len(gallery):
            return False
        found = gallery.search(np.asarray(probe, np.float32)[None, None])
        return gallery.people[int(found.best[0])] == person and float(found.distance[0]) <= self.ask_limit(gallery, 1)

    def past(self, found: Nearest, gallery: Gallery, frames: int) -> np.ndarray:
        """(t,): how far the nearest person of each track is past the threshold, when `frames` are all
        there will be; infinite where another rule forbids. Who is not past it is accepted."""
        return np.where(self._clear(found, frames), found.distance - self.threshold(gallery, frames), np.inf)

    def askable(self, found: Nearest, gallery: Gallery, frames: int) -> np.ndarray:
        """(t,): whether the nearest person of each track may be asked for a badge or PIN, where not
        accepted. One doubt is worth a question: not quite near enough, or two people too alike or
        frames that disagree. Who is in both doubts is mostly a stranger among look-alikes."""
        if not self._asks:
            return np.zeros(len(found.best), bool)
        nearly = self._clear(found, frames) & (found.distance <= self.ask_limit(gallery, frames))
        return nearly | (found.distance <= self.threshold(gallery, frames))

    @property
    def _asks(self) -> bool:
        return self._ask > self._target

    def _point(self, gallery: Gallery, target: float, frames: int) -> float:
        return self._operating.threshold(len(gallery), gallery.alikeness, target, frames)

    def _clear(self, found: Nearest, frames: int) -> np.ndarray:
        """(t,): whether the runner-up is far enough behind and the frames agree."""
        return ((found.second_distance - found.distance >= self._margin)
                & (found.agreeing > _AGREEING * frames))

    def _verdict(self, found: Nearest, gallery: Gallery, frames: int, final: bool) -> tuple[Outcome, Reason]:
        distance = float(found.distance[0])
        clear = bool(self._clear(found, frames)[0])
        limit = self.threshold(gallery, frames)
        if not final:
            if clear and distance <= self.early_threshold(gallery, frames):
                return Outcome.ACCEPTED, Reason.MATCHED
            # A strict MATCH_THRESHOLD leaves faces past it that may still be asked about.
            if distance <= max(limit + self._operating.hopeless, self.ask_limit(gallery, frames)):
                return Outcome.UNCERTAIN, Reason.GATHERING
            return Outcome.REJECTED, Reason.NOBODY_NEAR_ENOUGH
        if clear and distance <= limit:
            return Outcome.ACCEPTED, Reason.MATCHED
        if distance > limit:
            if bool(self.askable(found, gallery, frames)[0]):
                return Outcome.ASK, Reason.NOT_SURE_ENOUGH
            return Outcome.REJECTED, Reason.NOBODY_NEAR_ENOUGH
        unsure = Outcome.ASK if self._asks else Outcome.UNCERTAIN
        if float(found.second_distance[0]) - distance < self._margin:
            return unsure, Reason.TOO_ALIKE
        return unsure, Reason.FRAMES_DISAGREE


def _confidence(distance: float, limit: float, softness: float) -> float:
    return round(1.0 / (1.0 + math.exp((distance - limit) / softness)), 3)
