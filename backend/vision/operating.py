"""Where an engine's thresholds lie: a formula of the target FPIR, the gallery's size and alikeness."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class OperatingPoint:
    """Distances are Euclidean between unit-length embeddings, 0 to 2.

    The numbers of an engine are read off open-set tests with it; docs/recognition.md has them.
    """

    at_100: float
    """Threshold for an FPIR of 0.1 % with 100 people whose alikeness is the usual one."""
    per_target: float
    """More for each ten times the FPIR."""
    per_size: float
    """Less for each ten times the people."""
    usual_alikeness: float
    """`Gallery.alikeness` of people at large."""
    ceiling: float
    """No threshold above this distance is safe, in a gallery of any size."""
    stranger: float
    """Distance from a track's own mean past which a frame shows somebody else, or is a bad one."""
    stricter: float = 0.7
    """Taken off, of what the gallery's people are nearer to each other than usual."""
    laxer: float = 0.3
    """Added, of what they are further apart."""
    laxest: float = 0.012
    """Added at most."""
    people_to_trust: int = 10
    """At this many people the gallery's own alikeness counts half."""

    def threshold(self, people: int, alikeness: float | None, target_fpir: float) -> float:
        """The greatest distance accepted in a gallery of `people`, before caps.

        `alikeness` is `Gallery.alikeness`. Stricter where the enrolled look alike, because the
        strangers who come to such a door look as they do; hardly laxer where they do not.
        """
        point = (self.at_100 + self.per_target * (math.log10(target_fpir) + 3)
                 - self.per_size * (math.log10(max(people, 1)) - 2))
        if alikeness is not None:
            apart = alikeness - self.usual_alikeness
            shift = self.stricter * apart if apart < 0 else min(self.laxest, self.laxer * apart)
            point += shift * people / (people + self.people_to_trust)
        return max(0.05, point)


DLIB_RESNET = OperatingPoint(at_100=0.274, per_target=0.032, per_size=0.0206, usual_alikeness=0.398,
                             ceiling=0.42, stranger=0.42)
"""The mean of three frames against means of three mirrored templates, margin 0.06, on LFW."""

POINTS = {"dlib-resnet-v1": DLIB_RESNET}
"""By the name of the engine, as it stands beside each template."""
