"""When jobs are due, clock changes included."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.jobs.times import Cron, Daily, Every

BRUSSELS = ZoneInfo("Europe/Brussels")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_every_counts_from_the_last_time() -> None:
    assert Every(timedelta(minutes=10)).after(utc(2026, 3, 2, 8, 3)) == utc(2026, 3, 2, 8, 13)


def test_daily_is_the_sites_wall_clock() -> None:
    daily = Daily(time(0, 5), BRUSSELS)
    assert daily.after(utc(2026, 3, 2, 8)) == utc(2026, 3, 2, 23, 5)
    assert daily.after(utc(2026, 3, 2, 23, 4)) == utc(2026, 3, 2, 23, 5)
    assert daily.after(utc(2026, 3, 2, 23, 5)) == utc(2026, 3, 3, 23, 5)
    assert daily.after(utc(2026, 7, 2, 8)) == utc(2026, 7, 2, 22, 5)


def test_an_hour_that_does_not_exist_is_made_up_for_an_hour_later() -> None:
    daily = Daily(time(2, 30), BRUSSELS)  # 29 March 2026: from 02:00 straight to 03:00
    due = daily.after(utc(2026, 3, 28, 12))
    assert due == utc(2026, 3, 29, 1, 30)
    assert due.astimezone(BRUSSELS).time() == time(3, 30)


def test_an_hour_that_comes_twice_runs_once() -> None:
    daily = Daily(time(2, 30), BRUSSELS)  # 25 October 2026: 02:30 at 00:30 and at 01:30 UTC
    first = daily.after(utc(2026, 10, 24, 12))
    assert first == utc(2026, 10, 25, 0, 30)
    assert daily.after(first) == utc(2026, 10, 26, 1, 30)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
       st.times().map(lambda value: value.replace(tzinfo=None)),
       st.sampled_from(["Europe/Brussels", "America/New_York", "Australia/Lord_Howe", "UTC"]))
def test_daily_is_after_and_within_a_day_and_an_hour(moment: datetime, at: time, zone: str) -> None:
    due = Daily(at, ZoneInfo(zone)).after(moment)
    assert moment < due <= moment + timedelta(hours=25)


def cron(line: str, moment: datetime, zone: ZoneInfo = BRUSSELS) -> datetime:
    return Cron(line, zone).after(moment)


def test_a_cron_line_is_read_on_the_sites_wall_clock() -> None:
    assert cron("30 6 * * *", utc(2026, 3, 2, 8)) == utc(2026, 3, 3, 5, 30)
    assert cron("30 6 * * MON-FRI", utc(2026, 3, 6, 8)) == utc(2026, 3, 9, 5, 30)
    assert cron("*/15 * * * *", utc(2026, 3, 2, 8, 15)) == utc(2026, 3, 2, 8, 30)
    assert cron("0 0 L * *", utc(2026, 2, 10)) == utc(2026, 2, 27, 23)


def test_a_sixth_field_in_front_is_the_seconds() -> None:
    assert cron("0,30 * * * * *", utc(2026, 3, 2, 8, 0, 29)) == utc(2026, 3, 2, 8, 0, 30)
    assert cron("0,30 * * * * *", utc(2026, 3, 2, 8, 0, 30)) == utc(2026, 3, 2, 8, 1)


def test_a_cron_line_in_the_hour_that_does_not_exist_runs_an_hour_later() -> None:
    for line in ("30 2 * * *", "0 30 2 * * *"):
        assert cron(line, utc(2026, 3, 28, 12)) == utc(2026, 3, 29, 1, 30)
        assert cron(line, utc(2026, 3, 29, 1, 30)) == utc(2026, 3, 30, 0, 30)


def test_a_cron_line_in_the_hour_that_comes_twice_runs_once() -> None:
    for line in ("30 2 * * *", "0 30 2 * * *"):
        assert cron(line, utc(2026, 10, 24, 12)) == utc(2026, 10, 25, 0, 30)
        assert cron(line, utc(2026, 10, 25, 0, 30)) == utc(2026, 10, 26, 1, 30)
        assert cron(line, utc(2026, 10, 25, 1, 15)) == utc(2026, 10, 26, 1, 30), "02:15 comes the second time"


def test_a_line_with_stars_goes_on_evenly_through_a_clock_change() -> None:
    for day in (utc(2026, 3, 29), utc(2026, 10, 25)):
        moment, found = day, []
        while len(found) < 12:
            moment = cron("*/30 * * * *", moment)
            found.append(moment)
        assert found == [day + timedelta(minutes=30 * number) for number in range(1, 13)]


def test_a_line_with_stars_of_which_nothing_is_left_in_the_shortened_day_runs_once_after_the_gap() -> None:
    """There is no hour from 02:00 on 29 March 2026, in New York on 8 March; on Lord Howe half of one on 4 October."""
    for line in ("*/15 2 * * *", "* 2 * * *", "0 */15 2 * * *"):
        assert cron(line, utc(2026, 3, 28, 1, 59, 59)) == utc(2026, 3, 29, 1), line
        assert cron(line, utc(2026, 3, 29, 0, 59)) == utc(2026, 3, 29, 1), line
        assert cron(line, utc(2026, 3, 29, 1)) == utc(2026, 3, 30, 0), line
    assert cron("*/15 2 * * *", utc(2026, 3, 8), ZoneInfo("America/New_York")) == utc(2026, 3, 8, 7)
    assert cron("*/20 2 * * *", utc(2026, 10, 3, 15), ZoneInfo("Australia/Lord_Howe")) == utc(2026, 10, 3, 15, 40)
    assert cron("*/15 2 * * MON", utc(2026, 3, 28)) == utc(2026, 3, 30, 0), "another day's line has lost nothing"
    assert cron("*/15 2 29 3 *", utc(2024, 4, 1)) == utc(2025, 3, 29, 1)
    assert cron("*/15 2 29 3 *", utc(2025, 4, 1)) == utc(2026, 3, 29, 1), "a whole year's only run"


def test_a_line_with_stars_that_comes_at_other_hours_of_the_day_as_well_is_not_made_up_for() -> None:
    assert cron("*/15 2,14 * * *", utc(2026, 3, 29, 0, 30)) == utc(2026, 3, 29, 12)
    assert cron("*/30 1-4 * * *", utc(2026, 3, 29, 0, 30)) == utc(2026, 3, 29, 1), "03:00, which the line names"
    assert cron("*/30 1-4 * * *", utc(2026, 3, 29, 1)) == utc(2026, 3, 29, 1, 30)


@settings(max_examples=60)
@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
       st.sampled_from(["0,30 * * * * *", "*/7 * * * *", "20 3 * * *", "0 45 1 * * *", "15,45 0-3 * * *",
                        "*/20 2 * * *"]),
       st.sampled_from(["Europe/Brussels", "America/New_York", "Australia/Lord_Howe", "UTC"]))
def test_a_cron_line_always_comes_after_and_soon(moment: datetime, line: str, zone: str) -> None:
    due = Cron(line, ZoneInfo(zone)).after(moment)
    assert moment < due <= moment + timedelta(hours=25)
