"""Liveness: whether a face is a person's, or a picture of one (presentation-attack detection).

Passive: one network looks at the texture of each good frame. Challenge: moves in a random order,
judged by what a flat picture cannot do. The pipeline asks before it tells a sighting; what neither
stops is written in docs/liveness.md.
"""

from backend.vision.liveness.opening import open_liveness
from backend.vision.liveness.watch import Liveness, Verdict

__all__ = ["Liveness", "Verdict", "open_liveness"]
