"""Who a track is: gathers embeddings of its good frames, and decides once there are enough.

A pure state machine: no pictures, no clock. The pipeline asks it when it wants another frame,
gives it embeddings, and takes from it what is to be told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import numpy as np

from backend.vision.decide import Judge
from backend.vision.gallery import Gallery
from backend.vision.quality import worth
from backend.vision.results import Decision, Outcome, Quality, Reason, TrackState

_KEPT = 8            # embeddings of a track that are kept: the best
_RETRY = 1.0         # seconds between frames of a refused face
_RETRY_LATER = 3.0   # the same after _RETRIES
_RETRIES = 5
_VERIFY = 5.0        # seconds between frames of a face that is accepted

_STATES = {Outcome.ACCEPTED: TrackState.ACCEPTED, Outcome.REJECTED: TrackState.REJECTED}


@dataclass(frozen=True, eq=False)
class _Probe:
    vector: np.ndarray
    worth: float
    quality: Quality


@dataclass(eq=False)
class Identity:
    """What is known of one track's person. Times are monotonic seconds."""

    decision: Decision = field(default_factory=lambda: Decision(Outcome.UNCERTAIN, Reason.GATHERING))
    state: TrackState = TrackState.LOOKING
    last_look: float | None = None
    told: set[tuple[Reason, UUID | None]] = field(default_factory=set)
    _probes: list[_Probe] = field(default_factory=list)
    _looks: int = 0
    _strikes: int = 0

    def wants_look(self, now: float, spacing: float, torn: bool) -> bool:
        """Whether another embedding would help by now."""
        if self.last_look is None:
            return True
        if self.state is TrackState.LOOKING or torn:
            wait = spacing
        elif self.state is TrackState.ACCEPTED:
            wait = _VERIFY
        else:
            wait = _RETRY if self._looks < _KEPT + _RETRIES else _RETRY_LATER
        return now - self.last_look >= wait

    @property
    def known(self) -> bool:
        """Whether any embedding of the face is kept."""
        return bool(self._probes)

    @property
    def looks(self) -> int:
        """How many embeddings it was given."""
        return self._looks

    def distance_to(self, vector: np.ndarray) -> float:
        """From the mean of what is kept to `vector`, 0 to 2; for a face that is `known`."""
        mean = np.mean([probe.vector for probe in self._probes], axis=0)
        return float(np.linalg.norm(vector - mean / np.linalg.norm(mean)))

    def is_other(self, vector: np.ndarray, torn: bool, stranger: float) -> bool:
        """Whether `vector` shows that the track is somebody else by now.

        `stranger` is the engine's (`OperatingPoint.stranger`, or `returning`). One odd frame is forgiven
        while the face was never out of sight.
        """
        if not self.known:
            return False
        if self.distance_to(vector) <= stranger:
            self._strikes = 0
            return False
        self._strikes += 1
        return torn or self._strikes >= 2

    def odd(self) -> bool:
        """Whether the frame asked about last did not fit and must not be counted."""
        return self._strikes > 0

    @property
    def evidence(self) -> list[tuple[np.ndarray, Quality]]:
        """The embeddings that are kept, each with its frame's quality."""
        return [(probe.vector, probe.quality) for probe in self._probes]

    def look(self, vector: np.ndarray, quality: Quality, now: float) -> None:
        """Add the unit-length embedding of a good frame; of many the best by `worth` stay."""
        self._probes.append(_Probe(vector, worth(quality), quality))
        self._looks += 1
        self.last_look = now
        if len(self._probes) > _KEPT:
            self._probes.remove(min(self._probes, key=lambda probe: probe.worth))

    def decide(self, judge: Judge, gallery: Gallery) -> Decision:
        """Decide anew over all that is kept; `state` and `decision` follow.

        Who is accepted already loses that only past the full threshold, not for being less clear.
        """
        if not self._probes:
            return self.decision
        needed = judge.needed if self.state is TrackState.ACCEPTED else None
        decision = judge.judge([probe.vector for probe in self._probes], gallery, needed)
        if decision.reason is Reason.GATHERING:
            self.state = TrackState.LOOKING
        else:
            self.state = _STATES.get(decision.outcome, TrackState.UNCERTAIN)
        self.decision = decision
        return decision

    def refuse(self, reason: Reason) -> None:
        """Take back an acceptance for a reason from outside the track."""
        old = self.decision
        self.decision = Decision(Outcome.UNCERTAIN, reason, old.person, old.distance, old.runner_up,
                                 old.runner_up_distance, old.threshold)
        self.state = TrackState.UNCERTAIN

    def news(self) -> bool:
        """Whether the decision in force has not been told yet; asking counts as telling."""
        # Whom it is taken for counts where something comes of it: a punch, or a question.
        meant = self.decision.outcome in (Outcome.ACCEPTED, Outcome.ASK)
        key = (self.decision.reason, self.decision.person if meant else None)
        if self.state is TrackState.LOOKING or key in self.told:
            return False
        self.told.add(key)
        return True
