"""A face in view, and those that were in view a moment ago.

Who walks behind a pillar or another person comes out as the same visit: the same number, the same
decision, nothing told twice. Where the track cannot say so, because the face comes out elsewhere,
one embedding does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np

from backend.vision.identity import Identity
from backend.vision.liveness import Verdict
from backend.vision.results import Reason, TrackState, TrackView
from backend.vision.track import Track, Tracker

_REMEMBERED = 5.0   # seconds that a face out of sight may come back as the same visit


@dataclass(eq=False)
class Face:
    """A track with its identity and its latest quality."""

    track: Track
    identity: Identity = field(default_factory=Identity)
    poor: Reason | None = None
    looked_near: float = 0.0
    alive: Verdict | None = None
    """Whether it is no picture; None where nobody asked."""

    @property
    def accepted(self) -> UUID | None:
        return self.identity.decision.person if self.identity.state is TrackState.ACCEPTED else None

    @property
    def waits(self) -> bool:
        """Whether it has a name, and has yet to show that it is no picture."""
        return self.accepted is not None and self.alive is not None and not self.alive.live

    @property
    def settled(self) -> bool:
        """Whether nothing is to be found out about it for now."""
        return self.identity.state is not TrackState.LOOKING and not self.track.torn and not self.track.walks \
            and not self.waits

    def view(self) -> TrackView:
        """What the pages show of it. Where somebody else may stand by now it has no name."""
        decision, state = self.identity.decision, self.identity.state
        if self.track.doubtful and self.accepted is not None:
            return TrackView(self.track.id, self.track.box, None, TrackState.LOOKING,
                             self.poor or Reason.GATHERING)
        if self.waits:
            return TrackView(self.track.id, self.track.box, None, TrackState.LOOKING, self.alive.reason,
                             request=self.alive.request)
        reason = self.poor if state is TrackState.LOOKING and self.poor is not None else decision.reason
        return TrackView(self.track.id, self.track.box, self.accepted, state, reason, decision.distance,
                         decision.confidence)


@dataclass(frozen=True, eq=False)
class _Visit:
    """What stays of a face that is out of sight."""

    number: int
    born: float
    identity: Identity
    until: float


class Memory:
    """Recognises who was in view just now, by one embedding."""

    def __init__(self) -> None:
        self._visits: list[_Visit] = []

    def keep(self, number: int, born: float, identity: Identity, now: float) -> None:
        """Remember a visit whose face is out of sight, if anything is known of it."""
        if identity.known:
            self._visits.append(_Visit(number, born, identity, now + _REMEMBERED))

    def reunite(self, face: Face, vector: np.ndarray, limit: float, others: Iterable[Face],
                tracker: Tracker, now: float) -> bool:
        """Give `face`, of which `vector` is an embedding, the visit that it belongs to.

        Visits are those remembered and those of `others`, faces that may have been mistaken for
        each other. The nearest within `limit` is taken; what `face` was thought to be goes to
        where the visit was. Answers whether there was one.
        """
        self._visits = [visit for visit in self._visits if visit.until >= now]
        near = [(visit.identity.distance_to(vector), visit) for visit in self._visits]
        near += [(other.identity.distance_to(vector), other) for other in others if other.identity.known]
        distance, owner = min(near, key=lambda pair: pair[0], default=(limit, None))
        if owner is None or distance >= limit:
            return False
        mistaken = face.track.id, face.track.born, face.identity
        if isinstance(owner, _Visit):
            self._visits.remove(owner)
            face.track.id, face.track.born, face.identity = owner.number, owner.born, owner.identity
            self.keep(*mistaken, now)
            return True
        face.track.id, face.track.born, face.identity = owner.track.id, owner.track.born, owner.identity
        owner.track.id, owner.track.born, owner.identity = mistaken
        if owner.identity.known:
            tracker.hide(owner.track, now)
        else:
            tracker.drop(owner.track)
        return True
