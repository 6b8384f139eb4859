"""When a job is due: pure, so that a year passes in a test in no time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
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
    `Daily`; one with a star there ("*/15 * * * *") goes on evenly through the change, and where
    that leaves nothing of a day ("*/15 2 * * *" where clocks go from 2 to 3), it comes once, as
    the gap ends.
    """

    line: str
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime:
        """Raises StopIteration where the line never comes; the settings refuse such lines."""
        here = moment.astimezone(self.zone)
        minute, hour = self.line.split()[-5:-3]
        if minute.startswith("*") or hour.startswith("*"):
            due = next(CronSim(self.line, here)).astimezone(UTC)
            return next((gap for gap in self._gaps(here, due) if moment < gap < due), due)
        walls = CronSim(self.line, here.replace(tzinfo=None))
        due = moment
        while due <= moment:
            # Of two equal readings the first: by the second one it was due already.
            due = next(walls).replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        return due

    def _gaps(self, here: datetime, due: datetime) -> Iterator[datetime]:
        """The ends, in UTC, of gaps in the days from `here` to `due` that swallow all that the line
        means of their day."""
        day = datetime.combine(here.date(), time())
        while day.date() <= due.astimezone(self.zone).date():
            following = day + timedelta(days=1)
            if _offset(day, self.zone) < _offset(following, self.zone):
                meant = self._meant(day, following)
                if meant and all(_is_lost(wall, self.zone) for wall in meant):
                    yield _end_of_gap(meant[0], self.zone)
            day = following

    def _meant(self, begin: datetime, end: datetime) -> list[datetime]:
        """What the line names from `begin` to before `end`, all naive."""
        return list(takewhile(lambda wall: wall < end, CronSim(self.line, begin - timedelta(seconds=1))))


def _offset(wall: datetime, zone: ZoneInfo) -> timedelta:
    found = wall.replace(tzinfo=zone).utcoffset()
    assert found is not None
    return found


def _is_lost(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether the site's clock never shows `wall`, because it goes forward over it."""
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the clock goes forward over `wall`: between what it means by the new
    offset and by the old one, to the second."""
    before, after = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == old else (before, middle)
    return after
