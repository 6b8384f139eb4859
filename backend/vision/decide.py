"""Who a face is: one decision over all good frames of a track, at a threshold that fits the gallery.

No fixed threshold is right: the more people are enrolled, and the more alike they are, the more
strangers come near to somebody. `Judge` computes it from TARGET_FPIR, the gallery's size and how
alike its own people are; docs/recognition.md has the measurements.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from uuid import UUID

import numpy as np

from backend.config import Settings
from backend.errors import SettingError
from backend.vision.engines.protocol import Engine
from backend.vision.gallery import Gallery
from backend.vision.results import Decision, Outcome, Reason

_AGREEING = 2 / 3      # share of the frames that must point at the same person
_SOFTNESS = 0.03       # of the confidence's slope


def check_threshold(settings: Settings, engine: Engine) -> None:
    """Raises SettingError where MATCH_THRESHOLD lies above what the engine allows."""
    cap = settings.match_threshold
    if cap is not None and cap > engine.operating.ceiling:
        raise SettingError(
            f"MATCH_THRESHOLD {cap:g} is above {engine.operating.ceiling:g}, the most that is safe with "
            f"{engine.name}: distances here are between unit-length embeddings, and "
            "face_recognition's tolerance of 0.6 would be about 0.42 on this scale and accept a "
            "third of all strangers. Leave it unset to have it computed from TARGET_FPIR.",
            details={"setting": "MATCH_THRESHOLD"})


class Judge:
    """Decides for one engine and one set of settings."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        check_threshold(settings, engine)
        self._operating = engine.operating
        self._target = settings.target_fpir
        self._margin = settings.match_margin
        self._ask = settings.ask_fpir
        self.needed = settings.match_frames
        self._cap = min(engine.operating.ceiling, settings.match_threshold or engine.operating.ceiling)
        self._known: tuple[Gallery, float, float] | None = None

    def threshold(self, gallery: Gallery) -> float:
        """The distance up to which a face is accepted with this gallery."""
        return self._limits(gallery)[0]

    def ask_limit(self, gallery: Gallery) -> float:
        """The distance up to which a face that is not accepted is asked for a badge or PIN.

        Not below `threshold`; equal to it where ASK_FPIR leaves nothing to ask.
        """
        return self._limits(gallery)[1]

    def _limits(self, gallery: Gallery) -> tuple[float, float]:
        """Both limits; computed once a gallery."""
        if self._known is None or self._known[0] is not gallery:
            people, alikeness = len(gallery), gallery.alikeness
            accept = min(self._cap, self._operating.threshold(people, alikeness, self._target))
            ask = accept
            if self._ask > self._target:
                loose = self._operating.threshold(people, alikeness, self._ask)
                ask = max(accept, min(self._operating.ceiling, loose))
            self._known = (gallery, accept, ask)
        return self._known[1:]

    def judge(self, probes: Sequence[np.ndarray], gallery: Gallery, needed: int | None = None,
              taken: frozenset[UUID] = frozenset()) -> Decision:
        """The decision over `probes`, unit-length embeddings of one face in good frames.

        Fewer than `needed` (MATCH_FRAMES by default) decide nothing. People in `taken` are
        somebody else in the same picture and cannot be this face.
        """
        if not len(gallery):
            return Decision(Outcome.REJECTED, Reason.GALLERY_EMPTY)
        if len(probes) < (self.needed if needed is None else needed):
            return Decision(Outcome.UNCERTAIN, Reason.GATHERING)
        mean = np.mean(probes, axis=0)
        distances = gallery.distances(mean / np.linalg.norm(mean))
        order = np.argpartition(distances, 1)[:2] if len(distances) > 1 else np.array([0])
        order = order[np.argsort(distances[order])]
        best = int(order[0])
        distance = float(distances[best])
        second = int(order[1]) if len(order) > 1 else None
        limit = self.threshold(gallery)
        outcome, reason = self._verdict(probes, gallery, best, distance,
                                        None if second is None else float(distances[second]), limit)
        if outcome in (Outcome.ACCEPTED, Outcome.ASK) and gallery.people[best] in taken:
            outcome, reason = Outcome.UNCERTAIN, Reason.ALREADY_IN_VIEW
        return Decision(
            outcome=outcome, reason=reason, person=gallery.people[best], distance=round(distance, 4),
            runner_up=None if second is None else gallery.people[second],
            runner_up_distance=None if second is None else round(float(distances[second]), 4),
            threshold=round(limit, 4), confidence=_confidence(distance, limit))

    def _verdict(self, probes: Sequence[np.ndarray], gallery: Gallery, best: int, distance: float,
                 second: float | None, limit: float) -> tuple[Outcome, Reason]:
        if distance > self.ask_limit(gallery):
            return Outcome.REJECTED, Reason.NOBODY_NEAR_ENOUGH
        unsure = Outcome.ASK if self._ask > self._target else Outcome.UNCERTAIN
        if distance > limit:
            return unsure, Reason.NOT_SURE_ENOUGH
        if second is not None and second - distance < self._margin:
            return unsure, Reason.TOO_ALIKE
        agreeing = sum(int(np.argmax(gallery.means @ probe)) == best for probe in probes)
        if agreeing < _AGREEING * len(probes):
            return unsure, Reason.FRAMES_DISAGREE
        return Outcome.ACCEPTED, Reason.MATCHED


def _confidence(distance: float, limit: float) -> float:
    return round(1.0 / (1.0 + math.exp((distance - limit) / _SOFTNESS)), 3)
