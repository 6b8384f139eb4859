"""What a sighting could teach: the template of a visit that left no doubt.

Pure. The decision loop offers a lesson; the desk keeps it where it holds against the templates that
were enrolled, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import numpy as np

from backend.config import Settings
from backend.vision.gallery import Gallery
from backend.vision.results import Decision, Lesson, Quality

FRAMES = 2
"""Frames of a visit that must agree, however few MATCH_FRAMES asks for. A clear case is told by its
first MATCH_FRAMES frames, so that asking for more would learn from unclear ones only."""


def lesson(decision: Decision, evidence: Sequence[tuple[np.ndarray, Quality]], engine: str,
           settings: Settings) -> Lesson | None:
    """The template of an accepted face, or None where there is any doubt, or nothing is learnt.

    `evidence` are the unit-length embeddings, (dim,) float32, that the decision rests on, each
    with its frame's quality. Frontal ones alone count; they have to agree with each other, to lie
    far inside the threshold, and the runner-up far away.
    """
    if not settings.adaptive_templates or not decision.accepted:
        return None
    if decision.distance is None or decision.threshold is None:
        return None
    if decision.distance > settings.adaptive_share * decision.threshold:
        return None
    if decision.runner_up_distance is not None and (
            decision.runner_up_distance - decision.distance < settings.adaptive_margin):
        return None
    frames = [(vector, quality) for vector, quality in evidence
              if quality.ok and abs(quality.yaw_degrees) <= settings.adaptive_yaw]
    if len(frames) < max(FRAMES, settings.match_frames):
        return None
    mean = np.mean([vector for vector, _ in frames], axis=0)
    mean = (mean / np.linalg.norm(mean)).astype(np.float32)
    spread = max(float(np.linalg.norm(vector - mean)) for vector, _ in frames)
    if spread > decision.threshold:
        return None
    worst = min((quality for _, quality in frames), key=lambda quality: quality.sharpness)
    return Lesson(vector=mean, engine=engine, frames=len(frames), spread=round(spread, 4),
                  threshold=decision.threshold, quality=worst)


def anchored(offered: Lesson, person: UUID, enrolled: Gallery, settings: Settings) -> float | None:
    """The lesson's distance to the mean of what was `enrolled` of the person, 0 to 2; None where it
    is not far inside the threshold, or somebody else's is not far enough behind.

    What was learnt before has no say in it: a lesson can be no further from the person than this,
    however many came before it.
    """
    if person not in enrolled.people:
        return None
    distances = enrolled.distances(offered.vector)
    own = enrolled.people.index(person)
    distance = float(distances[own])
    if distance > settings.adaptive_share * offered.threshold:
        return None
    others = np.delete(distances, own)
    if others.size and float(others.min()) - distance < settings.adaptive_margin:
        return None
    return distance


def most_learnt(enrolled: int, settings: Settings) -> int:
    """How many templates may be learnt of somebody of whom `enrolled` are there: always fewer, so
    that those keep the most weight in the person's mean. With one enrolled, learning did not help on
    LFW, and forged lessons let strangers in (docs/recognition.md)."""
    return max(0, min(settings.adaptive_most, enrolled - 1))
