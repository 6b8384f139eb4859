"""When a job is due: pure, so that a year passes in a test in no time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Times(Protocol):
    """A rule of recurrence. A cron line would be one more of these."""

    def after(self, moment: datetime) -> datetime:
        """The first instant after `moment` (aware) at which the job is due, in UTC."""
        ...


@dataclass(frozen=True)
class Every:
    """Again and again, so long after the last time."""

    length: timedelta

    def after(self, moment: datetime) -> datetime:
        return moment.astimezone(UTC) + self.length


@dataclass(frozen=True)
class Daily:
    """Once a day at a time of the site's wall clock.

    On the day on which clocks go forward over it, it is due an hour later by the new time; on
    the day on which the hour comes twice, at the first of the two.
    """

    at: time
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime:
        day = moment.astimezone(self.zone).date()
        while True:
            due = datetime.combine(day, self.at, self.zone).astimezone(UTC)
            if due > moment:
                return due
            day += timedelta(days=1)
