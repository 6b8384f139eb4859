"""Corrections among themselves: which of them stand, and what they say of a person.

A correction made later beats an earlier one inside its own interval. What is left is a list
of stated sessions, and an answer to "does a correction speak about this instant?".
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.attendance.model import Correction


@dataclass(frozen=True)
class Stated:
    """A session that HR has stated; `check_out` is None where punches may close it."""

    correction: Correction
    check_in: datetime
    check_out: datetime | None
    opened_by: UUID


class Corrections:
    """All corrections of one person, in the order in which they were made."""

    def __init__(self, corrections: Iterable[Correction]) -> None:
        unique = {correction.uuid: correction for correction in corrections}
        self._made = sorted(unique.values(), key=lambda c: (c.created_at, c.uuid))
        self._covered = _union(self._made)
        self._starts = [start for start, _ in self._covered]

    def cover(self, moment: datetime) -> Correction | None:
        """The latest correction that speaks about this instant, or None."""
        at = bisect_right(self._starts, moment) - 1
        if at < 0 or moment >= self._covered[at][1]:
            return None
        return next(c for c in reversed(self._made) if c.covers(moment))

    def stated(self, counting: set[UUID]) -> list[Stated]:
        """The sessions that stand, in order of time.

        `counting` are the punches outside of all corrections: they may open sessions of
        their own, so no correction keeps their number.
        """
        standing: list[Stated] = []
        taken = set(counting) | {c.uuid for c in self._made}
        for index, correction in enumerate(self._made):
            later = self._made[index + 1:]
            check_in, check_out = correction.check_in, correction.check_out
            if check_in is None or any(c.covers(check_in) for c in later):
                continue
            if check_out is not None and any(c.start < check_out < c.end for c in later):
                check_out = None
            opener = correction.opened_by
            if opener is None or opener in taken:
                opener = correction.uuid
            taken.add(opener)
            standing.append(Stated(correction, check_in, check_out, opener))
        return sorted(standing, key=lambda s: (s.check_in, s.correction.uuid))


def _union(corrections: list[Correction]) -> list[tuple[datetime, datetime]]:
    """The instants covered by any correction, as disjoint intervals in order."""
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted((c.start, c.end) for c in corrections):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
