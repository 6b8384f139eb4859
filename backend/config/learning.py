"""Settings of learning over time: templates from very sure sightings, and the report of drift."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from backend.config import parsing
from backend.config.row import setting


@dataclass(frozen=True, kw_only=True)
class LearningSettings:
    adaptive_templates: bool = setting(
        False, parsing.boolean,
        "Learn templates from very sure sightings, and use those learnt. Switched off, they are kept "
        "and not used.", "true")
    adaptive_most: int = setting(
        2, parsing.integer,
        "Templates learnt of one person at most, and always fewer than were enrolled.", "1",
        minimum=1, maximum=10)
    adaptive_share: float = setting(
        0.75, parsing.share,
        "Share of the threshold within which a sighting must lie to be learnt from: from the templates "
        "in use, and from those enrolled alone.", "70 %", minimum=0.1, maximum=1.0)
    adaptive_margin: float = setting(
        0.12, parsing.number,
        "How much nearer than anybody else the person must be to be learnt from: with MATCH_MARGIN alone "
        "somebody alike would do.", "0.15", minimum=0.0, maximum=1.0)
    adaptive_yaw: float = setting(
        12.0, parsing.number, "Furthest turn of the head that is learnt from, in degrees.", "10",
        minimum=1, maximum=90)
    adaptive_every: timedelta = setting(
        timedelta(days=1), parsing.duration, "Least time between two templates learnt of one person.",
        "7 d", minimum=timedelta(hours=1), maximum=timedelta(days=365))
    drift_share: float = setting(
        0.85, parsing.share,
        "Share of the threshold from which a person's mean distance advises to enrol anew.", "80 %",
        minimum=0.1, maximum=1.0)
    drift_rise: float = setting(
        0.03, parsing.number,
        "Rise of a person's or a camera's mean distance that is called drift.", "0.05",
        minimum=0.001, maximum=1.0)
    drift_sightings: int = setting(
        10, parsing.integer, "Sightings that a mean of the drift report needs.", "20",
        minimum=2, maximum=1000)
