"""When a job is due: pure, so that a year passes in a test in no time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from cronsim import CronSim


class Times(Protocol):
    """A rule of recurrence."""

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


@dataclass(frozen=True)
class Cron:
    """A cron line, on the site's wall clock: five fields, or six with seconds first.

    A line that names hours and minutes means so many times a day whatever the clocks do, as with
    `Daily`; one with a star there ("*/15 * * * *") goes on evenly through the change.
    """

    line: str
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime:
        """Raises StopIteration where the line never comes; the settings refuse such lines."""
        here = moment.astimezone(self.zone)
        minute, hour = self.line.split()[-5:-3]
        if minute.startswith("*") or hour.startswith("*"):
            return next(CronSim(self.line, here)).astimezone(UTC)
        walls = CronSim(self.line, here.replace(tzinfo=None))
        due = moment
        while due <= moment:
            # Of two equal readings the first: by the second one it was due already.
            due = next(walls).replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        return due
