"""How far back one has to read: to the last pause long enough that nothing reaches across it.

Years of punches need not be read for each new one. After a pause longer than an assumed end
can still be amended, everybody is out and no window is open, so that what follows can be
derived on its own and comes out exactly as in a derivation of everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from backend.attendance.derive import AMENDABLE_SHIFTS
from backend.attendance.model import Correction, Policy


def longest_reach(policies: Iterable[Policy]) -> timedelta:
    """How long after a fact another one can still be understood differently because of it."""
    policies = list(policies)
    return (max(policy.max_shift for policy in policies) * AMENDABLE_SHIFTS
            + max(policy.duplicate_window for policy in policies))


def restart(times: Sequence[datetime], corrections: Iterable[Correction], reach: timedelta,
            moment: datetime, known_from: datetime | None = None) -> datetime | None:
    """The latest instant, not after `moment`, from which on facts can be read on their own.

    `times` are the punches', in order, complete from `known_from` on (None: from the beginning).
    None where there is no such instant: read further back.
    """
    spans = [(correction.start, correction.end) for correction in corrections]
    facts = sorted({*times, *(start for start, _ in spans)})
    for begin in sorted({moment, *(fact for fact in facts if fact < moment)}, reverse=True):
        quiet = begin - reach
        if known_from is not None and quiet < known_from:
            return None
        if not (any(quiet <= time < begin for time in times)
                or any(start < begin and end > quiet for start, end in spans)):
            return begin
    return None
