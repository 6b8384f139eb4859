"""Times as people write them, in the site's zone, and as the rules want them, in UTC.

A local time that a clock change skips or repeats is refused rather than guessed.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.clock import whole_seconds
from backend.errors import BadInput

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Before it zones have offsets of odd seconds, which ISO 8601 cannot say."""

BEYOND = datetime(9999, 1, 1, tzinfo=UTC)
"""So near the end of the calendar a time may not exist in another zone, and could not be shown."""


def parse_moment(text: str | datetime, zone: ZoneInfo, name: str = "timestamp") -> datetime:
    """The instant in UTC, whole seconds, of an ISO 8601 date and time.

    With an offset it is taken at its word, without one it is in `zone`. Raises BadInput with
    code `bad_time`, `nonexistent_time` or `ambiguous_time`; `name` is the field's, for the text.
    """
    moment = text if isinstance(text, datetime) else _read(text, name)
    try:
        instant = whole_seconds(moment) if moment.utcoffset() is not None else _localize(moment, zone, name)
    except OverflowError:
        instant = BEYOND
    if not EARLIEST <= instant < BEYOND:
        raise BadInput(f"{name} must lie between {EARLIEST.year} and {BEYOND.year}", code="bad_time")
    return instant


def parse_start(text: str, zone: ZoneInfo, name: str = "since") -> datetime:
    """As `parse_moment`; a plain day, YYYY-MM-DD, stands for its first instant in the zone."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        return parse_moment(day_range(parse_day(text, name), None, zone)[0], zone, name)
    return parse_moment(text, zone, name)


def _read(text: object, name: str) -> datetime:
    problem = (f"{name} must be a date and time such as 2026-03-02T08:00:00+01:00 "
               "(without an offset it is in the site's time zone)")
    if not isinstance(text, str) or len(text) > 64:
        raise BadInput(problem, code="bad_time")
    text = text.strip()
    # fromisoformat takes a bare date for midnight; nobody who wrote it meant that.
    if not any(mark in text for mark in ("T", "t", " ")):
        raise BadInput(problem, code="bad_time")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(problem, code="bad_time") from None


def _localize(moment: datetime, zone: ZoneInfo, name: str) -> datetime:
    moment = moment.replace(microsecond=0)
    first = moment.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = moment.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == second:
        return first
    shown = moment.isoformat(sep=" ")
    if first.astimezone(zone).replace(tzinfo=None) != moment:
        raise BadInput(f"{name} {shown} does not exist in {zone.key}: the clocks were put forward "
                       "over it; give an offset from UTC", code="nonexistent_time")
    raise BadInput(f"{name} {shown} exists twice in {zone.key}: the clocks were put back; give an "
                   f"offset, {_offset(first, zone)} for the first or {_offset(second, zone)} for "
                   "the second", code="ambiguous_time")


def _offset(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat()[-6:]


def parse_day(text: str | date, name: str = "date") -> date:
    """A calendar day; of a date and time, the day. Raises BadInput with code `bad_date`."""
    if isinstance(text, datetime):
        return text.date()
    if isinstance(text, date):
        return text
    try:
        # fromisoformat takes week dates and compact forms too; only the plain one is unmistakable.
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            raise ValueError
        return date.fromisoformat(text)
    except (ValueError, TypeError):
        raise BadInput(f"{name} must be a day written YYYY-MM-DD", code="bad_date") from None


def day_range(start: date | None, end: date | None,
              zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """Inclusive days in the site's zone as the half-open interval of instants [from, to).

    None stays None: no bound. Raises BadInput where the end lies before the start.
    """
    if start is not None and end is not None and end < start:
        raise BadInput(f"the end, {end}, lies before the start, {start}", code="bad_range")
    try:
        after = end + timedelta(days=1) if end is not None else None
        return (_midnight(start, zone) if start is not None else None,
                _midnight(after, zone) if after is not None else None)
    except OverflowError:
        raise BadInput("the days are beyond the calendar", code="bad_date") from None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the day; where midnight itself is skipped, the end of the gap."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def local_text(moment: datetime | None, zone: ZoneInfo) -> str | None:
    """ISO 8601 with offset, in the zone, whole seconds; None stays None."""
    return None if moment is None else whole_seconds(moment).astimezone(zone).isoformat()
