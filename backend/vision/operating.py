"""Where an engine's thresholds lie: a formula of the target FPIR and of how alike a gallery's people are."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class OperatingPoint:
    """Distances are Euclidean between unit-length embeddings, 0 to 2.

    The numbers of an engine are read off open-set tests with it (`python benchmarks/recognition.py
    --only fit`); docs/recognition.md has them, and what they bring to people they were not read off.
    """

    base: float
    """Threshold for an FPIR of 0.1 % over many frames, in a gallery as alike as 100 people at large."""
    per_frame: float
    """More where few frames decide, as this over their number: means of many come nearer to everybody."""
    per_alikeness: float
    """Moves the threshold with `Gallery.alikeness`, by this share of what that is off the usual."""
    per_target: float
    """More for each ten times the FPIR."""
    usual: float
    """`Gallery.alikeness` of 100 people at large with three templates each."""
    usual_per_size: float
    """How much it falls with each ten times the people."""
    laxest: float
    """No gallery counts as further apart than the usual one by more than this: one template a person
    instead of three is as much, anything beyond is no gallery of faces. And what a gallery too small to
    show it is taken to be more alike by: five colleagues may well look alike, and so do their visitors."""
    margin: float
    """How much nearer than the runner-up somebody must be, where MATCH_MARGIN is not set."""
    hopeless: float
    """This far past the threshold a face is refused without waiting for more frames."""
    ceiling: float
    """No threshold above this distance is safe, in a gallery of any size."""
    stranger: float
    """Distance from a track's own mean past which a frame shows somebody else, or is a bad one."""
    safety: float = 2.0
    """The threshold is computed for the target divided by this: other people than those measured, and
    the frames of one track being looked at several times, must not lift the FPIR above the target."""
    people_to_trust: int = 10
    """At this many people the gallery's own alikeness counts half."""

    @property
    def returning(self) -> float:
        """As `stranger`, for a face that was out of sight: there somebody else is likely, not only possible.

        Halfway to the threshold. dlib: 0.1 % of other people are nearer than that to the mean of three frames
        (of people with East Asian names 10 %, of whom half are nearer than `stranger`), and of good frames
        of the same visit 97 to 100 % are, in six clips.
        """
        return (self.base + self.stranger) / 2

    def threshold(self, people: int, alikeness: float | None, target_fpir: float, frames: int = 1) -> float:
        """The greatest distance accepted in a gallery of `people` when `frames` decide, before caps.

        `alikeness` is `Gallery.alikeness`. A gallery's people stand for the strangers who come to
        its door: where somebody else is always near, strangers are near, too. With more people the
        nearest other one is nearer, so that this one number carries the gallery's size as well.
        """
        usual = self.usual - self.usual_per_size * (math.log10(max(people, 1)) - 2)
        measured = usual if alikeness is None else min(alikeness, usual + self.laxest)
        trust = people / (people + self.people_to_trust)
        measured = trust * measured + (1 - trust) * (usual - self.laxest)
        point = (self.base + self.per_frame / frames + self.per_alikeness * (measured - self.usual)
                 + self.per_target * (math.log10(target_fpir / self.safety) + 3))
        return max(0.05, point)


DLIB_RESNET = OperatingPoint(
    base=0.256, per_frame=0.026, per_alikeness=0.38, per_target=0.032, usual=0.354, usual_per_size=0.05,
    laxest=0.06, margin=0.06, hopeless=0.12, ceiling=0.42, stranger=0.42)
"""Means of mirrored frames against means of mirrored templates, on LFW."""

POINTS = {"dlib-resnet-v1": DLIB_RESNET}
"""By the name of the engine, as it stands beside each template."""
