"""Which policy holds when, and since when a day is frozen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, datetime

from backend.attendance.model import Policy, Punch, Session


class PolicyTable:
    """All policies of the site, looked up by instant. Raises ValueError where there are none."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self._by_effect = sorted(policies, key=lambda p: (p.effective_from, p.recorded_at))
        if not self._by_effect:
            raise ValueError("no policy: nobody can say what a duplicate is")
        self._starts = [policy.effective_from for policy in self._by_effect]
        self._by_record = sorted(self._by_effect, key=lambda p: (p.recorded_at, p.effective_from))

    def at(self, moment: datetime) -> Policy:
        """The policy in force at an instant; before the first one, the first one."""
        return self._by_effect[max(bisect_right(self._starts, moment) - 1, 0)]

    def locked_since(self, day: date) -> datetime | None:
        """When HR froze this day, or None where it is not frozen now.

        A lock that was lifted and set again counts from the second time: what came in
        between has counted and goes on counting.
        """
        since = None
        for policy in self._by_record:
            if policy.period_lock is None or day >= policy.period_lock:
                since = None
            elif since is None:
                since = policy.recorded_at
        return since

    def came_after_lock(self, punch: Punch) -> bool:
        """Whether the punch's own day was frozen before the punch was received."""
        since = self.locked_since(self.at(punch.at).day(punch.at))
        return since is not None and punch.received_at >= since

    def too_late_for(self, punch: Punch, session: Session) -> bool:
        """Whether the punch, though of an open day, would change a session of a frozen one.

        A night shift that is still going on when HR sets the lock may be checked out; a punch
        from before the lock that arrives after it may not change the row.
        """
        since = self.locked_since(session.day)
        return since is not None and punch.at < since <= punch.received_at
